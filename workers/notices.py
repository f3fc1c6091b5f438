"""What people must be told once, sent until Telegram has taken it."""

import asyncio
from datetime import timedelta

import structlog
from aiogram import Bot

from core.errors import BotBlocked, ChatUnusable, RetryAfter, TelegramError
from core.tasks import shielded
from db.imports import ListImports
from db.notices import Notice, Notices
from db.pool import Database
from db.users import Users
from views.imports import importing
from views.locale import locale
from views.notices import notice as told
from views.screen import Screen
from workers.loop import renewed

log = structlog.get_logger(__name__)

BATCH = 20
LONGEST_PAUSE_SECONDS = 600.0


class SendNotices:
    """A job; a kill between Telegram's answer and our commit repeats a notice, and none is lost."""

    name = "notices"
    wakes_on = ("notices",)
    poll_seconds = 5.0

    def __init__(self, database: Database, bot: Bot, *, leased_by: str, lease_seconds: float) -> None:
        self._database = database
        self._notices = Notices(database)
        self._bot = bot
        self._leased_by = leased_by
        self._lease = timedelta(seconds=lease_seconds)

    async def step(self) -> bool:
        """A batch of what is due, one after the other: a person's notices keep their order."""
        batch = await self._notices.claim(BATCH, self._lease, self._leased_by)

        async def renew() -> None:
            await self._notices.renew(self._leased_by, self._lease)

        try:
            async with renewed(renew, self._lease.total_seconds()):
                for notice in batch:
                    await self._send(notice)
        except asyncio.CancelledError:
            await shielded(self._notices.release(self._leased_by))
            raise
        return bool(batch)

    async def _send(self, notice: Notice) -> None:
        screen = await self._screen(notice)
        if screen is None:
            await self._notices.told(notice.id)
            return
        try:
            await self._bot.send_message(notice.telegram_user_id, screen.text, reply_markup=screen.keyboard)
        except (BotBlocked, ChatUnusable):
            # Told when they come back: their next message clears the mark.
            await Users(self._database).blocked(notice.telegram_user_id)
            await self._notices.retry(notice.id, self._leased_by, timedelta(0))
        except TelegramError as error:
            pause = min(2.0**notice.attempts, LONGEST_PAUSE_SECONDS)
            if isinstance(error, RetryAfter):
                pause = error.seconds
            log.warning("a notice is sent later", kind=notice.kind, seconds=pause, reason=str(error))
            await self._notices.retry(notice.id, self._leased_by, timedelta(seconds=pause))
        else:
            await self._notices.told(notice.id)

    async def _screen(self, notice: Notice) -> Screen | None:
        t = locale(notice.language)
        if notice.kind != "import_ended":
            return told(notice.kind, notice.facts, notice.title, t)
        status = await ListImports(self._database).status(notice.facts["import_id"])
        return None if status is None else importing(status, t)
