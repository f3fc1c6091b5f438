"""Every alert can be told in every language, from the facts its rule promises."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from core.alerts import SEVERITIES, Alert, Rule
from views.alerts import cleared, mail, raised
from views.locale import LANGUAGES, locale
from views.typography import units

EXPORT = {"kind": "adult_movie", "day": "2026-11-21", "lines": 100}
FACTS: list[tuple[Rule, dict[str, Any]]] = [
    *(("no_daily_run", {"run_type": run_type, "hours": 37}) for run_type in ("export", "bulk", "delta")),
    (
        "error_rate",
        {"job": "<job>", "percent": 5.1, "threshold": 5.0, "calls": 99, "statuses": {"0": 1, "503": 4}},
    ),
    *(
        ("slow_job", {"run_type": run_type, "rate": 1.5, "average": 35.0})
        for run_type in ("export", "bulk", "delta", "lists", "stale")
    ),
    ("parked", {"films": 1234, "threshold": 100}),
    *(("export_suspicious", EXPORT | {"reason": reason}) for reason in ("cut", "empty", "bad_lines")),
    ("export_suspicious", EXPORT | {"reason": "shrunk", "before": 1_160_204}),
    ("poster_disk_full", {"host": "a<b", "used_mb": 512, "budget_mb": 512, "hours": 1}),
    ("database_disk_low", {"free_mb": 100, "threshold_mb": 2048}),
    ("channel_unusable", {"channel_id": -1001, "error": "Bad Request: <chat> not found " * 100}),
    ("oldest_row", {"days": 171}),
    ("tmdb_key_refused", {}),
]


def alert(rule: Rule, facts: dict[str, Any], **more: Any) -> Alert:
    raised_at = datetime(2026, 11, 21, 12, tzinfo=UTC)
    return replace(
        Alert(1, rule, "", SEVERITIES[rule], facts, 7, raised_at, None, seconds=7260.0, cleared=False), **more
    )


def test_every_rule_is_here() -> None:
    assert {rule for rule, _ in FACTS} == set(get_args(Rule)) == set(SEVERITIES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("rule", "facts"), FACTS)
def test_it_is_told_whole(language: str, rule: Rule, facts: dict[str, Any]) -> None:
    t = locale(language)
    screen = raised(t, alert(rule, facts))
    for text in (screen.text, cleared(t, alert(rule, facts, cleared=True)).text):
        assert "{" not in text
        assert "<job>" not in text
        assert "<chat>" not in text
        assert "a<b" not in text
        assert units(text) <= 1024
    assert screen.keyboard is not None
    assert all(len(row[0].callback_data or "") <= 64 for row in screen.keyboard.inline_keyboard)


@pytest.mark.parametrize(("rule", "facts"), FACTS)
def test_a_mail_is_plain_text_with_one_line_of_subject(rule: Rule, facts: dict[str, Any]) -> None:
    raised_mail, over = (mail(alert(rule, facts), over=over) for over in (False, True))
    assert raised_mail.subject.startswith("[Filmoteka] ")
    assert over.subject.startswith("[Filmoteka] Over: ")
    assert "\n" not in raised_mail.subject
    assert "Since 2026-11-21 12:00 UTC." in raised_mail.text
    assert "Over after 2 h." in over.text
    for text in (raised_mail.text, over.text):
        assert "<b>" not in text
        assert "&lt;" not in text


def test_an_alert_that_was_seen_says_by_whom() -> None:
    seen = alert("oldest_row", {"days": 171}, acknowledged_by=900)
    assert raised(locale("en"), seen, seen_by="Ann <3").text.endswith(
        'Seen by <a href="tg://user?id=900">Ann &lt;3</a>'
    )
    assert raised(locale("en"), seen).text.endswith('Seen by <a href="tg://user?id=900">900</a>')
