"""/link, and the way back from TMDB's page: all in private chats, whose id is the person's."""

from typing import assert_never

from aiogram import Bot, F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message, User

from bot.progress import show_import
from bot.readers import Readers
from bot.replies import replace, reply
from db.pushes import Offered
from services.accounts import (
    Accounts,
    AlreadyLinked,
    Approved,
    BeginOutcome,
    Begun,
    Confirmed,
    Expired,
    NotApprovedYet,
    NothingOpen,
    ReturnOutcome,
    TmdbAway,
    Voided,
)
from services.imports import Imports
from services.pushes import Offers
from views import accounts as views
from views.accounts import ConfirmAccount, LinkStep
from views.locale import Locale
from views.screen import Screen


def router() -> Router:
    """The command and the buttons of the linking, forged outside private chats."""
    router = Router(name=__name__)
    router.message.register(link, Command("link", ignore_case=True))
    router.callback_query.filter(F.message.chat.type == "private")
    router.callback_query.register(begin, LinkStep.filter(F.step == "begin"))
    router.callback_query.register(check, LinkStep.filter(F.step == "check"))
    router.callback_query.register(confirm, ConfirmAccount.filter())
    router.callback_query.register(decline, LinkStep.filter(F.step == "no"))
    return router


async def link(
    message: Message,
    bot: Bot,
    event_from_user: User,
    readers: Readers,
    accounts: Accounts,
    offers: Offers,
) -> None:
    """/link; who is linked is offered again what was not sent yet."""
    t = await readers.locale(event_from_user)
    outcome = await accounts.begin(event_from_user.id, t.language)
    await reply(message, begun(outcome, t))
    if isinstance(outcome, AlreadyLinked):
        await _offer(bot, t, event_from_user.id, await offers.waiting(event_from_user.id))


async def begin(query: CallbackQuery, readers: Readers, accounts: Accounts) -> None:
    """The button that starts it."""
    t = await readers.locale(query.from_user)
    await replace(query, begun(await accounts.begin(query.from_user.id, t.language), t))


async def check(query: CallbackQuery, readers: Readers, accounts: Accounts) -> None:
    """I have approved: for those whose browser did not bring them back."""
    t = await readers.locale(query.from_user)
    outcome = await accounts.check(query.from_user.id, t.language)
    # What leaves the buttons as they are is a toast.
    if isinstance(outcome, NotApprovedYet):
        await query.answer(views.not_approved(t).text, show_alert=True)
    elif isinstance(outcome, TmdbAway):
        await query.answer(views.away_on_return(t).text, show_alert=True)
    else:
        await replace(query, returned(outcome, t))


async def confirm(
    query: CallbackQuery,
    callback_data: ConfirmAccount,
    bot: Bot,
    readers: Readers,
    accounts: Accounts,
    imports: Imports,
) -> None:
    """Yes, that is me: linked, and the import begins."""
    t = await readers.locale(query.from_user)
    outcome = await accounts.confirm(query.from_user.id, t.language, callback_data.account_id)
    if not isinstance(outcome, Confirmed):
        await replace(query, returned(outcome, t))
        return
    await query.answer()
    await replace(query, views.linked(t, outcome.username))
    await show_import(bot, imports, t, outcome.import_id, query.from_user.id)
    await _offer(bot, t, query.from_user.id, outcome.offered)


async def _offer(bot: Bot, t: Locale, user_id: int, offered: Offered) -> None:
    """Asks whether what was done before the link is to be sent, if there is any."""
    if any(offered):
        screen = views.offer(t, *offered)
        await bot.send_message(user_id, screen.text, reply_markup=screen.keyboard)


async def decline(query: CallbackQuery, readers: Readers, accounts: Accounts) -> None:
    """No: another account, or none after all."""
    t = await readers.locale(query.from_user)
    outcome = await accounts.decline(query.from_user.id)
    await replace(query, views.declined(t, ended=outcome.ended))


def begun(outcome: BeginOutcome, t: Locale) -> Screen:
    """What came of a beginning."""
    match outcome:
        case Begun(approval_url=url):
            return views.approval(t, url)
        case AlreadyLinked(username=username):
            return views.already_linked(t, username)
        case TmdbAway():
            return views.away(t)
        case _:
            assert_never(outcome)


def returned(outcome: ReturnOutcome, t: Locale) -> Screen:
    """What became of an approval."""
    match outcome:
        case Approved(account_id=account_id, username=username, name=name):
            return views.is_this_you(t, account_id, username, name)
        case Expired(fresh=Begun(approval_url=url)):
            return views.expired(t, url)
        case Expired():
            return views.away(t)
        case TmdbAway():
            return views.away_on_return(t)
        case NotApprovedYet():
            return views.not_approved(t)
        case AlreadyLinked(username=username):
            return views.already_linked(t, username)
        case Voided(is_own=is_own):
            return views.voided(t, is_own=is_own)
        case NothingOpen():
            return views.nothing_open(t)
        case _:
            assert_never(outcome)
