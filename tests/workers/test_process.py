"""`python -m workers` as a process: its start, its signs of life, its stop, its exit codes."""

import signal
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

from db.heartbeats import Heartbeats
from services.process import run_part
from tests.process import Process, forked
from tests.workers.conftest import CHANNEL, TOKEN, Stage, until
from workers.__main__ import run
from workers.wiring import JOBS


def environment(stage: Stage, **replaced: str) -> Mapping[str, str]:
    """What `.env` would say."""
    settings = stage.settings
    return {
        "BOT_TOKEN": TOKEN,
        "TELEGRAM_API_BASE_URL": settings.telegram_api_base_url,
        "POSTER_CHANNEL_IDS": str(CHANNEL),
        "POSTER_CHANNEL_RATE": "6000",
        "POSTER_SIZE": "w92",
        "TMDB_ACCESS_TOKEN": stage.tmdb.access_token,
        "TMDB_API_BASE_URL": settings.tmdb_api_base_url,
        "TMDB_IMAGE_BASE_URL": settings.tmdb_image_base_url,
        "DATABASE_URL": stage.url,
        "DATA_DIR": str(settings.data_dir),
        "SECRET_KEY": "a-key-of-sufficient-length",
        "LOG_FORMAT": "json",
        **replaced,
    }


def workers(tmp_path: Path, variables: Mapping[str, str], *jobs: str) -> AbstractAsyncContextManager[Process]:
    """`python -m workers [job ...]` with these variables."""
    return forked(tmp_path, variables, partial(run_part, "workers", partial(run, list(jobs))))


async def test_it_works_says_that_it_lives_and_stops_at_sigterm(stage: Stage, tmp_path: Path) -> None:
    await stage.want(20)
    async with workers(tmp_path, environment(stage)) as process:
        await process.said("working")
        await stage.in_telegram(3)
        assert await Heartbeats(stage.database).age("workers") is not None
        process.stop()
        assert await process.ended() == 0
    rows = await stage.rows()
    assert all(row["lease_until"] is None for row in rows)
    assert stage.posts == sum(row["poster_status"] == 2 for row in rows)
    assert await Heartbeats(stage.database).age("workers") is None
    called = await stage.database.fetch("SELECT host, endpoint, job FROM tmdb.api_requests")
    assert {("tmdb-images", "/{size}{poster_path}", "download"), ("telegram", "sendPhoto", "upload")} <= {
        tuple(row) for row in called
    }
    assert "Traceback" not in process.output
    assert TOKEN.partition(":")[2] not in process.output
    assert stage.tmdb.access_token not in process.output


async def test_only_the_named_jobs_work(stage: Stage, tmp_path: Path) -> None:
    await stage.want(2)
    async with workers(tmp_path, environment(stage), "download") as process:

        async def on_disk() -> bool:
            return await stage.counts() == {1: 2}

        await until(on_disk)
        process.stop(signal.SIGINT)
        assert await process.ended() == 0
    assert stage.posts == 0


async def test_a_refused_token_is_one_line_and_exit_code_2(stage: Stage, tmp_path: Path) -> None:
    refused = environment(stage, BOT_TOKEN="77:AAHnobody-knows-this-token-xxxxxxx")
    async with workers(tmp_path, refused) as process:
        assert await process.ended() == 2
    *_, last = process.output.splitlines()
    assert last.startswith("BOT_TOKEN: refused")
    assert "Traceback" not in process.output
    assert "nobody-knows" not in process.output


async def test_a_database_that_is_away_is_said_and_waited_for(stage: Stage, tmp_path: Path) -> None:
    away = environment(stage, DATABASE_URL=f"postgresql://postgres@/x?host={tmp_path}")
    async with workers(tmp_path, away) as process:
        await process.said("waiting for the database")
        process.stop()
        assert await process.ended() == 0


async def test_the_table_of_jobs_is_complete(stage: Stage) -> None:
    async with stage.parts() as parts:
        made = {name: JOBS[name](parts) for name in JOBS}
    assert all(job.name == name for name, jobs in made.items() for job in jobs)
    assert {name for jobs in made.values() for job in jobs for name in job.wakes_on} == {
        *("download", "upload", "move", "prewarm", "imports", "pushes", "sessions", "notices", "live"),
        *("inline", "alerts", "health", "sync", "topup", "refresh"),
    }
    modules = {path.stem for path in (Path(__file__).parents[2] / "workers").glob("*.py")}
    beside = {"__init__", "__main__", "command", "leases", "loop", "schedule", "wiring"}
    assert modules - set(JOBS) == beside


async def test_a_wrong_cron_expression_is_one_line_and_exit_code_2(stage: Stage, tmp_path: Path) -> None:
    wrong = environment(stage, TMDB_DELTA_SYNC_CRON="0 25 * * *")
    async with workers(tmp_path, wrong) as process:
        assert await process.ended() == 2
    *_, last = process.output.splitlines()
    assert last.startswith("TMDB_DELTA_SYNC_CRON should be five fields in UTC")
