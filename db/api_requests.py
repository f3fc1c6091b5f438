"""Calls to foreign hosts, added up by the minute."""

from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple

from db.arrays import columns
from db.pool import Executor


class Calls(NamedTuple):
    """Calls of one kind with one outcome, made `age` ago; never an id or a key among them."""

    age: timedelta
    host: str
    method: str
    endpoint: str  # a template, or Telegram's method
    job: str
    status: int  # HTTP's; 0: no answer
    calls: int
    retries: int
    duration_ms: int


class ApiRequests:
    """Rows of tmdb.api_requests."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    ADD = """
        INSERT INTO tmdb.api_requests AS kept
          (minute, host, method, endpoint, job, status, calls, retries, duration_ms)
        SELECT date_trunc('minute', tmdb.now() - age, 'UTC') AS minute, host, method, endpoint, job, status,
          sum(calls), sum(retries), sum(duration_ms)
        FROM unnest($1::interval[], $2::text[], $3::text[], $4::text[], $5::text[], $6::smallint[],
          $7::int[], $8::int[], $9::bigint[])
          AS made (age, host, method, endpoint, job, status, calls, retries, duration_ms)
        GROUP BY 1, 2, 3, 4, 5, 6
        ORDER BY 1, 2, 3, 4, 5, 6
        ON CONFLICT (minute, host, method, endpoint, job, status) DO UPDATE
        SET calls = kept.calls + excluded.calls, retries = kept.retries + excluded.retries,
          duration_ms = kept.duration_ms + excluded.duration_ms
    """

    async def add(self, calls: Iterable[Calls]) -> None:
        """Adds to what is counted: a statement that must not run twice, so not for a Database."""
        await self._db.execute(self.ADD, *columns(9, calls))
