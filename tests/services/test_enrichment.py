"""Asking the stand-in while a person waits: what is found, what is kept, the row of each request."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Literal

import aiohttp
import pytest

from core.filters import Filters
from core.reader import Reader
from core.search import SearchQuery
from core.understanding import understand
from db.pool import Database
from db.retention import Retention
from db.users import Users
from sandbox.tmdb.server import TmdbStandIn
from services.catalogue import Catalogue
from services.enrichment import Enriched, Enrichment
from tests.clients.test_tmdb_over_http import client_of
from tests.patience import ONCE

ANNA, CHAT, REQUEST = 11, -100, "a1b2c3"

ROW = """
    SELECT request_id, user_id, session_id, conversation_id, user_message_id, query_text, tmdb_endpoint,
      role_hint, extracted_entities, selected, selected_media_type, selected_tmdb_id, selected_score,
      candidates_top3, multi_results_raw, discover_results_raw, tmdb_language, duration_ms
    FROM tmdb.enrichment_requests ORDER BY created_at, duration_ms
"""


@pytest.fixture
async def tmdb() -> AsyncIterator[TmdbStandIn]:
    async with TmdbStandIn(rate=0, connections=None) as stand_in:
        yield stand_in


@pytest.fixture
async def enrichment(database: Database, tmdb: TmdbStandIn) -> AsyncIterator[Enrichment]:
    async with aiohttp.ClientSession() as session:
        client = client_of(tmdb, session, patience=ONCE)
        catalogue = Catalogue(database, client, language="en-US", raw_payload_history=0, connections=2)
        enrichment = Enrichment(database, client, catalogue, catalogue_language="en-US")
        yield enrichment
        await enrichment.close()
        await catalogue.close()


def reader(language: str = "en", *, adult: bool = False) -> Reader:
    return Reader(ANNA, language, film_language=language, adult=adult)


async def searched(
    enrichment: Enrichment, text: str, language: str = "en", *, adult: bool = False, user_id: int = ANNA
) -> Enriched:
    query = SearchQuery.parse(text)
    who = Reader(user_id, language, film_language=language, adult=adult)
    return await enrichment.multi(query, understand(text), who, CHAT, REQUEST)


async def logged(database: Database) -> list[dict[str, Any]]:
    return [dict(row) for row in await database.fetch(ROW)]


async def test_a_request_is_a_whole_row(
    enrichment: Enrichment, tmdb: TmdbStandIn, database: Database
) -> None:
    found = await searched(enrichment, "Матрица 1999", "ru")
    assert found.chosen
    assert (found.chosen.media_type, found.chosen.id, found.chosen.title) == ("movie", 603, "Матрица")
    (row,) = await logged(database)
    raw = row.pop("multi_results_raw")
    assert {item["id"] for item in raw["results"]} >= {603}
    assert row.pop("duration_ms") > 0
    selected = row.pop("selected")
    assert selected == found.chosen.summary
    assert row.pop("selected_score") == selected["score"]
    assert row.pop("candidates_top3") == [candidate.summary for candidate in found.candidates[:3]]
    assert row.pop("extracted_entities") == {"year_from": 1999, "year_to": 1999, "names": ["матрица"]}
    assert row == {
        "request_id": REQUEST,
        "user_id": str(ANNA),
        "session_id": str(CHAT),
        "conversation_id": None,
        "user_message_id": None,
        "query_text": "Матрица 1999",
        "tmdb_endpoint": "/search/multi",
        "role_hint": None,
        "selected_media_type": "movie",
        "selected_tmdb_id": 603,
        "discover_results_raw": None,
        "tmdb_language": "ru",
    }


async def test_films_and_people_found_are_known_from_then_on(
    enrichment: Enrichment, database: Database
) -> None:
    """In the language they were told in, which is not the catalogue's."""
    found = await searched(enrichment, "Киану Ривз", "ru")
    assert found.chosen
    assert (found.chosen.media_type, found.chosen.id) == ("person", 6384)
    person = await database.fetchrow(
        """
        SELECT person.name, person.data_state, translated.name
        FROM tmdb.people AS person LEFT JOIN tmdb.person_translations AS translated USING (tmdb_id)
        """
    )
    assert person is not None
    assert tuple(person) == ("Keanu Reeves", "stub", found.chosen.title)
    known_for = await database.fetch("SELECT tmdb_id, data_state, title FROM tmdb.movies ORDER BY tmdb_id")
    assert [tuple(row) for row in known_for] == [(603, "stub", None), (604, "stub", None)]


async def test_a_year_that_belongs_to_the_title_is_searched_for_too(
    enrichment: Enrichment, tmdb: TmdbStandIn, database: Database
) -> None:
    film = {"id": 900, "title": "Under 2063 Moons", "original_title": "Under 2063 Moons", "popularity": 1.0}
    tmdb.add_film(film | {"release_date": "2044-01-01", "original_language": "en"})
    found = await searched(enrichment, "under 2063 moons")
    assert found.movie_ids == [900]
    assert tmdb.count(template="/3/search/multi") == 2
    assert [row["query_text"] for row in await logged(database)] == ["under 2063 moons"] * 2


async def test_a_role_or_a_kind_is_no_part_of_the_name_mostly(
    enrichment: Enrichment, tmdb: TmdbStandIn, database: Database
) -> None:
    director = await searched(enrichment, "режиссёр кристофер нолан", "ru")
    series = await searched(enrichment, "сериал чернобыль", "ru")
    assert director.chosen
    assert series.chosen
    assert (director.chosen.media_type, series.chosen.media_type) == ("person", "tv")
    asked = [
        (row["query_text"], row["role_hint"], row["selected_media_type"]) for row in await logged(database)
    ]
    assert sorted(asked, key=str) == [
        ("режиссёр кристофер нолан", "director", "person"),
        ("режиссёр кристофер нолан", "director", None),
        ("сериал чернобыль", None, "tv"),
        ("сериал чернобыль", None, None),
    ]
    film = {"id": 900, "title": "Dances with Wolves", "original_title": "Dances with Wolves"}
    tmdb.add_film(film | {"popularity": 1.0, "original_language": "en"})
    assert (await searched(enrichment, "dances with wolves")).movie_ids == [900]


async def test_tmdb_that_does_not_answer_is_away_and_the_row_kept(
    enrichment: Enrichment, tmdb: TmdbStandIn, database: Database
) -> None:
    faults: list[tuple[Any, dict[str, Any]]] = [
        ("html", {"status": 503}),
        ("too_many", {}),
        ("invalid_json", {}),
        ("wrong_json", {}),
        ("truncated", {}),
        ("code", {"code": 1}),  # success: false, with HTTP 200
    ]
    for kind, options in faults:
        tmdb.fault(kind, times=1, **options)
        assert await searched(enrichment, "matrix") == Enriched(is_away=True), kind
    nothing = ("selected", "selected_tmdb_id", "candidates_top3", "multi_results_raw", "discover_results_raw")
    rows = await logged(database)
    assert len(rows) == len(faults)
    for row in rows:
        assert [row[column] for column in nothing] == [None] * len(nothing)
        assert row["duration_ms"] > 0
    assert (await searched(enrichment, "matrix")).movie_ids, "a failure is not remembered"


async def test_an_answer_without_results_is_no_outage(enrichment: Enrichment, database: Database) -> None:
    assert await searched(enrichment, "zzzzzz") == Enriched()
    for row in await logged(database):
        assert (row["candidates_top3"], row["multi_results_raw"]["results"]) == ([], [])


@pytest.mark.parametrize(
    ("text", "chosen_id", "requests"),
    [("фильм Матрица", 603, 2), ("vfnhbwf 1999", 603, 4), ("films of Keanu Reeves", 6384, 3)],
)
async def test_what_is_not_called_so_is_looked_for_otherwise(
    enrichment: Enrichment, tmdb: TmdbStandIn, text: str, chosen_id: int, requests: int
) -> None:
    found = await searched(enrichment, text, "ru")
    assert found.chosen is not None
    assert (found.chosen.id, len(tmdb.requests)) == (chosen_id, requests)


async def test_half_a_title_is_not_what_was_meant(enrichment: Enrichment) -> None:
    found = await searched(enrichment, "american psycho")
    assert [one.title for one in found.candidates] == ["Psycho"]
    assert found.chosen is None


async def test_whatever_is_typed_is_searched_for_or_nothing_at_all(
    enrichment: Enrichment, database: Database
) -> None:
    for text in (
        "&query=matrix&page=900#?=%00",
        "a" * 4096,
        "🎬" * 300,
        "mat\0rix",
        "lone \ud83d surrogate",
        "'; DROP TABLE tmdb.movies; --",
        "\u202e\u200f<b>x</b> %s {0}",
        "../../3/account",
        "     ",
    ):
        assert not (await searched(enrichment, text)).is_away, text
    rows = await logged(database)
    assert rows
    for row in rows:
        assert row["multi_results_raw"] is not None
        assert 0 < len(row["query_text"]) <= 200


async def test_many_who_ask_the_same_at_once_are_one_request(
    enrichment: Enrichment, tmdb: TmdbStandIn, database: Database
) -> None:
    async with asyncio.TaskGroup() as group:
        asking = [group.create_task(searched(enrichment, "matrix", user_id=user)) for user in range(1, 6)]
    assert len({task.result().movie_ids[0] for task in asking}) == 1
    await searched(enrichment, "matrix")
    await searched(enrichment, "matrix", "ru")
    assert (tmdb.count(template="/3/search/multi"), len(await logged(database))) == (2, 2)


async def test_adult_films_are_for_those_who_asked_for_them(
    enrichment: Enrichment, tmdb: TmdbStandIn, database: Database
) -> None:
    film = {"title": "Velvet", "original_title": "Velvet", "original_language": "en", "popularity": 1.0}
    tmdb.add_film(film | {"id": 901, "adult": True})
    tmdb.add_film(film | {"id": 902, "softcore": True})
    assert await searched(enrichment, "velvet") == Enriched()
    assert await database.fetchval("SELECT count(*) FROM tmdb.movies") == 0
    assert set((await searched(enrichment, "velvet", adult=True)).movie_ids) == {901, 902}
    marked = await database.fetch("SELECT adult, softcore FROM tmdb.movies ORDER BY tmdb_id")
    assert [tuple(row) for row in marked] == [(True, False), (False, True)]


async def test_a_film_too_old_to_be_shown_is_fetched_with_the_results(
    enrichment: Enrichment, database: Database
) -> None:
    await searched(enrichment, "casablanca", "ru")
    await database.execute("UPDATE tmdb.movies SET first_seen_at = tmdb.now() - interval '181 days'")
    assert (await searched(enrichment, "casablanca")).movie_ids == [289]
    assert await database.fetchval("SELECT data_state FROM tmdb.movies WHERE tmdb_id = 289") == "full"


async def test_an_imdb_id_leads_to_what_it_is_of(enrichment: Enrichment, database: Database) -> None:
    expected = {
        "tt0133093": ("movie", 603),
        "tt0903747": ("tv", 1396),
        "nm0000206": ("person", 6384),
        "tt9999999": (None, None),
        "tt/../": (None, None),
    }
    for imdb_id, (media_type, tmdb_id) in expected.items():
        found = await enrichment.find(imdb_id, reader(), CHAT, REQUEST)
        chosen = (found.chosen.media_type, found.chosen.id) if found.chosen else (None, None)
        assert (chosen, found.is_away) == ((media_type, tmdb_id), False)
    rows = await logged(database)
    assert {row["tmdb_endpoint"] for row in rows} == {"/find"}
    selected = {row["query_text"]: (row["selected_media_type"], row["selected_tmdb_id"]) for row in rows}
    assert selected == expected


async def test_filters_are_discovered_and_logged(enrichment: Enrichment, database: Database) -> None:
    understanding = understand("фантастика 1999 от 8")
    found = await enrichment.discover(
        understanding.filters, understanding, reader("ru"), CHAT, REQUEST, text="фантастика 1999 от 8"
    )
    assert 603 in found.movie_ids
    assert found.chosen is None
    assert await database.fetchval("SELECT count(*) FROM tmdb.movies") == len(found.movie_ids)
    series = await enrichment.discover(
        Filters(genres=(18, 80)), understand("x"), reader(), CHAT, REQUEST, text="x", media_type="tv"
    )
    assert [(one.media_type, one.id) for one in series.candidates] == [("tv", 1396)]
    first, second = await logged(database)
    assert (first["tmdb_endpoint"], second["tmdb_endpoint"]) == ("/discover/movie", "/discover/tv")
    assert (first["multi_results_raw"], first["selected"]) == (None, None)
    assert first["extracted_entities"]["min_score"] == 8
    assert [item["id"] for item in second["discover_results_raw"]["results"]] == [1396]


async def test_what_tmdb_cannot_filter_by_is_not_asked(enrichment: Enrichment, tmdb: TmdbStandIn) -> None:
    unknown: list[tuple[Filters, Literal["movie", "tv"]]] = [
        (Filters(collection_id=2344), "movie"),
        (Filters(sort="trending"), "movie"),
        (Filters(is_new=True), "movie"),
        (Filters(people=(6384,)), "tv"),
        (Filters(genres=(27,)), "tv"),
    ]
    for filters, media_type in unknown:
        found = await enrichment.discover(
            filters, understand("x"), reader(), CHAT, REQUEST, text="x", media_type=media_type
        )
        assert found == Enriched()
    assert not list(tmdb.requests)


async def test_a_request_on_its_way_is_forgotten_with_the_person_too(
    enrichment: Enrichment, tmdb: TmdbStandIn, database: Database
) -> None:
    tmdb.fault("slow", delay=0.05)

    async def forget() -> None:
        await enrichment.finish(ANNA)
        await Users(database).forget(ANNA)

    async with asyncio.TaskGroup() as group:
        group.create_task(searched(enrichment, "matrix"))
        group.create_task(forget())
    assert await logged(database) == []


async def test_requests_are_forgotten_with_the_person_and_in_time(
    enrichment: Enrichment, database: Database
) -> None:
    await searched(enrichment, "matrix")
    await searched(enrichment, "casablanca", user_id=12)
    await Users(database).forget(ANNA)
    assert [row["user_id"] for row in await logged(database)] == ["12"]
    retention = Retention(database)
    assert await retention.old_searches(timedelta(days=90), 100) == 0
    await database.execute("UPDATE tmdb.enrichment_requests SET created_at = tmdb.now() - interval '91 days'")
    assert await retention.old_searches(timedelta(days=90), 100) == 1
    assert await logged(database) == []
