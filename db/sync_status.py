"""One look at the synchronisation, cheap at 1.2 million films: counts are kept, not counted."""

from core.sync import SyncStatus
from db.pool import Executor


class SyncStatuses:
    """Figures over all tables of the synchronisation."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def look(self, bot_id: int, daily_limit: int | None) -> SyncStatus:
        """All of it; `daily_limit` is BULK_DAILY_LIMIT."""
        raise NotImplementedError
