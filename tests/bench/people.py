"""People by name at full size: what a page costs by kind of query, and how often it has whom was meant."""

from collections.abc import Iterator
from random import Random
from statistics import quantiles
from time import perf_counter

import asyncpg

from db.people_search import PersonSearch
from tests.bench.table import Row

PEOPLE = 2_500_000
QUERIES = 200
KNOWN = 8.0  # the popularity of those asked for

# The commonest first letters of words and what follows them; together they make words like names.
ONSETS = (
    "m",
    "r",
    "l",
    "s",
    "k",
    "d",
    "n",
    "t",
    "h",
    "b",
    "ch",
    "g",
    "v",
    "st",
    "p",
    "br",
    "f",
    "sch",
    "z",
    "j",
)
RHYMES = ("a", "o", "e", "i", "an", "er", "en", "ei", "in", "on", "ar", "el", "ov", "as", "u", "ich")

NAME_ALL = """
    SELECT tmdb.write_person_names(ARRAY(SELECT tmdb_id FROM tmdb.people WHERE tmdb_id % 10 = $1::int))
"""
INDEXES = """
    SELECT indexname, indexdef FROM pg_indexes
    WHERE schemaname = 'tmdb' AND indexname IN ('person_names_key', 'person_names_known')
"""


async def run(url: str) -> list[Row]:
    """The rows of `make bench`."""
    connection = await asyncpg.connect(url)
    await _fill(connection)
    dice = Random(2)
    known = await connection.fetch(
        "SELECT tmdb_id, name FROM tmdb.people WHERE popularity >= $1 ORDER BY md5(name) LIMIT $2",
        KNOWN,
        QUERIES,
    )
    anybody = await connection.fetch(
        "SELECT tmdb_id, name FROM tmdb.people ORDER BY md5(name) LIMIT $1", QUERIES
    )
    kinds = {
        "a well-known name": [(row["name"], row["tmdb_id"]) for row in known],
        "its words the other way round": [
            (" ".join(row["name"].split()[::-1]), row["tmdb_id"]) for row in known
        ],
        "with one wrong letter": [(_slip(row["name"], dice), row["tmdb_id"]) for row in known],
        "its first five letters": [(row["name"][:5], row["tmdb_id"]) for row in known],
        "anybody's name": [(row["name"], row["tmdb_id"]) for row in anybody],
    }
    search = PersonSearch(connection)
    rows = [await _measured(search, what, asked) for what, asked in kinds.items()]
    pairs = [f"{one['name']} {other['name']}" for one, other in zip(known[::2], known[1::2], strict=False)]
    times = []
    for pair in pairs:
        started = perf_counter()
        await search.best([pair])
        times.append(perf_counter() - started)
    rows.append(Row("two names cut apart", _times(times)))
    size = await connection.fetchval("SELECT pg_total_relation_size('tmdb.person_names')")
    rows.append(Row("table of names with its indexes", f"{size / 1e6:.0f} MB"))
    await connection.close()
    return rows


async def _fill(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    indexes = await connection.fetch(INDEXES)
    await connection.execute(
        "ALTER TABLE tmdb.people DISABLE TRIGGER people_names_insert;"
        + "".join(f"DROP INDEX tmdb.{row['indexname']};" for row in indexes)
    )
    await connection.copy_records_to_table(
        "people", schema_name="tmdb", records=_people(), columns=["tmdb_id", "name", "popularity"]
    )
    for part in range(10):
        await connection.execute(NAME_ALL, part)
    for row in indexes:
        await connection.execute(row["indexdef"])
    await connection.execute("ALTER TABLE tmdb.people ENABLE TRIGGER people_names_insert")
    await connection.execute("VACUUM ANALYZE tmdb.people, tmdb.person_names")


def _people() -> Iterator[tuple[int, str, float]]:
    """Names are drawn unevenly, as everybody's are; one in twenty has a popularity of 1 or more."""
    dice = Random(1)

    def word(most: int) -> str:
        syllables = (dice.choice(ONSETS) + dice.choice(RHYMES) for _ in range(dice.randint(2, most)))
        return "".join(syllables).capitalize()

    first, last = [word(3) for _ in range(20_000)], [word(4) for _ in range(200_000)]
    for number in range(1, PEOPLE + 1):
        names = (first[int(len(first) * dice.random() ** 4)], last[int(len(last) * dice.random() ** 4)])
        yield number, " ".join(names), round(0.05 / (dice.random() + 0.002), 4)


def _slip(name: str, dice: Random) -> str:
    at = dice.randrange(1, len(name) - 1)
    return name[:at] + dice.choice("aeiou") + name[at + 1 :]


async def _measured(search: PersonSearch, what: str, asked: list[tuple[str, int]]) -> Row:
    times, hits = [], 0
    for text, wanted in asked:
        started = perf_counter()
        page = await search.page(text, 1, "en")
        times.append(perf_counter() - started)
        hits += wanted in {person.person_id for person in page.people}
    return Row(what, f"{_times(times)}, on the first page {100 * hits / len(asked):.0f} %")


def _times(seconds: list[float]) -> str:
    cuts = quantiles(seconds, n=20)
    return f"p50 {cuts[9] * 1000:.1f} ms, p95 {cuts[18] * 1000:.1f} ms"
