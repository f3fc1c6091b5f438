"""Who writes, which films are opened, how cards were sent: noticed at no cost to an answer, written later."""

import asyncio
from collections import Counter

import structlog

from core.errors import DatabaseUnavailable
from db.opened_movies import OpenedMovies
from db.tallies import Tallies
from db.users import Users

log = structlog.get_logger(__name__)

FLUSH_SECONDS = 3.0


class Activity:
    """What a process has noticed since it last wrote; a crash forgets some seconds of it."""

    def __init__(self, users: Users, movies: OpenedMovies, tallies: Tallies) -> None:
        self._users = users
        self._movies = movies
        self._tallies = tallies
        self._people: dict[int, str] = {}
        self._opened: set[int] = set()
        self._cards: Counter[str] = Counter()
        self._writing = asyncio.Lock()

    def person(self, user_id: int, language: str) -> None:
        """A person wrote; `language` is the interface language of their Telegram."""
        self._people[user_id] = language

    def film(self, movie_id: int) -> None:
        """A film's card was opened."""
        self._opened.add(movie_id)

    def card(self, *, warm: bool) -> None:
        """A card with a poster was sent; `warm`: by the file_id known before."""
        self._cards["cards.warm" if warm else "cards.cold"] += 1

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
            cards, self._cards = self._cards, Counter()
            try:
                if people:
                    await self._users.seen(people)
                if opened:
                    await self._movies.opened(opened)
                if cards:
                    await self._tallies.add(cards)
            except DatabaseUnavailable as error:
                log.warning("who wrote is noted later", people=len(people), reason=str(error))
                self._people = people | self._people
                self._opened |= opened
                self._cards += cards

    async def run(self) -> None:
        """Writes every few seconds until cancelled."""
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            await self.flush()
