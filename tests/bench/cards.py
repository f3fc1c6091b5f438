"""Warm cards a second, against a bare aiogram handler that sends a constant file_id.

Both run in a process of their own against a Bot API that answers constants, in a third process; what
is measured is the handling of an update from getUpdates to sendPhoto and nothing else.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
from aiogram import Dispatcher
from aiogram.types import Message

from clients.tmdb.client import TmdbClient
from db.cards import Cards
from db.pool import Connection, Database
from db.posters import Posters, Wanted
from sandbox.tmdb.server import TmdbStandIn
from services.catalogue import Catalogue, Fetched
from tests.bench import bots
from tests.bench.bots import BOT_ID
from tests.bench.table import Row

FILE_ID = "AgACAgIAAxkBAAIconstantx"
FILMS = 200
ROUNDS, ROUND, ALONE = 4, 1_000, 300
AT_ONCE = 16
AT_LEAST = 0.5


class Unlimited:
    """A budget that lets everything pass."""

    async def acquire(self) -> None: ...

    async def pause(self, seconds: float) -> None: ...


class Measured(NamedTuple):
    """Seconds of each round, and what was told of single updates in each."""

    bench: bots.Bench
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
        texts = [f"/movie {film}" for film in await seed(database_url, tmdb)]
        async with (
            aiohttp.ClientSession() as session,
            bots.bot(__name__, "bare", tmdb.api_url, database_url) as bare_bot,
            bots.bot(__name__, "cards", tmdb.api_url, database_url) as warm_bot,
        ):
            bare, warm = Measured(bare_bot, [], []), Measured(warm_bot, [], [])
            first = 1
            for number in range(1 + ROUNDS):
                for one in (bare, warm):
                    together = await bots.answered(session, one.bench, texts, ROUND, AT_ONCE, first)
                    single = await bots.answered(session, one.bench, texts, ALONE, 1, first + ROUND)
                    if number:  # the first round warms up
                        one.together.append(together["seconds"])
                        one.singles.append(single)
                first += ROUND + ALONE
            bare_report, report = await bots.report(bare_bot), await bots.report(warm_bot)
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


async def seed(database_url: str, tmdb: TmdbStandIn) -> list[int]:
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
            access_token=bots.settings(tmdb.api_url, tmdb.api_url, Path()).tmdb_access_token,
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


# The bots that are measured, each in its process.


def _constant(dispatcher: Dispatcher) -> None:
    @dispatcher.message()
    async def constant(message: Message) -> None:
        await message.answer_photo(FILE_ID, caption="A constant")


async def _work(which: str, api_url: str, tmdb_url: str, database_url: str) -> dict[str, int]:
    if which == "bare":
        return await bots.bare(api_url, _constant)
    return await bots.product(api_url, tmdb_url, database_url)


if __name__ == "__main__":
    bots.main(_work)
