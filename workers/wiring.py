"""The workers put together: the same for the product and for tests."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import aiohttp
from aiogram import Bot

from clients.requests import Recorder, unrecorded
from clients.smtp import Mailer
from clients.telegram import TelegramChannels, make_bot
from clients.tmdb import FOR_WORKERS, TmdbClient, make_tmdb
from core.alerts import Recipients
from core.settings import Settings
from core.sync import RunType
from core.vault import Vault
from db.host_budgets import HostBudgets
from db.pool import Database
from db.poster_channels import PosterChannels
from db.posters import Posters
from services.alerts import HealthCheck
from services.budgets import BackgroundBudget
from services.catalogue import Catalogue
from services.entities import Entities
from services.imports import Importer
from services.poster_files import PosterFiles
from services.refresh import Refresher
from services.retention import RetentionRunner
from services.sync import Sync
from services.sync_delta import DeltaRunner
from services.sync_export import ExportRunner
from services.sync_lists import ListsRunner
from services.sync_progress import Runner
from services.sync_ratings import RatingsRunner
from workers.alerts import SendAlerts
from workers.download import DownloadPosters, Room
from workers.genres import LoadGenres
from workers.health import CheckHealth
from workers.imports import RunImports
from workers.inline import CompleteInlineMessages
from workers.leases import worker_name
from workers.live import MoveMessages
from workers.loop import Job
from workers.move import MovePosters
from workers.notices import SendNotices
from workers.prewarm import PrewarmPosters
from workers.pushes import PushChanges
from workers.refresh import LANES, Outage, RefreshCatalogue
from workers.sessions import EndSessions
from workers.sweep import SweepPosters
from workers.sync import ExecuteRuns
from workers.tallies import FoldTallies
from workers.topup import TopUp
from workers.upload import UploadPosters


@dataclass(frozen=True, slots=True)
class Parts:
    """What jobs are made of."""

    settings: Settings
    database: Database
    bot: Bot
    telegram: TelegramChannels
    tmdb: TmdbClient
    catalogue: Catalogue
    vault: Vault
    posters: Posters
    channels: PosterChannels
    files: PosterFiles


@asynccontextmanager
async def build(
    settings: Settings, database: Database, record: Recorder = unrecorded
) -> AsyncIterator[Parts]:
    """The workers' clients, in the lane of work with nobody waiting; `record` hears of their requests."""
    budgets = HostBudgets(database)
    tmdb_rate = settings.tmdb_requests_per_second
    async with AsyncExitStack() as opened:
        bot = make_bot(
            settings,
            BackgroundBudget(budgets, f"telegram:{settings.bot_id}", settings.telegram_messages_per_second),
            people=False,
            record=record,
        )
        opened.push_async_callback(bot.session.close)
        # Each host's own limit on connections stands in its client.
        session = await opened.enter_async_context(
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        )
        tmdb = make_tmdb(
            settings,
            session,
            budget=BackgroundBudget(budgets, "tmdb", tmdb_rate),
            image_budget=BackgroundBudget(budgets, "tmdb-images", tmdb_rate),
            patience=FOR_WORKERS,
            record=record,
        )
        catalogue = Catalogue(
            database,
            tmdb,
            language=settings.catalogue_language,
            raw_payload_history=settings.raw_payload_history,
            connections=settings.tmdb_connections,
        )
        opened.push_async_callback(catalogue.close, 0)
        yield Parts(
            settings=settings,
            database=database,
            bot=bot,
            telegram=TelegramChannels(bot),
            tmdb=tmdb,
            catalogue=catalogue,
            vault=Vault(settings.secret_key),
            posters=Posters(database),
            channels=PosterChannels(database),
            files=PosterFiles(settings.data_dir, settings.bot_id),
        )


def download(parts: Parts) -> list[Job]:
    """As many as there may be connections to the image host: a slow poster holds up no other."""
    room = Room(parts.posters, parts.settings)
    return [
        DownloadPosters(
            *(parts.posters, room, parts.tmdb, parts.files),
            bot_id=parts.settings.bot_id,
            leased_by=worker_name(),
            lease_seconds=parts.settings.lease_seconds,
        )
        for _ in range(parts.settings.tmdb_connections)
    ]


def upload(parts: Parts) -> list[Job]:
    """One for each channel."""
    return [
        UploadPosters(
            *(channel_id, parts.posters, parts.channels, parts.telegram, parts.files),
            bot_id=parts.settings.bot_id,
            web_url=parts.settings.tmdb_web_base_url,
            leased_by=worker_name(),
            lease_seconds=parts.settings.lease_seconds,
        )
        for channel_id in parts.settings.poster_channel_ids
    ]


def move(parts: Parts) -> list[Job]:
    """One for each channel."""
    settings = parts.settings
    return [
        MovePosters(
            *(channel_id, parts.database, parts.channels, parts.telegram),
            bot_id=settings.bot_id,
            channel_ids=settings.poster_channel_ids,
            leased_by=worker_name(),
            lease_seconds=settings.lease_seconds,
        )
        for channel_id in settings.poster_channel_ids
    ]


def sweep(parts: Parts) -> list[Job]:
    """Orphaned files and rows of lost hosts."""
    settings = parts.settings
    return [
        SweepPosters(parts.posters, parts.files, bot_id=settings.bot_id, lease_seconds=settings.lease_seconds)
    ]


def prewarm(parts: Parts) -> list[Job]:
    """The popular films' posters."""
    settings = parts.settings
    return [
        PrewarmPosters(
            parts.database,
            bot_id=settings.bot_id,
            size=settings.poster_size,
            films=settings.poster_prewarm,
        )
    ]


def imports(parts: Parts) -> list[Job]:
    """Imports of ratings."""
    settings = parts.settings
    importer = Importer(
        *(parts.database, parts.tmdb, parts.catalogue, parts.vault),
        bot_id=settings.bot_id,
        poster_size=settings.poster_size,
        catalogue_language=settings.catalogue_language,
    )
    return [
        RunImports(parts.database, importer, leased_by=worker_name(), lease_seconds=settings.lease_seconds)
    ]


def pushes(parts: Parts) -> list[Job]:
    """Ratings on their way to TMDB."""
    return [
        PushChanges(
            *(parts.database, parts.tmdb, parts.vault),
            leased_by=worker_name(),
            lease_seconds=parts.settings.lease_seconds,
        )
    ]


def sessions(parts: Parts) -> list[Job]:
    """Sessions to end at TMDB."""
    return [
        EndSessions(
            *(parts.database, parts.tmdb, parts.vault),
            leased_by=worker_name(),
            lease_seconds=parts.settings.lease_seconds,
        )
    ]


def notices(parts: Parts) -> list[Job]:
    """What people must be told once."""
    return [
        SendNotices(
            parts.database,
            parts.bot,
            leased_by=worker_name(),
            lease_seconds=parts.settings.lease_seconds,
        )
    ]


def inline(parts: Parts) -> list[Job]:
    """Cards sent by inline mode that lack their poster."""
    return [
        CompleteInlineMessages(parts.database, parts.bot, parts.settings, leased_by=worker_name()),
    ]


def alerts(parts: Parts) -> list[Job]:
    """What admins must be told."""
    settings = parts.settings
    email, smtp_url = settings.tmdb_sync_alert_email, settings.smtp_url
    mailer = Mailer(smtp_url, settings.smtp_from or email) if email and smtp_url else None
    return [
        SendAlerts(
            *(parts.database, parts.bot, mailer),
            leased_by=worker_name(),
            lease_seconds=settings.lease_seconds,
        )
    ]


def health(parts: Parts) -> list[Job]:
    """The rules behind the alerts."""
    if not parts.settings.health_check_enabled:
        return []
    return [CheckHealth(HealthCheck(parts.database, parts.settings))]


def live(parts: Parts) -> list[Job]:
    """Messages that move."""
    return [
        MoveMessages(
            parts.database,
            parts.bot,
            Sync(parts.database, parts.settings),
            leased_by=worker_name(),
            lease_seconds=parts.settings.lease_seconds,
        )
    ]


def sync(parts: Parts) -> list[Job]:
    """As many as there are types of runs to execute: none waits for another."""
    settings = parts.settings
    runners: dict[RunType, Runner] = {
        "export": ExportRunner(
            *(parts.database, parts.tmdb),
            include_adult=settings.include_adult,
            shrink_limit=settings.export_shrink_limit,
            recipients=Recipients.of(settings),
        ),
        "delta": DeltaRunner(
            *(parts.database, parts.tmdb),
            lookback_days=settings.tmdb_delta_lookback_days,
            include_adult=settings.include_adult,
        ),
        "lists": ListsRunner(
            *(parts.database, parts.tmdb),
            pages=settings.tmdb_list_pages,
            max_movies=settings.tmdb_list_max_movies,
            include_adult=settings.include_adult,
        ),
        "retention": RetentionRunner(parts.database, parts.telegram, settings),
        "ratings": RatingsRunner(parts.database),
    }
    return [
        ExecuteRuns(*(parts.database, runners), leased_by=worker_name(), lease_seconds=settings.lease_seconds)
        for _ in runners
    ]


def topup(parts: Parts) -> list[Job]:
    """Rows of the backfill and of stale films for the refresh queue."""
    return [TopUp(parts.database, parts.settings)]


def refresh(parts: Parts) -> list[Job]:
    """The refresh queue's lanes."""
    settings = parts.settings
    entities = Entities(
        *(parts.database, parts.tmdb),
        language=settings.catalogue_language,
        raw_payload_history=settings.raw_payload_history,
    )
    refresher = Refresher(parts.database, parts.catalogue, entities)
    outage = Outage(parts.database, Recipients.of(settings))
    return [
        RefreshCatalogue(
            *(parts.database, refresher, outage),
            leased_by=worker_name(),
            lease_seconds=settings.lease_seconds,
        )
        for _ in range(LANES)
    ]


def genres(parts: Parts) -> list[Job]:
    """Genres' names in the interface languages."""
    return [LoadGenres(parts.catalogue)]


def tallies(parts: Parts) -> list[Job]:
    """Kept counts."""
    return [FoldTallies(parts.database)]


# Every job there is, by the name `python -m workers` knows it by.
JOBS: Mapping[str, Callable[[Parts], list[Job]]] = {
    "download": download,
    "upload": upload,
    "move": move,
    "sweep": sweep,
    "prewarm": prewarm,
    "imports": imports,
    "pushes": pushes,
    "sessions": sessions,
    "notices": notices,
    "inline": inline,
    "alerts": alerts,
    "health": health,
    "live": live,
    "sync": sync,
    "topup": topup,
    "refresh": refresh,
    "genres": genres,
    "tallies": tallies,
}
