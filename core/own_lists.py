"""What a person sees of their own lists, and takes along."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, NamedTuple

from core.film_list import FilmPage
from core.reader import Reader

WatchlistSort = Literal["added", "score", "popularity", "release"]
RatingsSort = Literal["rated", "mine", "tmdb", "title", "year"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchlistPage(FilmPage):
    """A page of the watchlist; `unreleased` are films of the page that come out on a later day.

    `rated` films are left out because the reader hides what they have rated, `withheld` ones because no
    list may name them (adult, or gone from TMDB).
    """

    unreleased: Mapping[int, date]
    rated: int
    withheld: int


class RatingFilters(NamedTuple):
    """Own ratings that round up to `score` (1 to 10), of films of a decade and of a genre; None: any."""

    score: int | None = None
    decade: int | None = None  # 1990
    genre: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingsPage(FilmPage):
    """A page of own ratings; `genre` is the name of the one asked for."""

    genre: str | None


class Share(NamedTuple):
    """So many own ratings: of a score, a decade (None: unknown) or a genre.

    A genre's `name` is the reader's, `catalogue_name` the one in the catalogue's language.
    """

    key: int | None
    number: int
    name: str | None = None
    catalogue_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingsSpread:
    """How a reader's own ratings are spread: scores and decades ascending, genres by number."""

    reader: Reader
    scores: Sequence[Share]
    decades: Sequence[Share]
    genres: Sequence[Share]

    @property
    def total(self) -> int:
        """How many ratings there are."""
        return sum(share.number for share in self.scores)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFilm:
    """A film of a person's list as they take it along; `value` is their rating, None on the watchlist.

    `listed_at` is None where TMDB does not tell; names are as the catalogue's language gives them.
    """

    movie_id: int
    imdb_id: str | None
    title: str | None
    original_title: str | None
    year: int | None
    release_date: date | None
    runtime: int | None  # minutes
    genres: Sequence[str]
    directors: Sequence[str]
    value: Decimal | None
    listed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLists:
    """Both lists of a person, the newest entries first, at one moment."""

    reader: Reader
    exported_at: datetime
    ratings: Sequence[ListedFilm]
    watchlist: Sequence[ListedFilm]
