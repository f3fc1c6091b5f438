"""Long polling that confirms an update when it is handled."""

import asyncio
from random import SystemRandom
from typing import Any

import structlog
from aiogram import Bot
from aiogram.methods import TelegramMethod
from aiogram.types import Update
from pydantic import ValidationError

from bot.dispatch import Updates
from core.errors import RetryAfter, TelegramConflict, TelegramError, TelegramUnauthorised

log = structlog.get_logger(__name__)
_dice = SystemRandom()

POLL_SECONDS = 30
# How long a batch may hold up the next one: what takes longer is confirmed while it is in hand, so a
# kill -9 may lose a slow update, but a slow film never keeps other people waiting.
SETTLE_SECONDS = 0.3
SHORTEST_BACKOFF_SECONDS, LONGEST_BACKOFF_SECONDS = 1.0, 30.0
CONFLICT_SECONDS = 5.0
# Two bots by mistake meet at every poll: one line a minute says so.
CONFLICT_SILENCE_SECONDS = 60.0


class GetUpdates(TelegramMethod[list[dict[str, Any]]]):
    """getUpdates as plain objects: one update aiogram cannot read must not hide the others."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None = None
    limit: int | None = None
    timeout: int | None = None
    allowed_updates: list[str] | None = None


def parse(raw: dict[str, Any], bot: Bot) -> Update | None:
    """An update of Telegram's, mounted to its bot; None, and a log line, if it cannot be read."""
    try:
        return Update.model_validate(raw, context={"bot": bot})
    except ValidationError as error:
        # Not the error's text: it quotes what people wrote.
        where = [".".join(map(str, problem["loc"])) for problem in error.errors(include_input=False)]
        log.error("an update of an unknown form was skipped", update_id=raw.get("update_id"), where=where)
        return None


class Polling:
    """Fetches updates and hands them to `updates`; whoever runs it cancels it, then confirms."""

    def __init__(self, bot: Bot, updates: Updates, allowed_updates: list[str]) -> None:
        self._bot = bot
        self._updates = updates
        self._allowed = allowed_updates
        self._offset: int | None = None
        self._unconfirmed: list[int] = []
        self._failures = 0
        self._conflict_said = float("-inf")

    async def run(self) -> None:
        """Polls until cancelled, at any point without loss; TelegramUnauthorised ends it."""
        while True:
            try:
                raw = await self._fetch()
            except TelegramUnauthorised:
                raise
            except TelegramError as error:
                await asyncio.sleep(self._wait_after(error))
                continue
            if self._failures:
                log.info("Telegram answers again")
                self._failures = 0
            await self._take(raw)

    async def _fetch(self) -> list[dict[str, Any]]:
        return await self._bot(
            GetUpdates(offset=self._offset, timeout=POLL_SECONDS, allowed_updates=self._allowed),
            request_timeout=POLL_SECONDS + 10,
        )

    async def _take(self, raw: list[dict[str, Any]]) -> None:
        if not raw:
            # All before the offset is confirmed. Without one the next answer may start anywhere: after
            # a quiet week Telegram may number from a lower place, which an old offset would hide.
            self._offset, self._unconfirmed = None, []
            return
        await self._updates.room()
        handled = [self._updates.accept(update) for one in raw if (update := parse(one, self._bot))]
        self._unconfirmed = [one["update_id"] for one in raw]
        self._offset = max(self._unconfirmed) + 1
        if handled:
            await asyncio.wait(handled, timeout=SETTLE_SECONDS)

    async def confirm(self) -> None:
        """Tells Telegram what was handled, so that a restart is not given it again."""
        offset = min(filter(self._updates.is_in_hand, self._unconfirmed), default=self._offset)
        if offset is None:
            return
        try:
            await self._bot(GetUpdates(offset=offset, limit=1, timeout=0), request_timeout=2)
        except TelegramError as error:
            log.warning("the last updates could not be confirmed and will come again", reason=str(error))

    def _wait_after(self, error: TelegramError) -> float:
        """Seconds until the next try; what is wrong is said once, not at every try."""
        if isinstance(error, RetryAfter):
            return error.seconds
        if isinstance(error, TelegramConflict):
            now = asyncio.get_running_loop().time()
            if now - self._conflict_said > CONFLICT_SILENCE_SECONDS:
                self._conflict_said = now
                log.error(
                    "another process fetches this bot's updates: stop one of the two",
                    kept="no update is lost, each goes to one of them",
                    reason=str(error),
                )
            return CONFLICT_SECONDS * _dice.uniform(0.5, 1.5)
        if not self._failures:
            log.warning("Telegram does not answer, trying until it does", reason=str(error))
        self._failures += 1
        backoff = SHORTEST_BACKOFF_SECONDS * 2.0 ** min(self._failures - 1, 10)
        return min(backoff, LONGEST_BACKOFF_SECONDS) * _dice.uniform(0.5, 1.0)
