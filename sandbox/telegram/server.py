"""The stand-in itself: an HTTP server that speaks the Bot API, and the record of what was called."""

import asyncio
import socket
import struct
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

import aiohttp
import orjson
from aiohttp import web

from sandbox.telegram.clock import Clock
from sandbox.telegram.control import Control
from sandbox.telegram.errors import ApiError, too_many_requests
from sandbox.telegram.files import Upload
from sandbox.telegram.limits import Fault, Faults, Limits
from sandbox.telegram.methods import Methods
from sandbox.telegram.parameters import SIGNATURES, decode, read
from sandbox.telegram.world import Bot, Chat, Person, World

Json = dict[str, Any]
Found = TypeVar("Found")

_MAX_REQUEST_BYTES = 52 * 1024 * 1024
_METHODS = {name.lower(): name for name in SIGNATURES}


@dataclass(slots=True, frozen=True)
class SentFile:
    """An upload as it is remembered: without its content."""

    name: str
    size: int
    sha256: str


@dataclass(slots=True, eq=False)
class Call:
    """One call of the Bot API and what became of it."""

    bot_id: int
    method: str
    at: float
    """Monotonic seconds of this process."""
    bytes: int
    """Of the request's body on the wire."""
    chat_id: int | str | None = None
    parameters: Json = field(default_factory=dict)
    """As given, until the method has read them; then with their types."""
    files: dict[str, SentFile] = field(default_factory=dict)
    """Uploads by field name."""
    status: int = 0
    """0 while it runs, and where the connection was dropped without an answer."""
    answer: Json | None = None
    seconds: float = 0.0
    lost: bool = False
    """The call took effect, its answer never left."""

    @property
    def result(self) -> Any:
        """What the method returned; None if it was refused."""
        return None if self.answer is None else self.answer.get("result")

    @property
    def error(self) -> str | None:
        return None if self.answer is None else self.answer.get("description")


class TelegramStandIn:
    """Telegram on loopback: bots call `api_url`, people act through `Person`, tests read `calls`."""

    def __init__(self, limits: Limits | None = None, keep_calls: int | None = 100_000) -> None:
        self.clock = Clock()
        self.limits = limits or Limits()
        self.faults = Faults()
        self.world = World(self.clock, self.limits)
        self.away = False
        """Every connection of a bot is reset."""
        self.link_base = ""
        """What stands for https://t.me in links that a browser opens; set by start()."""
        self._calls: deque[Call] = deque(maxlen=keep_calls)
        self._runner: web.AppRunner | None = None
        self._session: aiohttp.ClientSession | None = None
        self._methods: Methods | None = None
        self._url = ""

    # Life

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))
        self._methods = Methods(self.world, self._session)
        app = web.Application(client_max_size=_MAX_REQUEST_BYTES)
        app.router.add_route("*", "/bot{token:[^/]+}/{method}", self._serve_call)
        app.router.add_get("/file/bot{token:[^/]+}/{path:.+}", self._serve_file)
        Control(self).add_routes(app.router)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        self._url = f"http://{host}:{self._runner.addresses[0][1]}"
        self.link_base = f"{self._url}/t.me"

    async def stop(self) -> None:
        for bot in self.world.bots.values():
            await bot.updates.close()
        if self._runner is not None:
            await self._runner.cleanup()
        if self._session is not None:
            await self._session.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    @property
    def api_url(self) -> str:
        """The Bot API's base: calls go to {api_url}/bot{token}/{method}."""
        return self._url

    @property
    def page_url(self) -> str:
        """The chat page."""
        return f"{self._url}/"

    # The world

    def add_bot(
        self,
        token: str,
        username: str,
        first_name: str | None = None,
        can_join_groups: bool = True,
        can_read_all_group_messages: bool = False,
        supports_inline_queries: bool = False,
        inline_feedback: bool = False,
    ) -> Bot:
        """A bot as BotFather makes it; inline_feedback: chosen_inline_result is sent."""
        return self.world.add_bot(
            token,
            username,
            first_name,
            can_join_groups,
            can_read_all_group_messages,
            supports_inline_queries,
            inline_feedback,
        )

    def add_person(
        self, person_id: int, first_name: str, language_code: str | None = None, username: str | None = None
    ) -> Person:
        return self.world.add_person(person_id, first_name, language_code, username)

    def add_channel(
        self,
        channel_id: int,
        title: str,
        administrators: Iterable[Bot] = (),
        username: str | None = None,
    ) -> Chat:
        """A channel (id like -1001234567890) in which these bots have every administrator's right."""
        return self.world.add_channel(channel_id, title, administrators, username)

    def add_group(
        self,
        group_id: int,
        title: str,
        people: Iterable[Person],
        bots: Iterable[Bot] = (),
        administrators: Iterable[Bot] = (),
    ) -> Chat:
        """A supergroup, or a basic group if its id is like -4001234; the first of the people founded it."""
        return self.world.add_group(group_id, title, people, bots, administrators)

    def kill_file_id(self, file_id: str) -> None:
        """Telegram forgets the file for the bot that holds this id, with all its sizes."""
        self.world.file_ids.kill(file_id)

    def forget_failed_urls(self) -> None:
        """Ends the days for which Telegram remembers that a photo's address failed."""
        assert self._methods is not None, "not started"
        self._methods.forget_failed_urls()

    async def wait_until(
        self, look: Callable[[], Found | Literal[False] | None], timeout: float = 10.0
    ) -> Found:
        """The first true value of `look`, called now and after every call, message, press or answer."""
        return await self.world.wait_until(look, timeout)

    # The record

    def calls(
        self, method: str | None = None, chat_id: int | None = None, bot: Bot | None = None
    ) -> list[Call]:
        """Calls that are over, oldest first."""
        return list(self._matching(method, chat_id, bot))

    def _matching(self, method: str | None, chat_id: int | None, bot: Bot | None) -> Iterator[Call]:
        for call in self._calls:
            if (
                (method is None or call.method == method)
                and (chat_id is None or call.chat_id == chat_id)
                and (bot is None or call.bot_id == bot.id)
            ):
                yield call

    def forget_calls(self) -> None:
        self._calls.clear()

    # HTTP

    async def _serve_call(self, request: web.Request) -> web.StreamResponse:
        if self.away:
            return _drop(request)
        started = asyncio.get_running_loop().time()
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return _json(413, {"ok": False, "error_code": 413, "description": "Request Entity Too Large"})
        bot = self.world.bots.get(request.match_info["token"])
        if bot is None:
            return _json(401, {"ok": False, "error_code": 401, "description": "Unauthorized"})
        method = _METHODS.get(request.match_info["method"].lower())
        if method is None:
            return _json(404, {"ok": False, "error_code": 404, "description": "Not Found"})
        call = Call(bot.id, method, started, len(body))
        fault: Fault | None = None
        try:
            raw, files = decode(
                request.headers.get("Content-Type", ""), request.rel_url.raw_query_string, body
            )
            call.chat_id = _chat_id(raw.get("chat_id"))
            call.parameters = raw
            call.files = {
                name: SentFile(upload.name, len(upload.content), upload.sha256)
                for name, upload in files.items()
            }
            fault = self.faults.take(call.method, call.chat_id if isinstance(call.chat_id, int) else None)
            if fault is not None:
                if fault.kind == "reset":
                    return _drop(request)
                if fault.kind == "server_error":
                    call.status = fault.code
                    return _html_error(fault.code)
                _refuse(fault)
            parameters = read(call.method, raw, files)
            call.parameters = {
                name: value for name, value in parameters.values.items() if not isinstance(value, Upload)
            }
            assert self._methods is not None
            call.answer = {"ok": True, "result": await self._methods[call.method](bot, parameters)}
            call.status = 200
        except ApiError as error:
            call.answer = {"ok": False, "error_code": error.code, "description": error.description}
            if error.parameters:
                call.answer["parameters"] = error.parameters
            call.status = error.code
        finally:
            call.seconds = asyncio.get_running_loop().time() - started
            self._calls.append(call)
            self.world.happened("call")
        if fault is not None and fault.kind == "lost_answer":
            call.lost = True
            return _drop(request)
        if fault is not None and fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        return _json(call.status, call.answer)

    async def _serve_file(self, request: web.Request) -> web.StreamResponse:
        bot = self.world.bots.get(request.match_info["token"])
        assert self._methods is not None
        content = None if bot is None else self._methods.download(bot, request.match_info["path"])
        if content is None:
            return _json(404, {"ok": False, "error_code": 404, "description": "Not Found"})
        return web.Response(body=content, content_type="application/octet-stream")


def _refuse(fault: Fault) -> None:
    if fault.kind == "too_many_requests":
        raise too_many_requests(fault.retry_after)
    if fault.kind == "refuse":
        raise ApiError(fault.code, fault.description)


def _chat_id(value: Any) -> int | str | None:
    try:
        return None if value is None else int(value)
    except (TypeError, ValueError):
        return str(value)


def _json(status: int, answer: Json) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(answer), content_type="application/json")


def _html_error(code: int) -> web.Response:
    """What a proxy in front of Telegram answers: no JSON."""
    reason = {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable"}.get(code, "Error")
    page = f"<html><head><title>{code} {reason}</title></head><body><h1>{code} {reason}</h1></body></html>"
    return web.Response(status=code, text=page, content_type="text/html")


def _drop(request: web.Request) -> web.Response:
    """Resets the connection; what is returned reaches nobody."""
    if request.transport is not None:
        sock = request.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()
    return web.Response()
