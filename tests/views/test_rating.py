"""The rating keyboard: absolute values, the chosen one marked, nothing for a value that does not exist."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cards import Card, Freshness, OwnRating
from core.reader import Reader
from views.card import OpenCard, OpenRating
from views.locale import LANGUAGES, locale
from views.rating import CloseRating, Rate, keyboard, shared_keyboard, toast
from views.scale import shown


def buttons(rating: str | None, scale: int = 10) -> list[list[tuple[str, str]]]:
    own = OwnRating(Decimal(rating), None) if rating else None
    reader = Reader(1, "en", rating_scale=scale)
    card = Card(movie_id=603, reader=reader, freshness=Freshness.FRESH, rating=own)
    return [
        [(button.text, button.callback_data or "") for button in row]
        for row in keyboard(card).inline_keyboard
    ]


def last(rating: str | None, scale: int = 10) -> list[tuple[str, Decimal | None]]:
    *values, back = buttons(rating, scale)[2]
    assert back == ("Back", "rated:603")
    return [(text, Rate.unpack(data).value) for text, data in values]


def test_two_rows_of_five_carry_their_values() -> None:
    ten = [Rate.unpack(data).value for row in buttons(None)[:2] for _, data in row]
    assert ten == [Decimal(value) for value in range(1, 11)]


def test_the_chosen_value_is_marked() -> None:
    assert [text for row in buttons("8")[:2] for text, _ in row if "★" in text] == ["★ 8"]
    assert not [text for row in buttons("8.5")[:2] for text, _ in row if "★" in text]


@pytest.mark.parametrize(
    ("rating", "offered"),
    [
        (None, []),
        ("0.5", [("½ more", Decimal(1)), ("Remove", None)]),
        ("8", [("½ less", Decimal("7.5")), ("½ more", Decimal("8.5")), ("Remove", None)]),
        ("8.5", [("½ less", Decimal(8)), ("½ more", Decimal(9)), ("Remove", None)]),
        ("10", [("½ less", Decimal("9.5")), ("Remove", None)]),
        # TMDB has kept decimals that it does not take today.
        ("7.3", [("½ less", Decimal(7)), ("½ more", Decimal("7.5")), ("Remove", None)]),
        ("0.7", [("½ less", Decimal("0.5")), ("½ more", Decimal(1)), ("Remove", None)]),
        ("9.8", [("½ less", Decimal("9.5")), ("½ more", Decimal(10)), ("Remove", None)]),
    ],
)
def test_half_steps_carry_the_resulting_value(
    rating: str | None, offered: list[tuple[str, Decimal | None]]
) -> None:
    assert last(rating) == offered


STARS = ["½", "1", "1½", "2", "2½", "3", "3½", "4", "4½", "5"]


def test_five_stars_are_offered_by_halves_and_stored_as_points() -> None:
    ten = [button for row in buttons(None, 5)[:2] for button in row]
    assert [text for text, _ in ten] == STARS
    assert [Rate.unpack(data).value for _, data in ten] == [Decimal(value) for value in range(1, 11)]
    # A half step of the other scale is marked where it is shown.
    assert [text for row in buttons("8.5", 5)[:2] for text, _ in row if "★" in text] == ["★ 4½"]
    assert last("8.5", 5) == [("Remove", None)]


@pytest.mark.parametrize(
    ("value", "points", "stars"),
    [
        *(("0.5", "0,5", "½"), ("1", "1", "½"), ("1.5", "1,5", "1"), ("2", "2", "1"), ("7.3", "7,3", "3½")),
        *(("8", "8", "4"), ("8.5", "8,5", "4½"), ("9", "9", "4½"), ("9.5", "9,5", "5"), ("10", "10", "5")),
    ],
)
def test_a_rating_is_shown_on_the_readers_scale(value: str, points: str, stars: str) -> None:
    assert shown(locale("ru"), Decimal(value), 10) == points
    assert shown(locale("ru"), Decimal(value), 5) == stars


def test_where_others_see_the_card_all_get_the_same_ten_and_a_way_into_private() -> None:
    rows = shared_keyboard(locale("en"), 603, "filmoteka_bot").inline_keyboard
    assert [button.text for row in rows[:2] for button in row] == [str(value) for value in range(1, 11)]
    assert [button.callback_data for button in rows[2]] == ["rate:603:", "rated:603"]
    assert rows[3][0].url == "https://t.me/filmoteka_bot?start=m_603"


def test_the_largest_film_fits_into_telegrams_64_bytes() -> None:
    largest = 2**31 - 1
    for data in (
        Rate(movie_id=largest, halves=19),
        OpenCard(movie_id=largest),
        OpenRating(movie_id=largest),
        CloseRating(movie_id=largest),
    ):
        assert len(data.pack().encode()) <= 64


@pytest.mark.parametrize(
    "data",
    [
        *("rate:603:0", "rate:603:21", "rate:603:-2", "rate:603:8.5", "rate:603:NaN", "rate:603:1e9"),
        *("rate:0:2", "rate:-1:2", "rate:2147483648:2", "rate:x:2", "rate::2"),
        *("rate:603", "rate:603:2:3", "rate:603:null"),
    ],
)
def test_forged_values_are_no_values(data: str) -> None:
    with pytest.raises((TypeError, ValueError)):
        Rate.unpack(data)


@given(st.text(max_size=40))
def test_random_values_are_refused_or_in_range(text: str) -> None:
    for prefix in ("rate:603:", "rate:"):
        try:
            rate = Rate.unpack(prefix + text)
        except (TypeError, ValueError):
            continue
        assert 1 <= rate.movie_id < 2**31
        assert rate.value is None or Decimal("0.5") <= rate.value <= 10


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("value", [None, Decimal("8.5")])
def test_a_toast_fits_an_alert(language: str, value: Decimal | None) -> None:
    for goes_to_tmdb in (False, True):
        assert 0 < len(toast(locale(language), value, 10, goes_to_tmdb=goes_to_tmdb)) <= 200


def test_a_toast_says_the_value_as_the_language_writes_it() -> None:
    assert toast(locale("ru"), Decimal("8.5"), 10, goes_to_tmdb=False) == "★ 8,5 сохранено"
    assert toast(locale("en"), Decimal("9.0"), 5, goes_to_tmdb=True) == "★ 4½ saved, and on its way to TMDB"
