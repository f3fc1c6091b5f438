"""Posters as an admin looks at them."""

from dataclasses import dataclass


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
