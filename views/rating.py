"""Rating a film from its card: the values as buttons, the answer as a toast."""

from decimal import Decimal
from math import ceil, floor
from typing import Annotated

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from pydantic import Field

from core.cards import Card
from views.locale import Locale, locale
from views.scale import STARS, half_stars, shown
from views.screen import MovieId

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


def keyboard(card: Card) -> InlineKeyboardMarkup:
    """For the private chat: ten values of the reader's scale with the chosen one marked, and the way back.

    On the scale of ten half steps lead from the chosen value; five stars have them among the ten.
    """
    t, scale = locale(card.reader.language), card.reader.rating_scale
    chosen = card.rating.value if card.rating else None
    marked = chosen if chosen is None or scale != STARS else Decimal(half_stars(chosen))
    values = [_value(t, card.movie_id, Decimal(value), marked, scale) for value in range(1, 11)]
    last = []
    if chosen is not None:
        last.append(_button(t("rating-remove"), card.movie_id, None))
        if scale != STARS:
            # The steps next to it: TMDB has kept values between them.
            less, more = ceil(chosen * HALVES_A_POINT) - 1, floor(chosen * HALVES_A_POINT) + 1
            if more <= MOST:
                last.insert(0, _button(t("rating-half-more"), card.movie_id, more))
            if less >= FEWEST:
                last.insert(0, _button(t("rating-half-less"), card.movie_id, less))
    last.append(_back(t, card.movie_id))
    return InlineKeyboardMarkup(inline_keyboard=[values[:5], values[5:], last])


def shared_keyboard(t: Locale, movie_id: int, bot_username: str) -> InlineKeyboardMarkup:
    """For groups and inline messages, where anybody rates: 1 to 10, none marked, and a way into private."""
    values = [_value(t, movie_id, Decimal(value), None, 10) for value in range(1, 11)]
    link = f"https://t.me/{bot_username}?start=m_{movie_id}"
    return InlineKeyboardMarkup(
        inline_keyboard=[
            values[:5],
            values[5:],
            [_button(t("rating-remove-own"), movie_id, None), _back(t, movie_id)],
            [InlineKeyboardButton(text=t("rating-in-private"), url=link)],
        ]
    )


def removal(card: Card) -> InlineKeyboardMarkup:
    """For the rating of a film that TMDB has no more: it can be taken back, and nothing else."""
    t = locale(card.reader.language)
    return InlineKeyboardMarkup(inline_keyboard=[[_button(t("rating-remove-own"), card.movie_id, None)]])


def _value(
    t: Locale, movie_id: int, value: Decimal, marked: Decimal | None, scale: int
) -> InlineKeyboardButton:
    text = shown(t, value, scale)
    return _button(f"★ {text}" if value == marked else text, movie_id, int(value * HALVES_A_POINT))


def _back(t: Locale, movie_id: int) -> InlineKeyboardButton:
    return InlineKeyboardButton(text=t("rating-back"), callback_data=CloseRating(movie_id=movie_id).pack())


def _button(text: str, movie_id: int, halves: int | None) -> InlineKeyboardButton:
    return InlineKeyboardButton(text=text, callback_data=Rate(movie_id=movie_id, halves=halves).pack())


def toast(t: Locale, value: Decimal | None, scale: int, *, goes_to_tmdb: bool) -> str:
    """What became of a tap, once it is committed."""
    if value is None:
        return t("rating-removed-goes-to-tmdb" if goes_to_tmdb else "rating-removed")
    key = "rating-saved-goes-to-tmdb" if goes_to_tmdb else "rating-saved"
    return t(key, value=shown(t, value, scale))


def already(t: Locale) -> str:
    """A tap that came a second time, or after a newer one."""
    return t("rating-already")


def no_film(t: Locale) -> str:
    """The film of a forged or very old button."""
    return t("rating-no-film")
