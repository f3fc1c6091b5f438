"""What people read while their ratings come, afterwards, and what they are told unasked."""

from dataclasses import replace
from html import unescape

import pytest

from core.imports import ImportStatus, WatchlistImport
from views.imports import importing
from views.locale import LANGUAGES, Locale, locale
from views.notices import notice

RUNNING = ImportStatus(1, "fetching", waiting=False, total=14600, handled=8120, seconds_left=19.0)
DONE = ImportStatus(
    1, "done", waiting=False, total=1460, handled=1460, seconds_left=None, watchlist=WatchlistImport(0)
)


def text(status: ImportStatus, language: str = "en") -> str:
    return importing(status, locale(language)).text


def test_progress_is_a_bar_a_count_and_the_time_left() -> None:
    assert text(RUNNING) == (
        "Importing your ratings from TMDB\n▓▓▓▓▓▓▓░░░░░░░ 8,120 of 14,600 · about 20 s left"
    )
    assert "8\xa0120 из 14\xa0600 · осталось около 20 с" in text(RUNNING, "ru")
    assert "8,120 / 14,600 · 大约还需 20 秒" in text(RUNNING, "zh")


def test_time_left_is_told_as_roughly_as_it_is_known() -> None:
    told = {seconds: text(replace(RUNNING, seconds_left=seconds)).rpartition(" · ")[2] for seconds in (
        0.0, 12.4, 87.0, 91.0, 200.0
    )}  # fmt: skip
    assert list(told.values()) == [
        "about 5 s left", "about 10 s left", "about 85 s left", "about 2 min left", "about 3 min left",
    ]  # fmt: skip
    assert text(replace(RUNNING, seconds_left=None)).endswith("8,120 of 14,600")


def test_before_anything_is_known_and_while_tmdb_is_away() -> None:
    assert text(replace(RUNNING, state="queued", total=None)).endswith("Reading your list…")
    assert "does not answer" in text(replace(RUNNING, waiting=True))
    assert text(replace(RUNNING, state="applying", handled=14600)).endswith("almost done")


def test_a_list_that_grew_meanwhile_never_shows_more_than_all() -> None:
    assert "14,600 of 14,600" in text(replace(RUNNING, handled=14620))


def test_the_end_says_what_was_done() -> None:
    status = replace(DONE, imported=1460, added=1204, changed=31, removed=3, failed=2)
    status = replace(status, gone_count=2, gone=("Tom & Jerry", "<x>"))
    assert text(status) == (
        "1,460 ratings: 1,204 new, 31 changed, 3 removed, 2 failed.\n"
        "2 films no longer exist at TMDB: Tom &amp; Jerry, &lt;x&gt;"
    )
    assert text(status, "ru").startswith("1\xa0460 оценок: 1\xa0204 новых, 31 изменена, 3 удалено, 2 не")
    assert text(status, "zh").startswith("1,460 个评分：新增 1,204 个、更新 31 个、移除 3 个、失败 2 个。")


def test_the_watchlist_is_told_behind_the_ratings() -> None:
    status = replace(DONE, imported=5, watchlist=WatchlistImport(1460, added=21, removed=2))
    assert text(status).splitlines()[1:] == ["Watchlist, 1,460 films: 21 new, 2 gone."]
    assert text(status, "ru").endswith("«Буду смотреть», 1\xa0460 фильмов: 21 новый, 2 убрано.")
    assert text(status, "zh").endswith("想看片单 1,460 部：新增 21 部、移除 2 部。")
    assert text(replace(status, watchlist=WatchlistImport(3))).endswith(
        "Watchlist, 3 films: nothing has changed."
    )
    kept = replace(status, watchlist=WatchlistImport(3, removal_withheld=4, failed=20))
    assert "TMDB could not show 20 films of your watchlist." in text(kept)
    assert "4 films seem to have left your watchlist at TMDB." in text(kept)
    assert "TMDB did not let me read your watchlist." in text(replace(status, watchlist=None))
    assert text(replace(RUNNING, list="watchlist")).startswith("Bringing your watchlist over from TMDB\n")


def test_nothing_is_said_of_what_did_not_happen() -> None:
    assert text(replace(DONE, imported=7)) == "7 ratings: nothing has changed."
    assert text(replace(DONE, imported=1, added=1)) == "1 rating: 1 new."
    assert text(DONE).startswith("Your TMDB account has no ratings yet.")


def test_long_lists_of_films_are_cut() -> None:
    status = replace(DONE, imported=9, failed=12, gone_count=12, gone=tuple("abcdefghij"))
    assert text(status).endswith("12 films no longer exist at TMDB: a, b, c, d, e, f, g, h, i, j and 2 more")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_longest_titles_fit_a_message(language: str) -> None:
    long = ("the <longest> title & its like " * 20,) * 10
    status = replace(
        DONE, imported=9, failed=999, gone_count=999, gone=long, unfetched_count=999, unfetched=long,
        unread=999, removal_withheld=999,
    )  # fmt: skip
    assert len(unescape(text(status, language))) <= 4096


def test_what_could_not_be_had_says_what_was_kept() -> None:
    status = replace(DONE, imported=24, failed=21, unread=20, unfetched_count=1, unfetched=("Ran",))
    assert text(status).splitlines()[1:] == [
        "TMDB could not show 1 film: Ran. /import tries again.",
        "TMDB could not show 20 ratings. The others are here; /import tries again.",
    ]
    withheld = text(replace(DONE, imported=35, removal_withheld=10))
    assert "more than a fifth of yours, so all were kept here." in withheld


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_end_and_every_notice_has_its_words_in_every_language(language: str) -> None:
    t: Locale = locale(language)
    for error in ("away", "revoked", "unlinked"):
        assert importing(replace(DONE, state="failed", error=error), t).text
    counts = range(1, 6)
    texts = {
        importing(
            replace(
                DONE, imported=n, added=n, changed=n, removed=n, failed=n, removal_withheld=n,
                gone_count=n, unfetched_count=n, unread=n,
            ),
            t,
        ).text
        for n in counts
    }  # fmt: skip
    assert len(texts) == len(counts)
    for kind in ("session_revoked", "link_voided", "push_gone", "push_refused"):
        assert "&lt;b&gt;" in notice(kind, {"username": "<b>"}, "<b>", t).text or kind == "link_voided"
        assert notice(kind, {"username": "ann", "movie_id": 603}, None, t).text
