"""Messages that show a series' card."""

from aiogram.types import User
from aiogram.types.maybe_inaccessible_message_union import MaybeInaccessibleMessageUnion

from bot.chat_actions import chat_action
from bot.places import Below
from bot.posters import PosterMessages
from bot.readers import Readers, is_shared
from core.cards import Freshness
from core.settings import Settings
from core.tasks import Tasks
from services.series import SeriesCards
from views import series as views
from views.locale import language_of


class SeriesMessages:
    """Cards of series for those who open them."""

    def __init__(
        self,
        cards: SeriesCards,
        posters: PosterMessages,
        readers: Readers,
        settings: Settings,
        tasks: Tasks,
    ) -> None:
        self._cards = cards
        self._posters = posters
        self._readers = readers
        self._settings = settings
        self._tasks = tasks

    async def open(self, message: MaybeInaccessibleMessageUnion, user: User, series_id: int) -> None:
        """A series' card as a new message: one statement and one call where its poster is in Telegram."""
        shared = is_shared(message.chat, self._settings)
        card = await self._cards.read(series_id, user.id, language_of(user.language_code), is_shared=shared)
        self._readers.remember(card.reader)
        if card.freshness is Freshness.DUE:
            async with chat_action(self._tasks, message, "typing"):
                card = await self._cards.refreshed(card, is_shared=shared)
        screen = views.card(card, self._settings.tmdb_web_base_url, is_shared=shared)
        poster = card.poster if card.freshness is Freshness.FRESH else None
        await self._posters.show(Below(message), screen, poster, card.series_id, card.popularity)
