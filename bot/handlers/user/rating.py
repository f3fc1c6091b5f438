"""Rating a film from its card."""

from aiogram import Bot, Router
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Update

from bot.cards import CardMessages
from bot.middlewares import SHOWS
from bot.readers import Readers, is_private, shown_to
from core.errors import MessageGone, NotModified, UnknownMovie
from services.ratings import Ratings
from views import rating as views
from views.card import OpenRating
from views.locale import locale
from views.screen import pinned


def router() -> Router:
    """The buttons of a card that rate."""
    router = Router(name=__name__)
    router.callback_query.register(open_rating, OpenRating.filter(), flags=SHOWS)
    router.callback_query.register(close_rating, views.CloseRating.filter(), flags=SHOWS)
    router.callback_query.register(rate, views.Rate.filter())
    return router


def _is_private(query: CallbackQuery) -> bool:
    return is_private(query.message.chat if query.message else None)


async def open_rating(
    query: CallbackQuery, callback_data: OpenRating, bot: Bot, card_messages: CardMessages
) -> None:
    """The card's buttons become the ten values."""
    if _is_private(query):
        await card_messages.redraw(query, callback_data.movie_id, rating=True)
        return
    _, told = shown_to(query)
    keyboard = views.shared_keyboard(
        locale(told[:2]), callback_data.movie_id, (await bot.me()).username or ""
    )
    await _change_buttons(query, bot, pinned(keyboard, told), callback_data.movie_id, card_messages)


async def close_rating(
    query: CallbackQuery, callback_data: views.CloseRating, bot: Bot, card_messages: CardMessages
) -> None:
    """The ten values become the card's buttons; a text sent through the bot may have a poster by now."""
    if query.message is None or _is_private(query):
        await card_messages.redraw(query, callback_data.movie_id, rating=False)
        return
    keyboard = await card_messages.buttons(query, callback_data.movie_id)
    await _change_buttons(query, bot, keyboard, callback_data.movie_id, card_messages)


async def _change_buttons(
    query: CallbackQuery,
    bot: Bot,
    keyboard: InlineKeyboardMarkup | None,
    movie_id: int,
    card_messages: CardMessages,
) -> None:
    """Where others see the card its words stay as they are."""
    message = query.message
    try:
        await bot.edit_message_reply_markup(
            chat_id=message.chat.id if message else None,
            message_id=message.message_id if message else None,
            inline_message_id=query.inline_message_id,
            reply_markup=keyboard,
        )
    except NotModified:
        return
    except MessageGone:
        if message:
            await card_messages.open(message, query.from_user, movie_id)


async def rate(
    query: CallbackQuery,
    callback_data: views.Rate,
    event_update: Update,
    bot: Bot,
    readers: Readers,
    ratings: Ratings,
    card_messages: CardMessages,
) -> None:
    """Sets or removes the rating; the tap is answered once that is committed.

    Where others see the card the toast is all: it shows nobody's rating, and the next may rate at once.
    """
    reader = await readers.of(query.from_user)
    t = locale(reader.language)
    try:
        rated = await ratings.rate(
            query.from_user.id,
            reader.language,
            callback_data.movie_id,
            callback_data.value,
            bot.id,
            event_update.update_id,
        )
    except UnknownMovie:
        await query.answer(views.no_film(t))
        return
    if rated.applied:
        await query.answer(views.toast(t, rated.value, reader.rating_scale, goes_to_tmdb=rated.sending))
    else:
        await query.answer(views.already(t))
    if _is_private(query):
        await card_messages.redraw(query, callback_data.movie_id, rating=True)
