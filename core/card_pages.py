"""What the pages of a film's card show, as one reader sees them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Self

from core.cards import CardPoster, Watching
from core.reader import Reader


@dataclass(frozen=True, slots=True)
class Film:
    """The film a page is about, its title in the reader's language."""

    reader: Reader
    movie_id: int
    title: str
    year: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What a card has no room for; unknown is None or empty."""

    film: Film
    tagline: str | None
    overview: str | None
    original_language: str | None  # TMDB's code
    release_date: date | None
    status: str | None
    budget: int | None  # US dollars, as is revenue
    revenue: int | None
    companies: Sequence[str]
    keywords: Sequence[str]
    homepage: str | None
    trailers: int
    posters: int
    collection_id: int | None
    collection_films: int  # that may be shown, this one among them


@dataclass(frozen=True, slots=True)
class Credit:
    """A person with all that they did in one film: characters, or jobs in their `department`'s section."""

    person_id: int
    name: str | None
    roles: Sequence[str]
    department: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Credits:
    """A page of a film's cast or crew; `has_other`: there is the other of the two."""

    film: Film
    credits: Sequence[Credit]
    page: int
    pages: int
    total: int
    has_other: bool


@dataclass(frozen=True, slots=True)
class Offers:
    """Where a film can be watched in the reader's region, as of a day."""

    film: Film
    watching: Watching | None
    told_on: date


@dataclass(frozen=True, slots=True)
class Video:
    """A trailer or teaser at YouTube."""

    key: str
    name: str | None
    language: str | None


@dataclass(frozen=True, slots=True)
class Videos:
    """A film's trailers, those in the reader's language first."""

    film: Film
    videos: Sequence[Video]


@dataclass(frozen=True, slots=True)
class Posters:
    """A film's posters by the language on them ("": none), the reader's language first."""

    film: Film
    popularity: float
    posters: Sequence[tuple[str, CardPoster]]

    @property
    def in_telegram(self) -> Self:
        """Those that need no upload."""
        return replace(self, posters=[one for one in self.posters if one[1].file_id])


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """Films that may be shown beside one film, in TMDB's order, those of a collection by their dates."""

    similar: Sequence[int] = ()
    recommended: Sequence[int] = ()
    collection_id: int | None = None
    collection: Sequence[int] = ()
