"""The synchronisation as the scheduler, admins and the command line steer it: each writes a row and wakes."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta
from typing import Any, Literal

import structlog

from core.errors import AlreadyRunning
from core.settings import Settings
from core.sync import Run, RunFailure, RunType, SuccessRate, SyncStatus, TriggerType
from db.live_messages import EDIT_EVERY, LiveMessages
from db.pool import Connection, Database, wake
from db.refresh_queue import Asked, RefreshPriority, RefreshQueue
from db.sync_runs import SyncRuns
from db.sync_state import SyncState
from db.sync_status import SyncStatuses

log = structlog.get_logger(__name__)

# A message that shows the synchronisation moves so long after the last tap on it.
MESSAGE_LIFE = timedelta(minutes=15)

# What a run's ids come from; an export's is named after the file it found.
SOURCES: Mapping[RunType, str] = {
    "export": "movie_ids",
    "bulk": "films not filled yet",
    "delta": "movie/changes",
    "lists": "popular+now_playing+trending",
    "stale": "films due again",
    "retention": "what may not be kept",
    "ratings": "account/rated/movies",
}


class Sync:
    """Runs started, the pause, and a look at it all; the work is the workers'."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._runs = SyncRuns(database)
        self._bot_id = settings.bot_id
        self._daily_limit = settings.bulk_daily_limit

    async def start(
        self,
        run_type: RunType,
        trigger: TriggerType,
        requested_by: int | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> Run:
        """Queues a run; AlreadyRunning where one of this type is unfinished, which it names."""
        async with self._database.transaction() as connection:
            return await start(connection, run_type, trigger, requested_by, metadata)

    async def pause(self, by: int | None) -> None:
        """Stops backfill, stale films, deltas, lists and pre-warming; people, imports and pushes go on."""
        await SyncState(self._database).pause(by)

    async def resume(self, by: int | None) -> None:
        """All goes on."""
        async with self._database.transaction() as connection:
            await SyncState(connection).resume()
            for what in ("sync", "topup", "refresh", "prewarm"):
                await wake(connection, what)
        log.info("the synchronisation goes on", by=by)

    async def reset(self, by: int | None) -> None:
        """Makes every film due again and reads changes from now on; deletes no film, rating or poster."""
        async with self._database.transaction() as connection:
            await SyncState(connection).reset(by)
            with suppress(AlreadyRunning):
                await start(connection, "stale", "manual" if by else "command", by)

    async def retry_parked(self) -> int:
        """Films given up are tried again; how many."""
        async with self._database.transaction() as connection:
            return await RefreshQueue(connection).retry_parked()

    async def refresh(self, ids: Sequence[int], by: int | None) -> None:
        """Asks TMDB for these films before all others."""
        async with self._database.transaction() as connection:
            await RefreshQueue(connection).ask(
                "movie", [Asked(movie_id) for movie_id in ids], RefreshPriority.PERSON, "person"
            )

    async def accept_export(self, kind: Literal["movie", "adult_movie"], day: date, by: int) -> Run:
        """That day's export is loaded whatever looks wrong with it; AlreadyRunning: by the next run."""
        await SyncState(self._database).accept_export(kind, day)
        return await self.start("export", "manual", by)

    async def check_health(self) -> None:
        """Has the workers look at the rules behind the alerts now."""
        await wake(self._database, "health")

    async def is_paused(self) -> bool:
        """Whether what a pause stops has to wait."""
        return await SyncState(self._database).is_paused()

    async def follow(self, user_id: int, chat_id: int, message_id: int) -> None:
        """This message was just drawn and keeps itself current; an older one in the chat no longer does."""
        async with self._database.transaction() as connection:
            await LiveMessages(connection).follow(
                *(self._bot_id, chat_id, message_id),
                kind="sync",
                subject="",
                user_id=user_id,
                life=MESSAGE_LIFE,
                after=EDIT_EVERY["sync"],
            )
            await wake(connection, "live")

    async def status(self) -> SyncStatus:
        """One look at the synchronisation."""
        return await SyncStatuses(self._database).look(self._bot_id, self._daily_limit)

    async def runs(
        self, limit: int, before_id: int | None = None, run_type: RunType | None = None
    ) -> list[Run]:
        """The newest runs, or those before another, newest first."""
        return await self._runs.page(limit, before_id=before_id, run_type=run_type)

    async def run(self, run_id: int) -> Run | None:
        """One run."""
        return await self._runs.get(run_id)

    async def failures(self, run_id: int, limit: int | None = None) -> list[RunFailure]:
        """The films a run could not fetch, each with its error."""
        return await self._runs.failures(run_id, limit)

    async def report(self, since: timedelta) -> list[Run]:
        """The runs of a period, newest first."""
        return await self._runs.since(since)

    async def success_rate(self, days: int) -> list[SuccessRate]:
        """How the scheduled runs of the last days ended, by type."""
        return await self._runs.success_rates(days)


async def start(
    connection: Connection,
    run_type: RunType,
    trigger: TriggerType,
    requested_by: int | None = None,
    metadata: dict[str, Any] | None = None,
) -> Run:
    """Queues a run in the caller's transaction; AlreadyRunning, which leaves the transaction well."""
    runs = SyncRuns(connection)
    while True:
        source = SOURCES[run_type]
        run_id = await runs.start(run_type, source, trigger, requested_by, metadata)
        if run_id is not None:
            await wake(connection, "sync")
            [run] = await runs.by_id([run_id])
            return run
        # The one that is in the way may end before it can be named.
        for run in await runs.unfinished(run_type):
            raise AlreadyRunning(run)
