"""Shutting people out: an admin's word, known to every process within a second, at no query an update."""

import asyncio
from typing import Literal

import structlog

from core.blocking import BlockedUser
from core.errors import DatabaseUnavailable
from core.settings import Settings
from db.blocked_users import BlockedUsers
from db.pool import Database, wake

log = structlog.get_logger(__name__)

# A wake-up tells of each change at once; this is the net below it.
POLL_SECONDS = 60.0
LISTED = 50


class Blocking:
    """Who is shut out, as this process knows it; admins never are.

    What the bot would tell them waits, and so does what it does for them at the cost of others: imports,
    silent ones too. Ratings given before still go to TMDB, where they belong to their account.
    """

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._admin_ids = settings.admin_ids
        self._ids: frozenset[int] = frozenset()

    def is_blocked(self, user_id: int) -> bool:
        """Whether this person is to be ignored."""
        return user_id in self._ids and user_id not in self._admin_ids

    async def load(self) -> None:
        """Takes over what the database says."""
        self._ids = await BlockedUsers(self._database).ids()

    async def run(self) -> None:
        """Keeps up with all processes until cancelled; while the database is away, what was known counts."""
        listener = self._database.listener()
        woken = listener.event("blocked")
        async with asyncio.TaskGroup() as group:
            group.create_task(listener.run())
            while True:
                try:
                    async with asyncio.timeout(POLL_SECONDS):
                        await woken.wait()
                except TimeoutError:
                    pass
                woken.clear()
                try:
                    await self.load()
                except DatabaseUnavailable as error:
                    log.warning("who is shut out is looked up later", reason=str(error))

    async def block(self, user_id: int, by: int) -> Literal["blocked", "before", "admin"]:
        """Shuts a person out, whether they ever wrote or not."""
        if user_id in self._admin_ids:
            return "admin"
        async with self._database.transaction() as connection:
            blocked = await BlockedUsers(connection).block(user_id, by)
            await wake(connection, "blocked")
        self._ids |= {user_id}
        return "blocked" if blocked else "before"

    async def unblock(self, user_id: int) -> bool:
        """Lets a person in again; False: they were not shut out."""
        async with self._database.transaction() as connection:
            unblocked = await BlockedUsers(connection).unblock(user_id)
            await wake(connection, "blocked")
        self._ids -= {user_id}
        return unblocked

    async def blocked(self) -> tuple[int, list[BlockedUser]]:
        """How many there are, and those blocked last."""
        await self.load()
        return len(self._ids), await BlockedUsers(self._database).newest(LISTED)
