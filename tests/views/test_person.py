"""A person's card and films: what is said, in what order, and that it always fits."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any

import pytest

from core.cards import Freshness
from core.people import Credit, Filmography, FoundPerson, KnownFilm, PeoplePage, PersonCard, RoleCount
from core.reader import Reader
from core.search import FoundMovie
from views import person as views
from views.typography import units

HOSTILE = "<b>& 😀 שלום</b> " * 60

CARD = PersonCard(
    person_id=2_147_483_647,
    reader=Reader(1, "en"),
    freshness=Freshness.FRESH,
    name="Anna Actor",
    original_name="安娜",
    department="Acting",
    gender=1,
    birthday=date(1950, 2, 1),
    deathday=date(2001, 1, 31),
    age=50,
    place_of_birth="Prague",
    biography="A life.\n\n\nAnother.",
    known_for=(KnownFilm(1, "First", 1980), KnownFilm(2, "Second", None)),
)


def read(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", html))


def movie(title: str, **more: Any) -> FoundMovie:
    found = FoundMovie(2_147_483_647, title, None, 1999, 8.2, 100, Decimal("8.5"), True)
    return replace(found, **more)


def filmography(**changes: Any) -> Filmography:
    found = Filmography(
        reader=Reader(1, "en"),
        person_id=2_147_483_647,
        name="Anna Actor",
        gender=1,
        roles=(RoleCount("Acting", 9), RoleCount("Costume & Make-Up", 2), RoleCount("Directing", 1)),
        role=None,
        oldest_first=False,
        credits=[Credit(movie("A film"), ("Neo", "Smith"), ("Director", "Thanks"))],
        page=2,
        total=9,
        rated=0,
    )
    return replace(found, **changes)


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        (
            "en",
            (
                "<b>Anna Actor</b>\n安娜\n\nactress\nBorn Feb 1, 1950\n"
                "Died Jan 31, 2001 · 50 years\nPrague\n\n"
                "Known for: First (1980), Second\n\n<blockquote expandable>A life.\nAnother.</blockquote>"
            ),
        ),
        (
            "ru",
            (
                "<b>Anna Actor</b>\n安娜\n\nактриса\nДата рождения: 1 февр. 1950\u202fг.\n"
                "Дата смерти: 31 янв. 2001\u202fг. · 50 лет\nPrague\n\n"
                "Известные фильмы: First (1980), Second\n\n"
                "<blockquote expandable>A life.\nAnother.</blockquote>"
            ),
        ),
        (
            "zh",
            (
                "<b>Anna Actor</b>\n安娜\n\n演员\n生于1950年2月1日\n卒于2001年1月31日 · 50岁\nPrague\n\n"
                "代表作：First（1980）、Second\n\n<blockquote expandable>A life.\nAnother.</blockquote>"
            ),
        ),
    ],
)
def test_a_card_says_what_is_known_in_one_order(language: str, shown: str) -> None:
    assert views.caption(replace(CARD, reader=Reader(1, language)), private=True) == shown


@pytest.mark.parametrize("age", [-199, 0, 176])
def test_whoever_is_told_next_to_nothing_of_has_a_card(age: int) -> None:
    nobody = PersonCard(
        person_id=7, reader=Reader(1, "en"), freshness=Freshness.FRESH, birthday=date(1850, 1, 1), age=age
    )
    assert views.caption(nobody, private=True) == "<b>#7</b>\n\nBorn Jan 1, 1850"


@pytest.mark.parametrize("language", ["en", "ru", "zh"])
def test_whatever_is_told_a_card_and_a_page_of_films_fit_a_caption(language: str) -> None:
    reader = Reader(1, language)
    card = replace(
        CARD,
        reader=reader,
        name=HOSTILE,
        original_name=HOSTILE[3:],
        place_of_birth=HOSTILE,
        biography=HOSTILE * 9,
        known_for=tuple(KnownFilm(n, HOSTILE, 1999) for n in range(4)),
    )
    for freshness in Freshness:
        caption = views.caption(replace(card, freshness=freshness), private=True)
        assert 0 < units(read(caption)) <= 1024
    films = filmography(
        reader=reader,
        name=HOSTILE,
        credits=[Credit(movie(HOSTILE), (HOSTILE, "x"), ("Director of Photography",))] * 8,
        role="Costume & Make-Up",
        page=99,
        total=800,
        rated=12_345,
    )
    screen = views.films(films, 2_147_483_647, private=True)
    assert units(read(screen.text)) <= 1024
    assert screen.keyboard is not None
    for row in screen.keyboard.inline_keyboard:
        assert len(row) <= 8
        for one in row:
            assert len((one.callback_data or "").encode()) <= 64


def test_marks_are_the_readers_own_and_roles_lead_to_each_other() -> None:
    screen = views.films(filmography(), 603, private=True)
    assert screen.text.split("\n")[3] == (
        "9. <b>A film</b> (1999) · 8.2 · ★\u00a08.5 · 🔖 · as Neo · director"
    )
    assert "★" not in views.films(filmography(), 603, private=False).text
    assert screen.keyboard is not None
    said = [one.text for row in screen.keyboard.inline_keyboard for one in row]
    assert said == [
        "9",
        "‹",
        "Acting · 9",
        "Costumes · 2",
        "Directing · 1",
        "Oldest first",
        "Hide rated",
        "‹ Back to the person",
    ]
    data = screen.keyboard.inline_keyboard[2][1].callback_data or ""
    assert views.OpenFilms.unpack(data).role == "Costume & Make-Up"
    directing = views.films(filmography(role="Directing", page=1, total=1), 0, private=True)
    assert directing.text.split("\n")[1] == "Directing · 1 film"
    assert "as Neo" not in directing.text
    assert directing.keyboard is not None
    assert directing.keyboard.inline_keyboard[1][0].text == "All films"
    all_rated = filmography(
        role="Directing", roles=(RoleCount("Acting", 9),), credits=[], page=1, total=0, rated=1
    )
    hidden = views.films(all_rated, 0, private=True).keyboard
    assert hidden is not None
    assert [one.text for one in hidden.inline_keyboard[0]] == ["All films", "Acting · 9"]


def test_people_found_are_told_apart() -> None:
    found = PeoplePage(
        reader=Reader(1, "en"),
        text="<anna>",
        people=[FoundPerson(1, "Anna", "Anna", "Acting", 1980), FoundPerson(2, "Anna", "安娜", None, None)],
        page=1,
        total=2,
        is_nearest=True,
    )
    assert views.people(found).text == (
        "People: <b>&lt;anna&gt;</b>\n\nNobody has exactly these words. The nearest names:\n\n"
        "1. <b>Anna</b> · acting · born 1980\n2. <b>Anna</b> · 安娜"
    )
