"""Search results: lines, buttons, and the query that can be read back from them."""

import html
import re
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from aiogram.types import Chat, Message, MessageEntity
from hypothesis import given
from hypothesis import strategies as st

from core.reader import Reader
from core.search import FoundMovie, SearchPage, SearchQuery
from views.locale import LANGUAGES
from views.results import ShowPage, query_of, results, sure_hit
from views.typography import units

MATRIX = FoundMovie(603, "Матрица", "The Matrix", 1999, 8.217, 26481, Decimal("9.0"))
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
STUB = FoundMovie(7, "A & B <C>", None, None, None, None, None)


def found(*movies: FoundMovie, text: str = "матрица", language: str = "ru", **changes: Any) -> SearchPage:
    page = SearchPage(
        reader=Reader(1, language),
        query=SearchQuery.parse(text),
        movies=movies,
        page=1,
        pages=1 if movies else 0,
        total=len(movies),
    )
    return replace(page, **changes)


def buttons(page: SearchPage) -> list[list[tuple[str, str | None]]]:
    keyboard = results(page).keyboard
    return [[(b.text, b.callback_data) for b in row] for row in keyboard.inline_keyboard] if keyboard else []


def test_a_line_says_what_is_known() -> None:
    assert results(found(MATRIX, STUB)).text == (
        "Поиск: <b>матрица</b>\n\n"
        "1. <b>Матрица</b> (1999) · The Matrix · 8,2 · ★ 9\n"
        "2. <b>A &amp; B &lt;C&gt;</b>"
    )


def test_numbers_open_cards_and_go_on_from_page_to_page() -> None:
    page = found(MATRIX, STUB, page=2, pages=3, total=20)
    assert buttons(page) == [
        [("9", "card:603"), ("10", "card:7")],
        [("‹", "find:1:0"), ("›", "find:3:0")],
        [("Спросить и TMDB", "find:1:1")],
    ]
    assert results(page).text.endswith("\n\nСтраница 2 из 3")
    assert [text for text, _ in buttons(replace(page, page=1))[1]] == ["›"]
    assert [text for text, _ in buttons(replace(page, page=3))[1]] == ["‹"]


def test_tmdbs_results_are_leafed_through_as_tmdbs() -> None:
    assert buttons(found(MATRIX, STUB, pages=2, is_from_tmdb=True))[1:] == [[("›", "find:2:1")]]


def test_what_was_tried_is_told() -> None:
    nothing = results(found(text="xyzzy <1>", language="en"))
    assert nothing.keyboard is None
    assert nothing.text.startswith(
        "Search: <b>xyzzy &lt;1&gt;</b>\n\nNothing found, neither here nor at TMDB."
    )
    away = results(found(text="xyzzy", language="en", is_incomplete=True))
    assert "TMDB does not answer" in away.text
    assert "neither" not in away.text
    nearest = found(MATRIX, STUB, language="en", is_nearest=True)
    assert "The nearest ones:" in results(nearest).text
    assert len(buttons(nearest)) == 1


def test_a_single_sure_hit_needs_no_list() -> None:
    assert sure_hit(found(MATRIX)) == MATRIX
    assert sure_hit(found(MATRIX, STUB)) is None
    assert sure_hit(found(MATRIX, is_nearest=True)) is None
    assert sure_hit(found(MATRIX, is_incomplete=True)) is None
    assert sure_hit(found()) is None


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300), st.sampled_from(LANGUAGES)
)
def test_the_query_is_read_back_from_the_message(text: str, language: str) -> None:
    query = SearchQuery.parse(text)
    shown = results(found(MATRIX, text=text, language=language)).text
    before, bold = re.split("<b>", shown, maxsplit=1)[0], re.search("<b>(.*?)</b>", shown, re.DOTALL)
    assert bold
    inside = html.unescape(bold[1])
    entity = MessageEntity(type="bold", offset=units(before), length=units(inside))
    message = Message(
        message_id=1,
        date=MOMENT,
        chat=Chat(id=1, type="private"),
        text=html.unescape(re.sub("</?b>", "", shown)),
        entities=[entity],
    )
    assert query_of(message) == query.text


def test_a_message_without_results_has_no_query() -> None:
    message = Message(message_id=1, date=MOMENT, chat=Chat(id=1, type="private"), text="hello")
    assert query_of(message) is None


@pytest.mark.parametrize("data", ["find:0:0", "find:501:0", "find:x:1", "find:1", "find:1:maybe", "find::"])
def test_forged_pages_are_no_pages(data: str) -> None:
    with pytest.raises((TypeError, ValueError)):
        ShowPage.unpack(data)


def test_eight_of_the_longest_titles_fit_a_message() -> None:
    movie = FoundMovie(2**31 - 1, "<&>🎬" * 100, "ש" * 300, 2100, 9.99, 2**31 - 1, Decimal("9.5"))
    page = found(*[movie] * 8, text="я" * 4096, page=12, pages=12, total=96, is_incomplete=True)
    assert units(html.unescape(re.sub("</?b>", "", results(page).text))) < 4096
    assert all(len(data or "") <= 64 for row in buttons(page) for _, data in row)
