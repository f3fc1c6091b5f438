"""Changes of people's ratings and watchlists on their way to TMDB, and what those that are over leave."""

from datetime import timedelta
from decimal import Decimal
from typing import Literal, NamedTuple

from db.pool import Executor

# A person's two lists at TMDB. On the watchlist every film's value is the same.
ListName = Literal["ratings", "watchlist"]
ON_WATCHLIST = Decimal(1)


class Push(NamedTuple):
    """One change on its way; no value: the film is to leave the list. The session is encrypted."""

    telegram_user_id: int
    movie_id: int
    list: ListName
    value: Decimal | None
    version: int
    attempts: int
    tmdb_account_id: int
    tmdb_session: str


class Offered(NamedTuple):
    """Changes made without an account, which wait for their owner's word."""

    ratings: int  # given or removed
    watchlist: int  # films put on the list or taken off it


class Pushes:
    """Rows of tmdb.pushes and tmdb.removals.

    Whoever changes them holds the lock on the person (Users.lock).
    """

    def __init__(self, db: Executor) -> None:
        self._db = db

    # What was meant for an account that is not linked now stays meant for it, and parked until it is.
    WANT = """
        INSERT INTO tmdb.pushes AS push (telegram_user_id, movie_id, list, value, tmdb_account_id)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (telegram_user_id, movie_id, list) DO UPDATE SET
          value = excluded.value,
          tmdb_account_id = coalesce(excluded.tmdb_account_id, push.tmdb_account_id),
          version = push.version + 1, requested_at = tmdb.now(), attempts = 0, next_attempt_at = tmdb.now(),
          last_error = NULL,
          parked_at = CASE WHEN excluded.tmdb_account_id IS NULL AND push.tmdb_account_id IS NOT NULL
            THEN tmdb.now() END,
          parked_reason = CASE WHEN excluded.tmdb_account_id IS NULL AND push.tmdb_account_id IS NOT NULL
            THEN 'revoked' END
    """

    async def want(
        self, user_id: int, movie_id: int, list_: ListName, value: Decimal | None, account_id: int | None
    ) -> None:
        """The newest wish for a film, in place of an older one; no account: it will be offered."""
        await self._db.execute(self.WANT, user_id, movie_id, list_, value, account_id)

    WITHDRAW = """
        WITH meant AS (
          UPDATE tmdb.pushes SET value = NULL, version = version + 1, requested_at = tmdb.now(),
            attempts = 0, last_error = NULL, parked_at = tmdb.now(), parked_reason = 'revoked'
          WHERE telegram_user_id = $1 AND movie_id = $2 AND list = $3 AND tmdb_account_id IS NOT NULL
        )
        DELETE FROM tmdb.pushes
        WHERE telegram_user_id = $1 AND movie_id = $2 AND list = $3 AND tmdb_account_id IS NULL
    """

    async def withdraw(self, user_id: int, movie_id: int, list_: ListName) -> None:
        """What TMDB never had is gone: nothing is to be sent, unless an account was meant."""
        await self._db.execute(self.WITHDRAW, user_id, movie_id, list_)

    OFFERED = """
        SELECT count(*) FILTER (WHERE list = 'ratings'), count(*) FILTER (WHERE list = 'watchlist')
        FROM tmdb.pushes
        WHERE telegram_user_id = $1 AND tmdb_account_id IS NULL AND parked_at IS NULL
    """

    async def offered(self, user_id: int) -> Offered:
        """What was given without an account and may be sent."""
        row = await self._db.fetchrow(self.OFFERED, user_id)
        assert row is not None, "an aggregate has a row"
        return Offered(*row)

    SEND_OFFERED = """
        UPDATE tmdb.pushes SET tmdb_account_id = $2, next_attempt_at = tmdb.now()
        WHERE (telegram_user_id, movie_id, list) IN (
          SELECT telegram_user_id, movie_id, list FROM tmdb.pushes
          WHERE telegram_user_id = $1 AND tmdb_account_id IS NULL AND parked_at IS NULL
          ORDER BY telegram_user_id, movie_id, list FOR UPDATE)
    """

    async def send_offered(self, user_id: int, account_id: int) -> None:
        """The owner agreed: they go to this account."""
        await self._db.execute(self.SEND_OFFERED, user_id, account_id)

    LINKED = """
        UPDATE tmdb.pushes AS push SET
          tmdb_account_id = CASE WHEN push.tmdb_account_id = $2 THEN push.tmdb_account_id END,
          parked_at = NULL, parked_reason = NULL, attempts = 0, next_attempt_at = tmdb.now()
        WHERE (telegram_user_id, movie_id, list) IN (
          SELECT telegram_user_id, movie_id, list FROM tmdb.pushes
          WHERE telegram_user_id = $1 AND tmdb_account_id IS NOT NULL
            AND (parked_reason IS NULL OR parked_reason = 'revoked')
          ORDER BY telegram_user_id, movie_id, list FOR UPDATE)
    """

    async def linked(self, user_id: int, account_id: int) -> None:
        """Sends what waited for this account, and offers it what waited for another."""
        await self._db.execute(self.LINKED, user_id, account_id)

    UNLINKED = """
        UPDATE tmdb.pushes SET parked_at = tmdb.now(), parked_reason = 'revoked'
        WHERE (telegram_user_id, movie_id, list) IN (
          SELECT telegram_user_id, movie_id, list FROM tmdb.pushes
          WHERE telegram_user_id = $1 AND tmdb_account_id IS NOT NULL AND parked_at IS NULL
          ORDER BY telegram_user_id, movie_id, list FOR UPDATE)
    """

    async def unlinked(self, user_id: int) -> None:
        """There is no session any more: what waits is parked until the same account is linked again."""
        await self._db.execute(self.UNLINKED, user_id)

    # What is rated leaves the watchlist at TMDB: a film put there afterwards waits until the rating is over.
    CLAIM = """
        WITH due AS (
          SELECT push.telegram_user_id, push.movie_id, push.list, person.tmdb_session
          FROM tmdb.pushes AS push
          JOIN tmdb.users AS person ON person.telegram_user_id = push.telegram_user_id
            AND person.tmdb_account_id = push.tmdb_account_id AND person.tmdb_session IS NOT NULL
          WHERE push.parked_at IS NULL AND push.tmdb_account_id IS NOT NULL
            AND push.next_attempt_at <= tmdb.now()
            AND (push.lease_until IS NULL OR push.lease_until <= tmdb.now())
            AND NOT (push.list = 'watchlist' AND push.value IS NOT NULL AND EXISTS (
              SELECT FROM tmdb.pushes AS rating
              WHERE rating.telegram_user_id = push.telegram_user_id AND rating.movie_id = push.movie_id
                AND rating.list = 'ratings' AND rating.value IS NOT NULL
                AND rating.tmdb_account_id = push.tmdb_account_id AND rating.parked_at IS NULL
                AND rating.requested_at <= push.requested_at))
          ORDER BY push.next_attempt_at LIMIT $1 FOR UPDATE OF push SKIP LOCKED
        )
        UPDATE tmdb.pushes AS push SET lease_until = tmdb.now() + $2::interval, leased_by = $3
        FROM due
        WHERE push.telegram_user_id = due.telegram_user_id AND push.movie_id = due.movie_id
          AND push.list = due.list
        RETURNING push.telegram_user_id, push.movie_id, push.list, push.value, push.version, push.attempts,
          push.tmdb_account_id, due.tmdb_session
    """

    async def claim(self, limit: int, lease: timedelta, leased_by: str) -> list[Push]:
        """Pushes for one worker, each with its owner's session."""
        return [Push(*row) for row in await self._db.fetch(self.CLAIM, limit, lease, leased_by)]

    # Rows that somebody changes right now are passed over: the next renewal finds them.
    RENEW = """
        UPDATE tmdb.pushes AS push SET lease_until = tmdb.now() + $2::interval
        FROM (
          SELECT telegram_user_id, movie_id, list FROM tmdb.pushes
          WHERE leased_by = $1 FOR UPDATE SKIP LOCKED
        ) AS mine
        WHERE push.telegram_user_id = mine.telegram_user_id AND push.movie_id = mine.movie_id
          AND push.list = mine.list
    """

    async def renew(self, leased_by: str, lease: timedelta) -> None:
        """What this worker holds stays its own."""
        await self._db.execute(self.RENEW, leased_by, lease)

    # A newer wish came while this one was sent: the row stays and is free at once.
    DONE = """
        WITH done AS (
          DELETE FROM tmdb.pushes
          WHERE telegram_user_id = $1 AND movie_id = $2 AND list = $3 AND version = $4 AND leased_by = $5
            AND tmdb_account_id = $6
          RETURNING value
        ), rated AS (
          UPDATE tmdb.user_movie_ratings SET pushed_at = tmdb.now(), tmdb_account_id = $6
          FROM done
          WHERE telegram_user_id = $1 AND movie_id = $2 AND $3 = 'ratings' AND done.value IS NOT NULL
        ), listed AS (
          UPDATE tmdb.user_watchlist SET pushed_at = tmdb.now(), tmdb_account_id = $6
          FROM done
          WHERE telegram_user_id = $1 AND movie_id = $2 AND $3 = 'watchlist' AND done.value IS NOT NULL
        ), removed AS (
          UPDATE tmdb.removals SET pushed_at = tmdb.now()
          FROM done WHERE telegram_user_id = $1 AND movie_id = $2 AND list = $3 AND done.value IS NULL
        )
        UPDATE tmdb.pushes SET lease_until = NULL, leased_by = NULL
        WHERE telegram_user_id = $1 AND movie_id = $2 AND list = $3 AND leased_by = $5
          AND (version <> $4 OR tmdb_account_id IS DISTINCT FROM $6)
    """

    async def done(self, push: Push, leased_by: str) -> None:
        """TMDB has it; the person's row is locked."""
        await self._db.execute(self.DONE, *_version(push), leased_by, push.tmdb_account_id)

    PARK = """
        UPDATE tmdb.pushes SET lease_until = NULL, leased_by = NULL, last_error = $7,
          parked_at = CASE WHEN version = $4 THEN tmdb.now() ELSE parked_at END,
          parked_reason = CASE WHEN version = $4 THEN $6 ELSE parked_reason END
        WHERE telegram_user_id = $1 AND movie_id = $2 AND list = $3 AND leased_by = $5
        RETURNING version = $4
    """

    async def park(self, push: Push, leased_by: str, reason: str, error: str) -> bool:
        """TMDB refuses it for good; False where a newer wish has replaced it."""
        return bool(await self._db.fetchval(self.PARK, *_version(push), leased_by, reason, error))

    RETRY = """
        UPDATE tmdb.pushes SET lease_until = NULL, leased_by = NULL, last_error = $7,
          attempts = CASE WHEN version = $4 THEN attempts + 1 ELSE attempts END,
          next_attempt_at = CASE WHEN version = $4 THEN tmdb.now() + $6::interval ELSE next_attempt_at END
        WHERE telegram_user_id = $1 AND movie_id = $2 AND list = $3 AND leased_by = $5
    """

    async def retry(self, push: Push, leased_by: str, after: timedelta, error: str) -> None:
        """It did not work; again after a while."""
        await self._db.execute(self.RETRY, *_version(push), leased_by, after, error)

    RELEASE = """
        UPDATE tmdb.pushes AS push SET lease_until = NULL, leased_by = NULL
        FROM (
          SELECT telegram_user_id, movie_id, list FROM tmdb.pushes
          WHERE leased_by = $1 ORDER BY telegram_user_id, movie_id, list FOR UPDATE
        ) AS mine
        WHERE push.telegram_user_id = mine.telegram_user_id AND push.movie_id = mine.movie_id
          AND push.list = mine.list
    """

    async def release(self, leased_by: str) -> None:
        """What this worker holds is free again."""
        await self._db.execute(self.RELEASE, leased_by)

    PRUNE_REMOVALS = """
        DELETE FROM tmdb.removals AS removal
        WHERE changed_at <= tmdb.now() - interval '1 day'
          AND (pushed_at IS NULL OR pushed_at <= tmdb.now() - interval '1 day')
          AND NOT EXISTS (SELECT FROM tmdb.imports WHERE telegram_user_id = removal.telegram_user_id
            AND finished_at IS NULL)
    """

    async def prune_removals(self) -> None:
        """Forgets removals older than Telegram redelivers, unless an import still has to know them."""
        await self._db.execute(self.PRUNE_REMOVALS)


def _version(push: Push) -> tuple[int, int, ListName, int]:
    return push.telegram_user_id, push.movie_id, push.list, push.version
