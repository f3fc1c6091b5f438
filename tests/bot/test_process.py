"""`python -m bot` as a process: its life, its stop, its exit codes, and what it never says."""

import asyncio
import json
import signal
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import pytest

from bot import polling
from bot.__main__ import run
from core.settings import Settings
from db.embedded import EmbeddedPostgres
from db.heartbeats import Heartbeats
from sandbox.telegram import Fault
from services.process import run_part
from tests.bot.conftest import CHANNEL, TOKEN, Stage, until
from tests.bot.test_link import answer_at_tmdb
from tests.process import Process, forked

# Somebody waits for a lock in the tests' database.
WAITING = """
    SELECT EXISTS (
      SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
    )
"""

SECRET_KEY = "a-secret-key-of-sufficient-length"


@pytest.fixture
def environment(idle_stage: Stage, postgres: EmbeddedPostgres) -> dict[str, str]:
    """What `.env` would say."""
    settings = idle_stage.settings
    return {
        "BOT_TOKEN": TOKEN,
        "TELEGRAM_API_BASE_URL": settings.telegram_api_base_url,
        "POSTER_CHANNEL_IDS": str(CHANNEL),
        "TMDB_ACCESS_TOKEN": idle_stage.tmdb.access_token,
        "TMDB_API_BASE_URL": settings.tmdb_api_base_url,
        "TMDB_WEB_BASE_URL": settings.tmdb_web_base_url,
        "TMDB_IMAGE_BASE_URL": settings.tmdb_image_base_url,
        "DATABASE_URL": postgres.database_url("test_bot"),
        "DATA_DIR": str(settings.data_dir),
        "SECRET_KEY": SECRET_KEY,
        "LOG_FORMAT": "json",
        "LOG_LEVEL": "DEBUG",
    }


def bot(tmp_path: Path, environment: Mapping[str, str]) -> AbstractAsyncContextManager[Process]:
    """`python -m bot` with these variables."""
    return forked(tmp_path, environment, partial(run_part, "bot", run))


async def test_it_answers_says_that_it_lives_stops_at_sigterm_and_tells_no_secret(
    idle_stage: Stage, environment: dict[str, str], tmp_path: Path
) -> None:
    stage, ann = idle_stage, idle_stage.person()
    account = stage.tmdb.add_account("ann_films")
    async with bot(tmp_path, environment) as process:
        await process.said("fetching updates")
        screen = await stage.ask(ann, "/link")
        url = str(screen.buttons[0].url)
        ann.open_link(await answer_at_tmdb(screen))
        question = await ann.chat.wait_for(lambda message: "ann_films" in message.body)
        # Every way to fail that puts an address, a header or a body into an error.
        stage.tmdb.fault("html", "/3/movie/*", times=2)
        stage.tmdb.fault("truncated", "/3/account*", times=1)
        stage.telegram.faults.add(Fault("refuse", "sendPhoto", code=400, description="Bad Request: odd"))
        assert (await stage.ask(ann, "/movie 603")).body.startswith("Something went wrong on my side")
        await until(lambda: "an update failed" in process.output)
        stage.telegram.faults.add(Fault("server_error", "getUpdates", times=1))
        stage.telegram.faults.add(Fault("reset", "sendMessage"))
        assert (await stage.ask(ann, "/about")).body.startswith("My answer was lost on its way")
        ann.press(question, "Yes, that is me")
        await ann.chat.wait_for(lambda message: "Importing your ratings" in message.body)
        assert await Heartbeats(stage.database).age("bot") is not None
        process.stop()
        assert await process.ended() == 0
    assert await Heartbeats(stage.database).age("bot") is None
    assert len(stage.bot.updates) == 0

    request_token = url.partition("/authenticate/")[2].partition("?")[0]
    nonce = url.partition("start%3D")[2]
    sessions = [token for token, owner in stage.tmdb.accounts._sessions.items() if owner is account]
    secrets = [TOKEN.partition(":")[2], stage.tmdb.access_token, SECRET_KEY, request_token, nonce, *sessions]
    assert len(secrets) == 6
    assert all(len(secret) > 8 for secret in secrets)
    for secret in secrets:
        assert secret not in process.output
    assert '"request_id"' in process.output


@pytest.mark.parametrize(
    ("variable", "value", "line"),
    [
        ("BOT_TOKEN", "77:AAHnobody-knows-this-token-xxxxxxx", "BOT_TOKEN: refused"),
        ("TMDB_ACCESS_TOKEN", "nobody-knows-this-token", "TMDB_ACCESS_TOKEN: refused"),
        ("POSTER_CHANNEL_IDS", "-1001234567891", "POSTER_CHANNEL_IDS -1001234567891: the bot cannot post"),
        ("DATABASE_URL", "", "DATABASE_URL should be"),
        ("DATABASE_URL", "postgresql://u:nobody-knows#w@h/d", "DATABASE_URL should be a postgresql:// URL"),
        ("WEBHOOK_LISTEN", "127.0.0.1:0", "WEBHOOK_LISTEN is wrong"),
    ],
)
@pytest.mark.usefixtures("idle_stage")
async def test_what_the_operator_must_change_is_one_line_and_exit_code_2(
    environment: dict[str, str], tmp_path: Path, variable: str, value: str, line: str
) -> None:
    async with bot(tmp_path, environment | {variable: value, "LOG_LEVEL": "ERROR"}) as process:
        assert await process.ended() == 2
    lines = [said for said in process.output.splitlines() if not said.startswith("{")]
    assert len(lines) == 1
    assert lines[0].startswith(line)
    assert "nobody-knows" not in process.output
    assert "Traceback" not in process.output


@pytest.mark.usefixtures("idle_stage")
async def test_a_database_nobody_made_is_the_operators_move(
    environment: dict[str, str], tmp_path: Path, postgres: EmbeddedPostgres
) -> None:
    nowhere = {"DATABASE_URL": postgres.database_url("nobody_made_it")}
    async with bot(tmp_path, environment | nowhere) as process:
        assert await process.ended() == 2
    assert process.output == 'DATABASE_URL: refused (database "nobody_made_it" does not exist)\n'


async def test_what_nobody_thought_of_ends_it_with_a_traceback_in_the_log_alone(
    environment: dict[str, str], tmp_path: Path
) -> None:
    async def fail(settings: Settings) -> None:
        raise LookupError(f"of {settings.bot_token.get_secret_value()}")

    async with forked(tmp_path, environment, partial(run_part, "bot", fail)) as process:
        assert await process.ended() == 1
    *_, last = [json.loads(line) for line in process.output.splitlines()]
    assert last["event"] == "ended by an error"
    assert "LookupError: of [hidden]" in last["exception"]


async def test_a_token_revoked_meanwhile_ends_it_the_same_way(
    idle_stage: Stage, environment: dict[str, str], tmp_path: Path
) -> None:
    async with bot(tmp_path, environment) as process:
        await process.said("fetching updates")
        idle_stage.person().send("/about")
        idle_stage.telegram.world.bots.clear()
        assert await process.ended() == 2
    assert process.output.splitlines()[-1].startswith("BOT_TOKEN: refused")


async def test_a_tap_that_a_kill_left_unanswered_comes_again_and_changes_one_thing(
    idle_stage: Stage, environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, ann = idle_stage, idle_stage.person()
    # However slow this machine is: the batch is not confirmed before the kill.
    monkeypatch.setattr(polling, "SETTLE_SECONDS", 60.0)
    async with bot(tmp_path, environment) as process:
        card = await stage.ask(ann, "/movie 603")
        values = await stage.press(ann, card, "Rate")
        async with stage.database.transaction() as other:
            await other.execute("INSERT INTO tmdb.users (telegram_user_id) VALUES ($1)", ann.id)
            tap = ann.press(values, "9")
            # The handler stands before its change: it waits for the row that is not committed yet.
            while not await stage.database.fetchval(WAITING):
                await asyncio.sleep(0.01)
            process.stop(signal.SIGKILL)
            assert await process.ended() == -signal.SIGKILL
    assert tap.answer is None
    assert await stage.database.fetchval("SELECT count(*) FROM tmdb.user_movie_ratings") == 0
    async with bot(tmp_path, environment):
        await ann.wait_answer(tap)
    rows = await stage.database.fetch("SELECT tmdb_rating, update_id FROM tmdb.user_movie_ratings")
    assert [tuple(row) for row in rows] == [(9, stage.bot.updates.given[-1]["update_id"])]


async def test_tmdb_away_at_the_start_is_said_and_the_bot_answers_all_the_same(
    idle_stage: Stage, environment: dict[str, str], tmp_path: Path
) -> None:
    await idle_stage.tmdb.go_away()
    async with bot(tmp_path, environment) as process:
        await process.said("fetching updates")
        assert (await idle_stage.ask(idle_stage.person(), "/about")).body.startswith("Filmoteka")
    assert "unreachable, asked again until it answers" in process.output
