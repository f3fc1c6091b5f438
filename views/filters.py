"""Lists of films by filters, and the screen on which these are chosen.

Every button carries the whole state it leads to, so that it means the same whoever taps it, however late.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Literal

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton
from pydantic import AfterValidator, Field

from core.film_list import MAX_FILMS, BrowsePage
from core.filters import Filters, Sort
from views.card import Leaf, listed
from views.film_list import film_list
from views.locale import Locale, locale
from views.person import OpenPerson
from views.screen import Screen, button, rows
from views.typography import cut_line, escape

TERM_UNITS = 40
BUTTON_UNITS = 24
GENRES_A_ROW = 3
# Films are a century old, and what is older is watched by few.
DECADES = tuple(range(2020, 1910, -10))
SCORES = (5, 6, 7, 8, 9)
LANGUAGES = ("en", "fr", "es", "de", "it", "pt", "ru", "ja", "ko", "zh", "cn", "hi")
_SORTS: tuple[Sort, ...] = ("popularity", "score", "date")
# Cantonese is TMDB's cn.
_CLDR_CODES = {"cn": "yue"}

FilterView = Literal["all", "genres", "years", "score", "language"]


def _packed(packed: str) -> str:
    Filters.unpack(packed)
    return packed


Packed = Annotated[str, AfterValidator(_packed)]


class ShowList(CallbackData, prefix="list"):
    """A button that shows a page of the films that pass.

    `typed`: the filters were read out of what the message says was searched for.
    """

    packed: Packed
    page: Annotated[int, Field(ge=1, le=999)] = 1
    typed: bool = False


class ShowFilters(CallbackData, prefix="filter"):
    """A button that shows the filters, or the choices for one of them."""

    packed: Packed
    view: FilterView = "all"
    typed: bool = False


class HideRated(CallbackData, prefix="hide"):
    """A button that hides what the person has rated, here and in all lists, or shows it again."""

    on: bool
    packed: Packed
    typed: bool = False


class ShowTitles(CallbackData, prefix="titles"):
    """A button that shows a page of titles for what the message says was searched for."""

    page: Annotated[int, Field(ge=1, le=999)]
    wider: bool  # TMDB's


def films(page: BrowsePage, *, private: bool, query: str = "") -> Screen:
    """A page of the films that pass; `query` is what was typed for it."""
    t = locale(page.reader.language)
    packed, typed = page.filters.pack(), bool(query)

    def leaf(to: int) -> ShowList:
        return ShowList(packed=packed, page=to, typed=typed)

    def choose(text: str, view: FilterView) -> InlineKeyboardButton:
        return button(t(text), ShowFilters(packed=packed, view=view, typed=typed))

    buttons = [
        [
            choose("filters-genres", "genres"),
            choose("filters-years", "years"),
            choose("filters-button", "all"),
        ]
    ]
    own: list[InlineKeyboardButton] = []
    if page.movies:
        own.append(button(t("filters-posters"), Leaf(source="f" + packed, at=page.first)))
    hidden = page.reader.hide_rated
    if private and (page.movies or hidden):
        text = t("filters-show-rated" if hidden else "filters-hide-rated")
        own.append(button(text, HideRated(on=not hidden, packed=packed, typed=typed)))
    if own:
        buttons.append(own)
    if typed:
        buttons.append([button(t("filters-titles"), ShowTitles(page=1, wider=False))])
    buttons += [
        [button(cut_line(name, TERM_UNITS), OpenPerson(person_id=person_id))]
        for person_id, name in page.names.people.items()
    ]
    return film_list(
        page,
        _heading(t, page, query),
        leaf=leaf,
        private=private,
        note=_note(t, page, private=private),
        rows=buttons,
    )


def filters(page: BrowsePage, view: FilterView = "all", *, query: str = "") -> Screen:
    """What is chosen, how many films pass, and the buttons to choose more."""
    t = locale(page.reader.language)
    chosen = described(t, page)
    passing = (
        t("filters-passing-many", count=t.number(MAX_FILMS))
        if page.total >= MAX_FILMS
        else t("filters-passing", count=page.total)
    )
    text = "\n".join([f"<b>{t('filters-title')}</b>", escape(chosen) or t("filters-none"), "", passing])
    if query:
        text = f"{t('results-query', query=escape(query))}\n\n{text}"
    return Screen(text, rows(*_Choices(t, page, typed=bool(query)).of(view)))


def rated_toast(t: Locale, *, is_hidden: bool) -> str:
    """What hiding or showing again means."""
    return t("filters-rated-hidden" if is_hidden else "filters-rated-shown")


def described(t: Locale, page: BrowsePage) -> str:
    """The filters in words, as plain text; empty where there are none."""
    chosen, names = page.filters, page.names
    genres = listed(
        t,
        (
            cut_line(names.genres[genre], BUTTON_UNITS).lower()
            for genre in chosen.genres
            if genre in names.genres
        ),
    )
    people = listed(t, (cut_line(name, TERM_UNITS) for name in names.people.values()))
    if people and chosen.role:
        people = t(f"filters-role-{chosen.role}", people=people)
    return " · ".join(
        filter(
            None,
            (
                genres,
                _years(t, chosen.year_from, chosen.year_to),
                t("filters-from-score", score=t.number(chosen.min_score, 1)) if chosen.min_score else "",
                _language(t, chosen.language) if chosen.language else "",
                people,
                cut_line(names.collection, TERM_UNITS) if names.collection else "",
                f"#{cut_line(names.keyword, TERM_UNITS)}" if names.keyword else "",
            ),
        )
    )


class _Choices:
    """Rows of buttons, each with the state it leads to; what is chosen is marked and taken back by a tap."""

    def __init__(self, t: Locale, page: BrowsePage, *, typed: bool) -> None:
        self._t = t
        self._chosen = page.filters
        self._names = page.names
        self._typed = typed

    def of(self, view: FilterView) -> Iterable[list[InlineKeyboardButton]]:
        if view == "all":
            return self._all()
        back = self._to(self._t("filters-back"), self._chosen)
        choices = {
            "genres": self._genres,
            "years": self._decades,
            "score": self._scores,
            "language": self._languages,
        }[view]()
        return [*choices, [back, self._show()]]

    def _all(self) -> Iterable[list[InlineKeyboardButton]]:
        t, chosen = self._t, self._chosen
        genres = [self._names.genres[genre] for genre in chosen.genres if genre in self._names.genres]
        years = _years(t, chosen.year_from, chosen.year_to)
        score = t("filters-from-score", score=t.number(chosen.min_score, 1)) if chosen.min_score else ""
        language = _language(t, chosen.language) if chosen.language else ""
        yield [
            self._view("genres", t("filters-genres"), listed(t, genres)),
            self._view("years", t("filters-years"), years),
        ]
        yield [
            self._view("score", t("filters-score"), score),
            self._view("language", t("filters-language"), language),
        ]
        by_popularity, by_score, by_date = (
            self._choice(t(f"filters-by-{sort}"), chosen.sort == sort, replace(chosen, sort=sort))
            for sort in _SORTS
        )
        is_trending = chosen.sort == "trending"
        trending = self._choice(
            t("filters-trending"),
            is_trending,
            replace(chosen, sort="popularity" if is_trending else "trending"),
        )
        new = self._choice(t("filters-new"), chosen.is_new, replace(chosen, is_new=not chosen.is_new))
        # By their length in Russian: three to a row leave ten characters for each on a phone.
        yield [by_popularity, trending]
        yield [by_score, by_date, new]
        for person_id, name in self._names.people.items():
            people = tuple(other for other in chosen.people if other != person_id)
            yield [self._without(name, replace(chosen, people=people, role=chosen.role if people else None))]
        if self._names.keyword:
            yield [self._without(f"#{self._names.keyword}", replace(chosen, keyword_id=None))]
        if self._names.collection:
            yield [self._without(self._names.collection, replace(chosen, collection_id=None))]
        reset = [] if chosen == Filters() else [self._to(t("filters-reset"), Filters())]
        yield [*reset, self._show()]

    def _genres(self) -> Iterable[list[InlineKeyboardButton]]:
        chosen = set(self._chosen.genres)
        return _in_rows(
            (
                self._choice(
                    _capital(name),
                    genre in chosen,
                    replace(self._chosen, genres=tuple(sorted(chosen ^ {genre}))),
                    view="genres",
                )
                for genre, name in self._names.genres.items()
            ),
            GENRES_A_ROW,
        )

    def _decades(self) -> Iterable[list[InlineKeyboardButton]]:
        spans: list[tuple[int | None, int]] = [(decade, decade + 9) for decade in DECADES]
        spans.append((None, DECADES[-1] - 1))
        return _in_rows((self._years(*span) for span in spans), 4)

    def _years(self, year_from: int | None, year_to: int) -> InlineKeyboardButton:
        is_chosen = (self._chosen.year_from, self._chosen.year_to) == (year_from, year_to)
        to = (None, None) if is_chosen else (year_from, year_to)
        text = _years(self._t, year_from, year_to)
        return self._choice(text, is_chosen, replace(self._chosen, year_from=to[0], year_to=to[1]))

    def _scores(self) -> Iterable[list[InlineKeyboardButton]]:
        is_chosen = {score: self._chosen.min_score == score for score in SCORES}
        return [
            [
                self._choice(
                    f"{score}+",
                    is_chosen[score],
                    replace(self._chosen, min_score=None if is_chosen[score] else float(score)),
                )
                for score in SCORES
            ]
        ]

    def _languages(self) -> Iterable[list[InlineKeyboardButton]]:
        return _in_rows(
            (
                self._choice(
                    _capital(_language(self._t, code)),
                    code == self._chosen.language,
                    replace(self._chosen, language=None if code == self._chosen.language else code),
                )
                for code in LANGUAGES
            ),
            3,
        )

    def _view(self, view: FilterView, name: str, value: str) -> InlineKeyboardButton:
        text = self._t("page-fact", name=name, value=value) if value else name
        return self._to(cut_line(text, BUTTON_UNITS), self._chosen, view=view)

    def _choice(
        self, text: str, is_chosen: bool, to: Filters, *, view: FilterView = "all"
    ) -> InlineKeyboardButton:
        return self._to(f"✓ {text}" if is_chosen else text, to, view=view)

    def _without(self, name: str, to: Filters) -> InlineKeyboardButton:
        return self._to(f"✕ {cut_line(name, TERM_UNITS)}", to)

    def _show(self) -> InlineKeyboardButton:
        return button(
            self._t("filters-show"), ShowList(packed=self._chosen.pack(), page=1, typed=self._typed)
        )

    def _to(self, text: str, to: Filters, *, view: FilterView = "all") -> InlineKeyboardButton:
        return button(text, ShowFilters(packed=to.pack(), view=view, typed=self._typed))


def _heading(t: Locale, page: BrowsePage, query: str) -> str:
    chosen = escape(described(t, page))
    name = t("list-new" if page.filters.is_new else f"list-{page.filters.sort}")
    if query:
        return f"{t('results-query', query=escape(query))}\n{' · '.join(filter(None, (name, chosen)))}"
    return f"<b>{name}</b>\n{chosen}" if chosen else f"<b>{name}</b>"


def _note(t: Locale, page: BrowsePage, *, private: bool) -> str:
    """Why there are few films or none: TMDB is away, a list is not filled yet, nothing passes the filters."""
    if page.is_incomplete:
        return t("results-incomplete" if page.movies else "results-none-here")
    if page.movies:
        return ""
    if not described(t, page):
        return t("list-empty")
    return t("list-none-but-rated" if private and page.reader.hide_rated else "list-none")


def _years(t: Locale, year_from: int | None, year_to: int | None) -> str:
    if year_from and year_to:
        if year_from == year_to:
            return t("filters-year", year=str(year_from))
        if year_from % 10 == 0 and year_to == year_from + 9:
            return t("filters-decade", decade=str(year_from))
        return f"{year_from}–{year_to}"
    if year_from:
        return t("filters-since", year=str(year_from))
    return t("filters-until", year=str(year_to)) if year_to else ""


def _language(t: Locale, code: str) -> str:
    name: str = t.cldr.languages.get(_CLDR_CODES.get(code, code), code)
    return name


def _capital(name: str) -> str:
    """As a button's text begins, also where the language writes the name small."""
    return name[:1].upper() + name[1:]


def _in_rows(buttons: Iterable[InlineKeyboardButton], width: int) -> list[list[InlineKeyboardButton]]:
    buttons = list(buttons)
    return [buttons[at : at + width] for at in range(0, len(buttons), width)]
