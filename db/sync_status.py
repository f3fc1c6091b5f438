"""One look at the synchronisation, cheap at 1.2 million films: counts are kept, not counted."""

from math import ceil

from core.sync import Scheduled, SyncStatus
from db.pool import Executor
from db.sync_runs import SyncRuns

DAY_SECONDS = 86_400.0


class SyncStatuses:
    """Figures over all tables of the synchronisation."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    # A rate is measured since the first minute of its period in which anything happened, so that it is
    # right soon after a start, and falls to nothing after a stop. That minute itself may have begun with
    # nothing: it is left out as soon as those after it suffice.
    LOOK = """
        WITH kept AS (
          SELECT name, sum(number)::bigint AS number FROM tmdb.tallies
          WHERE name IN ('films.full', 'films.stub', 'films.deleted', format('posters.%s.0', $1::bigint),
            format('posters.%s.1', $1), format('posters.%s.2', $1))
          GROUP BY name
        ), measured AS (
          SELECT what, minute, sum(calls) AS calls, min(minute) OVER (PARTITION BY what) AS first_minute
          FROM (
            SELECT 'films' AS what, minute, calls FROM tmdb.api_requests
            WHERE minute > tmdb.now() - interval '5 minutes' AND host = 'tmdb'
              AND endpoint = '/3/movie/{movie_id}' AND status = 200
            UNION ALL
            SELECT 'posts', minute, calls FROM tmdb.api_requests
            WHERE minute > tmdb.now() - interval '10 minutes' AND host = 'telegram'
              AND endpoint = 'sendPhoto' AND job = 'upload' AND status = 200
          ) AS requests
          GROUP BY what, minute
        ), rates AS (
          SELECT what, sum(calls) / greatest(1, extract(epoch FROM tmdb.now() - min(minute))) AS rate
          FROM (
            SELECT *, minute > first_minute AS is_later,
              bool_or(minute > first_minute AND minute <= tmdb.now() - interval '20 seconds')
                OVER (PARTITION BY what) AS suffices
            FROM measured
          ) AS minutes
          WHERE is_later OR NOT suffices
          GROUP BY what
        ), waiting AS (
          SELECT jsonb_object_agg(reason, number) AS queue FROM (
            SELECT reason, sum(number) AS number FROM (
              SELECT reason, count(*) AS number FROM tmdb.refresh_queue
              WHERE parked_at IS NULL GROUP BY reason
              UNION ALL
              SELECT 'import', count(*)
              FROM tmdb.imports AS import JOIN tmdb.import_items AS item ON item.import_id = import.id
              WHERE import.finished_at IS NULL AND item.state = 'wanted'
            ) AS places GROUP BY reason HAVING sum(number) > 0
          ) AS reasons
        )
        SELECT ARRAY(SELECT id FROM tmdb.sync_runs WHERE finished_at IS NULL) AS running,
          (SELECT greatest(0, extract(epoch FROM tmdb.now() - watermark))::float8
           FROM tmdb.sync_state WHERE name = 'paused') AS paused_seconds,
          coalesce((SELECT number FROM kept WHERE name = 'films.full'), 0) AS films_full,
          coalesce((SELECT number FROM kept WHERE name = 'films.stub'), 0) AS films_stub,
          coalesce((SELECT number FROM kept WHERE name = 'films.deleted'), 0) AS films_deleted,
          (SELECT rate FROM rates WHERE what = 'films')::float8 AS films_rate,
          coalesce((SELECT number FROM kept WHERE name = format('posters.%s.2', $1)), 0)
            AS posters_in_telegram,
          coalesce((SELECT sum(number) FROM kept
                    WHERE name IN (format('posters.%s.0', $1), format('posters.%s.1', $1))), 0)::bigint
            AS posters_wanted,
          (SELECT 60 * rate FROM rates WHERE what = 'posts')::float8 AS posters_rate,
          coalesce((SELECT queue FROM waiting), '{}') AS queue,
          (SELECT count(*) FROM tmdb.refresh_queue WHERE parked_at IS NOT NULL) AS parked,
          (SELECT count(*) FROM tmdb.movies WHERE missing_parts <> '{}') AS for_review,
          (SELECT watermark FROM tmdb.sync_state WHERE name = 'delta') AS delta_until,
          (SELECT greatest(0, extract(epoch FROM tmdb.now() - watermark))::float8
           FROM tmdb.sync_state WHERE name = 'delta') AS delta_lag_seconds,
          (SELECT extract(epoch FROM tmdb.now() - oldest_at)::float8 FROM tmdb.catalogue_age)
            AS oldest_age_seconds,
          ARRAY(SELECT (job, next_fire_at) FROM tmdb.schedules
                WHERE next_fire_at IS NOT NULL ORDER BY next_fire_at, job) AS next_jobs,
          (SELECT count(*) FROM tmdb.alerts WHERE cleared_at IS NULL) AS open_alerts,
          (SELECT coalesce(sum(number), 0)::bigint FROM tmdb.tallies
           WHERE name = 'films.filled' AND day = (tmdb.now() AT TIME ZONE 'UTC')::date) AS filled_today,
          extract(epoch FROM date_trunc('day', tmdb.now(), 'UTC') + interval '1 day' - tmdb.now())::float8
            AS seconds_to_midnight
    """

    async def look(self, bot_id: int, daily_limit: int | None) -> SyncStatus:
        """All of it; posters are the bot's, `daily_limit` is BULK_DAILY_LIMIT."""
        row = await self._db.fetchrow(
            self.LOOK,
            bot_id,
        )
        assert row is not None
        running = tuple(reversed(await SyncRuns(self._db).by_id(row["running"])))
        fills = row["paused_seconds"] is None and any(run.run_type == "bulk" for run in running)
        return SyncStatus(
            running=running,
            paused_seconds=row["paused_seconds"],
            films_full=row["films_full"],
            films_stub=row["films_stub"],
            films_deleted=row["films_deleted"],
            films_rate=row["films_rate"],
            films_eta_seconds=fill_seconds(
                row["films_stub"],
                row["films_rate"] or 0.0,
                daily_limit,
                row["filled_today"],
                row["seconds_to_midnight"],
            )
            if fills
            else None,
            posters_in_telegram=row["posters_in_telegram"],
            posters_wanted=row["posters_wanted"],
            posters_rate=row["posters_rate"],
            posters_eta_seconds=_seconds(row["posters_wanted"], (row["posters_rate"] or 0.0) / 60),
            queue=row["queue"],
            parked=row["parked"],
            for_review=row["for_review"],
            delta_until=row["delta_until"],
            delta_lag_seconds=row["delta_lag_seconds"],
            oldest_age_seconds=row["oldest_age_seconds"],
            next_jobs=tuple(Scheduled(*job) for job in row["next_jobs"]),
            open_alerts=row["open_alerts"],
            daily_limit_days=row["films_stub"] / daily_limit if daily_limit and row["films_stub"] else None,
        )


def _seconds(left: int, rate: float) -> float | None:
    """How long it takes at this rate a second; None: nothing is left, or nothing moves."""
    return left / rate if left and rate else None


def fill_seconds(
    left: int,
    rate: float,
    daily_limit: int | None = None,
    filled_today: int = 0,
    seconds_to_midnight: float = DAY_SECONDS,
) -> float | None:
    """How long filling the rest takes: at this rate a second, or as many days as the daily limit makes it."""
    at_this_rate = _seconds(left, rate)
    if daily_limit is None or at_this_rate is None:
        return at_this_rate
    after_today = left - max(0, daily_limit - filled_today)
    if after_today <= 0:
        return at_this_rate
    whole_days = ceil(after_today / daily_limit) - 1
    last_day = (after_today - whole_days * daily_limit) / rate
    return max(at_this_rate, seconds_to_midnight + whole_days * DAY_SECONDS + last_day)
