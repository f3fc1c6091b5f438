"""Of the ids that TMDB or somebody lists: those to ask for, and what became of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from db.pool import Executor
from db.refresh_queue import Asked


class Outcome(NamedTuple):
    """A film that was asked for; `error` is that of its last try."""

    tmdb_id: int
    title: str | None
    error: str | None
    state: Literal["waiting", "stored", "gone", "failed"]


class Listings:
    """What tmdb.movies says of listed ids."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    # A stub waits for the backfill. A film marked deleted may have come back. One that is adult is somebody's
    # who has it on a list, or opened it since it was fetched. A time past now was written by a clock that
    # has jumped back since.
    CHANGED = """
        SELECT listed.tmdb_id, coalesce(movie.popularity, 0)
        FROM unnest($1::int[], $2::bool[]) AS listed (tmdb_id, adult)
        LEFT JOIN tmdb.movies AS movie ON movie.tmdb_id = listed.tmdb_id
        WHERE CASE
          WHEN movie.tmdb_id IS NULL THEN $4 OR listed.adult IS NOT TRUE
          WHEN movie.adult AND NOT $4 AND (movie.last_seen_at > movie.fetched_at) IS NOT TRUE
            AND NOT EXISTS (
              SELECT FROM tmdb.user_lists AS own WHERE own.movie_id = movie.tmdb_id)
            THEN false
          WHEN movie.deleted_at IS NOT NULL THEN movie.deleted_at < $3 OR movie.deleted_at > tmdb.now()
          ELSE movie.data_state = 'full' AND (movie.fetched_at < $3 OR movie.fetched_at > tmdb.now())
        END
    """

    async def changed(
        self, films: Mapping[int, bool | None], until: datetime, *, include_adult: bool
    ) -> list[Asked]:
        """Films (and whether they are adult) whose change before `until` nobody has seen, and unknown ids."""
        rows = await self._db.fetch(self.CHANGED, list(films), list(films.values()), until, include_adult)
        return [Asked(*row) for row in rows]

    FRESH = """
        SELECT tmdb_id FROM tmdb.movies
        WHERE tmdb_id = ANY ($1::int[]) AND (
          data_state = 'full' AND deleted_at IS NULL AND due_at > tmdb.now()
          OR adult AND NOT $2 AND (last_seen_at > fetched_at) IS NOT TRUE AND NOT EXISTS (
            SELECT FROM tmdb.user_lists AS own WHERE own.movie_id = tmdb_id))
    """

    async def fresh(self, films: Sequence[int], *, include_adult: bool) -> set[int]:
        """Those here in full and not due yet, and adult ones on nobody's list that nobody opened since."""
        return {row[0] for row in await self._db.fetch(self.FRESH, films, include_adult)}

    # What failed or was not there waits for its next try; what is due or in a worker's hand is under way.
    OUTCOMES = """
        SELECT asked.tmdb_id, coalesce(movie.title, movie.original_title), queued.last_error,
          CASE
            WHEN queued.next_attempt_at <= tmdb.now() OR queued.leased_by IS NOT NULL THEN 'waiting'
            WHEN queued.gone_at IS NOT NULL OR movie.deleted_at IS NOT NULL THEN 'gone'
            WHEN queued.tmdb_id IS NOT NULL THEN 'failed'
            WHEN movie.tmdb_id IS NULL THEN 'gone'
            ELSE 'stored'
          END
        FROM unnest($1::int[]) AS asked (tmdb_id)
        LEFT JOIN tmdb.refresh_queue AS queued
          ON queued.entity_type = 'movie' AND queued.tmdb_id = asked.tmdb_id
        LEFT JOIN tmdb.movies AS movie ON movie.tmdb_id = asked.tmdb_id
        ORDER BY asked.tmdb_id
    """

    async def outcomes(self, films: Sequence[int]) -> list[Outcome]:
        """What became of films that were asked for."""
        return [Outcome(*row) for row in await self._db.fetch(self.OUTCOMES, films)]

    # A film that left the list goes, one that stayed moves: rows are written in the order of their key.
    TRENDING = """
        WITH listed AS (
          SELECT movie_id, min(position) AS position
          FROM unnest($1::int[]) WITH ORDINALITY AS listed (movie_id, position)
          JOIN tmdb.movies AS movie ON movie.tmdb_id = movie_id
          GROUP BY movie_id
        ), left_out AS (
          DELETE FROM tmdb.trending WHERE movie_id NOT IN (SELECT movie_id FROM listed)
        )
        INSERT INTO tmdb.trending (movie_id, position)
        SELECT movie_id, position FROM listed ORDER BY movie_id
        ON CONFLICT (movie_id) DO UPDATE SET position = excluded.position, listed_at = tmdb.now()
    """

    async def trending(self, films: Sequence[int]) -> None:
        """These films, in TMDB's order, are what is trending from now on."""
        await self._db.execute(self.TRENDING, films)
