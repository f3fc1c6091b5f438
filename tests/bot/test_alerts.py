"""What an admin does about an alert."""

from datetime import timedelta
from typing import Any

import pytest

from core.alerts import Alert, Recipients, Rule
from db.alerts import Alerts
from sandbox.telegram import Message, Person
from tests.bot.conftest import ADMIN, Stage, running
from views.alerts import raised
from views.locale import locale

OTHER_ADMIN = 901
LEASE = timedelta(seconds=30)
EXPORT = {"kind": "movie", "day": "2026-11-20", "reason": "shrunk", "lines": 90, "before": 100}


@pytest.fixture
async def stage(idle_stage: Stage) -> Any:
    """Two admins, one of whom reads Russian."""
    settings = idle_stage.settings.model_copy(update={"admin_ids": (ADMIN, OTHER_ADMIN)})
    await idle_stage.database.execute(
        "INSERT INTO tmdb.users (telegram_user_id, language) VALUES ($1, 'ru')", OTHER_ADMIN
    )
    async with running(settings, idle_stage.database) as idle_stage.app:
        for admin in (idle_stage.person(ADMIN), idle_stage.person(OTHER_ADMIN, "ru", "Боб")):
            await idle_stage.ask(admin, "/about")
        yield idle_stage


async def told(
    stage: Stage, rule: Rule = "export_suspicious", **facts: Any
) -> tuple[Alert, dict[int, Message]]:
    """An alert as the worker tells it, and its copy in each admin's chat."""
    alerts = Alerts(stage.database)
    recipients = Recipients((ADMIN, OTHER_ADMIN), None)
    await alerts.raise_(rule, facts=facts or EXPORT, recipients=recipients)
    copies = {}
    assert stage.app is not None
    for delivery in await alerts.claim(10, LEASE, "a worker"):
        admin = int(delivery.recipient.partition(":")[2])
        screen = raised(locale(delivery.language), delivery.alert)
        sent = await stage.app.bot.send_message(admin, screen.text, reply_markup=screen.keyboard)
        await alerts.sent(delivery, sent.message_id)
        message = stage.person(admin).chat.get(sent.message_id)
        assert message is not None
        copies[admin] = message
    [alert] = await alerts.open()
    return alert, copies


async def test_the_first_to_acknowledge_is_shown_to_all(stage: Stage) -> None:
    ann, bob = stage.person(ADMIN), stage.person(OTHER_ADMIN)
    alert, copies = await told(stage)
    await stage.press(ann, copies[ADMIN], "Acknowledge")
    assert copies[ADMIN].body.endswith("Seen by Ann")
    await bob.chat.wait_for(lambda _: copies[OTHER_ADMIN].body.endswith("Принято к сведению: Ann"))
    assert [button.text for button in copies[OTHER_ADMIN].buttons] == ["Принять эту выгрузку"]
    found = await Alerts(stage.database).alert(alert.id)
    assert found is not None
    assert found.acknowledged_by == ADMIN


async def test_a_second_admin_is_told_who_was_first(stage: Stage) -> None:
    bob = stage.person(OTHER_ADMIN)
    alert, copies = await told(stage)
    await Alerts(stage.database).acknowledge(alert.id, ADMIN)
    query = bob.press(copies[OTHER_ADMIN], "Принять к сведению")
    assert (await bob.wait_answer(query)).text == "Это уже принял к сведению кто-то другой."
    await stage.idle()
    assert copies[OTHER_ADMIN].body.endswith(f"Принято к сведению: {ADMIN}")
    found = await Alerts(stage.database).alert(alert.id)
    assert found is not None
    assert found.acknowledged_by == ADMIN


async def test_an_accepted_export_is_loaded(stage: Stage) -> None:
    ann = stage.person(ADMIN)
    _, copies = await told(stage)
    toast = await stage.toast(ann, copies[ADMIN], "Accept this export")
    assert toast == "Accepted: the export is being loaded."
    accepted = await stage.database.fetchval(
        "SELECT value ->> 'accepted' FROM tmdb.sync_state WHERE name = 'export:movie'"
    )
    assert accepted == EXPORT["day"]
    [run] = await stage.database.fetch("SELECT run_type, requested_by, status FROM tmdb.sync_runs")
    assert tuple(run) == ("export", ADMIN, "queued")
    toast = await stage.toast(ann, copies[ADMIN], "Accept this export")
    assert (toast or "").startswith("Accepted. An export is running right now")
    assert await stage.database.fetchval("SELECT count(*) FROM tmdb.sync_runs") == 1


async def test_accepted_is_the_export_that_was_shown_and_none_that_came_since(stage: Stage) -> None:
    ann = stage.person(ADMIN)
    _, copies = await told(stage)
    next_day = EXPORT | {"day": "2026-11-22", "reason": "cut"}
    recipients = Recipients((ADMIN,), None)
    await Alerts(stage.database).raise_("export_suspicious", facts=next_day, recipients=recipients)
    await stage.toast(ann, copies[ADMIN], "Accept this export")
    accepted = await stage.database.fetchval(
        "SELECT value ->> 'accepted' FROM tmdb.sync_state WHERE name = 'export:movie'"
    )
    assert accepted == EXPORT["day"]


async def test_what_is_over_has_nothing_to_accept(stage: Stage) -> None:
    ann = stage.person(ADMIN)
    _, copies = await told(stage)
    await Alerts(stage.database).clear("export_suspicious")
    assert await stage.toast(ann, copies[ADMIN], "Accept this export") == (
        "There is nothing to accept any more."
    )
    assert await stage.database.fetchval("SELECT count(*) FROM tmdb.sync_runs") == 0


async def test_alerts_lists_what_is_wrong_and_opens_each(stage: Stage) -> None:
    ann = stage.person(ADMIN)
    assert (await stage.ask(ann, "/alerts")).body == "Nothing is wrong."
    await told(stage)
    await Alerts(stage.database).raise_(
        "error_rate",
        "refresh",
        facts={
            "job": "<refresh>",
            "percent": 12.25,
            "threshold": 5.0,
            "calls": 1000,
            "statuses": {"0": 2, "429": 120},
        },
        recipients=Recipients((), None),
    )
    listed = await stage.ask(ann, "/alerts")
    assert listed.body.splitlines()[2:] == [
        "1. 🟠 An export looks wrong · less than a minute",
        "2. 🟠 Many calls to TMDB fail · refresh · less than a minute",
    ]
    opened = await stage.press(ann, listed, "2")
    assert "12.2 % of 1,000 calls of the job “<refresh>” failed" in opened.body
    assert "(429 × 120, no answer × 2); you allow 5 %" in opened.body
    seen = await stage.press(ann, opened, "Acknowledge")
    assert seen.body.endswith("Seen by Ann")
    assert seen.buttons == []


async def test_from_an_opened_alert_back_to_the_list(stage: Stage) -> None:
    ann = stage.person(ADMIN)
    await told(stage, "oldest_row", days=171)
    listed = await stage.ask(ann, "/alerts")
    opened = await stage.press(ann, listed, "1")
    back = await stage.press(ann, opened, "Back")
    assert back.body == listed.body
    assert "1. 🔴 Some films have become too old" in back.body


async def test_others_know_nothing_of_alerts(stage: Stage) -> None:
    stranger: Person = stage.person(1)
    alert, _ = await told(stage)
    hello = await stage.ask(stranger, "/start")
    assert (await stage.ask(stranger, "/alerts")).body.startswith("I do not know this command.")
    for data in (f"seen:{alert.id}", f"accept:{alert.id}:739576", f"alert:{alert.id}", "alerts"):
        answer = await stranger.wait_answer(stranger.press_forged(hello, data))
        assert (answer.text or "").startswith("This button no longer works")
    found = await Alerts(stage.database).alert(alert.id)
    assert found is not None
    assert found.acknowledged_by is None


@pytest.mark.parametrize(
    "data", ["seen:999", "alert:999", f"seen:{2**63}", "accept:-1:1", "accept:999:1", "accept:999:0"]
)
async def test_an_alert_that_is_not_there_is_answered(stage: Stage, data: str) -> None:
    ann = stage.person(ADMIN)
    hello = await stage.ask(ann, "/alerts")
    answer = await ann.wait_answer(ann.press_forged(hello, data))
    assert answer.text
