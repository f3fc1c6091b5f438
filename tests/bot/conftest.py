"""The product's own bot, in this process, against the stand-ins over HTTP."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import pytest

from bot.admission import ALLOWANCES, Allowance
from bot.serve import serve
from bot.wiring import Application, build
from core.settings import Settings
from db.embedded import EmbeddedPostgres
from db.opened_movies import OpenedMovies
from db.pool import Database
from db.refresh_queue import RefreshQueue
from db.tallies import Tallies
from db.users import Users
from sandbox.telegram import Bot, Chat, Limits, Message, Person, TelegramStandIn
from sandbox.tmdb.server import TmdbStandIn
from tests.conftest import TEMPLATE

BOT_ID = 4242
TOKEN = f"{BOT_ID}:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"
CHANNEL = -1001234567890
ADMIN = 900

# The stand-in is told to have no limits, so the bot need not keep any.
NO_PACE = {"interval": 0.0, "burst": 1, "group_interval": 0.0}
# Tests write faster than people.
UNBOUNDED = dict.fromkeys(ALLOWANCES, Allowance(1_000_000, 1_000_000.0))


@dataclass
class Stage:
    """A bot that runs, and everybody around it."""

    settings: Settings
    database: Database
    telegram: TelegramStandIn
    tmdb: TmdbStandIn
    bot: Bot
    channel: Chat
    app: Application | None = None
    people: dict[int, Person] = field(default_factory=dict)

    def person(self, person_id: int = 1, language: str | None = "en", name: str = "Ann") -> Person:
        """Somebody with a Telegram client."""
        if person_id not in self.people:
            self.people[person_id] = self.telegram.add_person(person_id, name, language)
        return self.people[person_id]

    async def ask(self, person: Person, text: str) -> Message:
        """The new message that answers a text, once nothing else is being answered."""
        await self.idle()
        sent = person.send(text)
        return await person.chat.wait_for(lambda message: message.message_id > sent.message_id)

    async def press(self, person: Person, message: Message, button: str) -> Message:
        """The message after a button was pressed: the next one that is new or was edited."""
        query = person.press(message, button)
        answered = await person.chat.wait_for()
        await person.wait_answer(query)
        await self.idle()
        return answered

    async def idle(self) -> None:
        """Returns when the bot has handled what it has."""
        if self.app:
            async with asyncio.timeout(10):
                await self.app.updates.room(1)

    async def toast(self, person: Person, message: Message, button: str) -> str | None:
        """What a button's answer says."""
        return (await person.wait_answer(person.press(message, button))).text


@pytest.fixture(scope="session")
async def bot_database(postgres: EmbeddedPostgres) -> AsyncIterator[Database]:
    """One database for all tests of the bot: emptying it takes a millisecond, a clone a third of a second."""
    admin = await asyncpg.connect(postgres.url)
    await admin.execute(f"CREATE DATABASE test_bot TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
    await admin.close()
    database = await Database.connect(postgres.database_url("test_bot"), name="tests", checked=False)
    try:
        yield database
    finally:
        await database.close()


TABLES = """
    SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
    WHERE schemaname = 'tmdb' AND tablename <> 'schema_migrations'
"""


@pytest.fixture
async def database(bot_database: Database) -> AsyncIterator[Database]:
    """The product's own pool on an empty database."""
    yield bot_database
    async with bot_database.transaction() as connection:
        # Keys need no checking where everything goes.
        await connection.execute("SET LOCAL session_replication_role = replica")
        for row in await connection.fetch(TABLES):
            await connection.execute(f"DELETE FROM {row[0]}")


@pytest.fixture
async def tmdb() -> AsyncIterator[TmdbStandIn]:
    """TMDB without its rate limit."""
    async with TmdbStandIn(rate=0, connections=None) as stand_in:
        yield stand_in


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramStandIn]:
    """Telegram without its rate limits."""
    async with TelegramStandIn(Limits.unlimited()) as stand_in:
        yield stand_in


@pytest.fixture
def make_settings(telegram: TelegramStandIn, tmdb: TmdbStandIn, tmp_path: Any) -> Callable[..., Settings]:
    """Settings that lead to the stand-ins; keywords replace some."""

    def make(**replaced: Any) -> Settings:
        values: dict[str, Any] = {
            "bot_token": TOKEN,
            "telegram_api_base_url": telegram.api_url,
            "telegram_messages_per_second": 10_000,
            "poster_channel_ids": (CHANNEL,),
            "admin_ids": (ADMIN,),
            "tmdb_access_token": tmdb.access_token,
            "tmdb_api_base_url": tmdb.api_url,
            "tmdb_web_base_url": tmdb.web_url,
            "tmdb_image_base_url": tmdb.image_url,
            "tmdb_export_base_url": tmdb.export_url,
            "tmdb_requests_per_second": 10_000,
            "secret_key": ("a key of sufficient length",),
            "data_dir": tmp_path,
        }
        return Settings(_env_file=None, **(values | replaced))

    return make


async def until(look: Callable[[], object], timeout: float = 10.0) -> None:
    """Returns when something is so that no event of the stand-in's world tells of."""
    async with asyncio.timeout(timeout):
        while not look():
            await asyncio.sleep(0.005)


@asynccontextmanager
async def running(settings: Settings, database: Database, **overrides: Any) -> AsyncIterator[Application]:
    """The bot at work in this process, stopped as SIGTERM stops it."""
    replaced: dict[str, Any] = {"pace": NO_PACE, "allowances": UNBOUNDED} | overrides
    async with build(settings, database, **replaced) as app:
        serving = asyncio.get_running_loop().create_task(serve(app))
        try:
            yield app
        finally:
            serving.cancel()
            await asyncio.wait({serving})
            if not serving.cancelled():
                serving.result()


@pytest.fixture
async def idle_stage(
    telegram: TelegramStandIn, tmdb: TmdbStandIn, database: Database, make_settings: Callable[..., Settings]
) -> Stage:
    """Everything around the bot, which does not run yet."""
    bot = telegram.add_bot(TOKEN, "filmoteka_bot", "Filmoteka")
    channel = telegram.add_channel(CHANNEL, "Posters", [bot])
    return Stage(make_settings(), database, telegram, tmdb, bot, channel)


# What goes on beside the screens: what was spent at Telegram and TMDB, who is shut out, what was noticed of
# people, posters wanted behind an answer, types that asyncpg meets for the first time.
BESIDE = (
    *("tmdb.host_budgets", "tmdb.api_requests", "tmdb.blocked_users"),
    *(Users.SEEN, OpenedMovies.OPENED, OpenedMovies.DUE, RefreshQueue.ASK, Tallies.ADD),
    *("tmdb.posters AS poster (", "pg_notify", "'jit'", "typeinfo"),
)


@dataclass
class Statements:
    """What the bot asks of the database."""

    asked: list[str] = field(default_factory=list)

    def taken(self) -> list[str]:
        """The statements since the last call, but for those beside the screens."""
        screens = [sql for sql in self.asked if not any(part in sql for part in BESIDE)]
        self.asked.clear()
        return screens


@pytest.fixture
async def statements(idle_stage: Stage, postgres: EmbeddedPostgres) -> AsyncIterator[Statements]:
    """The stage's bot runs on a single connection, which tells what it is asked."""
    name = await idle_stage.database.fetchval("SELECT current_database()")
    database = await Database.connect(postgres.database_url(name), name="one", connections=1, checked=False)
    statements = Statements()
    async with database.connection() as connection:
        connection.add_query_logger(lambda record: statements.asked.append(record.query))
    try:
        async with running(idle_stage.settings, database) as idle_stage.app:
            yield statements
    finally:
        await database.close()


@pytest.fixture
async def stage(idle_stage: Stage) -> AsyncIterator[Stage]:
    """The bot runs, by long polling."""
    async with running(idle_stage.settings, idle_stage.database) as idle_stage.app:
        yield idle_stage
