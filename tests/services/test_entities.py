"""People and series stored in full, fetched anew from the stand-in into a real database."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any, Literal

import aiohttp
import pytest

from core.errors import Gone, Unavailable
from db.pool import Database
from sandbox.tmdb.server import TmdbStandIn
from services.entities import Entities
from tests.clients.test_tmdb_over_http import client_of
from tests.patience import ONCE

PERSON = 6384

PERSON_ROW = """
    SELECT name, original_name, birthday, place_of_birth, popularity, data_state,
      fetched_at > tmdb.now() - interval '1 minute' AS fresh
    FROM tmdb.people WHERE tmdb_id = $1
"""
SERIES_ROW = (
    "SELECT name, overview, fetched_at > tmdb.now() - interval '1 minute' AS fresh FROM tmdb.tv_series"
)
PAYLOADS = """
    SELECT payload FROM tmdb.raw_payloads
    WHERE entity_type = $1 AND tmdb_id = $2 AND language = 'en-US' ORDER BY fetched_at
"""
NAMES = "SELECT iso_639_1, name FROM tmdb.person_translations WHERE tmdb_id = $1 ORDER BY iso_639_1"
FILMS = """
    SELECT movie.tmdb_id, movie.title, movie.data_state
    FROM tmdb.movie_cast AS part JOIN tmdb.movies AS movie ON movie.tmdb_id = part.tmdb_movie_id
    WHERE part.tmdb_person_id = $1 ORDER BY movie.tmdb_id
"""
OUTBOX = "SELECT entity_type, tmdb_id, action, version FROM tmdb.neo4j_etl_outbox ORDER BY entity_type"


@pytest.fixture
async def tmdb() -> AsyncIterator[TmdbStandIn]:
    async with TmdbStandIn(rate=0) as stand_in:
        yield stand_in


@pytest.fixture
async def entities(database: Database, tmdb: TmdbStandIn) -> AsyncIterator[Entities]:
    async with aiohttp.ClientSession() as session:
        client = client_of(tmdb, session, patience=ONCE)
        yield Entities(database, client, language="en-US", raw_payload_history=1)


async def rows(database: Database, query: str, *args: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await database.fetch(query, *args)]


async def test_a_stub_becomes_full_and_keeps_what_only_credits_tell(
    entities: Entities, tmdb: TmdbStandIn, database: Database
) -> None:
    await database.execute(
        """
        INSERT INTO tmdb.people (tmdb_id, name, original_name, popularity, fetched_at)
        VALUES ($1, 'K. Reeves', 'Keanu', 1, tmdb.now() + interval '1 hour')
        """,
        PERSON,
    )
    tmdb.change_other("person", PERSON, {"birthday": "1964-09-02", "place_of_birth": "Beirut"})
    await entities.refresh("person", PERSON)
    [(name, original_name, *facts, popularity, state, _)] = await rows(database, PERSON_ROW, PERSON)
    assert (name, original_name, *facts) == ("Keanu Reeves", "Keanu", date(1964, 9, 2), "Beirut")
    assert (popularity, state) == (9.387, "full")
    [(payload,)] = await rows(database, PAYLOADS, "person", PERSON)
    assert {item["media_type"] for item in payload["combined_credits"]["cast"]} == {"movie", "tv"}
    assert await rows(database, NAMES, PERSON) == [
        ("en", None),
        ("ru", "Киану Ривз"),
        ("zh", "基努·里维斯"),
    ]
    assert await rows(database, FILMS, PERSON) == [
        (603, "The Matrix", "stub"),
        (604, "The Matrix Reloaded", "stub"),
    ]
    assert await rows(database, OUTBOX) == [("person", PERSON, "upsert", 1)]


async def test_a_series_is_stored_and_only_a_change_goes_to_the_graph(
    entities: Entities, tmdb: TmdbStandIn, database: Database
) -> None:
    (series_id,) = list(tmdb.catalogue.series)[:1]
    await entities.refresh("tv", series_id)
    await database.execute("UPDATE tmdb.tv_series SET fetched_at = tmdb.now() - interval '150 days'")
    tmdb.change_other("tv", series_id, {"vote_count": 7})
    await entities.refresh("tv", series_id)
    assert await rows(database, OUTBOX) == [("tv", series_id, "upsert", 1)]
    tmdb.change_other("tv", series_id, {"overview": "Told anew."})
    await entities.refresh("tv", series_id)
    assert await rows(database, OUTBOX) == [("tv", series_id, "upsert", 2)]
    [(name, overview, fresh)] = await rows(database, SERIES_ROW)
    assert (name, overview, fresh) == (tmdb.catalogue.series[series_id].name, "Told anew.", True)
    payloads = await rows(database, PAYLOADS, "tv", series_id)
    assert len(payloads) == 2, "the newest, and the newest of one earlier content"
    assert payloads[-1][0]["overview"] == "Told anew."


@pytest.mark.parametrize(
    ("entity_type", "tmdb_id", "table"), [("person", PERSON, "people"), ("tv", None, "tv_series")]
)
async def test_nothing_older_overwrites_what_is_newer(
    entities: Entities,
    tmdb: TmdbStandIn,
    database: Database,
    entity_type: Literal["person", "tv"],
    tmdb_id: int | None,
    table: str,
) -> None:
    found = tmdb_id or next(iter(tmdb.catalogue.series))
    await entities.refresh(entity_type, found)
    await database.execute(f"UPDATE tmdb.{table} SET fetched_at = tmdb.now() + interval '1 minute'")
    tmdb.change_other(entity_type, found, {"name": "An older answer"})
    await entities.refresh(entity_type, found)
    assert await database.fetchval(f"SELECT name FROM tmdb.{table}") != "An older answer"
    assert len(await rows(database, PAYLOADS, entity_type, found)) == 1
    assert await rows(database, OUTBOX) == [(entity_type, found, "upsert", 1)]


async def test_what_tmdb_does_not_tell_changes_nothing(
    entities: Entities, tmdb: TmdbStandIn, database: Database
) -> None:
    await entities.refresh("person", PERSON)
    kept = await rows(database, PERSON_ROW, PERSON)
    tmdb.delete_other("person", PERSON)
    with pytest.raises(Gone):
        await entities.refresh("person", PERSON)
    await tmdb.go_away()
    with pytest.raises(Unavailable):
        await entities.refresh("person", PERSON)
    assert await rows(database, PERSON_ROW, PERSON) == kept
