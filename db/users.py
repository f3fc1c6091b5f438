"""People who wrote to the bot."""

from typing import Any, NamedTuple, Unpack

from core.reader import Choices, Reader
from db.pool import Executor


class Link(NamedTuple):
    """A person's TMDB account as it is stored; no session: not linked (any more)."""

    tmdb_account_id: int | None
    tmdb_username: str | None
    tmdb_session: str | None

    @property
    def linked_account_id(self) -> int | None:
        """The account, while there is a session for it."""
        return self.tmdb_account_id if self.tmdb_session else None


def read_reader(row: Any) -> Reader:
    """The reader out of a row that has the columns of tmdb.reader."""
    return Reader(
        row["telegram_user_id"],
        row["language"],
        row["region"],
        row["is_linked"],
        row["tmdb_username"],
        row["sync_status"],
        row["ratings_count"],
        row["film_language"],
        row["poster_language"],
        row["adult"],
        row["rating_scale"],
        row["hide_rated"],
        tuple(row["chosen"]),
    )


class Users:
    """Rows of tmdb.users."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    READER = """
        SELECT telegram_user_id, language, region, is_linked, tmdb_username, sync_status, ratings_count,
          film_language, poster_language, adult, rating_scale, hide_rated, chosen
        FROM tmdb.reader($1, $2)
    """

    async def reader(self, user_id: int, language: str) -> Reader:
        """The person; `language` is the interface language of their Telegram, until they choose one."""
        row = await self._db.fetchrow(self.READER, user_id, language)
        assert row is not None, "a reader is one row always"
        return read_reader(row)

    # Who writes for the first time on a day is counted in its users.active.
    SEEN = """
        WITH seen AS (
          SELECT telegram_user_id, language
          FROM unnest($1::bigint[], $2::text[]) AS seen (telegram_user_id, language)
        ), first_today AS (
          INSERT INTO tmdb.tallies (name, number)
          SELECT 'users.active', count(*) FROM seen
          WHERE NOT EXISTS (
            SELECT FROM tmdb.users AS known
            WHERE known.telegram_user_id = seen.telegram_user_id
              AND known.active_on = (tmdb.now() AT TIME ZONE 'UTC')::date
          )
          HAVING count(*) > 0
        )
        INSERT INTO tmdb.users (telegram_user_id, language, active_on)
        SELECT telegram_user_id, language, (tmdb.now() AT TIME ZONE 'UTC')::date
        FROM seen ORDER BY telegram_user_id
        ON CONFLICT (telegram_user_id) DO UPDATE SET
          language = CASE WHEN users.language_chosen THEN users.language ELSE excluded.language END,
          last_active_at = tmdb.now(),
          active_on = excluded.active_on,
          blocked_bot_at = NULL
    """

    async def seen(self, people: dict[int, str]) -> None:
        """These people (id: interface language of their Telegram) wrote just now."""
        await self._db.execute(self.SEEN, list(people), list(people.values()))

    # $3 holds what was chosen, with null where a choice is taken back; what is not in it stays.
    CHOOSE = """
        INSERT INTO tmdb.users (telegram_user_id, language, language_chosen, region, settings)
        VALUES ($1, coalesce($3::jsonb ->> 'language', $2), $3 ? 'language', $3 ->> 'region',
          jsonb_strip_nulls($3 - '{language,region}'::text[]))
        ON CONFLICT (telegram_user_id) DO UPDATE SET
          language = CASE WHEN $3 ? 'language' THEN excluded.language ELSE users.language END,
          language_chosen = users.language_chosen OR excluded.language_chosen,
          region = CASE WHEN $3 ? 'region' THEN excluded.region ELSE users.region END,
          settings = jsonb_strip_nulls(users.settings || ($3 - '{language,region}'::text[]))
    """

    async def choose(self, user_id: int, telegram_language: str, **choices: Unpack[Choices]) -> None:
        """Keeps what the person chose, and nothing else changes; None takes a choice back."""
        await self._db.execute(self.CHOOSE, user_id, telegram_language, choices)

    LINK = """
        SELECT tmdb_account_id, tmdb_username, tmdb_session FROM tmdb.users WHERE telegram_user_id = $1
    """

    async def link(self, user_id: int) -> Link:
        """The person's TMDB account as it is now."""
        row = await self._db.fetchrow(self.LINK, user_id)
        return Link(None, None, None) if row is None else Link(*row)

    # Everything that changes a person's link, ratings, pushes or import takes this lock first: so those
    # changes follow each other, counts are exact, and two of them cannot wait for one another.
    LOCK = """
        SELECT tmdb_account_id, tmdb_username, tmdb_session
        FROM tmdb.users WHERE telegram_user_id = $1 FOR NO KEY UPDATE
    """

    async def lock(self, user_id: int) -> Link | None:
        """The person's link, theirs alone until the transaction ends; None where the row is gone."""
        row = await self._db.fetchrow(self.LOCK, user_id)
        return None if row is None else Link(*row)

    HOLD = """
        INSERT INTO tmdb.users (telegram_user_id, language) VALUES ($1, $2)
        ON CONFLICT (telegram_user_id) DO UPDATE SET last_active_at = tmdb.now()
        RETURNING tmdb_account_id, tmdb_username, tmdb_session
    """

    async def hold(self, user_id: int, language: str) -> Link:
        """As `lock`, for what a person does: the row is made if need be."""
        row = await self._db.fetchrow(self.HOLD, user_id, language)
        assert row is not None, "an upsert that updates always returns its row"
        return Link(*row)

    SET_LINK = """
        UPDATE tmdb.users
        SET tmdb_account_id = $2, tmdb_username = $3, tmdb_session = $4, sync_status = $5
        WHERE telegram_user_id = $1
    """

    async def set_link(self, user_id: int, link: Link, sync_status: int) -> None:
        """Links, unlinks or keeps the account without its session."""
        await self._db.execute(self.SET_LINK, user_id, *link, sync_status)

    SET_SYNC_STATUS = """
        UPDATE tmdb.users SET sync_status = $2 WHERE telegram_user_id = $1
    """

    async def set_sync_status(self, user_id: int, sync_status: int) -> None:
        """0 not linked, 1 import queued or running, 2 imported, -1 failed."""
        await self._db.execute(self.SET_SYNC_STATUS, user_id, sync_status)

    BLOCKED = """
        UPDATE tmdb.users SET blocked_bot_at = coalesce(blocked_bot_at, tmdb.now())
        WHERE telegram_user_id = $1
    """

    async def blocked(self, user_id: int) -> None:
        """Telegram says that the person blocked the bot; their next message clears it."""
        await self._db.execute(self.BLOCKED, user_id)

    FORGET = """
        WITH searches AS (
          DELETE FROM tmdb.enrichment_requests
          WHERE user_id = $1::bigint::text OR session_id = $1::bigint::text
        ), messages AS (
          DELETE FROM tmdb.live_messages WHERE telegram_user_id = $1 OR chat_id = $1
        ), cards AS (
          DELETE FROM tmdb.inline_messages WHERE telegram_user_id = $1
        )
        DELETE FROM tmdb.users WHERE telegram_user_id = $1
    """

    async def forget(self, user_id: int) -> None:
        """Every row that holds the person's id; most go with the person's own (ON DELETE CASCADE)."""
        await self._db.execute(self.FORGET, user_id)
