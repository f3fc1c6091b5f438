"""Series that somebody chose in a search."""

from datetime import timedelta

import core.movies
from db.pool import Executor
from db.raw_payloads import Stored


class Series:
    """Rows of tmdb.tv_series."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    LOCK = "SELECT content_hash FROM tmdb.tv_series WHERE tmdb_id = $1 FOR NO KEY UPDATE"
    STORE = """
        INSERT INTO tmdb.tv_series AS series
          (tmdb_id, name, original_name, overview, first_air_date, last_air_date, poster_path, content_hash,
          payload_hash, fetched_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, tmdb.now() - $10::interval)
        ON CONFLICT (tmdb_id) DO UPDATE
        SET name = excluded.name, original_name = excluded.original_name, overview = excluded.overview,
          first_air_date = excluded.first_air_date, last_air_date = excluded.last_air_date,
          poster_path = excluded.poster_path, content_hash = excluded.content_hash,
          payload_hash = excluded.payload_hash, fetched_at = excluded.fetched_at
        WHERE series.fetched_at <= excluded.fetched_at OR series.fetched_at >= tmdb.now() + interval '1 hour'
        RETURNING true
    """

    async def store(
        self, series: core.movies.Series, content_hash: str, payload_hash: str, age: timedelta
    ) -> Stored:
        """Stores a series' answer, `age` old; in a transaction."""
        known = await self._db.fetchval(self.LOCK, series.id)
        stored = await self._db.fetchval(
            self.STORE,
            *(series.id, series.name, series.original_name, series.overview, series.first_air_date),
            *(series.last_air_date, series.poster_path, content_hash, payload_hash, age),
        )
        if not stored:
            return "outdated"
        return "unchanged" if known == content_hash else "changed"
