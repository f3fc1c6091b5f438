"""People: their cards and films, by name, by link, by button."""

import re

from aiogram import F, Router
from aiogram.filters import Command, CommandObject, CommandStart
from aiogram.types import CallbackQuery, Message, User

from bot.chat_actions import chat_action
from bot.middlewares import SHOWS
from bot.people import PersonMessages
from bot.readers import Readers, as_sent, is_shared, shown_to, who
from bot.replies import replace, reply
from core.payloads import INT4_MAX
from core.settings import Settings
from core.tasks import Tasks
from db.users import Users
from services.people import People
from views import person as views
from views.filters import rated_toast
from views.locale import language_of, locale
from views.results import query_of

# Digits only: everything else after /start may be the way back from TMDB.
LINK = re.compile(r"p_\d+$")


def router() -> Router:
    """Everything that opens a person."""
    router = Router(name=__name__)
    router.message.register(by_link, CommandStart(deep_link=True, magic=F.args.regexp(LINK)))
    router.message.register(by_name, Command("person", ignore_case=True))
    router.callback_query.register(by_button, views.OpenPerson.filter(), flags=SHOWS)
    router.callback_query.register(back, views.BackToPerson.filter(), flags=SHOWS)
    router.callback_query.register(films, views.OpenFilms.filter(F.hide.is_(None)), flags=SHOWS)
    router.callback_query.register(hide_rated, views.OpenFilms.filter())
    router.callback_query.register(show_page, views.ShowPeople.filter(), flags=SHOWS)
    return router


async def by_link(
    message: Message,
    command: CommandObject,
    event_from_user: User,
    readers: Readers,
    person_messages: PersonMessages,
) -> None:
    """t.me/BOT?start=p_287."""
    number = (command.args or "").removeprefix("p_")
    person_id = int(number) if len(number) <= 10 else 0
    if 1 <= person_id <= INT4_MAX:
        await person_messages.open(message, event_from_user, person_id)
    else:
        await message.answer(views.gone(await readers.locale(event_from_user)))


async def by_name(
    message: Message,
    command: CommandObject,
    event_from_user: User,
    request_id: str,
    readers: Readers,
    people: People,
    person_messages: PersonMessages,
    settings: Settings,
    tasks: Tasks,
) -> None:
    """/person Robert De Niro: the card at once where only one person is called that."""
    if not command.args:
        await message.answer(views.how(await readers.locale(event_from_user)))
        return
    async with chat_action(tasks, message, "typing"):
        found = await people.find(
            command.args,
            *who(event_from_user),
            asked_by=event_from_user.id,
            is_shared=is_shared(message.chat, settings),
            chat_id=message.chat.id,
            request_id=request_id,
        )
    readers.remember(found.reader)
    if found.total == 1 and not found.is_nearest:
        await person_messages.open(message, event_from_user, found.people[0].person_id)
    else:
        await reply(message, as_sent(views.people(found), found.reader, message.chat))


async def show_page(
    query: CallbackQuery,
    callback_data: views.ShowPeople,
    request_id: str,
    readers: Readers,
    people: People,
    settings: Settings,
) -> None:
    """‹ and › under people found."""
    if not isinstance(query.message, Message) or (text := query_of(query.message)) is None:
        await query.answer(views.too_old(await readers.locale(query.from_user)), show_alert=True)
        return
    found = await people.find(
        text,
        *shown_to(query),
        asked_by=query.from_user.id,
        page=callback_data.page,
        is_shared=is_shared(query.message.chat, settings),
        chat_id=query.message.chat.id,
        request_id=request_id,
    )
    await replace(query, as_sent(views.people(found), found.reader, query.message.chat))


async def by_button(
    query: CallbackQuery, callback_data: views.OpenPerson, person_messages: PersonMessages
) -> None:
    """A name in a film's cast takes the film's place; a number under people found opens a message."""
    if callback_data.movie_id or query.message is None:
        await person_messages.show(query, callback_data.person_id, callback_data.movie_id)
    else:
        await person_messages.open(query.message, query.from_user, callback_data.person_id)


async def back(
    query: CallbackQuery, callback_data: views.BackToPerson, person_messages: PersonMessages
) -> None:
    """From the films to the card."""
    await person_messages.back(query, callback_data.person_id, callback_data.movie_id)


async def films(
    query: CallbackQuery, callback_data: views.OpenFilms, person_messages: PersonMessages
) -> None:
    """Films, another role, another page, the other way round."""
    await person_messages.films(query, callback_data)


async def hide_rated(
    query: CallbackQuery,
    callback_data: views.OpenFilms,
    users: Users,
    readers: Readers,
    person_messages: PersonMessages,
) -> None:
    """Films without what the person has rated, or with it; kept for all lists."""
    user, on = query.from_user, bool(callback_data.hide)
    await users.choose(user.id, language_of(user.language_code), hide_rated=on)
    await person_messages.films(query, callback_data)
    await query.answer(rated_toast(locale(readers.language(user)), is_hidden=on))
