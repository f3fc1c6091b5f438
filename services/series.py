"""Series as people open them: what is unknown here, or too old to be shown, is asked of TMDB first."""

import structlog

from core.cards import Freshness
from core.errors import Gone, TmdbError
from core.series import SeriesCard
from db.pool import Executor
from db.series import Series
from services.entities import Entities

log = structlog.get_logger(__name__)


class SeriesCards:
    """Cards of series for the readers of one bot."""

    def __init__(self, db: Executor, entities: Entities, *, bot_id: int, catalogue_language: str) -> None:
        self._rows = Series(db)
        self._entities = entities
        self._bot_id = bot_id
        self._catalogue_language = catalogue_language.partition("-")[0]

    async def read(self, series_id: int, user_id: int, language: str, *, is_shared: bool) -> SeriesCard:
        """The card as it is stored, which is all where the series is fresh: one statement."""
        return await self._rows.card(
            series_id,
            user_id,
            language,
            bot_id=self._bot_id,
            catalogue_language=self._catalogue_language,
            is_shared=is_shared,
        )

    async def refreshed(self, card: SeriesCard, *, is_shared: bool) -> SeriesCard:
        """A card that is due, after TMDB was asked; still due where TMDB does not answer."""
        try:
            await self._entities.get("tv", card.series_id)
        except Gone:
            return SeriesCard(series_id=card.series_id, reader=card.reader, freshness=Freshness.GONE)
        except TmdbError as error:
            log.warning("a series could not be fetched", series_id=card.series_id, reason=str(error))
            return card
        reader = card.reader
        return await self.read(card.series_id, reader.telegram_user_id, reader.language, is_shared=is_shared)
