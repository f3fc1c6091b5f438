"""People an admin shut out."""

from core.blocking import BlockedUser
from db.pool import Executor


class BlockedUsers:
    """Rows of tmdb.blocked_users: ids, whether they ever wrote or not."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    # Messages of theirs that move stand still from now on.
    BLOCK = """
        WITH blocked AS (
          INSERT INTO tmdb.blocked_users (telegram_user_id, blocked_by) VALUES ($1, $2)
          ON CONFLICT (telegram_user_id) DO NOTHING
          RETURNING telegram_user_id
        ), still AS (
          DELETE FROM tmdb.live_messages AS message USING blocked
          WHERE message.telegram_user_id = blocked.telegram_user_id
        )
        SELECT EXISTS (SELECT FROM blocked)
    """

    async def block(self, user_id: int, by: int) -> bool:
        """The person is shut out; False: they were before."""
        return bool(await self._db.fetchval(self.BLOCK, user_id, by))

    UNBLOCK = "DELETE FROM tmdb.blocked_users WHERE telegram_user_id = $1 RETURNING true"

    async def unblock(self, user_id: int) -> bool:
        """The person is let in again; False: they were not shut out."""
        return await self._db.fetchval(self.UNBLOCK, user_id) is not None

    IDS = "SELECT telegram_user_id FROM tmdb.blocked_users"

    async def ids(self) -> frozenset[int]:
        """All of them."""
        return frozenset(row[0] for row in await self._db.fetch(self.IDS))

    NEWEST = """
        SELECT telegram_user_id, (blocked_at AT TIME ZONE 'UTC')::date FROM tmdb.blocked_users
        ORDER BY blocked_at DESC, telegram_user_id LIMIT $1
    """

    async def newest(self, limit: int) -> list[BlockedUser]:
        """Those blocked last."""
        return [BlockedUser(*row) for row in await self._db.fetch(self.NEWEST, limit)]
