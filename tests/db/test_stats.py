"""Figures for the operator: right when counted, cheap when estimated."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson

from core.stats import Stats
from db.pool import Connection
from db.stats import Statistics

BOT = 111

FILL = """
    INSERT INTO tmdb.users (telegram_user_id, tmdb_account_id, tmdb_session, ratings_count, last_active_at)
    SELECT i, i, CASE WHEN i <= 2 THEN 'x' END, i, tmdb.now() - i * interval '15 hours'
    FROM generate_series(1, 3) AS i;
    INSERT INTO tmdb.movies (tmdb_id) SELECT generate_series(1, 30);
    UPDATE tmdb.movies
    SET data_state = 'full', content_hash = 'a', payload_hash = 'b', fetched_at = tmdb.now()
    WHERE tmdb_id <= 10;
    INSERT INTO tmdb.posters (bot_id, poster_path, poster_status, size, priority, wanted_at, local_path,
                              local_host, telegram_file_id, channel_id, message_id)
    SELECT CASE WHEN i <= 25 THEN 111 ELSE 222 END, '/' || i || '.jpg',
           CASE WHEN i <= 2 THEN -1 WHEN i <= 10 THEN 0 WHEN i <= 11 THEN 1 ELSE 2 END, 'w500',
           CASE WHEN i <= 5 THEN 0 ELSE 2 END, tmdb.now() - i * interval '1 minute', 'x', 'h',
           CASE WHEN i > 11 THEN 'f' || i END, 1, i
    FROM generate_series(1, 30) AS i;
    INSERT INTO tmdb.imports (telegram_user_id, tmdb_account_id, created_at)
    VALUES (1, 1, tmdb.now() - interval '90 seconds');
    INSERT INTO tmdb.rating_pushes (telegram_user_id, movie_id, value, tmdb_account_id, requested_at,
                                    parked_at, parked_reason)
    VALUES (1, 1, 8, 1, tmdb.now() - interval '1 hour', NULL, NULL),
           (1, 2, 8, NULL, tmdb.now() - interval '2 hours', NULL, NULL),
           (1, 3, 8, 1, tmdb.now() - interval '3 hours', tmdb.now(), 'gone');
"""

EXPECTED = Stats(
    users=3,
    users_linked=2,
    users_active=1,
    ratings=6,
    films_stub=20,
    films_full=10,
    films_estimated=False,
    posters_missing=2,
    posters_wanted=8,
    posters_on_disk=1,
    posters_in_telegram=14,
    posters_estimated=False,
    asked_posters=3,
    asked_posters_age=300.0,
    imports=1,
    imports_age=90.0,
    pushes=1,
    pushes_age=3600.0,
    pushes_parked=1,
    notices=0,
    notices_age=None,
)


async def test_counts_states_and_the_ages_of_the_queues(connection: Connection) -> None:
    # What another test's ANALYZE told of a table's size outlives that test's rollback.
    await connection.execute("ANALYZE tmdb.movies, tmdb.posters")
    await connection.execute(FILL)
    assert await Statistics(connection).look(BOT) == EXPECTED


async def test_an_empty_database_has_figures_too(connection: Connection) -> None:
    stats = await Statistics(connection).look(BOT)
    assert (stats.users, stats.ratings, stats.films_full, stats.imports_age) == (0, 0, 0, None)


async def test_large_tables_are_estimated_without_being_read(connection: Connection) -> None:
    await connection.execute(FILL)
    await connection.execute("ANALYZE tmdb.movies, tmdb.posters")
    stats = await Statistics(connection).look(BOT, counted_rows=10)
    assert stats == replace(EXPECTED, films_estimated=True, posters_estimated=True, posters_in_telegram=19)

    plan = await connection.fetchval(
        "EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off, FORMAT json)"
        + Statistics.LOOK.replace("$1", str(BOT)).replace("$2", "10")
    )
    scans = [node for node in _nodes(orjson.loads(plan)[0]["Plan"]) if node.get("Relation Name") == "movies"]
    assert scans
    assert all(scan["Actual Loops"] == 0 for scan in scans), "the films were read"


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)
