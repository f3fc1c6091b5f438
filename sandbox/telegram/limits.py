"""How much a bot may send, and what goes wrong on demand."""

import math
from collections.abc import Hashable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal

from sandbox.telegram.clock import Clock
from sandbox.telegram.errors import too_many_requests


@dataclass(slots=True)
class Rate:
    """A token bucket: `per_second` on average, `burst` at once."""

    per_second: float
    burst: float


@dataclass(slots=True)
class Limits:
    """Every limit of the Bot API that depends on how often; None in a rate means: no limit.

    Telegram publishes "about one a second" to a chat, "about 30 a second" in all and 20 a minute to a group;
    the bursts are what is known to pass without a 429, on the careful side. Edits use the same allowance.
    """

    private_chat: Rate | None = field(default_factory=lambda: Rate(1, 4))
    group: Rate | None = field(default_factory=lambda: Rate(20 / 60, 4))
    channel: Rate | None = field(default_factory=lambda: Rate(20 / 60, 4))
    overall: Rate | None = field(default_factory=lambda: Rate(30, 30))
    long_text: int = 500
    """A text of more UTF-16 units than this costs `long_text_cost` messages."""
    long_text_cost: float = 2
    refuse_all_after_429: bool = False
    """A 429 silences the whole bot until retry_after is over, not that chat only."""
    answer_callback_seconds: float = 15
    answer_inline_seconds: float = 10

    @classmethod
    def unlimited(cls) -> "Limits":
        return cls(private_chat=None, group=None, channel=None, overall=None)


@dataclass(slots=True)
class _Bucket:
    rate: Rate
    tokens: float
    filled_at: float

    def wait(self, cost: float, now: float) -> float:
        """Seconds until `cost` is there; 0: now."""
        self.tokens = min(self.rate.burst, self.tokens + (now - self.filled_at) * self.rate.per_second)
        self.filled_at = now
        # A cost above the burst waits for a full bucket instead of for ever.
        missing = min(cost, self.rate.burst) - self.tokens
        return max(0.0, missing / self.rate.per_second)


class Allowance:
    """One bot's use of the limits."""

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self._buckets: dict[Hashable, _Bucket] = {}
        self._refused_until: dict[Hashable, float] = {}

    def spend(self, chat: Hashable, rate: Rate | None, text_length: int = 0, messages: int = 1) -> None:
        """Takes messages from the chat's and the overall allowance, or refuses with a 429."""
        limits = self._limits
        if rate is None and limits.overall is None:
            return
        now = self._clock.monotonic()
        # None stands for the overall allowance.
        for key in (chat, None):
            refused_until = self._refused_until.get(key, 0.0)
            if refused_until > now:
                raise too_many_requests(math.ceil(refused_until - now))
        cost = messages * (limits.long_text_cost if text_length > limits.long_text else 1)
        taken: list[tuple[_Bucket, float]] = []
        for key, key_rate, key_cost in ((chat, rate, cost), (None, limits.overall, messages)):
            if key_rate is None:
                continue
            bucket = self._buckets.get(key)
            if bucket is None or bucket.rate is not key_rate:
                bucket = self._buckets[key] = _Bucket(key_rate, key_rate.burst, now)
            wait = bucket.wait(key_cost, now)
            # Less than a microsecond short is a rounding error of the refill, not an early call.
            if wait > 1e-6:
                retry_after = max(1, math.ceil(wait))
                silenced = None if limits.refuse_all_after_429 else key
                self._refused_until[silenced] = now + retry_after
                raise too_many_requests(retry_after)
            taken.append((bucket, key_cost))
        for bucket, key_cost in taken:
            bucket.tokens -= key_cost


FaultKind = Literal["too_many_requests", "server_error", "lost_answer", "slow", "reset", "refuse"]


@dataclass(slots=True)
class Fault:
    """Something that goes wrong with the next calls that fit; "*" spares getUpdates, which must be named.

    lost_answer: the call takes effect, then the connection is dropped. reset: it is dropped before.
    slow: the answer waits `seconds`. server_error: `code` with an HTML body, as a proxy in front would send.
    """

    kind: FaultKind
    method: str = "*"
    chat_id: int | None = None
    times: int | None = 1
    """How many calls; None: until removed."""
    after: int = 0
    """How many fitting calls pass untouched first."""
    code: int = 502
    description: str = ""
    retry_after: int = 1
    seconds: float = 1.0
    hits: int = 0


class Faults:
    def __init__(self) -> None:
        self.active: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        self.active.append(fault)
        return fault

    def remove(self, fault: Fault) -> None:
        self.active.remove(fault)

    def clear(self) -> None:
        self.active.clear()

    def take(self, method: str, chat_id: int | None) -> Fault | None:
        """The first fault that fits this call, used up by one."""
        for fault in self.active:
            if fault.chat_id not in (None, chat_id) or not fnmatchcase(method, fault.method):
                continue
            if method == "getUpdates" and fault.method == "*":
                continue
            if fault.after:
                fault.after -= 1
                continue
            fault.hits += 1
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self.active.remove(fault)
            return fault
        return None
