"""What the refresh queue holds, brought here from the stand-in and told to its runs."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr

from core.errors import NotAuthorised, Unavailable
from core.sync import Run, RunType
from db.people import People
from db.pool import Database
from db.refresh_queue import Asked, Claimed, RefreshPriority, RefreshQueue
from db.retention import Retention
from db.staleness import Staleness
from db.sync_runs import SyncRuns
from sandbox.tmdb.server import TmdbStandIn
from services.catalogue import Catalogue
from services.entities import Entities
from services.refresh import ENTITIES_IN_A_ROW, Refresher
from tests.clients.test_tmdb_over_http import client_of
from tests.patience import ONCE

# One try: what the client itself repeats is its own tests' business.
LEASE = timedelta(seconds=30)
CONNECTIONS = 4
PERSON, SERIES = 6384, 1396

AGED = """
    WITH people AS (UPDATE tmdb.people SET fetched_at = tmdb.now() - interval '150 days')
    UPDATE tmdb.tv_series SET fetched_at = tmdb.now() - interval '150 days'
"""


class Desk:
    """A worker with what it works on."""

    def __init__(self, database: Database, tmdb: TmdbStandIn, session: aiohttp.ClientSession) -> None:
        self.database = database
        self.tmdb = tmdb
        self.queue = RefreshQueue(database)
        self._session = session
        self.refresher = self.make()

    def make(self, **options: Any) -> Refresher:
        client = client_of(self.tmdb, self._session, patience=ONCE, **options)
        self.catalogue = Catalogue(
            self.database, client, language="en-US", raw_payload_history=0, connections=CONNECTIONS
        )
        entities = Entities(self.database, client, language="en-US", raw_payload_history=0)
        return Refresher(self.database, self.catalogue, entities)

    async def run(self, run_type: RunType = "delta") -> int:
        run_id = await SyncRuns(self.database).start(run_type, "tests", "manual")
        assert run_id is not None
        return run_id

    async def ask(self, *ids: int, run_id: int | None = None) -> None:
        await self.queue.ask("movie", map(Asked, ids), RefreshPriority.CHANGE, "change", run_id)

    async def claim(self, worker: str = "a") -> list[Claimed]:
        return await self.queue.claim(100, LEASE, worker)

    async def refresh(self, *ids: int, run_id: int | None = None) -> None:
        """These films asked for, and whatever else is due with them."""
        await self.ask(*ids, run_id=run_id)
        await self.refresher.refresh(await self.claim(), "a")

    async def counts(self, run_id: int) -> Run:
        run = await SyncRuns(self.database).get(run_id)
        assert run is not None
        return run

    async def left(self) -> dict[int, tuple[int, str | None]]:
        """What stays in the queue: tries and the last error."""
        rows = await self.database.fetch("SELECT tmdb_id, attempts, last_error FROM tmdb.refresh_queue")
        return {row[0]: (row[1], row[2]) for row in rows}

    async def later(self, time: timedelta) -> None:
        """The clock goes on for everybody."""
        name = await self.database.fetchval("SELECT current_database()")
        seconds = time.total_seconds()
        await self.database.execute(f"ALTER DATABASE {name} SET tmdb.clock_offset = '{seconds} seconds'")
        await self.database.pool.expire_connections()

    async def film(self, tmdb_id: int) -> dict[str, Any]:
        row = await self.database.fetchrow("SELECT * FROM tmdb.movies WHERE tmdb_id = $1", tmdb_id)
        assert row is not None
        return dict(row)


@pytest.fixture
async def desk(emptied_database: Database) -> AsyncIterator[Desk]:
    async with TmdbStandIn(generated=60, rate=0) as tmdb, aiohttp.ClientSession() as session:
        desk = Desk(emptied_database, tmdb, session)
        yield desk
        await desk.catalogue.close(0)


async def test_a_run_is_told_what_became_of_each_film(desk: Desk) -> None:
    new, stub, changed, same, gone, broken = desk.tmdb.film_ids(6)
    await desk.refresh(changed, same)
    await desk.database.execute("INSERT INTO tmdb.movies (tmdb_id, original_title) VALUES ($1, 'Stub')", stub)
    await desk.database.execute("INSERT INTO tmdb.movies (tmdb_id, title) VALUES ($1, 'It breaks')", broken)
    desk.tmdb.change_film(changed, {"tagline": "another"})
    desk.tmdb.change_film(stub, {"title": "Tides", "release_date": "1999-03-31"})
    desk.tmdb.delete_film(gone)
    desk.tmdb.fault("wrong_json", f"/3/movie/{broken}")
    run_id = await desk.run()
    await desk.refresh(new, stub, changed, same, gone, broken, run_id=run_id)
    run = await desk.counts(run_id)
    assert (run.movies_new, run.movies_updated, run.movies_skipped) == (1, 2, 1)
    assert (run.movies_gone, run.movies_failed, run.waiting) == (1, 1, 0)
    assert len(run.samples) == 4
    assert "Tides (1999)" in run.samples
    [failure] = await SyncRuns(desk.database).failures(run_id)
    assert (failure.tmdb_id, failure.title) == (broken, "It breaks")
    left = await desk.left()
    assert left.keys() == {gone, broken}
    assert left[broken] == (1, failure.error)
    assert left[gone] == (0, None)


async def test_a_second_failure_is_not_the_run_s(desk: Desk) -> None:
    [film] = desk.tmdb.film_ids(1)
    fault = desk.tmdb.fault("wrong_json", f"/3/movie/{film}")
    run_id = await desk.run()
    await desk.refresh(film, run_id=run_id)
    await desk.later(timedelta(hours=1))
    await desk.refresh()
    desk.tmdb.clear_faults(fault)
    await desk.later(timedelta(hours=2))
    await desk.refresh()
    run = await desk.counts(run_id)
    assert (run.movies_failed, run.movies_new) == (1, 0)
    assert await desk.left() == {}
    assert (await desk.film(film))["data_state"] == "full"


async def test_no_more_than_twenty_samples_are_kept(desk: Desk) -> None:
    run_id = await desk.run("bulk")
    await desk.refresh(*desk.tmdb.film_ids(50), run_id=run_id)
    run = await desk.counts(run_id)
    assert (run.movies_new, len(run.samples)) == (50, 20)


@pytest.mark.parametrize("fault", ["html", "too_many", "reset"])
async def test_an_outage_costs_no_film_a_try(desk: Desk, fault: Any) -> None:
    films = desk.tmdb.film_ids(40)
    run_id = await desk.run()
    desk.tmdb.fault(fault, status=503)
    with pytest.raises(Exception, match=r"TMDB GET /3/movie"):
        await desk.refresh(*films, run_id=run_id)
    assert await desk.left() == dict.fromkeys(films, (0, None))
    assert (await desk.counts(run_id)).movies_failed == 0
    # Others may have them at once.
    desk.tmdb.clear_faults()
    rows = await desk.claim("b")
    assert len(rows) == len(films)
    await desk.refresher.refresh(rows, "b")
    assert (await desk.counts(run_id)).movies_new == len(films)


async def test_what_came_before_an_outage_is_stored_and_what_broke_by_itself_is_a_failure(desk: Desk) -> None:
    films = desk.tmdb.film_ids(40)
    await desk.ask(*films)
    rows = await desk.claim()
    broken, *fine = [row.tmdb_id for row in rows[:4]]
    desk.tmdb.fault("wrong_json", f"/3/movie/{broken}")
    for row in rows[4:]:
        desk.tmdb.fault("html", f"/3/movie/{row.tmdb_id}", status=502)
    with pytest.raises(Unavailable):
        await desk.refresher.refresh(rows, "a")
    left = await desk.left()
    assert left.keys() == set(films) - set(fine)
    assert {film for film, (attempts, _) in left.items() if attempts} == {broken}


async def test_a_refused_key_is_raised_and_costs_no_try(desk: Desk) -> None:
    films = desk.tmdb.film_ids(10)
    desk.refresher = desk.make(access_token=SecretStr("wrong"))
    with pytest.raises(NotAuthorised):
        await desk.refresh(*films)
    assert await desk.left() == dict.fromkeys(films, (0, None))


async def test_a_film_the_database_refuses_costs_no_other(desk: Desk) -> None:
    films = desk.tmdb.film_ids(30)
    poison = films[13]
    await desk.database.execute(
        f"""
        CREATE FUNCTION tmdb.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NEW.tmdb_id = {poison} THEN RAISE EXCEPTION 'a film like no other'; END IF;
          RETURN NEW;
        END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON tmdb.movies FOR EACH ROW EXECUTE FUNCTION tmdb.refuse();
        """
    )
    try:
        run_id = await desk.run()
        await desk.refresh(*films, run_id=run_id)
    finally:
        await desk.database.execute("DROP FUNCTION tmdb.refuse CASCADE")
    assert await desk.left() == {poison: (1, "RaiseError")}
    run = await desk.counts(run_id)
    assert (run.movies_new, run.movies_failed) == (29, 1)


async def test_a_worker_that_lost_its_rows_stores_but_records_nothing(desk: Desk) -> None:
    films = desk.tmdb.film_ids(10)
    run_id = await desk.run()
    await desk.ask(*films, run_id=run_id)
    lost = await desk.claim()
    await desk.later(LEASE)
    theirs = await desk.claim("b")
    await desk.refresher.refresh(lost, "a")
    run = await desk.counts(run_id)
    assert (run.films_done, run.waiting) == (0, 10)
    await desk.refresher.refresh(theirs, "b")
    run = await desk.counts(run_id)
    assert (run.films_done, run.waiting) == (10, 0)


# What is odd about a film ---------------------------------------------------------------------


async def test_a_film_without_what_every_film_has_is_stored_and_flagged(desk: Desk) -> None:
    film, other = desk.tmdb.film_ids(2)
    await desk.refresh(film)
    before = await desk.film(film)
    for id_ in (film, other):
        desk.tmdb.change_film(
            id_, {"title": "", "original_title": None, "original_language": None, "credits": None}
        )
    desk.tmdb.change_film(film, {"runtime": 99})
    run_id = await desk.run()
    await desk.refresh(film, other, run_id=run_id)
    assert (await desk.counts(run_id)).movies_failed == 0
    flagged = await desk.film(film)
    # What was known before stays known; what came is kept.
    for field in ("title", "original_title", "original_language"):
        assert flagged[field] == before[field]
    assert flagged["runtime"] == 99
    assert set(flagged["missing_parts"]) == {"credits", "title", "original_title", "original_language"}
    unknown = await desk.film(other)
    assert (unknown["data_state"], unknown["title"]) == ("full", None)
    cast = "SELECT count(*) FROM tmdb.movie_cast WHERE tmdb_movie_id = $1"
    assert await desk.database.fetchval(cast, film) > 0
    whole = {name: before[name] for name in ("title", "original_title", "original_language")}
    credits = desk.tmdb.catalogue.details(desk.tmdb.film_ids(3)[2], "en-US", ["credits"])["credits"]
    desk.tmdb.change_film(film, whole | {"credits": credits})
    await desk.refresh(film)
    assert (await desk.film(film))["missing_parts"] == []


async def test_a_film_deleted_then_back_then_deleted(desk: Desk) -> None:
    [film] = desk.tmdb.film_ids(1)
    outbox = "SELECT action FROM tmdb.neo4j_etl_outbox WHERE tmdb_id = $1 AND processed_at IS NULL"
    await desk.refresh(film)
    day = timedelta(hours=25)
    for number in range(2):
        desk.tmdb.delete_film(film)
        await desk.refresh(film)
        assert (await desk.film(film))["deleted_at"] is None, "once is not believed"
        await desk.later(day * (3 * number + 1))
        await desk.refresh()
        assert (await desk.film(film))["deleted_at"] is not None
        assert await desk.database.fetchval(outbox, film) == "delete"
        assert await desk.left() == {}
        await desk.later(day * (3 * number + 2))
        desk.tmdb.restore_film(film)
        await desk.refresh(film)
        assert (await desk.film(film))["deleted_at"] is None
        assert await desk.database.fetchval(outbox, film) == "upsert"
        # Between the two the film was there: the next absence is a first one.
        await desk.later(day * (3 * number + 3))


async def test_a_proxy_s_404_deletes_no_film(desk: Desk) -> None:
    films = desk.tmdb.film_ids(2)
    await desk.refresh(*films)
    desk.tmdb.fault("proxy_404", f"/3/movie/{films[0]}")
    for days in range(3):
        await desk.later(timedelta(days=days))
        await desk.refresh(films[0])
    assert (await desk.film(films[0]))["deleted_at"] is None


async def test_a_film_a_person_found_gone_is_believed_by_the_queue_a_day_later(desk: Desk) -> None:
    [film] = desk.tmdb.film_ids(1)
    await desk.database.execute("INSERT INTO tmdb.movies (tmdb_id, original_title) VALUES ($1, 'Stub')", film)
    desk.tmdb.delete_film(film)
    with pytest.raises(Exception, match="34"):
        await desk.catalogue.get(film)
    assert (await desk.film(film))["deleted_at"] is None
    await desk.later(timedelta(days=1))
    await desk.refresh()
    assert (await desk.film(film))["deleted_at"] is not None


async def test_a_person_who_opens_a_film_that_is_back_ends_its_absence(desk: Desk) -> None:
    [film] = desk.tmdb.film_ids(1)
    await desk.database.execute("INSERT INTO tmdb.movies (tmdb_id, original_title) VALUES ($1, 'Stub')", film)
    desk.tmdb.delete_film(film)
    await desk.refresh(film)
    desk.tmdb.restore_film(film)
    await desk.catalogue.get(film)
    desk.tmdb.delete_film(film)
    await desk.later(timedelta(days=1))
    await desk.refresh()
    assert (await desk.film(film))["deleted_at"] is None, "the first absence since it was back"


async def test_an_absence_does_not_outweigh_a_newer_answer(desk: Desk) -> None:
    """A slow 404 arrives after a faster worker stored what TMDB told meanwhile."""
    [film] = desk.tmdb.film_ids(1)
    await desk.refresh(film)
    await desk.database.execute("UPDATE tmdb.movies SET fetched_at = tmdb.now() + interval '1 second'")
    await desk.database.execute(
        """
        INSERT INTO tmdb.refresh_queue (entity_type, tmdb_id, priority, reason, gone_at)
        VALUES ('movie', $1, 2, 'change', tmdb.now() - interval '2 days')
        """,
        film,
    )
    desk.tmdb.delete_film(film)
    await desk.refresh()
    assert (await desk.film(film))["deleted_at"] is None


# People and series ------------------------------------------------------------------------------


async def entities(desk: Desk, run_id: int, *people: int) -> None:
    await desk.queue.ask("person", map(Asked, people), RefreshPriority.STALE, "stale", run_id)


async def test_people_and_series_are_refreshed_beside_films(desk: Desk) -> None:
    run_id = await desk.run("stale")
    await entities(desk, run_id, PERSON)
    await desk.queue.ask("tv", [Asked(SERIES)], RefreshPriority.STALE, "stale", run_id)
    await desk.refresh(*desk.tmdb.film_ids(1), run_id=run_id)
    assert (await desk.counts(run_id)).films_done == 3
    assert await desk.left() == {}
    assert (
        await desk.database.fetchval("SELECT data_state FROM tmdb.people WHERE tmdb_id = $1", PERSON)
        == "full"
    )
    assert await desk.database.fetchval("SELECT count(*) FROM tmdb.tv_series") == 1


async def test_people_and_series_that_are_gone_are_asked_for_once_more_and_then_emptied(desk: Desk) -> None:
    await entities(desk, await desk.run("stale"), PERSON)
    await desk.queue.ask("tv", [Asked(SERIES)], RefreshPriority.STALE, "stale")
    await desk.refresh()
    await desk.database.execute(AGED)
    run_id = await desk.run("delta")
    desk.tmdb.delete_other("person", PERSON)
    desk.tmdb.delete_other("tv", SERIES)
    await entities(desk, run_id, PERSON)
    await desk.queue.ask("tv", [Asked(SERIES)], RefreshPriority.STALE, "stale", run_id)
    await desk.refresh()
    run = await desk.counts(run_id)
    assert (run.movies_gone, run.waiting) == (2, 0)
    assert await desk.left() == {PERSON: (0, None), SERIES: (0, None)}
    retention = Retention(desk.database)
    assert (await retention.overdue_people(10), await retention.overdue_series(10)) == (0, 0)
    await desk.later(timedelta(days=1))
    await desk.refresh()
    assert await desk.left() == {}
    assert (await retention.overdue_people(10), await retention.overdue_series(10)) == (1, 1)
    staleness = Staleness(desk.database)
    assert (await staleness.people(10), await staleness.series(10)) == ([], [])


async def test_a_person_whom_tmdb_told_of_since_is_not_gone(desk: Desk) -> None:
    await entities(desk, await desk.run("stale"), PERSON)
    await desk.refresh()
    await People(desk.database).gone(PERSON)
    assert await Retention(desk.database).overdue_people(10) == 0


async def test_some_people_in_a_row_without_an_answer_are_an_outage(desk: Desk) -> None:
    people = range(1, ENTITIES_IN_A_ROW + 3)
    run_id = await desk.run("stale")
    desk.tmdb.fault("html", "/3/person/*", status=503)
    await entities(desk, run_id, *people)
    with pytest.raises(Unavailable):
        await desk.refresh()
    assert await desk.left() == dict.fromkeys(people, (0, None))
    assert (await desk.counts(run_id)).movies_failed == 0
