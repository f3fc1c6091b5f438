"""The pages of a card: each one statement, in the right order, by indexes."""

from typing import Any

import orjson
import pytest

from core.card_pages import Credit
from core.cards import CardPoster
from db.card_pages import CREDITS_A_PAGE, CardPages
from db.cards import Cards
from db.person_cards import PersonCards
from db.pool import Connection
from tests.db.test_cards import ANNA, BOT_ID, MATRIX, add_movie, add_person, add_translation, add_user
from tests.films import LARGE_CREW, fetched, store

WHO = (MATRIX, ANNA, "ru")


@pytest.fixture
def pages(connection: Connection) -> CardPages:
    return CardPages(connection, bot_id=BOT_ID, catalogue_language="en-US")


async def add_credits(db: Connection) -> None:
    for person_id, name in enumerate(("Lana", "Lilly", "Keanu", "Bill", "Joel", "Don"), 1):
        await add_person(db, person_id, name)
    await db.execute(
        """
        INSERT INTO tmdb.movie_crew (tmdb_movie_id, tmdb_person_id, credit_id, department, job)
        VALUES (603, 5, 'a', 'Production', 'Producer'), (603, 4, 'b', 'Camera', 'Director of Photography'),
          (603, 2, 'c', 'Writing', 'Writer'), (603, 1, 'd', 'Writing', 'Writer'),
          (603, 1, 'e', 'Directing', 'Director'), (603, 2, 'f', 'Directing', 'Director'),
          (603, 1, 'g', 'Production', 'Executive Producer'), (603, 6, 'h', 'Sound', 'Music'),
          (603, 3, 'i', 'Directing', 'Script Supervisor'), (603, 3, 'j', NULL, NULL);
        INSERT INTO tmdb.movie_cast (tmdb_movie_id, tmdb_person_id, credit_id, cast_order, character)
        VALUES (603, 4, 'k', 1, NULL), (603, 3, 'l', 0, 'Neo'), (603, 3, 'm', 2, 'Thomas Anderson');
        INSERT INTO tmdb.person_translations (tmdb_id, iso_639_1, iso_3166_1, name)
        VALUES (3, 'ru', 'RU', 'Киану')
        """
    )


async def test_a_person_stands_once_with_all_their_characters(
    connection: Connection, pages: CardPages
) -> None:
    await add_movie(connection)
    await add_translation(connection, "ru", "RU", "Матрица")
    await add_credits(connection)
    cast = await pages.cast(*WHO, 1, is_shared=False)
    assert cast is not None
    assert (cast.film.title, cast.film.year, cast.total, cast.pages, cast.has_other) == (
        "Матрица",
        1999,
        2,
        1,
        True,
    )
    assert cast.credits == [Credit(3, "Киану", ("Neo", "Thomas Anderson")), Credit(4, "Bill", ())]


async def test_a_name_is_chosen_as_on_the_persons_own_card(connection: Connection, pages: CardPages) -> None:
    await add_movie(connection)
    await add_credits(connection)
    await connection.execute(
        """
        INSERT INTO tmdb.person_translations (tmdb_id, iso_639_1, iso_3166_1, name)
        VALUES (3, 'zh', 'HK', '奇洛'), (3, 'zh', 'TW', '基努')
        """
    )
    cast = await pages.cast(MATRIX, ANNA, "zh", 1, is_shared=False)
    card = await Cards(connection, bot_id=BOT_ID, catalogue_language="en-US").card(MATRIX, ANNA, "zh")
    person = await PersonCards(connection, bot_id=BOT_ID, catalogue_language="en-US").card(3, ANNA, "zh")
    assert cast is not None
    assert (cast.credits[0].name, card.cast[0], person.name) == ("基努",) * 3


async def test_directors_come_first_then_who_wrote_then_the_departments(
    connection: Connection, pages: CardPages
) -> None:
    await add_movie(connection)
    await add_credits(connection)
    crew = await pages.crew(*WHO, 7, is_shared=False)
    assert crew is not None
    assert crew.page == 1, "past the last is the last"
    assert [(credit.person_id, credit.department, credit.roles) for credit in crew.credits] == [
        (1, "Director", ("Director", "Writer", "Executive Producer")),
        (2, "Director", ("Director", "Writer")),
        (5, "Production", ("Producer",)),
        (4, "Camera", ("Director of Photography",)),
        (6, "Sound", ("Music",)),
        (3, "Directing", ("Script Supervisor",)),
    ]


async def test_a_large_crew_is_paged_and_everybody_is_on_one_page(
    connection: Connection, pages: CardPages
) -> None:
    await store(connection, fetched(LARGE_CREW))
    first = await pages.crew(LARGE_CREW, ANNA, "en", 1, is_shared=False)
    assert first is not None
    assert first.total > 100
    seen: list[int] = []
    for number in range(1, first.pages + 1):
        page = await pages.crew(LARGE_CREW, ANNA, "en", number, is_shared=False)
        assert page is not None
        seen += [credit.person_id for credit in page.credits]
    assert len(seen) == len(set(seen)) == first.total
    assert first.pages == -(-first.total // CREDITS_A_PAGE)


async def test_posters_begin_with_the_readers_language(connection: Connection, pages: CardPages) -> None:
    languages = {"": "/none.jpg", "de": "/de.jpg", "en": "/matrix.jpg", "fr": "/gone.jpg", "ru": "/ru.jpg"}
    await add_movie(connection, posters=languages, original_language="de")
    await connection.execute(
        """
        INSERT INTO tmdb.posters (bot_id, poster_path, size, priority, poster_status, telegram_file_id)
        VALUES ($1, '/ru.jpg', 'w500', 0, 0, 'file'), ($1, '/gone.jpg', 'w500', 0, -1, NULL)
        """,
        BOT_ID,
    )
    found = await pages.posters(*WHO, is_shared=False)
    assert found is not None
    assert found.posters == [
        ("ru", CardPoster("/ru.jpg", "file")),
        ("de", CardPoster("/de.jpg")),
        ("en", CardPoster("/matrix.jpg")),
        ("", CardPoster("/none.jpg")),
    ]
    assert found.in_telegram.posters == found.posters[:1]
    await connection.execute("UPDATE tmdb.movies SET posters = $1", {"de": "/matrix.jpg"})
    found = await pages.posters(*WHO, is_shared=False)
    assert found is not None
    assert found.posters == [("de", CardPoster("/matrix.jpg"))], (
        "TMDB's own choice where it has no English one"
    )


async def test_neighbours_are_what_may_be_shown_in_tmdbs_order(
    connection: Connection, pages: CardPages
) -> None:
    await add_movie(
        connection, similar_ids=[4, 9, 3, 2], recommended_ids=[2], collection_id=7, collection_name="C"
    )
    await add_movie(connection, tmdb_id=2, collection_id=7, release_date=None)
    await add_movie(connection, tmdb_id=3, adult=True)
    await add_movie(connection, tmdb_id=4, data_state="stub")
    found = await pages.neighbours(*WHO, is_shared=False)
    assert (found.similar, found.recommended, found.collection_id) == ([4, 2], [2], 7)
    assert found.collection == [603, 2]
    alone = await pages.neighbours(0, ANNA, "ru", collection_id=7, is_shared=False)
    assert (alone.similar, alone.collection) == ([], [603, 2])
    await add_user(connection, settings={"adult": True})
    assert (await pages.neighbours(*WHO, is_shared=False)).similar == [4, 3, 2]
    assert (await pages.neighbours(*WHO, is_shared=True)).similar == [4, 2]


async def test_what_is_rated_is_hidden_from_who_wants_that_and_the_button_knows(
    connection: Connection, pages: CardPages
) -> None:
    await add_movie(connection, similar_ids=[2], collection_id=7)
    await add_movie(connection, tmdb_id=2, collection_id=7)
    await add_user(connection, settings={"hide_rated": True})
    cards = Cards(connection, bot_id=BOT_ID, catalogue_language="en-US")
    assert (await cards.card(*WHO)).has_similar
    await connection.execute(
        "INSERT INTO tmdb.user_movie_ratings (telegram_user_id, movie_id, tmdb_rating, source)"
        " VALUES ($1, 2, 9, 'manual')",
        ANNA,
    )
    found = await pages.neighbours(*WHO, is_shared=False)
    assert (found.similar, found.collection) == ([], [2, 603])
    assert not (await cards.card(*WHO)).has_similar
    assert (await pages.neighbours(*WHO, is_shared=True)).similar == [2], "others see that screen"
    assert (await cards.card(*WHO, hides_rated=False)).has_similar


@pytest.mark.parametrize(
    ("age", "changes"), [("181 days", {}), ("0", {"adult": True}), ("0", {"data_state": "stub"})]
)
async def test_no_page_of_a_film_that_may_not_be_shown(
    connection: Connection, pages: CardPages, age: str, changes: dict[str, Any]
) -> None:
    await add_movie(connection, age, **changes)
    assert [
        await pages.details(*WHO, is_shared=False),
        await pages.cast(*WHO, 1, is_shared=False),
        await pages.crew(*WHO, 1, is_shared=False),
        await pages.offers(*WHO, is_shared=False),
        await pages.videos(*WHO, is_shared=False),
        await pages.posters(*WHO, is_shared=False),
    ] == [None] * 6


@pytest.mark.parametrize(
    ("statement", "arguments", "indexes"),
    [
        (CardPages.CAST, (1, 8), {"idx_tmdb_movie_cast_movie", "people_pkey"}),
        (CardPages.CREW, (1, 8), {"movie_crew_pkey", "people_pkey"}),
        (CardPages.DETAILS, (), {"movie_companies_pkey", "movie_keywords_pkey", "movies_collection"}),
        (CardPages.NEIGHBOURS, (), {"movies_collection", "movies_pkey"}),
        (CardPages.POSTERS, (BOT_ID,), {"posters_pkey"}),
        (CardPages.OFFERS, (), {"movies_pkey"}),
        (CardPages.VIDEOS, (), {"movies_pkey"}),
    ],
)
async def test_pages_are_found_by_indexes(
    connection: Connection, statement: str, arguments: tuple[Any, ...], indexes: set[str]
) -> None:
    await add_movie(connection)
    await connection.execute(
        """
        INSERT INTO tmdb.movies (tmdb_id, original_title, data_state, fetched_at, content_hash, payload_hash)
        SELECT n, 'Film ' || n, 'full', tmdb.now(), '', '' FROM generate_series(1000, 1300) AS n;
        ANALYZE tmdb.movies;
        SET LOCAL enable_seqscan = off; SET LOCAL plan_cache_mode = force_generic_plan
        """
    )
    catalogue = None if statement is CardPages.NEIGHBOURS else "en"
    plan = await connection.fetchval(
        "EXPLAIN (FORMAT json) " + statement, *(MATRIX, ANNA, "ru", False, catalogue, *arguments)
    )
    nodes: list[dict[str, Any]] = []

    def walk(node: dict[str, Any]) -> None:
        nodes.append(node)
        for child in node.get("Plans", ()):
            walk(child)

    walk((plan if isinstance(plan, list) else orjson.loads(plan))[0]["Plan"])
    assert {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"} == set()
    assert indexes <= {node["Index Name"] for node in nodes if "Index Name" in node}
