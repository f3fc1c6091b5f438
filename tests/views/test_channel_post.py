"""What stands below a poster in its channel."""

import re
from html import unescape

import pytest

from views.channel_post import caption

URL = "https://www.themoviedb.org/movie/603"


def test_title_year_and_link() -> None:
    assert caption("The Matrix", 1999, URL) == f'<b>The Matrix</b> (1999)\n<a href="{URL}">TMDB</a>'


def test_what_is_unknown_is_left_out() -> None:
    assert caption("The Matrix", None, None) == "<b>The Matrix</b>"
    assert caption(None, None, None) == ""


@pytest.mark.parametrize("title", ["<b>&</b>" * 60, "…" * 500, "😀" * 300, "שלום & <you>"])
def test_any_title_is_escaped_and_short(title: str) -> None:
    post = caption(title, 2024, URL)
    read = unescape(re.sub(r"<[^>]+>", "", post))
    assert len(read.encode("utf-16-le")) // 2 <= 200
    assert read.startswith(title[:7])
