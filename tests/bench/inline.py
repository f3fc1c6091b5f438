"""Inline answers over a full-size catalogue, against a bare aiogram handler that answers an empty list.

Both run in a process of their own against a Bot API that answers constants, in a third process: what is
measured is the handling of an inline query from getUpdates to answerInlineQuery. All titles are there; the
popular films, which most answers are made of, have everything that a card shows, and their posters file_ids.
"""

from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any

import aiohttp
import asyncpg
from aiogram import Dispatcher
from aiogram.types import InlineQuery

from tests.bench import bots
from tests.bench.table import Row
from tests.bench.titles import FILMS, Title, Titles, popularity, slip

POPULAR = 20_000
ROUNDS, QUERIES = 6, 100
PROMISED_MS = 50.0
# What nobody answers: no query asks TMDB.
NOWHERE = "http://127.0.0.1:9"

# Everything is loaded as pg_restore would: the triggers' work is done once, at the end.
LOADING = "SET LOCAL session_replication_role = replica"
STAGING = """
    CREATE TEMP TABLE title (rank int, place int, title text, language text, popularity float8) ON COMMIT DROP
"""
MOVIES = """
    INSERT INTO tmdb.movies (tmdb_id, title, original_title, original_language, popularity, vote_average,
      vote_count, release_date, runtime, overview, tagline, poster_path, certifications, adult, data_state,
      content_hash, payload_hash, fetched_at)
    SELECT rank + 1, title, title, language, popularity, 5 + rank % 40 / 10.0, 10 + rank % 9000,
      DATE '1950-01-01' + rank % 27000, 80 + rank % 60,
      CASE WHEN rank < $1 THEN repeat('What the film is about, as TMDB tells it. ', 12) END,
      CASE WHEN rank < $1 THEN 'A line from its poster' END,
      '/' || rank || '.jpg', '{"US": "PG-13"}', false, 'full', 'c', 'p', tmdb.now()
    FROM title WHERE place = 0
"""
TRANSLATIONS = """
    INSERT INTO tmdb.movie_translations (tmdb_id, iso_639_1, iso_3166_1, title)
    SELECT rank + 1, language, place::text, title FROM title WHERE place > 0
"""
PEOPLE = """
    INSERT INTO tmdb.people (tmdb_id, name)
    SELECT id, 'Somebody Known as ' || id FROM generate_series(1, 5000) AS id
"""
CAST = """
    INSERT INTO tmdb.movie_cast (credit_id, tmdb_movie_id, tmdb_person_id, cast_order)
    SELECT 'c' || film || '-' || place, film, 1 + (film * 31 + place) % 5000, place
    FROM generate_series(1, $1) AS film, generate_series(0, 9) AS place
"""
DIRECTORS = """
    INSERT INTO tmdb.movie_crew (credit_id, tmdb_movie_id, tmdb_person_id, department, job)
    SELECT 'd' || film, film, 1 + film % 5000, 'Directing', 'Director' FROM generate_series(1, $1) AS film
"""
GENRES = """
    INSERT INTO tmdb.genres (media_type, tmdb_genre_id, name)
    SELECT 'movie', id, 'Genre ' || id FROM generate_series(1, 19) AS id ON CONFLICT DO NOTHING
"""
MOVIE_GENRES = """
    INSERT INTO tmdb.movie_genres (tmdb_movie_id, media_type, tmdb_genre_id, position)
    SELECT film, 'movie', 1 + (film + place * 5) % 19, place
    FROM generate_series(1, $1) AS film, generate_series(0, 2) AS place
"""
POSTERS = """
    INSERT INTO tmdb.posters (bot_id, poster_path, tmdb_movie_id, poster_status, size, priority, popularity,
      telegram_file_id, channel_id, message_id)
    SELECT $2, '/' || film - 1 || '.jpg', film, 2, 'w500', 2, 1, 'AgACAgIAAxkBAAI' || film, -1001, film
    FROM generate_series(1, $1) AS film
"""
INDEXES = """
    SELECT indexname, indexdef FROM pg_indexes
    WHERE schemaname = 'tmdb' AND tablename IN ('movie_titles', 'title_words') AND indexname NOT LIKE '%_pkey'
"""
TITLES = """
    INSERT INTO tmdb.movie_titles (tmdb_id, tier, key, words)
    SELECT DISTINCT ON (title.rank, key) rank + 1, tmdb.popularity_tier(popularity), key,
      tmdb.title_words(title, folded)
    FROM title
    CROSS JOIN LATERAL (SELECT left(tmdb.fold(title.title), 200) AS folded OFFSET 0) AS once
    CROSS JOIN tmdb.title_key(title.title, folded) AS key
    WHERE key <> ''
    ORDER BY rank, key
"""
WORDS = """
    INSERT INTO tmdb.title_words (word)
    SELECT DISTINCT word FROM tmdb.movie_titles CROSS JOIN unnest(tsvector_to_array(words)) AS word
    WHERE length(word) > 2
"""


async def run(database_url: str) -> list[Row]:
    """Measures on a migrated, empty database."""
    asked = _Asked(Random(3))
    connection = await asyncpg.connect(database_url)  # without the product's limit on a statement's time
    await fill(connection, asked)
    await connection.close()
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


class _Asked:
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


async def fill(connection: "asyncpg.Connection[Any]", seen: Callable[[Title], None]) -> None:
    """The catalogue: every film full and fresh."""
    async with connection.transaction():
        await connection.execute(LOADING)
        await connection.execute(STAGING)
        await connection.copy_records_to_table("title", records=_records(seen))
        for statement in (MOVIES, CAST, DIRECTORS, MOVIE_GENRES):
            await connection.execute(statement, POPULAR)
        for statement in (TRANSLATIONS, PEOPLE, GENRES):
            await connection.execute(statement)
        await connection.execute(POSTERS, POPULAR, bots.BOT_ID)
        await _fill_titles(connection)
    await connection.execute("VACUUM ANALYZE")


async def _fill_titles(connection: "asyncpg.Connection[Any]") -> None:
    indexes = await connection.fetch(INDEXES)
    for index in indexes:
        await connection.execute(f"DROP INDEX tmdb.{index['indexname']}")
    await connection.execute(TITLES)
    await connection.execute(WORDS)
    for index in indexes:
        await connection.execute(index["indexdef"])


def _records(seen: Callable[[Title], None]) -> Iterator[tuple[int, int, str, str, float]]:
    last, place = -1, 0
    for title in Titles():
        place = place + 1 if title.rank == last else 0
        last = title.rank
        seen(title)
        yield title.rank, place, title.title, title.script, popularity(title.rank)


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
