"""Processes that die of SIGKILL at a named point of the product."""

import asyncio
import functools
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Callable, Coroutine
from importlib import import_module
from typing import Any, NoReturn


async def killed(work: Callable[[], Coroutine[Any, Any, None]], at: str, *, after: bool = False) -> None:
    """Runs `work` in a forked process that kills itself before (or after) the first call of `at`.

    `at` is like "db.posters.Posters.finish_upload". Forked, because a new interpreter would spend
    seconds on imports; `work` makes its own connections.
    """
    with warnings.catch_warnings():
        # Newer Pythons warn of threads: those of this process hold nothing the child needs.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:
        _die(work, at, after)
    _, status = await asyncio.to_thread(os.waitpid, pid, 0)
    died_of = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
    assert died_of == signal.SIGKILL, f"it did not come to {at}"


def _die(work: Callable[[], Coroutine[Any, Any, None]], at: str, after: bool) -> NoReturn:
    try:
        _arm(at, after)
        signal.alarm(20)
        asyncio.run(work())
    except BaseException:  # noqa: BLE001 - nothing of the parent's may run in the child
        traceback.print_exc()
        sys.stderr.flush()
    os._exit(1)


def _arm(at: str, after: bool) -> None:
    """Puts the SIGKILL around a method or function of the product."""
    owner, name = _resolve(at)
    original = getattr(owner, name)

    def kill() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    @functools.wraps(original)
    async def call(*args: Any, **kwargs: Any) -> Any:
        if not after:
            kill()
        result = await original(*args, **kwargs)
        kill()
        return result

    @functools.wraps(original)
    def plain(*args: Any, **kwargs: Any) -> Any:
        if not after:
            kill()
        result = original(*args, **kwargs)
        kill()
        return result

    setattr(owner, name, call if asyncio.iscoroutinefunction(original) else plain)


def _resolve(at: str) -> tuple[Any, str]:
    path, _, name = at.rpartition(".")
    try:
        return import_module(path), name
    except ModuleNotFoundError:
        module, _, owner = path.rpartition(".")
        return getattr(import_module(module), owner), name
