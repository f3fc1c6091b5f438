"""One of TMDB's hosts: a listening socket with its limits, its faults and its place in the record."""

from __future__ import annotations

import asyncio
import hashlib
import socket
import struct
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from email.utils import format_datetime
from typing import Any, Final, Literal

from aiohttp import web

from sandbox.tmdb.clock import Clock
from sandbox.tmdb.errors import OldValidationError, TmdbError, json_response
from sandbox.tmdb.faults import Bucket, Fault, Faults, Request, Requests

RetryAfter = float | Literal["date"] | None
"""What a 429 says in Retry-After: seconds, an HTTP date (a second away), or no such header."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_LINGER: Final = struct.pack("ii", 1, 0)  # closing sends RST

_CDN_PAGE: Final = (
    "<html>\r\n<head><title>{status} {reason}</title></head>\r\n<body>\r\n<center><h1>{status} {reason}</h1>"
    "</center>\r\n<hr><center>cloudfront</center>\r\n</body>\r\n</html>\r\n"
)
_REASONS: Final = {
    404: "Not Found",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


def too_many(retry_after: RetryAfter, clock: Clock) -> web.Response:
    error = TmdbError(25)
    response = json_response(error.body, error.status)
    if retry_after == "date":
        now = clock.now()
        response.headers["Date"] = format_datetime(now, usegmt=True)
        response.headers["Retry-After"] = format_datetime(now + timedelta(seconds=1), usegmt=True)
    elif retry_after is not None:
        response.headers["Retry-After"] = f"{retry_after:g}"
    return response


def _cdn_page(status: int) -> web.Response:
    page = _CDN_PAGE.format(status=status, reason=_REASONS.get(status, "Error"))
    return web.Response(text=page, status=status, content_type="text/html")


def _reset(request: web.Request) -> None:
    transport = request.transport
    if transport is None:
        return
    peer: socket.socket | None = transport.get_extra_info("socket")
    if peer is not None:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
    transport.abort()


async def _truncated(request: web.Request, whole: web.StreamResponse) -> web.StreamResponse:
    """The first half of an answer whose length is announced in full, then the end of the connection."""
    assert isinstance(whole, web.Response)
    body = whole.body
    assert isinstance(body, bytes)
    response = web.StreamResponse(status=whole.status, headers={"Content-Type": whole.content_type})
    response.content_length = len(body)
    response.force_close()
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response


class Host:
    """Serves `routes`; with a bucket and a number of connections it refuses what goes past them with 429.

    `authorise` runs before every handler; `max_age` is put into Cache-Control of a GET, beside a weak ETag.
    """

    def __init__(
        self,
        name: str,
        routes: Sequence[web.RouteDef],
        *,
        clock: Clock,
        faults: Faults,
        requests: Requests,
        rate: float = 0,
        burst: float = 0,
        connections: int | None = None,
        retry_after: RetryAfter = None,
        authorise: Callable[[web.Request], None] | None = None,
        max_age: int | None = None,
    ) -> None:
        self.name = name
        self.bucket = Bucket(rate, burst)
        self.connections = connections
        self.retry_after: RetryAfter = retry_after
        self.latency = 0.0
        """Seconds every answer takes."""
        self._clock = clock
        self._faults = faults
        self._requests = requests
        self._authorise = authorise
        self._max_age = max_age
        self._away = False
        app = web.Application(middlewares=[self._serve], client_max_size=1 << 20)
        app.add_routes(routes)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0.1)
        self._site: web.TCPSite | None = None
        self._address = ("", 0)
        self._kept: socket.socket | None = None

    async def start(self, host: str, port: int) -> None:
        await self._runner.setup()
        self._address = (host, port)
        await self._listen()
        self._address = self._runner.addresses[0][:2]

    @property
    def url(self) -> str:
        host, port = self._address
        return f"http://{host}:{port}"

    async def _listen(self) -> None:
        self._site = web.TCPSite(self._runner, *self._address, backlog=512)
        await self._site.start()

    async def _refuse(self) -> None:
        if self._site is not None:
            await self._site.stop()
            self._site = None
            # Bound and not listening: who connects is refused, and nobody else is given the port meanwhile.
            self._kept = socket.socket()
            self._kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._kept.bind(self._address)

    def _release(self) -> None:
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    async def leave(self, *, refuse: bool) -> None:
        """Away: new connections are refused (or accepted and reset), those that are open are reset."""
        self._away = True
        if refuse:
            await self._refuse()

    async def come_back(self) -> None:
        self._away = False
        if self._site is None:
            self._release()
            await self._listen()

    async def stop(self) -> None:
        self._release()
        await self._runner.cleanup()

    def _is_crowded(self, request: web.Request) -> bool:
        """Whether the request came over a connection beyond the first so many that are open."""
        server = self._runner.server
        if self.connections is None or server is None or len(server.connections) <= self.connections:
            return False
        return request.protocol not in server.connections[: self.connections]

    @web.middleware
    async def _serve(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """One request from its limits to its line in the record; None as an answer means a reset."""
        response: web.StreamResponse | None
        if self._away:
            cause, response = "away", None
        elif self._is_crowded(request):
            cause, response = "connections", too_many(self.retry_after, self._clock)
            response.force_close()
        elif not self.bucket.take():
            cause, response = "rate", too_many(self.retry_after, self._clock)
        elif fault := self._faults.take(self.name, request.method, request.path, request.path_qs):
            cause, response = fault.kind, await self._broken(fault, request, handler)
        else:
            cause, response = "", await self._answer(request, handler)
        self._record(request, response.status if response is not None else 0, cause)
        if response is None:
            _reset(request)
            return web.Response(status=503)  # nobody is left to read it
        return response

    def _record(self, request: web.Request, status: int, cause: str) -> None:
        resource = request.match_info.route.resource
        template = resource.canonical if resource is not None else ""
        path = template if "request_token" in request.match_info else request.path
        self._requests.add(
            Request(self.name, request.method, template, path, status, time.monotonic(), cause)
        )

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self.latency:
            await asyncio.sleep(self.latency)
        try:
            if self._authorise is not None:
                self._authorise(request)
            response = await handler(request)
        except TmdbError as error:
            return json_response(error.body, error.status)
        except OldValidationError as error:
            return json_response({"errors": list(error.errors)}, 422)
        except web.HTTPMethodNotAllowed:
            return json_response(TmdbError(42).body, 405)
        except web.HTTPNotFound:
            return json_response(TmdbError(34).body, 404)
        if request.method == "GET" and response.status == 200 and self._max_age is not None:
            assert isinstance(response, web.Response)
            return self._cacheable(request, response)
        return response

    def _cacheable(self, request: web.Request, response: web.Response) -> web.Response:
        body = response.body
        assert isinstance(body, bytes)
        etag = f'W/"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'
        headers = {"Cache-Control": f"public, max-age={self._max_age}", "ETag": etag}
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers=headers)
        response.headers.update(headers)
        return response

    async def _broken(
        self, fault: Fault, request: web.Request, handler: Handler
    ) -> web.StreamResponse | None:
        match fault.kind:
            case "slow":
                await asyncio.sleep(fault.delay)
                return await self._answer(request, handler)
            case "html":
                return _cdn_page(fault.status)
            case "proxy_404":
                return _cdn_page(404)
            case "too_many":
                return too_many(fault.retry_after, self._clock)
            case "truncated":
                return await _truncated(request, await self._answer(request, handler))
            case "cut":
                whole = await self._answer(request, handler)
                assert isinstance(whole, web.Response)
                body = whole.body
                assert isinstance(body, bytes)
                return web.Response(
                    body=body[: len(body) // 2], status=whole.status, content_type=whole.content_type
                )
            case "wrong_json":
                unexpected: dict[str, Any] = {
                    "id": "six hundred",
                    "results": "none",
                    "page": None,
                    "genres": {},
                }
                return json_response(unexpected)
            case "invalid_json":
                return web.Response(text='{"id": 603, "title": ', content_type="application/json")
            case "lost":
                await self._answer(request, handler)
                return None
            case "reset":
                return None
            case "not_found":
                error = TmdbError(fault.code)
                return json_response(error.body, 404)
            case "code":
                error = TmdbError(fault.code)
                return json_response(error.body, error.status)
