"""Linked accounts, ratings and watchlists, kept in step silently: whose time has come is imported again."""

from core.sync import Run
from db.imports import ListImports
from db.pool import Database, wake
from services.sync_progress import Progress

ACCOUNTS_A_PAGE = 1000


class RatingsRunner:
    """Requests silent imports: of the newest pages daily, of all weekly; the job `imports` does them.

    The run ends when they are requested. Its "checked" are accounts.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self, run: Run, progress: Progress) -> None:
        """All accounts whose time has come, a page a transaction."""
        accounts = {"newest": 0, "all": 0}
        while True:
            async with self._database.transaction() as connection:
                newest, whole = await ListImports(connection).request_silently(ACCOUNTS_A_PAGE)
                accounts["newest"] += newest
                accounts["all"] += whole
                if newest + whole:
                    await wake(connection, "imports")
                await progress.add(connection, movies_checked=newest + whole)
                await progress.describe(connection, metadata={"checked": "accounts", **accounts})
            if newest + whole < ACCOUNTS_A_PAGE:
                return
