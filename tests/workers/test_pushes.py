"""Ratings on their way to TMDB: outages, refusals, changes meanwhile, killed workers."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from core.vault import Vault
from db.pool import Database
from tests.accounts import ANN, BOB, Scene, drain, scene_over, until
from tests.workers.conftest import Stage
from tests.workers.kill import killed
from workers.loop import Worker
from workers.pushes import PushChanges
from workers.wiring import JOBS, build

MATRIX = 603


@pytest.fixture
async def scene(stage: Stage) -> AsyncIterator[Scene]:
    async with scene_over(stage.database, stage.tmdb, key=stage.settings.secret_key[0]) as scene:
        scene.tmdb.add_account("ann")
        scene.tmdb.add_account("bob")
        await scene.films(MATRIX)
        await scene.link(ANN, "ann")
        yield scene


async def due_now(scene: Scene) -> None:
    """The pause after a failure is over."""
    await scene.database.execute("UPDATE tmdb.pushes SET next_attempt_at = tmdb.now()")


async def test_a_rating_arrives_and_its_arrival_is_recorded(scene: Scene) -> None:
    await scene.rate(ANN, MATRIX, 8.5)
    await scene.push_all()
    assert scene.tmdb.ratings("ann") == {MATRIX: 8.5}
    row = await scene.database.fetchrow("SELECT * FROM tmdb.user_movie_ratings")
    assert row is not None
    assert row["pushed_at"] is not None
    assert row["tmdb_account_id"] == scene.tmdb.accounts.named("ann").id
    assert await scene.value("SELECT count(*) FROM tmdb.pushes") == 0
    await scene.rate(ANN, MATRIX, None)
    await scene.push_all()
    assert scene.tmdb.ratings("ann") == {}


async def test_removing_what_tmdb_does_not_have_is_done(scene: Scene) -> None:
    await scene.rate(ANN, MATRIX, None)
    scene.tmdb.delete_film(MATRIX)
    await scene.push_all()
    assert await scene.value("SELECT count(*) FROM tmdb.pushes") == 0
    assert await scene.notices(ANN) == []


async def test_tmdb_away_for_a_while(scene: Scene) -> None:
    await scene.rate(ANN, MATRIX, 8)
    await scene.tmdb.go_away()
    for attempt in range(1, 4):
        await scene.push_all()
        row = await scene.database.fetchrow(
            """
            SELECT attempts, last_error, leased_by, parked_at,
              extract(epoch FROM next_attempt_at - tmdb.now())::float8 AS pause FROM tmdb.pushes
            """
        )
        assert row is not None
        assert (row["attempts"], row["leased_by"], row["parked_at"]) == (attempt, None, None)
        assert 2 ** (attempt - 1) - 0.9 < row["pause"] <= 2 ** (attempt - 1), "1, 2, 4 … seconds"
        assert "connection" in row["last_error"]
        await due_now(scene)
    assert await scene.held(ANN) == {MATRIX: 8.0}
    await scene.tmdb.come_back()
    await scene.push_all()
    assert scene.tmdb.ratings("ann") == {MATRIX: 8}


async def test_retry_after_is_obeyed(scene: Scene) -> None:
    await scene.rate(ANN, MATRIX, 8)
    scene.tmdb.fault("too_many", "/3/movie/*/rating", retry_after=77, times=1)
    await scene.push_all()
    assert await scene.value("SELECT next_attempt_at > tmdb.now() + interval '70 s' FROM tmdb.pushes")


async def test_a_film_that_is_gone_is_parked_and_told_once(scene: Scene) -> None:
    await scene.rate(ANN, MATRIX, 8)
    scene.tmdb.delete_film(MATRIX)
    await scene.push_all()
    await scene.push_all()
    assert await scene.value("SELECT parked_reason FROM tmdb.pushes") == "gone"
    assert await scene.notices(ANN) == ["push_gone"]
    assert await scene.held(ANN) == {MATRIX: 8.0}
    scene.tmdb.restore_film(MATRIX)
    await scene.rate(ANN, MATRIX, 9)
    await scene.push_all()
    assert scene.tmdb.ratings("ann") == {MATRIX: 9}


async def test_a_proxys_404_is_not_a_film_that_is_gone(scene: Scene) -> None:
    await scene.rate(ANN, MATRIX, 8)
    scene.tmdb.fault("proxy_404", "/3/movie/*/rating", times=1)
    await scene.push_all()
    await due_now(scene)
    await scene.push_all()
    assert scene.tmdb.ratings("ann") == {MATRIX: 8}
    assert await scene.notices(ANN) == []


async def test_a_value_tmdb_refuses_is_parked_and_told_once(scene: Scene) -> None:
    await scene.rate(ANN, MATRIX, 8)
    scene.tmdb.fault("code", "/3/movie/*/rating", status=400, code=18)
    for _ in range(2):
        await due_now(scene)
        await scene.push_all()
    assert await scene.value("SELECT parked_reason FROM tmdb.pushes") == "refused"
    assert await scene.notices(ANN) == ["push_refused"]


async def test_a_revoked_session_parks_everything_that_waits_and_is_told_once(scene: Scene) -> None:
    films = scene.tmdb.film_ids(5)
    await scene.films(*films)
    for film in films:
        await scene.rate(ANN, film, 8)
    scene.tmdb.revoke_sessions("ann")
    await scene.push_all()
    parked = await scene.database.fetch("SELECT parked_reason, leased_by FROM tmdb.pushes")
    assert [tuple(row) for row in parked] == [("revoked", None)] * 5
    assert await scene.notices(ANN) == ["session_revoked"]
    await scene.link(ANN, "ann")
    await scene.push_all()
    assert len(scene.tmdb.ratings("ann")) == 5


async def test_a_change_made_while_the_older_one_is_sent_is_not_lost(scene: Scene) -> None:
    await scene.rate(ANN, MATRIX, 8)
    scene.tmdb.fault("slow", "/3/movie/*/rating", delay=0.3, times=1)
    async with asyncio.TaskGroup() as group:
        sending = group.create_task(scene.push_job().step())

        async def asked() -> bool | None:
            return bool(await scene.value("SELECT count(leased_by) FROM tmdb.pushes")) or None

        await until(asked)
        await scene.rate(ANN, MATRIX, 3)
        assert not await scene.push_job("another").step(), "not while the older one may still arrive"
        assert await sending
    await scene.push_all()
    assert scene.tmdb.ratings("ann") == {MATRIX: 3}


async def test_a_film_put_on_the_watchlist_after_it_was_rated_stays_on_it(scene: Scene) -> None:
    """TMDB takes off the list what is rated: the rating must have arrived before the wish to see it again."""
    await scene.rate(ANN, MATRIX, 8)
    await scene.watch(ANN, MATRIX, True)
    scene.tmdb.fault("html", "/3/movie/*/rating", status=500, times=1)
    await scene.push_all()
    assert scene.tmdb.watchlist("ann") == [], "not while the rating may still arrive"
    await due_now(scene)
    await scene.push_all()
    assert (scene.tmdb.ratings("ann"), scene.tmdb.watchlist("ann")) == ({MATRIX: 8}, [MATRIX])
    assert await scene.value("SELECT count(*) FROM tmdb.pushes") == 0


async def test_workers_side_by_side_send_each_rating_once(scene: Scene) -> None:
    await scene.link(BOB, "bob")
    films = scene.tmdb.film_ids(30)
    await scene.films(*films)
    for person in (ANN, BOB):
        for film in films:
            await scene.rate(person, film, 7)
    scene.tmdb.clear_requests()
    async with asyncio.TaskGroup() as group:
        for number in range(3):
            group.create_task(drain(scene.push_job(f"pusher {number}")))
    assert scene.tmdb.count(template="/3/movie/{movie_id}/rating") == 60
    assert len(scene.tmdb.ratings("ann")) == len(scene.tmdb.ratings("bob")) == 30


async def test_a_lost_secret_key_delays_and_loses_nothing(scene: Scene) -> None:
    await scene.rate(ANN, MATRIX, 8)
    keyless = Vault([SecretStr("not the key it was encrypted with")])
    await drain(PushChanges(scene.database, scene.client, keyless, leased_by="keyless", lease_seconds=30))
    assert "SECRET_KEY" in await scene.value("SELECT last_error FROM tmdb.pushes")
    await due_now(scene)
    await scene.push_all()
    assert scene.tmdb.ratings("ann") == {MATRIX: 8}


async def killed_sending(stage: Stage, at: str, after: bool) -> None:
    """A worker of the pushes dies there."""

    async def work() -> None:
        database = await Database.connect(stage.url, name="victim", checked=False)
        settings = stage.settings.model_copy(update={"lease_seconds": 0.2})
        async with build(settings, database) as parts:
            [job] = JOBS["pushes"](parts)
            await Worker(job).run(until_idle=True)

    await killed(work, at, after=after)


@pytest.mark.parametrize(
    ("at", "after"),
    [
        ("db.pushes.Pushes.claim", True),
        ("clients.tmdb.client.TmdbClient.rate", True),
        ("db.pushes.Pushes.done", False),
        ("db.pushes.Pushes.done", True),
        ("workers.pushes.PushChanges._push", True),
    ],
)
async def test_a_rating_arrives_though_its_worker_was_killed(
    stage: Stage, scene: Scene, at: str, after: bool
) -> None:
    await scene.rate(ANN, MATRIX, 8)
    await killed_sending(stage, at, after)

    async def arrived() -> bool | None:
        return await scene.value("SELECT pushed_at IS NOT NULL FROM tmdb.user_movie_ratings") or None

    await until(arrived, scene.push_job())
    assert scene.tmdb.ratings("ann") == {MATRIX: 8}
    assert await scene.value("SELECT count(*) FROM tmdb.pushes") == 0


@pytest.mark.parametrize("on", [True, False])
@pytest.mark.parametrize(
    ("at", "after"),
    [
        ("clients.tmdb.client.TmdbClient.set_watchlist", False),
        ("clients.tmdb.client.TmdbClient.set_watchlist", True),
        ("db.pushes.Pushes.done", True),
    ],
)
async def test_a_change_of_the_watchlist_arrives_though_its_worker_was_killed(
    stage: Stage, scene: Scene, at: str, after: bool, on: bool
) -> None:
    at_tmdb = scene.tmdb.accounts.named("ann").watchlist
    if not on:
        await scene.watch(ANN, MATRIX, True)
        await scene.push_all()
        assert list(at_tmdb) == [MATRIX]
    await scene.watch(ANN, MATRIX, on)
    await killed_sending(stage, at, after)

    async def sent() -> bool | None:
        return await scene.value("SELECT count(*) FROM tmdb.pushes") == 0 or None

    await until(sent, scene.push_job())
    assert list(at_tmdb) == await scene.listed(ANN) == ([MATRIX] if on else [])
    # Whichever worker it was, what is known of the change is that TMDB has it.
    table = "user_watchlist" if on else "removals"
    assert await scene.value(f"SELECT pushed_at IS NOT NULL FROM tmdb.{table} WHERE movie_id = 603")
