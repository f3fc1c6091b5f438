"""Job sync: whatever was started is executed once, survives outages and kills, and ends."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import get_args

import pytest

from core.errors import ExportUnusable, RateLimited, RunLost, Unavailable
from core.sync import FED, Run, RunType
from db.pool import Database
from db.refresh_queue import Asked, RefreshPriority, RefreshQueue
from db.sync_runs import SyncRuns
from services.sync import Sync
from services.sync_progress import Progress
from tests.workers.conftest import Stage, until
from tests.workers.kill import killed
from workers.loop import Worker
from workers.sync import TRIES, ExecuteRuns

Work = Callable[[Run, Progress], Awaitable[None]]


class Doing:
    """A runner that does what a test wants."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self.begun = 0

    async def run(self, run: Run, progress: Progress) -> None:
        self.begun += 1
        await self._work(run, progress)


def job(database: Database, runner: Doing, worker: str = "tests", lease: float = 30) -> ExecuteRuns:
    runners: dict[RunType, Doing] = {"delta": runner, "export": runner}
    return ExecuteRuns(database, runners, leased_by=worker, lease_seconds=lease)


@pytest.fixture
def database(stage: Stage) -> Database:
    return stage.database


@pytest.fixture
def sync(stage: Stage) -> Sync:
    return Sync(stage.database, stage.settings)


async def found(sync: Sync, run: Run) -> Run:
    now = await sync.run(run.id)
    assert now is not None
    return now


async def after(database: Database, minutes: float) -> None:
    """What waits has waited so long."""
    await database.execute(
        "UPDATE tmdb.sync_runs SET next_attempt_at = next_attempt_at - $1::interval",
        timedelta(minutes=minutes),
    )


async def nothing(run: Run, progress: Progress) -> None:
    """There is nothing to do."""


async def test_a_run_is_executed_and_completed(database: Database, sync: Sync) -> None:
    async def work(run: Run, progress: Progress) -> None:
        async with database.transaction() as connection:
            await progress.describe(connection, source="a file", total=9, metadata={"a": 1})
            await progress.add(connection, pages_read=3, movies_new=9, samples=["Alien (1979)"])
            await progress.failed(connection, [(603, "502")])

    run = await sync.start("export", "manual", 77)
    await Worker(job(database, Doing(work))).run(until_idle=True)
    ended = await found(sync, run)
    assert (ended.status, ended.source, ended.total) == ("completed", "a file", 9)
    assert (ended.pages_read, ended.movies_new, ended.samples) == (3, 9, ("Alien (1979)",))
    assert [one.tmdb_id for one in await sync.failures(run.id)] == [603]
    assert ended.finished_at is not None


async def test_a_listed_run_ends_with_the_queue(database: Database, sync: Sync) -> None:
    async def work(run: Run, progress: Progress) -> None:
        async with database.transaction() as connection:
            await RefreshQueue(connection).ask("movie", [Asked(1)], RefreshPriority.CHANGE, "change", run.id)
            await progress.listed(connection)

    run = await sync.start("delta", "manual", 77)
    executor = job(database, Doing(work))
    await Worker(executor).run(until_idle=True)
    assert (await found(sync, run)).status == "running"
    await database.execute("DELETE FROM tmdb.refresh_queue")
    await Worker(executor).run(until_idle=True)
    assert (await found(sync, run)).status == "completed"


async def test_a_fed_run_needs_no_worker_to_go_on(database: Database, sync: Sync) -> None:
    run = await sync.start("bulk", "manual", 77)
    runner = Doing(nothing)
    await Worker(job(database, runner)).run(until_idle=True)
    assert runner.begun == 0
    assert (await found(sync, run)).status == "running"
    assert await SyncRuns(database).fed() == {"bulk": run.id}


async def test_an_outage_is_waited_out_for_an_hour_and_then_the_run_fails(
    database: Database, sync: Sync
) -> None:
    async def work(run: Run, progress: Progress) -> None:
        raise Unavailable("no answer")

    run = await sync.start("delta", "scheduled")
    runner = Doing(work)
    executor = job(database, runner)
    waited = 0.0
    for attempt in range(1, TRIES):
        assert await executor.step()
        now = await found(sync, run)
        assert (now.status, now.error, now.attempts) == ("queued", "no answer", attempt)
        assert not await executor.step(), "not before its time"
        waited += 2**attempt
        await after(database, 2**attempt)
    assert waited > 60
    assert await executor.step()
    now = await found(sync, run)
    assert (now.status, now.error) == ("failed", "no answer")
    assert runner.begun == TRIES
    await sync.start("delta", "scheduled")


async def test_what_an_outage_let_through_is_kept_and_tries_begin_anew(
    database: Database, sync: Sync
) -> None:
    async def work(run: Run, progress: Progress) -> None:
        async with database.transaction() as connection:
            await progress.add(connection, pages_read=1)
        raise Unavailable("no answer")

    run = await sync.start("delta", "scheduled")
    executor = job(database, Doing(work))
    for _ in range(TRIES + 2):
        assert await executor.step()
        await after(database, 60)
    now = await found(sync, run)
    assert (now.status, now.pages_read, now.attempts) == ("queued", TRIES + 2, 1)


async def test_a_pause_tmdb_asks_for_is_kept(database: Database, sync: Sync) -> None:
    async def work(run: Run, progress: Progress) -> None:
        raise RateLimited("too many", retry_after=3000)

    await sync.start("delta", "scheduled")
    executor = job(database, Doing(work))
    assert await executor.step()
    await after(database, 49)
    assert not await executor.step()
    await after(database, 1.1)
    assert await executor.step()


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ExportUnusable("the export is cut off"), "the export is cut off"),
        (KeyError("secret-0123456789"), "KeyError: not foreseen, the log tells more"),
    ],
)
async def test_what_no_waiting_mends_fails_the_run_at_once(
    database: Database, sync: Sync, error: Exception, told: str
) -> None:
    async def work(run: Run, progress: Progress) -> None:
        raise error

    run = await sync.start("export", "scheduled")
    assert await job(database, Doing(work)).step()
    now = await found(sync, run)
    assert (now.status, now.error) == ("failed", told)


async def test_a_stop_gives_the_run_to_another_worker_at_once(database: Database, sync: Sync) -> None:
    begun = asyncio.Event()

    async def work(run: Run, progress: Progress) -> None:
        begun.set()
        await asyncio.Event().wait()

    run = await sync.start("delta", "scheduled")
    worker = Worker(job(database, Doing(work)), finish_seconds=0.01)
    async with asyncio.TaskGroup() as group:
        group.create_task(worker.run())
        await begun.wait()
        worker.stop()
    assert ((await found(sync, run)).status, (await found(sync, run)).attempts) == ("queued", 0)
    assert await job(database, Doing(nothing), "another").step()
    assert (await found(sync, run)).status == "completed"


async def test_the_lease_of_a_long_run_is_renewed(database: Database, sync: Sync) -> None:
    over = asyncio.Event()

    async def work(run: Run, progress: Progress) -> None:
        await over.wait()

    run = await sync.start("delta", "scheduled")
    first = await database.fetchval("SELECT lease_until FROM tmdb.sync_runs")
    async with asyncio.TaskGroup() as group:
        group.create_task(job(database, Doing(work), lease=0.15).step())

        async def renewed() -> bool:
            lease = await database.fetchval(
                "SELECT lease_until - started_at > interval '250 ms' FROM tmdb.sync_runs"
            )
            return bool(lease)

        await until(renewed)
        assert not await job(database, Doing(nothing), "another").step()
        over.set()
    assert first is None
    assert (await found(sync, run)).status == "completed"


async def test_of_two_workers_that_think_a_run_theirs_one_records(database: Database, sync: Sync) -> None:
    lost = asyncio.Event()

    async def slow(run: Run, progress: Progress) -> None:
        await lost.wait()
        with pytest.raises(RunLost):
            await progress.check()
        async with database.transaction() as connection:
            await connection.execute("INSERT INTO tmdb.movies (tmdb_id) VALUES (603)")
            await progress.add(connection, movies_new=1)

    run = await sync.start("delta", "scheduled")
    async with asyncio.TaskGroup() as group:
        stepping = group.create_task(job(database, Doing(slow)).step())

        async def begun() -> bool:
            return (await found(sync, run)).status == "running"

        await until(begun)
        # The clock jumped: the lease is over before it could be renewed.
        await database.execute("UPDATE tmdb.sync_runs SET lease_until = tmdb.now()")
        assert await job(database, Doing(nothing), "another").step()
        lost.set()
    assert stepping.result()
    now = await found(sync, run)
    assert (now.status, now.movies_new) == ("completed", 0)
    assert await database.fetchval("SELECT count(*) FROM tmdb.movies") == 0


async def test_many_workers_execute_each_run_once(database: Database, sync: Sync) -> None:
    runner = Doing(nothing)
    runs = [await sync.start("delta", "scheduled"), await sync.start("export", "scheduled")]
    await asyncio.gather(
        *(Worker(job(database, runner, f"worker {n}")).run(until_idle=True) for n in range(8))
    )
    assert runner.begun == 2
    assert [(await found(sync, run)).status for run in runs] == ["completed", "completed"]


async def test_while_paused_a_run_waits_and_one_under_way_stops(database: Database, sync: Sync) -> None:
    async def work(run: Run, progress: Progress) -> None:
        await progress.check()

    run = await sync.start("delta", "scheduled")
    runner = Doing(work)
    executor = job(database, runner)
    await sync.pause(77)
    assert not await executor.step()
    await sync.resume(77)

    async def paused_meanwhile(run: Run, progress: Progress) -> None:
        await sync.pause(77)
        await progress.check()

    assert await job(database, Doing(paused_meanwhile)).step()
    now = await found(sync, run)
    assert (now.status, now.attempts, now.error) == ("queued", 0, None)
    await sync.resume(77)
    assert await executor.step()
    assert (await found(sync, run)).status == "completed"


async def test_a_run_that_kills_its_workers_is_given_up(database: Database, sync: Sync) -> None:
    run = await sync.start("delta", "scheduled")
    runner = Doing(nothing)
    for _ in range(TRIES):
        assert await SyncRuns(database).claim(timedelta(seconds=30), "dead") is not None
        await database.execute("UPDATE tmdb.sync_runs SET lease_until = tmdb.now()")
    assert await job(database, runner).step()
    now = await found(sync, run)
    assert (now.status, now.error) == ("failed", f"its worker died {TRIES} times")
    assert runner.begun == 0


async def test_kill_9_in_a_delta_and_another_worker_ends_with_tmdb_s_catalogue(stage: Stage) -> None:
    ids = stage.tmdb.film_ids(5)
    for film in ids:
        stage.tmdb.announce(film)
    run = await Sync(stage.database, stage.settings).start("delta", "manual", 77)

    async def work() -> None:
        database = await Database.connect(stage.url, name="killed", checked=False)
        doomed = Stage(
            stage.settings, stage.url, database, stage.telegram, stage.tmdb, stage.bot, stage.channels
        )
        await doomed.drain("sync", lease_seconds=0.2)

    await killed(work, "db.sync_state.SyncState.advance", after=True)

    async def free() -> bool:
        return bool(await stage.database.fetchval("SELECT lease_until < tmdb.now() FROM tmdb.sync_runs"))

    await until(free)
    await stage.drain("sync", "refresh", "sync")
    films = await stage.database.fetch("SELECT tmdb_id FROM tmdb.movies WHERE data_state = 'full' ORDER BY 1")
    assert [row[0] for row in films] == sorted(ids)
    ended = await SyncRuns(stage.database).get(run.id)
    assert ended is not None
    assert (ended.status, ended.movies_new, ended.movies_checked) == ("completed", 5, 5)
    assert len(ended.samples) == 5


async def test_the_lists_films_are_brought_in_full(stage: Stage) -> None:
    run = await Sync(stage.database, stage.settings).start("lists", "manual", 77)
    await stage.drain("sync", "refresh", "sync", tmdb_list_pages=1, tmdb_list_max_movies=7)
    ended = await SyncRuns(stage.database).get(run.id)
    assert ended is not None
    assert (ended.status, ended.movies_new + ended.movies_updated) == ("completed", 7)
    full = await stage.database.fetchval("SELECT count(*) FROM tmdb.movies WHERE data_state = 'full'")
    assert full == 7


@pytest.mark.parametrize("run_type", sorted(set(get_args(RunType)) - FED))
async def test_every_type_that_is_not_fed_has_its_runner(stage: Stage, run_type: RunType) -> None:
    run = await Sync(stage.database, stage.settings).start(run_type, "scheduled")
    await stage.drain("sync", "refresh", "sync")
    ended = await SyncRuns(stage.database).get(run.id)
    assert ended is not None
    assert (ended.status, ended.error) == ("completed", None)
