"""A part of the product as a process of its own."""

import asyncio
import json
import os
import signal
import sys
import warnings
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path


class Process:
    """A part that was forked, because importing everything anew takes seconds."""

    def __init__(self, pid: int, log: Path) -> None:
        self.pid = pid
        self._log = log

    @property
    def output(self) -> str:
        """All it wrote to stderr."""
        return self._log.read_text("utf-8")

    async def said(self, event: str) -> None:
        """Returns when it logged this (LOG_FORMAT=json)."""
        async with asyncio.timeout(20):
            while event not in self._events():
                await asyncio.sleep(0.01)

    def _events(self) -> list[str]:
        lines = [line for line in self.output.splitlines() if line.startswith("{") and line.endswith("}")]
        return [json.loads(line)["event"] for line in lines]

    def stop(self, name: signal.Signals = signal.SIGTERM) -> None:
        """Sends it a signal."""
        os.kill(self.pid, name)

    async def ended(self) -> int:
        """Its exit code."""
        async with asyncio.timeout(12):
            _, status = await asyncio.to_thread(os.waitpid, self.pid, 0)
        return os.waitstatus_to_exitcode(status)


@asynccontextmanager
async def forked(
    directory: Path, variables: Mapping[str, str], main: Callable[[], None]
) -> AsyncIterator[Process]:
    """Runs `main` in `directory` with these environment variables; killed at the end if it still runs."""
    log = directory / "stderr.log"
    log.touch()
    with warnings.catch_warnings():
        # Newer Pythons warn of threads: those of this process hold nothing the child needs.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:
        _become(log, variables, main)
    process = Process(pid, log)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _become(log: Path, variables: Mapping[str, str], main: Callable[[], None]) -> None:
    code = 1
    try:
        os.chdir(log.parent)
        os.environ.clear()
        os.environ.update(variables)
        sys.stderr = log.open("w", encoding="utf-8", buffering=1)
        signal.alarm(30)
        main()
        code = 0
    except SystemExit as ended:
        code = int(ended.code or 0)
    finally:
        sys.stderr.flush()
        os._exit(code)
