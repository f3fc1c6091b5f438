"""What the bot is busy with, shown in the chat while it is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

import structlog
from aiogram.types import Message
from aiogram.types.maybe_inaccessible_message_union import MaybeInaccessibleMessageUnion

from core.errors import TelegramError
from core.tasks import Tasks

log = structlog.get_logger(__name__)

# What takes less needs no sign of life; Telegram shows one for about five seconds.
AFTER_SECONDS = 0.3
EVERY_SECONDS = 4.5

Action = Literal["typing", "upload_photo", "upload_document"]


@asynccontextmanager
async def chat_action(
    tasks: Tasks, place: MaybeInaccessibleMessageUnion, action: Action
) -> AsyncIterator[None]:
    """Shows the action for as long as the block runs; a chat it cannot be shown in does not matter."""
    acting = tasks.start(_act(place, action), "chat action")
    try:
        yield
    finally:
        acting.cancel()


async def _act(place: MaybeInaccessibleMessageUnion, action: Action) -> None:
    bot = place.bot
    assert bot is not None  # every update's objects know their bot
    thread = place.message_thread_id if isinstance(place, Message) and place.is_topic_message else None
    await asyncio.sleep(AFTER_SECONDS)
    while True:
        try:
            await bot.send_chat_action(place.chat.id, action, message_thread_id=thread)
        except TelegramError as error:
            log.info("a chat action was not shown", reason=str(error))
            return
        await asyncio.sleep(EVERY_SECONDS)
