"""The import worker killed at every state change, stopped, and run beside others."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from core.errors import FilmotekaError
from core.imports import WatchlistImport
from db.pool import Database
from services.imports import Importer
from tests.accounts import ANN, Scene, scene_over
from tests.workers.conftest import Stage
from tests.workers.kill import killed
from workers.loop import Worker
from workers.wiring import JOBS, build

LEASE_SECONDS = 0.2


@pytest.fixture
async def scene(stage: Stage) -> AsyncIterator[Scene]:
    async with scene_over(stage.database, stage.tmdb, key=stage.settings.secret_key[0]) as scene:
        yield scene


async def prepare(scene: Scene) -> int:
    """An import of 24 ratings on two pages: one new film, one rating changed, one removed, one on its way.

    And of a watchlist, with one film new and one gone.
    """
    films = scene.tmdb.film_ids(40)
    scene.tmdb.add_account("ann", ratings=dict.fromkeys(films[:24], 8.5))
    watchlist = scene.tmdb.accounts.named("ann").watchlist
    watchlist.update(dict.fromkeys(films[30:36]))
    await scene.run_import(await scene.link(ANN, "ann"))
    await scene.database.execute("DELETE FROM tmdb.notices")
    scene.tmdb.rate("ann", films[0], None)
    scene.tmdb.rate("ann", films[1], 2.5)
    scene.tmdb.rate("ann", films[24], 7)
    await scene.rate(ANN, films[2], 9.5)
    del watchlist[films[30]]
    watchlist[films[36]] = None
    return (await scene.imports.request(ANN)).import_id


@pytest.mark.parametrize(
    ("at", "after"),
    [
        ("db.imports.ListImports.claim", True),
        ("db.imports.ListImports.stage", False),
        ("db.imports.ListImports.stage", True),
        ("db.imports.ListImports.release", True),
        ("db.imports.ListImports.advance", False),
        ("db.imports.ListImports.advance", True),
        ("services.imports.Importer._fetch", False),
        ("db.imports.ListImports.fetched", False),
        ("db.imports.ListImports.fetched", True),
        ("services.imports.Importer._compare", False),
        ("db.imports.ListImports.compare", False),
        ("db.imports.ListImports.compare", True),
        ("db.imports.ListImports.confirmed", False),
        ("db.imports.ListImports.confirmed", True),
        ("db.imports.ListImports.apply", False),
        ("db.imports.ListImports.apply", True),
        ("db.imports.ListImports.go_on", True),
        ("clients.tmdb.client.TmdbClient.watchlist_movies", True),
        ("db.imports.ListImports.finish", True),
    ],
)
async def test_an_import_goes_on_where_its_worker_was_killed(
    stage: Stage, scene: Scene, at: str, after: bool
) -> None:
    import_id = await prepare(scene)
    settings = stage.settings.model_copy(update={"lease_seconds": LEASE_SECONDS})

    async def work() -> None:
        database = await Database.connect(stage.url, name="victim", checked=False)
        async with build(settings, database) as parts:
            [job] = JOBS["imports"](parts)
            await Worker(job).run(until_idle=True)

    await killed(work, at, after=after)
    status = await scene.run_import(import_id)
    assert (status.state, status.imported) == ("done", 24)
    assert (status.added, status.changed, status.removed, status.failed) == (1, 1, 1, 0)
    films = scene.tmdb.film_ids(26)
    assert await scene.held(ANN) == scene.tmdb.ratings("ann") | {films[2]: 9.5}
    assert status.watchlist == WatchlistImport(6, added=1, removed=1)
    assert await scene.listed(ANN) == list(scene.tmdb.accounts.named("ann").watchlist)
    assert await scene.value("SELECT ratings_count FROM tmdb.users") == 24
    assert await scene.notices(ANN) == ["import_ended"]


async def test_workers_side_by_side_finish_everybodys_import_once(stage: Stage, scene: Scene) -> None:
    people = range(ANN, ANN + 4)
    films = scene.tmdb.film_ids(50)
    for person in people:
        scene.tmdb.add_account(f"person{person}", ratings=dict.fromkeys(films, 6.5))
        await scene.link(person, f"person{person}")
    async with asyncio.TaskGroup() as group:
        for number in range(3):
            group.create_task(Worker(scene.import_job(f"importer {number}")).run(until_idle=True))
    rows = await stage.database.fetch("SELECT state, imported, added, failed FROM tmdb.imports")
    assert [tuple(row) for row in rows] == [("done", 50, 50, 0)] * 4


async def test_a_stop_releases_what_is_in_hand(
    stage: Stage, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.tmdb.add_account("ann", ratings=dict.fromkeys(scene.tmdb.film_ids(30), 6.5))
    import_id = await scene.link(ANN, "ann")
    scene.tmdb.fault("slow", "/3/movie/*", delay=0.9)
    fetching, fetch = asyncio.Event(), Importer._fetch

    async def noticed(importer: Importer, *args: Any) -> FilmotekaError | None:
        fetching.set()
        return await fetch(importer, *args)

    monkeypatch.setattr(Importer, "_fetch", noticed)
    async with stage.parts() as parts:
        [job] = JOBS["imports"](parts)
        worker = Worker(job, finish_seconds=0)
        running = asyncio.get_running_loop().create_task(worker.run())
        async with asyncio.timeout(5):
            await fetching.wait()
        worker.stop()
        async with asyncio.timeout(5):
            await running
    assert await scene.value("SELECT leased_by FROM tmdb.imports") is None
    scene.tmdb.clear_faults()
    assert (await scene.run_import(import_id)).imported == 30
