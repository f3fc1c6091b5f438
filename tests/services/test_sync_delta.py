"""Changes read from the stand-in, day by day, whatever happens meanwhile."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import aiohttp
import pytest

from clients.tmdb.client import TmdbClient
from core.errors import RunLost, RunPaused, Unavailable
from core.movies import ChangedMovie, Page
from core.sync import Run
from db.pool import Database
from db.refresh_queue import Asked, RefreshPriority, RefreshQueue
from db.sync_runs import SyncRuns
from db.sync_state import SyncState
from sandbox.tmdb.server import TmdbStandIn
from services.sync_delta import DeltaRunner, days
from services.sync_progress import Progress
from tests.clients.test_tmdb_over_http import client_of
from tests.patience import ONCE
from tests.runs import MINUTE, begun, executed
from tests.workers.kill import killed

DAY = timedelta(days=1)


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


@pytest.fixture
def runner(database: Database, client: TmdbClient) -> DeltaRunner:
    return runner_of(database, client)


def runner_of(database: Database, client: TmdbClient, *, include_adult: bool = False) -> DeltaRunner:
    return DeltaRunner(database, client, lookback_days=1, include_adult=include_adult)


async def films(database: Database, ids: list[int], state: str = "full", **age: float) -> None:
    """Films here, in full or as stubs, fetched so long ago."""
    await database.execute(
        """
        INSERT INTO tmdb.movies (tmdb_id, data_state, fetched_at, content_hash, payload_hash, popularity)
        SELECT id, $2, CASE $2 WHEN 'full' THEN tmdb.now() - $3::interval END, 'c', 'p', id
        FROM unnest($1::int[]) AS id
        """,
        ids,
        state,
        timedelta(**age),
    )


async def queued(database: Database) -> list[int]:
    return [row[0] for row in await database.fetch("SELECT tmdb_id FROM tmdb.refresh_queue ORDER BY 1")]


async def watermark(database: Database) -> datetime:
    state = await SyncState(database).get("delta")
    assert state is not None
    assert state.watermark is not None
    return state.watermark


async def now(database: Database) -> datetime:
    moment: datetime = await database.fetchval("SELECT tmdb.now()")
    return moment


async def ago(database: Database, **period: float) -> None:
    """Changes were last read so long ago."""
    await SyncState(database).set("delta", await now(database) - timedelta(**period), {})


def announced(tmdb: TmdbStandIn, ids: list[int], **ago: float) -> None:
    """TMDB lists these films as changed so long ago."""
    tmdb.advance_clock(-timedelta(**ago).total_seconds())
    for film in ids:
        tmdb.announce(film)
    tmdb.advance_clock(timedelta(**ago).total_seconds())


async def test_full_films_and_unknown_ids_are_queued_and_stubs_wait(
    database: Database, tmdb: TmdbStandIn, runner: DeltaRunner
) -> None:
    full, stub, unknown, no_film = *tmdb.film_ids(3), 90_000_001
    await films(database, [full], days=3)
    await films(database, [stub], "stub")
    announced(tmdb, [full, stub, unknown, no_film])
    run = await executed(database, runner, "delta")
    assert await queued(database) == sorted([full, unknown, no_film])
    rows = await database.fetch("SELECT DISTINCT priority, reason, run_id FROM tmdb.refresh_queue")
    assert [tuple(row) for row in rows] == [(RefreshPriority.CHANGE, "change", run.id)]
    assert (run.movies_checked, run.movies_skipped, run.waiting) == (4, 1, 3)
    assert run.listed
    assert run.status == "running", "its films are still to be fetched"


async def test_without_a_watermark_it_begins_a_day_back(
    database: Database, tmdb: TmdbStandIn, runner: DeltaRunner
) -> None:
    recent, old = tmdb.film_ids(2)
    announced(tmdb, [recent], hours=20)
    announced(tmdb, [old], days=4)
    before = await now(database)
    await executed(database, runner, "delta")
    assert await queued(database) == [recent]
    assert before <= await watermark(database) <= await now(database)


async def test_the_first_watermark_is_the_fill_s_start(
    database: Database, tmdb: TmdbStandIn, runner: DeltaRunner
) -> None:
    (film,) = tmdb.film_ids(1)
    await SyncState(database).set("fill", await now(database) - 5 * DAY, {})
    announced(tmdb, [film], days=4)
    await executed(database, runner, "delta")
    assert await queued(database) == [film]


async def test_thirty_days_of_gap_are_read_a_day_at_a_time(
    database: Database, tmdb: TmdbStandIn, runner: DeltaRunner
) -> None:
    ids = tmdb.film_ids(31)
    await films(database, ids, days=40)
    for place, film in enumerate(ids):
        announced(tmdb, [film], days=place)
    await ago(database, days=30)
    run = await executed(database, runner, "delta")
    assert await queued(database) == sorted(ids)
    asked = [request.path for request in tmdb.requests if request.template == "/3/movie/changes"]
    assert run.pages_read == len(asked) == 32, "thirty days, one before, and today"


async def test_a_film_fetched_after_its_change_is_not_asked_for(
    database: Database, tmdb: TmdbStandIn, runner: DeltaRunner
) -> None:
    seen, unseen = tmdb.film_ids(2)
    await films(database, [seen], hours=0)
    await films(database, [unseen], days=3)
    announced(tmdb, [seen, unseen], days=2)
    await ago(database, days=2)
    run = await executed(database, runner, "delta")
    assert await queued(database) == [unseen]
    assert run.movies_skipped >= 1


async def test_a_film_marked_deleted_that_changes_is_asked_for(
    database: Database, tmdb: TmdbStandIn, runner: DeltaRunner
) -> None:
    (film,) = tmdb.film_ids(1)
    await films(database, [film], "stub")
    await database.execute("UPDATE tmdb.movies SET deleted_at = tmdb.now() - interval '1 day'")
    announced(tmdb, [film])
    await executed(database, runner, "delta")
    assert await queued(database) == [film]


@pytest.mark.parametrize("include_adult", [False, True])
async def test_unknown_adult_films_are_queued_only_where_they_are_wanted(
    database: Database, tmdb: TmdbStandIn, client: TmdbClient, include_adult: bool
) -> None:
    adult, unclear, here = tmdb.film_ids(3)
    await films(database, [here], days=3)
    tmdb.catalogue.announce(adult, adult=True)
    tmdb.catalogue.announce(unclear, adult=None)
    tmdb.catalogue.announce(here, adult=True)
    await executed(database, runner_of(database, client, include_adult=include_adult), "delta")
    wanted = [adult, unclear, here] if include_adult else [unclear, here]
    assert await queued(database) == sorted(wanted), "what is here counts as what it was when it was fetched"


async def test_an_adult_film_is_asked_for_again_where_somebody_rated_or_opened_it(
    database: Database, tmdb: TmdbStandIn, runner: DeltaRunner
) -> None:
    _, rated, opened = ids = tmdb.film_ids(3)
    await films(database, ids, days=3)
    await database.execute("UPDATE tmdb.movies SET adult = true, last_seen_at = fetched_at")
    await database.execute("UPDATE tmdb.movies SET last_seen_at = tmdb.now() WHERE tmdb_id = $1", opened)
    await database.execute("INSERT INTO tmdb.users (telegram_user_id) VALUES (7)")
    await database.execute(
        "INSERT INTO tmdb.user_movie_ratings (telegram_user_id, movie_id, tmdb_rating, source) "
        "VALUES (7, $1, 8, 'tmdb')",
        rated,
    )
    announced(tmdb, ids)
    await executed(database, runner, "delta")
    assert await queued(database) == sorted([rated, opened])


async def test_every_page_of_a_day_is_read(
    database: Database, tmdb: TmdbStandIn, runner: DeltaRunner
) -> None:
    ids = tmdb.film_ids(250)
    await films(database, ids, days=3)
    announced(tmdb, ids)
    await ago(database, hours=1)
    await executed(database, runner, "delta")
    assert await queued(database) == sorted(ids)


class Moving:
    """Pages as TMDB gave them while entries moved."""

    def __init__(self, *pages: tuple[list[int], int, int]) -> None:
        self.pages = list(pages)
        self.asked: list[int] = []

    async def changes(self, first: date, last: date, page: int) -> Page[ChangedMovie]:
        self.asked.append(page)
        ids, total_pages, total = self.pages.pop(0) if self.pages else ([], 1, 0)
        results = tuple(ChangedMovie(film, None) for film in ids)
        return Page(page, results, total_pages, total, 0)


async def moved(database: Database, *pages: tuple[list[int], int, int]) -> tuple[list[int], list[int]]:
    """What was queued of pages that moved, and which were asked for."""
    # Not before tomorrow does a day begin that would be read as well.
    at = await now(database)
    await SyncState(database).set("delta", datetime.combine(at.date(), time(), UTC) + DAY, {})
    await database.execute("UPDATE tmdb.sync_state SET watermark = least(watermark, tmdb.now())")
    client: Any = Moving(([], 1, 0), *pages)
    await executed(database, runner_of(database, client), "delta")
    return await queued(database), client.asked[1:]


async def test_everything_on_one_page_is_one_page(database: Database) -> None:
    ids = list(range(1, 5001))
    assert await moved(database, (ids, 1, 5000)) == (ids, [1])


async def test_an_entry_on_two_pages_is_one_film(database: Database) -> None:
    assert await moved(database, ([1, 2], 2, 4), ([2, 3], 2, 4)) == ([1, 2, 3], [1, 2])


async def test_a_day_that_moved_while_it_was_read_is_read_again(database: Database) -> None:
    pages = [([1, 2], 2, 4), ([4], 3, 5), ([5], 3, 5), ([3, 1], 3, 5), ([2, 4], 3, 5), ([5], 3, 5)]
    assert await moved(database, *pages) == ([1, 2, 3, 4, 5], [1, 2, 3, 1, 2, 3])


async def test_a_page_count_that_shrinks_ends_the_reading(database: Database) -> None:
    pages = [([1, 2], 3, 6), ([3], 2, 3), ([1, 2], 2, 3), ([3], 2, 3)]
    assert await moved(database, *pages) == ([1, 2, 3], [1, 2, 1, 2])


async def test_an_outage_keeps_the_days_read_before_it(
    database: Database, tmdb: TmdbStandIn, runner: DeltaRunner
) -> None:
    ids = tmdb.film_ids(4)
    await films(database, ids, days=9)
    for place, film in enumerate(ids):
        announced(tmdb, [film], days=3 - place)
    await ago(database, days=3)
    run = await begun(database, "delta")
    tmdb.fault("html", "*start_date=" + (tmdb.catalogue.clock.today() - DAY).isoformat() + "*", times=1)
    with pytest.raises(Unavailable):
        await runner.run(run, Progress(database, run.id, "tests"))
    assert await queued(database) == sorted(ids[:3]), "both ends of a request's range are included"
    reached = await watermark(database)
    assert reached == datetime.combine(await today(database) - DAY, time(), UTC)
    await runner.run(run, Progress(database, run.id, "tests"))
    assert await queued(database) == sorted(ids)


async def today(database: Database) -> date:
    return (await now(database)).astimezone(UTC).date()


@pytest.mark.parametrize(
    ("at", "after"),
    [
        ("db.sync_state.SyncState.advance", True),
        ("db.refresh_queue.RefreshQueue.ask", True),
        ("services.sync_progress.Progress.add", True),
        ("db.listings.Listings.changed", False),
    ],
)
async def test_killed_in_the_middle_another_goes_on(
    database: Database, emptied_url: str, tmdb: TmdbStandIn, runner: DeltaRunner, at: str, after: bool
) -> None:
    ids = tmdb.film_ids(12)
    await films(database, ids, days=20)
    for place, film in enumerate(ids):
        announced(tmdb, [film], days=place)
    await ago(database, days=11)
    run = await begun(database, "delta")

    async def work() -> None:
        other = await Database.connect(emptied_url, name="killed", checked=False)
        async with aiohttp.ClientSession() as session:
            doomed = runner_of(other, client_of(tmdb, session, patience=ONCE))
            await doomed.run(run, Progress(other, run.id, "tests"))

    await killed(work, at, after=after)
    before = await SyncRuns(database).get(run.id)
    assert before is not None
    assert before.pages_read == 0, "the first day was not committed, and nothing of it is here"
    assert await queued(database) == []
    await runner.run(run, Progress(database, run.id, "tests"))
    assert await queued(database) == sorted(ids)


async def test_killed_between_two_days_it_goes_on_there(
    database: Database, emptied_url: str, tmdb: TmdbStandIn, client: TmdbClient
) -> None:
    ids = tmdb.film_ids(12)
    await films(database, ids, days=20)
    for place, film in enumerate(ids):
        announced(tmdb, [film], days=place)
    await ago(database, days=11)
    run = await begun(database, "delta")
    last = await today(database) - 5 * DAY

    async def work() -> None:
        other = await Database.connect(emptied_url, name="killed", checked=False)
        async with aiohttp.ClientSession() as session:
            doomed = runner_of(other, Doomed(client_of(tmdb, session, patience=ONCE), last))  # type: ignore[arg-type] # a client that dies
            await doomed.run(run, Progress(other, run.id, "tests"))

    await killed(work, "tests.services.test_sync_delta.Doomed.die")
    assert await watermark(database) == datetime.combine(last, time(), UTC)
    tmdb.clear_requests()
    await runner_of(database, client).run(run, Progress(database, run.id, "tests"))
    assert await queued(database) == sorted(ids)
    assert tmdb.count(template="/3/movie/changes") == 7, "the day before, five days, and today"


class Doomed:
    """A client that dies when a certain day is asked for."""

    def __init__(self, client: TmdbClient, at: date) -> None:
        self._client = client
        self._at = at

    async def changes(self, first: date, last: date, page: int) -> Page[ChangedMovie]:
        if first == self._at:
            self.die()
        return await self._client.changes(first, last, page)

    def die(self) -> None:
        """Armed by the test."""


async def test_a_worker_that_lost_the_run_records_nothing(
    database: Database, tmdb: TmdbStandIn, runner: DeltaRunner
) -> None:
    announced(tmdb, tmdb.film_ids(3))
    run = await begun(database, "delta")
    await SyncRuns(database).release(run.id, "tests")
    assert await SyncRuns(database).claim(MINUTE, "another") is not None
    with pytest.raises(RunLost):
        await runner.run(run, Progress(database, run.id, "tests"))
    assert await queued(database) == []
    assert await SyncState(database).get("delta") is None


async def test_a_pause_ends_it_between_two_days(
    database: Database, tmdb: TmdbStandIn, runner: DeltaRunner
) -> None:
    announced(tmdb, tmdb.film_ids(3))
    run = await begun(database, "delta")
    await SyncState(database).pause(None)
    with pytest.raises(RunPaused):
        await runner.run(run, Progress(database, run.id, "tests"))
    assert await queued(database) == []


async def test_asked_by_somebody_already_it_keeps_the_better_priority(
    database: Database, tmdb: TmdbStandIn, runner: DeltaRunner
) -> None:
    (film,) = tmdb.film_ids(1)
    await films(database, [film], days=3)
    await RefreshQueue(database).ask("movie", [Asked(film)], RefreshPriority.PERSON, "person")
    announced(tmdb, [film])
    run = await executed(database, runner, "delta")
    row = await database.fetchrow("SELECT priority, reason, run_id FROM tmdb.refresh_queue")
    assert row is not None
    assert tuple(row) == (RefreshPriority.PERSON, "person", run.id), "the run waits for it all the same"


async def moved_clock(database: Database, offset: timedelta) -> None:
    """The database's clock, for all its connections to come."""
    name = await database.fetchval("SELECT current_database()")
    await database.execute(
        f"ALTER DATABASE {name} SET tmdb.clock_offset = '{offset.total_seconds()} seconds'"
    )
    await database.pool.expire_connections()


async def test_a_clock_that_jumped_and_came_back_loses_no_change(
    database: Database, tmdb: TmdbStandIn, client: TmdbClient, runner: DeltaRunner
) -> None:
    ids = tmdb.film_ids(2)
    await films(database, ids, days=30)
    await ended(database, await executed(database, runner, "delta"))
    await moved_clock(database, 5 * DAY)
    await ended(database, await executed(database, runner, "delta"))
    ahead = await watermark(database)
    # Three days pass while the clock is right again, and nobody reads changes; then somebody does.
    await moved_clock(database, 3 * DAY)
    assert await now(database) < ahead
    tmdb.advance_clock(12 * 3600)
    tmdb.announce(ids[0])
    tmdb.advance_clock(timedelta(days=2.5).total_seconds())
    tmdb.announce(ids[1])
    await ended(database, await executed(database, runner, "delta"))
    assert await queued(database) == sorted(ids)
    assert await watermark(database) <= await now(database)


async def ended(database: Database, run: Run) -> None:
    await database.execute(
        "UPDATE tmdb.sync_runs SET status = 'completed', finished_at = tmdb.now() WHERE id = $1", run.id
    )


def test_days_end_at_midnight_and_the_last_one_now() -> None:
    since = datetime(2026, 11, 18, 23, 59, tzinfo=UTC)
    at = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
    assert list(days(since, at)) == [
        (date(2026, 11, 18), datetime(2026, 11, 19, tzinfo=UTC)),
        (date(2026, 11, 19), datetime(2026, 11, 20, tzinfo=UTC)),
        (date(2026, 11, 20), at),
    ]
    midnight = datetime(2026, 11, 20, tzinfo=UTC)
    assert [until for _, until in days(since, midnight)][-1] == midnight
