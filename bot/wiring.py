"""The bot put together: the same for the product and for tests."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import structlog
from aiogram import Bot, Dispatcher
from aiogram.types import Update, User

import db.card_pages
import db.cards
from bot.admission import ALLOWANCES, Admission, Allowance, Kind
from bot.card_pages import CardPages
from bot.cards import CardMessages
from bot.dispatch import Updates
from bot.inline import TappedMessages
from bot.middlewares import AnsweredTaps, HandledUpdates, NotedCalls
from bot.people import PersonMessages
from bot.posters import PosterMessages
from bot.readers import Readers
from bot.routers import routers
from bot.series import SeriesMessages
from clients.telegram import TelegramChannels, make_bot
from clients.tmdb import FOR_PEOPLE, TmdbClient, make_tmdb
from core.errors import CredentialsRefused, TelegramError, TelegramUnauthorised
from core.settings import Settings
from core.tasks import Tasks
from core.vault import Vault
from db.alerts import Alerts
from db.browse import Browse
from db.film_posters import FilmPosters
from db.host_budgets import HostBudgets
from db.opened_movies import OpenedMovies
from db.own_lists import OwnListScreens
from db.people_search import PersonSearch
from db.person_cards import PersonCards
from db.pool import Database
from db.stats import Statistics
from db.tallies import Tallies
from db.users import Users
from services.accounts import Accounts
from services.activity import Activity
from services.api_requests import ApiRequests
from services.blocking import Blocking
from services.budgets import PeopleBudget, ReportedBudget
from services.cards import Cards
from services.catalogue import Catalogue
from services.enrichment import Enrichment
from services.entities import Entities
from services.imports import Imports
from services.inline import Inline
from services.people import People
from services.poster_admin import PosterAdmin
from services.posters import PosterStore
from services.pushes import Offers
from services.ratings import Ratings
from services.search import Search
from services.series import SeriesCards
from services.startup import Startup
from services.sync import Sync
from services.watchlist import Watchlist

log = structlog.get_logger(__name__)

# While Telegram does not answer at start there is nothing the bot can do; it asks again this often.
TELEGRAM_RETRY_SECONDS = 5.0
# What handlers started and left behind (a poster for a card already sent) gets so long at a stop.
CLOSE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Application:
    """The bot, ready to receive updates."""

    settings: Settings
    bot: Bot
    dispatcher: Dispatcher
    updates: Updates
    startup: Startup
    activity: Activity
    blocking: Blocking
    requests: ApiRequests
    budget: ReportedBudget
    tasks: Tasks


@asynccontextmanager
async def build(
    settings: Settings,
    database: Database,
    *,
    pace: Mapping[str, Any] | None = None,
    allowances: Mapping[Kind, Allowance] = ALLOWANCES,
    **overrides: Any,
) -> AsyncIterator[Application]:
    """The bot on its clients, its credentials checked; CredentialsRefused.

    Tests and benchmarks replace dependencies of handlers by name, the `pace` of calls to one chat and the
    `allowances` of one person.
    """
    async with AsyncExitStack() as opened:
        budgets = HostBudgets(database)
        budget = ReportedBudget(budgets, f"telegram:{settings.bot_id}", settings.telegram_messages_per_second)
        requests = ApiRequests(database, "bot")
        bot = make_bot(settings, budget, people=True, pace=pace, record=requests)
        opened.push_async_callback(bot.session.close)
        # Each host's own limit on connections stands in its client.
        session = await opened.enter_async_context(
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        )
        rate = settings.tmdb_requests_per_second
        tmdb = make_tmdb(
            settings,
            session,
            budget=PeopleBudget(budgets, "tmdb", rate),
            image_budget=PeopleBudget(budgets, "tmdb-images", rate),
            patience=FOR_PEOPLE,
            record=requests,
        )
        startup = Startup(TelegramChannels(bot), tmdb, settings, answers_people=True)
        await startup.check()
        dependencies = _dependencies(settings, database, bot, await _me(bot), tmdb) | overrides
        tasks: Tasks = dependencies["tasks"]
        await dependencies["blocking"].load()
        opened.push_async_callback(dependencies["catalogue"].close, 0.5)
        opened.push_async_callback(dependencies["enrichment"].close, 0.5)
        opened.push_async_callback(dependencies["entities"].close, 0.5)
        opened.push_async_callback(dependencies["posters"].close)
        opened.push_async_callback(dependencies["portraits"].close)
        opened.push_async_callback(dependencies["series_posters"].close)
        opened.push_async_callback(tasks.close, 0.5)
        dispatcher = make_dispatcher(dependencies)
        bot.session.middleware(NotedCalls())
        admission = Admission(
            bot,
            (await bot.me()).username or "",
            dependencies["readers"],
            dependencies["blocking"],
            tasks,
            allowances,
        )

        async def handle(update: Update) -> None:
            await dispatcher.feed_update(bot, update)

        yield Application(
            settings,
            bot,
            dispatcher,
            Updates(handle, admission),
            startup,
            dependencies["activity"],
            dependencies["blocking"],
            requests,
            budget,
            tasks,
        )


def make_dispatcher(dependencies: dict[str, Any]) -> Dispatcher:
    """Routers and middlewares over what handlers may ask for by name."""
    dispatcher = Dispatcher(disable_fsm=True, **dependencies)
    dispatcher.update.outer_middleware(
        HandledUpdates(
            *(dependencies[name] for name in ("settings", "activity", "readers", "users", "blocking"))
        )
    )
    dispatcher.callback_query.middleware(AnsweredTaps(dependencies["tasks"]))
    dispatcher.callback_query.middleware(TappedMessages(dependencies["inline"], dependencies["tasks"]))
    dispatcher.include_routers(*routers())
    return dispatcher


def _dependencies(
    settings: Settings, database: Database, bot: Bot, me: User, tmdb: TmdbClient
) -> dict[str, Any]:
    """What handlers may ask for, by parameter name."""
    language = settings.catalogue_language
    tasks = Tasks()
    users = Users(database)
    readers = Readers(users)
    activity = Activity(users, OpenedMovies(database), Tallies(database))
    catalogue = Catalogue(
        database,
        tmdb,
        language=language,
        raw_payload_history=settings.raw_payload_history,
        connections=settings.tmdb_connections,
    )
    stored_cards = db.cards.Cards(database, bot_id=bot.id, catalogue_language=language)
    cards = Cards(stored_cards, catalogue)
    browse = Browse(database, catalogue_language=language)
    posters = PosterStore(database, tmdb, settings)
    poster_messages = PosterMessages(posters, activity, tasks)
    portraits = PosterStore(database, tmdb, settings, "person")
    entities = Entities(database, tmdb, language=language, raw_payload_history=settings.raw_payload_history)
    enrichment = Enrichment(database, tmdb, catalogue, catalogue_language=language)
    people_search = PersonSearch(database)
    people = People(
        PersonCards(database, bot_id=bot.id, catalogue_language=language),
        people_search,
        entities,
        enrichment,
    )
    series_posters = PosterStore(database, tmdb, settings, "tv")
    card_messages = CardMessages(
        cards,
        poster_messages,
        readers,
        activity,
        settings,
        tasks,
        can_share=bool(me.supports_inline_queries),
    )
    return {
        "settings": settings,
        "tasks": tasks,
        "users": users,
        "readers": readers,
        "activity": activity,
        "blocking": Blocking(database, settings),
        "accounts": Accounts(database, tmdb, Vault(settings.secret_key), bot_username=me.username or ""),
        "imports": Imports(database, bot_id=bot.id),
        "ratings": Ratings(database),
        "watchlist": Watchlist(database),
        "offers": Offers(database),
        "own_lists": OwnListScreens(database, catalogue_language=language),
        "catalogue": catalogue,
        "inline": Inline(database, stored_cards, settings),
        "browse": browse,
        "search": Search(database, enrichment, catalogue_language=language),
        "poster_messages": poster_messages,
        "card_messages": card_messages,
        "card_pages": CardPages(
            db.card_pages.CardPages(database, bot_id=bot.id, catalogue_language=language),
            browse,
            cards,
            card_messages,
            poster_messages,
            readers,
            activity,
            settings,
        ),
        "series_messages": SeriesMessages(
            SeriesCards(database, entities, bot_id=bot.id, catalogue_language=language),
            PosterMessages(series_posters, activity, tasks),
            readers,
            settings,
            tasks,
        ),
        "series_posters": series_posters,
        "enrichment": enrichment,
        "posters": posters,
        "portraits": portraits,
        "entities": entities,
        "people": people,
        "people_search": people_search,
        "person_messages": PersonMessages(
            people, PosterMessages(portraits, activity, tasks), readers, settings, tasks
        ),
        "poster_admin": PosterAdmin(database, settings),
        "film_posters": FilmPosters(database),
        "statistics": Statistics(database),
        "alerts": Alerts(database),
        "sync": Sync(database, settings),
    }


async def _me(bot: Bot) -> User:
    """The bot's name, and whether it is asked inline, as Telegram tells; asked for until it answers."""
    said = False
    while True:
        try:
            return await bot.me()
        except TelegramUnauthorised as error:
            raise CredentialsRefused([f"BOT_TOKEN: refused ({error})"]) from error
        except TelegramError as error:
            if not said:
                log.warning("the bot begins when Telegram answers", reason=str(error))
                said = True
        await asyncio.sleep(TELEGRAM_RETRY_SECONDS)
