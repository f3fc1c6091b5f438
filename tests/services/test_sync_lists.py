"""Popular, now playing and trending films, read from the stand-in."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from clients.tmdb.client import TmdbClient
from core.errors import TmdbError
from core.movies import MovieListItem, Page
from db.pool import Database
from db.refresh_queue import RefreshPriority
from db.sync_runs import SyncRuns
from sandbox.tmdb.server import TmdbStandIn
from services.sync_lists import LISTS, ListsRunner
from services.sync_progress import Progress
from tests.clients.test_tmdb_over_http import client_of
from tests.patience import ONCE
from tests.runs import begun, executed


@pytest.fixture
def database(emptied_database: Database) -> Database:
    return emptied_database


@pytest.fixture
async def tmdb() -> AsyncIterator[TmdbStandIn]:
    async with TmdbStandIn(generated=400, rate=0) as stand_in:
        yield stand_in


@pytest.fixture
async def client(tmdb: TmdbStandIn) -> AsyncIterator[TmdbClient]:
    async with aiohttp.ClientSession() as session:
        yield client_of(tmdb, session, patience=ONCE)


def runner_of(
    database: Database, client: Any, *, pages: int = 2, max_movies: int = 50, include_adult: bool = False
) -> ListsRunner:
    return ListsRunner(database, client, pages=pages, max_movies=max_movies, include_adult=include_adult)


async def listed(client: TmdbClient, pages: int) -> list[list[int]]:
    """The ids of each list, in TMDB's order."""
    return [
        [film.id for page in range(1, pages + 1) for film in (await client.listed(kind, page)).results]
        for kind in LISTS
    ]


async def queued(database: Database) -> list[int]:
    rows = await database.fetch("SELECT tmdb_id FROM tmdb.refresh_queue ORDER BY rank DESC, tmdb_id")
    return [row[0] for row in rows]


async def test_films_of_all_lists_are_queued_once_and_become_stubs(
    database: Database, client: TmdbClient, tmdb: TmdbStandIn
) -> None:
    everything = {film for films in await listed(client, 2) for film in films}
    tmdb.clear_requests()
    run = await executed(database, runner_of(database, client, max_movies=1000), "lists")
    assert set(await queued(database)) == everything
    rows = await database.fetch("SELECT DISTINCT priority, reason, run_id FROM tmdb.refresh_queue")
    assert [tuple(row) for row in rows] == [(RefreshPriority.CHANGE, "list", run.id)]
    stubs = await database.fetch("SELECT tmdb_id, original_title FROM tmdb.movies WHERE data_state = 'stub'")
    assert {row["tmdb_id"] for row in stubs} == everything
    assert all(row["original_title"] for row in stubs)
    assert run.pages_read == len(tmdb.requests) <= 6
    assert (run.movies_checked, run.movies_skipped) == (len(everything), 0)
    assert run.listed


async def test_the_most_prominent_are_asked_for_and_no_more_than_the_limit(
    database: Database, client: TmdbClient
) -> None:
    firsts = {films[0] for films in await listed(client, 1)}
    run = await executed(database, runner_of(database, client, max_movies=len(firsts)), "lists")
    assert set(await queued(database)) == firsts, "the first of each list"
    assert run.movies_skipped == run.movies_checked - len(firsts)


async def test_known_fresh_films_are_skipped_and_leave_their_place_to_others(
    database: Database, client: TmdbClient
) -> None:
    first, second, *_ = (await listed(client, 1))[0]
    await database.execute(
        """
        INSERT INTO tmdb.movies (tmdb_id, data_state, fetched_at, content_hash, payload_hash)
        VALUES ($1, 'full', tmdb.now(), 'c', 'p'), ($2, 'full', tmdb.now() - interval '40 days', 'c', 'p')
        """,
        first,
        second,
    )
    await executed(database, runner_of(database, client, max_movies=10), "lists")
    asked = await queued(database)
    assert first not in asked
    assert second in asked, "its time has come again"
    assert len(asked) == 10


async def test_a_list_that_fails_does_not_cost_the_others(
    database: Database, client: TmdbClient, tmdb: TmdbStandIn
) -> None:
    popular, _, trending = await listed(client, 2)
    tmdb.fault("html", "/3/movie/now_playing*")
    run = await executed(database, runner_of(database, client, max_movies=1000), "lists")
    assert set(await queued(database)) == {*popular, *trending}
    assert list(run.metadata["failed_lists"]) == ["now_playing"]
    assert "502" in run.metadata["failed_lists"]["now_playing"]


async def test_with_all_lists_away_the_run_is_tried_again(
    database: Database, client: TmdbClient, tmdb: TmdbStandIn
) -> None:
    tmdb.fault("html")
    run = await begun(database, "lists")
    with pytest.raises(TmdbError):
        await runner_of(database, client).run(run, Progress(database, run.id, "tests"))
    assert await queued(database) == []


class Lists:
    """Pages as a test wants them."""

    def __init__(self, *films: MovieListItem, total_pages: int = 1) -> None:
        self.films = films
        self.total_pages = total_pages
        self.asked = 0

    async def listed(self, kind: str, page: int) -> Page[MovieListItem]:
        self.asked += 1
        return Page(page, self.films, self.total_pages, len(self.films), 0)


def film(movie_id: int, **fields: Any) -> MovieListItem:
    item = MovieListItem.from_payload({"id": movie_id, "title": f"Film {movie_id}", **fields})
    assert item is not None
    return item


@pytest.mark.parametrize(("include_adult", "expected"), [(False, [1]), (True, [1, 2, 3])])
async def test_adult_films_of_a_list_only_where_they_are_wanted(
    database: Database, include_adult: bool, expected: list[int]
) -> None:
    lists = Lists(film(1), film(2, adult=True), film(3, adult=None))
    await database.execute("INSERT INTO tmdb.movies (tmdb_id, adult) VALUES (3, true)")
    await executed(database, runner_of(database, lists, include_adult=include_adult), "lists")
    assert sorted(await queued(database)) == expected
    assert await database.fetchval("SELECT count(*) FROM tmdb.movies") == 2 + include_adult


async def test_a_list_shorter_than_the_setting_is_read_to_its_end(database: Database) -> None:
    lists = Lists(film(1))
    run = await executed(database, runner_of(database, lists, pages=5), "lists")
    assert (lists.asked, run.pages_read) == (3, 3)


async def test_lists_without_films_are_a_run_with_nothing_to_do(database: Database) -> None:
    run = await executed(database, runner_of(database, Lists(total_pages=0)), "lists")
    assert (run.movies_checked, run.waiting) == (0, 0)


async def test_none_asked_for_still_become_stubs(database: Database) -> None:
    await executed(database, runner_of(database, Lists(film(1)), max_movies=0), "lists")
    assert await queued(database) == []
    assert await database.fetchval("SELECT data_state FROM tmdb.movies") == "stub"


async def test_what_is_trending_is_kept_in_its_order_until_a_new_list_is_read(
    database: Database, client: TmdbClient, tmdb: TmdbStandIn
) -> None:
    async def kept() -> list[int]:
        rows = await database.fetch("SELECT movie_id FROM tmdb.trending ORDER BY position")
        return [row[0] for row in rows]

    async def read(pages: int) -> None:
        run = await executed(database, runner_of(database, client, pages=pages), "lists")
        assert await SyncRuns(database).finish(run.id)

    trending = (await listed(client, 2))[LISTS.index("trending")]
    await read(2)
    assert await kept() == list(dict.fromkeys(trending))
    tmdb.fault("html", "/3/trending*")
    await read(1)
    assert await kept() == list(dict.fromkeys(trending))
    tmdb.clear_faults()
    await read(1)
    assert await kept() == trending[:20]
