"""The bot's calls over real HTTP: errors of ours, pauses obeyed, repetitions where safe, no secret out."""

import asyncio
import time
from collections.abc import AsyncIterator
from io import BytesIO

import pytest
from aiogram import Bot
from PIL import Image

from clients.telegram import TelegramChannels, make_bot
from core.bot_account import BotAccount
from core.errors import (
    BadFileId,
    BotBlocked,
    ChatUnusable,
    MessageGone,
    NotModified,
    PhotoRefused,
    RetryAfter,
    TelegramError,
    TelegramUnauthorised,
    TelegramUnavailable,
)
from core.settings import Settings
from sandbox.telegram import Chat, Fault, Limits, Person, TelegramStandIn

TOKEN = "4242:AAHsecret-of-the-bot-nobody-may-see"
CHANNEL = -1001000000001


class Unlimited:
    """A budget that grants at once and remembers pauses."""

    def __init__(self) -> None:
        self.granted = 0
        self.pauses: list[float] = []

    async def acquire(self) -> None:
        self.granted += 1

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


def settings(api_url: str, **more: object) -> Settings:
    values: dict[str, object] = {
        "bot_token": TOKEN,
        "telegram_api_base_url": api_url,
        "poster_channel_ids": str(CHANNEL),
        "tmdb_access_token": "sandbox-access-token",
        "secret_key": "a-secret-key-of-the-tests",
        **more,
    }
    return Settings(_env_file=None, **values)  # type: ignore[arg-type] # parsed as from the environment


def jpeg(width: int = 20, height: int = 30) -> bytes:
    out = BytesIO()
    Image.new("RGB", (width, height), "navy").save(out, "JPEG")
    return out.getvalue()


class Scene:
    """One bot, one person who wrote to it, one channel, and the product's two kinds of clients."""

    def __init__(self, telegram: TelegramStandIn) -> None:
        account = telegram.add_bot(TOKEN, "filmoteka_bot")
        self.telegram = telegram
        self.person: Person = telegram.add_person(7, "Ada")
        self.channel: Chat = telegram.add_channel(CHANNEL, "Posters", [account])
        self.person.start()
        self.budget = Unlimited()
        configured = settings(telegram.api_url)
        self.people: Bot = make_bot(configured, self.budget, people=True, pace={"interval": 0})
        self.worker: Bot = make_bot(configured, self.budget, people=False)
        self.channels = TelegramChannels(self.worker)


@pytest.fixture
async def scene(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    monkeypatch.setattr("clients.telegram.session.FIRST_DELAY_SECONDS", 0.01)
    async with TelegramStandIn(Limits.unlimited()) as telegram:
        scene = Scene(telegram)
        yield scene
        await scene.people.session.close()
        await scene.worker.session.close()


async def test_a_post_tells_ids_and_size_and_is_deleted_once(scene: Scene) -> None:
    post = await scene.channels.post(CHANNEL, jpeg(), "<b>A &lt; B</b>")
    assert (post.channel_id, post.width, post.height) == (CHANNEL, 20, 30)
    assert scene.channel.last.caption == "A < B"
    again = await scene.channels.post(CHANNEL, post.file_id, "by file_id")
    assert again.file_id == post.file_id
    assert [bool(call.files) for call in scene.telegram.calls("sendPhoto")] == [True, False]
    await scene.channels.delete(CHANNEL, post.message_id)
    await scene.channels.delete(CHANNEL, post.message_id)
    assert len(scene.channel.messages) == 1


async def test_refusals_are_errors_that_tell_what_happened(scene: Scene) -> None:
    message = await scene.people.send_message(7, "hello")
    with pytest.raises(NotModified):
        await scene.people.edit_message_text("hello", chat_id=7, message_id=message.message_id)
    with pytest.raises(MessageGone):
        await scene.people.edit_message_text("hello", chat_id=7, message_id=999)
    with pytest.raises(BadFileId):
        await scene.people.send_photo(7, "AgAC-never-issued")
    with pytest.raises(PhotoRefused):
        await scene.channels.post(CHANNEL, b"no image", "")
    with pytest.raises(ChatUnusable):
        await scene.people.send_message(-1001999999999, "hello")
    with pytest.raises(TelegramError, match="parse entities"):
        await scene.people.send_message(7, "<b>open")
    scene.person.chat.blocked = True
    with pytest.raises(BotBlocked):
        await scene.people.send_message(7, "hello")


async def test_an_unknown_token_and_a_lacking_right_are_told(scene: Scene) -> None:
    assert await scene.channels.account() == BotAccount("filmoteka_bot", False, True, False)
    await scene.channels.check_right_to_post(CHANNEL)
    scene.channel.rights = dict.fromkeys(scene.channel.rights, frozenset())
    with pytest.raises(ChatUnusable, match="may post"):
        await scene.channels.check_right_to_post(CHANNEL)
    other = settings(scene.telegram.api_url, bot_token="1:unknown")
    stranger = make_bot(other, scene.budget, people=False)
    with pytest.raises(TelegramUnauthorised):
        await stranger.get_me()
    await stranger.session.close()


async def test_a_worker_is_told_of_a_pause_and_a_person_waits_it_out(scene: Scene) -> None:
    scene.telegram.faults.add(Fault("too_many_requests", "sendPhoto", retry_after=17))
    with pytest.raises(RetryAfter) as told:
        await scene.channels.post(CHANNEL, jpeg(), "")
    assert told.value.seconds == 17
    scene.telegram.faults.add(Fault("too_many_requests", "sendMessage", retry_after=1))
    started = time.monotonic()
    await scene.people.send_message(7, "after the pause")
    assert 1.0 <= time.monotonic() - started < 1.5
    scene.telegram.faults.add(Fault("too_many_requests", "sendMessage", retry_after=90))
    with pytest.raises(RetryAfter):
        await scene.people.send_message(7, "nobody waits that long")


async def test_one_chat_refused_holds_that_chat_and_a_second_one_everybody(scene: Scene) -> None:
    other = scene.telegram.add_person(8, "Bob")
    other.start()
    scene.telegram.faults.add(Fault("too_many_requests", "sendMessage", chat_id=7, retry_after=1))
    refused = asyncio.get_running_loop().create_task(scene.people.send_message(7, "one"))
    await scene.telegram.wait_until(lambda: scene.telegram.calls("sendMessage", 7))
    started = time.monotonic()
    await scene.people.send_message(8, "not held")
    assert time.monotonic() - started < 0.5
    assert scene.budget.pauses == []
    scene.telegram.faults.add(Fault("too_many_requests", "sendMessage", chat_id=8, retry_after=1))
    await scene.people.send_message(8, "the bot as a whole")
    await refused
    assert scene.budget.pauses == [1]


async def test_a_lost_answer_is_repeated_only_where_that_changes_nothing(scene: Scene) -> None:
    message = await scene.people.send_message(7, "one")
    scene.telegram.faults.add(Fault("reset", "editMessageText", times=2))
    await scene.people.edit_message_text("two", chat_id=7, message_id=message.message_id)
    assert scene.person.chat.last.text == "two"
    scene.telegram.faults.add(Fault("lost_answer", "sendPhoto"))
    with pytest.raises(TelegramUnavailable):
        await scene.channels.post(CHANNEL, jpeg(), "")
    assert len(scene.channel.messages) == 1
    scene.telegram.faults.add(Fault("server_error", "sendPhoto", code=502))
    with pytest.raises(TelegramUnavailable):
        await scene.channels.post(CHANNEL, jpeg(), "")
    scene.telegram.faults.add(Fault("server_error", "sendMessage", code=502))
    await scene.people.send_message(7, "three")
    assert scene.person.chat.last.text == "three"


async def test_only_messages_spend_the_budget_and_one_chat_is_paced(scene: Scene) -> None:
    quick = make_bot(
        settings(scene.telegram.api_url), scene.budget, people=True, pace={"interval": 0.1, "burst": 2}
    )
    await quick.get_me()
    await quick.send_chat_action(7, "upload_photo")
    assert scene.budget.granted == 0
    started = time.monotonic()
    await asyncio.gather(*(quick.send_message(7, str(number)) for number in range(4)))
    assert 0.2 <= time.monotonic() - started < 0.4
    assert scene.budget.granted == 4
    await quick.session.close()


async def test_a_group_has_a_slower_pace_of_its_own(scene: Scene) -> None:
    group = scene.telegram.add_group(
        -1001000000009, "Friends", [scene.person], scene.telegram.world.bots.values()
    )
    pace = {"interval": 0.0, "burst": 2, "group_interval": 0.1}
    quick = make_bot(settings(scene.telegram.api_url), scene.budget, people=True, pace=pace)
    started = time.monotonic()
    await asyncio.gather(*(quick.send_message(7, str(number)) for number in range(4)))
    alone = time.monotonic()
    await asyncio.gather(*(quick.send_message(group.id, str(number)) for number in range(4)))
    assert alone - started < 0.2 <= time.monotonic() - alone
    await quick.session.close()


async def test_calls_go_through_the_proxy(scene: Scene) -> None:
    # The stand-in takes the role of the proxy: what reaches it was asked of another host.
    through = settings("http://telegram.invalid", proxy_url=scene.telegram.api_url)
    bot = make_bot(through, scene.budget, people=False)
    assert (await bot.get_me()).username == "filmoteka_bot"
    await bot.session.close()


async def test_no_error_tells_the_token(scene: Scene) -> None:
    nowhere = make_bot(settings("http://127.0.0.1:9"), scene.budget, people=False)
    with pytest.raises(TelegramUnavailable) as told:
        await nowhere.send_message(7, "hello")
    await nowhere.session.close()
    error: BaseException | None = told.value
    while error:
        assert "secret-of-the-bot" not in f"{error!s} {error!r}"
        error = error.__cause__ or error.__context__
