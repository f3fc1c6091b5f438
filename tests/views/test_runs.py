"""Runs as an admin reads them, and their reports as a spreadsheet and a program do."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from html import unescape
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.sync import Run, RunFailure, SuccessRate
from tests.views.test_sync import NOW, RUN
from views.block import COLUMNS, columns
from views.locale import LANGUAGES, locale
from views.reports import of_period, of_run
from views.runs import PAGE, ListRuns, OpenRun, Report, run, runs
from views.screen import Screen

DONE = replace(
    RUN, status="completed", finished_at=NOW, seconds=130.0, waiting=0, movies_skipped=2000,
    samples=("Heat (1995)", "<i>Ran</i> & more (1985)"),
    metadata={"since": "2026-11-20T04:00:00+00:00", "stubs": 1200, "nothing": 0, "none": None},
)  # fmt: skip
FAILED = replace(
    DONE, id=16, run_type="export", status="failed", error="no <answer> & so on", movies_failed=0
)
WAITING = replace(RUN, id=15, run_type="lists", status="queued", started_at=None, seconds=None)
FAILURES = [RunFailure(n, f"The <{n}>" if n % 2 else None, "TMDB answered 503", NOW) for n in range(600, 610)]


def buttons(screen: Screen) -> dict[str, str | None]:
    assert screen.keyboard is not None
    return {button.text: button.callback_data for row in screen.keyboard.inline_keyboard for button in row}


def listed(found: Sequence[Run], page: ListRuns | None = None, language: str = "en") -> Screen:
    rates = [SuccessRate("delta", 30, 0), SuccessRate("export", 28, 2), SuccessRate("stale", 9, 700)]
    return runs(locale(language), page or ListRuns(), found, rates)


def test_a_run_is_a_line_its_outcomes_and_its_error() -> None:
    lines = listed([DONE, FAILED, WAITING]).text.splitlines()
    assert lines[1] == "Daily runs of 30 days: 96% succeeded (delta 30/30 · export 28/30)"
    assert lines[3:5] == [
        "1. ✓ <b>delta</b> · Nov 21 12:40 · 2 min 10 s",
        "     checked 4,310 · new 12 · updated 2,210 · skipped 2,000 · gone at TMDB 1 · failed 12",
    ]
    assert "2. ✗ <b>export</b> · Nov 21 12:40 · 2 min 10 s" in lines
    assert "     no &lt;answer&gt; &amp; so on" in lines
    assert "3. ○ <b>lists</b> · Nov 21 12:40" in lines


def test_pages_lead_on_and_back_to_the_newest() -> None:
    many = [replace(DONE, id=100 - n) for n in range(PAGE + 1)]
    first = buttons(listed(many))
    assert first["1"] == OpenRun(run_id=100, here=True).pack()
    assert [*first][-3:] == ["Older ›", "By type", "CSV and JSON"]
    assert first["Older ›"] == ListRuns(before=100 - PAGE + 1).pack()
    last = buttons(listed(many[:2], ListRuns(run_type="delta", before=50)))
    assert "Older ›" not in last
    assert last["‹ Newest"] == ListRuns(run_type="delta").pack()
    assert ListRuns.unpack(ListRuns().pack()) == ListRuns()


def test_an_empty_list_says_so() -> None:
    assert runs(locale("en"), ListRuns(), [], []).text.endswith("No run yet.")


def test_a_run_opened_tells_all_of_it() -> None:
    screen = run(locale("en"), DONE, FAILURES)
    for line in (
        "Took                      2 min 10 s",
        "By                         admin 900",
        "Source                 movie/changes",
        "Updated                        2,210",
        "Pages read                        44",
        "stubs                          1,200",
    ):
        assert line in screen.text
    assert "nothing" not in screen.text
    assert "Heat (1995), &lt;i&gt;Ran&lt;/i&gt; &amp; more (1985)" in screen.text
    assert "• The &lt;601&gt; <code>601</code>: TMDB answered 503" in screen.text
    assert "• <code>600</code>: TMDB answered 503" in screen.text
    assert "… and 2 more, all in the report" in screen.text
    assert buttons(screen)["CSV and JSON"] == Report(run_id=17).pack()
    assert "Refresh" not in buttons(screen)
    assert "Refresh" in buttons(run(locale("en"), RUN, []))
    assert "no &lt;answer&gt; &amp; so on" in run(locale("en"), FAILED, []).text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_longest_run_fits_a_message(language: str) -> None:
    long = "the <longest> title & its like " * 20
    numbers: dict[str, Any] = dict.fromkeys(
        ("movies_checked", "movies_new", "movies_updated", "movies_skipped", "movies_failed", "movies_gone",
         "pages_read", "waiting", "total", "attempts"), 1_234_567,
    )  # fmt: skip
    huge: dict[str, Any] = {f"fact_number_{n}_of_many": long for n in range(40)}
    worst = replace(RUN, **numbers, source=long, error=long * 9, samples=(long,) * 20, metadata=huge)
    text = run(locale(language), worst, [RunFailure(2**31 - 1, long, long, NOW)] * 10).text
    assert len(unescape(text).encode("utf-16-le")) // 2 <= 4096
    for line in unescape(text.partition("<pre>")[2].partition("</pre>")[0]).splitlines():
        assert columns(line) <= COLUMNS, line
    page = listed([replace(worst, id=n + 1) for n in range(PAGE + 1)], language=language).text
    assert len(unescape(page).encode("utf-16-le")) // 2 <= 4096


def table(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf"), "a spreadsheet would not read Cyrillic"
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@given(st.text(max_size=20), st.text(max_size=20))
def test_no_cell_of_a_report_is_a_formula_and_nothing_else_is_changed(title: str, error: str) -> None:
    found = of_run(DONE, [RunFailure(603, title, error, NOW)])
    header, line = table(found[2].content)
    assert header == ["tmdb_id", "title", "error", "failed_at"]
    assert line[0] == "603"
    for cell, original in zip(line[1:3], (title, error), strict=True):
        assert cell.removeprefix("'") == original.removeprefix("'")
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))


@pytest.mark.parametrize("title", ["=1+1", "+7", "-30-", "@home", "\t=1", "＝1"])
def test_a_title_like_a_formula_is_text(title: str) -> None:
    documents = of_run(replace(DONE, samples=(title,)), [RunFailure(1, title, 'x, "y"\nz', NOW)])
    assert table(documents[2].content)[1][1:3] == ["'" + title, 'x, "y"\nz']
    sheet = table(documents[0].content)
    assert dict(zip(*sheet, strict=True))["samples"] == "'" + title
    whole = orjson.loads(documents[1].content)
    assert whole["run"]["samples"] == [title], "JSON is not changed"
    assert whole["failures"][0]["title"] == title


def test_the_report_of_a_period_has_a_row_for_each_run() -> None:
    sheet, whole = of_period(30, [DONE, FAILED, WAITING])
    assert (sheet.name, whole.name) == ("runs-30-days.csv", "runs-30-days.json")
    header, *lines = table(sheet.content)
    first = dict(zip(header, lines[0], strict=True))
    assert (first["id"], first["movies_updated"], first["seconds"]) == ("17", "2210", "130.0")
    assert first["started_at"] == "2026-11-21T12:40:00+00:00"
    assert orjson.loads(first["metadata"])["stubs"] == 1200
    assert [line[header.index("status")] for line in lines] == ["completed", "failed", "queued"]
    told = orjson.loads(whole.content)
    assert [one["id"] for one in told["runs"]] == [17, 16, 15]
    assert told["runs"][0]["samples"] == list(DONE.samples)


def test_a_run_without_failures_has_no_table_of_them() -> None:
    assert [document.name for document in of_run(DONE, [])] == ["run-17.csv", "run-17.json"]
