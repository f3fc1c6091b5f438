"""People as readers find and open them: who is known from films' credits only is asked of TMDB first."""

from dataclasses import replace

import structlog

from core.cards import Freshness
from core.errors import Gone, TmdbError
from core.filters import Understanding
from core.people import PAGE_PEOPLE, Filmography, FoundPerson, PeoplePage, PersonCard
from core.search import SearchQuery
from db.people_search import PersonSearch
from db.person_cards import PersonCards
from services.enrichment import Enrichment
from services.entities import Entities

log = structlog.get_logger(__name__)


class People:
    """Cards and films of people, by those who open them."""

    def __init__(
        self, rows: PersonCards, search: PersonSearch, entities: Entities, enrichment: Enrichment
    ) -> None:
        self._rows = rows
        self._search = search
        self._entities = entities
        self._enrichment = enrichment

    async def find(
        self,
        text: str,
        user_id: int,
        language: str,
        *,
        asked_by: int,
        page: int = 1,
        is_shared: bool,
        chat_id: int,
        request_id: str,
    ) -> PeoplePage:
        """People by name: those known here, else those whom TMDB finds; a page past the end is the last.

        `asked_by` waits for it, where the screen is nobody's own.
        """
        found = await self._search.page(text, user_id, language, page=page, is_shared=is_shared)
        if found.total and not found.people:
            found = await self._search.page(text, user_id, language, page=found.pages, is_shared=is_shared)
        if page > 1 or (found.total and not found.is_nearest):
            return found
        enriched = await self._enrichment.multi(
            SearchQuery.parse(text),
            Understanding(names=(text,)),
            replace(found.reader, telegram_user_id=asked_by),
            chat_id,
            request_id,
        )
        people = [
            FoundPerson(one.id, one.title or one.original_title or "", one.original_title, None, None)
            for one in enriched.candidates
            if one.media_type == "person"
        ]
        if not people:
            return replace(found, is_incomplete=enriched.is_away)
        return replace(
            found, people=people[:PAGE_PEOPLE], total=min(len(people), PAGE_PEOPLE), is_nearest=False
        )

    async def card(
        self, person_id: int, user_id: int, language: str, *, is_shared: bool = False
    ) -> PersonCard:
        """The card as it is stored, which is all where the person is fresh: one statement."""
        return await self._rows.card(person_id, user_id, language, is_shared=is_shared)

    async def refreshed(self, card: PersonCard, *, is_shared: bool = False) -> PersonCard:
        """A card that is due or a stub's, after TMDB was asked; as it was where TMDB does not answer."""
        try:
            await self._entities.get("person", card.person_id)
        except Gone:
            return replace(card, freshness=Freshness.GONE)
        except TmdbError as error:
            log.warning("a person could not be fetched", person_id=card.person_id, reason=str(error))
            return card
        reader = card.reader
        return await self._rows.card(
            card.person_id, reader.telegram_user_id, reader.told, is_shared=is_shared
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
        hides_rated: bool,
    ) -> Filmography:
        """A page of the person's films as they are stored; past the end the last one."""

        async def ask(page: int) -> Filmography:
            return await self._rows.films(
                *(person_id, user_id, language),
                role=role,
                oldest_first=oldest_first,
                page=page,
                is_shared=is_shared,
                hides_rated=hides_rated,
            )

        found = await ask(page)
        return await ask(found.pages) if found.total and not found.credits else found
