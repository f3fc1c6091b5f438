"""/runs: pages, one run opened, its report as documents; from an alert too."""

import csv
import io
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from sandbox.telegram.world import Message
from tests.bot.conftest import ADMIN, Stage
from views.runs import OpenRun, Report

RUNS = """
    INSERT INTO tmdb.sync_runs (run_type, source, trigger_type, status, queued_at, started_at, finished_at,
                                movies_checked, movies_updated, movies_failed, samples)
    SELECT (ARRAY['delta', 'export', 'stale'])[1 + n % 3], 'a source', 'scheduled',
           CASE WHEN n % 6 = 1 THEN 'failed' ELSE 'completed' END, at, at, at + interval '90 seconds',
           n, n - 1, 1, ARRAY['=1+1 (1999)', 'Heat (1995)']
    FROM generate_series(1, $1) AS n,
         LATERAL (SELECT tmdb.now() - ($1 - n + 1) * interval '1 day') AS day (at)
    RETURNING id
"""
FAILURE = """
    INSERT INTO tmdb.sync_run_failures (run_id, tmdb_id, title, error)
    VALUES ($1, 603, 'The <Matrix>', 'a 503')
"""


async def fill(stage: Stage, number: int) -> list[int]:
    """So many runs, a day apart; their ids, the newest first."""
    return sorted((row[0] for row in await stage.database.fetch(RUNS, number)), reverse=True)


async def documents(stage: Stage, admin: Any, message: Message, button: str, count: int) -> dict[str, bytes]:
    query = admin.press(message, button)

    def all_there() -> list[Message] | None:
        there = [m for m in admin.chat.messages if m.message_id > message.message_id and m.document]
        return there if len(there) == count else None

    found = await stage.telegram.wait_until(all_there, 10)
    await admin.wait_answer(query)
    await stage.idle()
    return {m.document.name: m.document.content for m in found if m.document}


def buttons(message: Message) -> list[str]:
    return [button.text for button in message.buttons]


async def test_runs_by_pages_and_by_type(stage: Stage) -> None:
    ids = await fill(stage, 20)
    admin = stage.person(ADMIN)
    shown = await stage.ask(admin, "/runs")
    assert shown.body.splitlines()[1] == "Daily runs of 30 days: 69% succeeded (delta 6/6 · export 3/7)"
    assert shown.button("1").callback_data == OpenRun(run_id=ids[0], here=True).pack()
    older = await stage.press(admin, shown, "Older")
    assert older.message_id == shown.message_id
    assert older.button("1").callback_data == OpenRun(run_id=ids[8], here=True).pack()
    oldest = await stage.press(admin, older, "Older")
    assert buttons(oldest) == ["1", "2", "3", "4", "‹ Newest", "By type", "CSV and JSON"]
    types = await stage.press(admin, oldest, "By type")
    exports = await stage.press(admin, types, "export")
    assert exports.body.startswith("Runs: export, times in UTC")
    assert "delta ·" not in exports.body
    assert len(buttons(exports)) == 7 + 2


async def test_no_run_yet(stage: Stage) -> None:
    shown = await stage.ask(stage.person(ADMIN), "/runs")
    assert shown.body.endswith("No run yet.")


async def test_a_run_is_opened_in_place_and_reported(stage: Stage) -> None:
    [newest, *_] = await fill(stage, 3)
    await stage.database.execute(FAILURE, newest)
    admin = stage.person(ADMIN)
    shown = await stage.ask(admin, "/runs")
    opened = await stage.press(admin, shown, "1")
    assert opened.message_id == shown.message_id
    assert f"delta {newest}: completed" in opened.body
    assert "• The <Matrix> 603: a 503" in opened.body
    found = await documents(stage, admin, opened, "CSV and JSON", 3)
    assert list(found) == [f"run-{newest}.csv", f"run-{newest}.json", f"run-{newest}-failures.csv"]
    [line] = csv.DictReader(io.StringIO(found[f"run-{newest}.csv"].decode("utf-8-sig")))
    assert line["samples"] == "'=1+1 (1999); Heat (1995)"
    assert orjson.loads(found[f"run-{newest}.json"])["failures"][0]["title"] == "The <Matrix>"
    back = await stage.press(admin, opened, "‹ Runs")
    assert back.body.startswith("Runs, times in UTC")


async def test_a_period_is_reported(stage: Stage) -> None:
    await fill(stage, 40)
    admin = stage.person(ADMIN)
    shown = await stage.ask(admin, "/runs")
    periods = await stage.press(admin, shown, "CSV and JSON")
    assert buttons(periods) == ["7 days", "30 days", "90 days", "‹ Runs"]
    found = await documents(stage, admin, periods, "30 days", 2)
    lines = list(csv.DictReader(io.StringIO(found["runs-30-days.csv"].decode("utf-8-sig"))))
    assert len(lines) == 30
    assert len(orjson.loads(found["runs-30-days.json"])["runs"]) == 30


async def test_from_an_alert_a_run_opens_below_it(stage: Stage) -> None:
    [run_id] = await fill(stage, 1)
    admin = stage.person(ADMIN)
    alert = await stage.ask(admin, "/runs")
    before = alert.body
    query = admin.press_forged(alert, OpenRun(run_id=run_id).pack())
    opened = await admin.chat.wait_for(lambda message: message.message_id > alert.message_id)
    await admin.wait_answer(query)
    assert f"export {run_id}: failed" in opened.body
    assert alert.body == before, "the alert stays"


@pytest.mark.parametrize("data", [lambda: OpenRun(run_id=999).pack(), lambda: Report(run_id=999).pack()])
async def test_a_run_that_is_not_kept_any_more(stage: Stage, data: Callable[[], str]) -> None:
    admin = stage.person(ADMIN)
    shown = await stage.ask(admin, "/runs")
    answer = await admin.wait_answer(admin.press_forged(shown, data()))
    assert (answer.text, answer.show_alert) == ("This run is not kept any more.", True)


async def test_to_others_it_is_an_unknown_command(stage: Stage) -> None:
    [run_id] = await fill(stage, 1)
    ann = stage.person(1)
    assert (await stage.ask(ann, "/runs")).body == (await stage.ask(ann, "/nothing")).body
    hers = await stage.ask(ann, "/start")
    stale = (await ann.wait_answer(ann.press_forged(hers, "nothing"))).text
    for data in (OpenRun(run_id=run_id).pack(), Report(days=30).pack(), "runs::", "types", "periods"):
        assert (await ann.wait_answer(ann.press_forged(hers, data))).text == stale
