"""Poster files that no row knows, and rows whose files went with their host."""

import asyncio

import structlog

from db.posters import Posters
from services.poster_files import HOST, PosterFiles

log = structlog.get_logger(__name__)

LOOK_SECONDS = 60.0


class SweepPosters:
    """A job; an orphan is a file that nobody knows and nobody writes, in two looks a lease apart."""

    name = "sweep"
    wakes_on = ()

    def __init__(
        self, posters: Posters, files: PosterFiles, *, bot_id: int, lease_seconds: float, host: str = HOST
    ) -> None:
        self.poll_seconds = max(lease_seconds, LOOK_SECONDS)
        self._posters = posters
        self._files = files
        self._bot_id = bot_id
        self._lease_seconds = lease_seconds
        self._host = host
        self._unknown: dict[str, tuple[tuple[int, int], float]] = {}

    async def step(self) -> bool:
        """One look at all files and rows."""
        if requeued := await self._posters.requeue_lost(self._bot_id, self._host):
            log.warning("posters of a silent host are downloaded again", posters=requeued)
        now = asyncio.get_running_loop().time()
        # Files before rows: one that is recorded in between is known.
        found = self._files.list()
        known = await self._posters.local_paths(self._bot_id)
        unknown = {}
        for path, facts in found.items():
            if path in known:
                continue
            before, since = self._unknown.get(path, (None, now))
            if before == facts and now - since >= self._lease_seconds:
                if self._files.remove(path):
                    log.info("an orphaned poster file was removed", file=path)
            else:
                unknown[path] = (facts, since if before == facts else now)
        self._unknown = unknown
        return False
