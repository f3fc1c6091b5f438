"""A person's own lists as they see them: watchlist, ratings, how these are spread, and both whole."""

from typing import Any

from core.film_list import PAGE_FILMS
from core.own_lists import (
    ListedFilm,
    OwnLists,
    RatingFilters,
    RatingsPage,
    RatingsSort,
    RatingsSpread,
    Share,
    WatchlistPage,
    WatchlistSort,
)
from db.found_movies import read_movies
from db.pool import Executor
from db.users import read_reader


class OwnListScreens:
    """One statement a screen; `catalogue_language` is that of stored titles."""

    def __init__(self, db: Executor, *, catalogue_language: str) -> None:
        self._db = db
        self._catalogue_language = catalogue_language.partition("-")[0]

    # A page past the end is the last one: lists grow shorter while somebody leafs.
    #
    # $1 the reader, $2 the language Telegram tells, $3 the order, $4 the page, $5 films a page,
    # $6 the catalogue's language.
    WATCHLIST = """
        WITH reader AS MATERIALIZED (
          SELECT * FROM tmdb.reader($1, $2)
        ), listed AS MATERIALIZED (
          SELECT watched.movie_id, watched.added_at, m.title, m.original_title, m.original_language, m.year,
            m.release_date, m.popularity, m.vote_average, m.vote_count, rating.tmdb_rating,
            tmdb.may_be_shown(m.tmdb_id, m.data_state, m.fetched_at, m.first_seen_at, m.deleted_at, m.adult,
              m.softcore, reader.adult) AS may_be_shown,
            reader.hide_rated AND rating.tmdb_rating IS NOT NULL AS is_hidden
          FROM reader
          JOIN tmdb.user_watchlist AS watched ON watched.telegram_user_id = $1
          JOIN tmdb.movies AS m ON m.tmdb_id = watched.movie_id
          LEFT JOIN tmdb.user_movie_ratings AS rating
            ON rating.telegram_user_id = $1 AND rating.movie_id = watched.movie_id
        ), placed AS MATERIALIZED (
          SELECT listed.*, row_number() OVER (
            ORDER BY CASE $3::text
                WHEN 'score' THEN tmdb.weighted_score(vote_average, vote_count)
                WHEN 'popularity' THEN popularity
                WHEN 'release' THEN extract(epoch FROM release_date)::float8
              END DESC NULLS LAST, added_at DESC, movie_id) AS place
          FROM listed WHERE may_be_shown AND NOT is_hidden
        ), counted AS (
          SELECT count(*) FILTER (WHERE may_be_shown AND NOT is_hidden)::int AS total,
            count(*) FILTER (WHERE may_be_shown AND is_hidden)::int AS rated,
            count(*) FILTER (WHERE NOT may_be_shown)::int AS withheld
          FROM listed
        ), shown AS MATERIALIZED (
          SELECT counted.*, least($4::int, greatest(1, ceil(total / ($5::int)::float8)::int)) AS page
          FROM counted
        )
        SELECT reader.*, shown.total, shown.rated, shown.withheld, shown.page, placed.movie_id,
          tmdb.film_title(placed.movie_id, placed.title, placed.original_title, placed.original_language, $6,
            reader.film_language, reader.region) AS title,
          placed.original_title, placed.year, placed.vote_average, placed.vote_count, placed.tmdb_rating,
          false AS on_watchlist,
          CASE WHEN placed.release_date > (tmdb.now() AT TIME ZONE 'UTC')::date
            THEN placed.release_date END AS unreleased
        FROM reader
        CROSS JOIN shown
        LEFT JOIN placed
          ON placed.place > (shown.page - 1) * $5::int AND placed.place <= shown.page * $5::int
        ORDER BY placed.place
    """

    async def watchlist(
        self, user_id: int, language: str | None, sort: WatchlistSort, page: int
    ) -> WatchlistPage:
        """A page of the person's watchlist; what stands on it is not marked as being on it."""
        rows = await self._db.fetch(
            self.WATCHLIST, user_id, language, sort, page, PAGE_FILMS, self._catalogue_language
        )
        return WatchlistPage(
            reader=read_reader(rows[0]),
            movies=read_movies(rows),
            page=rows[0]["page"],
            total=rows[0]["total"],
            unreleased={row["movie_id"]: row["unreleased"] for row in rows if row["unreleased"]},
            rated=rows[0]["rated"],
            withheld=rows[0]["withheld"],
        )

    # Only the order by title needs more titles than are shown.
    #
    # $1 the reader, $2 the language Telegram tells, $3 the order, $4 the page, $5 films a page,
    # $6 the catalogue's language, $7 score, $8 decade, $9 genre.
    RATINGS = """
        WITH reader AS MATERIALIZED (
          SELECT * FROM tmdb.reader($1, $2)
        ), rated AS MATERIALIZED (
          SELECT rating.movie_id, rating.tmdb_rating, rating.rated_at, m.title, m.original_title,
            m.original_language, m.year, m.vote_average, m.vote_count, watched.movie_id IS NOT NULL
              AS on_watchlist,
            CASE WHEN $3::text = 'title' THEN tmdb.film_title(m.tmdb_id, m.title, m.original_title,
              m.original_language, $6, reader.film_language, reader.region) END AS sorted_title
          FROM reader
          JOIN tmdb.user_movie_ratings AS rating ON rating.telegram_user_id = $1
          JOIN tmdb.movies AS m ON m.tmdb_id = rating.movie_id
          LEFT JOIN tmdb.user_watchlist AS watched
            ON watched.telegram_user_id = $1 AND watched.movie_id = rating.movie_id
          WHERE ($7::int IS NULL OR ceil(rating.tmdb_rating) = $7)
            AND ($8::int IS NULL OR m.year / 10 * 10 = $8)
            AND ($9::int IS NULL OR EXISTS (
              SELECT FROM tmdb.movie_genres AS genre
              WHERE genre.tmdb_movie_id = rating.movie_id AND genre.tmdb_genre_id = $9))
            AND tmdb.may_be_shown(m.tmdb_id, m.data_state, m.fetched_at, m.first_seen_at, m.deleted_at,
              m.adult, m.softcore, reader.adult)
        ), placed AS MATERIALIZED (
          SELECT rated.*, row_number() OVER (
            ORDER BY lower(sorted_title),
              CASE $3::text
                WHEN 'mine' THEN tmdb_rating
                WHEN 'tmdb' THEN CASE WHEN vote_count > 0 THEN vote_average END
                WHEN 'year' THEN year
              END DESC NULLS LAST, rated_at DESC NULLS LAST, movie_id DESC) AS place
          FROM rated
        ), shown AS MATERIALIZED (
          SELECT total, least($4::int, greatest(1, ceil(total / ($5::int)::float8)::int)) AS page
          FROM (SELECT count(*)::int AS total FROM rated) AS counted
        )
        SELECT reader.*, shown.total, shown.page, placed.movie_id,
          tmdb.film_title(placed.movie_id, placed.title, placed.original_title, placed.original_language, $6,
            reader.film_language, reader.region) AS title,
          placed.original_title, placed.year, placed.vote_average, placed.vote_count, placed.tmdb_rating,
          placed.on_watchlist, asked.name AS genre
        FROM reader
        CROSS JOIN shown
        LEFT JOIN LATERAL (
          SELECT coalesce(named.name, genre.name) AS name FROM tmdb.genres AS genre
          LEFT JOIN tmdb.genre_names AS named ON named.media_type = genre.media_type
            AND named.tmdb_genre_id = genre.tmdb_genre_id AND named.language = reader.language
          WHERE genre.media_type = 'movie' AND genre.tmdb_genre_id = $9
        ) AS asked ON true
        LEFT JOIN placed
          ON placed.place > (shown.page - 1) * $5::int AND placed.place <= shown.page * $5::int
        ORDER BY placed.place
    """

    async def ratings(
        self, user_id: int, language: str | None, sort: RatingsSort, filters: RatingFilters, page: int
    ) -> RatingsPage:
        """A page of the person's own ratings that pass."""
        rows = await self._db.fetch(
            self.RATINGS, user_id, language, sort, page, PAGE_FILMS, self._catalogue_language, *filters
        )
        return RatingsPage(
            reader=read_reader(rows[0]),
            movies=read_movies(rows),
            page=rows[0]["page"],
            total=rows[0]["total"],
            genre=rows[0]["genre"],
        )

    SPREAD = """
        WITH reader AS MATERIALIZED (
          SELECT * FROM tmdb.reader($1, $2)
        ), rated AS MATERIALIZED (
          SELECT rating.movie_id, ceil(rating.tmdb_rating)::int AS score, m.year / 10 * 10 AS decade
          FROM reader
          JOIN tmdb.user_movie_ratings AS rating ON rating.telegram_user_id = $1
          JOIN tmdb.movies AS m ON m.tmdb_id = rating.movie_id
          WHERE tmdb.may_be_shown(m.tmdb_id, m.data_state, m.fetched_at, m.first_seen_at, m.deleted_at,
            m.adult, m.softcore, reader.adult)
        ), share AS (
          SELECT 'score' AS what, score AS key, count(*)::int AS number FROM rated GROUP BY score
          UNION ALL
          SELECT 'decade', decade, count(*)::int FROM rated GROUP BY decade
          UNION ALL
          SELECT 'genre', genre.tmdb_genre_id, count(*)::int FROM rated
          JOIN tmdb.movie_genres AS genre ON genre.tmdb_movie_id = rated.movie_id
          GROUP BY genre.tmdb_genre_id
        )
        SELECT reader.*, share.what, share.key, share.number,
          coalesce(named.name, genre.name) AS name, genre.name AS catalogue_name
        FROM reader
        LEFT JOIN share ON true
        LEFT JOIN tmdb.genres AS genre ON share.what = 'genre' AND genre.media_type = 'movie'
          AND genre.tmdb_genre_id = share.key
        LEFT JOIN tmdb.genre_names AS named ON named.media_type = genre.media_type
          AND named.tmdb_genre_id = genre.tmdb_genre_id AND named.language = reader.language
        ORDER BY share.what, CASE share.what WHEN 'genre' THEN -share.number ELSE share.key END NULLS LAST,
          share.key
    """

    async def spread(self, user_id: int, language: str | None) -> RatingsSpread:
        """How the person's ratings are spread over scores, decades and genres."""
        rows = await self._db.fetch(self.SPREAD, user_id, language)

        def shares(what: str) -> tuple[Share, ...]:
            return tuple(
                Share(row["key"], row["number"], row["name"], row["catalogue_name"])
                for row in rows
                if row["what"] == what
            )

        return RatingsSpread(
            reader=read_reader(rows[0]),
            scores=shares("score"),
            decades=shares("decade"),
            genres=shares("genre"),
        )

    # Both lists whole, adult films and those that TMDB has no more among them: they are the person's.
    EXPORT = """
        SELECT reader.*, tmdb.now() AS exported_at, listed.list, m.tmdb_id AS movie_id, external.imdb_id,
          coalesce(m.title, m.original_title) AS title, m.original_title, m.year, m.release_date, m.runtime,
          ARRAY(
            SELECT genre.name FROM tmdb.movie_genres AS of_film
            JOIN tmdb.genres AS genre ON genre.media_type = of_film.media_type
              AND genre.tmdb_genre_id = of_film.tmdb_genre_id
            WHERE of_film.tmdb_movie_id = m.tmdb_id ORDER BY of_film.position) AS genres,
          ARRAY(
            SELECT coalesce(person.name, person.original_name) FROM tmdb.movie_crew AS crew
            JOIN tmdb.people AS person ON person.tmdb_id = crew.tmdb_person_id
            WHERE crew.tmdb_movie_id = m.tmdb_id AND crew.job = 'Director'
              AND coalesce(person.name, person.original_name) IS NOT NULL
            ORDER BY crew.credit_id) AS directors,
          listed.value, listed.listed_at
        FROM tmdb.reader($1, $2) AS reader
        LEFT JOIN (
          SELECT 'ratings' AS list, movie_id, tmdb_rating AS value, rated_at AS listed_at
          FROM tmdb.user_movie_ratings WHERE telegram_user_id = $1
          UNION ALL
          SELECT 'watchlist', movie_id, NULL, changed_at
          FROM tmdb.user_watchlist WHERE telegram_user_id = $1
        ) AS listed ON true
        LEFT JOIN tmdb.movies AS m ON m.tmdb_id = listed.movie_id
        LEFT JOIN tmdb.movie_external_ids AS external ON external.tmdb_movie_id = m.tmdb_id
        ORDER BY listed.list, listed.listed_at DESC NULLS LAST, listed.movie_id
    """

    async def export(self, user_id: int, language: str | None) -> OwnLists:
        """Both lists of the person, whole."""
        rows = await self._db.fetch(self.EXPORT, user_id, language)
        return OwnLists(
            reader=read_reader(rows[0]),
            exported_at=rows[0]["exported_at"],
            ratings=tuple(_listed(row) for row in rows if row["list"] == "ratings"),
            watchlist=tuple(_listed(row) for row in rows if row["list"] == "watchlist"),
        )


def _listed(row: Any) -> ListedFilm:
    return ListedFilm(
        movie_id=row["movie_id"],
        imdb_id=row["imdb_id"],
        title=row["title"],
        original_title=row["original_title"],
        year=row["year"],
        release_date=row["release_date"],
        runtime=row["runtime"],
        genres=tuple(row["genres"]),
        directors=tuple(dict.fromkeys(row["directors"])),
        value=row["value"],
        listed_at=row["listed_at"],
    )
