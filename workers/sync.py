"""Runs of the synchronisation, whoever started them: the scheduler, an admin, the command line."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import structlog

from core.errors import (
    DatabaseFull,
    DatabaseUnavailable,
    FilmotekaError,
    RateLimited,
    RunLost,
    RunPaused,
    TmdbError,
)
from core.sync import FED, Run, RunType
from core.tasks import shielded
from db.pool import Database, wake
from db.sync_runs import SyncRuns
from services.sync_progress import Progress, Runner
from workers.loop import renewed

log = structlog.get_logger(__name__)

# A run that meets an outage is tried again after 2, 4, 8, 16 and 32 minutes, more than an hour in all.
TRIES = 6
FIRST_PAUSE_SECONDS = 120.0


class ExecuteRuns:
    """A job; each of them executes one run at a time; `runners` has those of all types that are not fed."""

    name = "sync"
    wakes_on = ("sync",)
    poll_seconds = 5.0

    def __init__(
        self,
        database: Database,
        runners: Mapping[RunType, Runner],
        *,
        leased_by: str,
        lease_seconds: float,
    ) -> None:
        self._database = database
        self._runs = SyncRuns(database)
        self._runners = runners
        self._leased_by = leased_by
        self._lease = timedelta(seconds=lease_seconds)

    async def step(self) -> bool:
        """One run, as far as it goes now."""
        for completed in await self._runs.complete_listed():
            log.info("a run is done", run_id=completed)
        run = await self._runs.claim(self._lease, self._leased_by)
        if run is None:
            return False

        async def renew() -> None:
            await self._runs.renew(self._leased_by, self._lease)

        with structlog.contextvars.bound_contextvars(run_id=run.id, run_type=run.run_type):
            async with renewed(renew, self._lease.total_seconds()):
                await self._execute(run)
        return True

    async def _execute(self, run: Run) -> None:
        if run.run_type in FED:
            await self._runs.hand_over(run.id, self._leased_by)
            await wake(self._database, "topup")
            return
        if run.attempts >= TRIES:
            await self._fail(run, f"its worker died {TRIES} times")
            return
        log.info("a run begins", trigger=run.trigger_type, attempts=run.attempts)
        try:
            await self._runners[run.run_type].run(run, Progress(self._database, run.id, self._leased_by))
        except asyncio.CancelledError:
            await shielded(self._runs.release(run.id, self._leased_by))
            raise
        except DatabaseFull as error:
            await self._outage(run, error)
            raise
        except DatabaseUnavailable:  # nothing can be recorded: its lease runs out
            raise
        except RunPaused:
            log.info("a run waits for the end of the pause")
            await self._runs.release(run.id, self._leased_by)
        except RunLost as error:
            log.warning("a run was given up", reason=str(error))
        except TmdbError as error:
            await self._outage(run, error)
        except FilmotekaError as error:
            await self._fail(run, str(error))
        except Exception as error:
            # Its text may hold anything; the log hides what is secret.
            await self._fail(run, f"{type(error).__name__}: not foreseen, the log tells more")
            log.exception("a run failed")
        else:
            if await self._runs.finish(run.id, self._leased_by):
                log.info("a run is done", run_id=run.id)

    async def _outage(self, run: Run, error: TmdbError | DatabaseFull) -> None:
        # What a run records sets its tries back, so what was claimed may be out of date.
        now = await self._runs.get(run.id)
        attempts = now.attempts + 1 if now else TRIES
        if attempts >= TRIES:
            await self._fail(run, str(error))
            return
        pause = FIRST_PAUSE_SECONDS * 2 ** (attempts - 1)
        if isinstance(error, RateLimited) and error.retry_after:
            pause = max(pause, error.retry_after)
        log.warning("a run is tried again later", reason=str(error), seconds=pause, attempts=attempts)
        await self._runs.later(
            run.id, self._leased_by, timedelta(seconds=pause), attempts=attempts, error=str(error)
        )

    async def _fail(self, run: Run, error: str) -> None:
        log.error("a run failed", reason=error)
        await self._runs.fail(run.id, error, self._leased_by)
