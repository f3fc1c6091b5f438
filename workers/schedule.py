"""What happens at its time: the clock face of the workers, and nothing else."""

from collections.abc import Iterable, Mapping
from datetime import UTC

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from workers.loop import Worker

TIMES: Mapping[str, BaseTrigger] = {
    "sweep": IntervalTrigger(minutes=1, timezone=UTC),
    "prewarm": IntervalTrigger(hours=1, timezone=UTC),
    "genres": CronTrigger(day_of_week="mon", hour=4, timezone=UTC),
}


def schedule(workers: Iterable[Worker]) -> AsyncIOScheduler:
    """A scheduler, not started yet, that wakes each worker at its time."""
    scheduler = AsyncIOScheduler(timezone=UTC)
    for worker in workers:
        if trigger := TIMES.get(worker.name):
            scheduler.add_job(_wake, trigger, args=[worker], name=worker.name, misfire_grace_time=None)
    return scheduler


async def _wake(worker: Worker) -> None:
    """A coroutine, because the scheduler runs plain functions in threads."""
    worker.wake()
