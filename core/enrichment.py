"""Which of the films, series and people TMDB found somebody meant.

    score = year * asked * (0.55 * exactness + 0.25 * popularity + 0.1 * kind + 0.1 * place)

Every term is within 0 to 1, and so is the score.

exactness   1 where the words are the title, the original title or the name, folded as searches fold them;
            0.95 but for a leading article; else 0.9 times the share of letter pairs in common (Dice), which
            needs no word breaks and bears a typo. Of the ways to read the words (SearchQuery.readings) the
            best counts, with its weight. It weighs most: somebody who types a whole title means it, however
            popular a longer one is.
popularity  logarithmic, against the most popular of the page: TMDB's scale has changed before. It decides
            among namesakes.
kind        1 for a film, 0.5 for a series, 0.25 for a person: people come here for films. 1 for whatever
            was asked for by its kind.
place       TMDB's own order, falling from 1: it knows titles in languages the answer does not carry.
year        1 where no year was asked for, where it is the title's ("blade runner 2049") or the film's; 0.9
            one off, as premieres are; 0.8 for a series that began earlier and may have run then; 0.6 where
            none is known; 0.5 for a person, who has none; 0.4 for any other.
asked       1 where neither a role nor a series was asked for; with a role ("director") 1 for a person known
            for it, 0.7 for another person, 0.5 for films and series; with "series" 1 for a series, else 0.5.

The best candidate is chosen where its score is at least 0.7, which takes a name that is whole or nearly so,
and leads the next one's by 0.1: namesakes of like fame are the person's to tell apart.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, Literal

from core.movies import ListItem, MovieListItem, PersonListItem, Series
from core.search import SearchQuery, fold, title_key

MediaType = Literal["movie", "tv", "person"]

SURE = 0.7
LEAD = 0.1
INEXACT = 0.9  # more than that is a whole name

_KINDS: dict[MediaType, float] = {"movie": 1.0, "tv": 0.5, "person": 0.25}
_DEPARTMENTS = {"actor": "Acting", "director": "Directing", "writer": "Writing"}
_ARTICLES = ("the ", "a ", "an ")


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a person may have meant, as TMDB's answer tells of it in the language it was asked in."""

    media_type: MediaType
    id: int
    title: str | None  # a person's name
    original_title: str | None
    year: int | None
    vote_average: float | None
    vote_count: int | None
    score: float

    @property
    def summary(self) -> dict[str, Any]:
        """As the log keeps it."""
        return {
            "media_type": self.media_type,
            "id": self.id,
            "score": round(self.score, 4),
            "title": self.title,
        }


def ranked(
    results: Sequence[ListItem],
    query: SearchQuery,
    *,
    role_hint: str | None = None,
    is_series: bool = False,
) -> tuple[Candidate, ...]:
    """The results as candidates, each once, the best first; the module tells how they are scored.

    The query has words.
    """
    most_popular = max((_popularity(item) for item in results), default=0.0)
    candidates: dict[tuple[MediaType, int], Candidate] = {}
    for place, item in enumerate(results):
        media_type, *names, year = _facts(item)
        asked = _asked_factor(item, role_hint, is_series)
        is_asked_for = asked == 1.0 and (role_hint or is_series)
        rest = (
            0.25 * (_popularity(item) / most_popular if most_popular else 0.0)
            + 0.1 * (1.0 if is_asked_for else _KINDS[media_type])
            + 0.1 * (1 - place / len(results))
        )
        readings = _read(query, names, media_type, year)
        score = asked * max(year_factor * (0.55 * exactness + rest) for exactness, year_factor in readings)
        candidates.setdefault((media_type, item.id), _candidate(item, score))
    return tuple(sorted(candidates.values(), key=lambda candidate: -candidate.score))


def listed(results: Sequence[ListItem]) -> tuple[Candidate, ...]:
    """The results in TMDB's order, each once: what was asked for by its id, or passes the filters."""
    candidates: dict[tuple[MediaType, int], Candidate] = {}
    for found in (_candidate(item, 1.0) for item in results):
        candidates.setdefault((found.media_type, found.id), found)
    return tuple(candidates.values())


def chosen(candidates: Sequence[Candidate]) -> Candidate | None:
    """The first where it is beyond doubt."""
    if not candidates or candidates[0].score < SURE:
        return None
    if len(candidates) > 1 and candidates[0].score - candidates[1].score < LEAD:
        return None
    return candidates[0]


def _candidate(item: ListItem, score: float) -> Candidate:
    media_type, title, original_title, year = _facts(item)
    votes = (None, None) if isinstance(item, PersonListItem) else (item.vote_average, item.vote_count)
    return Candidate(media_type, item.id, title, original_title, year, *votes, score)


def _facts(item: ListItem) -> tuple[MediaType, str | None, str | None, int | None]:
    if isinstance(item, PersonListItem):
        return "person", item.person.name, item.person.original_name, None
    if isinstance(item, MovieListItem):
        return "movie", item.title, item.original_title, _year(item.release_date)
    return "tv", item.name, item.original_name, _year(item.first_air_date)


def _year(day: date | None) -> int | None:
    return day.year if day else None


def _popularity(item: ListItem) -> float:
    popularity = item.person.popularity if isinstance(item, PersonListItem) else item.popularity
    return math.log1p(max(popularity or 0.0, 0.0))


def _read(
    query: SearchQuery, names: Sequence[str | None], media_type: MediaType, year: int | None
) -> Iterator[tuple[float, float]]:
    """Each way to read the query: how near the nearest name is, and the factor of its year."""
    keys = {fold(name) or title_key(name) for name in names if name}
    is_dated = any(reading.year for reading in query.readings)
    for reading in query.readings:
        words = " ".join(reading.words)
        exactness = reading.weight * max((_nearness(key, words) for key in keys), default=0.0)
        # A year is a part of the title only where the title is whole with it.
        if reading.year or not is_dated or exactness > INEXACT:
            yield exactness, _year_factor(reading.year, media_type, year)


def _nearness(name: str, wanted: str) -> float:
    if name == wanted:
        return 1.0
    name, wanted = _without_article(name), _without_article(wanted)
    if name == wanted:
        return 0.95
    pairs, other = _pairs(name), _pairs(wanted)
    return INEXACT * 2 * (pairs & other).total() / (pairs.total() + other.total())


def _without_article(name: str) -> str:
    article = next((article for article in _ARTICLES if name.startswith(article)), "")
    return name.removeprefix(article)


def _pairs(name: str) -> Counter[str]:
    letters = name.replace(" ", "")
    return Counter(map("".join, pairwise(letters))) or Counter([letters])


def _year_factor(asked: int | None, media_type: MediaType, year: int | None) -> float:
    if asked is None or year == asked:
        return 1.0
    if media_type == "person":
        return 0.5
    if year is None:
        return 0.6
    if abs(year - asked) == 1:
        return 0.9
    return 0.8 if media_type == "tv" and year < asked else 0.4


def _asked_factor(item: ListItem, role_hint: str | None, is_series: bool) -> float:
    if role_hint is not None:
        if not isinstance(item, PersonListItem):
            return 0.5
        return 1.0 if item.person.known_for_department == _DEPARTMENTS.get(role_hint) else 0.7
    return 1.0 if isinstance(item, Series) or not is_series else 0.5
