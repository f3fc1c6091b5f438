"""`python -m db backup` and `restore`: what TMDB cannot give back, on another server."""

import asyncio
import csv
import io
import json
import os
import stat
import subprocess
import sys
import threading
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest
from pydantic import SecretStr

from core.errors import BackupRefused
from core.vault import Vault
from db.backup import COLUMNS, TABLES, backup, restore
from db.embedded import EmbeddedPostgres
from tests.conftest import TEMPLATE

KEY = SecretStr("a key of sufficient length")
ODD = 'O\'Brien, "<&>"\n\\N\t\r ёж 梅 🎬'


def _quiet(*_: Any) -> None:
    return


@pytest.fixture
async def used(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A database with people, ratings, pushes and posters, odd values everywhere."""
    connection = await asyncpg.connect(database_url)
    session = Vault([KEY]).encrypt(SecretStr("a session of TMDB's"))
    await connection.execute(
        """
        INSERT INTO tmdb.movies (tmdb_id, original_title)
        SELECT id, 'Film ' || id FROM generate_series(1, 9) AS id
        """
    )
    await connection.executemany(
        """
        INSERT INTO tmdb.users (telegram_user_id, language, language_chosen, region, settings,
          tmdb_account_id, tmdb_username, tmdb_session, sync_status, last_sync_at, ratings_count)
        VALUES ($1, 'ru', true, $2, $3, $4, $5, $6, $7, tmdb.now() - interval '3 days', 2)
        """,
        [
            (101, "KZ", orjson.dumps({"scale": ODD}).decode(), 7, ODD, session, 2),
            (102, None, "{}", None, "", None, 0),
            (103, None, "{}", 8, None, session, 1),
        ],
    )
    await connection.execute(
        """
        INSERT INTO tmdb.user_movie_ratings (telegram_user_id, movie_id, tmdb_rating, source, tmdb_account_id,
          changed_at, bot_id, update_id)
        VALUES (101, 1, 8.5, 'tmdb', 7, NULL, NULL, NULL), (101, 2, 0.5, 'manual', NULL, tmdb.now(), 4, 5)
        """
    )
    await connection.execute(
        """
        INSERT INTO tmdb.pushes (telegram_user_id, movie_id, value, lease_until, leased_by, last_error)
        VALUES (101, 3, NULL, tmdb.now(), 'a worker', $1), (102, 3, 7.5, NULL, NULL, '')
        """,
        ODD,
    )
    await connection.execute("INSERT INTO tmdb.removals VALUES (101, 4, 'ratings', tmdb.now(), NULL, 4, 9)")
    await connection.execute("INSERT INTO tmdb.session_deletions (tmdb_session) VALUES ($1)", session)
    await connection.execute("INSERT INTO tmdb.blocked_users VALUES (666, 101)")
    await connection.execute(
        """
        INSERT INTO tmdb.posters (bot_id, poster_path, tmdb_movie_id, poster_status, size, priority,
          local_path, local_host, telegram_file_id, channel_id, message_id)
        VALUES (4, '/there.jpg', 5, 2, 'w500', 1, NULL, NULL, 'file 1', -1001, 17),
          (4, '/disk.jpg', 6, 1, 'w500', 1, 'posters/disk.jpg', 'here', NULL, NULL, NULL),
          (4, '/known.jpg', NULL, 1, 'w500', 0, 'posters/known.jpg', 'here', 'file 2', NULL, NULL),
          (4, '/wanted.jpg', 7, 0, 'w500', 2, NULL, NULL, NULL, NULL, NULL)
        """
    )
    await connection.execute(
        "INSERT INTO tmdb.poster_channels (bot_id, channel_id, rate) VALUES (4, -1001, 18.5)"
    )
    await connection.execute(
        """
        INSERT INTO tmdb.sync_state (name, watermark, value)
        VALUES ('delta', tmdb.now() - interval '1 hour', '{}'),
          ('paused', tmdb.now(), '{"by": 103}'), ('export:movie', tmdb.now(), '{"lines": 9}')
        """
    )
    yield connection
    await connection.close()


@pytest.fixture
async def other(postgres: EmbeddedPostgres) -> AsyncIterator[asyncpg.Connection]:
    """A migrated database that nobody used."""
    name = f"restored_{os.getpid()}"
    admin = await asyncpg.connect(postgres.url)
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
    connection = await asyncpg.connect(postgres.database_url(name))
    yield connection
    await connection.close()
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


async def _carried(connection: asyncpg.Connection) -> dict[str, list[Any]]:
    """Everything a backup promises to carry."""
    found = {}
    for table in TABLES:
        columns = [row[0] for row in await connection.fetch(COLUMNS, table.name)]
        kept = ", ".join(table.instead.get(name, name) for name in columns if name not in table.left_out)
        rows = await connection.fetch(
            f"SELECT {kept} FROM tmdb.{table.name} WHERE {table.only} ORDER BY 1, 2"
        )
        found[table.name] = [tuple(row) for row in rows]
    return found


async def test_everything_that_tmdb_cannot_give_back_comes_back(
    used: asyncpg.Connection, other: asyncpg.Connection, tmp_path: Path
) -> None:
    file = tmp_path / "filmoteka.backup"
    rows = await backup(used, file, _quiet)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]
    restored, sessions = await restore(other, file, Vault([KEY]), _quiet)
    assert restored == rows
    assert (sessions.total, sessions.unreadable) == (3, 0)
    carried = await _carried(other)
    assert carried == await _carried(used)
    assert {name: len(found) for name, found in carried.items()} == {
        "users": 3,
        "blocked_users": 1,
        "user_movie_ratings": 2,
        "user_watchlist": 0,
        "removals": 1,
        "pushes": 2,
        "session_deletions": 1,
        "posters": 2,
        "poster_channels": 1,
        "sync_state": 2,
    }
    # Films are only ids until TMDB tells of them again; the rated ones are asked for, the import too.
    assert [row[0] for row in await other.fetch("SELECT tmdb_id FROM tmdb.movies ORDER BY 1")] == [
        1,
        2,
        3,
        4,
        5,
    ]
    asked = await other.fetch("SELECT tmdb_id FROM tmdb.refresh_queue ORDER BY 1")
    assert [row[0] for row in asked] == [1, 2]
    assert await other.fetchval("SELECT telegram_user_id FROM tmdb.imports WHERE state = 'queued'") == 103


async def test_what_is_written_meanwhile_is_in_no_part_of_it(
    used: asyncpg.Connection, other: asyncpg.Connection, database_url: str, tmp_path: Path
) -> None:
    async def somebody_rates() -> None:
        connection = await asyncpg.connect(database_url)
        await connection.execute("INSERT INTO tmdb.movies (tmdb_id) VALUES (77)")
        await connection.execute("INSERT INTO tmdb.users (telegram_user_id) VALUES (104)")
        await connection.execute(
            """
            INSERT INTO tmdb.user_movie_ratings (telegram_user_id, movie_id, tmdb_rating, source)
            VALUES (101, 77, 5, 'tmdb'), (104, 77, 5, 'tmdb')
            """
        )
        await connection.close()

    def between(table: str, rows: int) -> None:
        if table == "users":
            beside = threading.Thread(target=asyncio.run, args=(somebody_rates(),))
            beside.start()
            beside.join()

    before = await _carried(used)
    await backup(used, tmp_path / "backup", between)
    assert await _carried(used) != before
    await restore(other, tmp_path / "backup", None, _quiet)
    assert await _carried(other) == before


async def test_neither_sessions_nor_their_key_can_be_read_in_it(
    used: asyncpg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "backup"
    monkeypatch.setenv("SECRET_KEY", KEY.get_secret_value())
    await backup(used, file, _quiet)
    with zipfile.ZipFile(file) as archive:
        said = b"".join(map(archive.read, archive.namelist()))
    assert b"O'Brien" in said
    assert b"a session of TMDB" not in said
    assert KEY.get_secret_value().encode() not in said


async def test_a_server_s_own_way_of_writing_values_changes_none(
    used: asyncpg.Connection, other: asyncpg.Connection, tmp_path: Path
) -> None:
    file = tmp_path / "backup"
    await used.execute("UPDATE tmdb.poster_channels SET rate = 18.123456789012345")
    await used.execute("UPDATE tmdb.users SET last_sync_at = '2026-02-03 04:05:06.789012+00'")
    before = await _carried(used)
    await used.execute(
        "SET datestyle = 'SQL, DMY'; SET timezone = 'Asia/Almaty'; SET extra_float_digits = -10"
    )
    await backup(used, file, _quiet)
    await other.execute("SET datestyle = 'SQL, MDY'; SET timezone = 'America/Caracas'")
    await restore(other, file, None, _quiet)
    assert await _carried(other) == before


async def test_every_column_is_carried_or_left_out_on_purpose(connection: asyncpg.Connection) -> None:
    for table in TABLES:
        columns = {row[0] for row in await connection.fetch(COLUMNS, table.name)}
        assert table.left_out <= columns
        assert table.instead.keys() <= columns


async def test_a_file_of_older_code_brings_what_had_other_names(
    used: asyncpg.Connection, other: asyncpg.Connection, tmp_path: Path
) -> None:
    file, older = tmp_path / "backup", tmp_path / "older"
    await backup(used, file, _quiet)
    names = {"pushes": "rating_pushes", "removals": "rating_removals"}
    with zipfile.ZipFile(file) as archive, zipfile.ZipFile(older, "w") as written:
        manifest = json.loads(archive.read("manifest.json"))
        for table, name in names.items():
            for part in ("rows", "columns"):
                manifest[part][name] = manifest[part].pop(table)
            lines = io.StringIO()
            at = manifest["columns"][name].index("list")
            csv.writer(lines).writerows(
                row[:at] + row[at + 1 :]
                for row in csv.reader(io.StringIO(archive.read(f"{table}.csv").decode()))
            )
            del manifest["columns"][name][at]
            written.writestr(f"{name}.csv", lines.getvalue())
        del manifest["columns"]["user_watchlist"], manifest["rows"]["user_watchlist"]
        written.writestr("manifest.json", json.dumps(manifest))
        for name in archive.namelist():
            if name not in ("manifest.json", "user_watchlist.csv", *(f"{table}.csv" for table in names)):
                written.writestr(name, archive.read(name))
    rows, _ = await restore(other, older, None, _quiet)
    assert (rows["pushes"], rows["removals"]) == (2, 1)
    assert await other.fetchval("SELECT array_agg(DISTINCT list) FROM tmdb.pushes") == ["ratings"]


async def test_a_file_that_lost_something_changes_nothing(
    used: asyncpg.Connection, other: asyncpg.Connection, tmp_path: Path
) -> None:
    file = tmp_path / "whole"
    await backup(used, file, _quiet)
    whole = file.read_bytes()
    damaged = tmp_path / "damaged"
    flipped = bytearray(whole)
    with zipfile.ZipFile(file) as archive:
        ratings = archive.getinfo("user_movie_ratings.csv")
    # Behind the entry's own header, its name and its 20 bytes of zip64 sizes.
    flipped[ratings.header_offset + 30 + len(ratings.filename) + 20 + ratings.compress_size // 2] ^= 0xFF
    for content in (b"", b"not a zip", whole[:100], whole[: len(whole) // 2], whole[:-1], bytes(flipped)):
        damaged.write_bytes(content)
        with pytest.raises(BackupRefused, match="nothing was changed"):
            await restore(other, damaged, None, _quiet)
    with zipfile.ZipFile(file) as archive, zipfile.ZipFile(damaged, "w") as shorter:
        for name in archive.namelist():
            content = archive.read(name)
            shorter.writestr(
                name, content[: content.index(b"\n") + 1] if name.startswith("pushes") else content
            )
    with pytest.raises(BackupRefused, match="nothing was changed"):
        await restore(other, damaged, None, _quiet)
    assert all(not found for found in (await _carried(other)).values())


async def test_only_a_database_nobody_used_takes_a_backup(used: asyncpg.Connection, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    await backup(used, file, _quiet)
    before = await _carried(used)
    with pytest.raises(BackupRefused, match="in use already"):
        await restore(used, file, None, _quiet)
    assert await _carried(used) == before


async def test_a_backup_of_newer_code_is_refused(
    used: asyncpg.Connection, other: asyncpg.Connection, tmp_path: Path
) -> None:
    file = tmp_path / "backup"
    await used.execute("INSERT INTO tmdb.schema_migrations (version, name) VALUES (9999, 'later')")
    await backup(used, file, _quiet)
    with pytest.raises(BackupRefused, match=r"newer code \(format 1, version 9999; here: 1, "):
        await restore(other, file, None, _quiet)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("manifest.json", orjson.dumps({"format": 2}))
    with pytest.raises(BackupRefused, match=r"newer code \(format 2, "):
        await restore(other, file, None, _quiet)


async def test_sessions_that_cannot_be_read_are_counted(
    used: asyncpg.Connection, other: asyncpg.Connection, tmp_path: Path
) -> None:
    file = tmp_path / "backup"
    await backup(used, file, _quiet)
    _, sessions = await restore(other, file, Vault([SecretStr("another key, long enough")]), _quiet)
    assert (sessions.total, sessions.unreadable) == (3, 3)


async def test_a_failed_backup_leaves_the_older_one(used: asyncpg.Connection, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    await backup(used, file, _quiet)
    older = file.read_bytes()

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        await backup(used, file, full)
    assert file.read_bytes() == older
    assert list(tmp_path.iterdir()) == [file]


async def test_the_command_line_says_what_was_done(
    used: asyncpg.Connection, database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "backup"

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "db", *arguments],
            env={**os.environ, "DATABASE_URL": database_url, **environment},
            capture_output=True,
            text=True,
        )

    done = run("backup", str(file))
    assert done.returncode == 0, done.stderr
    assert "3 people, 2 ratings, 2 waiting for TMDB, 2 posters" in done.stdout
    nowhere = run("backup", str(tmp_path / "no" / "such"))
    assert (nowhere.returncode, nowhere.stderr.count("\n")) == (1, 1)
    assert "No such file or directory" in nowhere.stderr
    missing = run("restore", str(tmp_path / "nothing"))
    assert missing.returncode == 1
    assert "nothing was changed" in missing.stderr
    refused = run("restore", str(file))
    assert refused.returncode == 1
    assert "in use already" in refused.stderr
    await used.execute(
        """
        TRUNCATE tmdb.users, tmdb.blocked_users, tmdb.posters, tmdb.poster_channels, tmdb.session_deletions
        CASCADE
        """
    )
    restored = run("restore", str(file), SECRET_KEY="another key, long enough")
    assert restored.returncode == 0, restored.stderr
    assert "3 of 3 TMDB sessions cannot be read" in restored.stdout
    assert "a session of TMDB's" not in restored.stdout + restored.stderr
    # A database of older code is not migrated on the way.
    await used.execute("DELETE FROM tmdb.schema_migrations WHERE version > 1")
    older = run("restore", str(file))
    assert (older.returncode, older.stderr) == (1, "")
    assert "migrations are missing: run python -m db migrate" in older.stdout
    assert await used.fetchval("SELECT max(version) FROM tmdb.schema_migrations") == 1
