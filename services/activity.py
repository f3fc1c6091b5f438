"""Who writes and which films are opened: collected at no cost to an answer, written every few seconds."""

import asyncio

import structlog

from core.errors import DatabaseUnavailable
from db.opened_movies import OpenedMovies
from db.users import Users

log = structlog.get_logger(__name__)

FLUSH_SECONDS = 3.0


class Activity:
    """What a process has noticed since it last wrote; a crash forgets some seconds of it."""

    def __init__(self, users: Users, movies: OpenedMovies) -> None:
        self._users = users
        self._movies = movies
        self._people: dict[int, str] = {}
        self._opened: set[int] = set()
        self._writing = asyncio.Lock()

    def person(self, user_id: int, language: str) -> None:
        """A person wrote; `language` is the interface language of their Telegram."""
        self._people[user_id] = language

    def film(self, movie_id: int) -> None:
        """A film's card was opened."""
        self._opened.add(movie_id)

    async def forget(self, user_id: int) -> None:
        """Nothing noticed of this person will be written."""
        self._people.pop(user_id, None)
        async with self._writing:  # a row being written now is there for its owner to delete
            return

    async def flush(self) -> None:
        """Writes all; what the database does not take stays noticed."""
        async with self._writing:
            people, self._people = self._people, {}
            opened, self._opened = self._opened, set()
            try:
                if people:
                    await self._users.seen(people)
                if opened:
                    await self._movies.opened(opened)
            except DatabaseUnavailable as error:
                log.warning("who wrote is noted later", people=len(people), reason=str(error))
                self._people = people | self._people
                self._opened |= opened

    async def run(self) -> None:
        """Writes every few seconds until cancelled."""
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            await self.flush()
