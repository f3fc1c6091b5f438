"""Counts kept as differences."""

from db.pool import Connection
from db.tallies import Tallies

SUMS = "SELECT day, name, sum(number) AS number FROM tmdb.tallies GROUP BY 1, 2 ORDER BY 1, 2"


async def test_folded_counts_are_one_row_a_day_and_name_and_say_the_same(connection: Connection) -> None:
    await connection.execute(
        """
        INSERT INTO tmdb.tallies (day, name, number)
        SELECT DATE '2026-11-01' + n % 3, 'name ' || n % 2, n FROM generate_series(1, 60) AS n
        """
    )
    before = await connection.fetch(SUMS)
    await Tallies(connection).fold()
    assert await connection.fetch(SUMS) == before
    assert await connection.fetchval("SELECT count(*) FROM tmdb.tallies") == len(before) == 6
