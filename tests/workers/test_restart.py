"""Postgres restarted under load: the workers wait for it, and no poster is lost or doubled."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from db.embedded import EmbeddedPostgres
from db.migrate import migrate
from db.pool import Database
from tests.workers.conftest import Stage


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedPostgres]:
    """A server of this test's own; what it has committed is in its files when it crashes."""
    directory = Path(tempfile.mkdtemp(prefix="fm-"))
    server = EmbeddedPostgres(directory / "pg", {"fsync": "off", "max_wal_size": "1GB"})
    server.start()
    yield server
    server.stop("immediate")
    shutil.rmtree(directory, ignore_errors=True)


async def test_no_poster_is_lost_or_doubled_by_a_crash_of_postgres(
    stage: Stage, server: EmbeddedPostgres
) -> None:
    connection = await asyncpg.connect(server.url)
    await migrate(connection)
    await connection.close()
    stage.url = server.url
    shared = stage.database
    stage.database = await Database.connect(server.url, name="tests", patience=20)
    try:
        await stage.want(40)
        async with stage.working("download", "upload", poster_channel_rate=60 / 0.02):
            await stage.in_telegram(5)
            await asyncio.to_thread(server.stop, "immediate")
            await asyncio.to_thread(server.start)
            await stage.in_telegram(40)
        assert stage.posts == 40
        assert stage.files == []
    finally:
        await stage.database.close()
        stage.database = shared
