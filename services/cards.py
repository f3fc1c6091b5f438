"""Films as people open them: what may not be shown any more is asked of TMDB first."""

from collections.abc import Sequence
from dataclasses import replace

import structlog

import db.cards
from core.cards import Card, Freshness
from core.errors import Gone, TmdbError
from services.catalogue import Catalogue

log = structlog.get_logger(__name__)


class Cards:
    """Cards of films, by the people who open them."""

    def __init__(self, rows: db.cards.Cards, catalogue: Catalogue) -> None:
        self._rows = rows
        self._catalogue = catalogue

    async def read(
        self,
        movie_id: int,
        user_id: int,
        language: str,
        *,
        is_shared: bool = False,
        hides_rated: bool = True,
    ) -> Card:
        """The card as it is stored, which is all where the film is fresh: one statement."""
        return await self._rows.card(
            movie_id, user_id, language, is_shared=is_shared, hides_rated=hides_rated
        )

    async def read_many(
        self, movie_ids: Sequence[int], user_id: int, language: str, *, is_shared: bool = False
    ) -> list[Card]:
        """Cards as they are stored, of those films that may be shown, in the order given: one statement."""
        return await self._rows.cards(movie_ids, user_id, language, is_shared=is_shared)

    async def refreshed(self, card: Card, *, is_shared: bool = False, hides_rated: bool = True) -> Card:
        """A card that is due or a stub's, after TMDB was asked; due where TMDB does not answer."""
        try:
            await self._catalogue.get(card.movie_id)
        except Gone:
            return Card(
                movie_id=card.movie_id, reader=card.reader, freshness=Freshness.GONE, rating=card.rating
            )
        except TmdbError as error:
            log.warning("a film could not be fetched", movie_id=card.movie_id, reason=str(error))
            return replace(card, freshness=Freshness.DUE)
        reader = card.reader
        return await self.read(
            card.movie_id,
            reader.telegram_user_id,
            reader.told,
            is_shared=is_shared,
            hides_rated=hides_rated,
        )
