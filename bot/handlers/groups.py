"""Groups: silence, but for a command addressed to the bot."""

import re

from aiogram import Bot, F, Router
from aiogram.filters import Command
from aiogram.types import Message, User

from bot.readers import Readers
from bot.replies import reply
from views import start as views
from views.locale import locale

OUTSIDE = F.chat.type != "private"


def router() -> Router:
    """Ends every message that is not from a private chat, so that no later router sees one."""
    router = Router(name=__name__)
    addressed = Command(re.compile(r"\w+"), magic=F.mention)
    router.message.register(point_to_private_chat, OUTSIDE, addressed)
    router.message.register(stay_quiet, OUTSIDE)
    return router


async def point_to_private_chat(message: Message, bot: Bot, event_from_user: User, readers: Readers) -> None:
    """/help@bot."""
    username = (await bot.me()).username or ""
    await reply(message, views.in_groups(locale(readers.language(event_from_user)), username))


async def stay_quiet(_: Message) -> None:
    """Whatever people say to each other."""
