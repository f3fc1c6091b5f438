"""A series' card: by link, by button."""

import re

from aiogram import F, Router
from aiogram.filters import CommandObject, CommandStart
from aiogram.types import CallbackQuery, Message, User

from bot.middlewares import SHOWS
from bot.readers import Readers
from bot.series import SeriesMessages
from core.payloads import INT4_MAX
from views import series as views

# Digits only: everything else after /start may be the way back from TMDB.
LINK = re.compile(r"tv_\d+$", re.ASCII)


def router() -> Router:
    """Everything that opens a series."""
    router = Router(name=__name__)
    router.message.register(by_link, CommandStart(deep_link=True, magic=F.args.regexp(LINK)))
    router.callback_query.register(by_button, views.OpenSeries.filter(), flags=SHOWS)
    return router


async def by_link(
    message: Message,
    command: CommandObject,
    event_from_user: User,
    readers: Readers,
    series_messages: SeriesMessages,
) -> None:
    """t.me/BOT?start=tv_1396."""
    number = (command.args or "").removeprefix("tv_")
    series_id = int(number) if len(number) <= 10 else 0
    if 1 <= series_id <= INT4_MAX:
        await series_messages.open(message, event_from_user, series_id)
    else:
        await message.answer(views.no_such_series(await readers.locale(event_from_user)))


async def by_button(
    query: CallbackQuery, callback_data: views.OpenSeries, series_messages: SeriesMessages
) -> None:
    """A number under search results, "try again"."""
    if query.message:
        await series_messages.open(query.message, query.from_user, callback_data.series_id)
