"""Rating a film from its card: the values as buttons, the answer as a toast."""

from decimal import Decimal
from math import ceil, floor
from typing import Annotated

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from pydantic import Field

from core.cards import Card
from views.card import MovieId
from views.locale import Locale, locale

HALVES_A_POINT = 2
FEWEST, MOST = 1, 20  # half steps


class Rate(CallbackData, prefix="rate"):
    """A button that sets the rating to a value, whatever it was before; None removes it."""

    movie_id: MovieId
    halves: Annotated[int, Field(ge=FEWEST, le=MOST)] | None  # 8.5 is 17

    @property
    def value(self) -> Decimal | None:
        """On TMDB's scale, 0.5 to 10."""
        return None if self.halves is None else Decimal(self.halves) / HALVES_A_POINT


class CloseRating(CallbackData, prefix="rated"):
    """A button that brings the card's own buttons back."""

    movie_id: MovieId


def keyboard(card: Card, *, private: bool) -> InlineKeyboardMarkup:
    """Ten values and the way back; in private chats the chosen one is marked, and half steps lead from it."""
    t = locale(card.reader.language)
    chosen = card.rating.value if private and card.rating else None
    values = [_value(card, value, chosen) for value in range(1, 11)]
    last = [_remove(t, card)] if chosen or not private else []
    if chosen:
        # The steps next to it: TMDB has kept values between them.
        less, more = ceil(chosen * HALVES_A_POINT) - 1, floor(chosen * HALVES_A_POINT) + 1
        if less >= FEWEST:
            last.insert(0, _button(t("rating-half-less"), card, less))
        if more <= MOST:
            last.insert(-1, _button(t("rating-half-more"), card, more))
    back = CloseRating(movie_id=card.movie_id).pack()
    last.append(InlineKeyboardButton(text=t("rating-back"), callback_data=back))
    return InlineKeyboardMarkup(inline_keyboard=[values[:5], values[5:], last])


def removal(card: Card) -> InlineKeyboardMarkup:
    """For the rating of a film that TMDB has no more: it can be taken back, and nothing else."""
    t = locale(card.reader.language)
    return InlineKeyboardMarkup(inline_keyboard=[[_button(t("rating-remove-own"), card, None)]])


def _value(card: Card, value: int, chosen: Decimal | None) -> InlineKeyboardButton:
    return _button(f"★ {value}" if value == chosen else str(value), card, value * HALVES_A_POINT)


def _remove(t: Locale, card: Card) -> InlineKeyboardButton:
    return _button(t("rating-remove"), card, None)


def _button(text: str, card: Card, halves: int | None) -> InlineKeyboardButton:
    return InlineKeyboardButton(text=text, callback_data=Rate(movie_id=card.movie_id, halves=halves).pack())


def toast(t: Locale, value: Decimal | None, *, goes_to_tmdb: bool) -> str:
    """What became of a tap, once it is committed."""
    if value is None:
        return t("rating-removed-goes-to-tmdb" if goes_to_tmdb else "rating-removed")
    key = "rating-saved-goes-to-tmdb" if goes_to_tmdb else "rating-saved"
    return t(key, value=t.number(float(value), 1))


def already(t: Locale) -> str:
    """A tap that came a second time, or after a newer one."""
    return t("rating-already")


def no_film(t: Locale) -> str:
    """The film of a forged or very old button."""
    return t("rating-no-film")
