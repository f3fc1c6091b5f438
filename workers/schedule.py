"""What happens at its time: of all processes exactly one looks at the clock, the database's.

APScheduler reads the cron expressions. Its own scheduler stays away: it asks the machine's clock, which
one jump back silences for as long as the jump.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

import structlog
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger

from core.errors import AlreadyRunning, ConfigurationError, DatabaseUnavailable
from core.settings import CRON, Settings
from core.sync import PAUSABLE, RunType
from core.tasks import shielded
from db.pool import Connection, Database, wake
from db.schedules import Outlook, Planned, Schedules
from db.sync_runs import SyncRuns
from services.sync import start
from workers.leases import worker_name
from workers.loop import Worker

log = structlog.get_logger(__name__)

ScheduledJob = Literal[RunType, "health"]

# Renewed every 10 s and tried for every 5 s: another process takes over within 25 s of the last renewal.
LEASE = timedelta(seconds=20)
RENEW_SECONDS = 10.0
TRY_SECONDS = 5.0
# A clock that was set back by less does not repeat what was fired; by more, it would silence the job.
SET_BACK = timedelta(minutes=1)
ANY_DAY = datetime(2000, 1, 1, tzinfo=UTC)
# What does not wait for its time at the very first start: TMDB's ids, and the films of them.
AT_ONCE: frozenset[ScheduledJob] = frozenset({"export", "bulk"})
# Until the first export is here, a load that failed is not left for the next day.
FIRST_EXPORT_AGAIN = timedelta(hours=1)
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


class Time(NamedTuple):
    """When a job fires: its cron expression as it was set, read by APScheduler; `trigger` None: it is off."""

    cron: str
    trigger: BaseTrigger | None

    def after(self, moment: datetime) -> datetime | None:
        """The next time; None: never."""
        if self.trigger is None:
            return None
        next_time: datetime | None = self.trigger.get_next_fire_time(None, moment + timedelta(microseconds=1))
        return next_time


# The variables of each job, NAME_ENABLED and NAME_CRON; of several that are due the first fires first.
VARIABLES: Mapping[ScheduledJob, str] = {
    "export": "tmdb_export",
    "bulk": "tmdb_bulk_import",
    "delta": "tmdb_delta_sync",
    "lists": "tmdb_list_sync",
    "stale": "tmdb_stale_sync",
    "ratings": "ratings_sync",
    "health": "health_check",
    "retention": "retention",
}


def times(settings: Settings) -> dict[ScheduledJob, Time]:
    """Every job's time; ConfigurationError for a cron expression that names none."""
    found: dict[ScheduledJob, Time] = {}
    for job, name in VARIABLES.items():
        cron = getattr(settings, f"{name}_cron")
        try:
            time = Time(cron, _trigger(cron))
        except ValueError:
            raise ConfigurationError(f"{name}_cron".upper(), CRON) from None
        if time.after(ANY_DAY) is None:  # 30 February
            raise ConfigurationError(f"{name}_cron".upper(), CRON)
        found[job] = time if getattr(settings, f"{name}_enabled") else Time(cron, None)
    return found


def _trigger(cron: str) -> BaseTrigger:
    """As crontab reads it; ValueError."""
    minute, hour, day, month, weekday = cron.split()
    names = ",".join(_weekdays(weekday))

    def on(day: str, names: str) -> CronTrigger:
        return CronTrigger(minute=minute, hour=hour, day=day, month=month, day_of_week=names, timezone=UTC)

    if day.startswith("*") or weekday.startswith("*"):
        return on(day, names)
    # A day of the month and a weekday: either will do.
    return OrTrigger([on(day, "*"), on("*", names)])


def _weekdays(field: str) -> Iterator[str]:
    """The days by name: crontab counts them from Sunday (0 and 7), APScheduler from Monday."""
    for part in field.split(","):
        found = re.fullmatch(r"(\*|[a-z]{3}|[0-7])(?:-([a-z]{3}|[0-7]))?(?:/([1-9]\d*))?", part)
        if not found or (found[1] == "*" and found[2]):
            raise ValueError("not a weekday")
        if part == "*":
            yield part
            continue
        first = 0 if found[1] == "*" else _weekday(found[1])
        last = _weekday(found[2]) if found[2] else 6 if found[3] else first
        if last < first:
            last += 7  # fri-mon, 5-0
        yield from (_WEEKDAYS[number % 7] for number in range(first, last + 1, int(found[3] or 1)))


def _weekday(name: str) -> int:
    return int(name) if name.isdigit() else _WEEKDAYS.index(name)


class Schedule:
    """Fires each job at its time, while this process has the lease."""

    name = "schedule"
    wakes_on = ()

    def __init__(self, database: Database, times: Mapping[ScheduledJob, Time]) -> None:
        self._database = database
        self._schedules = Schedules(database)
        self._times = times
        self._holder = worker_name()
        self._holds = False
        self.poll_seconds = TRY_SECONDS

    async def run(self) -> None:
        """Schedules until cancelled, and then gives the lease up."""
        try:
            await Worker(self).run()
        finally:
            with suppress(DatabaseUnavailable):  # then it runs out
                await shielded(self._schedules.give_up(self._holder))

    async def step(self) -> bool:
        """One look at the clock: what is due fires, each job in a transaction of its own."""
        holds = await self._schedules.take(self._holder, LEASE)
        if holds != self._holds:
            self._holds = holds
            log.info("this process schedules" if holds else "another process schedules")
        if not holds:
            self.poll_seconds = TRY_SECONDS
            return False
        outlook = await self._schedules.outlook()
        plans = {job: self._plan(job, outlook) for job in self._times}
        await self._schedules.plan(
            [plan for plan in plans.values() if plan != outlook.planned.get(plan.job)], self._holder
        )
        soonest = RENEW_SECONDS
        for job, plan in plans.items():
            if plan.next_fire_at is None or self._is_held(job, outlook):
                continue
            if plan.next_fire_at <= outlook.now or self._is_tried_again(plan, outlook):
                await self._try_fire(job, plan, self._times[job].after(outlook.now))
            else:
                soonest = min(soonest, (plan.next_fire_at - outlook.now).total_seconds())
        self.poll_seconds = soonest
        return False

    def _plan(self, job: ScheduledJob, outlook: Outlook) -> Planned:
        """When it fires next: a time that was missed stands, and none is later than the clock now says."""
        time = self._times[job]
        known = outlook.planned.get(job) or Planned(job, time.cron, None)
        fired, planned = known.last_fired_at, known.next_fire_at
        just_fired = fired is not None and timedelta(0) <= fired - outlook.now < SET_BACK
        latest = time.after(fired if fired and just_fired else outlook.now)
        if latest and fired is None and planned is None and job in AT_ONCE:
            latest = outlook.now
        missed = planned is not None and planned <= outlook.now
        stands = planned is not None and latest is not None and planned <= latest and known.cron == time.cron
        if latest is None or not (missed or stands):
            planned = latest
        return Planned(job, time.cron, planned, fired)

    def _is_held(self, job: ScheduledJob, outlook: Outlook) -> bool:
        """Whether what is due has to wait: for the end of a pause, or for films to fetch."""
        if job == "bulk" and not outlook.export_loaded and self._times["export"].trigger:
            return True
        return outlook.paused and job in PAUSABLE

    @staticmethod
    def _is_tried_again(plan: Planned, outlook: Outlook) -> bool:
        """Whether it is the export, of which none was ever loaded, and its last run is some time ago."""
        if plan.job != "export" or outlook.export_loaded or plan.last_fired_at is None:
            return False
        return outlook.now - plan.last_fired_at >= FIRST_EXPORT_AGAIN

    async def _try_fire(self, job: ScheduledJob, plan: Planned, next_fire_at: datetime | None) -> None:
        try:
            await self._fire(job, plan, next_fire_at)
        except DatabaseUnavailable:
            raise
        except Exception:  # the other jobs have their times too; this one stays due
            log.exception("a scheduled job could not be fired", scheduled=job)

    async def _fire(self, job: ScheduledJob, plan: Planned, next_fire_at: datetime | None) -> None:
        async with self._database.transaction() as connection:
            if not await Schedules(connection).fire(plan, next_fire_at, self._holder):
                return
            if job == "health":
                await wake(connection, "health")
            else:
                await self._start(connection, job)
        log.info("fired", scheduled=job, next=next_fire_at and next_fire_at.isoformat())

    async def _start(self, connection: Connection, run_type: RunType) -> None:
        try:
            await start(connection, run_type, "scheduled")
        except AlreadyRunning as error:
            # A first fill may take days: each day is a run of its own, what is queued ends with the old one.
            runs = SyncRuns(connection)
            fed = await runs.fed() if run_type == "bulk" else {}
            if fed.get(run_type) == error.run.id and await runs.finish(error.run.id):
                await start(connection, run_type, "scheduled")
