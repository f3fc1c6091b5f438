"""What TMDB cannot give back, in one file: people, ratings, waiting pushes, posters in Telegram, sync state.

The file is a zip of one CSV a table, as COPY writes it, and a manifest: no PostgreSQL version and no
order of columns is assumed of the server that reads it. It holds people's ratings and their sessions as
they are stored, encrypted; SECRET_KEY is not in it.
"""

import os
import zipfile
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import asyncpg
import orjson

from core.errors import BackupRefused, SecretKeyMissing
from core.vault import Vault
from db.migrate import Connection, current_version

FORMAT = 1
MANIFEST = "manifest.json"
CHUNK = 1 << 16

Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of tmdb and what of it is carried."""

    name: str
    only: str = "true"
    left_out: frozenset[str] = frozenset()
    # What stands in the file in place of a column's value.
    instead: Mapping[str, str] = field(default_factory=dict)
    formerly: str = ""


# Who works on a row right now means nothing elsewhere; an identity is given anew.
_WORKING = frozenset({"lease_until", "leased_by"})

# In an order in which every key is there before what refers to it.
TABLES = (
    Table("users"),
    Table("blocked_users"),
    Table("user_movie_ratings"),
    Table("user_watchlist"),
    Table("removals", formerly="rating_removals"),
    Table("pushes", left_out=_WORKING, formerly="rating_pushes"),
    Table("session_deletions", left_out=_WORKING | {"id"}),
    # Files on a disk stay behind: such a poster is wanted again, or posted by its file_id.
    Table(
        "posters",
        only="poster_status IN (-1, 2) OR telegram_file_id IS NOT NULL",
        left_out=_WORKING
        | {"local_path", "local_host", "downloaded_at"}
        # Nobody of them is carried; whoever is fetched anew names their pictures.
        | {"tmdb_person_id", "tmdb_series_id"},
        instead={"poster_status": "CASE poster_status WHEN 1 THEN 0 ELSE poster_status END"},
    ),
    Table("poster_channels"),
    # export:* and fill tell of films that are not carried: the new server's first load begins anew.
    Table("sync_state", only="name IN ('delta', 'paused', 'reset')"),
)
# Films are TMDB's to give again; their ids stand for what refers to them.
MOVIE_IDS = "movie_ids"

# Nobody may have used the database a backup is restored to.
UNUSED = ("users", "blocked_users", "user_movie_ratings", "posters")


@dataclass(frozen=True, slots=True)
class Sessions:
    """The TMDB sessions of a restored backup; `unreadable` is None where no SECRET_KEY was there to try."""

    total: int
    unreadable: int | None


COLUMNS = """
    SELECT attribute.attname FROM pg_attribute AS attribute
    WHERE attribute.attrelid = to_regclass('tmdb.' || quote_ident($1)) AND attribute.attnum > 0
      AND NOT attribute.attisdropped AND attribute.attgenerated = ''
    ORDER BY attribute.attnum
"""

REFERRED = """
    SELECT movie_id FROM tmdb.user_movie_ratings
    UNION SELECT movie_id FROM tmdb.user_watchlist
    UNION SELECT movie_id FROM tmdb.removals
    UNION SELECT movie_id FROM tmdb.pushes
    UNION SELECT tmdb_movie_id FROM tmdb.posters
      WHERE tmdb_movie_id IS NOT NULL AND (poster_status IN (-1, 2) OR telegram_file_id IS NOT NULL)
    ORDER BY 1
"""


# As pg_dump does it: every server reads these, whatever is set there.
PORTABLE = """
    SET LOCAL datestyle = 'ISO'; SET LOCAL intervalstyle = 'postgres'; SET LOCAL extra_float_digits = 1
"""


async def backup(connection: Connection, file: Path, progress: Progress) -> dict[str, int]:
    """Writes one moment's state; rows by table. OSError leaves nothing behind, an older `file` stays."""
    part = file.with_name(file.name + ".part")
    try:
        # Other people's sessions and ratings: for nobody but who made it.
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as target:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                await connection.execute(PORTABLE)
                rows = await _write(connection, target, progress)
            target.flush()
            os.fsync(target.fileno())
        part.replace(file)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise
    return rows


async def _write(connection: Connection, target: IO[bytes], progress: Progress) -> dict[str, int]:
    rows: dict[str, int] = {}
    columns: dict[str, list[str]] = {}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        queries = {MOVIE_IDS: REFERRED}
        for table in TABLES:
            carried = [name for name in await _columns(connection, table) if name not in table.left_out]
            columns[table.name] = carried
            said = ", ".join(table.instead.get(name, _quoted(name)) for name in carried)
            # Identifiers come from PostgreSQL's own catalogue, conditions from the table above.
            queries[table.name] = (
                f"SELECT {said} FROM tmdb.{_quoted(table.name)} WHERE {table.only} ORDER BY 1, 2"
            )
        for name, query in queries.items():
            with archive.open(f"{name}.csv", "w", force_zip64=True) as entry:

                async def write(data: bytes, entry: IO[bytes] = entry) -> None:
                    entry.write(data)

                tag = await connection.copy_from_query(query, output=write, format="csv", timeout=3600)
            rows[name] = int(tag.rpartition(" ")[2])
            progress(name, rows[name])
        manifest = {
            "format": FORMAT,
            "schema_version": await current_version(connection),
            "columns": columns,
            "rows": rows,
        }
        archive.writestr(MANIFEST, orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
    return rows


async def _columns(connection: Connection, table: Table) -> list[str]:
    return [row[0] for row in await connection.fetch(COLUMNS, table.name)]


def _quoted(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


ADD_IDS = """
    INSERT INTO tmdb.movies (tmdb_id) SELECT tmdb_id FROM unnest($1::int[]) AS carried (tmdb_id)
    ORDER BY tmdb_id
    ON CONFLICT (tmdb_id) DO NOTHING
"""
# Films on people's lists are looked at first: they are fetched before the rest of the catalogue.
ASK_LISTED = """
    INSERT INTO tmdb.refresh_queue (entity_type, tmdb_id, priority, reason)
    SELECT DISTINCT 'movie', movie.tmdb_id, 1, 'import'
    FROM tmdb.movies AS movie JOIN tmdb.user_lists AS listed ON listed.movie_id = movie.tmdb_id
    WHERE movie.data_state = 'stub' AND movie.deleted_at IS NULL
    ORDER BY movie.tmdb_id
    ON CONFLICT (entity_type, tmdb_id) DO NOTHING
"""
# An import that waited or ran is asked for anew.
ASK_IMPORTS = """
    INSERT INTO tmdb.imports (telegram_user_id, tmdb_account_id)
    SELECT telegram_user_id, tmdb_account_id FROM tmdb.users
    WHERE sync_status = 1 AND tmdb_session IS NOT NULL ORDER BY telegram_user_id
"""
# A server that ran for a moment has watermarks of its own.
FORGET_STATE = "DELETE FROM tmdb.sync_state WHERE name IN ('delta', 'paused', 'reset')"
SESSIONS = """
    SELECT tmdb_session FROM tmdb.users WHERE tmdb_session IS NOT NULL
    UNION ALL SELECT tmdb_session FROM tmdb.session_deletions
"""


async def restore(
    connection: Connection, file: Path, vault: Vault | None, progress: Progress
) -> tuple[dict[str, int], Sessions]:
    """Puts a backup into a migrated database that nobody used yet; all of it or nothing.

    Raises BackupRefused for a file that is none, is damaged or is of newer code, and for a database in
    use; OSError where it cannot be read.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = orjson.loads(archive.read(MANIFEST))
            await _check(connection, manifest)
            async with connection.transaction():
                rows = await _read(connection, archive, manifest, progress)
                sessions = await _sessions(connection, vault)
    except (zipfile.BadZipFile, EOFError, KeyError, TypeError, ValueError, zlib.error) as error:
        raise BackupRefused(
            f"{file.name} is no whole backup ({_reason(error)}): nothing was changed"
        ) from error
    except asyncpg.PostgresError as error:
        raise BackupRefused(f"{file.name} does not fit ({_reason(error)}): nothing was changed") from error
    return rows, sessions


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


async def _check(connection: Connection, manifest: Mapping[str, Any]) -> None:
    version = await current_version(connection)
    if manifest["format"] > FORMAT or manifest["schema_version"] > version:
        raise BackupRefused(
            f"the backup is of newer code (format {manifest['format']}, version "
            f"{manifest.get('schema_version')}; here: {FORMAT}, {version}): restore it with that code"
        )
    for table in UNUSED:
        if await connection.fetchval(f"SELECT EXISTS (SELECT FROM tmdb.{_quoted(table)})"):
            raise BackupRefused(
                f"the database is in use already (tmdb.{table} holds rows): restore to a new one, "
                "migrated but never started"
            )


async def _read(
    connection: Connection, archive: zipfile.ZipFile, manifest: Mapping[str, Any], progress: Progress
) -> dict[str, int]:
    rows: Mapping[str, int] = manifest["rows"]
    ids = [int(line) for line in archive.read(f"{MOVIE_IDS}.csv").splitlines()]
    if len(ids) != rows[MOVIE_IDS]:
        raise ValueError(f"{MOVIE_IDS} has not the {rows[MOVIE_IDS]} rows it was written with")
    await connection.execute(ADD_IDS, ids, timeout=3600)
    progress(MOVIE_IDS, rows[MOVIE_IDS])
    read = {MOVIE_IDS: rows[MOVIE_IDS]}
    await connection.execute(FORGET_STATE)
    for table in TABLES:
        # In a file of older code a table may have another name, or not be there.
        entry = table.name if table.name in manifest["columns"] else table.formerly
        if entry in manifest["columns"]:
            await _copy(connection, archive, entry, table.name, rows, manifest["columns"][entry])
            progress(table.name, rows[entry])
            read[table.name] = rows[entry]
    await connection.execute(ASK_IMPORTS)
    await connection.execute(ASK_LISTED)
    return read


async def _copy(
    connection: Connection,
    archive: zipfile.ZipFile,
    entry: str,
    table: str,
    rows: Mapping[str, int],
    columns: list[str],
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        with archive.open(f"{entry}.csv") as file:
            while data := file.read(CHUNK):
                yield data

    tag = await connection.copy_to_table(
        table, source=chunks(), columns=columns, schema_name="tmdb", format="csv", timeout=3600
    )
    if int(tag.rpartition(" ")[2]) != rows[entry]:
        raise ValueError(f"{entry} has not the {rows[entry]} rows it was written with")


async def _sessions(connection: Connection, vault: Vault | None) -> Sessions:
    stored = [row[0] for row in await connection.fetch(SESSIONS)]
    if vault is None:
        return Sessions(len(stored), None)
    unreadable = 0
    for session in stored:
        try:
            vault.decrypt(session)
        except SecretKeyMissing:
            unreadable += 1
    return Sessions(len(stored), unreadable)
