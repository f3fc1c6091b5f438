"""A part of the product as a process: settings and log at the start, signals, exit codes."""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

import structlog

from core.errors import (
    ConfigurationError,
    CredentialsRefused,
    DatabaseRefused,
    DatabaseTooNew,
    TelegramUnauthorised,
    TransactionPooler,
)
from core.log import configure
from core.settings import Settings, load, refuse

log = structlog.get_logger(__name__)

E = TypeVar("E", bound=BaseException)
Run = Callable[[Settings], Coroutine[Any, Any, None]]


def run_part(name: str, run: Run) -> None:
    """Runs a part until SIGTERM or SIGINT cancels it.

    Exit code 2, and a line for each, where something must be changed first; 1, and a traceback in the
    log, for what nobody thought of.
    """
    settings = load(Settings)
    configure(settings, name)
    lines: list[str] = []
    try:
        asyncio.run(_until_signalled(run, settings))
    except* CredentialsRefused as refused:
        lines += [line for error in _leaves(refused) for line in error.lines]
    except* TelegramUnauthorised as refused:
        lines += [f"BOT_TOKEN: refused ({error})" for error in _leaves(refused)]
    except* (ConfigurationError, DatabaseRefused, DatabaseTooNew, TransactionPooler) as refused:
        lines += [str(error) for error in _leaves(refused)]
    except* Exception as unexpected:
        log.critical("ended by an error", exc_info=unexpected)
        raise SystemExit(1) from None
    if lines:
        refuse(lines)


async def _until_signalled(run: Run, settings: Settings) -> None:
    """The first signal stops what runs; more of them change nothing."""
    loop = asyncio.get_running_loop()
    running = loop.create_task(run(settings))
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


def _leaves(group: BaseExceptionGroup[E]) -> Iterator[E]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error
