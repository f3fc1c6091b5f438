"""What operators are told, and who has been told."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from core.alerts import SEVERITIES, Alert, DeliveryKind, Recipients, Rule, Severity
from db.pool import Executor, wake

# What comes back sooner than this after its end comes and goes: its end is told when it has stayed away
# so long, and until then its returns are no news.
QUIET_FOR = timedelta(hours=1)


class Delivery(NamedTuple):
    """One message to one recipient, for one worker to send."""

    alert: Alert
    kind: DeliveryKind
    recipient: str  # telegram:<user id> or email:<address>
    language: str
    attempts: int  # failed ones
    raised_message_id: int | None  # what an all-clear answers


class Copy(NamedTuple):
    """An alert's message in an admin's chat."""

    user_id: int
    message_id: int
    language: str


class Alerts:
    """Rows of tmdb.alerts and tmdb.alert_deliveries."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    REOPEN = """
        WITH again AS (
          SELECT alert.id FROM tmdb.alerts AS alert
          WHERE alert.rule = $1 AND alert.subject = $2 AND alert.cleared_at > tmdb.now() - $3::interval
            AND NOT EXISTS (
              SELECT FROM tmdb.alerts AS open
              WHERE open.rule = $1 AND open.subject = $2 AND open.cleared_at IS NULL)
            AND NOT EXISTS (
              SELECT FROM tmdb.alert_deliveries AS all_clear
              WHERE all_clear.alert_id = alert.id AND all_clear.kind = 'cleared'
                AND (all_clear.sent_at IS NOT NULL OR all_clear.leased_by IS NOT NULL))
          ORDER BY alert.id DESC LIMIT 1 FOR UPDATE
        ), untold AS (
          DELETE FROM tmdb.alert_deliveries AS all_clear USING again
          WHERE all_clear.alert_id = again.id AND all_clear.kind = 'cleared'
        )
        UPDATE tmdb.alerts AS alert SET cleared_at = NULL FROM again WHERE alert.id = again.id
    """

    # Who became an admin since is told of what is still open when it is raised again.
    RAISE = """
        WITH alert AS (
          INSERT INTO tmdb.alerts (rule, subject, severity, facts, run_id) VALUES ($1, $2, $3, $4, $5)
          ON CONFLICT (rule, subject) WHERE cleared_at IS NULL DO UPDATE SET
            severity = excluded.severity, facts = excluded.facts,
            run_id = coalesce(excluded.run_id, alerts.run_id)
          RETURNING id
        ), told AS (
          INSERT INTO tmdb.alert_deliveries (alert_id, kind, recipient)
          SELECT alert.id, 'raised', recipient FROM alert, unnest($6::text[]) AS recipient ORDER BY recipient
          ON CONFLICT (alert_id, kind, recipient) DO NOTHING
          RETURNING true
        )
        SELECT EXISTS (SELECT FROM told)
    """

    async def raise_(
        self,
        rule: Rule,
        subject: str = "",
        *,
        facts: Mapping[str, Any],
        recipients: Recipients,
        severity: Severity | None = None,
        run_id: int | None = None,
    ) -> None:
        """It is open afterwards, with these facts, and everybody has been told or will be.

        `facts` hold what core.alerts.Rule names for the rule; `severity` is the rule's where none is given.
        """
        await self._db.execute(self.REOPEN, rule, subject, QUIET_FOR)
        told = await self._db.fetchval(
            self.RAISE,
            *(rule, subject, severity or SEVERITIES[rule], dict(facts), run_id, recipients.addresses),
        )
        if told:
            await wake(self._db, "alerts")

    CLEAR = """
        WITH cleared AS (
          UPDATE tmdb.alerts SET cleared_at = tmdb.now()
          WHERE rule = $1 AND subject = $2 AND cleared_at IS NULL
          RETURNING id, raised_at
        ), all_clear AS (
          INSERT INTO tmdb.alert_deliveries AS told (alert_id, kind, recipient, next_attempt_at)
          SELECT raised.alert_id, 'cleared', raised.recipient,
            tmdb.now() + CASE WHEN EXISTS (
              SELECT FROM tmdb.alerts AS earlier
              WHERE earlier.rule = $1 AND earlier.subject = $2 AND earlier.id < cleared.id
                AND earlier.cleared_at > cleared.raised_at - $3::interval) THEN $3 ELSE interval '0' END
          FROM cleared
          JOIN tmdb.alert_deliveries AS raised ON raised.alert_id = cleared.id AND raised.kind = 'raised'
          ORDER BY raised.recipient
          ON CONFLICT (alert_id, kind, recipient) DO UPDATE SET
            sent_at = NULL, message_id = NULL, next_attempt_at = excluded.next_attempt_at
          RETURNING true
        )
        SELECT EXISTS (SELECT FROM all_clear)
    """

    async def clear(self, rule: Rule, subject: str = "") -> None:
        """It is not open afterwards; who heard of it hears of its end, of one that comes and goes later."""
        if await self._db.fetchval(self.CLEAR, rule, subject, QUIET_FOR):
            await wake(self._db, "alerts")

    ACKNOWLEDGE = """
        UPDATE tmdb.alerts SET
          acknowledged_at = coalesce(acknowledged_at, tmdb.now()),
          acknowledged_by = coalesce(acknowledged_by, $2)
        WHERE id = $1
        RETURNING id, rule, subject, severity, facts, run_id, raised_at, acknowledged_by,
          extract(epoch FROM coalesce(cleared_at, tmdb.now()) - raised_at)::float8, cleared_at IS NOT NULL
    """

    async def acknowledge(self, alert_id: int, by: int) -> Alert | None:
        """Somebody has seen it; whoever said so first stays. None: there is no such alert (any more)."""
        row = await self._db.fetchrow(self.ACKNOWLEDGE, alert_id, by)
        return None if row is None else Alert(*row)

    ALERT = """
        SELECT id, rule, subject, severity, facts, run_id, raised_at, acknowledged_by,
          extract(epoch FROM coalesce(cleared_at, tmdb.now()) - raised_at)::float8, cleared_at IS NOT NULL
        FROM tmdb.alerts WHERE id = $1
    """

    async def alert(self, alert_id: int) -> Alert | None:
        """One alert, open or not."""
        row = await self._db.fetchrow(self.ALERT, alert_id)
        return None if row is None else Alert(*row)

    OPEN = """
        SELECT id, rule, subject, severity, facts, run_id, raised_at, acknowledged_by,
          extract(epoch FROM tmdb.now() - raised_at)::float8, false
        FROM tmdb.alerts WHERE cleared_at IS NULL
        ORDER BY raised_at, id
    """

    async def open(self) -> list[Alert]:
        """What is wrong now, the oldest first."""
        return [Alert(*row) for row in await self._db.fetch(self.OPEN)]

    COPIES = """
        SELECT delivery.telegram_user_id, delivery.message_id, coalesce(person.language, 'en')
        FROM (
          SELECT split_part(recipient, ':', 2)::bigint AS telegram_user_id, message_id
          FROM tmdb.alert_deliveries
          WHERE alert_id = $1 AND kind = 'raised' AND message_id IS NOT NULL
        ) AS delivery
        LEFT JOIN tmdb.users AS person USING (telegram_user_id)
        ORDER BY delivery.telegram_user_id
    """

    async def copies(self, alert_id: int) -> list[Copy]:
        """The alert's messages in the admins' chats."""
        return [Copy(*row) for row in await self._db.fetch(self.COPIES, alert_id)]

    # next_attempt_at is when the lease ends. An alert that has ended is not told any more, and its end
    # only to whoever heard of it: it was sent, or its worker died with it in hand.
    CLAIM = """
        WITH due AS (
          SELECT delivery.alert_id, delivery.kind, delivery.recipient
          FROM tmdb.alert_deliveries AS delivery
          JOIN tmdb.alerts AS alert ON alert.id = delivery.alert_id
          WHERE delivery.sent_at IS NULL AND delivery.next_attempt_at <= tmdb.now()
            AND CASE delivery.kind
              WHEN 'raised' THEN alert.cleared_at IS NULL
              ELSE EXISTS (
                SELECT FROM tmdb.alert_deliveries AS raised
                WHERE raised.alert_id = delivery.alert_id AND raised.kind = 'raised'
                  AND raised.recipient = delivery.recipient
                  AND (raised.sent_at IS NOT NULL
                    OR raised.leased_by IS NOT NULL AND raised.next_attempt_at <= tmdb.now()))
            END
          ORDER BY delivery.alert_id, delivery.recipient LIMIT $1
          FOR UPDATE OF delivery SKIP LOCKED
        ), claimed AS (
          UPDATE tmdb.alert_deliveries AS delivery
          SET next_attempt_at = tmdb.now() + $2::interval, leased_by = $3
          FROM due
          WHERE delivery.alert_id = due.alert_id AND delivery.kind = due.kind
            AND delivery.recipient = due.recipient
          RETURNING delivery.alert_id, delivery.kind, delivery.recipient, delivery.attempts
        )
        SELECT alert.id, alert.rule, alert.subject, alert.severity, alert.facts, alert.run_id,
          alert.raised_at, alert.acknowledged_by,
          extract(epoch FROM coalesce(alert.cleared_at, tmdb.now()) - alert.raised_at)::float8,
          alert.cleared_at IS NOT NULL,
          claimed.kind, claimed.recipient, coalesce(person.language, 'en'), claimed.attempts,
          raised.message_id
        FROM claimed
        JOIN tmdb.alerts AS alert ON alert.id = claimed.alert_id
        LEFT JOIN tmdb.alert_deliveries AS raised
          ON claimed.kind = 'cleared' AND raised.alert_id = claimed.alert_id AND raised.kind = 'raised'
          AND raised.recipient = claimed.recipient
        LEFT JOIN tmdb.users AS person ON person.telegram_user_id =
          CASE WHEN claimed.recipient LIKE 'telegram:%' THEN split_part(claimed.recipient, ':', 2)::bigint END
        ORDER BY claimed.alert_id, claimed.recipient
    """

    async def claim(self, limit: int, lease: timedelta, leased_by: str) -> list[Delivery]:
        """Messages for one worker to send, those of the oldest alerts first."""
        rows = await self._db.fetch(self.CLAIM, limit, lease, leased_by)
        return [Delivery(Alert(*row[:10]), *row[10:]) for row in rows]

    RENEW = """
        UPDATE tmdb.alert_deliveries SET next_attempt_at = tmdb.now() + $2::interval
        WHERE leased_by = $1 AND sent_at IS NULL
    """

    async def renew(self, leased_by: str, lease: timedelta) -> None:
        """What this worker holds stays its own."""
        await self._db.execute(self.RENEW, leased_by, lease)

    SENT = """
        UPDATE tmdb.alert_deliveries
        SET sent_at = tmdb.now(), message_id = $4, leased_by = NULL, last_error = NULL
        WHERE alert_id = $1 AND kind = $2 AND recipient = $3
    """

    async def sent(self, delivery: Delivery, message_id: int | None = None) -> None:
        """The recipient has it, whoever sent it."""
        await self._db.execute(self.SENT, delivery.alert.id, delivery.kind, delivery.recipient, message_id)

    RETRY = """
        UPDATE tmdb.alert_deliveries
        SET attempts = attempts + 1, next_attempt_at = tmdb.now() + $5::interval, leased_by = NULL,
          last_error = $6
        WHERE alert_id = $1 AND kind = $2 AND recipient = $3 AND leased_by = $4
    """

    async def retry(self, delivery: Delivery, leased_by: str, after: timedelta, error: str) -> None:
        """It could not be sent; again after a while."""
        await self._db.execute(
            self.RETRY, delivery.alert.id, delivery.kind, delivery.recipient, leased_by, after, error
        )

    RELEASE = """
        UPDATE tmdb.alert_deliveries SET next_attempt_at = tmdb.now(), leased_by = NULL
        WHERE leased_by = $1 AND sent_at IS NULL
    """

    async def release(self, leased_by: str) -> None:
        """What this worker holds is free again."""
        await self._db.execute(self.RELEASE, leased_by)
