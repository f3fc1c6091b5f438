"""Inline answers over a full-size catalogue, against a bare aiogram handler that answers an empty list.

Both run in a process of their own against a Bot API that answers constants, in a third process: what is
measured is the handling of an inline query from getUpdates to answerInlineQuery. All titles are there; the
popular films, which most answers are made of, have everything that a card shows, and their posters file_ids.
"""

from collections.abc import Mapping
from random import Random
from typing import Any

import aiohttp
from aiogram import Dispatcher
from aiogram.types import InlineQuery

from tests.bench import bots
from tests.bench.full_catalogue import POPULAR
from tests.bench.table import Row
from tests.bench.titles import FILMS, Title, slip

ROUNDS, QUERIES = 6, 100
PROMISED_MS = 50.0
# What nobody answers: no query asks TMDB.
NOWHERE = "http://127.0.0.1:9"


async def measured(database_url: str, asked: "Asked") -> list[Row]:
    """Measures on the full catalogue that passed by `asked`."""
    rows = []
    async with (
        aiohttp.ClientSession() as session,
        bots.bot(__name__, "bare", NOWHERE, database_url) as bare,
        bots.bot(__name__, "inline", NOWHERE, database_url) as inline,
    ):
        first = 1
        for what, texts in asked.kinds().items():
            told: dict[bots.Bench, list[dict[str, Any]]] = {bare: [], inline: []}
            for number in range(1 + ROUNDS):
                for one in (bare, inline):
                    measured = await bots.answered(session, one, texts, QUERIES, 1, first, is_inline=True)
                    if number:  # the first round warms up
                        told[one].append(measured)
                first += QUERIES
            # Neighbours on the machine only ever add time.
            p50, p95 = (1000 * min(one[percentile] for one in told[inline]) for percentile in ("p50", "p95"))
            floor = 1000 * min(one["p95"] for one in told[bare])
            rows.append(
                Row(
                    f"{what}: p50, p95",
                    f"{p50:.1f} ms, {p95:.1f} ms",
                    f"bare handler {floor:.1f} ms; promised {PROMISED_MS:.0f} ms",
                    p95 < PROMISED_MS,
                )
            )
        report = await bots.report(inline)
    return [*rows, Row("peak memory of the bot", f"{report['peak_mb']:.0f} MB", f"{FILMS} films here")]


class Asked:
    """What people type: drawn from the titles as these pass by, half of them popular."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice
        self._titles: list[Title] = []

    def __call__(self, title: Title) -> None:
        """Takes some of the titles of five letters and more."""
        chance = 200 / POPULAR / 4 if title.rank < POPULAR else 200 / FILMS
        if len(title.title) >= 5 and self._dice.random() < chance:
            self._titles.append(title)

    def kinds(self) -> Mapping[str, list[str]]:
        """Queries by what is the matter with them."""
        dice = self._dice
        return {
            "nothing typed": [""],
            "beginnings of titles": [
                one.title[: dice.randint(3, max(4, len(one.title) - 1))] for one in self._titles
            ],
            "whole titles": [one.title for one in self._titles],
            "one slip": [slip(one.title, one.script, dice) for one in self._titles],
            "a share button": [f"#{1 + dice.randrange(POPULAR)}" for _ in range(100)],
        }


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
