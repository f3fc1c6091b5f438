"""Updates on their way to the handlers: those of one chat in order, chats concurrently."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

import structlog
from aiogram.dispatcher.middlewares.user_context import UserContextMiddleware
from aiogram.types import Update

from core.tasks import Tasks

log = structlog.get_logger(__name__)

# Handlers at work at once; a chat's later updates wait for its earlier ones without taking a place.
CONCURRENT = 64
# Telegram keeps what is not fetched yet better than this process does.
BACKLOG = 500
# How many handled updates are remembered, so that one whose confirmation was lost is not handled twice.
REMEMBERED = 1000


class Updates:
    """Updates in hand. An exception out of `handle` is logged; answering the person is its own business."""

    def __init__(self, handle: Callable[[Update], Awaitable[object]]) -> None:
        self._handle = handle
        self._in_hand: dict[int, asyncio.Future[None]] = {}
        self._handled: deque[int] = deque(maxlen=REMEMBERED)
        self._waiting: dict[int, deque[Update]] = {}
        self._places = asyncio.Semaphore(CONCURRENT)
        self._chats = Tasks()

    def accept(self, update: Update) -> "asyncio.Future[None]":
        """Puts an update behind the earlier ones of its chat; the future ends when it is handled, or dropped.

        Telegram redelivers: an update in hand is the same update, and one just handled is done.
        """
        if known := self._in_hand.get(update.update_id):
            return known
        handled: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if update.update_id in self._handled:
            handled.set_result(None)
            return handled
        self._in_hand[update.update_id] = handled
        chat = _chat_of(update)
        if chat in self._waiting:
            self._waiting[chat].append(update)
        else:
            self._waiting[chat] = deque([update])
            self._chats.start(self._work_off(chat), "updates of a chat")
        return handled

    def is_in_hand(self, update_id: int) -> bool:
        """Whether the update was accepted and is not handled yet."""
        return update_id in self._in_hand

    async def room(self, backlog: int = BACKLOG) -> None:
        """Waits until fewer than so many updates are in hand."""
        while len(self._in_hand) >= backlog:
            await asyncio.wait(self._in_hand.values(), return_when=asyncio.FIRST_COMPLETED)

    async def close(self, timeout: float) -> None:
        """Waits up to `timeout` seconds for what is in hand, then drops it: Telegram still has it."""
        await self._chats.close(timeout)
        for dropped in self._in_hand.values():
            dropped.cancel()

    async def _work_off(self, chat: int) -> None:
        waiting = self._waiting[chat]
        while waiting:
            update = waiting.popleft()
            async with self._places:
                try:
                    await self._handle(update)
                except Exception:
                    log.exception("an update was not handled", update_id=update.update_id)
            self._handled.append(update.update_id)
            self._in_hand.pop(update.update_id).set_result(None)
        del self._waiting[chat]


def _chat_of(update: Update) -> int:
    """What orders an update: its chat; without one its sender, whose private chat has the same id."""
    context = UserContextMiddleware.resolve_event_context(update)
    return context.chat_id or context.user_id or 0
