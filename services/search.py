"""Finding films: here first, at TMDB where nothing here holds the words."""

from collections.abc import Sequence
from dataclasses import replace

import structlog

from clients.tmdb.client import TmdbClient
from core.errors import TmdbError
from core.movies import MovieListItem
from core.search import SearchPage, SearchQuery
from db.movies import Movies
from db.pool import Connection, Executor
from db.search import MovieSearch
from services.catalogue import MAX_AGE, Catalogue, Fetched

log = structlog.get_logger(__name__)

MAX_PAGE = 12


class Search:
    """Results pages for the people who search."""

    def __init__(
        self, db: Executor, tmdb: TmdbClient, catalogue: Catalogue, *, catalogue_language: str
    ) -> None:
        self._db = db
        self._tmdb = tmdb
        self._catalogue = catalogue
        self._catalogue_language = catalogue_language.partition("-")[0]

    async def find(
        self, text: str, user_id: int, language: str | None, *, page: int = 1, wider: bool = False
    ) -> SearchPage:
        """A page of films for whatever a person typed; `wider` asks TMDB though something was found here.

        One statement where a title here holds the words. What TMDB finds becomes stubs and is shown in
        the same way; with TMDB away there is what is here, marked as incomplete.
        """
        query = SearchQuery.parse(text)
        page = min(max(page, 1), MAX_PAGE)
        rows = MovieSearch(self._db)
        here = await rows.page(query, user_id, language, page=page)
        if (here.total and not here.is_nearest and not wider) or not query.text:
            return here
        try:
            found = await self._at_tmdb(query, here.reader.language)
        except TmdbError as error:
            log.warning("the search stayed here", reason=str(error))
            return replace(here, is_incomplete=True)
        if not found:
            return here
        return await rows.page(query, user_id, language, page=page, movie_ids=found)

    async def _at_tmdb(self, query: SearchQuery, language: str) -> list[int]:
        """The ids TMDB finds, in its order, all of them known and fresh here."""
        found: Sequence[MovieListItem] = ()
        if query.year:
            titles = query.text[: query.text.rindex(str(query.year))].strip()
            found = (await self._tmdb.search_movies(titles, language=language, year=query.year)).results
        if not found:  # "blade runner 2049": the year belongs to the title
            found = (await self._tmdb.search_movies(query.text, language=language)).results
        ids = list(dict.fromkeys(film.id for film in found))
        movies = Movies(self._db)
        await movies.stubs(found, language=None if language == self._catalogue_language else language)
        states = await movies.states(ids)
        if stale := [film for film in ids if film in states and states[film].age >= MAX_AGE]:
            await self._catalogue.fetch_many(stale, _recorded_nowhere)
        return ids


async def _recorded_nowhere(_: Connection, fetched: Sequence[Fetched]) -> None:
    """What cannot be refreshed stays out of the results: nothing stale is shown."""
