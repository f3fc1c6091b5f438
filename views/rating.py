"""Rating a film from its card: the values as buttons, the answer as a toast."""

from decimal import Decimal
from typing import Annotated

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from pydantic import Field

from core.cards import Card
from views.card import MovieId
from views.locale import Locale, locale

HALF = Decimal("0.5")
LOWEST, HIGHEST = HALF, Decimal(10)


class Rate(CallbackData, prefix="rate"):
    """A button that sets the rating to a value, whatever it was before; None removes it."""

    movie_id: MovieId
    halves: Annotated[int, Field(ge=1, le=20)] | None  # 8.5 is 17

    @property
    def value(self) -> Decimal | None:
        """On TMDB's scale, 0.5 to 10."""
        return None if self.halves is None else self.halves * HALF


class CloseRating(CallbackData, prefix="rated"):
    """A button that brings the card's own buttons back."""

    movie_id: MovieId


def keyboard(card: Card, *, private: bool) -> InlineKeyboardMarkup:
    """Ten values and the way back; in private chats the chosen one is marked, and half steps lead from it."""
    t = locale(card.reader.language)
    chosen = card.rating.value if private and card.rating else None
    values = [_value(t, card, Decimal(value), chosen) for value in range(1, 11)]
    last = [_remove(t, card)] if chosen or not private else []
    if chosen and chosen > LOWEST:
        last.insert(0, _button(t("rating-half-less"), card, chosen - HALF))
    if chosen and chosen < HIGHEST:
        last.insert(-1, _button(t("rating-half-more"), card, chosen + HALF))
    back = CloseRating(movie_id=card.movie_id).pack()
    last.append(InlineKeyboardButton(text=t("rating-back"), callback_data=back))
    return InlineKeyboardMarkup(inline_keyboard=[values[:5], values[5:], last])


def _value(t: Locale, card: Card, value: Decimal, chosen: Decimal | None) -> InlineKeyboardButton:
    return _button(f"★ {value}" if value == chosen else str(value), card, value)


def _remove(t: Locale, card: Card) -> InlineKeyboardButton:
    return _button(t("rating-remove"), card, None)


def _button(text: str, card: Card, value: Decimal | None) -> InlineKeyboardButton:
    halves = None if value is None else int(value / HALF)
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
