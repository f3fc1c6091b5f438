"""Updates: in order within a chat, chats side by side, none lost, none done twice."""

import asyncio
from typing import Any

import pytest
import structlog
from aiogram.types import Update

import bot.polling
import bot.serve
from bot.dispatch import CONCURRENT, Updates
from bot.wiring import Application
from sandbox.telegram import Fault
from tests.bot.conftest import Stage, running

LATE = 10.0


def update(update_id: int, chat_id: int) -> Update:
    """A message in a private chat."""
    user = {"id": chat_id, "is_bot": False, "first_name": "A"}
    message = {
        "message_id": update_id,
        "date": 0,
        "chat": {"id": chat_id, "type": "private"},
        "from": user,
        "text": "x",
    }
    return Update.model_validate({"update_id": update_id, "message": message})


async def test_a_chat_is_worked_off_in_order_and_chats_side_by_side() -> None:
    begun: list[int] = []
    ended: list[int] = []
    hold = asyncio.Event()

    async def handle(one: Update) -> None:
        begun.append(one.update_id)
        if one.update_id == 1:
            await hold.wait()
        ended.append(one.update_id)

    updates = Updates(handle)
    first, second = updates.accept(update(1, 10)), updates.accept(update(2, 10))
    await asyncio.wait_for(updates.accept(update(3, 20)), LATE)
    assert (begun, ended) == ([1, 3], [3])
    hold.set()
    await asyncio.wait_for(asyncio.gather(first, second), LATE)
    assert ended == [3, 1, 2]


async def test_no_more_than_so_many_at_once() -> None:
    at_once, most = 0, 0

    async def handle(_: Update) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0)
        at_once -= 1

    updates = Updates(handle)
    await asyncio.wait_for(asyncio.gather(*(updates.accept(update(i, i)) for i in range(1, 201))), LATE)
    assert most == CONCURRENT


async def test_a_redelivered_update_is_the_same_one() -> None:
    handled: list[int] = []
    hold = asyncio.Event()

    async def handle(one: Update) -> None:
        handled.append(one.update_id)
        await hold.wait()

    updates = Updates(handle)
    first = updates.accept(update(1, 10))
    assert updates.accept(update(1, 10)) is first
    hold.set()
    await asyncio.wait_for(first, LATE)
    assert updates.accept(update(1, 10)).done()
    assert handled == [1]


async def test_a_failing_handler_holds_up_nobody() -> None:
    async def handle(one: Update) -> None:
        if one.update_id == 1:
            raise RuntimeError("a mistake of ours")

    updates = Updates(handle)
    with structlog.testing.capture_logs() as lines:
        await asyncio.wait_for(
            asyncio.gather(updates.accept(update(1, 10)), updates.accept(update(2, 10))), LATE
        )
    assert [line["event"] for line in lines] == ["an update was not handled"]


async def test_a_slow_film_keeps_the_chats_order_and_nobody_else_waiting(stage: Stage) -> None:
    ann, bob = stage.person(1), stage.person(2)
    stage.tmdb.fault("slow", "/3/movie/603", delay=0.7, times=1)
    ann.send("/movie 603")
    last = ann.send("/about")
    bob.send("/about")
    await bob.chat.wait_for()
    assert ann.chat.last is last, "Ann's film is still being fetched"
    about = await ann.chat.wait_for(lambda message: "anybody can host" in message.body)
    card = ann.chat.messages[-2]
    assert (card.body.splitlines()[0], ann.chat.last) == ("The Matrix (1999)", about)


async def test_a_redelivered_message_is_answered_once(stage: Stage) -> None:
    ann = stage.person()
    await stage.ask(ann, "/about")
    stage.bot.updates.redeliver()
    await stage.ask(ann, "/help")
    assert len(stage.telegram.calls("sendMessage", ann.id)) == 2


async def test_numbers_that_restart_lower_are_heard(stage: Stage) -> None:
    ann = stage.person()
    await stage.ask(ann, "/about")
    # Telegram may do so after a week without updates: by then the bot has asked and got none.
    await stage.telegram.wait_until(lambda: stage.bot.updates.polled)
    stage.bot.updates.next_id = 17
    assert (await stage.ask(ann, "/about")).body.startswith("Filmoteka")


async def in_hand(stage: Stage, app: Application) -> None:
    """Returns when the bot has begun with the last update."""
    update_id = stage.bot.updates.given[-1]["update_id"]
    await stage.telegram.wait_until(lambda: app.updates.is_in_hand(update_id))


async def test_a_stop_finishes_what_is_in_hand_and_confirms_it(idle_stage: Stage) -> None:
    ann = idle_stage.person()
    idle_stage.tmdb.fault("slow", "/3/movie/603", delay=0.6, times=1)
    async with running(idle_stage.settings, idle_stage.database) as app:
        ann.send("/movie 603")
        await in_hand(idle_stage, app)
    assert ann.chat.last.body.startswith("The Matrix")
    assert len(idle_stage.bot.updates) == 0, "it would be redelivered"


async def test_what_a_stop_cannot_finish_is_left_to_the_next_bot(
    idle_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.serve, "FINISH_SECONDS", 0.05)
    monkeypatch.setattr(bot.polling, "SETTLE_SECONDS", 60.0)
    ann = idle_stage.person()
    fault = idle_stage.tmdb.fault("slow", "/3/movie/603", delay=5)
    async with running(idle_stage.settings, idle_stage.database) as app:
        ann.send("/movie 603")
        await in_hand(idle_stage, app)
    assert len(idle_stage.bot.updates) == 1
    idle_stage.tmdb.clear_faults(fault)
    async with running(idle_stage.settings, idle_stage.database):
        assert (await ann.chat.wait_for()).body.startswith("The Matrix")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits that people would not notice are not waited for in tests."""
    monkeypatch.setattr(bot.polling, "CONFLICT_SECONDS", 0.02)
    monkeypatch.setattr(bot.polling, "SHORTEST_BACKOFF_SECONDS", 0.02)
    monkeypatch.setattr(bot.polling, "LONGEST_BACKOFF_SECONDS", 0.05)


def said(lines: list[Any], beginning: str) -> int:
    return sum(line["event"].startswith(beginning) for line in lines)


@pytest.mark.usefixtures("impatient")
async def test_two_bots_by_mistake_lose_nothing_and_say_so(idle_stage: Stage) -> None:
    people = [idle_stage.person(i) for i in range(1, 31)]
    with structlog.testing.capture_logs() as lines:
        async with (
            running(idle_stage.settings, idle_stage.database),
            running(idle_stage.settings, idle_stage.database),
        ):
            for person in people:
                person.send("/about")
                await asyncio.sleep(0)
            for person in people:
                assert (await person.chat.wait_for()).body.startswith("Filmoteka")
            await idle_stage.telegram.wait_until(
                lambda: sum(call.status == 409 for call in idle_stage.telegram.calls("getUpdates")) > 6
            )
    assert said(lines, "another process fetches this bot's updates") == 2, "one line each"


@pytest.mark.usefixtures("impatient")
async def test_telegram_away_is_said_once_and_waited_for(stage: Stage) -> None:
    ann = stage.person()
    await stage.ask(ann, "/about")
    fault = stage.telegram.faults.add(Fault("server_error", "getUpdates", times=None))
    with structlog.testing.capture_logs() as lines:
        ann.send("/help")
        await stage.telegram.wait_until(lambda: fault.hits > 5)
        stage.telegram.faults.remove(fault)
        await ann.chat.wait_for(lambda message: "/search" in message.body)
    assert said(lines, "Telegram does not answer") == 1
    assert said(lines, "Telegram answers again") == 1


@pytest.mark.usefixtures("impatient")
async def test_a_lost_answer_to_getupdates_loses_no_update(stage: Stage) -> None:
    ann = stage.person()
    await stage.ask(ann, "/about")
    await stage.telegram.wait_until(lambda: stage.bot.updates.polled)
    stage.telegram.faults.add(Fault("lost_answer", "getUpdates", times=2))
    ann.send("/help")
    await ann.chat.wait_for(lambda message: "/search" in message.body)
    assert len(stage.telegram.calls("sendMessage", ann.id)) == 2
