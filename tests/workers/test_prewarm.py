"""Pre-warming: what was asked for is wanted page by page, survives a restart, and rests during a pause."""

import pytest

from db.pool import Database
from db.posters import Posters, Priority
from db.prewarming import Prewarming
from db.sync_state import SyncState
from tests.workers.conftest import BOT_ID, Stage
from tests.workers.kill import killed
from workers.loop import Worker
from workers.prewarm import PrewarmPosters

ADMIN = 900


async def films(stage: Stage, number: int) -> None:
    """So many full films, the first the least popular."""
    await stage.database.execute(
        """
        INSERT INTO tmdb.movies (tmdb_id, title, poster_path, popularity, data_state, content_hash,
          payload_hash, fetched_at)
        SELECT n, 'Film ' || n, '/' || n || '.jpg', n, 'full', 'c', 'p', tmdb.now()
        FROM generate_series(1, $1) AS n
        """,
        number,
    )


async def wanted(stage: Stage) -> list[int]:
    """The films whose posters are wanted, the most popular first."""
    rows = await stage.database.fetch("SELECT tmdb_movie_id FROM tmdb.posters ORDER BY popularity DESC")
    return [row[0] for row in rows]


def job(stage: Stage, number: int = 0) -> PrewarmPosters:
    return PrewarmPosters(stage.database, bot_id=BOT_ID, size="w92", films=number)


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.prewarm.PAGE", 4)


@pytest.mark.parametrize(("asked", "expected"), [(10, 10), (8, 8), (3, 3), (50, 30), (None, 30)])
async def test_the_most_popular_are_wanted_in_pages(stage: Stage, asked: int | None, expected: int) -> None:
    await films(stage, 30)
    await Prewarming(stage.database).ask(BOT_ID, asked, ADMIN)
    await Worker(job(stage)).run(until_idle=True)
    assert await wanted(stage) == list(range(30, 30 - expected, -1))
    assert await Prewarming(stage.database).request(BOT_ID) is None
    priorities = await stage.database.fetch("SELECT DISTINCT priority FROM tmdb.posters")
    assert [row[0] for row in priorities] == [Priority.PREWARM]


async def test_a_request_survives_a_restart_where_it_was(stage: Stage) -> None:
    await films(stage, 12)
    await Prewarming(stage.database).ask(BOT_ID, 10, ADMIN)
    assert await job(stage).step()
    assert await Prewarming(stage.database).request(BOT_ID) == (10, 4)

    async def work() -> None:
        database = await Database.connect(stage.url, name="killed", connections=1, checked=False)
        await PrewarmPosters(database, bot_id=BOT_ID, size="w92", films=0).step()

    await killed(work, "db.prewarming.Prewarming.advance")
    assert await Prewarming(stage.database).request(BOT_ID) == (10, 4)
    assert len(await wanted(stage)) == 4
    await Worker(job(stage)).run(until_idle=True)
    assert await wanted(stage) == list(range(12, 2, -1))


async def test_a_request_goes_before_what_is_configured_which_still_follows(stage: Stage) -> None:
    await films(stage, 6)
    await Prewarming(stage.database).ask(BOT_ID, 2, ADMIN)
    prewarm = job(stage, 5)
    assert await prewarm.step()
    assert await wanted(stage) == [6, 5]
    await Worker(prewarm).run(until_idle=True)
    assert await wanted(stage) == [6, 5, 4, 3, 2]


async def test_while_paused_nothing_new_is_wanted_and_what_is_wanted_waits(stage: Stage) -> None:
    [prewarmed, imported] = await stage.want(2, Priority.PREWARM)
    await SyncState(stage.database).pause(ADMIN)
    await Prewarming(stage.database).ask(BOT_ID, None, ADMIN)
    assert not await job(stage, 5).step()
    await stage.drain("download")
    assert await stage.counts() == {0: 2}
    await stage.posters.want(BOT_ID, "w92", stage.films(2)[1:], Priority.IMPORT)
    await stage.drain("download", "upload")
    assert {row["poster_path"]: row["poster_status"] for row in await stage.rows()} == {
        prewarmed: 0,
        imported: 2,
    }
    await SyncState(stage.database).resume()
    await stage.drain("download", "upload")
    assert await stage.counts() == {2: 2}
    assert await job(stage, 5).step()


async def test_files_that_wait_during_a_pause_keep_no_import_out(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.download.FILES_A_CHANNEL", 8)
    await stage.want(12, Priority.PREWARM)
    await stage.drain("download")
    assert await stage.counts() == {0: 6, 1: 6}, "the room for what nobody waits for is full"
    await SyncState(stage.database).pause(ADMIN)
    waiting = await stage.database.fetch(
        "SELECT poster_path FROM tmdb.posters WHERE poster_status = 0 ORDER BY poster_path"
    )
    paths = {row[0] for row in waiting}
    imported = [film for film in stage.films(12) if film.poster_path in paths][:3]
    await stage.posters.want(BOT_ID, "w92", imported, Priority.IMPORT)
    await stage.drain("download")
    assert await stage.counts() == {0: 3, 1: 9}
    await stage.drain("upload")
    assert await stage.counts() == {0: 3, 1: 6, 2: 3}, "and pre-warmed files stay where they are"


async def test_a_dead_file_id_is_counted_once(stage: Stage) -> None:
    async with stage.working("download", "upload"):
        await stage.want()
        await stage.in_telegram()
    file_id = (await stage.row())["telegram_file_id"]
    for _ in range(2):
        await stage.posters.forget_file_ids(BOT_ID, [file_id])
    counts = await Posters(stage.database).counts(BOT_ID)
    assert (counts.dead, counts.dead_month) == (1, 1)
    assert counts.by_status == {0: 1, 1: 0, 2: 0}
