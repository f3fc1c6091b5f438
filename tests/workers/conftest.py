"""The workers' own wiring against the stand-ins over HTTP, on a database that is emptied after each test."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from core.settings import Settings
from db.embedded import EmbeddedPostgres
from db.pool import Database, Listener
from db.posters import Posters, Priority, Wanted
from sandbox.telegram import Bot, Chat, Limits, TelegramStandIn
from sandbox.tmdb.generator import FIRST_ID
from sandbox.tmdb.server import TmdbStandIn
from tests.conftest import TEMPLATE
from tests.patience import ONCE
from workers.loop import Job, Worker
from workers.wiring import JOBS, Parts, build

BOT_ID = 4242
TOKEN = f"{BOT_ID}:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"
CHANNEL, SECOND_CHANNEL = -1001000000001, -1001000000002
# Invented films: their posters are quickly drawn.
FILMS = 60

TABLES = """
    SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
    WHERE schemaname = 'tmdb' AND tablename <> 'schema_migrations'
"""


@pytest.fixture(scope="session")
async def workers_url(postgres: EmbeddedPostgres) -> str:
    """One database for all these tests: emptying it is quicker than a clone."""
    admin = await asyncpg.connect(postgres.url)
    await admin.execute(f"CREATE DATABASE test_workers TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
    await admin.close()
    return postgres.database_url("test_workers")


@dataclass
class Stage:
    """The stand-ins, a database, and the product's workers over both."""

    settings: Settings
    url: str
    database: Database
    telegram: TelegramStandIn
    tmdb: TmdbStandIn
    bot: Bot
    channels: list[Chat]

    @property
    def posters(self) -> Posters:
        return Posters(self.database)

    @property
    def posts(self) -> int:
        """Photos in all channels."""
        return sum(len(channel.messages) for channel in self.channels)

    @property
    def files(self) -> list[Path]:
        """Everything below DATA_DIR."""
        return [path for path in self.settings.data_dir.rglob("*") if path.is_file()]

    def films(self, number: int) -> list[Wanted]:
        """Films of the stand-in with their posters."""
        catalogue = self.tmdb.catalogue
        ids = range(FIRST_ID, FIRST_ID + FILMS)
        paths = {film: catalogue.details(film, "en-US", [])["poster_path"] for film in ids}
        with_poster = [film for film in ids if paths[film]]
        return [Wanted(paths[film], film, float(place)) for place, film in enumerate(with_poster[:number])]

    async def want(self, number: int = 1, priority: Priority = Priority.IMPORT) -> list[str]:
        """Posters of that many films, wanted; the films are here in full."""
        films = self.films(number)
        await self.database.execute(
            """
            INSERT INTO tmdb.movies (tmdb_id, title, release_date, poster_path, popularity,
              data_state, content_hash, payload_hash, fetched_at)
            SELECT id, 'Film <' || id || '>', DATE '1999-03-31', path, 1, 'full', 'c', 'p', tmdb.now()
            FROM unnest($1::int[], $2::text[]) AS film (id, path) ON CONFLICT DO NOTHING
            """,
            [film.owner_id for film in films],
            [film.poster_path for film in films],
        )
        await self.posters.want(BOT_ID, self.settings.poster_size, films, priority)
        return [film.poster_path for film in films]

    async def rows(self) -> list[dict[str, Any]]:
        """All posters, by path."""
        found = await self.database.fetch("SELECT * FROM tmdb.posters ORDER BY poster_path")
        return [dict(row) for row in found]

    async def counts(self) -> dict[int, int]:
        """Posters by poster_status."""
        found = await self.database.fetch("SELECT poster_status, count(*) FROM tmdb.posters GROUP BY 1")
        return {row[0]: row[1] for row in found}

    async def channel(self, channel_id: int = CHANNEL) -> dict[str, Any]:
        """What was learned of a channel."""
        found = await self.database.fetchrow(
            """
            SELECT rate, known_limit, last_error,
              extract(epoch FROM paused_until - tmdb.now())::float8 AS paused
            FROM tmdb.poster_channels WHERE channel_id = $1
            """,
            channel_id,
        )
        assert found is not None
        return dict(found)

    async def row(self) -> dict[str, Any]:
        """The only poster."""
        [found] = await self.rows()
        return found

    async def in_telegram(self, number: int = 1) -> None:
        """Returns when that many posters are in Telegram."""

        async def there() -> bool:
            return (await self.counts()).get(2, 0) >= number

        await until(there)

    @asynccontextmanager
    async def parts(self, **replaced: Any) -> AsyncIterator[Parts]:
        """The workers' clients, as their process builds them."""
        settings = self.settings.model_copy(update=replaced)
        async with build(settings, self.database) as parts:
            await parts.channels.open(BOT_ID, settings.poster_channel_ids, settings.poster_channel_rate)
            yield parts

    async def drain(self, *jobs: str, **replaced: Any) -> None:
        """Each job in turn until nothing is due."""
        async with self.parts(**replaced) as parts:
            for name in jobs:
                for job in JOBS[name](parts):
                    await Worker(job).run(until_idle=True)

    @asynccontextmanager
    async def working(self, *jobs: str, **replaced: Any) -> AsyncIterator[list[Job]]:
        """These jobs at work, stopped as SIGTERM stops them."""
        listener = Listener(self.url)
        async with self.parts(**replaced) as parts, asyncio.TaskGroup() as group:
            made = [job for name in jobs for job in JOBS[name](parts)]
            workers = [Worker(job, listener) for job in made]
            listening = group.create_task(listener.run())
            running = [group.create_task(worker.run()) for worker in workers]
            try:
                yield made
            finally:
                for worker in workers:
                    worker.stop()
                await asyncio.wait(running)
                listening.cancel()


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 10.0) -> None:
    """Returns when the condition holds; fails when it does not in time."""
    async with asyncio.timeout(seconds):
        while not await holds():
            await asyncio.sleep(0.01)


@pytest.fixture
async def stage(workers_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    """Two channels, no limits but those a test sets."""
    monkeypatch.setattr("workers.wiring.FOR_WORKERS", ONCE)
    async with (
        TmdbStandIn(generated=FILMS, rate=0, connections=None) as tmdb,
        TelegramStandIn(Limits.unlimited()) as telegram,
    ):
        bot = telegram.add_bot(TOKEN, "filmoteka_bot")
        channels = [
            telegram.add_channel(channel, f"Posters {channel}", [bot])
            for channel in (CHANNEL, SECOND_CHANNEL)
        ]
        values: dict[str, Any] = {
            "bot_token": TOKEN,
            "telegram_api_base_url": telegram.api_url,
            "telegram_messages_per_second": 1000,
            "poster_channel_ids": (CHANNEL,),
            "poster_channel_rate": 60_000,
            "poster_size": "w92",
            "tmdb_access_token": tmdb.access_token,
            "tmdb_api_base_url": tmdb.api_url,
            "tmdb_web_base_url": tmdb.web_url,
            "tmdb_image_base_url": tmdb.image_url,
            "tmdb_export_base_url": tmdb.export_url,
            "tmdb_requests_per_second": 1000,
            "secret_key": ("a key of sufficient length",),
            "data_dir": tmp_path,
        }
        settings = Settings(_env_file=None, **values)
        database = await Database.connect(workers_url, name="tests", checked=False)
        try:
            yield Stage(settings, workers_url, database, telegram, tmdb, bot, channels)
        finally:
            async with database.transaction() as connection:
                # Keys need no checking where everything goes.
                await connection.execute("SET LOCAL session_replication_role = replica")
                for row in await connection.fetch(TABLES):
                    await connection.execute(f"DELETE FROM {row[0]}")
            await database.close()
