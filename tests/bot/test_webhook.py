"""Updates by webhook: the secret, answers after the work, redelivery, stops."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest
from pydantic import SecretStr

import bot.serve
from bot.webhook import SECRET_HEADER
from core.errors import ConfigurationError
from core.settings import Settings
from tests.bot.conftest import Stage, running, until

SECRET = "a_secret-word"


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@pytest.fixture
def hooked_settings(make_settings: Callable[..., Settings]) -> Settings:
    port = free_port()
    return make_settings(
        webhook_url=f"http://127.0.0.1:{port}/updates",
        webhook_secret=SecretStr(SECRET),
        webhook_listen=f"127.0.0.1:{port}",
    )


@pytest.fixture
async def hooked(idle_stage: Stage, hooked_settings: Settings) -> AsyncIterator[Stage]:
    """The bot runs, its updates are posted to it."""
    async with running(hooked_settings, idle_stage.database) as idle_stage.app:
        await idle_stage.telegram.wait_until(lambda: idle_stage.bot.updates.webhook)
        yield idle_stage


async def post(settings: Settings, body: object, secret: str | None) -> int:
    assert settings.webhook_url is not None
    headers = {} if secret is None else {SECRET_HEADER: secret}
    async with (
        aiohttp.ClientSession() as telegram,
        telegram.post(settings.webhook_url, json=body, headers=headers) as response,
    ):
        return response.status


async def test_updates_arrive_and_are_answered(hooked: Stage) -> None:
    ann = hooked.person()
    assert (await hooked.ask(ann, "/about")).body.startswith("Filmoteka")
    assert (await hooked.ask(ann, "/movie 603")).body.startswith("The Matrix")
    await until(lambda: len(hooked.bot.updates) == 0)
    assert hooked.telegram.calls("getUpdates") == []


@pytest.mark.parametrize("secret", [None, "", "a_secret-wore", SECRET + "x", "ü"])
async def test_a_wrong_secret_is_refused(
    hooked: Stage, hooked_settings: Settings, secret: str | None
) -> None:
    ann = hooked.person()
    await hooked.ask(ann, "/about")
    forged = {
        "update_id": 5,
        "message": {
            "message_id": 9,
            "date": 1,
            "chat": {"id": ann.id, "type": "private"},
            "from": ann.as_user(),
            "text": "/help",
        },
    }
    assert await post(hooked_settings, forged, secret) == 401
    assert len(hooked.telegram.calls("sendMessage", ann.id)) == 1


async def test_what_is_no_update_is_no_error(hooked: Stage, hooked_settings: Settings) -> None:
    assert await post(hooked_settings, [1, 2], SECRET) == 400
    assert await post(hooked_settings, {"update_id": 1, "message": "x"}, SECRET) == 200


async def test_telegram_is_answered_when_the_work_is_done(hooked: Stage) -> None:
    ann = hooked.person()
    hooked.tmdb.fault("slow", "/3/movie/603", delay=0.4, times=1)
    ann.send("/movie 603")
    update_id = hooked.bot.updates.given[-1]["update_id"]
    assert hooked.app is not None
    app = hooked.app
    await until(lambda: app.updates.is_in_hand(update_id))
    assert len(hooked.bot.updates) == 1, "confirmed before it was handled"
    await ann.chat.wait_for()
    await until(lambda: len(hooked.bot.updates) == 0)


async def test_a_redelivery_while_in_hand_is_not_handled_twice(hooked: Stage) -> None:
    ann = hooked.person()
    hooked.tmdb.fault("slow", "/3/movie/603", delay=0.3, times=1)
    ann.send("/movie 603")
    hooked.bot.updates.redeliver()
    await ann.chat.wait_for()
    await hooked.ask(ann, "/about")
    assert len(hooked.telegram.calls("sendPhoto", ann.id)) == 1


async def test_what_a_stop_cannot_finish_is_delivered_to_the_next_bot(
    idle_stage: Stage, hooked_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.serve, "FINISH_SECONDS", 0.05)
    ann = idle_stage.person()
    fault = idle_stage.tmdb.fault("slow", "/3/movie/603", delay=5)
    async with running(hooked_settings, idle_stage.database) as app:
        await idle_stage.telegram.wait_until(lambda: idle_stage.bot.updates.webhook)
        ann.send("/movie 603")
        update_id = idle_stage.bot.updates.given[-1]["update_id"]
        await until(lambda: app.updates.is_in_hand(update_id))
    assert len(idle_stage.bot.updates) == 1
    idle_stage.tmdb.clear_faults(fault)
    async with running(hooked_settings, idle_stage.database):
        assert (await ann.chat.wait_for()).body.startswith("The Matrix")


async def test_polling_takes_over_from_a_webhook(idle_stage: Stage, hooked_settings: Settings) -> None:
    ann = idle_stage.person()
    async with running(hooked_settings, idle_stage.database):
        await idle_stage.telegram.wait_until(lambda: idle_stage.bot.updates.webhook)
    async with running(idle_stage.settings, idle_stage.database) as idle_stage.app:
        assert (await idle_stage.ask(ann, "/about")).body.startswith("Filmoteka")
    assert idle_stage.bot.updates.webhook is None


async def test_an_address_in_use_is_the_operators_move(idle_stage: Stage, hooked_settings: Settings) -> None:
    async with running(hooked_settings, idle_stage.database):
        await idle_stage.telegram.wait_until(lambda: idle_stage.bot.updates.webhook)
        with pytest.raises(ExceptionGroup) as refused:
            async with running(hooked_settings, idle_stage.database) as second:
                await second.dispatcher["tasks"].start(asyncio.sleep(0.2), "a moment")
        [error] = refused.value.exceptions
        assert isinstance(error, ConfigurationError)
        assert str(error).startswith("WEBHOOK_LISTEN should be a free host:port of this machine")
