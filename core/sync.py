"""The catalogue's synchronisation as jobs, admins and the command line speak of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

RunType = Literal["export", "bulk", "delta", "lists", "stale", "retention", "ratings"]
TriggerType = Literal["scheduled", "manual", "command"]
RunStatus = Literal["queued", "running", "completed", "failed"]

# TMDB's terms let an answer be kept so long: a first fill that takes longer never has all of it.
KEPT_DAYS = 180

# What a pause stops; people, imports and pushes it never does.
PAUSABLE: frozenset[RunType] = frozenset({"bulk", "delta", "lists", "stale"})

# These are not executed: while they run, the queue is topped up until nothing is left to put into it.
FED: frozenset[RunType] = frozenset({"bulk", "stale"})


@dataclass(frozen=True, slots=True)
class Run:
    """One row of tmdb.sync_runs; ages and durations in seconds."""

    id: int
    run_type: RunType
    source: str
    trigger_type: TriggerType
    requested_by: int | None
    status: RunStatus
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    seconds: float | None  # since it started, or from start to end; None: it waits
    listed: bool  # all its ids are known
    total: int | None
    waiting: int  # its rows in the queue
    pages_read: int
    movies_checked: int
    movies_new: int
    movies_updated: int
    movies_skipped: int
    movies_failed: int
    movies_gone: int
    samples: tuple[str, ...]
    error: str | None  # why it failed, or why its last try did
    metadata: dict[str, Any]
    attempts: int  # tries in a row that ended in an error

    @property
    def films_done(self) -> int:
        """Ids with an outcome, and of an export that is being read the lines so far."""
        reading: int = self.metadata.get("reading", 0)
        return (
            reading
            + self.movies_new
            + self.movies_updated
            + self.movies_skipped
            + self.movies_failed
            + self.movies_gone
        )


class Counts(NamedTuple):
    """What a piece of work adds to its run; samples are stored films as "Title (Year)"."""

    pages_read: int = 0
    movies_checked: int = 0
    movies_new: int = 0
    movies_updated: int = 0
    movies_skipped: int = 0
    movies_failed: int = 0
    movies_gone: int = 0
    samples: tuple[str, ...] = ()


class RunFailure(NamedTuple):
    """A film a run could not fetch."""

    tmdb_id: int
    title: str | None
    error: str
    failed_at: datetime


class SuccessRate(NamedTuple):
    """How the scheduled runs of a type ended."""

    run_type: RunType
    completed: int
    failed: int


class Scheduled(NamedTuple):
    """When a scheduled job fires next."""

    job: str
    next_fire_at: datetime


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """One look at the synchronisation; rates are measured, ages in seconds, None: unknown or nothing."""

    running: tuple[Run, ...]  # queued ones too, the oldest first
    paused_seconds: float | None  # None: not paused
    films_full: int
    films_stub: int  # still to be filled
    films_deleted: int
    films_rate: float | None  # films a second TMDB told of in the last minutes
    films_eta_seconds: float | None
    posters_in_telegram: int
    posters_wanted: int  # wanted or on disk, not in Telegram yet
    posters_rate: float | None  # posts a minute
    posters_eta_seconds: float | None
    queue: dict[str, int]  # rows by reason: person, import, change, new, missing, list, stale, backfill
    parked: int
    for_review: int
    delta_until: datetime | None  # changes before it are queued
    delta_lag_seconds: float | None
    oldest_age_seconds: float | None
    next_jobs: tuple[Scheduled, ...]
    open_alerts: int
    daily_limit_days: float | None  # days the first fill still takes under BULK_DAILY_LIMIT
