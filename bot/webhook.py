"""A webhook that answers when an update is handled, so that Telegram redelivers what was lost."""

import asyncio
import hmac
from urllib.parse import urlsplit

import orjson
import structlog
from aiogram import Bot
from aiohttp import web
from pydantic import SecretStr

from bot.dispatch import Updates
from bot.polling import parse
from core.errors import ConfigurationError

log = structlog.get_logger(__name__)

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a header's name, no secret
# Telegram is answered by then even if a handler is not done: it would hold a connection until its own
# patience ends, and a slow update is in hand anyway.
ANSWER_SECONDS = 4.0


class Webhook:
    """The HTTP server Telegram posts updates to."""

    def __init__(self, bot: Bot, updates: Updates, url: str, secret: SecretStr, listen: str) -> None:
        self._bot = bot
        self._updates = updates
        self._secret = secret.get_secret_value().encode()
        host, _, port = listen.rpartition(":")
        self._host, self._port = host.strip("[]"), int(port)
        self._stopping = False
        app = web.Application(client_max_size=4 * 1024 * 1024)
        app.router.add_post(urlsplit(url).path or "/", self._receive)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)

    async def start(self) -> None:
        """Listens; ConfigurationError where the address is taken or not ours."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host or None, self._port).start()
        except OSError as error:
            raise ConfigurationError(
                "WEBHOOK_LISTEN", f"a free host:port of this machine ({error.strerror})"
            ) from error

    def refuse(self) -> None:
        """From now on Telegram is asked to come again later, while what is in hand is finished."""
        self._stopping = True

    async def close(self) -> None:
        """Stops listening."""
        await self._runner.cleanup()

    async def _receive(self, request: web.Request) -> web.Response:
        given = request.headers.get(SECRET_HEADER, "").encode()
        if not hmac.compare_digest(given, self._secret):
            log.warning("a webhook call without the right secret was refused")
            return web.Response(status=401)
        if self._stopping:
            return web.Response(status=503)
        try:
            raw = orjson.loads(await request.read())
        except orjson.JSONDecodeError:
            return web.Response(status=400)
        if not isinstance(raw, dict):
            return web.Response(status=400)
        if update := parse(raw, self._bot):
            handled = self._updates.accept(update)
            await asyncio.wait([handled], timeout=ANSWER_SECONDS)
            if handled.cancelled():
                return web.Response(status=503)
        return web.Response()
