"""People's ratings, and their way to TMDB."""

from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from db.pool import Executor


class Change(NamedTuple):
    """What a change in the chat met: is there such a film, did it apply, the rating before it."""

    known: bool
    applied: bool
    previous: Decimal | None


class UserMovieRatings:
    """Rows of tmdb.user_movie_ratings and tmdb.rating_removals.

    Whoever changes them holds the lock on the person (Users.lock).
    """

    def __init__(self, db: Executor) -> None:
        self._db = db

    # A change is a redelivery if the same bot made one with the same or a higher update_id less than a
    # day ago. The rating remembers its last change, and a removal leaves a row of its own that does.
    RATE = """
        WITH film AS (
          SELECT tmdb_id FROM tmdb.movies WHERE tmdb_id = $2
        ), previous AS (
          SELECT tmdb_rating, changed_at, bot_id, update_id
          FROM tmdb.user_movie_ratings WHERE telegram_user_id = $1 AND movie_id = $2
        ), fresh AS (
          SELECT tmdb_id FROM film WHERE NOT EXISTS (
            SELECT FROM (
              SELECT changed_at, bot_id, update_id FROM previous
              UNION ALL
              SELECT changed_at, bot_id, update_id
              FROM tmdb.rating_removals WHERE telegram_user_id = $1 AND movie_id = $2
            ) AS earlier
            WHERE bot_id = $4 AND update_id >= $5 AND changed_at > tmdb.now() - interval '1 day')
        ), rated AS (
          INSERT INTO tmdb.user_movie_ratings
            (telegram_user_id, movie_id, tmdb_rating, rated_at, source, changed_at, bot_id, update_id)
          SELECT $1, tmdb_id, $3, tmdb.now(), 'manual', tmdb.now(), $4, $5 FROM fresh
          ON CONFLICT (telegram_user_id, movie_id) DO UPDATE SET
            tmdb_rating = excluded.tmdb_rating, rated_at = excluded.rated_at, source = excluded.source,
            changed_at = excluded.changed_at, bot_id = excluded.bot_id, update_id = excluded.update_id
        ), kept AS (
          DELETE FROM tmdb.rating_removals AS removal USING fresh
          WHERE removal.telegram_user_id = $1 AND removal.movie_id = fresh.tmdb_id
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
          SELECT tmdb_rating, changed_at, bot_id, update_id
          FROM tmdb.user_movie_ratings WHERE telegram_user_id = $1 AND movie_id = $2
        ), fresh AS (
          SELECT tmdb_id FROM film WHERE NOT EXISTS (
            SELECT FROM (
              SELECT changed_at, bot_id, update_id FROM previous
              UNION ALL
              SELECT changed_at, bot_id, update_id
              FROM tmdb.rating_removals WHERE telegram_user_id = $1 AND movie_id = $2
            ) AS earlier
            WHERE bot_id = $3 AND update_id >= $4 AND changed_at > tmdb.now() - interval '1 day')
        ), unrated AS (
          DELETE FROM tmdb.user_movie_ratings AS rating USING fresh
          WHERE rating.telegram_user_id = $1 AND rating.movie_id = fresh.tmdb_id
          RETURNING rating.tmdb_account_id
        ), removed AS (
          INSERT INTO tmdb.rating_removals (telegram_user_id, movie_id, changed_at, bot_id, update_id)
          SELECT $1, tmdb_id, tmdb.now(), $3, $4 FROM fresh
          ON CONFLICT (telegram_user_id, movie_id) DO UPDATE SET
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
            SELECT FROM tmdb.rating_pushes AS push
            WHERE push.telegram_user_id = $1 AND push.movie_id = rating.movie_id)
          RETURNING movie_id, changed_at, bot_id, update_id
        ), remembered AS (
          INSERT INTO tmdb.rating_removals (telegram_user_id, movie_id, changed_at, bot_id, update_id)
          SELECT $1, movie_id, changed_at, bot_id, update_id FROM dropped
          WHERE changed_at > tmdb.now() - interval '1 day' ORDER BY movie_id
          ON CONFLICT (telegram_user_id, movie_id) DO UPDATE SET
            changed_at = excluded.changed_at, bot_id = excluded.bot_id, update_id = excluded.update_id
        )
        UPDATE tmdb.users SET ratings_count = ratings_count - (SELECT count(*) FROM dropped)
        WHERE telegram_user_id = $1
        RETURNING (SELECT count(*) FROM dropped)
    """

    async def drop_imported(self, user_id: int) -> int:
        """Drops the ratings that TMDB holds too, and says how many; those that exist only here stay."""
        return await self._db.fetchval(self.DROP_IMPORTED, user_id) or 0

    PRUNE_REMOVALS = """
        DELETE FROM tmdb.rating_removals AS removal
        WHERE changed_at <= tmdb.now() - interval '1 day'
          AND (pushed_at IS NULL OR pushed_at <= tmdb.now() - interval '1 day')
          AND NOT EXISTS (SELECT FROM tmdb.imports WHERE telegram_user_id = removal.telegram_user_id
            AND finished_at IS NULL)
    """

    async def prune_removals(self) -> None:
        """Forgets removals older than Telegram redelivers, unless an import still has to know them."""
        await self._db.execute(self.PRUNE_REMOVALS)


class Push(NamedTuple):
    """One rating on its way; no value: it is to be removed. The session is encrypted."""

    telegram_user_id: int
    movie_id: int
    value: Decimal | None
    version: int
    attempts: int
    tmdb_account_id: int
    tmdb_session: str


class Offered(NamedTuple):
    """Changes made without an account, which wait for their owner's word."""

    ratings: int
    removals: int


class RatingPushes:
    """Rows of tmdb.rating_pushes."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    # What was meant for an account that is not linked now stays meant for it, and parked until it is.
    WANT = """
        INSERT INTO tmdb.rating_pushes AS push (telegram_user_id, movie_id, value, tmdb_account_id)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (telegram_user_id, movie_id) DO UPDATE SET
          value = excluded.value,
          tmdb_account_id = coalesce(excluded.tmdb_account_id, push.tmdb_account_id),
          version = push.version + 1, requested_at = tmdb.now(), attempts = 0, next_attempt_at = tmdb.now(),
          last_error = NULL,
          parked_at = CASE WHEN excluded.tmdb_account_id IS NULL AND push.tmdb_account_id IS NOT NULL
            THEN tmdb.now() END,
          parked_reason = CASE WHEN excluded.tmdb_account_id IS NULL AND push.tmdb_account_id IS NOT NULL
            THEN 'revoked' END
    """

    async def want(self, user_id: int, movie_id: int, value: Decimal | None, account_id: int | None) -> None:
        """The newest wish for a film, in place of an older one; no account: it will be offered."""
        await self._db.execute(self.WANT, user_id, movie_id, value, account_id)

    WITHDRAW = """
        WITH meant AS (
          UPDATE tmdb.rating_pushes SET value = NULL, version = version + 1, requested_at = tmdb.now(),
            attempts = 0, last_error = NULL, parked_at = tmdb.now(), parked_reason = 'revoked'
          WHERE telegram_user_id = $1 AND movie_id = $2 AND tmdb_account_id IS NOT NULL
        )
        DELETE FROM tmdb.rating_pushes
        WHERE telegram_user_id = $1 AND movie_id = $2 AND tmdb_account_id IS NULL
    """

    async def withdraw(self, user_id: int, movie_id: int) -> None:
        """A rating that TMDB never had is gone: nothing is to be sent, unless an account was meant."""
        await self._db.execute(self.WITHDRAW, user_id, movie_id)

    OFFERED = """
        SELECT count(value), count(*) - count(value) FROM tmdb.rating_pushes
        WHERE telegram_user_id = $1 AND tmdb_account_id IS NULL AND parked_at IS NULL
    """

    async def offered(self, user_id: int) -> Offered:
        """What was given without an account and may be sent."""
        row = await self._db.fetchrow(self.OFFERED, user_id)
        assert row is not None, "an aggregate has a row"
        return Offered(*row)

    SEND_OFFERED = """
        UPDATE tmdb.rating_pushes SET tmdb_account_id = $2, next_attempt_at = tmdb.now()
        WHERE (telegram_user_id, movie_id) IN (
          SELECT telegram_user_id, movie_id FROM tmdb.rating_pushes
          WHERE telegram_user_id = $1 AND tmdb_account_id IS NULL AND parked_at IS NULL
          ORDER BY telegram_user_id, movie_id FOR UPDATE)
    """

    async def send_offered(self, user_id: int, account_id: int) -> None:
        """The owner agreed: they go to this account."""
        await self._db.execute(self.SEND_OFFERED, user_id, account_id)

    LINKED = """
        UPDATE tmdb.rating_pushes AS push SET
          tmdb_account_id = CASE WHEN push.tmdb_account_id = $2 THEN push.tmdb_account_id END,
          parked_at = NULL, parked_reason = NULL, attempts = 0, next_attempt_at = tmdb.now()
        WHERE (telegram_user_id, movie_id) IN (
          SELECT telegram_user_id, movie_id FROM tmdb.rating_pushes
          WHERE telegram_user_id = $1 AND tmdb_account_id IS NOT NULL
            AND (parked_reason IS NULL OR parked_reason = 'revoked')
          ORDER BY telegram_user_id, movie_id FOR UPDATE)
    """

    async def linked(self, user_id: int, account_id: int) -> None:
        """Sends what waited for this account, and offers it what waited for another."""
        await self._db.execute(self.LINKED, user_id, account_id)

    UNLINKED = """
        UPDATE tmdb.rating_pushes SET parked_at = tmdb.now(), parked_reason = 'revoked'
        WHERE (telegram_user_id, movie_id) IN (
          SELECT telegram_user_id, movie_id FROM tmdb.rating_pushes
          WHERE telegram_user_id = $1 AND tmdb_account_id IS NOT NULL AND parked_at IS NULL
          ORDER BY telegram_user_id, movie_id FOR UPDATE)
    """

    async def unlinked(self, user_id: int) -> None:
        """There is no session any more: what waits is parked until the same account is linked again."""
        await self._db.execute(self.UNLINKED, user_id)

    CLAIM = """
        WITH due AS (
          SELECT push.telegram_user_id, push.movie_id, person.tmdb_session
          FROM tmdb.rating_pushes AS push
          JOIN tmdb.users AS person ON person.telegram_user_id = push.telegram_user_id
            AND person.tmdb_account_id = push.tmdb_account_id AND person.tmdb_session IS NOT NULL
          WHERE push.parked_at IS NULL AND push.tmdb_account_id IS NOT NULL
            AND push.next_attempt_at <= tmdb.now()
            AND (push.lease_until IS NULL OR push.lease_until <= tmdb.now())
          ORDER BY push.next_attempt_at LIMIT $1 FOR UPDATE OF push SKIP LOCKED
        )
        UPDATE tmdb.rating_pushes AS push SET lease_until = tmdb.now() + $2::interval, leased_by = $3
        FROM due WHERE push.telegram_user_id = due.telegram_user_id AND push.movie_id = due.movie_id
        RETURNING push.telegram_user_id, push.movie_id, push.value, push.version, push.attempts,
          push.tmdb_account_id, due.tmdb_session
    """

    async def claim(self, limit: int, lease: timedelta, leased_by: str) -> list[Push]:
        """Pushes for one worker, each with its owner's session."""
        return [Push(*row) for row in await self._db.fetch(self.CLAIM, limit, lease, leased_by)]

    # Rows that somebody changes right now are passed over: the next renewal finds them.
    RENEW = """
        UPDATE tmdb.rating_pushes AS push SET lease_until = tmdb.now() + $2::interval
        FROM (
          SELECT telegram_user_id, movie_id FROM tmdb.rating_pushes
          WHERE leased_by = $1 FOR UPDATE SKIP LOCKED
        ) AS mine
        WHERE push.telegram_user_id = mine.telegram_user_id AND push.movie_id = mine.movie_id
    """

    async def renew(self, leased_by: str, lease: timedelta) -> None:
        """What this worker holds stays its own."""
        await self._db.execute(self.RENEW, leased_by, lease)

    # A newer wish came while this one was sent: the row stays and is free at once.
    DONE = """
        WITH done AS (
          DELETE FROM tmdb.rating_pushes
          WHERE telegram_user_id = $1 AND movie_id = $2 AND version = $3 AND leased_by = $4
            AND tmdb_account_id = $5
          RETURNING value
        ), rated AS (
          UPDATE tmdb.user_movie_ratings SET pushed_at = tmdb.now(), tmdb_account_id = $5
          FROM done WHERE telegram_user_id = $1 AND movie_id = $2 AND done.value IS NOT NULL
        ), removed AS (
          UPDATE tmdb.rating_removals SET pushed_at = tmdb.now()
          FROM done WHERE telegram_user_id = $1 AND movie_id = $2 AND done.value IS NULL
        )
        UPDATE tmdb.rating_pushes SET lease_until = NULL, leased_by = NULL
        WHERE telegram_user_id = $1 AND movie_id = $2 AND leased_by = $4
          AND (version <> $3 OR tmdb_account_id IS DISTINCT FROM $5)
    """

    async def done(self, push: Push, leased_by: str) -> None:
        """TMDB has it; the person's row is locked."""
        await self._db.execute(
            self.DONE, push.telegram_user_id, push.movie_id, push.version, leased_by, push.tmdb_account_id
        )

    PARK = """
        UPDATE tmdb.rating_pushes SET lease_until = NULL, leased_by = NULL, last_error = $6,
          parked_at = CASE WHEN version = $3 THEN tmdb.now() ELSE parked_at END,
          parked_reason = CASE WHEN version = $3 THEN $5 ELSE parked_reason END
        WHERE telegram_user_id = $1 AND movie_id = $2 AND leased_by = $4
        RETURNING version = $3
    """

    async def park(self, push: Push, leased_by: str, reason: str, error: str) -> bool:
        """TMDB refuses it for good; False where a newer wish has replaced it."""
        return bool(
            await self._db.fetchval(
                self.PARK, push.telegram_user_id, push.movie_id, push.version, leased_by, reason, error
            )
        )

    RETRY = """
        UPDATE tmdb.rating_pushes SET lease_until = NULL, leased_by = NULL, last_error = $6,
          attempts = CASE WHEN version = $3 THEN attempts + 1 ELSE attempts END,
          next_attempt_at = CASE WHEN version = $3 THEN tmdb.now() + $5::interval ELSE next_attempt_at END
        WHERE telegram_user_id = $1 AND movie_id = $2 AND leased_by = $4
    """

    async def retry(self, push: Push, leased_by: str, after: timedelta, error: str) -> None:
        """It did not work; again after a while."""
        await self._db.execute(
            self.RETRY, push.telegram_user_id, push.movie_id, push.version, leased_by, after, error
        )

    RELEASE = """
        UPDATE tmdb.rating_pushes AS push SET lease_until = NULL, leased_by = NULL
        FROM (
          SELECT telegram_user_id, movie_id FROM tmdb.rating_pushes
          WHERE leased_by = $1 ORDER BY telegram_user_id, movie_id FOR UPDATE
        ) AS mine
        WHERE push.telegram_user_id = mine.telegram_user_id AND push.movie_id = mine.movie_id
    """

    async def release(self, leased_by: str) -> None:
        """What this worker holds is free again."""
        await self._db.execute(self.RELEASE, leased_by)
