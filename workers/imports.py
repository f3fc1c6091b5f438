"""Imports of people's ratings, a round at a time, so that everybody's moves."""

import asyncio
from datetime import timedelta

from core.tasks import shielded
from db.imports import ListImports
from db.pool import Database
from services.imports import Importer
from workers.loop import renewed


class RunImports:
    """A job; `leased_by` names this worker in the leases it takes."""

    name = "imports"
    wakes_on = ("imports",)
    poll_seconds = 5.0

    def __init__(
        self, database: Database, importer: Importer, *, leased_by: str, lease_seconds: float
    ) -> None:
        self._imports = ListImports(database)
        self._importer = importer
        self._leased_by = leased_by
        self._lease = timedelta(seconds=lease_seconds)

    async def step(self) -> bool:
        """One round of the import that waits longest."""
        import_ = await self._imports.claim(self._lease, self._leased_by)
        if import_ is None:
            return False

        async def renew() -> None:
            await self._imports.renew(self._leased_by, self._lease)

        try:
            async with renewed(renew, self._lease.total_seconds()):
                await self._importer.work(import_, self._leased_by)
        except asyncio.CancelledError:
            await shielded(
                self._imports.release(import_.id, self._leased_by, timedelta(0), fruitless=False, error=None)
            )
            raise
        return True
