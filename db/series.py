"""Series that somebody chose in a search."""

from datetime import timedelta

import core.movies
from core.cards import CardPoster, Freshness
from core.series import SeriesCard
from db.pool import Executor
from db.raw_payloads import Stored
from db.users import read_reader


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

    GONE = """
        UPDATE tmdb.tv_series SET fetched_at = tmdb.now() - interval '180 days'
        WHERE tmdb_id = $1 AND fetched_at < tmdb.now() - interval '1 day'
    """

    async def gone(self, series_id: int) -> None:
        """TMDB has no such series; as People.gone."""
        await self._db.execute(self.GONE, series_id)

    # As a film's card (db.cards): what is not fresh is not shown, whether or not it is deleted by now, and
    # names fall back as tmdb.film_title does.
    #
    # $1 the series, $2 the reader, $3 the language Telegram tells, $4 the bot, $5 the catalogue's language,
    # $6 whether others see the screen too.
    CARD = """
        SELECT
          reader.*,
          CASE
            WHEN NOT reader.adult AND (series.adult OR series.softcore) THEN 'adult'
            WHEN series.fetched_at > tmdb.now() - interval '180 days' THEN 'fresh'
            ELSE 'due'
          END AS freshness,
          coalesce(translation.name,
            CASE reader.film_language WHEN $5 THEN series.name
              WHEN CASE series.original_language WHEN 'cn' THEN 'zh' ELSE series.original_language END
              THEN series.original_name END,
            series.name, series.original_name) AS name,
          series.original_name,
          extract(year FROM series.first_air_date)::int AS first_year,
          extract(year FROM series.last_air_date)::int AS last_year,
          coalesce(translation.overview, series.overview) AS overview,
          series.vote_average,
          series.vote_count,
          series.popularity,
          series.poster_path,
          stored.telegram_file_id,
          stored.poster_status
        FROM tmdb.reader($2, $3, $6) AS reader
        LEFT JOIN tmdb.tv_series AS series ON series.tmdb_id = $1
        CROSS JOIN LATERAL (
          SELECT
            (array_agg(variant.name ORDER BY variant.rank)
              FILTER (WHERE variant.name IS NOT NULL))[1] AS name,
            (array_agg(variant.overview ORDER BY variant.rank)
              FILTER (WHERE variant.overview IS NOT NULL))[1] AS overview
          FROM (
            SELECT t.name, t.overview,
              row_number() OVER (
                ORDER BY
                  t.iso_3166_1 <> reader.region,
                  array_position('{CN,SG,TW,HK,RU,US,GB}', t.iso_3166_1),
                  t.iso_3166_1
              ) AS rank
            FROM jsonb_to_recordset(series.translations)
              AS t (iso_639_1 text, iso_3166_1 text, name text, overview text)
            WHERE t.iso_639_1 = reader.film_language
          ) AS variant
        ) AS translation
        LEFT JOIN tmdb.posters AS stored ON stored.bot_id = $4 AND stored.poster_path = series.poster_path
    """

    async def card(
        self,
        series_id: int,
        telegram_user_id: int,
        language: str,
        *,
        bot_id: int,
        catalogue_language: str,
        is_shared: bool,
    ) -> SeriesCard:
        """The series as this person sees it; `language` is the interface language of their Telegram."""
        row = await self._db.fetchrow(
            self.CARD, series_id, telegram_user_id, language, bot_id, catalogue_language, is_shared
        )
        assert row is not None, "a reader is one row always"
        path = row["poster_path"]
        return SeriesCard(
            series_id=series_id,
            reader=read_reader(row),
            freshness=Freshness(row["freshness"]),
            name=row["name"],
            original_name=row["original_name"],
            first_year=row["first_year"],
            last_year=row["last_year"],
            overview=row["overview"],
            vote_average=row["vote_average"],
            vote_count=row["vote_count"],
            popularity=row["popularity"] or 0.0,
            poster=CardPoster(path, row["telegram_file_id"], row["poster_status"] == -1) if path else None,
        )
