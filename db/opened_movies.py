"""What people opened and when, written in batches."""

from collections.abc import Collection

from db.pool import Executor


class OpenedMovies:
    """tmdb.movies.last_seen_at."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    # A day is precise enough for "nobody looks at it", and spares a write for each look at a favourite.
    OPENED = """
        WITH opened AS (
          SELECT tmdb_id FROM tmdb.movies
          WHERE tmdb_id = ANY ($1::int[]) AND last_seen_at < tmdb.now() - interval '1 day'
          ORDER BY tmdb_id FOR NO KEY UPDATE
        )
        UPDATE tmdb.movies AS movie SET last_seen_at = tmdb.now()
        FROM opened WHERE movie.tmdb_id = opened.tmdb_id
    """

    async def opened(self, movie_ids: Collection[int]) -> None:
        """Somebody opened these films; written at most once a day a film."""
        await self._db.execute(self.OPENED, sorted(movie_ids))
