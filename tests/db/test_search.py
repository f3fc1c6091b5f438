"""Films by what people type instead of their titles."""

from collections.abc import Sequence

import pytest

from core.search import SearchQuery
from db.pool import Connection
from db.search import MovieSearch

ANNA = 11

FILM = """
    INSERT INTO tmdb.movies (tmdb_id, title, original_title, original_language, release_date, popularity)
    VALUES ($1, $2, $2, 'en', make_date($3, 5, 1), $4)
"""
TITLE = "INSERT INTO tmdb.movie_translations (tmdb_id, iso_639_1, iso_3166_1, title) VALUES ($1, $2, $3, $4)"

FILMS = (
    (603, "The Matrix", 1999, 30.0),
    (604, "The Matrix Reloaded", 2003, 20.0),
    (605, "Matrix", 1973, 0.1),
    (161, "Ocean's Eleven", 2001, 12.0),
    (557, "Spider-Man", 2002, 25.0),
    (1367, "Rocky II", 1979, 9.0),
    (62, "2001: A Space Odyssey", 1968, 14.0),
    (194, "Le Fabuleux Destin d'Amélie Poulain", 2001, 16.0),
    (335984, "Blade Runner 2049", 2017, 25.0),
    (78, "Blade Runner", 1982, 15.0),
    (240, "The Godfather Part II", 1974, 18.0),
    (289, "Casablanca", 1942, 10.0),
    (700, "!!!", 2010, 0.2),
    (701, "Tom & Jerry", 2021, 6.0),
    (702, "Straße nach Tromsø", 2005, 0.3),
)
TITLES = (
    (603, "ru", "RU", "Матрица"),
    (603, "zh", "CN", "黑客帝国"),
    (78, "ru", "RU", "Бегущий по лезвию"),
    (289, "ru", "RU", "Ёлки и Касабланка"),
    (557, "th", "TH", "ไอ้แมงมุม"),
)


@pytest.fixture
async def shelf(connection: Connection) -> Connection:
    """A few films, and titles of theirs in other languages."""
    await connection.executemany(FILM, FILMS)
    await connection.executemany(TITLE, TITLES)
    return connection


async def _ids(connection: Connection, text: str) -> Sequence[int]:
    return (await MovieSearch(connection).ids(SearchQuery.parse(text), ANNA, "en")).ids


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("oceans eleven", 161),
        ("oceans 11", 161),
        ("eleven oceans", 161),
        ("spiderman", 557),
        ("man spider", 557),
        ("rocky 2", 1367),
        ("a space odyssey", 62),
        ("2001 space", 62),
        ("amelie poulain", 194),
        ("poulain destin", 194),
        ("elki", None),
        ("елки", 289),
        ("касабланка", 289),
        ("vfnhbwf", 603),
        ("vfnhbwf 1999", 603),
        ("ьфекшч", 603),
        ("客帝国", 603),
        ("黑客", 603),
        ("客", 603),
        ("แมงมุม", 557),
        ("(1999) matrix", 603),
        ("matrix 03", 604),
        ("blade runner 2049", 335984),
        ("blade runner 1982", 78),
        ("godfahter part 2", 240),
        ("casablnca", 289),
        ("caslabanca", 289),
        ("csaablanca", 289),
        ("casabl", 289),
        ("tom and jerry", 701),
        ("strasse nach tromso", 702),
        ("!!!", 700),
        ("the zzzz matrix reloaded", 604),
    ],
)
async def test_what_people_type(shelf: Connection, text: str, first: int | None) -> None:
    assert next(iter(await _ids(shelf, text)), None) == first
