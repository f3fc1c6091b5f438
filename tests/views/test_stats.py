"""The operator's figures as a phone shows them, and their picture."""

import io
from dataclasses import replace
from datetime import date, timedelta
from html import unescape

import pytest
from PIL import Image

from core.stats import Day, Disk, Requests, Stats
from views.block import COLUMNS, columns
from views.locale import LANGUAGES, locale
from views.picture import HEIGHT, WIDTH
from views.stats import figures, size
from views.stats_picture import picture

STATS = Stats(
    users=1240, users_linked=311, users_active=57, users_active_week=402, users_active_month=1033,
    users_by_day=(41, 38, 52, 60, 47, 55, 57), ratings=48_211,
    films_full=603_118, films_stub=557_086, films_deleted=912,
    posters_in_telegram=18_402, posters_on_disk=211, posters_wanted=1204, posters_missing=4310,
    cards_warm=10_233, cards_cold=412,
    asked_posters=3, asked_posters_age=12.0, imports=2, imports_age=95.0, pushes=4, pushes_age=3700.0,
    pushes_parked=1, notices=0, notices_age=None, database_bytes=6_412_000_000,
)  # fmt: skip
REQUESTS = [
    Requests("tmdb", "/3/movie/{movie_id}", 200, 3_024_000),
    Requests("tmdb", "/3/movie/{movie_id}", 429, 1312),
    Requests("tmdb", "/3/movie/{movie_id}", 404, 200),
    Requests("telegram", "sendPhoto", 200, 27_000),
    Requests("telegram", "sendPhoto", 0, 17),
    Requests("tmdb", "/3/account/{account_id}/rated/movies", 401, 1),
    *(Requests("telegram", f"method{n}", 500, 1) for n in range(9)),
]


def lines(language: str = "en", stats: Stats = STATS, requests: list[Requests] = REQUESTS) -> list[str]:
    text = figures(locale(language), stats, requests, Disk(98_300_000_000, 51_000_000_000)).text
    return unescape(text.removeprefix("<pre>").removesuffix("</pre>")).splitlines()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_line_is_wider_than_a_phone(language: str) -> None:
    many = replace(STATS, users_by_day=(41_000, 38_111, 52_222, 60_333, 47_444, 55_555, 57_666))
    for stats in (STATS, many):
        shown = lines(language, stats)
        assert max(map(columns, shown)) == COLUMNS
        assert len("\n".join(shown)) < 3000


def test_figures_stand_in_the_languages_own_grouping() -> None:
    assert "Films, full                  603,118" in lines()
    assert "Фильмы, полные               603\xa0118" in lines("ru")
    assert "with a poster at once            96%" in lines()
    assert "Changes to send        4 · 1 h 1 min" in lines()


def test_the_busiest_endpoints_their_errors_and_the_top_ones() -> None:
    shown = lines()
    start = shown.index("Requests, 24 h         calls  errors")
    assert shown[start + 1 : start + 4] == [
        "all                3,052,539   1,339",
        "movie/…            3,025,512   1,312",
        "sendPhoto             27,017      17",
    ]
    top = shown.index("Top errors")
    assert shown[top + 1 : top + 4] == [
        "429 movie/…                    1,312",
        "silent sendPhoto                  17",
        "401 account/…/rated/movies         1",
    ]
    assert shown[top + 4] == ""


def test_nothing_yet_is_said_as_such() -> None:
    shown = lines(stats=replace(STATS, cards_warm=0, cards_cold=0), requests=[])
    assert "No requests in 24 h" in shown
    assert not any("at once" in line or "Top errors" in line for line in shown)


def test_sizes_keep_to_three_digits() -> None:
    t = locale("en")
    told = [size(t, number) for number in (0, 12_345_678, 999_600_000, 51_000_000_000, 2_500_000_000_000)]
    assert told == ["0 MB", "12.3 MB", "1 GB", "51 GB", "2.5 TB"]


def days(films: int) -> list[Day]:
    first = date(2026, 10, 23)
    return [Day(first + timedelta(days=n), n * films, n % 7 * films, n * 3 * films) for n in range(30)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_picture_is_for_a_phone(language: str) -> None:
    image = Image.open(io.BytesIO(picture(language, days(10_000))))
    assert (image.format, image.size) == ("PNG", (WIDTH, HEIGHT))
    colours = image.convert("RGB").getcolors(1 << 20)
    assert colours is not None
    assert {(0x2A, 0x7D, 0xE1), (0x1F, 0x9D, 0x77), (0xD6, 0x45, 0x45)} <= {colour for _, colour in colours}


def test_without_a_chinese_font_the_picture_speaks_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("views.picture._CHINESE", ("No Such Font",))
    assert picture("zh", days(10)) == picture("en", days(10))


def test_thirty_days_of_nothing_are_drawn_too() -> None:
    colours = Image.open(io.BytesIO(picture("en", days(0)))).convert("RGB").getcolors(1 << 20)
    assert colours is not None
    assert (0x2A, 0x7D, 0xE1) not in {colour for _, colour in colours}
