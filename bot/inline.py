"""Answers to inline queries on their way to Telegram."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import BaseMiddleware, Bot
from aiogram.types import CallbackQuery, InlineQuery, TelegramObject

from core.tasks import Tasks
from services.inline import Inline
from views.card import Leaf
from views.inline import InlineAnswer

# Telegram repeats an answer for so long without asking: somebody who deletes a letter sees the list at
# once. Longer, and a poster that came meanwhile, a rating or another language would not show.
CACHE_SECONDS = 5


async def answer(query: InlineQuery, given: InlineAnswer, next_offset: str = "") -> None:
    """Gives the answer to this person only: titles, languages and marks are theirs."""
    await query.answer(
        [*given.results],
        cache_time=CACHE_SECONDS if given.results else 1,
        is_personal=True,
        next_offset=next_offset,
        button=given.button,
    )


async def inline_name(bot: Bot) -> str | None:
    """The name to type in other chats; None where @BotFather has inline mode off."""
    me = await bot.me()
    return me.username if me.supports_inline_queries else None


class TappedMessages(BaseMiddleware):
    """Tells of taps on sent cards, so that a poster on its way does not turn the page back."""

    def __init__(self, inline: Inline, tasks: Tasks) -> None:
        self._inline = inline
        self._tasks = tasks

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        assert isinstance(event, CallbackQuery)
        if event.inline_message_id:
            is_leafed = (event.data or "").startswith(f"{Leaf.__prefix__}{Leaf.__separator__}")
            told = self._inline.tapped(event.inline_message_id, is_leafed=is_leafed)
            self._tasks.start(told, "a tap on a sent card")
        return await handler(event, data)
