"""/ratings: own ratings as a list and as a picture."""

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import BufferedInputFile, CallbackQuery, Message, User
from aiogram.types.maybe_inaccessible_message_union import MaybeInaccessibleMessageUnion

from bot.chat_actions import chat_action
from bot.middlewares import SHOWS
from bot.pictures import drawn
from bot.readers import Readers
from bot.replies import replace, reply
from core.own_lists import RatingsSpread
from core.tasks import Tasks
from db.own_lists import OwnListScreens
from views import own_ratings as views
from views.locale import language_of, locale
from views.ratings_picture import picture


def router() -> Router:
    """The command and its buttons, forged outside private chats."""
    router = Router(name=__name__)
    router.message.register(ratings, Command("ratings", ignore_case=True))
    router.callback_query.filter(F.message.chat.type == "private")
    router.callback_query.register(show, views.ShowRatings.filter(), flags=SHOWS)
    router.callback_query.register(draw, views.DrawRatings.filter(), flags=SHOWS)
    return router


async def ratings(
    message: Message, event_from_user: User, readers: Readers, own_lists: OwnListScreens
) -> None:
    """/ratings, the last rated first."""
    state = views.ShowRatings()
    language = language_of(event_from_user.language_code)
    page = await own_lists.ratings(event_from_user.id, language, state.sort, state.filters, state.page)
    readers.remember(page.reader)
    await reply(message, views.ratings(page, state))


async def show(
    query: CallbackQuery, callback_data: views.ShowRatings, readers: Readers, own_lists: OwnListScreens
) -> None:
    """The list as the button says, or the choices for a part of it."""
    user, state = query.from_user, callback_data
    language = language_of(user.language_code)
    if state.pick:
        spread = await own_lists.spread(user.id, language)
        readers.remember(spread.reader)
        await replace(query, views.choices(spread, state))
        return
    page = await own_lists.ratings(user.id, language, state.sort, state.filters, state.page)
    readers.remember(page.reader)
    await replace(query, views.ratings(page, state))


async def draw(query: CallbackQuery, own_lists: OwnListScreens, readers: Readers, tasks: Tasks) -> None:
    """The picture as a message of its own, drawn anew each time: nobody looks often enough to keep it."""
    spread = await own_lists.spread(query.from_user.id, language_of(query.from_user.language_code))
    readers.remember(spread.reader)
    if query.message is None:
        return
    if spread.total:
        tasks.start(_draw(query.message, spread, tasks), "the picture of /ratings")
    else:
        await query.answer(views.nothing_to_draw(locale(spread.reader.language)))


async def _draw(place: MaybeInaccessibleMessageUnion, spread: RatingsSpread, tasks: Tasks) -> None:
    """Whatever the person does next does not wait for it."""
    caption = views.picture_caption(locale(spread.reader.language), spread.total)
    async with chat_action(tasks, place, "upload_photo"):
        content = await drawn(picture, spread)
        await place.answer_photo(BufferedInputFile(content, "ratings.png"), caption=caption)
