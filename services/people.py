"""People as readers open them: who is known from films' credits only is asked of TMDB first."""

import asyncio
from dataclasses import replace

import structlog

from core.cards import Freshness
from core.errors import FilmotekaError, Gone, TmdbError
from core.people import Filmography, PersonCard
from core.tasks import Tasks
from db.person_cards import PersonCards
from services.entities import Entities

log = structlog.get_logger(__name__)


class People:
    """Cards and films of people, by those who open them."""

    def __init__(self, rows: PersonCards, entities: Entities) -> None:
        self._rows = rows
        self._entities = entities
        self._tasks = Tasks()
        self._fetching: dict[int, asyncio.Task[FilmotekaError | None]] = {}

    async def close(self, timeout: float = 5.0) -> None:
        """Waits for what is being fetched, then gives it up."""
        await self._tasks.close(timeout)

    async def card(
        self, person_id: int, user_id: int, language: str, *, is_shared: bool = False
    ) -> PersonCard:
        """The card as it is stored, which is all where the person is fresh: one statement."""
        return await self._rows.card(person_id, user_id, language, is_shared=is_shared)

    async def refreshed(self, card: PersonCard, *, is_shared: bool = False) -> PersonCard:
        """A card that is due or a stub's, after TMDB was asked; as it was where TMDB does not answer."""
        try:
            await self._fetch(card.person_id)
        except Gone:
            return replace(card, freshness=Freshness.GONE)
        except TmdbError as error:
            log.warning("a person could not be fetched", person_id=card.person_id, reason=str(error))
            return card
        reader = card.reader
        return await self._rows.card(
            card.person_id, reader.telegram_user_id, reader.language, is_shared=is_shared
        )

    async def films(
        self,
        person_id: int,
        user_id: int,
        language: str,
        *,
        role: str | None,
        oldest_first: bool,
        page: int,
        is_shared: bool,
    ) -> Filmography:
        """A page of the person's films as they are stored."""
        return await self._rows.films(
            *(person_id, user_id, language),
            role=role,
            oldest_first=oldest_first,
            page=page,
            is_shared=is_shared,
        )

    async def _fetch(self, person_id: int) -> None:
        """Fetches the person once however many wait; who stops waiting does not stop the fetch."""
        task = self._fetching.get(person_id)
        if task is None:
            task = self._tasks.start(self._ask(person_id), f"person {person_id}")
            self._fetching[person_id] = task
            task.add_done_callback(lambda _: self._fetching.pop(person_id))
        if error := await asyncio.shield(task):
            raise error

    async def _ask(self, person_id: int) -> FilmotekaError | None:
        try:
            await self._entities.refresh("person", person_id)
        except FilmotekaError as error:
            return error
        return None
