"""/export: own ratings and the watchlist as files, into the private chat."""

import asyncio

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import BufferedInputFile, InputMediaDocument, Message, User

from bot.chat_actions import chat_action
from bot.readers import Readers
from core.tasks import Tasks
from db.own_lists import OwnListScreens
from services.export import files
from views import export as views
from views.locale import language_of, locale


def router() -> Router:
    """The command."""
    router = Router(name=__name__)
    router.message.register(export, Command("export", ignore_case=True))
    return router


async def export(
    message: Message, event_from_user: User, readers: Readers, own_lists: OwnListScreens, tasks: Tasks
) -> None:
    """One message with all the files: a film takes half a kilobyte, Telegram fifty megabytes a file."""
    async with chat_action(tasks, message, "upload_document"):
        lists = await own_lists.export(event_from_user.id, language_of(event_from_user.language_code))
        readers.remember(lists.reader)
        t = locale(lists.reader.language)
        if not lists.ratings and not lists.watchlist:
            await message.answer(views.nothing(t))
            return
        made = await asyncio.to_thread(files, lists)
        # A group's documents stand under each other: the words belong below the last.
        captions = [*[None] * (len(made) - 1), views.caption(t, lists)]
        await message.answer_media_group(
            [
                InputMediaDocument(media=BufferedInputFile(file.content, file.name), caption=caption)
                for file, caption in zip(made, captions, strict=True)
            ]
        )
