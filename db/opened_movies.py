"""What people opened and when, written in batches; what was due then is refreshed."""

from collections.abc import Collection

from db.pool import Executor
from db.refresh_queue import Asked, RefreshPriority, RefreshQueue


class OpenedMovies:
    """tmdb.movies.last_seen_at."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    # A day is precise enough for "nobody looks at it", and spares a write for each look at a favourite. That
    # somebody did since it was fetched is what has adult films refreshed.
    OPENED = """
        WITH opened AS (
          SELECT tmdb_id FROM tmdb.movies
          WHERE tmdb_id = ANY ($1::int[])
            AND (last_seen_at < tmdb.now() - interval '1 day' OR last_seen_at <= fetched_at)
          ORDER BY tmdb_id FOR NO KEY UPDATE
        )
        UPDATE tmdb.movies AS movie SET last_seen_at = tmdb.now()
        FROM opened WHERE movie.tmdb_id = opened.tmdb_id
    """

    # The change feed does not know where a film can be watched: a week is what that is trusted for. A stub
    # was shown as far as a list told of it.
    DUE = """
        SELECT movie.tmdb_id, coalesce(movie.popularity, 0)
        FROM tmdb.movies AS movie
        WHERE movie.tmdb_id = ANY ($1::int[]) AND movie.deleted_at IS NULL
          AND (movie.data_state = 'stub' OR movie.due_at <= tmdb.now()
            OR (movie.watch_providers <> '{}' AND movie.fetched_at <= tmdb.now() - interval '7 days'))
          AND NOT EXISTS (
            SELECT FROM tmdb.refresh_queue AS queued
            WHERE queued.entity_type = 'movie' AND queued.tmdb_id = movie.tmdb_id AND queued.priority = 0)
    """

    async def opened(self, movie_ids: Collection[int]) -> None:
        """Somebody opened these films, written at most once a day a film; what is due is refreshed soon."""
        opened = sorted(movie_ids)
        await self._db.execute(self.OPENED, opened)
        due = await self._db.fetch(self.DUE, opened)
        await RefreshQueue(self._db).ask(
            "movie", [Asked(*row) for row in due], RefreshPriority.PERSON, "person"
        )
