"""The channels that hold posters, and the rate each was found to bear."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from core.posters import PosterChannel
from db.pool import Executor

# A rate is raised after so many minutes' worth of posts without a 429, and only ever this much; below a
# known limit by as much: what was borne before it.
RAISE_AFTER_MINUTES = 10.0
RAISE_BY = 1.05
# "About 1 message a second to one chat" is published: nothing is tried beyond it.
HIGHEST_RATE = 60.0
# A 429 lowers the rate to so much of it, but not below one post a minute.
LOWER_TO = 0.8
LOWEST_RATE = 1.0


class Slot(NamedTuple):
    """Whether one post was granted, and in how many seconds the next may be."""

    granted: bool
    wait: float


class PosterChannels:
    """Rows of tmdb.poster_channels; one UPDATE grants one post, however many uploaders ask."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    OPEN = """
        INSERT INTO tmdb.poster_channels (bot_id, channel_id, rate)
        SELECT $1, channel_id, $3 FROM unnest($2::bigint[]) AS channel_id ORDER BY channel_id
        ON CONFLICT (bot_id, channel_id) DO NOTHING
    """

    async def open(self, bot_id: int, channel_ids: Sequence[int], rate: float) -> None:
        """Begins at `rate` posts a minute where no other was learned."""
        await self._db.execute(self.OPEN, bot_id, channel_ids, rate)

    LOOK = """
        SELECT asked.channel_id, channel.rate, channel.known_limit,
          CASE WHEN channel.paused_until > tmdb.now()
            THEN extract(epoch FROM channel.paused_until - tmdb.now())::float8 END,
          channel.last_error
        FROM unnest($2::bigint[]) WITH ORDINALITY AS asked (channel_id, place)
        JOIN tmdb.poster_channels AS channel ON channel.bot_id = $1 AND channel.channel_id = asked.channel_id
        ORDER BY asked.place
    """

    async def look(self, bot_id: int, channel_ids: Sequence[int]) -> list[PosterChannel]:
        """What was learned of these channels so far."""
        return [PosterChannel(*row) for row in await self._db.fetch(self.LOOK, bot_id, channel_ids)]

    # The known limit is tried again once a day at most: whatever was last tried is a day old.
    # A slot two intervals ahead was left behind by a clock that jumped back: it counts as now.
    GRANT = """
        WITH slot AS (
          SELECT bot_id, channel_id, rate, granted, known_limit, known_limit_at, raised_at,
            greatest(
              CASE WHEN next_post_at < tmdb.now() + 2 * interval '1 minute' / rate THEN next_post_at END,
              paused_until, tmdb.now()) AS start
          FROM tmdb.poster_channels WHERE bot_id = $1 AND channel_id = $2 FOR UPDATE
        ), channel AS (
          SELECT bot_id, channel_id, start, rate, start <= tmdb.now() AS ready, raised_to,
            granted >= rate * $3 AND raised_to > rate AS raised
          FROM slot CROSS JOIN LATERAL (
            SELECT least(rate * $4, $6,
              CASE WHEN greatest(known_limit_at, raised_at) > tmdb.now() - $5::interval
                THEN known_limit / $4 END) AS raised_to
          ) AS next
        ), granted AS (
          UPDATE tmdb.poster_channels AS row SET
            next_post_at = tmdb.now() + interval '1 minute' / channel.rate,
            rate = CASE WHEN channel.raised THEN channel.raised_to ELSE channel.rate END,
            raised_at = CASE WHEN channel.raised THEN tmdb.now() ELSE row.raised_at END,
            granted = CASE WHEN channel.raised THEN 0 ELSE row.granted + 1 END,
            paused_until = NULL, last_error = NULL
          FROM channel
          WHERE channel.ready AND row.bot_id = channel.bot_id AND row.channel_id = channel.channel_id
          RETURNING 60 / channel.rate AS wait
        )
        SELECT channel.ready, coalesce((SELECT wait FROM granted),
          extract(epoch FROM channel.start - tmdb.now()))::float8
        FROM channel
    """

    async def grant(self, bot_id: int, channel_id: int) -> Slot:
        """Takes the channel's next slot if it is due; grants are spaced evenly, unused ones are lost."""
        row = await self._db.fetchrow(
            self.GRANT, bot_id, channel_id, RAISE_AFTER_MINUTES, RAISE_BY, timedelta(days=1), HIGHEST_RATE
        )
        if row is None:
            raise LookupError(f"channel {channel_id} was never opened")
        return Slot(*row)

    LOWER = """
        UPDATE tmdb.poster_channels SET
          known_limit = CASE WHEN paused_until > tmdb.now() THEN known_limit ELSE rate END,
          rate = CASE WHEN paused_until > tmdb.now() THEN rate ELSE least(rate, greatest(rate * $4, $5)) END,
          known_limit_at = tmdb.now(), granted = 0,
          paused_until = greatest(paused_until, tmdb.now() + $3::interval)
        WHERE bot_id = $1 AND channel_id = $2
    """

    async def lower(self, bot_id: int, channel_id: int, retry_after: float) -> None:
        """A 429: nobody posts there for `retry_after` seconds, then at a lower rate.

        Several posts may meet the same 429: the rate is lowered once.
        """
        await self._db.execute(
            self.LOWER, bot_id, channel_id, timedelta(seconds=retry_after), LOWER_TO, LOWEST_RATE
        )

    SET_ASIDE = """
        UPDATE tmdb.poster_channels SET paused_until = tmdb.now() + $3::interval, last_error = $4
        WHERE bot_id = $1 AND channel_id = $2
    """

    async def set_aside(self, bot_id: int, channel_id: int, seconds: float, error: str) -> None:
        """The bot cannot post there: it is tried again after so long, the others go on."""
        await self._db.execute(self.SET_ASIDE, bot_id, channel_id, timedelta(seconds=seconds), error)

    TAKE_BACK = """
        UPDATE tmdb.poster_channels SET paused_until = NULL, last_error = NULL
        WHERE bot_id = $1 AND channel_id = $2 AND last_error IS NOT NULL
    """

    async def take_back(self, bot_id: int, channel_id: int) -> None:
        """The bot can post there (again)."""
        await self._db.execute(self.TAKE_BACK, bot_id, channel_id)
