"""TMDB's daily id exports: one line of JSON for every film."""

import math
from typing import Any, Literal, NamedTuple, Self

from core.payloads import INT4_MAX, decode, text

ExportKind = Literal["movie", "adult_movie"]


class ExportLine(NamedTuple):
    """What an export tells of a film."""

    tmdb_id: int
    original_title: str | None
    popularity: float | None
    video: bool | None
    adult: bool | None

    @classmethod
    def read(cls, line: bytes) -> Self | None:
        """The film of a line; None where the line is no JSON, has no id, or holds values of other types."""
        try:
            found = decode(line)
        except (ValueError, RecursionError):
            return None
        if type(found) is not dict:
            return None
        get = found.get
        tmdb_id, title, popularity = get("id"), get("original_title"), get("popularity")
        video, adult = get("video"), get("adult")
        if (
            type(tmdb_id) is not int
            or not 0 < tmdb_id <= INT4_MAX
            or not (title is None or type(title) is str)
            or not (popularity is None or _is_number(popularity))
            or not (video is None or type(video) is bool)
            or not (adult is None or type(adult) is bool)
        ):
            return None
        return cls(tmdb_id, text(title), popularity, video, adult)


def _is_number(value: Any) -> bool:
    return (type(value) is float and math.isfinite(value)) or type(value) is int
