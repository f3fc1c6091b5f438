"""The films everybody talks about: TMDB's popular, now playing and trending ones."""

from itertools import chain, zip_longest
from typing import Literal

import structlog

from clients.tmdb.client import TmdbClient
from core.errors import TmdbError
from core.movies import MovieListItem
from core.sync import Run
from db.listings import Listings
from db.movies import Movies
from db.pool import Database
from db.refresh_queue import Asked, RefreshPriority, RefreshQueue
from services.sync_progress import Progress

log = structlog.get_logger(__name__)

ListKind = Literal["popular", "now_playing", "trending"]
LISTS: tuple[ListKind, ...] = ("popular", "now_playing", "trending")


class ListsRunner:
    """The runs of type lists: one that fails does not cost the others."""

    def __init__(
        self, database: Database, tmdb: TmdbClient, *, pages: int, max_movies: int, include_adult: bool
    ) -> None:
        self._database = database
        self._tmdb = tmdb
        self._pages = pages
        self._max_movies = max_movies
        self._include_adult = include_adult

    async def run(self, run: Run, progress: Progress) -> None:
        """Queues the most prominent films that are not here or not fresh; all others become stubs.

        What is trending is kept in TMDB's order for people who ask for it.
        """
        lists: dict[ListKind, list[MovieListItem]] = {}
        failed: dict[str, str] = {}
        pages = 0
        for kind in LISTS:
            await progress.check()
            try:
                listed, read = await self._read(kind)
            except TmdbError as error:
                failed[kind] = str(error)
                if len(failed) == len(LISTS):
                    raise
                log.warning("a list could not be read", list=kind, reason=str(error))
            else:
                lists[kind] = listed
                pages += read
        # The first of each list, the second of each list …
        films: dict[int, MovieListItem] = {}
        for film in chain.from_iterable(zip_longest(*lists.values())):
            if film and (self._include_adult or not film.adult):
                films.setdefault(film.id, film)
        async with self._database.transaction() as connection:
            stubs = await Movies(connection).stubs(films.values())
            if trending := lists.get("trending"):  # else what was told last stays
                await Listings(connection).trending([film.id for film in trending if film.id in films])
            fresh = await Listings(connection).fresh(list(films), include_adult=self._include_adult)
            asked = [film for film in films.values() if film.id not in fresh][: self._max_movies]
            await RefreshQueue(connection).ask(
                "movie",
                [Asked(film.id, film.popularity or 0.0) for film in asked],
                RefreshPriority.CHANGE,
                "list",
                run_id=run.id,
            )
            await progress.describe(connection, metadata={"failed_lists": failed, "stubs": len(stubs)})
            await progress.add(
                connection,
                pages_read=pages,
                movies_checked=len(films),
                movies_skipped=len(films) - len(asked),
            )
            await progress.listed(connection)

    async def _read(self, kind: ListKind) -> tuple[list[MovieListItem], int]:
        films: list[MovieListItem] = []
        page, last_page = 1, self._pages
        while page <= last_page:
            answer = await self._tmdb.listed(kind, page)
            films += answer.results
            last_page = min(last_page, answer.last_page)
            page += 1
        return films, page - 1
