"""A person's ratings and watchlist as files that others import."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import orjson

from core.own_lists import ListedFilm, OwnLists

FORMAT = 1

# https://letterboxd.com/about/importing-data/; a date would make each a diary entry: nobody told us when
# the film was watched. It takes a megabyte a file: some twelve thousand films, more than TMDB's lists hold.
LETTERBOXD_RATINGS = ("tmdbID", "imdbID", "Title", "Year", "Directors", "Rating10")
LETTERBOXD_WATCHLIST = LETTERBOXD_RATINGS[:-1]
# As IMDb exports them itself. Its own rating and votes are not ours to give: those columns stay empty; so do
# the watchlist's ratings, by which importers tell the one file from the other.
_IMDB_FILM = (
    *("Title", "Original Title", "URL", "Title Type", "IMDb Rating", "Runtime (mins)", "Year", "Genres"),
    *("Num Votes", "Release Date", "Directors"),
)
IMDB_RATINGS = ("Const", "Your Rating", "Date Rated", *_IMDB_FILM)
IMDB_WATCHLIST = (
    *("Position", "Const", "Created", "Modified", "Description"),
    *_IMDB_FILM,
    *("Your Rating", "Date Rated"),
)


@dataclass(frozen=True, slots=True)
class File:
    """A document."""

    name: str
    content: bytes


def files(lists: OwnLists) -> list[File]:
    """Everything as JSON, and each list that holds something as CSV for Letterboxd and as IMDb's.

    CSV is UTF-8 without a byte order mark, which importers take for a part of the first column's name.
    Titles stand as they are, a leading = + - @ too: with anything before it no importer would find the film.
    IMDb's files leave out films without a number there, which nothing could match.
    """
    made = []
    if lists.ratings:
        made += [
            File("letterboxd-ratings.csv", _csv(LETTERBOXD_RATINGS, map(_letterboxd, lists.ratings))),
            File("imdb-ratings.csv", _csv(IMDB_RATINGS, map(_imdb_rating, at_imdb(lists.ratings)))),
        ]
    if lists.watchlist:
        entries = enumerate(at_imdb(lists.watchlist), 1)
        made += [
            File("letterboxd-watchlist.csv", _csv(LETTERBOXD_WATCHLIST, map(_letterboxd, lists.watchlist))),
            File("imdb-watchlist.csv", _csv(IMDB_WATCHLIST, (_imdb_entry(*entry) for entry in entries))),
        ]
    return [*made, File("filmoteka.json", _json(lists))]


def at_imdb(films: Sequence[ListedFilm]) -> list[ListedFilm]:
    """Those that have a number there."""
    return [film for film in films if film.imdb_id]


def _csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()


def _whole(value: Decimal | None) -> int | None:
    """Neither takes half a point; ties go up, so that TMDB's smallest rating is one."""
    return None if value is None else int(value.to_integral_value(ROUND_HALF_UP))


def _letterboxd(film: ListedFilm) -> tuple[Any, ...]:
    facts = (film.movie_id, film.imdb_id, film.title, film.year, ", ".join(film.directors))
    return facts if film.value is None else (*facts, _whole(film.value))


def _imdb_film(film: ListedFilm) -> tuple[Any, ...]:
    return (
        film.title,
        film.original_title,
        f"https://www.imdb.com/title/{film.imdb_id}",
        "Movie",
        None,
        film.runtime,
        film.year,
        ", ".join(film.genres),
        None,
        film.release_date,
        ", ".join(film.directors),
    )


def _imdb_rating(film: ListedFilm) -> tuple[Any, ...]:
    return (film.imdb_id, _whole(film.value), _day(film), *_imdb_film(film))


def _imdb_entry(position: int, film: ListedFilm) -> tuple[Any, ...]:
    return (position, film.imdb_id, _day(film), _day(film), None, *_imdb_film(film), None, None)


def _day(film: ListedFilm) -> str | None:
    return film.listed_at.date().isoformat() if film.listed_at else None


def _json(lists: OwnLists) -> bytes:
    """`format`, `exported_at`, and `ratings` and `watchlist` with a film's keys, null where unknown."""
    return orjson.dumps(
        {
            "format": FORMAT,
            "exported_at": lists.exported_at,
            "ratings": [
                _film(film) | {"rating": float(film.value or 0), "rated_at": film.listed_at}
                for film in lists.ratings
            ],
            "watchlist": [_film(film) | {"added_at": film.listed_at} for film in lists.watchlist],
        },
        option=orjson.OPT_INDENT_2,
    )


def _film(film: ListedFilm) -> dict[str, Any]:
    return {
        "tmdb_id": film.movie_id,
        "imdb_id": film.imdb_id,
        "title": film.title,
        "original_title": film.original_title,
        "year": film.year,
        "release_date": film.release_date,
        "runtime": film.runtime,
        "genres": film.genres,
        "directors": film.directors,
    }
