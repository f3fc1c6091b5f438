"""Updates on their way to the handlers: one at a time in a chat, chats concurrently.

In a group people take turns: each person's updates stay in order, and nobody waits for all of another's.
Of the inline queries that wait while a person types, only the newest is handled.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Literal

import structlog
from aiogram.dispatcher.middlewares.user_context import UserContextMiddleware
from aiogram.types import Update

from core.tasks import Tasks

log = structlog.get_logger(__name__)

# A chat's updates, or those of one person's inline mode, which do not wait for a slow card.
Lane = tuple[Literal["chat", "inline"], int]
Admit = Callable[[Update], Update | None]

# Handlers at work at once; a chat's later updates wait for its earlier ones without taking a place.
CONCURRENT = 64
# Telegram keeps what is not fetched yet better than this process does.
BACKLOG = 500
# How many handled updates are remembered, so that one whose confirmation was lost is not handled twice.
REMEMBERED = 1000


class Updates:
    """Updates in hand. An exception out of `handle` is logged; answering the person is its own business.

    `admit` gives an update as it is to be handled; None: it is done with.
    """

    def __init__(
        self, handle: Callable[[Update], Awaitable[object]], admit: Admit = lambda update: update
    ) -> None:
        self._handle = handle
        self._admit = admit
        self._in_hand: dict[int, asyncio.Future[None]] = {}
        self._handled: deque[int] = deque(maxlen=REMEMBERED)
        self._waiting: dict[Lane, dict[int, deque[Update]]] = {}
        self._places = asyncio.Semaphore(CONCURRENT)
        self._lanes = Tasks()

    def accept(self, update: Update) -> "asyncio.Future[None]":
        """Puts an update behind its person's earlier ones; the future ends when it is handled, or dropped.

        Telegram redelivers: an update in hand is the same update, and one just handled is done.
        """
        if known := self._in_hand.get(update.update_id):
            return known
        handled: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if update.update_id in self._handled:
            handled.set_result(None)
            return handled
        self._in_hand[update.update_id] = handled
        admitted = self._admit(update)
        if admitted is None:
            self._done(update)
        else:
            self._enqueue(admitted)
        return handled

    def _enqueue(self, update: Update) -> None:
        lane, person = _place_of(update)
        if lane not in self._waiting:
            self._waiting[lane] = {}
            self._lanes.start(self._work_off(lane), "updates of a chat")
        mine = self._waiting[lane].setdefault(person, deque())
        if update.inline_query:
            for older in [one for one in mine if one.inline_query]:
                mine.remove(older)
                self._done(older)
        mine.append(update)

    def is_in_hand(self, update_id: int) -> bool:
        """Whether the update was accepted and is not handled yet."""
        return update_id in self._in_hand

    async def room(self, backlog: int = BACKLOG) -> None:
        """Waits until fewer than so many updates are in hand."""
        while len(self._in_hand) >= backlog:
            await asyncio.wait(self._in_hand.values(), return_when=asyncio.FIRST_COMPLETED)

    async def close(self, timeout: float) -> None:
        """Waits up to `timeout` seconds for what is in hand, then drops it: Telegram still has it."""
        await self._lanes.close(timeout)
        for dropped in self._in_hand.values():
            dropped.cancel()

    async def _work_off(self, lane: Lane) -> None:
        waiting = self._waiting[lane]
        while waiting:
            person, updates = next(iter(waiting.items()))
            update = updates.popleft()
            # Whoever has more goes behind all others.
            del waiting[person]
            if updates:
                waiting[person] = updates
            async with self._places:
                try:
                    await self._handle(update)
                except Exception:
                    log.exception("an update was not handled", update_id=update.update_id)
            self._done(update)
        del self._waiting[lane]

    def _done(self, update: Update) -> None:
        self._handled.append(update.update_id)
        self._in_hand.pop(update.update_id).set_result(None)


def _place_of(update: Update) -> tuple[Lane, int]:
    """The lane an update waits in, and whose it is there."""
    context = UserContextMiddleware.resolve_event_context(update)
    user_id = context.user_id or 0
    return (("inline", user_id) if context.chat_id is None else ("chat", context.chat_id)), user_id
