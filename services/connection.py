"""How bot and workers come to their database."""

import asyncio

import structlog

from core.errors import ConfigurationError, DatabaseTooOld, DatabaseUnavailable
from core.settings import DatabaseSettings
from db.pool import Database

log = structlog.get_logger(__name__)

RETRY_SECONDS = 2.0


def database_url(settings: DatabaseSettings) -> str:
    """Where the database is; ConfigurationError where only `make run` would start one."""
    if settings.database_url:
        return settings.database_url.get_secret_value()
    from db.embedded import EmbeddedPostgres  # only where it is needed: it looks for its programs

    server = EmbeddedPostgres(settings.data_dir / "postgres")
    if not server.is_running():
        raise ConfigurationError(
            "DATABASE_URL", "a postgresql:// URL, or empty with `make run`, which starts PostgreSQL itself"
        )
    return server.url


async def connect(url: str, *, name: str) -> Database:
    """The database, waited for until it is there and migrated.

    Raises DatabaseRefused, DatabaseTooNew, TransactionPooler.
    """
    said = ""
    while True:
        try:
            return await Database.connect(url, name=name)
        except (DatabaseUnavailable, DatabaseTooOld) as error:
            if str(error) != said:
                said = str(error)
                log.warning("waiting for the database", reason=said)
        await asyncio.sleep(RETRY_SECONDS)
