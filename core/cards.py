"""What a film's card shows, as one reader sees it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import ClassVar

from core.reader import Reader


class Freshness(Enum):
    """Whether a film's facts may be shown."""

    FRESH = "fresh"
    STUB = "stub"  # what a list told of it may be shown; TMDB knows more
    DUE = "due"  # unknown here, or not refreshed for 180 days: TMDB is asked first
    ADULT = "adult"  # for adults, and the reader did not ask for such films or is not alone
    DELETED = "deleted"  # TMDB had it and said twice, a day apart, that it has it no more
    GONE = "gone"  # TMDB says now that there is no such film


class Push(Enum):
    """Why a rating is not at TMDB though it should be."""

    LATE = "late"
    GONE = "gone"
    REFUSED = "refused"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class OwnRating:
    """The reader's rating, 0.5 to 10; `rated_on` is None where TMDB does not tell."""

    value: Decimal
    rated_on: date | None
    push: Push | None = None


@dataclass(frozen=True, slots=True)
class CardPoster:
    """The poster chosen for the reader; `file_id` is what this bot can send, if it knows one."""

    path: str
    file_id: str | None = None
    is_missing: bool = False  # the image host has no such picture


@dataclass(frozen=True, slots=True)
class Watching:
    """Who offers a film in the reader's region, by TMDB's kinds in their order; the data is JustWatch's."""

    KINDS: ClassVar = ("flatrate", "free", "ads", "rent", "buy")

    providers: Mapping[str, tuple[str, ...]]
    link: str | None
    days_old: int

    @property
    def is_old(self) -> bool:
        """Whether the age must be told, full days over: the change feed does not know providers."""
        return self.days_old >= 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A film in the reader's language; unknown is None or empty.

    Names of people are in the language of the reader's titles where one is known, else as the catalogue's
    language gives them; countries are ISO 3166-1 codes.
    """

    movie_id: int
    reader: Reader
    freshness: Freshness
    title: str | None = None
    original_title: str | None = None
    year: int | None = None
    runtime: int | None = None  # minutes
    certification: str | None = None
    genres: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    vote_average: float | None = None
    vote_count: int | None = None
    popularity: float = 0.0
    tagline: str | None = None
    collection_id: int | None = None
    collection_name: str | None = None  # in the catalogue's language
    directors: tuple[str, ...] = ()
    cast: tuple[str, ...] = ()
    overview: str | None = None
    trailer: str | None = None  # key of a video at YouTube
    trailers: int = 0
    watching: Watching | None = None
    has_cast: bool = False
    has_crew: bool = False
    has_similar: bool = False  # or recommended
    poster: CardPoster | None = None
    rating: OwnRating | None = None
    on_watchlist: bool = False
