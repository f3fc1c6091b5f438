"""The most popular films' posters, wanted before anybody asks."""

from typing import Literal

import structlog

from db.pool import Database
from db.posters import Posters, PrewarmPage
from db.prewarming import Prewarming

log = structlog.get_logger(__name__)

PAGE = 2000
EVERY_SECONDS = 3600.0
# How soon it is seen that a pause or a move is over.
HELD_SECONDS = 30.0


class PrewarmPosters:
    """A job: what an admin asked for, then one pass down the films by popularity, then a rest."""

    name = "prewarm"
    wakes_on = ("prewarm",)

    def __init__(self, database: Database, *, bot_id: int, size: str, films: int | Literal["all"]) -> None:
        self.poll_seconds = EVERY_SECONDS
        self._database = database
        self._posters = Posters(database)
        self._bot_id = bot_id
        self._size = size
        self._films = films
        self._page: PrewarmPage | None = None
        self._seen = 0

    async def step(self) -> bool:
        """One page; nothing while pre-warming rests."""
        if not await self._posters.may_prewarm(self._bot_id):
            self.poll_seconds = HELD_SECONDS
            return False
        self.poll_seconds = EVERY_SECONDS
        return await self._asked() or await self._configured()

    async def _asked(self) -> bool:
        """One page of an admin's request, kept with the place it ends at."""
        async with self._database.transaction() as connection:
            prewarming = Prewarming(connection)
            request = await prewarming.hold(self._bot_id)
            if request is None:
                return False
            limit = PAGE if request.left is None else min(PAGE, request.left)
            page = await Posters(connection).want_popular(self._bot_id, self._size, limit, request.after)
            if page.films < limit or request.left == limit:
                await prewarming.end(self._bot_id)
                log.info("what an admin asked to pre-warm is wanted")
            else:
                await prewarming.advance(self._bot_id, page)
        return True

    async def _configured(self) -> bool:
        """One page of the POSTER_PREWARM most popular films."""
        limit = PAGE if self._films == "all" else min(PAGE, self._films - self._seen)
        if not limit:
            return False
        page = await self._posters.want_popular(self._bot_id, self._size, limit, self._page)
        if page.wanted:
            log.info("popular films' posters are wanted", posters=page.wanted)
        self._seen += page.films
        if page.films == limit and self._seen != self._films:
            self._page = page
            return True
        self._page, self._seen = None, 0
        return False
