"""What operators are told: the rules, and an alert of one of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal, Self

from core.settings import Settings

# Each with its subject, which tells one alert of a rule from another, and its facts:
Rule = Literal[
    "no_daily_run",  # run_type; run_type, hours
    "error_rate",  # job; job, percent, threshold, calls, statuses (of the failed ones: calls by status)
    "slow_job",  # run_type; run_type, rate, average (both films a second)
    "parked",  # -; films, threshold
    "export_suspicious",  # kind; kind, day, lines, before, reason: cut, empty, bad_lines or shrunk
    "poster_disk_full",  # host; host, used_mb, budget_mb, hours
    "database_disk_low",  # -; free_mb, threshold_mb
    "channel_unusable",  # channel id; channel_id, error
    "oldest_row",  # -; days
    "tmdb_key_refused",  # -; nothing
]
Severity = Literal["info", "warning", "error"]
DeliveryKind = Literal["raised", "cleared"]

SEVERITIES: Mapping[Rule, Severity] = MappingProxyType(
    {
        "no_daily_run": "error",
        "error_rate": "warning",
        "slow_job": "info",
        "parked": "warning",
        "export_suspicious": "warning",
        "poster_disk_full": "warning",
        "database_disk_low": "error",
        "channel_unusable": "error",
        "oldest_row": "error",
        "tmdb_key_refused": "error",
    }
)


@dataclass(frozen=True, slots=True)
class Recipients:
    """Who is told of alerts."""

    admin_ids: tuple[int, ...]
    email: str | None

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Every admin's chat, and the e-mail address where one is set."""
        return cls(settings.admin_ids, settings.tmdb_sync_alert_email)

    @property
    def addresses(self) -> list[str]:
        """As tmdb.alert_deliveries names them."""
        chats = [f"telegram:{admin_id}" for admin_id in self.admin_ids]
        return chats + ([f"email:{self.email}"] if self.email else [])


@dataclass(frozen=True, slots=True)
class Alert:
    """One row of tmdb.alerts."""

    id: int
    rule: Rule
    subject: str
    severity: Severity
    facts: dict[str, Any]
    run_id: int | None
    raised_at: datetime
    acknowledged_by: int | None
    seconds: float  # since it was raised, or from then until it was cleared
    cleared: bool
