"""What no other handler took: every update from a person gets an answer."""

from aiogram import F, Router
from aiogram.types import CallbackQuery, Message, User

from bot.readers import Readers
from views import errors as views


def router() -> Router:
    """The last router."""
    router = Router(name=__name__)
    router.message.register(unknown_command, F.text.startswith("/"))
    router.message.register(not_understood, ~F.pinned_message)
    router.callback_query.register(stale_button)
    return router


async def unknown_command(message: Message, event_from_user: User, readers: Readers) -> None:
    """A command of another bot, a mistyped one, or an admin's from somebody else."""
    await message.answer(views.unknown_command(await readers.locale(event_from_user)))


async def not_understood(message: Message, event_from_user: User, readers: Readers) -> None:
    """A photo, a sticker, a voice message."""
    await message.answer(views.not_understood(await readers.locale(event_from_user)))


async def stale_button(query: CallbackQuery, readers: Readers) -> None:
    """Callback data nobody reads: from an older version, or forged."""
    await query.answer(views.stale_button(await readers.locale(query.from_user)))
