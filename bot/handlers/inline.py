"""@bot words, in any chat."""

import asyncio

import structlog
from aiogram import Bot, Router
from aiogram.types import ChosenInlineResult, InlineQuery, Message

from bot.inline import answer
from bot.readers import Readers
from core.errors import BadFileId, DatabaseUnavailable, PhotoRefused, QueryTooOld, UrlNotFetched
from core.inline import chosen
from core.settings import Settings
from core.tasks import Tasks
from services.activity import Activity
from services.inline import Inline, Offer, Offers
from views import inline as views
from views.locale import language_of, locale

log = structlog.get_logger(__name__)

# Telegram gives a query up after some seconds, and by then the person has typed on.
PATIENCE_SECONDS = 3.0

# A file_id that Telegram does not know may also be taken for an address.
_DEAD = (BadFileId, UrlNotFetched, PhotoRefused)


def router() -> Router:
    """Inline queries, what was chosen of their results, and cards sent to the bot itself."""
    router = Router(name=__name__)
    router.message.register(stay_quiet, _sent_through_this_bot)
    router.inline_query.register(offer)
    router.chosen_inline_result.register(send)
    return router


async def offer(
    query: InlineQuery, bot: Bot, inline: Inline, readers: Readers, settings: Settings, tasks: Tasks
) -> None:
    """Films for the words; nothing typed: the person's recent films and the popular ones."""
    user = query.from_user
    web = views.Web(settings.tmdb_web_base_url, settings.tmdb_image_base_url)

    async def show(offers: Offers) -> None:
        t = locale(readers.language(user))
        await answer(query, views.found(t, offers.films, web), offers.next_offset)

    try:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                offers = await inline.offers(
                    query.query, query.offset, user.id, language_of(user.language_code)
                )
        except (DatabaseUnavailable, TimeoutError) as error:
            log.warning("an inline query is not answered from the database", reason=str(error) or "too slow")
            await answer(query, views.away(locale(readers.language(user))))
            return
        if offers.films:
            readers.remember(offers.films[0].card.reader)
        try:
            await show(offers)
        except _DEAD:
            if not offers.file_ids:
                raise
            tasks.start(inline.check(offers.file_ids, bot), "file_ids of a refused answer")
            await show(Offers([Offer(film.card, None) for film in offers.films], offers.next_offset))
    except QueryTooOld as error:
        # The person has typed on or left: there is nobody to tell.
        log.info("an inline query was answered too late", reason=str(error))
        return
    tasks.start(inline.want(offers), "posters of an inline answer")


def _sent_through_this_bot(message: Message, bot: Bot) -> bool:
    return message.via_bot is not None and message.via_bot.id == bot.id


async def stay_quiet(_: Message) -> None:
    """The card that somebody chose in their chat with the bot is the answer."""


async def send(result: ChosenInlineResult, inline: Inline, activity: Activity) -> None:
    """A card went into some chat; Telegram tells of it where inline feedback is on."""
    film = chosen(result.result_id)
    if film is None:
        return
    activity.film(film.movie_id)
    activity.card(warm=film.has_poster)
    if result.inline_message_id and not film.has_poster:
        user = result.from_user
        await inline.sent(result.inline_message_id, film, user.id, language_of(user.language_code))
