"""Alerts on their way to every admin's chat and by e-mail."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import groupby

import structlog
from aiogram import Bot
from aiogram.types import ReplyParameters

from clients.smtp import Mailer
from core.errors import (
    BotBlocked,
    ChatUnusable,
    DatabaseUnavailable,
    FilmotekaError,
    MailNotSent,
    MessageGone,
    NothingToEdit,
    NotModified,
    RetryAfter,
    TelegramError,
)
from core.tasks import shielded, together
from db.alerts import Alerts, Delivery
from db.pool import Database
from views import alerts as views
from views.locale import locale
from workers.loop import renewed

log = structlog.get_logger(__name__)

BATCH = 50
# A failed delivery is tried again after 2, 4, 8 … seconds, an unreachable recipient's every hour.
LONGEST_PAUSE = timedelta(minutes=10)
UNREACHABLE = timedelta(hours=1)


class SendAlerts:
    """A job; a kill between Telegram's answer and our commit repeats a message, and none is lost."""

    name = "alerts"
    wakes_on = ("alerts",)
    poll_seconds = 5.0

    def __init__(
        self, database: Database, bot: Bot, mailer: Mailer | None, *, leased_by: str, lease_seconds: float
    ) -> None:
        self._alerts = Alerts(database)
        self._bot = bot
        self._mailer = mailer
        self._leased_by = leased_by
        self._lease = timedelta(seconds=lease_seconds)

    async def step(self) -> bool:
        """A batch of what is due: each recipient's one after the other, no recipient waits for another."""
        batch = await self._alerts.claim(BATCH, self._lease, self._leased_by)

        async def renew() -> None:
            await self._alerts.renew(self._leased_by, self._lease)

        try:
            async with renewed(renew, self._lease.total_seconds()):
                await together(map(self._send_all, _by_recipient(batch)))
        except asyncio.CancelledError:
            await shielded(self._alerts.release(self._leased_by))
            raise
        return bool(batch)

    async def _send_all(self, deliveries: Iterable[Delivery]) -> None:
        for delivery in deliveries:
            await self._send(delivery)

    async def _send(self, delivery: Delivery) -> None:
        means, _, to = delivery.recipient.partition(":")
        message_id = None
        try:
            if means == "telegram":
                message_id = await self._tell(int(to), delivery)
            else:
                await self._mail(to, delivery)
        except (TelegramError, MailNotSent) as error:
            pause = _pause(error, delivery.attempts)
            log.warning("an alert is sent later", to=delivery.recipient, after=str(pause), reason=str(error))
            await self._alerts.retry(delivery, self._leased_by, pause, str(error))
        except DatabaseUnavailable:
            raise
        except Exception as error:  # a mistake of ours in one alert keeps no other from being told
            log.exception("an alert cannot be told", to=delivery.recipient, rule=delivery.alert.rule)
            await self._alerts.retry(delivery, self._leased_by, LONGEST_PAUSE, type(error).__name__)
        else:
            await self._alerts.sent(delivery, message_id)

    async def _tell(self, admin_id: int, delivery: Delivery) -> int:
        """The message's id; what is over answers the alert, whose buttons go first."""
        t = locale(delivery.language)
        if delivery.kind == "raised":
            screen = views.raised(t, delivery.alert)
            message = await self._bot.send_message(admin_id, screen.text, reply_markup=screen.keyboard)
            return message.message_id
        answered = None
        if delivery.raised_message_id is not None:
            await self._take_buttons(admin_id, delivery.raised_message_id)
            answered = ReplyParameters(
                message_id=delivery.raised_message_id, allow_sending_without_reply=True
            )
        screen = views.cleared(t, delivery.alert)
        return (await self._bot.send_message(admin_id, screen.text, reply_parameters=answered)).message_id

    async def _take_buttons(self, admin_id: int, message_id: int) -> None:
        try:
            await self._bot.edit_message_reply_markup(chat_id=admin_id, message_id=message_id)
        except (MessageGone, NothingToEdit, NotModified):
            return

    async def _mail(self, address: str, delivery: Delivery) -> None:
        if self._mailer is None:
            raise MailNotSent("SMTP_URL is not set")
        mail = views.mail(delivery.alert, over=delivery.kind == "cleared")
        message_id = f"alert-{delivery.alert.id}-{delivery.kind}"
        await self._mailer.send(address, mail.subject, mail.text, message_id=message_id)


def _by_recipient(deliveries: Sequence[Delivery]) -> list[list[Delivery]]:
    """Each recipient's, in their order."""
    ordered = sorted(deliveries, key=lambda delivery: delivery.recipient)
    return [list(theirs) for _, theirs in groupby(ordered, key=lambda delivery: delivery.recipient)]


def _pause(error: FilmotekaError, attempts: int) -> timedelta:
    """How long until the next try."""
    if isinstance(error, BotBlocked | ChatUnusable):
        return UNREACHABLE
    if isinstance(error, RetryAfter):
        return timedelta(seconds=error.seconds)
    return min(timedelta(seconds=2 ** min(attempts + 1, 20)), LONGEST_PAUSE)
