"""What a full catalogue takes on disk, measured on the mix of films and scaled to all of them.

Each film's rows, payload and outbox row are stored as in the product. Sizes are those of tables with their
indexes and long values after a VACUUM; WAL is what the server wrote meanwhile, full page images included.
"""

from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple

from core.movies import Movie
from db.movies import FetchedMovie, Movies
from db.pool import Database
from tests.bench.films import payloads
from tests.bench.table import Row

CATALOGUE = 1_160_000
FILMS = 8_000
# How the cost grows shows at a quarter of them.
FIRST = FILMS // 4
STUBS = 200_000
BATCH = 20
LARGEST = 4
AT_MOST_GROWTH = 1.1

STUB = """
    INSERT INTO tmdb.movies (tmdb_id, original_title, popularity, video, adult)
    SELECT id, 'The Quiet River of ' || id, 0.6 + id % 50, false, false FROM generate_series(1, $1::int) AS id
"""
SIZES = """
    SELECT oid::regclass::text, pg_total_relation_size(oid) AS bytes
    FROM pg_class WHERE relnamespace = 'tmdb'::regnamespace AND relkind = 'r' ORDER BY bytes DESC
"""
WAL = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint"


class _Stored(NamedTuple):
    """Bytes a film."""

    disk: float
    wal: float
    tables: dict[str, float]


async def run(database_url: str) -> list[Row]:
    """Measures on a migrated, empty database."""
    database = await Database.connect(database_url, name="bench")
    try:
        empty = sum((await _sizes(database)).values())
        await database.execute(STUB, STUBS)
        stub = (sum((await _sizes(database)).values()) - empty) / STUBS
        await database.execute("TRUNCATE tmdb.movies CASCADE")
        invented = payloads(FILMS)
        few = await _store(database, islice(invented, FIRST), FIRST, empty)
        all_ = await _store(database, invented, FILMS - FIRST, empty)
        again = await _store(database, islice(payloads(FILMS), FIRST), FIRST, empty)
    finally:
        await database.close()
    growth = all_.disk / few.disk
    largest = ", ".join(f"{name} {size / 1024:.1f}" for name, size in list(all_.tables.items())[:LARGEST])
    return [
        Row("a stub on disk", f"{stub:.0f} bytes", f"{CATALOGUE} of them: {_gb(stub)}"),
        Row("a full film on disk", f"{all_.disk / 1024:.1f} kB", f"{CATALOGUE} of them: {_gb(all_.disk)}"),
        Row("of that, in kB", largest),
        Row(
            f"a film on disk with {FILMS} here, against {FIRST}",
            f"ratio {growth:.2f}",
            f"at most {AT_MOST_GROWTH}: it grows with the films, no faster",
            growth <= AT_MOST_GROWTH,
        ),
        Row("WAL of a film stored first", f"{all_.wal / 1024:.1f} kB", f"in all {_gb(all_.wal)}"),
        Row("WAL of a refresh that changes nothing", f"{again.wal / 1024:.1f} kB"),
    ]


async def _store(database: Database, answers: Iterable[dict[str, object]], films: int, empty: int) -> _Stored:
    """Stores them; the disk's figures are those of all films that are here then."""
    before = await database.fetchval(WAL)
    batch: list[FetchedMovie] = []
    for number, payload in enumerate(answers, 1):
        batch.append(FetchedMovie.read(Movie.from_payload(payload), payload, 0.0))
        if len(batch) == BATCH or number == films:
            async with database.transaction() as connection:
                await Movies(connection).store(batch, raw_payload_history=0, language="en-US")
            batch.clear()
    wal = (await database.fetchval(WAL) - before) / films
    here = await database.fetchval("SELECT count(*) FROM tmdb.movies")
    sizes = await _sizes(database)
    tables = {name: size / here for name, size in sizes.items()}
    return _Stored((sum(sizes.values()) - empty) / here, wal, tables)


async def _sizes(database: Database) -> dict[str, int]:
    """Bytes of each table, the largest first."""
    await database.pool.execute("VACUUM ANALYZE", timeout=600)
    return {row[0].removeprefix("tmdb."): row[1] for row in await database.fetch(SIZES)}


def _gb(bytes_a_film: float) -> str:
    return f"{bytes_a_film * CATALOGUE / 1e9:.1f} GB"
