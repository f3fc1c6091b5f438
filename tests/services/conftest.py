"""A database that is emptied after each test, which is quicker than a clone."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from db.embedded import EmbeddedPostgres
from db.pool import Database
from tests.conftest import TEMPLATE
from tests.workers.conftest import TABLES


@pytest.fixture(scope="session")
async def emptied_url(postgres: EmbeddedPostgres) -> str:
    """One database for all tests that take it."""
    admin = await asyncpg.connect(postgres.url)
    await admin.execute(f"CREATE DATABASE test_services TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
    await admin.close()
    return postgres.database_url("test_services")


@pytest.fixture
async def emptied_database(emptied_url: str) -> AsyncIterator[Database]:
    """The product's own pool on an empty database."""
    database = await Database.connect(emptied_url, name="tests", checked=False)
    try:
        yield database
    finally:
        async with database.transaction() as connection:
            # Keys need no checking where everything goes.
            await connection.execute("SET LOCAL session_replication_role = replica")
            for row in await connection.fetch(TABLES):
                await connection.execute(f"DELETE FROM {row[0]}")
            # Where a test moved the clock.
            await connection.execute("ALTER DATABASE test_services RESET tmdb.clock_offset")
        await database.close()
