"""/sync: one message that shows the synchronisation as it is, and the buttons that steer it."""

from typing import get_args

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message, User

from bot.admins import is_admin
from bot.middlewares import SHOWS
from bot.readers import Readers
from bot.replies import replace, reply
from core.errors import AlreadyRunning
from core.settings import Settings
from core.sync import RunType
from services.sync import Sync
from views import sync as views
from views.locale import Locale
from views.screen import Screen
from views.sync import ResetStep, StartRun, SyncStep


def router() -> Router:
    """For admins; to others the command is unknown and the buttons are stale."""
    router = Router(name=__name__)
    router.message.register(show, is_admin, Command("sync", ignore_case=True))
    router.callback_query.register(refresh, is_admin, SyncStep.filter(F.do == "refresh"), flags=SHOWS)
    router.callback_query.register(pause, is_admin, SyncStep.filter(F.do.in_(("pause", "resume"))))
    router.callback_query.register(retry_parked, is_admin, SyncStep.filter(F.do == "retry"))
    router.callback_query.register(start, is_admin, StartRun.filter())
    router.callback_query.register(ask_reset, is_admin, ResetStep.filter(F.step == "ask"))
    router.callback_query.register(ask_reset_again, is_admin, ResetStep.filter(F.step == "sure"))
    router.callback_query.register(answer_reset, is_admin, ResetStep.filter())
    return router


async def show(
    message: Message, command: CommandObject, event_from_user: User, readers: Readers, sync: Sync
) -> None:
    """/sync; with the name of a job that the schedule starts, /sync stale, that is started first."""
    t = await readers.locale(event_from_user)
    name = (command.args or "").strip().lower()
    for run_type in get_args(RunType):
        if name == run_type:
            await reply(message, Screen(await _started(t, sync, run_type, event_from_user.id)))
    if name == "health":
        await sync.check_health()
        await reply(message, Screen(views.health_asked(t)))
    sent = await reply(message, views.sync(t, await sync.status()))
    await sync.follow(event_from_user.id, sent.chat.id, sent.message_id)


async def _started(t: Locale, sync: Sync, run_type: RunType, by: int) -> str:
    try:
        run = await sync.start(run_type, "manual", by)
    except AlreadyRunning as error:
        return views.already_running(t, error.run)
    return views.started(t, run, paused=await sync.is_paused())


async def refresh(query: CallbackQuery, readers: Readers, sync: Sync) -> None:
    """As it is now; from here on this is the message that moves."""
    await _redraw(query, await readers.locale(query.from_user), sync)


async def pause(query: CallbackQuery, callback_data: SyncStep, readers: Readers, sync: Sync) -> None:
    """Stops what nobody waits for, or lets it go on."""
    t = await readers.locale(query.from_user)
    if callback_data.do == "pause":
        await sync.pause(query.from_user.id)
        await query.answer(views.paused(t))
    else:
        await sync.resume(query.from_user.id)
        await query.answer(views.resumed(t))
    await _redraw(query, t, sync)


async def retry_parked(query: CallbackQuery, readers: Readers, sync: Sync) -> None:
    """Films given up get another chance."""
    t = await readers.locale(query.from_user)
    await query.answer(views.retried(t, await sync.retry_parked()))
    await _redraw(query, t, sync)


async def start(query: CallbackQuery, callback_data: StartRun, readers: Readers, sync: Sync) -> None:
    """A run now; refused, with what is in the way, where one is under way."""
    t = await readers.locale(query.from_user)
    try:
        run = await sync.start(callback_data.run_type, "manual", query.from_user.id)
    except AlreadyRunning as error:
        await query.answer(views.already_running(t, error.run), show_alert=True)
    else:
        await query.answer(views.started(t, run, paused=await sync.is_paused()))
    await _redraw(query, t, sync)


async def _redraw(query: CallbackQuery, t: Locale, sync: Sync) -> None:
    shown = await replace(query, views.sync(t, await sync.status()))
    if shown is not None:
        await sync.follow(query.from_user.id, shown.chat.id, shown.message_id)


async def ask_reset(query: CallbackQuery, readers: Readers) -> None:
    """Asks once, in a message of its own: the one with the figures moves on."""
    if query.message is not None:
        screen = views.ask_reset(await readers.locale(query.from_user))
        await query.message.answer(screen.text, reply_markup=screen.keyboard)


async def ask_reset_again(query: CallbackQuery, readers: Readers, sync: Sync, settings: Settings) -> None:
    """Asks once more, with what it costs."""
    t = await readers.locale(query.from_user)
    films = (await sync.status()).films_full
    await replace(query, views.ask_reset_again(t, films, settings.tmdb_requests_per_second))


async def answer_reset(query: CallbackQuery, callback_data: ResetStep, readers: Readers, sync: Sync) -> None:
    """Yes or no."""
    t = await readers.locale(query.from_user)
    sure = callback_data.step == "yes"
    if sure:
        await sync.reset(query.from_user.id)
    await replace(query, views.reset_answered(t, done=sure))
