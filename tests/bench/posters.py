"""Poster claims and finishes a second: 8 workers over 100,000 rows, each commit on disk."""

import asyncio
import time

from db.pool import Database
from db.posters import PosterFile, Posters, Priority, Wanted
from tests.bench.table import Row

BOT, HOST = 4242, "bench"
ROWS = 100_000
WORKERS = 8
BATCH = 10
SECONDS = 8.0
FLOOR = 2_000


async def _work(url: str, name: str, until: float) -> list[str]:
    database = await Database.connect(url, name=name, connections=1, checked=False)
    posters = Posters(database)
    done: list[str] = []
    try:
        while time.monotonic() < until:
            claimed = await posters.claim_downloads(BOT, name, 30, limit=BATCH)
            files = [PosterFile(poster.poster_path, "x.jpg", 1, 1, 1) for poster in claimed]
            done += await posters.finish_downloads(BOT, name, HOST, files)
    finally:
        await database.close()
    return done


async def run(database_url: str) -> list[Row]:
    """Measures on a migrated database without posters."""
    database = await Database.connect(database_url, name="bench", connections=2, checked=False)
    name = await database.fetchval("SELECT current_database()")
    await database.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = on')
    durable = await database.fetchval("SHOW fsync") == "on"
    await Posters(database).want(
        BOT, "w500", [Wanted(f"/{n}.jpg", None, float(n)) for n in range(ROWS)], Priority.PREWARM
    )
    started = time.monotonic()
    async with asyncio.TaskGroup() as group:
        workers = [
            group.create_task(_work(database_url, f"bench:{n}", started + SECONDS)) for n in range(WORKERS)
        ]
    seconds = time.monotonic() - started
    done = [path for worker in workers for path in worker.result()]
    recorded = await database.fetchval("SELECT count(*) FROM tmdb.posters WHERE poster_status = 1")
    await database.close()
    rate = len(done) / seconds
    twice = len(done) - len(set(done)) + abs(recorded - len(done))
    return [
        Row(
            f"poster claims and finishes a second, {WORKERS} workers in batches of {BATCH}, {ROWS} rows",
            f"{rate:.0f}",
            f"at least {FLOOR}, fsync {'on' if durable else 'OFF'}",
            durable and rate >= FLOOR,
        ),
        Row("posters done twice", str(twice), "0", twice == 0),
    ]
