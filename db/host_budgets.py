"""One outgoing budget per foreign host, shared by all processes."""

from datetime import timedelta
from typing import NamedTuple

from db.pool import Executor


class Slot(NamedTuple):
    """Whether calls were granted, and in how many seconds the first may leave (or to ask again)."""

    granted: bool
    wait: float


class HostBudgets:
    """Rows of tmdb.host_budgets; one short UPDATE a grant.

    A grant is a time slot, not a token: the row remembers when the next call may leave, so calls stay
    evenly spaced however many processes ask. People have slots of their own, which push the others'
    back: they go first, and the sum stays within the rate.
    """

    def __init__(self, db: Executor) -> None:
        self._db = db

    # A slot more than a minute ahead was left behind by a clock that jumped back: it counts as now. So was a
    # pause of more than a day.
    BOOK = """
        WITH slot AS (
          SELECT host, greatest(
              CASE WHEN next_slot < tmdb.now() + interval '1 minute' THEN next_slot END,
              CASE WHEN paused_until < tmdb.now() + interval '1 day' THEN paused_until END,
              tmdb.now()) AS start
          FROM tmdb.host_budgets WHERE host = $1 FOR UPDATE
        ), booked AS (
          UPDATE tmdb.host_budgets AS budget SET next_slot = slot.start + $2::interval
          FROM slot WHERE budget.host = slot.host AND slot.start <= tmdb.now() + $3::interval
          RETURNING true
        )
        SELECT EXISTS (SELECT FROM booked), extract(epoch FROM start - tmdb.now())::float8 FROM slot
    """

    async def book(self, host: str, seconds: float, ahead: float) -> Slot:
        """`seconds` of the host's time for work with nobody waiting: a block of calls, evenly spaced.

        At most `ahead` seconds are booked in advance, so that people who come meanwhile add little to
        what already may leave; beyond that nothing is granted.
        """
        row = await self._db.fetchrow(self.BOOK, host, timedelta(seconds=seconds), timedelta(seconds=ahead))
        if row is None:
            await self._open(host)
            return await self.book(host, seconds, ahead)
        return Slot(*row)

    SPEND = """
        UPDATE tmdb.host_budgets SET
          people_slot = greatest(
            CASE WHEN people_slot < tmdb.now() + interval '1 minute' THEN people_slot END,
            tmdb.now()) + $2::interval,
          next_slot = greatest(
            CASE WHEN next_slot < tmdb.now() + interval '1 minute' THEN next_slot END,
            tmdb.now()) + $2::interval
        WHERE host = $1
        RETURNING extract(epoch FROM greatest(people_slot - $2::interval,
          CASE WHEN paused_until < tmdb.now() + interval '1 day' THEN paused_until END) - tmdb.now())::float8
    """

    async def spend(self, host: str, seconds: float) -> Slot:
        """`seconds` of the host's time for somebody who waits; always granted, ahead of booked work."""
        wait = await self._db.fetchval(self.SPEND, host, timedelta(seconds=seconds))
        if wait is None:
            await self._open(host)
            return await self.spend(host, seconds)
        return Slot(True, max(0.0, wait))

    PAUSE = """
        UPDATE tmdb.host_budgets
        SET paused_until = greatest(
          CASE WHEN paused_until < tmdb.now() + interval '1 day' THEN paused_until END,
          tmdb.now() + $2::interval)
        WHERE host = $1
    """

    async def pause(self, host: str, seconds: float) -> None:
        """Nobody calls the host for `seconds` (Retry-After)."""
        await self._open(host)
        await self._db.execute(self.PAUSE, host, timedelta(seconds=seconds))

    OPEN = """
        INSERT INTO tmdb.host_budgets (host, next_slot, people_slot)
        VALUES ($1, tmdb.now(), tmdb.now()) ON CONFLICT (host) DO NOTHING
    """

    async def _open(self, host: str) -> None:
        await self._db.execute(self.OPEN, host)
