"""Films by filters, in text or as posters: lists, and searches that name no title."""

from collections.abc import Sequence
from typing import Any

from core.film_list import MAX_FILMS, PAGE_FILMS, BrowsePage, FilterNames
from core.filters import Filters
from db.found_movies import read_movies
from db.pool import Executor
from db.users import read_reader


class Browse:
    """Pages of films out of tmdb.browse, for readers; `catalogue_language` is that of stored titles."""

    def __init__(self, db: Executor, *, catalogue_language: str) -> None:
        self._db = db
        self._catalogue_language = catalogue_language.partition("-")[0]

    # A page past the end is the last one: lists grow shorter while somebody leafs.
    #
    # $1 the reader, $2 the language Telegram tells, $3 whether others see the screen, $4 the page, $5 films a
    # page, $6 at most so many in all, $7 the catalogue's language, $8 whether the reader's own ratings may
    # hide films, $9 to $19 the filters.
    PAGE = """
        WITH reader AS MATERIALIZED (
          SELECT * FROM tmdb.reader($1, $2, $3)
        ), found AS MATERIALIZED (
          SELECT film.tmdb_id, film.place FROM reader
          CROSS JOIN tmdb.browse($9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
            CASE WHEN reader.hide_rated AND $8 THEN $1 END, reader.adult, $6) AS film
        ), shown AS MATERIALIZED (
          SELECT total, least($4::int, greatest(1, ceil(total / ($5::int)::float8)::int)) AS page
          FROM (SELECT count(*)::int AS total FROM found) AS counted
        ), genre AS MATERIALIZED (
          SELECT g.tmdb_genre_id, coalesce(n.name, g.name) AS name
          FROM reader CROSS JOIN tmdb.genres AS g
          LEFT JOIN tmdb.genre_names AS n ON n.media_type = g.media_type
            AND n.tmdb_genre_id = g.tmdb_genre_id AND n.language = reader.language
          WHERE g.media_type = 'movie'
        )
        SELECT reader.*, shown.total, shown.page, m.tmdb_id AS movie_id,
          tmdb.film_title(m.tmdb_id, m.title, m.original_title, m.original_language, $7,
            reader.film_language, reader.region) AS title,
          m.original_title, m.year, m.vote_average, m.vote_count, rating.tmdb_rating,
          watched.movie_id IS NOT NULL AS on_watchlist,
          ARRAY(SELECT tmdb_genre_id FROM genre ORDER BY name, tmdb_genre_id) AS genre_ids,
          ARRAY(SELECT name FROM genre ORDER BY name, tmdb_genre_id) AS genre_names,
          ARRAY(
            SELECT tmdb.person_name(p.tmdb_id, p.name, p.original_name, reader.film_language, reader.region)
            FROM unnest($17::int[]) WITH ORDINALITY AS chosen (tmdb_id, place)
            LEFT JOIN tmdb.people AS p USING (tmdb_id)
            ORDER BY chosen.place
          ) AS people,
          (SELECT k.name FROM tmdb.keywords AS k WHERE k.tmdb_id = $18) AS keyword,
          (SELECT c.collection_name FROM tmdb.movies AS c WHERE c.collection_id = $19 LIMIT 1) AS collection
        FROM reader
        CROSS JOIN shown
        LEFT JOIN found ON found.place > (shown.page - 1) * $5::int AND found.place <= shown.page * $5::int
        LEFT JOIN tmdb.movies AS m ON m.tmdb_id = found.tmdb_id
        LEFT JOIN tmdb.user_movie_ratings AS rating
          ON rating.telegram_user_id = $1 AND rating.movie_id = m.tmdb_id
        LEFT JOIN tmdb.user_watchlist AS watched
          ON watched.telegram_user_id = $1 AND watched.movie_id = m.tmdb_id
        ORDER BY found.place
    """

    async def page(
        self,
        filters: Filters,
        user_id: int,
        language: str | None,
        *,
        page: int = 1,
        is_shared: bool = False,
        hides_rated: bool = True,
    ) -> BrowsePage:
        """A page of the films that pass, the last one where there are fewer pages.

        `hides_rated` is false where others see the list too: what one person hides is there for them.
        """
        rows = await self._db.fetch(
            self.PAGE,
            *(user_id, language, is_shared, page, PAGE_FILMS, MAX_FILMS, self._catalogue_language),
            hides_rated,
            *_arguments(filters),
        )
        first = rows[0]
        return BrowsePage(
            reader=read_reader(first),
            movies=read_movies(rows),
            page=first["page"],
            total=first["total"],
            filters=filters,
            names=FilterNames(
                dict(zip(first["genre_ids"], first["genre_names"], strict=True)),
                {id_: name for id_, name in zip(filters.people, first["people"], strict=True) if name},
                first["keyword"],
                first["collection"],
            ),
        )

    IDS = """
        SELECT film.tmdb_id, count(*) OVER ()::int AS total
        FROM tmdb.reader($1, $2, $3) AS reader
        CROSS JOIN tmdb.browse($8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
          CASE WHEN reader.hide_rated AND $7 THEN $1 END, reader.adult, $6) AS film
        ORDER BY film.place OFFSET $4 LIMIT $5
    """

    async def ids(
        self,
        filters: Filters,
        user_id: int,
        language: str | None,
        *,
        is_shared: bool = False,
        hides_rated: bool = True,
        offset: int = 0,
        limit: int = MAX_FILMS,
    ) -> tuple[list[int], int]:
        """The same films as ids, from `offset` on; and how many there are in all, 0 past their end."""
        rows = await self._db.fetch(
            self.IDS,
            *(user_id, language, is_shared, offset, limit, MAX_FILMS, hides_rated),
            *_arguments(filters),
        )
        return [row["tmdb_id"] for row in rows], rows[0]["total"] if rows else 0

    KEYWORD = """
        SELECT k.tmdb_id FROM unnest($1::text[]) WITH ORDINALITY AS asked (name, place)
        JOIN tmdb.keywords AS k ON lower(k.name) = asked.name
        ORDER BY asked.place, k.tmdb_id LIMIT 1
    """

    async def keyword(self, names: Sequence[str]) -> int | None:
        """The id of TMDB's keyword of the first of these names, in lower case, that one has."""
        keyword_id: int | None = await self._db.fetchval(self.KEYWORD, names)
        return keyword_id


def _arguments(filters: Filters) -> tuple[Any, ...]:
    # Cantonese films are Chinese ones to whoever asks for those.
    languages = ["zh", "cn"] if filters.language == "zh" else [filters.language] if filters.language else []
    return (
        *(filters.sort, filters.is_new, filters.genres, filters.year_from, filters.year_to),
        *(filters.min_score, languages, filters.role, filters.people),
        *(filters.keyword_id, filters.collection_id),
    )
