"""/block and /unblock: an abuser is shut out, and let in again."""

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message, User

from bot.admins import is_admin
from bot.readers import Readers
from bot.replies import reply
from services.blocking import Blocking
from views import blocking as views

# Telegram's ids of people have at most so many.
ID_BITS = 52


def router() -> Router:
    """For admins; to others they are unknown commands."""
    router = Router(name=__name__)
    router.message.register(block, is_admin, Command("block", ignore_case=True))
    router.message.register(unblock, is_admin, Command("unblock", ignore_case=True))
    return router


async def block(
    message: Message, command: CommandObject, event_from_user: User, readers: Readers, blocking: Blocking
) -> None:
    """/block 123456789; alone it lists who is shut out."""
    t = await readers.locale(event_from_user)
    if not command.args:
        await reply(message, views.everybody(t, *await blocking.blocked()))
    elif (user_id := _user_id(command.args)) is None:
        await reply(message, views.how(t, "block"))
    else:
        await reply(message, views.blocked(t, user_id, await blocking.block(user_id, event_from_user.id)))


async def unblock(
    message: Message, command: CommandObject, event_from_user: User, readers: Readers, blocking: Blocking
) -> None:
    """/unblock 123456789."""
    t = await readers.locale(event_from_user)
    user_id = _user_id(command.args or "")
    if user_id is None:
        await reply(message, views.how(t, "unblock"))
    else:
        await reply(message, views.unblocked(t, user_id, existed=await blocking.unblock(user_id)))


def _user_id(text: str) -> int | None:
    text = text.strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= 16):
        return None
    return int(text) if 0 < int(text) < 2**ID_BITS else None
