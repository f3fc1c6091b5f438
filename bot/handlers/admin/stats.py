"""/stats: the operator's figures."""

from aiogram import Bot, Router
from aiogram.filters import Command
from aiogram.types import Message, User

from bot.admins import is_admin
from bot.readers import Readers
from bot.replies import reply
from db.stats import Statistics
from views import stats as views


def router() -> Router:
    """For admins; to others it is an unknown command."""
    router = Router(name=__name__)
    router.message.register(stats, is_admin, Command("stats", ignore_case=True))
    return router


async def stats(
    message: Message, bot: Bot, event_from_user: User, readers: Readers, statistics: Statistics
) -> None:
    """/stats."""
    t = await readers.locale(event_from_user)
    await reply(message, views.figures(t, await statistics.look(bot.id)))
