"""Messages that move, edited as often as Telegram allows and only when they have something new to say."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import NamedTuple

import structlog
from aiogram import Bot

from core.errors import (
    BotBlocked,
    ChatUnusable,
    MessageGone,
    NothingToEdit,
    NotModified,
    RetryAfter,
    TelegramError,
)
from core.tasks import shielded, together
from db.imports import ListImports
from db.live_messages import LiveMessage, LiveMessages
from db.notices import Notices
from db.pool import Database, wake
from db.poster_moves import PosterMoves
from db.users import Users
from services.sync import Sync
from views.imports import importing
from views.locale import Locale, locale
from views.poster_move import moving
from views.screen import Screen
from views.sync import sync
from workers.loop import renewed

log = structlog.get_logger(__name__)

BATCH = 20
IDLE_SECONDS = 5.0
TROUBLE_SECONDS = 5.0


class Sight(NamedTuple):
    """What a message is to show now; after a final one it moves no more."""

    screen: Screen
    final: bool


class MoveMessages:
    """A job for the messages of one bot."""

    name = "live"
    wakes_on = ("live",)

    def __init__(
        self, database: Database, bot: Bot, synchronisation: Sync, *, leased_by: str, lease_seconds: float
    ) -> None:
        self._database = database
        self._sync = synchronisation
        self._messages = LiveMessages(database)
        self._bot = bot
        self._leased_by = leased_by
        self._lease = timedelta(seconds=lease_seconds)
        self._kinds: dict[str, Callable[[LiveMessage, Locale], Awaitable[Sight | None]]] = {
            "import": self._show_import,
            "sync": self._show_sync,
            "move": self._show_posters,
        }
        self.poll_seconds = IDLE_SECONDS

    async def step(self) -> bool:
        """The messages whose time has come."""
        batch = await self._messages.claim(self._bot.id, BATCH, self._lease, self._leased_by)

        async def renew() -> None:
            await self._messages.renew(self._leased_by, self._lease)

        try:
            async with renewed(renew, self._lease.total_seconds()):
                await together(self._move(message) for message in batch)
        except asyncio.CancelledError:
            await shielded(self._messages.release(self._leased_by))
            raise
        if not batch:
            wait = await self._messages.wait(self._bot.id)
            self.poll_seconds = IDLE_SECONDS if wait is None else min(max(wait, 0.05), IDLE_SECONDS)
        return bool(batch)

    async def _move(self, message: LiveMessage) -> None:
        show = self._kinds.get(message.kind)
        sight = await show(message, locale(message.language)) if show else None
        if sight is None:
            await self._messages.drop(self._bot.id, message)
            return
        text_hash = hashlib.sha256(sight.screen.text.encode()).hexdigest()
        try:
            if text_hash != message.last_text_hash:
                await self._edit(message, sight.screen)
        except (MessageGone, NothingToEdit, BotBlocked, ChatUnusable) as error:
            await self._gone(message, error, sight)
        except TelegramError as error:
            if message.expired:
                await self._gone(message, error, sight)
                return
            pause = error.seconds if isinstance(error, RetryAfter) else TROUBLE_SECONDS
            log.warning("a message moves later", kind=message.kind, seconds=pause, reason=str(error))
            await self._messages.later(self._bot.id, message, self._leased_by, timedelta(seconds=pause))
        else:
            if sight.final or message.expired:
                await self._messages.drop(self._bot.id, message)
            else:
                await self._messages.edited(self._bot.id, message, self._leased_by, text_hash)

    async def _edit(self, message: LiveMessage, screen: Screen) -> None:
        try:
            await self._bot.edit_message_text(
                screen.text,
                chat_id=message.chat_id,
                message_id=message.message_id,
                reply_markup=screen.keyboard,
            )
        except NotModified:
            return  # an edit whose answer was lost, or whose worker died before it could say so

    async def _gone(self, message: LiveMessage, error: TelegramError, sight: Sight) -> None:
        """The message is not to be edited any more; what it would have ended with is told all the same."""
        async with self._database.transaction() as connection:
            user_id = message.telegram_user_id
            if user_id is not None and isinstance(error, BotBlocked):
                await Users(connection).blocked(user_id)
            dropped = await LiveMessages(connection).drop(self._bot.id, message)
            if user_id is not None and dropped and sight.final and message.kind == "import":
                await Notices(connection).add(user_id, "import_ended", {"import_id": int(message.subject)})
                await wake(connection, "notices")
        log.info("a message moves no more", kind=message.kind, reason=str(error))

    async def _show_import(self, message: LiveMessage, t: Locale) -> Sight | None:
        status = await ListImports(self._database).status(int(message.subject))
        return None if status is None else Sight(importing(status, t), status.finished)

    async def _show_sync(self, message: LiveMessage, t: Locale) -> Sight:
        status = await self._sync.status()
        return Sight(sync(t, status, moves=not message.expired), message.expired)

    async def _show_posters(self, message: LiveMessage, t: Locale) -> Sight | None:
        move = await PosterMoves(self._database).move(self._bot.id, int(message.subject))
        return None if move is None else Sight(moving(t, move), move.finished)
