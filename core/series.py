"""What a series' card shows, as one reader sees it."""

from dataclasses import dataclass

from core.cards import CardPoster, Freshness
from core.reader import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesCard:
    """A series in the reader's language; unknown is None. It is fresh, due, adult or gone."""

    series_id: int
    reader: Reader
    freshness: Freshness
    name: str | None = None
    original_name: str | None = None
    first_year: int | None = None
    last_year: int | None = None  # of the last episode so far
    overview: str | None = None
    vote_average: float | None = None
    vote_count: int | None = None
    popularity: float = 0.0
    poster: CardPoster | None = None
