"""The refresh queue topped up for the runs that are fed: the backfill and the stale films."""

import structlog

from core.settings import Settings
from core.sync import KEPT_DAYS, Counts, RunType
from db.outbox import EntityType
from db.pool import Connection, Database
from db.refresh_queue import Asked, RefreshPriority, RefreshQueue
from db.staleness import Staleness
from db.sync_runs import SyncRuns
from db.sync_state import SyncState

log = structlog.get_logger(__name__)

# With fewer rows left than half a minute's work, a few minutes' more are queued.
LOW = 1000
ROWS = 4000
# One in so many stale films is the one due longest: new releases alone would let the old ones age.
LONGEST_DUE_ONE_IN = 10
NOTHING_KNOWN = "no film is known yet: TMDB's export of all ids has to be loaded first"


class TopUp:
    """A job; of all processes one at a time tops up."""

    name = "topup"
    wakes_on = ("topup",)
    poll_seconds = 5.0

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._include_adult = settings.include_adult
        self._daily_limit = settings.bulk_daily_limit
        self._warned_of: int | None = None

    async def step(self) -> bool:
        """For each run that is fed: more rows where few are left, its end where there is nothing more."""
        if await SyncState(self._database).is_paused():
            return False
        for run_type, run_id in (await SyncRuns(self._database).fed()).items():
            async with self._database.transaction() as connection:
                if await RefreshQueue(connection).begin_top_up():
                    await self._feed(connection, run_type, run_id)
        return False

    async def _feed(self, connection: Connection, run_type: RunType, run_id: int) -> None:
        queue = RefreshQueue(connection)
        priority = RefreshPriority.BACKFILL if run_type == "bulk" else RefreshPriority.STALE
        if await queue.ready(priority) >= LOW:
            return
        # Asked before stubs are looked for: an export that commits in between would be overlooked.
        more_to_come = run_type == "bulk" and await self._export_loads(connection)
        fed = await (self._fill if run_type == "bulk" else self._refresh)(connection, run_id)
        if fed:
            await SyncRuns(connection).add({run_id: Counts(movies_checked=fed)})
        elif not more_to_come and not await queue.awaited_by(run_id):
            await self._end(connection, run_type, run_id)

    async def _end(self, connection: Connection, run_type: RunType, run_id: int) -> None:
        """Nothing is left to feed it with. A fill that came before any export has failed."""
        runs, staleness = SyncRuns(connection), Staleness(connection)
        if run_type == "bulk" and not await staleness.knows_films():
            if await runs.fail(run_id, NOTHING_KNOWN):
                log.error("a run failed", run_id=run_id, run_type=run_type, reason=NOTHING_KNOWN)
            return
        if run_type == "bulk" and not await staleness.stubs(1, include_adult=self._include_adult):
            await SyncState(connection).complete_fill()
        if await runs.finish(run_id):
            log.info("a run is done", run_id=run_id, run_type=run_type)

    async def _export_loads(self, connection: Connection) -> bool:
        """Whether more stubs may be here soon."""
        return any(not export.listed for export in await SyncRuns(connection).unfinished("export"))

    async def _refresh(self, connection: Connection, run_id: int) -> int:
        """Queues what is stale."""
        staleness = Staleness(connection)
        include_adult = self._include_adult

        async def ask(entity_type: EntityType, rows: list[Asked]) -> int:
            await RefreshQueue(connection).ask(entity_type, rows, RefreshPriority.STALE, "stale", run_id)
            return len(rows)

        asked = await ask(
            "movie", await staleness.longest_due(ROWS // LONGEST_DUE_ONE_IN, include_adult=include_adult)
        )
        asked += await ask("movie", await staleness.newest_stale(ROWS - asked, include_adult=include_adult))
        asked += await ask("person", await staleness.people(ROWS))
        return asked + await ask("tv", await staleness.series(ROWS))

    async def _fill(self, connection: Connection, run_id: int) -> int:
        """Queues stubs, as many as BULK_DAILY_LIMIT leaves for today."""
        staleness = Staleness(connection)
        limit = ROWS
        if self._daily_limit is not None:
            await self._warn(staleness, self._daily_limit, run_id)
            limit = min(ROWS, self._daily_limit - await staleness.filling_today())
        if limit <= 0:
            return 0
        stubs = await staleness.stubs(limit, include_adult=self._include_adult)
        await RefreshQueue(connection).ask("movie", stubs, RefreshPriority.BACKFILL, "backfill", run_id)
        return len(stubs)

    async def _warn(self, staleness: Staleness, daily_limit: int, run_id: int) -> None:
        """Once a run, where the fill would take longer than what was filled first may be shown."""
        if self._warned_of == run_id:
            return
        self._warned_of = run_id
        left = await staleness.left()
        if left > daily_limit * KEPT_DAYS:
            log.warning(
                "with BULK_DAILY_LIMIT the fill takes longer than TMDB's terms allow to show a film",
                films=left,
                daily_limit=daily_limit,
                days=left // daily_limit,
                at_most_days=KEPT_DAYS,
            )
