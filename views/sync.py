"""/sync: the synchronisation as it is now, and what an admin may do about it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Literal, get_args

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton
from babel.dates import format_skeleton

from core.sync import KEPT_DAYS, PAUSABLE, Run, RunType, Scheduled, SyncStatus
from views.block import bar, block, flowing, label_width, percent, span
from views.locale import Locale
from views.runs import ListRuns, run_type
from views.screen import Screen, rows

BAR_CELLS = 14
NEXT_JOBS = 4
# What would be rounded to nothing is nothing.
LEAST_RATE = 0.05
# These come often enough that their next time says nothing.
_FREQUENT = ("ratings", "health")

Action = Literal["pause", "resume", "retry", "refresh"]


class StartRun(CallbackData, prefix="start"):
    """Starts a run; refused where one of its type is unfinished."""

    run_type: RunType


class SyncStep(CallbackData, prefix="sync"):
    """Any other button below the figures."""

    do: Action


class ResetStep(CallbackData, prefix="reset"):
    """The way to a reset: asked for, asked again, done or not."""

    step: Literal["ask", "sure", "yes", "no"]


def sync(t: Locale, status: SyncStatus, *, moves: bool = True) -> Screen:
    """All of it; a message that no longer `moves` says so and offers to go on."""
    parts = [t("sync-title")]
    if status.paused_seconds is not None:
        parts = [t("sync-paused", span=span(t, status.paused_seconds))]
    parts.append(_figures(t, status))
    if status.daily_limit_days is not None and status.daily_limit_days > KEPT_DAYS:
        parts.append(t("sync-daily-limit", days=t.number(status.daily_limit_days), kept=str(KEPT_DAYS)))
    if status.open_alerts:
        parts.append(t("sync-alerts", count=status.open_alerts))
    if moves:
        return Screen("\n".join(parts), rows(*filter(None, _buttons(t, status))))
    return Screen("\n".join([*parts, t("sync-stopped")]), rows([_step(t, "refresh"), _runs(t)]))


def _figures(t: Locale, status: SyncStatus) -> str:
    width = label_width(t(f"sync-{name}") for name in _LABELS)

    def lines(name: str, *values: str) -> list[str]:
        return flowing(t(f"sync-{name}"), values, width)

    running = [
        line
        for run in status.running
        for line in [
            *lines("running" if run.status == "running" else "waiting", *_what_runs(t, run)),
            *flowing("", _outcomes(t, run), width),
        ]
    ]
    known = status.films_full + status.films_stub
    films = [
        *lines("films", *(_share(t, status.films_full, known) if known else [t("sync-none")])),
        *flowing("", _pace(t, "second", status.films_rate, status.films_eta_seconds), width),
    ]
    wanted = status.posters_in_telegram + status.posters_wanted
    posters = [
        *lines("posters", *(_share(t, status.posters_in_telegram, wanted) if wanted else [t("sync-none")])),
        *flowing("", _pace(t, "minute", status.posters_rate, status.posters_eta_seconds), width),
    ]
    queue = [
        f"{t(f'sync-reason-{reason}')} {t.number(number)}" for reason, number in _queue(status) if number
    ]
    state = lines("queue", *(queue or [t("sync-empty")]))
    if status.parked:
        state += lines("parked", t.number(status.parked))
    if status.for_review:
        state += lines("review", t.number(status.for_review))
    if status.delta_until is not None:
        day = format_skeleton("MMMd", status.delta_until, locale=t.cldr)
        lag = status.delta_lag_seconds
        behind = [] if lag is None else [t("sync-behind", span=span(t, lag))]
        state += lines("delta", t("sync-until", day=day), *behind)
    if status.oldest_age_seconds is not None:
        state += lines("oldest", span(t, status.oldest_age_seconds))
    state += lines("next", *_next(t, status.next_jobs))
    return block(running or lines("running", t("sync-nothing")), films, posters, state)


_LABELS = ("running", "waiting", "films", "posters", "queue", "parked", "review", "delta", "oldest", "next")
_REASONS = ("person", "import", "change", "new", "missing", "list", "stale", "backfill")


def _queue(status: SyncStatus) -> Iterator[tuple[str, int]]:
    """In the order in which they are worked off."""
    for reason in _REASONS:
        yield reason, status.queue.get(reason, 0)


def _what_runs(t: Locale, run: Run) -> Iterator[str]:
    yield run_type(t, run.run_type)
    if run.seconds is not None:
        yield span(t, run.seconds)
    if run.attempts:
        yield t("sync-attempt", number=t.number(run.attempts + 1))


def _outcomes(t: Locale, run: Run) -> Iterator[str]:
    if run.total:
        # What was found meanwhile may lie above the first total.
        done = min(run.films_done, run.total)
        yield f"{bar(done / run.total, BAR_CELLS)} {percent(t, done, run.total)}"
    for name, number in (
        ("checked", run.movies_checked),
        ("new", run.movies_new),
        ("updated", run.movies_updated),
        ("failed", run.movies_failed),
    ):
        if number:
            yield f"{t(f'sync-{name}')} {t.number(number)}"


def _share(t: Locale, part: int, whole: int) -> tuple[str, str]:
    return (
        f"{bar(part / whole, BAR_CELLS)} {percent(t, part, whole)}",
        t("sync-of", part=t.number(part), whole=t.number(whole)),
    )


def _pace(
    t: Locale, unit: Literal["second", "minute"], rate: float | None, eta: float | None
) -> Iterator[str]:
    if rate is not None and unit == "second" and rate < 1:
        rate, unit = rate * 60, "minute"
    if rate is not None and rate >= LEAST_RATE:
        yield t(f"sync-per-{unit}", rate=t.number(rate, 0 if rate >= 10 else 1))
    if eta is not None:
        yield t("sync-left", span=span(t, eta))


def _next(t: Locale, jobs: tuple[Scheduled, ...]) -> list[str]:
    """Job and time; the weekday too where that time comes once more before, counted from the first of all."""
    first = min((job.next_fire_at for job in jobs), default=None)
    shown = []
    for job in sorted(jobs, key=lambda job: job.next_fire_at):
        if job.job in _FREQUENT or job.job not in get_args(RunType):
            continue
        at = format_skeleton("Hm", job.next_fire_at, locale=t.cldr)
        if first is not None and job.next_fire_at - first >= timedelta(days=1):
            at = f"{format_skeleton('E', job.next_fire_at, locale=t.cldr)} {at}"
        shown.append(f"{t(f'run-type-{job.job}')} {at}")
    *others, last = shown[:NEXT_JOBS] or [""]
    return [*others, f"{last} UTC"] if last else []


def _buttons(t: Locale, status: SyncStatus) -> Iterator[list[InlineKeyboardButton]]:
    under_way = {run.run_type for run in status.running}
    # The first load sets the first watermark, unless changes were read before it came.
    loaded = status.delta_until is not None and status.films_full + status.films_stub > 0
    paused = status.paused_seconds is not None
    start: list[RunType] = []
    if not loaded:
        start = ["export"]
    elif status.films_stub and not paused:
        start = ["bulk"]
    yield [*_starts(t, start, under_way), _step(t, "resume" if paused else "pause")]
    if loaded and not paused:
        yield _starts(t, ["delta", "lists"], under_way)
    reset = InlineKeyboardButton(text=t("sync-do-reset"), callback_data=ResetStep(step="ask").pack())
    yield [_step(t, "retry")] * bool(status.parked) + [reset] * bool(status.films_full)
    yield [_step(t, "refresh"), _runs(t)]


def _starts(t: Locale, run_types: list[RunType], under_way: set[RunType]) -> list[InlineKeyboardButton]:
    return [
        InlineKeyboardButton(text=t(f"sync-do-{name}"), callback_data=StartRun(run_type=name).pack())
        for name in run_types
        if name not in under_way
    ]


def _step(t: Locale, action: Action) -> InlineKeyboardButton:
    return InlineKeyboardButton(text=t(f"sync-do-{action}"), callback_data=SyncStep(do=action).pack())


def _runs(t: Locale) -> InlineKeyboardButton:
    return InlineKeyboardButton(text=t("sync-do-runs"), callback_data=ListRuns(here=False).pack())


def started(t: Locale, run: Run, *, paused: bool) -> str:
    """A toast."""
    waits = paused and run.run_type in PAUSABLE
    return t("sync-started-paused" if waits else "sync-started", run=run_type(t, run.run_type))


def already_running(t: Locale, run: Run) -> str:
    """A second start is refused: an alert that names what is in the way."""
    name = run_type(t, run.run_type)
    if run.seconds is None:
        return t("sync-already-waits", run=name)
    return t("sync-already-runs", run=name, span=span(t, run.seconds))


def health_asked(t: Locale) -> str:
    """The health check was asked for."""
    return t("sync-told-health")


def paused(t: Locale) -> str:
    """A toast."""
    return t("sync-told-pause")


def resumed(t: Locale) -> str:
    """A toast."""
    return t("sync-told-resume")


def retried(t: Locale, number: int) -> str:
    """A toast."""
    return t("sync-retried", count=number, number=t.number(number))


def ask_reset(t: Locale) -> Screen:
    """The first question: what it does and what it leaves."""
    return Screen(t("sync-reset-ask"), rows([_reset(t, "sure")], [_reset(t, "no")]))


def ask_reset_again(t: Locale, films: int, a_second: float) -> Screen:
    """The second: what it costs."""
    text = t("sync-reset-sure", count=films, films=t.number(films), span=span(t, films / a_second))
    return Screen(text, rows([_reset(t, "yes")], [_reset(t, "no")]))


def reset_answered(t: Locale, *, done: bool) -> Screen:
    """What came of the questions."""
    return Screen(t("sync-reset-done" if done else "sync-reset-not"))


def _reset(t: Locale, step: Literal["sure", "yes", "no"]) -> InlineKeyboardButton:
    return InlineKeyboardButton(
        text=t(f"sync-reset-{step}-button"), callback_data=ResetStep(step=step).pack()
    )
