"""What a search found: at most eight lines, a button for each."""

from typing import Annotated

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, Message
from pydantic import Field

from core.search import FoundMovie, SearchPage
from views.card import OpenCard, differs, score, year
from views.locale import Locale, locale
from views.screen import Screen
from views.typography import cut_line, escape

PAGE_MOVIES = 8
TITLE_UNITS = 80
ORIGINAL_TITLE_UNITS = 60


class ShowPage(CallbackData, prefix="find"):
    """A button that leafs through results; the message itself says what was searched for."""

    page: Annotated[int, Field(ge=1, le=500)]
    wider: bool  # at TMDB too


def results(found: SearchPage) -> Screen:
    """A page of results, or what was tried."""
    t = locale(found.reader.language)
    query = t("results-query", query=escape(found.query.text))
    if not found.movies:
        return Screen(f"{query}\n\n{t('results-none-here' if found.is_incomplete else 'results-none')}")
    first = (found.page - 1) * PAGE_MOVIES + 1
    blocks = [query]
    if found.is_nearest:
        blocks.append(t("results-nearest"))
    blocks.append("\n".join(_line(t, number, movie) for number, movie in enumerate(found.movies, first)))
    if found.is_incomplete:
        blocks.append(t("results-incomplete"))
    if found.pages > 1:
        blocks.append(t("results-page", page=str(found.page), pages=str(found.pages)))
    return Screen("\n\n".join(blocks), _keyboard(t, found, first))


def sure_hit(found: SearchPage) -> FoundMovie | None:
    """The only film there is for the query, which needs no list."""
    is_sure = found.total == 1 and not found.is_nearest and not found.is_incomplete
    return found.movies[0] if is_sure and found.movies else None


def query_of(message: Message) -> str | None:
    """What a message of results was searched for."""
    for entity in message.entities or ():
        if entity.type == "bold" and message.text:
            return entity.extract_from(message.text)
    return None


def how(t: Locale) -> str:
    """For /search without words."""
    return t("results-how")


def too_old(t: Locale) -> str:
    """For results whose query cannot be read any more."""
    return t("results-old")


def _line(t: Locale, number: int, movie: FoundMovie) -> str:
    title = escape(cut_line(movie.title or f"#{movie.movie_id}", TITLE_UNITS))
    facts = [f"{number}. <b>{title}</b>{year(t, movie.year)}"]
    if movie.original_title and differs(movie.original_title, movie.title):
        facts.append(escape(cut_line(movie.original_title, ORIGINAL_TITLE_UNITS)))
    if movie.vote_average and movie.vote_count:
        facts.append(score(t, movie.vote_average))
    if movie.rating is not None:
        facts.append(f"★ {t.number(float(movie.rating), 1)}")
    return " · ".join(facts)


def _keyboard(t: Locale, found: SearchPage, first: int) -> InlineKeyboardMarkup:
    numbers = [
        InlineKeyboardButton(text=str(number), callback_data=OpenCard(movie_id=movie.movie_id).pack())
        for number, movie in enumerate(found.movies, first)
    ]
    leaf = []
    if found.page > 1:
        leaf.append(_page("‹", found.page - 1, wider=found.is_from_tmdb))
    if found.page < found.pages:
        leaf.append(_page("›", found.page + 1, wider=found.is_from_tmdb))
    asked = found.is_from_tmdb or found.is_nearest or found.is_incomplete
    wider = [] if asked else [_page(t("results-wider"), 1, wider=True)]
    return InlineKeyboardMarkup(inline_keyboard=[row for row in (numbers, leaf, wider) if row])


def _page(text: str, page: int, *, wider: bool) -> InlineKeyboardButton:
    return InlineKeyboardButton(text=text, callback_data=ShowPage(page=page, wider=wider).pack())
