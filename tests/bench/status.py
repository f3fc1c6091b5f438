"""/sync's and /stats' queries over 1.2 million films, at the end of the day that filled them."""

import time
from collections.abc import Awaitable, Callable

from db.pool import Database
from db.stats import Statistics
from db.sync_runs import SyncRuns
from db.sync_status import SyncStatuses
from tests.bench.table import Row

BOT_ID = 4242
FILMS = 1_200_000
ROUNDS = 30
AT_MOST_MS = 50.0

# Batches of 20 films leave four rows of kept counts each: those of two minutes are not folded yet.
LOAD = (
    f"""
    INSERT INTO tmdb.movies (tmdb_id, original_title, release_date, popularity, data_state, fetched_at,
      content_hash, payload_hash, missing_parts)
    SELECT id, 'Film ' || id, DATE '2026-11-01' - id % 30000, 1000.0 / id,
      CASE WHEN id % 10 = 0 THEN 'stub' ELSE 'full' END,
      CASE WHEN id % 10 = 0 THEN NULL ELSE tmdb.now() - id * interval '9 seconds' END, 'c', 'p',
      CASE WHEN id % 500 = 0 THEN '{{credits}}' ELSE '{{}}' END::text[]
    FROM generate_series(1, {FILMS}) AS id
    """,
    """
    INSERT INTO tmdb.tallies (name, number)
    SELECT name, CASE name WHEN 'films.stub' THEN -20 ELSE 20 END
    FROM generate_series(1, 250),
      unnest(ARRAY['films.stub', 'films.full', 'films.stored', 'films.filled']) AS name
    """,
    """
    INSERT INTO tmdb.posters (bot_id, poster_path, poster_status, size, priority, telegram_file_id,
      channel_id, message_id)
    SELECT 4242, '/p' || id, CASE WHEN id % 2 = 0 THEN 2 ELSE 0 END, 'w500', 2, 'f', -1001, id
    FROM generate_series(1, 20000) AS id
    """,
    """
    INSERT INTO tmdb.tallies (day, name, number)
    SELECT (tmdb.now() AT TIME ZONE 'UTC')::date - ago, name, 1
    FROM generate_series(1, 400) AS ago,
      unnest(ARRAY['films.stub', 'films.full', 'films.deleted', 'films.stored', 'films.filled', 'cards.warm',
        'cards.cold', 'users.active', 'posters.4242.0', 'posters.4242.1', 'posters.4242.2']) AS name
    """,
    """
    INSERT INTO tmdb.refresh_queue (entity_type, tmdb_id, priority, rank, reason)
    SELECT 'movie', id, CASE WHEN id <= 8000 THEN 4 ELSE 2 END, id,
      CASE WHEN id <= 8000 THEN 'backfill' ELSE 'change' END
    FROM generate_series(1, 20000) AS id
    """,
    """
    INSERT INTO tmdb.api_requests (minute, host, method, endpoint, job, status, calls, retries, duration_ms)
    SELECT date_trunc('minute', tmdb.now()) - minute * interval '1 minute', kind.host, 'GET', kind.endpoint,
      kind.job, status, 5, 0, 9
    FROM generate_series(0, 30 * 1440) AS minute,
      (VALUES ('tmdb', '/3/movie/{movie_id}', 'refresh'), ('telegram', 'sendPhoto', 'upload'),
        ('telegram', 'sendPhoto', 'bot')) AS kind (host, endpoint, job),
      unnest(ARRAY[200, 502]) AS status
    WHERE status = 200 OR minute % 50 = 0
    """,
    """
    INSERT INTO tmdb.sync_runs (run_type, source, trigger_type, status, started_at, finished_at)
    SELECT 'ratings', 'account/rated/movies', 'scheduled', 'completed', tmdb.now(), tmdb.now()
    FROM generate_series(1, 12000)
    """,
    """
    INSERT INTO tmdb.export_missing (tmdb_id, exports, last_listed_at)
    SELECT id * 10, 1, tmdb.now() - interval '2 days' FROM generate_series(1, 5000) AS id
    """,
    """
    INSERT INTO tmdb.sync_state (name, watermark) VALUES ('export:movie', tmdb.now()), ('delta', tmdb.now())
    """,
    """
    INSERT INTO tmdb.users (telegram_user_id, last_active_at)
    SELECT id, tmdb.now() - id % 60 * interval '1 day' FROM generate_series(1, 20000) AS id
    """,
)


async def run(database_url: str) -> list[Row]:
    """Measures on a migrated, empty database."""
    database = await Database.connect(database_url, name="bench")
    try:
        async with database.connection() as connection:
            for statement in LOAD:
                await connection.execute(statement, timeout=600)
            await connection.execute("VACUUM ANALYZE", timeout=600)
        for run_type in ("bulk", "delta"):
            await SyncRuns(database).start(run_type, "bench", "manual")
        statistics = Statistics(database)
        return [
            await _measured("/sync", lambda: SyncStatuses(database).look(BOT_ID, 4000)),
            await _measured("/stats", lambda: statistics.look(BOT_ID)),
            await _measured("/stats, requests of 24 hours", statistics.requests),
            await _measured("/stats, 30 days", lambda: statistics.days(BOT_ID, 30)),
        ]
    finally:
        await database.close()


async def _measured(what: str, look: Callable[[], Awaitable[object]]) -> Row:
    """The median of some looks, the first of which only warms up."""
    took = []
    for _ in range(ROUNDS + 1):
        began = time.perf_counter()
        await look()
        took.append(1000 * (time.perf_counter() - began))
    median = sorted(took[1:])[ROUNDS // 2]
    return Row(
        f"{what}, {FILMS:,} films", f"{median:.1f} ms", f"at most {AT_MOST_MS:.0f} ms", median <= AT_MOST_MS
    )
