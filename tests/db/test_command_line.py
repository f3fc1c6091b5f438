"""`python -m db`: what containers and operators call."""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import pytest

from db.embedded import EmbeddedPostgres
from db.heartbeats import Heartbeats
from db.pool import Database

ROOT = Path(__file__).parents[2]


def run(url: str | None, *arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "db", *arguments],
        cwd=cwd,
        env={"PYTHONPATH": str(ROOT), "PATH": ""} | ({"DATABASE_URL": url} if url else {}),
        capture_output=True,
        text=True,
    )


def test_status_migrate_and_health_answer_within_half_a_second(database_url: str) -> None:
    for arguments in (["status"], ["migrate"], ["health", "db"]):
        # What other processes take of the machine is not the command's: its own work counts, and neighbours
        # on its core only ever add to that.
        assert min(_seconds(database_url, *arguments) for _ in range(3)) < 0.5, arguments


def _seconds(url: str, *arguments: str) -> float:
    """Of the processor."""
    started, worked = time.perf_counter(), _seconds_of_cpu()
    done = run(url, *arguments)
    assert done.returncode == 0, done.stderr
    assert time.perf_counter() - started < 5, arguments
    return _seconds_of_cpu() - worked


def _seconds_of_cpu() -> float:
    """Of the processes that were waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_the_command_line_does_not_import_aiogram() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, db.__main__; print('aiogram' in sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert loaded.stdout.strip() == "False"


async def test_migrate_then_status(postgres: EmbeddedPostgres) -> None:
    admin = await asyncpg.connect(postgres.url)
    await admin.execute("CREATE DATABASE empty_one")
    url = postgres.database_url("empty_one")
    try:
        assert run(url, "health", "db").returncode == 1
        before = run(url, "status")
        assert (before.returncode, json.loads(before.stdout)["version"]) == (1, 0)
        assert "applied 0001 initial" in run(url, "migrate").stdout
        after = json.loads(run(url, "status").stdout)
        assert after["missing_migrations"] == 0
        assert run(url, "health", "db").returncode == 0
    finally:
        await admin.execute("DROP DATABASE empty_one WITH (FORCE)")
        await admin.close()


@pytest.mark.parametrize("part", ["bot", "workers"])
async def test_health_follows_the_heartbeat(database: Database, database_url: str, part: str) -> None:
    assert run(database_url, "health", part).returncode == 1
    await Heartbeats(database).beat(part, "here:1")
    assert run(database_url, "health", part).returncode == 0
    await database.execute("UPDATE tmdb.heartbeats SET beat_at = beat_at - interval '1 minute'")
    silent = run(database_url, "health", part)
    assert silent.returncode == 1
    assert silent.stdout.startswith(f"{part}: silent for 6")


def test_a_question_of_health_starts_no_server(tmp_path: Path) -> None:
    done = run(None, "health", "db", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.endswith("the embedded PostgreSQL does not run\n")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("url", ["postgresql://me:hunter#2@h/x", "postgresql://postgres@/nobody?host="])
def test_a_wrong_address_is_one_line_and_exit_code_2(postgres: EmbeddedPostgres, url: str) -> None:
    directory = postgres.url.partition("host=")[2]
    done = run(url + directory if url.endswith("=") else url, "status")
    assert done.returncode == 2
    assert done.stderr.startswith("DATABASE_URL")
    assert done.stderr.count("\n") == 1
    assert "hunter" not in done.stderr


def test_a_database_that_is_away_is_said_without_a_traceback(tmp_path: Path) -> None:
    done = run(f"postgresql://postgres:hunter2@/x?host={tmp_path}", "status")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "hunter2" not in done.stderr
