"""Figures for the operator: right, and cheap because counts are kept."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest

from core.stats import Day, Requests, Stats
from db.pool import Connection
from db.stats import Statistics

BOT = 111

FILL = """
    DELETE FROM tmdb.tallies;
    INSERT INTO tmdb.users (telegram_user_id, tmdb_account_id, tmdb_session, ratings_count, last_active_at)
    SELECT i, i, CASE WHEN i <= 2 THEN 'x' END, i,
           tmdb.now() - (ARRAY[15, 30, 200, 800])[i] * interval '1 hour'
    FROM generate_series(1, 4) AS i;
    INSERT INTO tmdb.movies (tmdb_id) SELECT generate_series(1, 30);
    UPDATE tmdb.movies
    SET data_state = 'full', content_hash = 'a', payload_hash = 'b', fetched_at = tmdb.now()
    WHERE tmdb_id <= 10;
    UPDATE tmdb.movies SET deleted_at = tmdb.now() WHERE tmdb_id = 10;
    INSERT INTO tmdb.posters (bot_id, poster_path, poster_status, size, priority, wanted_at, local_path,
                              local_host, telegram_file_id, channel_id, message_id)
    SELECT CASE WHEN i <= 25 THEN 111 ELSE 222 END, '/' || i || '.jpg',
           CASE WHEN i <= 2 THEN -1 WHEN i <= 10 THEN 0 WHEN i <= 11 THEN 1 ELSE 2 END, 'w500',
           CASE WHEN i <= 5 THEN 0 ELSE 2 END, tmdb.now() - i * interval '1 minute', 'x', 'h',
           CASE WHEN i > 11 THEN 'f' || i END, 1, i
    FROM generate_series(1, 30) AS i;
    INSERT INTO tmdb.imports (telegram_user_id, tmdb_account_id, created_at)
    VALUES (1, 1, tmdb.now() - interval '90 seconds');
    INSERT INTO tmdb.pushes (telegram_user_id, movie_id, value, tmdb_account_id, requested_at,
                                    parked_at, parked_reason)
    VALUES (1, 1, 8, 1, tmdb.now() - interval '1 hour', NULL, NULL),
           (1, 2, 8, NULL, tmdb.now() - interval '2 hours', NULL, NULL),
           (1, 3, 8, 1, tmdb.now() - interval '3 hours', tmdb.now(), 'gone');
    INSERT INTO tmdb.tallies (day, name, number)
    SELECT (tmdb.now() AT TIME ZONE 'UTC')::date - ago, name, number
    FROM (VALUES (0, 'cards.warm', 5), (6, 'cards.warm', 4), (7, 'cards.warm', 100), (0, 'cards.cold', 1),
                 (0, 'users.active', 2), (0, 'users.active', 1), (6, 'users.active', 7),
                 (7, 'users.active', 9))
      AS happened (ago, name, number);
"""

EXPECTED = Stats(
    users=4,
    users_linked=2,
    users_active=1,
    users_active_week=2,
    users_active_month=3,
    users_by_day=(7, 0, 0, 0, 0, 0, 3),
    ratings=10,
    films_full=9,
    films_stub=20,
    films_deleted=1,
    posters_in_telegram=14,
    posters_on_disk=1,
    posters_wanted=8,
    posters_missing=2,
    cards_warm=9,
    cards_cold=1,
    asked_posters=3,
    asked_posters_age=300.0,
    imports=1,
    imports_age=90.0,
    pushes=1,
    pushes_age=3600.0,
    pushes_parked=1,
    notices=0,
    notices_age=None,
    database_bytes=0,
)


async def test_counts_states_and_the_ages_of_the_queues(connection: Connection) -> None:
    await connection.execute(FILL)
    stats = await Statistics(connection).look(BOT)
    size = await connection.fetchval("SELECT pg_database_size(current_database())")
    assert stats.database_bytes == pytest.approx(size, rel=0.05)
    assert replace(stats, database_bytes=0) == EXPECTED


async def test_an_empty_database_has_figures_too(connection: Connection) -> None:
    stats = await Statistics(connection).look(BOT)
    assert (stats.users, stats.ratings, stats.films_full, stats.imports_age) == (0, 0, 0, None)
    assert stats.users_by_day == (0,) * 7
    assert await Statistics(connection).requests() == []
    days = await Statistics(connection).days(BOT, 30)
    assert len(days) == 30
    assert {day[1:] for day in days} == {(0, 0, 0)}


async def test_neither_films_nor_posters_are_read(connection: Connection) -> None:
    await connection.execute(FILL)
    plan = await connection.fetchval("EXPLAIN (FORMAT json) " + Statistics.LOOK.replace("$1", str(BOT)))
    read = {(node["Relation Name"], node["Node Type"]) for node in _nodes(orjson.loads(plan)[0]["Plan"])}
    assert "movies" not in {relation for relation, _ in read}
    assert {kind for relation, kind in read if relation == "posters"} <= {"Index Scan", "Bitmap Heap Scan"}


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    nodes = [plan] if "Relation Name" in plan else []
    return nodes + [node for child in plan.get("Plans", ()) for node in _nodes(child)]


CALLS = """
    INSERT INTO tmdb.api_requests
      (minute, host, method, endpoint, job, status, calls, retries, duration_ms)
    SELECT date_trunc('minute', tmdb.now(), 'UTC') - ago, host, 'GET', endpoint, job, status, calls, 0, 1
    FROM (VALUES
      (interval '0', 'tmdb', '/3/movie/{movie_id}', 'refresh', 200, 900),
      (interval '1 hour', 'tmdb', '/3/movie/{movie_id}', 'bot', 200, 90),
      (interval '2 hours', 'tmdb', '/3/movie/{movie_id}', 'refresh', 429, 3),
      (interval '3 hours', 'tmdb', '/3/movie/{movie_id}', 'refresh', 404, 40),
      (interval '4 hours', 'telegram', 'sendPhoto', 'bot', 0, 2),
      (interval '29 days', 'tmdb', '/3/movie/{movie_id}', 'refresh', 503, 11),
      (interval '30 days', 'tmdb', '/3/movie/{movie_id}', 'refresh', 503, 70)
    ) AS made (ago, host, endpoint, job, status, calls)
"""


async def test_requests_of_a_day_by_endpoint_and_outcome(connection: Connection) -> None:
    await connection.execute(CALLS)
    requests = await Statistics(connection).requests()
    assert requests == [
        Requests("tmdb", "/3/movie/{movie_id}", 200, 990),
        Requests("tmdb", "/3/movie/{movie_id}", 404, 40),
        Requests("tmdb", "/3/movie/{movie_id}", 429, 3),
        Requests("telegram", "sendPhoto", 0, 2),
    ]
    assert [one.failed for one in requests] == [False, False, True, True], "404 is an answer"


async def test_what_each_of_thirty_days_brought(connection: Connection) -> None:
    await connection.execute(CALLS)
    await connection.execute(
        """
        INSERT INTO tmdb.tallies (day, name, number)
        SELECT (tmdb.now() AT TIME ZONE 'UTC')::date - ago, name, number
        FROM (VALUES (0, 'films.stored', 5), (0, 'films.stored', 6), (2, 'films.stored', 7),
                     (30, 'films.stored', 9), (0, 'films.full', 4), (1, 'posters.111.2', 30),
                     (1, 'posters.111.2', -2), (2, 'posters.111.2', -1), (1, 'posters.222.2', 100))
          AS happened (ago, name, number)
        """
    )
    today, now = (await connection.fetch("SELECT (tmdb.now() AT TIME ZONE 'UTC')::date, tmdb.now()"))[0]
    brought = {day.day: day for day in await Statistics(connection).days(BOT, 30)}
    assert sorted(brought) == [today - timedelta(days=ago) for ago in range(29, -1, -1)]
    assert sum(day.films_stored for day in brought.values()) == 18
    assert brought[today].films_stored == 11
    assert brought[today - timedelta(days=1)].posters == 28
    assert brought[today - timedelta(days=2)][1:] == (7, brought[today - timedelta(days=2)].errors, 0)
    assert brought[(now - timedelta(days=29)).date()].errors == 11
    assert sum(day.errors for day in brought.values()) == 16
    assert isinstance(next(iter(brought.values())), Day)
