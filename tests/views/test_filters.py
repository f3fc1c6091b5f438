"""Lists by filters and the filters' screens: what is told, what every button carries."""

import html
import re
from dataclasses import replace
from decimal import Decimal

import pytest

from core.film_list import BrowsePage, FilterNames
from core.filters import GENRES, MAX_ID, Filters
from core.reader import Reader
from core.search import FoundMovie
from views.filters import FilterView, ShowFilters, ShowList, described, films, filters
from views.locale import LANGUAGES, locale
from views.screen import Screen
from views.typography import units

VIEWS: tuple[FilterView, ...] = ("all", "genres", "years", "score", "language")
EVERYTHING = Filters(
    "trending",
    True,
    GENRES,
    1870,
    2099,
    9.9,
    "zz",
    "director",
    (MAX_ID, MAX_ID - 1, MAX_ID - 2),
    MAX_ID,
    MAX_ID,
)
NAMES = FilterNames(
    dict.fromkeys(GENRES, "<&>🎬" * 20),
    dict.fromkeys(EVERYTHING.people, "ש" * 300),
    "<&>" * 300,
    "<&>" * 300,
)
LONGEST = FoundMovie(MAX_ID, "<&>🎬" * 100, "ש" * 300, 2100, 9.99, MAX_ID, Decimal("9.5"), True)


def page(chosen: Filters, language: str, *, total: int = 200, names: FilterNames = NAMES) -> BrowsePage:
    return BrowsePage(
        reader=Reader(1, language),
        movies=[LONGEST] * min(total, 8),
        page=12 if total == 200 else 1,
        total=total,
        filters=chosen,
        names=names,
    )


def texts(screen: Screen) -> list[list[str]]:
    return (
        [[button.text for button in row] for row in screen.keyboard.inline_keyboard]
        if screen.keyboard
        else []
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_longest_of_everything_is_a_message_telegram_takes(language: str) -> None:
    everything = page(EVERYTHING, language)
    screens = [films(everything, private=True, query="я" * 200)]
    screens += [filters(everything, view, query="я" * 200) for view in VIEWS]
    for screen in screens:
        assert units(html.unescape(re.sub("</?b>", "", screen.text))) <= 4096
        assert screen.keyboard is not None
        rows = screen.keyboard.inline_keyboard
        assert all(1 <= len(row) <= 8 for row in rows)
        assert sum(map(len, rows)) <= 100
        assert all(len((button.callback_data or "").encode()) <= 64 for row in rows for button in row)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "crime, drama · 1990s · from 7.5 · Italian · with Al Pacino · #heist"),
        ("ru", "криминал, драма · 1990-е · от 7,5 · итальянский · в ролях Al Pacino · #heist"),
        ("zh", "犯罪、剧情 · 1990 年代 · 7.5 分以上 · 意大利语 · Al Pacino主演 · #heist"),
    ],
)
def test_filters_are_told_in_words(language: str, told: str) -> None:
    genres = {"en": ("Crime", "Drama"), "ru": ("криминал", "драма"), "zh": ("犯罪", "剧情")}[language]
    chosen = Filters(
        genres=(80, 18),
        year_from=1990,
        year_to=1999,
        min_score=7.5,
        language="it",
        role="actor",
        people=(1158,),
        keyword_id=10051,
    )
    names = FilterNames(dict(zip((80, 18), genres, strict=True)), {1158: "Al Pacino"}, "heist")
    assert described(locale(language), page(chosen, language, names=names)) == told


def test_a_tap_takes_back_what_a_tap_chose() -> None:
    for view in VIEWS:
        screen = filters(page(Filters(), "en", names=FilterNames({35: "Comedy"}, {})), view)
        assert screen.keyboard is not None
        for button in (button for row in screen.keyboard.inline_keyboard for button in row):
            if not (button.callback_data or "").startswith("filter:"):
                continue
            chosen = Filters.unpack(ShowFilters.unpack(button.callback_data or "").packed)
            if chosen in (Filters(), replace(Filters(), sort="score"), replace(Filters(), sort="date")):
                continue
            again = filters(page(chosen, "en", names=FilterNames({35: "Comedy"}, {})), view)
            assert again.keyboard is not None
            [back] = [
                one for row in again.keyboard.inline_keyboard for one in row if one.text == f"✓ {button.text}"
            ]
            assert Filters.unpack(ShowFilters.unpack(back.callback_data or "").packed) == Filters()


def test_others_see_nothing_personal_and_empty_lists_say_why() -> None:
    comedies = Filters(genres=(35,))
    names = FilterNames({35: "Comedy"}, {})
    shared = films(page(comedies, "en", names=names), private=False)
    assert "★" not in shared.text
    assert "Hide rated" not in str(texts(shared))
    none = films(page(comedies, "en", total=0, names=names), private=True)
    assert none.text == "<b>Popular films</b>\ncomedy\n\nNo film here is like that. Take a filter back."
    assert texts(none) == [["Genres", "Years", "Filters"]]
    hiding = replace(page(comedies, "en", total=0, names=names), reader=Reader(1, "en", hide_rated=True))
    assert texts(films(hiding, private=True))[-1] == ["Show rated"]
    assert films(hiding, private=False).text.endswith("like that. Take a filter back.")


@pytest.mark.parametrize(
    "data", ["list:*:1:0", "list::0:0", "list:AQ", "filter::some:0", "filter:________:all:0"]
)
def test_forged_filters_are_no_buttons(data: str) -> None:
    with pytest.raises((TypeError, ValueError)):
        (ShowList if data.startswith("list") else ShowFilters).unpack(data)
