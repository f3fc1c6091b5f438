"""Searching here and, behind it, at the stand-in."""

import random
from typing import Any

import pytest

from core.film_list import PAGE_FILMS
from core.search import SearchPage, SearchQuery
from db.movies import Movies
from db.pool import Connection
from db.search import MovieSearch
from tests.films import answered, store

ANNA = 11


async def _film(
    connection: Connection,
    film_id: int,
    title: str,
    *,
    year: int = 2000,
    popularity: float = 1.0,
    titles: dict[str, str] | None = None,
    **fields: Any,
) -> None:
    raw = {
        "id": film_id,
        "title": title,
        "original_title": title,
        "original_language": "en",
        "release_date": f"{year}-05-01",
        "popularity": popularity,
        "vote_average": 7.5,
        "vote_count": 100,
        "translations": {
            "translations": [
                {"iso_639_1": code[:2], "iso_3166_1": code[3:], "data": {"title": translated}}
                for code, translated in (titles or {}).items()
            ]
        },
        **fields,
    }
    await store(connection, answered(raw))


@pytest.fixture
async def shelf(connection: Connection) -> Connection:
    """A few films to look for."""
    zh = {"zh-CN": "黑客帝国", "zh-TW": "駭客任務", "zh-HK": "22世紀殺人網絡"}
    await _film(connection, 603, "The Matrix", year=1999, popularity=30, titles={"ru-RU": "Матрица", **zh})
    await _film(connection, 604, "The Matrix Reloaded", year=2003, popularity=20)
    await _film(connection, 605, "Matrix", year=1973, popularity=0.1)
    await _film(connection, 335984, "Blade Runner 2049", year=2017, popularity=25)
    await _film(connection, 78, "Blade Runner", year=1982, popularity=15)
    await _film(connection, 289, "Casablanca", year=1942, popularity=10)
    return connection


async def _found(connection: Connection, text: str, language: str = "en") -> SearchPage:
    return await MovieSearch(connection, catalogue_language="en").page(
        SearchQuery.parse(text), ANNA, language
    )


def _ids(page: SearchPage) -> list[int]:
    return [movie.movie_id for movie in page.movies]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("matrix", 603),
        ("MATRIX 1973", 605),
        ("matrix 2003", 604),
        ("матрица 99", 603),
        ("матри", 603),
        ("黑客", 603),
        ("駭客任務", 603),
        ("blade runner 2049", 335984),
        ("blade runner", 78),
        ("the reloaded", 604),
        ("caslabanca", 289),
    ],
)
async def test_a_title_in_any_language_is_found(shelf: Connection, text: str, first: int) -> None:
    assert _ids(await _found(shelf, text))[:1] == [first]


async def test_titles_are_in_the_readers_language_and_own_ratings_are_marked(shelf: Connection) -> None:
    await shelf.execute(
        "INSERT INTO tmdb.users (telegram_user_id, language, language_chosen, region)"
        " VALUES ($1, 'zh', true, 'HK')",
        ANNA,
    )
    await shelf.execute(
        "INSERT INTO tmdb.user_movie_ratings (telegram_user_id, movie_id, tmdb_rating, source)"
        " VALUES ($1, 603, 9.5, 'manual')",
        ANNA,
    )
    page = await _found(shelf, "matrix")
    assert page.reader.language == "zh"
    film = page.movies[0]
    assert (film.title, film.original_title, film.year) == ("22世紀殺人網絡", "The Matrix", 1999)
    assert str(film.rating) == "9.5"
    assert page.movies[1].rating is None
    assert (
        await MovieSearch(shelf, catalogue_language="en").page(SearchQuery.parse("matrix"), 12, "ru")
    ).movies[0].title == "Матрица"


async def test_nothing_found_still_names_the_reader(shelf: Connection) -> None:
    page = await _found(shelf, "zzzzzzzz", "ru")
    assert (page.reader.language, page.total, page.pages, list(page.movies)) == ("ru", 0, 0, [])


async def test_titles_that_only_resemble_say_so(shelf: Connection) -> None:
    await _film(shelf, 62, "2001: A Space Odyssey", year=1968)
    for typed, like in (
        ("2001 space odyssey", (False, False)),
        ("casblanca", (True, True)),
        ("caslabanca", (True, False)),
        ("casablanca", (False, False)),
    ):
        page = await _found(shelf, typed)
        assert (page.is_nearest, page.is_slip) == like, typed


async def test_pages_hold_eight_and_meet_without_a_gap(connection: Connection) -> None:
    for number in range(20):
        await _film(connection, 100 + number, f"Harbour {number}", popularity=number)
    seen: list[int] = []
    for place, size in ((1, PAGE_FILMS), (2, PAGE_FILMS), (3, 4), (4, 0)):
        page = await MovieSearch(connection, catalogue_language="en").page(
            SearchQuery.parse("harbour"), ANNA, "en", page=place
        )
        assert (len(page.movies), page.pages, page.total) == (size, 3, 20)
        seen += _ids(page)
    assert sorted(seen) == list(range(100, 120))


async def test_deleted_adult_and_stale_films_are_not_listed(shelf: Connection) -> None:
    await Movies(shelf).delete([603])
    await shelf.execute("UPDATE tmdb.movies SET adult = true WHERE tmdb_id = 604")
    await shelf.execute(
        "UPDATE tmdb.movies SET fetched_at = tmdb.now() - interval '181 days' WHERE tmdb_id = 605"
    )
    assert _ids(await _found(shelf, "matrix")) == []


async def test_a_stub_is_as_old_as_the_last_export_that_held_it(connection: Connection) -> None:
    await connection.execute(
        """
        INSERT INTO tmdb.movies (tmdb_id, original_title, popularity, first_seen_at)
        SELECT id, title, 1, tmdb.now() - interval '200 days'
        FROM (VALUES (1, 'Harbour Listed'), (2, 'Harbour Missing'), (3, 'Harbour Lost'), (4, NULL))
          AS stub (id, title)
        """
    )
    await connection.execute(
        """
        INSERT INTO tmdb.export_missing (tmdb_id, exports, last_listed_at)
        VALUES (2, 5, tmdb.now() - interval '179 days'), (3, 5, tmdb.now() - interval '181 days')
        """
    )
    assert _ids(await _found(connection, "harbour")) == [2]
    await connection.execute(
        "INSERT INTO tmdb.sync_state (name, watermark) VALUES ('export:movie', tmdb.now() - interval '1 day')"
    )
    assert sorted(_ids(await _found(connection, "harbour"))) == [1, 2]
    ages = {film: state.age.days for film, state in (await Movies(connection).states([1, 2, 3, 4])).items()}
    assert ages == {1: 1, 2: 179, 3: 181, 4: 200}
    page = await MovieSearch(connection, catalogue_language="en").page(
        SearchQuery.parse("harbour"), ANNA, "en", movie_ids=[1, 2, 3, 4]
    )
    assert _ids(page) == [1, 2]


async def test_any_text_is_harmless(shelf: Connection) -> None:
    dice = random.Random(4)
    texts = [
        "\0",
        "'; DROP TABLE tmdb.movies; --",
        "%",
        "_____",
        "\\",
        "%%%" * 1000,
        "a" * 4096,
        "\U0001f3ac" * 4096,
        "\ud800 x",
        "<b>&amp;</b>",
        "ﷺ" * 4096,
        *("".join(chr(dice.randrange(1, 0x3000)) for _ in range(4096)) for _ in range(5)),
        *("".join(chr(dice.randrange(0x20, 0x10FFFF)) for _ in range(40)) for _ in range(20)),
    ]
    for text in texts:
        page = await _found(shelf, text)
        assert page.total <= 6
    assert _ids(await _found(shelf, "casablanca")) == [289]
