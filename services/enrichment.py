"""Asking TMDB while a person waits: what they typed, what they filter by, an id of another site.

Every request sent is a row of tmdb.enrichment_requests. Films and people that TMDB tells of are known here
from then on, as stubs; whichever the person opens is fetched by its card.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import structlog

from clients.tmdb.client import Discovery, SearchAnswer, TmdbClient
from core.enrichment import Candidate, chosen, listed, ranked
from core.errors import FilmotekaError, Gone, Refused, TmdbError
from core.filters import Filters, Understanding
from core.movies import ListItem, MovieListItem, PersonListItem
from core.reader import Reader
from core.search import SearchQuery
from core.tasks import Tasks
from db.enrichment_requests import EnrichmentRequest, EnrichmentRequests
from db.movies import Movies
from db.people import People
from db.pool import Connection, Database
from services.catalogue import MAX_AGE, Catalogue, Fetched

log = structlog.get_logger(__name__)

# People leaf through an answer, and many search for the same on one evening.
REMEMBERED_SECONDS = 300.0
REMEMBERED = 500

# As tmdb.weighted_score and tmdb.browse have it: so many votes weigh as much as the average film's score,
# and fewer than the others are no score to filter by.
VOTES_TO_SORT_BY = 500
VOTES_TO_FILTER_BY = 10

# TMDB's genres of films as its series have them; the rest have no counterpart.
_SERIES_GENRES = {
    **{genre: genre for genre in (16, 18, 35, 37, 80, 99, 9648, 10751)},
    28: 10759,
    12: 10759,
    14: 10765,
    878: 10765,
    10752: 10768,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Enriched:
    """What TMDB found, the best first; `chosen` is what was meant, where that is beyond doubt.

    `is_away`: TMDB did not answer, which says nothing of what there is.
    """

    candidates: tuple[Candidate, ...] = ()
    chosen: Candidate | None = None
    is_away: bool = False

    @property
    def movie_ids(self) -> list[int]:
        """The films among the candidates, all of them known here."""
        return [candidate.id for candidate in self.candidates if candidate.media_type == "movie"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asking:
    """Who waits, and for what."""

    reader: Reader
    chat_id: int
    request_id: str
    text: str
    understanding: Understanding

    @property
    def language(self) -> str:
        return self.reader.film_language


class Enrichment:
    """TMDB's searches, for somebody who waits; none of its methods raises a TmdbError."""

    def __init__(
        self, db: Database, tmdb: TmdbClient, catalogue: Catalogue, *, catalogue_language: str
    ) -> None:
        self._db = db
        self._tmdb = tmdb
        self._catalogue = catalogue
        self._catalogue_language = catalogue_language.partition("-")[0]
        self._tasks = Tasks()
        self._asked: dict[Hashable, asyncio.Task[Enriched | FilmotekaError]] = {}
        self._askers: dict[asyncio.Task[Enriched | FilmotekaError], int] = {}

    async def close(self, timeout: float = 5.0) -> None:
        """Waits for what is being asked, then gives it up."""
        await self._tasks.close(timeout)

    async def finish(self, user_id: int) -> None:
        """Returns when nothing is asked for this person any more: every row of theirs is written."""
        if asking := [task for task, asker in self._askers.items() if asker == user_id]:
            await asyncio.wait(asking)

    async def multi(
        self, query: SearchQuery, understanding: Understanding, reader: Reader, chat_id: int, request_id: str
    ) -> Enriched:
        """Films, series and people for words, scored as core.enrichment tells.

        With a year among them the other words are searched for first, the year being no part of a title
        mostly; all words where that finds nothing of the year.
        """
        if not query.readings:
            return Enriched()
        asking = _Asking(
            reader=reader,
            chat_id=chat_id,
            request_id=request_id,
            text=query.text,
            understanding=understanding,
        )
        return await self._once(
            ("multi", query.text, understanding, reader.film_language, reader.adult),
            lambda: self._multi(query, asking),
            reader.telegram_user_id,
        )

    async def _multi(self, query: SearchQuery, asking: _Asking) -> Enriched:
        """A role or "series" may be a word of the title ("Dances with Wolves"), so that is tried first.

        Where nothing is called like that, without the words around a name ("фильмы Нолана"), then as the
        same keys of the other keyboard.
        """
        found = await self._titled(query, asking)
        meaning = asking.understanding
        is_hinted = meaning.role_hint is not None or meaning.is_series
        if found.is_away or found.chosen:
            return found
        if not (is_hinted and meaning.names):
            names = SearchQuery.parse(" ".join(meaning.names))
            others = {other.words: other for other in (query.bare, names, *query.other_keyboard)}
            for words, other in others.items():
                if not found.candidates and not found.is_away and words and words != query.words:
                    found = await self._titled(other, asking)
                    # Whoever typed "American Psycho" did not mean "Psycho".
                    if other is names and not meaning.filters.is_empty:
                        found = replace(found, chosen=None)
            return found
        named = await self._search(
            SearchQuery.parse(" ".join(meaning.names)),
            asking,
            role_hint=meaning.role_hint,
            is_series=meaning.is_series,
        )
        return named if named.chosen or not found.candidates else found

    async def _titled(self, query: SearchQuery, asking: _Asking) -> Enriched:
        dated = next((reading for reading in query.readings if reading.year), None)
        if dated is None:
            return await self._search(query, asking)
        found = await self._search(query, asking, " ".join(dated.words))
        if found.is_away or found.chosen or any(one.year == dated.year for one in found.candidates):
            return found
        whole = await self._search(query, asking)
        return whole if whole.candidates else found

    async def _search(
        self,
        query: SearchQuery,
        asking: _Asking,
        words: str | None = None,
        *,
        role_hint: str | None = None,
        is_series: bool = False,
    ) -> Enriched:
        async def ask() -> SearchAnswer:
            return await self._tmdb.search_multi(
                words or query.text, language=asking.language, include_adult=asking.reader.adult
            )

        def rank(results: Sequence[ListItem]) -> Enriched:
            candidates = ranked(results, query, role_hint=role_hint, is_series=is_series)
            return Enriched(candidates=candidates, chosen=chosen(candidates))

        return await self._ask("/search/multi", ask, rank, asking)

    async def find(self, imdb_id: str, reader: Reader, chat_id: int, request_id: str) -> Enriched:
        """The film, series or person of an IMDb id: chosen, where TMDB knows it."""
        asking = _Asking(
            reader=reader,
            chat_id=chat_id,
            request_id=request_id,
            text=imdb_id,
            understanding=Understanding(),
        )

        async def ask() -> SearchAnswer:
            return await self._tmdb.find(imdb_id, language=asking.language)

        def rank(results: Sequence[ListItem]) -> Enriched:
            candidates = listed(results)
            return Enriched(candidates=candidates, chosen=next(iter(candidates), None))

        return await self._once(
            ("find", imdb_id, reader.film_language, reader.adult),
            lambda: self._ask("/find", ask, rank, asking),
            reader.telegram_user_id,
        )

    async def discover(
        self,
        filters: Filters,
        understanding: Understanding,
        reader: Reader,
        chat_id: int,
        request_id: str,
        *,
        text: str,
        media_type: Literal["movie", "tv"] = "movie",
    ) -> Enriched:
        """20 films or series that pass the filters, in TMDB's order; none is chosen.

        Nothing, without a request, where TMDB has no such filter: a collection, its own trends, what is
        new today, series by people or by a genre that only films have.
        """
        discovery = _discovery(filters, media_type)
        if discovery is None:
            return Enriched()
        asking = _Asking(
            reader=reader, chat_id=chat_id, request_id=request_id, text=text, understanding=understanding
        )

        async def ask() -> SearchAnswer:
            return await self._tmdb.discover(
                media_type,
                discovery,
                language=asking.language,
                include_adult=reader.adult,
            )

        return await self._once(
            ("discover", media_type, filters, reader.film_language, reader.adult),
            lambda: self._ask(
                f"/discover/{media_type}", ask, lambda results: Enriched(candidates=listed(results)), asking
            ),
            reader.telegram_user_id,
        )

    async def _once(self, key: Hashable, ask: Callable[[], Awaitable[Enriched]], user_id: int) -> Enriched:
        """An answer, one request for all who want it at once or soon after; who gives up does not stop it."""
        task = self._asked.get(key)
        if task is None:
            task = self._tasks.start(self._settled(key, ask), "a search at TMDB")
            self._asked[key] = task
            self._askers[task] = user_id
            task.add_done_callback(self._askers.pop)
            if len(self._asked) > REMEMBERED:
                del self._asked[next(iter(self._asked))]
        answer = await asyncio.shield(task)
        if isinstance(answer, Enriched):
            return answer
        raise answer

    async def _settled(
        self, key: Hashable, ask: Callable[[], Awaitable[Enriched]]
    ) -> Enriched | FilmotekaError:
        remembered = False
        try:
            answer = await ask()
        except FilmotekaError as error:
            return error
        else:
            remembered = not answer.is_away
            return answer
        finally:
            if remembered:
                asyncio.get_running_loop().call_later(REMEMBERED_SECONDS, self._asked.pop, key, None)
            else:
                self._asked.pop(key, None)

    async def _ask(
        self,
        endpoint: str,
        ask: Callable[[], Awaitable[SearchAnswer]],
        rank: Callable[[Sequence[ListItem]], Enriched],
        asking: _Asking,
    ) -> Enriched:
        """One request: what it found is kept, and so is the request itself."""
        clock = asyncio.get_running_loop().time
        started = clock()
        answer: SearchAnswer | None = None
        found = Enriched()
        try:
            answer = await ask()
        except TmdbError as error:
            # A refusal sent as a success says nothing of what was asked for.
            if isinstance(error, Gone) or (isinstance(error, Refused) and error.status != 200):
                log.info("tmdb has nothing for that", endpoint=endpoint, reason=str(error))
            else:
                log.warning("the search stayed here", endpoint=endpoint, reason=str(error))
                found = Enriched(is_away=True)
        seconds = clock() - started
        if answer is not None:
            shown = [item for item in answer.results if asking.reader.adult or not _is_adult(item)]
            found = rank(shown)
            await self._keep(shown, asking)
        summaries = [candidate.summary for candidate in found.candidates]
        is_discovery = endpoint.startswith("/discover")
        raw = answer and answer.raw
        await EnrichmentRequests(self._db).add(
            EnrichmentRequest(
                request_id=asking.request_id,
                user_id=asking.reader.telegram_user_id,
                chat_id=asking.chat_id,
                query_text=asking.text,
                endpoint=endpoint,
                role_hint=asking.understanding.role_hint,
                extracted_entities=asking.understanding.extracted_entities,
                selected=found.chosen.summary if found.chosen else None,
                candidates=summaries if answer else None,
                multi_results_raw=None if is_discovery else raw,
                discover_results_raw=raw if is_discovery else None,
                language=asking.language,
                seconds=seconds,
            )
        )
        return found

    async def _keep(self, results: Sequence[ListItem], asking: _Asking) -> None:
        """Films and people nobody knew become stubs, films that are too old to be shown are fetched."""
        people = [item for item in results if isinstance(item, PersonListItem)]
        found = [item for item in results if isinstance(item, MovieListItem)]
        known_for = [
            item
            for person in people
            for item in person.known_for
            if isinstance(item, MovieListItem) and (asking.reader.adult or not _is_adult(item))
        ]
        language = None if asking.language == self._catalogue_language else asking.language
        movies = Movies(self._db)
        await movies.stubs([*known_for, *found], language=language)
        await People(self._db).stubs(people, language=language)
        states = await movies.states([film.id for film in found])
        if stale := [film for film, state in states.items() if state.age >= MAX_AGE]:
            try:
                await self._catalogue.fetch_many(stale, _recorded_nowhere)
            except TmdbError as error:
                log.warning("some films found are too old to be shown", films=stale, reason=str(error))


async def _recorded_nowhere(_: Connection, fetched: Sequence[Fetched]) -> None:
    """What cannot be refreshed stays out of the results: nothing stale is shown."""


def _is_adult(item: ListItem) -> bool:
    return item.adult or (not isinstance(item, PersonListItem) and item.softcore)


def _discovery(filters: Filters, media_type: Literal["movie", "tv"]) -> Discovery | None:
    """The filters as TMDB takes them, None where it has no such ones."""
    if filters.is_new or filters.collection_id or filters.sort == "trending":
        return None
    genres = filters.genres
    if media_type == "tv":
        if filters.people or not set(genres) <= _SERIES_GENRES.keys():
            return None
        genres = tuple(dict.fromkeys(_SERIES_GENRES[genre] for genre in genres))
    cast = filters.people if filters.role == "actor" else ()
    crew = filters.people if filters.role in ("director", "writer") else ()
    votes = VOTES_TO_FILTER_BY if filters.min_score is not None else None
    # Without a last day the newest are those that are only announced.
    by_date = filters.sort == "date" and filters.year_to is not None
    return Discovery(
        sort_by="vote_average" if filters.sort == "score" else "date" if by_date else "popularity",
        with_genres=genres,
        with_cast=cast,
        with_crew=crew,
        with_people=() if cast or crew else filters.people,
        with_keywords=(filters.keyword_id,) if filters.keyword_id else (),
        released_from=date(filters.year_from, 1, 1) if filters.year_from else None,
        released_to=date(filters.year_to, 12, 31) if filters.year_to else None,
        vote_average=filters.min_score,
        vote_count=VOTES_TO_SORT_BY if filters.sort == "score" else votes,
        original_language=filters.language,
    )
