"""Approvals at TMDB on their way, and sessions that are still to be ended there."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from db.pool import Executor


class Attempt(NamedTuple):
    """One approval on its way; secrets are encrypted, `expired` is by the clock."""

    nonce_hash: bytes
    telegram_user_id: int
    state: str
    request_token: str | None
    tmdb_session: str | None
    tmdb_account_id: int | None
    tmdb_username: str | None
    expired: bool


class LinkAttempts:
    """Rows of tmdb.link_attempts."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    ADD = """
        INSERT INTO tmdb.link_attempts (nonce_hash, telegram_user_id, request_token, expires_at)
        VALUES ($1, $2, $3, tmdb.now() + $4::interval)
    """

    async def add(self, nonce_hash: bytes, user_id: int, request_token: str, life: timedelta) -> None:
        """A new attempt, open for `life`."""
        await self._db.execute(self.ADD, nonce_hash, user_id, request_token, life)

    FIND = """
        SELECT nonce_hash, telegram_user_id, state, request_token, tmdb_session, tmdb_account_id,
          tmdb_username, expires_at <= tmdb.now()
        FROM tmdb.link_attempts WHERE nonce_hash = $1
    """

    async def find(self, nonce_hash: bytes) -> Attempt | None:
        """The attempt a nonce belongs to, whoever presents it."""
        row = await self._db.fetchrow(self.FIND, nonce_hash)
        return None if row is None else Attempt(*row)

    NEWEST = """
        SELECT nonce_hash, telegram_user_id, state, request_token, tmdb_session, tmdb_account_id,
          tmdb_username, expires_at <= tmdb.now()
        FROM tmdb.link_attempts WHERE telegram_user_id = $1 ORDER BY created_at DESC LIMIT 1
    """

    async def newest(self, user_id: int) -> Attempt | None:
        """The person's last attempt, in whatever state."""
        row = await self._db.fetchrow(self.NEWEST, user_id)
        return None if row is None else Attempt(*row)

    # "expired" counts too: of two simultaneous exchanges the loser is told that the token is used up.
    APPROVED = """
        UPDATE tmdb.link_attempts
        SET state = 'approved', tmdb_session = $2, request_token = NULL,
          expires_at = tmdb.now() + interval '1 day'
        WHERE nonce_hash = $1 AND state IN ('open', 'expired') AND tmdb_session IS NULL
        RETURNING true
    """

    async def approved(self, nonce_hash: bytes, tmdb_session: str) -> bool:
        """TMDB gave a session; False where the attempt was voided meanwhile: the session must end."""
        return await self._db.fetchval(self.APPROVED, nonce_hash, tmdb_session) is not None

    IDENTIFIED = """
        UPDATE tmdb.link_attempts SET tmdb_account_id = $2, tmdb_username = $3
        WHERE nonce_hash = $1 AND state = 'approved'
    """

    async def identified(self, nonce_hash: bytes, account_id: int, username: str) -> None:
        """Whose session it is."""
        await self._db.execute(self.IDENTIFIED, nonce_hash, account_id, username)

    CONFIRMED = """
        UPDATE tmdb.link_attempts SET state = 'confirmed', tmdb_session = NULL WHERE nonce_hash = $1
    """

    async def confirmed(self, nonce_hash: bytes) -> None:
        """The session has moved to the person."""
        await self._db.execute(self.CONFIRMED, nonce_hash)

    END = """
        WITH ended AS (
          SELECT nonce_hash, tmdb_session FROM tmdb.link_attempts
          WHERE telegram_user_id = $1 AND state IN ('open', 'approved')
          ORDER BY nonce_hash FOR UPDATE
        ), cleared AS (
          UPDATE tmdb.link_attempts AS attempt SET state = $2, request_token = NULL, tmdb_session = NULL
          FROM ended WHERE attempt.nonce_hash = ended.nonce_hash
        )
        INSERT INTO tmdb.session_deletions (tmdb_session, next_attempt_at)
        SELECT tmdb_session, tmdb.now() + $3::interval FROM ended WHERE tmdb_session IS NOT NULL
        RETURNING id
    """

    async def end(self, user_id: int, state: str, head_start: timedelta) -> list[int]:
        """Ends the person's open attempts; sessions they hold are to be ended, after `head_start`."""
        return [row["id"] for row in await self._db.fetch(self.END, user_id, state, head_start)]

    VOID = """
        UPDATE tmdb.link_attempts SET state = 'voided' WHERE nonce_hash = $1
    """

    async def void(self, nonce_hash: bytes) -> None:
        """One that ended otherwise counts as voided from now on."""
        await self._db.execute(self.VOID, nonce_hash)

    EXPIRE = """
        WITH late AS (
          SELECT nonce_hash, tmdb_session FROM tmdb.link_attempts
          WHERE expires_at <= tmdb.now() AND state IN ('open', 'approved')
          ORDER BY nonce_hash FOR UPDATE SKIP LOCKED
        ), cleared AS (
          UPDATE tmdb.link_attempts AS attempt
          SET state = 'expired', request_token = NULL, tmdb_session = NULL
          FROM late WHERE attempt.nonce_hash = late.nonce_hash
        ), old AS (
          DELETE FROM tmdb.link_attempts
          WHERE expires_at <= tmdb.now() - interval '1 day' AND state NOT IN ('open', 'approved')
        )
        INSERT INTO tmdb.session_deletions (tmdb_session)
        SELECT tmdb_session FROM late WHERE tmdb_session IS NOT NULL
    """

    async def expire(self) -> None:
        """Ends what ran out, its sessions too, and drops what ended a day ago."""
        await self._db.execute(self.EXPIRE)


class SessionDeletion(NamedTuple):
    """A session to end at TMDB."""

    id: int
    tmdb_session: str
    attempts: int


class SessionDeletions:
    """Rows of tmdb.session_deletions."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    ADD = """
        INSERT INTO tmdb.session_deletions (tmdb_session, next_attempt_at)
        VALUES ($1, tmdb.now() + $2::interval) RETURNING id
    """

    async def add(self, tmdb_session: str, head_start: timedelta) -> int:
        """A session to end; the worker leaves whoever adds it `head_start` to do so."""
        added: int = await self._db.fetchval(self.ADD, tmdb_session, head_start)
        return added

    FIND = """
        SELECT id, tmdb_session, attempts FROM tmdb.session_deletions
        WHERE id = ANY ($1::bigint[]) ORDER BY id
    """

    async def find(self, ids: Sequence[int]) -> list[SessionDeletion]:
        """Those of them that are still to be ended."""
        return [SessionDeletion(*row) for row in await self._db.fetch(self.FIND, ids)]

    CLAIM = """
        WITH due AS (
          SELECT id FROM tmdb.session_deletions
          WHERE next_attempt_at <= tmdb.now() AND (lease_until IS NULL OR lease_until <= tmdb.now())
          ORDER BY next_attempt_at LIMIT $1 FOR UPDATE SKIP LOCKED
        )
        UPDATE tmdb.session_deletions AS deletion
        SET lease_until = tmdb.now() + $2::interval, leased_by = $3
        FROM due WHERE deletion.id = due.id
        RETURNING deletion.id, deletion.tmdb_session, deletion.attempts
    """

    async def claim(self, limit: int, lease: timedelta, leased_by: str) -> list[SessionDeletion]:
        """Sessions for one worker to end."""
        return [SessionDeletion(*row) for row in await self._db.fetch(self.CLAIM, limit, lease, leased_by)]

    RENEW = """
        UPDATE tmdb.session_deletions SET lease_until = tmdb.now() + $2::interval WHERE leased_by = $1
    """

    async def renew(self, leased_by: str, lease: timedelta) -> None:
        """What this worker holds stays its own."""
        await self._db.execute(self.RENEW, leased_by, lease)

    DONE = """
        DELETE FROM tmdb.session_deletions WHERE id = $1
    """

    async def done(self, id_: int) -> None:
        """TMDB ended it."""
        await self._db.execute(self.DONE, id_)

    RETRY = """
        UPDATE tmdb.session_deletions
        SET attempts = attempts + 1, next_attempt_at = tmdb.now() + $3::interval, last_error = $4,
          lease_until = NULL, leased_by = NULL
        WHERE id = $1 AND leased_by = $2
    """

    async def retry(self, id_: int, leased_by: str, after: timedelta, error: str) -> None:
        """It did not work; again after a while."""
        await self._db.execute(self.RETRY, id_, leased_by, after, error)

    RELEASE = """
        UPDATE tmdb.session_deletions SET lease_until = NULL, leased_by = NULL WHERE leased_by = $1
    """

    async def release(self, leased_by: str) -> None:
        """What this worker holds is free again."""
        await self._db.execute(self.RELEASE, leased_by)
