"""Films as lines of text: a number that opens each, and a row to leaf."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from core.film_list import FilmPage
from core.reader import Reader
from core.search import FoundMovie
from views.card import OpenCard, differs, score, year
from views.locale import Locale, locale
from views.scale import shown
from views.screen import Screen
from views.typography import cut_line, escape

TITLE_UNITS = 80
ORIGINAL_TITLE_UNITS = 60


def film_list(
    page: FilmPage,
    heading: str,
    *,
    leaf: Callable[[int], CallbackData],
    private: bool,
    note: str = "",
    rows: Sequence[list[InlineKeyboardButton]] = (),
    facts: Mapping[int, str] = MappingProxyType({}),
) -> Screen:
    """A page of films under a heading; heading and note are HTML, and the note stands below the films.

    `leaf` makes the data of a button that shows another page, `rows` are the list's own buttons, `facts` end
    the lines of some films (HTML, by movie id). Own ratings and watchlist marks appear in private chats only.
    """
    t = locale(page.reader.language)
    lines = "\n".join(
        " · ".join(
            filter(None, (line(t, number, movie, page.reader, private=private), facts.get(movie.movie_id)))
        )
        for number, movie in enumerate(page.movies, page.first)
    )
    of = t("list-page", page=t.number(page.page), pages=t.number(page.pages)) if page.pages > 1 else ""
    numbers = [
        InlineKeyboardButton(text=str(number), callback_data=OpenCard(movie_id=movie.movie_id).pack())
        for number, movie in enumerate(page.movies, page.first)
    ]
    buttons = [row for row in (numbers, leafing(page.page, page.pages, leaf), *rows) if row]
    return Screen(
        "\n\n".join(filter(None, (heading, lines, note, of))),
        InlineKeyboardMarkup(inline_keyboard=buttons) if buttons else None,
    )


def line(t: Locale, number: int, movie: FoundMovie, reader: Reader, *, private: bool) -> str:
    """One film: what is known of it, as HTML."""
    title = escape(cut_line(movie.title or f"#{movie.movie_id}", TITLE_UNITS))
    facts = [f"{number}. <b>{title}</b>{year(t, movie.year)}"]
    if movie.original_title and differs(movie.original_title, movie.title):
        facts.append(escape(cut_line(movie.original_title, ORIGINAL_TITLE_UNITS)))
    if movie.vote_average and movie.vote_count:
        facts.append(score(t, movie.vote_average))
    if private and movie.rating is not None:
        facts.append(f"★\u00a0{shown(t, movie.rating, reader.rating_scale)}")
    if private and movie.on_watchlist:
        facts.append("🔖")
    return " · ".join(facts)


def leafing(page: int, pages: int, leaf: Callable[[int], CallbackData]) -> list[InlineKeyboardButton]:
    """‹ and ›, each only where it leads somewhere."""
    ways = [("‹", page - 1)] if page > 1 else []
    ways += [("›", page + 1)] if page < pages else []
    return [InlineKeyboardButton(text=text, callback_data=leaf(to).pack()) for text, to in ways]
