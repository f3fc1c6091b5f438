"""One person's flood: slowed, answered politely, and nobody else's burden."""

import asyncio

import pytest
from aiogram.types import Update

from bot.admission import ALLOWANCES, Allowance, Kind
from bot.dispatch import Updates
from sandbox.telegram import Chat, Person
from tests.bot.conftest import Stage, running

GROUP = -1001000000009
SLOW_DOWN = "That is a little fast. I am still here: please go on in a moment."


async def test_others_are_answered_at_once(idle_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = idle_stage
    monkeypatch.setattr("bot.serve.FINISH_SECONDS", 0.0)
    ann, bob = stage.person(1), stage.person(2)
    # At the pace that Telegram bears, so that all of Ann's would take minutes.
    async with running(stage.settings, stage.database, pace={}, allowances=ALLOWANCES) as app:
        for _ in range(500):
            ann.send("/about")
        bob.send("/movie 603")
        assert (await bob.chat.wait_for()).body.startswith("The Matrix")
        answered = len(stage.telegram.calls("sendMessage", ann.id))
        assert answered < ALLOWANCES["private"].burst, "Ann's are still being answered, one a second"
        await asyncio.wait_for(app.updates.room(ALLOWANCES["private"].burst + 1), 5)


async def test_who_floods_is_told_so_once_and_every_tap_is_answered(idle_stage: Stage) -> None:
    stage = idle_stage
    ann = stage.person(1)
    # None comes back meanwhile, however slow the machine is.
    few: dict[Kind, Allowance] = {**ALLOWANCES, "private": Allowance(20, 0.001)}
    async with running(stage.settings, stage.database, allowances=few) as stage.app:
        screen = await stage.ask(ann, "/settings")
        for _ in range(60):
            ann.send("/about")
        await ann.chat.wait_for(lambda message: message.body == SLOW_DOWN)
        taps = [ann.press_forged(screen, "choose:language:ru") for _ in range(30)]
        toasts = {(await ann.wait_answer(tap)).text for tap in taps}
        assert toasts == {SLOW_DOWN}
        await stage.idle()
    told = [message for message in ann.chat.messages if message.body == SLOW_DOWN]
    assert len(told) == 1
    about = [message for message in ann.chat.messages if message.body.startswith("Filmoteka")]
    assert len(about) == 19
    assert await stage.database.fetchval("SELECT language FROM tmdb.users") == "en"


async def test_inline_queries_over_the_allowance_are_answered_empty(idle_stage: Stage) -> None:
    stage = idle_stage
    stage.bot.supports_inline_queries = True
    ann = stage.person(1)
    few: dict[Kind, Allowance] = {**ALLOWANCES, "inline": Allowance(1, 0.001)}
    async with running(stage.settings, stage.database, allowances=few):
        first, second = ann.inline_query("matrix"), ann.inline_query("matrix 1999")
        await ann.wait_results(first)
        answer = await ann.wait_results(second)
    assert (answer.results, answer.button) == ([], None)


async def test_in_a_group_one_person_leaves_the_others_room(idle_stage: Stage) -> None:
    stage = idle_stage
    ann, bob = stage.person(1), stage.person(2, "ru", "Boris")
    group = stage.telegram.add_group(GROUP, "Friends", [ann, bob], [stage.bot])
    few: dict[Kind, Allowance] = {**ALLOWANCES, "group": Allowance(8, 0.001)}
    async with running(stage.settings, stage.database, allowances=few) as stage.app:
        for _ in range(40):
            ann.send("/search@filmoteka_bot", chat=group)
        asked = bob.send("/search@filmoteka_bot", chat=group)
        await group.wait_for(lambda message: message.reply_to is asked)
        await stage.idle()
        await stage.telegram.wait_until(lambda: len(replies(group, ann)) == 9)
    assert [body for body in replies(group, ann) if body == SLOW_DOWN] == [SLOW_DOWN]


def replies(chat: Chat, person: Person) -> list[str]:
    """What the bot answered to this person's messages."""
    return [one.body for one in chat.messages if one.reply_to and one.reply_to.sender is person]


def update(update_id: int, user_id: int, **content: object) -> Update:
    user = {"id": user_id, "is_bot": False, "first_name": "A"}
    return Update.model_validate(
        {"update_id": update_id} | {kind: {"from": user} | body for kind, body in content.items()}  # type: ignore[operator] # a dict each
    )


def in_group(update_id: int, user_id: int) -> Update:
    chat = {"id": GROUP, "type": "supergroup", "title": "Friends"}
    return update(update_id, user_id, message={"message_id": update_id, "date": 0, "chat": chat, "text": "x"})


def inline(update_id: int, user_id: int) -> Update:
    return update(update_id, user_id, inline_query={"id": str(update_id), "query": "x", "offset": ""})


async def test_people_of_a_group_take_turns() -> None:
    handled: list[int] = []

    async def handle(one: Update) -> None:
        handled.append(one.update_id)

    updates = Updates(handle)
    given = [in_group(1, 10), in_group(2, 10), in_group(3, 10), in_group(4, 20), in_group(5, 30)]
    await asyncio.wait_for(asyncio.gather(*map(updates.accept, given)), 10)
    assert handled == [1, 4, 5, 2, 3]


async def test_while_a_person_types_only_the_newest_query_is_handled() -> None:
    handled: list[int] = []
    hold = asyncio.Event()

    async def handle(one: Update) -> None:
        handled.append(one.update_id)
        if one.update_id == 1:
            await hold.wait()

    updates = Updates(handle)
    first = updates.accept(inline(1, 10))
    await asyncio.sleep(0)
    others = [updates.accept(one) for one in (inline(2, 10), inline(3, 10), inline(4, 20))]
    hold.set()
    await asyncio.wait_for(asyncio.gather(first, *others), 10)
    assert sorted(handled) == [1, 3, 4]
