"""A stand-in with one bot, two people and a channel, and a bare client of the Bot API."""

import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from PIL import Image

from sandbox.telegram import Bot, Chat, Limits, Person, TelegramStandIn

TOKEN = "42:stand-in-token"
CHANNEL_ID = -1001234567890


def jpeg(width: int = 500, height: int = 750) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), (40, 60, 120)).save(out, "JPEG")
    return out.getvalue()


def keyboard(*rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"inline_keyboard": list(rows)}


class RefusedError(AssertionError):
    """The Bot API answered ok: false."""

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__(answer["description"])
        self.code: int = answer["error_code"]
        self.retry_after: int | None = answer.get("parameters", {}).get("retry_after")


@dataclass
class Scene:
    tg: TelegramStandIn
    bot: Bot
    anna: Person
    boris: Person
    channel: Chat
    http: aiohttp.ClientSession

    async def call(self, method: str, token: str = TOKEN, **parameters: Any) -> Any:
        """Calls a method with a JSON body; bytes go as multipart files."""
        url = f"{self.tg.api_url}/bot{token}/{method}"
        if any(isinstance(value, bytes) for value in parameters.values()):
            form = aiohttp.FormData()
            for name, value in parameters.items():
                if isinstance(value, bytes):
                    form.add_field(name, io.BytesIO(value), filename=f"{name}.jpg")
                else:
                    form.add_field(name, value if isinstance(value, str) else json.dumps(value))
            request = self.http.post(url, data=form)
        else:
            request = self.http.post(url, json=parameters)
        async with request as response:
            answer = await response.json()
            assert response.status == (200 if answer["ok"] else answer["error_code"])
        if not answer["ok"]:
            raise RefusedError(answer)
        return answer["result"]

    async def say(self, text: str, **parameters: Any) -> Any:
        return await self.call("sendMessage", chat_id=self.anna.id, text=text, **parameters)

    async def photo(self, chat_id: int, photo: bytes | str, **parameters: Any) -> Any:
        return await self.call("sendPhoto", chat_id=chat_id, photo=photo, **parameters)


@asynccontextmanager
async def a_scene(limits: Limits | None = None) -> AsyncIterator[Scene]:
    async with TelegramStandIn(limits) as tg, aiohttp.ClientSession() as http:
        bot = tg.add_bot(TOKEN, "films_bot", supports_inline_queries=True)
        anna = tg.add_person(1001, "Анна", "ru")
        boris = tg.add_person(1002, "Boris", "en")
        channel = tg.add_channel(CHANNEL_ID, "Posters", [bot])
        anna.start()
        yield Scene(tg, bot, anna, boris, channel, http)
