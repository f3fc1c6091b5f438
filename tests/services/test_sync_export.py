"""Exports of the stand-in brought here over HTTP, whatever is wrong with them."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import aiohttp
import orjson
import pytest

from clients.tmdb.client import TmdbClient
from core.alerts import Alert, Recipients
from core.errors import DatabaseUnavailable, ExportUnusable, Malformed, RunLost
from core.exports import ExportKind
from core.sync import Run
from db.alerts import Alerts
from db.exports import Exports
from db.pool import Database
from db.sync_runs import SyncRuns
from db.sync_state import SyncState
from sandbox.tmdb.server import TmdbStandIn
from services.sync_export import LONGEST_LINE_BYTES, ExportRunner
from services.sync_progress import Progress
from tests.clients.test_tmdb_over_http import client_of
from tests.patience import ONCE
from tests.runs import begun, executed
from tests.workers.kill import killed

DAY = timedelta(days=1)
NEW = 9_000_001  # no film of the stand-in's has it
Film = tuple[int, str, float, bool, bool]
LINE = ("id", "original_title", "popularity", "video", "adult")


@pytest.fixture
async def tmdb() -> AsyncIterator[TmdbStandIn]:
    async with TmdbStandIn(generated=300, adult=20, rate=0) as stand_in:
        yield stand_in


class Desk:
    """A catalogue, the stand-in's exports, and runs that load them."""

    def __init__(self, database: Database, tmdb: TmdbStandIn, client: TmdbClient, newest: date) -> None:
        self.database = database
        self.tmdb = tmdb
        self.client = client
        self.newest = newest
        self.runner = runner_of(database, client)

    def day(self, ago: int) -> str:
        """A day by how long ago the newest export is."""
        return (self.newest - ago * DAY).isoformat()

    def published(self, *ago: int) -> None:
        """Only these days have files."""
        self.tmdb.set_exports([self.day(one) for one in ago])

    async def load(self, runner: ExportRunner | None = None) -> Run:
        """A run that comes to its end."""
        run = await executed(self.database, runner or self.runner, "export")
        assert run.listed
        await self.database.execute("DELETE FROM tmdb.refresh_queue")
        await SyncRuns(self.database).complete_listed()
        return run

    async def fail(self, runner: ExportRunner | None = None) -> str:
        """A run that ends with a word of its own, which is answered."""
        run = await begun(self.database, "export")
        with pytest.raises(ExportUnusable) as failure:
            await (runner or self.runner).run(run, Progress(self.database, run.id, "tests"))
        await SyncRuns(self.database).fail(run.id, str(failure.value), "tests")
        return str(failure.value)

    async def accept(self, ago: int, kind: ExportKind = "movie") -> None:
        """An admin vouches for a day's file."""
        await SyncState(self.database).accept_export(kind, self.newest - ago * DAY)

    async def alerts(self) -> list[Alert]:
        return await Alerts(self.database).open()

    async def films(self) -> list[Film]:
        """All that is here, as exports tell it."""
        rows = await self.database.fetch(
            "SELECT tmdb_id, original_title, popularity, video, adult FROM tmdb.movies ORDER BY tmdb_id"
        )
        return [(row[0], row[1], row[2], row[3], row[4]) for row in rows]

    def told(self, *, adult: bool = False) -> list[Film]:
        """All that the stand-in's exports tell now."""
        lines = sorted(self.tmdb.catalogue.export_lines(None))
        return [(line[0], line[2], line[3], line[4], line[1]) for line in lines if adult or not line[1]]

    def lines(self) -> list[bytes]:
        """The export's lines as they are written."""
        return [
            orjson.dumps(
                {
                    "adult": adult,
                    "id": film,
                    "original_title": title,
                    "popularity": popularity,
                    "video": video,
                }
            )
            for film, title, popularity, video, adult in self.told()
        ]

    async def state(self) -> dict[str, Any]:
        """All of the database that a load could touch."""
        tables = ("movies", "export_missing", "refresh_queue", "sync_state", "tallies")
        return {
            table: [
                tuple(row) for row in await self.database.fetch(f"SELECT * FROM tmdb.{table} ORDER BY 1, 2")
            ]
            for table in tables
        }

    def asked(self) -> list[str]:
        """Files that were asked for."""
        return [request.path.rpartition("/")[2] for request in self.tmdb.requests if request.host == "export"]


def runner_of(database: Database, client: TmdbClient, *, include_adult: bool = False) -> ExportRunner:
    return ExportRunner(
        *(database, client),
        include_adult=include_adult,
        shrink_limit=0.02,
        recipients=Recipients((7,), None),
        pause_seconds=0,
    )


@pytest.fixture
async def desk(emptied_database: Database, tmdb: TmdbStandIn) -> AsyncIterator[Desk]:
    newest = (await Exports.state(emptied_database, "movie")).newest
    async with aiohttp.ClientSession() as session:
        desk = Desk(emptied_database, tmdb, client_of(tmdb, session, patience=ONCE), newest)
        desk.published(0)
        yield desk


# Found and loaded


async def test_every_film_of_the_export_is_here_afterwards(desk: Desk) -> None:
    run = await desk.load()
    films = desk.told()
    assert await desk.films() == films
    assert (run.total, run.movies_checked, run.movies_new) == (len(films), len(films), len(films))
    assert (run.movies_updated, run.movies_skipped, run.films_done) == (0, 0, len(films))
    assert run.source == f"movie_ids_{desk.newest:%m_%d_%Y}"
    facts = {name: run.metadata[name] for name in ("day", "bad_lines", "missing")}
    assert facts == {"day": desk.day(0), "bad_lines": 0, "missing": 0}
    assert run.metadata["bytes"] > 1000
    assert await desk.alerts() == []


async def test_the_next_export_brings_what_changed(desk: Desk) -> None:
    desk.published(1)
    await desk.load()
    gone, moved, hardly, renamed = desk.tmdb.film_ids(4)
    popularity = {film: told for film, _, told, _, _ in desk.told()}
    desk.tmdb.delete_film(gone)
    desk.tmdb.change_film(moved, {"popularity": popularity[moved] * 2})
    desk.tmdb.change_film(hardly, {"popularity": popularity[hardly] * 1.1})
    desk.tmdb.change_film(renamed, {"original_title": "Another"})
    desk.tmdb.add_film({"id": NEW, "title": "New", "original_title": "Neu", "popularity": 3.5})
    desk.published(0, 1)
    run = await desk.load()
    assert (run.movies_checked, run.movies_new, run.movies_updated) == (len(desk.told()), 1, 2)
    assert run.movies_skipped == run.movies_checked - 3
    assert run.metadata["missing"] == 1
    here = {film[0]: film for film in await desk.films()}
    there = {film[0]: film for film in desk.told()}
    assert here.pop(gone)
    assert here.pop(hardly)[2] == popularity[hardly]
    assert there.pop(hardly)[2] != popularity[hardly]
    assert here == there


async def test_new_ids_wait_in_the_queue_on_behalf_of_the_run(desk: Desk) -> None:
    desk.published(1)
    await desk.load()
    desk.tmdb.add_film({"id": NEW, "title": "New", "original_title": "Neu", "popularity": 3.5})
    desk.published(0, 1)
    run = await executed(desk.database, desk.runner, "export")
    assert (run.status, run.listed, run.waiting) == ("running", True, 1)
    row = await desk.database.fetchrow("SELECT tmdb_id, rank, reason, run_id FROM tmdb.refresh_queue")
    assert row is not None
    assert tuple(row) == (NEW, 3.5, "new", run.id)


async def test_a_second_load_of_a_day_does_nothing_and_says_so(desk: Desk) -> None:
    await desk.load()
    before, asked = await desk.state(), len(desk.asked())
    run = await desk.load()
    films = len(desk.told())
    assert await desk.state() == before
    assert len(desk.asked()) == asked
    assert (run.movies_checked, run.movies_skipped, run.movies_new, run.total) == (films, films, 0, films)
    assert run.metadata["loaded_before"]
    assert run.metadata["day"] == desk.day(0)


@pytest.mark.parametrize("status", [403, 404])
async def test_where_todays_is_not_there_it_is_the_newest_of_a_week(desk: Desk, status: Any) -> None:
    desk.tmdb.set_exports([desk.day(7), desk.day(8)], status)
    run = await desk.load()
    assert run.metadata["day"] == desk.day(7)
    assert await desk.films() == desk.told()
    asked = [f"movie_ids_{desk.newest - ago * DAY:%m_%d_%Y}.json.gz" for ago in range(8)]
    assert desk.asked() == asked
    # What comes up to the loaded one is looked for, and nothing older.
    desk.tmdb.clear_requests()
    assert (await desk.load()).metadata["loaded_before"]
    assert desk.asked() == asked[:7]


async def test_no_export_for_a_week_is_said(desk: Desk) -> None:
    desk.published(8)
    before = await desk.state()
    assert await desk.fail() == f"TMDB has no movie export of {desk.day(0)} or the 7 days before"
    assert await desk.state() == before
    assert await desk.alerts() == [], "the run failed, which is told by other rules"


async def test_before_eight_utc_it_is_yesterdays(desk: Desk) -> None:
    before_eight = await desk.database.fetchval(
        "SELECT (date_trunc('day', now() AT TIME ZONE 'UTC') + interval '7:59') - now() AT TIME ZONE 'UTC'"
    )
    await desk.database.execute(
        f"ALTER DATABASE test_services SET tmdb.clock_offset = '{before_eight.total_seconds()} seconds'"
    )
    await desk.database.pool.expire_connections()
    today = await desk.database.fetchval("SELECT (now() AT TIME ZONE 'UTC')::date")
    desk.tmdb.set_exports([today.isoformat(), (today - DAY).isoformat()])
    run = await desk.load()
    assert run.metadata["day"] == (today - DAY).isoformat()


# Cut off


CUTS = (0, 1, 2, 5, 9, 10, 11, 40, 1000, -1000, -9, -8, -5, -4, -1)


@pytest.mark.parametrize("announced", ["sent", "whole", "nothing"])
async def test_wherever_a_file_is_cut_off_it_changes_nothing(desk: Desk, announced: Any) -> None:
    desk.published(1)
    await desk.load()
    desk.tmdb.delete_film(desk.tmdb.film_ids(1)[0])
    desk.published(0, 1)
    before = await desk.state()
    for cut in CUTS:
        desk.tmdb.damage_export(cut=cut, announced=announced)
        assert "is cut off after" in await desk.fail()
        assert await desk.state() == before, cut
    [alert] = await desk.alerts()
    assert (alert.rule, alert.subject, alert.facts["reason"]) == ("export_suspicious", "movie", "cut")
    assert (alert.facts["kind"], alert.facts["day"]) == ("movie", desk.day(0))
    # Fetched again when it is whole it loads, and the alert is over.
    desk.tmdb.mend_exports()
    assert (await desk.load()).metadata["missing"] == 1
    assert await desk.alerts() == []


@pytest.mark.parametrize("lines", [0, 1, 100, 377])
async def test_cut_off_at_the_border_of_lines_it_changes_nothing(desk: Desk, lines: int) -> None:
    desk.tmdb.damage_export(cut_lines=lines)
    before = await desk.state()
    assert f"is cut off after {lines} films (it ends too early)" in await desk.fail()
    assert await desk.state() == before


async def test_a_whole_gzip_whose_last_line_is_cut_is_cut_off(desk: Desk) -> None:
    lines = desk.lines()
    body = b"\n".join(lines)
    for cut in (1, 2, len(lines[-1]) - 1):
        desk.tmdb.damage_export(body=gzip.compress(body[:-cut]))
        assert "its last line is cut off" in await desk.fail()
        assert await desk.films() == []
    desk.tmdb.damage_export(body=gzip.compress(body))
    assert (await desk.load()).movies_new == len(lines), "no line has to end the last one"


@pytest.mark.parametrize("place", [30, 3000, -6, -2])
async def test_a_damaged_file_changes_nothing(desk: Desk, place: int) -> None:
    body = bytearray(gzip.compress(b"\n".join(desk.lines()) + b"\n"))
    body[place] ^= 0x55
    desk.tmdb.damage_export(body=bytes(body))
    assert "is cut off" in await desk.fail()
    assert await desk.films() == []


async def test_a_file_that_breaks_off_once_is_fetched_again(desk: Desk) -> None:
    desk.tmdb.fault("truncated", "*movie_ids*", times=1)
    assert (await desk.load()).movies_new == len(desk.told())
    assert len(desk.asked()) == 2
    assert await desk.alerts() == []


async def test_what_is_no_gzip_is_no_export(desk: Desk) -> None:
    desk.tmdb.damage_export(body=b"<html>Please log in to this network</html>")
    run = await begun(desk.database, "export")
    with pytest.raises(Malformed, match="no gzip file"):
        await desk.runner.run(run, Progress(desk.database, run.id, "tests"))
    assert await desk.films() == []
    assert await desk.alerts() == [], "somebody else spoke in TMDB's place: it is asked again"


async def test_gzip_files_strung_together_are_one(desk: Desk) -> None:
    lines = desk.lines()
    halves = (
        b"\n".join(lines[:150]) + b"\n" + lines[150][:20],
        lines[150][20:] + b"\n" + b"\n".join(lines[151:]),
    )
    desk.tmdb.damage_export(body=b"".join(map(gzip.compress, halves)))
    assert (await desk.load()).movies_new == len(lines)
    assert await desk.films() == desk.told()


# Odd lines


async def test_bad_lines_are_counted_and_skipped(desk: Desk) -> None:
    lines = desk.lines()
    longest = b'{"id":9,"original_title":"' + b"x" * (5 * LONGEST_LINE_BYTES) + b'"}'
    bad = [b"{", b'{"id":9999999999}', longest, b'{"id":"5"}', b"\xff"]
    for place, line in zip((0, 50, 100, 150, 200), bad, strict=True):
        lines.insert(place, line)
    desk.tmdb.damage_export(body=gzip.compress(b"\n".join(lines) + b"\n\n"))
    run = await desk.load()
    assert await desk.films() == desk.told()
    assert (run.metadata["bad_lines"], run.movies_checked) == (5, len(lines) - 5)


async def test_titles_postgres_would_refuse_are_brought_here(desk: Desk) -> None:
    odd = [
        b'{"id":1,"original_title":"a\\u0000b"}',
        b'{"id":2,"original_title":"a\\ud83db"}',
        b'{"id":3,"original_title":"' + b"x" * 100_000 + b'"}',
    ]
    desk.tmdb.damage_export(body=gzip.compress(b"\n".join([*odd, *desk.lines()])))
    await desk.load()
    films = await desk.films()
    assert films[3:] == desk.told()
    assert [film[1] for film in films[:3]] == ["ab", "ab", "x" * 100_000]


async def test_many_bad_lines_are_suspicious(desk: Desk) -> None:
    desk.tmdb.damage_export(bad_lines=["{", '{"id": null}'])
    assert "lines that cannot be read" in await desk.fail()
    assert await desk.films() == []
    [alert] = await desk.alerts()
    assert alert.facts["reason"] == "bad_lines"
    await desk.accept(0)
    assert (await desk.load()).metadata["bad_lines"] > 50
    assert await desk.films() == desk.told()


# Smaller than the last


async def test_a_smaller_export_waits_for_an_admin(desk: Desk) -> None:
    desk.published(1)
    await desk.load()
    gone = desk.tmdb.film_ids(20)
    for film in gone:
        desk.tmdb.delete_film(film)
    desk.published(0, 1)
    before, asked = await desk.state(), len(desk.asked())
    films = len(before["movies"])
    assert f"holds {films - 20} films, the last one held {films}" in await desk.fail()
    assert await desk.state() == before
    [alert] = await desk.alerts()
    assert alert.facts == {
        "kind": "movie",
        "day": desk.day(0),
        "reason": "shrunk",
        "lines": films - 20,
        "before": films,
    }
    assert alert.run_id is not None
    assert len(desk.asked()) == asked + 1, "a whole file is not fetched again"
    await desk.accept(0)
    run = await desk.load()
    assert (run.metadata["missing"], run.movies_checked) == (20, films - 20)
    assert await desk.alerts() == []
    rows = await desk.database.fetch("SELECT tmdb_id FROM tmdb.export_missing")
    assert {row[0] for row in rows} == set(gone)


async def test_an_export_a_little_smaller_is_ordinary(desk: Desk) -> None:
    desk.published(1)
    await desk.load()
    for film in desk.tmdb.film_ids(len(desk.told()) // 60):
        desk.tmdb.delete_film(film)
    desk.published(0, 1)
    await desk.load()
    assert await desk.alerts() == []


async def test_an_empty_export_is_suspicious_even_the_first(desk: Desk) -> None:
    desk.tmdb.damage_export(keep=0)
    assert "holds no film" in await desk.fail()
    [alert] = await desk.alerts()
    assert alert.facts["reason"] == "empty"


async def test_accepted_it_is_loaded_though_there_is_a_newer_one(desk: Desk) -> None:
    desk.published(2)
    await desk.load()
    desk.tmdb.damage_export(without=desk.tmdb.film_ids(20))
    desk.published(1, 2)
    await desk.fail()
    desk.published(0, 1, 2)
    await desk.fail()
    await desk.accept(1)
    desk.tmdb.clear_requests()
    run = await desk.load()
    assert len(desk.asked()) == 2, "the next is measured against the one that was accepted"
    both = 2 * (len(desk.told()) - 20)
    assert (run.metadata["day"], run.total, run.movies_checked) == (desk.day(0), both, both)
    assert await desk.alerts() == []


async def test_a_cut_off_file_that_was_accepted_brings_what_it_has(desk: Desk) -> None:
    desk.published(1)
    await desk.load()
    added = {"title": "New", "original_title": "Neu", "popularity": 3.5}
    desk.tmdb.add_film({"id": 1, **added})
    desk.tmdb.add_film({"id": 20_000_000, **added})
    desk.published(0, 1)
    desk.tmdb.damage_export(day=desk.day(0), cut_lines=30)
    await desk.fail()
    await desk.accept(0)
    run = await desk.load()
    assert (run.movies_checked, run.movies_new, run.metadata["missing"]) == (30, 1, 0)
    assert len(await desk.films()) == len(desk.told()) - 1
    assert await desk.database.fetchval("SELECT count(*) FROM tmdb.export_missing") == 0
    assert await desk.alerts() == []


# Missing


async def test_missing_twice_is_asked_about_once_and_may_come_back(desk: Desk) -> None:
    film, *_ = desk.tmdb.film_ids(1)
    reasons = []
    for ago, without in zip(range(6, -1, -1), ([], [film], [film], [film], [], [film], [film]), strict=True):
        desk.published(ago)
        desk.tmdb.damage_export(without=without)
        await executed(desk.database, desk.runner, "export")
        rows = await desk.database.fetch("DELETE FROM tmdb.refresh_queue RETURNING tmdb_id, reason")
        reasons.append([tuple(row) for row in rows])
        await SyncRuns(desk.database).complete_listed()
    asked = [(film, "missing")]
    assert reasons == [[], [], asked, [], [], [], asked]


# Adult films


async def test_adult_films_are_left_out(desk: Desk) -> None:
    await desk.load()
    assert not any(film[4] for film in await desk.films())
    assert all(name.startswith("movie_ids") for name in desk.asked()), "nobody asks for their export"


async def test_adult_films_come_where_they_are_wanted(desk: Desk) -> None:
    run = await desk.load(runner_of(desk.database, desk.client, include_adult=True))
    everything = desk.told(adult=True)
    assert await desk.films() == everything
    assert sum(film[4] for film in everything) == 20
    assert (run.movies_checked, run.movies_new, run.total) == (len(everything),) * 3
    assert (run.metadata["day"], run.metadata["adult_day"]) == (desk.day(0), desk.day(0))


async def test_an_adult_film_somebody_brought_is_looked_for_in_its_own_export(desk: Desk) -> None:
    adult = [film[0] for film in desk.told(adult=True) if film[4]][:2]
    await desk.database.execute(
        "INSERT INTO tmdb.movies (tmdb_id, adult) SELECT id, true FROM unnest($1::int[]) AS id",
        [*adult, 5],
    )
    run = await desk.load()
    assert (run.metadata["missing"], run.metadata["adult_missing"]) == (0, 1)
    assert await desk.database.fetchval("SELECT array_agg(tmdb_id) FROM tmdb.export_missing") == [5]
    assert [film[0] for film in await desk.films() if film[4]] == sorted([*adult, 5]), "no other came"


async def test_adult_films_without_an_export_fail_a_run_only_where_they_are_wanted(desk: Desk) -> None:
    await desk.database.execute("INSERT INTO tmdb.movies (tmdb_id, adult) VALUES (5, true)")
    desk.tmdb.fault("proxy_404", "*adult_movie_ids*")
    run = await desk.load()
    assert (run.metadata["missing"], run.listed) == (0, True)
    assert await desk.database.fetchval("SELECT count(*) FROM tmdb.export_missing") == 0
    failure = await desk.fail(runner_of(desk.database, desk.client, include_adult=True))
    assert failure.startswith("TMDB has no adult_movie export")


async def test_one_export_that_looks_wrong_does_not_hold_up_the_other(desk: Desk) -> None:
    desk.tmdb.damage_export("movie", cut=100)
    runner = runner_of(desk.database, desk.client, include_adult=True)
    await desk.fail(runner)
    assert {film[4] for film in await desk.films()} == {True}
    desk.tmdb.mend_exports()
    run = await desk.load(runner)
    assert await desk.films() == desk.told(adult=True)
    assert run.metadata["adult_loaded_before"]


# Killed


@pytest.mark.parametrize(
    ("at", "after"),
    [
        ("core.exports.ExportLine.read", False),
        ("db.exports.Exports.stage", True),
        ("db.exports.Exports.load", False),
        ("db.refresh_queue.RefreshQueue.ask", True),
        ("db.exports.Exports.load", True),
        ("services.sync_progress.Progress.add", True),
    ],
)
async def test_killed_in_the_middle_it_leaves_nothing_and_another_loads(
    desk: Desk, emptied_url: str, at: str, after: bool
) -> None:
    desk.published(1)
    await desk.load()
    desk.tmdb.delete_film(desk.tmdb.film_ids(1)[0])
    desk.tmdb.add_film({"id": NEW, "title": "New", "original_title": "Neu", "popularity": 3.5})
    desk.published(0, 1)
    before = await desk.state()
    run = await begun(desk.database, "export")
    await killed(lambda: _doomed(desk, emptied_url, run), at, after=after)
    assert await desk.state() == before
    after_it = await SyncRuns(desk.database).get(run.id)
    assert after_it is not None
    assert after_it.movies_checked == 0
    await desk.runner.run(after_it, Progress(desk.database, run.id, "tests"))
    done = await SyncRuns(desk.database).get(run.id)
    assert done is not None
    assert (done.movies_checked, done.movies_new, done.metadata["missing"]) == (len(desk.told()), 1, 1)
    assert done.films_done == done.movies_checked


async def test_killed_when_it_was_loaded_nothing_counts_twice(desk: Desk, emptied_url: str) -> None:
    run = await begun(desk.database, "export")
    await killed(lambda: _doomed(desk, emptied_url, run), "services.sync_progress.Progress.listed")
    films = len(desk.told())
    taken_up = await SyncRuns(desk.database).get(run.id)
    assert taken_up is not None
    assert (taken_up.movies_new, taken_up.listed) == (films, False)
    await desk.runner.run(taken_up, Progress(desk.database, run.id, "tests"))
    done = await SyncRuns(desk.database).get(run.id)
    assert done is not None
    assert done.listed
    assert (done.movies_checked, done.movies_new, done.movies_skipped, done.total) == (films, films, 0, films)


async def _doomed(desk: Desk, url: str, run: Run) -> None:
    """The run in a process that will not live to its end."""
    database = await Database.connect(url, name="killed", checked=False)
    async with aiohttp.ClientSession() as session:
        runner = runner_of(database, client_of(desk.tmdb, session, patience=ONCE))
        await runner.run(run, Progress(database, run.id, "tests"))


# While it is read


async def test_while_it_is_read_its_progress_is_seen(desk: Desk) -> None:
    body = gzip.compress(b"\n".join(desk.lines()) + b"\n")
    desk.tmdb.damage_export(body=body, hold=len(body) // 2)
    run = await begun(desk.database, "export")
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        group.create_task(desk.runner.run(run, Progress(desk.database, run.id, "tests")))
        while True:
            seen = await SyncRuns(desk.database).get(run.id)
            assert seen is not None
            if seen.films_done:
                break
            await asyncio.sleep(0.01)
        films = len(desk.told())
        assert 0 < seen.films_done < films
        assert seen.total is not None
        assert abs(seen.total - films) < films / 2, "as far as its size tells"
        assert await desk.films() == [], "nothing is committed yet"
        desk.tmdb.mend_exports()
    done = await SyncRuns(desk.database).get(run.id)
    assert done is not None
    assert (done.films_done, done.total) == (films, films)


async def test_a_database_that_goes_away_undoes_the_load(desk: Desk) -> None:
    body = gzip.compress(b"\n".join(desk.lines()) + b"\n")
    desk.tmdb.damage_export(body=body, hold=len(body) // 2)
    run = await begun(desk.database, "export")
    before = await desk.state()

    async def doomed() -> None:
        with pytest.raises(DatabaseUnavailable):
            await desk.runner.run(run, Progress(desk.database, run.id, "tests"))

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        group.create_task(doomed())
        while not await desk.database.fetchval(COPYING):
            await asyncio.sleep(0.01)
        desk.tmdb.mend_exports()
    assert await desk.state() == before


COPYING = """
    SELECT bool_or(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE query LIKE 'COPY%listed%' AND state = 'active' AND datname = current_database()
"""


async def test_a_run_another_worker_took_over_loads_nothing(desk: Desk) -> None:
    run = await begun(desk.database, "export")
    await desk.database.execute("UPDATE tmdb.sync_runs SET leased_by = 'another'")
    before = await desk.state()
    with pytest.raises(RunLost):
        await desk.runner.run(run, Progress(desk.database, run.id, "tests"))
    assert await desk.state() == before
