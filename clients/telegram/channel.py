"""Poster channels: photos posted, forwarded and deleted, and whether the bot may."""

from dataclasses import dataclass

from aiogram import Bot
from aiogram.types import BufferedInputFile, ChatMemberAdministrator, ChatMemberOwner, PhotoSize

from core.bot_account import BotAccount
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

    async def account(self) -> BotAccount:
        """The bot's own account; TelegramUnauthorised if the token is refused."""
        me = await self._bot.get_me()
        return BotAccount(
            me.username or "",
            bool(me.supports_inline_queries),
            bool(me.can_join_groups),
            bool(me.can_read_all_group_messages),
        )

    async def check_right_to_post(self, channel_id: int) -> None:
        """Returns if the bot may post there; ChatUnusable if not."""
        member = await self._bot.get_chat_member(channel_id, self._bot.id)
        if isinstance(member, ChatMemberOwner):
            return
        if not isinstance(member, ChatMemberAdministrator) or not member.can_post_messages:
            raise ChatUnusable("the bot is not an administrator who may post messages")

    async def check_is_admin(self, channel_id: int) -> None:
        """Returns if the bot administers the channel, so that it sees its posts; ChatUnusable if not."""
        member = await self._bot.get_chat_member(channel_id, self._bot.id)
        if not isinstance(member, ChatMemberOwner | ChatMemberAdministrator):
            raise ChatUnusable("the bot is not an administrator")

    async def post(self, channel_id: int, photo: bytes | str, caption: str) -> Post:
        """Posts a photo, given as its bytes or by its file_id; the caption is HTML."""
        file = BufferedInputFile(photo, "poster.jpg") if isinstance(photo, bytes) else photo
        message = await self._bot.send_photo(channel_id, file, caption=caption, disable_notification=True)
        if not message.photo:
            raise TelegramError("sendPhoto: an answer without a photo")
        return _post(channel_id, message.message_id, message.photo[-1])

    async def forward(
        self, channel_id: int, from_channel_id: int, message_id: int, file_unique_id: str | None = None
    ) -> Post:
        """Posts another channel's photo by forwarding it: its file_id is this bot's own.

        MessageGone where there is no such message to forward, or it holds another photo than the one named.
        """
        message = await self._bot.forward_message(
            channel_id, from_channel_id, message_id, disable_notification=True
        )
        largest = message.photo[-1] if message.photo else None
        if largest is None or file_unique_id not in (None, largest.file_unique_id):
            await self.delete(channel_id, message.message_id)
            raise MessageGone("forwardMessage: the message holds another photo, or none")
        return _post(channel_id, message.message_id, largest)

    async def delete(self, channel_id: int, message_id: int) -> None:
        """Deletes a post; one that is not there is deleted."""
        try:
            await self._bot.delete_message(channel_id, message_id)
        except MessageGone:
            return


def _post(channel_id: int, message_id: int, photo: PhotoSize) -> Post:
    return Post(channel_id, message_id, photo.file_id, photo.file_unique_id, photo.width, photo.height)
