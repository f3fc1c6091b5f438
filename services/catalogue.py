"""TMDB's films brought here: one for somebody who waits, many for an import, and the genres' names."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Literal, NamedTuple

import structlog

from clients.tmdb.client import TmdbClient
from core import payloads
from core.errors import FilmotekaError, Gone, Malformed, NotAuthorised, RateLimited, TmdbError, Unavailable
from core.movies import Movie, MovieListItem
from core.tasks import Tasks
from db.genres import GenreName, Genres
from db.movies import FetchedMovie, Movies
from db.pool import Connection, Database
from db.refresh_queue import RefreshQueue

log = structlog.get_logger(__name__)

# TMDB's terms: nothing of theirs is shown that was not refreshed for six months.
MAX_AGE = timedelta(days=180)
GENRES_MAX_AGE = timedelta(days=7)

# Films that arrive are stored together: so many, or as many as come in so long.
BATCH_FILMS = 20
BATCH_SECONDS = 0.5


# What storing a film did; new: nobody knew its id.
Change = Literal["new", "updated"]


class Fetched(NamedTuple):
    """What became of one film that was asked for."""

    movie_id: int
    movie: Movie | None  # stored, where TMDB told of it
    error: FilmotekaError | None
    change: Change | None = None  # None: no fact of it differed

    @property
    def gone(self) -> bool:
        """TMDB itself says that there is no such film."""
        return isinstance(self.error, Gone)


class _Arrived(NamedTuple):
    outcome: Fetched
    raw: object
    asked_at: float


class Catalogue:
    """Films fetched from TMDB and stored."""

    def __init__(
        self,
        db: Database,
        tmdb: TmdbClient,
        *,
        language: str,
        raw_payload_history: int,
        connections: int,
    ) -> None:
        self._db = db
        self._tmdb = tmdb
        self._language = language
        self._raw_payload_history = raw_payload_history
        self._connections = connections
        self._fetching: dict[int, asyncio.Task[FilmotekaError | None]] = {}
        self._tasks = Tasks()

    async def close(self, timeout: float = 5.0) -> None:
        """Waits for what is being fetched, then gives it up."""
        await self._tasks.close(timeout)

    async def get(self, movie_id: int) -> None:
        """Makes sure that the film is here in full and not older than TMDB's terms allow.

        However many wait for a film, it is fetched once; who stops waiting does not stop the fetch.
        Raises Gone, and Unavailable or another TmdbError where TMDB could not tell.
        """
        task = self._fetching.get(movie_id)
        if task is None:
            task = self._tasks.start(self._refresh(movie_id), f"film {movie_id}")
            self._fetching[movie_id] = task
            task.add_done_callback(lambda _: self._fetching.pop(movie_id))
        if error := await asyncio.shield(task):
            raise error

    async def _refresh(self, movie_id: int) -> FilmotekaError | None:
        try:
            state = (await Movies(self._db).states([movie_id])).get(movie_id)
            if state and state.full and state.age < MAX_AGE:
                return None
            arrived = await self._ask(movie_id, state and state.original_language)
            if arrived.outcome.movie is not None or arrived.outcome.gone:
                async with self._db.transaction() as connection:
                    await self._store(connection, [arrived])
            if arrived.outcome.movie is not None:
                # Whoever opens it may go on to those: until the export is loaded nobody else tells of them.
                await Movies(self._db).stubs(_neighbours(arrived.raw))
        except FilmotekaError as error:
            return error
        return arrived.outcome.error

    async def fetch_many(
        self,
        movie_ids: Iterable[int],
        record: Callable[[Connection, Sequence[Fetched]], Awaitable[None]],
    ) -> None:
        """Fetches films, as many at a time as there are connections, and stores them in batches.

        `record` gets each batch in the transaction that stores it, so that what it writes there is true
        whenever a worker dies. A film that TMDB could not tell of comes with its error; those that are gone
        come in batches of their own. With TMDB away (as many failures in a row as connections) or the key
        refused, what has arrived is stored, the error is raised, and the rest is the caller's to ask for
        again.
        """
        ids = list(dict.fromkeys(movie_ids))
        states = await Movies(self._db).states(ids)
        wanted = iter(ids)
        arriving: asyncio.Queue[_Arrived | None] = asyncio.Queue(2 * BATCH_FILMS)
        outage: FilmotekaError | None = None
        failures_in_a_row = 0

        async def ask_each() -> None:
            nonlocal outage, failures_in_a_row
            for movie_id in wanted:
                if outage:
                    return
                state = states.get(movie_id)
                arrived = await self._ask(movie_id, state and state.original_language)
                error = arrived.outcome.error
                failures_in_a_row = failures_in_a_row + 1 if isinstance(error, _OUTAGES) else 0
                if isinstance(error, NotAuthorised) or failures_in_a_row >= self._connections:
                    outage = error
                await arriving.put(arrived)

        async def ask_all() -> None:
            async with asyncio.TaskGroup() as askers:
                for _ in range(self._connections):
                    askers.create_task(ask_each())
            await arriving.put(None)

        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(ask_all())
                async for batch in _batches(arriving):
                    # A film that goes is locked anew: beside films being stored that would be out of order.
                    gone = [arrived for arrived in batch if arrived.outcome.gone]
                    rest = [arrived for arrived in batch if not arrived.outcome.gone]
                    for part in filter(None, (rest, gone)):
                        async with self._db.transaction() as connection:
                            await record(connection, await self._store(connection, part))
        except BaseExceptionGroup as failures:
            raise _first(failures) from None
        if outage:
            raise outage

    async def _ask(self, movie_id: int, original_language: str | None) -> _Arrived:
        asked_at = asyncio.get_running_loop().time()
        try:
            answer = await self._tmdb.movie(movie_id, original_language)
        except TmdbError as error:
            return _Arrived(Fetched(movie_id, None, error), None, asked_at)
        return _Arrived(Fetched(movie_id, answer.movie, None), answer.raw, asked_at)

    async def _store(self, connection: Connection, arrived: Sequence[_Arrived]) -> list[Fetched]:
        """Films that TMDB told of are stored, those that are gone are believed to be the second time."""
        now = asyncio.get_running_loop().time()
        told = [
            FetchedMovie.read(one.outcome.movie, one.raw, now - one.asked_at)
            for one in arrived
            if one.outcome.movie is not None
        ]
        gone = [one for one in arrived if one.outcome.gone]
        queue = RefreshQueue(connection)
        if gone:
            believed = await queue.gone("movie", [one.outcome.movie_id for one in gone])
            asked_at = min(one.asked_at for one in gone)
            await Movies(connection).delete(believed, timedelta(seconds=now - asked_at))
        if not told:
            return [one.outcome for one in arrived]
        stored = await Movies(connection).store(
            told, raw_payload_history=self._raw_payload_history, language=self._language
        )
        await queue.back("movie", [fetched.movie.id for fetched in told])
        changes: dict[int, Change] = dict.fromkeys(stored.changed, "updated")
        changes |= dict.fromkeys(stored.added, "new")
        return [one.outcome._replace(change=changes.get(one.outcome.movie_id)) for one in arrived]

    async def load_genres(self, languages: Sequence[str]) -> bool:
        """Loads the genre lists of films and series that were not loaded for a week; False: none was due.

        `languages` are the interface's (ISO 639-1); the catalogue's own names the genres themselves.
        A list that TMDB does not give costs no other: what came is stored before the error is raised.
        """
        catalogue_language = self._language.partition("-")[0]
        genres = Genres(self._db)
        due = await genres.due(sorted({*languages, catalogue_language}), GENRES_MAX_AGE)
        names: list[GenreName] = []
        failure: TmdbError | None = None
        for media_type, language in due:
            try:
                listed = await self._tmdb.genres(media_type, language)
            except (*_OUTAGES, NotAuthorised) as error:
                failure = error
                break
            except TmdbError as error:
                failure = error
            else:
                names += [GenreName(media_type, genre.id, language, genre.name) for genre in listed]
        if names:
            await genres.store(names, catalogue_language=catalogue_language)
            log.info("genres loaded", lists=len(due), names=len(names))
        if failure:
            raise failure
        return bool(names)


_OUTAGES = (Unavailable, RateLimited)


async def _batches(arriving: asyncio.Queue[_Arrived | None]) -> AsyncIterator[list[_Arrived]]:
    """What arrives, until None: full batches, or what came within BATCH_SECONDS of a batch's first."""
    ended = False
    while not ended and (first := await arriving.get()) is not None:
        batch = [first]
        try:
            async with asyncio.timeout(BATCH_SECONDS):
                while len(batch) < BATCH_FILMS:
                    arrived = await arriving.get()
                    if arrived is None:
                        ended = True
                        break
                    batch.append(arrived)
        except TimeoutError:
            pass
        yield batch


def _neighbours(raw: object) -> Iterator[MovieListItem]:
    """The similar and recommended films, as far as a film's own answer tells of them."""
    for part in ("similar", "recommendations"):
        for item in payloads.items(payloads.mapping(raw).get(part), "results"):
            with suppress(Malformed):
                if payloads.mapping(item).get("media_type") in (None, "movie"):
                    yield MovieListItem.from_payload(item)


def _first(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    """The failure itself: callers catch errors of ours, not groups of them."""
    first = failures.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
