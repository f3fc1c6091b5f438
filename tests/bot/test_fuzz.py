"""Callback data of any bytes and whatever stands behind a command: clean answers, and nothing else."""

import random
from collections.abc import Iterable, Iterator
from itertools import islice

import pytest
import structlog
from aiogram.filters.callback_data import CallbackData

from sandbox.telegram import Message, Person
from tests.bot.conftest import ADMIN, Stage
from tests.bot.test_own_ratings import FILMS

ANN = 1001

SEED = 4
TRIES = 2

COMMANDS = (
    *("/start", "/help", "/settings", "/popular", "/top", "/new", "/trending", "/watchlist", "/ratings"),
    *("/search film", "/movie 1", "/person", "/privacy", "/unlink", "/forget", "/link"),
)
WATCHED = """
    INSERT INTO tmdb.user_watchlist (telegram_user_id, movie_id)
    SELECT 1001, id FROM generate_series(1, 12) AS id
"""

# The buttons of the version before lists, people, watchlists and settings, each with values it had.
OLD = (
    *("card:603", "rating:603", "rate:603:17", "rate:603:", "rated:603", "find:2:0", "find:500:1"),
    *("language:ru", "look", "link:begin", "link:check", "link:no", "mine:7", "unlink:keep", "unlink:stay"),
    *("offer:send", "offer:later", "forget:no"),
)
OLD_OF_ADMINS = (
    *("poster:603:/a.jpg:0", "poster:603:/a.jpg:1", "posters:look", "posters:move", "prewarm:0", "keep:603"),
    *("move:4242", "moving:show:1", "moving:sure:1", "runs:::1", "runs:delta:7:0", "types", "run:1:0"),
    *("periods", "report:1:", "report::7", "start:delta", "sync:show", "reset:ask", "reset:no", "seen:1"),
    *("accept:1:739000", "alert:1", "alerts"),
)

FIELDS = (
    *("", "0", "1", "-1", "603", "1001", str(2**31 - 1), str(2**31), str(2**63), "9" * 40, "1e9", "NaN"),
    *("ru", "xx", "yes", "sure", "added", "genres", "fAQ", "s603", "c1", "rAAAA", "_" * 36, "~en", "x~ru"),
    *("٣", "é", "\x00", "'", "%s", "{0}", "💥"),
)


def forged(dice: random.Random, kind: type[CallbackData]) -> Iterator[str | bytes]:
    """Data that begins as a button's own does, at most 64 bytes."""
    for _ in range(TRIES):
        fields = len(kind.model_fields) + dice.choice((-1, 0, 0, 0, 0, 1))
        parts = (kind.__prefix__, *(dice.choice(FIELDS) for _ in range(fields)))
        yield ":".join(parts).encode()[:64].decode(errors="ignore")
    yield f"{kind.__prefix__}:".encode() + dice.randbytes(dice.randint(1, 40))


def arguments(dice: random.Random) -> Iterator[str]:
    """Behind a command: numbers, payloads, any characters, a whole message full."""
    yield from ("0", "-1", "603.5", "٦٠٣", str(2**31), "9" * 4000, "m_" + "9" * 60, "p_" + "9" * 4000)
    yield from ("m_0", "p_0", "s_1", "t_99999999999", "l_x", "q", "'; DROP TABLE tmdb.users; --", "<b>&amp;")
    yield from ("%s {0} $1 \\", "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16") * 1000)
    yield from ("x" * 4000, "\u202e\u200b\ufeff", "https://www.themoviedb.org/movie/" + "9" * 30)
    for _ in range(TRIES):
        yield "".join(
            chr(dice.choice((32, 39, 0x300, 0x4E00, 0x1F600)) + dice.randrange(90)) for _ in range(60)
        )


def mangled(dice: random.Random, data: str) -> Iterator[str]:
    """A button's own data cut short, with a character exchanged, with more behind it."""
    yield data[: dice.randrange(len(data))]
    place = dice.randrange(len(data))
    yield data[:place] + dice.choice("0AZaz_-:~/9") + data[place + 1 :]
    yield data + dice.choice((":1", "~ru", "~xx", "0000000000", "A"))


async def press_all(person: Person, message: Message, data: Iterable[str | bytes]) -> None:
    """Each press is answered, and none of the answers is an apology for a mistake of ours."""
    left = iter(data)
    while some := list(islice(left, 20)):
        with structlog.testing.capture_logs() as lines:
            queries = [person.press_forged(message, one) for one in some]
            told = [(await person.wait_answer(query)).text or "" for query in queries]
        assert not [line for line in lines if line["log_level"] in ("error", "critical")], some
        assert not [text for text in told if text.startswith("Something went wrong")], some


@pytest.fixture
async def rated(stage: Stage) -> Stage:
    await stage.database.execute(FILMS)
    return stage


@pytest.mark.parametrize("who", [ANN, ADMIN])
async def test_whatever_bytes_a_button_carries_there_is_an_answer(rated: Stage, who: int) -> None:
    person, dice = rated.person(who), random.Random(who + SEED)
    hello = await rated.ask(person, "/start")
    kinds = [kind for kind in CallbackData.__subclasses__() if kind.__module__.startswith("views.")]
    assert len(kinds) > 40, "all buttons there are"
    await press_all(person, hello, (one for kind in kinds for one in forged(dice, kind)))


async def test_buttons_with_damaged_data_are_answered(rated: Stage) -> None:
    """What the bot itself put under its messages, cut short, with another character, with more behind."""
    ann, dice = rated.person(ANN), random.Random(SEED)
    await rated.database.execute(WATCHED)
    seen: dict[str, Message] = {}
    for command in COMMANDS:
        message = await rated.ask(ann, command)
        seen |= {button.callback_data: message for button in message.buttons if button.callback_data}
    assert len({data.partition(":")[0] for data in seen}) > 12, "buttons of many screens"
    await press_all(ann, message, (one for data in seen for one in mangled(dice, data)))


async def test_buttons_of_the_version_before_are_answered_politely(rated: Stage) -> None:
    ann, admin = rated.person(ANN), rated.person(ADMIN, name="Ada")
    for person, buttons in ((ann, OLD), (ann, OLD_OF_ADMINS), (admin, OLD_OF_ADMINS)):
        await press_all(person, await rated.ask(person, "/start"), buttons)


@pytest.mark.parametrize("command", ["movie", "person", "search", "start", "top", "ratings", "link"])
async def test_whatever_stands_behind_a_command_there_is_an_answer(rated: Stage, command: str) -> None:
    ann, dice = rated.person(ANN), random.Random(command)
    with structlog.testing.capture_logs() as lines:
        for words in arguments(dice):
            answer = await rated.ask(ann, f"/{command} {words}")
            assert answer.body, words
            assert not answer.body.startswith("Something went wrong"), words
    assert not [line for line in lines if line["log_level"] in ("error", "critical")]
