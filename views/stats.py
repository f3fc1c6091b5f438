"""The operator's figures, in a block of at most 36 columns."""

import re
from collections.abc import Iterable, Sequence

from core.stats import Disk, Requests, Stats
from views.block import COLUMNS, aligned, block, columns, percent, shortened, span
from views.locale import Locale
from views.screen import Screen

ENDPOINTS = 6
TOP_ERRORS = 3
# Calls and errors stand flush right in these; what names them has the rest.
_CALLS, _ERRORS = 10, 8

_PLACE = re.compile(r"\{\w+\}")
_SIZES = (("stats-megabytes", 1e6), ("stats-gigabytes", 1e9), ("stats-terabytes", 1e12))


def figures(t: Locale, stats: Stats, requests: Sequence[Requests], disk: Disk | None) -> Screen:
    """People, films, posters, cards, queues, requests, sizes; the disk's where it is known."""
    cards = stats.cards_warm + stats.cards_cold
    groups = [
        [
            (t("stats-users"), t.number(stats.users)),
            (t("stats-users-linked"), t.number(stats.users_linked)),
            (t("stats-users-active"), t.number(stats.users_active)),
            (t("stats-users-active-week"), t.number(stats.users_active_week)),
            (t("stats-users-active-month"), t.number(stats.users_active_month)),
            *_by_day(t, stats.users_by_day),
            (t("stats-ratings"), t.number(stats.ratings)),
        ],
        [
            (t("stats-films-full"), t.number(stats.films_full)),
            (t("stats-films-stub"), t.number(stats.films_stub)),
            (t("stats-films-deleted"), t.number(stats.films_deleted)),
        ],
        [
            (t("stats-posters-in-telegram"), t.number(stats.posters_in_telegram)),
            (t("stats-posters-on-disk"), t.number(stats.posters_on_disk)),
            (t("stats-posters-wanted"), t.number(stats.posters_wanted)),
            (t("stats-posters-missing"), t.number(stats.posters_missing)),
        ],
        [
            (t("stats-cards"), t.number(cards)),
            *([(t("stats-cards-warm"), percent(t, stats.cards_warm, cards))] if cards else []),
        ],
        [
            (t("stats-queue-posters"), _queue(t, stats.asked_posters, stats.asked_posters_age)),
            (t("stats-queue-imports"), _queue(t, stats.imports, stats.imports_age)),
            (t("stats-queue-pushes"), _queue(t, stats.pushes, stats.pushes_age)),
            (t("stats-queue-parked"), t.number(stats.pushes_parked)),
            (t("stats-queue-notices"), _queue(t, stats.notices, stats.notices_age)),
        ],
    ]
    sizes = [(t("stats-database"), size(t, stats.database_bytes))]
    if disk is not None:
        sizes += [(t("stats-disk"), size(t, disk.size)), (t("stats-disk-free"), size(t, disk.free))]
    return Screen(
        block(
            *(aligned(group, COLUMNS) for group in groups),
            _requests(t, requests),
            _top_errors(t, requests),
            aligned(sizes, COLUMNS),
        )
    )


def _by_day(t: Locale, users: Sequence[int]) -> list[tuple[str, str]]:
    """On one line, or where so many write on two."""
    label, days = t("stats-users-by-day"), [t.number(number) for number in users]
    if columns(" ".join([label, *days])) < COLUMNS:
        return [(label, " ".join(days))]
    return [(label, " ".join(days[:3])), ("", " ".join(days[3:]))]


def _queue(t: Locale, number: int, age: float | None) -> str:
    return t.number(number) if age is None else f"{t.number(number)} · {span(t, age)}"


def _requests(t: Locale, requests: Iterable[Requests]) -> list[str]:
    """Calls and errors of the busiest endpoints, and of all together."""
    calls: dict[str, tuple[int, int]] = {"": (0, 0)}
    for one in requests:
        for name in ("", _name(one)):
            made, failed = calls.get(name, (0, 0))
            calls[name] = (made + one.calls, failed + one.calls * one.failed)
    if len(calls) == 1:
        return [t("stats-requests-none")]
    busiest = sorted(calls.items(), key=lambda item: (-item[1][0], item[0]))
    lines = [_row(t("stats-requests"), t("stats-requests-calls"), t("stats-requests-errors"))]
    for name, (made, failed) in busiest[: ENDPOINTS + 1]:
        lines.append(
            _row(name or t("stats-requests-all"), t.number(made), t.number(failed) if failed else "")
        )
    return [line.rstrip() for line in lines]


def _row(name: str, calls: str, errors: str) -> str:
    [line] = aligned([(shortened(name, COLUMNS - _CALLS - _ERRORS), calls)], COLUMNS - _ERRORS)
    return line + " " * (_ERRORS - columns(errors)) + errors


def _top_errors(t: Locale, requests: Iterable[Requests]) -> list[str]:
    """What fails most, with Telegram's or HTTP's status."""
    failed: dict[str, int] = {}
    for one in requests:
        if one.failed:
            name = f"{one.status or t('stats-no-answer')} {_name(one)}"
            failed[name] = failed.get(name, 0) + one.calls
    top = sorted(failed.items(), key=lambda item: (-item[1], item[0]))[:TOP_ERRORS]
    if not top:
        return []
    width = COLUMNS - _ERRORS
    pairs = [(shortened(name, width), t.number(calls)) for name, calls in top]
    return [t("stats-top-errors"), *aligned(pairs, COLUMNS)]


def _name(one: Requests) -> str:
    """An endpoint as short as it is clear: movie/…, sendPhoto; of the file hosts all is one."""
    if one.host in ("tmdb-images", "tmdb-exports"):
        return one.host
    return _PLACE.sub("…", one.endpoint).removeprefix("/3").strip("/")


def size(t: Locale, number: int) -> str:
    """Bytes as megabytes, gigabytes, terabytes: at most three digits before the point."""
    key, unit = next((fit for fit in _SIZES if number < 999.5 * fit[1]), _SIZES[-1])
    amount = number / unit
    return t(key, number=t.number(amount, 0 if amount >= 100 else 1))
