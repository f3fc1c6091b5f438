"""Kept counts folded as they grow, so that adding them up stays cheap."""

from db.pool import Database
from db.tallies import Tallies


class FoldTallies:
    """A job; replicas that fold at the same time fold each row once."""

    name = "tallies"
    wakes_on = ()
    # A first fill leaves some seven rows a second.
    poll_seconds = 60.0

    def __init__(self, database: Database) -> None:
        self._tallies = Tallies(database)

    async def step(self) -> bool:
        """One row a day and name."""
        await self._tallies.fold()
        return False
