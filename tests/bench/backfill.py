"""Films a second that the backfill fills, its limiter off and on, and what that costs the worker's processor.

The jobs are put together as in the product and run in this process, whose processor time is counted;
PostgreSQL and the stand-in have processes of their own. With the limiter on the stand-in answers after
100 ms and refuses more than 50 requests a second, of which the product may use 40.
"""

import asyncio
import resource
import time
from typing import NamedTuple

from core.settings import Settings
from db.pool import Database, Listener
from db.sync_runs import SyncRuns
from sandbox.tmdb.generator import FIRST_ID
from services.sync import Sync
from tests.bench.stand_in import stand_in
from tests.bench.table import Row
from workers.loop import Worker
from workers.wiring import JOBS, build

UNLIMITED_FILMS = 4000
A_SECOND = 40.0
REFUSED_FROM = 50.0
LIMITED_FILMS = 2400
LATENCY_SECONDS = 0.1
AT_LEAST = 0.97
AT_MOST_CORES = 0.5
STUBS = """
    INSERT INTO tmdb.movies (tmdb_id, original_title, popularity)
    SELECT id, 'Stub', id FROM generate_series($1::int, $2::int) AS id
"""


class _Fill(NamedTuple):
    films_a_second: float
    cores: float
    refused: int
    whole: bool


async def run(database_url: str) -> list[Row]:
    """Measures on a migrated, empty database."""
    off = await _fill(database_url, UNLIMITED_FILMS, rate=1_000_000, refused_from=0, latency=0)
    on = await _fill(
        database_url, LIMITED_FILMS, rate=A_SECOND, refused_from=REFUSED_FROM, latency=LATENCY_SECONDS
    )
    ratio = on.films_a_second / A_SECOND
    return [
        Row("films filled a second, limiter off", f"{off.films_a_second:.0f}", "", off.whole),
        Row("cores that takes", f"{off.cores:.2f}"),
        Row(
            f"films filled a second, limiter at {A_SECOND:.0f}, answers after {LATENCY_SECONDS} s",
            f"{on.films_a_second:.1f}",
            f"ratio {ratio:.3f} (at least {AT_LEAST})",
            on.whole and ratio >= AT_LEAST,
        ),
        Row("cores that takes", f"{on.cores:.2f}", f"at most {AT_MOST_CORES}", on.cores <= AT_MOST_CORES),
        Row("answers refused with 429", f"{on.refused}", "0", on.refused == 0),
    ]


async def _fill(database_url: str, films: int, *, rate: float, refused_from: float, latency: float) -> _Fill:
    """All stubs filled by one run."""
    database = await Database.connect(database_url, name="bench")
    try:
        await database.execute("TRUNCATE tmdb.movies, tmdb.people, tmdb.tallies, tmdb.sync_runs CASCADE")
        await database.execute(STUBS, FIRST_ID, FIRST_ID + films - 1)
        async with stand_in(films, refused_from) as tmdb:
            await tmdb("configure", latency=latency)
            settings = tmdb.settings(tmdb_requests_per_second=rate)
            seconds, cores = await _worked_off(database, database_url, settings)
            refused = await tmdb("refused")
        full = await database.fetchval("SELECT count(*) FROM tmdb.movies WHERE data_state = 'full'")
    finally:
        await database.close()
    return _Fill(films / seconds, cores, refused, full == films)


async def _worked_off(database: Database, database_url: str, settings: Settings) -> tuple[float, float]:
    """Until the last film is stored, in seconds, and the cores this process used meanwhile."""
    await Sync(database, settings).start("bulk", "command")
    listener = Listener(database_url)
    async with build(settings, database) as parts, asyncio.TaskGroup() as group:
        workers = [
            Worker(job, listener) for name in ("sync", "topup", "refresh") for job in JOBS[name](parts)
        ]
        listening = group.create_task(listener.run())
        started, busy = time.monotonic(), _cpu_seconds()
        running = [group.create_task(worker.run()) for worker in workers]
        while (run := (await SyncRuns(database).page(1))[0]).waiting or not run.movies_checked:
            await asyncio.sleep(0.05)
        seconds, busy = time.monotonic() - started, _cpu_seconds() - busy
        for worker in workers:
            worker.stop()
        await asyncio.wait(running)
        listening.cancel()
    return seconds, busy / seconds


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
