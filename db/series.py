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
    # What an answer lacked stays.
    STORE = """
        INSERT INTO tmdb.tv_series AS series
          (tmdb_id, name, original_name, original_language, overview, first_air_date, last_air_date,
          poster_path, adult, softcore, popularity, vote_average, vote_count, translations, content_hash,
          payload_hash, fetched_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, coalesce($14::jsonb, '[]'), $15, $16,
          tmdb.now() - $17::interval)
        ON CONFLICT (tmdb_id) DO UPDATE
        SET name = excluded.name, original_name = excluded.original_name,
          original_language = excluded.original_language, overview = excluded.overview,
          first_air_date = excluded.first_air_date, last_air_date = excluded.last_air_date,
          poster_path = excluded.poster_path, adult = excluded.adult, softcore = excluded.softcore,
          popularity = excluded.popularity, vote_average = excluded.vote_average,
          vote_count = excluded.vote_count, translations = coalesce($14::jsonb, series.translations),
          content_hash = excluded.content_hash, payload_hash = excluded.payload_hash,
          fetched_at = excluded.fetched_at
        WHERE series.fetched_at <= excluded.fetched_at OR series.fetched_at >= tmdb.now() + interval '1 hour'
        RETURNING true
    """

    async def store(
        self, series: core.movies.Series, content_hash: str, payload_hash: str, age: timedelta
    ) -> Stored:
        """Stores a series' answer, `age` old; in a transaction."""
        known = await self._db.fetchval(self.LOCK, series.id)
        translations = series.translations and [row._asdict() for row in series.translations]
        stored = await self._db.fetchval(
            self.STORE,
            *(series.id, series.name, series.original_name, series.original_language, series.overview),
            *(series.first_air_date, series.last_air_date, series.poster_path, series.adult, series.softcore),
            *(series.popularity, series.vote_average, series.vote_count, translations),
            *(content_hash, payload_hash, age),
        )
        if not stored:
            return "outdated"
        return "unchanged" if known == content_hash else "changed"
