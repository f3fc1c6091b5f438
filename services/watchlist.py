"""Watchlists as people change them: kept here first, then sent to TMDB by a worker."""

from dataclasses import dataclass

from core.errors import UnknownMovie
from core.payloads import INT4_MAX
from db.pool import Database
from db.pushes import ON_WATCHLIST
from db.users import Users
from db.watchlist import UserWatchlist
from services.pushes import queue


@dataclass(frozen=True, slots=True)
class Watched:
    """Whether the film is on the list now; `applied` and `sending` as with ratings."""

    movie_id: int
    on: bool
    applied: bool
    sending: bool


class Watchlist:
    """What people want to watch; changes are absolute, so that doing one twice does no harm."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def set(
        self, user_id: int, language: str, movie_id: int, on: bool, bot_id: int, update_id: int
    ) -> Watched:
        """Puts a film on the list or takes it off; committed when this returns.

        Ignored if the same bot made the last change with the same or a higher update_id less than a day
        ago: Telegram redelivers. Raises UnknownMovie.
        """
        if not 1 <= movie_id <= INT4_MAX:
            raise UnknownMovie("no film has such an id")
        async with self._database.transaction() as connection:
            account_id = (await Users(connection).hold(user_id, language)).linked_account_id
            change = await UserWatchlist(connection).set(user_id, movie_id, on, bot_id, update_id)
            if not change.known:
                raise UnknownMovie("the catalogue has no such film")
            sending = account_id is not None
            if not change.applied:
                return Watched(movie_id, change.was_on, applied=False, sending=sending)
            await queue(
                connection,
                user_id,
                movie_id,
                "watchlist",
                ON_WATCHLIST if on else None,
                account_id,
                was_at_tmdb=change.was_at_tmdb,
            )
        return Watched(movie_id, on, applied=True, sending=sending)
