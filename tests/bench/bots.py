"""Bots measured in processes of their own, fed by a Bot API that answers constants in a third."""

import asyncio
import resource
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import orjson
from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from bot.serve import serve
from bot.wiring import build
from core import log
from core.settings import Settings
from db.pool import Database

BOT_ID = 42
TOKEN = f"{BOT_ID}:bench-token"


class Bench(NamedTuple):
    """A bot in its process, and the Bot API that feeds it."""

    process: asyncio.subprocess.Process
    api_url: str


class CountedDatabase(Database):
    """The product's own, which counts its single statements."""

    statements: Counter[str]

    async def fetchrow(self, query: str, *args: Any) -> Any:
        self.statements[query] += 1
        return await super().fetchrow(query, *args)

    async def fetch(self, query: str, *args: Any) -> Any:
        self.statements[query] += 1
        return await super().fetch(query, *args)

    async def fetchval(self, query: str, *args: Any) -> Any:
        self.statements[query] += 1
        return await super().fetchval(query, *args)

    async def execute(self, query: str, *args: Any) -> str:
        self.statements[query] += 1
        return await super().execute(query, *args)


@asynccontextmanager
async def bot(module: str, which: str, tmdb_url: str, database_url: str) -> AsyncIterator[Bench]:
    """`python -m module which …`, ready to be asked; the module ends in `main`."""
    async with _process("sandbox.telegram.null") as (_, null):
        api_url = null["api_url"]
        async with _process(module, which, api_url, tmdb_url, database_url) as (process, _):
            yield Bench(process, api_url)


async def report(bench: Bench) -> dict[str, Any]:
    """Ends the bot; its peak memory and the statements it ran."""
    assert bench.process.stdin is not None
    assert bench.process.stdout is not None
    bench.process.stdin.close()
    told: dict[str, Any] = orjson.loads(await bench.process.stdout.readline())
    return told


async def answered(
    session: aiohttp.ClientSession,
    bench: Bench,
    texts: list[str],
    count: int,
    window: int,
    first: int,
    *,
    is_inline: bool = False,
) -> dict[str, Any]:
    """So many updates, each from a person of its own, so many of them unanswered at a time."""
    push = {
        "texts": texts,
        "count": count,
        "window": window,
        "first_chat_id": 1_000_000 + first,
        "is_inline": is_inline,
    }
    async with session.post(f"{bench.api_url}/_control/push", data=orjson.dumps(push)) as answer:
        await answer.read()
    async with asyncio.timeout(120):
        while True:
            async with session.post(f"{bench.api_url}/_control/stats", data=b"{}") as answer:
                stats: dict[str, Any] = orjson.loads(await answer.read())
            if stats["answered"] >= count:
                return stats
            await asyncio.sleep(0.2)


@asynccontextmanager
async def _process(
    module: str, *arguments: str
) -> AsyncIterator[tuple[asyncio.subprocess.Process, dict[str, Any]]]:
    """`python -m module`, and the JSON line by which it says that it is ready."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        yield process, orjson.loads(await process.stdout.readline())
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


# In the process that is measured.


def settings(api_url: str, tmdb_url: str, data_dir: Path) -> Settings:
    """The product's, without limits of its own."""
    made = Settings(
        _env_file=None,
        bot_token=TOKEN,
        telegram_api_base_url=api_url,
        telegram_messages_per_second=1e6,
        poster_channel_ids=(-1001,),
        tmdb_access_token="sandbox-access-token",
        tmdb_api_base_url=tmdb_url,
        secret_key=("a key that is long enough",),
        data_dir=data_dir,
        log_level="ERROR",
    )
    log.configure(made, "bench")  # stdout is for the report
    return made


async def bare(api_url: str, register: Callable[[Dispatcher], object]) -> dict[str, int]:
    """aiogram and one handler: the floor."""
    telegram = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(api_url)))
    dispatcher = Dispatcher()
    register(dispatcher)
    polling = asyncio.get_running_loop().create_task(
        dispatcher.start_polling(telegram, handle_signals=False, close_bot_session=True)
    )
    await _until_told()
    await dispatcher.stop_polling()
    await polling
    return {}


async def product(api_url: str, tmdb_url: str, database_url: str) -> dict[str, int]:
    """The product's own bot; the statements it ran."""
    database = await CountedDatabase.connect(database_url, name="bench bot")
    database.statements = statements = Counter[str]()
    with tempfile.TemporaryDirectory() as directory:
        async with build(settings(api_url, tmdb_url, Path(directory)), database) as app:
            serving = asyncio.get_running_loop().create_task(serve(app))
            statements.clear()
            await _until_told()
            counted = dict(statements)
            serving.cancel()
            await asyncio.wait({serving})
    await database.close()
    return counted


def main(work: Callable[[str, str, str, str], Awaitable[dict[str, int]]]) -> None:
    """Runs what argv names, and reports."""
    _, which, api_url, tmdb_url, database_url = sys.argv

    async def run() -> dict[str, int]:
        return await work(which, api_url, tmdb_url, database_url)

    statements = asyncio.run(run())
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(orjson.dumps({"statements": statements, "peak_mb": peak_mb}).decode() + "\n")


async def _until_told() -> None:
    """Says that it is ready, then waits for the end of stdin."""
    sys.stdout.write('{"ready": true}\n')
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
