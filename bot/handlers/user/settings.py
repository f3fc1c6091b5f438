"""/settings: everything a person may choose, in one message."""

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message, User

from bot.middlewares import SHOWS
from bot.readers import Readers
from bot.replies import replace, reply
from core.settings import Settings
from db.users import Users
from views import settings as views
from views.locale import language_of


def router() -> Router:
    """The settings' screen and its buttons, forged outside private chats."""
    router = Router(name=__name__)
    router.message.register(overview, Command("settings", ignore_case=True))
    router.callback_query.filter(F.message.chat.type == "private")
    router.callback_query.register(section, views.OpenSettings.filter(), flags=SHOWS)
    router.callback_query.register(choose, views.Choose.filter())
    return router


async def overview(message: Message, event_from_user: User, readers: Readers) -> None:
    """/settings."""
    await reply(message, views.overview(await readers.of(event_from_user)))


async def section(
    query: CallbackQuery, callback_data: views.OpenSettings, readers: Readers, settings: Settings
) -> None:
    """A setting's page, and the way back."""
    reader = await readers.of(query.from_user)
    await replace(query, views.section(reader, callback_data, adult_in_groups=settings.adult_in_groups))


async def choose(query: CallbackQuery, callback_data: views.Choose, readers: Readers, users: Users) -> None:
    """A choice; the same one twice chooses the same."""
    user = query.from_user
    await users.choose(user.id, language_of(user.language_code), **callback_data.choices)
    reader = await readers.of(user)
    await query.answer(views.chosen(reader, callback_data.setting))
    await replace(query, views.overview(reader))
