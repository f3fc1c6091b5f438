"""The readable truth, the migrations, and every statement of the repositories."""

import importlib
import inspect
import pkgutil
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

import db
from core.errors import DatabaseTooNew, DatabaseTooOld
from db.embedded import BIN, EmbeddedPostgres
from db.exports import Exports
from db.migrate import migrate, migrations
from db.pool import Connection, Database

SCHEMA = Path(db.__file__).parent / "schema.sql"


def _dump(url: str) -> str:
    dump = subprocess.run(
        [str(BIN / "pg_dump"), "--schema-only", "--no-owner", url],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    # pg_dump guards its output with a random word of its own.
    return re.sub(r"^\\(un)?restrict .*$", "", dump, flags=re.M)


async def test_migrations_and_schema_sql_give_the_same_database(
    postgres: EmbeddedPostgres, database_url: str
) -> None:
    admin = await asyncpg.connect(postgres.url)
    await admin.execute("CREATE DATABASE from_schema_sql")
    try:
        url = postgres.database_url("from_schema_sql")
        connection = await asyncpg.connect(url)
        await connection.execute(SCHEMA.read_text("utf-8"))
        await connection.close()
        assert _dump(url) == _dump(database_url)
    finally:
        await admin.execute("DROP DATABASE from_schema_sql WITH (FORCE)")
        await admin.close()


async def test_migrating_twice_does_nothing(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    assert await migrate(connection) == []
    await connection.close()


async def test_a_database_newer_than_the_code_is_refused(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    newest = migrations()[-1].version
    await connection.execute(
        "INSERT INTO tmdb.schema_migrations (version, name) VALUES ($1, 'later')", newest + 1
    )
    with pytest.raises(DatabaseTooNew, match="newer than this code"):
        await migrate(connection)
    await connection.close()
    with pytest.raises(DatabaseTooNew, match="newer than this code"):
        await Database.connect(database_url, name="tests")


async def test_a_database_without_migrations_says_what_to_run(postgres: EmbeddedPostgres) -> None:
    with pytest.raises(DatabaseTooOld, match="python -m db migrate"):
        await Database.connect(postgres.url, name="tests")


def _statements() -> Iterator[tuple[str, str]]:
    for module in pkgutil.iter_modules(db.__path__, "db."):
        if module.name == "db.__main__":
            continue
        loaded = importlib.import_module(module.name)
        owners = [loaded] + [
            c for _, c in inspect.getmembers(loaded, inspect.isclass) if c.__module__ == module.name
        ]
        for owner in owners:
            for name, value in vars(owner).items():
                if (
                    name.isupper()
                    and isinstance(value, str)
                    and re.search(r"\b(SELECT|INSERT|UPDATE|DELETE|COPY)\b", value)
                ):
                    yield f"{module.name}.{getattr(owner, '__qualname__', '')}.{name}", value


@pytest.mark.parametrize(("name", "sql"), [pytest.param(n, s, id=n) for n, s in _statements()])
async def test_every_statement_prepares_on_the_real_schema(
    connection: Connection, name: str, sql: str
) -> None:
    await connection.execute(Exports.STAGE)  # temporary tables that some of them read
    assert await connection.prepare(sql) is not None


async def test_every_table_and_its_unobvious_columns_are_explained(connection: Connection) -> None:
    silent = await connection.fetch(
        """
        SELECT c.relname FROM pg_class AS c
        WHERE c.relnamespace = 'tmdb'::regnamespace AND c.relkind = 'r' AND obj_description(c.oid) IS NULL
        """
    )
    assert {row["relname"] for row in silent} <= {
        *("keywords", "companies", "movie_keywords", "movie_companies", "movie_genres", "schema_migrations"),
    }
