"""A channel's slots: spaced evenly, lowered at a 429, raised slowly and rarely beyond a known limit."""

from typing import Any

import pytest

from db.pool import Connection
from db.poster_channels import PosterChannels
from tests.db.test_posters import BOT, move_clock

CHANNEL, OTHER = -1001000000001, -1001000000002


@pytest.fixture
async def channels(connection: Connection) -> PosterChannels:
    channels = PosterChannels(connection)
    await channels.open(BOT, [CHANNEL, OTHER], 20)
    return channels


async def channel(connection: Connection) -> dict[str, Any]:
    """What was learned of the first one."""
    found = await connection.fetchrow("SELECT * FROM tmdb.poster_channels WHERE channel_id = $1", CHANNEL)
    assert found is not None
    return dict(found)


async def rate(connection: Connection) -> float:
    return round(float((await channel(connection))["rate"]), 3)


async def use(connection: Connection, channels: PosterChannels) -> None:
    """Ten minutes' worth of posts went well."""
    await connection.execute("UPDATE tmdb.poster_channels SET granted = 100000, next_post_at = tmdb.now()")
    assert (await channels.grant(BOT, CHANNEL)).granted


async def test_slots_are_spaced_evenly_and_each_channel_has_its_own(
    connection: Connection, channels: PosterChannels
) -> None:
    assert await channels.grant(BOT, CHANNEL) == (True, 3.0)
    assert await channels.grant(BOT, CHANNEL) == (False, 3.0)
    assert await channels.grant(BOT, OTHER) == (True, 3.0)
    await move_clock(connection, "2 seconds")
    assert await channels.grant(BOT, CHANNEL) == (False, 1.0)
    # Slots that nobody used do not add up.
    await move_clock(connection, "10 minutes")
    assert await channels.grant(BOT, CHANNEL) == (True, 3.0)
    assert await channels.grant(BOT, CHANNEL) == (False, 3.0)


async def test_a_clock_that_jumped_back_does_not_silence_a_channel(
    connection: Connection, channels: PosterChannels
) -> None:
    await move_clock(connection, "181 days")
    assert (await channels.grant(BOT, CHANNEL)).granted
    await move_clock(connection, "-181 days")
    assert await channels.grant(BOT, CHANNEL) == (True, 3.0)
    assert await channels.grant(BOT, CHANNEL) == (False, 3.0)


async def test_a_learned_rate_outlives_a_restart(connection: Connection, channels: PosterChannels) -> None:
    await channels.lower(BOT, CHANNEL, 5)
    await channels.open(BOT, [CHANNEL, OTHER], 20)
    assert await rate(connection) == 16


async def test_a_429_pauses_to_the_second_and_lowers_the_rate_once(
    connection: Connection, channels: PosterChannels
) -> None:
    await channels.grant(BOT, CHANNEL)
    await channels.lower(BOT, CHANNEL, 17)
    await channels.lower(BOT, CHANNEL, 11)
    assert await rate(connection) == 16
    assert await channels.grant(BOT, CHANNEL) == (False, 17.0)
    assert await channels.grant(BOT, OTHER) == (True, 3.0)
    await move_clock(connection, "16.9 seconds")
    assert not (await channels.grant(BOT, CHANNEL)).granted
    await move_clock(connection, "17 seconds")
    assert await channels.grant(BOT, CHANNEL) == (True, 3.75)


async def test_a_rate_that_was_used_without_a_429_rises_slowly(
    connection: Connection, channels: PosterChannels
) -> None:
    await channels.grant(BOT, CHANNEL)
    assert await rate(connection) == 20
    await use(connection, channels)
    assert await rate(connection) == 21
    await connection.execute("UPDATE tmdb.poster_channels SET next_post_at = tmdb.now()")
    await channels.grant(BOT, CHANNEL)
    assert await rate(connection) == 21


async def test_a_known_limit_is_passed_once_a_day(connection: Connection, channels: PosterChannels) -> None:
    await channels.lower(BOT, CHANNEL, 1)
    await move_clock(connection, "2 seconds")
    for expected in (16.8, 17.64, 18.522, 19.048, 19.048):
        await use(connection, channels)
        assert await rate(connection) == expected
    await move_clock(connection, "25 hours")
    for expected in (20, 20):
        await use(connection, channels)
        assert await rate(connection) == expected
    await move_clock(connection, "50 hours")
    await use(connection, channels)
    assert await rate(connection) == 21
    await channels.lower(BOT, CHANNEL, 1)
    assert round((await channel(connection))["known_limit"], 3) == 21
    assert await rate(connection) == 16.8


async def test_no_channel_is_tried_beyond_one_post_a_second(
    connection: Connection, channels: PosterChannels
) -> None:
    await connection.execute("UPDATE tmdb.poster_channels SET rate = 59")
    for _ in range(2):
        await use(connection, channels)
        assert await rate(connection) == 60


async def test_an_unusable_channel_is_set_aside_and_tried_again(
    connection: Connection, channels: PosterChannels
) -> None:
    await channels.set_aside(BOT, CHANNEL, 3600, "chat not found")
    assert (await channel(connection))["last_error"] == "chat not found"
    assert await channels.grant(BOT, CHANNEL) == (False, 3600.0)
    assert (await channels.grant(BOT, OTHER)).granted
    await move_clock(connection, "1 hour")
    assert (await channels.grant(BOT, CHANNEL)).granted
    assert (await channel(connection))["last_error"] is None
