"""Fixtures every room uses: one embedded PostgreSQL a run, a template database, clones of it."""

import asyncio
import functools
import itertools
import os
import shutil
import ssl
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
import structlog

from db.embedded import EmbeddedPostgres
from db.migrate import migrate
from db.pool import Connection, Database

# The run's data dies with the run, so nothing is flushed to disk for it.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "1GB"}

# As in the product. Where rich is installed the default prints local variables: twenty seconds a traceback.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)

# aiogram reads all certificate authorities for each bot it makes: 25 ms, and a run makes a thousand.
pytest.MonkeyPatch().setattr(ssl, "create_default_context", functools.cache(ssl.create_default_context))

TEMPLATE = "template_tmdb"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """The run's server; databases in it are clones of the migrated template."""
    directory = Path(tempfile.mkdtemp(prefix="fm-"))
    server = EmbeddedPostgres(directory / "pg", FAST)
    server.start()
    asyncio.run(_make_template(server))
    yield server
    server.stop("immediate")
    shutil.rmtree(directory, ignore_errors=True)


async def _make_template(server: EmbeddedPostgres) -> None:
    connection = await asyncpg.connect(server.url)
    await connection.execute(f"CREATE DATABASE {TEMPLATE}")
    await connection.close()
    connection = await asyncpg.connect(server.database_url(TEMPLATE))
    await migrate(connection)
    await connection.close()


@pytest.fixture
async def database_url(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    """A database of the test's own, for tests with several connections or processes."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    admin = await asyncpg.connect(postgres.url)
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
    try:
        yield postgres.database_url(name)
    finally:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admin.close()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The product's own pool on a database of the test's own."""
    database = await Database.connect(database_url, name="tests", checked=False)
    try:
        yield database
    finally:
        await database.close()


@pytest.fixture(scope="session")
async def shared_database(postgres: EmbeddedPostgres) -> AsyncIterator[Database]:
    """One database for all tests that take `connection`: nothing is ever committed to it."""
    admin = await asyncpg.connect(postgres.url)
    await admin.execute(f"CREATE DATABASE test_shared TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
    await admin.close()
    database = await Database.connect(postgres.database_url("test_shared"), name="tests", checked=False)
    try:
        yield database
    finally:
        await database.close()


@pytest.fixture
async def connection(shared_database: Database) -> AsyncIterator[Connection]:
    """A connection in a transaction that is rolled back: the fastest way to a clean database."""
    async with shared_database.connection() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            yield connection
        finally:
            await transaction.rollback()
