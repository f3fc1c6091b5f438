"""The rules behind the alerts, looked at together by the scheduled health check."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import structlog

from core.alerts import Recipients, Rule
from core.settings import Settings
from core.sync import RunType
from db.alerts import Alerts
from db.pool import Executor
from db.symptoms import Symptoms
from services.poster_files import TYPICAL_BYTES

log = structlog.get_logger(__name__)

MEGABYTE = 1024 * 1024

NO_RUN_FOR = timedelta(hours=36)
# Fewer calls than this in the last hour say nothing of a job.
CALLS_OF = timedelta(hours=1)
LEAST_CALLS = 50
# Runs that are compared: those that ask TMDB for films, with enough of them to be a measure.
MEASURED: tuple[RunType, ...] = ("export", "bulk", "delta", "lists", "stale")
AVERAGE_OF = timedelta(days=7)
SLOW_SHARE = 0.5
LEAST_FILMS = 500
LEAST_SECONDS = 30.0
RUNNING_SECONDS = 600.0
DISK_FULL_FOR = timedelta(hours=1)
# Ten days before TMDB's terms empty it.
OLDEST = timedelta(days=170)
KEY_TOLD_BY = timedelta(minutes=10)


class Found(NamedTuple):
    """What a rule found wrong."""

    facts: Mapping[str, Any]
    run_id: int | None = None


# What is wrong by a rule, by subject; None: nothing is known, so what is open stays open.
Look = Callable[[], Awaitable[Mapping[str, Found] | None]]


class HealthCheck:
    """Raises what is wrong and clears what is not any more; two checks at once do no harm."""

    def __init__(self, db: Executor, settings: Settings) -> None:
        self._settings = settings
        self._alerts = Alerts(db)
        self._symptoms = Symptoms(db)
        self._recipients = Recipients.of(settings)
        self._database_directory = _database_directory(settings)
        self._rules: Mapping[Rule, Look] = {
            "no_daily_run": self._no_daily_run,
            "error_rate": self._error_rate,
            "slow_job": self._slow_job,
            "parked": self._parked,
            "poster_disk_full": self._poster_disk_full,
            "database_disk_low": self._database_disk_low,
            "channel_unusable": self._channel_unusable,
            "oldest_row": self._oldest_row,
            "tmdb_key_refused": self._tmdb_key_refused,
        }

    async def check(self) -> None:
        """Every rule once."""
        await self._symptoms.remember()
        was_open = {(alert.rule, alert.subject) for alert in await self._alerts.open()}
        for rule, look in self._rules.items():
            found = await look()
            if found is None:
                continue
            for subject, (facts, run_id) in sorted(found.items()):
                await self._alerts.raise_(
                    rule, subject, facts=facts, recipients=self._recipients, run_id=run_id
                )
                if (rule, subject) not in was_open:
                    log.warning("an alert begins", rule=rule, subject=subject, **facts)
            for open_rule, subject in sorted(was_open):
                if open_rule == rule and subject not in found:
                    await self._alerts.clear(rule, subject)
                    log.info("an alert is over", rule=rule, subject=subject)

    async def _no_daily_run(self) -> Mapping[str, Found]:
        settings = self._settings
        enabled: dict[RunType, bool] = {
            "export": settings.tmdb_export_enabled,
            "bulk": settings.tmdb_bulk_import_enabled,
            "delta": settings.tmdb_delta_sync_enabled,
        }
        daily = [run_type for run_type, is_enabled in enabled.items() if is_enabled]
        return {
            job.run_type: Found({"run_type": job.run_type, "hours": job.hours}, job.run_id)
            for job in await self._symptoms.overdue(daily, NO_RUN_FOR)
        }

    async def _error_rate(self) -> Mapping[str, Found]:
        threshold = self._settings.tmdb_error_rate_threshold
        return {
            job.job: Found(
                {
                    "job": job.job,
                    "percent": round(job.percent, 1),
                    "threshold": threshold,
                    "calls": job.calls,
                    "statuses": job.statuses,
                }
            )
            for job in await self._symptoms.failing(CALLS_OF, LEAST_CALLS, threshold)
        }

    async def _slow_job(self) -> Mapping[str, Found]:
        slow = await self._symptoms.slow(
            MEASURED,
            AVERAGE_OF,
            least_films=LEAST_FILMS,
            least_seconds=LEAST_SECONDS,
            running_seconds=RUNNING_SECONDS,
            share=SLOW_SHARE,
        )
        return {
            run.run_type: Found(
                {"run_type": run.run_type, "rate": round(run.rate, 1), "average": round(run.average, 1)},
                run.run_id,
            )
            for run in slow
        }

    async def _parked(self) -> Mapping[str, Found]:
        films, threshold = await self._symptoms.parked(), self._settings.parked_films_threshold
        return {"": Found({"films": films, "threshold": threshold})} if films > threshold else {}

    async def _poster_disk_full(self) -> Mapping[str, Found]:
        # Full is what leaves no room for one more: workers.download waits then.
        budget_mb = self._settings.poster_disk_budget_mb
        most = budget_mb * MEGABYTE - TYPICAL_BYTES
        return {
            disk.host: Found(
                {
                    "host": disk.host,
                    "used_mb": disk.bytes // MEGABYTE,
                    "budget_mb": budget_mb,
                    "hours": int(disk.seconds // 3600),
                }
            )
            for disk in await self._symptoms.full_disks(self._settings.bot_id, most)
            if disk.seconds >= DISK_FULL_FOR.total_seconds()
        }

    async def _database_disk_low(self) -> Mapping[str, Found] | None:
        if self._database_directory is None:
            return None
        usage = await asyncio.to_thread(shutil.disk_usage, self._database_directory)
        free_mb, threshold = usage.free // MEGABYTE, self._settings.database_disk_low_mb
        return {"": Found({"free_mb": free_mb, "threshold_mb": threshold})} if free_mb < threshold else {}

    async def _channel_unusable(self) -> Mapping[str, Found]:
        settings = self._settings
        return {
            str(channel.channel_id): Found({"channel_id": channel.channel_id, "error": channel.error})
            for channel in await self._symptoms.unusable(settings.bot_id, settings.poster_channel_ids)
        }

    async def _oldest_row(self) -> Mapping[str, Found]:
        days = await self._symptoms.oldest(OLDEST, include_adult=self._settings.include_adult)
        return {} if days is None else {"": Found({"days": days})}

    async def _tmdb_key_refused(self) -> Mapping[str, Found] | None:
        accepted = await self._symptoms.key_accepted(KEY_TOLD_BY)
        if accepted is None:
            return None
        return {} if accepted else {"": Found({})}


def _database_directory(settings: Settings) -> Path | None:
    """The embedded server's directory; another server's disk cannot be seen from here."""
    from db.embedded import EmbeddedPostgres  # only where it is needed: it looks for its programs

    server = EmbeddedPostgres(settings.data_dir / "postgres")
    url = settings.database_url
    return server.directory if url is None or url.get_secret_value() == server.url else None
