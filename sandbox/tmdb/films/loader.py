"""Reads the TOML files of this folder into facts."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from sandbox.tmdb.facts import (
    GENRE_IDS,
    LANGUAGES,
    SERIES_PICTURES,
    CastCredit,
    Collection,
    Company,
    CrewCredit,
    Film,
    Person,
    Translation,
    Video,
    hex_id,
    image_path,
)

_FOLDER: Final = Path(__file__).parent
_INVENTED_PEOPLE: Final = 9_000_000

# Key of a film's table: the department and the job its names have.
_JOBS: Final = {
    "director": ("Directing", "Director"),
    "writer": ("Writing", "Screenplay"),
    "story": ("Writing", "Story"),
    "novel": ("Writing", "Novel"),
    "producer": ("Production", "Producer"),
    "music": ("Sound", "Original Music Composer"),
    "camera": ("Camera", "Director of Photography"),
    "editor": ("Editing", "Editor"),
}
_KNOWN_FOR: Final = {"Directing": "Directing", "Writing": "Writing", "Sound": "Sound", "Camera": "Camera"}

_OFFERS: Final[tuple[dict[str, dict[str, tuple[int, ...]]], ...]] = (
    {
        "US": {"flatrate": (1899,), "rent": (2, 3, 10), "buy": (2, 3, 10)},
        "GB": {"rent": (2, 3), "buy": (2, 3)},
        "DE": {"flatrate": (9,), "rent": (2, 3)},
        "RU": {"flatrate": (117,), "buy": (115,)},
    },
    {"US": {"flatrate": (8,), "buy": (2, 10)}, "GB": {"flatrate": (8,)}, "RU": {"flatrate": (115,)}},
    {"US": {"flatrate": (258, 11), "rent": (2,)}, "DE": {"rent": (2, 3)}, "CN": {}},
    {},
)


@dataclass(frozen=True, slots=True)
class Series:
    """As much of a television series as search and tv/{id} tell."""

    id: int
    name: str
    original_name: str
    original_language: str
    overview: str
    first_air_date: str
    last_air_date: str
    genre_ids: tuple[int, ...]
    countries: tuple[str, ...]
    popularity: float
    vote_average: float
    vote_count: int
    seasons: int
    episodes: int
    poster_path: str | None
    imdb_id: str | None
    texts: Mapping[str, Mapping[str, str]]  # name and overview by language

    @property
    def names(self) -> list[str]:
        """In all languages."""
        return [self.name, self.original_name, *(texts["name"] for texts in self.texts.values())]

    def text(self, key: str, language: str) -> str:
        """The name or the overview in a language, as TMDB falls back: an overview to nothing."""
        code = language.partition("-")[0].lower()
        own = {"name": self.name, "overview": self.overview}
        if code == "en":
            return own[key]
        return self.texts.get(code, {}).get(key) or (self.original_name if key == "name" else "")


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((_FOLDER / name).read_text("utf-8"))


class _People:
    """One Person per name, so that films share their people as TMDB's do."""

    def __init__(self) -> None:
        tables = _read("people.toml")
        self._known: Mapping[str, tuple[int, int, str]] = tables["known"]
        self._names: Mapping[str, Mapping[str, str]] = tables["names"]
        self._told: Mapping[str, Mapping[str, str]] = tables["told"]
        self._imdb: Mapping[str, str] = tables["imdb"]
        self._by_name: dict[str, Person] = {}
        self._by_id: dict[int, str] = {}

    def get(self, name: str, department: str) -> Person:
        if name not in self._by_name:
            digest = int(hashlib.sha256(name.encode()).hexdigest()[:12], 16)
            invented = (_INVENTED_PEOPLE + digest % 1_000_000, 0, department)
            number, gender, known_for = self._known.get(name, invented)
            other = self._by_id.setdefault(number, name)
            if other != name:
                raise ValueError(f"{name} and {other} have the same person id {number}")
            names = self._names.get(name, {})
            told = self._told.get(name, {})
            self._by_name[name] = Person(
                id=number,
                name=name,
                original_name=names.get("original", name),
                gender=gender,
                department=known_for,
                popularity=round(0.5 + digest % 9000 / 1000, 4),
                profile_path=image_path("F", number),
                imdb_id=self._imdb.get(name),
                names={language: text for language, text in names.items() if language != "original"},
                birthday=told.get("born"),
                deathday=told.get("died"),
                place_of_birth=told.get("in"),
                biographies={language: told[language] for language in ("en", "ru", "zh") if language in told},
            )
        return self._by_name[name]


def _crew(table: Mapping[str, Any], people: _People) -> Iterator[CrewCredit]:
    for key, (department, job) in _JOBS.items():
        for name in table.get(key, ()):
            person = people.get(name, _KNOWN_FOR.get(department, department))
            yield CrewCredit(person, department, job, hex_id(table["id"], name, job))


def _translations(table: Mapping[str, Any], original: str) -> Iterator[Translation]:
    english = table["title"]
    yield Translation(
        "en",
        "US",
        title="" if english == original else english,
        overview=table["overview"],
        tagline=table.get("tagline", ""),
        homepage=table.get("homepage", ""),
        runtime=table.get("runtime", 0),
    )
    for language, texts in table.get("in", {}).items():
        title = texts.get("title", "")
        yield Translation(
            language,
            LANGUAGES[language][2],
            title="" if title == original else title,
            overview=texts.get("overview", ""),
            tagline=texts.get("tagline", ""),
        )
        if language == "zh":  # TMDB keeps Chinese several times over, some of it titles alone
            yield Translation("zh", "TW", title="" if title == original else title)
            yield Translation("zh", "HK")


def _posters(table: Mapping[str, Any]) -> tuple[tuple[str, str | None], ...]:
    """A poster in the film's language, in English, one without text, and one for each translation."""
    languages = dict.fromkeys([table["language"], "en", *table.get("in", {})])
    number = table["id"]
    drawn: list[tuple[str, str | None]] = [
        (image_path("P", number, place), language) for place, language in enumerate(languages)
    ]
    drawn.append((image_path("P", number, 20), None))
    drawn.append((image_path("P", number, 21), "en"))
    return tuple(drawn)


def _film(table: Mapping[str, Any], people: _People) -> Film:
    number: int = table["id"]
    original = table.get("original", table["title"])
    average, count = table["votes"]
    trailer = hashlib.sha256(f"trailer {number}".encode()).hexdigest()
    collection = table.get("collection")
    return Film(
        id=number,
        title=table["title"],
        original_title=original,
        original_language=table["language"],
        release_date=table["date"],
        runtime=table["runtime"],
        genre_ids=tuple(GENRE_IDS[name] for name in table["genres"]),
        vote_average=average,
        vote_count=count,
        popularity=round(5 + count / 700 + number % 97 / 50, 4),
        budget=table.get("budget", 0),
        revenue=table.get("revenue", 0),
        imdb_id=table.get("imdb"),
        homepage=table.get("homepage", ""),
        softcore=None if number % 5 == 0 else False,
        countries=tuple(table["countries"]),
        companies=tuple(
            Company(int(hex_id("company", name, digits=5), 16), name, table["countries"][0])
            for name in table.get("companies", ())
        ),
        collection=None if collection is None else Collection(*collection),
        spoken=tuple(table.get("spoken", [table["language"]])),
        cast=tuple(
            CastCredit(people.get(name, "Acting"), character, hex_id(number, name, "cast", character))
            for name, character in table["cast"]
        ),
        crew=tuple(_crew(table, people)),
        translations=tuple(_translations(table, original)),
        keywords=tuple(
            (int(hex_id("keyword", text, digits=5), 16), text) for text in table.get("keywords", ())
        ),
        certifications=table.get("certification", {}),
        posters=_posters(table),
        backdrop_path=image_path("B", number),
        videos=(
            Video(trailer[:11], "Official Trailer"),
            Video(trailer[11:22], "Teaser", type="Teaser", official=False),
            *((Video(trailer[22:33], "Трейлер", "ru", "RU"),) if "ru" in table.get("in", {}) else ()),
        ),
        providers=_OFFERS[number % len(_OFFERS)],
    )


@cache
def load_films() -> tuple[Film, ...]:
    """Every film of the folder, its neighbours by genre and people linked as similar and recommended."""
    people = _People()
    films = [
        _film(table, people)
        for path in sorted(_FOLDER.glob("films_*.toml"))
        for table in _read(path.name)["film"]
    ]
    if len({film.id for film in films}) != len(films):
        raise ValueError("a film id appears twice")
    return tuple(_linked(film, films) for film in films)


def _linked(film: Film, films: list[Film]) -> Film:
    def crowd(other: Film) -> set[int]:
        return {person.id for person in other.people()}

    mine, people = set(film.genre_ids), crowd(film)
    others = [other for other in films if other.id != film.id]
    by_genre = sorted(others, key=lambda other: (-len(mine & set(other.genre_ids)), other.id))
    by_people = sorted(others, key=lambda other: (-len(people & crowd(other)), -other.vote_average, other.id))
    return replace(
        film,
        similar=tuple(other.id for other in by_genre[:8]),
        recommended=tuple(other.id for other in by_people[:6]),
    )


@cache
def load_series() -> tuple[Series, ...]:
    return tuple(
        Series(
            id=table["id"],
            name=table["name"],
            original_name=table.get("original", table["name"]),
            original_language=table["language"],
            overview=table["overview"],
            first_air_date=table["from"],
            last_air_date=table["to"],
            genre_ids=tuple(table["genres"]),
            countries=tuple(table["countries"]),
            popularity=table["popularity"],
            vote_average=table["votes"][0],
            vote_count=table["votes"][1],
            seasons=table["seasons"],
            episodes=table["episodes"],
            poster_path=image_path("P", SERIES_PICTURES + table["id"]),
            imdb_id=table.get("imdb"),
            texts=table.get("in", {}),
        )
        for table in _read("series.toml")["series"]
    )
