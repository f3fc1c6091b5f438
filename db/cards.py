"""A film's card, as one reader sees it: everything in one statement."""

from typing import Any

from core.cards import Card, CardPoster, Freshness, OwnRating, Push
from db.pool import Executor
from db.users import read_reader


class Cards:
    """Cards for the readers of one bot; `catalogue_language` is what TMDB's own choices are made for."""

    def __init__(self, db: Executor, *, bot_id: int, catalogue_language: str) -> None:
        self._db = db
        self._bot_id = bot_id
        self._catalogue_language = catalogue_language.partition("-")[0]

    # Of several translations into the language (zh has three) the reader's region comes first, then
    # CN, SG, TW, HK for zh and the language's home for others, then the code. TMDB leaves a title
    # empty where it equals the original: for a film of the reader's own language (cn is Cantonese)
    # that is the title, as TMDB's own title is in the catalogue's language; for others it says nothing.
    # After the translations: the catalogue's title, the original. Overviews fall back in the same
    # order, each on its own.
    #
    # A waiting rating is worth a word after a minute; before, it is as good as there.
    #
    # What is not fresh is not shown, whether or not it was emptied by now: a due card is asked for
    # first, a deleted one is left with its title at most.
    CARD = """
        SELECT
          reader.*,
          CASE
            WHEN m.deleted_at IS NOT NULL THEN 'deleted'
            WHEN m.data_state = 'full' AND told.is_fresh THEN 'fresh'
            ELSE 'due'
          END AS freshness,
          CASE WHEN told.is_fresh THEN coalesce(translation.title, native.title, m.title, m.original_title)
          END AS title,
          m.original_title,
          m.year,
          m.runtime,
          m.certifications ->> reader.region AS certification,
          ARRAY(
            SELECT coalesce(n.name, g.name)
            FROM tmdb.movie_genres AS mg
            JOIN tmdb.genres AS g ON g.media_type = mg.media_type AND g.tmdb_genre_id = mg.tmdb_genre_id
            LEFT JOIN tmdb.genre_names AS n
              ON n.media_type = mg.media_type AND n.tmdb_genre_id = mg.tmdb_genre_id
              AND n.language = reader.language
            WHERE mg.tmdb_movie_id = m.tmdb_id
            ORDER BY mg.position
          ) AS genres,
          ARRAY(
            SELECT c.iso_3166_1 FROM tmdb.movie_countries AS c
            WHERE c.tmdb_movie_id = m.tmdb_id
            ORDER BY c.position
            LIMIT 3
          ) AS countries,
          m.vote_average,
          m.vote_count,
          m.popularity,
          ARRAY(
            SELECT coalesce(p.name, p.original_name)
            FROM (
              SELECT c.tmdb_person_id, min(c.credit_id) AS credit_id
              FROM tmdb.movie_crew AS c
              WHERE c.tmdb_movie_id = m.tmdb_id AND c.job = 'Director'
              GROUP BY c.tmdb_person_id
              ORDER BY 2
              LIMIT 3
            ) AS director
            JOIN tmdb.people AS p ON p.tmdb_id = director.tmdb_person_id
            ORDER BY director.credit_id
          ) AS directors,
          ARRAY(
            SELECT coalesce(p.name, p.original_name)
            FROM (
              SELECT c.tmdb_person_id, c.cast_order
              FROM tmdb.movie_cast AS c
              WHERE c.tmdb_movie_id = m.tmdb_id
              ORDER BY c.cast_order
              LIMIT 5
            ) AS billed
            JOIN tmdb.people AS p ON p.tmdb_id = billed.tmdb_person_id
            ORDER BY billed.cast_order
          ) AS cast,
          coalesce(translation.overview, m.overview) AS overview,
          jsonb_path_query_first(
            m.videos, '$[*] ? (@.site == "YouTube" && (@.type == "Trailer" || @.type == "Teaser")).key'
          ) #>> '{}' AS trailer,
          poster.path AS poster_path,
          stored.telegram_file_id,
          stored.poster_status,
          r.tmdb_rating,
          (r.rated_at AT TIME ZONE 'UTC')::date AS rated_on,
          CASE
            WHEN push.tmdb_account_id IS NULL THEN NULL
            WHEN push.parked_at IS NOT NULL THEN push.parked_reason
            WHEN push.requested_at < tmdb.now() - interval '1 minute' THEN 'late'
          END AS push
        FROM (SELECT $1::int AS movie_id) AS asked
        CROSS JOIN tmdb.reader($2, $3) AS reader
        LEFT JOIN tmdb.movies AS m ON m.tmdb_id = asked.movie_id
        CROSS JOIN LATERAL (
          SELECT m.fetched_at > tmdb.now() - interval '180 days' AS is_fresh
        ) AS told
        CROSS JOIN LATERAL (
          SELECT
            CASE reader.film_language
              WHEN $5 THEN m.title
              WHEN CASE m.original_language WHEN 'cn' THEN 'zh' ELSE m.original_language END
              THEN m.original_title
            END AS title
        ) AS native
        CROSS JOIN LATERAL (
          SELECT
            (array_agg(variant.title ORDER BY variant.rank) FILTER (WHERE variant.title IS NOT NULL))[1]
              AS title,
            (array_agg(variant.overview ORDER BY variant.rank)
              FILTER (WHERE variant.overview IS NOT NULL))[1] AS overview
          FROM (
            SELECT
              coalesce(t.title, native.title) AS title,
              t.overview,
              row_number() OVER (
                ORDER BY
                  t.iso_3166_1 <> reader.region,
                  array_position('{CN,SG,TW,HK,RU,US,GB}', t.iso_3166_1),
                  t.iso_3166_1
              ) AS rank
            FROM tmdb.movie_translations AS t
            WHERE t.tmdb_id = m.tmdb_id AND t.iso_639_1 = reader.film_language
          ) AS variant
        ) AS translation
        CROSS JOIN LATERAL (
          SELECT tmdb.poster_path(
            m.posters, m.poster_path, m.original_language, $5, reader.poster_language
          ) AS path
        ) AS poster
        LEFT JOIN tmdb.posters AS stored ON stored.bot_id = $4 AND stored.poster_path = poster.path
        LEFT JOIN tmdb.user_movie_ratings AS r ON r.telegram_user_id = $2 AND r.movie_id = asked.movie_id
        LEFT JOIN tmdb.rating_pushes AS push ON push.telegram_user_id = $2 AND push.movie_id = asked.movie_id
    """

    async def card(self, movie_id: int, telegram_user_id: int, language: str) -> Card:
        """The film as this person sees it; `language` is the interface language of their Telegram."""
        row = await self._db.fetchrow(
            self.CARD, movie_id, telegram_user_id, language, self._bot_id, self._catalogue_language
        )
        assert row is not None  # one row always: an unknown film is due, an unknown person reads in defaults
        return _card(movie_id, telegram_user_id, row)


def _card(movie_id: int, telegram_user_id: int, row: Any) -> Card:
    path, value, push = row["poster_path"], row["tmdb_rating"], row["push"]
    return Card(
        movie_id=movie_id,
        reader=read_reader(row),
        freshness=Freshness(row["freshness"]),
        title=row["title"],
        original_title=row["original_title"],
        year=row["year"],
        runtime=row["runtime"],
        certification=row["certification"],
        genres=tuple(row["genres"]),
        countries=tuple(row["countries"]),
        vote_average=row["vote_average"],
        vote_count=row["vote_count"],
        popularity=row["popularity"] or 0.0,
        directors=_names(row["directors"]),
        cast=_names(row["cast"]),
        overview=row["overview"],
        trailer=row["trailer"],
        poster=path and CardPoster(path, row["telegram_file_id"], row["poster_status"] == -1),
        rating=value and OwnRating(value, row["rated_on"], push and Push(push)),
    )


def _names(names: list[str | None]) -> tuple[str, ...]:
    # Somebody with several parts stands in the cast several times.
    return tuple(dict.fromkeys(name for name in names if name))[:3]
