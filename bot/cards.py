"""Messages that show a film's card, and whatever else is shown in its place."""

import structlog
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, User
from aiogram.types.maybe_inaccessible_message_union import MaybeInaccessibleMessageUnion

from bot.chat_actions import chat_action
from bot.places import Below, Inline, InPlace, Place, is_superseded, place_of, turned
from bot.posters import PosterMessages
from bot.readers import Readers, Who, as_sent, is_private, is_shared, shown_to, who
from core.cards import Card, Freshness
from core.errors import MessageGone, NothingToEdit
from core.settings import Settings
from core.tasks import Tasks
from services.activity import Activity
from services.cards import Cards
from views import card as views
from views import rating as rating_views
from views.screen import Screen

log = structlog.get_logger(__name__)


class CardMessages:
    """Cards for those who open them; `can_share`: the bot answers inline queries."""

    def __init__(
        self,
        cards: Cards,
        posters: PosterMessages,
        readers: Readers,
        activity: Activity,
        settings: Settings,
        tasks: Tasks,
        *,
        can_share: bool,
    ) -> None:
        self._cards = cards
        self._posters = posters
        self._readers = readers
        self._activity = activity
        self._settings = settings
        self._tasks = tasks
        self._can_share = can_share

    async def open(self, message: MaybeInaccessibleMessageUnion, user: User, movie_id: int) -> None:
        """A film's card as a new message: one statement and one call where its poster is in Telegram."""
        await self._open(Below(message), who(user), movie_id)

    async def show(self, query: CallbackQuery, movie_id: int) -> None:
        """A film's card with its poster in place of what the message with the button shows."""
        await self._open(place_of(query), shown_to(query), movie_id)

    async def redraw(self, query: CallbackQuery, movie_id: int, *, rating: bool = False) -> None:
        """The card as it is now in place of the one whose button was tapped, with or without the ten values.

        Its picture stays, and an inline message that was sent without one gains it. Below it where that is
        too old to be edited.
        """
        place = place_of(query)
        card = await self._read(place, shown_to(query), movie_id)
        screen = self._screen(card, place, rating=rating)
        poster = card.poster
        if isinstance(place, Below) or is_superseded(query):
            await self._put(place, card, screen)
            return
        try:
            if isinstance(place, Inline) and poster and poster.file_id:
                try:
                    await place.caption(*screen)
                except NothingToEdit:
                    await self._put(place, card, screen)
                return
            await place.words(*screen, has_photo=poster is not None and poster.file_id is not None)
        except MessageGone:
            if query.message:
                await self._put(Below(query.message), card, screen)

    async def turn(self, query: CallbackQuery, movie_id: int, screen: Screen) -> None:
        """Other words about the film in place of its card's; its picture stays, or is put back.

        Below the message, with the picture, where that is too old to be edited.
        """
        place = await turned(query, screen)
        if place is None:
            return
        shared = is_shared(place.chat, self._settings)
        card = await self._cards.read(movie_id, *shown_to(query), is_shared=shared)
        poster = card.poster if card.freshness is Freshness.FRESH else None
        await self._posters.show(place, screen, poster, movie_id, card.popularity)

    async def buttons(self, query: CallbackQuery, movie_id: int) -> InlineKeyboardMarkup | None:
        """The buttons of the card whose button was tapped."""
        place = place_of(query)
        return self._screen(await self._read(place, shown_to(query), movie_id), place).keyboard

    async def _open(self, place: Place, reader: Who, movie_id: int) -> None:
        card = await self._read(place, reader, movie_id)
        self._activity.film(movie_id)
        await self._put(place, card, self._screen(card, place))

    async def _read(self, place: Place, reader: Who, movie_id: int) -> Card:
        """The card as its reader sees it now, fetched from TMDB where what is here is too old to show."""
        shared, private = is_shared(place.chat, self._settings), is_private(place.chat)
        card = await self._cards.read(movie_id, *reader, is_shared=shared, hides_rated=private)
        self._readers.remember(card.reader)
        if card.freshness not in (Freshness.DUE, Freshness.STUB):
            return card
        if isinstance(place, Below | InPlace):
            async with chat_action(self._tasks, place.message, "typing"):
                return await self._cards.refreshed(card, is_shared=shared, hides_rated=private)
        return await self._cards.refreshed(card, is_shared=shared, hides_rated=private)

    def _screen(self, card: Card, place: Place, *, rating: bool = False) -> Screen:
        private = is_private(place.chat)
        screen = Screen(views.caption(card, private=private), self._keyboard(card, private, rating=rating))
        return as_sent(screen, card.reader, place.chat)

    def _keyboard(self, card: Card, private: bool, *, rating: bool) -> InlineKeyboardMarkup | None:
        if rating and card.freshness is Freshness.FRESH:
            return rating_views.keyboard(card)
        gone = card.freshness in (Freshness.DELETED, Freshness.GONE, Freshness.ADULT)
        if gone and card.rating and private:
            return rating_views.removal(card)
        return views.keyboard(
            card, self._settings.tmdb_web_base_url, private=private, can_share=self._can_share
        )

    async def _put(self, place: Place, card: Card, screen: Screen) -> None:
        reader = card.reader

        async def again() -> Screen:
            newer = await self._cards.read(
                card.movie_id,
                reader.telegram_user_id,
                reader.told,
                is_shared=is_shared(place.chat, self._settings),
                hides_rated=is_private(place.chat),
            )
            return self._screen(newer, place)

        poster = card.poster if card.freshness is Freshness.FRESH else None
        try:
            await self._posters.show(place, screen, poster, card.movie_id, card.popularity, again)
        except NothingToEdit:
            # An inline message that shows another film's picture: words about a film it does not show
            # would be worse than none.
            log.info("an inline message keeps its picture", movie_id=card.movie_id)
