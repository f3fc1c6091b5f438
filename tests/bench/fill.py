"""The whole fill in virtual time: its queue, its budget and its forecast, without payloads.

Everything that decides when a film's turn comes is the product's and runs on PostgreSQL: topping up,
claiming, booking the budget, finishing, the forecast. What takes time in reality moves tmdb.clock_offset
instead. Beside it a delta queues changed films every three hours, and people spend of the budget.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from pydantic import SecretStr

from core.settings import Settings
from core.sync import Counts
from db.host_budgets import HostBudgets
from db.pool import Database
from db.refresh_queue import Asked, Claimed, RefreshPriority, RefreshQueue
from db.sync_runs import SyncRuns
from db.sync_status import fill_seconds
from db.tallies import Tallies
from services.sync import start
from tests.bench.table import Row
from workers.topup import TopUp

FILMS = 1_160_000
A_SECOND = 35.0
PORTION = 40_000
LEASE = timedelta(minutes=5)
# So many rows are claimed at a time, to be done in minutes.
CLAIMED = 1000
# TMDB changes some thousand films a day; people open a card that is not here yet every ten seconds.
DELTA_SECONDS = 3 * 3600.0
CHANGES = 1500
PEOPLE_EVERY_SECONDS = 10.0
AHEAD_SECONDS = 0.1
AT_LEAST = 0.97
AT_MOST_OFF = 0.05

STUBS = """
    INSERT INTO tmdb.movies (tmdb_id, original_title, popularity)
    SELECT id, 'Stub', 1000.0 / id FROM generate_series($1::int, $2::int) AS id
"""
STORED = """
    UPDATE tmdb.movies
    SET data_state = 'full', content_hash = 'c', payload_hash = 'p', schema_version = 1,
      fetched_at = tmdb.now()
    WHERE tmdb_id = ANY ($1::int[])
"""


class _Fill(NamedTuple):
    hours: float
    budget_hours: float  # what as many requests take at the rate
    longest_change_wait: float  # seconds
    forecast_off: float  # the worst share by which the forecast missed, from a tenth on
    completed: bool


async def run(database_url: str) -> list[Row]:
    """Measures on a migrated, empty database."""
    # One connection, whose clock moves.
    database = await Database.connect(database_url, name="bench", connections=1, checked=False)
    try:
        fill = await _fill(database)
    finally:
        await database.close()
    ratio = fill.budget_hours / fill.hours
    return [
        Row(
            f"the fill of {FILMS} films at {A_SECOND:.0f} requests a second",
            f"{fill.hours:.2f} h",
            f"requests alone {fill.budget_hours:.2f} h, ratio {ratio:.3f} (at least {AT_LEAST})",
            fill.completed and ratio >= AT_LEAST,
        ),
        Row("the longest that a change waits beside it", f"{fill.longest_change_wait:.0f} s"),
        Row(
            "its forecast is off by",
            f"{fill.forecast_off:.1%}",
            f"at most {AT_MOST_OFF:.0%}",
            fill.forecast_off <= AT_MOST_OFF,
        ),
    ]


class _Clock:
    """The database's clock, so many virtual seconds after the start however long the work takes."""

    SET = """
        SELECT set_config('tmdb.clock_offset',
          ($1::float8 * interval '1 second' - (pg_catalog.now() - $2::timestamptz))::text, false)
    """

    def __init__(self, database: Database, began: datetime) -> None:
        self._database = database
        self._began = began
        self.seconds = 0.0

    async def move_to(self, seconds: float) -> None:
        """Also sets back what the last statements took."""
        self.seconds = max(self.seconds, seconds)
        await self._database.execute(self.SET, self.seconds, self._began)


async def _fill(database: Database) -> _Fill:
    for first in range(1, FILMS + 1, PORTION):
        await database.execute(STUBS, first, min(first + PORTION - 1, FILMS))
    await database.pool.execute("VACUUM ANALYZE tmdb.movies", timeout=600)
    clock = _Clock(database, await database.fetchval("SELECT pg_catalog.now()"))
    await clock.move_to(0)
    async with database.transaction() as connection:
        await start(connection, "bulk", "command")
    runs = SyncRuns(database)
    run = await runs.claim(LEASE, "bench")
    assert run is not None, "it was just started"
    await runs.hand_over(run.id, "bench")

    queue, budgets, job = RefreshQueue(database), HostBudgets(database), TopUp(database, _settings())
    filled = requests = people = 0
    asked: dict[int, float] = {}
    longest_wait = 0.0
    next_delta = DELTA_SECONDS
    forecasts: list[tuple[float, float]] = []  # when, and how long from then
    while True:
        if clock.seconds >= next_delta:
            changed = range(1, filled, max(1, filled // CHANGES))
            await queue.ask("movie", map(Asked, changed), RefreshPriority.CHANGE, "change")
            asked = dict.fromkeys(changed, clock.seconds)
            next_delta += DELTA_SECONDS
        await job.step()
        rows = await queue.claim(CLAIMED, LEASE, "bench")
        if not rows:
            break
        come = int(clock.seconds / PEOPLE_EVERY_SECONDS) - people
        if come:
            await budgets.spend("tmdb", come / A_SECOND)
            people += come
        while not (slot := await budgets.book("tmdb", len(rows) / A_SECOND, AHEAD_SECONDS)).granted:
            await clock.move_to(clock.seconds + slot.wait - AHEAD_SECONDS / 2)
        await clock.move_to(clock.seconds + slot.wait + len(rows) / A_SECOND)
        new = await _stored(database, run.id, rows)
        filled, requests = filled + new, requests + len(rows)
        for row in rows:
            if (since := asked.pop(row.tmdb_id, None)) is not None:
                longest_wait = max(longest_wait, clock.seconds - since)
        if filled * 10 // FILMS > len(forecasts) and filled < FILMS:
            left = fill_seconds(FILMS - filled, requests / clock.seconds)
            assert left is not None, "something is left"
            forecasts.append((clock.seconds, left))
    after = await runs.get(run.id)
    assert after is not None, "a run stays"
    off = max(abs(at + left - clock.seconds) / (clock.seconds - at) for at, left in forecasts)
    return _Fill(
        hours=clock.seconds / 3600,
        budget_hours=(requests + people) / A_SECOND / 3600,
        longest_change_wait=longest_wait,
        forecast_off=off,
        completed=after.status == "completed" and after.movies_updated == filled == FILMS,
    )


async def _stored(database: Database, run_id: int, rows: Sequence[Claimed]) -> int:
    """The films of these rows are here; answers how many were not before."""
    async with database.transaction() as connection:
        new = sum(row.run_id == run_id for row in rows)
        await connection.execute(STORED, [row.tmdb_id for row in rows])
        await Tallies(connection).add({"films.filled": new})
        await RefreshQueue(connection).finish("bench", rows)
        await SyncRuns(connection).add({run_id: Counts(movies_updated=new)})
    return new


def _settings() -> Settings:
    return Settings(
        _env_file=None,
        bot_token=SecretStr("4242:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"),
        poster_channel_ids=(-1001000000001,),
        tmdb_access_token=SecretStr("sandbox-access-token"),
        secret_key=(SecretStr("a key of sufficient length"),),
    )
