"""What is to be asked of TMDB though nobody asks: films, people and series that are due, stubs to fill."""

from datetime import date, timedelta

from db.movies import SCHEMA_VERSION
from db.pool import Executor
from db.refresh_queue import Asked

# How long a person or a series stored in full stays fresh.
ENTITY_INTERVAL = timedelta(days=150)


class Staleness:
    """What the refresh queue is topped up with, a few thousand at a time.

    What stands in the queue, parked or not, is left out. So are films marked adult without INCLUDE_ADULT,
    but for those on somebody's list, or opened since they were fetched. Both are looked up by subqueries
    that yield a value: those are never made joins, which would be bad ones while statistics are old.
    """

    def __init__(self, db: Executor) -> None:
        self._db = db

    LONGEST_DUE = """
        SELECT movie.tmdb_id, movie.release_date FROM tmdb.movies AS movie
        WHERE movie.data_state = 'full' AND movie.deleted_at IS NULL AND movie.due_at <= tmdb.now()
          AND (movie.adult IS NOT TRUE OR $2 OR movie.last_seen_at > movie.fetched_at
            OR (SELECT true FROM tmdb.user_lists AS own
                WHERE own.movie_id = movie.tmdb_id LIMIT 1))
          AND (SELECT queued.tmdb_id FROM tmdb.refresh_queue AS queued
               WHERE queued.entity_type = 'movie' AND queued.tmdb_id = movie.tmdb_id) IS NULL
        ORDER BY movie.due_at LIMIT $1
    """

    async def longest_due(self, limit: int, *, include_adult: bool) -> list[Asked]:
        """Full films that are due, the first due first, ranked by their release."""
        rows = await self._db.fetch(self.LONGEST_DUE, limit, include_adult)
        return [Asked(row["tmdb_id"], _days(row["release_date"])) for row in rows]

    # The newest of what is stale, as many more as could be queued already, read from indexes in which all
    # of this stands: 1.2 million films may be due. There are three reasons to be stale at most, so that
    # three times as many rows hold them: what a clock fetched that has jumped back since is not due as well.
    NEWEST_STALE = """
        SELECT DISTINCT movie.release_date, movie.tmdb_id
        FROM (
          SELECT stale.tmdb_id, stale.release_date
          FROM (
            SELECT tmdb_id, release_date, adult FROM tmdb.movies
            WHERE data_state = 'full' AND deleted_at IS NULL AND due_at <= tmdb.now()
            UNION ALL
            SELECT tmdb_id, release_date, adult FROM tmdb.movies
            WHERE data_state = 'full' AND deleted_at IS NULL AND schema_version < $3
            UNION ALL
            SELECT tmdb_id, release_date, adult FROM tmdb.movies
            WHERE data_state = 'full' AND deleted_at IS NULL
              AND fetched_at < (SELECT watermark FROM tmdb.sync_state WHERE name = 'reset')
            UNION ALL
            SELECT tmdb_id, release_date, adult FROM tmdb.movies
            WHERE data_state = 'full' AND deleted_at IS NULL
              AND fetched_at >= tmdb.now() + interval '1 hour'
          ) AS stale
          WHERE stale.adult IS NOT TRUE OR $2
            OR (SELECT opened.last_seen_at > opened.fetched_at FROM tmdb.movies AS opened
                WHERE opened.tmdb_id = stale.tmdb_id)
            OR (SELECT true FROM tmdb.user_lists AS own
                WHERE own.movie_id = stale.tmdb_id LIMIT 1)
          ORDER BY stale.release_date DESC NULLS LAST
          LIMIT 3 * ($1 + (SELECT count(*) FROM tmdb.refresh_queue WHERE entity_type = 'movie'))
        ) AS movie
        WHERE (SELECT queued.tmdb_id FROM tmdb.refresh_queue AS queued
               WHERE queued.entity_type = 'movie' AND queued.tmdb_id = movie.tmdb_id) IS NULL
        ORDER BY movie.release_date DESC NULLS LAST, movie.tmdb_id LIMIT $1
    """

    async def newest_stale(self, limit: int, *, include_adult: bool) -> list[Asked]:
        """Full films that are due, from before the last reset or read by older code, new releases first."""
        rows = await self._db.fetch(self.NEWEST_STALE, limit, include_adult, SCHEMA_VERSION)
        return [Asked(row["tmdb_id"], _days(row["release_date"])) for row in rows]

    # The interval's last quarter is where due times lie: what is younger than three quarters is not due.
    PEOPLE = """
        SELECT person.tmdb_id FROM tmdb.people AS person
        WHERE person.data_state = 'full' AND person.fetched_at <= tmdb.now() - $2::interval * 0.75
          AND tmdb.due_at(person.tmdb_id, person.fetched_at, $2) <= tmdb.now()
          AND (SELECT queued.tmdb_id FROM tmdb.refresh_queue AS queued
               WHERE queued.entity_type = 'person' AND queued.tmdb_id = person.tmdb_id) IS NULL
        ORDER BY person.fetched_at LIMIT $1
    """

    async def people(self, limit: int) -> list[Asked]:
        """People stored in full that long ago, the longest first."""
        return [Asked(row[0]) for row in await self._db.fetch(self.PEOPLE, limit, ENTITY_INTERVAL)]

    SERIES = """
        SELECT series.tmdb_id FROM tmdb.tv_series AS series
        WHERE series.fetched_at <= tmdb.now() - $2::interval * 0.75
          AND tmdb.due_at(series.tmdb_id, series.fetched_at, $2) <= tmdb.now()
          AND (SELECT queued.tmdb_id FROM tmdb.refresh_queue AS queued
               WHERE queued.entity_type = 'tv' AND queued.tmdb_id = series.tmdb_id) IS NULL
        ORDER BY series.fetched_at LIMIT $1
    """

    async def series(self, limit: int) -> list[Asked]:
        """Series stored that long ago, the longest first."""
        return [Asked(row[0]) for row in await self._db.fetch(self.SERIES, limit, ENTITY_INTERVAL)]

    STUBS = """
        SELECT movie.tmdb_id, coalesce(movie.popularity, 0) FROM tmdb.movies AS movie
        WHERE movie.data_state = 'stub' AND movie.deleted_at IS NULL
          AND (movie.adult IS NOT TRUE OR $2
            OR (SELECT true FROM tmdb.user_lists AS own
                WHERE own.movie_id = movie.tmdb_id LIMIT 1))
          AND (SELECT queued.tmdb_id FROM tmdb.refresh_queue AS queued
               WHERE queued.entity_type = 'movie' AND queued.tmdb_id = movie.tmdb_id) IS NULL
        ORDER BY movie.popularity DESC NULLS LAST, movie.tmdb_id LIMIT $1
    """

    async def stubs(self, limit: int, *, include_adult: bool) -> list[Asked]:
        """Films of which no more is here than a list told, the most popular first."""
        return [Asked(*row) for row in await self._db.fetch(self.STUBS, limit, include_adult)]

    KNOWS_FILMS = "SELECT EXISTS (SELECT FROM tmdb.movies)"

    async def knows_films(self) -> bool:
        """Whether any film is here, as little as may be known of it."""
        return bool(await self._db.fetchval(self.KNOWS_FILMS))

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


def _days(release_date: date | None) -> float:
    """The rank of a release, the newest the highest; an unknown one counts as the oldest."""
    return float(release_date.toordinal()) if release_date else 0.0
