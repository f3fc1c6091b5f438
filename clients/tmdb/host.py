"""One of TMDB's hosts: connections, budget, time limits and retries; none of aiohttp's errors leave it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from random import SystemRandom
from typing import Any, TypeVar

import aiohttp
import orjson
import structlog
from pydantic import SecretStr

from clients.budget import Budget
from clients.requests import Recorder, recorded, unrecorded
from clients.tmdb import answers
from core.errors import FilmotekaError, Malformed, RateLimited, TmdbError, Unavailable
from core.log import Redaction
from core.payloads import decode

T = TypeVar("T")
Fields = Mapping[str, str | int | float | SecretStr]

_LONGEST_DELAY = 30.0

_log = structlog.get_logger(__name__)
_dice = SystemRandom()


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long one call is tried; all times in seconds."""

    tries: int
    total: float  # from the first try to giving up, waiting for the budget included
    attempt: float  # for one answer
    first_delay: float  # doubled for every further try, times a random 0.5 to 1.5


FOR_PEOPLE = Patience(tries=3, total=8.0, attempt=5.0, first_delay=0.2)
FOR_WORKERS = Patience(tries=6, total=120.0, attempt=20.0, first_delay=0.5)


class Host:
    """Requests to one host, each tried as its patience allows; `name` is what the recorder calls it."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        base_url: str,
        *,
        name: str,
        budget: Budget,
        connections: int,
        patience: Patience,
        proxy: SecretStr | None = None,
        access_token: SecretStr | None = None,
        query: Fields | None = None,
        record: Recorder = unrecorded,
    ) -> None:
        self._session = session
        self._name = name
        self._base_url = base_url.rstrip("/")
        self._budget = budget
        self._connections = asyncio.Semaphore(connections)
        self._patience = patience
        self._proxy = proxy.get_secret_value() if proxy else None
        self._access_token = access_token
        self._query = query or {}
        self._record = record

    async def call(
        self,
        method: str,
        endpoint: str,
        read: Callable[[Any], T],
        *,
        path: Mapping[str, int | str] | None = None,
        query: Fields | None = None,
        body: Fields | None = None,
        repeatable: bool = True,
    ) -> T:
        """What `read` makes of the answer's JSON; `endpoint` is a template that `path` fills.

        A call that is not `repeatable` is sent again only where TMDB cannot have acted on it.
        """
        label = f"TMDB {method} {endpoint}"
        query = {**self._query, **(query or {})}
        with_session = "session_id" in query or "session_id" in (body or {})

        def hide(said: str) -> str:
            return _redaction(self._access_token, *query.values(), *(body or {}).values()).text(said)

        headers = {"Content-Type": "application/json"} if body is not None else {}
        if self._access_token:
            headers["Authorization"] = f"Bearer {self._access_token.get_secret_value()}"

        async def attempt(deadline: float, retry: bool) -> T:
            async with AsyncExitStack() as held:
                await self._wait_for_turn(held, label, deadline)
                with recorded(self._record, self._name, method, endpoint, retry=retry) as sent:
                    response = await self._open(
                        held,
                        self._session,
                        label,
                        method,
                        endpoint.format(**(path or {})),
                        params=_plain(query),
                        data=orjson.dumps(_plain(body)) if body is not None else None,
                        headers=headers,
                        timeout=aiohttp.ClientTimeout(total=self._patience.attempt),
                    )
                    content = await _read(label, response)
                    sent.status = response.status
            value = _json(content)
            error = answers.failure(
                label, response.status, response.headers, value, with_session=with_session, hide=hide
            )
            if error is not None:
                raise error
            try:
                return read(value)
            except Malformed as unreadable:
                reason = str(unreadable)
            raise Malformed(f"{label}: {reason}", status=response.status)

        return await self._persist(label, attempt, repeatable)

    @asynccontextmanager
    async def stream(
        self,
        endpoint: str,
        path: Mapping[str, str],
        *,
        missing: type[FilmotekaError],
        missing_status: Collection[int],
    ) -> "AsyncIterator[Stream]":
        """The body of a GET as it is sent, while the block lasts; raises `missing` at those statuses."""
        label = f"{self._name} GET {endpoint}"

        async with AsyncExitStack() as kept:
            # A file is what its sender compressed: only a session of its own leaves it so.
            session = await kept.enter_async_context(
                aiohttp.ClientSession(
                    connector=self._session.connector, connector_owner=False, auto_decompress=False
                )
            )

            async def attempt(deadline: float, retry: bool) -> Stream:
                async with AsyncExitStack() as held:
                    await self._wait_for_turn(held, label, deadline)
                    with recorded(self._record, self._name, "GET", endpoint, retry=retry) as sent:
                        response = await self._open(
                            held,
                            session,
                            label,
                            "GET",
                            endpoint.format(**path),
                            headers={"Accept-Encoding": "identity"},
                            # Whoever reads the body decides how long in all; each piece must come in time.
                            timeout=aiohttp.ClientTimeout(
                                total=None,
                                sock_connect=self._patience.attempt,
                                sock_read=self._patience.attempt,
                            ),
                        )
                        sent.status = response.status
                    if response.status in missing_status:
                        raise missing(f"{label}: {response.status}")
                    if response.status == 429:
                        wait = answers.retry_after(response.headers)
                        raise RateLimited(f"{label}: 429", retry_after=wait, status=429)
                    if response.status != 200:
                        raise Unavailable(f"{label}: {response.status}", status=response.status)
                    await kept.enter_async_context(held.pop_all())
                    return Stream(label, response)

            yield await self._persist(label, attempt, repeatable=True)

    async def _persist(
        self, label: str, attempt: Callable[[float, bool], Awaitable[T]], repeatable: bool
    ) -> T:
        clock = asyncio.get_running_loop().time
        started = clock()
        deadline = started + self._patience.total
        delay = self._patience.first_delay
        tries = 0
        while True:
            tries += 1
            error: RateLimited | Unavailable | Malformed
            try:
                answer = await attempt(deadline, tries > 1)
            except (RateLimited, Unavailable, Malformed) as failed:
                error = failed
            else:
                _log.debug("tmdb call", call=label, tries=tries, seconds=round(clock() - started, 3))
                return answer
            wait = min(delay, _LONGEST_DELAY) * _dice.uniform(0.5, 1.5)
            delay *= 2
            if isinstance(error, RateLimited) and error.retry_after is not None:
                await self._budget.pause(error.retry_after)
                wait = error.retry_after + _dice.uniform(0, self._patience.first_delay)
            untouched = isinstance(error, RateLimited) or (isinstance(error, Unavailable) and not error.sent)
            may_repeat = repeatable or untouched
            if not may_repeat or tries == self._patience.tries or clock() + wait >= deadline:
                _log.warning("tmdb call failed", call=label, tries=tries, error=str(error))
                raise error
            _log.info(
                "tmdb call is tried again", call=label, tries=tries, wait=round(wait, 3), error=str(error)
            )
            await asyncio.sleep(wait)

    async def _open(
        self,
        held: AsyncExitStack,
        session: aiohttp.ClientSession,
        label: str,
        method: str,
        path: str,
        **options: Any,
    ) -> aiohttp.ClientResponse:
        """The answer, its body unread; `held` gives back what it occupies."""
        try:
            return await held.enter_async_context(
                session.request(
                    method, self._base_url + path, proxy=self._proxy, allow_redirects=False, **options
                )
            )
        except (aiohttp.ClientError, OSError) as failed:
            error = _outage(label, failed)
        # Raised here, not in the handler: aiohttp's errors carry URLs and headers, and would be its context.
        raise error

    async def _wait_for_turn(self, held: AsyncExitStack, label: str, deadline: float) -> None:
        turn = asyncio.timeout_at(deadline)
        try:
            async with turn:
                await held.enter_async_context(self._connections)
                await self._budget.acquire()
        except TimeoutError:
            if not turn.expired():
                raise
        else:
            return
        raise RateLimited(f"{label}: the budget for this host gave no turn in time")


class Stream:
    """A body that arrives while it is read."""

    def __init__(self, label: str, response: aiohttp.ClientResponse) -> None:
        self._label = label
        self._response = response
        self.size = response.content_length
        """Bytes of the whole, where the host said so; fewer of them are a break."""

    async def chunks(self, size: int = 1 << 16) -> AsyncIterator[bytes]:
        """Its pieces; Unavailable where it breaks off."""
        error: TmdbError
        try:
            async for chunk in self._response.content.iter_chunked(size):
                yield chunk
        except (aiohttp.ClientError, OSError) as failed:
            error = _outage(self._label, failed)
        else:
            return
        raise error


async def _read(label: str, response: aiohttp.ClientResponse) -> bytes:
    try:
        return await response.read()
    except (aiohttp.ClientError, OSError) as failed:
        error = _outage(label, failed)
    raise error


def _outage(label: str, failed: Exception) -> Unavailable:
    """The same without what aiohttp says of the request."""
    why = getattr(failed, "strerror", None) or type(failed).__name__
    if isinstance(failed, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return Unavailable(f"{label}: no connection ({why})", sent=False)
    if isinstance(failed, TimeoutError):
        return Unavailable(f"{label}: no answer in time")
    return Unavailable(f"{label}: the connection broke ({why})")


def _json(content: bytes) -> Any:
    try:
        return decode(content)
    except ValueError:
        return None


def _plain(fields: Fields) -> dict[str, str | int | float]:
    return {
        name: value.get_secret_value() if isinstance(value, SecretStr) else value
        for name, value in fields.items()
    }


def _redaction(*values: object) -> Redaction:
    return Redaction(value.get_secret_value() for value in values if isinstance(value, SecretStr))
