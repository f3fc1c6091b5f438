"""Messages that move: edited until what they tell of has ended."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Literal, NamedTuple

from db.pool import Executor

Kind = Literal["import", "sync", "move"]

# Telegram allows about one message a second to a chat; an edit counts, and people write meanwhile.
EDIT_EVERY: Mapping[Kind, timedelta] = MappingProxyType(
    {"import": timedelta(seconds=2), "sync": timedelta(seconds=5), "move": timedelta(seconds=5)}
)


class LiveMessage(NamedTuple):
    """A message one worker may edit now; `language` is its reader's."""

    chat_id: int
    message_id: int
    kind: str
    subject: str
    telegram_user_id: int | None
    language: str
    last_text_hash: str | None
    expired: bool


class LiveMessages:
    """Rows of tmdb.live_messages."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    # Of several messages about one thing in a chat only the newest moves; the others get the last word.
    FOLLOW = """
        WITH older AS (
          UPDATE tmdb.live_messages SET next_edit_at = expires_at
          WHERE bot_id = $1 AND chat_id = $2 AND message_id <> $3 AND kind = $4 AND subject = $5
        )
        INSERT INTO tmdb.live_messages
          (bot_id, chat_id, message_id, kind, subject, telegram_user_id, next_edit_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, tmdb.now() + $8::interval, tmdb.now() + $7::interval)
        ON CONFLICT (bot_id, chat_id, message_id) DO UPDATE SET
          kind = excluded.kind, subject = excluded.subject, last_text_hash = NULL,
          next_edit_at = excluded.next_edit_at, expires_at = excluded.expires_at
    """

    async def follow(
        self,
        bot_id: int,
        chat_id: int,
        message_id: int,
        *,
        kind: Kind,
        subject: str,
        user_id: int,
        life: timedelta,
        after: timedelta = timedelta(),
    ) -> None:
        """From now on this message moves, for the first time `after` so long."""
        await self._db.execute(self.FOLLOW, bot_id, chat_id, message_id, kind, subject, user_id, life, after)

    # The next edit is put off by the claim itself, so that even a worker killed here keeps the pace.
    CLAIM = """
        WITH due AS (
          SELECT message.bot_id, message.chat_id, message.message_id,
            coalesce(person.language, 'en') AS language
          FROM tmdb.live_messages AS message
          LEFT JOIN tmdb.users AS person ON person.telegram_user_id = message.telegram_user_id
          WHERE message.bot_id = $1 AND message.next_edit_at <= tmdb.now()
            AND (message.lease_until IS NULL OR message.lease_until <= tmdb.now())
          ORDER BY message.next_edit_at LIMIT $2 FOR UPDATE OF message SKIP LOCKED
        )
        UPDATE tmdb.live_messages AS message
        SET lease_until = tmdb.now() + $3::interval, leased_by = $4,
          next_edit_at = tmdb.now() + coalesce(
            (SELECT every FROM unnest($5::text[], $6::interval[]) AS pace (kind, every)
             WHERE pace.kind = message.kind),
            interval '5 seconds')
        FROM due
        WHERE message.bot_id = due.bot_id AND message.chat_id = due.chat_id
          AND message.message_id = due.message_id
        RETURNING message.chat_id, message.message_id, message.kind, message.subject,
          message.telegram_user_id, due.language, message.last_text_hash,
          message.expires_at <= tmdb.now()
    """

    async def claim(self, bot_id: int, limit: int, lease: timedelta, leased_by: str) -> list[LiveMessage]:
        """Messages whose time has come; none is claimed again before the pace of its kind allows."""
        paces = list(EDIT_EVERY), list(EDIT_EVERY.values())
        rows = await self._db.fetch(self.CLAIM, bot_id, limit, lease, leased_by, *paces)
        return [LiveMessage(*row) for row in rows]

    RENEW = """
        UPDATE tmdb.live_messages SET lease_until = tmdb.now() + $2::interval WHERE leased_by = $1
    """

    async def renew(self, leased_by: str, lease: timedelta) -> None:
        """What this worker holds stays its own."""
        await self._db.execute(self.RENEW, leased_by, lease)

    EDITED = """
        UPDATE tmdb.live_messages SET last_text_hash = $5, lease_until = NULL, leased_by = NULL
        WHERE bot_id = $1 AND chat_id = $2 AND message_id = $3 AND leased_by = $4
    """

    async def edited(self, bot_id: int, message: LiveMessage, leased_by: str, text_hash: str) -> None:
        """It shows this text now."""
        await self._db.execute(self.EDITED, bot_id, message.chat_id, message.message_id, leased_by, text_hash)

    LATER = """
        UPDATE tmdb.live_messages
        SET next_edit_at = tmdb.now() + $5::interval, lease_until = NULL, leased_by = NULL
        WHERE bot_id = $1 AND chat_id = $2 AND message_id = $3 AND leased_by = $4
    """

    async def later(self, bot_id: int, message: LiveMessage, leased_by: str, after: timedelta) -> None:
        """Telegram did not take the edit; again after a while."""
        await self._db.execute(self.LATER, bot_id, message.chat_id, message.message_id, leased_by, after)

    DROP = """
        DELETE FROM tmdb.live_messages WHERE bot_id = $1 AND chat_id = $2 AND message_id = $3
        RETURNING true
    """

    async def drop(self, bot_id: int, message: LiveMessage) -> bool:
        """It moves no more; False where it did not any more."""
        return await self._db.fetchval(self.DROP, bot_id, message.chat_id, message.message_id) is not None

    # No sooner than any edit after the last one: the claim put next_edit_at that far ahead.
    ENDED = """
        WITH resting AS (
          UPDATE tmdb.live_messages SET next_edit_at = tmdb.now()
          WHERE kind = $1 AND subject = $2 AND next_edit_at > tmdb.now() + $3::interval
        )
        SELECT EXISTS (SELECT FROM tmdb.live_messages WHERE kind = $1 AND subject = $2)
    """

    async def ended(self, kind: Kind, subject: str) -> bool:
        """What they tell of has ended: those at rest get the last word too; False: nobody follows it."""
        return bool(await self._db.fetchval(self.ENDED, kind, subject, EDIT_EVERY[kind]))

    WAIT = """
        SELECT extract(epoch FROM min(greatest(next_edit_at, lease_until)) - tmdb.now())::float8
        FROM tmdb.live_messages WHERE bot_id = $1
    """

    async def wait(self, bot_id: int) -> float | None:
        """Seconds until the next edit is due; None where nothing moves."""
        seconds: float | None = await self._db.fetchval(self.WAIT, bot_id)
        return seconds

    RELEASE = """
        UPDATE tmdb.live_messages SET lease_until = NULL, leased_by = NULL WHERE leased_by = $1
    """

    async def release(self, leased_by: str) -> None:
        """What this worker holds is free again."""
        await self._db.execute(self.RELEASE, leased_by)
