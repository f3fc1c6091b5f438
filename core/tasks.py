"""Background work that has an owner."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

import structlog

log = structlog.get_logger(__name__)

T = TypeVar("T")


async def shielded(work: Coroutine[Any, Any, T]) -> T:
    """Runs `work` to its end: a caller who is cancelled meanwhile is cancelled after it."""
    task = asyncio.get_running_loop().create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        if not task.cancelled() and (error := task.exception()):
            log.error("work that outlived its caller failed", exc_info=error)
        raise


async def together(work: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Runs all at once; the first failure cancels the others and is raised as itself, not in a group."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one) for one in work]
    except BaseExceptionGroup as failures:
        failure: BaseException = failures
    else:
        return [task.result() for task in tasks]
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    raise failure


class Tasks:
    """Side work started from a handler or a worker; its owner waits for it when it stops.

    A TaskGroup fits where the starter also waits; this fits where the starter answers a person first.
    """

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        """Runs `work` beside the caller; what it raises is logged with its stack."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("background work failed", task=task.get_name(), exc_info=error)

    async def close(self, timeout: float) -> None:
        """Waits up to `timeout` seconds for what runs, then cancels the rest."""
        if not self._running:
            return
        _, late = await asyncio.wait(set(self._running), timeout=timeout)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)
