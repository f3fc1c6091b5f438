"""TMDB's stand-in in a process of its own, so that what it costs is not counted as the product's."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import orjson

from core.settings import Settings


class Control:
    """The stand-in's control endpoint."""

    def __init__(self, urls: dict[str, str], session: aiohttp.ClientSession) -> None:
        self.urls = urls
        self._session = session

    async def __call__(self, action: str, **arguments: Any) -> Any:
        """What the stand-in's method of that name answers."""
        url = f"{self.urls['control_url']}/{action}"
        async with self._session.post(url, data=orjson.dumps(arguments)) as answer:
            answer.raise_for_status()
            return (await answer.json())["result"]

    def settings(self, **values: Any) -> Settings:
        """The product's settings for it."""
        given: dict[str, Any] = {
            "bot_token": "4242:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc",
            "poster_channel_ids": (-1001000000001,),
            "tmdb_access_token": "sandbox-access-token",
            "tmdb_api_base_url": self.urls["api_url"],
            "tmdb_image_base_url": self.urls["image_url"],
            "secret_key": ("a key of sufficient length",),
        }
        return Settings(_env_file=None, **given | values)


@asynccontextmanager
async def stand_in(films: int, refused_from: float) -> AsyncIterator[Control]:
    """So many invented films; requests above the rate are refused, 0: none."""
    arguments = ("--generated", str(films), "--rate", str(refused_from), "--burst", "10")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sandbox.tmdb", *arguments), stdout=PIPE
    )
    try:
        assert process.stdout is not None, "it was asked for"
        urls = orjson.loads(await process.stdout.readline())
        async with aiohttp.ClientSession() as session:
            yield Control(urls, session)
    finally:
        process.kill()
        await process.wait()
