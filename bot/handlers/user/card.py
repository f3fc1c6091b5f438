"""A film's card: by number, by link, by button."""

import re

from aiogram import F, Router
from aiogram.filters import Command, CommandObject, CommandStart
from aiogram.types import CallbackQuery, Message, User

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
    """A number under search results, an example, "try again"."""
    if query.message:
        await card_messages.open(query.message, query.from_user, callback_data.movie_id)
