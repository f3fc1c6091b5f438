"""What a typed text comes to: a link, titles, filters in plain words, TMDB behind them."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from core.results import Films, Opens, Titles
from db.pool import Connection, Database
from sandbox.tmdb.server import TmdbStandIn
from services.catalogue import Catalogue
from services.enrichment import Enrichment
from services.search import Asker, Search
from tests.clients.test_tmdb_over_http import client_of
from tests.films import answered, store
from tests.patience import ONCE

ANNA = Asker(user_id=11, language="en", chat_id=11, request_id="a1b2c3")
BORIS = Asker(user_id=12, language="ru", chat_id=12, request_id="d4e5f6")

NOLAN, DE_NIRO, PACINO, METHOD_MAN = ({"id": 525}, {"id": 380}, {"id": 1158}, {"id": 5384})
NAMES = {525: "Christopher Nolan", 380: "Robert De Niro", 1158: "Al Pacino", 5384: "Method Man"}
GENRES = {35: "Comedy", 27: "Horror"}


def _credit(person: dict[str, int], film: int, **fields: Any) -> dict[str, Any]:
    name = NAMES[person["id"]]
    return person | {
        "name": name,
        "original_name": name,
        "credit_id": f"{film}-{person['id']}",
        "popularity": 20.0,
        **fields,
    }


async def _film(connection: Connection, film: int, title: str, year: int = 2000, **fields: Any) -> None:
    cast = [_credit(person, film, order=0) for person in fields.pop("cast", ())]
    crew = [
        _credit(person, film, job="Director", department="Directing")
        for person in fields.pop("directors", ())
    ]
    raw = {
        "id": film,
        "title": title,
        "original_title": title,
        "original_language": "en",
        "release_date": f"{year}-05-01",
        "popularity": 5.0,
        "vote_average": 7.5,
        "vote_count": 100,
        "genres": [{"id": genre, "name": GENRES[genre]} for genre in fields.pop("genres", ())],
        "keywords": {"keywords": fields.pop("keywords", [])},
        "credits": {"cast": cast, "crew": crew},
        "external_ids": {"imdb_id": fields.pop("imdb_id", None)},
        "translations": {
            "translations": [
                {"iso_639_1": code, "iso_3166_1": code.upper(), "data": {"title": translated}}
                for code, translated in fields.pop("titles", {}).items()
            ]
        },
        **fields,
    }
    await store(connection, answered(raw))


@pytest.fixture
async def shelf(connection: Connection) -> Connection:
    """A catalogue that is full: films whose titles mean something else too, and films to filter."""
    await _film(connection, 1, "Comedy", 2002)
    await _film(connection, 2, "2012", 2009)
    await _film(connection, 3, "Her", 2013)
    await _film(connection, 4, "Happy New Year", titles={"ru": "Новый год"})
    await _film(connection, 5, "The English Patient", 1996)
    await _film(connection, 6, "Airplane!", 1980, genres=[35], imdb_id="tt0080339")
    await _film(connection, 7, "Amelie", 2001, genres=[35], original_language="fr")
    await _film(
        connection, 8, "Inception", 2010, directors=[NOLAN], keywords=[{"id": 10051, "name": "heist"}]
    )
    await _film(connection, 9, "Memento", 2000, directors=[NOLAN])
    await _film(connection, 10, "Heat", 1995, cast=[DE_NIRO, PACINO])
    await _film(connection, 11, "Taxi Driver", 1976, cast=[DE_NIRO])
    await _film(connection, 12, "Dead Snow", 2009, genres=[27], keywords=[{"id": 12377, "name": "zombie"}])
    await _film(connection, 13, "Comedy Night", 2003)
    await _film(connection, 14, "The Family Man", cast=[METHOD_MAN])
    await connection.execute(
        """
        INSERT INTO tmdb.sync_state (name, watermark, value)
        VALUES ('fill', tmdb.now(), jsonb_build_object('completed_at', tmdb.now()))
        """
    )
    return connection


@pytest.fixture
async def tmdb() -> AsyncIterator[TmdbStandIn]:
    async with TmdbStandIn(generated=200, rate=0) as stand_in:
        yield stand_in


@pytest.fixture
async def search(
    connection: Connection, shared_database: Database, tmdb: TmdbStandIn
) -> AsyncIterator[Search]:
    """On one connection, whose transaction is rolled back; nothing of TMDB's is stored."""
    async with aiohttp.ClientSession() as session:
        client = client_of(tmdb, session, patience=ONCE)
        catalogue = Catalogue(shared_database, client, language="en-US", raw_payload_history=0, connections=2)
        enrichment = Enrichment(connection, client, catalogue, catalogue_language="en-US")  # type: ignore[arg-type] # no method of it begins a transaction
        yield Search(connection, enrichment, catalogue_language="en-US")
        await enrichment.close()
        await catalogue.close()


def _ids(found: Any) -> list[int]:
    return [film.movie_id for film in found.page.movies]


@pytest.mark.parametrize(
    ("text", "films"),
    [
        ("Comedy", [1, 13]),
        ("2012", [2]),
        ("her", [3]),
        ("новый год", [4]),
        ("english patient", [5]),
        ("family man", [14]),
        ("heat", [10]),
    ],
)
async def test_a_films_title_wins_over_what_else_it_means(
    shelf: Connection, search: Search, tmdb: TmdbStandIn, text: str, films: list[int]
) -> None:
    found = await search.find(text, ANNA)
    assert found == Opens("movie", films[0]) if len(films) == 1 else isinstance(found, Titles)
    if isinstance(found, Titles):
        assert _ids(found) == films
        assert found.filters is not None
        assert found.filters.genres == (35,), "and is offered beside it"
    assert len(tmdb.requests) == 0


@pytest.mark.parametrize(
    ("text", "films"),
    [
        ("комедии 80-х", [6]),
        ("французские комедии", [7]),
        ("nolan 2010s", [8]),
        ("режиссёр christopher nolan", [8, 9]),
        ("films with nolan", [8, 9]),
        ("de niro pacino", [10]),
        ("про зомби", [12]),
        ("ужасы 2009", [12]),
        ("喜剧 评分8以上", []),
        ("zombie movies", [12]),
        ("фильмы про зомби", [12]),
        ("nolan movies", [8, 9]),
        ("лучшие фильмы", [*range(1, 9)]),
    ],
)
async def test_filters_in_plain_words(
    shelf: Connection, search: Search, tmdb: TmdbStandIn, text: str, films: list[int]
) -> None:
    found = await search.find(text, ANNA)
    assert isinstance(found, Films)
    assert sorted(_ids(found)) == films
    assert len(tmdb.requests) == 0


async def test_one_slip_asks_tmdb_only_until_an_export_brought_all_titles(
    shelf: Connection, search: Search, tmdb: TmdbStandIn
) -> None:
    await search.find("taxi drver", ANNA)
    assert len(tmdb.requests) > 0
    asked = len(tmdb.requests)
    await shelf.execute("INSERT INTO tmdb.sync_state (name, watermark) VALUES ('export:movie', tmdb.now())")
    found = await search.find("txi driver", ANNA)
    assert isinstance(found, Titles)
    assert (_ids(found), found.page.is_slip) == ([11], True)
    assert len(tmdb.requests) == asked


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        ("her", 1),
        ("taxi driver", 1),
        ("comedy", 2),
        ("комедии 80-х", 3),
        ("nolan 2010s", 4),
        ("nolan #heist", 5),
        ("фильм taxi driver", 2),
        ("лучшие фильмы", 2),
        ("zombie movies", 5),
    ],
)
async def test_the_statements_of_a_search_are_few_and_fixed(
    shelf: Connection, search: Search, text: str, statements: int
) -> None:
    asked: list[str] = []

    def note(record: Any) -> None:
        asked.append(record.query)

    shelf.add_query_logger(note)
    await search.find(text, ANNA)
    await asyncio.sleep(0)  # the last one is noted by then
    shelf.remove_query_logger(note)
    assert len(asked) == statements, asked


@pytest.mark.parametrize(
    ("text", "opens"),
    [
        ("https://www.themoviedb.org/movie/603-the-matrix", Opens("movie", 603)),
        ("https://www.themoviedb.org/tv/1396-breaking-bad", Opens("tv", 1396)),
        ("themoviedb.org/person/6384", Opens("person", 6384)),
        ("tt0080339", Opens("movie", 6)),
        ("https://www.imdb.com/title/tt0133093/?ref_=x", Opens("movie", 603)),
    ],
)
async def test_links_and_imdb_ids_open_what_they_name(
    shelf: Connection, search: Search, text: str, opens: Opens
) -> None:
    assert await search.find(text, ANNA) == opens


async def test_an_imdb_id_that_nobody_knows_is_told(shelf: Connection, search: Search) -> None:
    found = await search.find("tt9999999", ANNA)
    assert isinstance(found, Titles)
    assert (found.page.total, found.page.query.text) == (0, "tt9999999")


async def test_what_is_not_here_is_asked_of_tmdb_and_opened_beyond_doubt(
    shelf: Connection, search: Search, tmdb: TmdbStandIn
) -> None:
    assert await search.find("матрица 1999", BORIS) == Opens("movie", 603)
    state = await shelf.fetchval("SELECT data_state FROM tmdb.movies WHERE tmdb_id = 603")
    assert state == "stub"
    asked = len(tmdb.requests)
    assert await search.find("матрица 1999", BORIS) == Opens("movie", 603)
    assert len(tmdb.requests) == asked, "it is here now"


async def test_a_stub_that_looks_right_is_compared_with_its_namesakes_at_tmdb(
    shelf: Connection, search: Search, tmdb: TmdbStandIn
) -> None:
    await shelf.execute(
        "INSERT INTO tmdb.movies (tmdb_id, original_title, popularity) VALUES (5000, 'The Matrix', 0.1)"
    )
    assert await search.find("the matrix", ANNA) == Opens("movie", 603)
    tmdb.fault("html", status=503)
    await shelf.execute("INSERT INTO tmdb.movies (tmdb_id, original_title) VALUES (5001, 'Some Stub')")
    found = await search.find("some stub", ANNA)
    assert isinstance(found, Titles)
    assert _ids(found) == [5001]
    assert found.page.is_incomplete


async def test_with_tmdb_away_there_is_what_resembles_the_words(
    shelf: Connection, search: Search, tmdb: TmdbStandIn
) -> None:
    tmdb.fault("html", status=503)
    assert await search.find("taxi driver", ANNA) == Opens("movie", 11)
    found = await search.find("taksi draiver", ANNA)
    assert isinstance(found, Titles)
    assert found.page.is_incomplete


async def test_wider_lists_tmdbs_films_and_is_leafed_through_as_those(
    shelf: Connection, search: Search, tmdb: TmdbStandIn
) -> None:
    first = await search.titles("the", ANNA, page=1, wider=True)
    second = await search.titles("the", ANNA, page=2, wider=True)
    assert first.page.is_from_tmdb
    assert len(_ids(first)) == 8
    assert not set(_ids(first)) & set(_ids(second))
    assert len(tmdb.requests) == 1, "one answer is leafed through"


async def test_while_the_catalogue_fills_filters_ask_tmdb_too(
    shelf: Connection, search: Search, tmdb: TmdbStandIn
) -> None:
    await shelf.execute("UPDATE tmdb.sync_state SET value = '{}' WHERE name = 'fill'")
    await shelf.execute("DELETE FROM tmdb.movies")
    found = await search.find("комедии 90-х", ANNA)
    assert isinstance(found, Titles)
    assert found.page.is_from_tmdb
    assert all(1990 <= (film.year or 0) <= 1999 for film in found.page.movies)
    row = await shelf.fetchrow("SELECT tmdb_endpoint, query_text FROM tmdb.enrichment_requests")
    assert row is not None
    assert tuple(row) == ("/discover/movie", "комедии 90-х")
    tmdb.fault("html", status=503)
    away = await search.find("комедии 80-х", ANNA)
    assert isinstance(away, Films)
    assert away.page.is_incomplete


async def test_series_by_filters_are_asked_of_tmdb(
    shelf: Connection, search: Search, tmdb: TmdbStandIn
) -> None:
    found = await search.find("драматические сериалы 2000-х", BORIS)
    assert isinstance(found, Titles)
    assert [request.path for request in tmdb.requests] == ["/3/discover/tv"]
    assert found.others
    assert {other.media_type for other in found.others} == {"tv"}


async def test_any_text_gets_an_answer(shelf: Connection, search: Search, tmdb: TmdbStandIn) -> None:
    tmdb.fault("html", status=503)
    dice = random.Random(4)
    texts = [
        *(
            "\0",
            "'; DROP TABLE tmdb.movies; --",
            "%",
            "\\",
            "<b>&amp;</b>",
            "#",
            "about \ud800 x",
            "since 0000",
            "|",
        ),
        *("\ud800 x", "a" * 4096, "80s " * 1000, "с " * 2000, "комедии " * 500, "ﷺ" * 4096, "1999-1" * 600),
        *("".join(chr(dice.randrange(1, 0x3000)) for _ in range(4096)) for _ in range(3)),
        *("".join(chr(dice.randrange(0x20, 0x10FFFF)) for _ in range(40)) for _ in range(10)),
    ]
    for text in texts:
        await search.find(text, ANNA)
        await search.titles(text, ANNA, page=10**6, wider=False)
