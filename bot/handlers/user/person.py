"""People: their cards and films, by name, by link, by button."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import Message, User

from bot.readers import Readers
from views import person as views


def router() -> Router:
    """Everything that opens a person."""
    router = Router(name=__name__)
    router.message.register(by_name, Command("person", ignore_case=True))
    return router


async def by_name(message: Message, event_from_user: User, readers: Readers) -> None:
    """/person Robert De Niro."""
    await message.answer(views.how(await readers.locale(event_from_user)))
