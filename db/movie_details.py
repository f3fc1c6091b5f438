"""What else belongs to a film: texts by language, ids elsewhere, genres, keywords, companies, countries."""

from collections.abc import Iterable, Sequence

from core.movies import Movie
from db.arrays import columns
from db.pool import Executor


class MovieDetails:
    """Rows that belong to films, and the names they point to.

    A film's rows are replaced by their difference, like its credits; the names (keywords, companies)
    are written only where they are new or changed.
    """

    def __init__(self, db: Executor) -> None:
        self._db = db

    NAME_GENRES = """
        INSERT INTO tmdb.genres (media_type, tmdb_genre_id, name)
        SELECT 'movie', fresh.tmdb_genre_id, fresh.name
        FROM unnest($1::int[], $2::text[]) AS fresh (tmdb_genre_id, name)
        WHERE NOT EXISTS (
          SELECT FROM tmdb.genres AS known
          WHERE known.media_type = 'movie' AND known.tmdb_genre_id = fresh.tmdb_genre_id)
        ORDER BY fresh.tmdb_genre_id
        ON CONFLICT (media_type, tmdb_genre_id) DO NOTHING
    """
    NAME_KEYWORDS = """
        INSERT INTO tmdb.keywords (tmdb_id, name)
        SELECT fresh.tmdb_id, fresh.name
        FROM unnest($1::int[], $2::text[]) AS fresh (tmdb_id, name)
        WHERE NOT EXISTS (
          SELECT FROM tmdb.keywords AS same WHERE same.tmdb_id = fresh.tmdb_id AND same.name = fresh.name)
        ORDER BY fresh.tmdb_id
        ON CONFLICT (tmdb_id) DO UPDATE SET name = excluded.name
    """
    NAME_COMPANIES = """
        INSERT INTO tmdb.companies (tmdb_id, name, logo_path, origin_country)
        SELECT fresh.tmdb_id, fresh.name, fresh.logo_path, fresh.origin_country
        FROM unnest($1::int[], $2::text[], $3::text[], $4::text[])
          AS fresh (tmdb_id, name, logo_path, origin_country)
        WHERE NOT EXISTS (
          SELECT FROM tmdb.companies AS same
          WHERE same.tmdb_id = fresh.tmdb_id AND (same.name, same.logo_path, same.origin_country)
            IS NOT DISTINCT FROM (fresh.name, fresh.logo_path, fresh.origin_country))
        ORDER BY fresh.tmdb_id
        ON CONFLICT (tmdb_id) DO UPDATE
        SET name = excluded.name, logo_path = excluded.logo_path, origin_country = excluded.origin_country
    """

    async def name(self, movies: Iterable[Movie]) -> None:
        """The genres, keywords and companies these films point to; of two names the later film's counts.

        Genres are only added here: their names are the genre lists' business.
        """
        genres = {genre.id: genre for movie in movies for genre in movie.genres}
        keywords = {keyword.id: keyword for movie in movies for keyword in movie.keywords}
        companies = {company.id: company for movie in movies for company in movie.production_companies}
        if genres:
            await self._db.execute(self.NAME_GENRES, *columns(2, genres.values()))
        if keywords:
            await self._db.execute(self.NAME_KEYWORDS, *columns(2, keywords.values()))
        if companies:
            await self._db.execute(self.NAME_COMPANIES, *columns(4, companies.values()))

    TRANSLATIONS = """
        WITH fresh AS MATERIALIZED (
          SELECT * FROM unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
            $8::text[], $9::int[])
            AS given (tmdb_id, iso_639_1, iso_3166_1, title, overview, tagline, homepage, runtime)
        ), gone AS (
          DELETE FROM tmdb.movie_translations AS stored
          WHERE tmdb_id = ANY ($1::int[]) AND NOT EXISTS (
            SELECT FROM fresh WHERE (fresh.tmdb_id, fresh.iso_639_1, fresh.iso_3166_1) = (stored.tmdb_id,
              stored.iso_639_1, stored.iso_3166_1))
        )
        INSERT INTO tmdb.movie_translations (tmdb_id, iso_639_1, iso_3166_1, title, overview, tagline,
          homepage, runtime)
        SELECT fresh.* FROM fresh
        WHERE NOT EXISTS (
          SELECT FROM tmdb.movie_translations AS same
          WHERE (same.tmdb_id, same.iso_639_1, same.iso_3166_1) = (fresh.tmdb_id, fresh.iso_639_1,
            fresh.iso_3166_1)
            AND (same.title, same.overview, same.tagline, same.homepage, same.runtime) IS NOT DISTINCT
              FROM (fresh.title, fresh.overview, fresh.tagline, fresh.homepage, fresh.runtime))
        ORDER BY tmdb_id, iso_639_1, iso_3166_1
        ON CONFLICT (tmdb_id, iso_639_1, iso_3166_1) DO UPDATE
        SET title = excluded.title, overview = excluded.overview, tagline = excluded.tagline, homepage =
          excluded.homepage, runtime = excluded.runtime
    """
    EXTERNAL_IDS = """
        WITH fresh AS MATERIALIZED (
          SELECT * FROM unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
            AS given (tmdb_movie_id, imdb_id, wikidata_id, facebook_id, instagram_id, twitter_id)
        ), gone AS (
          DELETE FROM tmdb.movie_external_ids AS stored
          WHERE tmdb_movie_id = ANY ($1::int[]) AND NOT EXISTS (
            SELECT FROM fresh WHERE fresh.tmdb_movie_id = stored.tmdb_movie_id)
        )
        INSERT INTO tmdb.movie_external_ids (tmdb_movie_id, imdb_id, wikidata_id, facebook_id,
          instagram_id, twitter_id)
        SELECT fresh.* FROM fresh
        WHERE NOT EXISTS (
          SELECT FROM tmdb.movie_external_ids AS same
          WHERE same.tmdb_movie_id = fresh.tmdb_movie_id
            AND (same.imdb_id, same.wikidata_id, same.facebook_id, same.instagram_id, same.twitter_id) IS
              NOT DISTINCT FROM (fresh.imdb_id, fresh.wikidata_id, fresh.facebook_id, fresh.instagram_id,
              fresh.twitter_id))
        ORDER BY tmdb_movie_id
        ON CONFLICT (tmdb_movie_id) DO UPDATE
        SET imdb_id = excluded.imdb_id, wikidata_id = excluded.wikidata_id, facebook_id =
          excluded.facebook_id, instagram_id = excluded.instagram_id, twitter_id = excluded.twitter_id
    """
    GENRES = """
        WITH fresh AS MATERIALIZED (
          SELECT * FROM unnest($2::int[], $3::int[], $4::smallint[])
            AS given (tmdb_movie_id, tmdb_genre_id, position)
        ), gone AS (
          DELETE FROM tmdb.movie_genres AS stored
          WHERE tmdb_movie_id = ANY ($1::int[]) AND NOT EXISTS (
            SELECT FROM fresh WHERE (fresh.tmdb_movie_id, fresh.tmdb_genre_id) = (stored.tmdb_movie_id,
              stored.tmdb_genre_id))
        )
        INSERT INTO tmdb.movie_genres (tmdb_movie_id, tmdb_genre_id, position)
        SELECT fresh.* FROM fresh
        WHERE NOT EXISTS (
          SELECT FROM tmdb.movie_genres AS same
          WHERE (same.tmdb_movie_id, same.tmdb_genre_id) = (fresh.tmdb_movie_id, fresh.tmdb_genre_id)
            AND same.position IS NOT DISTINCT FROM fresh.position)
        ORDER BY tmdb_movie_id, tmdb_genre_id
        ON CONFLICT (tmdb_movie_id, tmdb_genre_id) DO UPDATE
        SET position = excluded.position
    """
    KEYWORDS = """
        WITH fresh AS MATERIALIZED (
          SELECT * FROM unnest($2::int[], $3::int[])
            AS given (tmdb_movie_id, tmdb_keyword_id)
        ), gone AS (
          DELETE FROM tmdb.movie_keywords AS stored
          WHERE tmdb_movie_id = ANY ($1::int[]) AND NOT EXISTS (
            SELECT FROM fresh WHERE (fresh.tmdb_movie_id, fresh.tmdb_keyword_id) = (stored.tmdb_movie_id,
              stored.tmdb_keyword_id))
        )
        INSERT INTO tmdb.movie_keywords (tmdb_movie_id, tmdb_keyword_id)
        SELECT fresh.* FROM fresh
        WHERE NOT EXISTS (
          SELECT FROM tmdb.movie_keywords AS same
          WHERE (same.tmdb_movie_id, same.tmdb_keyword_id) = (fresh.tmdb_movie_id, fresh.tmdb_keyword_id))
        ORDER BY tmdb_movie_id, tmdb_keyword_id
    """
    COMPANIES = """
        WITH fresh AS MATERIALIZED (
          SELECT * FROM unnest($2::int[], $3::int[])
            AS given (tmdb_movie_id, tmdb_company_id)
        ), gone AS (
          DELETE FROM tmdb.movie_companies AS stored
          WHERE tmdb_movie_id = ANY ($1::int[]) AND NOT EXISTS (
            SELECT FROM fresh WHERE (fresh.tmdb_movie_id, fresh.tmdb_company_id) = (stored.tmdb_movie_id,
              stored.tmdb_company_id))
        )
        INSERT INTO tmdb.movie_companies (tmdb_movie_id, tmdb_company_id)
        SELECT fresh.* FROM fresh
        WHERE NOT EXISTS (
          SELECT FROM tmdb.movie_companies AS same
          WHERE (same.tmdb_movie_id, same.tmdb_company_id) = (fresh.tmdb_movie_id, fresh.tmdb_company_id))
        ORDER BY tmdb_movie_id, tmdb_company_id
    """
    COUNTRIES = """
        WITH fresh AS MATERIALIZED (
          SELECT * FROM unnest($2::int[], $3::text[], $4::smallint[])
            AS given (tmdb_movie_id, iso_3166_1, position)
        ), gone AS (
          DELETE FROM tmdb.movie_countries AS stored
          WHERE tmdb_movie_id = ANY ($1::int[]) AND NOT EXISTS (
            SELECT FROM fresh WHERE (fresh.tmdb_movie_id, fresh.iso_3166_1) = (stored.tmdb_movie_id,
              stored.iso_3166_1))
        )
        INSERT INTO tmdb.movie_countries (tmdb_movie_id, iso_3166_1, position)
        SELECT fresh.* FROM fresh
        WHERE NOT EXISTS (
          SELECT FROM tmdb.movie_countries AS same
          WHERE (same.tmdb_movie_id, same.iso_3166_1) = (fresh.tmdb_movie_id, fresh.iso_3166_1)
            AND same.position IS NOT DISTINCT FROM fresh.position)
        ORDER BY tmdb_movie_id, iso_3166_1
        ON CONFLICT (tmdb_movie_id, iso_3166_1) DO UPDATE
        SET position = excluded.position
    """

    async def replace(self, movies: Sequence[Movie]) -> None:
        """The details of these films are exactly these, but for the parts that an answer lacked."""
        told = [movie for movie in movies if "translations" not in movie.missing]
        await self._db.execute(
            self.TRANSLATIONS,
            [movie.id for movie in told],
            *columns(8, ((movie.id, *row) for movie in told for row in movie.translations)),
        )
        told = [movie for movie in movies if "external_ids" not in movie.missing]
        await self._db.execute(
            self.EXTERNAL_IDS,
            [movie.id for movie in told],
            *columns(6, ((movie.id, *movie.external_ids) for movie in told if any(movie.external_ids))),
        )
        told = [movie for movie in movies if "keywords" not in movie.missing]
        await self._db.execute(
            self.KEYWORDS,
            [movie.id for movie in told],
            *columns(2, ((movie.id, row.id) for movie in told for row in movie.keywords)),
        )
        ids = [movie.id for movie in movies]
        genres = ((movie.id, row.id, place) for movie in movies for place, row in enumerate(movie.genres))
        companies = ((movie.id, row.id) for movie in movies for row in movie.production_companies)
        countries = (
            (movie.id, row.iso_3166_1, place)
            for movie in movies
            for place, row in enumerate(movie.production_countries)
        )
        await self._db.execute(self.GENRES, ids, *columns(3, genres))
        await self._db.execute(self.COMPANIES, ids, *columns(2, companies))
        await self._db.execute(self.COUNTRIES, ids, *columns(3, countries))
