"""Finding films by whatever a person types."""

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Chat, Message, User

from bot.cards import CardMessages
from bot.chat_actions import chat_action
from bot.middlewares import SHOWS
from bot.people import PersonMessages
from bot.readers import Readers, Who, as_sent, is_private, is_shared, shown_to, who
from bot.replies import replace, reply
from bot.series import SeriesMessages
from core.results import Films, Opens
from core.settings import Settings
from core.tasks import Tasks
from services.search import Asker, Search
from views import results as views
from views.filters import ShowTitles, films


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
    asker = _asker(who(event_from_user), event_from_user.id, message.chat, settings, request_id)
    async with chat_action(tasks, message, "typing"):
        found = await search.find(text, asker)
    if isinstance(found, Opens):
        cards = {"movie": card_messages.open, "tv": series_messages.open, "person": person_messages.open}
        await cards[found.media_type](message, event_from_user, found.tmdb_id)
        return
    readers.remember(found.page.reader)
    private = is_private(message.chat)
    screen = (
        films(found.page, private=private, query=found.text)
        if isinstance(found, Films)
        else views.results(found, private=private)
    )
    await reply(message, as_sent(screen, found.page.reader, message.chat))


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
    chat = query.message.chat
    asker = _asker(shown_to(query), query.from_user.id, chat, settings, request_id)
    async with chat_action(tasks, query.message, "typing"):
        found = await search.titles(text, asker, page=callback_data.page, wider=callback_data.wider)
    readers.remember(found.page.reader)
    screen = views.results(found, private=is_private(chat))
    await replace(query, as_sent(screen, found.page.reader, chat))


def _asker(reader: Who, asked_by: int, chat: Chat, settings: Settings, request_id: str) -> Asker:
    user_id, language = reader
    return Asker(
        user_id=user_id,
        language=language,
        chat_id=chat.id,
        request_id=request_id,
        asked_by=asked_by,
        is_shared=is_shared(chat, settings),
        hides_rated=is_private(chat),
    )
