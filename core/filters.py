"""Filters of films: which, in which order, as callback data carries them."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field, fields, replace
from typing import Literal, Self, get_args

Sort = Literal["popularity", "score", "date", "trending"]
Role = Literal["actor", "director", "writer"]

SORTS: tuple[Sort, ...] = get_args(Sort)
ROLES: tuple[Role, ...] = get_args(Role)
# TMDB's genres of films. Their places stand in callback data: new ones are added at the end.
GENRES = (28, 12, 16, 35, 80, 99, 18, 10751, 14, 36, 27, 10402, 9648, 10749, 878, 10770, 53, 10752, 37)
MAX_PEOPLE = 3
FIRST_YEAR, LAST_YEAR = 1870, 2099
MAX_ID = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Filters:
    """Which films, in which order; ValueError where a value is none that a film could have.

    Films have all of the genres and all of the people (TMDB's ids). Years are inclusive. `language` is
    TMDB's original language. `trending` orders by the place in TMDB's list and holds only films of it.
    """

    sort: Sort = "popularity"
    is_new: bool = False  # released lately, and already out
    genres: tuple[int, ...] = ()
    year_from: int | None = None
    year_to: int | None = None
    min_score: float | None = None  # 0.1 to 10, to a tenth
    language: str | None = None
    role: Role | None = None  # of the people; any where None
    people: tuple[int, ...] = ()
    keyword_id: int | None = None
    collection_id: int | None = None

    def __post_init__(self) -> None:
        years = [year for year in (self.year_from, self.year_to) if year is not None]
        ids = [*self.people, self.keyword_id or 1, self.collection_id or 1]
        if not (
            self.sort in SORTS
            and (self.role is None or self.role in ROLES)
            and set(self.genres) <= set(GENRES)
            and all(FIRST_YEAR <= year <= LAST_YEAR for year in years)
            and years == sorted(years)
            and (self.min_score is None or 0.1 <= self.min_score <= 10)
            and (self.language is None or re.fullmatch("[a-z]{2}", self.language))
            and len(self.people) <= MAX_PEOPLE
            and all(1 <= number <= MAX_ID for number in ids)
        ):
            raise ValueError(f"no filters: {self!r}")

    @property
    def is_empty(self) -> bool:
        """Whether every film passes."""
        return replace(self, sort="popularity", role=None) == Filters() and self.sort != "trending"

    def pack(self) -> str:
        """At most 36 characters of A-Z a-z 0-9 _ -, for callback data.

        One number, the fields in it from the low bits up in the order of _BITS, so that what people filter
        by most takes the fewest characters.
        """
        values = {
            "sort": SORTS.index(self.sort),
            "is_new": int(self.is_new),
            "genres": sum(1 << GENRES.index(genre) for genre in self.genres),
            "year_from": self.year_from - FIRST_YEAR + 1 if self.year_from else 0,
            "year_to": self.year_to - FIRST_YEAR + 1 if self.year_to else 0,
            "min_score": round(self.min_score * 10) if self.min_score else 0,
            "language": _letters(self.language) if self.language else 0,
            "role": ROLES.index(self.role) + 1 if self.role else 0,
            "keyword_id": self.keyword_id or 0,
            "collection_id": self.collection_id or 0,
        }
        values |= dict(zip(("person_1", "person_2", "person_3"), self.people, strict=False))
        number = shift = 0
        for name, bits in _BITS.items():
            number |= values.get(name, 0) << shift
            shift += bits
        packed = number.to_bytes(-(-number.bit_length() // 8), "little")
        return urlsafe_b64encode(packed).decode().rstrip("=")

    @classmethod
    def unpack(cls, packed: str) -> Self:
        """The filters of `pack`; ValueError for anything that `pack` does not make."""
        number = int.from_bytes(
            urlsafe_b64decode(packed.encode("ascii") + b"=" * (-len(packed) % 4)), "little"
        )
        values = {}
        for name, bits in _BITS.items():
            values[name] = number & (1 << bits) - 1
            number >>= bits
        year_from, year_to, language, role = (
            values[name] for name in ("year_from", "year_to", "language", "role")
        )
        genres = (genre for place, genre in enumerate(GENRES) if values["genres"] >> place & 1)
        filters = cls(
            SORTS[values["sort"]],
            bool(values["is_new"]),
            tuple(genres),
            year_from + FIRST_YEAR - 1 if year_from else None,
            year_to + FIRST_YEAR - 1 if year_to else None,
            values["min_score"] / 10 or None,
            chr(ord("a") + (language - 1) // 26) + chr(ord("a") + (language - 1) % 26) if language else None,
            ROLES[role - 1] if role else None,
            tuple(filter(None, (values[name] for name in ("person_1", "person_2", "person_3")))),
            values["keyword_id"] or None,
            values["collection_id"] or None,
        )
        if filters.pack() != packed:
            raise ValueError("no packed filters")
        return filters


# A field's bits; another layout needs another prefix of the buttons that carry it.
_BITS = {
    "sort": 2,
    "is_new": 1,
    "genres": 19,
    "year_from": 8,
    "year_to": 8,
    "min_score": 7,
    "language": 10,
    "role": 2,
    "person_1": 31,
    "person_2": 31,
    "person_3": 31,
    "keyword_id": 31,
    "collection_id": 31,
}


def _letters(language: str) -> int:
    first, second = (ord(letter) - ord("a") for letter in language)
    return first * 26 + second + 1


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a text asks for beside titles.

    `names` are the runs of words that nothing explains, which may be people or a title; `keyword` is what
    the film should be about, to be looked up among TMDB's.
    """

    filters: Filters = field(default_factory=Filters)
    names: tuple[str, ...] = ()
    keyword: str | None = None
    role_hint: Role | None = None
    is_series: bool = False  # "сериалы 90-х": a series is meant, no film
    is_list: bool = False  # "лучшие фильмы", "фильмы Нолана": several are meant, or an order

    @property
    def is_filtered(self) -> bool:
        """Whether the words ask for more than names."""
        is_kind = self.is_list or (self.is_series and not self.names)
        return is_kind or self.keyword is not None or not self.filters.is_empty

    @property
    def words_left(self) -> tuple[str, ...]:
        """All words that nothing explains."""
        return tuple(word for name in self.names for word in name.split())

    @property
    def extracted_entities(self) -> dict[str, object]:
        """What was understood, by name, for the record of a request."""
        told: dict[str, object] = {
            item.name: value
            for item in fields(self.filters)
            if (value := getattr(self.filters, item.name)) != item.default
        }
        if self.names:
            told["names"] = self.names
        if self.keyword:
            told["keyword"] = self.keyword
        if self.is_series:
            told["media_type"] = "tv"
        return told
