"""Counts of what happened, kept as differences."""

from collections.abc import Mapping

from db.pool import Executor


class Tallies:
    """Rows of tmdb.tallies that no trigger writes."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    ADD = """
        INSERT INTO tmdb.tallies (name, number)
        SELECT name, number FROM unnest($1::text[], $2::bigint[]) AS happened (name, number) ORDER BY name
    """

    async def add(self, happened: Mapping[str, int]) -> None:
        """So many more today, by name."""
        await self._db.execute(self.ADD, list(happened), list(happened.values()))
