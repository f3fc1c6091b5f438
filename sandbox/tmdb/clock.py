"""The stand-in's own clock: TMDB's idea of "now", which tests may move."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta


class Clock:
    """Runs on monotonic time from the real date, or from wherever it was last set."""

    def __init__(self) -> None:
        self._set(datetime.now(UTC))

    def _set(self, moment: datetime) -> None:
        self._base = moment
        self._since = time.monotonic()

    def now(self) -> datetime:
        return self._base + timedelta(seconds=time.monotonic() - self._since)

    def today(self) -> date:
        return self.now().date()

    def set(self, moment: datetime) -> None:
        if moment.tzinfo is None:
            raise ValueError("the clock is set to a time with a zone")
        self._set(moment.astimezone(UTC))

    def advance(self, seconds: float) -> None:
        self._set(self.now() + timedelta(seconds=seconds))
