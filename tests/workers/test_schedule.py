"""What fires when: by the database's clock, once over all processes, whatever becomes of them."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from core.errors import ConfigurationError
from core.settings import Settings
from db.pool import Database
from db.sync_runs import SyncRuns
from db.sync_state import SyncState
from services.sync import start
from tests.workers.conftest import until
from tests.workers.kill import killed
from workers.schedule import Schedule, times


def configured(**replaced: Any) -> Settings:
    """Settings in which only the schedule matters."""
    values: dict[str, Any] = {
        "bot_token": "4242:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc",
        "poster_channel_ids": (-100,),
        "tmdb_access_token": "a-token",
        "secret_key": ("a key of sufficient length",),
    }
    return Settings(_env_file=None, **(values | replaced))


class Clock:
    """tmdb.now() of every connection opened from now on, which schedulers of these tests do."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def set(self, moment: str) -> None:
        """Moves it to a moment, which goes on from there."""
        name = await self._database.fetchval("SELECT current_database()")
        offset = await self._database.fetchval(
            "SELECT (extract(epoch FROM $1::text::timestamptz - pg_catalog.now()) || ' s')", moment
        )
        await self._database.execute(f"ALTER DATABASE {name} SET tmdb.clock_offset = '{offset}'")
        await self._database.pool.expire_connections()


@pytest.fixture
async def clock(database: Database) -> Clock:
    """A Saturday's noon."""
    clock = Clock(database)
    await clock.set("2026-11-21 12:00Z")
    return clock


Look = Callable[[], Awaitable[list[str]]]


@pytest.fixture
def look(database: Database, clock: Clock) -> Look:
    """What a look at the clock fires."""
    schedule = Schedule(database, times(configured()))

    async def look() -> list[str]:
        return await looked(schedule, database)

    return look


async def looked(schedule: Schedule, database: Database) -> list[str]:
    """Types of the runs that one step started, which end at once."""
    await schedule.step()
    return await ended(database)


async def ended(database: Database) -> list[str]:
    """Ends the runs that were started, and says which."""
    rows = await database.fetch(
        """
        UPDATE tmdb.sync_runs SET status = 'completed', started_at = tmdb.now(), finished_at = tmdb.now()
        WHERE finished_at IS NULL RETURNING run_type
        """
    )
    return sorted(row[0] for row in rows)


async def export_loaded(database: Database) -> None:
    await database.execute(
        "INSERT INTO tmdb.sync_state (name, watermark) VALUES ('export:movie', tmdb.now())"
    )


async def next_at(database: Database, job: str) -> datetime | None:
    found: datetime | None = await database.fetchval(
        "SELECT next_fire_at FROM tmdb.schedules WHERE job = $1", job
    )
    return found


# First start, cron times ---------------------------------------------------------------------------


async def test_at_the_first_start_all_of_tmdb_comes_at_once_and_the_rest_at_its_time(
    database: Database, look: Look, clock: Clock
) -> None:
    assert await look() == ["export"]
    assert await look() == []
    await export_loaded(database)
    assert await look() == ["bulk"]
    assert await look() == []
    await clock.set("2026-11-21 12:15Z")
    assert await look() == ["ratings", "stale"]
    await clock.set("2026-11-22 05:00:01Z")
    # 02:00, 03:40, 04:00, 05:00 on Sundays, every hour, every quarter: each once.
    assert await look() == ["bulk", "delta", "lists", "ratings", "retention", "stale"]
    assert await look() == []
    await clock.set("2026-11-22 08:30:01Z")
    assert "export" in await look()


async def test_until_the_first_export_is_here_it_is_tried_every_hour(
    database: Database, look: Look, clock: Clock
) -> None:
    assert await look() == ["export"]
    await clock.set("2026-11-21 12:59Z")
    assert "export" not in await look()
    await clock.set("2026-11-21 13:00:05Z")
    assert "export" in await look()
    assert await look() == []
    await export_loaded(database)
    assert await look() == ["bulk"]
    assert await next_at(database, "export") == datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
    await clock.set("2026-11-22 08:29Z")
    assert "export" not in await look()


async def test_the_fill_needs_no_export_where_that_is_switched_off(database: Database, clock: Clock) -> None:
    schedule = Schedule(database, times(configured(tmdb_export_enabled=False)))
    assert await looked(schedule, database) == ["bulk"]


async def test_times_missed_are_made_up_once(database: Database, look: Look, clock: Clock) -> None:
    await look()
    await clock.set("2026-12-21 12:00Z")
    assert (await look()).count("delta") == 1
    assert await look() == []
    assert await next_at(database, "delta") == datetime(2026, 12, 22, 4, tzinfo=UTC)


async def test_a_scheduler_sleeps_until_the_next_time(database: Database, clock: Clock) -> None:
    schedule = Schedule(database, times(configured()))
    await schedule.step()
    assert schedule.poll_seconds == 10
    await clock.set("2026-11-21 12:14:57Z")
    await schedule.step()
    assert 2 < schedule.poll_seconds <= 3


async def test_the_health_check_is_woken_and_leaves_no_run(
    database: Database, look: Look, clock: Clock
) -> None:
    await look()
    heard = asyncio.Event()

    def hear(*notification: Any) -> None:
        if notification[3] == "health":
            heard.set()

    async with database.connection() as connection:
        await connection.add_listener("tmdb_wake", hear)
        await clock.set("2026-11-21 12:05Z")
        assert await look() == []
        async with asyncio.timeout(5):
            await heard.wait()
        await connection.remove_listener("tmdb_wake", hear)


async def test_another_cron_expression_counts_from_now_on(database: Database, clock: Clock) -> None:
    await looked(Schedule(database, times(configured())), database)
    await clock.set("2026-11-21 12:06Z")
    changed = Schedule(database, times(configured(tmdb_delta_sync_cron="5 */6 * * *")))
    await database.execute("DELETE FROM tmdb.scheduler_lease")
    assert "delta" not in await looked(changed, database)
    assert await next_at(database, "delta") == datetime(2026, 11, 21, 18, 5, tzinfo=UTC)


# The clock ---------------------------------------------------------------------------------------------


async def test_a_clock_set_ahead_and_back_fires_once_and_silences_nothing(
    database: Database, look: Look, clock: Clock
) -> None:
    await look()
    await clock.set("2027-11-21 12:00Z")
    assert (await look()).count("delta") == 1
    await clock.set("2026-11-21 12:01Z")
    await database.execute("DELETE FROM tmdb.scheduler_lease")
    assert await look() == []
    assert await next_at(database, "delta") == datetime(2026, 11, 22, 4, tzinfo=UTC)
    await clock.set("2026-11-22 04:00:01Z")
    assert (await look()).count("delta") == 1


async def test_a_clock_set_back_by_seconds_repeats_nothing(look: Look, clock: Clock) -> None:
    await look()
    await clock.set("2026-11-22 04:00:05Z")
    assert "delta" in await look()
    await clock.set("2026-11-22 03:59:50Z")
    assert await look() == []
    await clock.set("2026-11-22 04:00:01Z")
    assert await look() == []


async def test_a_lease_from_a_clock_that_was_ahead_is_not_waited_for(
    database: Database, look: Look, clock: Clock
) -> None:
    await clock.set("2027-01-01 12:00Z")
    assert await look() == ["export"]
    await clock.set("2026-11-21 12:00Z")
    other = Schedule(database, times(configured()))
    await other.step()
    assert other.poll_seconds == 10


# Switches, pause -------------------------------------------------------------------------------------


async def test_what_is_switched_off_never_fires_and_is_not_made_up(database: Database, clock: Clock) -> None:
    on = Schedule(database, times(configured()))
    await looked(on, database)
    off = Schedule(database, times(configured(tmdb_delta_sync_enabled=False)))
    await database.execute("DELETE FROM tmdb.scheduler_lease")
    await clock.set("2026-11-23 12:00Z")
    fired = await looked(off, database)
    assert "stale" in fired
    assert "delta" not in fired
    assert await next_at(database, "delta") is None
    await database.execute("DELETE FROM tmdb.scheduler_lease")
    assert "delta" not in await looked(on, database)
    await clock.set("2026-11-24 04:00:01Z")
    assert "delta" in await looked(on, database)


async def test_a_pause_holds_back_what_it_stops_and_that_is_made_up_once(
    database: Database, look: Look, clock: Clock
) -> None:
    await look()
    await export_loaded(database)
    await SyncState(database).pause(None)
    await clock.set("2026-11-24 12:00Z")
    assert await look() == ["export", "ratings", "retention"]
    await SyncState(database).resume()
    assert await look() == ["bulk", "delta", "lists", "stale"]
    assert await look() == []


# What runs already -------------------------------------------------------------------------------------


async def test_what_runs_already_is_quietly_left_alone(database: Database, clock: Clock, look: Look) -> None:
    await look()
    async with database.transaction() as connection:
        manual = await start(connection, "delta", "manual")
    await clock.set("2026-11-22 04:00:01Z")
    schedule = Schedule(database, times(configured()))
    await schedule.step()
    runs = await SyncRuns(database).page(10, run_type="delta")
    assert [(run.id, run.status) for run in runs] == [(manual.id, "queued")]
    assert await next_at(database, "delta") == datetime(2026, 11, 23, 4, tzinfo=UTC)


async def test_a_fill_of_several_days_is_a_run_a_day(database: Database, clock: Clock, look: Look) -> None:
    await look()
    await export_loaded(database)
    schedule = Schedule(database, times(configured()))
    await database.execute("DELETE FROM tmdb.scheduler_lease")
    await schedule.step()
    [first] = await SyncRuns(database).page(10, run_type="bulk")
    await database.execute(
        """
        UPDATE tmdb.sync_runs SET status = 'running', started_at = tmdb.now(), movies_new = 4000
        WHERE run_type = 'bulk'
        """
    )
    await clock.set("2026-11-22 02:00:01Z")
    await schedule.step()
    second, closed = await SyncRuns(database).page(10, run_type="bulk")
    assert (second.status, second.trigger_type) == ("queued", "scheduled")
    assert (closed.id, closed.status, closed.movies_new) == (first.id, "completed", 4000)


# Replicas ------------------------------------------------------------------------------------------------


async def test_of_two_only_one_schedules_until_the_lease_runs_out(
    database: Database, database_url: str, clock: Clock
) -> None:
    second_database = await Database.connect(database_url, name="second", checked=False)
    try:
        first = Schedule(database, times(configured()))
        second = Schedule(second_database, times(configured()))
        assert await looked(first, database) == ["export"]
        await clock.set("2026-11-21 12:00:15Z")
        await second_database.pool.expire_connections()
        assert await looked(second, database) == []
        assert second.poll_seconds == 5
        # The first is not heard of any more: 20 s after its last renewal the second has it.
        await clock.set("2026-11-22 04:00:01Z")
        await second_database.pool.expire_connections()
        assert "delta" in await looked(second, database)
        assert await looked(first, database) == []
    finally:
        await second_database.close()


async def test_a_scheduler_that_slept_through_its_lease_fires_nothing(
    database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asleep, awake = asyncio.Event(), asyncio.Event()
    sleeper, other = (Schedule(database, times(configured())) for _ in range(2))
    await looked(sleeper, database)
    await clock.set("2026-11-22 04:00:01Z")
    fire = Schedule._try_fire

    async def late(self: Schedule, *what: Any) -> None:
        if self is sleeper and not awake.is_set():
            asleep.set()
            await awake.wait()
        await fire(self, *what)

    monkeypatch.setattr(Schedule, "_try_fire", late)
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        sleeping = group.create_task(sleeper.step())
        await asleep.wait()
        await clock.set("2026-11-22 04:00:22Z")
        fired = await looked(other, database)
        assert "delta" in fired
        await clock.set("2026-11-22 04:16:00Z")
        awake.set()
        await sleeping
    assert await ended(database) == []


async def test_a_firing_cut_short_by_a_kill_is_made_up_by_another_within_30_seconds(
    database: Database, database_url: str, clock: Clock, look: Look
) -> None:
    await look()
    await clock.set("2026-11-22 04:00:01Z")
    await database.execute("DELETE FROM tmdb.scheduler_lease")

    async def schedule() -> None:
        own = await Database.connect(database_url, name="doomed", checked=False)
        await Schedule(own, times(configured())).step()

    await killed(schedule, "db.sync_runs.SyncRuns.start", after=True)
    assert await ended(database) == []
    await clock.set("2026-11-22 04:00:12Z")
    assert await look() == []
    await clock.set("2026-11-22 04:00:26Z")
    assert (await look()).count("delta") == 1
    assert await look() == []


async def test_a_firing_that_stands_still_is_ended_by_the_server(
    database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    bounds: list[str] = []

    async def stand_still(connection: Any, *_: str) -> None:
        bounds.append(await connection.fetchval("SHOW idle_in_transaction_session_timeout"))

    monkeypatch.setattr("workers.schedule.start", stand_still)
    await Schedule(database, times(configured())).step()
    assert bounds == ["10s"]
    assert await database.fetchval("SHOW idle_in_transaction_session_timeout") == "0"


async def test_a_clean_stop_gives_the_lease_up_at_once(database: Database, clock: Clock) -> None:
    first, second = (Schedule(database, times(configured())) for _ in range(2))
    async with asyncio.TaskGroup() as group:
        running = group.create_task(first.run())

        async def fired() -> bool:
            return await ended(database) == ["export"]

        await until(fired)
        running.cancel()
    await second.step()
    assert second.poll_seconds == 10


async def test_a_job_that_cannot_be_fired_costs_no_other(
    database: Database, clock: Clock, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    await look()
    await clock.set("2026-11-22 04:00:01Z")

    async def refuse(connection: Any, run_type: str, trigger: str) -> None:
        if run_type == "delta":
            raise RuntimeError("a bug")
        await start(connection, run_type, trigger)  # type: ignore[arg-type] # as it came

    with monkeypatch.context() as broken:
        broken.setattr("workers.schedule.start", refuse)
        assert await look() == ["export", "ratings", "retention", "stale"]
    assert await look() == ["delta"]


# Cron expressions ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cron", "fires"),
    [
        ("30 8 * * *", ["2026-11-22 08:30", "2026-11-23 08:30"]),
        ("0 5 * * sun", ["2026-11-22 05:00", "2026-11-29 05:00"]),
        ("0 5 * NOV SUN", ["2026-11-22 05:00", "2026-11-29 05:00"]),
        ("0 5 * * 0", ["2026-11-22 05:00", "2026-11-29 05:00"]),
        ("0 5 * * 7", ["2026-11-22 05:00", "2026-11-29 05:00"]),
        ("0 5 * * 1-2", ["2026-11-23 05:00", "2026-11-24 05:00"]),
        ("0 5 * * 6-7", ["2026-11-22 05:00", "2026-11-28 05:00"]),
        ("0 5 * * 0-6/3", ["2026-11-22 05:00", "2026-11-25 05:00"]),
        ("0 5 * * fri-mon", ["2026-11-22 05:00", "2026-11-23 05:00"]),
        ("0 5 1 * mon", ["2026-11-23 05:00", "2026-11-30 05:00"]),  # a Monday or the first, as cron has it
        ("0 5 30 * mon", ["2026-11-23 05:00", "2026-11-30 05:00"]),
        ("*/20 12 * * *", ["2026-11-21 12:20", "2026-11-21 12:40"]),
    ],
)
def test_cron_is_read_as_crontab_reads_it(cron: str, fires: list[str]) -> None:
    time = times(configured(tmdb_delta_sync_cron=cron))["delta"]
    moment: datetime | None = datetime(2026, 11, 21, 12, tzinfo=UTC)
    for expected in fires:
        assert moment is not None
        moment = time.after(moment)
        assert moment is not None
        assert f"{moment:%Y-%m-%d %H:%M}" == expected


@pytest.mark.parametrize(
    "cron",
    ["60 4 * * *", "0 24 * * *", "0 4 30 2 *", "0 4 * * 8", "0 4 * * day", "*/0 * * * *", "0 4 * foo *"],
)
def test_a_cron_expression_that_names_no_time_is_refused_by_its_variable(cron: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^HEALTH_CHECK_CRON should be five fields"):
        times(configured(health_check_cron=cron))
