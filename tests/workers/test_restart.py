"""Postgres restarted under load: the workers wait for it, and no poster or film is lost or doubled."""

import asyncio
import itertools
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from db.embedded import EmbeddedPostgres
from db.pool import Database, migrated
from tests.workers.conftest import FILMS, Stage, until
from tests.workers.test_catalogue import Catalogue

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedPostgres]:
    """A server of this test's own; what it has committed is in its files when it crashes."""
    directory = Path(tempfile.mkdtemp(prefix="fm-"))
    server = EmbeddedPostgres(directory / "pg", {"fsync": "off", "max_wal_size": "1GB"})
    server.start()
    yield server
    server.stop("immediate")
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
async def crashing(stage: Stage, server: EmbeddedPostgres) -> AsyncIterator[Stage]:
    """The stage with a database on that server."""
    name = f"test_{next(_numbers)}"
    admin = await asyncpg.connect(server.url)
    await admin.execute(f"CREATE DATABASE {name}")
    await admin.close()
    url = server.database_url(name)
    await migrated(url)
    database = await Database.connect(url, name="tests", patience=20)
    try:
        yield replace(stage, url=url, database=database)
    finally:
        await database.close()


async def crash(server: EmbeddedPostgres) -> None:
    """It falls over and is started again."""
    await asyncio.to_thread(server.stop, "immediate")
    await asyncio.to_thread(server.start)


async def test_no_poster_is_lost_or_doubled_by_a_crash_of_postgres(
    crashing: Stage, server: EmbeddedPostgres
) -> None:
    await crashing.want(40)
    async with crashing.working("download", "upload", poster_channel_rate=60 / 0.02):
        await crashing.in_telegram(5)
        await crash(server)
        await crashing.in_telegram(40)
    assert crashing.posts == 40
    assert crashing.files == []


async def test_a_fill_goes_on_after_a_crash_of_postgres(
    crashing: Stage, server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.topup.TopUp.poll_seconds", 0.1)
    monkeypatch.setattr("workers.refresh.IDLE_SECONDS", 0.1)
    catalogue = Catalogue(crashing)
    await catalogue.start("export")
    await catalogue.settle()
    await catalogue.start("bulk")
    crashing.tmdb.configure(latency=0.05)

    async def half_full() -> bool:
        full = await crashing.database.fetchval("SELECT count(*) FROM tmdb.movies WHERE data_state = 'full'")
        return bool(full >= FILMS // 2)

    # What is in the hands of broken transactions is leased for so long.
    async with crashing.working("sync", "topup", "refresh", lease_seconds=1):
        await until(half_full)
        assert not await catalogue.filled()
        await crash(server)
        await until(catalogue.filled, 20)
    await catalogue.settle()
    await catalogue.same()
