"""The films TMDB has at this moment: well-known, invented or recorded, and what was done to them."""

from __future__ import annotations

import unicodedata
from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from heapq import merge
from itertools import chain, islice
from typing import Any, Final, Literal

from sandbox.tmdb import payload
from sandbox.tmdb.clock import Clock
from sandbox.tmdb.errors import TmdbError
from sandbox.tmdb.facts import GENRES, SERIES_PICTURES, Collection, Film, Person, parse_image_path
from sandbox.tmdb.films import Series
from sandbox.tmdb.generator import FilmGenerator

# What append_to_response and movie/{id}/<name> may ask for.
APPENDABLE: Final = frozenset(
    {
        "account_states", "alternative_titles", "changes", "credits", "external_ids", "images", "keywords",
        "lists", "recommendations", "release_dates", "reviews", "similar", "translations", "videos",
        "watch/providers",
    }
)  # fmt: skip

# Changes TMDB does not announce in movie/changes.
_UNANNOUNCED: Final = frozenset(
    {"vote_average", "vote_count", "popularity", "watch/providers", "translations"}
)

# How many of the invented films search looks at, most popular first: a stand-in has no index.
_SEARCHED: Final = 5000

Recorded = dict[str, Any]

OtherKind = Literal["person", "tv"]


ExportLine = tuple[bool, str, float, bool]
"""adult, original_title, popularity, video."""


@dataclass(frozen=True, slots=True)
class Change:
    at: datetime
    film_id: int
    adult: bool | None


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in plain if not unicodedata.combining(character))


def recorded_item(recorded: Recorded) -> dict[str, Any]:
    """A list item made from a recorded detail payload (or the recorded list item itself)."""
    if "genre_ids" in recorded:
        return {key: value for key, value in recorded.items() if key not in {"rating", "media_type"}}
    keys = (
        "adult", "backdrop_path", "id", "original_language", "original_title", "overview", "popularity",
        "poster_path", "release_date", "softcore", "title", "video", "vote_average", "vote_count",
    )  # fmt: skip
    item = {key: recorded[key] for key in keys if key in recorded}
    item["genre_ids"] = [genre["id"] for genre in recorded.get("genres") or []]
    return item


def _as_details(recorded: Recorded) -> Recorded:
    """A recorded detail payload as it is; of a list's item as much of one as it holds."""
    if "genre_ids" not in recorded or "genres" in recorded:
        return recorded
    names = GENRES["movie"]
    genres = [{"id": number, "name": names.get(number, {"en": ""})["en"]} for number in recorded["genre_ids"]]
    return {key: value for key, value in recorded.items() if key not in {"genre_ids", "media_type"}} | {
        "genres": genres
    }


class Catalogue:
    def __init__(
        self,
        clock: Clock,
        films: Iterable[Film] = (),
        generator: FilmGenerator | None = None,
        series: Iterable[Series] = (),
    ) -> None:
        self.clock = clock
        self.films = {film.id: film for film in films}
        self.generator = generator or FilmGenerator(0)
        self.series = {entry.id: entry for entry in series}
        self.recorded: dict[int, Recorded] = {}
        self.version = 0  # raised by every change, so that exports know when to be written anew
        self._patches: dict[int, dict[str, Any]] = {}
        self._gone: dict[int, int] = {}
        self._earlier: dict[int, list[tuple[datetime, ExportLine | None]]] = {}  # lines, each with its end
        self._other_patches: dict[tuple[OtherKind, int], dict[str, Any]] = {}
        self._others_gone: dict[tuple[OtherKind, int], int] = {}
        self._changes: list[Change] = []
        self._pictures: dict[str, tuple[str, int, int]] = {}  # of payloads, whose paths are not ours
        self._people: dict[int, tuple[Person, list[int]]] = {}
        for film in self.films.values():
            for person in film.people():
                known = self._people.setdefault(person.id, (person, []))[1]
                if film.id not in known:
                    known.append(film.id)

    # What was done to films -------------------------------------------------------------------

    def add(self, recorded: Recorded, *, announced: bool = True) -> None:
        """Takes a payload of movie/{id} (with whatever was appended), or a list's item, as a film."""
        film_id = int(recorded["id"])
        if announced:
            self._remember(film_id)
        self.recorded[film_id] = recorded
        self._note_pictures(film_id, recorded)
        self.version += 1
        if announced:
            self.announce(film_id)

    def change(self, film_id: int, fields: dict[str, Any], *, announced: bool | None = None) -> None:
        """Overlays fields of the payload (appended objects too); movie/changes tells what TMDB tells."""
        self._require(film_id)
        self._remember(film_id)
        self._patches.setdefault(film_id, {}).update(fields)
        self._note_pictures(film_id, fields)
        self.version += 1
        if announced is None:
            announced = not fields.keys() <= _UNANNOUNCED
        if announced:
            self.announce(film_id)

    def _note_pictures(self, film_id: int, fields: dict[str, Any]) -> None:
        found = [("P", fields.get("poster_path")), ("B", fields.get("backdrop_path"))]
        found += [("P", poster["file_path"]) for poster in (fields.get("images") or {}).get("posters", [])]
        for place, (kind, path) in enumerate(found):
            if isinstance(path, str) and path and parse_image_path(path) is None:
                self._pictures[path] = (kind, film_id, place)

    def delete(self, film_id: int, code: int = 34) -> None:
        """From now on the film answers 404 with `code` (34, 6 or 37)."""
        self._require(film_id)
        self._remember(film_id)
        self._gone[film_id] = code
        self.announce(film_id)

    def restore(self, film_id: int) -> None:
        self._remember(film_id)
        del self._gone[film_id]
        self.announce(film_id)

    def _remember(self, film_id: int) -> None:
        line = self.export_line(film_id) if film_id in self else None
        self._earlier.setdefault(film_id, []).append((self.clock.now(), line))

    def announce(self, film_id: int, adult: bool | Literal["own"] | None = "own") -> None:
        """Writes an entry of movie/changes, also for ids that are no film (there are such)."""
        self.version += 1
        if adult == "own":
            adult = self._has(film_id) and self.export_line(film_id)[0]
        self._changes.append(Change(self.clock.now(), film_id, adult))

    def changes(self, start: date, end: date) -> list[Change]:
        """One entry a film, both days included."""
        found = {change.film_id: change for change in self._changes if start <= change.at.date() <= end}
        return list(found.values())

    # What TMDB would answer ---------------------------------------------------------------------

    def __contains__(self, film_id: int) -> bool:
        return film_id not in self._gone and self._has(film_id)

    def _has(self, film_id: int) -> bool:
        return film_id in self.recorded or film_id in self.films or film_id in self.generator.ids

    def _require(self, film_id: int) -> None:
        if not self._has(film_id):
            raise KeyError(f"the catalogue has no film {film_id}")

    def film(self, film_id: int) -> Film | None:
        """The film's facts, where it is not a recorded one; deleted films are still known here."""
        if film_id in self.films:
            return self.films[film_id]
        return self.generator.film(film_id) if film_id in self.generator.ids else None

    def details(
        self,
        film_id: int,
        language: str,
        appended: Sequence[str] = (),
        image_languages: Sequence[str | None] | None = None,
    ) -> dict[str, Any]:
        if film_id not in self:
            raise TmdbError(self._gone.get(film_id, 34))
        patch = self._patches.get(film_id, {})
        recorded = self.recorded.get(film_id)
        if recorded is not None:
            whole = _as_details(recorded) | patch
            return {key: value for key, value in whole.items() if key not in APPENDABLE or key in appended}
        film = self.film(film_id)
        assert film is not None
        answer = payload.details(film, language)
        for name in appended:
            found = payload.append(film, name, language, image_languages, self.item)
            if found is not None:
                answer[name] = found
        return answer | {
            key: value for key, value in patch.items() if key not in APPENDABLE or key in appended
        }

    def item(self, film_id: int, language: str) -> dict[str, Any] | None:
        """The film as an item of a list; None where it is gone or unknown."""
        return self.listed(film_id, language) if film_id in self else None

    def listed(self, film_id: int, language: str) -> dict[str, Any]:
        """As `item`, but also for a film that is gone: rated lists may still name it."""
        if film_id in self.recorded:
            item = recorded_item(self.recorded[film_id])
        else:
            film = self.film(film_id)
            if film is None:
                raise KeyError(film_id)
            item = payload.list_item(film, language)
        patch = self._patches.get(film_id, {})
        return item | {key: patch[key] for key in item.keys() & patch.keys()}

    def picture(self, path: str) -> tuple[str, int, int] | None:
        """Kind, id and variant of a film's, series' or person's path; a deleted film's pictures stay."""
        if path in self._pictures:
            return self._pictures[path]
        parsed = parse_image_path(path)
        if parsed is None:
            return None
        kind, number, _ = parsed
        if kind == "F":
            return parsed if self.person(number) else None
        return parsed if self._has(number) or number - SERIES_PICTURES in self.series else None

    def _all_ids(self) -> Iterator[int]:
        """Every film there is or was, in the order of the ids."""
        invented = self.generator.ids
        known = sorted((self.films.keys() | self.recorded.keys()) - set(self._recorded_over()))
        place = bisect(known, invented.start)
        return chain(known[:place], invented, known[place:])

    def _recorded_over(self) -> list[int]:
        """Invented films in whose place a payload was added."""
        return [film_id for film_id in self.recorded if film_id in self.generator.ids]

    def ids(self) -> Iterator[int]:
        """Every film that is there, in the order of the ids."""
        return (film_id for film_id in self._all_ids() if film_id not in self._gone)

    def count(self) -> int:
        known = len(self.films.keys() | self.recorded.keys()) - len(self._recorded_over())
        return known + len(self.generator.ids) - len(self._gone)

    def listed_count(self) -> int:
        """How many films lists show."""
        unlisted = self.generator.ids[len(self.generator.listed) :]
        candidates = self._patches.keys() | self.films.keys() | self.recorded.keys() | set(unlisted)
        adult = sum(1 for number in candidates if number in self and self.export_line(number)[0])
        return self.count() - adult

    def by_popularity(self, *, adult: bool = False) -> Iterator[int]:
        """The films that lists show; adult ones (of those that were not invented) only if asked for."""
        listed = self.generator.listed
        known = self.films.keys() | self.recorded.keys() | self._patches.keys()
        ranked = sorted((-self.export_line(number)[2], number) for number in known)
        rest = ((-self.generator.popularity(number), number) for number in listed if number not in known)
        return (
            number
            for _, number in merge(ranked, rest)
            if number not in self._gone and (adult or number not in known or not self.export_line(number)[0])
        )

    def export_lines(self, until: datetime | None) -> Iterator[tuple[int, bool, str, float, bool]]:
        """Lines of all films, in the order of the ids: now, or as they were until some time."""
        touched = self._patches.keys() | self._gone.keys() | self._earlier.keys()
        touched |= self.films.keys() | self.recorded.keys()
        for film_id in self._all_ids():
            if film_id not in touched:
                yield film_id, *self.generator.export_line(film_id)
            elif line := self._line(film_id, until):
                yield film_id, *line

    def was_as_it_is(self, until: datetime) -> bool:
        """Nothing that an export tells of was touched since."""
        return all(lines[-1][0] < until for lines in self._earlier.values())

    def _line(self, film_id: int, until: datetime | None) -> ExportLine | None:
        if until is not None:
            for end, line in self._earlier.get(film_id, ()):
                if end >= until:
                    return line
        return self.export_line(film_id) if film_id in self else None

    def export_line(self, film_id: int) -> ExportLine:
        """adult, original_title, popularity and video, without inventing the whole film."""
        patch = self._patches.get(film_id, {})
        if film_id in self.recorded:
            facts = self.recorded[film_id]
            line = (
                bool(facts.get("adult")),
                str(facts.get("original_title") or facts["title"]),
                float(facts.get("popularity") or 0),
                bool(facts.get("video")),
            )
        elif film_id in self.films:
            film = self.films[film_id]
            line = (film.adult, film.original_title, film.popularity, film.video)
        else:
            line = self.generator.export_line(film_id)
        if not patch:
            return line
        adult, title, popularity, video = line
        return (
            patch.get("adult", adult),
            patch.get("original_title", title),
            patch.get("popularity", popularity),
            patch.get("video", video),
        )

    def titles(self, film_id: int) -> list[str]:
        if film_id in self.recorded:
            recorded = self.recorded[film_id]
            return [str(recorded[key]) for key in ("title", "original_title") if recorded.get(key)]
        if film_id in self.generator.ids:
            return [self.generator.original_title(film_id)]
        film = self.films[film_id]
        return [film.title, film.original_title, *(entry.title for entry in film.translations if entry.title)]

    def search(self, query: str, year: str | None = None, *, adult: bool = False) -> list[tuple[int, int]]:
        """Films by title in any language, each with its rank: 0 for the whole title, 1 for the beginning of
        one, 2 for a part of one."""
        wanted = _folded(query).strip()
        if not wanted:
            return []
        found: list[tuple[int, int, int]] = []
        candidates = islice(self.by_popularity(adult=adult), len(self.films) + len(self.recorded) + _SEARCHED)
        for place, film_id in enumerate(candidates):
            rank = _rank(wanted, self.titles(film_id))
            if rank is not None and (year is None or self.release_year(film_id) == year):
                found.append((rank, place, film_id))
        return [(rank, film_id) for rank, _, film_id in sorted(found)]

    def release_year(self, film_id: int) -> str:
        return str(self.listed(film_id, "en").get("release_date") or "")[:4]

    # People and series ----------------------------------------------------------------------------

    def change_other(self, kind: OtherKind, number: int, fields: dict[str, Any]) -> None:
        """Overlays fields of a person's or a series' payload."""
        self._require_other(kind, number)
        self._other_patches.setdefault((kind, number), {}).update(fields)

    def delete_other(self, kind: OtherKind, number: int, code: int) -> None:
        """From now on the person or series answers 404 with `code`."""
        self._require_other(kind, number)
        self._others_gone[kind, number] = code

    def restore_other(self, kind: OtherKind, number: int) -> None:
        del self._others_gone[kind, number]

    def _require_other(self, kind: OtherKind, number: int) -> None:
        if not (self.person(number) if kind == "person" else number in self.series):
            raise KeyError(f"there is no {kind} {number}")

    def other(self, kind: OtherKind, number: int) -> dict[str, Any]:
        """What was overlaid; TmdbError for one that is gone."""
        if code := self._others_gone.get((kind, number)):
            raise TmdbError(code)
        return self._other_patches.get((kind, number), {})

    def person(self, person_id: int) -> tuple[Person, list[int]] | None:
        """A person and the films they are in; of invented films the first ones."""
        if person_id in self._people:
            return self._people[person_id]
        invented = self.generator.person_by_id(person_id)
        return (invented, self.generator.films_of(person_id)) if invented else None

    def is_gone(self, kind: OtherKind, number: int) -> bool:
        return (kind, number) in self._others_gone

    def people(self) -> Iterator[tuple[Person, list[int]]]:
        """The people of the well-known films, with those films."""
        return iter(self._people.values())

    def search_people(self, query: str) -> list[tuple[int, Person, list[int]]]:
        """People by name, each with a rank as in `search` and their films."""
        wanted = _folded(query).strip()
        found = [
            (rank, person, films)
            for person, films in self._people.values()
            if wanted and (rank := _rank(wanted, (person.name, *person.names.values()))) is not None
        ]
        return sorted(found, key=lambda one: (one[0], -one[1].popularity))

    def search_collections(self, query: str) -> list[tuple[int, Collection]]:
        """Collections of the well-known films by name, each with a rank as in `search`."""
        wanted = _folded(query).strip()
        collections = {film.collection.id: film.collection for film in self.films.values() if film.collection}
        return [
            (rank, collection)
            for collection in collections.values()
            if wanted and (rank := _rank(wanted, [collection.name])) is not None
        ]

    def search_series(self, query: str) -> list[tuple[int, Series]]:
        """Series by name in any language, each with a rank as in `search`."""
        wanted = _folded(query).strip()
        found = [
            (rank, entry)
            for entry in self.series.values()
            if wanted
            and not self.is_gone("tv", entry.id)
            and (rank := _rank(wanted, entry.names)) is not None
        ]
        return sorted(found, key=lambda one: (one[0], -one[1].popularity))


def _rank(wanted: str, titles: Iterable[str]) -> int | None:
    folded = [_folded(title) for title in titles]
    if wanted in folded:
        return 0
    if any(title.startswith(wanted) for title in folded):
        return 1
    return 2 if any(wanted in title for title in folded) else None


def default_window(today: date) -> tuple[date, date]:
    return today - timedelta(days=1), today
