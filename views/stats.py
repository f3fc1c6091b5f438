"""The operator's figures, in a block of at most 36 columns."""

import unicodedata
from collections.abc import Iterable

from core.stats import Stats
from views.locale import Locale
from views.screen import Screen
from views.typography import escape

_UNITS = ((86_400, "stats-days"), (3_600, "stats-hours"), (60, "stats-minutes"), (1, "stats-seconds"))


def figures(t: Locale, stats: Stats) -> Screen:
    """People, films, posters, queues; an estimate says so."""
    groups = [
        [
            (t("stats-users"), _count(t, stats.users)),
            (t("stats-users-linked"), _count(t, stats.users_linked)),
            (t("stats-users-active"), _count(t, stats.users_active)),
            (t("stats-ratings"), _count(t, stats.ratings)),
        ],
        [
            (t("stats-films-full"), _count(t, stats.films_full, stats.films_estimated)),
            (t("stats-films-stub"), _count(t, stats.films_stub, stats.films_estimated)),
        ],
        [
            (t("stats-posters-in-telegram"), _count(t, stats.posters_in_telegram, stats.posters_estimated)),
            (t("stats-posters-on-disk"), _count(t, stats.posters_on_disk)),
            (t("stats-posters-wanted"), _count(t, stats.posters_wanted, stats.posters_estimated)),
            (t("stats-posters-missing"), _count(t, stats.posters_missing, stats.posters_estimated)),
        ],
        [
            (t("stats-queue-posters"), _queue(t, stats.asked_posters, stats.asked_posters_age)),
            (t("stats-queue-imports"), _queue(t, stats.imports, stats.imports_age)),
            (t("stats-queue-pushes"), _queue(t, stats.pushes, stats.pushes_age)),
            (t("stats-queue-parked"), _count(t, stats.pushes_parked)),
            (t("stats-queue-notices"), _queue(t, stats.notices, stats.notices_age)),
        ],
    ]
    width = max(_columns(label) for group in groups for label, _ in group)
    block = "\n\n".join("\n".join(_lines(group, width)) for group in groups)
    return Screen(f"<pre>{escape(block)}</pre>")


def _lines(group: Iterable[tuple[str, str]], width: int) -> Iterable[str]:
    for label, value in group:
        yield label + " " * (width - _columns(label) + 2) + value


def _columns(text: str) -> int:
    """Columns in a monospace font, where a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _count(t: Locale, number: int, estimated: bool = False) -> str:
    return f"≈ {t.number(number)}" if estimated else t.number(number)


def _queue(t: Locale, number: int, age: float | None) -> str:
    if age is None:
        return _count(t, number)
    return f"{_count(t, number)} · {_age(t, age)}"


def _age(t: Locale, seconds: float) -> str:
    size, key = next((unit for unit in _UNITS if seconds >= unit[0]), _UNITS[-1])
    return t(key, count=int(seconds // size))
