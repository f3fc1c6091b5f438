"""Topping up and claiming while 1.2 million films are due.

The floors are what PostgreSQL needs without the rules: one read of the index of due films with its best rows
kept and inserted, and an UPDATE of as many rows by their keys.
"""

import time
from datetime import timedelta
from statistics import median

from pydantic import SecretStr

from core.settings import Settings
from db.pool import Database
from db.refresh_queue import OLDEST_ONE_IN, RefreshQueue
from db.sync_runs import SyncRuns
from services.sync import start
from tests.bench.table import Row
from workers.refresh import BATCH
from workers.topup import LOW, ROWS, TopUp

FILMS = 1_200_000
A_SECOND = 40.0
LEASE = timedelta(seconds=30)
PORTION = 50_000
ROUNDS = 5
CLAIMS = 40
# Of the time in which as many films are fetched.
AT_MOST_SHARE = 0.02
AT_MOST_FLOORS = 2.0
AT_MOST_TIMES = 3.0

DUE = """
    INSERT INTO tmdb.movies (tmdb_id, title, original_title, overview, release_date, popularity, adult,
      data_state, content_hash, payload_hash, schema_version, fetched_at, last_seen_at)
    SELECT id, 'A title of a film', 'An original title', repeat('overview ', 40),
      CASE WHEN id % 10 < 8 THEN DATE '1900-01-01' + (id * 7919 % 46000)::int END, 1, false, 'full',
      repeat('c', 64), repeat('p', 64), 1, tmdb.now() - interval '60 days', tmdb.now() - interval '70 days'
    FROM generate_series($1::bigint, $2::bigint) AS id
"""
READ = """
    INSERT INTO tmdb.refresh_queue (entity_type, tmdb_id, priority, rank, reason)
    SELECT 'movie', tmdb_id, 3, 0, 'stale' FROM tmdb.movies
    WHERE data_state = 'full' AND deleted_at IS NULL AND due_at <= tmdb.now()
    ORDER BY release_date DESC NULLS LAST LIMIT $1
"""
QUEUED = """
    INSERT INTO tmdb.refresh_queue (entity_type, tmdb_id, priority, rank, reason)
    SELECT 'movie', id, 2 + id % 3, id * 7919 % 1000003, 'change' FROM generate_series(1, $1::bigint) AS id
"""
UPDATE = """
    UPDATE tmdb.refresh_queue SET next_attempt_at = tmdb.now() + interval '30 seconds', leased_by = 'bench'
    WHERE entity_type = 'movie' AND tmdb_id = ANY ($1::int[])
"""


async def run(database_url: str) -> list[Row]:
    """Measures on a migrated, empty database."""
    database = await Database.connect(database_url, name="bench")
    try:
        await _due(database)
        top_ups, reads = await _top_ups(database)
        few_claims, updates = await _claims(database, LOW + ROWS)
        many_claims, _ = await _claims(database, FILMS)
    finally:
        await database.close()
    # Neighbours on the machine only ever add time.
    top_up, read, update = min(top_ups), min(reads), min(updates)
    share = top_up / (ROWS / A_SECOND)
    claim = median(few_claims) / (BATCH / A_SECOND)
    return [
        Row(
            f"{ROWS} films topped up, {FILMS} due",
            f"{top_up * 1000:.0f} ms",
            f"bare read {read * 1000:.0f} ms, ratio {top_up / read:.2f} (at most {AT_MOST_FLOORS})",
            top_up <= AT_MOST_FLOORS * read,
        ),
        Row(
            f"share of the time that {A_SECOND:.0f} films a second take",
            f"{share:.2%}",
            f"at most {AT_MOST_SHARE:.0%}",
            share <= AT_MOST_SHARE,
        ),
        Row(
            f"{BATCH} rows claimed, {LOW + ROWS} queued",
            f"{median(few_claims) * 1000:.1f} ms",
            f"UPDATE by key {update * 1000:.1f} ms",
        ),
        Row(
            f"{BATCH} rows claimed, {FILMS} queued",
            f"{median(many_claims) * 1000:.1f} ms",
            f"ratio {median(many_claims) / median(few_claims):.2f} (at most {AT_MOST_TIMES})",
            median(many_claims) <= AT_MOST_TIMES * median(few_claims),
        ),
        Row(
            "share of the time that claiming takes",
            f"{claim:.2%}",
            f"at most {AT_MOST_SHARE:.0%}",
            claim <= AT_MOST_SHARE,
        ),
    ]


async def _due(database: Database) -> None:
    for first in range(1, FILMS + 1, PORTION):
        await database.execute(DUE, first, first + PORTION - 1)
    await database.pool.execute("VACUUM ANALYZE tmdb.movies", timeout=600)


async def _top_ups(database: Database) -> tuple[list[float], list[float]]:
    """Seconds of the product's whole step and of the floor."""
    settings = Settings(
        _env_file=None,
        bot_token=SecretStr("4242:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"),
        poster_channel_ids=(-1001000000001,),
        tmdb_access_token=SecretStr("sandbox-access-token"),
        secret_key=(SecretStr("a key of sufficient length"),),
    )
    async with database.transaction() as connection:
        await start(connection, "stale", "command")
    run = await SyncRuns(database).claim(LEASE, "bench")
    assert run is not None, "it was just started"
    await SyncRuns(database).hand_over(run.id, "bench")
    job = TopUp(database, settings)
    top_ups, reads = [], []
    for _ in range(ROUNDS):
        await database.execute("TRUNCATE tmdb.refresh_queue")
        started = time.perf_counter()
        await job.step()
        top_ups.append(time.perf_counter() - started)
        assert await database.fetchval("SELECT count(*) FROM tmdb.refresh_queue") == ROWS
        await database.execute("TRUNCATE tmdb.refresh_queue")
        started = time.perf_counter()
        await database.execute(READ, ROWS)
        reads.append(time.perf_counter() - started)
    return top_ups, reads


async def _claims(database: Database, queued: int) -> tuple[list[float], list[float]]:
    """Seconds of a claim from a queue so long, and of the floor."""
    await database.execute("TRUNCATE tmdb.refresh_queue")
    await database.execute(QUEUED, queued)
    await database.pool.execute("VACUUM ANALYZE tmdb.refresh_queue", timeout=600)
    queue = RefreshQueue(database)
    claims, updates = [], []
    for _ in range(CLAIMS):
        started = time.perf_counter()
        rows = await queue.claim(BATCH, LEASE, "bench")
        claims.append(time.perf_counter() - started)
        assert len(rows) >= BATCH - BATCH // OLDEST_ONE_IN, "the oldest may be among the best"
        started = time.perf_counter()
        await database.execute(UPDATE, [row.tmdb_id for row in rows])
        updates.append(time.perf_counter() - started)
        await queue.finish("bench", rows)
    return claims, updates
