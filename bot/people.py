"""Messages that show a person's card or their films."""

from aiogram.types import CallbackQuery, User
from aiogram.types.maybe_inaccessible_message_union import MaybeInaccessibleMessageUnion

from bot.chat_actions import chat_action
from bot.places import Below, Inline, InPlace, Place, place_of, turned
from bot.posters import PosterMessages
from bot.readers import Readers, Who, as_sent, is_private, is_shared, shown_to, who
from core.cards import CardPoster, Freshness
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
        await self._turn(query, person_id, self._screen(card, place, movie_id))

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
            hides_rated=is_private(place.chat),
        )
        self._readers.remember(found.reader)
        screen = views.films(found, asked.movie_id, private=is_private(place.chat))
        await self._turn(query, asked.person_id, as_sent(screen, found.reader, place.chat))

    async def _turn(self, query: CallbackQuery, person_id: int, screen: Screen) -> None:
        """Other words about the person in place of those that are there, as CardMessages.turn does."""
        place = await turned(query, screen)
        if place is None:
            return
        shared = is_shared(place.chat, self._settings)
        card = await self._people.card(person_id, *shown_to(query), is_shared=shared)
        await self._portraits.show(place, screen, _portrait(card), person_id, card.popularity)

    async def _open(self, place: Place, reader: Who, person_id: int, movie_id: int) -> None:
        card = await self._read(place, reader, person_id)
        screen = self._screen(card, place, movie_id)
        if isinstance(place, Inline):
            # It takes no upload and cannot part with a picture: the film's stays, so that the way back does.
            await place.words(*screen, has_photo=True)
            return
        await self._portraits.show(place, screen, _portrait(card), person_id, card.popularity)

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


def _portrait(card: PersonCard) -> CardPoster | None:
    return card.portrait if card.freshness in (Freshness.FRESH, Freshness.STUB) else None
