"""A day's export put into the catalogue in one transaction: one that was killed or cut off leaves nothing."""

from collections.abc import AsyncIterable
from datetime import date
from typing import Any, NamedTuple

from core.exports import ExportKind, ExportLine
from db.pool import Connection, Executor
from db.refresh_queue import Asked, RefreshPriority, RefreshQueue

# A million rows take longer than the pool lets a statement take.
LOAD_SECONDS = 3600.0
# More new ids than any day brings are no news but a catalogue to be filled: the backfill's, by popularity.
MOST_NEW = 20_000


class ExportState(NamedTuple):
    """What there may be to load, and what was loaded last."""

    newest: date  # of today, once TMDB has it
    day: date | None  # of the last load
    lines: int | None
    accepted: date | None  # a day an admin vouches for
    is_first: bool  # no whole export was loaded yet

    def is_new(self, day: date) -> bool:
        """Whether a day's export comes after the one that was loaded."""
        return self.day is None or day > self.day


class Export(NamedTuple):
    """An export whose lines are staged; `is_cut`: it ends before its end."""

    kind: ExportKind
    day: date
    lines: int
    bad_lines: int
    is_cut: bool
    is_first: bool


class Loaded(NamedTuple):
    """What a load did, in films."""

    new: int
    updated: int
    missing: int  # known ones the file lacks, those deleted left out


class Exports:
    """tmdb.movies and tmdb.export_missing against an export.

    `stage`, then `load`, both in one transaction. Tables are taken in the writers' order.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    STATE = """
        SELECT (tmdb.now() AT TIME ZONE 'UTC' - interval '8 hours')::date, (state.value ->> 'day')::date,
          (state.value ->> 'lines')::int, (state.value ->> 'accepted')::date,
          state.watermark IS NULL
            OR coalesce((state.value ->> 'is_first')::boolean AND (state.value ->> 'is_cut')::boolean, false)
        FROM (VALUES ('export:' || $1::text)) AS wanted (name)
        LEFT JOIN tmdb.sync_state AS state USING (name)
    """

    @classmethod
    async def state(cls, db: Executor, kind: ExportKind) -> ExportState:
        """Where the exports of a kind stand; a day's file is ready at 08:00 UTC."""
        row = await db.fetchrow(cls.STATE, kind)
        assert row is not None, "a VALUES list has a row"
        return ExportState(*row)

    KNOWS_ADULT = "SELECT EXISTS (SELECT FROM tmdb.movies WHERE adult AND deleted_at IS NULL)"

    @classmethod
    async def knows_adult(cls, db: Executor) -> bool:
        """Whether an adult film is here."""
        return bool(await db.fetchval(cls.KNOWS_ADULT))

    STAGE = """
        SET LOCAL work_mem = '16MB';
        CREATE TEMP TABLE listed (
          tmdb_id         int NOT NULL,
          original_title  text,
          popularity      double precision,
          video           boolean,
          adult           boolean
        ) ON COMMIT DROP;
        CREATE TEMP TABLE lacking (
          tmdb_id         int PRIMARY KEY,
          popularity      double precision,
          last_listed_at  timestamptz NOT NULL,
          is_deleted      boolean NOT NULL,
          is_due          boolean NOT NULL
        ) ON COMMIT DROP
    """
    # Nobody else analyses a temporary table, and without it a million rows are taken for a thousand.
    MEASURE = "ANALYZE pg_temp.listed (tmdb_id)"

    async def stage(self, lines: AsyncIterable[ExportLine]) -> None:
        """Takes the lines as they come."""
        await self._connection.execute(self.STAGE)
        await self._connection.copy_records_to_table(
            "listed", schema_name="pg_temp", columns=ExportLine._fields, records=lines, timeout=LOAD_SECONDS
        )
        await self._connection.execute(self.MEASURE, timeout=LOAD_SECONDS)

    NEW = """
        SELECT listed.tmdb_id, coalesce(listed.popularity, 0)
        FROM pg_temp.listed AS listed
        WHERE NOT EXISTS (SELECT FROM tmdb.movies AS known WHERE known.tmdb_id = listed.tmdb_id)
          AND ($1 OR listed.adult IS NOT TRUE)
        LIMIT $2
    """
    ADD = """
        INSERT INTO tmdb.movies (tmdb_id, original_title, popularity, video, adult)
        SELECT DISTINCT ON (listed.tmdb_id)
          listed.tmdb_id, listed.original_title, listed.popularity, listed.video, listed.adult
        FROM pg_temp.listed AS listed
        WHERE NOT EXISTS (SELECT FROM tmdb.movies AS known WHERE known.tmdb_id = listed.tmdb_id)
        ORDER BY listed.tmdb_id
        ON CONFLICT (tmdb_id) DO NOTHING
    """
    # Autovacuum, looking while a load's films are there for nobody else, takes the table for empty, and joins
    # planned on that never end. Its lock keeps autovacuum away until the load is through.
    MEASURE_FILMS = "ANALYZE tmdb.movies (tmdb_id, popularity, data_state, adult, deleted_at)"
    # A film that somebody else is writing is left out: what they write is newer, and waiting for them with
    # so many rows in hand would end in a deadlock.
    CHANGE = """
        UPDATE tmdb.movies AS movie
        SET popularity = coalesce(fresh.popularity, movie.popularity),
          original_title = CASE WHEN stub THEN coalesce(fresh.original_title, movie.original_title)
            ELSE movie.original_title END,
          video = CASE WHEN stub THEN coalesce(fresh.video, movie.video) ELSE movie.video END,
          adult = CASE WHEN stub THEN coalesce(fresh.adult, movie.adult) ELSE movie.adult END
        FROM (
          SELECT known.tmdb_id, known.data_state = 'stub' AS stub,
            listed.popularity, listed.original_title, listed.video, listed.adult
          FROM pg_temp.listed AS listed
          JOIN tmdb.movies AS known ON known.tmdb_id = listed.tmdb_id
          WHERE known.deleted_at IS NULL AND (
            listed.popularity IS NOT NULL AND known.popularity IS NULL
            OR abs(listed.popularity - known.popularity) > abs(known.popularity) * 0.2
            OR known.data_state = 'stub' AND (
              coalesce(listed.original_title, known.original_title) IS DISTINCT FROM known.original_title
              OR coalesce(listed.video, known.video) IS DISTINCT FROM known.video
              OR coalesce(listed.adult, known.adult) IS DISTINCT FROM known.adult))
          ORDER BY known.tmdb_id FOR NO KEY UPDATE OF known SKIP LOCKED
        ) AS fresh
        WHERE movie.tmdb_id = fresh.tmdb_id
    """
    # Adult films are in a file of their own, and TMDB is asked about them only where somebody asked first.
    LACK = """
        INSERT INTO pg_temp.lacking (tmdb_id, popularity, last_listed_at, is_deleted, is_due)
        SELECT movie.tmdb_id, movie.popularity, greatest(state.watermark, movie.first_seen_at),
          movie.deleted_at IS NOT NULL,
          movie.deleted_at IS NULL AND missing.tmdb_id IS NOT NULL AND missing.checked_at IS NULL
            AND ($2 OR movie.adult IS NOT TRUE OR coalesce(movie.last_seen_at > movie.fetched_at, false)
              OR EXISTS (SELECT FROM tmdb.user_lists AS own WHERE own.movie_id = movie.tmdb_id))
        FROM tmdb.movies AS movie
        LEFT JOIN tmdb.export_missing AS missing ON missing.tmdb_id = movie.tmdb_id
        LEFT JOIN tmdb.sync_state AS state ON state.name = 'export:' || $1::text
        WHERE (movie.adult IS TRUE) = ($1 = 'adult_movie')
          AND NOT EXISTS (SELECT FROM pg_temp.listed AS listed WHERE listed.tmdb_id = movie.tmdb_id)
    """
    DUE = """
        SELECT tmdb_id, coalesce(popularity, 0) FROM pg_temp.lacking
        WHERE is_due AND tmdb_id > $1 ORDER BY tmdb_id LIMIT $2
    """
    # An id that answered 404 is listed for some days more; one that was missing and is not has come back.
    BACK = """
        SELECT movie.tmdb_id, coalesce(movie.popularity, 0)
        FROM tmdb.export_missing AS missing
        JOIN tmdb.movies AS movie ON movie.tmdb_id = missing.tmdb_id
        WHERE movie.deleted_at IS NOT NULL
          AND EXISTS (SELECT FROM pg_temp.listed AS listed WHERE listed.tmdb_id = missing.tmdb_id)
          AND ($1 OR movie.adult IS NOT TRUE OR coalesce(movie.last_seen_at > movie.fetched_at, false)
            OR EXISTS (SELECT FROM tmdb.user_lists AS own WHERE own.movie_id = movie.tmdb_id))
    """
    LISTED_AGAIN = """
        DELETE FROM tmdb.export_missing AS missing
        WHERE EXISTS (SELECT FROM pg_temp.listed AS listed WHERE listed.tmdb_id = missing.tmdb_id)
    """
    MISSING = """
        INSERT INTO tmdb.export_missing AS missing (tmdb_id, exports, last_listed_at, checked_at)
        SELECT lacking.tmdb_id, 1, lacking.last_listed_at, CASE WHEN lacking.is_due THEN tmdb.now() END
        FROM pg_temp.lacking AS lacking
        ORDER BY lacking.tmdb_id
        ON CONFLICT (tmdb_id) DO UPDATE
        SET exports = missing.exports + 1, checked_at = coalesce(missing.checked_at, excluded.checked_at)
    """
    COUNT_MISSING = "SELECT count(*) FROM pg_temp.lacking WHERE NOT is_deleted"
    # What a cut-off file lacks is as old as it was, and the next file is measured against the last whole one.
    # An acceptance of a later day outlives this load.
    SAVE = """
        INSERT INTO tmdb.sync_state AS state (name, watermark, value)
        VALUES ('export:' || $1::text, tmdb.now(), $2)
        ON CONFLICT (name) DO UPDATE
        SET watermark = CASE WHEN (excluded.value ->> 'is_cut')::boolean
            THEN coalesce(state.watermark, excluded.watermark) ELSE excluded.watermark END,
          value = excluded.value
            || CASE WHEN (excluded.value ->> 'is_cut')::boolean AND state.value ? 'lines'
              THEN jsonb_build_object('lines', state.value -> 'lines') ELSE '{}' END
            || CASE WHEN state.value ->> 'accepted' > excluded.value ->> 'day'
              THEN jsonb_build_object('accepted', state.value -> 'accepted') ELSE '{}' END,
          updated_at = tmdb.now()
    """
    # The fill of a first file that was cut off, or of films without the adult ones, was not all of it.
    BEGIN_FILL = """
        INSERT INTO tmdb.sync_state AS state (name, watermark)
        VALUES ('delta', tmdb.now()), ('fill', tmdb.now())
        ON CONFLICT (name) DO UPDATE
        SET watermark = coalesce(state.watermark, excluded.watermark), value = state.value - 'completed_at',
          updated_at = tmdb.now()
        WHERE state.watermark IS NULL OR state.value ? 'completed_at'
    """

    async def load(self, export: Export, *, add: bool, include_adult: bool, run_id: int) -> Loaded:
        """The staged lines become the catalogue's: stubs, popularity, what is missing, what TMDB is asked.

        Unknown ids become stubs where `add` says so; those of a first load wait for the backfill, as do more
        than MOST_NEW. Films are asked for on behalf of the run.
        """
        asked: list[Asked] = []
        new = 0
        if add:
            if not export.is_first:
                asked = await self._asked(self.NEW, include_adult, MOST_NEW + 1)
            new = await self._execute(self.ADD)
        await self._connection.execute(self.MEASURE_FILMS, timeout=LOAD_SECONDS)
        updated = await self._execute(self.CHANGE)
        if len(asked) > MOST_NEW:
            asked = []
        asked += await self._asked(self.BACK, include_adult)
        queue = RefreshQueue(self._connection)
        await queue.ask("movie", asked, RefreshPriority.CHANGE, "new", run_id)
        missing = 0
        if not export.is_cut:
            await self._execute(self.LACK, export.kind, include_adult)
            after = 0
            while due := await self._asked(self.DUE, after, MOST_NEW):
                await queue.ask("movie", due, RefreshPriority.CHANGE, "missing", run_id)
                after = due[-1].tmdb_id
        await self._execute(self.LISTED_AGAIN)
        if not export.is_cut:
            await self._execute(self.MISSING)
            missing = await self._connection.fetchval(self.COUNT_MISSING)
        value = {
            "day": export.day.isoformat(),
            "lines": export.lines,
            "bad_lines": export.bad_lines,
            "is_cut": export.is_cut,
            "is_first": export.is_first,
        }
        await self._execute(self.SAVE, export.kind, value)
        if export.is_first and add:
            await self._execute(self.BEGIN_FILL)
        return Loaded(new, updated, missing)

    async def _execute(self, statement: str, *args: Any) -> int:
        """How many rows it wrote."""
        tag = await self._connection.execute(statement, *args, timeout=LOAD_SECONDS)
        return int(tag.rpartition(" ")[2])

    async def _asked(self, statement: str, *args: Any) -> list[Asked]:
        return [Asked(*row) for row in await self._connection.fetch(statement, *args, timeout=LOAD_SECONDS)]
