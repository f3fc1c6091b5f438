"""A day of uploads in virtual time: how much of a channel's allowance they use, how often they pass it."""

from datetime import timedelta

from db.pool import Connection, Database
from db.poster_channels import PosterChannels, Slot
from sandbox.telegram.clock import Clock
from sandbox.telegram.errors import ApiError
from sandbox.telegram.limits import Allowance, Limits
from tests.bench.table import Row

BOT, CHANNEL = 4242, -1001000000001
DAY_SECONDS = 86_400.0
FLOOR = 0.97
# POSTER_CHANNEL_RATE as it is by default.
RATE = 20
# What lies between a slot's grant and the post's arrival at Telegram: the next one is granted from the slot.
POST_SECONDS = 0.05
# So much virtual time is one transaction, within which the server's own clock stands still.
CHUNK_SECONDS = 300.0


class VirtualClock(Clock):
    """Time that only moves when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds


SET_CLOCK = """
    SELECT set_config('tmdb.clock_offset', ($1::timestamptz + $2::interval - pg_catalog.now())::text, true)
"""


async def run(database_url: str) -> list[Row]:
    """Measures on a migrated database: the product's own pacing against the stand-in's limit."""
    database = await Database.connect(database_url, name="bench", connections=1, checked=False)
    limit = Limits().channel
    assert limit is not None
    clock = VirtualClock()
    allowance = Allowance(Limits(overall=None), clock)
    posts = refused = 0
    try:
        await PosterChannels(database).open(BOT, [CHANNEL], RATE)
        start = await database.fetchval("SELECT pg_catalog.now()")
        while clock.seconds < DAY_SECONDS:
            async with database.transaction() as connection:
                ends = min(clock.seconds + CHUNK_SECONDS, DAY_SECONDS)
                while clock.seconds < ends:
                    slot = await _slot(connection, start, clock.seconds)
                    if not slot.granted:
                        clock.seconds += slot.wait
                        continue
                    clock.seconds += POST_SECONDS
                    try:
                        allowance.spend(CHANNEL, limit, 60)
                        posts += 1
                    except ApiError as error:
                        refused += 1
                        await PosterChannels(connection).lower(BOT, CHANNEL, error.parameters["retry_after"])
                    clock.seconds += max(0.0, slot.wait - POST_SECONDS)
    finally:
        await database.close()
    allowed = limit.per_second * DAY_SECONDS
    share = posts / allowed
    return [
        Row(
            f"posts in a day of virtual time, of {allowed:.0f} the channel bears",
            f"{posts} ({share:.1%})",
            f"at least {FLOOR:.0%}",
            share >= FLOOR,
        ),
        Row("429s on that day", str(refused), "at most 1", refused <= 1),
    ]


async def _slot(connection: Connection, start: object, seconds: float) -> Slot:
    await connection.execute(SET_CLOCK, start, timedelta(seconds=seconds))
    return await PosterChannels(connection).grant(BOT, CHANNEL)
