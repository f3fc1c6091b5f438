"""What is wrong: /alerts, and the buttons under an alert."""

from datetime import date

import structlog
from aiogram import Bot, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message, User

from bot.admins import is_admin
from bot.readers import Readers
from bot.replies import replace, reply
from core.alerts import Alert
from core.errors import AlreadyRunning, NotModified, TelegramError
from core.tasks import Tasks
from db.alerts import Alerts, Copy
from services.sync import Sync
from views import alerts as views
from views.alerts import AcceptExport, AcknowledgeAlert, ListAlerts, OpenAlert
from views.locale import locale

log = structlog.get_logger(__name__)


def router() -> Router:
    """For admins; to others the command is unknown and the buttons are stale."""
    router = Router(name=__name__)
    router.message.register(show, is_admin, Command("alerts", ignore_case=True))
    router.callback_query.register(show_again, is_admin, ListAlerts.filter())
    router.callback_query.register(open_alert, is_admin, OpenAlert.filter())
    router.callback_query.register(acknowledge, is_admin, AcknowledgeAlert.filter())
    router.callback_query.register(accept, is_admin, AcceptExport.filter())
    return router


async def show(message: Message, event_from_user: User, readers: Readers, alerts: Alerts) -> None:
    """/alerts: what is wrong now."""
    t = await readers.locale(event_from_user)
    await reply(message, views.open_alerts(t, await alerts.open()))


async def show_again(query: CallbackQuery, readers: Readers, alerts: Alerts) -> None:
    """Back from one of them."""
    t = await readers.locale(query.from_user)
    await replace(query, views.open_alerts(t, await alerts.open()))


async def open_alert(
    query: CallbackQuery, callback_data: OpenAlert, readers: Readers, alerts: Alerts
) -> None:
    """One of the list."""
    t = await readers.locale(query.from_user)
    alert = await alerts.alert(callback_data.alert_id)
    if alert is None:
        await query.answer(views.ended(t))
        return
    await replace(query, views.raised(t, alert, listed=True))


async def acknowledge(
    query: CallbackQuery,
    callback_data: AcknowledgeAlert,
    bot: Bot,
    readers: Readers,
    alerts: Alerts,
    tasks: Tasks,
) -> None:
    """Somebody has seen it: the others are shown who."""
    t = await readers.locale(query.from_user)
    alert = await alerts.acknowledge(callback_data.alert_id, query.from_user.id)
    if alert is None:
        await query.answer(views.ended(t))
        return
    if alert.acknowledged_by != query.from_user.id:
        await query.answer(views.acknowledged_already(t))
        await replace(query, views.raised(t, alert))
        return
    name = query.from_user.full_name
    await replace(query, views.raised(t, alert, seen_by=name))
    pressed = (query.from_user.id, query.message.message_id if query.message else None)
    others = [copy for copy in await alerts.copies(alert.id) if copy[:2] != pressed]
    tasks.start(_tell_others(bot, others, alert, name), "acknowledged alert")


async def _tell_others(bot: Bot, copies: list[Copy], alert: Alert, name: str) -> None:
    for copy in copies:
        screen = views.raised(locale(copy.language), alert, seen_by=name)
        try:
            await bot.edit_message_text(
                screen.text,
                chat_id=copy.user_id,
                message_id=copy.message_id,
                reply_markup=screen.keyboard,
            )
        except NotModified:
            continue
        except TelegramError as error:
            # Their button still works, and tells them.
            log.info("an alert's copy was left as it is", admin=copy.user_id, reason=str(error))


async def accept(
    query: CallbackQuery, callback_data: AcceptExport, readers: Readers, alerts: Alerts, sync: Sync
) -> None:
    """The export is as it should be: it is loaded."""
    t = await readers.locale(query.from_user)
    alert = await alerts.alert(callback_data.alert_id)
    if alert is None or alert.cleared or alert.rule != "export_suspicious":
        await query.answer(views.nothing_to_accept(t))
        return
    day = date.fromordinal(callback_data.day)
    try:
        await sync.accept_export(alert.facts["kind"], day, query.from_user.id)
    except AlreadyRunning:
        await query.answer(views.accepted(t, running=True), show_alert=True)
    else:
        await query.answer(views.accepted(t, running=False))
