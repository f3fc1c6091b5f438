"""Alerts: one open row for a rule and subject, each recipient told once of it and of its end."""

from datetime import timedelta
from typing import Any

import pytest

from core.alerts import Recipients
from db.alerts import Alerts, Delivery
from db.pool import Connection

WORKER, OTHER = "host:1:a", "host:2:b"
LEASE = timedelta(seconds=30)
EVERYBODY = Recipients((1, 2), "ops@example.org")


@pytest.fixture
def alerts(connection: Connection) -> Alerts:
    return Alerts(connection)


async def parked(alerts: Alerts, films: int = 101, recipients: Recipients = EVERYBODY, **more: Any) -> None:
    await alerts.raise_("parked", facts={"films": films, "threshold": 100}, recipients=recipients, **more)


async def claim(alerts: Alerts, leased_by: str = WORKER) -> list[Delivery]:
    return await alerts.claim(10, LEASE, leased_by)


def told(deliveries: list[Delivery]) -> list[tuple[str, str]]:
    return [(delivery.kind, delivery.recipient) for delivery in deliveries]


async def later(connection: Connection, seconds: int) -> None:
    await connection.execute("SELECT set_config('tmdb.clock_offset', $1, true)", f"{seconds} seconds")


async def test_raised_again_it_is_the_same_alert_with_newer_facts(alerts: Alerts) -> None:
    await parked(alerts, 101)
    await parked(alerts, 150, severity="error")
    await alerts.raise_("error_rate", "refresh", facts={}, recipients=EVERYBODY)
    await alerts.raise_("error_rate", "delta", facts={}, recipients=EVERYBODY)
    found = await alerts.open()
    assert [(alert.rule, alert.subject) for alert in found] == [
        ("parked", ""),
        ("error_rate", "refresh"),
        ("error_rate", "delta"),
    ]
    assert found[0].facts == {"films": 150, "threshold": 100}
    assert (found[0].severity, found[1].severity) == ("error", "warning")


async def test_a_run_once_known_stays_known(alerts: Alerts, connection: Connection) -> None:
    run = await connection.fetchval(
        """
        INSERT INTO tmdb.sync_runs (run_type, source, trigger_type)
        VALUES ('delta', 'movie/changes', 'manual') RETURNING id
        """
    )
    await parked(alerts, run_id=run)
    await parked(alerts)
    [alert] = await alerts.open()
    assert alert.run_id == run


async def test_each_recipient_is_told_once(alerts: Alerts) -> None:
    await parked(alerts)
    await parked(alerts)
    batch = await claim(alerts)
    assert told(batch) == [
        ("raised", "email:ops@example.org"),
        ("raised", "telegram:1"),
        ("raised", "telegram:2"),
    ]
    assert await claim(alerts, OTHER) == [], "somebody has them in hand"
    for delivery in batch:
        await alerts.sent(delivery, 7)
    await parked(alerts, 200)
    assert await claim(alerts, OTHER) == []


async def test_who_became_an_admin_since_is_told_of_what_is_still_open(alerts: Alerts) -> None:
    await parked(alerts, recipients=Recipients((1,), None))
    for delivery in await claim(alerts):
        await alerts.sent(delivery)
    await parked(alerts, recipients=Recipients((1, 5), None))
    assert told(await claim(alerts)) == [("raised", "telegram:5")]


async def test_the_end_is_told_to_whoever_heard_of_it(alerts: Alerts) -> None:
    await parked(alerts)
    [mail, first, second] = await claim(alerts)
    await alerts.sent(mail)
    await alerts.sent(first, 77)
    await alerts.retry(second, WORKER, timedelta(0), "blocked")
    await alerts.clear("parked")
    await alerts.clear("parked")
    assert await alerts.open() == []
    batch = await claim(alerts)
    assert told(batch) == [("cleared", "email:ops@example.org"), ("cleared", "telegram:1")]
    assert [delivery.raised_message_id for delivery in batch] == [None, 77]
    assert batch[0].alert.cleared


async def test_an_alert_that_ended_before_anybody_heard_is_not_told(alerts: Alerts) -> None:
    await parked(alerts)
    await alerts.clear("parked")
    assert await claim(alerts) == []
    await parked(alerts)
    assert told(await claim(alerts))[0] == ("raised", "email:ops@example.org"), "it began anew"
    assert len(await alerts.open()) == 1


async def test_the_end_waits_for_an_alert_in_somebodys_hands(alerts: Alerts) -> None:
    await parked(alerts, recipients=Recipients((1,), None))
    [delivery] = await claim(alerts)
    await alerts.clear("parked")
    assert await claim(alerts, OTHER) == []
    await alerts.sent(delivery, 77)
    [end] = await claim(alerts, OTHER)
    assert (end.kind, end.raised_message_id) == ("cleared", 77)


async def test_the_end_is_not_told_where_the_alert_in_hand_was_refused(alerts: Alerts) -> None:
    await parked(alerts, recipients=Recipients((1,), None))
    [delivery] = await claim(alerts)
    await alerts.clear("parked")
    await alerts.retry(delivery, WORKER, timedelta(0), "blocked")
    assert await claim(alerts, OTHER) == []


async def test_the_end_is_told_where_the_worker_died_with_the_alert_in_hand(
    alerts: Alerts, connection: Connection
) -> None:
    await parked(alerts, recipients=Recipients((1,), None))
    await claim(alerts)
    await alerts.clear("parked")
    await later(connection, 31)
    assert told(await claim(alerts, OTHER)) == [("cleared", "telegram:1")]


async def test_what_comes_and_goes_every_minute_is_told_twice_and_its_end_when_it_is_quiet(
    alerts: Alerts, connection: Connection
) -> None:
    heard: list[str] = []

    async def listen() -> None:
        for delivery in await claim(alerts):
            heard.append(delivery.kind)
            await alerts.sent(delivery, 77)

    for minute in range(0, 180, 2):
        await later(connection, minute * 60)
        await parked(alerts, minute, Recipients((1,), None))
        await listen()
        await later(connection, minute * 60 + 60)
        await alerts.clear("parked")
        assert await alerts.open() == []
        await listen()
    assert heard == ["raised", "cleared", "raised"]
    await later(connection, 179 * 60 + 3599)
    await listen()
    assert len(heard) == 3
    await later(connection, 179 * 60 + 3601)
    await listen()
    assert heard[3:] == ["cleared"]
    await later(connection, 179 * 60 + 7300)
    await parked(alerts, recipients=Recipients((1,), None))
    await listen()
    await alerts.clear("parked")
    await listen()
    assert heard[4:] == ["raised", "cleared"], "after a quiet hour it is news again"


async def test_a_lease_ends_is_renewed_and_given_back(alerts: Alerts, connection: Connection) -> None:
    await parked(alerts, recipients=Recipients((1,), None))
    await claim(alerts)
    await later(connection, 20)
    await alerts.renew(WORKER, LEASE)
    await later(connection, 40)
    assert await claim(alerts, OTHER) == []
    await later(connection, 51)
    assert len(await claim(alerts, OTHER)) == 1
    await alerts.release(OTHER)
    assert len(await claim(alerts)) == 1


async def test_what_could_not_be_sent_comes_again_later(alerts: Alerts, connection: Connection) -> None:
    await parked(alerts, recipients=Recipients((1,), None))
    [delivery] = await claim(alerts)
    await alerts.retry(delivery, WORKER, timedelta(minutes=1), "Telegram is away")
    assert await claim(alerts) == []
    await later(connection, 60)
    [delivery] = await claim(alerts)
    assert delivery.attempts == 1


async def test_the_first_to_acknowledge_stays(alerts: Alerts) -> None:
    await parked(alerts)
    [alert] = await alerts.open()
    assert alert.acknowledged_by is None
    for admin in (1, 2):
        acknowledged = await alerts.acknowledge(alert.id, admin)
        assert acknowledged
        assert acknowledged.acknowledged_by == 1
    assert await alerts.acknowledge(alert.id + 1, 1) is None


async def test_copies_are_the_messages_in_the_admins_chats(alerts: Alerts, connection: Connection) -> None:
    await connection.execute("INSERT INTO tmdb.users (telegram_user_id, language) VALUES (2, 'ru')")
    await parked(alerts)
    batch = await claim(alerts)
    assert [delivery.language for delivery in batch] == ["en", "en", "ru"]
    [mail, first, second] = batch
    await alerts.sent(mail)
    await alerts.sent(first, 71)
    await alerts.sent(second, 72)
    assert await alerts.copies(first.alert.id) == [(1, 71, "en"), (2, 72, "ru")]
