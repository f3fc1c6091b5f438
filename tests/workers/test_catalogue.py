"""The catalogue against all that happens to it: each test ends with all of it equal to the stand-in's."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from core.errors import AlreadyRunning, DatabaseFull
from core.movies import APPENDED, Movie, content_hash
from core.reader import FILM_LANGUAGES
from core.sync import RunType
from db.pool import Database
from sandbox.tmdb.generator import FIRST_ID
from services.sync import Sync
from tests.workers.conftest import Stage, until
from tests.workers.kill import killed
from workers.loop import Worker
from workers.schedule import Schedule, times
from workers.wiring import JOBS

WORK = ("sync", "topup", "refresh")
DAY = timedelta(days=1)

# What is stored of each film, its id first, and what there should be by the film's answer. Left out is what
# TMDB changes without a word when another film comes or goes: similar films, recommendations.
STORED: Mapping[str, Callable[[Movie], Iterable[tuple[Any, ...]]]] = {
    """
    SELECT tmdb_id, title, original_title, overview, tagline, original_language, release_date, runtime,
      status, homepage, poster_path, backdrop_path, popularity, vote_average, vote_count, budget, revenue,
      adult, softcore, video, collection_id, origin_countries, spoken_languages, certifications
    FROM tmdb.movies
    """: lambda film: [
        (
            *(film.id, film.title, film.original_title, film.overview, film.tagline, film.original_language),
            *(film.release_date, film.runtime, film.status, film.homepage, film.poster_path),
            *(film.backdrop_path, film.popularity, film.vote_average, film.vote_count, film.budget),
            *(film.revenue, film.adult, film.softcore, film.video),
            film.belongs_to_collection.id if film.belongs_to_collection else None,
            list(film.origin_country),
            [language.iso_639_1 for language in film.spoken_languages],
            dict(film.certifications),
        )
    ],
    "SELECT tmdb_movie_id, credit_id, cast_order, character, tmdb_person_id FROM tmdb.movie_cast": (
        lambda film: [(film.id, *row[:3], row.person.id) for row in film.cast]
    ),
    "SELECT tmdb_movie_id, credit_id, department, job, tmdb_person_id FROM tmdb.movie_crew": (
        lambda film: [(film.id, *row[:3], row.person.id) for row in film.crew]
    ),
    """
    SELECT tmdb_id, iso_639_1, iso_3166_1, title, overview, tagline, homepage, runtime
    FROM tmdb.movie_translations
    """: lambda film: [(film.id, *row) for row in film.translations],
    """
    SELECT tmdb_movie_id, imdb_id, wikidata_id, facebook_id, instagram_id, twitter_id
    FROM tmdb.movie_external_ids
    """: lambda film: [(film.id, *film.external_ids)] if any(film.external_ids) else [],
    "SELECT tmdb_movie_id, tmdb_genre_id, position FROM tmdb.movie_genres": (
        lambda film: [(film.id, row.id, place) for place, row in enumerate(film.genres)]
    ),
    """
    SELECT films.tmdb_movie_id, keyword.tmdb_id, keyword.name
    FROM tmdb.movie_keywords AS films JOIN tmdb.keywords AS keyword ON keyword.tmdb_id = tmdb_keyword_id
    """: lambda film: [(film.id, *row) for row in film.keywords],
    "SELECT tmdb_movie_id, tmdb_company_id FROM tmdb.movie_companies": (
        lambda film: [(film.id, row.id) for row in film.production_companies]
    ),
    "SELECT tmdb_movie_id, iso_3166_1, position FROM tmdb.movie_countries": (
        lambda film: [(film.id, row.iso_3166_1, place) for place, row in enumerate(film.production_countries)]
    ),
}


class Catalogue:
    """The product's catalogue and TMDB's, whose clocks move together."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.database = stage.database
        self.tmdb = stage.tmdb
        self.sync = Sync(stage.database, stage.settings)
        self._offset = timedelta()

    async def later(self, time: timedelta) -> None:
        """Time passes, here and at TMDB."""
        self.tmdb.advance_clock(time.total_seconds())
        await self.jump(time)

    async def jump(self, time: timedelta) -> None:
        """Time passes here only."""
        self._offset += time
        name = await self.database.fetchval("SELECT current_database()")
        seconds = self._offset.total_seconds()
        await self.database.execute(f"ALTER DATABASE {name} SET tmdb.clock_offset = '{seconds} seconds'")
        await self.database.pool.expire_connections()

    async def start(self, *types: RunType) -> None:
        """Starts runs, those that run already go on."""
        for run_type in types:
            try:
                await self.sync.start(run_type, "manual", 103)
            except AlreadyRunning:
                continue

    async def settle(self) -> None:
        """Works, and lets the time pass that what failed alone has to wait, until nothing is left to do."""
        await self.work()
        while wait := await self.database.fetchval(
            """
            SELECT max(next_attempt_at) - tmdb.now() FROM tmdb.refresh_queue
            WHERE attempts > 0 AND parked_at IS NULL AND gone_at IS NULL
            """
        ):
            await self.later(wait)
            await self.work()

    async def work(self) -> None:
        """Works until no run is unfinished and nothing is due."""
        async with self.stage.parts() as parts:
            workers = [Worker(job) for name in WORK for job in JOBS[name](parts)]
            async with asyncio.timeout(30):
                while True:
                    for worker in workers:
                        await worker.run(until_idle=True)
                    if not await self._has_work():
                        return

    async def _has_work(self) -> bool:
        due = """
            SELECT EXISTS (SELECT FROM tmdb.sync_runs WHERE finished_at IS NULL)
              OR EXISTS (
                SELECT FROM tmdb.refresh_queue WHERE parked_at IS NULL AND next_attempt_at <= tmdb.now())
        """
        return bool(await self.database.fetchval(due))

    async def fill(self) -> None:
        """From nothing to everything."""
        await self.start("export")
        await self.settle()
        await self.start("bulk")
        await self.settle()

    async def differences(self) -> dict[int, str]:
        """What is here and not at TMDB, or not as it is there; empty: the catalogues are equal."""
        found = await self.database.fetch(
            "SELECT tmdb_id, data_state, content_hash FROM tmdb.movies WHERE deleted_at IS NULL"
        )
        here = {row["tmdb_id"]: row for row in found}
        there = {film["id"]: film for film in self.tmdb.all_films(tuple(APPENDED)) if not film["adult"]}
        wrong = dict.fromkeys(there.keys() - here.keys(), "missing here")
        wrong |= dict.fromkeys(here.keys() - there.keys(), "not at TMDB")
        both = here.keys() & there.keys()
        for film in both:
            if here[film]["data_state"] != "full":
                wrong[film] = "not full"
            elif not self._is_content(film, here[film]["content_hash"]):
                wrong[film] = "other content"
        told = {film: Movie.from_payload(there[film]) for film in both}
        for stored, expected in STORED.items():
            rows = defaultdict(list)
            for row in await self.database.fetch(stored):
                rows[row[0]].append(tuple(row))
            for film in both - wrong.keys():
                if sorted(rows[film], key=str) != sorted(expected(told[film]), key=str):
                    wrong[film] = f"other rows: {stored}"
        return wrong

    def _is_content(self, film: int, found: str) -> bool:
        """Whether its answer hashes to this: posters in its own language come once that is known here."""
        original = self.tmdb.catalogue.details(film, "en-US")["original_language"]
        asked = [[*FILM_LANGUAGES, None, original], [*FILM_LANGUAGES, None]]
        answers = (
            self.tmdb.catalogue.details(film, "en-US", tuple(APPENDED), languages) for languages in asked
        )
        return any(content_hash(Movie.from_payload(answer)) == found for answer in answers)

    async def same(self) -> None:
        """Both are equal, nothing waits and nothing was given up."""
        assert await self.differences() == {}
        left = await self.database.fetch(
            """
            SELECT tmdb_id, last_error FROM tmdb.refresh_queue WHERE parked_at IS NOT NULL OR gone_at IS NULL
            """
        )
        assert [tuple(row) for row in left] == []

    async def filled(self) -> bool:
        """Whether the fill that was started has ended."""
        return (await self.run("bulk")).finished_at is not None

    async def run(self, run_type: RunType) -> Any:
        """The newest run of a type."""
        [run] = await self.sync.runs(1, run_type=run_type)
        return run


@pytest.fixture
async def catalogue(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Catalogue]:
    """Empty here, some hundred films there."""
    # Neither the end of a fill nor a TMDB that comes back is waited for.
    monkeypatch.setattr("workers.refresh.LONGEST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr("workers.topup.TopUp.poll_seconds", 0.1)
    catalogue = Catalogue(stage)
    try:
        yield catalogue
    finally:
        name = await stage.database.fetchval("SELECT current_database()")
        await stage.database.execute(f"ALTER DATABASE {name} RESET tmdb.clock_offset")


async def test_a_first_start_at_night_goes_from_yesterdays_export_to_everything(
    catalogue: Catalogue,
) -> None:
    await catalogue.later(
        await catalogue.database.fetchval(
            "SELECT date_trunc('day', now(), 'UTC') + interval '1 day 3 hours' - now()"
        )
    )
    schedule = Schedule(catalogue.database, times(catalogue.stage.settings))
    await schedule.step()
    await catalogue.settle()
    await schedule.step()
    await catalogue.settle()
    await catalogue.same()
    export, bulk = await catalogue.run("export"), await catalogue.run("bulk")
    yesterday = await catalogue.database.fetchval("SELECT ((tmdb.now() AT TIME ZONE 'UTC')::date - 1)::text")
    assert (export.trigger_type, export.metadata["day"]) == ("scheduled", yesterday)
    assert (bulk.trigger_type, bulk.status) == ("scheduled", "completed")


async def test_from_nothing_to_everything(catalogue: Catalogue) -> None:
    await catalogue.fill()
    await catalogue.same()
    films = catalogue.tmdb.count(template="/3/movie/{movie_id}")
    assert films == len(list(catalogue.tmdb.all_films())), "every film was asked for once"
    export, bulk = await catalogue.run("export"), await catalogue.run("bulk")
    assert export.movies_new == films
    assert (bulk.status, bulk.movies_updated, bulk.movies_failed) == ("completed", films, 0)


KILLED: list[tuple[RunType, str, bool]] = [
    ("export", "db.exports.Exports.stage", True),
    ("export", "db.sync_runs.SyncRuns.finish", False),
    ("bulk", "db.refresh_queue.RefreshQueue.ask", True),
    ("bulk", "db.refresh_queue.RefreshQueue.claim", True),
    ("bulk", "db.movies.Movies.store", True),
    ("bulk", "db.refresh_queue.RefreshQueue.finish", True),
    ("delta", "clients.tmdb.client.TmdbClient.changes", True),
    ("delta", "db.refresh_queue.RefreshQueue.ask", True),
    ("delta", "db.sync_runs.SyncRuns.listed", True),
    ("delta", "db.movies.Movies.store", False),
]


@pytest.mark.parametrize(("run_type", "at", "after"), KILLED)
async def test_killed_in_the_middle_it_goes_on(
    catalogue: Catalogue, run_type: RunType, at: str, after: bool
) -> None:
    if run_type == "bulk":
        await catalogue.start("export")
        await catalogue.settle()
    elif run_type == "delta":
        await catalogue.fill()
        await catalogue.later(2 * DAY)
        for film in catalogue.tmdb.film_ids(20):
            catalogue.tmdb.change_film(film, {"tagline": f"changed {film}"})
        await catalogue.later(timedelta(hours=6))
    await catalogue.start(run_type)
    stage = catalogue.stage

    async def work() -> None:
        database = await Database.connect(stage.url, name="killed", checked=False)
        other = Stage(
            stage.settings, stage.url, database, stage.telegram, stage.tmdb, stage.bot, stage.channels
        )
        await Catalogue(other).work()

    await killed(work, at, after=after)
    # The dead worker's leases run out.
    await catalogue.later(timedelta(minutes=5))
    if run_type == "export":
        await catalogue.start("bulk")
    await catalogue.settle()
    await catalogue.same()
    assert (await catalogue.run(run_type)).status == "completed"


@pytest.mark.parametrize("retry_after", [None, 0.05])
async def test_a_storm_of_429_costs_time_only(catalogue: Catalogue, retry_after: float | None) -> None:
    catalogue.tmdb.fault("too_many", "/3/movie/1*", times=60, retry_after=retry_after)
    await catalogue.start("export")
    await catalogue.settle()
    await catalogue.start("bulk")
    async with catalogue.stage.working(*WORK):
        await until(catalogue.filled, 30)
    await catalogue.settle()
    await catalogue.same()


async def test_tmdb_away_for_an_hour_costs_no_film_a_try(catalogue: Catalogue) -> None:
    # As often as all connections ask in an hour, once a minute.
    connections = 4
    tries = 60 * connections
    await catalogue.start("export")
    await catalogue.settle()
    await catalogue.start("bulk")
    await catalogue.tmdb.go_away(refuse=False)

    async def asked_for_an_hour() -> bool:
        return catalogue.tmdb.count(template="/3/movie/{movie_id}", cause="away") >= tries

    async with catalogue.stage.working(*WORK, tmdb_connections=connections):
        await until(asked_for_an_hour, 20)
        await catalogue.later(timedelta(hours=1))
        tried = await catalogue.database.fetchval("SELECT max(attempts) FROM tmdb.refresh_queue")
        assert not await catalogue.filled()
        await catalogue.tmdb.come_back()
        await until(catalogue.filled, 30)
    assert tried == 0
    await catalogue.settle()
    await catalogue.same()


async def test_a_full_disk_of_the_database_is_said_and_waited_for(catalogue: Catalogue) -> None:
    database = catalogue.database
    full = """
        CREATE FUNCTION pg_temp.full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
        CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON tmdb.movies EXECUTE FUNCTION pg_temp.full_disk()
    """
    run_types: list[RunType] = ["export", "bulk"]
    for run_type in run_types:
        await catalogue.start(run_type)
        async with database.connection() as connection:
            await connection.execute(full)
            with pytest.raises(DatabaseFull, match=r"^the database's disk is full \(could not extend"):
                await catalogue.work()
            await connection.execute("DROP FUNCTION pg_temp.full_disk CASCADE")
        run = await catalogue.run(run_type)
        assert run.finished_at is None
        if run_type == "export":
            assert (run.status, run.attempts) == ("queued", 1)
            assert "disk is full" in run.error
        await catalogue.later(timedelta(minutes=5))
        await catalogue.work()
    await catalogue.same()
    failed = await database.fetchval("SELECT count(*) FROM tmdb.sync_run_failures")
    assert failed == 0


async def test_thirty_days_without_deltas(catalogue: Catalogue) -> None:
    await catalogue.fill()
    films = catalogue.tmdb.film_ids(30)
    for day, film in enumerate(films):
        catalogue.tmdb.change_film(film, {"overview": f"of day {day}"})
        await catalogue.later(DAY)
    await catalogue.start("delta")
    await catalogue.settle()
    assert await catalogue.differences() == {}
    delta = await catalogue.run("delta")
    assert delta.movies_updated == len(films)


@pytest.mark.parametrize("jump", [5 * DAY, -5 * DAY])
async def test_a_clock_that_jumps_loses_no_change(catalogue: Catalogue, jump: timedelta) -> None:
    await catalogue.fill()
    await catalogue.jump(jump)
    await catalogue.start("delta")
    await catalogue.settle()
    await catalogue.jump(-jump)
    await catalogue.later(DAY)
    film = catalogue.tmdb.film_ids(1)[0]
    catalogue.tmdb.change_film(film, {"tagline": "changed while the clock was right again"})
    await catalogue.later(timedelta(hours=1))
    await catalogue.start("delta")
    await catalogue.settle()
    assert await catalogue.differences() == {}


async def test_deleted_then_back_then_deleted(catalogue: Catalogue) -> None:
    await catalogue.fill()
    film = FIRST_ID + 5
    database = catalogue.database

    async def state() -> Any:
        return await database.fetchval(
            "SELECT deleted_at IS NOT NULL FROM tmdb.movies WHERE tmdb_id = $1", film
        )

    async def told_twice() -> None:
        catalogue.tmdb.delete_film(film)
        for _ in range(2):
            await catalogue.later(DAY)
            await catalogue.start("delta")
            await catalogue.settle()
            await catalogue.later(timedelta(hours=2))
            await catalogue.settle()

    catalogue.tmdb.delete_film(film)
    await catalogue.later(DAY)
    await catalogue.start("delta")
    await catalogue.settle()
    assert await state() is False, "once is not believed"
    await catalogue.later(timedelta(hours=25))
    await catalogue.settle()
    assert await state() is True
    await catalogue.same()
    outbox = "SELECT action FROM tmdb.neo4j_etl_outbox WHERE entity_type = 'movie' AND tmdb_id = $1"
    assert await database.fetchval(outbox, film) == "delete"

    catalogue.tmdb.restore_film(film)
    await catalogue.later(DAY)
    await catalogue.start("export", "delta")
    await catalogue.settle()
    await catalogue.start("bulk")
    await catalogue.settle()
    assert await state() is False, "it came back"
    await catalogue.same()
    assert await database.fetchval(outbox, film) == "upsert"

    await told_twice()
    assert await state() is True
    await catalogue.same()


async def test_what_tmdb_adds_and_removes_shows_in_the_next_exports(catalogue: Catalogue) -> None:
    await catalogue.fill()
    removed = FIRST_ID + 7
    catalogue.tmdb.catalogue.delete(removed)
    payload = catalogue.tmdb.catalogue.details(FIRST_ID + 8, "en-US", tuple(APPENDED)) | {
        "id": 777_777,
        "title": "New",
    }
    catalogue.tmdb.catalogue.add(payload, announced=False)
    for _ in range(4):
        await catalogue.later(DAY)
        await catalogue.start("export")
        await catalogue.settle()
    await catalogue.same()
