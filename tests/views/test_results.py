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

from core.enrichment import Candidate
from core.filters import Filters
from core.people import PersonHit
from core.reader import Reader
from core.results import Titles
from core.search import FoundMovie, SearchPage, SearchQuery
from views.filters import ShowTitles
from views.locale import LANGUAGES
from views.results import query_of, results
from views.typography import units

MATRIX = FoundMovie(603, "Матрица", "The Matrix", 1999, 8.217, 26481, Decimal("9.0"), True)
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
STUB = FoundMovie(7, "A & B <C>", None, None, None, None, None)


def found(*movies: FoundMovie, text: str = "матрица", language: str = "ru", **changes: Any) -> Titles:
    page = SearchPage(
        reader=Reader(1, language),
        query=SearchQuery.parse(text),
        movies=movies,
        page=1,
        pages=1 if movies else 0,
        total=len(movies),
    )
    return Titles(page=replace(page, **changes))


def text_of(titles: Titles, *, private: bool = True) -> str:
    return results(titles, private=private).text


def buttons(titles: Titles) -> list[list[tuple[str, str | None]]]:
    keyboard = results(titles, private=True).keyboard
    return [[(b.text, b.callback_data) for b in row] for row in keyboard.inline_keyboard] if keyboard else []


def test_a_line_says_what_is_known_and_what_is_personal_in_private_only() -> None:
    assert text_of(found(MATRIX, STUB)) == (
        "Поиск: <b>матрица</b>\n\n"
        "1. <b>Матрица</b> (1999) · The Matrix · 8,2 · ★\u00a09 · 🔖\n"
        "2. <b>A &amp; B &lt;C&gt;</b>"
    )
    assert "★" not in text_of(found(MATRIX), private=False)


def test_numbers_open_cards_and_go_on_from_page_to_page() -> None:
    titles = found(MATRIX, STUB, page=2, pages=3, total=20)
    assert buttons(titles) == [
        [("9", "card:603"), ("10", "card:7")],
        [("‹", "titles:1:0"), ("›", "titles:3:0")],
        [("Спросить и TMDB", "titles:1:1")],
    ]
    assert text_of(titles).endswith("\n\nСтраница 2 из 3")


def test_tmdbs_results_are_leafed_through_as_tmdbs() -> None:
    titles = found(MATRIX, STUB, pages=2, total=10, is_from_tmdb=True)
    assert buttons(titles)[1:] == [[("›", "titles:2:1")]]


def test_what_the_words_may_mean_besides_is_offered() -> None:
    nolan = PersonHit("nolan", 525, "Christopher Nolan", "Directing", 20.0, False)
    only = replace(found(MATRIX, language="en"), people=[nolan], filters=Filters(people=(525,)))
    assert buttons(only)[1] == [("Christopher Nolan", "person:525:0")]
    assert "Take the words as filters" not in str(buttons(only))
    comedies = Filters(people=(525,), genres=(35,))
    both = buttons(replace(only, filters=comedies))
    assert [("Take the words as filters", f"list:{comedies.pack()}:1:1")] in both
    dark = Candidate("tv", 70523, "Dark", "Dark", 2017, 8.4, 6000, 0.9)
    series = replace(found(text="dark", language="en"), others=[dark])
    assert "Not among the films, but TMDB knows this:" in text_of(series)
    assert buttons(series) == [[("Dark (2017) · series", "tv:70523")]]


def test_what_was_tried_is_told() -> None:
    nothing = found(text="xyzzy <1>", language="en")
    assert buttons(nothing) == []
    assert text_of(nothing).startswith(
        "Search: <b>xyzzy &lt;1&gt;</b>\n\nNothing found, neither here nor at TMDB."
    )
    away = text_of(found(text="xyzzy", language="en", is_incomplete=True))
    assert "TMDB does not answer" in away
    assert "neither" not in away
    nearest = found(MATRIX, STUB, language="en", is_nearest=True)
    assert "The nearest ones:" in text_of(nearest)
    assert len(buttons(nearest)) == 1


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300), st.sampled_from(LANGUAGES)
)
def test_the_query_is_read_back_from_the_message(text: str, language: str) -> None:
    query = SearchQuery.parse(text)
    shown = text_of(found(MATRIX, text=text, language=language))
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


@pytest.mark.parametrize("data", ["titles:0:0", "titles:x:1", "titles:1", "titles:1:maybe", "titles::"])
def test_forged_pages_are_no_pages(data: str) -> None:
    with pytest.raises((TypeError, ValueError)):
        ShowTitles.unpack(data)


def test_eight_of_the_longest_titles_fit_a_message() -> None:
    movie = FoundMovie(2**31 - 1, "<&>🎬" * 100, "ש" * 300, 2100, 9.99, 2**31 - 1, Decimal("9.5"), True)
    titles = found(*[movie] * 8, text="я" * 4096, page=12, pages=12, total=96, is_incomplete=True)
    assert units(html.unescape(re.sub("</?b>", "", text_of(titles)))) < 4096
    assert all(len(data or "") <= 64 for row in buttons(titles) for _, data in row)
