"""Films by what people type instead of their titles."""

import random
import re
import sys
import unicodedata
from collections.abc import Sequence
from typing import Any

import asyncpg
import pytest

from core.search import SearchQuery, fold, title_key
from db.embedded import EmbeddedPostgres
from db.migrate import RECORD, migrate, migrations
from db.pool import Connection
from db.search import MovieSearch

ANNA = 11

FILM = """
    INSERT INTO tmdb.movies (tmdb_id, title, original_title, original_language, release_date, popularity)
    VALUES ($1, $2, $2, 'en', make_date($3, 5, 1), $4)
"""
TITLE = "INSERT INTO tmdb.movie_translations (tmdb_id, iso_639_1, iso_3166_1, title) VALUES ($1, $2, $3, $4)"

FILMS = (
    (603, "The Matrix", 1999, 30.0),
    (604, "The Matrix Reloaded", 2003, 20.0),
    (605, "Matrix", 1973, 0.1),
    (161, "Ocean's Eleven", 2001, 12.0),
    (557, "Spider-Man", 2002, 25.0),
    (1367, "Rocky II", 1979, 9.0),
    (1375, "Rocky V", 1990, 40.0),
    (62, "2001: A Space Odyssey", 1968, 14.0),
    (194, "Le Fabuleux Destin d'Amélie Poulain", 2001, 16.0),
    (335984, "Blade Runner 2049", 2017, 25.0),
    (78, "Blade Runner", 1982, 15.0),
    (240, "The Godfather Part II", 1974, 18.0),
    (289, "Casablanca", 1942, 10.0),
    (700, "!!!", 2010, 0.2),
    (703, "Fvtka", 2019, 0.2),
    (701, "Tom & Jerry", 2021, 6.0),
    (702, "Straße nach Tromsø", 2005, 0.3),
)
TITLES = (
    (603, "ru", "RU", "Матрица"),
    (603, "zh", "CN", "黑客帝国"),
    (78, "ru", "RU", "Бегущий по лезвию"),
    (289, "ru", "RU", "Ёлки и Касабланка"),
    (289, "ja", "JP", "君の名は。"),
    (557, "th", "TH", "ไอ้แมงมุม"),
    (194, "ru", "RU", "Амели"),
)


@pytest.fixture
async def shelf(connection: Connection) -> Connection:
    """A few films, and titles of theirs in other languages."""
    await connection.executemany(FILM, FILMS)
    await connection.executemany(TITLE, TITLES)
    return connection


async def _ids(connection: Connection, text: str) -> Sequence[int]:
    return (
        await MovieSearch(connection, catalogue_language="en").ids(SearchQuery.parse(text), ANNA, "en")
    ).ids


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("oceans eleven", 161),
        ("oceans 11", 161),
        ("eleven oceans", 161),
        ("spiderman", 557),
        ("man spider", 557),
        ("rocky 2", 1367),
        ("a space odyssey", 62),
        ("2001 space", 62),
        ("amelie poulain", 194),
        ("poulain destin", 194),
        ("elki", None),
        ("елки", 289),
        ("касабланка", 289),
        ("vfnhbwf", 603),
        ("vfnhbwf 1999", 603),
        ("ьфекшч", 603),
        ("fvtkb", 194),
        ("客帝国", 603),
        ("黑客", 603),
        ("客", 603),
        ("君のは。", 289),
        ("แมงมุม", 557),
        ("(1999) matrix", 603),
        ("matrix 03", 604),
        ("blade runner 2049", 335984),
        ("blade runner 1982", 78),
        ("godfahter part 2", 240),
        ("casablnca", 289),
        ("reloaded matirx", 604),
        ("caslabanca", 289),
        ("csaablanca", 289),
        ("casabl", 289),
        ("tom and jerry", 701),
        ("strasse nach tromso", 702),
        ("!!!", 700),
        ("the zzzz matrix reloaded", 604),
        ("casablanca curtiz", 289),
        ("фильм матрица", 603),
        ("матрица 1999 года", 603),
        ("Matrix Reloaded (2003) BDRip 1080p", 604),
        ("Матрица / The Matrix", 603),
        ("<tueobq gj ktpdb.", 78),
        ("бегущий gj ktpdb.", 78),
        ("rocky二", 1367),
    ],
)
async def test_what_people_type(shelf: Connection, text: str, first: int | None) -> None:
    assert next(iter(await _ids(shelf, text)), None) == first


KEYS = "SELECT array_agg(key ORDER BY key) FROM tmdb.movie_titles WHERE tmdb_id = $1"


async def test_every_write_of_a_title_is_found_again(shelf: Connection) -> None:
    assert await shelf.fetchval(KEYS, 603) == ["thematrix", "матрица", "黑客帝国"]
    await shelf.execute("UPDATE tmdb.movies SET title = 'Matrix!' WHERE tmdb_id = 603")
    assert await shelf.fetchval(KEYS, 603) == ["matrix", "thematrix", "матрица", "黑客帝国"]
    await shelf.execute(
        "UPDATE tmdb.movie_translations SET title = 'The Matrix' WHERE tmdb_id = 603 AND iso_639_1 = 'ru'"
    )
    await shelf.execute("UPDATE tmdb.movies SET original_title = NULL WHERE tmdb_id = 603")
    assert await shelf.fetchval(KEYS, 603) == ["matrix", "thematrix", "黑客帝国"]
    await shelf.execute("DELETE FROM tmdb.movie_translations WHERE tmdb_id = 603")
    assert await shelf.fetchval(KEYS, 603) == ["matrix"]
    await shelf.execute("UPDATE tmdb.movies SET title = NULL WHERE tmdb_id = 603")
    assert await shelf.fetchval(KEYS, 603) is None
    await shelf.execute("DELETE FROM tmdb.movies WHERE tmdb_id = 78")
    assert await shelf.fetchval(KEYS, 78) is None


async def test_a_film_that_becomes_popular_is_looked_at_first(shelf: Connection) -> None:
    tier = "SELECT DISTINCT tier FROM tmdb.movie_titles WHERE tmdb_id = 605"
    assert await shelf.fetchval(tier) == 0
    await shelf.execute("UPDATE tmdb.movies SET popularity = 50 WHERE tmdb_id = 605")
    assert await shelf.fetchval(tier) == 3


async def test_films_of_one_title_do_not_hide_another_that_is_as_near(shelf: Connection) -> None:
    await shelf.executemany(FILM, [(8000 + number, "Kasablanca", 2000, 11.0) for number in range(30)])
    assert 289 in (await _ids(shelf, "jasablanca"))[:10]


async def test_own_ratings_and_watchlist_are_marked(shelf: Connection) -> None:
    await shelf.execute("INSERT INTO tmdb.users (telegram_user_id) VALUES ($1)", ANNA)
    await shelf.execute(
        "INSERT INTO tmdb.user_movie_ratings (telegram_user_id, movie_id, tmdb_rating, source)"
        " VALUES ($1, 603, 9.5, 'manual')",
        ANNA,
    )
    await shelf.execute("INSERT INTO tmdb.user_watchlist (telegram_user_id, movie_id) VALUES ($1, 604)", ANNA)
    page = await MovieSearch(shelf, catalogue_language="en").page(SearchQuery.parse("matrix"), ANNA, "en")
    marks = {film.movie_id: (str(film.rating), film.on_watchlist) for film in page.movies}
    assert marks == {603: ("9.5", False), 604: ("None", True), 605: ("None", False)}


async def test_adult_films_are_for_those_who_want_them_and_never_where_others_see(shelf: Connection) -> None:
    await shelf.execute("UPDATE tmdb.movies SET adult = true WHERE tmdb_id = 289")
    assert await _ids(shelf, "casablanca") == []
    await shelf.execute(
        """INSERT INTO tmdb.users (telegram_user_id, settings) VALUES ($1, '{"adult": true}')""", ANNA
    )
    assert await _ids(shelf, "casablanca") == [289]
    search = MovieSearch(shelf, catalogue_language="en")
    assert (await search.ids(SearchQuery.parse("casablanca"), ANNA, "en", is_shared=True)).ids == []


async def test_an_imdb_id_leads_to_its_film(shelf: Connection) -> None:
    await shelf.execute(
        "INSERT INTO tmdb.movie_external_ids (tmdb_movie_id, imdb_id) VALUES (603, 'tt0133093')"
    )
    search = MovieSearch(shelf, catalogue_language="en")
    assert await search.by_imdb_id("tt0133093") == 603
    assert await search.by_imdb_id("tt0000001") is None


async def test_no_text_breaks_it_as_a_query_or_as_a_title(shelf: Connection) -> None:
    dice = random.Random(7)
    hostile = [
        *("%", "_", "\\", "'", "' OR 1=1 --", "a:* & b | !c", "<b>&amp;</b>", "((((", ":*", "\\'", "it's \\"),
        *(
            "x" * 4096,
            "я " * 2048,
            "帝" * 4096,
            "a\0b",
            "\ud83d",
            "\ud83d matrix",
            "\u0301\u0301",
            "\ufdfa" * 200,
        ),
        *("".join(chr(dice.randrange(sys.maxunicode + 1)) for _ in range(30)) for _ in range(20)),
    ]
    for text in hostile:
        await _ids(shelf, text)
    await shelf.execute(
        "INSERT INTO tmdb.movies (tmdb_id, title) SELECT 9000 + place, title"
        " FROM unnest($1::text[]) WITH ORDINALITY AS hostile (title, place)",
        [text.encode("utf-8", "ignore").decode().replace("\0", "") for text in hostile],
    )
    assert await shelf.fetchval("SELECT max(length(key)) FROM tmdb.movie_titles") <= 200


async def test_python_folds_as_the_database_does(connection: Connection) -> None:
    # Each character between two letters, without most of the ideographs and syllables, which are all alike.
    points = (point for point in range(1, 0x1FFFF) if not 0x3400 <= point < 0xD800 or point % 61 == 0)
    known = [chr(point) for point in points if unicodedata.category(chr(point)) not in {"Cn", "Cs"}]
    texts = ["b".join(known[at : at + 50]) for at in range(0, len(known), 50)]
    folded = await connection.fetch("SELECT t, tmdb.fold(t) FROM unnest($1::text[]) AS t", texts)
    assert [(text, theirs) for text, theirs in folded if fold(text) != theirs] == []
    titles = [
        *(film[1] for film in FILMS),
        "Ёлки-2: «Ø» — ﬁn!",
        "ΣΊΣΥΦΟΣ",
        "ドラゴンボール",
        "올드보이",
        "? !",
    ]
    keys = await connection.fetch(
        "SELECT tmdb.title_key(t, tmdb.fold(t)) FROM unnest($1::text[]) AS t", titles
    )
    assert [row[0] for row in keys] == [title_key(title) for title in titles]


# How often a plan reads each.
INDEXES = {
    "movie_titles_first_half": 3,  # the title itself, its first half, two letters swapped
    "movie_titles_second_half": 1,
    "movie_titles_beginning": 4,  # by popularity
    "movie_titles_popular_words": 1,
    "movie_titles_known_words": 1,
    "movie_titles_other_words": 1,
}


class Explaining:
    """A connection that also tells the plan of all it is asked."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.plan = ""

    async def fetch(self, sql: str, *args: Any) -> Any:
        rows = await self._connection.fetch("EXPLAIN " + sql, *args)
        self.plan += "\n".join(row[0] for row in rows)
        return await self._connection.fetch(sql, *args)


async def test_each_stage_has_its_index(shelf: Connection) -> None:
    await shelf.execute(
        "INSERT INTO tmdb.movies (tmdb_id, title, popularity)"
        " SELECT 10000 + n, 'Film ' || md5(n::text), n % 12 FROM generate_series(1, 2000) AS n"
    )
    await shelf.execute("ANALYZE tmdb.movie_titles, tmdb.title_words")
    await shelf.execute("SET LOCAL enable_seqscan = off")
    explaining: Any = Explaining(shelf)
    search = MovieSearch(explaining, catalogue_language="en")
    await search.ids(SearchQuery.parse("matrix"), ANNA, "en")
    plan = explaining.plan
    assert {name: len(re.findall(rf"\b(?:on|using) {name} ", plan)) for name in INDEXES} == INDEXES
    # What is there as it was typed is not looked for among what is nearly so.
    assert "One-Time Filter: (NOT " in plan
    # A plan kept for any words does not read titles in their order until one holds them.
    await shelf.execute("SET LOCAL plan_cache_mode = force_generic_plan")
    await shelf.execute(f"PREPARE asked (text[], text) AS {MovieSearch.IS_TITLE}")
    rows = await shelf.fetch("EXPLAIN EXECUTE asked ('{}', 'zzzz')")
    plan = "\n".join(row[0] for row in rows)
    assert re.findall(r"Bitmap Index Scan on movie_titles_(\w+)_words", plan) == ["popular", "known", "other"]
    await shelf.execute("DEALLOCATE asked")
    await shelf.execute("SET LOCAL enable_indexscan = off")
    await shelf.execute("SET LOCAL enable_indexonlyscan = off")
    await search.ids(SearchQuery.parse("reloadde zzzz"), ANNA, "en")
    assert "Bitmap Index Scan on title_words_trgm" in explaining.plan


async def test_a_catalogue_from_before_titles_were_kept_is_filled(postgres: EmbeddedPostgres) -> None:
    admin = await asyncpg.connect(postgres.url)
    await admin.execute("CREATE DATABASE before_titles")
    try:
        connection = await asyncpg.connect(postgres.database_url("before_titles"))
        for migration in migrations()[:3]:
            await connection.execute(migration.path.read_text("utf-8"))
            await connection.execute(RECORD, migration.version, migration.name)
        await connection.execute(FILM, *FILMS[0])
        await connection.execute(TITLE, 603, "zh", "CN", "黑客帝国")
        await migrate(connection)
        assert await connection.fetchval(KEYS, 603) == ["thematrix", "黑客帝国"]
        assert await connection.fetchval("SELECT count(*) FROM tmdb.title_words") == 2
        await connection.close()
    finally:
        await admin.execute("DROP DATABASE before_titles WITH (FORCE)")
        await admin.close()
