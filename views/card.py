"""A film's card: the caption of its poster, and its buttons."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from typing import Annotated
from urllib.parse import quote

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from pydantic import Field

from core.cards import Card, Freshness, OwnRating, Push
from views.locale import Locale, locale
from views.typography import CAPTION_UNITS, cut, cut_line, escape, line, units

MovieId = Annotated[int, Field(ge=1, le=2**31 - 1)]

# So much of each line that all of them leave room for a few words of the overview.
TITLE_UNITS = 180
ORIGINAL_TITLE_UNITS = 140
NAME_UNITS = 40
TERM_UNITS = 24
GENRES = 4
OVERVIEW_AT_LEAST = 40

_SEPARATORS = {"zh": "、"}
_COUNTRIES = {
    "US": "country-us",
    "GB": "country-gb",
    "HK": "country-hk",
    "KR": "country-kr",
    "SU": "country-su",
    "XC": "country-xc",
    "XG": "country-xg",
    "YU": "country-yu",
}
_PUSHES = {
    Push.LATE: "card-push-late",
    Push.GONE: "card-push-gone",
    Push.REFUSED: "card-push-refused",
    Push.REVOKED: "card-push-revoked",
}


# Plurals and numbers cost more than all the rest of a card, and the same films are opened all day.
_remembered = lru_cache(maxsize=10_000)


class OpenCard(CallbackData, prefix="card"):
    """A button that brings a card, as a message of its own."""

    movie_id: MovieId


class OpenRating(CallbackData, prefix="rating"):
    """A button that turns a card's buttons into the ten values."""

    movie_id: MovieId


def caption(card: Card, *, private: bool) -> str:
    """The card's text, at most 1024 UTF-16 units once parsed; personal lines in private chats only."""
    t = locale(card.reader.language)
    own = own_rating(t, card.rating) if private and card.rating else ""
    if card.freshness is Freshness.DUE:
        return _blocks(t("card-away"), escape(own))
    if card.freshness in (Freshness.DELETED, Freshness.GONE):
        gone = t("card-deleted" if card.freshness is Freshness.DELETED else "card-gone")
        if own and card.rating and card.rating.push is Push.GONE:  # that is what the line above says
            own = own_rating(t, replace(card.rating, push=None))
        return _blocks(_title(t, card)[1] if card.title else "", gone, escape(own))
    title, title_html = _title(t, card)
    facts = _lines(_dotted(_numbers(t, card)), _dotted((_genres(t, card), _made_in(t, card))))
    people = _lines(_names(t, card.directors), _names(t, card.cast))
    told = [title, facts, people, own]
    # Each block is parted from the overview or its neighbour by an empty line.
    room = CAPTION_UNITS - sum(units(block) + 2 for block in told if block)
    overview = _overview(card.overview, room) if card.overview else ""
    return _blocks(title_html, escape(facts), escape(people), overview, escape(own))


def keyboard(card: Card, tmdb_web_base_url: str) -> InlineKeyboardMarkup | None:
    """The card's buttons; none of them leads nowhere."""
    t = locale(card.reader.language)
    if card.freshness in (Freshness.DELETED, Freshness.GONE):
        return None
    links = [
        InlineKeyboardButton(text=t("card-tmdb"), url=f"{tmdb_web_base_url}/movie/{card.movie_id}"),
    ]
    if card.freshness is Freshness.DUE:
        again = OpenCard(movie_id=card.movie_id).pack()
        return InlineKeyboardMarkup(
            inline_keyboard=[[InlineKeyboardButton(text=t("card-again"), callback_data=again), *links]]
        )
    if card.trailer:
        trailer = f"https://www.youtube.com/watch?v={quote(card.trailer, safe='')}"
        links.insert(0, InlineKeyboardButton(text=t("card-trailer"), url=trailer))
    rate = OpenRating(movie_id=card.movie_id).pack()
    return InlineKeyboardMarkup(
        inline_keyboard=[[InlineKeyboardButton(text=t("card-rate"), callback_data=rate)], links]
    )


def no_such_film(t: Locale) -> str:
    """For a number that no film has."""
    return t("card-gone")


def how_to_open(t: Locale) -> str:
    """For /movie without a number."""
    return t("card-how")


def own_rating(t: Locale, rating: OwnRating) -> str:
    """The card's last line."""
    value = t.number(float(rating.value), 1)
    if rating.rated_on:
        own = t("card-own-rating-dated", value=value, date=t.date(rating.rated_on))
    else:
        own = t("card-own-rating", value=value)
    return f"{own} · {t(_PUSHES[rating.push])}" if rating.push else own


@_remembered
def year(t: Locale, of: int | None) -> str:
    """The year as it stands behind a title, empty where it is unknown."""
    return t("card-year", year=str(of)) if of else ""


def differs(original_title: str | None, title: str | None) -> bool:
    """Whether the original title says more than the title."""
    return bool(original_title and title) and _bare(original_title) != _bare(title)


def _bare(title: str | None) -> str:
    return line(title or "").casefold()


def _title(t: Locale, card: Card) -> tuple[str, str]:
    """The first block, plain for counting and as HTML."""
    title = cut_line(card.title or str(card.movie_id), TITLE_UNITS)
    rest = year(t, card.year)
    if card.original_title and differs(card.original_title, card.title):
        rest += "\n" + cut_line(card.original_title, ORIGINAL_TITLE_UNITS)
    return title + rest, f"<b>{escape(title)}</b>{escape(rest)}"


def _numbers(t: Locale, card: Card) -> Iterable[str]:
    if card.vote_average and card.vote_count:
        yield score(t, card.vote_average)
        yield _votes(t, card.vote_count)
    if card.runtime:
        yield duration(t, card.runtime)
    if card.certification:
        yield cut_line(card.certification, TERM_UNITS)


@_remembered
def score(t: Locale, vote_average: float) -> str:
    """TMDB's score with one decimal at most."""
    return t.number(vote_average, 1)


@_remembered
def _votes(t: Locale, count: int) -> str:
    return t("card-votes", count=count)


@_remembered
def duration(t: Locale, runtime: int) -> str:
    """Minutes as hours and minutes."""
    hours, minutes = divmod(runtime, 60)
    if hours and minutes:
        return t("card-hours-minutes", hours=str(hours), minutes=str(minutes))
    return t("card-hours", hours=str(hours)) if hours else t("card-minutes", minutes=str(minutes))


def _genres(t: Locale, card: Card) -> str:
    return _listed(t, (cut_line(genre, TERM_UNITS) for genre in card.genres[:GENRES]))


def _made_in(t: Locale, card: Card) -> str:
    return _listed(t, filter(None, (country(t.language, code) for code in card.countries)))


@cache
def country(language: str, code: str) -> str:
    """A country's name in the interface language; empty for a code nobody knows."""
    t = locale(language)
    if code in _COUNTRIES:
        return t(_COUNTRIES[code])
    return "" if code == "ZZ" else cut(t.cldr.territories.get(code, ""), TERM_UNITS)


def _names(t: Locale, names: Sequence[str]) -> str:
    return _listed(t, (cut_line(name, NAME_UNITS) for name in names))


def _listed(t: Locale, items: Iterable[str]) -> str:
    return _SEPARATORS.get(t.language, ", ").join(items)


def _dotted(items: Iterable[str]) -> str:
    return " · ".join(filter(None, items))


def _lines(*lines: str) -> str:
    return "\n".join(filter(None, lines))


def _blocks(*blocks: str) -> str:
    return "\n\n".join(filter(None, blocks))


def _overview(overview: str, room: int) -> str:
    if room < OVERVIEW_AT_LEAST:
        return ""
    paragraphs = "\n".join(filter(None, map(str.strip, overview.splitlines())))
    return f"<blockquote expandable>{escape(cut(paragraphs, room))}</blockquote>" if paragraphs else ""
