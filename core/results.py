"""What a search came to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from core.enrichment import Candidate, MediaType
from core.film_list import BrowsePage
from core.filters import Filters
from core.people import PersonHit
from core.search import SearchPage


class Opens(NamedTuple):
    """What was meant, beyond doubt: its card is the answer."""

    media_type: MediaType
    tmdb_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Titles:
    """Films whose titles were searched for, or nothing.

    `filters` and `people` are what the words may mean instead; `others` are series and people that TMDB
    found beside the films.
    """

    page: SearchPage
    filters: Filters | None = None
    people: Sequence[PersonHit] = ()
    others: Sequence[Candidate] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Films:
    """Films by the filters that a text was understood as."""

    page: BrowsePage
    text: str


Result = Opens | Titles | Films
