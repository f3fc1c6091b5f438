"""People's watchlists."""

from typing import NamedTuple

from db.pool import Executor


class Change(NamedTuple):
    """What a change in the chat met: is there such a film, did it apply, was it on the list, TMDB's too?"""

    known: bool
    applied: bool
    was_on: bool
    was_at_tmdb: bool


class UserWatchlist:
    """Rows of tmdb.user_watchlist; whoever changes them holds the lock on the person (Users.lock)."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    # Putting on the list what is there already leaves its place in the list.
    SET = """
        WITH film AS (
          SELECT tmdb_id FROM tmdb.movies WHERE tmdb_id = $2
        ), previous AS (
          SELECT tmdb_account_id FROM tmdb.user_watchlist WHERE telegram_user_id = $1 AND movie_id = $2
        ), fresh AS (
          SELECT tmdb_id FROM film WHERE NOT tmdb.is_redelivered($1, 'watchlist', $2, $4, $5)
        ), added AS (
          INSERT INTO tmdb.user_watchlist (telegram_user_id, movie_id, changed_at, bot_id, update_id)
          SELECT $1, tmdb_id, tmdb.now(), $4, $5 FROM fresh WHERE $3
          ON CONFLICT (telegram_user_id, movie_id) DO UPDATE SET
            changed_at = excluded.changed_at, bot_id = excluded.bot_id, update_id = excluded.update_id
        ), kept AS (
          DELETE FROM tmdb.removals AS removal USING fresh
          WHERE $3 AND removal.telegram_user_id = $1 AND removal.list = 'watchlist'
            AND removal.movie_id = fresh.tmdb_id
        ), taken AS (
          DELETE FROM tmdb.user_watchlist AS watched USING fresh
          WHERE NOT $3 AND watched.telegram_user_id = $1 AND watched.movie_id = fresh.tmdb_id
        ), removed AS (
          INSERT INTO tmdb.removals (telegram_user_id, movie_id, list, changed_at, bot_id, update_id)
          SELECT $1, tmdb_id, 'watchlist', tmdb.now(), $4, $5 FROM fresh WHERE NOT $3
          ON CONFLICT (telegram_user_id, movie_id, list) DO UPDATE SET
            changed_at = excluded.changed_at, pushed_at = NULL,
            bot_id = excluded.bot_id, update_id = excluded.update_id
        )
        SELECT EXISTS (SELECT FROM film), EXISTS (SELECT FROM fresh), EXISTS (SELECT FROM previous),
          (SELECT tmdb_account_id FROM previous) IS NOT NULL
    """

    async def set(self, user_id: int, movie_id: int, on: bool, bot_id: int, update_id: int) -> Change:
        """Puts the film on the list or takes it off, unless the update is a redelivered one."""
        row = await self._db.fetchrow(self.SET, user_id, movie_id, on, bot_id, update_id)
        assert row is not None, "a SELECT without FROM has a row"
        return Change(*row)

    # As with ratings: what TMDB has is dropped with what is known of its last change.
    DROP_IMPORTED = """
        WITH dropped AS (
          DELETE FROM tmdb.user_watchlist AS watched
          WHERE telegram_user_id = $1 AND tmdb_account_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM tmdb.pushes AS push
            WHERE push.telegram_user_id = $1 AND push.movie_id = watched.movie_id
              AND push.list = 'watchlist')
          RETURNING movie_id, changed_at, bot_id, update_id
        )
        INSERT INTO tmdb.removals (telegram_user_id, movie_id, list, changed_at, bot_id, update_id)
        SELECT $1, movie_id, 'watchlist', changed_at, bot_id, update_id FROM dropped
        WHERE changed_at > tmdb.now() - interval '1 day' ORDER BY movie_id
        ON CONFLICT (telegram_user_id, movie_id, list) DO UPDATE SET
          changed_at = excluded.changed_at, bot_id = excluded.bot_id, update_id = excluded.update_id
    """

    async def drop_imported(self, user_id: int) -> None:
        """Drops the films that TMDB's list holds too; those that are on the list only here stay."""
        await self._db.execute(self.DROP_IMPORTED, user_id)
