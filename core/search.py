"""What people type to find a film, and a page of what was found."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from core.reader import Reader

# A Telegram message holds 4096 characters; no title needs more than these.
MAX_CHARACTERS = 200
MAX_WORDS = 20

_YEAR = re.compile(r"(18[7-9]|19\d|20\d)\d", re.ASCII)
_WORD = re.compile(r"[^\W_]+")
_BRACKETED_YEAR = re.compile(r"[(\[{]\s*(\d{4})\s*[)\]}]", re.ASCII)
# A film's page at TMDB, as people paste it.
_TMDB_LINK = re.compile(
    r"(?:^|[/.\s])themoviedb\.org/(?:[a-z]{2}(?:-[A-Z]{2})?/)?movie/(\d{1,10})(?!\d)", re.ASCII
)


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A query as it was understood: words in lower case, and the year where one ends it."""

    text: str
    words: tuple[str, ...]
    year: int | None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads whatever a person types; no words where nothing in it could be a title's."""
        # Lone surrogates have no UTF-8, and what is past the limit would only cost time.
        text = text.encode("utf-8", "ignore").decode().replace("\0", " ")
        text = unicodedata.normalize("NFKC", text[:MAX_CHARACTERS])[:MAX_CHARACTERS]
        text = " ".join(_BRACKETED_YEAR.sub(r" \1 ", text).split())
        words = tuple(_WORD.findall(text.lower()))[:MAX_WORDS]
        year = int(words[-1]) if len(words) > 1 and _YEAR.fullmatch(words[-1]) else None
        return cls(text, words, year)

    @property
    def title_words(self) -> tuple[str, ...]:
        """The words without the year."""
        return self.words[:-1] if self.year else self.words


def linked_movie(text: str) -> int | None:
    """The TMDB id in a pasted address of a film's page at TMDB."""
    found = _TMDB_LINK.search(text)
    return int(found[1]) if found and 0 < int(found[1]) < 2**31 else None


@dataclass(frozen=True, slots=True)
class FoundMovie:
    """A line of the results, its title in the reader's language; `rating` is the reader's own."""

    movie_id: int
    title: str | None
    original_title: str | None
    year: int | None
    vote_average: float | None
    vote_count: int | None
    rating: Decimal | None
    on_watchlist: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """A page of results, and for whom.

    `is_nearest`: no title holds the words, these only resemble them. `is_incomplete`: TMDB would have
    been asked but did not answer. `is_from_tmdb`: these are TMDB's results, in its order.
    """

    reader: Reader
    query: SearchQuery
    movies: Sequence[FoundMovie]
    page: int
    pages: int
    total: int
    is_nearest: bool = False
    is_incomplete: bool = False
    is_from_tmdb: bool = False
