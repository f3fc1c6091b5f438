"""Recorded answers: whatever a folder of JSON files holds, sorted by the keys it has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from sandbox.tmdb.facts import GENRES

Payload = dict[str, Any]

_LARGEST_FILE: Final = 64 << 20

# Keys that only a film's own payload has; a list's item has genre_ids instead.
_DETAIL_KEYS: Final = frozenset({"genres", "runtime", "imdb_id", "budget", "production_companies"})


@dataclass(slots=True)
class Answers:
    """What was found: films by id (the fullest recording wins), lists, and parts of films."""

    films: dict[int, Payload] = field(default_factory=dict)
    rated: dict[int, float] = field(default_factory=dict)
    account: Payload | None = None
    genres: dict[str, list[Payload]] = field(default_factory=dict)
    changed: dict[int, bool | None] = field(default_factory=dict)
    export: list[Payload] = field(default_factory=list)


def read_answers(folder: Path) -> Answers:
    """Walks every *.json and *.jsonl below the folder; what is nobody's answer is left alone."""
    if not folder.is_dir():
        raise NotADirectoryError(f"no folder of recorded answers: {folder}")
    answers = Answers()
    parts: list[tuple[int, str, Any]] = []
    for path in sorted((*folder.rglob("*.json"), *folder.rglob("*.jsonl"))):
        if path.stat().st_size <= _LARGEST_FILE:
            for document in _documents(path):
                _sort(document, answers, parts)
    for film_id, name, part in parts:
        if film_id in answers.films:
            answers.films[film_id].setdefault(name, part)
    return answers


def _documents(path: Path) -> Iterator[Any]:
    content = path.read_bytes()
    try:
        yield orjson.loads(content)
    except orjson.JSONDecodeError:
        for line in content.splitlines():  # JSON lines, or nothing we can read
            try:
                yield orjson.loads(line)
            except orjson.JSONDecodeError:
                continue


def _is_film(value: Payload) -> bool:
    return (
        isinstance(value.get("id"), int)
        and isinstance(value.get("title"), str)
        and value.get("media_type", "movie") == "movie"
        and ("genre_ids" in value or not _DETAIL_KEYS.isdisjoint(value) or "original_title" in value)
    )


def _sort(document: Any, answers: Answers, parts: list[tuple[int, str, Any]]) -> None:
    if isinstance(document, list):
        if _is_genre_list(document):
            _add_genres(document, answers)
            return
        for entry in document:
            _sort(entry, answers, parts)
        return
    if not isinstance(document, dict) or "openapi" in document:
        return
    if _is_film(document):
        _add_film(document, answers)
    elif "original_title" in document and "popularity" in document:
        answers.export.append(document)
    elif {"username", "iso_639_1", "id"} <= document.keys():
        answers.account = document
    elif _is_genre_list(document.get("genres")):
        _add_genres(document["genres"], answers)
    elif isinstance(document.get("id"), int) and isinstance(document.get("translations"), list):
        parts.append((document["id"], "translations", {"translations": document["translations"]}))
    elif isinstance(document.get("id"), int) and _are_providers(document.get("results")):
        parts.append((document["id"], "watch/providers", {"results": document["results"]}))
    elif isinstance(document.get("results"), list):
        _add_results(document["results"], answers)
    else:  # a wrapping such as {"movies": [...]}
        for value in document.values():
            if isinstance(value, list | dict):
                _sort(value, answers, parts)


def _is_genre_list(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(entry, dict) and entry.keys() == {"id", "name"} for entry in value)
    )


def _are_providers(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and bool(value)
        and all(isinstance(entry, dict) and "link" in entry for entry in value.values())
    )


def _add_genres(genres: list[Payload], answers: Answers) -> None:
    """Of several lists of a media type the one nearest to today's genres is kept."""
    ids = {genre["id"] for genre in genres}
    for media_type, only_here in (("movie", 28), ("tv", 10759)):  # Action; Action & Adventure
        if only_here in ids:
            known = answers.genres.get(media_type)
            today = GENRES[media_type].keys()
            if known is None or len(today ^ ids) < len(today ^ {genre["id"] for genre in known}):
                answers.genres[media_type] = genres
            return


def _add_film(film: Payload, answers: Answers) -> None:
    known = answers.films.get(film["id"])
    if known is None or len(film) > len(known):
        answers.films[film["id"]] = film
    for name in ("similar", "recommendations"):
        related = film.get(name)
        if isinstance(related, dict) and isinstance(related.get("results"), list):
            _add_results(related["results"], answers)


def _add_results(results: list[Any], answers: Answers) -> None:
    """A page: of films, of ratings (items with a rating) or of changes (an id and little else)."""
    for item in results:
        if not isinstance(item, dict) or not isinstance(item.get("id"), int):
            continue
        if item.keys() <= {"id", "adult", "softcore"}:
            answers.changed[item["id"]] = item.get("adult")
        elif _is_film(item):
            _add_film({key: value for key, value in item.items() if key != "rating"}, answers)
            if isinstance(item.get("rating"), int | float):
                answers.rated.setdefault(item["id"], item["rating"])
