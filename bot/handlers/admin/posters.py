"""/poster: a film's cached posters, and their deletion."""

from aiogram import Bot, F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message, User

from bot.admins import is_admin
from bot.readers import Readers
from bot.replies import replace, reply
from clients.telegram import TelegramChannels
from core.errors import TelegramError
from core.payloads import INT4_MAX
from core.search import linked_movie
from db.film_posters import FilmPosters
from services.posters import PosterStore
from views import poster_admin as views
from views.poster_admin import DeletePoster, KeepPosters


def router() -> Router:
    """For admins; to others the command is unknown and the buttons are stale."""
    router = Router(name=__name__)
    router.message.register(show, is_admin, Command("poster", ignore_case=True))
    router.callback_query.register(show_again, is_admin, KeepPosters.filter())
    router.callback_query.register(delete, is_admin, DeletePoster.filter(F.sure))
    router.callback_query.register(ask, is_admin, DeletePoster.filter())
    return router


async def show(
    message: Message,
    command: CommandObject,
    bot: Bot,
    event_from_user: User,
    readers: Readers,
    film_posters: FilmPosters,
) -> None:
    """/poster 603, or a link to the film's page."""
    t = await readers.locale(event_from_user)
    movie_id = _movie_id(command.args or "")
    if movie_id is None:
        await reply(message, views.how(t))
        return
    await reply(message, views.posters(t, movie_id, await film_posters.of_film(bot.id, movie_id)))


def _movie_id(text: str) -> int | None:
    text = text.strip()
    if text.isascii() and text.isdecimal() and len(text) <= 10:
        return int(text) if 0 < int(text) <= INT4_MAX else None
    return linked_movie(text)


async def show_again(
    query: CallbackQuery, callback_data: KeepPosters, bot: Bot, readers: Readers, film_posters: FilmPosters
) -> None:
    """Back from the question."""
    t = await readers.locale(query.from_user)
    found = await film_posters.of_film(bot.id, callback_data.movie_id)
    await replace(query, views.posters(t, callback_data.movie_id, found))


async def ask(query: CallbackQuery, callback_data: DeletePoster, readers: Readers) -> None:
    """Delete: asks once."""
    t = await readers.locale(query.from_user)
    await replace(query, views.delete(t, callback_data.movie_id, callback_data.poster_path))


async def delete(
    query: CallbackQuery, callback_data: DeletePoster, bot: Bot, readers: Readers, posters: PosterStore
) -> None:
    """Yes: the channel's message, the file and the ids go."""
    t = await readers.locale(query.from_user)
    try:
        existed = await posters.delete(callback_data.poster_path, TelegramChannels(bot))
    except TelegramError as error:
        await query.answer(views.not_deleted(t, str(error)), show_alert=True)
        return
    await replace(query, views.deleted(t, existed=existed))
