"""Screens with a picture on their way to a chat: by file_id where one is known, with bytes where not."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple
from weakref import WeakValueDictionary

import structlog
from aiogram.types import BufferedInputFile, InputMediaPhoto, Message

from bot.chat_actions import chat_action
from bot.places import Below, Inline, InPlace, Photo, Place
from core.cards import CardPoster
from core.errors import (
    BadFileId,
    DatabaseUnavailable,
    FilmotekaError,
    MessageGone,
    PhotoRefused,
    TelegramError,
    UrlNotFetched,
)
from core.tasks import Tasks
from services.activity import Activity
from services.posters import PosterStore
from views.screen import Screen

log = structlog.get_logger(__name__)

# A poster slower than this does not hold the screen up.
SLOW_POSTER_SECONDS = 2.0

# A file_id that Telegram does not know may also be taken for an address.
_DEAD = (BadFileId, UrlNotFetched)
_NOT_A_PHOTO = (BadFileId, UrlNotFetched, PhotoRefused)


class _Picture(NamedTuple):
    path: str
    owner_id: int
    popularity: float


class _Upload:
    """Those who want one poster at the same moment: the first uploads it, the others use its file_id."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.file_id: str | None = None


class PosterMessages:
    """Messages that show a poster of the store's, and words beneath it."""

    def __init__(self, posters: PosterStore, activity: Activity, tasks: Tasks) -> None:
        self._posters = posters
        self._activity = activity
        self._tasks = tasks
        self._uploads: WeakValueDictionary[str, _Upload] = WeakValueDictionary()

    async def show(
        self,
        place: Place,
        screen: Screen,
        poster: CardPoster | None,
        owner_id: int,
        popularity: float,
        again: Callable[[], Awaitable[Screen]] | None = None,
    ) -> None:
        """The screen with the poster, without it where there is none; `owner_id` is the film it is of.

        One call where Telegram has the poster. One that comes late is put above the words that went ahead,
        which `again` makes anew. NothingToEdit where an inline message cannot part with its picture.
        """
        if poster is None or poster.is_missing:
            await place.text(*screen)
            return
        if poster.file_id is not None:
            try:
                await place.photo(poster.file_id, *screen)
            except _DEAD as error:
                log.warning("a file_id is dead", poster=poster.path, reason=str(error))
                await self._kept(self._posters.dead(poster.file_id))
            else:
                self._activity.card(warm=True)
                return
        self._activity.card(warm=False)
        if isinstance(place, Inline):
            await self._kept(self._posters.want(poster.path, owner_id, popularity))
            await place.text(*screen)
            return
        assert isinstance(place, Below | InPlace)
        await self._show_without_file_id(place, _Picture(poster.path, owner_id, popularity), screen, again)

    async def _show_without_file_id(
        self,
        place: Below | InPlace,
        picture: _Picture,
        screen: Screen,
        again: Callable[[], Awaitable[Screen]] | None,
    ) -> None:
        """With the poster's bytes if they come soon; if they come late, into the text that went ahead."""
        upload = self._uploads.setdefault(picture.path, _Upload())

        async def put(photo: Photo) -> Message:
            return await place.photo(photo, *screen)

        content = self._tasks.start(self._bytes(picture), "the poster of a screen")
        async with chat_action(self._tasks, place.message, "upload_photo"):
            await asyncio.wait({content}, timeout=SLOW_POSTER_SECONDS)
        came_soon = content.done()
        if came_soon and await self._with_photo(upload, picture, content.result(), put):
            return
        message = await place.text(*screen)
        if not came_soon:
            self._tasks.start(
                self._gain_poster(message, upload, picture, content, screen, again), "a text gains its poster"
            )

    async def _gain_poster(
        self,
        message: Message,
        upload: _Upload,
        picture: _Picture,
        content: "asyncio.Task[bytes | None]",
        screen: Screen,
        again: Callable[[], Awaitable[Screen]] | None,
    ) -> None:
        """Puts the poster above a text that was sent without it; meanwhile the person may have rated."""
        found = await content
        if again:
            try:
                screen = await again()
            except DatabaseUnavailable:
                log.info("a text gains its poster as it was", poster=picture.path)

        async def edit(photo: Photo) -> Message:
            media = InputMediaPhoto(media=photo, caption=screen.text)
            edited = await message.edit_media(media, reply_markup=screen.keyboard)
            assert isinstance(edited, Message)  # True is for inline messages only
            return edited

        try:
            await self._with_photo(upload, picture, found, edit)
        except MessageGone:
            log.info("a message was gone before its poster came", poster=picture.path)
        except TelegramError as error:
            log.warning("a text did not gain its poster", poster=picture.path, reason=str(error))

    async def _with_photo(
        self,
        upload: _Upload,
        picture: _Picture,
        content: bytes | None,
        put: Callable[[Photo], Awaitable[Message]],
    ) -> bool:
        """Puts the photo by what there is: somebody's fresh upload, the bytes, its address at last."""
        async with upload.turn:
            if upload.file_id is None:
                photo: Photo = (
                    self._posters.url(picture.path)
                    if content is None
                    else BufferedInputFile(content, picture.path.lstrip("/"))
                )
                try:
                    message = await put(photo)
                except _NOT_A_PHOTO as error:
                    log.warning("a screen has no poster", poster=picture.path, reason=str(error))
                    await self._kept(self._posters.want(*picture))
                    return False
                upload.file_id = await self._learn(picture, message, content)
                return True
        await put(upload.file_id)
        return True

    async def _learn(self, picture: _Picture, message: Message, content: bytes | None) -> str | None:
        """The file_id of what was just sent, kept for every screen to come."""
        if not message.photo:
            return None
        photo = message.photo[-1]
        size = None if content is None else len(content)
        await self._kept(self._posters.learned(*picture, photo, size))
        return photo.file_id

    async def _kept(self, writing: Awaitable[None]) -> None:
        """What helps later screens; this one is sent whether or not the database takes it."""
        try:
            await writing
        except DatabaseUnavailable as error:
            log.warning("what a screen taught is not kept", reason=str(error))

    async def _bytes(self, picture: _Picture) -> bytes | None:
        try:
            return await self._posters.bytes_for(picture.path)
        except FilmotekaError as error:
            log.warning("a poster's bytes are not to be had", poster=picture.path, reason=str(error))
            return None
