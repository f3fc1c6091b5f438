"""Blocks that a phone shows without breaking a line, in every language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from views.block import COLUMNS, aligned, bar, columns, flowing, percent, shortened, span
from views.locale import LANGUAGES, locale


@given(st.floats(0, 1), st.integers(1, 30))
def test_only_the_whole_fills_the_bar(share: float, cells: int) -> None:
    assert len(bar(share, cells)) == cells
    assert ("░" in bar(share, cells)) == (share < 1)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (-3, "0 s"),
        (0.4, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (130, "2 min 10 s"),
        (4 * 3600 + 4 * 60 + 59, "4 h 4 min"),
        (86_400, "1 d"),
        (2 * 86_400 + 3 * 3600 + 59, "2 d 3 h"),
        (29.9 * 86_400, "29 d"),
        (1200 * 86_400, "1,200 d"),
    ],
)
def test_a_span_has_at_most_two_units(seconds: float, told: str) -> None:
    assert span(locale("en"), seconds) == told


def test_a_percentage_is_rounded_down() -> None:
    assert percent(locale("en"), 999, 1000) == "99%"
    assert percent(locale("ru"), 29, 100) == "29\xa0%"
    assert percent(locale("zh"), 5, 5) == "100%"


def test_chinese_takes_two_columns() -> None:
    assert columns("队列 12") == 7
    assert aligned([("队列", "1"), ("ab", "12")], 10) == ["队列     1", "ab      12"]


@given(st.lists(st.text("aя队 ", min_size=1, max_size=25), max_size=12))
def test_values_flow_over_lines_and_none_is_cut(values: list[str]) -> None:
    lines = flowing("队列", [shortened(value, COLUMNS - 9) for value in values], 9)
    assert all(columns(line) <= COLUMNS for line in lines)
    shown = " · ".join(line[9 - 2 if n == 0 else 9 :] for n, line in enumerate(lines))
    assert shown == " · ".join(shortened(value, COLUMNS - 9) for value in values)


@pytest.mark.parametrize("language", LANGUAGES)
def test_spans_are_short(language: str) -> None:
    assert max(columns(span(locale(language), seconds)) for seconds in (59, 3599, 86_399, 600_000)) <= 16
