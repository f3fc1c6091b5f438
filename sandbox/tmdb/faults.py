"""What TMDB refuses and how it breaks: limits per host, faults on demand, and a record of every request."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import count
from typing import Final, Literal, get_args

FaultKind = Literal[
    "slow",  # the right answer, `delay` seconds late
    "html",  # `status` with an HTML page, as a CDN answers
    "proxy_404",  # 404 with a proxy's page, which says nothing about the film
    "too_many",  # 429, with `retry_after`: seconds, "date" or nothing
    "truncated",  # the right answer's first half, its length announced in full
    "cut",  # the right answer's first half, announced as whole
    "wrong_json",  # JSON of another shape
    "invalid_json",  # not JSON, though it says so
    "reset",  # the connection is reset before anything is done
    "lost",  # the request is carried out, then the connection is reset
    "not_found",  # 404 with one of TMDB's own status codes, `code`, that need not mean it
    "code",  # one of TMDB's own status codes, `code`
]
FAULT_KINDS: Final[tuple[str, ...]] = get_args(FaultKind)


@dataclass(slots=True)
class Fault:
    """One way to break, for requests whose path (or path and query) matches the glob."""

    id: int
    kind: FaultKind
    path: str
    method: str | None
    host: str | None
    times: int | None
    until: float | None
    status: int
    delay: float
    retry_after: float | Literal["date"] | None
    code: int

    def matches(self, host: str, method: str, path: str, path_qs: str) -> bool:
        return (
            (self.times is None or self.times > 0)
            and (self.until is None or time.monotonic() < self.until)
            and self.method in (None, method)
            and self.host in (None, host)
            and (fnmatchcase(path, self.path) or fnmatchcase(path_qs, self.path))
        )


class Faults:
    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._numbers = count(1)

    def add(
        self,
        kind: FaultKind,
        path: str = "*",
        *,
        method: str | None = None,
        host: str | None = None,
        times: int | None = None,
        seconds: float | None = None,
        status: int = 502,
        delay: float = 1.0,
        retry_after: float | Literal["date"] | None = None,
        code: int = 11,
    ) -> int:
        """Breaks the next `times` matching requests, or all for `seconds`, or until cleared; gives its id.

        aiohttp's client repeats a GET, PUT or DELETE once by itself after "reset" and "lost": to it two
        `times` are one failure.
        """
        if kind not in FAULT_KINDS:
            raise ValueError(f"no fault {kind}; there are {', '.join(FAULT_KINDS)}")
        until = None if seconds is None else time.monotonic() + seconds
        fault = Fault(
            next(self._numbers), kind, path, method, host, times, until, status, delay, retry_after, code
        )
        self._faults.append(fault)
        return fault.id

    def clear(self, fault_id: int | None = None) -> None:
        self._faults = [fault for fault in self._faults if fault_id not in (None, fault.id)]

    def take(self, host: str, method: str, path: str, path_qs: str) -> Fault | None:
        """The oldest fault that matches, one of its times used up."""
        for fault in self._faults:
            if fault.matches(host, method, path, path_qs):
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None


class Bucket:
    """Holds `size` requests and is refilled at `rate` a second; a rate of 0 lets everything pass."""

    def __init__(self, rate: float, size: float) -> None:
        self.configure(rate, size)

    def configure(self, rate: float, size: float) -> None:
        self.rate = rate
        self.size = size
        self._level = size
        self._at = time.monotonic()

    def take(self) -> bool:
        now = time.monotonic()
        self._level = min(self.size, self._level + (now - self._at) * self.rate)
        self._at = now
        if self.rate == 0:
            return True
        if self._level < 1:
            return False
        self._level -= 1
        return True


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it was answered; status 0 where the connection was reset instead."""

    host: str
    method: str
    template: str
    path: str
    status: int
    at: float  # monotonic
    cause: str  # "", "rate", "connections", "away" or the kind of the fault


class Requests:
    """The latest requests in full, and counters of all of them."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self._log: deque[Request] = deque(maxlen=100_000)
        self._counts: Counter[tuple[str, str, str, int, str]] = Counter()

    def add(self, request: Request) -> None:
        self._log.append(request)
        key = (request.host, request.method, request.template, request.status, request.cause)
        self._counts[key] += 1

    def __iter__(self) -> Iterator[Request]:
        return iter(self._log)

    def __len__(self) -> int:
        return self._counts.total()

    def count(
        self,
        *,
        host: str | None = None,
        method: str | None = None,
        template: str | None = None,
        status: int | None = None,
        cause: str | None = None,
    ) -> int:
        """How many requests since the start (or `clear`) had all of these."""
        wanted = (host, method, template, status, cause)
        return sum(
            number
            for key, number in self._counts.items()
            if all(want in (None, have) for want, have in zip(wanted, key, strict=True))
        )

    def refused(self) -> int:
        """429s for going past a limit, without those a fault asked for."""
        return self.count(status=429, cause="rate") + self.count(status=429, cause="connections")
