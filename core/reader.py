"""The person a screen is made for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Reader:
    """What screens need to know of a person; `sync_status` as in tmdb.users, `settings` free-form."""

    telegram_user_id: int
    language: str
    region: str | None = None
    is_linked: bool = False
    tmdb_username: str | None = None
    sync_status: int = 0
    ratings_count: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)
