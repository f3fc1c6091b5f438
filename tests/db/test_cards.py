"""The card statement: what it chooses, what it falls back to, and how it finds it."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import orjson
import pytest

from core.cards import Card, CardPoster, Freshness, OwnRating, Push, Watching
from db.cards import Cards
from db.pool import Connection, Database

BOT_ID = 77
ANNA = 1001
MATRIX = 603

MOVIE = {
    "tmdb_id": MATRIX,
    "title": "The Matrix",
    "original_title": "The Matrix",
    "original_language": "en",
    "overview": "A hacker learns what the world is made of.",
    "release_date": date(1999, 3, 31),
    "runtime": 136,
    "poster_path": "/matrix.jpg",
    "popularity": 80.5,
    "vote_average": 8.217,
    "vote_count": 26481,
    "certifications": {"US": "R", "RU": "16+", "DE": "16"},
    "videos": [],
    "posters": {"en": "/matrix-en.jpg", "ru": "/matrix-ru.jpg"},
    "data_state": "full",
    "content_hash": "c",
    "payload_hash": "p",
}


async def add_movie(db: Connection | Database, age: str = "0", **changes: Any) -> None:
    movie = MOVIE | changes
    columns = ", ".join(movie)
    marks = ", ".join(f"${n}" for n in range(1, len(movie) + 1))
    await db.execute(
        f"INSERT INTO tmdb.movies ({columns}, fetched_at) VALUES ({marks}, tmdb.now() - '{age}'::interval)",
        *movie.values(),
    )


async def add_translation(
    db: Connection, language: str, region: str, title: str | None, overview: str | None = None
) -> None:
    await db.execute(
        "INSERT INTO tmdb.movie_translations (tmdb_id, iso_639_1, iso_3166_1, title, overview)"
        " VALUES ($1, $2, $3, $4, $5)",
        *(MATRIX, language, region, title, overview),
    )


async def add_person(db: Connection, person_id: int, name: str | None, original: str | None = None) -> None:
    await db.execute(
        "INSERT INTO tmdb.people (tmdb_id, name, original_name) VALUES ($1, $2, $3)",
        *(person_id, name, original),
    )


async def add_user(db: Connection | Database, **changes: Any) -> None:
    user = {"telegram_user_id": ANNA, "language": "en"} | changes
    marks = ", ".join(f"${n}" for n in range(1, len(user) + 1))
    await db.execute(f"INSERT INTO tmdb.users ({', '.join(user)}) VALUES ({marks})", *user.values())


@pytest.fixture
def cards(connection: Connection) -> Cards:
    return Cards(connection, bot_id=BOT_ID, catalogue_language="en-US")


async def the_card(cards: Cards, language: str = "en") -> Card:
    return await cards.card(MATRIX, ANNA, language)


async def test_an_unknown_film_is_due_and_an_unknown_person_reads_in_telegrams_language(
    cards: Cards,
) -> None:
    card = await cards.card(MATRIX, ANNA, "ru")
    assert card.freshness is Freshness.DUE
    assert (card.reader.language, card.reader.region, card.reader.is_linked) == ("ru", "RU", False)
    assert (card.title, card.poster, card.rating) == (None, None, None)


async def test_everything_comes_in_one_row(connection: Connection, cards: Cards) -> None:
    await add_movie(
        connection,
        videos=[
            {"key": "clip", "site": "YouTube", "type": "Clip"},
            {"key": "vimeo", "site": "Vimeo", "type": "Trailer"},
            {"key": "vKQi3bBA1y8", "site": "YouTube", "type": "Trailer"},
        ],
    )
    await connection.execute(
        """
        INSERT INTO tmdb.genres (media_type, tmdb_genre_id, name)
        VALUES ('movie', 28, 'Action'), ('movie', 878, 'Science Fiction'), ('tv', 28, 'not this one');
        INSERT INTO tmdb.genre_names (media_type, tmdb_genre_id, language, name)
        VALUES ('movie', 28, 'ru', 'боевик'), ('tv', 28, 'ru', 'и не это');
        INSERT INTO tmdb.movie_genres (tmdb_movie_id, tmdb_genre_id, position)
        VALUES (603, 878, 1), (603, 28, 0);
        INSERT INTO tmdb.movie_countries (tmdb_movie_id, iso_3166_1, position)
        VALUES (603, 'US', 1), (603, 'AU', 0);
        """
    )
    for person_id, name in enumerate(("Lilly", "Lana", "Keanu", "Laurence", "Carrie-Anne", "Hugo"), 1):
        await add_person(connection, person_id, name)
    await connection.execute(
        """
        INSERT INTO tmdb.movie_crew (tmdb_movie_id, tmdb_person_id, credit_id, department, job)
        VALUES (603, 1, 'b', 'Directing', 'Director'), (603, 2, 'a', 'Directing', 'Director'),
               (603, 2, 'c', 'Directing', 'Director'), (603, 2, 'd', 'Writing', 'Writer');
        INSERT INTO tmdb.movie_cast (tmdb_movie_id, tmdb_person_id, credit_id, cast_order, character)
        VALUES (603, 3, 'k', 0, 'Neo'), (603, 3, 'l', 1, 'Thomas Anderson'), (603, 4, 'm', 2, 'Morpheus'),
               (603, 5, 'n', 3, 'Trinity'), (603, 6, 'o', 4, 'Smith');
        """
    )
    await add_translation(connection, "ru", "RU", "Матрица", "Хакер узнаёт, как устроен мир.")
    await connection.execute(
        "INSERT INTO tmdb.posters (bot_id, poster_path, size, priority, poster_status, telegram_file_id)"
        " VALUES ($1, '/matrix-ru.jpg', 'w500', 0, 0, 'file'), ($2, '/matrix-ru.jpg', 'w500', 0, 0, 'other')",
        *(BOT_ID, BOT_ID + 1),
    )
    await add_user(connection)
    await connection.execute(
        "INSERT INTO tmdb.user_movie_ratings (telegram_user_id, movie_id, tmdb_rating, rated_at, source)"
        " VALUES ($1, 603, 8.5, '2024-03-12 23:30Z', 'tmdb')",
        ANNA,
    )

    card = await the_card(cards, "ru")

    assert card.freshness is Freshness.FRESH
    assert (card.title, card.original_title, card.year, card.runtime) == ("Матрица", "The Matrix", 1999, 136)
    assert card.certification == "16+"
    assert card.genres == ("боевик", "Science Fiction")
    assert card.countries == ("AU", "US")
    assert (card.vote_average, card.vote_count) == (8.217, 26481)
    assert card.directors == ("Lana", "Lilly")
    assert card.cast == ("Keanu", "Laurence", "Carrie-Anne")
    assert card.overview == "Хакер узнаёт, как устроен мир."
    assert card.trailer == "vKQi3bBA1y8"
    assert card.poster == CardPoster("/matrix-ru.jpg", "file")
    assert card.rating == OwnRating(Decimal("8.5"), date(2024, 3, 12))


@pytest.mark.parametrize(
    ("region", "known", "title"),
    [
        (None, {"CN": "黑客帝国", "HK": "廿二世紀殺人網絡", "TW": "駭客任務"}, "黑客帝国"),
        ("TW", {"CN": "黑客帝国", "HK": "廿二世紀殺人網絡", "TW": "駭客任務"}, "駭客任務"),
        ("HK", {"CN": "黑客帝国", "HK": "廿二世紀殺人網絡", "TW": "駭客任務"}, "廿二世紀殺人網絡"),
        ("US", {"CN": "黑客帝国", "SG": "骇客任务", "TW": "駭客任務"}, "黑客帝国"),
        (None, {"HK": "廿二世紀殺人網絡", "TW": "駭客任務", "SG": "骇客任务"}, "骇客任务"),
        (None, {"HK": "廿二世紀殺人網絡", "TW": "駭客任務"}, "駭客任務"),
        (None, {"CN": None, "HK": "廿二世紀殺人網絡"}, "廿二世紀殺人網絡"),
        (None, {"CN": None}, "The Matrix"),
        (None, {}, "The Matrix"),
    ],
)
async def test_of_three_chinese_titles_the_readers_region_comes_first(
    connection: Connection, cards: Cards, region: str | None, known: dict[str, str | None], title: str
) -> None:
    await add_movie(connection)
    await add_user(connection, language="zh", region=region)
    for code, name in known.items():
        await add_translation(connection, "zh", code, name)
    assert (await the_card(cards, "zh")).title == title


@pytest.mark.parametrize("original_language", ["zh", "cn"])
async def test_an_empty_title_of_a_film_in_the_readers_language_means_its_original(
    connection: Connection, cards: Cards, original_language: str
) -> None:
    await add_movie(
        connection, title="Infernal Affairs", original_title="無間道", original_language=original_language
    )
    assert (await the_card(cards, "zh")).title == "無間道"
    await add_translation(connection, "zh", "CN", None, "卧底。")
    await add_translation(connection, "zh", "TW", "無間道風雲")
    card = await the_card(cards, "zh")
    assert (card.title, card.overview) == ("無間道", "卧底。")
    assert (await the_card(cards, "ru")).title == "Infernal Affairs"


async def test_title_and_overview_fall_back_each_on_its_own(connection: Connection, cards: Cards) -> None:
    await add_movie(connection, title=None, original_title="Im Westen nichts Neues", original_language="de")
    await add_translation(connection, "ru", "RU", None, "Окопы.")
    card = await the_card(cards, "ru")
    assert (card.title, card.overview) == ("Im Westen nichts Neues", "Окопы.")
    card = await the_card(cards, "zh")
    assert card.overview == MOVIE["overview"]


@pytest.mark.parametrize(
    ("user", "telegram", "language", "certification"),
    [
        (None, "zh", "zh", None),
        (None, "en", "en", "R"),
        ({"language": "ru"}, "en", "en", "R"),
        ({"language": "ru", "language_chosen": True}, "en", "ru", "16+"),
        ({"language": "ru", "language_chosen": True, "region": "DE"}, "en", "ru", "16"),
    ],
)
async def test_a_chosen_language_goes_before_telegrams(
    connection: Connection,
    cards: Cards,
    user: dict[str, Any] | None,
    telegram: str,
    language: str,
    certification: str | None,
) -> None:
    await add_movie(connection)
    if user:
        await add_user(connection, **user)
    card = await the_card(cards, telegram)
    assert (card.reader.language, card.certification) == (language, certification)


@pytest.mark.parametrize(
    ("language", "posters", "film", "path"),
    [
        ("ru", {"ru": "/ru.jpg", "ja": "/ja.jpg", "": "/bare.jpg"}, {}, "/ru.jpg"),
        ("zh", {"ru": "/ru.jpg", "ja": "/ja.jpg", "": "/bare.jpg"}, {}, "/ja.jpg"),
        ("zh", {"ru": "/ru.jpg", "en": "/en.jpg", "": "/bare.jpg"}, {}, "/matrix.jpg"),
        ("ru", {"zh": "/zh.jpg", "en": "/en.jpg"}, {"original_language": "cn"}, "/zh.jpg"),
        ("en", {"ja": "/ja.jpg", "en": "/en.jpg"}, {}, "/matrix.jpg"),
        ("ru", {"de": "/de.jpg", "": "/bare.jpg"}, {"poster_path": None}, "/bare.jpg"),
        ("ru", {"en": "/en.jpg", "": "/bare.jpg"}, {"poster_path": None}, "/en.jpg"),
    ],
)
async def test_the_readers_poster_then_the_films_then_an_english_one_then_one_without_text(
    connection: Connection,
    cards: Cards,
    language: str,
    posters: dict[str, str],
    film: dict[str, Any],
    path: str,
) -> None:
    await add_movie(connection, posters=posters, **{"original_language": "ja"} | film)
    assert (await the_card(cards, language)).poster == CardPoster(path)


async def test_a_poster_that_tmdb_does_not_have_is_known_to_be_missing(
    connection: Connection, cards: Cards
) -> None:
    await add_movie(connection)
    await connection.execute(
        "INSERT INTO tmdb.posters (bot_id, poster_path, size, priority, poster_status)"
        " VALUES ($1, '/matrix.jpg', 'w500', 0, -1)",
        BOT_ID,
    )
    assert (await the_card(cards)).poster == CardPoster("/matrix.jpg", None, is_missing=True)


@pytest.mark.parametrize(
    ("age", "changes", "freshness"),
    [
        ("179 days 23 hours", {}, Freshness.FRESH),
        ("180 days 1 hour", {}, Freshness.DUE),
        ("0", {"data_state": "stub"}, Freshness.STUB),
        ("0", {"data_state": "stub", "title": None, "original_title": None}, Freshness.DUE),
        ("0", {"softcore": True}, Freshness.ADULT),
    ],
)
async def test_180_days_are_the_ceiling(
    connection: Connection, cards: Cards, age: str, changes: dict[str, Any], freshness: Freshness
) -> None:
    await add_movie(connection, age, **changes)
    assert (await the_card(cards)).freshness is freshness


@pytest.mark.parametrize(("age", "title"), [("10 days", "The Matrix"), ("180 days 1 hour", None)])
async def test_a_deleted_film_says_so_by_its_title_while_that_may_be_shown(
    connection: Connection, cards: Cards, age: str, title: str | None
) -> None:
    await add_movie(connection, age)
    await connection.execute("UPDATE tmdb.movies SET deleted_at = tmdb.now()")
    card = await the_card(cards)
    assert (card.freshness, card.title) == (Freshness.DELETED, title)


@pytest.mark.parametrize(
    ("account", "age", "reason", "push"),
    [
        (5, "59 seconds", None, None),
        (5, "61 seconds", None, Push.LATE),
        (5, "1 hour", "revoked", Push.REVOKED),
        (5, "1 hour", "gone", Push.GONE),
        (5, "1 hour", "refused", Push.REFUSED),
        (None, "1 hour", None, None),
    ],
)
async def test_a_rating_that_did_not_reach_tmdb_says_why(
    connection: Connection,
    cards: Cards,
    account: int | None,
    age: str,
    reason: str | None,
    push: Push | None,
) -> None:
    await add_movie(connection)
    await add_user(connection)
    await connection.execute(
        "INSERT INTO tmdb.user_movie_ratings (telegram_user_id, movie_id, tmdb_rating, source)"
        " VALUES ($1, 603, 9, 'manual')",
        ANNA,
    )
    await connection.execute(
        "INSERT INTO tmdb.pushes"
        " (telegram_user_id, movie_id, value, tmdb_account_id, requested_at, parked_at, parked_reason)"
        " VALUES ($1, 603, 9, $2, tmdb.now() - $3::text::interval,"
        "         CASE WHEN $4::text <> '' THEN tmdb.now() END, $4)",
        *(ANNA, account, age, reason),
    )
    assert (await the_card(cards)).rating == OwnRating(Decimal(9), None, push)


async def test_many_cards_come_in_the_order_asked_for_without_those_that_may_not_be_shown(
    connection: Connection, cards: Cards
) -> None:
    films: dict[int, dict[str, Any]] = {
        1: {},
        2: {"adult": True},
        3: {"data_state": "stub"},
        4: {"softcore": True},
        5: {"data_state": "stub", "title": None, "original_title": None},
        6: {"deleted_at": datetime(2024, 1, 1, tzinfo=UTC)},
        7: {},
    }
    for movie_id, changes in films.items():
        await add_movie(connection, tmdb_id=movie_id, **changes)
    await add_movie(connection, "181 days", tmdb_id=8)
    asked = [9, 8, 7, 6, 5, 4, 3, 2, 1]

    async def shown(*, is_shared: bool) -> list[tuple[int, Freshness]]:
        found = await cards.cards(asked, ANNA, "en", is_shared=is_shared)
        return [(card.movie_id, card.freshness) for card in found]

    plain = [(7, Freshness.FRESH), (3, Freshness.STUB), (1, Freshness.FRESH)]
    assert await shown(is_shared=False) == plain
    await add_user(connection, settings={"adult": True})
    assert [movie_id for movie_id, _ in await shown(is_shared=False)] == [7, 4, 3, 2, 1]
    assert await shown(is_shared=True) == plain, "others see that screen too"


async def test_a_name_and_a_tagline_in_the_readers_language(connection: Connection, cards: Cards) -> None:
    await add_movie(connection, tagline="Free your mind")
    await add_translation(connection, "ru", "RU", "Матрица")
    await add_person(connection, 1, "Keanu Reeves")
    await connection.execute(
        """
        INSERT INTO tmdb.movie_cast (tmdb_movie_id, tmdb_person_id, credit_id, cast_order)
        VALUES (603, 1, 'k', 0);
        INSERT INTO tmdb.person_translations (tmdb_id, iso_639_1, iso_3166_1, name)
        VALUES (1, 'ru', 'RU', 'Киану Ривз'), (1, 'ru', 'UA', 'другой'), (1, 'zh', 'CN', NULL)
        """
    )
    card = await the_card(cards, "ru")
    assert (card.cast, card.tagline) == (("Киану Ривз",), None)
    card = await the_card(cards, "zh")
    assert card.cast == ("Keanu Reeves",)
    card = await the_card(cards)
    assert (card.cast, card.tagline) == (("Keanu Reeves",), "Free your mind")
    await connection.execute("UPDATE tmdb.movie_translations SET tagline = 'Освободи свой разум'")
    assert (await the_card(cards, "ru")).tagline == "Освободи свой разум"


@pytest.mark.parametrize(("language", "key"), [("ru", "r"), ("zh", "o"), ("en", "e")])
async def test_the_trailer_is_the_readers_the_films_or_an_english_one(
    connection: Connection, cards: Cards, language: str, key: str
) -> None:
    videos = [("e", "en"), ("x", "pt"), ("o", "it"), ("r", "ru"), ("r2", "ru")]
    await add_movie(
        connection,
        original_language="it",
        videos=[{"key": k, "site": "YouTube", "type": "Trailer", "iso_639_1": of} for k, of in videos],
    )
    card = await the_card(cards, language)
    assert (card.trailer, card.trailers) == (key, 5)


async def test_a_card_knows_where_its_buttons_lead(connection: Connection, cards: Cards) -> None:
    offers = {"link": "https://x", "rent": ["Apple TV"], "flatrate": ["Okko", "Wink"]}
    await add_movie(
        connection, "12 days 3 hours", similar_ids=[1, 2], recommended_ids=[3], watch_providers={"RU": offers}
    )
    card = await the_card(cards, "ru")
    assert (card.has_cast, card.has_crew, card.has_similar, card.on_watchlist) == (False, False, False, False)
    assert card.watching == Watching(
        {"flatrate": ("Okko", "Wink"), "rent": ("Apple TV",)}, "https://x", days_old=12
    )
    assert card.watching.is_old
    assert (await the_card(cards, "en")).watching is None
    await add_movie(connection, tmdb_id=2, adult=True)
    assert not (await the_card(cards)).has_similar
    await add_movie(connection, tmdb_id=3, data_state="stub")
    await add_user(connection)
    await connection.execute("INSERT INTO tmdb.user_watchlist VALUES ($1, 603)", ANNA)
    card = await the_card(cards)
    assert (card.has_similar, card.on_watchlist) == (True, True)


async def test_the_statement_is_planned_once_however_many_cards_it_brings(
    connection: Connection, cards: Cards
) -> None:
    """Planning takes ten times as long as one card; with a plan per number of films it came each time."""
    await add_movie(connection)
    await connection.execute("DISCARD PLANS")
    plans = "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement = $1"
    before = await connection.fetchrow(plans, Cards.CARDS) or (0, 0)
    for number in (1, 50) * 6:
        await cards.cards([MATRIX] * number, ANNA, "en")
    after = await connection.fetchrow(plans, Cards.CARDS)
    assert after is not None
    assert after[0] - before[0] >= 7
    assert after[1] - before[1] <= 5, "as many as Postgres tries"


async def test_every_table_is_reached_by_an_index(connection: Connection) -> None:
    await add_movie(connection)
    await connection.execute("SET LOCAL enable_seqscan = off; SET LOCAL plan_cache_mode = force_generic_plan")
    plan = await connection.fetchval(
        "EXPLAIN (FORMAT json) " + Cards.CARDS, *([MATRIX], ANNA, "ru", BOT_ID, "en", False, True, True)
    )
    nodes: list[dict[str, Any]] = []

    def walk(node: dict[str, Any]) -> None:
        nodes.append(node)
        for child in node.get("Plans", ()):
            walk(child)

    walk((plan if isinstance(plan, list) else orjson.loads(plan))[0]["Plan"])
    assert {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"} == set()
    indexes = {node["Index Name"] for node in nodes if "Index Name" in node}
    assert indexes == {
        *("users_pkey", "movies_pkey", "movie_translations_pkey", "posters_pkey", "people_pkey"),
        *("user_movie_ratings_pkey", "pushes_pkey", "genres_pkey", "genre_names_pkey"),
        *("movie_genres_pkey", "movie_countries_pkey", "movie_crew_pkey", "user_watchlist_pkey"),
        *("idx_tmdb_movie_directors", "idx_tmdb_movie_cast_movie", "person_translations_pkey"),
    }
