"""The look at the synchronisation: what it says, and that it reads no large table whole."""

import pytest

from core.sync import SyncStatus
from db.pool import Connection
from db.sync_runs import SyncRuns
from db.sync_state import SyncState
from db.sync_status import SyncStatuses, fill_seconds

BOT = 4242
DAY = 86_400.0


async def look(connection: Connection, daily_limit: int | None = None) -> SyncStatus:
    return await SyncStatuses(connection).look(BOT, daily_limit)


async def test_of_an_empty_catalogue_nothing_is_claimed(connection: Connection) -> None:
    status = await look(connection)
    assert status.running == ()
    assert (status.films_full, status.films_stub, status.films_deleted) == (0, 0, 0)
    assert status.films_rate is None
    assert status.films_eta_seconds is None
    assert status.posters_rate is None
    assert status.delta_until is None
    assert status.oldest_age_seconds is None
    assert status.queue == {}
    assert status.next_jobs == ()


async def test_films_and_posters_are_those_there_are(connection: Connection) -> None:
    await connection.execute(
        """
        INSERT INTO tmdb.movies (tmdb_id, data_state, fetched_at, deleted_at, content_hash, payload_hash)
        SELECT id, state, CASE state WHEN 'full' THEN tmdb.now() - interval '29 days' END,
          CASE WHEN id % 10 = 0 THEN tmdb.now() END, 'c', 'p'
        FROM generate_series(1, 30) AS id,
          LATERAL (SELECT CASE WHEN id <= 20 THEN 'full' ELSE 'stub' END AS state) AS s
        """
    )
    await connection.execute(
        """
        INSERT INTO tmdb.posters (bot_id, poster_path, poster_status, size, priority,
          telegram_file_id, channel_id, message_id)
        SELECT bot, '/p' || id, CASE WHEN id <= 3 THEN 2 ELSE 0 END, 'w500', 2, 'f' || id, -1001, id
        FROM generate_series(1, 8) AS id, unnest(ARRAY[4242, 5]) AS bot
        """
    )
    status = await look(connection)
    assert (status.films_full, status.films_stub, status.films_deleted) == (18, 9, 3)
    assert (status.posters_in_telegram, status.posters_wanted) == (3, 5), "this bot's"
    assert status.oldest_age_seconds == pytest.approx(29 * DAY, abs=5)


async def calls(connection: Connection, minutes_ago: int, **row: object) -> None:
    """Calls of one kind, made in one minute."""
    await connection.execute(
        """
        INSERT INTO tmdb.api_requests
          (minute, host, method, endpoint, job, status, calls, retries, duration_ms)
        VALUES (date_trunc('minute', tmdb.now()) - $1 * interval '1 minute', $2, 'GET', $3, $4, $5, $6, 0, 0)
        """,
        minutes_ago,
        *row.values(),
    )


async def at_half_past(connection: Connection) -> None:
    """The clock stands half a minute past a minute."""
    await connection.execute(
        """
        SELECT set_config('tmdb.clock_offset', (30 - extract(second FROM now()))::text || ' seconds', true)
        """
    )


FILMS = {"host": "tmdb", "endpoint": "/3/movie/{movie_id}", "job": "refresh", "status": 200}
POSTS = {"host": "telegram", "endpoint": "sendPhoto", "job": "upload", "status": 200}


async def test_rates_are_measured_since_the_first_minute_of_the_period(connection: Connection) -> None:
    await at_half_past(connection)
    for minute in range(5):
        await calls(connection, minute, **FILMS, calls=1050 if minute == 0 else 2100)
        await calls(connection, minute, **(FILMS | {"status": 404}), calls=77)
        await calls(connection, minute, **(FILMS | {"endpoint": "/3/movie/changes"}), calls=77)
    await calls(connection, 9, **FILMS, calls=9999)
    for minute in range(2):
        await calls(connection, minute, **POSTS, calls=9 if minute == 0 else 18)
        await calls(connection, minute, **(POSTS | {"job": "bot"}), calls=77)
    status = await look(connection)
    assert status.films_rate == pytest.approx(35)
    assert status.posters_rate == pytest.approx(18)


async def test_a_start_late_in_its_minute_does_not_lower_the_rate(connection: Connection) -> None:
    await at_half_past(connection)
    await calls(connection, 1, **FILMS, calls=35)
    await calls(connection, 0, **FILMS, calls=1050)
    await calls(connection, 3, **POSTS, calls=1)
    await calls(connection, 2, **POSTS, calls=18)
    await calls(connection, 1, **POSTS, calls=18)
    await calls(connection, 0, **POSTS, calls=9)
    status = await look(connection)
    assert status.films_rate == pytest.approx(35)
    assert status.posters_rate == pytest.approx(18)


async def test_a_rate_falls_when_the_work_ends(connection: Connection) -> None:
    await at_half_past(connection)
    await calls(connection, 4, **FILMS, calls=2100)
    status = await look(connection)
    assert status.films_rate == pytest.approx(2100 / 270)


async def bulk(connection: Connection, stubs: int) -> None:
    """A fill under way, at 35 films a second; 400 were filled today."""
    await at_half_past(connection)
    await connection.execute(
        "INSERT INTO tmdb.tallies (name, number) VALUES ('films.stub', $1), ('films.filled', 400)", stubs
    )
    await calls(connection, 0, **FILMS, calls=1050)
    await SyncRuns(connection).start("bulk", "films", "scheduled")


async def test_the_fill_s_eta_is_what_is_left_at_its_rate(connection: Connection) -> None:
    await bulk(connection, 35_000)
    status = await look(connection)
    assert status.films_eta_seconds == pytest.approx(1000)
    assert status.daily_limit_days is None
    await SyncState(connection).pause(None)
    status = await look(connection)
    assert status.films_eta_seconds is None, "paused, it is never ready"
    assert status.paused_seconds == pytest.approx(0, abs=1)


async def test_no_fill_under_way_has_no_eta(connection: Connection) -> None:
    await bulk(connection, 35_000)
    await connection.execute("UPDATE tmdb.sync_runs SET status = 'completed', finished_at = tmdb.now()")
    assert (await look(connection)).films_eta_seconds is None


async def test_a_daily_limit_makes_days_of_it(connection: Connection) -> None:
    await bulk(connection, 35_000)
    status = await look(connection, daily_limit=4000)
    assert status.daily_limit_days == pytest.approx(8.75)
    assert status.films_eta_seconds is not None
    # 3,600 today, then seven days of 4,000, then 3,400 at the rate.
    assert 7 * DAY < status.films_eta_seconds < 8 * DAY + 200


def test_the_arithmetic_of_a_daily_limit() -> None:
    assert fill_seconds(700, 7) == 100
    assert fill_seconds(700, 0) is None
    assert fill_seconds(0, 7) is None
    assert fill_seconds(700, 7, daily_limit=1000) == 100, "today is enough"
    assert fill_seconds(700, 7, 1000, filled_today=400, seconds_to_midnight=5000) == 5000 + 100 / 7
    assert fill_seconds(700, 7, 1000, filled_today=1000, seconds_to_midnight=5000) == 5100
    assert fill_seconds(2100, 7, 1000, seconds_to_midnight=5000) == 5000 + DAY + 100 / 7


async def test_the_queue_is_told_by_reason(connection: Connection) -> None:
    await connection.execute(
        """
        INSERT INTO tmdb.refresh_queue (entity_type, tmdb_id, priority, reason, parked_at)
        SELECT 'movie', id, 2, CASE WHEN id <= 5 THEN 'change' ELSE 'import' END,
          CASE WHEN id IN (1, 2) THEN tmdb.now() END
        FROM generate_series(1, 6) AS id
        """
    )
    await connection.execute("INSERT INTO tmdb.users (telegram_user_id, tmdb_account_id) VALUES (7, 8)")
    await connection.execute(
        """
        WITH import AS (
          INSERT INTO tmdb.imports (telegram_user_id, tmdb_account_id) VALUES (7, 8) RETURNING id
        )
        INSERT INTO tmdb.import_items (import_id, movie_id, value, state)
        SELECT import.id, film, 8, CASE WHEN film <= 3 THEN 'wanted' ELSE 'ready' END
        FROM import, generate_series(1, 9) AS film
        """
    )
    status = await look(connection)
    assert status.queue == {"change": 3, "import": 4}
    assert status.parked == 2


async def test_schedule_changes_alerts_and_films_to_look_at(connection: Connection) -> None:
    await connection.execute(
        """
        INSERT INTO tmdb.schedules (job, cron, next_fire_at) VALUES
          ('delta', '0 4 * * *', tmdb.now() + interval '2 hours'),
          ('export', '30 8 * * *', tmdb.now() + interval '1 hour'),
          ('lists', '0 5 * * sun', NULL)
        """
    )
    await connection.execute(
        "INSERT INTO tmdb.sync_state (name, watermark) VALUES ('delta', tmdb.now() - interval '2 hours')"
    )
    await connection.execute(
        """
        INSERT INTO tmdb.alerts (rule, severity, cleared_at)
        VALUES ('parked', 'error', NULL), ('slow_job', 'info', tmdb.now())
        """
    )
    await connection.execute(
        "INSERT INTO tmdb.movies (tmdb_id, missing_parts) VALUES (1, '{credits}'), (2, '{}')"
    )
    status = await look(connection)
    assert [job.job for job in status.next_jobs] == ["export", "delta"]
    assert status.delta_lag_seconds == pytest.approx(7200, abs=1)
    assert (status.open_alerts, status.for_review) == (1, 1)


async def test_what_runs_is_told_oldest_first(connection: Connection) -> None:
    first = await SyncRuns(connection).start("bulk", "films", "scheduled")
    second = await SyncRuns(connection).start("delta", "movie/changes", "manual", 77)
    assert [run.id for run in (await look(connection)).running] == [first, second]


# A day of a first fill: what is kept until it is folded, and what waits.
LOAD = (
    """
    INSERT INTO tmdb.tallies (name, number)
    SELECT (ARRAY['films.stub', 'films.full', 'films.stored', 'films.filled', 'posters.4242.2'])[1 + n % 5], 1
    FROM generate_series(1, 60000) AS n
    """,
    """
    INSERT INTO tmdb.refresh_queue (entity_type, tmdb_id, priority, reason)
    SELECT 'movie', id, 3, CASE WHEN id % 3 = 0 THEN 'stale' ELSE 'backfill' END
    FROM generate_series(1, 8000) AS id
    """,
    """
    INSERT INTO tmdb.movies (tmdb_id, data_state, fetched_at, content_hash, payload_hash, missing_parts)
    SELECT id, 'full', tmdb.now() - id * interval '10 seconds', 'c', 'p',
      CASE WHEN id % 50 = 0 THEN '{credits}' ELSE '{}' END::text[]
    FROM generate_series(1, 20000) AS id
    """,
    """
    INSERT INTO tmdb.api_requests (minute, host, method, endpoint, job, status, calls, retries, duration_ms)
    SELECT date_trunc('minute', tmdb.now()) - minute * interval '1 minute', 'tmdb', 'GET', endpoint,
      'refresh', status, 5, 0, 9
    FROM generate_series(0, 1440) AS minute, unnest(ARRAY['/3/movie/{movie_id}', '/3/movie/changes', 'x'])
      AS endpoint, unnest(ARRAY[200, 404]) AS status
    """,
    """
    INSERT INTO tmdb.sync_runs (run_type, source, trigger_type, status, started_at, finished_at)
    SELECT 'ratings', 'x', 'scheduled', 'completed', tmdb.now(), tmdb.now() FROM generate_series(1, 3000)
    """,
)


async def test_no_table_that_grows_is_read_whole(connection: Connection) -> None:
    for statement in LOAD:
        await connection.execute(statement)
    for table in ("tallies", "refresh_queue", "movies", "api_requests", "sync_runs"):
        await connection.execute(f"ANALYZE tmdb.{table}")
    plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {SyncStatuses.LOOK}", BOT))
    for index in ("tallies_name", "movies_for_review", "sync_runs_one_at_a_time", "movies_fetched_at"):
        assert index in plan
    for table in ("movies", "tallies", "api_requests", "sync_runs", "sync_run_failures", "import_items"):
        assert f"Seq Scan on {table}" not in plan, plan
