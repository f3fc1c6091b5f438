"""TMDB as the product uses it."""

import aiohttp

from clients.budget import Budget
from clients.requests import Recorder, unrecorded
from clients.tmdb.client import TmdbClient
from clients.tmdb.host import FOR_PEOPLE, FOR_WORKERS, Patience
from core.settings import Settings

__all__ = ["FOR_PEOPLE", "FOR_WORKERS", "Patience", "TmdbClient", "make_tmdb"]


def make_tmdb(
    settings: Settings,
    session: aiohttp.ClientSession,
    *,
    budget: Budget,
    image_budget: Budget,
    patience: Patience,
    record: Recorder = unrecorded,
) -> TmdbClient:
    """The client at the configured addresses; the session is the caller's to close."""
    return TmdbClient(
        session,
        api_url=settings.tmdb_api_base_url,
        image_url=settings.tmdb_image_base_url,
        export_url=settings.tmdb_export_base_url,
        web_url=settings.tmdb_web_base_url,
        budget=budget,
        image_budget=image_budget,
        access_token=settings.tmdb_access_token,
        api_key=settings.tmdb_api_key,
        language=settings.catalogue_language,
        connections=settings.tmdb_connections,
        patience=patience,
        proxy=settings.proxy_url,
        record=record,
    )
