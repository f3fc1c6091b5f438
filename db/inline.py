"""Inline mode: films to offer before anything is typed, and sent cards that still lack something."""

from datetime import timedelta
from typing import NamedTuple

from db.pool import Executor, wake

# What a person did with films is recent for so long, and so many of those films come first.
RECENT = timedelta(days=90)
RECENT_FILMS = 10
POPULAR_FILMS = 100

# A card whose poster has not come by then stays a text.
LIFE = timedelta(days=1)


class OfferedFilms:
    """What an empty inline query is answered with."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    # What people open is not kept by person: recent is what they rated or put on the watchlist.
    OFFERED = """
        WITH reader AS MATERIALIZED (
          SELECT * FROM tmdb.reader($1, $2, $3)
        ), touched AS (
          SELECT movie_id, max(touched_at) AS touched_at FROM (
            SELECT movie_id, coalesce(changed_at, rated_at) AS touched_at
            FROM tmdb.user_movie_ratings WHERE telegram_user_id = $1
            UNION ALL
            SELECT movie_id, added_at FROM tmdb.user_watchlist WHERE telegram_user_id = $1
          ) AS act
          WHERE touched_at > tmdb.now() - $6::interval
          GROUP BY movie_id
        ), recent AS MATERIALIZED (
          SELECT movie.tmdb_id, row_number() OVER (ORDER BY touched.touched_at DESC, movie.tmdb_id) AS place
          FROM touched
          JOIN tmdb.movies AS movie ON movie.tmdb_id = touched.movie_id
          CROSS JOIN reader
          WHERE tmdb.may_be_shown(movie.tmdb_id, movie.data_state, movie.fetched_at, movie.first_seen_at,
              movie.deleted_at, movie.adult, movie.softcore, reader.adult)
            AND NOT (reader.hide_rated AND EXISTS (
              SELECT FROM tmdb.user_movie_ratings AS rating
              WHERE rating.telegram_user_id = $1 AND rating.movie_id = movie.tmdb_id))
          ORDER BY touched.touched_at DESC, movie.tmdb_id
          LIMIT $7
        ), popular AS MATERIALIZED (
          SELECT movie.tmdb_id,
            $7 + row_number() OVER (ORDER BY movie.popularity DESC, movie.tmdb_id) AS place
          FROM tmdb.movies AS movie
          CROSS JOIN reader
          WHERE movie.popularity <= 'infinity' AND movie.data_state = 'full'
            AND tmdb.may_be_shown(movie.tmdb_id, movie.data_state, movie.fetched_at, movie.first_seen_at,
              movie.deleted_at, movie.adult, movie.softcore, reader.adult)
            AND NOT (reader.hide_rated AND EXISTS (
              SELECT FROM tmdb.user_movie_ratings AS rating
              WHERE rating.telegram_user_id = $1 AND rating.movie_id = movie.tmdb_id))
          ORDER BY movie.popularity DESC, movie.tmdb_id
          LIMIT $8
        ), offered AS (
          SELECT tmdb_id, place FROM recent
          UNION ALL
          SELECT tmdb_id, place FROM popular WHERE tmdb_id NOT IN (SELECT tmdb_id FROM recent)
        )
        SELECT tmdb_id, count(*) OVER () AS total FROM offered ORDER BY place OFFSET $4 LIMIT $5
    """

    async def ids(
        self, telegram_user_id: int, language: str, *, is_shared: bool, offset: int, limit: int
    ) -> tuple[list[int], int]:
        """The person's recent films, then the popular ones; and how many there are in all."""
        rows = await self._db.fetch(
            self.OFFERED,
            *(telegram_user_id, language, is_shared, offset, limit),
            *(RECENT, RECENT_FILMS, POPULAR_FILMS),
        )
        return [row["tmdb_id"] for row in rows], rows[0]["total"] if rows else 0


class Lacking(NamedTuple):
    """What the card of a message that was just sent waits for."""

    poster_path: str | None  # None: the film is a stub
    popularity: float


class InlineMessage(NamedTuple):
    """A sent card that one worker may complete now; `language` is what its sender's Telegram told."""

    inline_message_id: str
    movie_id: int
    telegram_user_id: int
    language: str
    attempts: int


class InlineMessages:
    """Rows of tmdb.inline_messages, of one bot."""

    def __init__(self, db: Executor, *, bot_id: int, catalogue_language: str) -> None:
        self._db = db
        self._bot_id = bot_id
        self._catalogue_language = catalogue_language.partition("-")[0]

    WAIT = """
        INSERT INTO tmdb.inline_messages AS message
          (bot_id, inline_message_id, movie_id, poster_path, telegram_user_id, language, expires_at)
        SELECT $1, $2, movie.tmdb_id, poster.path, $4, $5, tmdb.now() + $7::interval
        FROM tmdb.movies AS movie
        CROSS JOIN tmdb.reader($4, $5, true) AS reader
        CROSS JOIN LATERAL (
          SELECT CASE movie.data_state WHEN 'full' THEN tmdb.poster_path(
            movie.posters, movie.poster_path, movie.original_language, $6, reader.poster_language) END AS path
        ) AS poster
        WHERE movie.tmdb_id = $3 AND (movie.data_state = 'stub' OR poster.path IS NOT NULL)
        ON CONFLICT (bot_id, inline_message_id) DO UPDATE SET poster_path = excluded.poster_path
        RETURNING message.poster_path,
          (SELECT coalesce(popularity, 0) FROM tmdb.movies WHERE tmdb_id = $3) AS popularity
    """

    async def wait(
        self, inline_message_id: str, movie_id: int, telegram_user_id: int, language: str
    ) -> Lacking | None:
        """From now on the message is completed when it can be; None where nothing is to come."""
        row = await self._db.fetchrow(
            self.WAIT,
            *(self._bot_id, inline_message_id, movie_id, telegram_user_id, language),
            *(self._catalogue_language, LIFE),
        )
        if row is None:
            return None
        await wake(self._db, "inline")
        return Lacking(*row)

    # The messages are few, so the join begins with them.
    CLAIM = """
        WITH due AS MATERIALIZED (
          SELECT message.bot_id, message.inline_message_id
          FROM tmdb.inline_messages AS message
          WHERE message.bot_id = $1 AND message.next_attempt_at <= tmdb.now()
            AND (message.lease_until IS NULL OR message.lease_until <= tmdb.now())
            AND CASE WHEN message.poster_path IS NULL
              THEN (SELECT data_state = 'full' FROM tmdb.movies WHERE tmdb_id = message.movie_id)
              ELSE (SELECT telegram_file_id IS NOT NULL FROM tmdb.posters AS poster
                WHERE poster.bot_id = message.bot_id AND poster.poster_path = message.poster_path)
              END
          ORDER BY message.next_attempt_at LIMIT $2 FOR UPDATE SKIP LOCKED
        )
        UPDATE tmdb.inline_messages AS message
        SET lease_until = tmdb.now() + $3::interval, leased_by = $4, attempts = message.attempts + 1
        FROM due
        WHERE message.bot_id = due.bot_id AND message.inline_message_id = due.inline_message_id
        RETURNING message.inline_message_id, message.movie_id, message.telegram_user_id, message.language,
          message.attempts
    """

    async def claim(self, limit: int, lease: timedelta, leased_by: str) -> list[InlineMessage]:
        """Messages that can be completed now: the film was fetched, or the poster has its file_id."""
        rows = await self._db.fetch(self.CLAIM, self._bot_id, limit, lease, leased_by)
        return [InlineMessage(*row) for row in rows]

    RENEW = """
        UPDATE tmdb.inline_messages SET lease_until = tmdb.now() + $2::interval WHERE leased_by = $1
    """

    async def renew(self, leased_by: str, lease: timedelta) -> None:
        """What this worker holds stays its own."""
        await self._db.execute(self.RENEW, leased_by, lease)

    RELEASE = """
        UPDATE tmdb.inline_messages
        SET lease_until = NULL, leased_by = NULL, attempts = greatest(attempts - 1, 0) WHERE leased_by = $1
    """

    async def release(self, leased_by: str) -> None:
        """What this worker holds is free again."""
        await self._db.execute(self.RELEASE, leased_by)

    LATER = """
        UPDATE tmdb.inline_messages
        SET poster_path = coalesce($4, poster_path), next_attempt_at = tmdb.now() + $5::interval,
          lease_until = NULL, leased_by = NULL
        WHERE bot_id = $1 AND inline_message_id = $2 AND leased_by = $3
    """

    async def later(
        self,
        inline_message_id: str,
        leased_by: str,
        after: timedelta = timedelta(),
        *,
        poster_path: str | None = None,
    ) -> None:
        """It still lacks something: the poster it waits for now, if that was not known before."""
        await self._db.execute(self.LATER, self._bot_id, inline_message_id, leased_by, poster_path, after)

    PUT_OFF = """
        UPDATE tmdb.inline_messages SET next_attempt_at = greatest(next_attempt_at, tmdb.now() + $3::interval)
        WHERE bot_id = $1 AND inline_message_id = $2
    """

    async def put_off(self, inline_message_id: str, after: timedelta) -> None:
        """Its poster, if it waits for one, comes this much later at least."""
        await self._db.execute(self.PUT_OFF, self._bot_id, inline_message_id, after)

    DONE = """
        DELETE FROM tmdb.inline_messages WHERE bot_id = $1 AND inline_message_id = $2
    """

    async def done(self, inline_message_id: str) -> None:
        """It is complete, shows something else, or cannot be edited any more."""
        await self._db.execute(self.DONE, self._bot_id, inline_message_id)

    PRUNE = """
        DELETE FROM tmdb.inline_messages WHERE bot_id = $1 AND expires_at <= tmdb.now()
    """

    async def prune(self) -> None:
        """What has waited too long stays as it is."""
        await self._db.execute(self.PRUNE, self._bot_id)
