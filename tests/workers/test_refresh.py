"""The queue topped up and worked off by workers that die, wait and share."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import timedelta
from typing import Any

import pytest
import structlog
from pydantic import SecretStr

from core.sync import Run, RunType
from db.pool import Database
from db.refresh_queue import TRIES, Asked, RefreshPriority, RefreshQueue
from db.sync_runs import SyncRuns
from db.sync_state import SyncState
from sandbox.tmdb.generator import FIRST_ID
from services.sync import Sync
from tests.workers.conftest import FILMS, Stage, until
from tests.workers.kill import killed
from workers.loop import Worker
from workers.topup import TopUp
from workers.wiring import JOBS, build

WORK = ("sync", "topup", "refresh")
STUBS = """
    INSERT INTO tmdb.movies (tmdb_id, original_title, popularity)
    SELECT id, 'Stub', id FROM generate_series($1::int, $2::int) AS id
"""


class Floor:
    """Stubs of the stand-in's films, and a clock that tests move."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.database = stage.database
        self._offset = timedelta()

    async def stubs(self, number: int = FILMS) -> None:
        await self.database.execute(STUBS, FIRST_ID, FIRST_ID + number - 1)
        await SyncState(self.database).set("fill", None, {})

    async def ask(self, *ids: int, run_id: int | None = None) -> None:
        await RefreshQueue(self.database).ask(
            "movie", map(Asked, ids), RefreshPriority.CHANGE, "change", run_id
        )

    async def start(self, run_type: RunType = "bulk") -> None:
        await Sync(self.database, self.stage.settings).start(run_type, "manual", 103)

    async def run(self) -> Run:
        """The newest."""
        [run] = await SyncRuns(self.database).page(1)
        return run

    async def later(self, time: timedelta) -> None:
        self._offset += time
        name = await self.database.fetchval("SELECT current_database()")
        seconds = self._offset.total_seconds()
        await self.database.execute(f"ALTER DATABASE {name} SET tmdb.clock_offset = '{seconds} seconds'")
        await self.database.pool.expire_connections()

    async def full(self) -> int:
        number: int = await self.database.fetchval(
            "SELECT count(*) FROM tmdb.movies WHERE data_state = 'full' AND deleted_at IS NULL"
        )
        return number

    async def filled(self, number: int = FILMS, seconds: float = 10.0) -> None:
        """Returns when so many films are full."""

        async def there() -> bool:
            return await self.full() >= number

        await until(there, seconds)

    async def ended(self) -> None:
        """Returns when the run has ended."""

        async def over() -> bool:
            return (await self.run()).finished_at is not None

        await until(over)

    async def queue(self) -> list[dict[str, Any]]:
        found = await self.database.fetch(
            "SELECT *, next_attempt_at - tmdb.now() AS wait FROM tmdb.refresh_queue ORDER BY tmdb_id"
        )
        return [dict(row) for row in found]

    def worker(self, *jobs: str) -> Callable[[], Coroutine[Any, Any, None]]:
        """What a worker process does, on connections of its own."""

        async def work() -> None:
            database = await Database.connect(self.stage.url, name="killed", checked=False)
            async with build(self.stage.settings, database) as parts:
                for name in jobs:
                    for job in JOBS[name](parts):
                        await Worker(job).run(until_idle=True)

        return work


@pytest.fixture
async def floor(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Floor]:
    """A run that ends wakes nobody: the poll finds it."""
    monkeypatch.setattr("workers.topup.TopUp.poll_seconds", 0.05)
    monkeypatch.setattr("workers.refresh.IDLE_SECONDS", 0.05)
    floor = Floor(stage)
    try:
        yield floor
    finally:
        name = await stage.database.fetchval("SELECT current_database()")
        await stage.database.execute(f"ALTER DATABASE {name} RESET tmdb.clock_offset")


# The fill ---------------------------------------------------------------------------------------


async def test_the_fill_ends_by_itself_and_says_when(floor: Floor) -> None:
    await floor.stubs()
    await floor.start()
    async with floor.stage.working(*WORK):
        await floor.ended()
    run = await floor.run()
    assert (run.status, run.movies_checked, run.movies_updated, run.waiting) == ("completed", FILMS, FILMS, 0)
    assert await floor.full() == FILMS
    assert await floor.queue() == []
    fill = await SyncState(floor.database).get("fill")
    assert fill is not None
    assert "completed_at" in fill.value
    # A later one finds nothing to do and leaves when the first fill was complete.
    await floor.start()
    async with floor.stage.working(*WORK):
        await floor.ended()
    assert (await floor.run()).movies_checked == 0
    assert await SyncState(floor.database).get("fill") == fill


async def test_a_fill_before_any_export_fails_and_says_what_comes_first(floor: Floor) -> None:
    await floor.start()
    await floor.stage.drain(*WORK)
    run = await floor.run()
    assert (run.status, run.movies_checked) == ("failed", 0)
    assert run.error == "no film is known yet: TMDB's export of all ids has to be loaded first"
    assert await SyncState(floor.database).get("fill") is None


async def test_a_fill_does_not_end_while_an_export_may_bring_it_films(floor: Floor) -> None:
    await floor.start("export")
    await floor.start("bulk")
    await floor.stage.drain("topup")
    await SyncState(floor.database).set("fill", None, {})
    await floor.stage.drain("topup")
    assert (await floor.run()).finished_at is None
    fill = await SyncState(floor.database).get("fill")
    assert fill is not None
    assert "completed_at" not in fill.value
    async with floor.stage.working(*WORK):
        await floor.ended()
    assert (await floor.run()).movies_updated == await floor.full() >= FILMS


async def test_the_most_popular_are_filled_first(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.topup.ROWS", 10)
    monkeypatch.setattr("workers.topup.LOW", 1)
    await floor.stubs()
    await floor.start()
    await floor.stage.drain("sync", "topup", "refresh", tmdb_connections=1)
    filled = await floor.database.fetch("SELECT tmdb_id FROM tmdb.movies WHERE data_state = 'full'")
    assert sorted(row[0] for row in filled) == list(range(FIRST_ID + FILMS - 10, FIRST_ID + FILMS))


async def test_with_a_daily_limit_the_run_ends_for_today(floor: Floor) -> None:
    await floor.stubs()
    limit = {"bulk_daily_limit": 25}
    for filled in (25, 50, FILMS):
        await floor.start()
        async with floor.stage.working(*WORK, **limit):
            await floor.ended()
        assert await floor.full() == filled
        fill = await SyncState(floor.database).get("fill")
        assert fill is not None
        assert ("completed_at" in fill.value) == (filled == FILMS)
        await floor.later(timedelta(days=1))


async def test_the_daily_limit_never_holds_up_a_refresh(floor: Floor) -> None:
    await floor.stubs()
    await floor.start()
    limit = {"bulk_daily_limit": 10}
    await floor.stage.drain(*WORK, **limit)
    await floor.ask(*range(FIRST_ID, FIRST_ID + 20))
    await floor.stage.drain("refresh", **limit)
    assert await floor.full() == 30


async def test_a_limit_that_is_too_low_is_said_once(floor: Floor) -> None:
    await floor.stubs()
    await floor.start()
    await floor.stage.drain("sync")
    await floor.database.execute(
        "INSERT INTO tmdb.tallies (name, number) VALUES ('films.stub', 999940), ('films.filled', 4999)"
    )
    settings = floor.stage.settings.model_copy(update={"bulk_daily_limit": 5000})
    job = TopUp(floor.database, settings)
    with structlog.testing.capture_logs() as lines:
        await job.step()
        await job.step()
    [warning] = [line for line in lines if line["log_level"] == "warning"]
    assert "BULK_DAILY_LIMIT" in warning["event"]
    assert (warning["films"], warning["days"], warning["at_most_days"]) == (1_000_000, 200, 180)


async def test_of_several_workers_one_tops_up(floor: Floor) -> None:
    await floor.stubs()
    await floor.start()
    await floor.stage.drain("sync")
    await asyncio.gather(*(TopUp(floor.database, floor.stage.settings).step() for _ in range(4)))
    assert len(await floor.queue()) == (await floor.run()).movies_checked == FILMS


async def test_stale_films_people_and_series_are_topped_up(floor: Floor) -> None:
    await floor.stubs()
    await floor.start()
    await floor.stage.drain(*WORK)
    await floor.later(timedelta(minutes=1))
    await floor.stage.drain("topup")
    person = await floor.database.fetchval("SELECT min(tmdb_id) FROM tmdb.people")
    await RefreshQueue(floor.database).ask("person", [Asked(person)], RefreshPriority.CHANGE, "change")
    await floor.stage.drain("refresh")
    await floor.start("stale")
    await floor.stage.drain("sync", "topup")
    assert (await floor.run()).movies_checked == 0, "nothing is due yet"
    for film in range(FIRST_ID, FIRST_ID + 3):
        floor.stage.tmdb.change_film(film, {"tagline": "a month later"})
    await floor.later(timedelta(days=151))
    await floor.start("stale")
    await floor.stage.drain(*WORK, "topup")
    run = await floor.run()
    assert (run.status, run.movies_checked, run.movies_failed) == ("completed", FILMS + 1, 0)
    assert run.movies_updated + run.movies_skipped == FILMS + 1
    changed = "SELECT count(*) FROM tmdb.movies WHERE tagline = 'a month later'"
    assert await floor.database.fetchval(changed) == 3
    assert await floor.queue() == []


async def test_a_pause_stops_the_fill_and_lets_people_pass(floor: Floor) -> None:
    await floor.stubs()
    await floor.start()
    await floor.stage.drain("sync", "topup")
    await SyncState(floor.database).pause(by=103)
    await Sync(floor.database, floor.stage.settings).refresh([FIRST_ID], by=103)
    await floor.stage.drain("topup", "refresh")
    assert await floor.full() == 1
    assert (await floor.run()).finished_at is None
    await Sync(floor.database, floor.stage.settings).resume(by=103)
    async with floor.stage.working(*WORK):
        await floor.ended()
    assert await floor.full() == FILMS


# Workers that die -------------------------------------------------------------------------------

KILLED = [
    ("db.refresh_queue.RefreshQueue.ask", False),
    ("db.sync_runs.SyncRuns.add", True),
    ("clients.tmdb.client.TmdbClient.movie", True),
    ("db.movies.Movies.store", False),
    ("db.refresh_queue.RefreshQueue.back", True),
    ("db.refresh_queue.RefreshQueue.finish", False),
    ("db.refresh_queue.RefreshQueue.gone", True),
    ("db.refresh_queue.RefreshQueue.fail", False),
    ("db.refresh_queue.RefreshQueue.fail", True),
    ("db.sync_runs.SyncRuns.fail_films", True),
]


@pytest.mark.parametrize(("at", "after"), KILLED)
async def test_killed_anywhere_another_worker_goes_on(floor: Floor, at: str, after: bool) -> None:
    gone, broken = FIRST_ID + 3, FIRST_ID + 4
    floor.stage.tmdb.delete_film(gone)
    fault = floor.stage.tmdb.fault("wrong_json", f"/3/movie/{broken}")
    await floor.stubs()
    await floor.start()
    await killed(floor.worker(*WORK), at, after=after)
    assert (await floor.run()).finished_at is None
    await floor.later(timedelta(seconds=31))
    async with floor.stage.working(*WORK):
        await floor.ended()
    assert await floor.full() == FILMS - 2
    run = await floor.run()
    assert (run.movies_updated, run.movies_gone, run.movies_failed) == (FILMS - 2, 1, 1)
    floor.stage.tmdb.clear_faults(fault)
    await floor.later(timedelta(days=1, minutes=1))
    await floor.stage.drain("refresh")
    assert await floor.full() == FILMS - 1
    assert await floor.queue() == []
    assert (
        await floor.database.fetchval("SELECT tmdb_id FROM tmdb.movies WHERE deleted_at IS NOT NULL") == gone
    )


async def test_killed_before_the_run_ends(floor: Floor) -> None:
    await floor.stubs()
    await floor.start()
    await floor.stage.drain(*WORK)
    assert (await floor.run()).finished_at is None
    await killed(floor.worker("topup"), "db.sync_state.SyncState.complete_fill", after=True)
    await floor.stage.drain("topup")
    assert (await floor.run()).status == "completed"


async def test_a_worker_that_is_stopped_gives_its_films_back(floor: Floor) -> None:
    films = range(FIRST_ID, FIRST_ID + 40)
    floor.stage.tmdb.fault("slow", delay=30)
    await floor.ask(*films)
    async with floor.stage.parts() as parts:
        workers = [Worker(job, finish_seconds=0.05) for job in JOBS["refresh"](parts)]
        async with asyncio.TaskGroup() as group:
            for worker in workers:
                group.create_task(worker.run())

            async def asked() -> bool:
                return floor.stage.tmdb.count(host="api") > 0 or any(
                    row["leased_by"] for row in await floor.queue()
                )

            await until(asked)
            for worker in workers:
                worker.stop()
    rows = await floor.queue()
    assert len(rows) == len(films)
    assert {(row["leased_by"], row["attempts"]) for row in rows} == {(None, 0)}
    assert max(row["wait"] for row in rows) <= timedelta(0)


# TMDB away --------------------------------------------------------------------------------------


async def test_tmdb_away_is_waited_for_and_costs_no_try(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.refresh.LONGEST_PAUSE_SECONDS", 0.1)
    tmdb = floor.stage.tmdb
    await floor.stubs()
    await floor.start()
    await tmdb.go_away()
    async with floor.stage.working(*WORK) as jobs:
        outages = [job for job in jobs if job.name == "refresh"]

        async def waits() -> bool:
            return any(job.poll_seconds != 0.05 for job in outages)

        await until(waits)
        assert [row["attempts"] for row in await floor.queue()] == [0] * FILMS
        await tmdb.come_back()
        await floor.ended()
    run = await floor.run()
    assert (run.movies_updated, run.movies_failed) == (FILMS, 0)


@pytest.mark.parametrize(("retry_after", "times"), [(None, 100), (0.05, 40), ("date", 8)])
async def test_a_storm_of_429_costs_time_only(
    floor: Floor, retry_after: Any, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.refresh.LONGEST_PAUSE_SECONDS", 0.1)
    floor.stage.tmdb.fault("too_many", times=times, retry_after=retry_after)
    await floor.stubs()
    await floor.start()
    async with floor.stage.working(*WORK):
        await floor.ended()
    # What failed alone, while others were answered, waits for its back-off.
    await floor.later(timedelta(minutes=1))
    await floor.stage.drain("refresh")
    assert await floor.full() == FILMS
    assert await floor.queue() == []


async def test_a_refused_key_is_an_alert_until_it_is_taken(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.refresh.KEY_REFUSED_SECONDS", 0.05)
    alerts = "SELECT rule, cleared_at IS NOT NULL FROM tmdb.alerts"
    await floor.ask(*range(FIRST_ID, FIRST_ID + 20))
    async with floor.stage.working("refresh", tmdb_access_token=SecretStr("wrong"), admin_ids=(103,)):

        async def raised() -> bool:
            return bool(await floor.database.fetch(alerts))

        await until(raised)
    assert [tuple(row) for row in await floor.database.fetch(alerts)] == [("tmdb_key_refused", False)]
    assert {row["attempts"] for row in await floor.queue()} == {0}
    await floor.stage.drain("refresh", admin_ids=(103,))
    assert [tuple(row) for row in await floor.database.fetch(alerts)] == [("tmdb_key_refused", True)]
    assert await floor.full() == 20


async def test_a_film_that_never_comes_is_parked_and_holds_up_no_other(floor: Floor) -> None:
    broken = FIRST_ID + 9
    fault = floor.stage.tmdb.fault("wrong_json", f"/3/movie/{broken}")
    await floor.stubs()
    await floor.start()
    async with floor.stage.working(*WORK):
        await floor.ended()
    for _ in range(TRIES - 1):
        [row] = await floor.queue()
        assert row["parked_at"] is None
        await floor.later(row["wait"])
        await floor.stage.drain("refresh")
    [row] = await floor.queue()
    assert (row["tmdb_id"], row["attempts"]) == (broken, TRIES)
    assert row["parked_at"] is not None
    assert "movie/{movie_id}" in row["last_error"]
    # The backfill leaves it alone, an admin may try again.
    await floor.start()
    await floor.stage.drain(*WORK)
    assert (await floor.run()).movies_checked == 0
    floor.stage.tmdb.clear_faults(fault)
    assert await Sync(floor.database, floor.stage.settings).retry_parked() == 1
    await floor.stage.drain("refresh")
    assert await floor.full() == FILMS


async def test_no_film_is_fetched_twice_by_lanes_that_share(floor: Floor) -> None:
    await floor.stubs()
    await floor.start()
    floor.stage.tmdb.configure(latency=0.01)
    async with floor.stage.working(*WORK), floor.stage.working("refresh", "topup"):
        await floor.ended()
    assert floor.stage.tmdb.count(template="/3/movie/{movie_id}") == FILMS
