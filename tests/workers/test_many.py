"""Several machines on one database: processes of the compose profile `many`, two of which die."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from signal import SIGKILL

import pytest

from clients.tmdb import FOR_WORKERS
from sandbox.tmdb.server import TmdbStandIn
from tests.app.test_compose import MANY
from tests.process import Process
from tests.workers.conftest import Stage, until
from tests.workers.test_catalogue import Catalogue
from tests.workers.test_process import environment, workers
from workers.schedule import VARIABLES

PROCESSES = 4
# Films beside the well-known ones.
FILMS = 100
LEASE_SECONDS = 3.0
# What is not started at once never comes while the test runs.
NEVER = "0 8 29 2 *"

SCHEDULES = "SELECT split_part(holder, ':', 2)::int FROM tmdb.scheduler_lease"
FETCHING = """
    SELECT split_part(leased_by, ':', 2)::int AS process, array_agg(tmdb_id) AS films
    FROM tmdb.refresh_queue WHERE leased_by IS NOT NULL GROUP BY 1
"""


class Machines:
    """The processes that live, by their ids."""

    def __init__(self, stage: Stage, processes: list[Process]) -> None:
        self.stage = stage
        self.alive = {process.pid: process for process in processes}
        # What the dead had in hand: some of it they had fetched and not stored.
        self.lost: Counter[int] = Counter()

    async def fetching(self) -> dict[int, list[int]]:
        """Films in hand, by process."""
        found = await self.stage.database.fetch(FETCHING)
        return {row["process"]: row["films"] for row in found if row["process"] in self.alive}

    async def scheduling(self) -> Process:
        """The process that schedules."""
        async with asyncio.timeout(10):
            while (pid := await self.stage.database.fetchval(SCHEDULES)) not in self.alive:
                await asyncio.sleep(0.01)
        return self.alive[pid]

    async def fetching_beside(self, other: Process) -> Process:
        """A process that fetches films at this moment, not the other."""
        async with asyncio.timeout(10):
            while not (pids := (await self.fetching()).keys() - {other.pid}):
                await asyncio.sleep(0.01)
        return self.alive[min(pids)]

    async def kill(self, process: Process) -> None:
        """As a machine that lost power."""
        process.stop(SIGKILL)
        assert await process.ended() == -SIGKILL
        in_hand = await self.fetching()
        del self.alive[process.pid]
        self.lost.update(in_hand.get(process.pid, []))

    def say_they_schedule(self) -> int:
        """How many of them, by their last word."""
        words = [
            [line for line in process.output.splitlines() if "process schedules" in line]
            for process in self.alive.values()
        ]
        return sum("this process schedules" in said[-1] for said in words if said)


@pytest.fixture
async def machines(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Machines]:
    """A TMDB with its real limits, nothing here, and what the profile runs for the catalogue, four times.

    They claim little and look often, so that a few hundred films are work for all of them.
    """
    monkeypatch.setattr("workers.wiring.FOR_WORKERS", FOR_WORKERS)
    monkeypatch.setattr("workers.refresh.BATCH", 8)
    monkeypatch.setattr("workers.refresh.IDLE_SECONDS", 0.2)
    monkeypatch.setattr("workers.sync.ExecuteRuns.poll_seconds", 0.2)
    monkeypatch.setattr("workers.topup.TopUp.poll_seconds", 0.2)
    monkeypatch.setattr("workers.schedule.LEASE", timedelta(seconds=2))
    monkeypatch.setattr("workers.schedule.RENEW_SECONDS", 0.5)
    monkeypatch.setattr("workers.schedule.TRY_SECONDS", 0.2)
    _, _, _, *jobs = MANY["many-catalogue"]["command"]
    async with AsyncExitStack() as opened:
        tmdb = await opened.enter_async_context(TmdbStandIn(generated=FILMS))
        stage = replace(stage, tmdb=tmdb)
        crons = {f"{name}_cron".upper(): NEVER for name in VARIABLES.values()}
        processes = []
        for number in range(PROCESSES):
            directory = tmp_path / str(number)
            directory.mkdir()
            variables = environment(
                stage,
                TMDB_API_BASE_URL=tmdb.api_url,
                TMDB_IMAGE_BASE_URL=tmdb.image_url,
                TMDB_EXPORT_BASE_URL=tmdb.export_url,
                # A stand-in that stood still finds no more requests waiting than TMDB bears at once.
                TMDB_CONNECTIONS="2",
                TMDB_REQUESTS_PER_SECOND="39",
                LEASE_SECONDS=str(LEASE_SECONDS),
                DATA_DIR=str(directory),
                **crons,
            )
            processes.append(await opened.enter_async_context(workers(directory, variables, *jobs)))
        yield Machines(stage, processes)


async def test_of_many_processes_none_repeats_another_s_work_and_none_is_missed(machines: Machines) -> None:
    stage = machines.stage

    async def all_fetch() -> bool:
        return len(await machines.fetching()) == len(machines.alive)

    async def fired() -> list[str]:
        rows = await stage.database.fetch("SELECT run_type FROM tmdb.sync_runs ORDER BY run_type")
        return [row["run_type"] for row in rows]

    async def another_fires() -> bool:
        return await fired() == ["bulk", "export", "ratings"]

    async def one_says_it_schedules() -> bool:
        return machines.say_they_schedule() == 1

    catalogue = Catalogue(stage)
    await until(all_fetch)
    await until(one_says_it_schedules)
    assert await fired() == ["bulk", "export"]

    scheduling = await machines.scheduling()
    await machines.kill(await machines.fetching_beside(scheduling))
    await machines.kill(scheduling)
    await stage.database.execute("UPDATE tmdb.schedules SET next_fire_at = tmdb.now() WHERE job = 'ratings'")
    await machines.scheduling()
    await until(another_fires)
    await until(one_says_it_schedules)
    await until(catalogue.filled, 20)

    assert stage.tmdb.refused() == 0
    await catalogue.same()
    films = Counter(
        int(request.path.rpartition("/")[2])
        for request in stage.tmdb.requests
        if request.template == "/3/movie/{movie_id}"
    )
    once = Counter(stage.tmdb.film_ids())
    assert once <= films
    assert films - once <= machines.lost, "twice only what the dead had in hand"
    assert await another_fires()
    for process in machines.alive.values():
        process.stop()
    for process in machines.alive.values():
        assert await process.ended() == 0
        assert "Traceback" not in process.output
