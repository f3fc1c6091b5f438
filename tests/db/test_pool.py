"""Connections through restarts, and what is refused."""

import asyncio
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
import structlog

from core.errors import DatabaseUnavailable, TransactionPooler
from db.embedded import EmbeddedPostgres
from db.pool import Database, Listener, migrated, wake
from tests.conftest import FAST


@asynccontextmanager
async def pooler(url: str) -> AsyncIterator[str]:
    """What a transaction pooler does to LISTEN: everything passes but the server's notifications."""
    server_socket = urlsplit(url).query.removeprefix("host=") + "/.s.PGSQL.5432"
    directory = tempfile.mkdtemp(prefix="fm-pooler-")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_unix_connection(server_socket)

        async def upward() -> None:
            while data := await reader.read(65536):
                up_writer.write(data)
                await up_writer.drain()
            up_writer.close()

        async def downward() -> None:
            try:
                while True:
                    head = await up_reader.readexactly(5)
                    body = await up_reader.readexactly(int.from_bytes(head[1:]) - 4)
                    if head[:1] != b"A":  # NotificationResponse
                        writer.write(head + body)
            except asyncio.IncompleteReadError:
                writer.close()

        async with asyncio.TaskGroup() as both:
            both.create_task(upward())
            both.create_task(downward())

    # TLS is not offered on a unix socket, so the first message is the start-up itself.
    async with await asyncio.start_unix_server(serve, f"{directory}/.s.PGSQL.5432") as server:
        yield url.replace(urlsplit(url).query, f"host={directory}")
        server.close()


async def test_a_transaction_pooler_is_refused(database_url: str) -> None:
    async with pooler(database_url) as url:
        with pytest.raises(TransactionPooler, match="DATABASE_URL leads through a transaction pooler"):
            await Database.connect(url, name="tests")


async def test_postgresql_itself_is_accepted(database_url: str) -> None:
    database = await Database.connect(database_url, name="tests")
    assert await database.fetchval("SELECT 1") == 1
    await database.close()


async def test_a_database_without_letters_beyond_ascii_is_said(postgres: EmbeddedPostgres) -> None:
    admin = await asyncpg.connect(postgres.url)
    await admin.execute("CREATE DATABASE ascii_only TEMPLATE template0 LOCALE 'C'")
    url = postgres.database_url("ascii_only")
    await migrated(url)
    with structlog.testing.capture_logs() as lines:
        await (await Database.connect(url, name="tests")).close()
    await admin.execute("DROP DATABASE ascii_only WITH (FORCE)")
    await admin.close()
    assert [line["event"] for line in lines if "LC_CTYPE" in line["event"]]


async def test_jsonb_comes_and_goes_as_python(database: Database) -> None:
    value = {"title": "Ёлки <&>", "ids": [1, 2], "none": None}
    assert await database.fetchval("SELECT $1::jsonb", value) == value
    assert await database.fetchval("SELECT $1::jsonb", b'{"a": 1}') == {"a": 1}
    assert await database.fetchval("SELECT NULL::jsonb") is None


async def test_an_unreachable_database_is_said(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnavailable):
        await Database.connect(f"postgresql://postgres@/x?host={tmp_path}", name="tests")


@pytest.fixture
def own_server() -> EmbeddedPostgres:
    return EmbeddedPostgres(Path(tempfile.mkdtemp(prefix="fm-")) / "pg", FAST)


async def test_statements_and_wake_ups_survive_a_restart(own_server: EmbeddedPostgres) -> None:
    await asyncio.to_thread(own_server.start)
    database = await Database.connect(own_server.url, name="tests", checked=False, patience=20)
    listener = Listener(own_server.url)
    event = listener.event("upload")
    other = listener.event("download")
    try:
        async with asyncio.TaskGroup() as group:
            listening = group.create_task(listener.run())
            async with asyncio.timeout(20):
                await event.wait()  # connected: whatever came before may have been missed
                event.clear()
                other.clear()
                await wake(database, "upload")
                await event.wait()
                assert not other.is_set()
                event.clear()

                await asyncio.to_thread(own_server.stop, "immediate")
                waiting = group.create_task(database.fetchval("SELECT 2"))
                await asyncio.to_thread(own_server.start)
                assert await waiting == 2
                await event.wait()  # it listens again, and says so once
                event.clear()
                await wake(database, "upload")
                await event.wait()
            listening.cancel()
    finally:
        await database.close()
        own_server.stop("immediate")


async def test_a_transaction_cut_off_raises_and_keeps_nothing(database: Database) -> None:
    async def cut_off() -> None:
        async with database.transaction() as connection:
            await connection.execute("INSERT INTO tmdb.keywords VALUES (1, 'noir')")
            await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(DatabaseUnavailable):
        await cut_off()
    assert await database.fetchval("SELECT count(*) FROM tmdb.keywords") == 0


def test_a_long_directory_still_gets_a_socket(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / ("x" * 120))
    path = urlsplit(server.url).query.removeprefix("host=") + "/.s.PGSQL.5432"
    with socket.socket(socket.AF_UNIX) as unix, pytest.raises(FileNotFoundError):
        unix.connect(path)
