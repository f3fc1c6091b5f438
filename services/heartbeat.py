"""A process's signs of life, for `python -m db health`."""

import asyncio
import os
import socket

import structlog

from core.errors import DatabaseUnavailable
from db.heartbeats import BEAT_SECONDS, Heartbeats

log = structlog.get_logger(__name__)

# A stop takes ten seconds at most, and has better to do with them.
END_SECONDS = 1.0


class Heartbeat:
    """One process's row of tmdb.heartbeats; `part` is bot or workers."""

    def __init__(self, heartbeats: Heartbeats, part: str) -> None:
        self._heartbeats = heartbeats
        self._part = part
        self._instance = f"{socket.gethostname()}:{os.getpid()}"

    async def run(self) -> None:
        """Beats until cancelled."""
        while True:
            try:
                await self._heartbeats.beat(self._part, self._instance)
            except DatabaseUnavailable as error:
                log.warning("no sign of life could be left", reason=str(error))
            await asyncio.sleep(BEAT_SECONDS)

    async def end(self) -> None:
        """A clean stop leaves no row."""
        try:
            async with asyncio.timeout(END_SECONDS):
                await self._heartbeats.end(self._part, self._instance)
        except (DatabaseUnavailable, TimeoutError) as error:
            log.warning("the last sign of life stays", reason=str(error))
