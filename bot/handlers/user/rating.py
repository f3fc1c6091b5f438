"""Rating a film from its card."""

from aiogram import Bot, Router
from aiogram.types import CallbackQuery, Update

from bot.cards import CardMessages
from bot.middlewares import SHOWS
from bot.readers import Readers
from core.errors import UnknownMovie
from services.ratings import Ratings
from views import rating as views
from views.card import OpenRating
from views.locale import locale


def router() -> Router:
    """The buttons of a card that rate."""
    router = Router(name=__name__)
    router.callback_query.register(open_rating, OpenRating.filter(), flags=SHOWS)
    router.callback_query.register(close_rating, views.CloseRating.filter(), flags=SHOWS)
    router.callback_query.register(rate, views.Rate.filter())
    return router


async def open_rating(query: CallbackQuery, callback_data: OpenRating, card_messages: CardMessages) -> None:
    """The card's buttons become the ten values."""
    await card_messages.redraw(query, callback_data.movie_id, rating=True)


async def close_rating(
    query: CallbackQuery, callback_data: views.CloseRating, card_messages: CardMessages
) -> None:
    """The ten values become the card's buttons."""
    await card_messages.redraw(query, callback_data.movie_id, rating=False)


async def rate(
    query: CallbackQuery,
    callback_data: views.Rate,
    event_update: Update,
    bot: Bot,
    readers: Readers,
    ratings: Ratings,
    card_messages: CardMessages,
) -> None:
    """Sets or removes the rating; the tap is answered once that is committed."""
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
        await query.answer(views.toast(t, rated.value, goes_to_tmdb=rated.sending))
    else:
        await query.answer(views.already(t))
    await card_messages.redraw(query, callback_data.movie_id, rating=True)
