"""The stand-in's updates: long polling, conflicts, webhooks and redelivery; and a real aiogram bot on it."""

import asyncio
from collections.abc import AsyncIterator

import aiogram
import pytest
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import BufferedInputFile, InlineKeyboardButton, InlineKeyboardMarkup
from aiohttp import web

from sandbox.telegram import Limits
from tests.sandbox.telegram_scene import CHANNEL_ID, TOKEN, RefusedError, Scene, a_scene, jpeg


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with a_scene(Limits.unlimited()) as scene:
        yield scene


async def confirmed(scene: Scene) -> int:
    """Confirms what there is and returns the next offset."""
    updates = await scene.call("getUpdates")
    offset: int = updates[-1]["update_id"] + 1
    await scene.call("getUpdates", offset=offset)
    return offset


async def test_updates_stay_until_they_are_confirmed(scene: Scene) -> None:
    scene.anna.send("one")
    first = await scene.call("getUpdates", limit=1)
    again = await scene.call("getUpdates")
    assert [update["message"]["text"] for update in again] == ["/start", "one"]
    assert first == again[:1]
    rest = await scene.call("getUpdates", offset=first[0]["update_id"] + 1)
    assert rest == again[1:]


async def test_long_polling_ends_with_the_update(scene: Scene) -> None:
    offset = await confirmed(scene)
    async with asyncio.TaskGroup() as tasks:
        poll = tasks.create_task(scene.call("getUpdates", offset=offset, timeout=5))
        await scene.tg.wait_until(lambda: scene.bot.updates.polled)
        scene.anna.send("now")
    assert [update["message"]["text"] for update in poll.result()] == ["now"]
    assert await scene.call("getUpdates", offset=offset + 1, timeout=0) == []


async def test_of_two_pollers_the_earlier_gets_a_conflict(scene: Scene) -> None:
    offset = await confirmed(scene)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(terminated(scene, offset, "other getUpdates request"))
        await scene.tg.wait_until(lambda: scene.bot.updates.polled)
        later = tasks.create_task(scene.call("getUpdates", offset=offset, timeout=5))
        await scene.tg.wait_until(lambda: scene.tg.calls("getUpdates")[-1].status == 409)
        scene.anna.send("for the later one")
    assert len(later.result()) == 1


async def terminated(scene: Scene, offset: int, by: str) -> None:
    """Polls, and expects to be ended by something else."""
    with pytest.raises(RefusedError, match=f"Conflict: terminated by {by}") as refused:
        await scene.call("getUpdates", offset=offset, timeout=5)
    assert refused.value.code == 409


async def test_only_the_kinds_asked_for_arrive(scene: Scene) -> None:
    offset = await confirmed(scene)
    await scene.call("getUpdates", offset=offset, allowed_updates=["callback_query"])
    scene.anna.send("unheard")
    await scene.say("x")
    scene.anna.press_forged(scene.anna.chat.last, "y")
    (update,) = await scene.call("getUpdates", offset=offset)
    assert update["callback_query"]["data"] == "y"


async def test_an_update_comes_again_and_out_of_order(scene: Scene) -> None:
    offset = await confirmed(scene)
    old = scene.bot.updates.redeliver()
    scene.anna.send("new")
    updates = await scene.call("getUpdates", offset=offset)
    assert [update["update_id"] for update in updates] == [offset - 1, offset]
    assert updates[0] == old
    scene.bot.updates.inject({**old, "update_id": 5})
    updates = await scene.call("getUpdates", offset=offset + 1)
    assert [update["update_id"] for update in updates] == [5]


async def test_numbers_may_restart(scene: Scene) -> None:
    offset = await confirmed(scene)
    scene.bot.updates.next_id = 77
    scene.anna.send("after a quiet week")
    (update,) = await scene.call("getUpdates", offset=offset)
    assert update["update_id"] == 77


async def test_blocking_and_deleting_as_the_bot_sees_them(scene: Scene) -> None:
    offset = await confirmed(scene)
    scene.anna.block()
    (update,) = await scene.call("getUpdates", offset=offset)
    assert update["my_chat_member"]["new_chat_member"]["status"] == "kicked"


async def test_a_webhook_gets_the_secret_and_the_update_until_it_takes_it(scene: Scene) -> None:
    received: list[tuple[str | None, str]] = []
    done = asyncio.Event()

    async def hook(request: web.Request) -> web.Response:
        update = await request.json()
        secret = request.headers.get("X-Telegram-Bot-Api-Secret-Token")
        received.append((secret, update["message"]["text"]))
        if len(received) == 2:
            done.set()
        return web.Response(status=200 if len(received) > 1 else 503)

    app = web.Application()
    app.router.add_post("/hook", hook)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    scene.bot.updates.webhook_retry_seconds = 0.01
    try:
        await scene.call("setWebhook", url=url, secret_token="s3cret")
        async with asyncio.timeout(5):
            await done.wait()
        assert received == [("s3cret", "/start")] * 2
        info = await scene.call("getWebhookInfo")
        assert info["url"] == url
        assert info["last_error_message"] == "Wrong response from the webhook: 503 Service Unavailable"
        with pytest.raises(
            RefusedError, match="can't use getUpdates method while webhook is active"
        ) as refused:
            await scene.call("getUpdates")
        assert refused.value.code == 409
    finally:
        await runner.cleanup()
    await scene.call("deleteWebhook")
    await scene.call("getUpdates")


async def test_setting_a_webhook_ends_the_poll(scene: Scene) -> None:
    offset = await confirmed(scene)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(terminated(scene, offset, "setWebhook request"))
        await scene.tg.wait_until(lambda: scene.bot.updates.polled)
        await scene.call("setWebhook", url="http://127.0.0.1:9/hook")
    with pytest.raises(RefusedError, match="bad webhook"):
        await scene.call("setWebhook", url="https://example.org/hook")


async def test_waiting_for_a_message_ignores_older_ones(scene: Scene) -> None:
    await scene.say("answer")
    scene.anna.send("again?")
    with pytest.raises(TimeoutError, match="#1 '/start'"):
        await scene.anna.chat.wait_for(lambda message: message.body == "answer", timeout=0.01)
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(scene.anna.chat.wait_for(lambda message: message.body == "answer"))
        sent = await scene.say("answer")
    assert waiting.result().message_id == sent["message_id"]


async def test_waiting_for_a_call(scene: Scene) -> None:
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(scene.tg.wait_until(lambda: scene.tg.calls("sendMessage")))
        await scene.say("x")
    assert [call.chat_id for call in waiting.result()] == [1001]


async def test_links_to_the_bot_are_followed(scene: Scene) -> None:
    sent = scene.anna.open_link("https://t.me/films_bot?start=nonce?request_token=abc&approved=true")
    assert sent.text == "/start nonce?request_token=abc"
    assert scene.anna.open_link(f"{scene.tg.link_base}/Films_Bot?start=m_603").text == "/start m_603"
    with pytest.raises(ValueError, match="START_PARAM_INVALID"):
        scene.anna.start("a b")


async def test_a_long_text_arrives_in_parts(scene: Scene) -> None:
    offset = await confirmed(scene)
    scene.anna.send("x" * 10_000)
    updates = await scene.call("getUpdates", offset=offset)
    assert [len(update["message"]["text"]) for update in updates] == [4096, 4096, 1808]


async def test_a_real_aiogram_bot(scene: Scene) -> None:
    session = AiohttpSession(api=TelegramAPIServer.from_base(scene.tg.api_url))
    async with aiogram.Bot(TOKEN, session=session) as bot:
        assert (await bot.me()).supports_inline_queries
        (update,) = await bot.get_updates()
        assert update.message is not None
        assert update.message.from_user is not None
        assert update.message.from_user.language_code == "ru"
        keys = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Rate", callback_data="r")]])
        photo = BufferedInputFile(jpeg(), "poster.jpg")
        card = await bot.send_photo(1001, photo, caption="<b>Ж</b>", parse_mode="HTML", reply_markup=keys)
        assert card.html_text == "<b>Ж</b>"
        assert card.photo
        post = await bot.send_photo(CHANNEL_ID, card.photo[-1].file_id)
        assert post.photo == card.photo
        await bot.get_chat(CHANNEL_ID)
        member = await bot.get_chat_member(CHANNEL_ID, bot.id)
        assert member.status == "administrator"
        query = scene.anna.press(scene.anna.chat.last, "Rate")
        pressed = (await bot.get_updates(offset=update.update_id + 1))[0].callback_query
        assert pressed is not None
        await pressed.answer("Saved").as_(bot)
        assert (await scene.anna.wait_answer(query)).text == "Saved"
