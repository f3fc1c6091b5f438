"""Runs as rows: one of a type at a time, claimed by one worker, counted once, ended once."""

import asyncio
from datetime import timedelta

import pytest

from core.sync import PAUSABLE, Counts, Run, RunType, TriggerType
from db.pool import Connection, Database
from db.refresh_queue import Asked, RefreshPriority, RefreshQueue
from db.sync_runs import MAX_SAMPLES, FailedFilm, SyncRuns
from db.sync_state import SyncState

LEASE = timedelta(seconds=30)
ANN, BOB = "ann", "bob"


@pytest.fixture
def runs(connection: Connection) -> SyncRuns:
    return SyncRuns(connection)


async def start(runs: SyncRuns, run_type: RunType = "delta", trigger: TriggerType = "manual") -> int:
    run_id = await runs.start(run_type, "movie/changes", trigger)
    assert run_id is not None
    return run_id


async def later(connection: Connection, seconds: float) -> None:
    """The clock, moved."""
    await connection.execute("SELECT set_config('tmdb.clock_offset', $1, true)", f"{seconds} seconds")


async def found(runs: SyncRuns, run_id: int) -> Run:
    run = await runs.get(run_id)
    assert run is not None
    return run


async def test_of_a_type_one_is_unfinished_at_a_time(runs: SyncRuns) -> None:
    first = await start(runs)
    assert await runs.start("delta", "movie/changes", "scheduled") is None
    assert await runs.start("lists", "popular", "scheduled") is not None
    assert await runs.finish(first)
    assert await runs.start("delta", "movie/changes", "scheduled") is not None


async def test_a_run_keeps_what_it_was_asked_with(runs: SyncRuns) -> None:
    run_id = await runs.start("export", "movie_ids", "manual", 77, {"day": "2026-11-21"})
    assert run_id is not None
    run = await found(runs, run_id)
    assert (run.run_type, run.source, run.trigger_type, run.requested_by) == (
        *("export", "movie_ids", "manual", 77),
    )
    assert (run.status, run.metadata, run.seconds) == ("queued", {"day": "2026-11-21"}, None)


async def test_a_claimed_run_is_nobody_else_s_until_its_lease_runs_out(
    connection: Connection, runs: SyncRuns
) -> None:
    run_id = await start(runs)
    run = await runs.claim(LEASE, ANN)
    assert run is not None
    assert (run.id, run.status, run.attempts) == (run_id, "running", 0)
    assert await runs.claim(LEASE, BOB) is None
    await later(connection, 20)
    await runs.renew(ANN, LEASE)
    await later(connection, 40)
    assert await runs.claim(LEASE, BOB) is None, "the lease was renewed"
    await later(connection, 51)
    taken = await runs.claim(LEASE, BOB)
    assert taken is not None
    assert (taken.id, taken.attempts) == (run_id, 1), "a worker that died counts as a try"
    assert await runs.is_paused(run_id, ANN) is None, "it is not Ann's any more"
    assert not await runs.finish(run_id, ANN)
    assert await runs.add({run_id: Counts(movies_checked=1)}, ANN) == []
    assert (await found(runs, run_id)).movies_checked == 0


async def test_a_clock_that_jumped_back_keeps_no_run_from_its_workers(
    connection: Connection, runs: SyncRuns
) -> None:
    await later(connection, 5 * 86_400)
    run_id = await start(runs)
    await later(connection, 0)
    assert await runs.claim(LEASE, ANN) is not None, "queued five days ahead"
    await later(connection, 5 * 86_400)
    await runs.renew(ANN, LEASE)
    await later(connection, 0)
    taken = await runs.claim(LEASE, BOB)
    assert taken is not None
    assert taken.id == run_id


async def test_in_a_pause_only_what_it_does_not_stop_is_claimed(
    connection: Connection, runs: SyncRuns
) -> None:
    await SyncState(connection).pause(77)
    for run_type in sorted(PAUSABLE):
        await start(runs, run_type)
    assert await runs.claim(LEASE, ANN) is None
    await start(runs, "export")
    await start(runs, "ratings")
    await start(runs, "retention")
    claimed = [run.run_type for _ in range(4) if (run := await runs.claim(LEASE, ANN))]
    assert claimed == ["export", "ratings", "retention"]
    await SyncState(connection).resume()
    assert await runs.claim(LEASE, ANN) is not None


async def test_an_outage_puts_it_off_and_progress_sets_its_tries_back(
    connection: Connection, runs: SyncRuns
) -> None:
    run_id = await start(runs)
    await runs.claim(LEASE, ANN)
    await runs.later(run_id, ANN, timedelta(minutes=2), attempts=1, error="no answer")
    run = await found(runs, run_id)
    assert (run.status, run.error, run.attempts) == ("queued", "no answer", 1)
    assert await runs.claim(LEASE, ANN) is None
    await later(connection, 121)
    run = await runs.claim(LEASE, ANN) or run
    assert (run.status, run.error, run.attempts) == ("running", None, 1)
    assert await runs.add({run_id: Counts(pages_read=1)}, ANN) == [run_id]
    assert (await found(runs, run_id)).attempts == 0


async def test_counts_of_several_runs_are_added_and_samples_capped(runs: SyncRuns) -> None:
    first, second = await start(runs), await start(runs, "lists")
    titles = tuple(f"Film {n} (19{n:02})" for n in range(15))
    for _ in range(2):
        added = await runs.add(
            {
                second: Counts(movies_new=2, movies_failed=1),
                first: Counts(1, 10, 2, 3, 4, 5, 6, samples=titles),
            }
        )
        assert sorted(added) == [first, second]
    run = await found(runs, first)
    assert (run.pages_read, run.movies_checked, run.movies_new, run.movies_updated) == (2, 20, 4, 6)
    assert (run.movies_skipped, run.movies_failed, run.movies_gone) == (8, 10, 12)
    assert run.films_done == 40
    assert run.samples == (titles + titles)[:MAX_SAMPLES]
    other = await found(runs, second)
    assert (other.movies_new, other.movies_failed, other.samples) == (4, 2, ())


async def test_a_run_that_was_deleted_takes_no_counts_and_no_failures(runs: SyncRuns) -> None:
    assert await runs.add({999: Counts(movies_new=1)}) == []
    await runs.fail_films([FailedFilm(999, 1, "no answer")])
    assert await runs.failures(999) == []


async def test_all_failed_films_are_kept_with_title_and_last_error(
    connection: Connection, runs: SyncRuns
) -> None:
    await connection.execute("INSERT INTO tmdb.movies (tmdb_id, original_title) VALUES (603, 'The Matrix')")
    run_id = await start(runs)
    await runs.fail_films([FailedFilm(run_id, 603, "502"), FailedFilm(run_id, 11, "504")])
    await runs.fail_films([FailedFilm(run_id, 603, "timeout")])
    assert [one[:3] for one in await runs.failures(run_id)] == [
        (11, None, "504"),
        (603, "The Matrix", "timeout"),
    ]
    assert len(await runs.failures(run_id, limit=1)) == 1


async def test_a_listed_run_is_completed_when_its_last_film_has_an_outcome(
    connection: Connection, runs: SyncRuns
) -> None:
    queue = RefreshQueue(connection)
    run_id = await start(runs)
    await runs.claim(LEASE, ANN)
    await queue.ask("movie", [Asked(1), Asked(2)], RefreshPriority.CHANGE, "change", run_id)
    assert await runs.complete_listed() == [], "its ids are not all known yet"
    assert not await runs.listed(run_id, BOB)
    assert await runs.listed(run_id, ANN)
    run = await found(runs, run_id)
    assert (run.listed, run.waiting, run.status) == (True, 2, "running")
    await later(connection, 3600)
    assert await runs.claim(LEASE, BOB) is None, "what is listed needs no worker"
    rows = await queue.claim(10, LEASE, ANN)
    await queue.finish(ANN, rows[:1])
    assert await runs.complete_listed() == []
    await queue.finish(ANN, rows[1:])
    assert await runs.complete_listed() == [run_id]
    assert await runs.complete_listed() == []
    run = await found(runs, run_id)
    assert (run.status, run.waiting) == ("completed", 0)
    assert run.seconds == pytest.approx(3600, abs=5)


async def test_a_run_that_is_fed_is_found_by_its_feeder(runs: SyncRuns) -> None:
    run_id = await start(runs, "bulk")
    assert await runs.fed() == {}
    await runs.claim(LEASE, ANN)
    assert await runs.fed() == {}, "not handed over yet"
    await runs.hand_over(run_id, ANN)
    assert await runs.fed() == {"bulk": run_id}
    assert await runs.finish(run_id)
    assert await runs.fed() == {}


async def test_a_run_ends_once(runs: SyncRuns) -> None:
    run_id = await start(runs)
    assert await runs.fail(run_id, "no export this week")
    assert not await runs.finish(run_id)
    run = await found(runs, run_id)
    assert (run.status, run.error) == ("failed", "no export this week")


async def test_what_is_known_later_is_told(runs: SyncRuns) -> None:
    run_id = await start(runs, "export")
    await runs.claim(LEASE, ANN)
    assert await runs.describe(run_id, ANN, source="movie_ids_11_21_2026", total=7, metadata={"a": 1})
    assert await runs.describe(run_id, ANN, metadata={"b": 2})
    assert not await runs.describe(run_id, BOB, total=8)
    run = await found(runs, run_id)
    assert (run.source, run.total, run.metadata) == ("movie_ids_11_21_2026", 7, {"a": 1, "b": 2})


async def test_runs_are_paged_newest_first(runs: SyncRuns) -> None:
    ids = []
    for _ in range(5):
        ids.append(await start(runs))
        await runs.finish(ids[-1])
    lists = await start(runs, "lists")
    assert [run.id for run in await runs.page(3)] == [lists, ids[4], ids[3]]
    assert [run.id for run in await runs.page(3, before_id=ids[3])] == [ids[2], ids[1], ids[0]]
    assert [run.id for run in await runs.page(3, run_type="lists")] == [lists]
    assert [run.id for run in await runs.unfinished()] == [lists]


async def test_a_period_s_runs_are_those_that_ended_in_it_or_have_not(
    connection: Connection, runs: SyncRuns
) -> None:
    old = await start(runs)
    await runs.finish(old)
    await later(connection, 86_400)
    recent, unfinished = await start(runs), await start(runs, "bulk")
    await runs.finish(recent)
    assert [run.id for run in await runs.since(timedelta(hours=1))] == [unfinished, recent]
    assert len(await runs.since(timedelta(days=2))) == 3


async def test_the_success_rate_is_that_of_scheduled_runs(runs: SyncRuns) -> None:
    for outcome in (True, True, False):
        run_id = await start(runs, trigger="scheduled")
        await (runs.finish(run_id) if outcome else runs.fail(run_id, "no answer"))
    await runs.fail(await start(runs, "lists", "manual"), "no answer")
    assert [tuple(rate) for rate in await runs.success_rates(7)] == [("delta", 2, 1)]


async def test_many_workers_never_hold_one_run_twice(database: Database) -> None:
    for run_type in ("export", "delta", "lists", "retention", "ratings"):
        await SyncRuns(database).start(run_type, "x", "scheduled")
    claimed = await asyncio.gather(
        *(SyncRuns(database).claim(LEASE, f"worker {number}") for number in range(10))
    )
    ids = [run.id for run in claimed if run]
    assert len(ids) == len(set(ids)) == 5
