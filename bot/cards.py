"""Cards on their way to a chat: by file_id where one is known, with the poster's bytes where not."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from weakref import WeakValueDictionary

import structlog
from aiogram.types import (
    BufferedInputFile,
    CallbackQuery,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    Message,
    User,
)
from aiogram.types.maybe_inaccessible_message_union import MaybeInaccessibleMessageUnion

from bot.chat_actions import chat_action
from bot.readers import Readers
from core.cards import Card, CardPoster, Freshness
from core.errors import (
    BadFileId,
    DatabaseUnavailable,
    FilmotekaError,
    MessageGone,
    NothingToEdit,
    NotModified,
    PhotoRefused,
    TelegramError,
    UrlNotFetched,
)
from core.settings import Settings
from core.tasks import Tasks
from services.activity import Activity
from services.cards import Cards
from services.posters import PosterStore
from views import card as views
from views import rating as rating_views
from views.locale import language_of

log = structlog.get_logger(__name__)

# A poster slower than this does not hold the card up.
SLOW_POSTER_SECONDS = 2.0

Photo = str | BufferedInputFile
Place = MaybeInaccessibleMessageUnion

# A file_id that Telegram does not know may also be taken for an address.
_DEAD = (BadFileId, UrlNotFetched)
_NOT_A_PHOTO = (BadFileId, UrlNotFetched, PhotoRefused)


class _Upload:
    """Those who want one poster at the same moment: the first uploads it, the others use its file_id."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.file_id: str | None = None


class CardMessages:
    """Messages that show a card."""

    def __init__(
        self,
        cards: Cards,
        posters: PosterStore,
        readers: Readers,
        activity: Activity,
        settings: Settings,
        tasks: Tasks,
    ) -> None:
        self._cards = cards
        self._posters = posters
        self._readers = readers
        self._activity = activity
        self._web_url = settings.tmdb_web_base_url
        self._tasks = tasks
        self._uploads: WeakValueDictionary[str, _Upload] = WeakValueDictionary()

    async def open(self, place: Place, user: User, movie_id: int) -> None:
        """A film's card as a new message: one statement and one call where its poster is in Telegram."""
        card = await self._read(place, user, movie_id)
        self._activity.film(movie_id)
        await self._send(place, card)

    async def _read(self, place: Place, user: User, movie_id: int) -> Card:
        """The card as this person sees it now, fetched from TMDB where what is here is too old to show."""
        card = await self._cards.read(movie_id, user.id, language_of(user.language_code))
        self._readers.remember(card.reader)
        if card.freshness is Freshness.DUE:
            async with chat_action(self._tasks, place, "typing"):
                card = await self._cards.refreshed(card)
        return card

    async def redraw(self, query: CallbackQuery, movie_id: int, *, rating: bool) -> None:
        """The card as it is now in place of the one whose button was tapped, with or without the ten values.

        Below it where that is too old to be edited.
        """
        place = query.message
        if place is None:  # of an inline message, which is none of this bot's yet
            return
        card = await self._read(place, query.from_user, movie_id)
        caption = views.caption(card, private=_is_private(place))
        keyboard = self._keyboard(card, place, rating=rating)
        if not isinstance(place, Message):
            await self._send(place, card, keyboard)
            return
        try:
            if place.photo is None:
                with suppress(NothingToEdit):  # the text may have gained its poster since the tap
                    await place.edit_text(caption, reply_markup=keyboard)
                    return
            await place.edit_caption(caption=caption, reply_markup=keyboard)
        except NotModified:
            return
        except MessageGone:
            await self._send(place, card, keyboard)

    def _keyboard(self, card: Card, place: Place, *, rating: bool) -> InlineKeyboardMarkup | None:
        if rating and card.freshness is Freshness.FRESH:
            return rating_views.keyboard(card)
        if card.freshness in (Freshness.DELETED, Freshness.GONE) and card.rating and _is_private(place):
            return rating_views.removal(card)
        return views.keyboard(card, self._web_url)

    async def _send(self, place: Place, card: Card, keyboard: InlineKeyboardMarkup | None = None) -> None:
        caption = views.caption(card, private=_is_private(place))
        keyboard = keyboard or self._keyboard(card, place, rating=False)
        poster = card.poster
        if card.freshness is not Freshness.FRESH or poster is None or poster.is_missing:
            await place.answer(caption, reply_markup=keyboard)
            return
        if poster.file_id is not None:
            try:
                await place.answer_photo(poster.file_id, caption=caption, reply_markup=keyboard)
            except _DEAD as error:
                log.warning("a file_id is dead", poster=poster.path, reason=str(error))
                await self._kept(self._posters.dead(poster.file_id))
            else:
                self._activity.card(warm=True)
                return
        self._activity.card(warm=False)
        await self._send_without_file_id(place, card, poster, caption, keyboard)

    async def _send_without_file_id(
        self,
        place: Place,
        card: Card,
        poster: CardPoster,
        caption: str,
        keyboard: InlineKeyboardMarkup | None,
    ) -> None:
        """With the poster's bytes if they come soon; if they come late, into the text that went ahead."""
        upload = self._uploads.setdefault(poster.path, _Upload())

        async def send(photo: Photo) -> Message:
            return await place.answer_photo(photo, caption=caption, reply_markup=keyboard)

        content = self._tasks.start(self._bytes(poster), "the poster of a card")
        async with chat_action(self._tasks, place, "upload_photo"):
            await asyncio.wait({content}, timeout=SLOW_POSTER_SECONDS)
        came_soon = content.done()
        if came_soon and await self._with_photo(upload, card, poster, content.result(), send):
            return
        message = await place.answer(caption, reply_markup=keyboard)
        if not came_soon:
            self._tasks.start(
                self._gain_poster(message, upload, card, poster, content), "a card gains its poster"
            )

    async def _gain_poster(
        self,
        message: Message,
        upload: _Upload,
        card: Card,
        poster: CardPoster,
        content: "asyncio.Task[bytes | None]",
    ) -> None:
        """Puts the poster above a text that was sent without it; meanwhile the person may have rated."""
        found = await content
        reader = card.reader
        with suppress(DatabaseUnavailable):  # then it is as it was
            card = await self._cards.read(card.movie_id, reader.telegram_user_id, reader.language)
        caption = views.caption(card, private=_is_private(message))
        keyboard = views.keyboard(card, self._web_url)

        async def edit(photo: Photo) -> Message:
            media = InputMediaPhoto(media=photo, caption=caption)
            edited = await message.edit_media(media, reply_markup=keyboard)
            assert isinstance(edited, Message)  # True is for inline messages only
            return edited

        try:
            await self._with_photo(upload, card, poster, found, edit)
        except MessageGone:
            log.info("a card was gone before its poster came", poster=poster.path)
        except TelegramError as error:
            log.warning("a card did not gain its poster", poster=poster.path, reason=str(error))

    async def _with_photo(
        self,
        upload: _Upload,
        card: Card,
        poster: CardPoster,
        content: bytes | None,
        put: Callable[[Photo], Awaitable[Message]],
    ) -> bool:
        """Puts the photo by what there is: somebody's fresh upload, the bytes, its address at last."""
        async with upload.turn:
            if upload.file_id is None:
                photo: Photo = (
                    self._posters.url(poster.path)
                    if content is None
                    else BufferedInputFile(content, poster.path.lstrip("/"))
                )
                try:
                    message = await put(photo)
                except _NOT_A_PHOTO as error:
                    log.warning("a card has no poster", poster=poster.path, reason=str(error))
                    await self._kept(self._posters.want(poster.path, card.movie_id, card.popularity))
                    return False
                upload.file_id = await self._learn(card, poster, message, content)
                return True
        await put(upload.file_id)
        return True

    async def _learn(
        self, card: Card, poster: CardPoster, message: Message, content: bytes | None
    ) -> str | None:
        """The file_id of what was just sent, kept for every card to come."""
        if not message.photo:
            return None
        photo = message.photo[-1]
        size = None if content is None else len(content)
        await self._kept(self._posters.learned(poster.path, card.movie_id, card.popularity, photo, size))
        return photo.file_id

    async def _kept(self, writing: Awaitable[None]) -> None:
        """What helps later cards; this one is sent whether or not the database takes it."""
        try:
            await writing
        except DatabaseUnavailable as error:
            log.warning("what a card taught is not kept", reason=str(error))

    async def _bytes(self, poster: CardPoster) -> bytes | None:
        try:
            return await self._posters.bytes_for(poster.path)
        except FilmotekaError as error:
            log.warning("a poster's bytes are not to be had", poster=poster.path, reason=str(error))
            return None


def _is_private(place: Place) -> bool:
    return place.chat.type == "private"
