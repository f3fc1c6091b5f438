"""Alerts reach every admin once, in their language, and so does their end."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr

from core.alerts import Recipients
from db.alerts import Alerts
from db.pool import Database
from sandbox.telegram.limits import Fault
from sandbox.telegram.world import Message, Person
from tests.mail import Inbox, serving
from tests.workers.conftest import Stage
from tests.workers.kill import killed
from views.runs import OpenRun
from workers.loop import Worker
from workers.wiring import JOBS, build

ANN, BOB, STRANGER = 1001, 1002, 1003


@pytest.fixture
async def ann(stage: Stage) -> Person:
    """An admin who reads Russian."""
    ann = stage.telegram.add_person(ANN, "Анна", "ru")
    ann.start()
    await stage.database.execute("INSERT INTO tmdb.users (telegram_user_id, language) VALUES ($1, 'ru')", ANN)
    return ann


@pytest.fixture
async def bob(stage: Stage) -> Person:
    """An admin of whom nothing is known but the id."""
    bob = stage.telegram.add_person(BOB, "Bob", "en")
    bob.start()
    return bob


async def parked(stage: Stage, *admins: int, email: str | None = None, films: int = 101) -> None:
    facts = {"films": films, "threshold": 100}
    await Alerts(stage.database).raise_("parked", facts=facts, recipients=Recipients(admins, email))


async def over(stage: Stage) -> None:
    await Alerts(stage.database).clear("parked")


def said(person: Person) -> list[Message]:
    """What the bot wrote to them."""
    return [message for message in person.chat.messages if message.body != "/start"]


async def deliveries(stage: Stage) -> list[dict[str, Any]]:
    found = await stage.database.fetch(
        """
        SELECT kind, recipient, attempts, last_error, sent_at,
          extract(epoch FROM next_attempt_at - tmdb.now())::float8 AS wait
        FROM tmdb.alert_deliveries ORDER BY alert_id, kind, recipient
        """
    )
    return [dict(row) for row in found]


async def due(stage: Stage) -> None:
    await stage.database.execute("UPDATE tmdb.alert_deliveries SET next_attempt_at = tmdb.now()")
    await stage.database.execute("UPDATE tmdb.host_budgets SET paused_until = NULL")


async def test_each_admin_is_told_once_and_in_their_language(stage: Stage, ann: Person, bob: Person) -> None:
    for films in (101, 102):
        await parked(stage, ANN, BOB, films=films)
        await stage.drain("alerts")
    [to_ann], [to_bob] = said(ann), said(bob)
    assert to_ann.body.startswith("🟠 Внимание: Много отложенных фильмов")
    assert to_bob.body.startswith("🟠 Warning: Many films were given up")
    assert "101 films could not be fetched" in to_bob.body
    assert "/sync" in to_bob.body, "whose move it is"
    assert [button.text for button in to_bob.buttons] == ["Acknowledge"]


async def test_buttons_lead_to_the_run_and_accept_an_export(stage: Stage, bob: Person) -> None:
    run = await stage.database.fetchval(
        """
        INSERT INTO tmdb.sync_runs (run_type, source, trigger_type)
        VALUES ('export', 'movie_ids', 'scheduled') RETURNING id
        """
    )
    await Alerts(stage.database).raise_(
        "export_suspicious",
        "movie",
        facts={
            "kind": "movie",
            "day": "2026-11-21",
            "reason": "shrunk",
            "lines": 1_000_000,
            "before": 1_160_204,
        },
        recipients=Recipients((BOB,), None),
        run_id=run,
    )
    await stage.drain("alerts")
    [message] = said(bob)
    assert "has 1,000,000 films, the last one had 1,160,204" in message.body
    assert "It has changed nothing" in message.body
    assert [button.text for button in message.buttons] == [
        "Acknowledge",
        "Accept this export",
        "Open the run",
    ]
    assert message.button("Open the run").callback_data == OpenRun(run_id=run).pack()


async def test_the_end_answers_the_alert_and_takes_its_buttons(
    stage: Stage, ann: Person, bob: Person
) -> None:
    await parked(stage, ANN, BOB)
    await stage.drain("alerts")
    await over(stage)
    for _ in range(2):
        await stage.drain("alerts")
    for person in (ann, bob):
        alert, end = said(person)
        assert alert.buttons == []
        assert end.reply_to is alert
        assert end.body.startswith("✅ ")
    assert said(bob)[1].body == "✅ Many films were given up\nOver after less than a minute."


async def test_the_end_is_told_though_the_alert_was_deleted(stage: Stage, bob: Person) -> None:
    await parked(stage, BOB)
    await stage.drain("alerts")
    [alert] = said(bob)
    bob.delete(alert)
    await over(stage)
    await stage.drain("alerts")
    [end] = said(bob)
    assert end.body.startswith("✅ ")
    assert end.reply_to is None


async def test_what_ended_before_it_was_told_is_not_told(stage: Stage, bob: Person) -> None:
    await parked(stage, BOB)
    await over(stage)
    await stage.drain("alerts")
    assert said(bob) == []


async def test_an_admin_who_cannot_be_reached_keeps_nobody_from_being_told(
    stage: Stage, ann: Person, bob: Person
) -> None:
    stage.telegram.add_person(STRANGER, "Never", "en")  # who never pressed Start
    ann.block()
    await parked(stage, ANN, STRANGER, BOB)
    await stage.drain("alerts")
    assert len(said(bob)) == 1
    to_ann, _, to_stranger = await deliveries(stage)
    for delivery in (to_ann, to_stranger):
        assert delivery["sent_at"] is None
        assert 3500 < delivery["wait"] <= 3600
        assert delivery["last_error"]
    stage.telegram.forget_calls()
    await stage.drain("alerts")
    assert stage.telegram.calls() == [], "not tried again meanwhile"

    ann.unblock()
    await due(stage)
    await stage.drain("alerts")
    assert len(said(ann)) == 1
    await over(stage)
    await due(stage)
    await stage.drain("alerts")
    assert [len(said(person)) for person in (ann, bob)] == [2, 2]


@pytest.mark.parametrize(
    ("fault", "pause"),
    [
        (Fault("too_many_requests", "sendMessage", retry_after=33), 33),
        (Fault("server_error", "sendMessage"), 2),
    ],
)
async def test_telegrams_troubles_delay_it(stage: Stage, bob: Person, fault: Fault, pause: float) -> None:
    await parked(stage, BOB)
    stage.telegram.faults.add(fault)
    await stage.drain("alerts")
    [delivery] = await deliveries(stage)
    assert pause - 1 < delivery["wait"] <= pause
    await due(stage)
    await stage.drain("alerts")
    assert len(said(bob)) == 1


async def test_an_alert_nobody_can_read_keeps_no_other_from_being_told(stage: Stage, bob: Person) -> None:
    await Alerts(stage.database).raise_("oldest_row", facts={}, recipients=Recipients((BOB,), None))
    await parked(stage, BOB)
    await stage.drain("alerts")
    assert len(said(bob)) == 1
    assert [delivery["last_error"] for delivery in await deliveries(stage)] == ["KeyError", None]


@pytest.mark.parametrize(
    ("at", "messages"),
    [
        ("db.alerts.Alerts.claim", 1),
        ("aiogram.Bot.send_message", 2),
        ("db.alerts.Alerts.sent", 1),
    ],
)
async def test_a_kill_repeats_an_alert_at_worst(stage: Stage, bob: Person, at: str, messages: int) -> None:
    await parked(stage, BOB)

    async def work() -> None:
        database = await Database.connect(stage.url, name="victim", checked=False)
        async with build(stage.settings, database) as parts:
            [job] = JOBS["alerts"](parts)
            await Worker(job).run(until_idle=True)

    await killed(work, at, after=True)
    await due(stage)
    await stage.drain("alerts")
    assert len(said(bob)) == messages
    await over(stage)
    await stage.drain("alerts")
    assert [message.body[0] for message in said(bob)] == ["🟠"] * messages + ["✅"]


@pytest.fixture
async def inbox() -> AsyncIterator[Inbox]:
    inbox = Inbox()
    async with serving(inbox) as inbox.port:
        yield inbox


async def test_an_address_gets_the_alert_and_its_end(stage: Stage, inbox: Inbox) -> None:
    email = {
        "tmdb_sync_alert_email": "ops@example.org",
        "smtp_url": SecretStr(f"smtp://localhost:{inbox.port}"),
    }
    await parked(stage, email="ops@example.org")
    await stage.drain("alerts", **email)
    await over(stage)
    await stage.drain("alerts", **email)
    raised, ended = inbox.mails
    assert raised["From"] == raised["To"] == "ops@example.org"
    assert raised["Subject"] == "[Filmoteka] Warning: Many films were given up"
    assert "101 films could not be fetched in many tries" in raised.get_content()
    assert ended["Subject"] == "[Filmoteka] Over: Many films were given up"
    assert "Over after" in ended.get_content()
    assert raised["Message-ID"] != ended["Message-ID"]


async def test_a_mail_server_that_is_away_delays_the_mail_alone(
    stage: Stage, bob: Person, inbox: Inbox
) -> None:
    inbox.answer = "451 later, please"
    email = {
        "tmdb_sync_alert_email": "ops@example.org",
        "smtp_url": SecretStr(f"smtp://localhost:{inbox.port}"),
    }
    await parked(stage, BOB, email="ops@example.org")
    await stage.drain("alerts", **email)
    assert len(said(bob)) == 1
    mail, _ = await deliveries(stage)
    assert "later, please" in mail["last_error"]
    inbox.answer = "250 OK"
    await due(stage)
    await stage.drain("alerts", **email)
    assert len(inbox.mails) == 1
    assert len(said(bob)) == 1


async def test_a_raised_alert_wakes_the_job(
    stage: Stage, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.alerts.SendAlerts.poll_seconds", 60.0)
    async with stage.working("alerts"):
        await parked(stage, BOB)
        await bob.chat.wait_for(lambda message: "given up" in message.body)
