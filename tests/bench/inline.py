"""Inline answers over a full-size catalogue, against a bare aiogram handler that answers an empty list.

Both run in a process of their own against a Bot API that answers constants, in a third process: what is
measured is the handling of an inline query from getUpdates to answerInlineQuery.
"""

from typing import Any

import aiohttp
from aiogram import Dispatcher
from aiogram.types import InlineQuery

from sandbox.tmdb.server import TmdbStandIn
from tests.bench import bots
from tests.bench.cards import FILMS, seed
from tests.bench.table import Row

ROUNDS, ALONE = 3, 300
PROMISED_MS = 50.0


async def run(database_url: str) -> list[Row]:
    """Measures on a migrated, empty database."""
    async with TmdbStandIn(generated=FILMS, rate=0, connections=None) as tmdb:
        await seed(database_url, tmdb)
        kinds = {"nothing typed": [""], "words": ["the", "film", "a night", "love"]}
        async with (
            aiohttp.ClientSession() as session,
            bots.bot(__name__, "bare", tmdb.api_url, database_url) as bare,
            bots.bot(__name__, "inline", tmdb.api_url, database_url) as inline,
        ):
            rows = []
            first = 1
            for what, texts in kinds.items():
                told: dict[bots.Bench, list[dict[str, Any]]] = {bare: [], inline: []}
                for number in range(1 + ROUNDS):
                    for one in (bare, inline):
                        measured = await bots.answered(session, one, texts, ALONE, 1, first, is_inline=True)
                        if number:
                            told[one].append(measured)
                    first += ALONE
                p50, p95 = (1000 * min(one[p] for one in told[inline]) for p in ("p50", "p95"))
                floor = 1000 * min(one["p95"] for one in told[bare])
                rows.append(
                    Row(what, f"{p50:.1f} ms p50, {p95:.1f} ms p95", f"{floor:.1f}", p95 < PROMISED_MS)
                )
    return rows


def _empty(dispatcher: Dispatcher) -> None:
    @dispatcher.inline_query()
    async def empty(query: InlineQuery) -> None:
        await query.answer([], cache_time=5, is_personal=True)


async def _work(which: str, api_url: str, tmdb_url: str, database_url: str) -> dict[str, int]:
    if which == "bare":
        return await bots.bare(api_url, _empty)
    return await bots.product(api_url, tmdb_url, database_url)


if __name__ == "__main__":
    bots.main(_work)
