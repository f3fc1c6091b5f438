"""People's ratings."""

from decimal import Decimal
from typing import NamedTuple

from db.pool import Executor


class Change(NamedTuple):
    """What a change in the chat met: is there such a film, did it apply, the rating before it."""

    known: bool
    applied: bool
    previous: Decimal | None


class UserMovieRatings:
    """Rows of tmdb.user_movie_ratings.

    Whoever changes them holds the lock on the person (Users.lock).
    """

    def __init__(self, db: Executor) -> None:
        self._db = db

    RATE = """
        WITH film AS (
          SELECT tmdb_id FROM tmdb.movies WHERE tmdb_id = $2
        ), previous AS (
          SELECT tmdb_rating FROM tmdb.user_movie_ratings WHERE telegram_user_id = $1 AND movie_id = $2
        ), fresh AS (
          SELECT tmdb_id FROM film WHERE NOT tmdb.is_redelivered($1, 'ratings', $2, $4, $5)
        ), rated AS (
          INSERT INTO tmdb.user_movie_ratings
            (telegram_user_id, movie_id, tmdb_rating, rated_at, source, changed_at, bot_id, update_id)
          SELECT $1, tmdb_id, $3, tmdb.now(), 'manual', tmdb.now(), $4, $5 FROM fresh
          ON CONFLICT (telegram_user_id, movie_id) DO UPDATE SET
            tmdb_rating = excluded.tmdb_rating, rated_at = excluded.rated_at, source = excluded.source,
            changed_at = excluded.changed_at, bot_id = excluded.bot_id, update_id = excluded.update_id
        ), kept AS (
          DELETE FROM tmdb.removals AS removal USING fresh
          WHERE removal.telegram_user_id = $1 AND removal.list = 'ratings'
            AND removal.movie_id = fresh.tmdb_id
        ), counted AS (
          UPDATE tmdb.users SET ratings_count = ratings_count + 1
          WHERE telegram_user_id = $1 AND EXISTS (SELECT FROM fresh) AND NOT EXISTS (SELECT FROM previous)
        )
        SELECT EXISTS (SELECT FROM film), EXISTS (SELECT FROM fresh), (SELECT tmdb_rating FROM previous)
    """

    async def rate(self, user_id: int, movie_id: int, value: Decimal, bot_id: int, update_id: int) -> Change:
        """Sets the rating, unless the update is a redelivered one."""
        row = await self._db.fetchrow(self.RATE, user_id, movie_id, value, bot_id, update_id)
        assert row is not None, "a SELECT without FROM has a row"
        return Change(*row)

    REMOVE = """
        WITH film AS (
          SELECT tmdb_id FROM tmdb.movies WHERE tmdb_id = $2
        ), previous AS (
          SELECT tmdb_rating FROM tmdb.user_movie_ratings WHERE telegram_user_id = $1 AND movie_id = $2
        ), fresh AS (
          SELECT tmdb_id FROM film WHERE NOT tmdb.is_redelivered($1, 'ratings', $2, $3, $4)
        ), unrated AS (
          DELETE FROM tmdb.user_movie_ratings AS rating USING fresh
          WHERE rating.telegram_user_id = $1 AND rating.movie_id = fresh.tmdb_id
          RETURNING rating.tmdb_account_id
        ), removed AS (
          INSERT INTO tmdb.removals (telegram_user_id, movie_id, list, changed_at, bot_id, update_id)
          SELECT $1, tmdb_id, 'ratings', tmdb.now(), $3, $4 FROM fresh
          ON CONFLICT (telegram_user_id, movie_id, list) DO UPDATE SET
            changed_at = excluded.changed_at, pushed_at = NULL,
            bot_id = excluded.bot_id, update_id = excluded.update_id
        ), counted AS (
          UPDATE tmdb.users SET ratings_count = ratings_count - 1
          WHERE telegram_user_id = $1 AND EXISTS (SELECT FROM unrated)
        )
        SELECT EXISTS (SELECT FROM film), EXISTS (SELECT FROM fresh), (SELECT tmdb_rating FROM previous),
          (SELECT tmdb_account_id FROM unrated) IS NOT NULL
    """

    async def remove(self, user_id: int, movie_id: int, bot_id: int, update_id: int) -> tuple[Change, bool]:
        """Removes the rating, unless the update is a redelivered one; also: was it known at TMDB?"""
        row = await self._db.fetchrow(self.REMOVE, user_id, movie_id, bot_id, update_id)
        assert row is not None, "a SELECT without FROM has a row"
        return Change(*row[:3]), row[3]

    # What TMDB has is dropped with what is known of its last change; what exists only here stays.
    DROP_IMPORTED = """
        WITH dropped AS (
          DELETE FROM tmdb.user_movie_ratings AS rating
          WHERE telegram_user_id = $1 AND tmdb_account_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM tmdb.pushes AS push
            WHERE push.telegram_user_id = $1 AND push.movie_id = rating.movie_id AND push.list = 'ratings')
          RETURNING movie_id, changed_at, bot_id, update_id
        ), remembered AS (
          INSERT INTO tmdb.removals (telegram_user_id, movie_id, list, changed_at, bot_id, update_id)
          SELECT $1, movie_id, 'ratings', changed_at, bot_id, update_id FROM dropped
          WHERE changed_at > tmdb.now() - interval '1 day' ORDER BY movie_id
          ON CONFLICT (telegram_user_id, movie_id, list) DO UPDATE SET
            changed_at = excluded.changed_at, bot_id = excluded.bot_id, update_id = excluded.update_id
        )
        UPDATE tmdb.users SET ratings_count = ratings_count - (SELECT count(*) FROM dropped)
        WHERE telegram_user_id = $1
        RETURNING (SELECT count(*) FROM dropped)
    """

    async def drop_imported(self, user_id: int) -> int:
        """Drops the ratings that TMDB holds too, and says how many; those that exist only here stay."""
        return await self._db.fetchval(self.DROP_IMPORTED, user_id) or 0
