"""Sessions that ended here, ended at TMDB too; approvals that nobody finished, ended after their time."""

import asyncio
from datetime import timedelta

import structlog

from clients.tmdb.client import TmdbClient
from core.errors import SecretKeyMissing, TmdbError
from core.tasks import shielded, together
from core.vault import Vault
from db.links import LinkAttempts, SessionDeletion, SessionDeletions
from db.pool import Database
from workers.loop import renewed

log = structlog.get_logger(__name__)

BATCH = 10
LONGEST_PAUSE_SECONDS = 3600.0


class EndSessions:
    """A job; whoever unlinks tries at once, and this does what did not work then."""

    name = "sessions"
    wakes_on = ("sessions",)
    poll_seconds = 30.0

    def __init__(
        self, database: Database, tmdb: TmdbClient, vault: Vault, *, leased_by: str, lease_seconds: float
    ) -> None:
        self._attempts = LinkAttempts(database)
        self._deletions = SessionDeletions(database)
        self._tmdb = tmdb
        self._vault = vault
        self._leased_by = leased_by
        self._lease = timedelta(seconds=lease_seconds)

    async def step(self) -> bool:
        """A batch of what is due."""
        await self._attempts.expire()
        batch = await self._deletions.claim(BATCH, self._lease, self._leased_by)

        async def renew() -> None:
            await self._deletions.renew(self._leased_by, self._lease)

        try:
            async with renewed(renew, self._lease.total_seconds()):
                await together(self._end(deletion) for deletion in batch)
        except asyncio.CancelledError:
            await shielded(self._deletions.release(self._leased_by))
            raise
        return bool(batch)

    async def _end(self, deletion: SessionDeletion) -> None:
        try:
            await self._tmdb.delete_session(self._vault.decrypt(deletion.tmdb_session))
        except (TmdbError, SecretKeyMissing) as error:
            pause = min(10 * 2.0**deletion.attempts, LONGEST_PAUSE_SECONDS)
            log.warning("a session is ended at TMDB later", seconds=pause, reason=str(error))
            await self._deletions.retry(deletion.id, self._leased_by, timedelta(seconds=pause), str(error))
        else:
            await self._deletions.done(deletion.id)
