"""What every client tells of the requests it sends."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol


class Recorder(Protocol):
    """Hears of every request once its outcome is known; cheap, and never raises."""

    def __call__(
        self, host: str, method: str, endpoint: str, status: int, seconds: float, retry: bool
    ) -> None:
        """One request: `endpoint` is a template, so no id or key is in it; `status` is HTTP's, 0 without an
        answer; `seconds` leaves out the wait for the budget; `retry`: an earlier try of the call failed."""


def unrecorded(host: str, method: str, endpoint: str, status: int, seconds: float, retry: bool) -> None:
    """Keeps nothing."""


@dataclass(slots=True)
class Attempt:
    """One request; its status is 0 until an answer came."""

    status: int = 0


@contextmanager
def recorded(record: Recorder, host: str, method: str, endpoint: str, *, retry: bool) -> Iterator[Attempt]:
    """Around one request, whose status the block notes; one that its caller gave up has no outcome."""
    clock = asyncio.get_running_loop().time
    attempt, started = Attempt(), clock()
    given_up = False
    try:
        yield attempt
    except asyncio.CancelledError:
        given_up = True
        raise
    finally:
        if not given_up:
            record(host, method, endpoint, attempt.status, clock() - started, retry)
