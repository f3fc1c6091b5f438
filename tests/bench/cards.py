"""Warm cards a second, against a bare aiogram handler that sends a constant file_id.

Both run in a process of their own against a Bot API that answers constants, in a third process; what
is measured is the handling of an update from getUpdates to sendPhoto and nothing else.
"""

import argparse
import asyncio
import resource
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import orjson
from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import Message

from bot.serve import serve
from bot.wiring import build
from clients.tmdb.client import TmdbClient
from core import log
from core.settings import Settings
from db.cards import Cards
from db.pool import Connection, Database
from db.posters import Posters, Wanted
from sandbox.tmdb.server import TmdbStandIn
from services.catalogue import Catalogue, Fetched
from tests.bench.table import Row

BOT_ID = 42
TOKEN = f"{BOT_ID}:bench-token"
FILE_ID = "AgACAgIAAxkBAAIconstantx"
FILMS = 200
ROUNDS, ROUND, ALONE = 4, 1_000, 300
AT_ONCE = 16
AT_LEAST = 0.5


class Unlimited:
    """A budget that lets everything pass."""

    async def acquire(self) -> None: ...

    async def pause(self, seconds: float) -> None: ...


class Bench(NamedTuple):
    """A bot in its process, the Bot API that feeds it, and what was measured: seconds of each round."""

    process: asyncio.subprocess.Process
    api_url: str
    together: list[float]
    singles: list[dict[str, Any]]

    @property
    def a_second(self) -> float:
        """Updates, of many at once: the best round, since noise only ever slows."""
        return ROUND / min(self.together)

    def alone(self, percentile: str) -> float:
        """Milliseconds of one update with no other at work: the best round."""
        return 1000 * float(min(single[percentile] for single in self.singles))


async def run(database_url: str) -> list[Row]:
    """Measures on a migrated, empty database."""
    async with TmdbStandIn(generated=FILMS, rate=0, connections=None) as tmdb:
        texts = [f"/movie {film}" for film in await _seed(database_url, tmdb)]
        async with (
            aiohttp.ClientSession() as session,
            _bot("bare", tmdb.api_url, database_url) as bare,
            _bot("cards", tmdb.api_url, database_url) as warm,
        ):
            first = 1
            for number in range(1 + ROUNDS):
                for bench in (bare, warm):
                    together = await _answered(session, bench.api_url, texts, ROUND, AT_ONCE, first)
                    single = await _answered(session, bench.api_url, texts, ALONE, 1, first + ROUND)
                    if number:  # the first round warms up
                        bench.together.append(together["seconds"])
                        bench.singles.append(single)
                first += ROUND + ALONE
            bare_report, report = await _report(bare), await _report(warm)
    ratio = warm.a_second / bare.a_second
    shown = first - 1
    of_cards = report["statements"].get(Cards.CARDS, 0)
    others = sum(report["statements"].values()) - of_cards
    return [
        Row(
            "warm cards a second",
            f"{warm.a_second:.0f}",
            f"bare handler {bare.a_second:.0f}, ratio {ratio:.2f} (at least {AT_LEAST})",
            ratio >= AT_LEAST,
        ),
        Row("p50, one at a time", f"{warm.alone('p50'):.2f} ms", f"bare handler {bare.alone('p50'):.2f} ms"),
        Row("p95, one at a time", f"{warm.alone('p95'):.2f} ms", f"bare handler {bare.alone('p95'):.2f} ms"),
        Row(
            "statements a warm card",
            f"{of_cards / shown:.2f}",
            f"and {others} in the background for all {shown} cards",
            of_cards == shown,
        ),
        Row("peak memory of the bot", f"{report['peak_mb']:.0f} MB", f"bare {bare_report['peak_mb']:.0f} MB"),
    ]


async def _seed(database_url: str, tmdb: TmdbStandIn) -> list[int]:
    """Films as they come from TMDB, all their posters in Telegram."""
    database = await Database.connect(database_url, name="bench seed")
    posters = Posters(database)

    async def in_telegram(_: Connection, fetched: Sequence[Fetched]) -> None:
        for film in fetched:
            if film.movie and film.movie.poster_path:
                wanted = Wanted(film.movie.poster_path, None, 0.0)
                await posters.learn(BOT_ID, "w500", wanted, file_id=FILE_ID, file_unique_id="constant")

    async with aiohttp.ClientSession() as session:
        client = TmdbClient(
            session,
            api_url=tmdb.api_url,
            image_url=tmdb.image_url,
            export_url=tmdb.export_url,
            web_url=tmdb.web_url,
            budget=Unlimited(),
            image_budget=Unlimited(),
            access_token=_settings(tmdb.api_url, tmdb.api_url, Path()).tmdb_access_token,
        )
        catalogue = Catalogue(database, client, language="en-US", raw_payload_history=0, connections=8)
        await catalogue.fetch_many(tmdb.film_ids(FILMS), in_telegram)
        await catalogue.close()
    await database.execute("VACUUM ANALYZE")
    films = await database.fetch(
        "SELECT tmdb_id FROM tmdb.movies WHERE poster_path IS NOT NULL ORDER BY tmdb_id"
    )
    await database.close()
    return [row["tmdb_id"] for row in films]


@asynccontextmanager
async def _bot(which: str, tmdb_url: str, database_url: str) -> AsyncIterator[Bench]:
    async with _process("sandbox.telegram.null") as (_, null):
        api_url = null["api_url"]
        async with _process("tests.bench.cards", which, api_url, tmdb_url, database_url) as (process, _):
            yield Bench(process, api_url, [], [])


async def _report(bench: Bench) -> dict[str, Any]:
    """Ends the bot; its peak memory and the statements it ran."""
    assert bench.process.stdin is not None
    assert bench.process.stdout is not None
    bench.process.stdin.close()
    report: dict[str, Any] = orjson.loads(await bench.process.stdout.readline())
    return report


async def _answered(
    session: aiohttp.ClientSession, api_url: str, texts: list[str], count: int, window: int, first: int
) -> dict[str, Any]:
    """So many messages, each from a person of its own, so many of them unanswered at a time."""
    push = {"texts": texts, "count": count, "window": window, "first_chat_id": 1_000_000 + first}
    async with session.post(f"{api_url}/_control/push", data=orjson.dumps(push)) as answer:
        await answer.read()
    async with asyncio.timeout(120):
        while True:
            async with session.post(f"{api_url}/_control/stats", data=b"{}") as answer:
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


# The bots that are measured, each in its process.


def _settings(api_url: str, tmdb_url: str, data_dir: Path) -> Settings:
    settings = Settings(
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
    log.configure(settings, "bench")  # stdout is for the report
    return settings


async def _bare(api_url: str) -> dict[str, int]:
    bot = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(api_url)))
    dispatcher = Dispatcher()

    @dispatcher.message()
    async def constant(message: Message) -> None:
        await message.answer_photo(FILE_ID, caption="A constant")

    polling = asyncio.get_running_loop().create_task(
        dispatcher.start_polling(bot, handle_signals=False, close_bot_session=True)
    )
    await _until_told()
    await dispatcher.stop_polling()
    await polling
    return {}


async def _cards(api_url: str, tmdb_url: str, database_url: str) -> dict[str, int]:
    statements: Counter[str] = Counter()
    database = await CountedDatabase.connect(database_url, name="bench bot")
    database.statements = statements
    with tempfile.TemporaryDirectory() as directory:
        settings = _settings(api_url, tmdb_url, Path(directory))
        async with build(settings, database) as app:
            serving = asyncio.get_running_loop().create_task(serve(app))
            statements.clear()
            await _until_told()
            counted = dict(statements)
            serving.cancel()
            await asyncio.wait({serving})
    await database.close()
    return counted


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


async def _until_told() -> None:
    """Says that it is ready, then waits for the end of stdin."""
    sys.stdout.write('{"ready": true}\n')
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("which", choices=["bare", "cards"])
    parser.add_argument("api_url")
    parser.add_argument("tmdb_url")
    parser.add_argument("database_url")
    asked = parser.parse_args()
    work = (
        _bare(asked.api_url)
        if asked.which == "bare"
        else _cards(asked.api_url, asked.tmdb_url, asked.database_url)
    )
    statements = asyncio.run(work)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(orjson.dumps({"statements": statements, "peak_mb": peak_mb}).decode() + "\n")


if __name__ == "__main__":
    _main()
