"""A process that calls TMDB within the shared budget; started by test_budgets.py.

Arguments: database URL, API URL, lane (people or background), calls a second allowed, seconds to run.
Prints what it did as JSON.
"""

import asyncio
import json
import sys

import aiohttp
from pydantic import SecretStr

from clients.tmdb.client import TmdbClient
from db.host_budgets import HostBudgets
from db.pool import Database
from services.budgets import BackgroundBudget, PeopleBudget

# People come in bursts: this many at once, then nobody for a moment.
BURST, BURST_EVERY_SECONDS = 5, 0.6


async def main(database_url: str, api_url: str, lane: str, rate: float, seconds: float) -> None:
    """Calls as often as the lane lets it."""
    loop = asyncio.get_running_loop()
    database = await Database.connect(database_url, name=lane, checked=False)
    kind = PeopleBudget if lane == "people" else BackgroundBudget
    budget = kind(HostBudgets(database), "tmdb", rate)
    waits: list[float] = []
    async with aiohttp.ClientSession() as session:
        client = TmdbClient(
            session,
            api_url=api_url,
            image_url=api_url,
            export_url=api_url,
            web_url=api_url,
            budget=budget,
            image_budget=budget,
            access_token=SecretStr("sandbox-access-token"),
        )

        async def call() -> None:
            asked = loop.time()
            await client.genres("movie", "en")
            waits.append(loop.time() - asked)

        end = loop.time() + seconds
        while loop.time() < end:
            async with asyncio.TaskGroup() as group:
                for _ in range(BURST):
                    group.create_task(call())
            if lane == "people":
                await asyncio.sleep(BURST_EVERY_SECONDS)
    await database.close()
    sys.stdout.write(json.dumps({"calls": len(waits), "longest": max(waits)}))


if __name__ == "__main__":
    url, api, which, calls, duration = sys.argv[1:]
    asyncio.run(main(url, api, which, float(calls), float(duration)))
