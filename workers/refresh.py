"""The refresh queue worked off: what waits there is fetched from TMDB and stored."""

import asyncio
from datetime import timedelta

import structlog

from core.alerts import Recipients
from core.errors import NotAuthorised, RateLimited, Unavailable
from core.tasks import shielded
from db.alerts import Alerts
from db.pool import Database
from db.refresh_queue import RefreshQueue
from db.sync_runs import SyncRuns
from services.refresh import Refresher
from workers.loop import renewed

log = structlog.get_logger(__name__)

IDLE_SECONDS = 5.0
# A few seconds' worth of requests.
BATCH = 100
# The last answers of one lane's batch are waited for while the others' requests go out.
LANES = 3
# With TMDB away it is asked again after 1, 2, 4 … seconds; a refused key is an operator's move.
LONGEST_PAUSE_SECONDS = 60.0
KEY_REFUSED_SECONDS = 300.0


class Outage:
    """TMDB as the lanes of a process last met it: while it is away all of them wait."""

    def __init__(self, database: Database, recipients: Recipients) -> None:
        self._database = database
        self._recipients = recipients
        self._pause = 0.0
        self._until = 0.0
        self._key_is_known: bool | None = None

    @property
    def wait(self) -> float:
        """Seconds until TMDB may be asked again."""
        return max(0.0, self._until - asyncio.get_running_loop().time())

    def met(self, error: RateLimited | Unavailable) -> None:
        """TMDB is away; lanes that meet the same outage lengthen it once."""
        if self.wait:
            return
        self._pause = min(max(1.0, 2 * self._pause), LONGEST_PAUSE_SECONDS)
        self._until = asyncio.get_running_loop().time() + self._pause
        log.warning("tmdb is away, refreshing waits", seconds=self._pause, reason=str(error))

    async def key_refused(self, error: NotAuthorised) -> None:
        """TMDB refuses the key: admins are told."""
        self._until = asyncio.get_running_loop().time() + KEY_REFUSED_SECONDS
        self._key_is_known = False
        log.error("tmdb refuses the key, refreshing waits", seconds=KEY_REFUSED_SECONDS, reason=str(error))
        async with self._database.transaction() as connection:
            await Alerts(connection).raise_("tmdb_key_refused", facts={}, recipients=self._recipients)

    async def over(self) -> None:
        """TMDB answers."""
        self._pause = 0.0
        if self._key_is_known:
            return
        # Another process may have been refused, and then ended.
        async with self._database.transaction() as connection:
            await Alerts(connection).clear("tmdb_key_refused")
        self._key_is_known = True


class RefreshCatalogue:
    """A job; each of them is a lane with a batch of its own."""

    name = "refresh"
    wakes_on = ("refresh",)

    def __init__(
        self,
        database: Database,
        refresher: Refresher,
        outage: Outage,
        *,
        leased_by: str,
        lease_seconds: float,
    ) -> None:
        self._queue = RefreshQueue(database)
        self._runs = SyncRuns(database)
        self._refresher = refresher
        self._outage = outage
        self._leased_by = leased_by
        self._lease = timedelta(seconds=lease_seconds)
        self.poll_seconds = IDLE_SECONDS

    async def step(self) -> bool:
        """One batch, the best and the longest waiting of what is due."""
        if wait := self._outage.wait:
            self.poll_seconds = wait
            return False
        self.poll_seconds = IDLE_SECONDS
        rows = await self._queue.claim(BATCH, self._lease, self._leased_by)
        if not rows:
            return False

        async def renew() -> None:
            await self._queue.renew(self._leased_by, rows, self._lease)

        try:
            async with renewed(renew, self._lease.total_seconds()):
                await self._refresher.refresh(rows, self._leased_by)
        except asyncio.CancelledError:
            await shielded(self._queue.release(self._leased_by, rows))
            raise
        except NotAuthorised as error:
            await self._outage.key_refused(error)
        except (RateLimited, Unavailable) as error:
            self._outage.met(error)
        else:
            await self._outage.over()
        if any(row.run_id for row in rows):
            for run_id in await self._runs.complete_listed():
                log.info("a run is done", run_id=run_id)
        return True
