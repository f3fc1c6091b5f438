"""The operator's figures."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Stats:
    """One look at the whole; ages in seconds, None: nothing waits."""

    users: int
    users_linked: int
    users_active: int  # within a day
    users_active_week: int
    users_active_month: int
    users_by_day: tuple[int, ...]  # who wrote on each of the last seven days, today last
    ratings: int
    films_full: int
    films_stub: int
    films_deleted: int
    posters_in_telegram: int
    posters_on_disk: int
    posters_wanted: int
    posters_missing: int
    cards_warm: int  # of the last seven days: sent by a known file_id
    cards_cold: int
    asked_posters: int
    asked_posters_age: float | None
    imports: int
    imports_age: float | None
    pushes: int
    pushes_age: float | None
    pushes_parked: int
    notices: int
    notices_age: float | None
    database_bytes: int


class Disk(NamedTuple):
    """The disk that holds the posters on their way, and an embedded database; in bytes."""

    size: int
    free: int


class Requests(NamedTuple):
    """Calls to one endpoint of a foreign host that were answered alike; status 0: no answer."""

    host: str
    endpoint: str
    status: int
    calls: int

    @property
    def failed(self) -> bool:
        """403 and 404 are answers: there is no such thing, or somebody does not want to hear from the bot."""
        return self.status == 0 or (self.status >= 400 and self.status not in (403, 404))


class Day(NamedTuple):
    """What one day brought."""

    day: date
    films_stored: int
    errors: int  # calls to foreign hosts that failed
    posters: int  # posted to a channel
