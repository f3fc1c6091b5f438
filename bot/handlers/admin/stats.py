"""/stats: the operator's figures at once, and the picture of the last thirty days when it is drawn."""

import asyncio
import shutil
from pathlib import Path

import structlog
from aiogram import Bot, Router
from aiogram.filters import Command
from aiogram.types import BufferedInputFile, Message, User

from bot.admins import is_admin
from bot.chat_actions import chat_action
from bot.pictures import drawn
from bot.readers import Readers
from bot.replies import reply
from core.settings import Settings
from core.stats import Disk
from core.tasks import Tasks
from db.stats import Statistics
from views import stats as views
from views.locale import Locale
from views.stats_picture import picture

log = structlog.get_logger(__name__)

PICTURE_DAYS = 30


def router() -> Router:
    """For admins; to others it is an unknown command."""
    router = Router(name=__name__)
    router.message.register(stats, is_admin, Command("stats", ignore_case=True))
    return router


async def stats(
    message: Message,
    bot: Bot,
    event_from_user: User,
    readers: Readers,
    statistics: Statistics,
    settings: Settings,
    tasks: Tasks,
) -> None:
    """/stats."""
    t = await readers.locale(event_from_user)
    figures, requests, disk = await asyncio.gather(
        statistics.look(bot.id), statistics.requests(), asyncio.to_thread(_disk, settings.data_dir)
    )
    await reply(message, views.figures(t, figures, requests, disk))
    tasks.start(_picture(message, bot, t, statistics, tasks), "the picture of /stats")


def _disk(directory: Path) -> Disk | None:
    try:
        usage = shutil.disk_usage(directory)
    except OSError as error:
        log.warning("the room on the disk is not known", reason=str(error))
        return None
    return Disk(usage.total, usage.free)


async def _picture(message: Message, bot: Bot, t: Locale, statistics: Statistics, tasks: Tasks) -> None:
    """Follows the figures, which are of use without it."""
    async with chat_action(tasks, message, "upload_photo"):
        days = await statistics.days(bot.id, PICTURE_DAYS)
        content = await drawn(picture, t.language, days)
        await message.answer_photo(BufferedInputFile(content, "stats.png"), caption=t("stats-picture"))
