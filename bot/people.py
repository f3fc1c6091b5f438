"""Messages that show a person's card or their films."""

from aiogram.types import CallbackQuery, User
from aiogram.types.maybe_inaccessible_message_union import MaybeInaccessibleMessageUnion

from bot.chat_actions import chat_action
from bot.places import Below, Inline, InPlace, Place, place_of
from bot.posters import PosterMessages
from bot.readers import Readers, Who, as_sent, is_private, is_shared, shown_to, who
from core.cards import Freshness
from core.errors import MessageGone
from core.people import PersonCard
from core.settings import Settings
from core.tasks import Tasks
from services.people import People
from views import person as views
from views.screen import Screen


class PersonMessages:
    """People for those who open them; a card that took a film's place leads back to the film."""

    def __init__(
        self, people: People, portraits: PosterMessages, readers: Readers, settings: Settings, tasks: Tasks
    ) -> None:
        self._people = people
        self._portraits = portraits
        self._readers = readers
        self._settings = settings
        self._tasks = tasks

    async def open(
        self, message: MaybeInaccessibleMessageUnion, user: User, person_id: int, movie_id: int = 0
    ) -> None:
        """A person's card as a new message: one statement and one call where the portrait is in Telegram."""
        await self._open(Below(message), who(user), person_id, movie_id)

    async def show(self, query: CallbackQuery, person_id: int, movie_id: int = 0) -> None:
        """A person's card with their portrait in place of what the message with the button shows."""
        await self._open(place_of(query), shown_to(query), person_id, movie_id)

    async def back(self, query: CallbackQuery, person_id: int, movie_id: int) -> None:
        """The card's words in place of the films; the picture stays."""
        place = place_of(query)
        card = await self._read(place, shown_to(query), person_id)
        await self._words(query, place, self._screen(card, place, movie_id), has_photo=_has_photo(card))

    async def films(self, query: CallbackQuery, asked: views.OpenFilms) -> None:
        """A page of the person's films in place of the card's words; the picture stays."""
        place = place_of(query)
        found = await self._people.films(
            asked.person_id,
            *shown_to(query),
            role=asked.role or None,
            oldest_first=asked.oldest,
            page=asked.page,
            is_shared=is_shared(place.chat, self._settings),
        )
        self._readers.remember(found.reader)
        screen = views.films(found, asked.movie_id, private=is_private(place.chat))
        await self._words(query, place, as_sent(screen, found.reader, place.chat), has_photo=True)

    async def _words(self, query: CallbackQuery, place: Place, screen: Screen, *, has_photo: bool) -> None:
        try:
            await place.words(*screen, has_photo=has_photo)
        except MessageGone:
            if query.message:
                await Below(query.message).text(*screen)

    async def _open(self, place: Place, reader: Who, person_id: int, movie_id: int) -> None:
        card = await self._read(place, reader, person_id)
        screen = self._screen(card, place, movie_id)
        if isinstance(place, Inline):
            # It takes no upload and cannot part with a picture: the film's stays, so that the way back does.
            await place.words(*screen, has_photo=True)
            return
        portrait = card.portrait if card.freshness in (Freshness.FRESH, Freshness.STUB) else None
        await self._portraits.show(place, screen, portrait, person_id, card.popularity)

    async def _read(self, place: Place, reader: Who, person_id: int) -> PersonCard:
        """The person as this reader sees them now, fetched from TMDB where only credits tell of them."""
        shared = is_shared(place.chat, self._settings)
        card = await self._people.card(person_id, *reader, is_shared=shared)
        self._readers.remember(card.reader)
        if card.freshness not in (Freshness.DUE, Freshness.STUB):
            return card
        if isinstance(place, Below | InPlace):
            async with chat_action(self._tasks, place.message, "typing"):
                return await self._people.refreshed(card, is_shared=shared)
        return await self._people.refreshed(card, is_shared=shared)

    def _screen(self, card: PersonCard, place: Place, movie_id: int) -> Screen:
        caption = views.caption(card, private=is_private(place.chat))
        keyboard = views.keyboard(
            card, movie_id, self._settings.tmdb_web_base_url, took_picture=not isinstance(place, Inline)
        )
        return as_sent(Screen(caption, keyboard), card.reader, place.chat)


def _has_photo(card: PersonCard) -> bool:
    return card.portrait is not None and card.portrait.file_id is not None
