"""A page of films: what every list of films in text shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.filters import Filters
from core.reader import Reader
from core.search import FoundMovie

# At most eight lines a message, and nobody leafs further than this: filters are quicker.
PAGE_FILMS = 8
MAX_FILMS = 200


def pages_of(total: int) -> int:
    """How many pages so many films take."""
    return -(-total // PAGE_FILMS)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmPage:
    """A page and for whom; `page` is from 1 and the last one at most, `total` is over all pages."""

    reader: Reader
    movies: Sequence[FoundMovie]
    page: int
    total: int

    @property
    def pages(self) -> int:
        """How many there are; none where there is no film."""
        return pages_of(self.total)

    @property
    def first(self) -> int:
        """The number of the first line."""
        return (self.page - 1) * PAGE_FILMS + 1


@dataclass(frozen=True, slots=True)
class FilterNames:
    """What filters are called in the reader's language: all genres, and the people who were chosen, by id."""

    genres: Mapping[int, str]
    people: Mapping[int, str]
    keyword: str | None = None
    collection: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowsePage(FilmPage):
    """A page of the films that pass the filters, at most MAX_FILMS in all.

    `is_incomplete`: TMDB would have been asked for more but did not answer.
    """

    filters: Filters
    names: FilterNames
    is_incomplete: bool = False
