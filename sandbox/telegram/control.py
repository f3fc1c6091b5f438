"""The stand-in's own doors beside the Bot API: the chat page, links to bots, and control over HTTP."""

from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from sandbox.telegram.server import TelegramStandIn


class Control:
    def __init__(self, stand_in: "TelegramStandIn") -> None:
        self._stand_in = stand_in

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Filled in with the page."""
