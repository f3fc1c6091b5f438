"""Versioned migrations: the files of db/migrations, applied in order, each in one transaction."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from core.errors import DatabaseTooNew

Connection = asyncpg.Connection | PoolConnectionProxy

DIRECTORY = Path(__file__).parent / "migrations"

# Any number does, as long as every migrating process takes the same one.
ADVISORY_LOCK = 0x66696C6D


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: `0001_initial.sql` is version 1, name `initial`."""

    version: int
    name: str
    path: Path


@cache
def migrations() -> tuple[Migration, ...]:
    """All this code knows, in order; a gap or a second file of one version is a mistake of ours."""
    found = []
    for path in sorted(DIRECTORY.glob("*.sql")):
        match = re.fullmatch(r"(\d{4})_(\w+)", path.stem)
        if match is None:
            raise RuntimeError(f"{path.name} is not named like 0001_name.sql")
        found.append(Migration(int(match[1]), match[2], path))
    if [m.version for m in found] != list(range(1, len(found) + 1)):
        raise RuntimeError("the migrations are not numbered 1, 2, 3 …")
    return tuple(found)


IS_NEW = "SELECT to_regclass('tmdb.schema_migrations') IS NULL"
CURRENT = "SELECT coalesce(max(version), 0) FROM tmdb.schema_migrations"


async def current_version(connection: Connection) -> int:
    """The database's version, 0 for an empty one."""
    if await connection.fetchval(IS_NEW):
        return 0
    version: int = await connection.fetchval(CURRENT)
    return version


async def check_version(connection: Connection) -> int:
    """How many migrations are missing; raises DatabaseTooNew for a database newer than this code."""
    version = await current_version(connection)
    newest = migrations()[-1].version
    if version > newest:
        raise DatabaseTooNew(
            f"the database is at version {version}, newer than this code ({newest}): "
            "start the newer code, or restore a backup"
        )
    return newest - version


RECORD = "INSERT INTO tmdb.schema_migrations (version, name) VALUES ($1, $2)"


async def migrate(connection: Connection) -> list[Migration]:
    """Brings the database to this code's version, whoever else is at it, and says what was applied."""
    if not await check_version(connection):
        return []
    await connection.execute("SELECT pg_advisory_lock($1)", ADVISORY_LOCK)
    try:
        version = await current_version(connection)
        applied = []
        for migration in migrations()[version:]:
            async with connection.transaction():
                await connection.execute(migration.path.read_text("utf-8"))
                await connection.execute(RECORD, migration.version, migration.name)
            applied.append(migration)
        return applied
    finally:
        await connection.execute("SELECT pg_advisory_unlock($1)", ADVISORY_LOCK)
