"""Answers to inline queries on their way to Telegram."""

from aiogram import Bot
from aiogram.types import InlineQuery

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
