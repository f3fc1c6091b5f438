"""Telegram's Bot API as the product uses it. Importing this imports aiogram: about 3 s of CPU."""

from clients.telegram.channel import Post, TelegramChannels
from clients.telegram.session import ChatPace, TelegramSession, make_bot

__all__ = ["ChatPace", "Post", "TelegramChannels", "TelegramSession", "make_bot"]
