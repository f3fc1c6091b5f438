"""Where a screen with a picture goes: below a message, in its place, or into an inline message."""

from contextlib import suppress
from typing import Protocol

import structlog
from aiogram import Bot
from aiogram.types import (
    BufferedInputFile,
    CallbackQuery,
    Chat,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    Message,
)
from aiogram.types.maybe_inaccessible_message_union import MaybeInaccessibleMessageUnion

from core.errors import MessageGone, NothingToEdit, NotModified, TelegramError
from views.screen import Screen, unpinned

log = structlog.get_logger(__name__)

Photo = str | BufferedInputFile
Keyboard = InlineKeyboardMarkup | None


class Place(Protocol):
    """One place; what is shown there is the message that shows it, None where Telegram names none.

    An edit that changes nothing is no error, and what is too old to be edited is shown below it.
    """

    @property
    def chat(self) -> Chat | None:
        """None for an inline message, which may be in any chat."""

    async def photo(self, photo: Photo, caption: str, keyboard: Keyboard) -> Message | None:
        """A picture with a caption, whatever was there."""

    async def text(self, text: str, keyboard: Keyboard) -> Message | None:
        """A text without a picture; NothingToEdit where a picture cannot be taken away."""

    async def words(self, text: str, keyboard: Keyboard, *, has_photo: bool) -> None:
        """Other words beneath the picture that is there, if one is, as the caller supposes."""


class Below:
    """A new message in a chat."""

    def __init__(self, message: MaybeInaccessibleMessageUnion) -> None:
        self.message = message
        self.chat = message.chat

    async def photo(self, photo: Photo, caption: str, keyboard: Keyboard) -> Message:
        return await self.message.answer_photo(photo, caption=caption, reply_markup=keyboard)

    async def text(self, text: str, keyboard: Keyboard) -> Message:
        return await self.message.answer(text, reply_markup=keyboard)

    async def words(self, text: str, keyboard: Keyboard, *, has_photo: bool) -> None:
        await self.text(text, keyboard)


class InPlace:
    """In place of what one of the bot's own messages shows."""

    def __init__(self, message: Message) -> None:
        self.message = message
        self.chat = message.chat

    async def photo(self, photo: Photo, caption: str, keyboard: Keyboard) -> Message:
        media = InputMediaPhoto(media=photo, caption=caption)
        try:
            edited = await self.message.edit_media(media, reply_markup=keyboard)
        except NotModified:
            return self.message
        except MessageGone:
            return await Below(self.message).photo(photo, caption, keyboard)
        assert isinstance(edited, Message)  # True is for inline messages only
        return edited

    async def text(self, text: str, keyboard: Keyboard) -> Message:
        if self.message.photo is None:
            try:
                edited = await self.message.edit_text(text, reply_markup=keyboard)
            except NotModified:
                return self.message
            except MessageGone:
                return await Below(self.message).text(text, keyboard)
            except NothingToEdit:
                pass  # it has gained a picture since
            else:
                assert isinstance(edited, Message)
                return edited
        # No edit takes a picture away: the message makes room for a new one.
        sent = await Below(self.message).text(text, keyboard)
        try:
            await self.message.delete()
        except TelegramError as error:
            log.info("a message whose picture is out of place stays", reason=str(error))
        return sent

    async def words(self, text: str, keyboard: Keyboard, *, has_photo: bool) -> None:
        try:
            if self.message.photo is None:
                with suppress(NothingToEdit):  # the text may have gained its picture since the tap
                    await self.message.edit_text(text, reply_markup=keyboard)
                    return
            await self.message.edit_caption(caption=text, reply_markup=keyboard)
        except NotModified:
            return


class Inline:
    """In place of what a message sent through the bot shows: it takes a file_id, never an upload."""

    chat = None

    def __init__(self, bot: Bot, inline_message_id: str) -> None:
        self._bot = bot
        self._id = inline_message_id

    async def photo(self, photo: Photo, caption: str, keyboard: Keyboard) -> None:
        media = InputMediaPhoto(media=photo, caption=caption)
        with suppress(NotModified, MessageGone):
            await self._bot.edit_message_media(media, inline_message_id=self._id, reply_markup=keyboard)

    async def text(self, text: str, keyboard: Keyboard) -> None:
        with suppress(NotModified, MessageGone):
            await self._bot.edit_message_text(text, inline_message_id=self._id, reply_markup=keyboard)

    async def words(self, text: str, keyboard: Keyboard, *, has_photo: bool) -> None:
        # Telegram does not say what the message shows, but refuses the wrong edit.
        ways = [self.caption, self.text] if has_photo else [self.text, self.caption]
        try:
            await ways[0](text, keyboard)
        except NothingToEdit:
            with suppress(NothingToEdit):
                await ways[1](text, keyboard)

    async def caption(self, text: str, keyboard: Keyboard) -> None:
        """Other words beneath the picture that is there; NothingToEdit where there is none."""
        with suppress(NotModified, MessageGone):
            await self._bot.edit_message_caption(
                caption=text, inline_message_id=self._id, reply_markup=keyboard
            )


def is_superseded(query: CallbackQuery) -> bool:
    """Whether the message shows something else by now: somebody was quicker, perhaps with another picture.

    Of inline messages Telegram does not tell what they show.
    """
    message = query.message
    if not isinstance(message, Message) or message.reply_markup is None or query.data is None:
        return False
    there = {button.callback_data for row in message.reply_markup.inline_keyboard for button in row}
    return query.data not in {data and unpinned(data)[0] for data in there}


def place_of(query: CallbackQuery) -> Place:
    """Where the button stands that was tapped."""
    if isinstance(query.message, Message):
        return InPlace(query.message)
    if query.message is not None:
        return Below(query.message)
    assert query.bot is not None
    return Inline(query.bot, query.inline_message_id or "")


async def turned(query: CallbackQuery, screen: Screen) -> Place | None:
    """Puts other words beneath the picture above the tapped button.

    None where they stand there; else the place where they have to be shown with a picture of their own.
    """
    place = place_of(query)
    if isinstance(place, Below) or is_superseded(query):
        return place
    try:
        await place.words(*screen, has_photo=True)
    except MessageGone:
        return Below(query.message) if query.message else None
    return None
