"""Runs started, the pause, the reset: what the scheduler, admins and the command line can do."""

import asyncio
from datetime import date, timedelta
from pathlib import Path

import pytest

from core.errors import AlreadyRunning
from core.settings import Settings
from core.sync import Run
from db.pool import Database, Listener
from db.refresh_queue import Asked, RefreshPriority, RefreshQueue
from db.sync_runs import FailedFilm, SyncRuns
from db.sync_state import SyncState
from services.sync import Sync
from tests.runs import MINUTE
from tests.workers.conftest import CHANNEL, TOKEN

ADMIN = 77


@pytest.fixture
def database(emptied_database: Database) -> Database:
    return emptied_database


@pytest.fixture
def sync(database: Database, tmp_path: Path) -> Sync:
    settings = Settings(
        _env_file=None,
        bot_token=TOKEN,
        poster_channel_ids=(CHANNEL,),
        tmdb_access_token="a.token",
        secret_key=("a key of sufficient length",),
        data_dir=tmp_path,
    )
    return Sync(database, settings)


async def test_a_started_run_waits_for_a_worker_and_wakes_it(sync: Sync, emptied_url: str) -> None:
    listener = Listener(emptied_url)
    woken = listener.event("sync")
    listening = asyncio.get_running_loop().create_task(listener.run())
    try:
        async with asyncio.timeout(5):
            await woken.wait()  # listening begins with a wake-up
            woken.clear()
            run = await sync.start("delta", "manual", ADMIN, {"why": "now"})
            await woken.wait()
    finally:
        listening.cancel()
    assert (run.run_type, run.status, run.trigger_type, run.requested_by, run.metadata) == (
        *("delta", "queued", "manual", ADMIN),
        {"why": "now"},
    )
    assert await sync.run(run.id) == run
    assert [one.id for one in await sync.runs(10)] == [run.id]


async def test_a_second_start_is_refused_with_what_is_running(sync: Sync) -> None:
    first = await sync.start("delta", "scheduled")
    with pytest.raises(AlreadyRunning, match="delta is queued already") as refused:
        await sync.start("delta", "manual", ADMIN)
    assert refused.value.run.id == first.id
    await sync.start("lists", "manual", ADMIN)


async def test_of_simultaneous_starts_one_begins(sync: Sync) -> None:
    async def attempt() -> Run | int:
        try:
            return await sync.start("bulk", "manual", ADMIN)
        except AlreadyRunning as error:
            return error.run.id

    outcomes = await asyncio.gather(*(attempt() for _ in range(8)))
    [started] = [outcome for outcome in outcomes if isinstance(outcome, Run)]
    assert all(outcome == started.id for outcome in outcomes if isinstance(outcome, int))


async def test_a_pause_and_its_end(sync: Sync, database: Database) -> None:
    assert not await sync.is_paused()
    await sync.pause(ADMIN)
    await sync.pause(78)
    state = await SyncState(database).get("paused")
    assert state is not None
    assert state.value == {"by": ADMIN}, "the first one stands"
    assert (await sync.status()).paused_seconds is not None
    await sync.resume(ADMIN)
    assert not await sync.is_paused()


async def test_a_reset_makes_everything_due_and_deletes_nothing(sync: Sync, database: Database) -> None:
    await database.execute(
        """
        INSERT INTO tmdb.movies (tmdb_id, data_state, fetched_at, content_hash, payload_hash)
        VALUES (603, 'full', tmdb.now(), 'c', 'p')
        """
    )
    await SyncState(database).set(
        "delta", await database.fetchval("SELECT tmdb.now() - interval '9 days'"), {}
    )
    await sync.reset(ADMIN)
    await sync.reset(ADMIN)
    marks = await database.fetch(
        "SELECT name, tmdb.now() - watermark < interval '5 s' FROM tmdb.sync_state ORDER BY 1"
    )
    assert [tuple(row) for row in marks] == [("delta", True), ("reset", True)]
    assert [run.run_type for run in (await sync.status()).running] == ["stale"]
    assert await database.fetchval("SELECT count(*) FROM tmdb.movies") == 1


async def test_films_asked_for_by_hand_go_before_all_others(sync: Sync, database: Database) -> None:
    await RefreshQueue(database).ask("movie", [Asked(603)], RefreshPriority.BACKFILL, "backfill")
    await sync.refresh([603, 604], ADMIN)
    rows = await database.fetch("SELECT tmdb_id, priority, reason FROM tmdb.refresh_queue ORDER BY 1")
    assert [tuple(row) for row in rows] == [(603, 0, "person"), (604, 0, "person")]


async def test_what_was_given_up_is_tried_again(sync: Sync, database: Database) -> None:
    await database.execute(
        """
        INSERT INTO tmdb.refresh_queue (entity_type, tmdb_id, priority, reason, attempts, parked_at)
        SELECT 'movie', id, 2, 'change', 8, tmdb.now() FROM generate_series(1, 3) AS id
        """
    )
    assert (await sync.status()).parked == 3
    assert await sync.retry_parked() == 3
    assert (await sync.status()).parked == 0


async def test_an_accepted_export_is_named_and_loaded_at_once(sync: Sync, database: Database) -> None:
    await SyncState(database).set("export:movie", None, {"day": "2026-11-20", "lines": 9})
    run = await sync.accept_export("movie", date(2026, 11, 21), ADMIN)
    assert (run.run_type, run.trigger_type) == ("export", "manual")
    state = await SyncState(database).get("export:movie")
    assert state is not None
    assert state.value == {"day": "2026-11-20", "lines": 9, "accepted": "2026-11-21"}


async def test_a_period_s_report_failures_and_success_rate(sync: Sync, database: Database) -> None:
    run = await sync.start("delta", "scheduled")
    await SyncRuns(database).claim(MINUTE, "tests")
    async with database.transaction() as connection:
        await SyncRuns(connection).fail_films([FailedFilm(run.id, 603, "502")])
    await SyncRuns(database).fail(run.id, "no answer")
    assert [one.tmdb_id for one in await sync.failures(run.id)] == [603]
    assert [(one.id, one.status) for one in await sync.report(timedelta(days=1))] == [(run.id, "failed")]
    assert [tuple(rate) for rate in await sync.success_rate(7)] == [("delta", 0, 1)]


async def test_a_watermark_never_goes_back_and_never_past_now(database: Database) -> None:
    state = SyncState(database)
    now = await database.fetchval("SELECT tmdb.now()")
    await state.advance("delta", now - timedelta(days=3))
    await state.advance("delta", now - timedelta(days=5))
    found = await state.get("delta")
    assert found is not None
    assert found.watermark == now - timedelta(days=3)
    await state.advance("delta", now + timedelta(days=3))
    found = await state.get("delta")
    assert found is not None
    assert found.watermark is not None
    assert now <= found.watermark <= await database.fetchval("SELECT tmdb.now()")
