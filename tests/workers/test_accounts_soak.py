"""Everything about people's accounts at once and at random: no deadlock, nothing lost, exact counts."""

import asyncio
import os
from collections.abc import AsyncIterator
from functools import partial
from random import Random

import pytest

from core.errors import NotLinked
from tests.accounts import Scene, drain, scene_over, until
from tests.workers.conftest import Stage
from workers.loop import Job

PEOPLE = range(1001, 1005)
FILMS = 30
SECONDS = float(os.environ.get("SOAK_SECONDS", "20"))


@pytest.fixture
async def scene(stage: Stage) -> AsyncIterator[Scene]:
    async with scene_over(stage.database, stage.tmdb, key=stage.settings.secret_key[0]) as scene:
        films = scene.tmdb.film_ids(FILMS)
        await scene.films(*films[: FILMS // 2])
        for person in PEOPLE:
            scene.tmdb.add_account(f"person{person}", ratings=dict.fromkeys(films[5:25], 6.5))
        yield scene


async def live(scene: Scene, person: int, dice: Random, deadline: float) -> None:
    """One person's chat: one thing after the other, as the bot handles a chat's updates."""
    films = scene.tmdb.film_ids(FILMS)[: FILMS // 2]
    name = f"person{person}"
    while asyncio.get_running_loop().time() < deadline:
        match dice.randrange(12):
            case 0:
                await scene.link_if_free(person, name)
            case 1:
                await scene.accounts.unlink(person, keep_ratings=dice.random() < 0.5)
            case 2:
                try:
                    await scene.imports.request(person)
                except NotLinked:
                    continue
            case 3:
                try:
                    await scene.offers.send(person)
                except NotLinked:
                    continue
            case 4:
                scene.tmdb.revoke_sessions(name)
            case 5:
                scene.tmdb.rate(name, dice.choice(films), dice.randrange(1, 21) / 2)
            case 6:
                await scene.rate(person, dice.choice(films), None)
            case 7 | 8:
                await scene.watch(person, dice.choice(films), dice.random() < 0.6)
            case _:
                await scene.rate(person, dice.choice(films), dice.randrange(1, 21) / 2)


@pytest.mark.soak
async def test_nothing_is_lost_and_nobody_waits_for_ever(stage: Stage, scene: Scene) -> None:
    seed = int(os.environ.get("SOAK_SEED", "1"))
    deadline = asyncio.get_running_loop().time() + SECONDS
    jobs: list[Job] = [
        scene.import_job("i1"),
        scene.import_job("i2"),
        scene.push_job("p1"),
        scene.push_job("p2"),
    ]
    jobs.append(scene.session_job())

    async def work(number: int) -> None:
        while asyncio.get_running_loop().time() < deadline:
            if not await jobs[number].step():
                await asyncio.sleep(0.005)

    async with asyncio.TaskGroup() as group:
        for person in PEOPLE:
            group.create_task(live(scene, person, Random(seed * 1000 + person), deadline))
        for number in range(len(jobs)):
            group.create_task(work(number))

    for person in PEOPLE:
        await scene.link_if_free(person, f"person{person}")
        await scene.offers.send(person)
        await scene.database.execute("UPDATE tmdb.pushes SET next_attempt_at = tmdb.now()")

        await until(partial(_all_sent, scene, person), scene.push_job())
        status = await scene.import_now(person)
        assert status.state == "done"
        held = await scene.held(person)
        at_tmdb = scene.tmdb.ratings(f"person{person}")
        assert {film: held[film] for film in at_tmdb} == at_tmdb
        assert set(scene.tmdb.accounts.named(f"person{person}").watchlist) <= set(await scene.listed(person))
        counted = await scene.value(
            "SELECT ratings_count FROM tmdb.users WHERE telegram_user_id = $1", person
        )
        assert counted == len(held)
    await drain(scene.session_job())
    deadlocks = await scene.value("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    assert deadlocks == 0


async def _all_sent(scene: Scene, person: int) -> bool | None:
    waiting = await scene.value("SELECT count(*) FROM tmdb.pushes WHERE telegram_user_id = $1", person)
    return waiting == 0 or None
