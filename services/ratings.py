"""Ratings given in the chat: kept here first, then sent to TMDB by a worker."""

from dataclasses import dataclass
from decimal import Decimal

from core.errors import InvalidRating, UnknownMovie
from core.payloads import INT4_MAX
from db.pool import Database
from db.ratings import UserMovieRatings
from db.users import Users
from services.pushes import queue

_LOWEST, _HIGHEST, _STEPS_A_POINT = Decimal("0.5"), Decimal(10), 2


@dataclass(frozen=True, slots=True)
class Rated:
    """The rating as it is now, None: not rated.

    `applied` is False for an update that was redelivered: nothing was changed. `sending`: it is on
    its way to TMDB; otherwise there is no account and it may be offered once there is one.
    """

    movie_id: int
    value: Decimal | None
    applied: bool
    sending: bool


class Ratings:
    """What people rate; changes are absolute, so that doing one twice does no harm."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def rate(
        self, user_id: int, language: str, movie_id: int, value: Decimal | None, bot_id: int, update_id: int
    ) -> Rated:
        """Sets a rating, 0.5 to 10 in half steps, or removes it (None); committed when this returns.

        Ignored if the same bot made the last change with the same or a higher update_id less than a day
        ago: Telegram redelivers. Raises InvalidRating, UnknownMovie.
        """
        if value is not None and not is_rating(value):
            raise InvalidRating("a rating is one of TMDB's half steps from 0.5 to 10")
        if not 1 <= movie_id <= INT4_MAX:
            raise UnknownMovie("no film has such an id")
        async with self._database.transaction() as connection:
            ratings = UserMovieRatings(connection)
            account_id = (await Users(connection).hold(user_id, language)).linked_account_id
            if value is not None:
                change = await ratings.rate(user_id, movie_id, value, bot_id, update_id)
                was_at_tmdb = False
            else:
                change, was_at_tmdb = await ratings.remove(user_id, movie_id, bot_id, update_id)
            if not change.known:
                raise UnknownMovie("the catalogue has no such film")
            if not change.applied:
                return Rated(movie_id, change.previous, applied=False, sending=account_id is not None)
            await queue(connection, user_id, movie_id, "ratings", value, account_id, was_at_tmdb=was_at_tmdb)
        return Rated(movie_id, value, applied=True, sending=account_id is not None)


def is_rating(value: Decimal) -> bool:
    """Whether TMDB takes it."""
    return value.is_finite() and _LOWEST <= value <= _HIGHEST and value * _STEPS_A_POINT % 1 == 0
