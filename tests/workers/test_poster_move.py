"""Posters of a former channel or bot, forwarded: nothing lost, nothing twice, nothing downloaded."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from pydantic import SecretStr

from clients.telegram import TelegramChannels, make_bot
from core.posters import PosterMove
from db.pool import Database
from db.poster_channels import PosterChannels
from db.poster_moves import PosterMoves
from db.posters import Posters, Priority, Wanted
from sandbox.telegram import Fault
from services.poster_admin import PosterAdmin
from tests.workers.conftest import BOT_ID, CHANNEL, SECOND_CHANNEL, Stage, until
from tests.workers.kill import killed
from workers.loop import Worker
from workers.wiring import JOBS, build

NEW_BOT = 5151
NEW_TOKEN = f"{NEW_BOT}:BBEhBOweik6ad9r_QXMENQjcrGbqCr4K-bd"
NEW_CHANNEL = {"poster_channel_ids": (SECOND_CHANNEL,)}
ADMIN = 900


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lease that runs out wakes nobody: the poll finds it."""
    monkeypatch.setattr("workers.move.IDLE_SECONDS", 0.05)
    monkeypatch.setattr("workers.upload.IDLE_SECONDS", 0.05)
    monkeypatch.setattr("workers.download.DownloadPosters.poll_seconds", 0.05)


async def cached(stage: Stage, number: int) -> list[str]:
    """So many posters in the first channel, as they always came there."""
    async with stage.working("download", "upload"):
        paths = await stage.want(number)
        await stage.in_telegram(number)
    return paths


async def new_bot(stage: Stage, *channels: int) -> None:
    """BOT_TOKEN is another bot's from now on, which administers these of the channels."""
    bot = stage.telegram.add_bot(NEW_TOKEN, "newer_bot")
    for channel in stage.channels:
        if channel.id in channels:
            channel.rights[bot] = channel.rights[stage.bot]
    stage.settings = stage.settings.model_copy(update={"bot_token": SecretStr(NEW_TOKEN)})
    await PosterChannels(stage.database).open(NEW_BOT, [CHANNEL, SECOND_CHANNEL], 60_000)


async def begin(stage: Stage, *channels: int) -> int:
    """The move of everything elsewhere, to these channels."""
    moves = PosterMoves(stage.database)
    [elsewhere] = await moves.elsewhere(stage.settings.bot_id, channels)
    started = await moves.start(stage.settings.bot_id, elsewhere, ADMIN)
    assert started is not None
    return started


async def look(stage: Stage, move_id: int) -> PosterMove:
    move = await PosterMoves(stage.database).move(stage.settings.bot_id, move_id)
    assert move is not None
    return move


async def done(stage: Stage, move_id: int) -> PosterMove:
    """The move, when it has ended."""

    async def ended() -> bool:
        return (await look(stage, move_id)).finished

    await until(ended)
    return await look(stage, move_id)


async def sendable(stage: Stage, file_id: str) -> bool:
    """Whether the bot of today can send this id."""
    budget = type("Free", (), {"acquire": staticmethod(lambda: asyncio.sleep(0))})()
    bot = make_bot(stage.settings, budget, people=False)
    try:
        await TelegramChannels(bot).post(SECOND_CHANNEL, file_id, "x")
    finally:
        await bot.session.close()
    return True


def image_requests(stage: Stage) -> int:
    return stage.tmdb.requests.count(host="image")


async def test_to_a_new_channel(stage: Stage) -> None:
    paths = await cached(stage, 5)
    before, downloads = await stage.rows(), image_requests(stage)
    move_id = await begin(stage, SECOND_CHANNEL)
    async with stage.working("move", "upload", "download", **NEW_CHANNEL):
        move = await done(stage, move_id)
    assert (move.state, move.total, move.moved, move.lost) == ("done", 5, 5, 0)
    rows = await stage.rows()
    old, new = stage.channels
    assert [row["poster_path"] for row in rows] == sorted(paths)
    assert {row["message_id"] for row in rows} == {message.message_id for message in new.messages}
    for earlier, row in zip(before, rows, strict=True):
        post = new.get(row["message_id"])
        assert post is not None
        assert post.photo is not None
        assert (row["poster_status"], row["channel_id"], row["lease_until"]) == (2, SECOND_CHANNEL, None)
        assert row["telegram_file_unique_id"] == earlier["telegram_file_unique_id"] == post.photo.unique_id
    # The old channel is left as it was; nothing was downloaded, and each poster took one call.
    assert len(old.messages) == 5
    assert image_requests(stage) == downloads
    assert len(stage.telegram.calls("forwardMessage")) == 5


async def test_the_popular_go_first(stage: Stage) -> None:
    await cached(stage, 6)
    move_id = await begin(stage, SECOND_CHANNEL)
    async with stage.working("move", **NEW_CHANNEL):
        await done(stage, move_id)
    by_message = sorted(await stage.rows(), key=lambda row: row["message_id"])
    assert [row["popularity"] for row in by_message] == [5, 4, 3, 2, 1, 0]


async def test_several_processes_move_nothing_twice(stage: Stage) -> None:
    await cached(stage, 12)
    move_id = await begin(stage, SECOND_CHANNEL)
    async with stage.working("move", **NEW_CHANNEL), stage.working("move", **NEW_CHANNEL):
        assert (await done(stage, move_id)).moved == 12
    assert len(stage.channels[1].messages) == 12
    assert await PosterMoves(stage.database).elsewhere(BOT_ID, [SECOND_CHANNEL]) == []


async def test_to_a_new_bot_in_a_new_channel(stage: Stage) -> None:
    paths = await cached(stage, 4)
    downloads = image_requests(stage)
    await new_bot(stage, CHANNEL, SECOND_CHANNEL)
    move_id = await begin(stage, SECOND_CHANNEL)
    async with stage.working("move", **NEW_CHANNEL):
        move = await done(stage, move_id)
    assert (move.moved, move.lost) == (4, 0)
    rows = await stage.rows()
    assert [(row["bot_id"], row["poster_path"], row["poster_status"]) for row in rows] == [
        (NEW_BOT, path, 2) for path in sorted(paths)
    ]
    assert {row["message_id"] for row in rows} == {one.message_id for one in stage.channels[1].messages}
    assert len(stage.channels[0].messages) == 4
    assert image_requests(stage) == downloads
    assert await sendable(stage, rows[0]["telegram_file_id"])


async def test_to_a_new_bot_in_the_same_channel_each_poster_stands_once(stage: Stage) -> None:
    await cached(stage, 4)
    await new_bot(stage, CHANNEL)
    move_id = await begin(stage, CHANNEL)
    async with stage.working("move"):
        await done(stage, move_id)
    rows = await stage.rows()
    assert {row["bot_id"] for row in rows} == {NEW_BOT}
    assert sorted(row["message_id"] for row in rows) == [one.message_id for one in stage.channels[0].messages]
    assert len(rows) == 4


async def test_what_people_wait_for_goes_first_without_a_download(stage: Stage) -> None:
    await cached(stage, 6)
    downloads = image_requests(stage)
    await new_bot(stage, CHANNEL)
    waiting = stage.films(6)[0]  # the least popular one
    await stage.posters.want(NEW_BOT, "w92", [waiting], Priority.PERSON)
    move_id = await begin(stage, CHANNEL)
    async with stage.working("download", "upload", "move"):
        await done(stage, move_id)
    first = min(await stage.rows(), key=lambda row: row["message_id"])
    assert first["poster_path"] == waiting.poster_path
    assert image_requests(stage) == downloads


async def test_what_the_new_bot_has_already_is_not_forwarded(stage: Stage) -> None:
    await cached(stage, 2)
    await new_bot(stage, CHANNEL)
    film = stage.films(1)[0]
    await stage.posters.want(NEW_BOT, "w92", [film], Priority.PERSON)
    await stage.drain("download")
    async with stage.parts() as parts:
        [upload] = JOBS["upload"](parts)
        await Worker(upload).run(until_idle=True)
    move_id = await begin(stage, CHANNEL)
    async with stage.working("move"):
        assert (await done(stage, move_id)).moved == 2
    assert len(stage.telegram.calls("forwardMessage")) == 1
    rows = await stage.rows()
    assert sorted(row["message_id"] for row in rows) == [one.message_id for one in stage.channels[0].messages]
    assert [row["bot_id"] for row in rows] == [NEW_BOT, NEW_BOT]


async def test_uploads_that_people_wait_for_go_before_a_move(stage: Stage) -> None:
    await cached(stage, 2)
    film = stage.films(3)[2]._replace(owner_id=None)
    async with stage.parts(**NEW_CHANNEL) as parts:
        [move] = JOBS["move"](parts)
        await stage.posters.want(BOT_ID, "w92", [film], Priority.IMPORT)
        await stage.drain("download")
        await begin(stage, SECOND_CHANNEL)
        assert not await move.step()
        assert stage.telegram.calls("forwardMessage") == []
        await stage.drain("upload", **NEW_CHANNEL)
        assert await move.step()
    assert len(stage.telegram.calls("forwardMessage")) == 1


async def test_prewarming_rests_while_posters_move(stage: Stage) -> None:
    await cached(stage, 1)
    others = [film._replace(owner_id=None) for film in stage.films(3)[1:]]
    await stage.posters.want(BOT_ID, "w92", others, Priority.PREWARM)
    move_id = await begin(stage, SECOND_CHANNEL)
    await stage.drain("download", "upload", "prewarm", **NEW_CHANNEL)
    assert await stage.counts() == {0: 2, 2: 1}
    await stage.drain("move", **NEW_CHANNEL)
    assert (await look(stage, move_id)).state == "done"
    await stage.drain("download", "upload", **NEW_CHANNEL)
    assert await stage.counts() == {2: 3}


async def test_a_429_is_obeyed_and_nothing_is_held_against_the_poster(stage: Stage) -> None:
    await cached(stage, 2)
    stage.telegram.faults.add(Fault("too_many_requests", "forwardMessage", retry_after=1))
    move_id = await begin(stage, SECOND_CHANNEL)
    async with stage.working("move", **NEW_CHANNEL):
        assert (await done(stage, move_id)).moved == 2
    refused, *taken = stage.telegram.calls("forwardMessage")
    assert refused.status == 429
    assert 1.0 <= taken[0].at - refused.at < 1.4
    assert len(stage.channels[1].messages) == 2
    assert (await stage.channel(SECOND_CHANNEL))["rate"] == 48_000


async def test_a_missing_message_of_this_bots_is_posted_anew_by_its_file_id(stage: Stage) -> None:
    await cached(stage, 2)
    downloads = image_requests(stage)
    stage.channels[0].remove(stage.channels[0].messages[0])
    move_id = await begin(stage, SECOND_CHANNEL)
    async with stage.working("move", "upload", **NEW_CHANNEL):
        move = await done(stage, move_id)
        await stage.in_telegram(2)
    assert (move.moved, move.lost) == (1, 1)
    assert len(stage.channels[1].messages) == 2
    assert image_requests(stage) == downloads


async def test_a_missing_message_of_another_bots_is_downloaded_anew(stage: Stage) -> None:
    await cached(stage, 2)
    stage.channels[0].remove(stage.channels[0].messages[0])
    await new_bot(stage, CHANNEL)
    move_id = await begin(stage, CHANNEL)
    async with stage.working("move", "download", "upload"):
        move = await done(stage, move_id)
        await stage.in_telegram(2)
    assert (move.moved, move.lost) == (1, 1)
    rows = await stage.rows()
    assert sorted(row["message_id"] for row in rows) == [one.message_id for one in stage.channels[0].messages]


async def test_another_photo_under_the_same_message_is_not_taken_for_the_poster(stage: Stage) -> None:
    await cached(stage, 2)
    rows = await stage.rows()
    await stage.database.execute(
        "UPDATE tmdb.posters SET message_id = $1 WHERE message_id = $2",
        *(rows[0]["message_id"], rows[1]["message_id"]),
    )
    move_id = await begin(stage, SECOND_CHANNEL)
    async with stage.working("move", "upload", **NEW_CHANNEL):
        assert (await done(stage, move_id)).lost == 1
        await stage.in_telegram(2)
    moved = await stage.rows()
    assert [row["telegram_file_unique_id"] for row in moved] == [
        row["telegram_file_unique_id"] for row in rows
    ]
    assert len(stage.channels[1].messages) == 2


async def test_an_old_channel_that_shut_the_bot_out_pauses_the_move(stage: Stage) -> None:
    await cached(stage, 2)
    move_id = await begin(stage, SECOND_CHANNEL)
    rights = stage.channels[0].rights.pop(stage.bot)
    await stage.drain("move", **NEW_CHANNEL)
    move = await look(stage, move_id)
    assert move.state == "paused"
    assert move.last_error is not None
    assert str(CHANNEL) in move.last_error
    assert (await stage.channel(SECOND_CHANNEL))["last_error"] is None
    stage.channels[0].rights[stage.bot] = rights
    await PosterMoves(stage.database).resume(move_id)
    await stage.drain("move", **NEW_CHANNEL)
    assert (await look(stage, move_id)).state == "done"


async def test_a_paused_move_goes_on_where_it_was_and_a_cancelled_one_does_not(stage: Stage) -> None:
    await cached(stage, 3)
    moves = PosterMoves(stage.database)
    move_id = await begin(stage, SECOND_CHANNEL)
    async with stage.parts(**NEW_CHANNEL) as parts:
        [move] = JOBS["move"](parts)
        assert await move.step()
        await moves.pause(move_id)
        await asyncio.sleep(0.01)  # the channel's slot
        assert not await move.step()
        await moves.resume(move_id)
        await until(move.step)
        await moves.cancel(move_id)
        await asyncio.sleep(0.01)
        assert not await move.step()
    state = await look(stage, move_id)
    assert (state.state, state.moved) == ("cancelled", 2)
    # What is left can be moved again.
    [elsewhere] = await moves.elsewhere(BOT_ID, [SECOND_CHANNEL])
    assert (elsewhere.channel_ids, elsewhere.posters) == ((CHANNEL,), 1)


# Where the worker dies, and how many posts the new channel may have of the one poster.
POINTS = [
    ("db.poster_moves.PosterMoves.claim", True, 1),
    ("db.poster_channels.PosterChannels.grant", True, 1),
    ("clients.telegram.TelegramChannels.forward", False, 1),
    ("clients.telegram.TelegramChannels.forward", True, 2),
    ("db.poster_moves.PosterMoves.keep", False, 2),
    ("db.poster_moves.PosterMoves.keep", True, 1),
]
TWO_STEPS = [
    ("clients.telegram.TelegramChannels.delete", False, 1),
    ("clients.telegram.TelegramChannels.delete", True, 1),
    ("db.poster_moves.PosterMoves.left", False, 1),
    ("db.poster_moves.PosterMoves.left", True, 1),
]


def worker(stage: Stage, **replaced: Any) -> Callable[[], Coroutine[Any, Any, None]]:
    """What a worker process does, on connections of its own."""

    async def work() -> None:
        database = await Database.connect(stage.url, name="killed", connections=2, checked=False)
        settings = stage.settings.model_copy(update={"lease_seconds": 0.3, **replaced})
        async with build(settings, database) as parts:
            await parts.channels.open(settings.bot_id, settings.poster_channel_ids, 60_000)
            for job in JOBS["move"](parts):
                await Worker(job).run(until_idle=True)

    return work


@pytest.mark.parametrize(("at", "after", "posts"), POINTS)
async def test_killed_while_moving_to_a_new_channel(stage: Stage, at: str, after: bool, posts: int) -> None:
    await cached(stage, 1)
    move_id = await begin(stage, SECOND_CHANNEL)
    await killed(worker(stage, **NEW_CHANNEL), at, after=after)
    async with stage.working("move", lease_seconds=0.3, **NEW_CHANNEL):
        assert (await done(stage, move_id)).moved == 1
    row = await stage.row()
    assert (row["poster_status"], row["channel_id"]) == (2, SECOND_CHANNEL)
    assert len(stage.channels[1].messages) == posts
    assert stage.channels[1].get(row["message_id"]) is not None


@pytest.mark.parametrize(("at", "after", "posts"), POINTS + TWO_STEPS)
async def test_killed_while_moving_to_a_new_bot(stage: Stage, at: str, after: bool, posts: int) -> None:
    await cached(stage, 1)
    await new_bot(stage, CHANNEL)
    move_id = await begin(stage, CHANNEL)
    await killed(worker(stage), at, after=after)
    async with stage.working("move", lease_seconds=0.3):
        assert (await done(stage, move_id)).moved == 1
    row = await stage.row()
    assert (row["bot_id"], row["poster_status"], row["channel_id"]) == (NEW_BOT, 2, CHANNEL)
    assert len(stage.channels[0].messages) == posts
    assert stage.channels[0].get(row["message_id"]) is not None


async def test_a_move_survives_the_loss_of_an_answer_with_one_post_too_many(stage: Stage) -> None:
    await cached(stage, 1)
    stage.telegram.faults.add(Fault("lost_answer", "forwardMessage"))
    move_id = await begin(stage, SECOND_CHANNEL)
    await stage.drain("move", **NEW_CHANNEL)
    assert (await stage.row())["channel_id"] == CHANNEL
    await stage.database.execute("UPDATE tmdb.posters SET next_attempt_at = tmdb.now()")
    await stage.drain("move", **NEW_CHANNEL)
    assert (await look(stage, move_id)).state == "done"
    assert len(stage.channels[1].messages) == 2


async def test_its_message_moves_and_ends_with_what_was_done(stage: Stage) -> None:
    await cached(stage, 3)
    move_id = await begin(stage, SECOND_CHANNEL)
    admin = stage.telegram.add_person(ADMIN, "Ann", "en")
    admin.start()
    async with stage.parts() as parts:
        sent = await parts.bot.send_message(ADMIN, "…")
    await PosterAdmin(stage.database, stage.settings).follow(move_id, ADMIN, ADMIN, sent.message_id)
    message = admin.chat.get(sent.message_id)
    assert message is not None
    await stage.drain("live")
    assert "0 of 3" in message.body
    assert [button.text for button in message.buttons] == ["Pause", "Cancel"]
    async with stage.working("move", **NEW_CHANNEL):
        await done(stage, move_id)
    await stage.database.execute("UPDATE tmdb.live_messages SET next_edit_at = tmdb.now()")
    await stage.drain("live")
    assert message.body.splitlines()[1:] == [
        "Done: 3 posters moved.",
        f"The former channels are no longer needed: {CHANNEL}",
    ]
    assert not message.buttons
    assert await stage.database.fetchval("SELECT count(*) FROM tmdb.live_messages") == 0


async def test_rate_and_time_left_are_measured(stage: Stage) -> None:
    await cached(stage, 1)
    move_id = await begin(stage, SECOND_CHANNEL)
    await stage.database.execute(
        """
        UPDATE tmdb.poster_moves SET total = 1000, moved = 190, lost = 10, handled_before = 100,
          resumed_at = tmdb.now() - interval '5 minutes'
        """
    )
    move = await look(stage, move_id)
    assert move.rate == pytest.approx(20, rel=0.01)
    assert move.eta_seconds == pytest.approx(800 / 20 * 60, rel=0.01)


async def test_an_admin_who_deletes_a_poster_on_its_way_wins(stage: Stage) -> None:
    await cached(stage, 1)
    row = await stage.row()
    await begin(stage, SECOND_CHANNEL)
    moves = PosterMoves(stage.database)
    poster = await moves.claim(BOT_ID, [SECOND_CHANNEL], "me", "here", 30)
    assert poster is not None
    await Posters(stage.database).withdraw(BOT_ID, "admin", row["poster_path"], 30)
    kept = await moves.keep(
        BOT_ID, "me", poster, file_id="f", file_unique_id="u", channel_id=SECOND_CHANNEL, message_id=1
    )
    assert not kept.counted
    assert (await stage.row())["poster_status"] == 0


async def test_only_one_move_at_a_time(stage: Stage) -> None:
    await cached(stage, 1)
    moves = PosterMoves(stage.database)
    [elsewhere] = await moves.elsewhere(BOT_ID, [SECOND_CHANNEL])
    first = await moves.start(BOT_ID, elsewhere, ADMIN)
    assert await moves.start(BOT_ID, elsewhere, ADMIN) is None
    assert first is not None
    await moves.cancel(first)
    assert await moves.start(BOT_ID, elsewhere, ADMIN) is not None


async def test_the_claims_of_a_move_of_many_are_quick(stage: Stage) -> None:
    await stage.database.execute(
        """
        INSERT INTO tmdb.posters (bot_id, poster_path, poster_status, size, priority, popularity,
          telegram_file_id, channel_id, message_id)
        SELECT $1, '/' || n || '.jpg', 2, 'w500', 2, n, 'AgAC' || n, $2, n FROM generate_series(1, 30000) AS n
        """,
        *(BOT_ID, CHANNEL),
    )
    await stage.database.execute("ANALYZE tmdb.posters")
    await begin(stage, SECOND_CHANNEL)
    moves = PosterMoves(stage.database)
    loop = asyncio.get_running_loop()
    started = loop.time()
    for _ in range(20):
        assert await moves.claim(BOT_ID, [SECOND_CHANNEL], "me", "here", 30) is not None
        assert await moves.finish(BOT_ID, [SECOND_CHANNEL]) is None
    assert loop.time() - started < 2
    await stage.posters.want(BOT_ID, "w92", [Wanted("/x.jpg", None, 1)], Priority.PERSON)
    assert len(await stage.posters.claim_downloads(BOT_ID, "me", 30, limit=1)) == 1
