"""A film of a list out of a row, whatever list it is."""

from collections.abc import Sequence
from typing import Any

from core.search import FoundMovie


def read_movie(row: Any) -> FoundMovie:
    """The film of a row with these columns."""
    return FoundMovie(
        movie_id=row["movie_id"],
        title=row["title"],
        original_title=row["original_title"],
        year=row["year"],
        vote_average=row["vote_average"],
        vote_count=row["vote_count"],
        rating=row["tmdb_rating"],
        on_watchlist=row["on_watchlist"],
    )


def read_movies(rows: Sequence[Any]) -> tuple[FoundMovie, ...]:
    """The films of a page: the row without one, which tells only of the reader, is left out."""
    return tuple(read_movie(row) for row in rows if row["movie_id"] is not None)
