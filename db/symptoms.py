"""What may be wrong, measured: each statement belongs to one rule of alerts."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from core.sync import PAUSABLE, RunType
from db.pool import Executor


class Overdue(NamedTuple):
    """A daily job without success for so long; `run_id` is its newest run, if it ever had one."""

    run_type: RunType
    hours: int
    run_id: int | None


class FailingJob(NamedTuple):
    """Calls to TMDB of one job; `statuses` of the failed ones: calls by HTTP status, 0 without an answer."""

    job: str
    calls: int
    percent: float
    statuses: dict[str, int]


class SlowRun(NamedTuple):
    """A run far below its job's average, both in films a second."""

    run_type: RunType
    run_id: int
    rate: float
    average: float


class FullDisk(NamedTuple):
    """A host whose posters take up their budget, and since when, in seconds."""

    host: str
    bytes: int
    seconds: float


class UnusableChannel(NamedTuple):
    """A channel that was set aside, and why."""

    channel_id: int
    error: str


class Symptoms:
    """Reads for the health check. What it must remember from one check to the next is in tmdb.sync_state."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    REMEMBER = """
        INSERT INTO tmdb.sync_state AS state (name, watermark)
        SELECT name, tmdb.now()
        FROM (VALUES ('health'), ('health:paused')) AS every (name)
        WHERE name = 'health' OR EXISTS (SELECT FROM tmdb.sync_state WHERE sync_state.name = 'paused')
        ORDER BY name
        ON CONFLICT (name) DO UPDATE SET
          watermark = CASE state.name WHEN 'health' THEN state.watermark ELSE excluded.watermark END,
          updated_at = tmdb.now()
    """

    async def remember(self) -> None:
        """When the first check was, and when a pause was last seen."""
        await self._db.execute(self.REMEMBER)

    # A fill takes longer than its day: while it runs and films come in, that is its success. Its films are
    # counted by the day.
    OVERDUE = """
        SELECT job.run_type, (extract(epoch FROM tmdb.now() - job.since) / 3600)::int,
          (SELECT max(run.id) FROM tmdb.sync_runs AS run WHERE run.run_type = job.run_type)
        FROM (
          SELECT daily.run_type, greatest(
            coalesce(
              (SELECT max(run.finished_at) FROM tmdb.sync_runs AS run
               WHERE run.run_type = daily.run_type AND run.status = 'completed'),
              (SELECT watermark FROM tmdb.sync_state WHERE name = 'health')),
            (SELECT watermark FROM tmdb.sync_state
             WHERE name = 'health:paused' AND daily.run_type = ANY ($3::text[]))) AS since
          FROM unnest($1::text[]) AS daily (run_type)
        ) AS job
        WHERE job.since < tmdb.now() - $2::interval
          AND (job.run_type <> 'bulk' OR (
            EXISTS (SELECT FROM tmdb.sync_state WHERE name = 'export:movie' AND watermark IS NOT NULL)
            AND NOT EXISTS (SELECT FROM tmdb.sync_state WHERE name = 'fill' AND value ? 'completed_at')
            AND NOT (
              EXISTS (SELECT FROM tmdb.sync_runs WHERE run_type = 'bulk' AND status = 'running')
              AND EXISTS (
                SELECT FROM tmdb.tallies
                WHERE name = 'films.filled' AND number > 0
                  AND day >= ((tmdb.now() - $2::interval) AT TIME ZONE 'UTC')::date))))
    """

    async def overdue(self, daily: Sequence[RunType], longest: timedelta) -> list[Overdue]:
        """Jobs of `daily` without success since their last one, the first check, or the end of a pause."""
        rows = await self._db.fetch(self.OVERDUE, list(daily), longest, sorted(PAUSABLE))
        return [Overdue(*row) for row in rows]

    # A gone film (404) and an export that is not there (403) are answers. 401 is a person's session or the
    # key's own rule. 429 counts: some are TMDB's way to slow us down, many mean that the rate is too high.
    FAILING = """
        WITH answers AS (
          SELECT job, status, sum(calls) AS calls,
            status NOT BETWEEN 200 AND 399 AND status NOT IN (401, 404)
              AND NOT (host = 'tmdb-exports' AND status = 403) AS failed
          FROM tmdb.api_requests
          WHERE minute > tmdb.now() - $1::interval AND host LIKE 'tmdb%'
          GROUP BY 1, 2, 4
        ), jobs AS (
          SELECT job, sum(calls)::int AS calls,
            (100 * sum(calls) FILTER (WHERE failed) / sum(calls))::float8 AS percent,
            jsonb_object_agg(status, calls) FILTER (WHERE failed) AS statuses
          FROM answers GROUP BY job
        )
        SELECT job, calls, percent, statuses FROM jobs WHERE calls >= $2 AND percent > $3
    """

    async def failing(self, period: timedelta, least_calls: int, percent: float) -> list[FailingJob]:
        """Jobs more of whose calls failed than that."""
        rows = await self._db.fetch(self.FAILING, period, least_calls, percent)
        return [FailingJob(*row) for row in rows]

    # An export's work is its lines; most films asked for because of their age have not changed, and what
    # other runs skip was not asked for. A pause is no slowness.
    SLOW = """
        WITH run AS (
          SELECT id, run_type, finished_at, total,
            CASE run_type
              WHEN 'export' THEN movies_checked
              WHEN 'stale' THEN movies_new + movies_updated + movies_skipped
              ELSE movies_new + movies_updated
            END AS films,
            extract(epoch FROM coalesce(finished_at, tmdb.now()) - started_at)::float8 AS seconds
          FROM tmdb.sync_runs
          WHERE run_type = ANY ($1::text[]) AND status IN ('running', 'completed')
            AND coalesce(finished_at > tmdb.now() - $2::interval, true)
            AND NOT EXISTS (
              SELECT FROM tmdb.sync_state AS paused
              WHERE paused.name = 'health:paused' AND paused.watermark >= started_at
                AND coalesce(paused.watermark <= finished_at, true))
        ), large AS (
          SELECT id, run_type, finished_at, films, seconds FROM run
          WHERE CASE WHEN finished_at IS NULL
            THEN seconds >= $5 AND greatest(total, films) >= $3
            ELSE seconds >= $4 AND films >= $3 END
        ), latest AS (
          SELECT DISTINCT ON (run_type) id, run_type, films / seconds AS rate
          FROM large ORDER BY run_type, id DESC
        ), compared AS (
          SELECT latest.run_type, latest.id, latest.rate, sum(earlier.films) / sum(earlier.seconds) AS average
          FROM latest
          JOIN large AS earlier ON earlier.run_type = latest.run_type AND earlier.id < latest.id
          GROUP BY latest.run_type, latest.id, latest.rate
        )
        SELECT run_type, id, rate, average FROM compared WHERE rate < $6 * average
    """

    async def slow(
        self,
        run_types: Sequence[RunType],
        period: timedelta,
        *,
        least_films: int,
        least_seconds: float,
        running_seconds: float,
        share: float,
    ) -> list[SlowRun]:
        """Newest runs below a share of their type's average over the period.

        Runs of fewer films or seconds are no measure; one still running is from `running_seconds` on.
        """
        rows = await self._db.fetch(
            self.SLOW, list(run_types), period, least_films, least_seconds, running_seconds, share
        )
        return [SlowRun(*row) for row in rows]

    PARKED = """
        SELECT count(*) FROM tmdb.refresh_queue WHERE parked_at IS NOT NULL AND entity_type = 'movie'
    """

    async def parked(self) -> int:
        """Films given up."""
        films: int = await self._db.fetchval(self.PARKED)
        return films

    # Since when a host's room is full is remembered until it is not.
    FULL_DISKS = """
        WITH crowded AS (
          SELECT local_host AS host, sum(byte_size) AS bytes, 'health:poster_disk_full:' || local_host AS name
          FROM tmdb.posters WHERE bot_id = $1 AND poster_status = 1
          GROUP BY local_host HAVING sum(byte_size) > $2
        ), forgotten AS (
          DELETE FROM tmdb.sync_state
          WHERE starts_with(name, 'health:poster_disk_full:') AND name NOT IN (SELECT name FROM crowded)
        ), remembered AS (
          INSERT INTO tmdb.sync_state AS state (name, watermark)
          SELECT name, tmdb.now() FROM crowded ORDER BY name
          ON CONFLICT (name) DO UPDATE SET watermark = least(state.watermark, excluded.watermark)
          RETURNING name, watermark
        )
        SELECT crowded.host, crowded.bytes, extract(epoch FROM tmdb.now() - remembered.watermark)::float8
        FROM crowded JOIN remembered USING (name)
    """

    async def full_disks(self, bot_id: int, most_bytes: int) -> list[FullDisk]:
        """Hosts with more bytes of posters on disk than that."""
        return [FullDisk(*row) for row in await self._db.fetch(self.FULL_DISKS, bot_id, most_bytes)]

    UNUSABLE = """
        SELECT channel_id, last_error FROM tmdb.poster_channels
        WHERE bot_id = $1 AND channel_id = ANY ($2::bigint[]) AND last_error IS NOT NULL
    """

    async def unusable(self, bot_id: int, channel_ids: Sequence[int]) -> list[UnusableChannel]:
        """Channels of these that were set aside."""
        return [UnusableChannel(*row) for row in await self._db.fetch(self.UNUSABLE, bot_id, channel_ids)]

    # Adult films that nobody asks TMDB about grow old, and are emptied, as they should.
    OLDEST = """
        SELECT extract(day FROM tmdb.now() - oldest_at)::int FROM (
          SELECT least(
            (SELECT oldest_stub_at FROM tmdb.catalogue_age),
            (SELECT min(fetched_at) FROM tmdb.movies
             WHERE data_state = 'full' AND deleted_at IS NULL AND ($2 OR adult IS NOT TRUE))
          ) AS oldest_at
        ) AS age
        WHERE oldest_at < tmdb.now() - $1::interval
    """

    async def oldest(self, longest: timedelta, *, include_adult: bool) -> int | None:
        """Days since the answer of the oldest row that is kept fresh, if that is longer ago."""
        days: int | None = await self._db.fetchval(self.OLDEST, longest, include_adult)
        return days

    # Calls that carry a person's session may be refused for its sake. Minutes are compared, so an answer
    # counts only if it came after the refusal, and after the alert that a worker raised by itself.
    KEY_ACCEPTED = """
        SELECT CASE
          WHEN refused_at > answered_at OR (refused_at IS NOT NULL AND answered_at IS NULL) THEN false
          WHEN answered_at > greatest(refused_at, raised_at) THEN true
        END
        FROM (
          SELECT max(minute) FILTER (WHERE status = 401) AS refused_at,
            max(minute) FILTER (WHERE status BETWEEN 200 AND 299) AS answered_at,
            coalesce(
              (SELECT raised_at FROM tmdb.alerts WHERE rule = 'tmdb_key_refused' AND cleared_at IS NULL),
              '-infinity') AS raised_at
          FROM tmdb.api_requests
          WHERE minute > tmdb.now() - $1::interval AND host = 'tmdb' AND method = 'GET'
            AND NOT starts_with(endpoint, '/3/account') AND endpoint NOT LIKE '%/account_states'
        ) AS calls
    """

    async def key_accepted(self, period: timedelta) -> bool | None:
        """Whether TMDB takes the application's key, by the last calls; None: they do not say."""
        accepted: bool | None = await self._db.fetchval(self.KEY_ACCEPTED, period)
        return accepted
