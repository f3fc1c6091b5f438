"""/start: the first meeting, and the way back from TMDB's page."""

from aiogram import Bot, Router
from aiogram.filters import CommandObject, CommandStart
from aiogram.types import CallbackQuery, Message, User

from bot.handlers.user.link import returned
from bot.inline import inline_name
from bot.middlewares import SHOWS
from bot.readers import Readers
from bot.replies import replace, reply
from core.reader import Reader
from services.accounts import Accounts, NothingOpen
from views import start as views
from views.locale import Locale, locale
from views.screen import Screen


def router() -> Router:
    """The start command, with whatever parameter no earlier router took, and what it offers."""
    router = Router(name=__name__)
    router.message.register(start, CommandStart(ignore_case=True))
    router.callback_query.register(look_around, views.LookAround.filter(), flags=SHOWS)
    return router


async def start(
    message: Message,
    command: CommandObject,
    bot: Bot,
    event_from_user: User,
    readers: Readers,
    accounts: Accounts,
) -> None:
    """A nonce of ours settles an approval; without a parameter an open one is looked for."""
    reader = await readers.of(event_from_user)
    t = locale(reader.language)
    parameter = command.args or ""
    if not accounts.is_return(parameter):
        await reply(message, await _hello(t, reader, bot))
        return
    outcome = await accounts.returned(event_from_user.id, t.language, parameter)
    if isinstance(outcome, NothingOpen) and not parameter:
        await reply(message, await _hello(t, reader, bot))
    else:
        await reply(message, returned(outcome, t))


async def _hello(t: Locale, reader: Reader, bot: Bot) -> Screen:
    return views.hello_again(t, reader) if reader.is_linked else views.hello(t, await inline_name(bot))


async def look_around(query: CallbackQuery, readers: Readers) -> None:
    """Just look around."""
    await replace(query, views.look_around(await readers.locale(query.from_user)))
