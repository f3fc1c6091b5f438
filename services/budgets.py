"""A process's share of the outgoing budgets: clients wait here before they call a foreign host."""

import asyncio
from collections import deque

import structlog

from core.errors import DatabaseUnavailable, RateLimited
from db.host_budgets import HostBudgets

log = structlog.get_logger(__name__)

# A block is what one grant brings: little enough that people who come meanwhile hardly notice.
BLOCK_SECONDS = 0.05
# How far ahead work with nobody waiting may book, over all processes.
BOOKED_AHEAD_SECONDS = 0.1
# Somebody who waits is not made to wait longer than this for a host that paused us.
PEOPLE_WAIT_SECONDS = 5.0
# Spending without asking is reported this often.
REPORT_SECONDS = 0.1


class BackgroundBudget:
    """The lane of work with nobody waiting: small blocks of evenly spaced slots."""

    def __init__(self, budgets: HostBudgets, host: str, rate: float) -> None:
        self._budgets = budgets
        self._host = host
        self._interval = 1 / rate
        self._block = max(1, round(rate * BLOCK_SECONDS))
        self._slots: deque[float] = deque()
        self._asking = asyncio.Lock()

    async def acquire(self) -> None:
        """Returns when one call may leave."""
        loop = asyncio.get_running_loop()
        async with self._asking:
            # A slot that was not used in its time is gone: kept ones would leave as a burst.
            while self._slots and self._slots[0] < loop.time() - self._interval:
                self._slots.popleft()
            while not self._slots:
                slot = await self._budgets.book(
                    self._host, self._block * self._interval, BOOKED_AHEAD_SECONDS
                )
                if slot.granted:
                    first = loop.time() + slot.wait
                    self._slots.extend(first + i * self._interval for i in range(self._block))
                else:
                    await asyncio.sleep(max(slot.wait - BOOKED_AHEAD_SECONDS, self._interval))
            at = self._slots.popleft()
        await asyncio.sleep(max(0.0, at - loop.time()))

    async def pause(self, seconds: float) -> None:
        """The host asked everybody to stay away for that long."""
        self._slots.clear()
        await self._budgets.pause(self._host, seconds)


class PeopleBudget:
    """The lane of somebody who waits: one grant a call, ahead of everything booked."""

    def __init__(self, budgets: HostBudgets, host: str, rate: float) -> None:
        self._budgets = budgets
        self._host = host
        self._interval = 1 / rate

    async def acquire(self) -> None:
        """Returns when one call may leave; RateLimited if the host paused us for longer than people wait."""
        slot = await self._budgets.spend(self._host, self._interval)
        if slot.wait > PEOPLE_WAIT_SECONDS:
            raise RateLimited(f"{self._host} asked for a pause", retry_after=slot.wait)
        await asyncio.sleep(slot.wait)

    async def pause(self, seconds: float) -> None:
        """The host asked everybody to stay away for that long."""
        await self._budgets.pause(self._host, seconds)


class ReportedBudget:
    """The people's lane where even a grant would be a statement too many (a warm card is one).

    A call leaves at once while this process stays within the rate, and what was spent is reported to
    the shared row in the background; the answer tells of pauses and of what other processes spend.
    """

    def __init__(self, budgets: HostBudgets, host: str, rate: float) -> None:
        self._budgets = budgets
        self._host = host
        self._interval = 1 / rate
        self._burst = max(1.0, rate)
        self._free_at = 0.0
        self._spent = 0
        self._spending = asyncio.Event()

    async def acquire(self) -> None:
        """Returns when one call may leave: at once, within a second's worth of the rate."""
        now = asyncio.get_running_loop().time()
        self._free_at = max(self._free_at, now - self._burst * self._interval) + self._interval
        self._spent += 1
        self._spending.set()
        if self._free_at > now:
            await asyncio.sleep(self._free_at - now)

    async def pause(self, seconds: float) -> None:
        """The host asked everybody to stay away for that long."""
        self._hold(seconds)
        await self._budgets.pause(self._host, seconds)

    def _hold(self, seconds: float) -> None:
        self._free_at = max(self._free_at, asyncio.get_running_loop().time() + seconds)

    async def run(self) -> None:
        """Reports until cancelled."""
        while True:
            await self._spending.wait()
            self._spending.clear()
            spent, self._spent = self._spent, 0
            try:
                slot = await self._budgets.spend(self._host, spent * self._interval)
            except DatabaseUnavailable as error:
                # What went unreported is a moment's worth: the budget starts anew with the database.
                log.warning("could not report spent calls", host=self._host, reason=str(error))
            else:
                if slot.wait > self._burst * self._interval:
                    self._hold(slot.wait)
            await asyncio.sleep(REPORT_SECONDS)
