"""Runs of the synchronisation as an admin sees them: a list by pages, and one opened."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any, get_args

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton
from babel.dates import format_skeleton
from pydantic import Field

from core.sync import Run, RunFailure, RunType, SuccessRate
from views.block import COLUMNS, aligned, bar, block, columns, percent, shortened, span
from views.locale import Locale
from views.screen import Screen, rows
from views.typography import cut_line, escape

PAGE = 8
PERIODS = (7, 30, 90)
SUCCESS_DAYS = 30
# Types that are to run every day.
_DAILY: tuple[RunType, ...] = ("export", "bulk", "delta", "retention")

BAR_CELLS = 14
SAMPLES = 10
FAILURES = 10
FACTS = 14
TITLE_UNITS, ERROR_UNITS, RUN_ERROR_UNITS = 48, 100, 400

_MARKS = {"queued": "○", "running": "●", "completed": "✓", "failed": "✗"}

RunId = Annotated[int, Field(gt=0, lt=2**63)]


class ListRuns(CallbackData, prefix="runs"):
    """A page of runs, newest first: of one type or all, from the newest on or from before a run.

    `here` in place of the message whose button this is, or below it, where that one moves.
    """

    run_type: RunType | None = None
    before: RunId | None = None
    here: bool = True


class ChooseType(CallbackData, prefix="types"):
    """Which type's runs to list."""


class OpenRun(CallbackData, prefix="run"):
    """One run: `here` in place of the message whose button this is, or below it."""

    run_id: RunId
    here: bool = False


class ChoosePeriod(CallbackData, prefix="periods"):
    """Which period to report."""


class Report(CallbackData, prefix="report"):
    """The report of a run, or of so many days, as documents."""

    run_id: RunId | None = None
    days: Annotated[int, Field(gt=0, le=366)] | None = None


def run_type(t: Locale, name: RunType) -> str:
    """What a type of run is called."""
    return t(f"run-type-{name}")


def runs(t: Locale, page: ListRuns, found: Sequence[Run], rates: Sequence[SuccessRate]) -> Screen:
    """A page; `found` holds one run more than fits where there are older ones."""
    shown, more = found[:PAGE], len(found) > PAGE
    head = t("runs-title") if page.run_type is None else t("runs-title-of", run=run_type(t, page.run_type))
    lines = [head, *_success(t, rates), ""]
    lines += [line for number, run in enumerate(shown, 1) for line in _entry(t, number, run)]
    if not shown:
        lines.append(t("runs-none"))
    buttons = [_button(str(number), OpenRun(run_id=run.id, here=True)) for number, run in enumerate(shown, 1)]
    leaf = []
    if page.before is not None:
        leaf.append(_button(t("runs-newest"), ListRuns(run_type=page.run_type)))
    if more:
        leaf.append(_button(t("runs-older"), ListRuns(run_type=page.run_type, before=shown[-1].id)))
    other = [_button(t("runs-types"), ChooseType()), _button(t("runs-report"), ChoosePeriod())]
    return Screen("\n".join(lines), rows(*filter(None, (buttons[:4], buttons[4:], leaf, other))))


def _success(t: Locale, rates: Sequence[SuccessRate]) -> Iterator[str]:
    daily = [rate for rate in rates if rate.run_type in _DAILY and rate.completed + rate.failed]
    ended = sum(rate.completed + rate.failed for rate in daily)
    if ended:
        each = " · ".join(
            f"{run_type(t, rate.run_type)} {rate.completed}/{rate.completed + rate.failed}" for rate in daily
        )
        share = percent(t, sum(rate.completed for rate in daily), ended)
        yield t("runs-success", days=str(SUCCESS_DAYS), share=share, each=each)


def _entry(t: Locale, number: int, run: Run) -> Iterator[str]:
    facts = [
        f"{_MARKS[run.status]} <b>{run_type(t, run.run_type)}</b>",
        _at(t, run.started_at or run.queued_at),
    ]
    if run.seconds is not None:
        facts.append(span(t, run.seconds))
    yield f"{number}. {' · '.join(facts)}"
    outcomes = [f"{label[:1].lower()}{label[1:]} {number}" for label, number in _counts(t, run)]
    if outcomes:
        yield f"     {' · '.join(outcomes)}"
    if run.error:
        yield f"     {escape(cut_line(run.error, ERROR_UNITS))}"


def _at(t: Locale, at: datetime) -> str:
    day, time = (format_skeleton(skeleton, at, locale=t.cldr) for skeleton in ("MMMd", "Hm"))
    return f"{day} {time}"


def _counts(t: Locale, run: Run) -> Iterator[tuple[str, str]]:
    for name, number in (
        ("checked", run.movies_checked),
        ("new", run.movies_new),
        ("updated", run.movies_updated),
        ("skipped", run.movies_skipped),
        ("gone", run.movies_gone),
        ("failed", run.movies_failed),
    ):
        if number:
            yield t(f"run-{name}"), t.number(number)


def run(t: Locale, run: Run, failures: Sequence[RunFailure]) -> Screen:
    """One run whole, with the first of its failures."""
    times = [(t("run-queued"), f"{_at(t, run.queued_at)} UTC")]
    if run.started_at is not None:
        times.append((t("run-started"), f"{_at(t, run.started_at)} UTC"))
    if run.finished_at is not None:
        times.append((t("run-finished"), f"{_at(t, run.finished_at)} UTC"))
    if run.seconds is not None:
        times.append((t("run-took" if run.finished_at else "run-since"), span(t, run.seconds)))
    times += [(t("run-trigger"), _trigger(t, run)), (t("run-source"), run.source)]
    if run.attempts:
        times.append((t("run-attempts"), t.number(run.attempts)))
    counts = list(_counts(t, run))
    if run.pages_read:
        counts.append((t("run-pages"), t.number(run.pages_read)))
    if run.waiting:
        counts.append((t("run-waiting"), t.number(run.waiting)))
    progress = []
    if run.total and run.finished_at is None:
        done = min(run.films_done, run.total)
        progress.append(f"{bar(done / run.total, BAR_CELLS)} {percent(t, done, run.total)}")
    parts = [
        f"{_MARKS[run.status]} <b>{run_type(t, run.run_type)}</b> {run.id}: {t(f'run-status-{run.status}')}",
        block(_fitted(times), progress, _fitted(counts), _fitted(_facts(t, run.metadata))),
    ]
    if run.error:
        parts.append(t("run-error", error=escape(cut_line(run.error, RUN_ERROR_UNITS))))
    if run.samples:
        named = ", ".join(escape(cut_line(title, TITLE_UNITS)) for title in run.samples[:SAMPLES])
        parts.append(t("run-samples", titles=named))
    if failures:
        parts.append(t("run-failures"))
        parts += [_failure(failure) for failure in failures[:FAILURES]]
        if (more := run.movies_failed - len(failures[:FAILURES])) > 0:
            parts.append(t("run-failures-more", number=t.number(more)))
    again = [] if run.finished_at else [_button(t("run-refresh"), OpenRun(run_id=run.id, here=True))]
    return Screen(
        "\n".join(parts),
        rows(
            [_button(t("runs-report"), Report(run_id=run.id)), *again],
            [_button(t("run-back"), ListRuns())],
        ),
    )


def _trigger(t: Locale, run: Run) -> str:
    if run.trigger_type == "manual" and run.requested_by is not None:
        return t("run-by-admin", admin=str(run.requested_by))
    return t(f"run-by-{run.trigger_type}")


def _facts(t: Locale, metadata: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What else its runner noted, by the runner's own names."""
    noted = [(name, value) for name, value in sorted(metadata.items()) if value not in (None, 0, "", [], {})]
    for name, value in noted[:FACTS]:
        if isinstance(value, list):
            value = ", ".join(map(str, value))
        whole = isinstance(value, int) and not isinstance(value, bool)
        yield name.replace("_", " "), t.number(value) if whole else str(value)


def _fitted(pairs: Iterator[tuple[str, str]] | Sequence[tuple[str, str]]) -> list[str]:
    narrow = [(shortened(label, COLUMNS // 2), value) for label, value in pairs]
    return aligned(
        [(label, shortened(value, COLUMNS - 1 - columns(label))) for label, value in narrow], COLUMNS
    )


def _failure(failure: RunFailure) -> str:
    title = escape(cut_line(failure.title, TITLE_UNITS)) + " " if failure.title else ""
    return f"• {title}<code>{failure.tmdb_id}</code>: {escape(cut_line(failure.error, ERROR_UNITS))}"


def no_such_run(t: Locale) -> str:
    """An alert: retention has deleted it meanwhile."""
    return t("run-none")


def types(t: Locale) -> Screen:
    """Which type to list."""
    one = [_button(run_type(t, name), ListRuns(run_type=name)) for name in get_args(RunType)]
    back = [_button(t("runs-all"), ListRuns())]
    return Screen(t("runs-which-type"), rows(one[:3], one[3:6], one[6:] + back))


def periods(t: Locale) -> Screen:
    """Which period to report."""
    choices = [_button(t("runs-days", number=str(days)), Report(days=days)) for days in PERIODS]
    return Screen(t("runs-which-period"), rows(choices, [_button(t("run-back"), ListRuns())]))


def _button(text: str, data: CallbackData) -> InlineKeyboardButton:
    return InlineKeyboardButton(text=text, callback_data=data.pack())
