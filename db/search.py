"""Films by their titles."""

from collections.abc import Sequence

from core.search import FoundMovie, SearchPage, SearchQuery
from db.pool import Executor
from db.users import read_reader

PAGE_MOVIES = 8
# Nobody leafs further than this; a better query is quicker.
MAX_MOVIES = 96


class MovieSearch:
    """Results pages out of tmdb.movies and tmdb.movie_translations."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    # Titles that hold all words in their order, else titles that resemble them. The trigram indexes
    # serve both; the second stage is not run where the first found anything. A word that half the films
    # have in their titles ("the") finds the popular ones. The order weighs how close the best of a
    # film's titles comes, whether the year is right, and how popular the film is. Nothing is shown that is
    # older than TMDB's terms allow: a stub is as old as the last export that held it, or the list that told
    # of it since.
    #
    # $1 LIKE patterns, $2 the words, $3 the words without the year, $4 the year, $5 ids given by TMDB
    # instead of all that, $6 the reader, $7 the language Telegram tells, $8 offset, $9 limit, $10 at most.
    PAGE = """
        WITH reader AS (
          SELECT * FROM tmdb.reader($6, $7)
        ), holding AS MATERIALIZED (
          (SELECT tmdb_id, lower(title) AS title FROM tmdb.movies WHERE lower(title) LIKE ANY ($1::text[])
            ORDER BY popularity DESC NULLS LAST LIMIT 500)
          UNION ALL
          (SELECT tmdb_id, lower(original_title) FROM tmdb.movies
            WHERE lower(original_title) LIKE ANY ($1::text[])
            ORDER BY popularity DESC NULLS LAST LIMIT 500)
          UNION ALL
          (SELECT tmdb_id, lower(title) FROM tmdb.movie_translations
            WHERE lower(title) LIKE ANY ($1::text[]) LIMIT 2000)
        ), resembling AS MATERIALIZED (
          SELECT tmdb_id, lower(title) AS title FROM tmdb.movies
          WHERE lower(title) % $3 AND NOT EXISTS (SELECT FROM holding)
          UNION ALL
          SELECT tmdb_id, lower(original_title) FROM tmdb.movies
          WHERE lower(original_title) % $3 AND NOT EXISTS (SELECT FROM holding)
          UNION ALL
          SELECT tmdb_id, lower(title) FROM tmdb.movie_translations
          WHERE lower(title) % $3 AND NOT EXISTS (SELECT FROM holding)
        ), candidate AS (
          SELECT tmdb_id, max(greatest(similarity(title, $2), 0.8 * similarity(title, $3))) AS closeness
          FROM (SELECT tmdb_id, title FROM holding UNION ALL SELECT tmdb_id, title FROM resembling) AS found
          GROUP BY tmdb_id
          UNION ALL
          SELECT tmdb_id, -place FROM unnest($5::int[]) WITH ORDINALITY AS listed (tmdb_id, place)
        ), ranked AS (
          SELECT m.tmdb_id, m.title, m.original_title, m.original_language, m.year, m.vote_average,
            m.vote_count, row_number() OVER (
              ORDER BY candidate.closeness
                + CASE WHEN $5 IS NOT NULL THEN 0 ELSE
                    CASE abs(m.year - $4::int) WHEN 0 THEN 1 WHEN 1 THEN 0.5 ELSE 0 END
                    + 0.2 * ln(1 + greatest(coalesce(m.popularity, 0), 0)) END DESC,
              m.tmdb_id) AS place
          FROM candidate JOIN tmdb.movies AS m ON m.tmdb_id = candidate.tmdb_id
          LEFT JOIN tmdb.export_missing AS missing
            ON missing.tmdb_id = m.tmdb_id AND m.data_state = 'stub'
          WHERE m.deleted_at IS NULL AND m.adult IS NOT TRUE AND m.softcore IS NOT TRUE
            AND CASE m.data_state WHEN 'full' THEN m.fetched_at
                ELSE greatest(m.first_seen_at, coalesce(missing.last_listed_at,
                  (SELECT watermark FROM tmdb.sync_state WHERE name = 'export:movie'))) END
              > tmdb.now() - interval '180 days'
            AND coalesce(m.title, m.original_title) IS NOT NULL
        ), page AS (
          SELECT * FROM ranked WHERE place > $8 AND place <= $8 + $9 AND place <= $10
        )
        SELECT reader.*,
          (SELECT least(count(*), $10) FROM ranked) AS total,
          $5 IS NULL AND NOT EXISTS (SELECT FROM holding) AS is_nearest,
          page.tmdb_id, coalesce(translated.title, native.title, page.title, page.original_title) AS title,
          page.original_title, page.year, page.vote_average, page.vote_count, rating.tmdb_rating
        FROM reader
        LEFT JOIN page ON true
        LEFT JOIN LATERAL (
          SELECT page.original_title AS title
          WHERE reader.language
            = CASE page.original_language WHEN 'cn' THEN 'zh' ELSE page.original_language END
        ) AS native ON true
        LEFT JOIN LATERAL (
          SELECT coalesce(t.title, native.title) AS title FROM tmdb.movie_translations AS t
          WHERE t.tmdb_id = page.tmdb_id AND t.iso_639_1 = reader.language
            AND coalesce(t.title, native.title) IS NOT NULL
          ORDER BY t.iso_3166_1 <> reader.region,
            array_position('{CN,SG,TW,HK,RU,US,GB}', t.iso_3166_1), t.iso_3166_1
          LIMIT 1
        ) AS translated ON true
        LEFT JOIN tmdb.user_movie_ratings AS rating
          ON rating.telegram_user_id = $6 AND rating.movie_id = page.tmdb_id
        ORDER BY page.place
    """

    async def page(
        self,
        query: SearchQuery,
        telegram_user_id: int,
        language: str | None,
        *,
        page: int = 1,
        movie_ids: Sequence[int] | None = None,
    ) -> SearchPage:
        """A page for this reader, whose interface language Telegram suggests: what the query finds here.

        With `movie_ids`, TMDB's results in TMDB's order instead.
        """
        patterns = list(dict.fromkeys(filter(None, map(_pattern, (query.words, query.title_words)))))
        rows = await self._db.fetch(
            self.PAGE,
            [] if movie_ids is not None else patterns,
            " ".join(query.words),
            "" if movie_ids is not None else " ".join(query.title_words),
            query.year,
            movie_ids,
            telegram_user_id,
            language,
            (page - 1) * PAGE_MOVIES,
            PAGE_MOVIES,
            MAX_MOVIES,
        )
        first = rows[0]
        return SearchPage(
            reader=read_reader(first),
            query=query,
            movies=tuple(FoundMovie(*row[15:]) for row in rows if row["tmdb_id"] is not None),
            page=page,
            pages=-(-first["total"] // PAGE_MOVIES),
            total=first["total"],
            is_nearest=first["is_nearest"],
            is_from_tmdb=movie_ids is not None,
        )


def _pattern(words: Sequence[str]) -> str | None:
    """Words in their order, whatever stands between; words are letters and digits, so none is a wildcard.

    A trigram index knows beginnings of words of any length, but nothing inside words of one or two
    letters: those alone must begin the title.
    """
    if not words:
        return None
    inside = "%".join(words) + "%"
    return "%" + inside if any(len(word) > 2 for word in words) else inside
