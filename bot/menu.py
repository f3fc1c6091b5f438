"""The command menu people see, per language; admins see their commands too."""

from collections.abc import Sequence

import structlog
from aiogram import Bot
from aiogram.types import BotCommandScopeAllPrivateChats, BotCommandScopeChat, BotCommandScopeUnion

from core.errors import TelegramError
from views.locale import LANGUAGES, locale
from views.start import commands

log = structlog.get_logger(__name__)


async def publish(bot: Bot, admin_ids: Sequence[int]) -> None:
    """Tells Telegram the menus; without them everything still works, so a failure is only logged."""
    scopes: list[BotCommandScopeUnion] = [BotCommandScopeAllPrivateChats()]
    scopes += [BotCommandScopeChat(chat_id=admin) for admin in admin_ids]
    for scope in scopes:
        is_admin = isinstance(scope, BotCommandScopeChat)
        for language in LANGUAGES:
            menu = commands(locale(language), is_admin=is_admin)
            # The first language is also what people of all others get.
            code = None if language == LANGUAGES[0] else language
            try:
                await bot.set_my_commands(menu, scope=scope, language_code=code)
            except TelegramError as error:
                # "chat not found": that admin has not started the bot yet.
                log.warning("a command menu was not set", language=language, reason=str(error))
                break
