"""`python -m bot`: answers people until SIGTERM or SIGINT."""

import asyncio
import signal
from collections.abc import Iterator
from typing import TypeVar

import structlog

from bot.serve import serve
from bot.wiring import build
from core.errors import (
    ConfigurationError,
    CredentialsRefused,
    DatabaseTooNew,
    TelegramUnauthorised,
    TransactionPooler,
)
from core.log import configure
from core.settings import Settings, load, refuse
from db.heartbeats import Heartbeats
from services.connection import connect, database_url
from services.heartbeat import Heartbeat

log = structlog.get_logger(__name__)

E = TypeVar("E", bound=BaseException)


async def run(settings: Settings) -> None:
    """Until cancelled."""
    database = await connect(database_url(settings), name="bot")
    heartbeat = Heartbeat(Heartbeats(database), "bot")
    try:
        async with asyncio.TaskGroup() as group:
            beating = group.create_task(heartbeat.run())
            async with build(settings, database) as app:
                await serve(app)
            beating.cancel()
    finally:
        await heartbeat.end()
        await database.close()


async def run_until_signalled(settings: Settings) -> None:
    """The first SIGTERM or SIGINT stops what runs; more of them change nothing."""
    loop = asyncio.get_running_loop()
    running = loop.create_task(run(settings), name="the bot")
    signals = (signal.SIGTERM, signal.SIGINT)

    def stop() -> None:
        for name in signals:
            loop.add_signal_handler(name, lambda: None)
        running.cancel()

    for name in signals:
        loop.add_signal_handler(name, stop)
    await asyncio.wait({running})
    if not running.cancelled():
        running.result()
    log.info("stopped")


def main() -> None:
    """Exit code 2, and a line for each, where something must be changed first."""
    settings = load(Settings)
    configure(settings, "bot")
    lines: list[str] = []
    try:
        asyncio.run(run_until_signalled(settings))
    except* CredentialsRefused as refused:
        lines += [line for error in _leaves(refused) for line in error.lines]
    except* TelegramUnauthorised as refused:
        lines += [f"BOT_TOKEN: refused ({error})" for error in _leaves(refused)]
    except* (ConfigurationError, DatabaseTooNew, TransactionPooler) as refused:
        lines += [str(error) for error in _leaves(refused)]
    if lines:
        refuse(lines)


def _leaves(group: BaseExceptionGroup[E]) -> Iterator[E]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


if __name__ == "__main__":
    main()
