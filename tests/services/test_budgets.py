"""One outgoing budget per foreign host, across processes."""

import asyncio
import json
import sys
from pathlib import Path

import pytest

from core.errors import RateLimited
from db.host_budgets import HostBudgets
from db.pool import Database
from sandbox.tmdb.server import TmdbStandIn
from services.budgets import BackgroundBudget, PeopleBudget, ReportedBudget

ROOT = Path(__file__).parents[2]
SECONDS = 4.0


async def _caller(*arguments: object) -> dict[str, float]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.services.budget_caller", *map(str, arguments)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    told: dict[str, float] = json.loads(output.splitlines()[-1])  # above it: its log
    return told


async def test_a_bot_and_two_workers_at_39_meet_no_429(database_url: str) -> None:
    async with TmdbStandIn(rate=40, burst=10) as tmdb:
        people, *workers = await asyncio.gather(
            _caller(database_url, tmdb.api_url, "people", 39, SECONDS),
            _caller(database_url, tmdb.api_url, "background", 39, SECONDS),
            _caller(database_url, tmdb.api_url, "background", 39, SECONDS),
        )
        statuses = [request.status for request in tmdb.requests]
    assert 429 not in statuses
    assert sum(worker["calls"] for worker in workers) + people["calls"] == len(statuses)
    # The rate is used: what the people leave goes to the workers.
    assert len(statuses) > 39 * SECONDS * 0.8
    # Five at once go out in five slots of their own, not behind the workers' queue.
    assert people["longest"] < 0.5


async def test_a_pause_holds_everybody_back(database: Database) -> None:
    budgets = HostBudgets(database)
    background = BackgroundBudget(budgets, "tmdb", 100)
    people = PeopleBudget(budgets, "tmdb", 100)
    loop = asyncio.get_running_loop()
    await background.acquire()
    started = loop.time()
    await people.pause(0.3)
    await asyncio.gather(background.acquire(), people.acquire())
    assert loop.time() - started >= 0.29
    await background.pause(60)
    with pytest.raises(RateLimited) as raised:
        await people.acquire()
    assert raised.value.retry_after == pytest.approx(60, abs=1)


async def test_background_slots_are_evenly_spaced_over_two_holders(database: Database) -> None:
    budgets = HostBudgets(database)
    holders = [BackgroundBudget(budgets, "tmdb", 100) for _ in range(2)]
    loop = asyncio.get_running_loop()
    times: list[float] = []

    async def take(holder: BackgroundBudget) -> None:
        for _ in range(20):
            await holder.acquire()
            times.append(loop.time())

    await asyncio.gather(*map(take, holders))
    times.sort()
    assert times[-1] - times[0] >= 0.9 * 39 / 100
    # In no tenth of a second more than the rate and one block of each holder.
    assert all(later - first > 0.1 for first, later in zip(times, times[20:], strict=False))


async def test_an_other_host_is_not_held_back(database: Database) -> None:
    budgets = HostBudgets(database)
    await PeopleBudget(budgets, "tmdb", 10).pause(60)
    async with asyncio.timeout(1):
        await PeopleBudget(budgets, "tmdb-images", 10).acquire()


async def test_spending_without_asking_reaches_the_others(database: Database) -> None:
    budgets = HostBudgets(database)
    reported = ReportedBudget(budgets, "telegram:1", 50)
    async with asyncio.TaskGroup() as group:
        reporting = group.create_task(reported.run())
        for _ in range(40):
            await reported.acquire()
        async with asyncio.timeout(2):
            while not await database.fetchval(
                "SELECT next_slot > tmdb.now() + interval '0.3 second' FROM tmdb.host_budgets"
            ):
                await asyncio.sleep(0.01)
        reporting.cancel()


async def test_a_clock_that_jumped_back_does_not_silence_a_host(database: Database) -> None:
    budgets = HostBudgets(database)
    await budgets.spend("tmdb", 0.1)
    await database.execute(
        "UPDATE tmdb.host_budgets SET next_slot = next_slot + interval '40 days', "
        "people_slot = people_slot + interval '40 days', paused_until = tmdb.now() + interval '40 days'"
    )
    assert (await budgets.book("tmdb", 0.1, 0.1)).granted
    assert (await budgets.spend("tmdb", 0.1)).wait < 1
    await budgets.pause("tmdb", 60)
    assert 50 < (await budgets.spend("tmdb", 0.1)).wait < 61
