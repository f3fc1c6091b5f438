"""/sync: one message that keeps itself current, and the buttons that steer the synchronisation."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from core.settings import Settings
from db.embedded import EmbeddedPostgres
from db.pool import Listener
from sandbox.telegram.limits import Fault
from sandbox.telegram.world import Message
from services.sync import Sync
from tests.bot.conftest import ADMIN, Stage, running
from views.sync import StartRun, SyncStep

LOADED = "INSERT INTO tmdb.sync_state (name, watermark) VALUES ('delta', tmdb.now() - interval '2 hours')"


async def films(stage: Stage, stubs: int = 30, full: int = 10) -> None:
    """An export was loaded and some of it filled."""
    await stage.database.execute(LOADED)
    await stage.database.execute(
        "INSERT INTO tmdb.movies (tmdb_id) SELECT generate_series(1, $1)", stubs + full
    )
    await stage.database.execute(
        """
        UPDATE tmdb.movies
        SET data_state = 'full', content_hash = 'a', payload_hash = 'b', fetched_at = tmdb.now()
        WHERE tmdb_id <= $1
        """,
        full,
    )


async def started(stage: Stage) -> list[tuple[Any, ...]]:
    rows = await stage.database.fetch(
        "SELECT run_type, trigger_type, requested_by, status FROM tmdb.sync_runs ORDER BY id"
    )
    return [tuple(row) for row in rows]


@asynccontextmanager
async def woken(postgres: EmbeddedPostgres, what: str) -> AsyncIterator[None]:
    """The block wakes whoever waits for it."""
    listener = Listener(postgres.database_url("test_bot"))
    event = listener.event(what)
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        listening = group.create_task(listener.run())
        await event.wait()  # listening begins with a wake-up
        event.clear()
        yield
        await event.wait()
        listening.cancel()


def buttons(message: Message) -> list[str]:
    return [button.text for button in message.buttons]


async def test_an_empty_catalogue_offers_to_load_the_export(stage: Stage) -> None:
    admin = stage.person(ADMIN)
    shown = await stage.ask(admin, "/sync")
    assert "Films    none yet" in shown.body
    assert buttons(shown) == ["Load the export", "Pause", "Refresh", "Runs"]
    query = admin.press(shown, "Load the export")
    assert (await admin.wait_answer(query)).text == "Started: export."
    await stage.idle()
    assert "Waiting  export" in shown.body
    assert buttons(shown) == ["Pause", "Refresh", "Runs"]
    assert await started(stage) == [("export", "manual", ADMIN, "queued")]


async def test_what_is_loaded_can_be_filled_paused_and_resumed(stage: Stage) -> None:
    await films(stage)
    admin = stage.person(ADMIN)
    shown = await stage.ask(admin, "/sync")
    assert "25%\n         10 of 40\n" in shown.body
    assert buttons(shown) == [
        "Start backfill", "Pause", "Delta now", "Lists now", "Reset …", "Refresh", "Runs",
    ]  # fmt: skip
    for button, told in (("Start backfill", "backfill"), ("Delta now", "delta"), ("Lists now", "lists")):
        assert await stage.toast(admin, shown, button) == f"Started: {told}."
        await stage.idle()
    assert [run[0] for run in await started(stage)] == ["bulk", "delta", "lists"]
    assert buttons(shown) == ["Pause", "Reset …", "Refresh", "Runs"]

    assert "Paused." in (await stage.toast(admin, shown, "Pause") or "")
    await stage.idle()
    assert shown.body.startswith("Paused for 0 s.")
    assert buttons(shown) == ["Resume", "Reset …", "Refresh", "Runs"]
    assert await stage.toast(admin, shown, "Resume") == "It goes on."
    await stage.idle()
    assert shown.body.startswith("Synchronisation")


async def test_a_second_start_is_refused_with_what_runs(stage: Stage) -> None:
    await films(stage)
    olga, sync = stage.person(ADMIN), Sync(stage.database, stage.settings)
    shown = await stage.ask(olga, "/sync")
    await sync.start("delta", "scheduled")
    answer = await olga.wait_answer(olga.press(shown, "Delta now"))
    assert (answer.text, answer.show_alert) == (
        "Not started again: delta is asked for and about to begin.",
        True,
    )
    await stage.idle()
    assert "Delta now" not in buttons(shown)
    await stage.database.execute(
        "UPDATE tmdb.sync_runs SET status = 'running', started_at = tmdb.now() - interval '12 minutes'"
    )
    answer = await olga.wait_answer(olga.press_forged(shown, StartRun(run_type="delta").pack()))
    assert answer.text is not None
    assert answer.text.startswith("Not started again: delta has been running for 12 min")
    assert len(await started(stage)) == 1


@pytest.mark.parametrize(
    ("run_type", "name"),
    [
        ("export", "export"),
        ("bulk", "backfill"),
        ("delta", "delta"),
        ("lists", "lists"),
        ("stale", "stale films"),
        ("retention", "retention"),
        ("ratings", "ratings"),
    ],
)
async def test_whatever_the_schedule_starts_an_admin_starts_by_its_name(
    stage: Stage, run_type: str, name: str
) -> None:
    await films(stage)
    admin = stage.person(ADMIN)
    told = await stage.ask(admin, f"/sync {run_type}")
    assert told.body == f"Started: {name}."
    assert await started(stage) == [(run_type, "manual", ADMIN, "queued")]
    told = await stage.ask(admin, f"/sync {run_type.upper()}")
    assert told.body == f"Not started again: {name} is asked for and about to begin."


async def test_an_admin_asks_for_the_health_check(stage: Stage, postgres: EmbeddedPostgres) -> None:
    admin, ann = stage.person(ADMIN), stage.person(1)
    unknown = (await stage.ask(ann, "/nothing")).body
    async with woken(postgres, "health"):
        told = await stage.ask(admin, "/sync health")
        assert "/alerts" in told.body
    assert (await stage.ask(ann, "/sync health")).body == unknown
    assert await started(stage) == []


async def test_what_is_started_in_a_pause_waits_and_that_is_said(stage: Stage) -> None:
    await films(stage)
    admin = stage.person(ADMIN)
    shown = await stage.ask(admin, "/sync")
    await Sync(stage.database, stage.settings).pause(1)
    assert await stage.toast(admin, shown, "Delta now") == "Asked for: delta. It begins when the pause ends."


async def test_parked_films_are_tried_again(stage: Stage) -> None:
    await films(stage)
    await stage.database.execute(
        """
        INSERT INTO tmdb.refresh_queue (entity_type, tmdb_id, priority, reason, parked_at, last_error)
        SELECT 'movie', id, 4, 'backfill', tmdb.now(), 'x' FROM generate_series(11, 12) AS id
        """
    )
    admin = stage.person(ADMIN)
    shown = await stage.ask(admin, "/sync")
    assert "Parked   2\n" in shown.body
    assert await stage.toast(admin, shown, "Retry parked") == "2 films are tried again."
    await stage.idle()
    assert "Parked" not in shown.body
    assert "Retry parked films" not in buttons(shown)


async def test_a_reset_is_asked_twice(stage: Stage) -> None:
    await films(stage)
    admin = stage.person(ADMIN)
    shown = await stage.ask(admin, "/sync")
    question = await stage.press(admin, shown, "Reset")
    assert question.message_id != shown.message_id, "the message with the figures moves on"
    assert "deletes no film, no rating and no poster" in question.body
    again = await stage.press(admin, question, "Reset")
    assert "10 films are fetched anew" in again.body
    declined = await stage.press(admin, again, "No")
    assert declined.body == "Nothing was reset."
    assert await started(stage) == []

    question = await stage.press(admin, shown, "Reset")
    told = await stage.press(admin, await stage.press(admin, question, "Reset"), "Yes")
    assert told.body.startswith("Reset. Every film is due again")
    due = "SELECT name FROM tmdb.sync_state WHERE watermark > tmdb.now() - interval '1 minute' ORDER BY name"
    assert [row[0] for row in await stage.database.fetch(due)] == ["delta", "reset"]
    assert await stage.database.fetchval("SELECT count(*) FROM tmdb.movies") == 40


async def test_a_message_too_old_to_edit_is_sent_anew_and_moves(stage: Stage) -> None:
    await films(stage)
    admin = stage.person(ADMIN)
    shown = await stage.ask(admin, "/sync")
    refusal = "Bad Request: message can't be edited"
    stage.telegram.faults.add(Fault("refuse", "editMessageText", code=400, description=refusal))
    anew = await stage.press(admin, shown, "Pause")
    assert anew.message_id != shown.message_id
    assert anew.body.startswith("Paused for")
    assert [row[1] for row in await stage.database.fetch(MOVING)] == [anew.message_id]


async def test_runs_are_listed_below_the_message_that_moves(stage: Stage) -> None:
    await films(stage)
    await Sync(stage.database, stage.settings).start("delta", "scheduled")
    admin = stage.person(ADMIN)
    shown = await stage.ask(admin, "/sync")
    listed = await stage.press(admin, shown, "Runs")
    assert listed.message_id != shown.message_id, "a worker edits that one"
    opened = await stage.press(admin, listed, "1")
    assert opened.message_id == listed.message_id
    back = await stage.press(admin, opened, "‹ Runs")
    assert back.message_id == listed.message_id


async def test_two_admins_at_once_start_one_run_and_pause_once(idle_stage: Stage, make_settings: Any) -> None:
    stage = replace(idle_stage, settings=make_settings(admin_ids=(ADMIN, 901)))
    await films(stage)
    olga, igor = stage.person(ADMIN), stage.person(901, name="Igor")
    async with running(stage.settings, stage.database) as stage.app:
        hers, his = await stage.ask(olga, "/sync"), await stage.ask(igor, "/sync")
        pressed = (olga.press(hers, "Delta now"), igor.press(his, "Delta now"))
        answers = {(await olga.wait_answer(pressed[0])).text, (await igor.wait_answer(pressed[1])).text}
        assert answers == {
            "Started: delta.",
            "Not started again: delta is asked for and about to begin.",
        }
        await stage.idle()
        pressed = (olga.press(hers, "Pause"), igor.press(his, "Pause"))
        for person, query in zip((olga, igor), pressed, strict=True):
            assert ((await person.wait_answer(query)).text or "").startswith("Paused.")
        await stage.idle()
        assert [hers.body.partition(" ")[0], his.body.partition(" ")[0]] == ["Paused", "Paused"]
        assert len(await started(stage)) == 1


MOVING = "SELECT chat_id, message_id FROM tmdb.live_messages WHERE next_edit_at < expires_at ORDER BY 1, 2"


async def test_the_newest_message_of_a_chat_moves_and_every_admin_has_one(
    idle_stage: Stage, make_settings: Any
) -> None:
    settings: Settings = make_settings(admin_ids=(ADMIN, 901))
    stage = replace(idle_stage, settings=settings)
    olga, igor = stage.person(ADMIN), stage.person(901, "ru", "Игорь")
    async with running(settings, stage.database) as stage.app:
        first, his = await stage.ask(olga, "/sync"), await stage.ask(igor, "/sync")
        assert "Синхронизация" in his.body
        second = await stage.ask(olga, "/sync")

        async def moving() -> list[tuple[int, int]]:
            await stage.idle()
            return [(row[0], row[1]) for row in await stage.database.fetch(MOVING)]

        assert await moving() == [(ADMIN, second.message_id), (901, his.message_id)]
        await stage.toast(olga, first, "Refresh")
        assert await moving() == [(ADMIN, first.message_id), (901, his.message_id)]
        life = "SELECT max(expires_at - tmdb.now())::text FROM tmdb.live_messages"
        assert "00:14:5" in await stage.database.fetchval(life)


async def test_to_others_the_command_is_unknown_and_the_buttons_are_stale(stage: Stage) -> None:
    admin, ann = stage.person(ADMIN), stage.person(1)
    unknown = (await stage.ask(ann, "/nothing")).body
    assert (await stage.ask(ann, "/sync")).body == unknown
    await stage.ask(admin, "/sync")
    hers = await stage.ask(ann, "/start")
    stale = (await ann.wait_answer(ann.press_forged(hers, "nothing"))).text
    for data in (SyncStep(do="pause").pack(), StartRun(run_type="bulk").pack(), "reset:yes"):
        answer = await ann.wait_answer(ann.press_forged(hers, data))
        assert answer.text == stale
    assert await started(stage) == []
    assert await stage.database.fetchval("SELECT count(*) FROM tmdb.sync_state") == 0


@pytest.mark.parametrize("data", ["sync:stop", "start:everything", "reset:perhaps", "sync:"])
async def test_a_button_of_another_version_is_answered(stage: Stage, data: str) -> None:
    admin = stage.person(ADMIN)
    shown = await stage.ask(admin, "/sync")
    assert (await admin.wait_answer(admin.press_forged(shown, data))).text


async def test_taps_are_answered_within_a_second(stage: Stage) -> None:
    await films(stage)
    admin = stage.person(ADMIN)
    shown = await stage.ask(admin, "/sync")
    for button in ("Pause", "Resume", "Refresh"):
        async with asyncio.timeout(1):
            await stage.toast(admin, shown, button)
        await stage.idle()
