"""A film's card: by number, by link, by button."""

import re

from aiogram import F, Router
from aiogram.filters import Command, CommandObject, CommandStart
from aiogram.types import CallbackQuery, Message, User

from bot.card_pages import CardPages
from bot.cards import CardMessages
from bot.middlewares import SHOWS
from bot.readers import Readers
from core.payloads import INT4_MAX
from views import card as views

# Digits only: everything else after /start may be the way back from TMDB.
LINK = re.compile(r"m_\d+$")


def router() -> Router:
    """Everything that opens a card."""
    router = Router(name=__name__)
    router.message.register(by_link, CommandStart(deep_link=True, magic=F.args.regexp(LINK)))
    router.message.register(by_number, Command("movie", ignore_case=True))
    router.callback_query.register(by_button, views.OpenCard.filter(), flags=SHOWS)
    router.callback_query.register(back, views.ShowCard.filter(), flags=SHOWS)
    router.callback_query.register(page, views.OpenPage.filter(), flags=SHOWS)
    router.callback_query.register(leaf, views.Leaf.filter(), flags=SHOWS)
    return router


async def by_link(
    message: Message,
    command: CommandObject,
    event_from_user: User,
    readers: Readers,
    card_messages: CardMessages,
) -> None:
    """t.me/BOT?start=m_603."""
    await _open(message, event_from_user, (command.args or "").removeprefix("m_"), readers, card_messages)


async def by_number(
    message: Message,
    command: CommandObject,
    event_from_user: User,
    readers: Readers,
    card_messages: CardMessages,
) -> None:
    """/movie 603."""
    if not command.args:
        await message.answer(views.how_to_open(await readers.locale(event_from_user)))
        return
    await _open(message, event_from_user, command.args.strip(), readers, card_messages)


async def _open(
    message: Message, user: User, number: str, readers: Readers, card_messages: CardMessages
) -> None:
    movie_id = int(number) if number.isdecimal() and len(number) <= 10 else 0
    if 1 <= movie_id <= INT4_MAX:
        await card_messages.open(message, user, movie_id)
    else:
        await message.answer(views.no_such_film(await readers.locale(user)))


async def by_button(query: CallbackQuery, callback_data: views.OpenCard, card_messages: CardMessages) -> None:
    """A number under search results, an example, "try again"; an inline message has no chat to send to."""
    if query.message:
        await card_messages.open(query.message, query.from_user, callback_data.movie_id)
    else:
        await card_messages.show(query, callback_data.movie_id)


async def back(query: CallbackQuery, callback_data: views.ShowCard, card_messages: CardMessages) -> None:
    """From a page to the card, from a list to the card it was opened at."""
    if callback_data.poster:
        await card_messages.show(query, callback_data.movie_id)
    else:
        await card_messages.redraw(query, callback_data.movie_id)


async def page(query: CallbackQuery, callback_data: views.OpenPage, card_pages: CardPages) -> None:
    """More about the film, its cast, where to watch it."""
    await card_pages.show(query, callback_data)


async def leaf(query: CallbackQuery, callback_data: views.Leaf, card_pages: CardPages) -> None:
    """Similar films, a collection, any list as cards in one message."""
    await card_pages.leaf(query, callback_data)
