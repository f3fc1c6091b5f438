"""Counts of what happened, kept as differences."""

from collections.abc import Mapping

from db.pool import Executor


class Tallies:
    """Rows of tmdb.tallies; those of films and posters are added by triggers."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    ADD = """
        INSERT INTO tmdb.tallies (name, number)
        SELECT name, number FROM unnest($1::text[], $2::bigint[]) AS happened (name, number) ORDER BY name
    """

    async def add(self, happened: Mapping[str, int]) -> None:
        """So many more today, by name."""
        await self._db.execute(self.ADD, list(happened), list(happened.values()))

    # Whoever counts meanwhile adds rows of their own; of two that fold, each row is one's.
    FOLD = """
        WITH loose AS (
          SELECT day, name FROM tmdb.tallies GROUP BY day, name HAVING count(*) > 1
        ), taken AS (
          DELETE FROM tmdb.tallies AS tally USING loose
          WHERE tally.day = loose.day AND tally.name = loose.name
          RETURNING tally.day, tally.name, tally.number
        )
        INSERT INTO tmdb.tallies (day, name, number)
        SELECT day, name, sum(number) FROM taken GROUP BY day, name ORDER BY day, name
    """

    async def fold(self) -> None:
        """Adds them up: a day and name have one row, until somebody counts again."""
        await self._db.execute(self.FOLD)
