"""The message that shows an import of ratings, from its first line; a worker moves it on."""

from aiogram import Bot

from services.imports import Imports
from views.imports import importing
from views.locale import Locale


async def show_import(bot: Bot, imports: Imports, t: Locale, import_id: int, user_id: int) -> None:
    """Sends it to the person and hands it over; nothing where the import is not known any more."""
    status = await imports.status(import_id)
    if status is None:
        return
    screen = importing(status, t)
    message = await bot.send_message(user_id, screen.text, reply_markup=screen.keyboard)
    await imports.follow(import_id, user_id, message.chat.id, message.message_id)
