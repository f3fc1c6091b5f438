"""The person a screen is made for."""

from dataclasses import dataclass
from typing import Literal, TypedDict

# Reads what others were sent: no person has this id.
NOBODY = 0

# For titles and posters: what TMDB has most translations of films in, the most translated first.
FILM_LANGUAGES = (
    *("en", "fr", "de", "es", "ru", "pt", "zh", "it", "ja", "pl", "nl", "ko"),
    *("hu", "cs", "tr", "sv", "uk", "da", "he", "el", "ro", "fi", "bg", "sk"),
    *("no", "ar", "fa", "th", "ca", "vi", "sr", "hr", "lt", "ka", "hi", "id"),
)


@dataclass(frozen=True, slots=True)
class Reader:
    """A row of tmdb.reader: what the person chose, or what follows from their language.

    Languages are ISO 639-1, the region is ISO 3166-1, `sync_status` as in tmdb.users. `adult` is false
    wherever others see the screen too. `chosen` names the columns that hold a choice of theirs.
    """

    telegram_user_id: int
    language: str  # of the interface: en, ru, zh
    region: str = "US"
    is_linked: bool = False
    tmdb_username: str | None = None
    sync_status: int = 0
    ratings_count: int = 0
    film_language: str = "en"
    poster_language: str = "en"  # "": posters without text
    adult: bool = False
    rating_scale: int = 10  # or 5: stars with halves
    hide_rated: bool = False
    chosen: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """What a screen owes to its reader but for what is theirs alone, as tmdb.reader takes it."""
        adult = "-x" if self.adult else ""
        return f"{self.language}-{self.region}-{self.film_language}-{self.poster_language}{adult}"


class Choices(TypedDict, total=False):
    """What a person may choose, by the columns of tmdb.reader; None is what follows from their language."""

    language: Literal["en", "ru", "zh"]
    region: str | None
    film_language: str | None
    poster_language: str | None
    adult: bool
    rating_scale: Literal[10, 5]
    hide_rated: bool
