"""`python -m workers sync …`: the synchronisation from the command line.

A running workers process does the work and this one looks on; where there is none, this process does the
work itself, without Telegram. Only then aiogram is imported.
"""

import argparse
import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import date
from typing import Any

import orjson
from tqdm import tqdm

from core.alerts import Alert
from core.errors import (
    AlreadyRunning,
    DatabaseError,
    DatabaseRefused,
    DatabaseTooNew,
    NotAuthorised,
    RateLimited,
    TransactionPooler,
    Unavailable,
)
from core.log import configure
from core.settings import Settings, load
from core.sync import FED, KEPT_DAYS, PAUSABLE, Run, RunType, SyncStatus
from db.alerts import Alerts
from db.heartbeats import SILENT_SECONDS, Heartbeats
from db.listings import Listings, Outcome
from db.pool import Database, Listener
from db.server import server
from db.sync_state import SyncState
from services.alerts import HealthCheck
from services.api_requests import ApiRequests
from services.heartbeat import Heartbeat
from services.sync import Sync
from workers.loop import Worker

LOOK_SECONDS = 0.5
# Who waits longer than this for a worker waits for a job that no process has.
UNCLAIMED_SECONDS = 20.0
MISSET, INTERRUPTED = 2, 130
# Whoever presses Ctrl-C waits no longer for what is in hand.
FINISH_SECONDS = 1.0
# TMDB is waited for where it is needed; before that, only a refused key matters.
KEY_SECONDS = 5.0
# The jobs a run needs.
NEEDED = ("sync", "refresh", "topup")

HELP: dict[RunType, str] = {
    "export": "load TMDB's daily export of all ids",
    "bulk": "fill the films that are not here in full yet",
    "delta": "queue what changed at TMDB",
    "lists": "queue the popular, now playing and trending films",
    "stale": "queue the films whose time has come again",
    "retention": "delete what may not or need not be kept",
    "ratings": "bring the linked accounts' ratings here",
}
# What follows `sync` in a command; other words are names of jobs.
WORDS = frozenset({"status", "health", *HELP, "refresh", "pause", "resume", "reset", "retry-parked"})


def parser() -> argparse.ArgumentParser:
    """The command's words."""
    outermost = argparse.ArgumentParser(
        prog="python -m workers sync", description="Filmoteka's synchronisation with TMDB"
    )
    commands = outermost.add_subparsers(dest="command", required=True)

    def add(name: str, said: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=said, description=said)
        added.add_argument("--json", action="store_true", help="one JSON document instead of text and bars")
        return added

    add("status", "one look at it all")
    add("health", "look at the rules behind the alerts, and list the open ones")
    for run_type, said in HELP.items():
        run = add(run_type, said)
        run.add_argument("--detach", action="store_true", help="start it and do not wait for its end")
        if run_type == "export":
            run.add_argument(
                "--accept",
                type=date.fromisoformat,
                metavar="DAY",
                help="the export of a day like 2026-11-21 is all right, whatever looks wrong with it",
            )
    refresh = add("refresh", "ask TMDB for these films before all others")
    refresh.add_argument("ids", nargs="+", type=_movie_id, metavar="ID", help="TMDB's ids")
    refresh.add_argument("--detach", action="store_true", help="ask and do not wait for the answers")
    add("pause", "stop backfill, stale films, deltas, lists and pre-warming")
    add("resume", "go on after a pause")
    add("reset", "make every film due again and read changes from now on; deletes nothing").add_argument(
        "--yes", action="store_true", help="do not ask whether it is meant"
    )
    add("retry-parked", "try again what was given up")
    return outermost


def _movie_id(text: str) -> int:
    movie_id = int(text)
    if not 0 < movie_id < 2**31:
        raise ValueError("no id of TMDB's")
    return movie_id


def main(arguments: Sequence[str]) -> int:
    """The exit code: 0 done, 1 failed or refused, 2 something must be set first, 130 interrupted."""
    asked = parser().parse_args(arguments)
    settings = load(Settings)
    if asked.command == "reset" and not asked.yes and not _is_meant():
        sys.stderr.write("nothing was changed\n")
        return 1
    # What jobs tell meanwhile would tear the bars; why a run waits or failed is told by the command.
    level = "ERROR" if settings.log_level == "INFO" else settings.log_level
    configure(settings.model_copy(update={"log_level": level}), "command")
    try:
        with server(settings, may_start=True) as url:
            return asyncio.run(_until_signalled(asked, settings, url))
    except (asyncio.CancelledError, KeyboardInterrupt):
        sys.stderr.write("interrupted: what was started goes on with the workers\n")
        return INTERRUPTED
    except (DatabaseRefused, DatabaseTooNew, NotAuthorised, TransactionPooler) as error:
        sys.stderr.write(f"{error}\n")
        return MISSET
    except (DatabaseError, RuntimeError) as error:
        sys.stderr.write(f"the database does not answer as it should: {error or type(error).__name__}\n")
        return 1


def _is_meant() -> bool:
    """Asks for a yes; Ctrl-C and an input that ends are a no."""
    sys.stderr.write("Every film becomes due again; no film, rating or poster is deleted. Type yes: ")
    try:
        return input().strip().lower() == "yes"
    except (EOFError, KeyboardInterrupt):
        sys.stderr.write("\n")
        return False


async def _until_signalled(asked: argparse.Namespace, settings: Settings, url: str) -> int:
    """A signal ends it, and what is in hand is released; more of them change nothing."""
    task = asyncio.current_task()
    assert task is not None
    loop = asyncio.get_running_loop()

    def stop() -> None:
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, lambda: None)
        task.cancel()

    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop)
    database = await Database.connect(url, name="command")
    try:
        return await Command(asked, settings, url, database).run()
    finally:
        await database.close()


class Command:
    """One command, on a database."""

    def __init__(self, asked: argparse.Namespace, settings: Settings, url: str, database: Database) -> None:
        self._asked = asked
        self._settings = settings
        self._url = url
        self._database = database
        self._sync = Sync(database, settings)

    async def run(self) -> int:
        """Does it; the exit code."""
        match self._asked.command:
            case "status":
                status = await self._sync.status()
                self._tell(asdict(status), "\n".join(described(status)))
            case "health":
                await HealthCheck(self._database, self._settings).check()
                alerts = await Alerts(self._database).open()
                self._tell([asdict(alert) for alert in alerts], "\n".join(_alerts(alerts)))
            case "refresh":
                return await self._refresh(sorted(set(self._asked.ids)))
            case "pause":
                await self._sync.pause(None)
                self._tell({"paused": True}, "paused: people, imports and pushes go on")
            case "resume":
                await self._sync.resume(None)
                self._tell({"paused": False}, "the synchronisation goes on")
            case "reset":
                await self._sync.reset(None)
                self._tell({"reset": True}, "every film is due again, changes are read from now on")
            case "retry-parked":
                retried = await self._sync.retry_parked()
                self._tell({"retried": retried}, f"{retried} given up are tried again")
            case "export" if self._asked.accept and not await self._accept(self._asked.accept):
                return self._refuse(f"no export of {self._asked.accept} looks wrong")
            case run_type:
                return await self._start(run_type)
        return 0

    async def _accept(self, day: date) -> bool:
        """Vouches for that day's exports that alerts call suspicious; False: there is none."""
        alerts = [alert for alert in await Alerts(self._database).open() if alert.rule == "export_suspicious"]
        kinds = [alert.facts["kind"] for alert in alerts if alert.facts["day"] == day.isoformat()]
        for kind in kinds:
            await SyncState(self._database).accept_export(kind, day)
        return bool(kinds)

    async def _start(self, run_type: RunType) -> int:
        if run_type in PAUSABLE and await self._sync.is_paused():
            return self._refuse("the synchronisation is paused: `resume` first")
        helped = await self._is_helped()
        try:
            run = await self._sync.start(run_type, "command")
        except AlreadyRunning as error:
            if helped or self._asked.detach:
                return self._refuse(f"{error}: run {error.run.id}, {_since(error.run)}", error.run)
            run = error.run
            self._note(f"no process works on run {run.id}: it goes on here")
        if self._asked.detach:
            waits = "" if helped else "; it waits for a workers process, and none runs"
            self._tell(asdict(run), f"run {run.id} is started{waits}")
            return 0
        jobs = (*NEEDED, "imports") if run_type == "ratings" else NEEDED
        async with self._working(jobs, helped):
            run = await self._watch(run, helped)
        self._tell(asdict(run), _ended(run))
        return 0 if run.status == "completed" else 1

    async def _refresh(self, ids: list[int]) -> int:
        helped = await self._is_helped()
        await self._sync.refresh(ids, None)
        if self._asked.detach:
            self._tell({"asked": ids}, f"{len(ids)} films are asked for")
            return 0
        async with self._working(["refresh"], helped):
            outcomes = await self._outcomes(ids, helped)
        self._tell(
            [outcome._asdict() for outcome in outcomes],
            "\n".join(
                f"{one.title or 'film'} ({one.tmdb_id}): {one.error if one.state == 'failed' else one.state}"
                for one in outcomes
            ),
        )
        return 0 if all(one.state == "stored" for one in outcomes) else 1

    async def _is_helped(self) -> bool:
        """Whether some other process does the work: the workers, or another command."""
        ages = [await Heartbeats(self._database).age(part) for part in ("workers", "command")]
        return any(age is not None and age <= SILENT_SECONDS for age in ages)

    @asynccontextmanager
    async def _working(self, jobs: Iterable[str], helped: bool) -> AsyncIterator[None]:
        """While the block lasts, the jobs run: in a process that does already, or in this one."""
        if helped:
            yield
            return
        from workers.wiring import JOBS, build  # aiogram takes a second

        listener = Listener(self._url)
        requests = ApiRequests(self._database, "command")
        heartbeat = Heartbeat(Heartbeats(self._database), "command")
        try:
            async with build(self._settings, self._database, record=requests) as parts:
                try:
                    async with asyncio.timeout(KEY_SECONDS):
                        await parts.tmdb.check_key()
                except (RateLimited, TimeoutError, Unavailable):
                    self._note("TMDB does not answer: it is waited for")
                workers = [
                    Worker(job, listener, finish_seconds=FINISH_SECONDS)
                    for name in jobs
                    for job in JOBS[name](parts)
                ]
                async with asyncio.TaskGroup() as group:
                    sides = (listener.run(), requests.run(), heartbeat.run())
                    beside = [group.create_task(side) for side in sides]
                    running = [group.create_task(worker.run(), name=worker.name) for worker in workers]
                    try:
                        yield
                    finally:
                        for worker in workers:
                            worker.stop()
                        await asyncio.wait(running)
                        for task in beside:
                            task.cancel()
        except BaseExceptionGroup as failures:
            raise _first(failures) from None
        finally:
            await requests.end()
            await heartbeat.end()

    async def _watch(self, run: Run, helped: bool) -> Run:
        """The run when it has ended, or its workers have; until then a bar shows how far it is."""
        began = asyncio.get_running_loop().time()
        told: str | None = None
        most_waiting = 0
        with self._bar(run.run_type) as bar:
            while run.finished_at is None:
                await asyncio.sleep(LOOK_SECONDS)
                if helped and not await self._is_helped():
                    self._note("the process that worked on it ended")
                    break
                latest = await self._sync.run(run.id)
                if latest is None:
                    raise RuntimeError(f"run {run.id} is not there any more")
                run = latest
                waits = run.error if run.status == "queued" else None
                if run.started_at is None and asyncio.get_running_loop().time() - began > UNCLAIMED_SECONDS:
                    waits = "no process has the job sync, which would begin it"
                if waits and waits != told:
                    self._note(f"it waits: {waits}")
                told = waits
                most_waiting = max(most_waiting, run.waiting)
                if run.run_type == "bulk":
                    status = await self._sync.status()
                    bar.n, bar.total = status.films_full, status.films_full + status.films_stub
                elif run.run_type in FED:
                    bar.n, bar.total = run.films_done, run.movies_checked
                elif run.listed:
                    bar.n, bar.total = most_waiting - run.waiting, most_waiting
                else:
                    bar.n, bar.total = run.metadata.get("reading") or run.movies_checked, run.total
                bar.refresh()
        return run

    async def _outcomes(self, ids: list[int], helped: bool) -> list[Outcome]:
        """What became of the films, when none waits any more."""
        with self._bar("refresh", len(ids)) as bar:
            while True:
                outcomes = await Listings(self._database).outcomes(ids)
                waiting = sum(one.state == "waiting" for one in outcomes)
                bar.n = len(ids) - waiting
                bar.refresh()
                if not waiting or (helped and not await self._is_helped()):
                    return outcomes
                await asyncio.sleep(LOOK_SECONDS)

    def _bar(self, what: str, total: int | None = None) -> "tqdm[Any]":
        quiet = self._asked.json or not sys.stderr.isatty()
        return tqdm(desc=what, total=total, unit=" films", disable=quiet, dynamic_ncols=True)

    def _tell(self, document: Any, text: str) -> None:
        """The answer: one JSON document, or text."""
        said = orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() if self._asked.json else text
        sys.stdout.write(said + "\n")

    def _note(self, text: str) -> None:
        """What happens meanwhile."""
        tqdm.write(text, file=sys.stderr)

    def _refuse(self, why: str, run: Run | None = None) -> int:
        self._tell({"refused": why, "run": asdict(run) if run else None}, why)
        return 1


def _alerts(alerts: Sequence[Alert]) -> Iterator[str]:
    """The open alerts in lines."""
    for alert in alerts:
        facts = ", ".join(f"{name} {fact}" for name, fact in alert.facts.items() if fact != alert.subject)
        subject = f" {alert.subject}" if alert.subject else ""
        yield f"{alert.severity}: {alert.rule}{subject} since {alert.raised_at:%Y-%m-%d %H:%M} UTC" + (
            f" ({facts})" if facts else ""
        )
    if not alerts:
        yield "nothing is wrong"


def _first(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    """The failure itself, for which there are words."""
    first = failures.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


def described(status: SyncStatus) -> Iterator[str]:
    """The status in lines, what is unknown or nothing left out."""
    if status.paused_seconds is not None:
        yield f"paused for {_period(status.paused_seconds)}"
    for run in status.running:
        yield f"{run.run_type} {_since(run)}" + (f", {run.error}" if run.error else "")
    known = status.films_full + status.films_stub
    yield f"films full: {status.films_full:,} of {known:,}" + _share(status.films_full, known)
    if status.films_rate:
        yield f"films a second: {status.films_rate:.1f}"
    if status.films_eta_seconds is not None:
        yield f"full in: {_period(status.films_eta_seconds)}"
    if status.daily_limit_days is not None and status.daily_limit_days > KEPT_DAYS:
        yield (
            "too slow: with BULK_DAILY_LIMIT the first fill takes another "
            f"{status.daily_limit_days:,.0f} days, but TMDB's data may be kept for {KEPT_DAYS} days only"
        )
    wanted = status.posters_in_telegram + status.posters_wanted
    yield f"posters in Telegram: {status.posters_in_telegram:,} of {wanted:,} wanted"
    if status.posters_rate:
        yield f"posters a minute: {status.posters_rate:.1f}"
    if status.posters_eta_seconds is not None:
        yield f"posted in: {_period(status.posters_eta_seconds)}"
    if status.queue:
        yield "queue: " + ", ".join(f"{reason} {n:,}" for reason, n in sorted(status.queue.items()))
    for name, number in (
        ("given up", status.parked),
        ("to be looked at", status.for_review),
        ("open alerts", status.open_alerts),
    ):
        if number:
            yield f"{name}: {number:,}"
    if status.delta_until and status.delta_lag_seconds is not None:
        yield (
            f"changes read up to {status.delta_until:%Y-%m-%d %H:%M} UTC, "
            f"{_period(status.delta_lag_seconds)} ago"
        )
    if status.oldest_age_seconds is not None:
        yield f"oldest film: {_period(status.oldest_age_seconds)}"
    for job in status.next_jobs:
        yield f"next {job.job}: {job.next_fire_at:%Y-%m-%d %H:%M} UTC"


def _share(part: int, whole: int) -> str:
    return f" ({100 * part / whole:.1f} %)" if whole else ""


def _period(seconds: float) -> str:
    """In its two largest units."""
    rest = round(seconds)
    parts = []
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)):
        number, rest = divmod(rest, size)
        if number:
            parts.append(f"{number} {unit}")
    return " ".join(parts[:2]) or "0 s"


def _since(run: Run) -> str:
    """What it does and for how long."""
    by = f" by {run.requested_by}" if run.requested_by else ""
    if run.seconds is None:
        return f"queued at {run.queued_at:%H:%M} UTC, {run.trigger_type}{by}"
    return f"{run.status}, began {_period(run.seconds)} ago, {run.trigger_type}{by}"


def _ended(run: Run) -> str:
    """How it ended."""
    if run.finished_at is None:
        return f"{run.run_type} is not done: run {run.id} goes on with the next workers process"
    counts = {
        "pages": run.pages_read,
        "checked": run.movies_checked,
        "new": run.movies_new,
        "updated": run.movies_updated,
        "skipped": run.movies_skipped,
        "failed": run.movies_failed,
        "gone": run.movies_gone,
    }
    told = ", ".join(f"{number:,} {name}" for name, number in counts.items() if number) or "nothing to do"
    if run.status == "failed":
        return f"{run.run_type} failed: {run.error}; what it recorded is kept: {told}"
    return f"{run.run_type} completed in {_period(run.seconds or 0)}: {told}"
