"""How often which host is called, collected at no cost to a call, written every few seconds."""

import asyncio
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

import structlog

import db.api_requests
from core.errors import DatabaseUnavailable
from db.api_requests import Calls
from db.pool import Database

log = structlog.get_logger(__name__)

FLUSH_SECONDS = 10.0
# Calls of so many seconds are one sum: with a flush as often, a minute's edge is off by no more.
SLOT_SECONDS = 5
# Sums that wait for the database at most; an hour of a busy process are some 20,000.
MOST_SUMS = 50_000
# A stop takes ten seconds at most, and has better to do with them.
END_SECONDS = 1.0


class _Key(NamedTuple):
    slot: int
    host: str
    method: str
    endpoint: str
    job: str
    status: int


class _Sum(NamedTuple):
    calls: int
    retries: int
    seconds: float


class ApiRequests:
    """What a process has called since it last wrote: a clients.requests.Recorder.

    `part` (bot, workers) stands in for a job where no job runs. A crash forgets some seconds.
    """

    def __init__(self, database: Database, part: str) -> None:
        self._database = database
        self._part = part
        self._sums: dict[_Key, _Sum] = {}
        self._writing = asyncio.Lock()
        self._forgotten = 0

    def __call__(
        self, host: str, method: str, endpoint: str, status: int, seconds: float, retry: bool
    ) -> None:
        """Counts one request."""
        job = structlog.contextvars.get_contextvars().get("job", self._part)
        key = _Key(int(time.monotonic() // SLOT_SECONDS), host, method, endpoint, job, status)
        self._add(key, _Sum(1, int(retry), seconds))

    def _add(self, key: _Key, more: _Sum) -> None:
        known = self._sums.get(key)
        if known is None:
            self._sums[key] = more
            if len(self._sums) > MOST_SUMS:
                self._forgotten += self._sums.pop(next(iter(self._sums))).calls
        else:
            self._sums[key] = _Sum(
                known.calls + more.calls, known.retries + more.retries, known.seconds + more.seconds
            )

    def _calls(self, sums: dict[_Key, _Sum]) -> Iterator[Calls]:
        now = time.monotonic()
        for key, made in sums.items():
            age = timedelta(seconds=max(0.0, now - key.slot * SLOT_SECONDS))
            yield Calls(age, *key[1:], made.calls, made.retries, round(made.seconds * 1000))

    async def flush(self) -> None:
        """Writes all; what the database does not take stays collected, the oldest forgotten first."""
        async with self._writing:
            sums, self._sums = self._sums, {}
            if not sums:
                return
            written = False
            try:
                # A Database would run the sum again where its end is not known, and count it twice.
                async with self._database.connection() as connection:
                    await db.api_requests.ApiRequests(connection).add(self._calls(sums))
                written = True
            except DatabaseUnavailable as error:
                log.warning("calls are counted later", sums=len(sums), reason=str(error))
            finally:
                if not written:
                    made_meanwhile, self._sums = self._sums, sums
                    for key, made in made_meanwhile.items():
                        self._add(key, made)
            if written and self._forgotten:
                log.warning("calls were not counted while the database was away", calls=self._forgotten)
                self._forgotten = 0

    async def run(self) -> None:
        """Writes every few seconds until cancelled."""
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            await self.flush()

    async def end(self) -> None:
        """Writes the last of them where the database answers at once."""
        try:
            async with asyncio.timeout(END_SECONDS):
                await self.flush()
        except TimeoutError:
            log.warning("the last calls are not counted: the database does not answer")
