"""/popular, /new, /top, /trending, and the filters of every list."""

import dataclasses

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Chat, Message, User

from bot.middlewares import SHOWS
from bot.readers import Readers, Who, as_sent, is_private, is_shared, shown_to, who
from bot.replies import replace, reply
from core.film_list import BrowsePage
from core.filters import Filters
from core.search import SearchQuery
from core.settings import Settings
from core.understanding import understand
from db.browse import Browse
from db.users import Users
from views import filters as views
from views.locale import language_of, locale
from views.results import query_of

LISTS = {
    "popular": Filters(),
    "new": Filters(is_new=True),
    "top": Filters(sort="score"),
    "trending": Filters(sort="trending"),
}


def router() -> Router:
    """The commands, leafing, and choosing filters; each screen is one statement."""
    router = Router(name=__name__)
    router.message.register(by_command, Command(*LISTS, ignore_case=True))
    router.callback_query.register(show_list, views.ShowList.filter(), flags=SHOWS)
    router.callback_query.register(show_filters, views.ShowFilters.filter(), flags=SHOWS)
    router.callback_query.register(hide_rated, views.HideRated.filter())
    return router


async def by_command(
    message: Message,
    command: CommandObject,
    event_from_user: User,
    readers: Readers,
    browse: Browse,
    settings: Settings,
) -> None:
    """/popular and its sisters; /top комедии 90-х, of which only what filters films counts."""
    filters = LISTS[command.command.lower()]
    if command.args:
        asked = understand(SearchQuery.parse(command.args).text).filters
        filters = dataclasses.replace(asked, sort=filters.sort, is_new=filters.is_new)
    page = await _page(filters, 1, who(event_from_user), message.chat, readers, browse, settings)
    screen = views.films(page, private=is_private(message.chat))
    await reply(message, as_sent(screen, page.reader, message.chat))


async def show_list(
    query: CallbackQuery,
    callback_data: views.ShowList,
    readers: Readers,
    browse: Browse,
    settings: Settings,
) -> None:
    """‹, ›, and "show films"."""
    filters = Filters.unpack(callback_data.packed)
    chat = query.message.chat if query.message else None
    page = await _page(filters, callback_data.page, shown_to(query), chat, readers, browse, settings)
    text = _typed(query) if callback_data.typed else ""
    screen = views.films(page, private=is_private(chat), query=text)
    await replace(query, as_sent(screen, page.reader, chat))


async def show_filters(
    query: CallbackQuery,
    callback_data: views.ShowFilters,
    readers: Readers,
    browse: Browse,
    settings: Settings,
) -> None:
    """The filters, the choices for one of them, or what one of those leads to."""
    filters = Filters.unpack(callback_data.packed)
    chat = query.message.chat if query.message else None
    page = await _page(filters, 1, shown_to(query), chat, readers, browse, settings)
    text = _typed(query) if callback_data.typed else ""
    await replace(query, as_sent(views.filters(page, callback_data.view, query=text), page.reader, chat))


async def hide_rated(
    query: CallbackQuery,
    callback_data: views.HideRated,
    users: Users,
    readers: Readers,
    browse: Browse,
    settings: Settings,
) -> None:
    """Kept for all lists of this person; a film they rate later goes as well."""
    user, chat = query.from_user, query.message.chat if query.message else None
    await users.choose(user.id, language_of(user.language_code), hide_rated=callback_data.on)
    page = await _page(Filters.unpack(callback_data.packed), 1, who(user), chat, readers, browse, settings)
    await query.answer(views.rated_toast(locale(page.reader.language), is_hidden=callback_data.on))
    text = _typed(query) if callback_data.typed else ""
    screen = views.films(page, private=is_private(chat), query=text)
    await replace(query, as_sent(screen, page.reader, chat))


async def _page(
    filters: Filters,
    page: int,
    reader: Who,
    chat: Chat | None,
    readers: Readers,
    browse: Browse,
    settings: Settings,
) -> BrowsePage:
    found = await browse.page(
        filters, *reader, page=page, is_shared=is_shared(chat, settings), hides_rated=is_private(chat)
    )
    readers.remember(found.reader)
    return found


def _typed(query: CallbackQuery) -> str:
    return (query_of(query.message) or "") if isinstance(query.message, Message) else ""
