"""Runs of the synchronisation: asked for, claimed, counted, ended."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

import orjson

from core.sync import PAUSABLE, Counts, Run, RunFailure, RunType, SuccessRate, TriggerType
from db.arrays import columns
from db.pool import Executor

# Films named as examples of what a run stored; the failed ones are all kept.
MAX_SAMPLES = 20


class FailedFilm(NamedTuple):
    """A film that a run could not fetch."""

    run_id: int
    tmdb_id: int
    error: str


class SyncRuns:
    """Rows of tmdb.sync_runs and tmdb.sync_run_failures.

    Counts are added, not set: whoever calls `add` or `fail_films` is in a transaction, which nobody repeats.
    """

    def __init__(self, db: Executor) -> None:
        self._db = db

    START = """
        INSERT INTO tmdb.sync_runs (run_type, source, trigger_type, requested_by, metadata)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (run_type) WHERE finished_at IS NULL DO NOTHING
        RETURNING id
    """

    async def start(
        self,
        run_type: RunType,
        source: str,
        trigger_type: TriggerType,
        requested_by: int | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> int | None:
        """Queues a run; None where one of this type is unfinished. In a transaction."""
        started: int | None = await self._db.fetchval(
            self.START, run_type, source, trigger_type, requested_by, dict(metadata or {})
        )
        return started

    # A time further ahead than any that is ever set was written before the clock jumped back.
    CLAIM = """
        WITH due AS (
          SELECT id FROM tmdb.sync_runs
          WHERE finished_at IS NULL AND listed_at IS NULL
            AND CASE status
              WHEN 'queued' THEN next_attempt_at <= tmdb.now()
                OR next_attempt_at > tmdb.now() + interval '1 day'
              ELSE lease_until <= tmdb.now() OR lease_until > tmdb.now() + interval '1 day'
            END
            AND NOT (run_type = ANY ($3::text[])
              AND EXISTS (SELECT FROM tmdb.sync_state WHERE name = 'paused'))
          ORDER BY next_attempt_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
        )
        UPDATE tmdb.sync_runs AS run
        SET status = 'running', started_at = coalesce(run.started_at, tmdb.now()), error = NULL,
          attempts = run.attempts + CASE run.status WHEN 'running' THEN 1 ELSE 0 END,
          lease_until = tmdb.now() + $1::interval, leased_by = $2
        FROM due WHERE run.id = due.id
        RETURNING run.id
    """

    async def claim(self, lease: timedelta, leased_by: str) -> Run | None:
        """The run that waits longest, or whose worker died; while paused none that the pause stops."""
        claimed = await self._db.fetchval(self.CLAIM, lease, leased_by, sorted(PAUSABLE))
        return None if claimed is None else await self.get(claimed)

    RENEW = """
        UPDATE tmdb.sync_runs SET lease_until = tmdb.now() + $2::interval
        WHERE leased_by = $1 AND finished_at IS NULL
    """

    async def renew(self, leased_by: str, lease: timedelta) -> None:
        """What this worker holds stays its own."""
        await self._db.execute(self.RENEW, leased_by, lease)

    HELD = """
        SELECT EXISTS (SELECT FROM tmdb.sync_state WHERE name = 'paused') AND run_type = ANY ($3::text[])
        FROM tmdb.sync_runs WHERE id = $1 AND leased_by = $2 AND finished_at IS NULL
    """

    async def is_paused(self, run_id: int, leased_by: str) -> bool | None:
        """Whether a pause stops this worker's run; None: it is not this worker's any more."""
        paused: bool | None = await self._db.fetchval(self.HELD, run_id, leased_by, sorted(PAUSABLE))
        return paused

    RELEASE = """
        UPDATE tmdb.sync_runs
        SET status = 'queued', next_attempt_at = tmdb.now(), lease_until = NULL, leased_by = NULL
        WHERE id = $1 AND leased_by = $2 AND finished_at IS NULL
    """

    async def release(self, run_id: int, leased_by: str) -> None:
        """Another worker may go on with it at once; what it recorded is kept."""
        await self._db.execute(self.RELEASE, run_id, leased_by)

    LATER = """
        UPDATE tmdb.sync_runs
        SET status = 'queued', next_attempt_at = tmdb.now() + $3::interval, attempts = $4, error = $5,
          lease_until = NULL, leased_by = NULL
        WHERE id = $1 AND leased_by = $2 AND finished_at IS NULL
    """

    async def later(
        self, run_id: int, leased_by: str, after: timedelta, *, attempts: int, error: str
    ) -> None:
        """It met an outage and is tried again; what it recorded is kept."""
        await self._db.execute(self.LATER, run_id, leased_by, after, attempts, error)

    HAND_OVER = """
        UPDATE tmdb.sync_runs SET lease_until = NULL, leased_by = NULL WHERE id = $1 AND leased_by = $2
    """

    async def hand_over(self, run_id: int, leased_by: str) -> None:
        """It runs on without a lease: it is fed until `finish`."""
        await self._db.execute(self.HAND_OVER, run_id, leased_by)

    FED = """
        SELECT run_type, id FROM tmdb.sync_runs
        WHERE finished_at IS NULL AND status = 'running' AND listed_at IS NULL AND leased_by IS NULL
        ORDER BY run_type
    """

    async def fed(self) -> dict[RunType, int]:
        """The runs handed over to be fed: ids by type."""
        return {row[0]: row[1] for row in await self._db.fetch(self.FED)}

    ADD = """
        WITH given AS (
          SELECT * FROM unnest($1::bigint[], $2::int[], $3::int[], $4::int[], $5::int[], $6::int[], $7::int[],
            $8::int[], $9::jsonb[])
            AS counts (run_id, pages_read, movies_checked, movies_new, movies_updated, movies_skipped,
              movies_failed, movies_gone, samples)
        ), held AS (
          SELECT run.id FROM tmdb.sync_runs AS run JOIN given ON given.run_id = run.id
          WHERE $10::text IS NULL OR (run.leased_by = $10 AND run.finished_at IS NULL)
          ORDER BY run.id FOR NO KEY UPDATE OF run
        )
        UPDATE tmdb.sync_runs AS run
        SET pages_read = run.pages_read + given.pages_read,
          movies_checked = run.movies_checked + given.movies_checked,
          movies_new = run.movies_new + given.movies_new,
          movies_updated = run.movies_updated + given.movies_updated,
          movies_skipped = run.movies_skipped + given.movies_skipped,
          movies_failed = run.movies_failed + given.movies_failed,
          movies_gone = run.movies_gone + given.movies_gone,
          samples = (run.samples || ARRAY(SELECT jsonb_array_elements_text(given.samples)))[:$11],
          attempts = 0
        FROM held JOIN given ON given.run_id = held.id
        WHERE run.id = held.id
        RETURNING run.id
    """

    async def add(self, counts: Mapping[int, Counts], leased_by: str | None = None) -> list[int]:
        """Adds to runs by id and returns those it found: with `leased_by` only what that worker holds."""
        # A list within a list would be an array of two dimensions.
        rows = ((run_id, *one[:-1], orjson.dumps(one.samples)) for run_id, one in counts.items())
        added = await self._db.fetch(self.ADD, *columns(9, rows), leased_by, MAX_SAMPLES)
        return [row[0] for row in added]

    FAIL_FILMS = """
        INSERT INTO tmdb.sync_run_failures (run_id, tmdb_id, title, error)
        SELECT failed.run_id, failed.tmdb_id, coalesce(movie.title, movie.original_title), failed.error
        FROM unnest($1::bigint[], $2::int[], $3::text[]) AS failed (run_id, tmdb_id, error)
        LEFT JOIN tmdb.movies AS movie ON movie.tmdb_id = failed.tmdb_id
        WHERE EXISTS (SELECT FROM tmdb.sync_runs WHERE id = failed.run_id)
        ORDER BY failed.run_id, failed.tmdb_id
        ON CONFLICT (run_id, tmdb_id) DO UPDATE SET error = excluded.error, failed_at = tmdb.now()
    """

    async def fail_films(self, failed: Iterable[FailedFilm]) -> None:
        """Notes each film that could not be fetched, with its error, for the report."""
        latest = {(film.run_id, film.tmdb_id): film for film in failed}
        if latest:
            await self._db.execute(self.FAIL_FILMS, *columns(3, latest.values()))

    DESCRIBE = """
        UPDATE tmdb.sync_runs
        SET source = coalesce($3, source), total = coalesce($4, total), metadata = metadata || $5::jsonb
        WHERE id = $1 AND leased_by = $2 AND finished_at IS NULL
        RETURNING id
    """

    async def describe(
        self,
        run_id: int,
        leased_by: str,
        *,
        source: str | None = None,
        total: int | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> bool:
        """Says what is known now of the run; False: it is not this worker's any more."""
        described = await self._db.fetchval(
            self.DESCRIBE, run_id, leased_by, source, total, dict(metadata or {})
        )
        return described is not None

    LISTED = """
        UPDATE tmdb.sync_runs SET listed_at = tmdb.now(), lease_until = NULL, leased_by = NULL
        WHERE id = $1 AND leased_by = $2 AND finished_at IS NULL
        RETURNING id
    """

    async def listed(self, run_id: int, leased_by: str) -> bool:
        """All its ids are queued, the rest is the queue's; False: it is not this worker's any more."""
        return await self._db.fetchval(self.LISTED, run_id, leased_by) is not None

    COMPLETE_LISTED = """
        WITH dry AS (
          SELECT run.id FROM tmdb.sync_runs AS run
          WHERE run.finished_at IS NULL AND run.listed_at IS NOT NULL
            AND NOT EXISTS (SELECT FROM tmdb.refresh_queue AS queued WHERE queued.run_id = run.id)
          ORDER BY run.id FOR NO KEY UPDATE
        )
        UPDATE tmdb.sync_runs AS run SET status = 'completed', finished_at = tmdb.now(), error = NULL
        FROM dry WHERE run.id = dry.id
        RETURNING run.id
    """

    async def complete_listed(self) -> list[int]:
        """Ends the runs whose ids all have an outcome."""
        return [row[0] for row in await self._db.fetch(self.COMPLETE_LISTED)]

    FINISH = """
        UPDATE tmdb.sync_runs
        SET status = CASE WHEN $3::text IS NULL THEN 'completed' ELSE 'failed' END, finished_at = tmdb.now(),
          error = $3, lease_until = NULL, leased_by = NULL
        WHERE id = $1 AND finished_at IS NULL AND ($2::text IS NULL OR leased_by = $2)
        RETURNING id
    """

    async def finish(self, run_id: int, leased_by: str | None = None) -> bool:
        """Completed; False: it had ended, or is not this worker's any more."""
        return await self._db.fetchval(self.FINISH, run_id, leased_by, None) is not None

    async def fail(self, run_id: int, error: str, leased_by: str | None = None) -> bool:
        """Failed, and why; what it recorded is kept. False: it had ended, or is not this worker's."""
        return await self._db.fetchval(self.FINISH, run_id, leased_by, error) is not None

    RUNS = """
        SELECT run.id, run.run_type, run.source, run.trigger_type, run.requested_by, run.status,
          run.queued_at, run.started_at, run.finished_at,
          CASE WHEN run.started_at IS NOT NULL THEN
            greatest(0, extract(epoch FROM coalesce(run.finished_at, tmdb.now()) - run.started_at))::float8
          END AS seconds,
          run.listed_at IS NOT NULL AS listed, run.total,
          CASE WHEN run.finished_at IS NULL THEN
            (SELECT count(*) FROM tmdb.refresh_queue AS queued WHERE queued.run_id = run.id)
          ELSE 0 END AS waiting,
          run.pages_read, run.movies_checked, run.movies_new, run.movies_updated, run.movies_skipped,
          run.movies_failed, run.movies_gone, run.samples, run.error, run.metadata, run.attempts
        FROM tmdb.sync_runs AS run WHERE run.id = ANY ($1::bigint[])
        ORDER BY run.id DESC
    """

    async def by_id(self, ids: Sequence[int]) -> list[Run]:
        """These runs, newest first."""
        rows = await self._db.fetch(self.RUNS, ids) if ids else []
        return [Run(**{**row, "samples": tuple(row["samples"])}) for row in map(dict, rows)]

    async def get(self, run_id: int) -> Run | None:
        """One run."""
        found = await self.by_id([run_id])
        return found[0] if found else None

    PAGE = """
        SELECT id FROM tmdb.sync_runs
        WHERE id < coalesce($1::bigint, 9223372036854775807) AND ($2::text IS NULL OR run_type = $2)
        ORDER BY id DESC LIMIT $3
    """

    async def page(
        self, limit: int, *, before_id: int | None = None, run_type: RunType | None = None
    ) -> list[Run]:
        """The newest runs, or those before another, newest first."""
        return await self.by_id(
            [row[0] for row in await self._db.fetch(self.PAGE, before_id, run_type, limit)]
        )

    UNFINISHED = """
        SELECT id FROM tmdb.sync_runs WHERE finished_at IS NULL AND ($1::text IS NULL OR run_type = $1)
    """

    async def unfinished(self, run_type: RunType | None = None) -> list[Run]:
        """Runs queued or under way, the oldest first."""
        ids = [row[0] for row in await self._db.fetch(self.UNFINISHED, run_type)]
        return (await self.by_id(ids))[::-1]

    SINCE = """
        SELECT id FROM tmdb.sync_runs
        WHERE finished_at IS NULL OR finished_at > tmdb.now() - $1::interval
    """

    async def since(self, period: timedelta) -> list[Run]:
        """Runs that ended within the period or have not ended, newest first."""
        return await self.by_id([row[0] for row in await self._db.fetch(self.SINCE, period)])

    FAILURES = """
        SELECT tmdb_id, title, error, failed_at FROM tmdb.sync_run_failures
        WHERE run_id = $1 ORDER BY tmdb_id LIMIT $2
    """

    async def failures(self, run_id: int, limit: int | None = None) -> list[RunFailure]:
        """The films a run could not fetch, by id."""
        return [RunFailure(*row) for row in await self._db.fetch(self.FAILURES, run_id, limit)]

    SUCCESS_RATES = """
        SELECT run_type, count(*) FILTER (WHERE status = 'completed'),
          count(*) FILTER (WHERE status = 'failed')
        FROM tmdb.sync_runs
        WHERE trigger_type = 'scheduled' AND finished_at > tmdb.now() - make_interval(days => $1)
        GROUP BY run_type ORDER BY run_type
    """

    async def success_rates(self, days: int) -> list[SuccessRate]:
        """How the scheduled runs of the last days ended."""
        return [SuccessRate(*row) for row in await self._db.fetch(self.SUCCESS_RATES, days)]
