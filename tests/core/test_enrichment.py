"""Which of what TMDB found is meant."""

from typing import Any

import pytest

from core.enrichment import SURE, Candidate, chosen, listed, ranked
from core.movies import ListItem, MovieListItem, PersonListItem, Series
from core.search import SearchQuery


def film(
    film_id: int, title: str | None, year: int | None = None, popularity: float = 1.0, **more: Any
) -> ListItem:
    day = f"{year}-06-01" if year else ""
    item = {"id": film_id, "title": title, "release_date": day, "popularity": popularity, **more}
    return MovieListItem.from_payload(item)


def series(series_id: int, name: str | None, year: int | None = None, popularity: float = 1.0) -> ListItem:
    day = f"{year}-06-01" if year else None
    return Series.from_payload(
        {"id": series_id, "name": name, "first_air_date": day, "popularity": popularity}
    )


def person(person_id: int, name: str | None, popularity: float = 1.0, department: str = "Acting") -> ListItem:
    item = {"id": person_id, "name": name, "popularity": popularity, "known_for_department": department}
    return PersonListItem.from_payload(item)


def order(words: str, *results: ListItem, **hints: Any) -> tuple[list[int], int | None]:
    """The ids in the order of their scores, and the chosen one."""
    candidates = ranked(results, SearchQuery.parse(words), **hints)
    assert all(0 <= candidate.score <= 1 for candidate in candidates)
    best = chosen(candidates)
    return [candidate.id for candidate in candidates], best.id if best else None


@pytest.mark.parametrize(
    ("words", "results", "expected"),
    [
        # An exact title nobody watches, before a popular one that only contains it; not beyond doubt.
        ("brad", [series(1, "The Brady Bunch", 1969, 588), film(2, "Brad", 2023, 0.7)], ([2, 1], None)),
        (
            "the matrix",
            [film(1, "The Matrix Reloaded", 2003, 90), film(2, "The Matrix", 1999, 30)],
            ([2, 1], 2),
        ),
        ("matrix", [film(1, "The Matrix", 1999, 30), film(2, "The Matrix Reloaded", 2003, 20)], ([1, 2], 1)),
        # Titles of any spelling, and the original one.
        ("amelie", [film(1, "Amélie", 2001), film(2, "Emily", 2022, 5)], ([1, 2], 1)),
        (
            "七武士",
            [film(1, "Seven Samurai", 1954, original_title="七武士"), film(2, "七人", 2000)],
            ([1, 2], 1),
        ),
        ("ЁЛКИ", [film(1, "Елки", 2010)], ([1], 1)),
        # Namesakes: fame tells them apart where it differs, the person where it does not.
        ("dune", [film(1, "Dune", 2021, 60), film(2, "Dune", 1984, 40)], ([1, 2], None)),
        ("dune 1984", [film(1, "Dune", 2021, 60), film(2, "Dune", 1984, 40)], ([2, 1], 2)),
        ("dune 2020", [film(1, "Dune", 1984, 60), film(2, "Dune", 2021, 40)], ([2, 1], 2)),
        ("fargo", [series(1, "Fargo", 2014, 100), film(2, "Fargo", 1996, 40)], ([1, 2], None)),
        ("chernobyl", [film(1, "Chernobyl", 2022, 0.4), series(2, "Chernobyl", 2019, 90)], ([2, 1], 2)),
        ("fargo 2015", [film(1, "Fargo", 1996, 40), series(2, "Fargo", 2014, 30)], ([2, 1], 2)),
        # Numbers of either spelling, years of two digits.
        ("rocky 2", [film(1, "Rocky", 1976, 30), film(2, "Rocky II", 1979, 30)], ([2, 1], None)),
        ("матрица 99", [film(1, "Матрица", 1993, 9), film(2, "Матрица", 1999, 9)], ([2, 1], 2)),
        # The year belongs to the title.
        (
            "blade runner 2049",
            [film(1, "Blade Runner", 1982, 40), film(2, "Blade Runner 2049", 2017, 40)],
            ([2, 1], 2),
        ),
        # A film of the same name as a person, and a person of the same name as a film.
        ("frida", [person(1, "Frida", 2), film(2, "Frida", 2002, 20)], ([2, 1], 2)),
        (
            "brad pitt",
            [film(1, "Brad Pitt: More Than a Pretty Face", 2022, 5), person(2, "Brad Pitt", 42)],
            ([2, 1], 2),
        ),
        # Nothing is near enough to be meant.
        ("abracadabra", [film(1, "The Prestige", 2006, 90)], ([1], None)),
        # Names that are not told.
        ("up", [film(1, None), series(2, None), person(3, None), film(4, "Up", 2009)], ([4, 1, 2, 3], 4)),
        ("??", [film(1, "??"), film(2, "Up")], ([1, 2], 1)),
    ],
)
def test_the_score_puts_first_what_is_meant(
    words: str, results: list[ListItem], expected: tuple[list[int], int | None]
) -> None:
    assert order(words, *results) == expected


def test_a_role_asks_for_people() -> None:
    found = film(1, "Frida", 2002, 20), person(2, "Frida", 9), person(3, "Frida", 1, "Directing")
    assert order("frida", *found)[0][0] == 1
    assert order("frida", *found, role_hint="director") == ([3, 2, 1], 3)
    assert order("frida", *found, role_hint="actor") == ([2, 1, 3], 2)


def test_a_series_may_be_asked_for() -> None:
    found = film(1, "Fargo", 1996, 60), series(2, "Fargo", 2014, 40)
    assert order("fargo", *found) == ([1, 2], 1)
    assert order("fargo", *found, is_series=True) == ([2, 1], 2)


def test_the_same_thing_twice_is_one_candidate() -> None:
    """Pages shift while they are read; a film and a series may share an id."""
    assert order("up", film(1, "Up"), film(1, "Up"), series(1, "Up"))[0] == [1, 1]
    assert order("up") == ([], None)


def test_a_candidate_is_logged_with_what_the_choice_rested_on() -> None:
    (candidate,) = ranked([film(603, "The Matrix", 1999)], SearchQuery.parse("the matrix"))
    assert isinstance(candidate, Candidate)
    assert candidate.score > SURE
    assert candidate.summary == {"media_type": "movie", "id": 603, "score": 1.0, "title": "The Matrix"}


def test_what_an_answer_repeats_is_one_candidate() -> None:
    found = listed([film(2, "Film"), series(2, "Series"), film(1, "Other"), film(2, None), series(2, None)])
    assert [(one.media_type, one.id, one.title) for one in found] == [
        ("movie", 2, "Film"),
        ("tv", 2, "Series"),
        ("movie", 1, "Other"),
    ]
