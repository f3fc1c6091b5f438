"""The refresh queue: in which order it is worked off, and what becomes of what is in it."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from core.sync import RunType
from db.movies import Movies
from db.pool import Connection, Database
from db.refresh_queue import (
    OLDEST_ONE_IN,
    TRIES,
    Asked,
    Claimed,
    Failed,
    Reason,
    RefreshPriority,
    RefreshQueue,
)
from db.sync_runs import SyncRuns
from db.sync_state import SyncState

PERSON, IMPORT, CHANGE, STALE, BACKFILL = RefreshPriority
LEASE = timedelta(seconds=30)
DAY = timedelta(days=1)
REASONS: dict[RefreshPriority, Reason] = {
    PERSON: "person",
    IMPORT: "import",
    CHANGE: "change",
    STALE: "stale",
    BACKFILL: "backfill",
}


class Queue(RefreshQueue):
    """With a clock that tests move; one worker unless another is named."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.connection = connection
        self._offset = timedelta()

    async def later(self, time: timedelta) -> None:
        self._offset += time
        seconds = f"{self._offset.total_seconds()} seconds"
        await self.connection.execute("SELECT set_config('tmdb.clock_offset', $1, true)", seconds)

    async def want(
        self, ids: Iterable[int], priority: RefreshPriority = CHANGE, run_id: int | None = None
    ) -> int:
        return await self.ask("movie", map(Asked, ids), priority, REASONS[priority], run_id)

    async def take(self, limit: int = 100, worker: str = "a") -> list[Claimed]:
        return await self.claim(limit, LEASE, worker)

    async def take_ids(self, limit: int = 100, worker: str = "a") -> list[int]:
        return [row.tmdb_id for row in await self.take(limit, worker)]

    async def row(self, tmdb_id: int) -> dict[str, Any]:
        found = await self.connection.fetchrow(
            "SELECT *, next_attempt_at - tmdb.now() AS wait FROM tmdb.refresh_queue WHERE tmdb_id = $1",
            tmdb_id,
        )
        assert found is not None
        return dict(found)

    async def ids(self) -> list[int]:
        found = await self.connection.fetch("SELECT tmdb_id FROM tmdb.refresh_queue ORDER BY tmdb_id")
        return [row["tmdb_id"] for row in found]

    async def run(self, run_type: RunType) -> int:
        run_id = await SyncRuns(self.connection).start(run_type, "tests", "manual")
        assert run_id is not None
        return run_id


@pytest.fixture
def queue(connection: Connection) -> Queue:
    return Queue(connection)


async def film(connection: Connection, *ids: int) -> None:
    """Films that are here in full."""
    await connection.execute(
        """
        INSERT INTO tmdb.movies (tmdb_id, title, data_state, content_hash, payload_hash, fetched_at)
        SELECT id, 'Film', 'full', 'c', 'p', tmdb.now() FROM unnest($1::int[]) AS id
        """,
        ids,
    )


# Asking -----------------------------------------------------------------------------------------


async def test_asking_again_takes_what_is_better_and_is_a_newer_request(queue: Queue) -> None:
    delta, stale = await queue.run("delta"), await queue.run("stale")
    assert await queue.ask("movie", [Asked(1, 7.0)], STALE, "stale", stale) == 1
    first = await queue.row(1)
    await queue.later(timedelta(seconds=1))
    assert await queue.ask("movie", [Asked(1, 3.0)], CHANGE, "change", delta) == 1
    row = await queue.row(1)
    assert (row["priority"], row["rank"], row["reason"], row["run_id"]) == (CHANGE, 3.0, "change", delta)
    assert row["requested_at"] == first["requested_at"] + timedelta(seconds=1)
    assert row["queued_at"] == first["queued_at"]
    # What is no better changes nothing but the time of the request.
    await queue.later(timedelta(seconds=1))
    assert await queue.ask("movie", [Asked(1, 99.0)], BACKFILL, "backfill", stale) == 0
    again = await queue.row(1)
    assert (again["priority"], again["rank"], again["reason"], again["run_id"]) == (
        *(CHANGE, 3.0, "change", delta),
    )
    assert again["requested_at"] == first["requested_at"] + timedelta(seconds=2)
    # Of the same priority the higher rank counts.
    await queue.ask("movie", [Asked(1, 5.0)], CHANGE, "list")
    row = await queue.row(1)
    assert (row["rank"], row["reason"], row["run_id"]) == (5.0, "change", delta)


async def test_a_person_who_asks_takes_no_row_from_its_run(queue: Queue) -> None:
    run = await queue.run("bulk")
    await queue.want([1], BACKFILL, run)
    await queue.want([1], PERSON)
    row = await queue.row(1)
    assert (row["priority"], row["run_id"]) == (PERSON, run)


async def test_a_run_that_asks_for_what_nobody_waits_for_waits_for_it(queue: Queue) -> None:
    await queue.want([1, 2], PERSON)
    run = await queue.run("delta")
    assert await queue.want([1, 1, 3], CHANGE, run) == 2
    assert await queue.awaited_by(run)
    assert (await queue.row(1))["priority"] == PERSON


async def test_an_id_asked_for_twice_at_once_has_its_best_rank(queue: Queue) -> None:
    assert await queue.ask("movie", [Asked(1, 1.0), Asked(1, 9.0), Asked(1, 4.0)], CHANGE, "list") == 1
    assert (await queue.row(1))["rank"] == 9.0


async def test_films_people_and_series_share_ids_but_no_rows(queue: Queue) -> None:
    for entity_type in ("movie", "person", "tv"):
        await queue.ask(entity_type, [Asked(1)], STALE, "stale")
    assert {(row.entity_type, row.tmdb_id) for row in await queue.take()} == {
        *(("movie", 1), ("person", 1), ("tv", 1)),
    }


# Claiming ---------------------------------------------------------------------------------------


async def test_people_go_first_then_imports_changes_stale_films_and_stubs(queue: Queue) -> None:
    for place, priority in enumerate(reversed(RefreshPriority)):
        await queue.ask(
            "movie", [Asked(10 * place + i, float(i)) for i in range(3)], priority, REASONS[priority]
        )
    assert await queue.take_ids() == [
        *(42, 41, 40, 32, 31, 30, 22, 21, 20, 12, 11, 10, 2, 1, 0),
    ]


async def test_one_slot_in_ten_goes_to_what_waits_longest(queue: Queue) -> None:
    await queue.want(range(100), BACKFILL)
    await queue.later(timedelta(minutes=1))
    await queue.want(range(1000, 2000), CHANGE)
    claimed = await queue.take_ids(100)
    assert len(claimed) == 100
    assert sum(tmdb_id < 100 for tmdb_id in claimed) == 100 // OLDEST_ONE_IN


async def test_nothing_starves_however_much_of_the_better_comes(queue: Queue) -> None:
    await queue.want(range(30), BACKFILL)
    await queue.want([30], STALE)
    first_of_newer = 1000
    for _ in range(5):
        await queue.later(timedelta(seconds=1))
        await queue.want(range(first_of_newer, first_of_newer + 100), PERSON)
        first_of_newer += 100
        await queue.finish("a", await queue.take(100))
    assert [tmdb_id for tmdb_id in await queue.ids() if tmdb_id < 1000] == []


async def test_what_one_worker_has_no_other_gets_until_its_lease_ends(queue: Queue) -> None:
    await queue.want(range(5))
    assert sorted(await queue.take_ids()) == [0, 1, 2, 3, 4]
    assert await queue.take_ids(worker="b") == []
    await queue.later(LEASE)
    assert sorted(await queue.take_ids(worker="b")) == [0, 1, 2, 3, 4]


async def test_a_lease_that_is_renewed_lasts(queue: Queue) -> None:
    await queue.want([1, 2])
    rows = await queue.take()
    await queue.later(LEASE * 0.9)
    await queue.renew("a", rows, LEASE)
    await queue.later(LEASE * 0.9)
    assert await queue.take_ids(worker="b") == []
    # The lease of a row that is another's by now is not lengthened.
    await queue.later(LEASE)
    theirs = await queue.take(worker="b")
    await queue.renew("a", rows, DAY)
    assert (await queue.row(theirs[0].tmdb_id))["wait"] == LEASE


async def test_workers_that_claim_at_the_same_time_share(database: Database) -> None:
    await RefreshQueue(database).ask("movie", map(Asked, range(200)), CHANGE, "change")

    async def claim(worker: str) -> list[int]:
        rows = await RefreshQueue(database).claim(50, LEASE, worker)
        return [row.tmdb_id for row in rows]

    claimed = await asyncio.gather(*(claim(f"worker {number}") for number in range(4)))
    ids = [tmdb_id for batch in claimed for tmdb_id in batch]
    assert len(ids) == len(set(ids)) > 0


async def test_a_pause_leaves_people_and_imports_alone(queue: Queue) -> None:
    for place, priority in enumerate(RefreshPriority):
        await queue.want(range(10 * place, 10 * place + 10), priority)
    await SyncState(queue.connection).pause(by=1)
    assert sorted(await queue.take_ids()) == list(range(20))
    await SyncState(queue.connection).resume()
    assert sorted(await queue.take_ids()) == list(range(20, 50))


async def test_an_import_that_fetches_films_has_the_budget(queue: Queue) -> None:
    for place, priority in enumerate(RefreshPriority):
        await queue.want(range(10 * place, 10 * place + 10), priority)
    await queue.connection.execute(
        """
        WITH person AS (INSERT INTO tmdb.users (telegram_user_id) VALUES (1))
        INSERT INTO tmdb.imports (telegram_user_id, tmdb_account_id, state, lease_until, leased_by)
        VALUES (1, 1, 'fetching', tmdb.now() + interval '30 seconds', 'b')
        """
    )
    assert sorted(await queue.take_ids()) == list(range(20))
    assert await queue.take_ids() == []
    # Its worker died: nobody waits for it.
    await queue.later(timedelta(seconds=31))
    assert set(range(20, 50)) < set(await queue.take_ids())


async def test_a_clock_that_jumped_back_does_not_hide_the_queue(queue: Queue) -> None:
    await queue.later(DAY * 30)
    await queue.want([1])
    await queue.fail("a", [Failed(row, "503") for row in await queue.take()])
    await queue.later(DAY * -30)
    assert await queue.take_ids() == [1]


# Outcomes ---------------------------------------------------------------------------------------


async def test_what_is_stored_leaves_the_queue(queue: Queue) -> None:
    await queue.want([1, 2])
    rows = await queue.take()
    assert await queue.finish("a", rows) == rows
    assert await queue.ids() == []


async def test_what_was_asked_for_again_meanwhile_stays_and_is_due_at_once(queue: Queue) -> None:
    run = await queue.run("delta")
    await queue.want([1, 2], CHANGE, run)
    rows = await queue.take()
    await queue.later(timedelta(seconds=1))
    await queue.want([2], PERSON)
    assert (await queue.row(2))["leased_by"] == "a", "it is not taken out of the worker's hand"
    assert await queue.finish("a", rows) == rows
    assert not await queue.awaited_by(run), "the first outcome was the run's"
    [again] = await queue.take(worker="b")
    assert (again.tmdb_id, again.run_id) == (2, None)
    await queue.finish("b", [again])
    assert await queue.ids() == []


async def test_a_run_that_asks_while_another_s_request_is_in_hand_gets_an_outcome_of_its_own(
    queue: Queue,
) -> None:
    stale, delta = await queue.run("stale"), await queue.run("delta")
    await queue.want([1], STALE, stale)
    rows = await queue.take()
    await queue.later(timedelta(seconds=1))
    await queue.want([1], CHANGE, delta)
    assert [row.run_id for row in await queue.finish("a", rows)] == [stale]
    assert [row.run_id for row in await queue.take()] == [delta]


async def test_what_a_worker_lost_it_cannot_finish_or_fail(queue: Queue) -> None:
    await queue.want([1])
    lost = await queue.take()
    await queue.later(LEASE)
    await queue.take(worker="b")
    assert await queue.finish("a", lost) == []
    assert await queue.fail("a", [Failed(row, "late") for row in lost]) == []
    await queue.release("a", lost)
    row = await queue.row(1)
    assert (row["leased_by"], row["attempts"], row["last_error"]) == ("b", 0, None)


async def test_what_is_released_is_due_at_once_and_it_was_no_try(queue: Queue) -> None:
    await queue.want([1])
    await queue.release("a", await queue.take())
    assert (await queue.row(1))["attempts"] == 0
    assert await queue.take_ids(worker="b") == [1]


async def test_failures_wait_longer_each_time_and_are_parked_with_their_error(queue: Queue) -> None:
    run = await queue.run("delta")
    await queue.want([1], CHANGE, run)
    longest = 30.0
    for attempt in range(1, TRIES + 1):
        rows = await queue.take()
        assert await queue.fail("a", [Failed(row, f"error {attempt}") for row in rows]) == rows
        row = await queue.row(1)
        assert (row["attempts"], row["last_error"], row["leased_by"]) == (attempt, f"error {attempt}", None)
        assert not await queue.awaited_by(run), "the first failure was the run's outcome"
        assert 0.75 * longest <= row["wait"].total_seconds() <= longest
        assert (row["parked_at"] is not None) == (attempt == TRIES)
        assert await queue.take_ids() == []
        await queue.later(row["wait"])
        longest = min(longest * 3, 6 * 3600)
    assert await queue.take_ids() == []
    await queue.later(DAY)
    assert await queue.take_ids() == []
    assert await queue.retry_parked() == 1
    assert await queue.take_ids() == [1]
    assert (await queue.row(1))["attempts"] == 0


async def test_what_fails_together_is_not_tried_again_together(queue: Queue) -> None:
    await queue.want(range(50))
    await queue.fail("a", [Failed(row, "502") for row in await queue.take(50)])
    waits = await queue.connection.fetch("SELECT DISTINCT next_attempt_at FROM tmdb.refresh_queue")
    assert len(waits) > 40


async def test_asking_for_what_failed_or_is_parked_tries_again_at_once(queue: Queue) -> None:
    await queue.want([1])
    for _ in range(TRIES):
        await queue.fail("a", [Failed(row, "500") for row in await queue.take()])
        await queue.later(DAY / 4)
    assert await queue.take_ids() == []
    await queue.want([1], PERSON)
    assert await queue.take_ids() == [1]


# Gone -------------------------------------------------------------------------------------------


async def test_gone_is_believed_the_second_time_a_day_later(queue: Queue) -> None:
    await film(queue.connection, 1)
    await queue.want([1])
    await queue.take()
    assert await queue.gone("movie", [1]) == []
    assert await queue.take_ids() == []
    # Asked for in between, it is asked and told again: that is not a day later.
    await queue.later(DAY / 2)
    await queue.want([1], PERSON)
    assert await queue.take_ids() == [1]
    assert await queue.gone("movie", [1]) == []
    assert (await queue.row(1))["wait"] == DAY / 2
    await queue.later(DAY / 2)
    assert await queue.take_ids() == [1]
    assert await queue.gone("movie", [1]) == [1]
    assert await queue.ids() == []


async def test_an_absence_met_before_the_clock_jumped_back_is_met_anew(queue: Queue) -> None:
    await film(queue.connection, 1)
    await queue.gone("movie", [1])
    await queue.later(-timedelta(hours=1))
    assert await queue.take_ids() == [1]
    assert await queue.gone("movie", [1]) == []
    await queue.later(timedelta(minutes=1))
    assert await queue.take_ids() == [], "not asked for again and again"
    await queue.later(DAY)
    assert await queue.take_ids() == [1]
    assert await queue.gone("movie", [1]) == [1]


async def test_a_film_whose_absence_a_person_or_an_import_met_is_asked_for_a_day_later(
    queue: Queue,
) -> None:
    await film(queue.connection, 1)
    assert await queue.gone("movie", [1]) == []
    await queue.later(DAY)
    assert await queue.take_ids() == [1]
    assert await queue.gone("movie", [1]) == [1]


async def test_ids_nobody_knows_leave_no_trace(queue: Queue) -> None:
    assert await queue.gone("movie", [2_000_000_000]) == []
    assert await queue.ids() == []
    # But for one that was to be asked for: TMDB lists changes before it answers.
    await queue.want([2_000_000_000])
    await queue.take()
    assert await queue.gone("movie", [2_000_000_000]) == []
    assert await queue.ids() == [2_000_000_000]


async def test_a_film_deleted_before_is_believed_at_once(queue: Queue) -> None:
    await film(queue.connection, 1)
    await Movies(queue.connection).delete([1])
    assert await queue.gone("movie", [1]) == []
    await queue.want([1])
    await queue.take()
    assert await queue.gone("movie", [1]) == [1]
    assert await queue.ids() == []


async def test_a_film_that_tmdb_tells_of_again_was_not_gone(queue: Queue) -> None:
    await film(queue.connection, 1)
    await queue.gone("movie", [1])
    await queue.later(DAY)
    await queue.back("movie", [1])
    assert await queue.gone("movie", [1]) == []
    await queue.later(DAY)
    assert await queue.gone("movie", [1]) == [1]


async def test_what_was_given_up_and_came_another_way_is_parked_no_more(queue: Queue) -> None:
    await queue.want([1, 2])
    await queue.connection.execute("UPDATE tmdb.refresh_queue SET parked_at = tmdb.now(), last_error = 'x'")
    await queue.back("movie", [1])
    assert await queue.ids() == [2]


async def test_a_failure_in_between_leaves_the_first_absence_standing(queue: Queue) -> None:
    await film(queue.connection, 1)
    await queue.gone("movie", [1])
    await queue.later(DAY)
    await queue.fail("a", [Failed(row, "503") for row in await queue.take()])
    await queue.later(timedelta(minutes=1))
    await queue.take()
    assert await queue.gone("movie", [1]) == [1]


# Plans ------------------------------------------------------------------------------------------


async def plan(connection: Connection, statement: str, types: str, arguments: str) -> str:
    await connection.execute(f"PREPARE planned ({types}) AS {statement}")
    lines = await connection.fetch(f"EXPLAIN EXECUTE planned ({arguments})")
    return "\n".join(row[0] for row in lines)


async def test_claiming_reads_the_front_of_two_indexes(queue: Queue) -> None:
    await queue.connection.execute(
        """
        INSERT INTO tmdb.refresh_queue (entity_type, tmdb_id, priority, rank, reason)
        SELECT 'movie', id, 2 + id % 3, id, 'change' FROM generate_series(1, 20000) AS id
        """
    )
    for analyzed in (False, True):
        if analyzed:
            await queue.connection.execute("ANALYZE tmdb.refresh_queue")
        found = await plan(
            queue.connection, RefreshQueue.CLAIM, "int, int, interval, text", "90, 10, '30s', 'a'"
        )
        await queue.connection.execute("DEALLOCATE planned")
        assert "refresh_queue_ready" in found
        assert "refresh_queue_oldest" in found
        assert "Seq Scan on refresh_queue" not in found
