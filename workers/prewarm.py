"""The most popular films' posters, wanted before anybody asks."""

from typing import Literal

import structlog

from db.posters import Posters, PrewarmPage

log = structlog.get_logger(__name__)

PAGE = 2000
EVERY_SECONDS = 3600.0


class PrewarmPosters:
    """A job: one pass down the films by popularity, a page at a time, then a rest."""

    name = "prewarm"
    wakes_on = ()
    poll_seconds = EVERY_SECONDS

    def __init__(self, posters: Posters, *, bot_id: int, size: str, films: int | Literal["all"]) -> None:
        self._posters = posters
        self._bot_id = bot_id
        self._size = size
        self._films = films
        self._page: PrewarmPage | None = None
        self._seen = 0

    async def step(self) -> bool:
        """One page of the `films` most popular ones."""
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
