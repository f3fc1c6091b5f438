"""Finding films by whatever a person types."""

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Chat, Message, User

from bot.cards import CardMessages
from bot.chat_actions import chat_action
from bot.middlewares import SHOWS
from bot.people import PersonMessages
from bot.readers import Readers, as_sent, is_private, is_shared
from bot.replies import replace, reply
from bot.series import SeriesMessages
from core.results import Films, Opens
from core.settings import Settings
from core.tasks import Tasks
from services.search import Asker, Search
from views import results as views
from views.filters import ShowTitles, films
from views.locale import language_of


def router() -> Router:
    """The command, plain text, and leafing; plain text is everybody's last resort, so this stands late."""
    router = Router(name=__name__)
    router.message.register(find, Command("search", ignore_case=True))
    router.message.register(find, F.text, ~F.text.startswith("/"))
    router.callback_query.register(show_titles, ShowTitles.filter(), flags=SHOWS)
    return router


async def find(
    message: Message,
    event_from_user: User,
    readers: Readers,
    search: Search,
    card_messages: CardMessages,
    series_messages: SeriesMessages,
    person_messages: PersonMessages,
    settings: Settings,
    tasks: Tasks,
    request_id: str,
    command: CommandObject | None = None,
) -> None:
    """/search matrix 1999, or the same without the command."""
    text = command.args if command else message.text
    if not text:
        await message.answer(views.how(await readers.locale(event_from_user)))
        return
    asker = _asker(event_from_user, message.chat, settings, request_id)
    async with chat_action(tasks, message, "typing"):
        found = await search.find(text, asker)
    if isinstance(found, Opens):
        cards = {"movie": card_messages.open, "tv": series_messages.open, "person": person_messages.open}
        await cards[found.media_type](message, event_from_user, found.tmdb_id)
        return
    readers.remember(found.page.reader)
    private = is_private(message.chat)
    if isinstance(found, Films):
        screen = films(found.page, private=private, query=found.text)
        await reply(message, as_sent(screen, found.page.reader, message.chat))
    else:
        await reply(message, views.results(found, private=private))


async def show_titles(
    query: CallbackQuery,
    callback_data: ShowTitles,
    readers: Readers,
    search: Search,
    settings: Settings,
    tasks: Tasks,
    request_id: str,
) -> None:
    """‹, ›, "ask TMDB too", and titles instead of filters."""
    if not isinstance(query.message, Message) or (text := views.query_of(query.message)) is None:
        await query.answer(views.too_old(await readers.locale(query.from_user)), show_alert=True)
        return
    asker = _asker(query.from_user, query.message.chat, settings, request_id)
    async with chat_action(tasks, query.message, "typing"):
        found = await search.titles(text, asker, page=callback_data.page, wider=callback_data.wider)
    readers.remember(found.page.reader)
    await replace(query, views.results(found, private=is_private(query.message.chat)))


def _asker(user: User, chat: Chat, settings: Settings, request_id: str) -> Asker:
    return Asker(
        user_id=user.id,
        language=language_of(user.language_code),
        chat_id=chat.id,
        request_id=request_id,
        is_shared=is_shared(chat, settings),
    )
