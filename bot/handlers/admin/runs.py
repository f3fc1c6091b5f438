"""/runs: what the synchronisation did, run by run, and its reports as documents."""

import asyncio
from datetime import timedelta

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import BufferedInputFile, CallbackQuery, InputMediaDocument, Message, User

from bot.admins import is_admin
from bot.middlewares import SHOWS
from bot.readers import Readers
from bot.replies import replace, reply
from services.sync import Sync
from views import reports
from views import runs as views
from views.locale import Locale
from views.runs import ChoosePeriod, ChooseType, ListRuns, OpenRun, Report
from views.screen import Screen


def router() -> Router:
    """For admins; to others the command is unknown and the buttons are stale."""
    router = Router(name=__name__)
    router.message.register(list_runs, is_admin, Command("runs", ignore_case=True))
    router.callback_query.register(page, is_admin, ListRuns.filter(), flags=SHOWS)
    router.callback_query.register(types, is_admin, ChooseType.filter(), flags=SHOWS)
    router.callback_query.register(open_run, is_admin, OpenRun.filter(), flags=SHOWS)
    router.callback_query.register(periods, is_admin, ChoosePeriod.filter(), flags=SHOWS)
    router.callback_query.register(report, is_admin, Report.filter(), flags=SHOWS)
    return router


async def list_runs(message: Message, event_from_user: User, readers: Readers, sync: Sync) -> None:
    """/runs."""
    await reply(message, await _page(await readers.locale(event_from_user), ListRuns(), sync))


async def page(query: CallbackQuery, callback_data: ListRuns, readers: Readers, sync: Sync) -> None:
    """Older ones, the newest again, those of one type; from /sync below it."""
    screen = await _page(await readers.locale(query.from_user), callback_data, sync)
    await _show(query, screen, here=callback_data.here)


async def _show(query: CallbackQuery, screen: Screen, *, here: bool) -> None:
    if here:
        await replace(query, screen)
    elif query.message is not None:
        await query.message.answer(screen.text, reply_markup=screen.keyboard)


async def _page(t: Locale, page: ListRuns, sync: Sync) -> Screen:
    found, rates = await asyncio.gather(
        sync.runs(views.PAGE + 1, page.before, page.run_type), sync.success_rate(views.SUCCESS_DAYS)
    )
    return views.runs(t, page, found, rates)


async def types(query: CallbackQuery, readers: Readers) -> None:
    """Which type to list."""
    await replace(query, views.types(await readers.locale(query.from_user)))


async def open_run(query: CallbackQuery, callback_data: OpenRun, readers: Readers, sync: Sync) -> None:
    """One run; from an alert below it, for the alert stays."""
    t = await readers.locale(query.from_user)
    run = await sync.run(callback_data.run_id)
    if run is None:
        await query.answer(views.no_such_run(t), show_alert=True)
        return
    screen = views.run(t, run, await sync.failures(run.id, views.FAILURES))
    await _show(query, screen, here=callback_data.here)


async def periods(query: CallbackQuery, readers: Readers) -> None:
    """Which period to report."""
    await replace(query, views.periods(await readers.locale(query.from_user)))


async def report(query: CallbackQuery, callback_data: Report, readers: Readers, sync: Sync) -> None:
    """The documents, below."""
    t = await readers.locale(query.from_user)
    if callback_data.days is not None:
        runs = await sync.report(timedelta(days=callback_data.days))
        documents = await asyncio.to_thread(reports.of_period, callback_data.days, runs)
    else:
        run = None if callback_data.run_id is None else await sync.run(callback_data.run_id)
        if run is None:
            await query.answer(views.no_such_run(t), show_alert=True)
            return
        documents = await asyncio.to_thread(reports.of_run, run, await sync.failures(run.id))
    if query.message is not None:
        await query.message.answer_media_group(
            [InputMediaDocument(media=BufferedInputFile(content, name)) for name, content in documents]
        )
