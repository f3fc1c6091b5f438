"""A person's card, their films, and what a search for people found."""

import re
from collections.abc import Iterable
from dataclasses import replace
from html import unescape
from typing import Annotated

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from pydantic import Field

from core.cards import Freshness
from core.people import PAGE_PEOPLE, Credit, Filmography, PeoplePage, PersonCard
from views.card import OpenCard, ShowCard, differs, dotted, listed, year
from views.film_list import leafing, line
from views.locale import Locale, locale
from views.screen import Screen, button, rows
from views.typography import CAPTION_UNITS, cut, cut_line, escape, units

PersonId = Annotated[int, Field(ge=1, le=2**31 - 1)]
MovieIdOrNone = Annotated[int, Field(ge=0, le=2**31 - 1)]
Page = Annotated[int, Field(ge=1, le=999)]

NAME_UNITS = 120
PLACE_UNITS = 100
KNOWN_FOR_UNITS = 60
BIOGRAPHY_AT_LEAST = 60
# Who would be older has died, which TMDB does not know.
OLDEST = 120
# So much of a film's title and of a part's name; the second where eight lines would be no caption.
FILM_UNITS = ((64, 36), (36, 18))
HEADING_UNITS = 48
ROLES_IN_A_ROW = 2

_TAGS = re.compile(r"</?b>")

# TMDB's departments by the keys of their texts.
_ROLES = {
    "Acting": "acting",
    "Directing": "directing",
    "Writing": "writing",
    "Production": "production",
    "Editing": "editing",
    "Camera": "camera",
    "Sound": "sound",
    "Art": "art",
    "Costume & Make-Up": "costume",
    "Visual Effects": "effects",
    "Lighting": "lighting",
    "Crew": "crew",
}
# The jobs worth a word among all of somebody's films.
_JOBS = {
    "Director": "Directing",
    "Writer": "Writing",
    "Screenplay": "Writing",
    "Producer": "Production",
    "Editor": "Editing",
    "Director of Photography": "Camera",
}


class OpenPerson(CallbackData, prefix="person"):
    """A button that brings a person's card: in place of the film's it was tapped at, or as a new message.

    `movie_id` is that film, 0 for none.
    """

    person_id: PersonId
    movie_id: MovieIdOrNone = 0


class BackToPerson(CallbackData, prefix="who"):
    """A button that puts a person's card in place of their films."""

    person_id: PersonId
    movie_id: MovieIdOrNone = 0


class OpenFilms(CallbackData, prefix="works"):
    """A button that puts a page of a person's films in place of their card's words.

    `role` is TMDB's department, "" for all. `hide`: what the person has rated is to be hidden from now on, or
    shown; None leaves that as it is.
    """

    person_id: PersonId
    movie_id: MovieIdOrNone = 0
    role: Annotated[str, Field(pattern=r"^[A-Za-z& -]{0,17}$")] = ""
    oldest: bool = False
    page: Page = 1
    hide: bool | None = None


class ShowPeople(CallbackData, prefix="people"):
    """A button that leafs through people found; the message itself says what was searched for."""

    page: Page


def caption(card: PersonCard, *, private: bool) -> str:
    """The card's text, at most 1024 UTF-16 units once parsed."""
    t = locale(card.reader.language)
    if card.freshness is Freshness.GONE:
        return t("person-gone")
    if card.freshness is Freshness.ADULT:
        return t("person-adult" if private else "person-adult-shared")
    if card.freshness is Freshness.DUE:
        return t("person-away")
    name = cut_line(card.name or f"#{card.person_id}", NAME_UNITS)
    original = ""
    if card.original_name and differs(card.original_name, card.name):
        original = cut_line(card.original_name, NAME_UNITS)
    told = [_lines(_does(t, card), _life(t, card), _place(card)), _known_for(t, card)]
    if card.freshness is Freshness.STUB:
        told.append(t("person-stub"))
    # Each block is parted from the biography or its neighbour by an empty line.
    room = (
        CAPTION_UNITS - units(name) - units(original) - 3 - sum(units(block) + 2 for block in told if block)
    )
    return _blocks(
        _lines(f"<b>{escape(name)}</b>", escape(original)),
        *map(escape, told),
        _biography(card.biography, room) if card.biography else "",
    )


def keyboard(
    card: PersonCard, movie_id: int, tmdb_web_base_url: str, *, took_picture: bool
) -> InlineKeyboardMarkup | None:
    """The card's buttons.

    `movie_id` is the film it leads back to, 0 for none; `took_picture`: the portrait took the place of
    that film's poster.
    """
    t = locale(card.reader.language)
    going: list[InlineKeyboardButton] = []
    if card.freshness in (Freshness.FRESH, Freshness.STUB) and card.known_for:
        going.append(button(t("person-films"), OpenFilms(person_id=card.person_id, movie_id=movie_id)))
    if card.freshness in (Freshness.DUE, Freshness.STUB):
        going.append(button(t("card-again"), OpenPerson(person_id=card.person_id, movie_id=movie_id)))
    if card.freshness in (Freshness.FRESH, Freshness.STUB, Freshness.DUE):
        url = f"{tmdb_web_base_url}/person/{card.person_id}"
        going.append(InlineKeyboardButton(text=t("card-tmdb"), url=url))
    buttons = [going] if going else []
    if movie_id:
        buttons.append([button(t("person-to-film"), ShowCard(movie_id=movie_id, poster=took_picture))])
    return rows(*buttons) if buttons else None


def films(found: Filmography, movie_id: int, *, private: bool) -> Screen:
    """A page of a person's films, at most 1024 UTF-16 units once parsed; own marks in private chats only."""
    t = locale(found.reader.language)

    def page(role: str | None, number: int, *, oldest: bool) -> OpenFilms:
        return OpenFilms(
            person_id=found.person_id, movie_id=movie_id, role=role or "", oldest=oldest, page=number
        )

    buttons = [
        [
            button(str(number), OpenCard(movie_id=credit.movie.movie_id))
            for number, credit in enumerate(found.credits, found.first)
        ],
        leafing(found.page, found.pages, lambda to: page(found.role, to, oldest=found.oldest_first)),
    ]
    if found.role or len(found.roles) > 1:
        roles = [
            button(
                t(
                    "person-role",
                    role=t(f"person-role-{_ROLES[role.department]}"),
                    films=t.number(role.films),
                ),
                page(role.department, 1, oldest=found.oldest_first),
            )
            for role in found.roles
            if role.department != found.role
        ]
        if found.role:
            roles.insert(0, button(t("person-role-all"), page(None, 1, oldest=found.oldest_first)))
        buttons += [roles[at : at + ROLES_IN_A_ROW] for at in range(0, len(roles), ROLES_IN_A_ROW)]
    order = []
    if found.total > 1:
        other = "person-newest-first" if found.oldest_first else "person-oldest-first"
        order.append(button(t(other), page(found.role, 1, oldest=not found.oldest_first)))
    if private and (found.total or found.rated):
        hidden = found.reader.hide_rated
        turn = page(found.role, 1, oldest=found.oldest_first).model_copy(update={"hide": not hidden})
        order.append(button(t("filters-show-rated" if hidden else "filters-hide-rated"), turn))
    buttons.append(order)
    back = BackToPerson(person_id=found.person_id, movie_id=movie_id)
    buttons.append([button(t("person-back"), back)])
    name = escape(cut_line(found.name or f"#{found.person_id}", HEADING_UNITS))
    what = dotted((_role(t, found.role), t("person-total", films=found.total)))
    heading = f"<b>{name}</b>\n{escape(what)}"
    of = t("list-page", page=t.number(found.page), pages=t.number(found.pages)) if found.pages > 1 else ""
    rated = t("list-rated", count=found.rated, number=t.number(found.rated)) if found.rated else ""
    nothing = "" if rated else t("person-no-films")
    for title_units, part_units in FILM_UNITS:
        lines = "\n".join(
            _film(t, number, credit, found, title_units, part_units, private=private)
            for number, credit in enumerate(found.credits, found.first)
        )
        text = _blocks(heading, lines or nothing, rated, of)
        if units(unescape(_TAGS.sub("", text))) <= CAPTION_UNITS:
            break
    return Screen(
        text,
        InlineKeyboardMarkup(inline_keyboard=[row for row in buttons if row]),
    )


def people(found: PeoplePage) -> Screen:
    """A page of people, or what was tried."""
    t = locale(found.reader.language)
    query = t("person-query", query=escape(found.text))
    if not found.people:
        return Screen(_blocks(query, t("person-none-here" if found.is_incomplete else "person-none")))
    first = (found.page - 1) * PAGE_PEOPLE + 1
    lines = []
    for number, person in enumerate(found.people, first):
        name = cut_line(person.name or f"#{person.person_id}", NAME_UNITS)
        facts = [f"{number}. <b>{escape(name)}</b>"]
        if person.original_name and differs(person.original_name, person.name):
            facts.append(escape(cut_line(person.original_name, NAME_UNITS)))
        if person.department in _ROLES:
            facts.append(escape(_role(t, person.department).lower()))
        if person.birth_year:
            facts.append(t("person-born-in", year=str(person.birth_year)))
        lines.append(" · ".join(facts))
    numbers = [
        button(str(number), OpenPerson(person_id=person.person_id))
        for number, person in enumerate(found.people, first)
    ]
    of = t("list-page", page=t.number(found.page), pages=t.number(found.pages)) if found.pages > 1 else ""
    leaf = leafing(found.page, found.pages, lambda to: ShowPeople(page=to))
    return Screen(
        _blocks(
            query,
            t("person-nearest") if found.is_nearest else "",
            "\n".join(lines),
            t("person-incomplete") if found.is_incomplete else "",
            of,
        ),
        InlineKeyboardMarkup(inline_keyboard=[row for row in (numbers, leaf) if row]),
    )


def how(t: Locale) -> str:
    """For /person without a name."""
    return t("person-how")


def too_old(t: Locale) -> str:
    """For people found whose query cannot be read any more."""
    return t("person-old")


def gone(t: Locale) -> str:
    """For a number that nobody has."""
    return t("person-gone")


def _role(t: Locale, department: str | None) -> str:
    """What their work in a department is called; a department nobody knows is other work."""
    return t(f"person-role-{_ROLES.get(department, 'crew')}") if department else t("person-role-all")


def _does(t: Locale, card: PersonCard) -> str:
    """What they are known to do; a woman who acts has a word of her own in some languages."""
    if card.department not in _ROLES:
        return ""
    return t(f"person-is-{_ROLES[card.department]}", gender="female" if card.gender == 1 else "other")


def _life(t: Locale, card: PersonCard) -> str:
    born = t("person-born", date=t.date(card.birthday)) if card.birthday else ""
    died = t("person-died", date=t.date(card.deathday)) if card.deathday else ""
    age = t("person-age", age=card.age) if card.age and 0 < card.age <= OLDEST else ""
    if died:
        return _lines(born, dotted((died, age)))
    return dotted((born, age))


def _place(card: PersonCard) -> str:
    return cut_line(card.place_of_birth, PLACE_UNITS) if card.place_of_birth else ""


def _known_for(t: Locale, card: PersonCard) -> str:
    named = [cut_line(film.title, KNOWN_FOR_UNITS) + year(t, film.year) for film in card.known_for]
    return t("person-known-for", films=listed(t, named)) if named else ""


def _film(
    t: Locale,
    number: int,
    credit: Credit,
    found: Filmography,
    title_units: int,
    part_units: int,
    *,
    private: bool,
) -> str:
    title = cut_line(credit.movie.title or f"#{credit.movie.movie_id}", title_units)
    told = line(
        t, number, replace(credit.movie, title=title, original_title=None), found.reader, private=private
    )
    return " · ".join((told, *map(escape, _did(t, credit, found, part_units))))


def _did(t: Locale, credit: Credit, found: Filmography, part_units: int) -> Iterable[str]:
    """The part, and among all of somebody's films the first job that is worth a word."""
    if credit.characters and found.role in (None, "Acting"):
        yield t("person-as", character=cut_line(credit.characters[0], part_units))
    job = next((job for job in credit.jobs if job in _JOBS), None)
    if job and found.role is None:
        yield t(f"person-is-{_ROLES[_JOBS[job]]}", gender="female" if found.gender == 1 else "other")


def _biography(biography: str, room: int) -> str:
    if room < BIOGRAPHY_AT_LEAST:
        return ""
    paragraphs = "\n".join(filter(None, map(str.strip, biography.splitlines())))
    return f"<blockquote expandable>{escape(cut(paragraphs, room))}</blockquote>"


def _lines(*lines: str) -> str:
    return "\n".join(filter(None, lines))


def _blocks(*blocks: str) -> str:
    return "\n\n".join(filter(None, blocks))
