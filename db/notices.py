"""What people must be told once."""

from datetime import timedelta
from typing import Any, NamedTuple

from db.pool import Executor


class Notice(NamedTuple):
    """One thing to tell; `title` is of the film in `facts`, in the person's language where known."""

    id: int
    telegram_user_id: int
    kind: str
    facts: dict[str, Any]
    language: str
    title: str | None
    attempts: int


class Notices:
    """Rows of tmdb.notices."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    ADD = """
        INSERT INTO tmdb.notices (telegram_user_id, kind, facts, next_attempt_at)
        VALUES ($1, $2, $3, tmdb.now() + $4::interval)
    """

    async def add(
        self, user_id: int, kind: str, facts: dict[str, Any], after: timedelta = timedelta(0)
    ) -> None:
        """To be told once; written with the change it tells of."""
        await self._db.execute(self.ADD, user_id, kind, facts, after)

    WITHDRAW = """
        DELETE FROM tmdb.notices WHERE telegram_user_id = $1 AND kind = $2 AND facts = $3
    """

    async def withdraw(self, user_id: int, kind: str, facts: dict[str, Any]) -> None:
        """It is told in another way."""
        await self._db.execute(self.WITHDRAW, user_id, kind, facts)

    # Who blocked the bot, or was shut out of it, is told when they come back.
    CLAIM = """
        WITH due AS (
          SELECT notice.id, person.language, movie.title, movie.tmdb_id
          FROM tmdb.notices AS notice
          JOIN tmdb.users AS person USING (telegram_user_id)
          LEFT JOIN tmdb.movies AS movie ON movie.tmdb_id = (notice.facts ->> 'movie_id')::int
          WHERE person.blocked_bot_at IS NULL AND notice.next_attempt_at <= tmdb.now()
            AND NOT EXISTS (
              SELECT FROM tmdb.blocked_users AS blocked
              WHERE blocked.telegram_user_id = notice.telegram_user_id)
            AND (notice.lease_until IS NULL OR notice.lease_until <= tmdb.now())
          ORDER BY notice.id LIMIT $1 FOR UPDATE OF notice SKIP LOCKED
        ), claimed AS (
          UPDATE tmdb.notices AS notice SET lease_until = tmdb.now() + $2::interval, leased_by = $3
          FROM due WHERE notice.id = due.id
          RETURNING notice.id, notice.telegram_user_id, notice.kind, notice.facts, due.language,
            coalesce((
              SELECT translation.title FROM tmdb.movie_translations AS translation
              WHERE translation.tmdb_id = due.tmdb_id AND translation.iso_639_1 = due.language
                AND translation.title IS NOT NULL
              ORDER BY translation.iso_3166_1 LIMIT 1), due.title) AS title, notice.attempts
        )
        SELECT id, telegram_user_id, kind, facts, language, title, attempts FROM claimed ORDER BY id
    """

    async def claim(self, limit: int, lease: timedelta, leased_by: str) -> list[Notice]:
        """Notices for one worker to send, the oldest first."""
        return [Notice(*row) for row in await self._db.fetch(self.CLAIM, limit, lease, leased_by)]

    RENEW = """
        UPDATE tmdb.notices SET lease_until = tmdb.now() + $2::interval WHERE leased_by = $1
    """

    async def renew(self, leased_by: str, lease: timedelta) -> None:
        """What this worker holds stays its own."""
        await self._db.execute(self.RENEW, leased_by, lease)

    TOLD = """
        DELETE FROM tmdb.notices WHERE id = $1
    """

    async def told(self, id_: int) -> None:
        """It was sent, or can never be."""
        await self._db.execute(self.TOLD, id_)

    RETRY = """
        UPDATE tmdb.notices
        SET attempts = attempts + 1, next_attempt_at = tmdb.now() + $3::interval,
          lease_until = NULL, leased_by = NULL
        WHERE id = $1 AND leased_by = $2
    """

    async def retry(self, id_: int, leased_by: str, after: timedelta) -> None:
        """It did not work; again after a while."""
        await self._db.execute(self.RETRY, id_, leased_by, after)

    RELEASE = """
        UPDATE tmdb.notices SET lease_until = NULL, leased_by = NULL WHERE leased_by = $1
    """

    async def release(self, leased_by: str) -> None:
        """What this worker holds is free again."""
        await self._db.execute(self.RELEASE, leased_by)
