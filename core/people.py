"""People of film as one reader sees them: found by name, on a card, by what they made."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from core.cards import CardPoster, Freshness
from core.reader import Reader
from core.search import FoundMovie

PAGE_PEOPLE = 8


class PersonHit(NamedTuple):
    """Whom some words of a text name."""

    words: str
    person_id: int
    name: str  # as the catalogue's language gives it
    department: str | None  # TMDB's: Acting, Directing, …
    popularity: float
    is_whole: bool  # the words are a whole name of theirs, not a part of one


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """A line of what was found; the name is in the reader's language."""

    person_id: int
    name: str
    original_name: str | None
    department: str | None
    birth_year: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PeoplePage:
    """A page of people, and for whom.

    `is_nearest`: nobody has these words, the names only resemble them. `is_incomplete`: TMDB would know
    more but did not answer.
    """

    reader: Reader
    text: str
    people: Sequence[FoundPerson]
    page: int
    total: int
    is_nearest: bool
    is_incomplete: bool = False

    @property
    def pages(self) -> int:
        """How many there are; none where nobody was found."""
        return -(-self.total // PAGE_PEOPLE)


class KnownFilm(NamedTuple):
    """A film that a person is known for."""

    movie_id: int
    title: str
    year: int | None


class RoleCount(NamedTuple):
    """How many films a person has in a role: TMDB's department, Acting for a part."""

    department: str
    films: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonCard:
    """A person; unknown is None or empty. A stub has what films' credits tell, the rest is not known."""

    person_id: int
    reader: Reader
    freshness: Freshness
    name: str | None = None
    original_name: str | None = None
    department: str | None = None
    gender: int = 0
    birthday: date | None = None
    deathday: date | None = None
    age: int | None = None  # in years: today, or when they died
    place_of_birth: str | None = None
    biography: str | None = None
    portrait: CardPoster | None = None
    popularity: float = 0.0
    known_for: tuple[KnownFilm, ...] = ()  # empty where no film of theirs may be shown


class Credit(NamedTuple):
    """A line of a filmography: the film, and what the person did or played there."""

    movie: FoundMovie
    characters: tuple[str, ...]
    jobs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filmography:
    """A page of a person's films in one role, `role` None for all of them.

    `rated` more are left out because the reader hides what they have rated.
    """

    reader: Reader
    person_id: int
    name: str | None
    gender: int
    roles: tuple[RoleCount, ...]  # the most films first
    role: str | None
    oldest_first: bool
    credits: Sequence[Credit]
    page: int
    total: int
    rated: int

    @property
    def pages(self) -> int:
        """How many there are."""
        return -(-self.total // PAGE_PEOPLE)

    @property
    def first(self) -> int:
        """The number of the first line."""
        return (self.page - 1) * PAGE_PEOPLE + 1
