"""Poster channels: photos posted and deleted, and whether the bot may."""

from dataclasses import dataclass

from aiogram import Bot
from aiogram.types import BufferedInputFile, ChatMemberAdministrator, ChatMemberOwner

from core.errors import ChatUnusable, MessageGone, TelegramError


@dataclass(frozen=True, slots=True)
class Post:
    """A photo in a channel, as Telegram answered."""

    channel_id: int
    message_id: int
    file_id: str
    file_unique_id: str
    width: int
    height: int


class TelegramChannels:
    """Channels that hold posters, seen through one bot."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def username(self) -> str:
        """The bot's own name; TelegramUnauthorised if the token is refused."""
        return (await self._bot.get_me()).username or ""

    async def check_right_to_post(self, channel_id: int) -> None:
        """Returns if the bot may post there; ChatUnusable if not."""
        member = await self._bot.get_chat_member(channel_id, self._bot.id)
        if isinstance(member, ChatMemberOwner):
            return
        if not isinstance(member, ChatMemberAdministrator) or not member.can_post_messages:
            raise ChatUnusable("the bot is not an administrator who may post messages")

    async def post(self, channel_id: int, photo: bytes | str, caption: str) -> Post:
        """Posts a photo, given as its bytes or by its file_id; the caption is HTML."""
        file = BufferedInputFile(photo, "poster.jpg") if isinstance(photo, bytes) else photo
        message = await self._bot.send_photo(channel_id, file, caption=caption, disable_notification=True)
        if not message.photo:
            raise TelegramError("sendPhoto: an answer without a photo")
        largest = message.photo[-1]
        return Post(
            channel_id,
            message.message_id,
            largest.file_id,
            largest.file_unique_id,
            largest.width,
            largest.height,
        )

    async def delete(self, channel_id: int, message_id: int) -> None:
        """Deletes a post; one that is not there is deleted."""
        try:
            await self._bot.delete_message(channel_id, message_id)
        except MessageGone:
            return
