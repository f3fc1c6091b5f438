"""Whatever is sent, there is an answer in plain words, and nothing of anybody changes."""

import random

import pytest

from sandbox.telegram import Message, Person
from tests.bot.conftest import ADMIN, BOT_ID, CHANNEL, Stage

HUGE = 2**63

FORGED = [
    "",
    ":",
    "card",
    "card:",
    "card:-1",
    "card:0",
    f"card:{2**31}",
    f"card:{HUGE}",
    f"rate:{HUGE}:17",
    "rate:603:999999999999999999999",
    "rate:603:NaN",
    "rate:603:17:17",
    "link:",
    "link:approve",
    "unlink:everything",
    "forget:maybe",
    "language:xx",
    "language:ru; DROP TABLE tmdb.users",
    f"poster:603:/a.jpg:1:{ADMIN}",
    "💥" * 16,
    "\x00\x01\x02",
    "%s%n{0}{ $count }",
    "'; DELETE FROM tmdb.users; --",
]


async def told(stage: Stage, person: Person, message: Message, data: str | bytes) -> str | None:
    """The answer to data no button has."""
    return (await person.wait_answer(person.press_forged(message, data))).text


@pytest.mark.parametrize("data", FORGED)
async def test_forged_callback_data_is_a_button_that_no_longer_works(stage: Stage, data: str) -> None:
    ann = stage.person()
    hello = await stage.ask(ann, "/start")
    assert await told(stage, ann, hello, data) == (
        "This button no longer works. Please ask for the screen again."
    )
    assert await stage.database.fetchval("SELECT count(*) FROM tmdb.user_movie_ratings") == 0


async def test_random_bytes_are_answered_each(stage: Stage) -> None:
    ann = stage.person()
    hello = await stage.ask(ann, "/start")
    dice = random.Random(7)
    for _ in range(40):
        assert await told(stage, ann, hello, dice.randbytes(dice.randint(1, 64))) is not None
    assert stage.telegram.calls("sendMessage", ann.id)[1:] == []


async def test_an_admins_buttons_do_nothing_for_others(stage: Stage) -> None:
    ann = stage.person()
    hello = await stage.ask(ann, "/start")
    await stage.database.execute(
        """
        INSERT INTO tmdb.posters (bot_id, poster_path, size, priority, poster_status, telegram_file_id,
                                  channel_id, message_id)
        VALUES ($1, '/a.jpg', 'w500', 0, 2, 'f', $2, 1)
        """,
        BOT_ID,
        CHANNEL,
    )
    assert (await told(stage, ann, hello, "poster:603:/a.jpg:1") or "").startswith("This button")
    assert await stage.database.fetchval("SELECT count(*) FROM tmdb.posters") == 1
    assert stage.telegram.calls("deleteMessage") == []
    for command in ("/stats", "/poster 603"):
        assert (await stage.ask(ann, command)).body.startswith("I do not know this command.")


@pytest.mark.parametrize(
    "parameter",
    ["l_", "l_" + "A" * 22, "m_0", "m_99999999999999999999", "m_x", "_", "-" * 64, "l_" + "a" * 62],
)
async def test_forged_start_parameters_are_answered(stage: Stage, parameter: str) -> None:
    ann = stage.person()
    ann.start(parameter)
    answer = await ann.chat.wait_for()
    assert answer.body
    assert not answer.body.startswith("Something went wrong")
    assert await stage.database.fetchval("SELECT count(*) FROM tmdb.link_attempts") == 0


async def test_odd_start_parameters_and_commands_from_odd_clients(stage: Stage) -> None:
    ann = stage.person()
    for text in (
        "/start ?request_token=x&approved=true",
        "/start " + "x" * 3000,
        "/start \x00\ufffd",
        "/START",
        "/movie 9" + "9" * 400,
        "/movie -1",
        "/poster@filmoteka_bot 1",
        "/" + "a" * 300,
        "/",
        "/link@some_other_bot",
    ):
        answer = await stage.ask(ann, text)
        assert answer.body
        assert not answer.body.startswith("Something went wrong"), text


async def test_ten_thousand_characters_are_answered(stage: Stage) -> None:
    ann = stage.person()
    # A client cuts such a text into messages; the bot must also bear one that arrives whole.
    sent = ann.send("Матрица 🎬 " * 1000)
    await ann.chat.wait_for(lambda message: message.message_id > sent.message_id)
    stage.bot.updates.push(
        "message",
        {
            "message_id": 77_777,
            "date": 1,
            "chat": {"id": ann.id, "type": "private", "first_name": "Ann"},
            "from": ann.as_user(),
            "text": "x" * 10_000,
        },
    )
    since = len(stage.telegram.calls("sendMessage", ann.id))
    await stage.telegram.wait_until(lambda: len(stage.telegram.calls("sendMessage", ann.id)) > since)
    assert all(call.status == 200 for call in stage.telegram.calls("sendMessage", ann.id))
    assert not ann.chat.last.body.startswith("Something went wrong")


@pytest.mark.parametrize(
    "content",
    [
        {"sticker": {"file_id": "x", "file_unique_id": "y", "type": "regular", "width": 1, "height": 1,
                     "is_animated": False, "is_video": False}},
        {"location": {"latitude": 1.0, "longitude": 1.0}},
        {"contact": {"phone_number": "1", "first_name": "A"}},
        {"dice": {"emoji": "🎲", "value": 3}},
    ],
    ids=["sticker", "location", "contact", "dice"],
)  # fmt: skip
async def test_what_is_no_text_is_answered(stage: Stage, content: dict[str, object]) -> None:
    ann = stage.person(language="ru")
    ann.send_other(content)
    assert (await ann.chat.wait_for()).body == "Я понимаю только текст: напишите название фильма."


async def test_an_update_of_an_unknown_form_hides_no_other(stage: Stage) -> None:
    ann = stage.person()
    await stage.ask(ann, "/help")
    stage.bot.updates.push("message", {"nonsense": [1, 2, 3]})
    assert (await stage.ask(ann, "/about")).body.startswith("Filmoteka: a film bot")
