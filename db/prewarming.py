"""What an admin asked to pre-warm, beside what POSTER_PREWARM asks for all the time."""

from typing import NamedTuple

from core.posters import PrewarmRequest
from db.pool import Executor
from db.posters import PrewarmPage


class HeldRequest(NamedTuple):
    """A request in one worker's hands: films still to look at (None: all), and where the last page ended."""

    left: int | None
    after: PrewarmPage | None


class Prewarming:
    """The row prewarm:<bot id> of tmdb.sync_state, which goes when all of it is wanted."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    ASK = """
        INSERT INTO tmdb.sync_state (name, watermark, value)
        VALUES (format('prewarm:%s', $1::bigint), tmdb.now(),
          jsonb_build_object('films', $2::int, 'by', $3::bigint, 'seen', 0))
        ON CONFLICT (name) DO UPDATE
        SET watermark = excluded.watermark, value = excluded.value, updated_at = tmdb.now()
    """

    async def ask(self, bot_id: int, films: int | None, by: int) -> None:
        """The posters of so many of the most popular films, None: of all; in place of an earlier request."""
        await self._db.execute(self.ASK, bot_id, films, by)

    REQUEST = """
        SELECT (value ->> 'films')::int, (value ->> 'seen')::int
        FROM tmdb.sync_state WHERE name = format('prewarm:%s', $1::bigint)
    """

    async def request(self, bot_id: int) -> PrewarmRequest | None:
        """What is still being wanted; None: nothing."""
        row = await self._db.fetchrow(self.REQUEST, bot_id)
        return None if row is None else PrewarmRequest(*row)

    HOLD = """
        SELECT (value ->> 'films')::int - (value ->> 'seen')::int, (value ->> 'popularity')::float8,
          (value ->> 'tmdb_id')::int
        FROM tmdb.sync_state WHERE name = format('prewarm:%s', $1::bigint) FOR UPDATE SKIP LOCKED
    """

    async def hold(self, bot_id: int) -> HeldRequest | None:
        """The request, this transaction's alone; None: there is none, or another worker is at it."""
        row = await self._db.fetchrow(self.HOLD, bot_id)
        if row is None:
            return None
        left, popularity, tmdb_id = row
        return HeldRequest(left, None if tmdb_id is None else PrewarmPage(0, 0, popularity, tmdb_id))

    ADVANCE = """
        UPDATE tmdb.sync_state
        SET value = value || jsonb_build_object('seen', (value ->> 'seen')::int + $2::int,
            'popularity', $3::float8, 'tmdb_id', $4::int),
          updated_at = tmdb.now()
        WHERE name = format('prewarm:%s', $1::bigint)
    """

    async def advance(self, bot_id: int, page: PrewarmPage) -> None:
        """This page is wanted; the next one begins behind it."""
        await self._db.execute(self.ADVANCE, bot_id, page.films, page.popularity, page.tmdb_id)

    END = "DELETE FROM tmdb.sync_state WHERE name = format('prewarm:%s', $1::bigint)"

    async def end(self, bot_id: int) -> None:
        """All of it is wanted."""
        await self._db.execute(self.END, bot_id)
