"""The watchlist: the button of a card, and the list."""

from aiogram import Bot, F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message, Update, User

from bot.cards import CardMessages
from bot.middlewares import SHOWS
from bot.readers import Readers, is_private
from bot.replies import replace, reply
from core.errors import UnknownMovie
from db.own_lists import OwnListScreens
from services.watchlist import Watchlist
from views import rating as rating_views
from views import watchlist as views
from views.card import Watch
from views.locale import language_of


def router() -> Router:
    """Commands and buttons; the list's own are forged where others would see it."""
    router = Router(name=__name__)
    router.message.register(watchlist, Command("watchlist", ignore_case=True))
    alone = F.message.chat.type == "private"
    router.callback_query.register(show, views.ShowWatchlist.filter(), alone, flags=SHOWS)
    router.callback_query.register(watch, Watch.filter())
    return router


async def watchlist(
    message: Message, event_from_user: User, readers: Readers, own_lists: OwnListScreens
) -> None:
    """/watchlist, the newest first."""
    language = language_of(event_from_user.language_code)
    page = await own_lists.watchlist(event_from_user.id, language, "added", 1)
    readers.remember(page.reader)
    await reply(message, views.watchlist(page, "added"))


async def show(
    query: CallbackQuery, callback_data: views.ShowWatchlist, readers: Readers, own_lists: OwnListScreens
) -> None:
    """Another page or order."""
    language = language_of(query.from_user.language_code)
    page = await own_lists.watchlist(query.from_user.id, language, callback_data.sort, callback_data.page)
    readers.remember(page.reader)
    await replace(query, views.watchlist(page, callback_data.sort))


async def watch(
    query: CallbackQuery,
    callback_data: Watch,
    event_update: Update,
    bot: Bot,
    readers: Readers,
    watchlist: Watchlist,
    card_messages: CardMessages,
) -> None:
    """Puts the film on the list or takes it off; the tap is answered once that is committed.

    Where others see the card the toast is all: it shows nobody's list.
    """
    t = await readers.locale(query.from_user)
    try:
        watched = await watchlist.set(
            query.from_user.id,
            t.language,
            callback_data.movie_id,
            callback_data.on,
            bot.id,
            event_update.update_id,
        )
    except UnknownMovie:
        await query.answer(rating_views.no_film(t))
        return
    if watched.applied:
        await query.answer(views.toast(t, on=watched.on, goes_to_tmdb=watched.sending))
    else:
        await query.answer(rating_views.already(t))
    if is_private(query.message.chat if query.message else None):
        await card_messages.redraw(query, callback_data.movie_id, rating=False)
