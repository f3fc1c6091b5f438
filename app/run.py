"""`make run`: PostgreSQL if it is ours, migrations, bot and workers, until Ctrl-C."""

import asyncio
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from app.parts import Parts
from core.errors import DatabaseError, DatabaseRefused, DatabaseUnavailable
from core.log import configure
from core.settings import DatabaseSettings, Settings, load
from db.embedded import EmbeddedPostgres
from db.pool import migrated

log = structlog.get_logger(__name__)

# A database that is starting or restarting is waited for; the operator is told.
DATABASE_RETRY_SECONDS = 2.0


@contextmanager
def postgres(settings: DatabaseSettings) -> Iterator[str]:
    """The database's URL: the operator's, or that of the embedded server, which runs as long as we do."""
    if settings.database_url:
        yield settings.database_url.get_secret_value()
        return
    server = EmbeddedPostgres(settings.data_dir / "postgres")
    log.info("starting PostgreSQL", directory=str(server.directory))
    try:
        server.start()
        yield server.url
    finally:
        server.stop()
        log.info("PostgreSQL has stopped")


async def prepare(url: str) -> None:
    """Migrates the database, waiting for a server that is not there yet."""
    while True:
        try:
            applied = await migrated(url)
        except DatabaseUnavailable as error:
            log.warning("waiting for the database", reason=str(error))
            await asyncio.sleep(DATABASE_RETRY_SECONDS)
            continue
        for migration in applied:
            log.info("applied a migration", version=migration.version, name=migration.name)
        return


async def _run(url: str) -> int:
    parts = Parts({"DATABASE_URL": url})
    loop = asyncio.get_running_loop()
    preparing = loop.create_task(prepare(url))

    def stop() -> None:
        preparing.cancel()
        parts.stop()

    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop)
    await asyncio.wait({preparing})
    if preparing.cancelled():
        return 0
    preparing.result()
    log.info("the bot and the workers are starting; Ctrl-C stops them")
    return await parts.run()


def main() -> int:
    """The exit code: 0 after Ctrl-C, 1 for an unfit database, 2 for refused settings or credentials."""
    settings = load(Settings)
    configure(settings, "app")
    # Until the loop runs, SIGTERM ends us as Ctrl-C does: a server of ours must not be left behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with postgres(settings) as url:
            return asyncio.run(_run(url))
    except (DatabaseError, RuntimeError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2 if isinstance(error, DatabaseRefused) else 1
    except KeyboardInterrupt:
        return 0
