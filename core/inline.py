"""What inline mode says in its short texts: the query that finds one film, results' ids, offsets."""

import re
from typing import NamedTuple

from core.payloads import INT4_MAX

# A page of results, and how far anybody may leaf: a better query is quicker.
PAGE_FILMS = 20
MAX_FILMS = 200

_FILM = re.compile(r"\s*#(\d{1,10})\s*", re.ASCII)
_RESULT = re.compile(r"([pt])(\d{1,10})", re.ASCII)
_OFFSET = re.compile(r"[1-9]\d{0,3}", re.ASCII)


class Chosen(NamedTuple):
    """The film of a result, and whether the message has its poster."""

    movie_id: int
    has_poster: bool


def film_query(movie_id: int) -> str:
    """The query of a share button: it finds this film and no other."""
    return f"#{movie_id}"


def queried_film(text: str) -> int | None:
    """The film a share button's query asks for."""
    return _movie_id(found[1]) if (found := _FILM.fullmatch(text)) else None


def result_id(film: Chosen) -> str:
    """At most 64 bytes, which come back when somebody chooses the result."""
    return f"{'p' if film.has_poster else 't'}{film.movie_id}"


def chosen(text: str) -> Chosen | None:
    """What `result_id` wrote; None for anything else."""
    found = _RESULT.fullmatch(text)
    movie_id = _movie_id(found[2]) if found else None
    return Chosen(movie_id, found[1] == "p") if found and movie_id else None


def read_offset(text: str) -> int | None:
    """How many results the person has seen: a page's end; None where no answer of ours gave this offset."""
    if not text:
        return 0
    offset = int(text) if _OFFSET.fullmatch(text) else 0
    return offset if 0 < offset < MAX_FILMS and offset % PAGE_FILMS == 0 else None


def next_offset(offset: int, total: int) -> str:
    """The offset of the next page, empty at the end."""
    end = offset + PAGE_FILMS
    return str(end) if end < min(total, MAX_FILMS) else ""


def _movie_id(digits: str) -> int | None:
    return int(digits) if 0 < int(digits) <= INT4_MAX else None
