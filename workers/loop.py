"""The one loop behind every job: a step claims, processes and records a batch; then it waits.

What ends the wait is a wake-up, the poll that is the safety net, or stop, whichever comes first.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Protocol

import structlog

from core.errors import DatabaseUnavailable
from core.tasks import Tasks
from db.pool import Listener

log = structlog.get_logger(__name__)

# Stopping takes 10 s at most: so long a step in hand may still finish, the rest is for releasing it.
FINISH_SECONDS = 4.0
# A step that fails is tried again after 1, 2, 4 … seconds.
LONGEST_PAUSE_SECONDS = 60.0
DATABASE_PAUSE_SECONDS = 1.0


class Job(Protocol):
    """What a Worker runs."""

    @property
    def name(self) -> str:
        """What `python -m workers` and the log call it."""

    @property
    def wakes_on(self) -> tuple[str, ...]:
        """Names of the wake-ups after which there may be work."""

    @property
    def poll_seconds(self) -> float:
        """How long to wait after a step that left nothing to do; read after each such step."""

    async def step(self) -> bool:
        """Claims, processes and records one batch; True: there may be more at once.

        A cancelled step releases what it claimed, or leaves it to a lease that runs out.
        """


class Worker:
    """Runs one job until it is stopped."""

    def __init__(
        self, job: Job, listener: Listener | None = None, *, finish_seconds: float = FINISH_SECONDS
    ) -> None:
        self.name = job.name
        self._job = job
        self._finish_seconds = finish_seconds
        self._woken = listener.event(*job.wakes_on) if listener and job.wakes_on else asyncio.Event()
        self._stopping = asyncio.Event()
        self._step: asyncio.Timeout | None = None

    def stop(self) -> None:
        """No new step begins; the one in hand gets some seconds, then it is cancelled."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        self._woken.set()
        if self._step:
            self._step.reschedule(asyncio.get_running_loop().time() + self._finish_seconds)

    async def run(self, until_idle: bool = False) -> None:
        """Steps until stopped; `until_idle`: until nothing is due, and a failure is raised."""
        failures = 0
        while not self._stopping.is_set():
            self._woken.clear()
            try:
                more = await self._one_step()
            except DatabaseUnavailable as error:
                if until_idle:
                    raise
                log.warning("the job waits for the database", job=self._job.name, reason=str(error))
                await _first(self._stopping, DATABASE_PAUSE_SECONDS)
            except Exception:
                if until_idle:
                    raise
                pause = min(2.0**failures, LONGEST_PAUSE_SECONDS)
                failures += 1
                log.exception("the job failed and is tried again", job=self._job.name, seconds=pause)
                await _first(self._stopping, pause)
            else:
                failures = 0
                if more:
                    await asyncio.sleep(0)  # a step that never waited must not keep the loop to itself
                elif until_idle:
                    return
                else:
                    await _first(self._woken, self._job.poll_seconds)

    async def _one_step(self) -> bool:
        # All lines of a step share an id, as those of an update do.
        with structlog.contextvars.bound_contextvars(job=self._job.name, request_id=secrets.token_hex(6)):
            try:
                async with asyncio.timeout(None) as self._step:
                    return await self._job.step()
            except TimeoutError:
                if self._step is None or not self._step.expired():
                    raise
                log.warning("the step was cut short by the stop")
                return False
            finally:
                self._step = None


async def _first(event: asyncio.Event, seconds: float) -> None:
    """Returns when the event is set or the time is over."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return


@asynccontextmanager
async def renewed(renew: Callable[[], Awaitable[object]], lease_seconds: float) -> AsyncIterator[None]:
    """Calls `renew` every third of a lease while the block lasts.

    A lease that is lost all the same costs nothing but work: finishing counts only for its holder.
    """

    async def keep() -> None:
        while True:
            await asyncio.sleep(lease_seconds / 3)
            try:
                await renew()
            except DatabaseUnavailable as error:
                log.warning("a lease could not be renewed", reason=str(error))

    tasks = Tasks()
    tasks.start(keep(), "lease")
    try:
        yield
    finally:
        await tasks.close(0)
