"""Films for tests: the stand-in's payloads, read as the client reads them."""

from typing import Any

from core.movies import APPENDED, Movie
from db.movies import FetchedMovie, Movies, StoredMovies
from db.pool import Executor
from sandbox.tmdb.catalogue import Catalogue
from sandbox.tmdb.clock import Clock
from sandbox.tmdb.generator import FIRST_ID, FilmGenerator

# The generator's odd ones, by their place.
LARGE_CREW = FIRST_ID + 7
REPEATED_CREDIT = FIRST_ID + 8

_catalogue = Catalogue(Clock(), generator=FilmGenerator(400))


def payload(film_id: int, **changes: Any) -> dict[str, Any]:
    """The answer to GET /3/movie/{id} with everything appended, and `changes` made to it."""
    return _catalogue.details(film_id, "en-US", list(APPENDED)) | changes


def fetched(film_id: int, *, age: float = 0.0, **changes: Any) -> FetchedMovie:
    """The film as the catalogue stores it, asked for `age` seconds ago."""
    return answered(payload(film_id, **changes), age)


def answered(raw: Any, age: float = 0.0) -> FetchedMovie:
    """Exactly this payload as the catalogue stores it."""
    return FetchedMovie.read(Movie.from_payload(raw), raw, age)


async def store(db: Executor, *batch: FetchedMovie, history: int = 0) -> StoredMovies:
    """Stores a batch in the transaction that `db` is in."""
    return await Movies(db).store(batch, raw_payload_history=history, language="en-US")
