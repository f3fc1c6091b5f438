"""The pages of a card: complete, within a caption, with nothing unknown on them."""

import html
import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.card_pages import Credit, Credits, Details, Film, Neighbours, Offers, Posters, Video, Videos
from core.cards import Card, CardPoster, Freshness, Watching
from core.reader import Reader
from views import card_pages as views
from views.locale import LANGUAGES
from views.screen import Screen
from views.typography import CAPTION_UNITS, units

FILM = Film(Reader(1, "ru", "RU"), 603, "Матрица", 1999)
DETAILS = Details(
    film=FILM,
    tagline="Добро пожаловать в реальный мир",
    overview="Хакер узнаёт, как устроен мир.",
    original_language="cn",
    release_date=date(1999, 3, 31),
    status="Released",
    budget=63_000_000,
    revenue=463_517_383,
    companies=("Warner Bros.", "Village Roadshow"),
    keywords=("hacker", "dystopia"),
    homepage="https://www.warnerbros.com/movies/matrix",
    trailers=2,
    posters=3,
    collection_id=2344,
    collection_films=4,
)


def plain(screen: Screen) -> str:
    text = html.unescape(re.sub(r"</?(?:b|i|blockquote)(?: expandable)?>", "", screen.text))
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def leads(screen: Screen) -> list[list[str | None]]:
    rows = screen.keyboard.inline_keyboard if screen.keyboard else []
    return [[button.callback_data or button.url for button in row] for row in rows]


def test_more_about_a_film() -> None:
    more = views.details(DETAILS, 1)
    assert plain(more) == (
        "Матрица (1999)\n\nДобро пожаловать в реальный мир\n\nХакер узнаёт, как устроен мир.\n\n"
        "Язык оригинала: кантонский\nПремьера: 31 мар. 1999 г.\nБюджет: 63 млн $\nСборы: 463,5 млн $\n"
        "Студии: Warner Bros., Village Roadshow\nКлючевые слова: hacker, dystopia"
    )
    assert leads(more) == [
        ["https://www.warnerbros.com/movies/matrix", "page:videos:603:1"],
        ["page:posters:603:1", "leaf:c2344:1:603"],
        ["back:603:0"],
    ]


def test_nothing_unknown_stands_on_the_page() -> None:
    bare = Details(
        film=replace(FILM, year=None),
        tagline=None,
        overview=None,
        original_language=None,
        release_date=None,
        status="Released",
        budget=None,
        revenue=None,
        companies=(),
        keywords=(),
        homepage=None,
        trailers=1,
        posters=1,
        collection_id=None,
        collection_films=0,
    )
    assert (plain(views.details(bare, 1)), leads(views.details(bare, 1))) == ("Матрица", [["back:603:0"]])
    assert plain(views.details(replace(bare, status="Planned"), 1)) == "Матрица\n\nСтатус: в планах"


@pytest.mark.parametrize(
    "homepage",
    ["javascript:alert(1)", "http://localhost/x", "https://a b.com", "ftp://a.com", "https://кино"],
)
def test_an_address_that_telegram_would_refuse_is_no_button(homepage: str) -> None:
    assert leads(views.details(replace(DETAILS, homepage=homepage), 1))[0] == ["page:videos:603:1"]


def test_a_long_overview_is_read_to_its_end_page_by_page() -> None:
    words = [f"слово{number}" for number in range(400)]
    long = replace(DETAILS, overview=" ".join(words))
    read: list[str] = []
    for page in range(1, 9):
        text = plain(views.details(long, page))
        read += re.findall(r"слово\d+", text)
        if "Ключевые слова" in text:
            break
    assert read == words
    heaped = plain(views.details(replace(DETAILS, overview="a" + "\u0301" * 3000), 4))
    assert "Ключевые слова" in heaped, "marks without a letter to cut at have an end too"
    assert leads(views.details(long, 2))[0] == ["page:more:603:1", "page:more:603:3"]


def test_people_have_numbers_that_lead_to_them() -> None:
    credits = [Credit(number, f"Имя {number}", ("Neo", "Agent"), None) for number in range(1, 9)]
    page = views.cast(Credits(film=FILM, credits=credits, page=2, pages=3, total=20, has_other=True))
    assert plain(page).startswith("Матрица (1999)\nАктёры · 20 · 2 / 3\n\n9. Имя 1 — Neo / Agent\n10. Имя 2")
    assert leads(page) == [
        [f"person:{number}:603" for number in range(1, 5)],
        [f"person:{number}:603" for number in range(5, 9)],
        ["page:cast:603:1", "page:cast:603:3"],
        ["page:crew:603:1", "back:603:0"],
    ]


def test_crew_stands_by_sections_in_the_readers_words() -> None:
    credits = [
        Credit(1, "Lana", ("Director", "Writer"), "Director"),
        Credit(2, "Joel", ("Producer", "Head of Pigeons"), "Production"),
    ]
    page = views.crew(Credits(film=FILM, credits=credits, page=1, pages=1, total=2, has_other=False))
    assert plain(page).split("\n\n", 1)[1] == (
        "Режиссура\n1. Lana — режиссёр, сценарист\nПроизводство\n2. Joel — продюсер, Head of Pigeons"
    )
    assert leads(page) == [["person:1:603", "person:2:603"], ["back:603:0"]]


def test_offers_name_justwatch_and_their_age() -> None:
    watching = Watching(
        {"flatrate": ("Okko", "Wink", "Okko"), "buy": ("Apple TV",)}, "https://www.themoviedb.org/x", 12
    )
    page = views.offers(Offers(FILM, watching, date(2026, 11, 9)))
    assert plain(page) == (
        "Матрица (1999)\nГде смотреть · Россия\n\nПо подписке: Okko, Wink\nПокупка: Apple TV\n\n"
        "Данные JustWatch от 9 нояб. 2026 г., 12 дней назад"
    )
    assert leads(page) == [["https://www.themoviedb.org/x", "back:603:0"]]
    fresh = views.offers(Offers(FILM, replace(watching, days_old=6), date(2026, 11, 9)))
    assert plain(fresh).endswith("\n\nДанные JustWatch")
    week = views.offers(Offers(FILM, replace(watching, days_old=7), date(2026, 11, 14)))
    assert plain(week).endswith(", 7 дней назад"), "seven whole days: older than that already"
    assert "JustWatch" in plain(views.offers(Offers(FILM, None, date(2026, 11, 9))))


def test_trailers_are_links_and_posters_say_their_language() -> None:
    page = views.videos(Videos(FILM, [Video("a&b", "Трейлер №1", "ru"), Video("c", None, None)]))
    assert leads(page) == [
        ["https://www.youtube.com/watch?v=a%26b"],
        ["https://www.youtube.com/watch?v=c"],
        ["back:603:0"],
    ]
    posters = Posters(FILM, 1.0, [("ru", CardPoster("/r.jpg")), ("", CardPoster("/n.jpg"))])
    assert plain(views.poster(posters, 1)).endswith("\nПостер: русский · 1 / 2")
    assert leads(views.poster(posters, 2)) == [["page:posters:603:1"], ["back:603:1"]]


def test_the_ends_of_a_list_lead_to_each_other() -> None:
    card = Card(movie_id=9, reader=FILM.reader, freshness=Freshness.FRESH, title="X")
    found = Neighbours(similar=(9, 8, 7), recommended=(5,), collection_id=4, collection=(603,))

    def buttons(at: int) -> list[list[str | None]]:
        return leads(Screen("", views.leafed(card, found, "s603", at, 3, 603)))

    assert buttons(1) == [
        ["leaf:s603:3:603", "card:9", "leaf:s603:2:603"],
        ["leaf:r603:1:603"],
        ["card:9", "back:603:1"],
    ]
    assert buttons(3)[0] == ["leaf:s603:2:603", "card:9", "leaf:s603:1:603"]
    alone = Screen("", views.leafed(card, Neighbours(), "fABC", 1, 1, 0))
    assert leads(alone) == [["card:9"]]


long_texts = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=200),
    st.text(st.sampled_from("а<&>🎬é\u0301ש \n，字👩\u200d"), max_size=1500),
    st.integers(0, 600).map(lambda n: "слово " * n),
)


@settings(max_examples=60, deadline=None)
@given(
    language=st.sampled_from(LANGUAGES),
    title=long_texts,
    text=long_texts,
    names=st.lists(long_texts, min_size=8, max_size=8).map(tuple),
    page=st.integers(1, 5),
)
def test_whatever_tmdb_says_fits_and_parses(
    language: str, title: str, text: str, names: tuple[str, ...], page: int
) -> None:
    film = Film(Reader(1, language, "GB"), 2**31 - 1, title, 9999)
    told = replace(
        DETAILS,
        film=film,
        tagline=title,
        overview=text,
        companies=names,
        keywords=names,
        original_language="nb",
    )
    sections = ["Costume & Make-Up", "Visual Effects", "Directing", "Actors", *names[:4]]
    credits = Credits(
        film=film,
        credits=[Credit(2**31 - 1, name, names, of) for name, of in zip(names, sections, strict=True)],
        page=200,
        pages=200,
        total=1600,
        has_other=True,
    )
    offers = Offers(film, Watching(dict.fromkeys(Watching.KINDS, names), None, 999), date(2026, 9, 30))
    for screen in (views.details(told, page), views.cast(credits), views.crew(credits), views.offers(offers)):
        assert units(plain(screen)) <= CAPTION_UNITS
        assert not re.search(r"&(?!amp;|lt;|gt;)", screen.text)
        assert not re.search(r"<(?!/?(b|i|blockquote)( expandable)?>)", screen.text)
