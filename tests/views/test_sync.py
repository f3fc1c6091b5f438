"""The synchronisation on a phone: nothing unknown is shown, nothing is wider than it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from core.sync import Run, RunType, Scheduled, SyncStatus
from views.block import COLUMNS, columns
from views.locale import LANGUAGES, locale
from views.sync import already_running, ask_reset, ask_reset_again, started, sync

NOW = datetime(2026, 11, 21, 12, 40, tzinfo=UTC)
RUN = Run(
    id=17, run_type="delta", source="movie/changes", trigger_type="manual", requested_by=900,
    status="running", queued_at=NOW, started_at=NOW, finished_at=None, seconds=75.0, listed=True,
    total=4310, waiting=88, pages_read=44, movies_checked=4310, movies_new=12, movies_updated=2210,
    movies_skipped=0, movies_failed=12, movies_gone=1, samples=("Heat (1995)",), error=None,
    metadata={}, attempts=0,
)  # fmt: skip
EMPTY = SyncStatus(
    running=(), paused_seconds=None, films_full=0, films_stub=0, films_deleted=0, films_rate=None,
    films_eta_seconds=None, posters_in_telegram=0, posters_wanted=0, posters_rate=None,
    posters_eta_seconds=None, queue={}, parked=0, for_review=0, delta_until=None, delta_lag_seconds=None,
    oldest_age_seconds=None, next_jobs=(), open_alerts=0, daily_limit_days=None,
)  # fmt: skip
BUSY = replace(
    EMPTY,
    running=(RUN,),
    films_full=603_118, films_stub=557_086, films_rate=38.14, films_eta_seconds=14_640.0,
    posters_in_telegram=569, posters_wanted=18_402, posters_rate=19.2, posters_eta_seconds=57_600.0,
    queue={"stale": 220, "change": 4310, "import": 12, "person": 0}, parked=7, for_review=2,
    delta_until=NOW - timedelta(hours=2), delta_lag_seconds=7200.0, oldest_age_seconds=29.4 * 86_400,
    next_jobs=(
        Scheduled("health", NOW + timedelta(minutes=3)),
        Scheduled("lists", NOW + timedelta(days=6)),
        Scheduled("export", NOW + timedelta(hours=20)),
        Scheduled("delta", NOW + timedelta(hours=15, minutes=20)),
    ),
)  # fmt: skip


def block(status: SyncStatus, language: str = "en") -> list[str]:
    text = unescape(sync(locale(language), status).text)
    return text.partition("<pre>")[2].partition("</pre>")[0].splitlines()


def labels(status: SyncStatus, *, moves: bool = True) -> list[str]:
    keyboard = sync(locale("en"), status, moves=moves).keyboard
    assert keyboard is not None
    assert all(keyboard.inline_keyboard), "a row without buttons"
    return [button.text for row in keyboard.inline_keyboard for button in row]


def test_everything_at_a_glance() -> None:
    assert block(BUSY) == [
        "Running  delta · 1 min 15 s",
        "         ▓▓▓▓▓▓▓░░░░░░░ 51%",
        "         checked 4,310 · new 12",
        "         updated 2,210 · failed 12",
        "",
        "Films    ▓▓▓▓▓▓▓░░░░░░░ 51%",
        "         603,118 of 1,160,204",
        "         38/s · 4 h 4 min left",
        "",
        "Posters  ░░░░░░░░░░░░░░ 2%",
        "         569 of 18,971",
        "         19/min · 16 h left",
        "",
        "Queue    imports 12 · changes 4,310",
        "         stale 220",
        "Parked   7",
        "Review   2",
        "Delta    up to Nov 21 · 2 h behind",
        "Oldest   29 d",
        "Next     delta 04:00 · export 08:40",
        "         lists Fri 12:40 UTC",
    ]


def test_nothing_unknown_is_shown() -> None:
    assert block(EMPTY) == [
        "Running  nothing", "", "Films    none yet", "", "Posters  none yet", "", "Queue    empty",
    ]  # fmt: skip
    assert sync(locale("en"), EMPTY).text.startswith("<b>Synchronisation</b>\n<pre>")
    no_pace = "\n".join(block(replace(BUSY, films_rate=0.0, films_eta_seconds=None)))
    assert "/s" not in no_pace


@pytest.mark.parametrize(
    ("rate", "shown"), [(0.0008, None), (0.02, "1.2/min"), (0.99, "59/min"), (1.04, "1/s"), (1.26, "1.3/s")]
)
def test_a_slow_rate_is_told_by_the_minute_and_never_as_nothing(rate: float, shown: str | None) -> None:
    line = block(replace(BUSY, films_rate=rate))[7].strip()
    assert line == " · ".join(filter(None, [shown, "4 h 4 min left"]))


RUN_TYPES: tuple[RunType, ...] = ("export", "bulk", "delta", "lists", "stale", "retention", "ratings")
LARGE = replace(
    BUSY,
    running=tuple(
        replace(
            RUN,
            run_type=name,
            total=1_234_567,
            seconds=7 * 86_399.0,
            attempts=7,
            movies_checked=1_234_567,
            movies_new=1_234_567,
            movies_updated=1_234_567,
            movies_failed=1_234_567,
        )
        for name in RUN_TYPES
    ),
    films_full=1_234_567,
    films_stub=1_234_567,
    films_rate=9.96,
    films_eta_seconds=6.9 * 86_400,
    posters_in_telegram=1_234_567,
    posters_wanted=1_234_567,
    posters_eta_seconds=999 * 86_400.0,
    queue=dict.fromkeys(
        ("person", "import", "change", "new", "missing", "list", "stale", "backfill"), 1_234_567
    ),
    parked=1_234_567,
    for_review=1_234_567,
    delta_lag_seconds=6.9 * 86_400,
    next_jobs=tuple(Scheduled(name, NOW + timedelta(days=n)) for n, name in enumerate(RUN_TYPES)),
    open_alerts=12,
    daily_limit_days=290.0,
    paused_seconds=86_399.0,
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_line_is_wider_than_a_phone(language: str) -> None:
    for status in (EMPTY, BUSY, LARGE):
        for line in block(status, language):
            assert columns(line) <= COLUMNS, line
        assert len(sync(locale(language), status).text) < 4096


def test_what_waits_says_so() -> None:
    waits = replace(RUN, status="queued", started_at=None, seconds=None, total=None, attempts=2)
    waits = replace(waits, movies_checked=0, movies_new=0, movies_updated=0, movies_failed=0)
    assert block(replace(BUSY, running=(waits,)))[:2] == ["Waiting  delta · try 3", ""]


def test_more_than_was_to_be_checked_fills_no_more_than_the_bar() -> None:
    assert "▓▓▓▓▓▓▓▓▓▓▓▓▓▓ 100%" in block(replace(BUSY, running=(replace(RUN, total=10),)))[1]


def test_a_pause_alerts_and_a_limit_too_low_are_said_in_words() -> None:
    text = sync(locale("en"), LARGE).text
    assert text.startswith("<b>Paused</b> for 23 h 59 min. Backfill")
    assert "takes another 290 days, but TMDB’s data may be kept for 180 days only" in text
    assert text.endswith("12 open alerts: /alerts")
    assert "Too slow" not in sync(locale("en"), replace(LARGE, daily_limit_days=180.0)).text


def test_only_buttons_that_make_sense_now() -> None:
    assert labels(EMPTY) == ["Load the export", "Pause", "Refresh", "Runs"]
    assert labels(replace(EMPTY, delta_until=NOW)) == labels(EMPTY), "changes read before any export"
    loading = replace(EMPTY, running=(replace(RUN, run_type="export"),))
    assert labels(loading) == ["Pause", "Refresh", "Runs"]
    idle = replace(BUSY, running=(), parked=0)
    assert labels(idle) == [
        "Start backfill", "Pause", "Delta now", "Lists now", "Reset …", "Refresh", "Runs",
    ]  # fmt: skip
    assert "Start backfill" not in labels(replace(idle, films_stub=0)), "everything is full"
    assert "Delta now" not in labels(BUSY)
    assert "Retry parked films" in labels(BUSY)
    assert labels(replace(BUSY, paused_seconds=3.0)) == [
        "Resume", "Retry parked films", "Reset …", "Refresh", "Runs",
    ]  # fmt: skip


def test_a_message_that_stopped_offers_to_go_on() -> None:
    assert labels(BUSY, moves=False) == ["Refresh", "Runs"]
    assert sync(locale("en"), BUSY, moves=False).text.endswith("no longer keeps itself up to date.")


@pytest.mark.parametrize("language", LANGUAGES)
def test_toasts_fit_an_alert(language: str) -> None:
    t = locale(language)
    for name in RUN_TYPES:
        run = replace(RUN, run_type=name)
        waits = replace(run, seconds=None)
        texts = {
            already_running(t, run), already_running(t, waits),
            started(t, run, paused=False), started(t, run, paused=True),
        }  # fmt: skip
        assert max(map(len, texts)) <= 200
        assert len(texts) == (4 if name in ("bulk", "delta", "lists", "stale") else 3)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reset_says_what_it_costs_and_what_it_leaves(language: str) -> None:
    t = locale(language)
    assert len({ask_reset(t).text, ask_reset_again(t, 1, 35).text, ask_reset_again(t, 5, 35).text}) == 3
    assert (
        "1,160,204 films are fetched anew: about 9 h 12 min"
        in ask_reset_again(locale("en"), 1_160_204, 35).text
    )
