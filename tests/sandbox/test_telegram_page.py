"""The stand-in over HTTP: its process, its control doors, what the chat page reads, and the null Bot API."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from sandbox.telegram import Limits
from tests.sandbox.telegram_scene import CHANNEL_ID, RefusedError, Scene, a_scene, jpeg, keyboard


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with a_scene(Limits.unlimited()) as scene:
        yield scene


async def control(scene: Scene, path: str, **body: Any) -> Any:
    url = f"{scene.tg.api_url}/_control/{path}"
    async with scene.http.post(url, json=body) as response:
        answer = await response.json()
        assert response.status == 200, answer
        return answer


async def test_the_page_needs_nothing_from_elsewhere(scene: Scene) -> None:
    for name in ("", "page.css", "page.js"):
        async with scene.http.get(scene.tg.page_url + name) as response:
            assert response.status == 200
            text = (await response.text()).replace("http://www.w3.org/2000/svg", "")
            assert "http://" not in text
            assert "https://" not in text


async def test_what_happens_is_told_to_the_page(scene: Scene) -> None:
    async with scene.http.get(f"{scene.tg.api_url}/_control/events") as stream:

        async def event() -> Any:
            async with asyncio.timeout(5):
                while not (line := await stream.content.readline()).startswith(b"data: "):
                    pass
            return json.loads(line[6:])

        await control(scene, "people/1001/send", chat="42:1001", text="матрица")
        assert (await event())["message"]["body"] == "матрица"
        keys = keyboard([{"text": "Rate", "callback_data": "r"}])
        sent = await scene.photo(1001, jpeg(), caption="<b>Матрица</b>", parse_mode="HTML", reply_markup=keys)
        shown = (await event())["message"]
        assert shown["entities"] == [{"type": "bold", "offset": 0, "length": 7}]
        async with scene.http.get(scene.tg.api_url + shown["photo"]["url"]) as picture:
            assert picture.content_type == "image/jpeg"
        press = {"chat": "42:1001", "message_id": sent["message_id"], "button": "Rate"}
        query = (await control(scene, "people/1001/press", **press))["query"]
        await scene.call("answerCallbackQuery", callback_query_id=query, text="Saved")
        answered = await event()
        assert (answered["query"], answered["answer"]["text"]) == (query, "Saved")
        await scene.call("editMessageCaption", chat_id=1001, message_id=sent["message_id"], caption="new")
        assert (await event())["message"]["edited"]
        await scene.call("deleteMessage", chat_id=1001, message_id=sent["message_id"])
        assert (await event())["event"] == "deleted"


async def test_older_messages_come_by_the_page(scene: Scene) -> None:
    for number in range(5):
        await scene.call("sendMessage", chat_id=CHANNEL_ID, text=str(number))
    url = f"{scene.tg.api_url}/_control/chats/{CHANNEL_ID}/messages"
    async with scene.http.get(url, params={"limit": 2, "before": 4}) as response:
        answer = await response.json()
    assert [message["body"] for message in answer["messages"]] == ["1", "2"]
    assert answer["more"]


async def test_the_command_menu_speaks_the_persons_language(scene: Scene) -> None:
    await scene.call("setMyCommands", commands=[{"command": "help", "description": "Help"}])
    russian = [{"command": "help", "description": "Помощь"}]
    await scene.call("setMyCommands", commands=russian, language_code="ru")
    async with scene.http.get(f"{scene.tg.api_url}/_control/state") as response:
        chats = {chat["key"]: chat for chat in (await response.json())["chats"]}
    assert chats["42:1001"]["commands"] == russian
    assert chats["42:1002"]["commands"][0]["description"] == "Help"


async def test_a_link_to_the_bot_leads_to_the_page(scene: Scene) -> None:
    link = f"{scene.tg.link_base}/films_bot?start=abc&approved=true"
    async with scene.http.get(link, allow_redirects=False) as response:
        assert response.headers["Location"] == "/#t.me/films_bot?start=abc&approved=true"


async def test_faults_limits_and_clock_over_http(scene: Scene) -> None:
    await control(scene, "fault", kind="too_many_requests", method="sendMessage", retry_after=3)
    with pytest.raises(RefusedError, match="retry after 3"):
        await scene.say("x")
    await control(scene, "limits", private_chat=[1, 1])
    await scene.say("x")
    with pytest.raises(RefusedError, match="retry after 1"):
        await scene.say("x")
    await control(scene, "clock", advance=2)
    await scene.say("x")
    async with scene.http.get(f"{scene.tg.api_url}/_control/calls?method=sendMessage") as response:
        statuses = [call["status"] for call in (await response.json())["calls"]]
    assert statuses == [429, 200, 429, 200]


async def test_control_refuses_mistakes_and_foreign_pages(scene: Scene) -> None:
    url = f"{scene.tg.api_url}/_control/people/1001/send"
    async with scene.http.post(url, json={"chat": "42:7", "text": "x"}) as response:
        assert response.status == 400
        assert (await response.json())["error"] == "there is no chat 42:7"
    async with scene.http.post(url, json={"chat": "42:1001"}) as response:
        assert (await response.json())["error"] == "'text' is missing"
    async with scene.http.post(url, data='{"chat": "42:1001", "text": "x"}') as response:
        assert response.status == 415


@asynccontextmanager
async def a_process(module: str, *arguments: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, Any]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        yield process, json.loads(await process.stdout.readline())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_a_process_of_its_own_is_set_up_over_http_and_stops_at_sigterm() -> None:
    async with a_process("sandbox.telegram") as (process, urls), aiohttp.ClientSession() as http:
        bot = {"token": "42:own", "username": "films_bot"}
        async with http.post(f"{urls['control_url']}/bots", json=bot) as response:
            assert (await response.json())["id"] == 42
        async with http.post(
            f"{urls['control_url']}/people", json={"id": 7, "first_name": "Ada"}
        ) as response:
            assert response.status == 200
        async with http.post(f"{urls['control_url']}/people/7/start", json={}) as response:
            assert response.status == 200
        async with http.get(f"{urls['api_url']}/bot42:own/getUpdates") as response:
            assert (await response.json())["result"][0]["message"]["text"] == "/start"
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(2):
            assert await process.wait() == 0


async def test_the_null_bot_api_hands_out_updates_in_a_closed_loop() -> None:
    async with a_process("sandbox.telegram.null") as (_, urls), aiohttp.ClientSession() as http:
        base = f"{urls['api_url']}/bot42:x"
        body = {"texts": ["/movie 1", "/movie 2"], "count": 3, "window": 2}
        async with http.post(f"{urls['api_url']}/_control/push", json=body) as response:
            assert (await response.json())["waiting"] == 3
        async with http.post(f"{base}/getUpdates", data={"timeout": "5"}) as response:
            updates = (await response.json())["result"]
        assert [update["message"]["text"] for update in updates] == ["/movie 1", "/movie 2"]
        chat_id = updates[0]["message"]["chat"]["id"]
        async with http.post(f"{base}/sendPhoto", data={"chat_id": chat_id, "photo": "x"}) as response:
            assert (await response.json())["result"]["photo"]
        async with http.post(f"{base}/getUpdates", data={"timeout": "5"}) as response:
            assert [one["message"]["text"] for one in (await response.json())["result"]] == ["/movie 1"]
        async with http.get(f"{urls['api_url']}/_control/stats") as response:
            assert (await response.json())["answered"] == 1
