"""Filters: their way through callback data, and out of plain words of three languages."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.filters import GENRES, MAX_ID, ROLES, SORTS, Filters
from core.understanding import understand

ids = st.integers(1, MAX_ID)
years = st.integers(1870, 2099)
all_filters = st.builds(
    lambda years, **rest: Filters(
        year_from=years[0] if years else None, year_to=years[-1] if years else None, **rest
    ),
    years=st.lists(years, max_size=2).map(sorted),
    sort=st.sampled_from(SORTS),
    is_new=st.booleans(),
    genres=st.sets(st.sampled_from(GENRES)).map(lambda genres: tuple(sorted(genres, key=GENRES.index))),
    min_score=st.none() | st.integers(1, 100).map(lambda tenths: tenths / 10),
    language=st.none() | st.from_regex("[a-z]{2}", fullmatch=True),
    role=st.none() | st.sampled_from(ROLES),
    people=st.lists(ids, max_size=3).map(tuple),
    keyword_id=st.none() | ids,
    collection_id=st.none() | ids,
)


@given(all_filters)
def test_any_filters_fit_a_button_and_come_back(filters: Filters) -> None:
    packed = filters.pack()
    assert len(packed) <= 36
    assert packed.isascii()
    assert ":" not in packed
    assert Filters.unpack(packed) == filters


@given(st.text(max_size=48) | st.from_regex("[A-Za-z0-9_-]{0,48}", fullmatch=True))
def test_forged_filters_are_refused_or_whole(packed: str) -> None:
    try:
        filters = Filters.unpack(packed)
    except ValueError:
        return
    assert filters.pack() == packed


UNDERSTOOD: list[tuple[str, dict[str, Any]]] = [
    ("комедии 80-х", {"genres": (35,), "year_from": 1980, "year_to": 1989}),
    ("ужастики 90е от 7", {"genres": (27,), "year_from": 1990, "year_to": 1999, "min_score": 7.0}),
    ("nolan 2010s", {"year_from": 2010, "year_to": 2019, "names": ("nolan",)}),
    ("de niro pacino", {"names": ("de niro pacino",)}),
    ("喜剧 80年代", {"genres": (35,), "year_from": 1980, "year_to": 1989}),
    ("评分8以上的日本动画片", {"genres": (16,), "min_score": 8.0, "language": "ja"}),
    (
        "фантастика на французском 1990-1999",
        {"genres": (878,), "language": "fr"} | {"year_from": 1990, "year_to": 1999},
    ),
    (
        "since 2015 korean thrillers rated above 8",
        {"genres": (53,), "year_from": 2015, "min_score": 8.0, "language": "ko"},
    ),
    ("вестерны до 1980", {"genres": (37,), "year_to": 1980}),
    ("horror before 1980, >7.5", {"genres": (27,), "year_to": 1979, "min_score": 7.5}),
    ("7+ sci-fi 科幻 1968", {"genres": (878,), "min_score": 7.0, "year_from": 1968, "year_to": 1968}),
    ("комедии про зомби 2000-х", {"genres": (35,), "keyword": "zombie", "year_from": 2000, "year_to": 2009}),
    ("movies about time travel", {"keyword": "time travel"}),
    ("#heist", {"keyword": "heist"}),
    ("лучшие фильмы семидесятых", {"sort": "score", "year_from": 1970, "year_to": 1979}),
    ("новые боевики", {"genres": (28,), "is_new": True}),
    ("周星驰的喜剧电影", {"genres": (35,), "names": ("周星驰",)}),
    ("аниме 8+", {"genres": (16,), "language": "ja", "min_score": 8.0}),
    ("blade runner 2049", {"year_from": 2049, "year_to": 2049, "names": ("blade runner",)}),
    ("матрица", {"names": ("матрица",)}),
    ("лучшие фильмы", {"sort": "score"}),
    ("драмы по дате выхода", {"genres": (18,), "sort": "date"}),
    ("horror newest first", {"genres": (27,), "sort": "date"}),
    ("按评分 科幻电影", {"genres": (878,), "sort": "score"}),
    ("драма 94", {"genres": (18,), "year_from": 1994, "year_to": 1994}),
    ("imdb 8+", {"min_score": 8.0}),
    ("фильмы про искусственный интеллект", {"keyword": "artificial intelligence (a.i.)"}),
    ("ocean's 8", {"names": ("ocean's 8",)}),
    ("not horror", {"names": ("not horror",)}),
    ("комедии без романтики", {"names": ("комедии без романтики",)}),
    ("thriller -horror 80s", {"names": ("thriller horror 80s",)}),
    ("不要恐怖片", {"names": ("不要恐怖片",)}),
    ("ужасы не старше 2010 года", {"genres": (27,), "year_from": 2010}),
    ("horror not after 1980", {"genres": (27,), "year_to": 1980}),
    ("movies from 1994", {"year_from": 1994, "year_to": 1994}),
    ("horror from 2010 on", {"genres": (27,), "year_from": 2010}),
    ("good rom-com", {"genres": (35, 10749)}),
    ("новогодние комедии", {"genres": (35,), "names": ("новогодние",)}),
    ("🎬", {}),
]


@pytest.mark.parametrize(("text", "told"), UNDERSTOOD)
def test_filters_are_read_out_of_plain_words(text: str, told: dict[str, Any]) -> None:
    assert understand(text).extracted_entities == told


@pytest.mark.parametrize(
    ("text", "role", "names"),
    [
        ("режиссёр Тарантино", "director", ("тарантино",)),
        ("films directed by Spielberg", "director", ("spielberg",)),
        ("комедии с Джимом Керри", "actor", ("джимом керри",)),
        ("山田洋次 导演", "director", ("山田洋次",)),
    ],
)
def test_a_role_beside_a_name_is_a_hint(text: str, role: str, names: tuple[str, ...]) -> None:
    understood = understand(text)
    assert (understood.role_hint, understood.names) == (role, names)


@pytest.mark.parametrize(
    ("text", "is_filtered"),
    [
        ("лучшие фильмы", True),
        ("top 250", True),
        ("популярное", True),
        ("фильмы нолана", True),
        ("сериалы", True),
        ("top", False),
        ("best", False),
        ("фильм матрица", False),
        ("сериал чернобыль", False),
    ],
)
def test_several_films_or_one_is_meant(text: str, is_filtered: bool) -> None:
    assert understand(text).is_filtered is is_filtered


@given(st.text(max_size=200))
def test_any_text_is_understood_somehow(text: str) -> None:
    Filters.unpack(understand(text).filters.pack())
