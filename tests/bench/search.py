"""Titles found by what people type, over a full-size catalogue: how fast, and how often among the first ten.

Beside them, on the same titles and the same slips: one plain trigram query, and tantivy, a search engine of
its own. Queries are asked one after the other on a warm server, through the product's own search. Filters
and inline answers are measured over the same catalogue: tests.bench.filters, tests.bench.inline.
"""

import heapq
import tempfile
import time
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from math import log
from random import Random
from typing import Any, NamedTuple

import asyncpg
import tantivy

from core.search import SearchQuery, fold, title_key
from db.pool import Database
from db.search import MovieSearch
from tests.bench import filters, inline
from tests.bench.full_catalogue import fill
from tests.bench.table import Row
from tests.bench.titles import Title, popularity, slip

# So many titles are drawn of each kind, and so many of them are typed for the slower rivals.
DRAWN, RIVALS = 400, 100
# Most queries of a kind that only shows how long it takes.
QUERIES = 200
SHORTEST = 5
FIRST = 10
AT_LEAST, PROMISED_MS = 0.97, 25.0

ALL = """
    SELECT title.title, coalesce(movie.popularity, 0)
    FROM public.title AS title JOIN tmdb.movies AS movie ON movie.tmdb_id = title.tmdb_id
"""
BORNE = "SELECT key FROM tmdb.movie_titles WHERE tmdb_id = ANY ($1::int[])"
SIZES = """
    SELECT relname, pg_relation_size(oid) FROM pg_class
    WHERE relnamespace = 'tmdb'::regnamespace AND relkind IN ('r', 'i')
      AND (relname LIKE 'movie\\_titles%' OR relname LIKE 'title\\_words%')
    ORDER BY 1
"""
TRIGRAMS = """
    CREATE TABLE public.title AS
    SELECT tmdb_id, lower(title) AS title FROM tmdb.movies
    UNION ALL
    SELECT tmdb_id, lower(title) FROM tmdb.movie_translations
"""
TRIGRAM_INDEX = "CREATE INDEX title_trgm ON public.title USING gin (title gin_trgm_ops)"
TRIGRAM_SIZE = "SELECT pg_relation_size('public.title_trgm')"
RESEMBLING = """
    SELECT title FROM public.title WHERE title % $1 ORDER BY similarity(title, $1) DESC LIMIT $2
"""


class Typed(NamedTuple):
    """What is typed, and the title that is meant; `wanted` is None where nothing is."""

    text: str
    wanted: str | None


class Measured(NamedTuple):
    """Seconds, and how many found the title that was meant."""

    seconds: Sequence[float]
    hits: int

    @property
    def share(self) -> float:
        """Of all that were typed."""
        return self.hits / len(self.seconds)

    def percentile(self, share: float) -> float:
        """Milliseconds."""
        return 1000 * sorted(self.seconds)[int(share * (len(self.seconds) - 1))]

    def __str__(self) -> str:
        return f"{self.percentile(0.5):.1f} ms, {self.percentile(0.95):.1f} ms, {100 * self.share:.1f} %"


class Engine(NamedTuple):
    """Finds the first ten for a text, and then, unmeasured, tells the keys of their titles."""

    find: Callable[[str], Awaitable[Any]]
    keys: Callable[[Any], Awaitable[Collection[str]]]


async def run(database_url: str) -> list[Row]:
    """Measures on a migrated, empty database."""
    drawn, asked = _Drawn(Random(4)), inline.Asked(Random(3))

    def seen(title: Title) -> None:
        drawn(title)
        asked(title)

    connection = await asyncpg.connect(database_url)  # without the product's limit on a statement's time
    await fill(connection, seen)
    database = await Database.connect(database_url, name="bench")
    try:
        kinds = drawn.kinds()
        rows = []
        for what, typed in kinds.items():
            await _measured(_product(database), typed[: QUERIES // 4])  # warm
            found = await _measured(_product(database), typed)
            is_promised = what.startswith("one slip")
            rows.append(
                Row(
                    f"{what}: p50, p95, found among the first ten",
                    str(found),
                    f"{PROMISED_MS:.0f} ms, {100 * AT_LEAST:.0f} %" if is_promised else "",
                    found.share >= AT_LEAST and found.percentile(0.95) <= PROMISED_MS
                    if is_promised
                    else None,
                )
            )
        slips = [typed for what in kinds if what.startswith("one slip") for typed in kinds[what][:RIVALS]]
        ours = await _measured(_product(database), slips)
        filter_rows = await filters.measured(database)
        inline_rows = await inline.measured(database_url, asked)
        await connection.execute(TRIGRAMS)
        await connection.execute(TRIGRAM_INDEX)
        plain = await _measured(_trigrams(connection), slips)
        trigram_size = await connection.fetchval(TRIGRAM_SIZE)
        sizes = {row[0]: row[1] for row in await connection.fetch(SIZES)}
        with tempfile.TemporaryDirectory(prefix="fm-tantivy-") as directory:
            theirs = await _measured(await _tantivy(connection, directory), slips)
    finally:
        await database.close()
        await connection.close()
    return [
        *rows,
        Row(f"{len(slips)} slips of both kinds: this search", str(ours)),
        Row("the same, one trigram query", str(plain), f"index {_mb(trigram_size)}"),
        Row("the same, tantivy", str(theirs)),
        *(Row(f"size of {name}", _mb(size)) for name, size in sizes.items()),
        Row("size of all of these", _mb(sum(sizes.values()))),
        *(row._replace(what=f"filters, {row.what}") for row in filter_rows),
        *(row._replace(what=f"inline, {row.what}") for row in inline_rows),
    ]


class _Drawn:
    """Titles of five characters and more, drawn as they pass by: uniformly, and by popularity."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice
        self._uniform: list[tuple[float, Title]] = []
        self._popular: list[tuple[float, Title]] = []

    def __call__(self, title: Title) -> None:
        """Keeps the title for as long as its lot is among the best."""
        if len(title.title) >= SHORTEST:
            lot = log(self._dice.random())
            _keep(self._uniform, lot, title)
            _keep(self._popular, lot / popularity(title.rank), title)

    def kinds(self) -> dict[str, list[Typed]]:
        """What is typed, by what is the matter with it."""
        dice = self._dice
        uniform, popular = ([title for _, title in sorted(kept)] for kept in (self._uniform, self._popular))
        dice.shuffle(uniform)
        dice.shuffle(popular)
        some = [*uniform[:QUERIES], *popular[:QUERIES]][::2]
        worded = [title for title in some if title.script in {"en", "ru"}]
        longer = [title for title in worded if len(title.title.split()) > 2]
        return {
            "one slip, any title": [Typed(slip(*one[1:], dice), one.title) for one in uniform],
            "one slip, popular titles": [Typed(slip(*one[1:], dice), one.title) for one in popular],
            "whole titles": [Typed(one.title, one.title) for one in some],
            "beginnings": [Typed(one.title[: 3 + len(one.title) // 2], one.title) for one in some],
            "with the year": [Typed(f"{one.title} {_year(one.rank)}", one.title) for one in some],
            "words in another order": [Typed(_shuffled(one.title, dice), one.title) for one in longer],
            "a word left out": [Typed(_less(one.title, dice), one.title) for one in longer],
            "a word left out, a slip in another": [
                Typed(slip(_less(one.title, dice), one.script, dice), one.title) for one in longer
            ],
            "one word of the title": [
                Typed(max(fold(one.title).split(), key=len), one.title) for one in longer
            ],
            "the other keyboard": [Typed(text, one.title) for one in worded for text in _other(one.title)],
            "Chinese, from within": [
                Typed(one.title[1:-1], one.title) for one in [*uniform, *popular] if one.script == "zh"
            ][:QUERIES],
            "nonsense": [Typed("".join(dice.choices("qxzjkwvgh", k=9)), None) for _ in range(QUERIES // 2)],
        }


def _keep(kept: list[tuple[float, Title]], lot: float, title: Title) -> None:
    if len(kept) < DRAWN:
        heapq.heappush(kept, (lot, title))
    elif lot > kept[0][0]:
        heapq.heapreplace(kept, (lot, title))


def _year(rank: int) -> int:
    """As tests.bench.full_catalogue dates its films."""
    return int(1950 + rank % 27000 / 365.25)


def _shuffled(title: str, dice: Random) -> str:
    words = fold(title).split()
    dice.shuffle(words)
    return " ".join(words)


def _less(title: str, dice: Random) -> str:
    words = title.split()
    del words[dice.randrange(len(words))]
    return " ".join(words)


def _other(title: str) -> Iterator[str]:
    for other in SearchQuery.parse(title).other_keyboard:
        yield other.text


async def _measured(engine: Engine, typed: Sequence[Typed]) -> Measured:
    seconds, hits = [], 0
    for text, wanted in typed:
        started = time.perf_counter()
        found = await engine.find(text)
        seconds.append(time.perf_counter() - started)
        hits += wanted is not None and title_key(wanted) in await engine.keys(found)
    return Measured(seconds, hits)


def _product(database: Database) -> Engine:
    search = MovieSearch(database, catalogue_language="en")

    async def find(text: str) -> Sequence[int]:
        return (await search.ids(SearchQuery.parse(text), 1, "en", limit=FIRST)).ids

    async def keys(ids: Sequence[int]) -> Collection[str]:
        return {row["key"] for row in await database.fetch(BORNE, ids)}

    return Engine(find, keys)


def _trigrams(connection: "asyncpg.Connection[Any]") -> Engine:
    async def find(text: str) -> Sequence[Any]:
        return await connection.fetch(RESEMBLING, text.lower(), FIRST)

    async def keys(rows: Sequence[Any]) -> Collection[str]:
        return {title_key(row["title"]) for row in rows}

    return Engine(find, keys)


async def _tantivy(connection: "asyncpg.Connection[Any]", directory: str) -> Engine:
    """Tantivy, asked for the whole title or all of its words with one slip each, weighed by popularity."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("key", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("words", tokenizer_name="whitespace", index_option="basic")
    builder.add_float_field("popularity", fast=True)
    schema = builder.build()
    index = tantivy.Index(schema, path=directory)
    writer = index.writer(heap_size=200_000_000, num_threads=2)
    async with connection.transaction():
        async for title, weight in connection.cursor(ALL, prefetch=10_000):
            folded = fold(title)
            key = folded.replace(" ", "")
            writer.add_document(tantivy.Document(key=key, words=folded, popularity=weight))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()

    async def find(text: str) -> Any:
        folded = fold(text)
        query = tantivy.Query
        whole = query.fuzzy_term_query(schema, "key", folded.replace(" ", ""))
        words = [
            (tantivy.Occur.Must, query.fuzzy_term_query(schema, "words", word)) for word in folded.split()
        ]
        either = [
            (tantivy.Occur.Should, one) for one in (query.boost_query(whole, 2.0), query.boolean_query(words))
        ]
        return searcher.search(query.boolean_query(either), FIRST, count=False, weight_by_field="popularity")

    async def keys(result: Any) -> Collection[str]:
        return {searcher.doc(address)["key"][0] for _, address in result.hits}

    return Engine(find, keys)


def _mb(size: int) -> str:
    return f"{size / 2**20:.0f} MB"
