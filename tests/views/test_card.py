"""The card's text and buttons: what is shown, what is left out, and that Telegram takes it."""

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.cards import Card, Freshness, OwnRating, Push, Watching
from core.reader import Reader
from views import card as views
from views.locale import LANGUAGES
from views.typography import CAPTION_UNITS, cut, cut_line, units

NBSP = "\u00a0"
WEB = "http://tmdb.test"

MATRIX = Card(
    movie_id=603,
    reader=Reader(1, "ru", "RU"),
    freshness=Freshness.FRESH,
    title="Матрица",
    original_title="The Matrix",
    year=1999,
    runtime=136,
    certification="16+",
    genres=("боевик", "фантастика"),
    countries=("US",),
    vote_average=8.217,
    vote_count=26481,
    directors=("Lana Wachowski", "Lilly Wachowski"),
    cast=("Keanu Reeves", "Laurence Fishburne", "Carrie-Anne Moss"),
    overview="Хакер узнаёт, как устроен мир.",
    trailer="vKQi3bBA1y8",
    rating=OwnRating(Decimal("9.0"), None),
)


def shown(card: Card, *, private: bool = True) -> str:
    return views.caption(card, private=private).replace(NBSP, " ")


def read_by(language: str, **changes: object) -> Card:
    return replace(MATRIX, reader=Reader(1, language), **changes)  # type: ignore[arg-type] # any field


def buttons(card: Card, *, private: bool = True, can_share: bool = True) -> list[list[str | None]]:
    """Where each button leads."""
    keyboard = views.keyboard(card, WEB, private=private, can_share=can_share)
    return [
        [button.callback_data or button.url or button.switch_inline_query for button in row]
        for row in (keyboard.inline_keyboard if keyboard else ())
    ]


def parsed(caption: str) -> str:
    """What is left after Telegram has read the tags."""
    return html.unescape(re.sub(r"</?(?:b|i|blockquote)(?: expandable)?>", "", caption))


def test_the_card_in_russian() -> None:
    assert shown(MATRIX) == (
        "<b>Матрица</b> (1999)\nThe Matrix\n\n"
        "TMDB 8,2 (26,5 тыс.) · 2 ч 16 мин · 16+\nбоевик, фантастика · США\n\n"
        "Режиссёры: Lana Wachowski, Lilly Wachowski\n"
        "В ролях: Keanu Reeves, Laurence Fishburne, Carrie-Anne Moss\n\n"
        "<blockquote expandable>Хакер узнаёт, как устроен мир.</blockquote>\n\n"
        "★ 9 — ваша оценка"
    )


def test_the_card_in_english() -> None:
    card = read_by("en", title="The Matrix", certification="R", genres=("Action",))
    assert shown(card).startswith(
        "<b>The Matrix</b> (1999)\n\nTMDB 8.2 (26.5K) · 2 h 16 min · R\nAction · USA\n\n"
    )


def test_the_card_in_chinese() -> None:
    card = read_by("zh", title="黑客帝国", certification=None, genres=("动作", "科幻"))
    assert shown(card).startswith(
        "<b>黑客帝国</b>（1999）\nThe Matrix\n\nTMDB 8.2（2.6万） · 2小时16分钟\n动作、科幻 · 美国\n\n"
    )


def test_nothing_unknown_is_shown() -> None:
    bare = Card(movie_id=1, reader=Reader(1, "en"), freshness=Freshness.FRESH, title="A Stub")
    assert shown(bare) == "<b>A Stub</b>"
    assert shown(replace(bare, vote_average=0.0, vote_count=0, runtime=0, overview=" \n ")) == "<b>A Stub</b>"
    for nothing in (None, "", " \n ", "\u200e\u202e"):
        assert shown(replace(bare, title=nothing)) == "<b>#1</b>", "never an empty caption"


@pytest.mark.parametrize(
    ("language", "runtime", "text"),
    [
        ("ru", 45, "45 мин"),
        ("ru", 120, "2 ч"),
        ("en", 61, "1 h 1 min"),
        ("zh", 136, "2小时16分钟"),
        ("zh", 60, "1小时"),
    ],
)
def test_a_duration_has_no_empty_part(language: str, runtime: int, text: str) -> None:
    card = read_by(language, runtime=runtime, vote_count=None, certification=None)
    assert shown(card).split("\n\n")[1].splitlines()[0] == text


@pytest.mark.parametrize(
    ("language", "count", "text"),
    [("en", 7, "(7)"), ("en", 512_345, "(512K)"), ("ru", 26_481, "(26,5 тыс.)"), ("zh", 26_481, "（2.6万）")],
)
def test_votes_are_counted_in_short(language: str, count: int, text: str) -> None:
    assert f"{text} ·" in shown(read_by(language, vote_count=count))


@pytest.mark.parametrize(
    ("language", "code", "name"), [("zh", "MO", "澳门"), ("ru", "ZA", "ЮАР"), ("en", "PS", "Palestine")]
)
def test_countries_have_their_short_names(language: str, code: str, name: str) -> None:
    assert views.country(language, code) == name


def test_the_original_title_stands_only_where_it_says_more() -> None:
    assert "\nThe Matrix" in shown(MATRIX)
    assert shown(replace(MATRIX, title="THE  matrix")).startswith("<b>THE matrix</b> (1999)\n\n")


def test_the_own_rating_is_private_and_dated_where_the_date_is_known() -> None:
    dated = read_by("en", rating=OwnRating(Decimal("8.5"), date(2024, 3, 12)))
    assert shown(dated).endswith("★ 8.5 — your rating, Mar 12, 2024")
    assert "★" not in shown(dated, private=False)


def test_a_rating_that_did_not_reach_tmdb_says_so() -> None:
    for push in Push:
        own = shown(read_by("en", rating=OwnRating(Decimal(9), None, push))).splitlines()[-1]
        assert own.startswith("★ 9 — your rating · ")


def test_markup_in_titles_names_and_overviews_is_text() -> None:
    card = read_by(
        "en",
        title="<b>&amp; 🎬</b>",
        original_title="a < b",
        directors=("<i>",),
        genres=("R&B",),
        overview="<script>&</script>",
        certification="<16>",
    )
    caption = shown(card)
    assert caption.startswith("<b>&lt;b&gt;&amp;amp; 🎬&lt;/b&gt;</b> (1999)\na &lt; b\n\n")
    assert "<blockquote expandable>&lt;script&gt;&amp;&lt;/script&gt;</blockquote>" in caption
    assert set(re.findall(r"<[^>]*>", caption)) == {"<b>", "</b>", "<blockquote expandable>", "</blockquote>"}


def test_titles_that_run_to_the_left_leave_the_year_in_its_place() -> None:
    card = read_by("en", title="ואלס עם באשיר", original_title="\u202eثعلب")
    assert shown(card).startswith(
        "<b>\u2068ואלס עם באשיר\u2069</b> (1999)\n\u2068ثعلب\u2069\n\n"
    )  # the override mark of the original title is gone
    assert "\u2068" not in shown(MATRIX)


def test_countries_that_are_gone_keep_their_names() -> None:
    card = read_by("ru", countries=("SU", "DE", "ZZ", "QQ"))
    assert "фантастика · СССР, Германия\n" in shown(card)


def test_an_overview_is_cut_at_a_word() -> None:
    caption = shown(replace(MATRIX, overview="слово " * 400))
    assert caption.count("слово…</blockquote>") == 1
    assert CAPTION_UNITS - 8 <= units(parsed(caption)) <= CAPTION_UNITS


def test_a_film_that_tmdb_deleted_says_so_and_has_no_buttons() -> None:
    deleted = read_by("en", freshness=Freshness.DELETED)
    assert shown(deleted) == (
        "<b>Матрица</b> (1999)\nThe Matrix\n\nTMDB has deleted this film.\n\n★ 9 — your rating"
    )
    assert buttons(deleted) == []
    unknown = Card(movie_id=9, reader=Reader(1, "en"), freshness=Freshness.GONE)
    assert shown(unknown) == "TMDB has no such film."


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "TMDB has deleted this film.\n\n★ 9 — your rating"),
        ("ru", "TMDB удалил этот фильм.\n\n★ 9 — ваша оценка"),
        ("zh", "TMDB 已删除这部电影。\n\n★ 9，您的评分"),
    ],
)
def test_of_a_deleted_film_that_was_emptied_the_rating_is_left_and_nothing_said_twice(
    language: str, text: str
) -> None:
    emptied = Card(
        movie_id=603,
        reader=Reader(1, language),
        freshness=Freshness.DELETED,
        rating=OwnRating(Decimal(9), None, Push.GONE),
    )
    assert shown(emptied) == text


def test_with_tmdb_away_nothing_of_an_old_film_is_shown_but_the_own_rating_and_the_link() -> None:
    due = read_by("en", freshness=Freshness.DUE, title=None)
    assert "TMDB does not answer" in shown(due)
    assert shown(due).endswith("★ 9 — your rating")
    assert not re.search("Матрица|Matrix|1999|Keanu|мир", shown(due))
    assert buttons(due) == [["card:603", f"{WEB}/movie/603"]]


def test_buttons_lead_somewhere() -> None:
    assert buttons(MATRIX) == [
        ["rating:603", "watch:603:1"],
        ["https://www.youtube.com/watch?v=vKQi3bBA1y8", "page:more:603:1"],
        ["#603", f"{WEB}/movie/603"],
    ]
    everything = replace(
        MATRIX,
        watching=Watching({"rent": ("Okko",)}, None, 0),
        has_cast=True,
        has_crew=True,
        has_similar=True,
        on_watchlist=True,
    )
    assert buttons(everything) == [
        ["rating:603", "watch:603:0"],
        ["https://www.youtube.com/watch?v=vKQi3bBA1y8", "page:watch:603:1"],
        ["page:cast:603:1", "leaf:s603:1:603", "page:more:603:1"],
        ["#603", f"{WEB}/movie/603"],
    ]
    assert buttons(everything, private=False)[0] == ["rating:603", "watch:603:1"], "nobody's in particular"
    assert "page:crew:603:1" in buttons(replace(everything, has_cast=False))[2]
    assert buttons(MATRIX, can_share=False)[-1] == [f"{WEB}/movie/603"]
    assert buttons(replace(MATRIX, has_cast=True, has_similar=True))[1:3] == [
        ["https://www.youtube.com/watch?v=vKQi3bBA1y8", "page:cast:603:1"],
        ["leaf:s603:1:603", "page:more:603:1"],
    ], "even rows"
    odd = replace(MATRIX, trailer="a&b=c/д")
    assert buttons(odd)[1][0] == "https://www.youtube.com/watch?v=a%26b%3Dc%2F%D0%B4"
    assert all(len(data.encode()) <= 64 for data in longest_data())


def longest_data() -> Iterator[str]:
    most = 2**31 - 1
    yield views.Leaf(source="f" + "x" * 40, at=9999, movie_id=most).pack()
    yield views.OpenPage(kind="posters", movie_id=most, page=999).pack()


def test_a_stub_is_shown_as_far_as_a_list_told_of_it() -> None:
    stub = read_by("en", freshness=Freshness.STUB, runtime=None, certification=None, rating=None)
    assert shown(stub) == (
        "<b>Матрица</b> (1999)\nThe Matrix\n\nTMDB 8.2 (26.5K)\n\n"
        "More about this film comes when you open it."
    )
    assert buttons(stub) == [["card:603", f"{WEB}/movie/603"]]


def test_a_film_for_adults_says_whose_move_it_is_and_nothing_of_itself() -> None:
    adult = read_by("en", freshness=Freshness.ADULT, rating=None)
    assert "/settings" in shown(adult)
    assert "/settings" not in shown(adult, private=False)
    assert not re.search("Матрица|Matrix|1999|Keanu|мир", shown(adult) + shown(adult, private=False))
    assert buttons(adult) == []


def test_tagline_collection_and_providers_have_their_places() -> None:
    card = replace(
        MATRIX,
        tagline="Добро пожаловать в реальный мир",
        collection_id=2344,
        collection_name="The Matrix Collection",
        watching=Watching({"flatrate": ("Okko", "Wink"), "ads": ("Okko",), "rent": ("Apple TV",)}, None, 3),
    )
    assert shown(card).split("фантастика · США\n")[1] == (
        "Входит в коллекцию «The Matrix»\n\n"
        "Режиссёры: Lana Wachowski, Lilly Wachowski\n"
        "В ролях: Keanu Reeves, Laurence Fishburne, Carrie-Anne Moss\n\n"
        "<i>Добро пожаловать в реальный мир</i>\n"
        "<blockquote expandable>Хакер узнаёт, как устроен мир.</blockquote>\n\n"
        "Смотреть: Okko, Wink · JustWatch\n★ 9 — ваша оценка"
    )
    old = replace(card, watching=Watching({"rent": ("A", "B", "C", "D")}, None, 12))
    assert "\nСмотреть: A, B, C… · JustWatch · 12 дней назад\n" in f"\n{shown(old)}\n"
    told_long = replace(card, overview="слово " * 400)
    assert "реальный мир" in shown(told_long), "an overview makes room for them"


def test_stars_are_shown_on_the_readers_scale() -> None:
    five = replace(MATRIX, reader=Reader(1, "en", rating_scale=5))
    assert shown(five).endswith("★ 4½ — your rating")


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)
long_texts = st.one_of(
    texts,
    st.text(st.sampled_from("а<&>🎬é\u0301ש \n，字👩\u200d"), max_size=3000),
    st.integers(0, 3000).map(lambda n: "слово " * n),
)


@settings(max_examples=150, deadline=None)
@given(
    language=st.sampled_from(LANGUAGES),
    title=long_texts,
    original_title=long_texts,
    overview=long_texts,
    tagline=long_texts,
    names=st.lists(long_texts, max_size=3).map(tuple),
    genres=st.lists(texts, max_size=12).map(tuple),
    numbers=st.tuples(st.integers(0, 2**31 - 1), st.integers(0, 2**31 - 1), st.floats(0, 10)),
    push=st.sampled_from([None, *Push]),
)
def test_whatever_tmdb_says_fits_and_parses(
    language: str,
    title: str,
    original_title: str,
    overview: str,
    tagline: str,
    names: tuple[str, ...],
    genres: tuple[str, ...],
    numbers: tuple[int, int, float],
    push: Push | None,
) -> None:
    card = replace(
        MATRIX,
        reader=Reader(1, language),
        title=title,
        original_title=original_title,
        overview=overview,
        tagline=tagline,
        collection_name=title,
        watching=Watching({"flatrate": (*names, original_title)}, None, 400),
        directors=names,
        cast=names,
        genres=genres,
        countries=("SU", "XC", "AE"),
        certification=original_title,
        runtime=numbers[0],
        vote_count=numbers[1],
        vote_average=numbers[2],
        rating=OwnRating(Decimal("9.5"), date(2024, 9, 30), push),
    )
    caption = views.caption(card, private=True)
    plain = parsed(caption)
    assert units(plain) <= CAPTION_UNITS
    tags = re.findall(r"<[^>]*>", caption)
    assert [tag for tag in tags if tag not in ("<i>", "</i>")] in (
        ["<b>", "</b>"],
        ["<b>", "</b>", "<blockquote expandable>", "</blockquote>"],
    )
    assert "".join(tags).count("<i></i>") == tags.count("<i>") == tags.count("</i>") <= 1
    assert not re.search(r"&(?!amp;|lt;|gt;)", caption)
    assert plain.count("\u2068") == plain.count("\u2069") or "\u2068" in overview or "\u2069" in overview
    plain.encode()  # no half of a surrogate pair


@given(text=long_texts, limit=st.integers(0, 60))
def test_a_cut_is_a_beginning_that_fits(text: str, limit: int) -> None:
    for kept in (cut(text, limit), cut_line(text, limit + 3).strip("\u2068\u2069")):
        assert units(kept) <= limit + 3
    kept = cut(text, limit)
    assert units(kept) <= limit
    assert text.startswith(kept.removesuffix("…"))


@pytest.mark.parametrize(
    ("text", "limit", "kept"),
    [
        ("a brave new world", 12, "a brave new…"),
        ("a brave, new world", 9, "a brave…"),
        ("黑客帝国重装上阵", 5, "黑客帝国…"),
        ("👩‍👩‍👧👩‍👩‍👧", 12, "👩‍👩‍👧…"),
        ("a" + "\u0301" * 90, 60, "a" + "\u0301" * 58 + "…"),
        ("fits", 4, "fits"),
    ],
)
def test_where_a_cut_falls(text: str, limit: int, kept: str) -> None:
    assert cut(text, limit) == kept
