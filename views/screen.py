"""What a view makes: a text and the buttons under it."""

import re
from typing import Annotated, NamedTuple

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from pydantic import Field

# TMDB's id of a film in callback data.
MovieId = Annotated[int, Field(ge=1, le=2**31 - 1)]
# The page of a list; one past the end shows the last.
PageNumber = Annotated[int, Field(ge=1, le=100_000)]

CALLBACK_BYTES = 64

_PINNED = re.compile(r"(.*)~([a-z]{2}(?:-[A-Z]{2}-[a-z]{2}-(?:[a-z]{2})?(?:-x)?)?)", re.ASCII | re.DOTALL)


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


def pinned(keyboard: InlineKeyboardMarkup | None, told: str) -> InlineKeyboardMarkup | None:
    """Buttons that carry what their screen was made of (Reader.told), so that whoever taps does not turn
    it into their own language. Those with little room carry the interface language alone.
    """
    if keyboard is None:
        return None
    return rows(*([_pinned(one, told) for one in row] for row in keyboard.inline_keyboard))


def _pinned(one: InlineKeyboardButton, told: str) -> InlineKeyboardButton:
    if one.callback_data is None:
        return one
    for rest in (told, told[:2]):
        data = f"{one.callback_data}~{rest}"
        if len(data) <= CALLBACK_BYTES:
            return one.model_copy(update={"callback_data": data})
    return one


def unpinned(data: str) -> tuple[str, str | None]:
    """Callback data as the handlers know it, and what `pinned` put behind it."""
    found = _PINNED.fullmatch(data)
    return (found[1], found[2]) if found else (data, None)
