"""Filters over a full-size catalogue: how fast the first page of what passes is there."""

import time
from collections.abc import Iterator
from random import Random

from core.filters import GENRES, Filters, Sort
from db.browse import Browse
from db.pool import Database
from tests.bench.full_catalogue import PEOPLE
from tests.bench.table import Row
from tests.bench.titles import SCRIPTS

ASKED = 60
ORDERS: tuple[Sort, ...] = ("popularity", "score", "date")


async def measured(database: Database) -> list[Row]:
    """Measures on the full catalogue; each kind is asked once before, so that the server is warm."""
    browse, rows = Browse(database, catalogue_language="en"), []
    for what, asked in _kinds(Random(6)):
        seconds = []
        for filters in (*asked[: ASKED // 4], *asked):
            start = time.perf_counter()
            await browse.page(filters, 1, "en")
            seconds.append(time.perf_counter() - start)
        taken = sorted(1000 * one for one in seconds[ASKED // 4 :])
        rows.append(
            Row(
                f"{what}: p50, p95, longest",
                f"{taken[ASKED // 2]:.1f} ms, {taken[int(0.95 * (ASKED - 1))]:.1f} ms, {taken[-1]:.1f} ms",
            )
        )
    return rows


def _kinds(dice: Random) -> Iterator[tuple[str, list[Filters]]]:
    """What is filtered by, each in all three orders."""

    def some(*fields: str, genres: int = 0) -> list[Filters]:
        found = []
        for number in range(ASKED):
            year = dice.randrange(1950, 2020, 10)
            values = {
                "year_from": year,
                "year_to": year + 9,
                "min_score": dice.choice((6.0, 7.0, 8.0)),
                "language": dice.choice(tuple(SCRIPTS)),
                "people": (dice.randint(1, PEOPLE),),
            }
            found.append(
                Filters(
                    sort=ORDERS[number % 3],
                    genres=tuple(dice.sample(GENRES, genres)),
                    **{field: values[field] for field in fields},  # type: ignore[arg-type]  # each its own
                )
            )
        return found

    yield "a genre", some(genres=1)
    yield "a genre and a decade", some("year_from", "year_to", genres=1)
    yield "two genres", some(genres=2)
    yield "two genres, a decade, a language", some("year_from", "year_to", "language", genres=2)
    yield "a genre and a score", some("min_score", genres=1)
    yield "a person", some("people")
    yield "a person and a decade", some("people", "year_from", "year_to")
