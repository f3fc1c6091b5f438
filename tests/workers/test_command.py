"""`python -m workers sync …`: what an operator sees, with a workers process and without one."""

import asyncio
import json
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from core.errors import NotAuthorised
from core.settings import Settings
from db.alerts import Alerts
from db.heartbeats import Heartbeats
from db.movies import Movies
from db.sync_runs import SyncRuns
from services.process import run_part
from services.sync import Sync
from tests.process import Process, forked
from tests.workers.conftest import Stage, until
from tests.workers.test_process import environment
from workers import command
from workers.__main__ import run as workers
from workers.command import Command, described, main, parser

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(command, "FINISH_SECONDS", 0.1)
    monkeypatch.setattr("workers.sync.ExecuteRuns.poll_seconds", 0.05)
    monkeypatch.setattr("workers.topup.TopUp.poll_seconds", 0.05)


async def run(stage: Stage, *arguments: str, **replaced: Any) -> int:
    """A command in this process; the exit code."""
    settings = stage.settings.model_copy(update=replaced)
    return await Command(parser().parse_args(arguments), settings, stage.url, stage.database).run()


def sync(stage: Stage) -> Sync:
    return Sync(stage.database, stage.settings)


def told(capsys: pytest.CaptureFixture[str]) -> Any:
    """The one JSON document; the test's own log stands before it."""
    out = capsys.readouterr().out
    found = re.search(r"^[\[{]$.*\Z", out, re.M | re.S)
    assert found, out
    return json.loads(found[0])


async def a_workers_process_beats(stage: Stage) -> None:
    await Heartbeats(stage.database).beat("workers", "elsewhere:1")


async def full(stage: Stage) -> list[int]:
    rows = await stage.database.fetch("SELECT tmdb_id FROM tmdb.movies WHERE data_state = 'full' ORDER BY 1")
    return [row[0] for row in rows]


# With no process at work ------------------------------------------------------------------------


async def test_with_no_process_at_work_it_does_the_run_itself_without_telegram(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = stage.tmdb.film_ids(3)
    for film in ids:
        stage.tmdb.announce(film)
    posts = stage.posts
    assert await run(stage, "delta", "--json", telegram_api_base_url="http://127.0.0.1:9") == 0
    document = told(capsys)
    assert (document["run_type"], document["status"]) == ("delta", "completed")
    assert (document["trigger_type"], document["movies_new"]) == ("command", 3)
    assert await full(stage) == sorted(ids)
    assert stage.posts == posts
    assert await Heartbeats(stage.database).age("command") is None, "a clean end leaves no sign of life"


async def test_export_then_bulk_bring_the_whole_catalogue(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await run(stage, "export", "--json") == 0
    films = told(capsys)["movies_new"]
    assert films > 0
    assert await run(stage, "bulk", "--json") == 0
    assert told(capsys)["status"] == "completed"
    assert len(await full(stage)) == films


async def test_an_export_that_looks_wrong_is_accepted_by_its_day(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.tmdb.damage_export(bad_lines=["{", "[]"])
    assert await run(stage, "export") == 1
    [alert] = await Alerts(stage.database).open()
    assert await run(stage, "export", "--accept", "2020-02-29") == 1
    assert capsys.readouterr().out.endswith("no export of 2020-02-29 looks wrong\n")
    assert await run(stage, "export", "--accept", alert.facts["day"], "--json") == 0
    assert told(capsys)["movies_new"] > 0
    assert await Alerts(stage.database).open() == []


async def test_films_are_refreshed_and_each_outcome_is_told(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    (film,) = stage.tmdb.film_ids(1)
    assert await run(stage, "refresh", str(film), "--json") == 0
    [outcome] = told(capsys)
    assert (outcome["tmdb_id"], outcome["state"]) == (film, "stored")
    assert await run(stage, "refresh", str(film), "99999999", "--json") == 1
    assert {one["tmdb_id"]: one["state"] for one in told(capsys)} == {film: "stored", 99999999: "gone"}


async def test_a_film_that_tmdb_cannot_tell_of_is_told_with_its_error(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    (film,) = stage.tmdb.film_ids(1)
    stage.tmdb.fault("wrong_json", f"/3/movie/{film}*")
    assert await run(stage, "refresh", str(film), "--json") == 1
    [outcome] = told(capsys)
    assert outcome["state"] == "failed"
    assert outcome["error"]


async def test_a_run_nobody_works_on_any_more_goes_on_here(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    run_ = await sync(stage).start("stale", "scheduled")
    assert await run(stage, "stale", "--json") == 0
    assert told(capsys)["id"] == run_.id


async def test_a_key_tmdb_refuses_is_said_before_anything_is_tried(stage: Stage) -> None:
    stage.tmdb.fault("code", "/3/genre/*", code=7)
    with pytest.raises(NotAuthorised):
        await run(stage, "delta", "--json")


async def test_tmdb_away_is_told_and_waited_for(
    stage: Stage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "KEY_SECONDS", 0.1)
    (film,) = stage.tmdb.film_ids(1)
    stage.tmdb.fault("slow", "/3/genre/movie/list*", delay=20)
    assert await run(stage, "refresh", str(film)) == 0
    assert "TMDB does not answer: it is waited for" in capsys.readouterr().err


async def test_a_failed_run_is_exit_code_1_and_says_why(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.tmdb.set_exports([])
    await stage.database.execute(
        "ALTER TABLE tmdb.sync_runs ALTER attempts SET DEFAULT 5"
    )  # the last of its tries
    try:
        assert await run(stage, "export") == 1
    finally:
        await stage.database.execute("ALTER TABLE tmdb.sync_runs ALTER attempts SET DEFAULT 0")
    assert "export failed: " in capsys.readouterr().out


async def test_an_error_meanwhile_is_itself_and_not_a_group(stage: Stage) -> None:
    stage.tmdb.fault("slow", "/3/movie/changes*", delay=20)
    async with asyncio.TaskGroup() as group:
        looking = group.create_task(_error_of(run(stage, "delta")))

        async def deleted() -> bool:
            return await stage.database.fetchval("DELETE FROM tmdb.sync_runs RETURNING true") is not None

        await until(deleted)
    assert isinstance(looking.result(), RuntimeError)


async def _error_of(running: Coroutine[Any, Any, int]) -> BaseException | None:
    try:
        await running
    except RuntimeError as error:
        return error
    return None


# With a workers process -------------------------------------------------------------------------


async def test_a_workers_process_does_the_work_and_the_command_looks_on(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = stage.tmdb.film_ids(3)
    for film in ids:
        stage.tmdb.announce(film)
    await a_workers_process_beats(stage)
    async with stage.working("sync", "refresh"):
        assert await run(stage, "delta") == 0
    assert re.search(r"delta completed in .*: \d pages, 3 checked, 3 new", capsys.readouterr().out)
    assert await full(stage) == sorted(ids)


async def test_a_second_start_is_refused_with_what_is_running(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    await a_workers_process_beats(stage)
    first = await sync(stage).start("delta", "manual", 77)
    assert await run(stage, "delta", "--json") == 1
    document = told(capsys)
    assert document["run"]["id"] == first.id
    assert "delta is queued already" in document["refused"]
    assert await run(stage, "delta") == 1
    assert f"run {first.id}, queued at" in capsys.readouterr().out


async def test_detached_it_only_starts(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    assert await run(stage, "delta", "--detach") == 0
    assert "waits for a workers process, and none runs" in capsys.readouterr().out
    await a_workers_process_beats(stage)
    assert await run(stage, "lists", "--detach", "--json") == 0
    assert told(capsys)["status"] == "queued"
    assert await run(stage, "refresh", "603", "--detach") == 0
    assert await stage.database.fetchval("SELECT tmdb_id FROM tmdb.refresh_queue") == 603


async def test_workers_that_end_meanwhile_leave_the_run_to_the_next(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    await a_workers_process_beats(stage)
    async with asyncio.TaskGroup() as group:
        looking = group.create_task(run(stage, "delta"))

        async def started() -> bool:
            return bool(await stage.database.fetchval("SELECT count(*) FROM tmdb.sync_runs"))

        await until(started)
        await Heartbeats(stage.database).end("workers", "elsewhere:1")
    assert looking.result() == 1
    said = capsys.readouterr()
    assert "goes on with the next workers process" in said.out
    assert "the process that worked on it ended" in said.err


async def test_a_run_no_process_begins_is_explained(
    stage: Stage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "UNCLAIMED_SECONDS", 0.0)
    await a_workers_process_beats(stage)
    async with asyncio.TaskGroup() as group:
        looking = group.create_task(run(stage, "delta"))
        said = ""

        async def explained() -> bool:
            nonlocal said
            said += capsys.readouterr().err
            return "no process has the job sync" in said

        await until(explained)
        await Heartbeats(stage.database).end("workers", "elsewhere:1")
    assert looking.result() == 1


async def test_why_a_run_waits_is_told_once(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    await a_workers_process_beats(stage)
    async with asyncio.TaskGroup() as group:
        looking = group.create_task(run(stage, "delta"))
        runs = SyncRuns(stage.database)

        async def claimed() -> bool:
            return await runs.claim(timedelta(seconds=30), "tests") is not None

        await until(claimed)
        [found] = await runs.unfinished()
        await runs.later(found.id, "tests", timedelta(minutes=2), attempts=1, error="TMDB does not answer")
        said = ""

        async def explained() -> bool:
            nonlocal said
            said += capsys.readouterr().err
            return "TMDB does not answer" in said

        await until(explained)
        await runs.finish(found.id)
    assert looking.result() == 0
    assert said.count("TMDB does not answer") == 1


# Control ----------------------------------------------------------------------------------------


async def test_pause_resume_reset_and_retry(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    assert await run(stage, "pause") == 0
    assert await sync(stage).is_paused()
    assert await run(stage, "delta") == 1
    assert "the synchronisation is paused" in capsys.readouterr().out
    assert await run(stage, "resume", "--json") == 0
    assert told(capsys) == {"paused": False}
    assert await run(stage, "retry-parked", "--json") == 0
    assert told(capsys) == {"retried": 0}
    assert await run(stage, "reset", "--yes", "--json") == 0
    assert told(capsys) == {"reset": True}
    assert [one.run_type for one in (await sync(stage).status()).running] == ["stale"]


@pytest.mark.parametrize("answer", ["no", EOFError(), KeyboardInterrupt()])
async def test_a_reset_that_is_not_meant_changes_nothing(
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answer: str | BaseException,
) -> None:
    for name, value in environment(stage).items():
        monkeypatch.setenv(name, value)

    def said(prompt: str = "") -> str:
        if isinstance(answer, BaseException):
            raise answer
        return answer

    monkeypatch.setattr("builtins.input", said)
    assert main(["reset"]) == 1
    assert capsys.readouterr().err.endswith("nothing was changed\n")
    assert await stage.database.fetchval("SELECT count(*) FROM tmdb.sync_state") == 0


async def test_health_looks_at_the_rules_and_lists_what_is_open(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    there = {"database_url": SecretStr(stage.url)}
    assert await run(stage, "health", **there) == 0
    assert "nothing is wrong" in capsys.readouterr().out
    await stage.database.execute(
        """
        INSERT INTO tmdb.refresh_queue (entity_type, tmdb_id, priority, reason, parked_at)
        SELECT 'movie', id, 4, 'backfill', tmdb.now() FROM generate_series(1, 3) AS id
        """
    )
    assert await run(stage, "health", parked_films_threshold=2, **there) == 0
    said = capsys.readouterr().out
    assert re.search(r"^warning: parked since .* UTC \(films 3, threshold 2\)$", said, re.M), said
    assert await run(stage, "health", "--json", parked_films_threshold=2, **there) == 0
    [alert] = told(capsys)
    assert (alert["rule"], alert["facts"]) == ("parked", {"films": 3, "threshold": 2})


async def test_status_in_words_and_as_json(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    await sync(stage).start("bulk", "manual", 77)
    await stage.database.execute("INSERT INTO tmdb.movies (tmdb_id) VALUES (603)")
    await sync(stage).refresh([11, 12], 77)
    assert await run(stage, "status") == 0
    out = capsys.readouterr().out
    assert "films full: 0 of 1 (0.0 %)" in out
    assert re.search(r"^bulk queued at \d\d:\d\d UTC, manual by 77$", out, re.M)
    assert "queue: person 2" in out
    assert "None" not in out
    assert await run(stage, "status", "--json") == 0
    document = told(capsys)
    assert (document["films_stub"], document["queue"]) == (1, {"person": 2})
    assert document["running"][0]["run_type"] == "bulk"


async def test_of_an_empty_catalogue_the_status_is_short(stage: Stage) -> None:
    lines = list(described(await sync(stage).status()))
    assert lines == ["films full: 0 of 0", "posters in Telegram: 0 of 0 wanted"]


async def test_the_status_warns_of_a_daily_limit_that_takes_too_long(stage: Stage) -> None:
    await stage.database.execute("INSERT INTO tmdb.movies (tmdb_id) SELECT generate_series(1, 362)")
    for limit, warned in (
        (2, ["too slow: with BULK_DAILY_LIMIT the first fill takes another 181 days"]),
        (3, []),
    ):
        settings = stage.settings.model_copy(update={"bulk_daily_limit": limit})
        lines = described(await Sync(stage.database, settings).status())
        assert [line.partition(",")[0] for line in lines if "BULK" in line] == warned


@pytest.mark.parametrize("words", [["refresh"], ["refresh", "0"], ["refresh", "x"], ["begin"], []])
def test_words_it_does_not_know_are_exit_code_2(words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parser().parse_args(words)
    assert ended.value.code == 2


# As a process -----------------------------------------------------------------------------------


def commanded(
    tmp_path: Path, stage: Stage, *words: str, **variables: str
) -> AbstractAsyncContextManager[Process]:
    def become() -> None:
        raise SystemExit(main(words))

    return forked(tmp_path, environment(stage, **variables), become)


async def test_interrupted_it_releases_the_run(stage: Stage, tmp_path: Path) -> None:
    stage.tmdb.fault("slow", "/3/movie/changes*", delay=20)
    for name in (signal.SIGINT, signal.SIGTERM):
        async with commanded(tmp_path, stage, "delta") as process:

            async def begun() -> bool:
                return bool(
                    await stage.database.fetchval(
                        "SELECT EXISTS (SELECT FROM tmdb.sync_runs WHERE leased_by IS NOT NULL)"
                    )
                )

            await until(begun)
            process.stop(name)
            assert await process.ended() == 130
        [left] = await SyncRuns(stage.database).unfinished()
        assert (left.status, left.attempts) == ("queued", 0)
        assert "interrupted: what was started goes on" in process.output
        assert "Traceback" not in process.output


async def test_beside_a_real_workers_process(stage: Stage, tmp_path: Path) -> None:
    (film,) = stage.tmdb.film_ids(1)
    stage.tmdb.announce(film)
    jobs = partial(run_part, "workers", partial(workers, ["sync", "refresh", "topup"]))
    (tmp_path / "workers").mkdir()
    off = {name: "false" for name in Settings.model_fields if name.endswith("_enabled")}
    variables = environment(stage, **{name.upper(): value for name, value in off.items()})
    async with forked(tmp_path / "workers", variables, jobs) as process:
        await process.said("working")

        async def beats() -> bool:
            return await Heartbeats(stage.database).age("workers") is not None

        await until(beats)
        async with commanded(tmp_path, stage, "delta") as looking:
            assert await looking.ended() == 0
        process.stop()
        assert await process.ended() == 0
    assert (await Movies(stage.database).states([film]))[film].full


async def test_a_wrong_setting_and_a_refused_database_are_exit_code_2(stage: Stage, tmp_path: Path) -> None:
    async with commanded(tmp_path, stage, "status", BULK_DAILY_LIMIT="many") as process:
        assert await process.ended() == 2
    assert "BULK_DAILY_LIMIT is wrong" in process.output
    nowhere = re.sub(r"@/\w+", "@/nobody_made_it", stage.url)
    async with commanded(tmp_path, stage, "status", DATABASE_URL=nowhere) as process:
        assert await process.ended() == 2
    assert "DATABASE_URL" in process.output


def test_a_status_is_quick_and_imports_no_aiogram(stage: Stage, tmp_path: Path) -> None:
    call = """if True:
        import atexit, runpy, sys
        atexit.register(lambda: print("aiogram" in sys.modules, file=sys.stderr))
        sys.argv[1:] = ["sync", "status", "--json"]
        runpy.run_module("workers", run_name="__main__")
    """
    used, began = _seconds_of_cpu(), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", call],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "", **environment(stage)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["films_full"] == 0
    assert done.stderr.strip() == "False"
    # What other processes take of the machine is not the command's: its own work counts.
    assert _seconds_of_cpu() - used < 1.0
    assert time.perf_counter() - began < 10


def _seconds_of_cpu() -> float:
    """Of the processes that were waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
