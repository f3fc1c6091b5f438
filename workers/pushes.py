"""Ratings and watchlists changed in the chat, sent to TMDB until it has them."""

import asyncio
from datetime import timedelta

import structlog

from clients.tmdb.client import TmdbClient
from core.errors import (
    FilmotekaError,
    Gone,
    RateLimited,
    Refused,
    SecretKeyMissing,
    SessionRevoked,
    TmdbError,
)
from core.tasks import shielded, together
from core.vault import Vault
from db.notices import Notices
from db.pool import Database, wake
from db.pushes import Push, Pushes
from db.users import Users
from services.accounts import session_revoked
from workers.loop import renewed

log = structlog.get_logger(__name__)

BATCH = 20
LONGEST_PAUSE_SECONDS = 600.0
# TMDB's "no such session" as an answer to a change: the session it was sent with.
_NO_SESSION = 37


class PushChanges:
    """A job: one request a change, the newest wish only, each person and film by one worker at a time."""

    name = "pushes"
    wakes_on = ("pushes",)
    poll_seconds = 5.0

    def __init__(
        self, database: Database, tmdb: TmdbClient, vault: Vault, *, leased_by: str, lease_seconds: float
    ) -> None:
        self._database = database
        self._pushes = Pushes(database)
        self._tmdb = tmdb
        self._vault = vault
        self._leased_by = leased_by
        self._lease = timedelta(seconds=lease_seconds)

    async def step(self) -> bool:
        """A batch of what is due."""
        batch = await self._pushes.claim(BATCH, self._lease, self._leased_by)
        if not batch:
            await self._pushes.prune_removals()
            return False

        async def renew() -> None:
            await self._pushes.renew(self._leased_by, self._lease)

        try:
            async with renewed(renew, self._lease.total_seconds()):
                await together(self._push(push) for push in batch)
        except asyncio.CancelledError:
            await shielded(self._pushes.release(self._leased_by))
            raise
        return True

    async def _push(self, push: Push) -> None:
        try:
            session = self._vault.decrypt(push.tmdb_session)
            if push.list == "watchlist":
                on = push.value is not None
                await self._tmdb.set_watchlist(push.tmdb_account_id, push.movie_id, session, on=on)
            elif push.value is None:
                await self._tmdb.delete_rating(push.movie_id, session)
            else:
                await self._tmdb.rate(push.movie_id, push.value, session)
        except SessionRevoked as error:
            await self._revoked(push, error)
        except Gone as error:
            if error.code == _NO_SESSION:
                await self._revoked(push, error)
            else:
                await self._park(push, "gone", error)
        except Refused as error:
            await self._park(push, "refused", error)
        except (TmdbError, SecretKeyMissing) as error:
            await self._retry(push, error)
        else:
            async with self._database.transaction() as connection:
                await Users(connection).lock(push.telegram_user_id)
                await Pushes(connection).done(push, self._leased_by)

    async def _revoked(self, push: Push, error: FilmotekaError) -> None:
        """All that waits for the account is parked until it is linked again."""
        await session_revoked(self._database, push.telegram_user_id, push.tmdb_session)
        await self._pushes.retry(push, self._leased_by, timedelta(0), str(error))

    async def _park(self, push: Push, reason: str, error: FilmotekaError) -> None:
        log.warning("a change is refused for good", list=push.list, movie_id=push.movie_id, reason=str(error))
        async with self._database.transaction() as connection:
            await Users(connection).lock(push.telegram_user_id)
            if await Pushes(connection).park(push, self._leased_by, reason, str(error)):
                await Notices(connection).add(
                    push.telegram_user_id,
                    f"push_{reason}",
                    {"movie_id": push.movie_id, "list": push.list},
                )
                await wake(connection, "notices")

    async def _retry(self, push: Push, error: FilmotekaError) -> None:
        pause = min(2.0**push.attempts, LONGEST_PAUSE_SECONDS)
        if isinstance(error, RateLimited) and error.retry_after is not None:
            pause = max(pause, error.retry_after)
        log.warning(
            "a change is sent later",
            list=push.list,
            movie_id=push.movie_id,
            seconds=pause,
            reason=str(error),
        )
        await self._pushes.retry(push, self._leased_by, timedelta(seconds=pause), str(error))
