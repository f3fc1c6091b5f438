"""What a search for titles found: at most eight lines, and what else the words may mean."""

from dataclasses import replace

from aiogram.types import InlineKeyboardButton, Message

from core.enrichment import Candidate
from core.film_list import FilmPage
from core.results import Titles
from views.card import year
from views.film_list import film_list
from views.filters import ShowList, ShowTitles
from views.locale import Locale, locale
from views.person import OpenPerson
from views.screen import Screen, button
from views.series import OpenSeries
from views.typography import cut_line, escape

NAME_UNITS = 40
# Series and people that TMDB found beside the films.
OTHERS = 5


def results(found: Titles, *, private: bool) -> Screen:
    """A page of titles, or what was tried."""
    page = found.page
    t = locale(page.reader.language)
    heading = [t("results-query", query=escape(page.query.text))]
    note = ""
    if not page.movies:
        note = t("results-none-here" if page.is_incomplete else "results-none")
        if found.others:
            note = t("results-others")
    elif page.is_incomplete:
        note = t("results-incomplete")
    if page.movies and page.is_nearest:
        heading.append(t("results-nearest"))
    return film_list(
        FilmPage(reader=page.reader, movies=page.movies, page=page.page, total=page.total),
        "\n\n".join(heading),
        leaf=lambda to: ShowTitles(page=to, wider=page.is_from_tmdb),
        private=private,
        note=note,
        rows=_rows(t, found),
    )


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


def _rows(t: Locale, found: Titles) -> list[list[InlineKeyboardButton]]:
    page = found.page
    rows = [[_other(t, other)] for other in found.others[:OTHERS]]
    rows += [
        [button(cut_line(hit.name, NAME_UNITS), OpenPerson(person_id=hit.person_id))] for hit in found.people
    ]
    # A person's own films are a tap from their card.
    if found.filters and (len(found.people) > 1 or not replace(found.filters, people=(), role=None).is_empty):
        rows.append([button(t("results-as-filters"), ShowList(packed=found.filters.pack(), typed=True))])
    is_like = page.is_nearest and not page.is_slip
    if is_like or page.is_from_tmdb or page.is_incomplete or found.others or not page.movies:
        return rows  # TMDB was asked
    return [*rows, [button(t("results-wider"), ShowTitles(page=1, wider=True))]]


def _other(t: Locale, other: Candidate) -> InlineKeyboardButton:
    name = cut_line(other.title or other.original_title or f"#{other.id}", NAME_UNITS)
    if other.media_type == "person":
        return button(name, OpenPerson(person_id=other.id))
    text = t("results-series", name=f"{name}{year(t, other.year)}")
    return button(text, OpenSeries(series_id=other.id))
