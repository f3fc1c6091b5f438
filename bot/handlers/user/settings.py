"""/settings: the interface language."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message, User

from bot.readers import Readers
from bot.replies import replace, reply
from db.users import Users
from views import settings as views
from views.locale import language_of, locale


def router() -> Router:
    """The settings' screen and its buttons."""
    router = Router(name=__name__)
    router.message.register(settings_screen, Command("settings", ignore_case=True))
    router.callback_query.register(choose_language, views.ChooseLanguage.filter())
    return router


async def settings_screen(message: Message, event_from_user: User, readers: Readers) -> None:
    """/settings."""
    reader = await readers.of(event_from_user)
    await reply(message, views.settings(locale(reader.language)))


async def choose_language(
    query: CallbackQuery, callback_data: views.ChooseLanguage, readers: Readers, users: Users
) -> None:
    """A language's button; the same one twice chooses the same."""
    telegram_language = language_of(query.from_user.language_code)
    await users.choose(query.from_user.id, telegram_language, language=callback_data.language)
    readers.remember(await readers.of(query.from_user))
    t = locale(callback_data.language)
    await query.answer(views.chosen(t))
    await replace(query, views.settings(t))
