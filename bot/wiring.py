"""The bot put together: the same for the product and for tests."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import structlog
from aiogram import Bot, Dispatcher
from aiogram.types import Update

import db.cards
from bot.cards import CardMessages
from bot.dispatch import Updates
from bot.middlewares import AnsweredTaps, HandledUpdates, NotedCalls
from bot.readers import Readers
from bot.routers import routers
from clients.telegram import TelegramChannels, make_bot
from clients.tmdb.client import TmdbClient
from clients.tmdb.host import FOR_PEOPLE
from core.errors import CredentialsRefused, TelegramError, TelegramUnauthorised
from core.settings import Settings
from core.tasks import Tasks
from core.vault import Vault
from db.host_budgets import HostBudgets
from db.opened_movies import OpenedMovies
from db.pool import Database
from db.stats import Statistics
from db.users import Users
from services.accounts import Accounts
from services.activity import Activity
from services.budgets import PeopleBudget, ReportedBudget
from services.cards import Cards
from services.catalogue import Catalogue
from services.imports import Imports
from services.posters import PosterStore
from services.ratings import Ratings
from services.search import Search
from services.startup import Startup

log = structlog.get_logger(__name__)

# While Telegram does not answer at start there is nothing the bot can do; it asks again this often.
TELEGRAM_RETRY_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Application:
    """The bot, ready to receive updates."""

    settings: Settings
    bot: Bot
    dispatcher: Dispatcher
    updates: Updates
    startup: Startup
    activity: Activity
    budget: ReportedBudget
    tasks: Tasks


@asynccontextmanager
async def build(
    settings: Settings, database: Database, *, pace: Mapping[str, Any] | None = None, **overrides: Any
) -> AsyncIterator[Application]:
    """The bot on its clients, its credentials checked; CredentialsRefused.

    Tests and benchmarks replace dependencies of handlers by name, and the `pace` of calls to one chat.
    """
    async with AsyncExitStack() as opened:
        budgets = HostBudgets(database)
        budget = ReportedBudget(budgets, f"telegram:{settings.bot_id}", settings.telegram_messages_per_second)
        bot = make_bot(settings, budget, people=True, pace=pace)
        opened.push_async_callback(bot.session.close)
        session = await opened.enter_async_context(
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        )
        tmdb = _tmdb(settings, session, budgets)
        startup = Startup(TelegramChannels(bot), tmdb, settings.poster_channel_ids)
        await startup.check()
        dependencies = _dependencies(settings, database, bot, await _username(bot), tmdb) | overrides
        tasks: Tasks = dependencies["tasks"]
        opened.push_async_callback(dependencies["catalogue"].close, 0.5)
        opened.push_async_callback(dependencies["posters"].close)
        opened.push_async_callback(tasks.close, 0.5)
        dispatcher = make_dispatcher(dependencies)
        bot.session.middleware(NotedCalls())

        async def handle(update: Update) -> None:
            await dispatcher.feed_update(bot, update)

        yield Application(
            settings,
            bot,
            dispatcher,
            Updates(handle),
            startup,
            dependencies["activity"],
            budget,
            tasks,
        )


def make_dispatcher(dependencies: dict[str, Any]) -> Dispatcher:
    """Routers and middlewares over what handlers may ask for by name."""
    dispatcher = Dispatcher(disable_fsm=True, **dependencies)
    dispatcher.update.outer_middleware(
        HandledUpdates(*(dependencies[name] for name in ("settings", "activity", "readers", "users")))
    )
    dispatcher.callback_query.middleware(AnsweredTaps(dependencies["tasks"]))
    dispatcher.include_routers(*routers())
    return dispatcher


def _dependencies(
    settings: Settings, database: Database, bot: Bot, username: str, tmdb: TmdbClient
) -> dict[str, Any]:
    users = Users(database)
    tasks = Tasks()
    readers = Readers(users)
    activity = Activity(users, OpenedMovies(database))
    catalogue = Catalogue(
        database,
        tmdb,
        language=settings.catalogue_language,
        raw_payload_history=settings.raw_payload_history,
        connections=settings.tmdb_connections,
    )
    posters = PosterStore(database, tmdb, settings)
    cards = Cards(
        db.cards.Cards(database, bot_id=bot.id, catalogue_language=settings.catalogue_language), catalogue
    )
    return {
        "settings": settings,
        "tasks": tasks,
        "users": users,
        "readers": readers,
        "activity": activity,
        "catalogue": catalogue,
        "posters": posters,
        "search": Search(database, tmdb, catalogue, catalogue_language=settings.catalogue_language),
        "card_messages": CardMessages(cards, posters, readers, activity, settings, tasks),
        "statistics": Statistics(database),
        "accounts": Accounts(database, tmdb, Vault(settings.secret_key), bot_username=username),
        "ratings": Ratings(database),
        "imports": Imports(database, bot_id=bot.id),
    }


def _tmdb(settings: Settings, session: aiohttp.ClientSession, budgets: HostBudgets) -> TmdbClient:
    return TmdbClient(
        session,
        api_url=settings.tmdb_api_base_url,
        image_url=settings.tmdb_image_base_url,
        web_url=settings.tmdb_web_base_url,
        budget=PeopleBudget(budgets, "tmdb", settings.tmdb_requests_per_second),
        image_budget=PeopleBudget(budgets, "tmdb-images", settings.tmdb_requests_per_second),
        access_token=settings.tmdb_access_token,
        api_key=settings.tmdb_api_key,
        language=settings.catalogue_language,
        connections=settings.tmdb_connections,
        patience=FOR_PEOPLE,
        proxy=settings.proxy_url,
    )


async def _username(bot: Bot) -> str:
    """The name links back to the bot are made of; asked for until Telegram answers."""
    while True:
        try:
            return (await bot.me()).username or ""
        except TelegramUnauthorised as error:
            raise CredentialsRefused([f"BOT_TOKEN: refused ({error})"]) from error
        except TelegramError as error:
            log.warning("the bot cannot start before Telegram answers", reason=str(error))
        await asyncio.sleep(TELEGRAM_RETRY_SECONDS)
