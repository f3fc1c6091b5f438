"""Posters as an admin looks at them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple


@dataclass(frozen=True, slots=True)
class FilmPoster:
    """One of a film's posters as this bot has it; `status` as in tmdb.posters."""

    poster_path: str
    status: int
    has_file_id: bool
    channel_id: int | None
    message_id: int | None
    width: int | None
    height: int | None
    byte_size: int | None
    attempts: int
    last_error: str | None


class PosterChannel(NamedTuple):
    """What one channel was found to bear, in posts a minute; seconds are until it is used again."""

    channel_id: int
    rate: float
    known_limit: float | None  # Telegram answered 429 at this rate
    paused_seconds: float | None  # None: not paused
    last_error: str | None  # why the bot cannot post there


class PrewarmRequest(NamedTuple):
    """So many of the most popular films (None: all), and how many of them were looked at so far."""

    films: int | None
    seen: int


class Elsewhere(NamedTuple):
    """Posters in Telegram that are not in this bot's channels: another bot's, or its own in old channels."""

    from_bot_id: int
    channel_ids: tuple[int, ...]
    posters: int


@dataclass(frozen=True, slots=True)
class PosterMove:
    """One row of tmdb.poster_moves; the rate is measured, in posters a minute."""

    id: int
    bot_id: int
    from_bot_id: int
    channel_ids: tuple[int, ...]
    state: Literal["running", "paused", "done", "cancelled"]
    total: int
    moved: int
    lost: int
    last_error: str | None
    rate: float | None  # None: not measured yet
    eta_seconds: float | None

    @property
    def handled(self) -> int:
        """Posters that need nothing more."""
        return self.moved + self.lost

    @property
    def finished(self) -> bool:
        """Nothing will change any more."""
        return self.state in ("done", "cancelled")


@dataclass(frozen=True, slots=True)
class PosterOverview:
    """All posters of one bot: how many by status, what channels bear, what is under way or could be."""

    bot_id: int
    by_status: Mapping[int, int]
    dead_file_ids: int
    dead_file_ids_month: int  # of the last 30 days
    paused: bool  # pre-warming rests
    channels: tuple[PosterChannel, ...]
    prewarming: PrewarmRequest | None
    move: PosterMove | None  # the one under way
    elsewhere: tuple[Elsewhere, ...]
