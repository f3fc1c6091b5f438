"""Films and genres brought from the stand-in into a real database."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import aiohttp
import pytest
from pydantic import SecretStr

from clients.tmdb.client import TmdbClient
from core.errors import FilmotekaError, Gone, Malformed, NotAuthorised, Unavailable
from db.movies import Movies
from db.pool import Connection, Database
from sandbox.tmdb.server import TmdbStandIn
from services.catalogue import Catalogue, Fetched
from tests.clients.test_tmdb_over_http import client_of
from tests.patience import ONCE
from views.locale import LANGUAGES
from workers.genres import LOOK_SECONDS, RETRY_SECONDS, LoadGenres
from workers.loop import Worker

# One try: what the client itself repeats is its own tests' business.


@pytest.fixture
async def tmdb() -> AsyncIterator[TmdbStandIn]:
    async with TmdbStandIn(generated=60, rate=0) as stand_in:
        yield stand_in


@pytest.fixture
async def catalogue(database: Database, tmdb: TmdbStandIn) -> AsyncIterator[Catalogue]:
    async with aiohttp.ClientSession() as session:
        catalogue = _catalogue(database, client_of(tmdb, session, patience=ONCE))
        yield catalogue
        await catalogue.close()


def _catalogue(database: Database, client: TmdbClient) -> Catalogue:
    return Catalogue(
        database,
        client,
        language="en-US",
        raw_payload_history=0,
        connections=4,
    )


async def test_simultaneous_askers_cost_one_request(
    catalogue: Catalogue, tmdb: TmdbStandIn, database: Database
) -> None:
    (film,) = tmdb.film_ids(1)
    async with asyncio.TaskGroup() as askers:
        for _ in range(20):
            askers.create_task(catalogue.get(film))
    assert len(tmdb.requests) == 1
    assert (await Movies(database).states([film]))[film].full
    await catalogue.get(film)
    assert len(tmdb.requests) == 1


async def test_who_stops_waiting_does_not_stop_the_fetch(
    catalogue: Catalogue, tmdb: TmdbStandIn, database: Database
) -> None:
    (film,) = tmdb.film_ids(1)
    tmdb.fault("slow", times=1, delay=0.2)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await catalogue.get(film)
    await catalogue.get(film)
    assert len(tmdb.requests) == 1
    assert (await Movies(database).states([film]))[film].full


async def test_a_film_of_180_days_is_fetched_again_and_not_shown_stale(
    catalogue: Catalogue, tmdb: TmdbStandIn, database: Database
) -> None:
    (film,) = tmdb.film_ids(1)
    await catalogue.get(film)
    await database.execute("UPDATE tmdb.movies SET fetched_at = tmdb.now() - interval '179 days'")
    await catalogue.get(film)
    assert len(tmdb.requests) == 1
    await database.execute("UPDATE tmdb.movies SET fetched_at = tmdb.now() - interval '181 days'")
    tmdb.fault("html", times=1, status=503)
    with pytest.raises(Unavailable):
        await catalogue.get(film)
    await catalogue.get(film)
    assert len(tmdb.requests) == 3
    assert await database.fetchval(
        "SELECT tmdb.now() - fetched_at < '1 minute' FROM tmdb.movies WHERE tmdb_id = $1", film
    )


async def test_a_film_that_is_gone_is_said_to_all_who_wait(
    catalogue: Catalogue, tmdb: TmdbStandIn, database: Database
) -> None:
    results = await asyncio.gather(*(catalogue.get(2_000_000_000) for _ in range(3)), return_exceptions=True)
    assert [type(result) for result in results] == [Gone] * 3
    assert len(tmdb.requests) == 1
    assert await database.fetchval("SELECT count(*) FROM tmdb.movies") == 0


class Recorder:
    """What an import would write, and what was stored when it was told."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.errors: dict[int, FilmotekaError | None] = {}

    async def __call__(self, connection: Connection, fetched: Sequence[Fetched]) -> None:
        stored = await Movies(connection).states([one.movie_id for one in fetched])
        for one in fetched:
            assert (one.movie is not None) == (one.movie_id in stored)
            assert one.movie_id not in self.errors
            self.errors[one.movie_id] = one.error
        self.batches.append(len(fetched))


async def test_many_films_come_in_batches_with_an_outcome_each(
    catalogue: Catalogue, tmdb: TmdbStandIn, database: Database
) -> None:
    films = tmdb.film_ids(50)
    recorder = Recorder()
    await catalogue.fetch_many([*films, 2_000_000_000, films[0]], recorder)
    assert recorder.errors.keys() == {*films, 2_000_000_000}
    assert [film for film, error in recorder.errors.items() if error] == [2_000_000_000]
    assert isinstance(recorder.errors[2_000_000_000], Gone)
    assert len(recorder.batches) < 10
    assert len(tmdb.requests) == 51
    assert await database.fetchval("SELECT count(*) FROM tmdb.movies WHERE data_state = 'full'") == 50


async def test_one_film_that_fails_costs_only_itself(catalogue: Catalogue, tmdb: TmdbStandIn) -> None:
    films = tmdb.film_ids(12)
    recorder = Recorder()
    tmdb.fault("html", times=1, status=500)
    await catalogue.fetch_many(films, recorder)
    failed = [error for error in recorder.errors.values() if error]
    assert [type(error) for error in failed] == [Unavailable]
    assert len(recorder.errors) == 12


async def test_with_tmdb_away_the_rest_is_left(catalogue: Catalogue, tmdb: TmdbStandIn) -> None:
    films = tmdb.film_ids(60)
    recorder = Recorder()
    tmdb.fault("html", status=503)
    with pytest.raises(Unavailable):
        await catalogue.fetch_many(films, recorder)
    assert 4 <= len(tmdb.requests) <= 8
    assert len(recorder.errors) == len(tmdb.requests)


async def test_a_refused_key_stops_at_once(database: Database, tmdb: TmdbStandIn) -> None:
    async with aiohttp.ClientSession() as session:
        catalogue = _catalogue(database, client_of(tmdb, session, access_token=SecretStr("wrong")))
        with pytest.raises(NotAuthorised):
            await catalogue.fetch_many(tmdb.film_ids(60), Recorder())
    assert len(tmdb.requests) <= 4


async def test_what_recording_raises_is_raised_and_nothing_of_the_batch_is_stored(
    catalogue: Catalogue, tmdb: TmdbStandIn, database: Database
) -> None:
    async def record(connection: Connection, fetched: Sequence[Fetched]) -> None:
        raise LookupError("the import is somebody else's now")

    with pytest.raises(LookupError):
        await catalogue.fetch_many(tmdb.film_ids(30), record)
    assert await database.fetchval("SELECT count(*) FROM tmdb.movies") == 0


async def test_genres_are_loaded_at_first_and_weekly(
    catalogue: Catalogue, tmdb: TmdbStandIn, database: Database
) -> None:
    job = LoadGenres(catalogue)
    await Worker(job).run(until_idle=True)
    lists = len(LANGUAGES) * 2
    assert len(tmdb.requests) == lists
    names = await database.fetch(
        "SELECT media_type, language, name FROM tmdb.genre_names WHERE tmdb_genre_id = 18 ORDER BY 1, 2"
    )
    assert [tuple(row) for row in names] == [
        *(("movie", "en", "Drama"), ("movie", "ru", "драма"), ("movie", "zh", "剧情")),
        *(("tv", "en", "Drama"), ("tv", "ru", "драма"), ("tv", "zh", "剧情")),
    ]
    await job.step()
    assert len(tmdb.requests) == lists
    await database.execute("UPDATE tmdb.genre_names SET fetched_at = tmdb.now() - interval '8 days'")
    await job.step()
    assert len(tmdb.requests) == 2 * lists


async def test_genres_wait_for_tmdb_and_two_replicas_may_load_them(
    catalogue: Catalogue, tmdb: TmdbStandIn, database: Database
) -> None:
    job = LoadGenres(catalogue)
    tmdb.fault("html", times=1, status=503)
    assert await job.step() is False
    assert job.poll_seconds == RETRY_SECONDS
    await asyncio.gather(job.step(), LoadGenres(catalogue).step())
    assert job.poll_seconds == LOOK_SECONDS
    assert await database.fetchval("SELECT count(DISTINCT (media_type, language)) FROM tmdb.genre_names") == 6


async def test_a_genre_list_that_tmdb_lacks_costs_no_other(
    catalogue: Catalogue, tmdb: TmdbStandIn, database: Database
) -> None:
    tmdb.fault("wrong_json", "/3/genre/movie/list")
    with pytest.raises(Malformed):
        await catalogue.load_genres(LANGUAGES)
    assert await database.fetchval("SELECT count(DISTINCT (media_type, language)) FROM tmdb.genre_names") == 3


async def test_a_film_does_not_rename_a_genre(
    catalogue: Catalogue, tmdb: TmdbStandIn, database: Database
) -> None:
    await catalogue.load_genres(["ru"])
    rows = await database.fetch(
        "SELECT name FROM tmdb.genres WHERE media_type = 'movie' AND tmdb_genre_id = 18"
    )
    assert [row["name"] for row in rows] == ["Drama"]


async def test_the_films_a_film_leads_to_are_known_by_their_titles(
    catalogue: Catalogue, tmdb: TmdbStandIn, database: Database
) -> None:
    (film,) = tmdb.film_ids(1)
    await catalogue.get(film)
    stubs = await database.fetch(
        """
        SELECT near.title, near.data_state FROM tmdb.movies AS film
        JOIN tmdb.movies AS near ON near.tmdb_id = ANY (film.similar_ids || film.recommended_ids)
        WHERE film.tmdb_id = $1
        """,
        film,
    )
    assert len(stubs) > 5
    assert all(stub["title"] and stub["data_state"] == "stub" for stub in stubs)
    assert len(tmdb.requests) == 1, "their titles came with the film"
