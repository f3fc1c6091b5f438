"""Films' cards, as one reader sees them: everything in one statement."""

from collections.abc import Sequence
from typing import Any

from core.cards import Card, CardPoster, Freshness, OwnRating, Push, Watching
from db.pool import Executor
from db.users import read_reader


class Cards:
    """Cards for the readers of one bot; `catalogue_language` is what TMDB's own choices are made for."""

    def __init__(self, db: Executor, *, bot_id: int, catalogue_language: str) -> None:
        self._db = db
        self._bot_id = bot_id
        self._catalogue_language = catalogue_language.partition("-")[0]

    # Overviews fall back as titles do (tmdb.film_title), each on its own; a tagline in another language than
    # the reader's says nothing to them. Names are chosen as tmdb.person_name does, which would be called for
    # every name of fifty cards.
    #
    # A waiting rating is worth a word after a minute; before, it is as good as there.
    #
    # What is not fresh is not shown, whether or not it was emptied by now: a due card is asked for
    # first, a stub is shown as far as a list told of it, a deleted one is left with its title at most.
    #
    # The films come through a SELECT, so that the planner guesses how many they are whatever their number:
    # with a guess that depended on it, it would plan anew each time, ten times as long as it takes to run.
    #
    # $1 films, $2 the reader, $3 the language Telegram tells, $4 the bot, $5 the catalogue's language,
    # $6 whether others see the screen too, $7 whether films that may not be shown are left out, $8 whether
    # the reader's own ratings may hide films.
    CARDS = """
        SELECT
          reader.*,
          asked.movie_id,
          CASE
            WHEN m.deleted_at IS NOT NULL THEN 'deleted'
            WHEN NOT reader.adult AND (m.adult OR m.softcore) THEN 'adult'
            WHEN m.data_state = 'full' AND told.is_fresh THEN 'fresh'
            WHEN m.data_state = 'stub' AND shown.may_be THEN 'stub'
            ELSE 'due'
          END AS freshness,
          CASE WHEN told.is_fresh OR shown.may_be THEN tmdb.film_title(m.tmdb_id, m.title, m.original_title,
            m.original_language, $5, reader.film_language, reader.region) END AS title,
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
          CASE reader.film_language WHEN $5 THEN m.tagline ELSE translation.tagline END AS tagline,
          m.collection_id,
          m.collection_name,
          ARRAY(
            SELECT coalesce(translated.name, p.name, p.original_name)
            FROM (
              SELECT c.tmdb_person_id, min(c.credit_id) AS credit_id
              FROM tmdb.movie_crew AS c
              WHERE c.tmdb_movie_id = m.tmdb_id AND c.job = 'Director'
              GROUP BY c.tmdb_person_id
              ORDER BY 2
              LIMIT 3
            ) AS director
            JOIN tmdb.people AS p ON p.tmdb_id = director.tmdb_person_id
            LEFT JOIN LATERAL (
              SELECT t.name FROM tmdb.person_translations AS t
              WHERE t.tmdb_id = p.tmdb_id AND t.iso_639_1 = reader.film_language AND t.name IS NOT NULL
              ORDER BY t.iso_3166_1 <> reader.region,
                array_position('{CN,SG,TW,HK,RU,US,GB}', t.iso_3166_1), t.iso_3166_1
              LIMIT 1
            ) AS translated ON reader.film_language <> $5
            ORDER BY director.credit_id
          ) AS directors,
          ARRAY(
            SELECT coalesce(translated.name, p.name, p.original_name)
            FROM (
              SELECT c.tmdb_person_id, c.cast_order
              FROM tmdb.movie_cast AS c
              WHERE c.tmdb_movie_id = m.tmdb_id
              ORDER BY c.cast_order
              LIMIT 5
            ) AS billed
            JOIN tmdb.people AS p ON p.tmdb_id = billed.tmdb_person_id
            LEFT JOIN LATERAL (
              SELECT t.name FROM tmdb.person_translations AS t
              WHERE t.tmdb_id = p.tmdb_id AND t.iso_639_1 = reader.film_language AND t.name IS NOT NULL
              ORDER BY t.iso_3166_1 <> reader.region,
                array_position('{CN,SG,TW,HK,RU,US,GB}', t.iso_3166_1), t.iso_3166_1
              LIMIT 1
            ) AS translated ON reader.film_language <> $5
            ORDER BY billed.cast_order
          ) AS cast,
          coalesce(translation.overview, m.overview) AS overview,
          trailer.key AS trailer,
          trailer.number AS trailers,
          m.watch_providers -> reader.region AS watching,
          floor(extract(epoch FROM tmdb.now() - m.fetched_at) / 86400)::int AS days_old,
          EXISTS (SELECT FROM tmdb.movie_cast AS c WHERE c.tmdb_movie_id = m.tmdb_id) AS has_cast,
          EXISTS (SELECT FROM tmdb.movie_crew AS c WHERE c.tmdb_movie_id = m.tmdb_id) AS has_crew,
          EXISTS (
            SELECT FROM tmdb.movies AS near
            WHERE near.tmdb_id = ANY (m.similar_ids || m.recommended_ids)
              AND coalesce(near.title, near.original_title) IS NOT NULL
              AND tmdb.may_be_shown(near.tmdb_id, near.data_state, near.fetched_at, near.first_seen_at,
                near.deleted_at, near.adult, near.softcore, reader.adult)
              AND (NOT (reader.hide_rated AND $8) OR NOT EXISTS (
                SELECT FROM tmdb.user_movie_ratings AS rated
                WHERE rated.telegram_user_id = $2 AND rated.movie_id = near.tmdb_id))
          ) AS has_similar,
          poster.path AS poster_path,
          stored.telegram_file_id,
          stored.poster_status,
          r.tmdb_rating,
          (r.rated_at AT TIME ZONE 'UTC')::date AS rated_on,
          CASE
            WHEN push.tmdb_account_id IS NULL THEN NULL
            WHEN push.parked_at IS NOT NULL THEN push.parked_reason
            WHEN push.requested_at < tmdb.now() - interval '1 minute' THEN 'late'
          END AS push,
          watched.movie_id IS NOT NULL AS on_watchlist
        FROM unnest((SELECT $1::int[])) WITH ORDINALITY AS asked (movie_id, place)
        CROSS JOIN tmdb.reader($2, $3, $6) AS reader
        LEFT JOIN tmdb.movies AS m ON m.tmdb_id = asked.movie_id
        CROSS JOIN LATERAL (
          SELECT m.fetched_at > tmdb.now() - interval '180 days' AS is_fresh
        ) AS told
        CROSS JOIN LATERAL (
          SELECT coalesce(m.title, m.original_title) IS NOT NULL AND tmdb.may_be_shown(m.tmdb_id,
            m.data_state, m.fetched_at, m.first_seen_at, m.deleted_at, m.adult, m.softcore, reader.adult)
            AS may_be
        ) AS shown
        CROSS JOIN LATERAL (
          SELECT
            (array_agg(variant.overview ORDER BY variant.rank)
              FILTER (WHERE variant.overview IS NOT NULL))[1] AS overview,
            (array_agg(variant.tagline ORDER BY variant.rank)
              FILTER (WHERE variant.tagline IS NOT NULL))[1] AS tagline
          FROM (
            SELECT t.overview, t.tagline,
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
          SELECT count(*)::int AS number,
            (array_agg(video.told ->> 'key' ORDER BY
              CASE video.told ->> 'iso_639_1' WHEN reader.film_language THEN 0 WHEN m.original_language THEN 1
                WHEN 'en' THEN 2 ELSE 3 END,
              video.place))[1] AS key
          FROM jsonb_path_query(
            m.videos, '$[*] ? (@.site == "YouTube" && (@.type == "Trailer" || @.type == "Teaser"))'
          ) WITH ORDINALITY AS video (told, place)
        ) AS trailer
        CROSS JOIN LATERAL (
          SELECT tmdb.poster_path(
            m.posters, m.poster_path, m.original_language, $5, reader.poster_language
          ) AS path
        ) AS poster
        LEFT JOIN tmdb.posters AS stored ON stored.bot_id = $4 AND stored.poster_path = poster.path
        LEFT JOIN tmdb.user_movie_ratings AS r ON r.telegram_user_id = $2 AND r.movie_id = asked.movie_id
        LEFT JOIN tmdb.pushes AS push
          ON push.telegram_user_id = $2 AND push.movie_id = asked.movie_id AND push.list = 'ratings'
        LEFT JOIN tmdb.user_watchlist AS watched
          ON watched.telegram_user_id = $2 AND watched.movie_id = asked.movie_id
        WHERE NOT $7 OR shown.may_be
        ORDER BY asked.place
    """

    async def card(
        self,
        movie_id: int,
        telegram_user_id: int,
        language: str,
        *,
        is_shared: bool = False,
        hides_rated: bool = True,
    ) -> Card:
        """The film as this person sees it; `language` is the interface language of their Telegram.

        `hides_rated` is false where others see the card too: its buttons follow nobody's own ratings.
        """
        # One row always: an unknown film is due, an unknown person reads in defaults.
        [card] = await self._read(
            [movie_id], telegram_user_id, language, is_shared, hides_rated, only_shown=False
        )
        return card

    async def cards(
        self,
        movie_ids: Sequence[int],
        telegram_user_id: int,
        language: str,
        *,
        is_shared: bool = False,
        hides_rated: bool = True,
    ) -> list[Card]:
        """Those of the films that may be shown to this person, in the order given."""
        return await self._read(
            movie_ids, telegram_user_id, language, is_shared, hides_rated, only_shown=True
        )

    async def _read(
        self,
        movie_ids: Sequence[int],
        user_id: int,
        language: str,
        is_shared: bool,
        hides_rated: bool,
        *,
        only_shown: bool,
    ) -> list[Card]:
        rows = await self._db.fetch(
            self.CARDS,
            movie_ids,
            user_id,
            language,
            self._bot_id,
            self._catalogue_language,
            is_shared,
            only_shown,
            hides_rated,
        )
        return [_card(row) for row in rows]


def _card(row: Any) -> Card:
    path, value, push = row["poster_path"], row["tmdb_rating"], row["push"]
    return Card(
        movie_id=row["movie_id"],
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
        tagline=row["tagline"],
        collection_id=row["collection_id"],
        collection_name=row["collection_name"],
        directors=_names(row["directors"]),
        cast=_names(row["cast"]),
        overview=row["overview"],
        trailer=row["trailer"],
        trailers=row["trailers"],
        watching=read_watching(row["watching"], row["days_old"]),
        has_cast=row["has_cast"],
        has_crew=row["has_crew"],
        has_similar=row["has_similar"],
        poster=path and CardPoster(path, row["telegram_file_id"], row["poster_status"] == -1),
        rating=value and OwnRating(value, row["rated_on"], push and Push(push)),
        on_watchlist=row["on_watchlist"],
    )


def _names(names: list[str | None]) -> tuple[str, ...]:
    # Somebody with several parts stands in the cast several times.
    return tuple(dict.fromkeys(name for name in names if name))[:3]


def read_watching(offers: dict[str, Any] | None, days_old: int | None) -> Watching | None:
    """One region's entry of tmdb.movies.watch_providers; None where nobody there offers the film."""
    offers = offers or {}
    providers = {kind: tuple(offers[kind]) for kind in Watching.KINDS if offers.get(kind)}
    return Watching(providers, offers.get("link"), days_old or 0) if providers else None
