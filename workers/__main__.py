"""`python -m workers [job ...]`: what runs with nobody waiting, until SIGTERM or SIGINT.

`python -m workers sync <word>` is a command (workers.command); `sync` alone is the job of that name.
"""

import argparse
import asyncio
import sys
from collections.abc import Coroutine, Iterable, Sequence
from functools import partial
from typing import Any

import structlog

from core.errors import ConfigurationError
from core.settings import Settings
from db.heartbeats import Heartbeats
from db.pool import Listener
from services.api_requests import ApiRequests
from services.connection import connect, database_url
from services.heartbeat import Heartbeat
from services.process import run_part
from services.startup import Startup
from workers.command import WORDS, main
from workers.loop import Worker
from workers.schedule import Schedule, times

log = structlog.get_logger(__name__)


async def run(jobs: Sequence[str], settings: Settings) -> None:
    """These jobs, or all of them, until cancelled; CredentialsRefused, ConfigurationError for other names."""
    # Not before the settings are read: aiogram takes seconds, a wrong setting is said at once.
    from workers.wiring import JOBS, build

    if unknown := sorted(set(jobs) - set(JOBS)):
        raise ConfigurationError(f"job {' '.join(unknown)}", f"one or more of {', '.join(JOBS)}")
    scheduled = times(settings)
    url = database_url(settings)
    database = await connect(url, name="workers")
    heartbeat = Heartbeat(Heartbeats(database), "workers")
    requests = ApiRequests(database, "workers")
    try:
        async with build(settings, database, record=requests) as parts:
            await parts.channels.open(
                settings.bot_id, settings.poster_channel_ids, settings.poster_channel_rate
            )
            startup = Startup(parts.telegram, parts.tmdb, settings, parts.channels)
            await startup.check()
            listener = Listener(url)
            workers = [Worker(job, listener) for name in jobs or JOBS for job in JOBS[name](parts)]
            sides = [listener.run(), heartbeat.run(), startup.watch(), requests.run()]
            # A process that was told to do something else does not schedule.
            schedule = Schedule(database, scheduled) if not jobs or "sync" in jobs else None
            await _work(workers, schedule, sides)
    finally:
        await requests.end()
        await heartbeat.end()
        await database.close()


async def _work(
    workers: Sequence[Worker], schedule: Schedule | None, sides: Iterable[Coroutine[Any, Any, None]]
) -> None:
    """Until cancelled; a side task that dies takes the workers with it, rather than leave them deaf."""
    async with asyncio.TaskGroup() as group:
        beside = [group.create_task(side) for side in sides]
        running = [group.create_task(worker.run(), name=worker.name) for worker in workers]
        scheduling = schedule and group.create_task(schedule.run())
        log.info("working", jobs=sorted({worker.name for worker in workers}))
        try:
            await asyncio.wait(running)
        finally:
            log.info("stopping")
            if scheduling:
                scheduling.cancel()
            for worker in workers:
                worker.stop()
            await asyncio.wait(running)
            for side in beside:
                side.cancel()


if __name__ == "__main__":
    if sys.argv[1:2] == ["sync"] and (set(sys.argv[2:3]) & WORDS or sys.argv[2:3] in (["-h"], ["--help"])):
        raise SystemExit(main(sys.argv[2:]))
    parser = argparse.ArgumentParser(
        prog="python -m workers",
        description="Filmoteka's background work",
        epilog="`python -m workers sync -h`: the synchronisation from the command line",
    )
    parser.add_argument("jobs", nargs="*", metavar="job", help="like download or upload; none named: all")
    run_part("workers", partial(run, parser.parse_args().jobs))
