"""What a load does to films, to what is missing, and to the queue."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from core.exports import ExportKind, ExportLine
from db import exports
from db.exports import Export, Exports, Loaded
from db.pool import Connection, Database, Executor
from db.refresh_queue import RefreshPriority
from db.sync_runs import SyncRuns
from db.sync_state import SyncState

FIRST_DAY = date(2026, 11, 1)
DAY = timedelta(days=1)


def line(tmdb_id: int, title: str | None = None, popularity: float | None = 1.0, **more: Any) -> ExportLine:
    return ExportLine(
        tmdb_id, title or f"Film {tmdb_id}", popularity, **{"video": False, "adult": False} | more
    )


class Catalogue:
    """A catalogue that is loaded day after day."""

    def __init__(self, connection: Connection, run_id: int) -> None:
        self.connection = connection
        self.run_id = run_id
        self.days = 0

    async def load(
        self,
        *lines: ExportLine,
        kind: ExportKind = "movie",
        is_cut: bool = False,
        add: bool = True,
        include_adult: bool = False,
    ) -> Loaded:
        """The next day's export."""
        self.days += 1
        await self.connection.execute("SELECT set_config('tmdb.clock_offset', $1, true)", f"{self.days} days")
        state = await Exports.state(self.connection, kind)
        loading = Exports(self.connection)
        await loading.stage(_each(lines))
        loaded = await loading.load(
            Export(kind, FIRST_DAY + self.days * DAY, len(lines), 0, is_cut, state.is_first),
            add=add,
            include_adult=include_adult,
            run_id=self.run_id,
        )
        # What the end of a load's transaction does.
        await self.connection.execute("DROP TABLE pg_temp.listed, pg_temp.lacking")
        return loaded

    async def film(self, tmdb_id: int) -> dict[str, Any]:
        row = await self.connection.fetchrow(
            "SELECT *, ctid::text AS place FROM tmdb.movies WHERE tmdb_id = $1", tmdb_id
        )
        assert row is not None
        return dict(row)

    async def add(self, *ids: int, **columns: Any) -> None:
        """Films that are here already."""
        await add(self.connection, ids, **columns)

    async def queued(self) -> dict[int, str]:
        """Reasons by film, and the queue is empty again."""
        rows = await self.connection.fetch(
            "DELETE FROM tmdb.refresh_queue RETURNING tmdb_id, reason, priority, run_id"
        )
        assert {(row["priority"], row["run_id"]) for row in rows} <= {(RefreshPriority.CHANGE, self.run_id)}
        return {row["tmdb_id"]: row["reason"] for row in rows}

    async def missing(self) -> dict[int, tuple[int, bool]]:
        """Exports in a row that lacked it, and whether TMDB was asked, by film."""
        rows = await self.connection.fetch(
            "SELECT tmdb_id, exports, checked_at IS NOT NULL FROM tmdb.export_missing ORDER BY tmdb_id"
        )
        return {row[0]: (row[1], row[2]) for row in rows}

    async def now(self) -> datetime:
        """When the last load was."""
        moment: datetime = await self.connection.fetchval("SELECT tmdb.now()")
        return moment


async def add(executor: Executor, ids: Iterable[int], **columns: Any) -> None:
    values = {"original_title": "Here before", "popularity": 1.0} | columns
    if values.get("data_state") == "full":
        values |= {"content_hash": "c", "payload_hash": "p", "fetched_at": datetime(2026, 10, 1).astimezone()}
    names = ", ".join(values)
    places = ", ".join(f"${place}" for place in range(2, len(values) + 2))
    await executor.execute(
        f"INSERT INTO tmdb.movies (tmdb_id, {names}) SELECT id, {places} FROM unnest($1::int[]) AS id",
        *(list(ids), *values.values()),
    )


async def _each(lines: Iterable[ExportLine]) -> AsyncIterator[ExportLine]:
    for one in lines:
        yield one


@pytest.fixture
async def catalogue(connection: Connection) -> Catalogue:
    return await catalogue_on(connection)


async def catalogue_on(connection: Connection) -> Catalogue:
    run_id = await SyncRuns(connection).start("export", "movie_ids", "manual")
    assert run_id is not None
    return Catalogue(connection, run_id)


# Films


async def test_the_first_load_makes_stubs_and_begins_the_fill(catalogue: Catalogue) -> None:
    loaded = await catalogue.load(line(2, "Ariel", 7.5), line(1, "Крылья", None, video=True))
    assert loaded == Loaded(new=2, updated=0, missing=0)
    ariel, wings = await catalogue.film(2), await catalogue.film(1)
    assert (ariel["original_title"], ariel["popularity"], ariel["video"]) == ("Ariel", 7.5, False)
    assert (wings["original_title"], wings["popularity"], wings["video"]) == ("Крылья", None, True)
    assert (ariel["data_state"], ariel["adult"], ariel["fetched_at"]) == ("stub", False, None)
    assert await catalogue.queued() == {}, "they wait for the backfill"
    states = SyncState(catalogue.connection)
    for name in ("export:movie", "fill", "delta"):
        state = await states.get(name)
        assert state is not None
        assert state.watermark == await catalogue.now(), name


async def test_the_watermarks_of_a_fill_that_has_begun_stay(catalogue: Catalogue) -> None:
    await SyncState(catalogue.connection).set("delta", datetime(2026, 1, 1).astimezone(), {})
    await catalogue.load(line(1))
    begun = await catalogue.now()
    await catalogue.load(line(1))
    delta, fill = [await SyncState(catalogue.connection).get(name) for name in ("delta", "fill")]
    assert delta is not None
    assert delta.watermark == datetime(2026, 1, 1).astimezone()
    assert fill is not None
    assert fill.watermark == begun


async def test_new_ids_of_a_later_load_are_queued_the_popular_ones_first(catalogue: Catalogue) -> None:
    await catalogue.load(line(1))
    assert (await catalogue.load(line(1), line(2, popularity=3.0), line(3, popularity=None))).new == 2
    ranks = await catalogue.connection.fetch(
        "SELECT tmdb_id, rank FROM tmdb.refresh_queue ORDER BY rank DESC"
    )
    assert [tuple(row) for row in ranks] == [(2, 3.0), (3, 0.0)]
    assert await catalogue.queued() == {2: "new", 3: "new"}
    await catalogue.load(line(1), line(2), line(3))
    assert await catalogue.queued() == {}


async def test_more_new_ids_than_a_day_brings_are_the_backfills(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "MOST_NEW", 2)
    await catalogue.load(line(1))
    assert (await catalogue.load(*map(line, range(1, 5)))).new == 3
    assert await catalogue.queued() == {}
    await catalogue.load(*map(line, range(1, 7)))
    assert await catalogue.queued() == {5: "new", 6: "new"}


async def test_an_id_that_stands_in_the_file_twice_is_one_film(catalogue: Catalogue) -> None:
    await catalogue.load(line(1))
    assert (await catalogue.load(line(1), line(2), line(2), line(1, popularity=9.0))).new == 1
    assert await catalogue.queued() == {2: "new"}
    assert (await catalogue.film(1))["popularity"] in (1.0, 9.0)


@pytest.mark.parametrize("state", ["stub", "full"])
@pytest.mark.parametrize(
    ("known", "told", "after"),
    [
        (1.0, 1.2, 1.0),
        (1.0, 1.21, 1.21),
        (1.0, 0.8, 1.0),
        (1.0, 0.79, 0.79),
        (50.0, 59.9, 50.0),
        (50.0, 60.1, 60.1),
        (0.0, 0.0, 0.0),
        (0.0, 0.001, 0.001),
        (None, 0.5, 0.5),
        (None, None, None),
        (1.0, None, 1.0),
    ],
)
async def test_popularity_is_rewritten_where_it_moved_by_more_than_a_fifth(
    catalogue: Catalogue, state: str, known: float | None, told: float | None, after: float | None
) -> None:
    await catalogue.add(1, data_state=state, popularity=known, adult=False, video=False)
    before = await catalogue.film(1)
    loaded = await catalogue.load(line(1, "Here before", told))
    film = await catalogue.film(1)
    assert film["popularity"] == after
    assert (film["place"] == before["place"]) == (known == after), "a row that stays is not written"
    assert loaded.updated == (known != after)


async def test_a_stub_is_what_the_export_tells_and_a_full_film_is_not(catalogue: Catalogue) -> None:
    await catalogue.add(1, original_title="Of a list", title="Listed")
    await catalogue.add(2, data_state="full", original_title="Of its answer", video=True)
    await catalogue.add(3, original_title="Kept", adult=False, video=False)
    await catalogue.load(
        line(1, "Of the export"), line(2, "Of the export"), ExportLine(3, None, None, None, None)
    )
    stub, full, untold = [await catalogue.film(film) for film in (1, 2, 3)]
    assert (stub["original_title"], stub["title"]) == ("Of the export", "Listed")
    assert (stub["adult"], stub["video"]) == (False, False)
    assert (full["original_title"], full["video"]) == ("Of its answer", True)
    assert (untold["original_title"], untold["popularity"]) == ("Kept", 1.0)


async def test_a_deleted_film_stays_as_empty_as_it_is(catalogue: Catalogue) -> None:
    await catalogue.add(1, original_title=None, popularity=None, deleted_at=await catalogue.now())
    assert (await catalogue.load(line(1))).updated == 0
    assert (await catalogue.film(1))["original_title"] is None


async def test_a_film_somebody_is_writing_is_left_to_them(database: Database) -> None:
    await add(database, [1, 2])
    async with database.transaction() as writing:
        await writing.execute("SELECT FROM tmdb.movies WHERE tmdb_id = 1 FOR NO KEY UPDATE")
        async with asyncio.timeout(5), database.transaction() as connection:
            catalogue = await catalogue_on(connection)
            assert (await catalogue.load(line(1, popularity=9.0), line(2, popularity=9.0))).updated == 1
    rows = await database.fetch("SELECT popularity FROM tmdb.movies ORDER BY tmdb_id")
    assert [row[0] for row in rows] == [1.0, 9.0]


async def test_statistics_that_see_no_film_do_not_make_a_load_endless(database: Database) -> None:
    films = range(1, 20_001)
    async with database.transaction() as writing:
        await add(writing, films)
        # Autovacuum looks while the films are there for nobody else.
        await database.execute("ANALYZE tmdb.movies")
    async with database.transaction() as connection:
        await connection.execute("SET LOCAL statement_timeout = '5s'")
        catalogue = await catalogue_on(connection)
        loaded = await catalogue.load(*[line(film, popularity=9.0) for film in films if film % 10])
    assert (loaded.updated, loaded.missing) == (18_000, 2000)


async def test_kept_counts_follow_a_load(catalogue: Catalogue) -> None:
    async def stubs() -> int:
        number: int = await catalogue.connection.fetchval(
            "SELECT coalesce(sum(number), 0) FROM tmdb.tallies WHERE name = 'films.stub'"
        )
        return number

    before = await stubs()
    await catalogue.load(*map(line, range(1, 11)))
    await catalogue.load(*map(line, range(1, 13)))
    assert await stubs() - before == 12


# Missing ones


async def test_missing_from_two_exports_in_a_row_is_asked_about_once(catalogue: Catalogue) -> None:
    await catalogue.load(line(1), line(2))
    listed = await catalogue.now()
    assert (await catalogue.load(line(1))).missing == 1
    assert await catalogue.missing() == {2: (1, False)}
    assert await catalogue.queued() == {}
    assert (await catalogue.load(line(1))).missing == 1
    assert await catalogue.missing() == {2: (2, True)}
    assert await catalogue.queued() == {2: "missing"}
    await catalogue.load(line(1))
    assert await catalogue.missing() == {2: (3, True)}
    assert await catalogue.queued() == {}, "it was asked about, and answered"
    assert await catalogue.connection.fetchval("SELECT last_listed_at FROM tmdb.export_missing") == listed


async def test_one_that_is_back_is_missing_anew_later(catalogue: Catalogue) -> None:
    both, one = [line(1), line(2)], [line(1)]
    for day in (both, one, both, one):
        await catalogue.load(*day)
    assert await catalogue.missing() == {2: (1, False)}, "not two in a row"
    assert await catalogue.queued() == {}
    await catalogue.load(*one)
    assert await catalogue.queued() == {2: "missing"}
    for day in (both, one, one):
        await catalogue.load(*day)
    assert await catalogue.queued() == {2: "missing"}


async def test_every_one_of_many_missing_ones_is_asked_about(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    await catalogue.load(*map(line, range(1, 9)))
    monkeypatch.setattr(exports, "MOST_NEW", 3)
    await catalogue.load(line(1))
    await catalogue.load(line(1))
    assert await catalogue.queued() == dict.fromkeys(range(2, 9), "missing")
    assert await catalogue.missing() == dict.fromkeys(range(2, 9), (2, True))


async def test_a_film_no_export_ever_held_is_as_old_as_its_first_sight(catalogue: Catalogue) -> None:
    await catalogue.load(line(1))
    seen = await catalogue.now() + timedelta(hours=1)
    await catalogue.add(2, first_seen_at=seen)
    await catalogue.load(line(1))
    assert await catalogue.connection.fetchval("SELECT last_listed_at FROM tmdb.export_missing") == seen


async def test_a_deleted_film_that_comes_back_is_asked_about(catalogue: Catalogue) -> None:
    await catalogue.load(line(1), line(2))
    await catalogue.connection.execute("UPDATE tmdb.movies SET deleted_at = tmdb.now() WHERE tmdb_id = 2")
    await catalogue.load(line(1), line(2))
    assert await catalogue.queued() == {}, "a film is listed for some days after it went"
    for _ in range(3):
        assert (await catalogue.load(line(1))).missing == 0
    assert await catalogue.queued() == {}, "it is known to be gone"
    await catalogue.load(line(1), line(2))
    assert await catalogue.queued() == {2: "new"}
    await catalogue.load(line(1), line(2))
    assert await catalogue.queued() == {}


# Adult films


async def test_adult_films_are_missing_from_their_own_export_alone(catalogue: Catalogue) -> None:
    await catalogue.add(1, adult=True)
    await catalogue.add(2, adult=None)
    await catalogue.add(3, adult=False)
    await catalogue.load(line(9))
    assert await catalogue.missing() == {2: (1, False), 3: (1, False)}
    await catalogue.load(line(8, adult=True), kind="adult_movie", add=False)
    assert sorted(await catalogue.missing()) == [1, 2, 3]
    await catalogue.load(line(1, adult=True), line(2, adult=True), kind="adult_movie", add=False)
    assert sorted(await catalogue.missing()) == [3], "one not known as adult is where it should be too"
    assert await catalogue.connection.fetchval("SELECT count(*) FROM tmdb.movies WHERE tmdb_id = 8") == 0


@pytest.mark.parametrize("include_adult", [False, True])
async def test_of_adult_films_only_those_somebody_asked_for_are_queued(
    catalogue: Catalogue, include_adult: bool
) -> None:
    await catalogue.add(1, adult=True)
    await catalogue.add(2, adult=True)
    await catalogue.add(3, adult=True, data_state="full")
    fetched_since = datetime(2026, 9, 30).astimezone()
    await catalogue.add(4, adult=True, data_state="full", last_seen_at=fetched_since)
    await catalogue.connection.execute("INSERT INTO tmdb.users (telegram_user_id) VALUES (7)")
    await catalogue.connection.execute(
        "INSERT INTO tmdb.user_movie_ratings (telegram_user_id, movie_id, tmdb_rating, source) "
        "VALUES (7, 2, 8, 'tmdb')"
    )
    for _ in range(2):
        await catalogue.load(
            line(9, adult=True), kind="adult_movie", add=include_adult, include_adult=include_adult
        )
    asked = {2: "missing", 3: "missing"}
    assert await catalogue.queued() == (asked | {1: "missing", 4: "missing"} if include_adult else asked)
    await catalogue.load(line(8, adult=True), include_adult=include_adult)
    await catalogue.load(line(8, adult=True), line(10, adult=True), include_adult=include_adult)
    assert await catalogue.queued() == ({10: "new"} if include_adult else {})


async def test_the_first_load_of_adult_films_waits_for_the_backfill_too(catalogue: Catalogue) -> None:
    await catalogue.load(line(1))
    begun = await catalogue.now()
    await catalogue.load(line(2, adult=True), kind="adult_movie", include_adult=True)
    assert await catalogue.queued() == {}
    fill = await SyncState(catalogue.connection).get("fill")
    assert fill is not None
    assert fill.watermark == begun


async def test_whether_an_adult_film_is_here_is_told_without_reading_all_films(
    connection: Connection,
) -> None:
    await connection.execute(
        "INSERT INTO tmdb.movies (tmdb_id, adult, overview) "
        "SELECT id, false, repeat('x', 500) FROM generate_series(1, 5000) AS id"
    )
    await connection.execute("ANALYZE tmdb.movies")
    plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {Exports.KNOWS_ADULT}"))
    assert "Seq Scan" not in plan, plan
    assert not await Exports.knows_adult(connection)
    await add(connection, [6000], adult=True)
    assert await Exports.knows_adult(connection)


# Files that an admin took though they are cut off


async def test_a_cut_off_file_counts_nothing_as_missing(catalogue: Catalogue) -> None:
    await catalogue.load(line(1), line(2), line(3))
    whole = await catalogue.now()
    await catalogue.load(line(1))
    await catalogue.load(line(2), line(4), is_cut=True)
    assert await catalogue.missing() == {3: (1, False)}
    assert await catalogue.queued() == {4: "new"}
    state = await SyncState(catalogue.connection).get("export:movie")
    assert state is not None
    assert state.watermark == whole + DAY, "what it lacks is as old as it was"
    assert state.value["lines"] == 1, "the next is measured against the last whole one"


async def test_after_a_first_load_that_was_cut_off_the_rest_is_still_the_backfills(
    catalogue: Catalogue,
) -> None:
    await catalogue.load(line(1), is_cut=True)
    await catalogue.load(line(1), line(2), line(3))
    assert await catalogue.queued() == {}
    await catalogue.load(*map(line, range(1, 5)))
    assert await catalogue.queued() == {4: "new"}


async def test_a_fill_of_a_first_load_that_was_cut_off_goes_on_with_the_rest(catalogue: Catalogue) -> None:
    states = SyncState(catalogue.connection)

    async def is_complete() -> bool:
        fill = await states.get("fill")
        assert fill is not None
        return "completed_at" in fill.value

    await catalogue.load(line(1), is_cut=True)
    await states.complete_fill()
    await catalogue.load(line(1), line(2))
    assert not await is_complete()
    await states.complete_fill()
    await catalogue.load(line(1), line(2), line(3))
    await catalogue.load(line(9, adult=True), kind="adult_movie", add=False)
    assert await is_complete()


async def test_an_acceptance_is_used_up_by_its_own_day(catalogue: Catalogue) -> None:
    states = SyncState(catalogue.connection)
    await states.accept_export("movie", FIRST_DAY + 2 * DAY)
    state = await Exports.state(catalogue.connection, "movie")
    assert (state.day, state.lines, state.accepted, state.is_first) == (None, None, FIRST_DAY + 2 * DAY, True)
    await catalogue.load(line(1))
    state = await Exports.state(catalogue.connection, "movie")
    assert (state.day, state.accepted) == (FIRST_DAY + DAY, FIRST_DAY + 2 * DAY)
    await catalogue.load(line(1))
    state = await Exports.state(catalogue.connection, "movie")
    assert (state.day, state.lines, state.accepted) == (FIRST_DAY + 2 * DAY, 1, None)


# Lines


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (b'{"id":3,"original_title":"A","popularity":2}', ExportLine(3, "A", 2, None, None)),
        (b'{"id":3,"original_title":"a\\u0000b"}', ExportLine(3, "ab", None, None, None)),
        (b'{"id":3,"original_title":"a\\ud83d","adult":true}', ExportLine(3, "a", None, None, True)),
        (b'{"id":3,"original_title":"  "}\r', ExportLine(3, None, None, None, None)),
        (b'{"id":2147483647,"video":false}', ExportLine(2147483647, None, None, False, None)),
        (b'{"id":2147483648}', None),
        (b'{"id":0}', None),
        (b'{"id":-1}', None),
        (b'{"id":true}', None),
        (b'{"id":3.0}', None),
        (b'{"id":"3"}', None),
        (b'{"original_title":"A"}', None),
        (b'{"id":3,"original_title":4}', None),
        (b'{"id":3,"popularity":"1.5"}', None),
        (b'{"id":3,"popularity":NaN}', None),
        (b'{"id":3,"popularity":true}', None),
        (b'{"id":3,"video":0}', None),
        (b'{"id":3,"adult":"no"}', None),
        (b'{"id":3', None),
        (b'{"id":3}{"id":4}', None),
        (b"[3]", None),
        (b"3", None),
        (b"\xff\xfe", None),
        (b"[" * 100_000 + b"\\ud800", None),
    ],
)
def test_a_line_is_a_film_or_it_is_none(written: bytes, read: ExportLine | None) -> None:
    assert ExportLine.read(written) == read


async def test_odd_titles_and_numbers_are_stored(catalogue: Catalogue) -> None:
    odd: Sequence[ExportLine | None] = [
        ExportLine.read(
            b'{"id":1,"original_title":"a\\u0000\\ud800b\\u202e","popularity":18446744073709551615}'
        ),
        ExportLine.read(b'{"id":2,"original_title":"' + b"\xf0\x9f\x8e\xac " * 50_000 + b'"}'),
        ExportLine.read(b'{"id":3,"original_title":"\\t,\\n\\\\.\\"","popularity":1e308}'),
    ]
    await catalogue.load(*(one for one in odd if one is not None))
    assert [(await catalogue.film(film))["original_title"] for film in (1, 3)] == ["ab\u202e", '\t,\n\\."']
    assert len((await catalogue.film(2))["original_title"]) == 100_000
