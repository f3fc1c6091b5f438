"""kill -9 of a worker at every state change of a poster: another finishes, nothing is stuck or doubled."""

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from db.pool import Database
from db.posters import Wanted
from services.posters import PosterStore
from tests.workers.conftest import BOT_ID, CHANNEL, Stage, until
from tests.workers.kill import killed
from workers.loop import Worker
from workers.wiring import JOBS, build

LEASE_SECONDS = 0.3
SHORT = {"lease_seconds": LEASE_SECONDS}

# Where the worker dies; whether after the call rather than before it; posts there may be in the channel.
DOWNLOADING = [
    ("db.posters.Posters.claim_downloads", True),
    ("services.poster_files.PosterFiles._write", True),
    ("services.poster_files.examine", True),
    ("db.posters.Posters.finish_downloads", False),
    ("db.posters.wake", False),
]
UPLOADING = [
    ("db.posters.Posters.claim_upload", True, 1),
    ("db.poster_channels.PosterChannels.grant", True, 1),
    ("clients.telegram.TelegramChannels.post", False, 1),
    ("clients.telegram.TelegramChannels.post", True, 2),
    ("db.posters.Posters.finish_upload", False, 2),
    ("db.posters.Posters.finish_upload", True, 1),
    ("services.poster_files.PosterFiles.remove", False, 1),
]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lease that runs out wakes nobody: the poll finds it."""
    monkeypatch.setattr("workers.download.DownloadPosters.poll_seconds", 0.05)
    monkeypatch.setattr("workers.upload.IDLE_SECONDS", 0.05)


def worker(stage: Stage, *jobs: str) -> Callable[[], Coroutine[Any, Any, None]]:
    """What a worker process does, on connections of its own."""

    async def work() -> None:
        database = await Database.connect(stage.url, name="killed", connections=2, checked=False)
        settings = stage.settings.model_copy(update=SHORT)
        async with build(settings, database) as parts:
            for name in jobs:
                for job in JOBS[name](parts):
                    await Worker(job).run(until_idle=True)

    return work


async def finished_by_another(stage: Stage, posts: int = 1) -> None:
    """A second worker brings the poster into Telegram, and the sweeper removes what is left lying about."""
    async with stage.working("download", "upload", "sweep", **SHORT) as jobs:
        [sweep] = (job for job in jobs if job.name == "sweep")

        async def done() -> bool:
            return await stage.counts() == {2: 1}

        await until(done)

        async def clean() -> bool:
            await sweep.step()
            return stage.files == []

        await until(clean)
    row = await stage.row()
    assert row["lease_until"] is None
    assert row["local_path"] is None
    assert stage.posts <= posts
    assert row["message_id"] in [message.message_id for message in stage.channels[0].messages]


@pytest.mark.parametrize(("at", "after"), DOWNLOADING)
async def test_killed_while_downloading(stage: Stage, at: str, after: bool) -> None:
    await stage.want()
    await killed(worker(stage, "download"), at, after=after)
    await finished_by_another(stage)


@pytest.mark.parametrize(("at", "after", "posts"), UPLOADING)
async def test_killed_while_uploading(stage: Stage, at: str, after: bool, posts: int) -> None:
    await stage.want()
    await stage.drain("download")
    await killed(worker(stage, "upload"), at, after=after)
    await finished_by_another(stage, posts)


@pytest.mark.parametrize(("at", "after", "posts"), [UPLOADING[0], UPLOADING[3], UPLOADING[5]])
async def test_killed_while_posting_by_file_id(stage: Stage, at: str, after: bool, posts: int) -> None:
    async with stage.parts() as parts:
        drawn = await stage.tmdb.images.get("w92", stage.films(1)[0].poster_path)
        assert drawn is not None
        card = await parts.telegram.post(CHANNEL, drawn, "a card")
    path = stage.films(1)[0].poster_path
    await stage.posters.learn(BOT_ID, "w92", Wanted(path, None, 1), file_id=card.file_id, file_unique_id="u")
    await killed(worker(stage, "upload"), at, after=after)
    await finished_by_another(stage, posts + 1)
    assert stage.tmdb.requests.count(host="image") == 0


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    ("fault", "at"), [("proxy_404", "db.posters.Posters.missing"), ("html", "db.posters.Posters.fail")]
)
async def test_killed_while_a_failure_is_recorded(stage: Stage, fault: Any, at: str, after: bool) -> None:
    await stage.want()
    broken = stage.tmdb.fault(fault, "/t/p/*")
    await killed(worker(stage, "download"), at, after=after)
    stage.tmdb.clear_faults(broken)
    row = await stage.row()
    assert row["poster_status"] == 0
    assert (row["last_error"] is not None) == after
    await stage.database.execute("UPDATE tmdb.posters SET next_attempt_at = tmdb.now()")
    await finished_by_another(stage)


@pytest.mark.parametrize(
    ("at", "after"),
    [
        ("db.posters.Posters.withdraw", True),
        ("clients.telegram.TelegramChannels.delete", True),
    ],
)
async def test_killed_while_an_admin_deletes(stage: Stage, at: str, after: bool) -> None:
    async with stage.working("download", "upload"):
        [path] = await stage.want()
        await stage.in_telegram()

    async def delete() -> None:
        database = await Database.connect(stage.url, name="killed", connections=2, checked=False)
        settings = stage.settings.model_copy(update=SHORT)
        async with build(settings, database) as parts:
            await PosterStore(database, parts.tmdb, settings).delete(path, parts.telegram)

    await killed(delete, at, after=after)
    # The deletion was not answered: the poster is whole again, its old post replaced.
    await finished_by_another(stage)
