"""What a view makes: a text and the buttons under it."""

from typing import Annotated, NamedTuple

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from pydantic import Field

# TMDB's id of a film in callback data.
MovieId = Annotated[int, Field(ge=1, le=2**31 - 1)]
# The page of a list; one past the end shows the last.
PageNumber = Annotated[int, Field(ge=1, le=100_000)]


class Screen(NamedTuple):
    """A message as a person sees it; the text is Telegram's HTML."""

    text: str
    keyboard: InlineKeyboardMarkup | None = None


def rows(*buttons: list[InlineKeyboardButton]) -> InlineKeyboardMarkup:
    """A keyboard of these rows."""
    return InlineKeyboardMarkup(inline_keyboard=list(buttons))


def button(text: str, data: CallbackData) -> InlineKeyboardButton:
    """A button that comes back to the bot."""
    return InlineKeyboardButton(text=text, callback_data=data.pack())
