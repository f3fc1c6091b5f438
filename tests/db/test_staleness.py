"""When films, people and series are due, and what the queue is topped up with first."""

from datetime import UTC, date, datetime, timedelta

import pytest

from db.movies import SCHEMA_VERSION
from db.pool import Connection
from db.refresh_queue import Asked, RefreshPriority, RefreshQueue
from db.staleness import Staleness
from db.sync_state import SyncState

FETCHED = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)
FILM = """
    INSERT INTO tmdb.movies (tmdb_id, title, release_date, popularity, adult, data_state, content_hash,
      payload_hash, schema_version, fetched_at, last_seen_at, deleted_at)
    VALUES ($1, 'Film', $2, $3, $4, 'full', 'c', 'p', $5, tmdb.now() - $6::interval,
      tmdb.now() - $7::interval, CASE WHEN $8 THEN tmdb.now() END)
"""


class Shelf:
    """Films of any age."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.staleness = Staleness(connection)

    async def film(
        self,
        tmdb_id: int,
        *,
        age: timedelta = DAY * 60,
        released: date | None = date(1999, 3, 31),
        adult: bool = False,
        version: int = SCHEMA_VERSION,
        seen: timedelta = DAY * 90,
        deleted: bool = False,
    ) -> None:
        await self.connection.execute(FILM, tmdb_id, released, 1.0, adult, version, age, seen, deleted)

    async def stub(
        self, tmdb_id: int, popularity: float | None, *, adult: bool = False, deleted: bool = False
    ) -> None:
        await self.connection.execute(
            """
            INSERT INTO tmdb.movies (tmdb_id, original_title, popularity, adult, deleted_at)
            VALUES ($1, 'Stub', $2, $3, CASE WHEN $4 THEN tmdb.now() END)
            """,
            *(tmdb_id, popularity, adult, deleted),
        )

    async def rate(self, movie_id: int) -> None:
        await self.connection.execute(
            "INSERT INTO tmdb.users (telegram_user_id) VALUES (1) ON CONFLICT DO NOTHING"
        )
        await self.connection.execute(
            """
            INSERT INTO tmdb.user_movie_ratings (telegram_user_id, movie_id, tmdb_rating, source)
            VALUES (1, $1, 8, 'manual')
            """,
            movie_id,
        )

    async def newest(self, limit: int = 100, *, include_adult: bool = False) -> list[int]:
        return [
            asked.tmdb_id for asked in await self.staleness.newest_stale(limit, include_adult=include_adult)
        ]

    async def longest(self, limit: int = 100, *, include_adult: bool = False) -> list[int]:
        return [
            asked.tmdb_id for asked in await self.staleness.longest_due(limit, include_adult=include_adult)
        ]

    async def stubs(self, limit: int = 100, *, include_adult: bool = False) -> list[int]:
        return [asked.tmdb_id for asked in await self.staleness.stubs(limit, include_adult=include_adult)]


@pytest.fixture
def shelf(connection: Connection) -> Shelf:
    return Shelf(connection)


# The tiers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "interval"),
    [
        *((0, 2), (1, 2), (30, 2), (31, 7), (180, 7), (181, 14), (365, 14), (366, 30), (20_000, 30)),
        # A film that is announced is refreshed by its distance.
        *((-1, 2), (-30, 2), (-31, 7), (-180, 7), (-181, 14), (-365, 14), (-366, 30), (-4_000, 30)),
        (None, 30),
    ],
)
async def test_a_film_stays_fresh_by_the_distance_of_its_release(
    connection: Connection, days: int | None, interval: int
) -> None:
    released = None if days is None else FETCHED.date() - timedelta(days=days)
    found = await connection.fetchval("SELECT tmdb.refresh_interval($1::date, $2)", released, FETCHED)
    assert found == timedelta(days=interval)


async def test_the_day_is_utc_s_wherever_the_database_is(connection: Connection) -> None:
    late = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
    for zone in ("UTC", "Asia/Tokyo", "America/Los_Angeles"):
        await connection.execute(f"SET LOCAL timezone = '{zone}'")
        intervals = [
            await connection.fetchval("SELECT tmdb.refresh_interval($1::date, $2)", day, late)
            for day in (date(2026, 10, 22), date(2026, 10, 21))
        ]
        assert intervals == [timedelta(days=2), timedelta(days=7)]


@pytest.mark.parametrize("days", [2, 7, 14, 30, 150])
async def test_due_times_of_one_night_are_spread_over_the_last_quarter(
    connection: Connection, days: int
) -> None:
    rows = await connection.fetch(
        "SELECT tmdb.due_at(id, $1, $2) - $1 AS after FROM generate_series(1, 20000) AS id",
        *(FETCHED, timedelta(days=days)),
    )
    shares = [row["after"] / timedelta(days=days) for row in rows]
    assert 0.75 <= min(shares) < 0.751
    assert 0.999 < max(shares) <= 1.0
    tenths = [sum(0.75 + tenth / 40 <= share < 0.775 + tenth / 40 for share in shares) for tenth in range(10)]
    assert min(tenths) > 1800, "no part of it falls due together"


async def test_when_a_film_is_due_does_not_hang_on_the_zone_or_on_summer_time(connection: Connection) -> None:
    due = set()
    for zone in ("UTC", "Europe/Berlin", "America/New_York"):
        await connection.execute(f"SET LOCAL timezone = '{zone}'")
        due.add(
            await connection.fetchval(
                "SELECT tmdb.due_at(7, $1, interval '30 days')", datetime(2026, 10, 10, 12, tzinfo=UTC)
            )
        )
    assert len(due) == 1


async def test_a_film_is_due_at_its_time_and_not_before(shelf: Shelf) -> None:
    await shelf.film(1, age=timedelta(0))
    wait = await shelf.connection.fetchval("SELECT due_at - tmdb.now() FROM tmdb.movies")
    await shelf.connection.execute(
        "SELECT set_config('tmdb.clock_offset', $1, true)", f"{wait - timedelta(microseconds=1)}"
    )
    assert await shelf.newest() == []
    assert await shelf.longest() == []
    await shelf.connection.execute("SELECT set_config('tmdb.clock_offset', $1, true)", f"{wait}")
    assert await shelf.newest() == [1]
    assert await shelf.longest() == [1]


async def test_a_new_release_date_moves_the_time(shelf: Shelf) -> None:
    await shelf.film(1, age=DAY * 10)
    assert await shelf.newest() == []
    await shelf.connection.execute(
        "UPDATE tmdb.movies SET release_date = (tmdb.now() - interval '12 days')::date"
    )
    assert await shelf.newest() == [1]


# Stale films ------------------------------------------------------------------------------------


async def test_new_releases_come_first_and_unknown_ones_last(shelf: Shelf) -> None:
    await shelf.film(1, released=date(1950, 1, 1))
    await shelf.film(2, released=None)
    await shelf.film(3, released=date(2026, 1, 1))
    await shelf.film(4, released=date(1999, 3, 31))
    asked = await shelf.staleness.newest_stale(3, include_adult=False)
    assert [one.tmdb_id for one in asked] == [3, 4, 1]
    assert asked[0].rank - asked[1].rank == (date(2026, 1, 1) - date(1999, 3, 31)).days
    assert await shelf.newest() == [3, 4, 1, 2]


async def test_what_is_due_longest_has_a_list_of_its_own(shelf: Shelf) -> None:
    for film, age in ((1, 60), (2, 150), (3, 100)):
        await shelf.film(film, age=DAY * age)
    assert await shelf.longest(2) == [2, 3]


async def test_what_older_code_read_is_stale_at_once(shelf: Shelf) -> None:
    await shelf.film(1, age=DAY, version=SCHEMA_VERSION - 1)
    await shelf.film(2, age=DAY)
    assert await shelf.newest() == [1]


async def test_a_reset_makes_stale_what_was_fetched_before_it(shelf: Shelf) -> None:
    await shelf.film(1, age=DAY)
    await SyncState(shelf.connection).reset(by=1)
    await shelf.film(2, age=timedelta(0))
    assert await shelf.newest() == [1]
    assert await shelf.longest() == []


async def test_a_film_stale_for_three_reasons_is_asked_for_once(shelf: Shelf) -> None:
    for film in range(1, 11):
        await shelf.film(film, version=SCHEMA_VERSION - 1, released=date(2000, 1, film))
    await SyncState(shelf.connection).reset(by=1)
    assert await shelf.newest(4) == [10, 9, 8, 7]
    assert len(await shelf.newest()) == 10


async def test_what_is_queued_or_parked_already_is_left_out(shelf: Shelf) -> None:
    for film in range(1, 8):
        await shelf.film(film, released=date(2000, 1, film))
        await shelf.stub(100 + film, float(film))
    queue = RefreshQueue(shelf.connection)
    for queued in (range(3, 8), range(103, 108)):
        await queue.ask("movie", map(Asked, queued), RefreshPriority.CHANGE, "change")
    await shelf.connection.execute(
        "UPDATE tmdb.refresh_queue SET parked_at = tmdb.now() WHERE tmdb_id IN (7, 107)"
    )
    # A person of the same id is somebody else.
    await queue.ask("person", [Asked(2), Asked(102)], RefreshPriority.CHANGE, "change")
    assert await shelf.newest(2) == [2, 1]
    assert sorted(await shelf.longest(2)) == [1, 2]
    assert await shelf.stubs(2) == [102, 101]


async def test_deleted_films_and_stubs_are_never_stale(shelf: Shelf) -> None:
    await shelf.film(1, deleted=True, version=SCHEMA_VERSION - 1)
    await shelf.stub(2, 1.0)
    await SyncState(shelf.connection).reset(by=1)
    assert await shelf.newest() == []
    assert await shelf.longest() == []


async def test_adult_films_are_refreshed_for_those_who_rated_or_opened_them(shelf: Shelf) -> None:
    await shelf.film(1, adult=True, released=date(2020, 1, 4))
    await shelf.film(2, adult=True, released=date(2020, 1, 3))
    await shelf.film(3, adult=True, released=date(2020, 1, 2), seen=DAY)
    await shelf.film(4, released=date(2020, 1, 1))
    await shelf.rate(2)
    assert await shelf.newest() == [2, 3, 4]
    # Those that nobody wants do not stand in the way of the others.
    assert await shelf.newest(1) == [2]
    assert await shelf.newest(include_adult=True) == [1, 2, 3, 4]
    assert sorted(await shelf.longest()) == [2, 3, 4]
    assert sorted(await shelf.longest(include_adult=True)) == [1, 2, 3, 4]


# Stubs ------------------------------------------------------------------------------------------


async def test_stubs_are_filled_in_order_of_popularity(shelf: Shelf) -> None:
    for film, popularity in ((1, 0.6), (2, None), (3, 99.5), (4, 7.0)):
        await shelf.stub(film, popularity)
    await shelf.stub(5, 1000.0, deleted=True)
    await shelf.film(6)
    assert await shelf.stubs(2) == [3, 4]
    assert await shelf.stubs() == [3, 4, 1, 2]
    [most, *_] = await shelf.staleness.stubs(1, include_adult=False)
    assert most == Asked(3, 99.5)


async def test_adult_stubs_are_filled_for_those_who_rated_them(shelf: Shelf) -> None:
    await shelf.stub(1, 9.0, adult=True)
    await shelf.stub(2, 8.0, adult=True)
    await shelf.stub(3, 7.0)
    await shelf.rate(2)
    assert await shelf.stubs() == [2, 3]
    assert await shelf.stubs(include_adult=True) == [1, 2, 3]


async def test_the_daily_limit_counts_what_was_filled_today_and_what_is_queued(shelf: Shelf) -> None:
    await shelf.connection.execute(
        """
        INSERT INTO tmdb.tallies (day, name, number)
        SELECT (tmdb.now() AT TIME ZONE 'UTC')::date - ago, name, number
        FROM (VALUES (0, 'films.filled', 5), (0, 'films.filled', 2), (0, 'films.stored', 50),
          (1, 'films.filled', 100)) AS happened (ago, name, number)
        """
    )
    await shelf.stub(1, 1.0)
    queue = RefreshQueue(shelf.connection)
    await queue.ask("movie", [Asked(1)], RefreshPriority.BACKFILL, "backfill")
    await queue.ask("movie", [Asked(2)], RefreshPriority.STALE, "stale")
    assert await shelf.staleness.filling_today() == 8
    assert await shelf.staleness.left() == 1


# People and series ------------------------------------------------------------------------------


async def entities(connection: Connection, age: timedelta) -> None:
    await connection.execute(
        """
        INSERT INTO tmdb.people (tmdb_id, name, data_state, content_hash, fetched_at)
        SELECT id, 'Somebody', CASE WHEN id <= 100 THEN 'full' ELSE 'stub' END, 'c', tmdb.now() - $1::interval
        FROM generate_series(1, 101) AS id
        """,
        age,
    )
    await connection.execute(
        """
        INSERT INTO tmdb.tv_series (tmdb_id, name, content_hash, payload_hash, fetched_at)
        SELECT id, 'Series', 'c', 'p', tmdb.now() - $1::interval FROM generate_series(1, 100) AS id
        """,
        age,
    )


@pytest.mark.parametrize(("age", "fewest", "most"), [(112, 0, 0), (131, 30, 70), (150, 100, 100)])
async def test_people_and_series_stored_in_full_are_due_by_150_days(
    shelf: Shelf, age: int, fewest: int, most: int
) -> None:
    await entities(shelf.connection, DAY * age)
    for due in (await shelf.staleness.people(1000), await shelf.staleness.series(1000)):
        assert fewest <= len(due) <= most
        assert 101 not in [one.tmdb_id for one in due], "a stub is as fresh as the film that credits it"


async def test_people_and_series_in_the_queue_are_left_out(shelf: Shelf) -> None:
    await entities(shelf.connection, DAY * 151)
    queue = RefreshQueue(shelf.connection)
    await queue.ask("person", map(Asked, range(1, 100)), RefreshPriority.STALE, "stale")
    await queue.ask("tv", map(Asked, range(2, 101)), RefreshPriority.STALE, "stale")
    assert [one.tmdb_id for one in await shelf.staleness.people(1)] == [100]
    assert [one.tmdb_id for one in await shelf.staleness.series(1)] == [1]


# Plans ------------------------------------------------------------------------------------------


async def plan(connection: Connection, statement: str, types: str, arguments: str) -> str:
    await connection.execute(f"PREPARE planned ({types}) AS {statement}")
    lines = await connection.fetch(f"EXPLAIN EXECUTE planned ({arguments})")
    await connection.execute("DEALLOCATE planned")
    return "\n".join(row[0] for row in lines)


async def test_everything_is_read_from_indexes(shelf: Shelf) -> None:
    connection = shelf.connection
    await connection.execute(
        """
        INSERT INTO tmdb.movies (tmdb_id, title, overview, release_date, popularity, data_state, content_hash,
          payload_hash, fetched_at)
        SELECT id, 'Film', repeat('x', 500), DATE '1950-01-01' + id, id,
          CASE WHEN id % 2 = 0 THEN 'full' ELSE 'stub' END, 'c', 'p', tmdb.now() - id * interval '1 minute'
        FROM generate_series(1, 20000) AS id
        """
    )
    await connection.execute("ANALYZE tmdb.movies")
    statements: dict[str, tuple[str, str, str]] = {
        Staleness.NEWEST_STALE: ("int, bool, int", "400, false, 1", "movies_due"),
        Staleness.LONGEST_DUE: ("int, bool", "400, false", "movies_due"),
        Staleness.STUBS: ("int, bool", "400, false", "movies_to_fill"),
    }
    for statement, (types, arguments, index) in statements.items():
        found = await plan(connection, statement, types, arguments)
        assert index in found
        assert "Seq Scan on movies" not in found
