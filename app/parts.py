"""The parts of the running product: the bot and the workers, each a process of its own."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO

import structlog

log = structlog.get_logger(__name__)

# A part told to stop finishes or releases what it has in hand within ten seconds.
STOP_SECONDS = 12.0
LONGEST_PAUSE_SECONDS = 30.0

# A part ends with this code when its settings or credentials are refused: starting it again is useless.
REFUSED = 2


@dataclass(frozen=True, slots=True)
class Part:
    """A module with a `__main__`, and its arguments."""

    name: str
    arguments: tuple[str, ...] = ()


PARTS = (Part("bot"), Part("workers"))


class Parts:
    """Starts the parts, starts one again that ended by itself, stops all of them."""

    def __init__(self, environment: Mapping[str, str], output: IO[bytes] | None = None) -> None:
        self._environment = dict(environment)
        self._output = output
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Asks `run` to end."""
        self._stopping.set()

    def pid(self, name: str) -> int | None:
        """The process a part runs in now."""
        process = self._processes.get(name)
        return process.pid if process else None

    async def run(self) -> int:
        """Until `stop` (then 0), or until a part is refused (then 2)."""
        async with asyncio.TaskGroup() as group:
            keeping = [group.create_task(self._keep(part)) for part in PARTS]
        return max(task.result() for task in keeping)

    async def _keep(self, part: Part) -> int:
        pause = 1.0
        loop = asyncio.get_running_loop()
        while not self._stopping.is_set():
            started = loop.time()
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", part.name, *part.arguments),
                env={**os.environ, **self._environment},
                # Ctrl-C is ours to hand on: a part would otherwise be told twice.
                start_new_session=True,
                stdout=self._output,
                stderr=self._output,
            )
            self._processes[part.name] = process
            code = await self._ended(process)
            if self._stopping.is_set():
                return 0
            if code == REFUSED:
                self.stop()
                return REFUSED
            pause = 1.0 if loop.time() - started > LONGEST_PAUSE_SECONDS else pause * 2
            pause = min(pause, LONGEST_PAUSE_SECONDS)
            log.warning("a part ended and is started again", ended=part.name, code=code, seconds=pause)
            await self._sleep(pause)
        return 0

    async def _ended(self, process: asyncio.subprocess.Process) -> int:
        """The part's exit code; a stop, and a cancellation of ours, ends it first."""
        loop = asyncio.get_running_loop()
        ended = loop.create_task(process.wait())
        stopping = loop.create_task(self._stopping.wait())
        try:
            await asyncio.wait((ended, stopping), return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            if not ended.done():
                process.send_signal(signal.SIGTERM)
                await asyncio.wait((ended,), timeout=STOP_SECONDS)
            if not ended.done():
                process.kill()
            code = await ended
        return code

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return
