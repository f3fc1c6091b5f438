"""Linked accounts kept in step: each at its own time, silently, behind people's own imports."""

from collections.abc import AsyncIterator

import pytest

from core.sync import Run
from db.blocked_users import BlockedUsers
from db.imports import ListImports
from db.pool import Database
from services.sync_ratings import RatingsRunner
from tests.accounts import ANN, BOB, Scene, drain, scene_of
from tests.runs import executed

PAGE = 20
LIST = "/3/account/{account_id}/rated/movies"


@pytest.fixture
async def scene(emptied_database: Database) -> AsyncIterator[Scene]:
    async with scene_of(emptied_database, generated=80) as scene:
        scene.tmdb.add_account("ann", ratings=dict.fromkeys(scene.tmdb.film_ids(65), 8))
        scene.tmdb.add_account("bob", ratings=dict.fromkeys(scene.tmdb.film_ids(5), 6))
        yield scene


async def linked(scene: Scene) -> None:
    """Ann has an account here, imported a moment ago."""
    await scene.run_import(await scene.link(ANN, "ann"))
    await scene.database.execute("DELETE FROM tmdb.notices")
    scene.tmdb.clear_requests()


async def move_clock(scene: Scene, interval: str) -> None:
    """The product's clock, for every connection opened from now on."""
    name = await scene.value("SELECT current_database()")
    await scene.database.execute(f"ALTER DATABASE {name} SET tmdb.clock_offset = '{interval}'")
    await scene.database.pool.expire_connections()


async def run(scene: Scene) -> Run:
    """A scheduled run of the type, whose imports nobody works on yet."""
    done = await executed(scene.database, RatingsRunner(scene.database), "ratings")
    await scene.database.execute("UPDATE tmdb.sync_runs SET status = 'completed', finished_at = tmdb.now()")
    return done


async def kinds(scene: Scene) -> list[tuple[int, str]]:
    """Unfinished imports."""
    rows = await scene.database.fetch(
        "SELECT telegram_user_id, kind FROM tmdb.imports WHERE finished_at IS NULL ORDER BY 1"
    )
    return [tuple(row) for row in rows]


async def due(scene: Scene, *, whole: bool = False) -> None:
    """A day has gone by since the newest pages were asked for, and a week since all were."""
    await scene.database.execute(
        """
        UPDATE tmdb.users SET newest_import_at = tmdb.now() - interval '1 day',
          whole_import_at = CASE WHEN $1 THEN tmdb.now() - interval '7 days' ELSE tmdb.now() END
        """,
        whole,
    )


async def test_newest_daily_all_weekly_and_times_missed_are_made_up_once(scene: Scene) -> None:
    await linked(scene)
    assert (await run(scene)).movies_checked == 0
    newest = whole = 0
    for hours in range(12, 15 * 24, 12):
        await move_clock(scene, f"{hours} hours")
        done = await run(scene)
        newest += done.metadata["newest"]
        whole += done.metadata["all"]
        assert done.metadata["checked"] == "accounts"
        assert done.movies_checked == done.metadata["newest"] + done.metadata["all"]
        await scene.database.execute("DELETE FROM tmdb.imports WHERE finished_at IS NULL")
    assert whole == 2
    assert newest + whole in (14, 15)
    await move_clock(scene, "90 days")
    assert (await run(scene)).movies_checked == 1
    await scene.database.execute("DELETE FROM tmdb.imports WHERE finished_at IS NULL")
    assert (await run(scene)).movies_checked == 0


async def test_accounts_have_their_times_all_over_the_day(scene: Scene) -> None:
    await scene.database.execute(
        """
        INSERT INTO tmdb.users (telegram_user_id, tmdb_account_id, tmdb_session, newest_import_at,
          whole_import_at)
        SELECT n, n, 'x', tmdb.now(), tmdb.now() + interval '30 days' FROM generate_series(1, 2400) AS n
        """
    )
    counts = []
    read: set[int] = set()
    for hour in range(3, 25, 3):
        await move_clock(scene, f"{hour} hours")
        await scene.database.execute("UPDATE tmdb.users SET whole_import_at = tmdb.now()")
        counts.append((await run(scene)).metadata["newest"])
        rows = await scene.database.fetch("DELETE FROM tmdb.imports RETURNING telegram_user_id")
        # The last look is a day and what the test took after the first account's time: that may be its next.
        assert hour == 24 or read.isdisjoint(row[0] for row in rows)
        read.update(row[0] for row in rows)
    assert len(read) == 2400
    assert max(counts) < 400
    assert min(counts) > 200


async def test_the_newest_pages_are_read_until_one_brings_nothing_and_nobody_is_told(scene: Scene) -> None:
    await linked(scene)
    new = scene.tmdb.film_ids(70)[65:]
    for film in new:
        scene.tmdb.rate("ann", film, 9)
    await due(scene)
    await run(scene)
    assert await kinds(scene) == [(ANN, "newest")]
    await drain(scene.import_job())
    pages = [r for r in scene.tmdb.requests if r.template == LIST]
    assert len(pages) == 2
    assert scene.tmdb.count(template="/3/movie/{movie_id}") == len(new)
    assert await scene.held(ANN) == scene.tmdb.ratings("ann")
    assert await scene.notices(ANN) == []
    assert await scene.value("SELECT ratings_count FROM tmdb.users WHERE telegram_user_id = $1", ANN) == 70


async def test_the_newest_pages_never_count_anything_as_removed(scene: Scene) -> None:
    await linked(scene)
    gone = scene.tmdb.film_ids(3)
    for film in gone:
        scene.tmdb.rate("ann", film, None)
    await due(scene)
    await run(scene)
    await drain(scene.import_job())
    assert len(await scene.held(ANN)) == 65
    assert scene.tmdb.count(template="/3/movie/{movie_id}/account_states") == 0
    # The weekly reading of all sees it, by the import's rules.
    await due(scene, whole=True)
    await run(scene)
    assert await kinds(scene) == [(ANN, "all")]
    await drain(scene.import_job())
    assert await scene.held(ANN) == scene.tmdb.ratings("ann")
    assert await scene.notices(ANN) == []
    assert await scene.value("SELECT count(*) FROM tmdb.imports WHERE kind <> 'asked'") == 1


async def test_nobody_sees_that_it_runs(scene: Scene) -> None:
    await linked(scene)
    status = "SELECT sync_status FROM tmdb.users WHERE telegram_user_id = $1"
    await due(scene, whole=True)
    await run(scene)
    job = scene.import_job()
    while await job.step():
        assert await scene.value(status, ANN) == 2


async def test_tmdb_away_is_no_ones_news(scene: Scene) -> None:
    await linked(scene)
    await due(scene)
    await run(scene)
    scene.tmdb.fault("html", "*", status=503)
    assert await scene.import_job().step()
    assert await scene.value("SELECT next_attempt_at > tmdb.now() FROM tmdb.imports WHERE kind = 'newest'")
    await scene.database.execute(
        "UPDATE tmdb.imports SET created_at = created_at - interval '25 hours', next_attempt_at = tmdb.now()"
    )
    await drain(scene.import_job())
    assert await kinds(scene) == []
    assert await scene.notices(ANN) == []
    assert await scene.value("SELECT sync_status FROM tmdb.users WHERE telegram_user_id = $1", ANN) == 2
    assert len(await scene.held(ANN)) == 65


async def test_a_revoked_session_is_told(scene: Scene) -> None:
    await linked(scene)
    scene.tmdb.revoke_sessions("ann")
    await due(scene)
    await run(scene)
    await drain(scene.import_job())
    assert await scene.notices(ANN) == ["session_revoked"]
    assert (await run(scene)).movies_checked == 0, "who is not linked any more is left alone"


async def test_an_asked_import_takes_the_place_of_the_newest_pages(scene: Scene) -> None:
    await linked(scene)
    await due(scene)
    await run(scene)
    silent = scene.import_job("silent")
    taken = await ListImports(scene.database).claim(silent._lease, "silent")
    assert taken is not None
    status = await scene.import_now(ANN)
    assert (status.state, status.imported) == ("done", 65)
    assert await scene.notices(ANN) == ["import_ended"]
    # The worker that had the other one comes late: nothing it says counts.
    await scene.importer().work(taken, "silent")
    assert await kinds(scene) == []
    assert await scene.notices(ANN) == ["import_ended"]


async def test_an_asked_import_joins_the_silent_reading_of_all(scene: Scene) -> None:
    await linked(scene)
    await due(scene, whole=True)
    await run(scene)
    assert await scene.import_job().step()
    silent = await scene.value("SELECT id FROM tmdb.imports WHERE finished_at IS NULL")
    requested = await scene.imports.request(ANN)
    assert (requested.import_id, requested.joined) == (silent, True)
    assert await kinds(scene) == [(ANN, "asked")]
    assert await scene.value("SELECT sync_status FROM tmdb.users WHERE telegram_user_id = $1", ANN) == 1
    assert (await scene.run_import(silent)).imported == 65
    assert await scene.notices(ANN) == ["import_ended"]


async def test_peoples_own_imports_go_first(scene: Scene) -> None:
    await linked(scene)
    await due(scene)
    await run(scene)
    own = await scene.link(BOB, "bob")
    taken = await ListImports(scene.database).claim(scene.import_job()._lease, "worker")
    assert taken is not None
    assert (taken.id, taken.kind) == (own, "asked")


async def test_who_is_shut_out_is_not_synchronised_and_their_imports_wait(scene: Scene) -> None:
    await linked(scene)
    await BlockedUsers(scene.database).block(ANN, 900)
    await due(scene)
    assert (await run(scene)).movies_checked == 0
    await scene.imports.request(ANN)
    assert not await scene.import_job().step()
    await BlockedUsers(scene.database).unblock(ANN)
    assert await scene.import_job().step()


async def test_an_import_a_person_asked_for_counts_as_the_days_and_the_weeks(scene: Scene) -> None:
    await linked(scene)
    await due(scene, whole=True)
    await scene.import_now(ANN)
    assert (await run(scene)).movies_checked == 0


async def test_a_list_longer_than_a_round_is_read_on(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.imports.NEWEST_PAGES_A_ROUND", 1)
    await linked(scene)
    for film in scene.tmdb.film_ids(65):
        scene.tmdb.rate("ann", film, 9)
    await due(scene)
    await run(scene)
    await drain(scene.import_job())
    assert await scene.held(ANN) == scene.tmdb.ratings("ann")
