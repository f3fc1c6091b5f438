"""A bot's updates: numbered, kept until confirmed, handed out by getUpdates or posted to a webhook."""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson

from sandbox.telegram.clock import Clock
from sandbox.telegram.errors import conflict

Json = dict[str, Any]

_ON_REQUEST_ONLY = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
_KEPT_FOR_REDELIVERY = 10_000


@dataclass(slots=True)
class Webhook:
    url: str
    secret_token: str | None = None
    max_connections: int = 40
    last_error_date: int | None = None
    last_error_message: str | None = None
    in_flight: set[int] = field(default_factory=set)


class UpdateQueue:
    def __init__(self, clock: Clock, on_poll: Callable[[], object]) -> None:
        self._clock = clock
        self._on_poll = on_poll
        # As at Telegram, the first number says nothing about how many there were.
        self.next_id = random.randrange(100_000_000, 900_000_000)
        self.allowed: frozenset[str] | None = None
        self.webhook: Webhook | None = None
        self.webhook_retry_seconds = 0.2
        """The first pause after a failed delivery; it doubles up to 25 times this."""
        self.given: deque[Json] = deque(maxlen=_KEPT_FOR_REDELIVERY)
        """Every update there was, oldest first."""
        self._pending: deque[Json] = deque()
        self._again: deque[Json] = deque()
        self._poll: asyncio.Future[None] | None = None
        self._deliveries: asyncio.Task[None] | None = None
        self._arrived = asyncio.Event()

    def __len__(self) -> int:
        return len(self._pending) + len(self._again)

    @property
    def polled(self) -> bool:
        """A getUpdates call is waiting for updates."""
        return self._poll is not None and not self._poll.done()

    def wants(self, kind: str) -> bool:
        return kind in self.allowed if self.allowed is not None else kind not in _ON_REQUEST_ONLY

    def push(self, kind: str, payload: Json) -> int | None:
        """Numbers and queues an update; None: this bot did not ask for its kind."""
        if not self.wants(kind):
            return None
        update_id = self.next_id
        update: Json = {"update_id": update_id, kind: payload}
        self.next_id += 1
        self.given.append(update)
        self._pending.append(update)
        self._wake()
        return update_id

    def redeliver(self, update_id: int | None = None) -> Json:
        """Hands an update out once more under its old number, whatever was confirmed; None: the last one."""
        update = (
            self.given[-1]
            if update_id is None
            else next(given for given in self.given if given["update_id"] == update_id)
        )
        self.inject(update)
        return update

    def inject(self, update: Json) -> None:
        """Hands out any update, before all others and only once: a forged or an out-of-order number."""
        self._again.append(update)
        self._wake()

    def drop_pending(self) -> None:
        self._pending.clear()
        self._again.clear()

    def _wake(self) -> None:
        self._arrived.set()
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)

    def _end_poll(self, error: Exception) -> None:
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(error)

    # Long polling

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            while len(self._pending) > -offset:
                self._pending.popleft()
        elif offset <= self.next_id + 10:
            # A number far ahead is no confirmation: it is left over from before the numbers restarted.
            while self._pending and self._pending[0]["update_id"] < offset:
                self._pending.popleft()

    def _batch(self, limit: int) -> list[Json]:
        batch: list[Json] = []
        while self._again and len(batch) < limit:
            batch.append(self._again.popleft())
        for update in self._pending:
            if len(batch) >= limit:
                break
            batch.append(update)
        return batch

    async def get(
        self, offset: int, limit: int, timeout: float, allowed: frozenset[str] | None
    ) -> list[Json]:
        """getUpdates: what is unconfirmed, or what arrives within the timeout in seconds."""
        if self.webhook is not None:
            raise conflict(
                "can't use getUpdates method while webhook is active;"
                " use deleteWebhook to delete the webhook first"
            )
        self._end_poll(
            conflict(
                "terminated by other getUpdates request; make sure that only one bot instance is running"
            )
        )
        if allowed is not None:
            self.allowed = allowed or None
        self._confirm(offset)
        batch = self._batch(limit)
        if batch or timeout <= 0:
            return batch
        self._poll = poll = asyncio.get_running_loop().create_future()
        self._on_poll()
        try:
            async with asyncio.timeout(timeout):
                await poll
        except TimeoutError:
            return []
        finally:
            if self._poll is poll:
                self._poll = None
        return self._batch(limit)

    # Webhook

    def set_webhook(
        self,
        webhook: Webhook,
        session: aiohttp.ClientSession,
        on_reply: Callable[[aiohttp.ClientResponse, bytes], Awaitable[None]],
    ) -> None:
        """Starts delivering; `on_reply` gets a 2xx answer that has a body, which may hold a method call."""
        self._end_poll(conflict("terminated by setWebhook request"))
        self.delete_webhook()
        self.webhook = webhook
        self._arrived.set()
        self._deliveries = asyncio.create_task(self._deliver(webhook, session, on_reply))

    def delete_webhook(self) -> None:
        self.webhook = None
        if self._deliveries is not None:
            self._deliveries.cancel()
            self._deliveries = None

    async def close(self) -> None:
        """Ends deliveries and the waiting poll."""
        deliveries = self._deliveries
        self.delete_webhook()
        if deliveries is not None:
            await asyncio.gather(deliveries, return_exceptions=True)
        if self._poll is not None:
            self._poll.cancel()

    async def _deliver(
        self,
        webhook: Webhook,
        session: aiohttp.ClientSession,
        on_reply: Callable[[aiohttp.ClientResponse, bytes], Awaitable[None]],
    ) -> None:
        free = asyncio.Semaphore(webhook.max_connections)
        async with asyncio.TaskGroup() as posts:
            while True:
                await self._arrived.wait()
                self._arrived.clear()
                while self._again:
                    await free.acquire()
                    posts.create_task(self._post(webhook, session, self._again.popleft(), free, on_reply))
                for update in list(self._pending):
                    if update["update_id"] not in webhook.in_flight:
                        await free.acquire()
                        webhook.in_flight.add(update["update_id"])
                        posts.create_task(self._post(webhook, session, update, free, on_reply))

    async def _post(
        self,
        webhook: Webhook,
        session: aiohttp.ClientSession,
        update: Json,
        free: asyncio.Semaphore,
        on_reply: Callable[[aiohttp.ClientResponse, bytes], Awaitable[None]],
    ) -> None:
        """Posts one update until the webhook takes it."""
        headers = {"Content-Type": "application/json"}
        if webhook.secret_token:
            headers["X-Telegram-Bot-Api-Secret-Token"] = webhook.secret_token
        pause = self.webhook_retry_seconds
        try:
            while True:
                try:
                    async with session.post(
                        webhook.url, data=orjson.dumps(update), headers=headers
                    ) as response:
                        body = await response.read()
                        if 200 <= response.status < 300:
                            if body:
                                await on_reply(response, body)
                            break
                        error = f"Wrong response from the webhook: {response.status} {response.reason}"
                except (aiohttp.ClientError, TimeoutError, OSError) as failure:
                    error = "Connection refused" if isinstance(failure, OSError) else "Read timeout expired"
                webhook.last_error_date = int(self._clock.time())
                webhook.last_error_message = error
                await asyncio.sleep(pause)
                pause = min(pause * 2, 25 * self.webhook_retry_seconds)
            if update in self._pending:
                self._pending.remove(update)
            webhook.in_flight.discard(update["update_id"])
        finally:
            free.release()
