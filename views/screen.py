"""What a view makes: a text and the buttons under it."""

from typing import NamedTuple

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup


class Screen(NamedTuple):
    """A message as a person sees it; the text is Telegram's HTML."""

    text: str
    keyboard: InlineKeyboardMarkup | None = None


def rows(*buttons: list[InlineKeyboardButton]) -> InlineKeyboardMarkup:
    """A keyboard of these rows."""
    return InlineKeyboardMarkup(inline_keyboard=list(buttons))
