"""What goes wrong reaches people in plain words, and no exception ends anything."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Literal

import pytest
import structlog

import bot.middlewares
from db.embedded import EmbeddedPostgres
from db.pool import Database
from sandbox.telegram import Fault
from tests.bot.conftest import ADMIN, Stage, running

RUSSIAN = "choose:language:ru"


class Cable:
    """A relay in front of PostgreSQL's socket that can be pulled out."""

    def __init__(self, server: EmbeddedPostgres, directory: Path) -> None:
        self._to = server.url.partition("host=")[2] + "/.s.PGSQL.5432"
        self._from = directory / ".s.PGSQL.5432"
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._plugged = False
        self.url = f"postgresql://postgres@/test_bot?host={directory}"

    async def plug(self) -> None:
        self._server = await asyncio.start_unix_server(self._relay, self._from)
        self._plugged = True

    async def pull(self) -> None:
        assert self._server is not None
        self._plugged = False
        self._server.close()
        self._from.unlink(missing_ok=True)
        for writer in self._open:
            writer.transport.abort()
        self._open.clear()
        await asyncio.sleep(0)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        below_reader, below_writer = await asyncio.open_unix_connection(self._to)
        if not self._plugged:  # pulled out while it connected
            writer.transport.abort()
            below_writer.transport.abort()
            return
        self._open |= {writer, below_writer}
        await asyncio.gather(_pump(reader, below_writer), _pump(below_reader, writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(1 << 16):
            writer.write(data)
    except ConnectionError:
        pass  # pulled out
    finally:
        writer.close()


@pytest.fixture
async def cable(
    postgres: EmbeddedPostgres, database: Database, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Cable]:
    cable = Cable(postgres, tmp_path_factory.mktemp("c"))
    await cable.plug()
    yield cable
    await cable.pull()


@pytest.fixture
async def cabled(idle_stage: Stage, cable: Cable) -> AsyncIterator[Stage]:
    """The bot runs, its database on the cable and soon given up."""
    database = await Database.connect(cable.url, name="cabled", checked=False, patience=0.05)
    try:
        async with running(idle_stage.settings, database) as idle_stage.app:
            yield idle_stage
    finally:
        await database.close()


async def test_a_restart_of_the_database_is_waited_for(cabled: Stage, cable: Cable) -> None:
    ann = cabled.person()
    await cabled.ask(ann, "/settings")
    await cable.pull()
    ann.send("/settings")
    await cabled.telegram.wait_until(lambda: cabled.bot.updates.polled)
    await cable.plug()
    assert (await ann.chat.wait_for()).body.startswith("Settings")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.middlewares, "DATABASE_PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr(bot.middlewares, "DATABASE_RETRY_SECONDS", 0.01)
    # On a busy machine the little that happens in between takes long.
    monkeypatch.setattr(bot.middlewares, "EARLY_ANSWER_SECONDS", 10.0)


@pytest.mark.usefixtures("impatient")
async def test_without_a_database_people_are_told_in_their_language(cabled: Stage, cable: Cable) -> None:
    ann = cabled.person(language="en")
    screen = await cabled.ask(ann, "/settings")
    await ann.wait_answer(ann.press_forged(screen, RUSSIAN))
    await cabled.idle()
    assert cabled.app is not None
    await cabled.app.activity.flush()
    await cable.pull()
    with structlog.testing.capture_logs() as lines:
        sorry = await cabled.ask(ann, "/settings")
        # What needs no database works without it.
        about = await cabled.ask(ann, "/about")
        await cabled.app.activity.flush()
    assert sorry.body.startswith("Моя память ненадолго недоступна.")
    assert about.body.startswith("Filmoteka: кинобот")
    assert not [line for line in lines if line["log_level"] == "error"], "an outage is no mistake of ours"
    await cable.plug()
    await cabled.database.execute("UPDATE tmdb.users SET last_active_at = tmdb.now() - interval '1 day'")
    await cabled.app.activity.flush()
    sql = "SELECT last_active_at > tmdb.now() - interval '1 hour' FROM tmdb.users"
    assert await cabled.database.fetchval(sql), "who wrote meanwhile was kept"


@pytest.mark.usefixtures("impatient")
async def test_a_tap_without_a_database_is_answered_with_what_happened(cabled: Stage, cable: Cable) -> None:
    ann = cabled.person()
    screen = await cabled.ask(ann, "/settings")
    await cable.pull()
    answer = await ann.wait_answer(ann.press_forged(screen, RUSSIAN))
    assert answer.show_alert
    assert (answer.text or "").startswith("My memory is out of reach for a moment.")


class Broken:
    """A part with a mistake in it."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(f"{name} has a mistake")


async def test_a_mistake_of_ours_is_told_without_a_traceback_and_logged_with_one(idle_stage: Stage) -> None:
    admin = idle_stage.person(ADMIN)
    with structlog.testing.capture_logs() as lines:
        async with running(idle_stage.settings, idle_stage.database, statistics=Broken()):
            sorry = await idle_stage.ask(admin, "/stats")
            assert (await idle_stage.ask(admin, "/about")).body.startswith("Filmoteka")
    assert sorry.body == (
        "Something went wrong on my side; the bot’s owner can see it. "
        "What you saved before is safe; please try again."
    )
    [line] = [line for line in lines if line["log_level"] == "error"]
    assert isinstance(line["exc_info"], RuntimeError)


async def test_who_blocks_the_bot_is_noted_and_heard_again(stage: Stage) -> None:
    ann = stage.person()
    await stage.ask(ann, "/about")
    ann.block()
    blocked = "SELECT blocked_bot_at IS NOT NULL FROM tmdb.users"
    assert stage.app is not None
    await stage.app.activity.flush()
    await stage.telegram.wait_until(lambda: stage.bot.updates.polled)
    await stage.idle()
    assert await stage.database.fetchval(blocked)
    ann.unblock()
    await stage.ask(ann, "/about")
    await stage.app.activity.flush()
    assert not await stage.database.fetchval(blocked)


async def test_a_block_met_while_answering_is_no_error(stage: Stage) -> None:
    ann = stage.person()
    await stage.ask(ann, "/about")
    assert stage.app is not None
    await stage.app.activity.flush()
    text = "Forbidden: bot was blocked by the user"
    fault = stage.telegram.faults.add(Fault("refuse", "sendMessage", code=403, description=text))
    with structlog.testing.capture_logs() as lines:
        ann.send("/help")
        await stage.telegram.wait_until(lambda: fault.hits)
        await stage.idle()
    assert await stage.database.fetchval("SELECT blocked_bot_at IS NOT NULL FROM tmdb.users")
    assert not [line for line in lines if line["log_level"] in ("error", "warning")]


@pytest.mark.parametrize("kind", ["reset", "lost_answer"])
async def test_an_answer_lost_on_its_way_is_said(stage: Stage, kind: Literal["reset", "lost_answer"]) -> None:
    ann = stage.person()
    await stage.ask(ann, "/about")
    stage.telegram.faults.add(Fault(kind, "sendMessage"))
    ann.send("/help")
    assert await ann.chat.wait_for(lambda message: message.body.startswith("My answer was lost on its way"))
    assert (await stage.ask(ann, "/privacy")).body.startswith("What is stored about you")


@pytest.mark.parametrize("kind", ["too_many_requests", "server_error"])
async def test_a_short_pause_and_a_502_are_waited_out(
    stage: Stage, kind: Literal["too_many_requests", "server_error"]
) -> None:
    ann = stage.person()
    await stage.ask(ann, "/about")
    stage.telegram.faults.add(Fault(kind, "sendMessage", retry_after=1))
    assert (await stage.ask(ann, "/privacy")).body.startswith("What is stored about you")


@pytest.fixture
def early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.middlewares, "EARLY_ANSWER_SECONDS", 0.05)


@pytest.mark.usefixtures("early")
async def test_a_tap_that_only_shows_something_is_answered_before_it_is_there(stage: Stage) -> None:
    ann = stage.person()
    hello = await stage.ask(ann, "/start")
    stage.tmdb.fault("slow", "/3/movie/603", delay=0.5, times=1)
    query = ann.press(hello, "The Matrix")
    await ann.wait_answer(query, timeout=0.4)
    assert ann.chat.last is hello, "the card is not there yet"
    assert (await ann.chat.wait_for()).body.startswith("The Matrix")
    assert len(stage.telegram.calls("answerCallbackQuery")) == 1


@pytest.mark.usefixtures("early")
async def test_a_tap_that_changes_something_is_answered_when_that_is_committed(stage: Stage) -> None:
    ann = stage.person()
    screen = await stage.ask(ann, "/settings")
    await stage.database.execute("INSERT INTO tmdb.users (telegram_user_id) VALUES ($1)", ann.id)
    async with stage.database.transaction() as other:
        await other.execute("SELECT FROM tmdb.users FOR UPDATE")
        query = ann.press_forged(screen, RUSSIAN)
        with pytest.raises(TimeoutError):
            await ann.wait_answer(query, timeout=0.3)
    await ann.wait_answer(query)
    assert await stage.database.fetchval("SELECT language FROM tmdb.users") == "ru"


async def test_every_tap_is_answered_even_if_its_handler_forgot(stage: Stage) -> None:
    ann = stage.person()
    hello = await stage.ask(ann, "/start")
    assert not (await ann.wait_answer(ann.press(hello, "Just look around"))).text
