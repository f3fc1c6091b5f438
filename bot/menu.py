"""The command menus people see, per language: in private, in groups, and for admins."""

from collections.abc import Sequence

import structlog
from aiogram import Bot
from aiogram.types import (
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    BotCommandScopeUnion,
)

from core.errors import ChatUnusable, TelegramError
from views.locale import LANGUAGES, locale
from views.start import ADMIN_COMMANDS, COMMANDS, FILM_COMMANDS, commands

log = structlog.get_logger(__name__)


async def publish(bot: Bot, admin_ids: Sequence[int]) -> None:
    """Tells Telegram the menus; without them everything still works, so a failure is only logged."""
    in_groups = tuple(command for command in COMMANDS if command in FILM_COMMANDS)
    menus: list[tuple[BotCommandScopeUnion, tuple[str, ...]]] = [
        (BotCommandScopeAllPrivateChats(), COMMANDS),
        (BotCommandScopeAllGroupChats(), in_groups),
    ]
    menus += [(BotCommandScopeChat(chat_id=admin), COMMANDS + ADMIN_COMMANDS) for admin in admin_ids]
    for scope, names in menus:
        for language in LANGUAGES:
            menu = commands(locale(language), names)
            # The first language is also what people of all others get.
            code = None if language == LANGUAGES[0] else language
            try:
                await bot.set_my_commands(menu, scope=scope, language_code=code)
            except ChatUnusable as error:
                log.info("an admin who has not started the bot gets no menu yet", reason=str(error))
                break
            except TelegramError as error:
                log.warning("a command menu was not set", language=language, reason=str(error))
                break
