"""Finding a film by its title."""

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message, User

from bot.cards import CardMessages
from bot.chat_actions import chat_action
from bot.middlewares import SHOWS
from bot.readers import Readers
from bot.replies import replace, reply
from core.search import linked_movie
from core.tasks import Tasks
from services.search import Search
from views import results as views
from views.locale import language_of


def router() -> Router:
    """The command, plain text, and leafing; plain text is everybody's last resort, so this stands late."""
    router = Router(name=__name__)
    router.message.register(by_command, Command("search", ignore_case=True))
    router.message.register(by_text, F.text, ~F.text.startswith("/"))
    router.callback_query.register(show_page, views.ShowPage.filter(), flags=SHOWS)
    return router


async def by_command(
    message: Message,
    command: CommandObject,
    event_from_user: User,
    readers: Readers,
    search: Search,
    card_messages: CardMessages,
    tasks: Tasks,
) -> None:
    """/search matrix 1999."""
    if command.args:
        await _find(message, event_from_user, command.args, search, card_messages, tasks)
    else:
        await message.answer(views.how(await readers.locale(event_from_user)))


async def by_text(
    message: Message,
    event_from_user: User,
    search: Search,
    card_messages: CardMessages,
    tasks: Tasks,
) -> None:
    """matrix 1999."""
    await _find(message, event_from_user, message.text or "", search, card_messages, tasks)


async def _find(
    message: Message, user: User, text: str, search: Search, card_messages: CardMessages, tasks: Tasks
) -> None:
    """The results, or the card at once where there is no doubt."""
    if movie_id := linked_movie(text):
        await card_messages.open(message, user, movie_id)
        return
    async with chat_action(tasks, message, "typing"):
        found = await search.find(text, user.id, language_of(user.language_code))
    if hit := views.sure_hit(found):
        await card_messages.open(message, user, hit.movie_id)
    else:
        await reply(message, views.results(found))


async def show_page(
    query: CallbackQuery, callback_data: views.ShowPage, readers: Readers, search: Search, tasks: Tasks
) -> None:
    """‹, › and "ask TMDB too"."""
    if not isinstance(query.message, Message) or (text := views.query_of(query.message)) is None:
        await query.answer(views.too_old(await readers.locale(query.from_user)), show_alert=True)
        return
    async with chat_action(tasks, query.message, "typing"):
        found = await search.find(
            text,
            query.from_user.id,
            language_of(query.from_user.language_code),
            page=callback_data.page,
            wider=callback_data.wider,
        )
    await replace(query, views.results(found))
