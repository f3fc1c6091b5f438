"""The stand-in's limits of pace and its faults on demand."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import aiohttp
import pytest

from sandbox.telegram import Fault, Limits, Rate
from tests.sandbox.telegram_scene import CHANNEL_ID, RefusedError, Scene, a_scene, jpeg


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with a_scene() as scene:
        yield scene


async def refusal(scene: Scene, text: str = "x") -> RefusedError:
    with pytest.raises(RefusedError, match="Too Many Requests: retry after") as refused:
        await scene.say(text)
    assert refused.value.code == 429
    return refused.value


async def test_a_chat_takes_a_burst_and_then_one_a_second(scene: Scene) -> None:
    for number in range(4):
        sent = await scene.say(str(number))
    assert (await refusal(scene)).retry_after == 1
    # An edit uses the same allowance.
    with pytest.raises(RefusedError, match="Too Many Requests"):
        await scene.call("editMessageText", chat_id=1001, message_id=sent["message_id"], text="y")
    # Another chat is not concerned.
    scene.boris.start()
    await scene.call("sendMessage", chat_id=scene.boris.id, text="x")
    scene.tg.clock.advance(1)
    await scene.say("x")


async def test_a_chat_stays_refused_until_retry_after_is_over(scene: Scene) -> None:
    scene.tg.limits.private_chat = Rate(per_second=0.25, burst=1)
    await scene.say("x")
    assert (await refusal(scene)).retry_after == 4
    scene.tg.clock.advance(2.5)
    assert (await refusal(scene)).retry_after == 2
    scene.tg.clock.advance(1.6)
    await scene.say("x")


async def test_after_a_429_the_whole_bot_may_be_silenced(scene: Scene) -> None:
    scene.tg.limits.refuse_all_after_429 = True
    scene.boris.start()
    for number in range(4):
        await scene.say(str(number))
    await refusal(scene)
    with pytest.raises(RefusedError, match="retry after 1"):
        await scene.call("sendMessage", chat_id=scene.boris.id, text="x")


async def test_a_channel_takes_twenty_a_minute(scene: Scene) -> None:
    file_id = (await scene.photo(CHANNEL_ID, jpeg()))["photo"][-1]["file_id"]
    posted = 1
    for _ in range(60):
        with contextlib.suppress(RefusedError):
            while True:
                await scene.photo(CHANNEL_ID, file_id)
                posted += 1
        scene.tg.clock.advance(1)
    assert posted == 4 + 19


async def test_long_texts_use_the_allowance_up_faster(scene: Scene) -> None:
    await scene.say("x" * 501)
    await scene.say("x" * 501)
    await refusal(scene)


async def test_all_chats_together_take_thirty_a_second(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    # A busy machine may take longer than the second.
    now = scene.tg.clock.monotonic()
    monkeypatch.setattr(scene.tg.clock, "monotonic", lambda: now)
    people = [scene.tg.add_person(2000 + number, "Somebody") for number in range(31)]
    for person in people:
        person.start()
    for person in people[:30]:
        await scene.call("sendMessage", chat_id=person.id, text="x")
    with pytest.raises(RefusedError, match="retry after 1"):
        await scene.call("sendMessage", chat_id=people[30].id, text="x")


async def test_limits_can_be_lifted() -> None:
    async with a_scene(Limits.unlimited()) as scene:
        for _ in range(40):
            await scene.say("x")


# Faults


async def test_a_429_on_demand_has_no_effect_on_the_chat(scene: Scene) -> None:
    fault = scene.tg.faults.add(Fault("too_many_requests", method="send*", retry_after=7, times=2, after=1))
    await scene.say("first")
    for _ in range(2):
        assert (await refusal(scene)).retry_after == 7
    await scene.say("last")
    assert fault.hits == 2
    assert [message.body for message in scene.anna.chat.messages] == ["/start", "first", "last"]


async def test_a_refusal_of_one_method_in_one_chat(scene: Scene) -> None:
    scene.tg.faults.add(
        Fault("refuse", "sendMessage", chat_id=1001, code=400, description="Bad Request: WEBPAGE_MEDIA_EMPTY")
    )
    await scene.call("sendMessage", chat_id=CHANNEL_ID, text="x")
    with pytest.raises(RefusedError, match="WEBPAGE_MEDIA_EMPTY"):
        await scene.say("x")


async def test_a_server_error_is_html(scene: Scene) -> None:
    scene.tg.faults.add(Fault("server_error", code=502))
    async with scene.http.get(f"{scene.tg.api_url}/bot{scene.bot.token}/getMe") as response:
        assert response.status == 502
        assert response.content_type == "text/html"
    await scene.call("getMe")


async def test_a_lost_answer_took_effect(scene: Scene) -> None:
    scene.tg.faults.add(Fault("lost_answer", "sendMessage"))
    with pytest.raises(aiohttp.ClientError):
        await scene.say("did it arrive?")
    assert scene.anna.chat.last.body == "did it arrive?"
    (call,) = scene.tg.calls("sendMessage")
    assert call.lost
    assert call.result["text"] == "did it arrive?"


async def test_a_reset_did_not(scene: Scene) -> None:
    scene.tg.faults.add(Fault("reset", "sendMessage"))
    with pytest.raises(aiohttp.ClientError):
        await scene.say("x")
    assert scene.anna.chat.last.body == "/start"
    scene.tg.away = True
    with pytest.raises(aiohttp.ClientError):
        await scene.call("getMe")
    scene.tg.away = False
    await scene.call("getMe")


async def test_a_slow_answer(scene: Scene) -> None:
    scene.tg.faults.add(Fault("slow", "sendMessage", seconds=0.05))
    begun = asyncio.get_running_loop().time()
    await scene.say("x")
    assert asyncio.get_running_loop().time() - begun >= 0.05
