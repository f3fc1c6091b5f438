"""People an admin shut out."""

from datetime import date
from typing import NamedTuple


class BlockedUser(NamedTuple):
    """Who, and since when."""

    telegram_user_id: int
    since: date
