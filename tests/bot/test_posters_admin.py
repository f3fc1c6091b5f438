"""/posters: what an admin sees of all posters, and what can be begun from there."""

import pytest

from db.poster_channels import PosterChannels
from db.poster_moves import PosterMoves
from db.posters import Posters
from db.prewarming import Prewarming
from sandbox.telegram.limits import Fault
from tests.bot.conftest import ADMIN, BOT_ID, CHANNEL, Stage
from views.locale import LANGUAGES

OLD_CHANNEL, OLD_BOT = -1001000000009, 77
WORDS = {
    "en": ("Pre-warm…", "All films", "Move to a new channel or bot", "Take over from bot 77", "Pause"),
    "ru": ("Загрузить впрок…", "Все фильмы", "Перенести в новый канал или бот", "Забрать у бота 77", "Пауза"),
    "zh": ("预热…", "全部影片", "迁移到新频道或新机器人", "接管机器人 77 的海报", "暂停"),
}


async def cached(stage: Stage, number: int, bot_id: int = BOT_ID, channel_id: int = CHANNEL) -> None:
    """So many posters in a channel, as the table knows them."""
    await stage.database.execute(
        """
        INSERT INTO tmdb.posters (bot_id, poster_path, poster_status, size, priority, popularity,
          telegram_file_id, channel_id, message_id)
        SELECT $1::bigint, '/' || $2::bigint || n || '.jpg', 2, 'w500', 2, n, 'AgAC' || n, $2, n
        FROM generate_series(1, $3) AS n
        """,
        *(bot_id, channel_id, number),
    )


async def test_the_overview_tells_statuses_channels_and_dead_file_ids(stage: Stage) -> None:
    await cached(stage, 1234)
    channels = PosterChannels(stage.database)
    await channels.open(BOT_ID, [CHANNEL], 20)
    await channels.lower(BOT_ID, CHANNEL, 90)
    for file_id in ("AgAC1", "AgAC2"):
        await Posters(stage.database).forget_file_ids(BOT_ID, [file_id])
    await Posters(stage.database).forget_file_ids(BOT_ID, ["AgAC2"])  # known already
    shown = await stage.ask(stage.person(ADMIN), "/posters")
    lines = [line.split() for line in shown.body.splitlines()]
    assert ["Posters", "in", "Telegram", "1,232"] in lines
    assert ["waiting", "2"] in lines or ["wanted", "2"] in lines
    assert ["Dead", "file_ids", "found", "2"] in lines
    assert [str(CHANNEL), "16/min"] in lines
    assert ["Telegram", "refused", "20/min"] in lines
    assert ["pauses", "for", "1", "min", "29", "s"] in lines or [
        "pauses",
        "for",
        "1",
        "min",
        "30",
        "s",
    ] in lines
    assert max(len(line) for line in shown.body.splitlines()[:12]) <= 36


async def test_an_unusable_channel_is_named_with_its_reason(stage: Stage) -> None:
    channels = PosterChannels(stage.database)
    await channels.open(BOT_ID, [CHANNEL], 20)
    await channels.set_aside(BOT_ID, CHANNEL, 300, "chat not found")
    shown = await stage.ask(stage.person(ADMIN), "/posters")
    assert "not used for" in shown.body
    assert "chat not found" in shown.body


async def test_others_do_not_know_the_command(stage: Stage) -> None:
    answer = await stage.ask(stage.person(1), "/posters")
    assert answer.body.startswith("I do not know this command")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_prewarming_is_asked_for_by_a_button_and_survives_in_the_database(
    stage: Stage, language: str
) -> None:
    prewarm, every, *_ = WORDS[language]
    admin = stage.person(ADMIN, language)
    shown = await stage.ask(admin, "/posters")
    question = await stage.press(admin, shown, prewarm)
    await stage.press(admin, question, every)
    request = await Prewarming(stage.database).request(BOT_ID)
    assert request == (None, 0)
    question = await stage.press(admin, await stage.ask(admin, "/posters"), prewarm)
    twenty_thousand = next(button.text for button in question.buttons if button.text.startswith("20"))
    shown = await stage.press(admin, question, twenty_thousand)
    assert await Prewarming(stage.database).request(BOT_ID) == (20_000, 0)
    assert twenty_thousand in shown.body


async def test_deleting_one_leads_to_its_film(stage: Stage) -> None:
    admin = stage.person(ADMIN)
    shown = await stage.press(admin, await stage.ask(admin, "/posters"), "Delete one")
    assert "/poster" in shown.body


async def test_with_nothing_elsewhere_it_is_said_how_there_comes_to_be(stage: Stage) -> None:
    admin = stage.person(ADMIN)
    await cached(stage, 2)
    shown = await stage.press(admin, await stage.ask(admin, "/posters"), "Move to a new channel or bot")
    assert "POSTER_CHANNEL_IDS" in shown.body


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_move_is_offered_begun_paused_and_cancelled(stage: Stage, language: str) -> None:
    *_, move, take_over, pause = WORDS[language]
    await cached(stage, 3, OLD_BOT, OLD_CHANNEL)
    stage.telegram.add_channel(OLD_CHANNEL, "Old posters", [stage.bot])
    admin = stage.person(ADMIN, language)
    shown = await stage.ask(admin, "/posters")
    assert str(OLD_BOT) in shown.body
    assert str(OLD_CHANNEL) in shown.body
    offer = await stage.press(admin, shown, move)
    moving = await stage.press(admin, offer, take_over)
    assert "▓" in moving.body or "░" in moving.body
    [followed] = await stage.database.fetch("SELECT kind, message_id FROM tmdb.live_messages")
    assert tuple(followed) == ("move", moving.message_id)
    paused = await stage.press(admin, moving, pause)
    moves = PosterMoves(stage.database)
    state = await moves.move(BOT_ID)
    assert state is not None
    assert state.state == "paused"
    resume, cancel = paused.buttons
    await stage.press(admin, paused, resume.text)
    question = await stage.press(admin, paused, cancel.text)
    assert question.message_id != moving.message_id, "a worker edits that one"
    await stage.press(admin, question, question.buttons[0].text)
    assert await moves.move(BOT_ID) is None


async def test_a_channel_the_bot_does_not_administer_is_named_and_nothing_begins(stage: Stage) -> None:
    await cached(stage, 3, OLD_BOT, OLD_CHANNEL)
    channel = stage.telegram.add_channel(OLD_CHANNEL, "Old posters", [])
    admin = stage.person(ADMIN)
    offer = await stage.press(admin, await stage.ask(admin, "/posters"), "Move to a new channel or bot")
    refused = await stage.press(admin, offer, "Take over from bot 77")
    assert refused.body.startswith("Nothing has begun: the bot is not an administrator")
    assert str(OLD_CHANNEL) in refused.body
    assert await PosterMoves(stage.database).move(BOT_ID) is None
    channel.rights[stage.bot] = stage.channel.rights[stage.bot]
    await stage.press(admin, refused, "Take over from bot 77")
    assert await PosterMoves(stage.database).move(BOT_ID) is not None


async def test_while_telegram_is_away_nothing_begins_and_the_button_stays(stage: Stage) -> None:
    await cached(stage, 3, OLD_BOT, OLD_CHANNEL)
    stage.telegram.add_channel(OLD_CHANNEL, "Old posters", [stage.bot])
    admin = stage.person(ADMIN)
    offer = await stage.press(admin, await stage.ask(admin, "/posters"), "Move to a new channel or bot")
    stage.telegram.faults.add(Fault("refuse", "getChatMember", code=400, description="Bad Request: odd"))
    refused = await stage.press(admin, offer, "Take over from bot 77")
    assert refused.body.startswith("Nothing has begun: Telegram did not say")
    stage.telegram.faults.clear()
    moving = await stage.press(admin, refused, "Take over from bot 77")
    assert "0 of 3" in moving.body


async def test_a_second_move_is_not_begun_beside_the_first(stage: Stage) -> None:
    await cached(stage, 3, OLD_BOT, OLD_CHANNEL)
    await cached(stage, 3, BOT_ID, OLD_CHANNEL)
    stage.telegram.add_channel(OLD_CHANNEL, "Old posters", [stage.bot])
    admin = stage.person(ADMIN)
    offer = await stage.press(admin, await stage.ask(admin, "/posters"), "Move to a new channel or bot")
    again = await stage.press(admin, await stage.ask(admin, "/posters"), "Move to a new channel or bot")
    await stage.press(admin, offer, "Move to the new channel")
    told = await stage.press(admin, again, "Take over from bot 77")
    assert "/posters" in told.body
    assert await stage.database.fetchval("SELECT count(*) FROM tmdb.poster_moves") == 1
