"""/import, /unlink, /forget, and ratings given before the link."""

from aiogram import Bot, F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message, User

from bot.progress import show_import
from bot.readers import Readers
from bot.replies import replace, reply
from core.errors import NotLinked
from services.accounts import Accounts, NothingOpen
from services.activity import Activity
from services.enrichment import Enrichment
from services.imports import Imports
from services.pushes import Offers
from views import accounts as views
from views.accounts import ForgetStep, OfferStep, UnlinkStep
from views.locale import locale


def router() -> Router:
    """Commands about a person's account here and at TMDB, and buttons: forged outside private chats."""
    router = Router(name=__name__)
    router.message.register(import_, Command("import", ignore_case=True))
    router.message.register(unlink, Command("unlink", ignore_case=True))
    router.message.register(forget, Command("forget", ignore_case=True))
    router.callback_query.filter(F.message.chat.type == "private")
    router.callback_query.register(send_offered, OfferStep.filter(F.step == "send"))
    router.callback_query.register(keep_offered, OfferStep.filter(F.step == "later"))
    router.callback_query.register(stay_linked, UnlinkStep.filter(F.step == "stay"))
    router.callback_query.register(unlink_confirmed, UnlinkStep.filter())
    router.callback_query.register(forget_confirmed, ForgetStep.filter(F.step == "yes"))
    router.callback_query.register(not_forgotten, ForgetStep.filter(F.step == "no"))
    return router


async def import_(
    message: Message, bot: Bot, event_from_user: User, readers: Readers, imports: Imports
) -> None:
    """/import: begins one, or joins the one under way."""
    t = await readers.locale(event_from_user)
    try:
        requested = await imports.request(event_from_user.id)
    except NotLinked:
        await reply(message, views.not_linked(t))
        return
    await show_import(bot, imports, t, requested.import_id, event_from_user.id)


async def send_offered(query: CallbackQuery, readers: Readers, offers: Offers) -> None:
    """What was done before the link goes to TMDB."""
    t = await readers.locale(query.from_user)
    try:
        sent = await offers.send(query.from_user.id)
    except NotLinked:
        await replace(query, views.not_linked(t))
        return
    await replace(query, views.offer_sent(t, *sent))


async def keep_offered(query: CallbackQuery, readers: Readers) -> None:
    """Not now: they stay here, and are offered again with the next link."""
    await replace(query, views.offer_kept(await readers.locale(query.from_user)))


async def unlink(message: Message, event_from_user: User, readers: Readers) -> None:
    """/unlink asks what to do with the ratings."""
    reader = await readers.of(event_from_user)
    t = locale(reader.language)
    await reply(message, views.unlink(t, reader) if reader.is_linked else views.not_linked(t))


async def unlink_confirmed(
    query: CallbackQuery, callback_data: UnlinkStep, readers: Readers, accounts: Accounts
) -> None:
    """Disconnect, with the ratings kept here or not."""
    t = await readers.locale(query.from_user)
    keep = callback_data.step == "keep"
    outcome = await accounts.unlink(query.from_user.id, keep_ratings=keep)
    if isinstance(outcome, NothingOpen):
        await replace(query, views.not_linked(t))
        return
    removed = None if keep else outcome.removed
    await replace(query, views.unlinked(t, ended=outcome.ended, removed=removed, kept=outcome.kept))


async def stay_linked(query: CallbackQuery, readers: Readers) -> None:
    """Nothing changes."""
    await replace(query, views.still_linked(await readers.locale(query.from_user)))


async def forget(message: Message, event_from_user: User, readers: Readers) -> None:
    """/forget asks once."""
    reader = await readers.of(event_from_user)
    await reply(message, views.forget(locale(reader.language), reader))


async def forget_confirmed(
    query: CallbackQuery, readers: Readers, accounts: Accounts, activity: Activity, enrichment: Enrichment
) -> None:
    """Everything goes, what is being asked for them in another chat too."""
    t = await readers.locale(query.from_user)
    await activity.forget(query.from_user.id)
    await enrichment.finish(query.from_user.id)
    outcome = await accounts.forget(query.from_user.id)
    readers.forget(query.from_user.id)
    await replace(query, views.forgotten(t, ended=outcome.ended))


async def not_forgotten(query: CallbackQuery, readers: Readers) -> None:
    """Nothing goes."""
    await replace(query, views.not_forgotten(await readers.locale(query.from_user)))
