"""`python -m db {migrate,status,health,backup,restore}`: the database's own command line, without aiogram."""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import asyncpg

from core.errors import BackupRefused, DatabaseError, DatabaseRefused
from core.settings import BackupSettings, load
from db.heartbeats import SILENT_SECONDS, Heartbeats
from db.migrate import check_version, current_version, migrate, migrations
from db.pool import LOST, connecting
from db.server import server


async def _migrate(connection: asyncpg.Connection) -> int:
    applied = await migrate(connection)
    for migration in applied:
        print(f"applied {migration.version:04} {migration.name}")
    if not applied:
        print(f"nothing to do: version {migrations()[-1].version}")
    return 0


STATUS = """
    SELECT current_setting('server_version') AS server, current_database() AS database,
           pg_database_size(current_database()) AS bytes
"""


async def _status(connection: asyncpg.Connection) -> int:
    missing = await check_version(connection)
    [row] = await connection.fetch(STATUS)
    print(
        json.dumps(
            {
                "postgresql": row["server"],
                "database": row["database"],
                "bytes": row["bytes"],
                "version": await current_version(connection),
                "missing_migrations": missing,
            }
        )
    )
    return 1 if missing else 0


async def _health(connection: asyncpg.Connection, part: str) -> int:
    if part == "db":
        missing = await check_version(connection)
        print("healthy" if not missing else f"{missing} migrations are missing: run python -m db migrate")
        return 1 if missing else 0
    age = await Heartbeats(connection).age(part)
    if age is None or age > SILENT_SECONDS:
        print(f"{part}: " + ("no sign of life" if age is None else f"silent for {age:.0f} s"))
        return 1
    print(f"{part}: healthy, {age:.0f} s ago")
    return 0


async def _backup(connection: asyncpg.Connection, file: Path) -> int:
    from db.backup import backup  # cryptography and tqdm: only where they are needed

    if missing := await check_version(connection):
        print(f"{missing} migrations are missing: run python -m db migrate")
        return 1
    with _told() as progress:
        try:
            rows = await backup(connection, file, progress)
        except OSError as error:
            _unusable(file, error)
    print(f"{file}: {_carried(rows)}")
    print("keep SECRET_KEY elsewhere: without it the TMDB sessions in the file cannot be read")
    return 0


async def _restore(connection: asyncpg.Connection, file: Path, settings: BackupSettings) -> int:
    from core.vault import Vault
    from db.backup import restore

    if missing := await check_version(connection):
        if await current_version(connection):  # somebody's: it is not this command's to migrate
            print(f"{missing} migrations are missing: run python -m db migrate")
            return 1
        await migrate(connection)
    vault = Vault(settings.secret_key) if settings.secret_key else None
    with _told() as progress:
        try:
            rows, sessions = await restore(connection, file, vault, progress)
        except OSError as error:
            _unusable(file, error)
    print(f"restored {_carried(rows)}; films come from TMDB again")
    if sessions.unreadable is None and sessions.total:
        print(f"SECRET_KEY is not set: whether the {sessions.total} TMDB sessions can be read was not tried")
    elif sessions.unreadable:
        print(
            f"{sessions.unreadable} of {sessions.total} TMDB sessions cannot be read with this SECRET_KEY: "
            "add the key of the server the backup is from behind the newest, or those people link TMDB again"
        )
    return 0


def _carried(rows: dict[str, int]) -> str:
    return (
        f"{rows['users']} people, {rows['user_movie_ratings']} ratings, "
        f"{rows['pushes']} waiting for TMDB, {rows['posters']} posters"
    )


def _unusable(file: Path, error: OSError) -> NoReturn:
    if isinstance(error, ConnectionError | TimeoutError):
        raise error
    raise BackupRefused(f"{file}: {error.strerror or error}: nothing was changed") from error


@contextmanager
def _told() -> Iterator[Callable[[str, int], None]]:
    """Tells of each table that is done; a bar on a terminal."""
    from tqdm import tqdm

    with tqdm(unit=" rows", disable=not sys.stderr.isatty()) as bar:

        def progress(table: str, rows: int) -> None:
            bar.set_description(table)
            bar.update(rows)

        yield progress


async def _run(url: str, arguments: argparse.Namespace, settings: BackupSettings) -> int:
    with connecting():
        connection = await asyncpg.connect(url, timeout=5)
    try:
        match arguments.command:
            case "migrate":
                return await _migrate(connection)
            case "status":
                return await _status(connection)
            case "backup":
                return await _backup(connection, arguments.file)
            case "restore":
                return await _restore(connection, arguments.file, settings)
            case _:
                return await _health(connection, arguments.part)
    finally:
        await connection.close(timeout=2)


def main() -> int:
    """The command's exit code: 0 well, 1 not, 2 wrong settings."""
    parser = argparse.ArgumentParser(prog="python -m db", description="Filmoteka's database")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("migrate", help="bring the database to this code's version")
    commands.add_parser("status", help="version, size and missing migrations, as JSON")
    health = commands.add_parser("health", help="exit 0 if the part is well, for containers")
    health.add_argument("part", choices=["db", "bot", "workers"])
    for name, said in (
        ("backup", "people, ratings, waiting pushes, poster ids and sync state, as one file"),
        ("restore", "put such a file into a database that nobody used yet"),
    ):
        commands.add_parser(name, help=said).add_argument("file", type=Path)
    arguments = parser.parse_args()
    settings = load(BackupSettings)
    try:
        with server(settings, may_start=arguments.command != "health") as url:
            return asyncio.run(_run(url, arguments, settings))
    except DatabaseRefused as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except BackupRefused as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except (DatabaseError, RuntimeError, asyncpg.PostgresError, *LOST) as error:
        sys.stderr.write(f"the database does not answer as it should: {str(error) or type(error).__name__}\n")
        return 1
    finally:
        sys.stdout.flush()


if __name__ == "__main__":
    code = main()
    # Skips the interpreter's teardown: a health check is asked every few seconds.
    os._exit(code)
