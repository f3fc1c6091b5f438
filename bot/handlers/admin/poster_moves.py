"""/posters: all cached posters at a glance, pre-warming, and moves to a new channel or bot."""

from aiogram import Bot, F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message, User

from bot.admins import is_admin
from bot.readers import Readers
from bot.replies import replace, reply
from clients.telegram import TelegramChannels
from core.errors import TelegramError
from core.posters import PosterMove
from services.poster_admin import PosterAdmin
from views import poster_admin as views
from views import poster_move as move_views
from views.locale import Locale
from views.poster_admin import PostersStep, Prewarm
from views.poster_move import StartMove, SteerMove


def router() -> Router:
    """For admins; to others the command is unknown and the buttons are stale."""
    router = Router(name=__name__)
    router.message.register(show, is_admin, Command("posters", ignore_case=True))
    router.callback_query.register(look, is_admin, PostersStep.filter(F.step == "look"))
    router.callback_query.register(ask_how_many, is_admin, PostersStep.filter(F.step == "prewarm"))
    router.callback_query.register(delete_one, is_admin, PostersStep.filter(F.step == "delete"))
    router.callback_query.register(offer_move, is_admin, PostersStep.filter(F.step == "move"))
    router.callback_query.register(prewarm, is_admin, Prewarm.filter())
    router.callback_query.register(start_move, is_admin, StartMove.filter())
    router.callback_query.register(ask_to_cancel, is_admin, SteerMove.filter(F.step == "cancel"))
    router.callback_query.register(steer_move, is_admin, SteerMove.filter())
    return router


async def show(message: Message, event_from_user: User, readers: Readers, poster_admin: PosterAdmin) -> None:
    """/posters."""
    t = await readers.locale(event_from_user)
    await reply(message, views.overview(t, await poster_admin.overview()))


async def look(query: CallbackQuery, readers: Readers, poster_admin: PosterAdmin) -> None:
    """Back from a question."""
    t = await readers.locale(query.from_user)
    await replace(query, views.overview(t, await poster_admin.overview()))


async def ask_how_many(query: CallbackQuery, readers: Readers) -> None:
    """Pre-warm: how many?"""
    await replace(query, views.prewarm(await readers.locale(query.from_user)))


async def prewarm(
    query: CallbackQuery, callback_data: Prewarm, readers: Readers, poster_admin: PosterAdmin
) -> None:
    """So many; the overview shows how far it is."""
    await poster_admin.prewarm(callback_data.films or None, query.from_user.id)
    await look(query, readers, poster_admin)


async def delete_one(query: CallbackQuery, readers: Readers) -> None:
    """Leads to /poster, which shows a film's posters with their buttons."""
    await replace(query, views.how(await readers.locale(query.from_user)))


async def offer_move(query: CallbackQuery, bot: Bot, readers: Readers, poster_admin: PosterAdmin) -> None:
    """What there is to move, and from where."""
    t = await readers.locale(query.from_user)
    await replace(query, move_views.offer(t, bot.id, await poster_admin.elsewhere()))


async def start_move(
    query: CallbackQuery, callback_data: StartMove, bot: Bot, readers: Readers, poster_admin: PosterAdmin
) -> None:
    """Begins, once Telegram says that the bot may read the old channels; the message then moves."""
    t = await readers.locale(query.from_user)
    try:
        started = await poster_admin.start(
            callback_data.from_bot_id, query.from_user.id, TelegramChannels(bot)
        )
    except TelegramError:
        refused = move_views.telegram_away(t)
    else:
        if isinstance(started, PosterMove):
            await _follow(query, t, started, poster_admin)
            return
        if started is None:
            await replace(query, move_views.nothing(t))
            return
        refused = move_views.not_an_admin(t, started.channel_id)
    # They say that the button may be tapped again.
    buttons = move_views.offer(t, bot.id, await poster_admin.elsewhere()).keyboard
    await replace(query, refused._replace(keyboard=buttons))


async def ask_to_cancel(query: CallbackQuery, callback_data: SteerMove, readers: Readers) -> None:
    """Cancel: asks once, in a message of its own: the one with the figures moves on."""
    if query.message is not None:
        screen = move_views.cancel(await readers.locale(query.from_user), callback_data.move_id)
        await query.message.answer(screen.text, reply_markup=screen.keyboard)


async def steer_move(
    query: CallbackQuery, callback_data: SteerMove, readers: Readers, poster_admin: PosterAdmin
) -> None:
    """Pause, resume, cancel, or just show it."""
    t = await readers.locale(query.from_user)
    match callback_data.step:
        case "pause":
            await poster_admin.pause(callback_data.move_id)
        case "resume":
            await poster_admin.resume(callback_data.move_id)
        case "sure":
            await poster_admin.cancel(callback_data.move_id)
    move = await poster_admin.move(callback_data.move_id)
    if move is None:
        await replace(query, move_views.nothing(t))
    else:
        await _follow(query, t, move, poster_admin)


async def _follow(query: CallbackQuery, t: Locale, move: PosterMove, poster_admin: PosterAdmin) -> None:
    """Shows it, and hands the message to the worker that moves it."""
    message = await replace(query, move_views.moving(t, move))
    if message is not None and not move.finished:
        await poster_admin.follow(move.id, query.from_user.id, message.chat.id, message.message_id)
