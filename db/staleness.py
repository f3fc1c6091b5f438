"""What is to be asked of TMDB though nobody asks: films, people and series that are due, stubs to fill."""

from datetime import timedelta
from typing import Literal

from db.movies import SCHEMA_VERSION
from db.pool import Executor
from db.refresh_queue import Asked

# One in so many stale films is the one due longest: new releases alone would let the old ones age.
OLDEST_ONE_IN = 10
# How long a person or a series stored in full stays fresh.
ENTITY_INTERVAL = timedelta(days=150)


class Staleness:
    """What the refresh queue is topped up with: a few thousand at a time, read from indexes alone.

    What stands in the queue, parked or not, is left out. So are films marked adult without INCLUDE_ADULT,
    but for those that somebody rated, or opened since they were fetched.
    """

    def __init__(self, db: Executor) -> None:
        self._db = db

    # Everything stands in the indexes: 1.2 million films may be due. A film is stale for three reasons at
    # most, so that three times the limit holds it as often as it needs.
    MOVIES = """
        WITH adult AS MATERIALIZED (
          SELECT movie.tmdb_id FROM tmdb.movies AS movie
          WHERE movie.adult AND movie.data_state = 'full' AND movie.deleted_at IS NULL AND NOT $2
            AND (movie.last_seen_at > movie.fetched_at
              OR EXISTS (SELECT FROM tmdb.user_movie_ratings AS rating WHERE rating.movie_id = movie.tmdb_id))
        ), longest AS MATERIALIZED (
          SELECT movie.tmdb_id, movie.release_date FROM tmdb.movies AS movie
          WHERE movie.data_state = 'full' AND movie.deleted_at IS NULL AND movie.due_at <= tmdb.now()
            AND (movie.adult IS NOT TRUE OR $2 OR movie.tmdb_id IN (SELECT tmdb_id FROM adult))
            AND NOT EXISTS (
              SELECT FROM tmdb.refresh_queue AS queued
              WHERE queued.entity_type = 'movie' AND queued.tmdb_id = movie.tmdb_id)
          ORDER BY movie.due_at LIMIT $3
        ), newest AS (
          SELECT movie.tmdb_id, movie.release_date
          FROM (
            SELECT tmdb_id, release_date, adult FROM tmdb.movies
            WHERE data_state = 'full' AND deleted_at IS NULL AND due_at <= tmdb.now()
            UNION ALL
            SELECT tmdb_id, release_date, adult FROM tmdb.movies
            WHERE data_state = 'full' AND deleted_at IS NULL AND schema_version < $4
            UNION ALL
            SELECT tmdb_id, release_date, adult FROM tmdb.movies
            WHERE data_state = 'full' AND deleted_at IS NULL
              AND fetched_at < (SELECT watermark FROM tmdb.sync_state WHERE name = 'reset')
          ) AS movie
          WHERE (movie.adult IS NOT TRUE OR $2 OR movie.tmdb_id IN (SELECT tmdb_id FROM adult))
            AND NOT EXISTS (
              SELECT FROM tmdb.refresh_queue AS queued
              WHERE queued.entity_type = 'movie' AND queued.tmdb_id = movie.tmdb_id)
          ORDER BY movie.release_date DESC NULLS LAST LIMIT 3 * $1
        )
        SELECT tmdb_id, coalesce(release_date - DATE '0001-01-01', 0)::float8 AS rank
        FROM (
          SELECT tmdb_id, release_date, bool_or(waits) AS waits
          FROM (
            SELECT tmdb_id, release_date, true AS waits FROM longest
            UNION ALL
            SELECT tmdb_id, release_date, false FROM newest
          ) AS found
          GROUP BY tmdb_id, release_date
        ) AS stale
        ORDER BY waits DESC, release_date DESC NULLS LAST, tmdb_id LIMIT $1
    """

    async def movies(self, limit: int, *, include_adult: bool) -> list[Asked]:
        """Full films that are due, from before the last reset or read by older code, new releases first."""
        rows = await self._db.fetch(self.MOVIES, limit, include_adult, limit // OLDEST_ONE_IN, SCHEMA_VERSION)
        return [Asked(*row) for row in rows]

    # The interval's last quarter is where due times lie: what is younger than three quarters is not due.
    PEOPLE = """
        SELECT person.tmdb_id FROM tmdb.people AS person
        WHERE person.data_state = 'full' AND person.fetched_at <= tmdb.now() - $2::interval * 0.75
          AND tmdb.due_at(person.tmdb_id, person.fetched_at, $2) <= tmdb.now()
          AND NOT EXISTS (
            SELECT FROM tmdb.refresh_queue AS queued
            WHERE queued.entity_type = 'person' AND queued.tmdb_id = person.tmdb_id)
        ORDER BY person.fetched_at LIMIT $1
    """
    SERIES = """
        SELECT series.tmdb_id FROM tmdb.tv_series AS series
        WHERE series.fetched_at <= tmdb.now() - $2::interval * 0.75
          AND tmdb.due_at(series.tmdb_id, series.fetched_at, $2) <= tmdb.now()
          AND NOT EXISTS (
            SELECT FROM tmdb.refresh_queue AS queued
            WHERE queued.entity_type = 'tv' AND queued.tmdb_id = series.tmdb_id)
        ORDER BY series.fetched_at LIMIT $1
    """

    async def entities(self, entity_type: Literal["person", "tv"], limit: int) -> list[Asked]:
        """People or series stored in full 150 days ago, the oldest first."""
        query = self.PEOPLE if entity_type == "person" else self.SERIES
        return [Asked(row[0]) for row in await self._db.fetch(query, limit, ENTITY_INTERVAL)]

    STUBS = """
        SELECT movie.tmdb_id, coalesce(movie.popularity, 0) FROM tmdb.movies AS movie
        WHERE movie.data_state = 'stub' AND movie.deleted_at IS NULL
          AND (movie.adult IS NOT TRUE OR $2
            OR EXISTS (SELECT FROM tmdb.user_movie_ratings AS rating WHERE rating.movie_id = movie.tmdb_id))
          AND NOT EXISTS (
            SELECT FROM tmdb.refresh_queue AS queued
            WHERE queued.entity_type = 'movie' AND queued.tmdb_id = movie.tmdb_id)
        ORDER BY movie.popularity DESC NULLS LAST, movie.tmdb_id LIMIT $1
    """

    async def stubs(self, limit: int, *, include_adult: bool) -> list[Asked]:
        """Films of which no more is here than a list told, the most popular first."""
        return [Asked(*row) for row in await self._db.fetch(self.STUBS, limit, include_adult)]

    FILLING_TODAY = """
        SELECT (SELECT coalesce(sum(number), 0)::bigint FROM tmdb.tallies
                WHERE name = 'films.filled' AND day = (tmdb.now() AT TIME ZONE 'UTC')::date)
          + (SELECT count(*) FROM tmdb.refresh_queue WHERE priority = 4 AND parked_at IS NULL)
    """

    async def filling_today(self) -> int:
        """Films stored for the first time today, and those the backfill has queued, for BULK_DAILY_LIMIT."""
        number: int = await self._db.fetchval(self.FILLING_TODAY)
        return number

    LEFT = "SELECT coalesce(sum(number), 0)::bigint FROM tmdb.tallies WHERE name = 'films.stub'"

    async def left(self) -> int:
        """How many stubs there are."""
        number: int = await self._db.fetchval(self.LEFT)
        return number
