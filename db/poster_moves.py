"""Posters brought into this bot's channels by forwarding, from a former channel or a former bot."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from core.posters import Elsewhere, PosterMove
from db.pool import Executor, wake
from db.posters import Priority

# Fewer posters say nothing of a rate.
MEASURED_POSTERS = 5


class ToForward(NamedTuple):
    """A poster claimed for its move: the message to forward, and what is known of its photo.

    `is_here`: this bot has the poster in a channel of its own by now; only its old post is left over.
    """

    move_id: int
    from_bot_id: int
    poster_path: str
    channel_id: int
    message_id: int
    file_unique_id: str | None
    attempts: int
    is_here: bool


class Kept(NamedTuple):
    """Whether a forwarded post counted, and an earlier post of this bot's that it stands in for."""

    counted: bool
    channel_id: int | None
    message_id: int | None


class PosterMoves:
    """Rows of tmdb.poster_moves.

    What remains of a move is what still stands in its from_channels: a poster of this bot leaves them
    with its new channel, one of another bot with its row. So a move needs no cursor and may be
    interrupted anywhere. Claims are leases on tmdb.posters, as in db.posters.
    """

    def __init__(self, db: Executor) -> None:
        self._db = db

    # Before and around --------------------------------------------------------------------------

    # Step by step from one (bot, channel) to the next: no poster is read but those counted.
    ELSEWHERE = """
        WITH RECURSIVE place AS (
          (SELECT bot_id, channel_id FROM tmdb.posters WHERE poster_status = 2
           ORDER BY bot_id, channel_id LIMIT 1)
          UNION ALL
          SELECT next.bot_id, next.channel_id FROM place CROSS JOIN LATERAL (
            SELECT bot_id, channel_id FROM tmdb.posters
            WHERE poster_status = 2 AND (bot_id, channel_id) > (place.bot_id, place.channel_id)
            ORDER BY bot_id, channel_id LIMIT 1
          ) AS next
        )
        SELECT place.bot_id, array_agg(place.channel_id ORDER BY place.channel_id),
          sum(counted.posters)::int
        FROM place CROSS JOIN LATERAL (
          SELECT count(*) AS posters FROM tmdb.posters AS poster
          WHERE poster.bot_id = place.bot_id AND poster.channel_id = place.channel_id
            AND poster.poster_status = 2
        ) AS counted
        WHERE place.bot_id <> $1 OR place.channel_id <> ALL ($2::bigint[])
        GROUP BY place.bot_id
        ORDER BY place.bot_id <> $1, place.bot_id
    """

    async def elsewhere(self, bot_id: int, channel_ids: Sequence[int]) -> list[Elsewhere]:
        """Posters in Telegram outside of this bot's channels, this bot's own first."""
        rows = await self._db.fetch(self.ELSEWHERE, bot_id, channel_ids)
        return [Elsewhere(row[0], tuple(row[1]), row[2]) for row in rows]

    START = """
        INSERT INTO tmdb.poster_moves (bot_id, from_bot_id, from_channels, requested_by, total)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (bot_id) WHERE finished_at IS NULL DO NOTHING
        RETURNING id
    """

    async def start(self, bot_id: int, source: Elsewhere, by: int) -> int | None:
        """Begins a move; None: one is under way."""
        started: int | None = await self._db.fetchval(
            self.START, bot_id, source.from_bot_id, source.channel_ids, by, source.posters
        )
        if started is not None:
            await wake(self._db, "move")
        return started

    PAUSE = """
        UPDATE tmdb.poster_moves SET state = 'paused', last_error = $2 WHERE id = $1 AND state = 'running'
    """

    async def pause(self, id_: int, error: str | None = None) -> None:
        """No further poster is forwarded; `error`: why it paused by itself."""
        await self._db.execute(self.PAUSE, id_, error)

    RESUME = """
        UPDATE tmdb.poster_moves
        SET state = 'running', last_error = NULL, resumed_at = tmdb.now(), handled_before = moved + lost
        WHERE id = $1 AND state = 'paused'
    """

    async def resume(self, id_: int) -> None:
        """It goes on where it was."""
        await self._db.execute(self.RESUME, id_)
        await wake(self._db, "move")

    CANCEL = """
        UPDATE tmdb.poster_moves SET state = 'cancelled', finished_at = tmdb.now()
        WHERE id = $1 AND finished_at IS NULL
    """

    async def cancel(self, id_: int) -> None:
        """It ends; what was moved stays moved."""
        await self._db.execute(self.CANCEL, id_)

    MOVE = """
        SELECT id, bot_id, from_bot_id, from_channels, state, total, moved, lost, last_error,
          moved + lost - handled_before AS measured,
          extract(epoch FROM tmdb.now() - resumed_at)::float8 / 60 AS minutes
        FROM tmdb.poster_moves
        WHERE CASE WHEN $2::bigint IS NULL THEN bot_id = $1 AND finished_at IS NULL ELSE id = $2 END
    """

    async def move(self, bot_id: int, id_: int | None = None) -> PosterMove | None:
        """A move by its id, or the bot's own that is under way."""
        row = await self._db.fetchrow(self.MOVE, bot_id, id_)
        if row is None:
            return None
        rate = eta = None
        if row["state"] == "running" and row["measured"] >= MEASURED_POSTERS and row["minutes"] > 0:
            rate = row["measured"] / row["minutes"]
            eta = max(0, row["total"] - row["moved"] - row["lost"]) / rate * 60
        return PosterMove(
            id=row["id"],
            bot_id=row["bot_id"],
            from_bot_id=row["from_bot_id"],
            channel_ids=tuple(row["from_channels"]),
            state=row["state"],
            total=row["total"],
            moved=row["moved"],
            lost=row["lost"],
            last_error=row["last_error"],
            rate=rate,
            eta_seconds=eta,
        )

    # The work -----------------------------------------------------------------------------------

    # Posters that this bot already wants for people or imports come first, then the popular ones; and
    # before all of them whatever people or imports wait for that needs no move.
    CLAIM = """
        WITH move AS MATERIALIZED (
          SELECT id, from_bot_id, from_channels FROM tmdb.poster_moves
          WHERE bot_id = $1 AND state = 'running' AND NOT EXISTS (
            SELECT FROM tmdb.posters AS first
            WHERE first.bot_id = $1
              AND (first.poster_status = 1
                OR (first.poster_status = 0 AND first.telegram_file_id IS NOT NULL))
              AND (first.local_host = $3 OR first.telegram_file_id IS NOT NULL)
              AND first.priority < $6 AND first.next_attempt_at <= tmdb.now()
              AND (first.lease_until IS NULL OR first.lease_until <= tmdb.now()))
        ), waiting AS MATERIALIZED (
          SELECT source.bot_id, source.poster_path
          FROM move
          JOIN tmdb.posters AS wanted ON wanted.bot_id = $1 AND wanted.poster_status = 0
            AND wanted.telegram_file_id IS NULL AND wanted.priority < $6
          JOIN tmdb.posters AS source ON source.bot_id = move.from_bot_id
            AND source.poster_path = wanted.poster_path AND source.poster_status = 2
            AND source.channel_id = ANY (move.from_channels) AND source.next_attempt_at <= tmdb.now()
            AND (source.lease_until IS NULL OR source.lease_until <= tmdb.now())
          WHERE move.from_bot_id <> $1
          ORDER BY wanted.priority, wanted.popularity DESC
          LIMIT 1
          FOR UPDATE OF source SKIP LOCKED
        ), popular AS MATERIALIZED (
          SELECT first.bot_id, first.poster_path
          FROM move CROSS JOIN unnest(move.from_channels) AS old (channel_id) CROSS JOIN LATERAL (
            SELECT source.bot_id, source.poster_path, source.popularity FROM tmdb.posters AS source
            WHERE source.bot_id = move.from_bot_id AND source.channel_id = old.channel_id
              AND source.poster_status = 2 AND source.next_attempt_at <= tmdb.now()
              AND (source.lease_until IS NULL OR source.lease_until <= tmdb.now())
            ORDER BY source.popularity DESC
            LIMIT 1
            FOR UPDATE SKIP LOCKED
          ) AS first
          WHERE (move.from_bot_id <> $1 OR old.channel_id <> ALL ($2::bigint[]))
            AND NOT EXISTS (SELECT FROM waiting)
          ORDER BY first.popularity DESC
          LIMIT 1
        ), due AS (
          SELECT bot_id, poster_path FROM waiting UNION ALL SELECT bot_id, poster_path FROM popular
        )
        UPDATE tmdb.posters AS source
        SET lease_until = tmdb.now() + $4::interval, leased_by = $5, attempts = source.attempts + 1
        FROM due, move
        WHERE source.bot_id = due.bot_id AND source.poster_path = due.poster_path
        RETURNING move.id, source.bot_id, source.poster_path, source.channel_id, source.message_id,
          source.telegram_file_unique_id, source.attempts,
          EXISTS (
            SELECT FROM tmdb.posters AS own
            WHERE own.bot_id = $1 AND source.bot_id <> $1 AND own.poster_path = source.poster_path
              AND own.poster_status = 2)
    """

    async def claim(
        self, bot_id: int, channel_ids: Sequence[int], worker: str, host: str, lease_seconds: float
    ) -> ToForward | None:
        """The next poster of the move that runs; None: nothing to do, or something else goes first."""
        row = await self._db.fetchrow(
            self.CLAIM,
            *(bot_id, channel_ids, host, timedelta(seconds=lease_seconds), worker, Priority.PREWARM),
        )
        return None if row is None else ToForward(*row)

    # A repeated statement finds the post recorded, and counts it no more.
    KEEP_HERE = """
        WITH moved AS (
          UPDATE tmdb.posters SET
            telegram_file_id = $5, telegram_file_unique_id = $6, channel_id = $7, message_id = $8,
            uploaded_at = tmdb.now(), verified_at = tmdb.now(), lease_until = NULL, attempts = 0,
            next_attempt_at = tmdb.now(), last_error = NULL
          WHERE bot_id = $1 AND poster_path = $2 AND leased_by = $3 AND lease_until IS NOT NULL
            AND poster_status = 2
          RETURNING 1
        ), counted AS (
          UPDATE tmdb.poster_moves SET moved = moved + 1 WHERE id = $4 AND EXISTS (SELECT FROM moved)
        )
        SELECT EXISTS (SELECT FROM moved) OR EXISTS (
          SELECT FROM tmdb.posters WHERE bot_id = $1 AND poster_path = $2 AND channel_id = $7
            AND message_id = $8)
    """
    # The other bot's row stays until its post is dealt with: `left`.
    TAKE_OVER = """
        WITH own AS MATERIALIZED (
          SELECT channel_id, message_id FROM tmdb.posters WHERE bot_id = $1 AND poster_path = $2 FOR UPDATE
        ), taken AS (
          INSERT INTO tmdb.posters AS own (bot_id, poster_path, tmdb_movie_id, tmdb_person_id, tmdb_series_id,
            poster_status, size, priority, popularity, byte_size, downloaded_at, telegram_file_id,
            telegram_file_unique_id, channel_id, message_id, width, height, uploaded_at, verified_at)
          SELECT $1, source.poster_path, source.tmdb_movie_id, source.tmdb_person_id, source.tmdb_series_id,
            2, source.size, source.priority, source.popularity, source.byte_size, source.downloaded_at, $5,
            $6, $7, $8, source.width, source.height, tmdb.now(), tmdb.now()
          FROM tmdb.posters AS source
          WHERE source.bot_id = $4 AND source.poster_path = $2 AND source.leased_by = $3
            AND source.lease_until IS NOT NULL AND source.poster_status = 2
          ON CONFLICT (bot_id, poster_path) DO UPDATE SET
            poster_status = 2, telegram_file_id = excluded.telegram_file_id,
            telegram_file_unique_id = excluded.telegram_file_unique_id, channel_id = excluded.channel_id,
            message_id = excluded.message_id, byte_size = coalesce(own.byte_size, excluded.byte_size),
            width = coalesce(own.width, excluded.width), height = coalesce(own.height, excluded.height),
            uploaded_at = tmdb.now(), verified_at = tmdb.now(), local_path = NULL, local_host = NULL,
            lease_until = NULL, leased_by = NULL, attempts = 0, next_attempt_at = tmdb.now(),
            last_error = NULL, missing_at = NULL
          WHERE own.poster_status <> 2
          RETURNING 1
        )
        SELECT EXISTS (SELECT FROM taken) OR here.was AS counted,
          CASE WHEN NOT here.was THEN own.channel_id END, CASE WHEN NOT here.was THEN own.message_id END
        FROM (SELECT 1) AS always
        LEFT JOIN own ON true
        CROSS JOIN LATERAL (
          SELECT (own.channel_id = $7 AND own.message_id = $8) IS TRUE AS was
        ) AS here
    """

    async def keep(
        self,
        bot_id: int,
        worker: str,
        poster: ToForward,
        *,
        file_id: str,
        file_unique_id: str,
        channel_id: int,
        message_id: int,
    ) -> Kept:
        """The poster is this bot's with this post; not counted: it was not ours any more, the post goes."""
        post = (file_id, file_unique_id, channel_id, message_id)
        if poster.from_bot_id == bot_id:
            values = (bot_id, poster.poster_path, worker, poster.move_id)
            return Kept(await self._db.fetchval(self.KEEP_HERE, *values, *post), None, None)
        values = (bot_id, poster.poster_path, worker, poster.from_bot_id)
        row = await self._db.fetchrow(self.TAKE_OVER, *values, *post)
        assert row is not None, "one row always"
        return Kept(*row)

    LEFT = """
        WITH left_behind AS (
          DELETE FROM tmdb.posters
          WHERE bot_id = $1 AND poster_path = $2 AND leased_by = $3 AND lease_until IS NOT NULL
            AND poster_status = 2
          RETURNING 1
        )
        UPDATE tmdb.poster_moves SET moved = moved + 1 WHERE id = $4 AND EXISTS (SELECT FROM left_behind)
    """

    async def left(self, worker: str, poster: ToForward) -> None:
        """The other bot's row goes: its poster is this bot's, its post dealt with."""
        await self._db.execute(self.LEFT, poster.from_bot_id, poster.poster_path, worker, poster.move_id)

    # With its file_id, which may still live, this bot posts it anew without a download.
    LOST_HERE = """
        WITH lost AS (
          UPDATE tmdb.posters SET
            poster_status = 0, channel_id = NULL, message_id = NULL, lease_until = NULL, attempts = 0,
            next_attempt_at = tmdb.now(), last_error = $5
          WHERE bot_id = $1 AND poster_path = $2 AND leased_by = $3 AND lease_until IS NOT NULL
            AND poster_status = 2
          RETURNING 1
        )
        UPDATE tmdb.poster_moves SET lost = lost + 1 WHERE id = $4 AND EXISTS (SELECT FROM lost)
    """
    LOST = """
        WITH lost AS (
          DELETE FROM tmdb.posters
          WHERE bot_id = $6 AND poster_path = $2 AND leased_by = $3 AND lease_until IS NOT NULL
            AND poster_status = 2
          RETURNING poster_path, tmdb_movie_id, tmdb_person_id, tmdb_series_id, size, popularity
        ), wanted AS (
          INSERT INTO tmdb.posters (bot_id, poster_path, tmdb_movie_id, tmdb_person_id, tmdb_series_id, size,
            priority, popularity, last_error)
          SELECT $1, poster_path, tmdb_movie_id, tmdb_person_id, tmdb_series_id, size, $7, popularity, $5
          FROM lost
          ON CONFLICT (bot_id, poster_path) DO NOTHING
        )
        UPDATE tmdb.poster_moves SET lost = lost + 1 WHERE id = $4 AND EXISTS (SELECT FROM lost)
    """

    async def lost(self, bot_id: int, worker: str, poster: ToForward, error: str) -> None:
        """There is no message to forward: the poster is wanted anew."""
        values = (bot_id, poster.poster_path, worker, poster.move_id, error)
        if poster.from_bot_id == bot_id:
            await self._db.execute(self.LOST_HERE, *values)
            await wake(self._db, "upload")
        else:
            await self._db.execute(self.LOST, *values, poster.from_bot_id, Priority.PREWARM)
            await wake(self._db, "download")

    # In the order of the index: what is left may be one poster among a million that stand elsewhere.
    FINISH = """
        UPDATE tmdb.poster_moves AS move SET state = 'done', finished_at = tmdb.now()
        WHERE move.bot_id = $1 AND move.state = 'running' AND NOT EXISTS (
          SELECT FROM unnest(move.from_channels) AS old (channel_id) CROSS JOIN LATERAL (
            SELECT FROM tmdb.posters AS source
            WHERE source.bot_id = move.from_bot_id AND source.channel_id = old.channel_id
              AND source.poster_status = 2
            ORDER BY source.popularity DESC
            LIMIT 1
          ) AS first
          WHERE move.from_bot_id <> $1 OR old.channel_id <> ALL ($2::bigint[]))
        RETURNING move.id
    """

    async def finish(self, bot_id: int, channel_ids: Sequence[int]) -> int | None:
        """Ends the move of which nothing remains; its id, None: there is none such."""
        finished: int | None = await self._db.fetchval(self.FINISH, bot_id, channel_ids)
        return finished
