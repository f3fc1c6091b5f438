"""The control host: another process does with JSON what tests do in the stand-in's own process."""

from __future__ import annotations

import inspect
from dataclasses import asdict, is_dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import orjson
from aiohttp import web

from sandbox.tmdb.errors import json_response

if TYPE_CHECKING:
    from sandbox.tmdb.server import TmdbStandIn

# POST /_control/<action> with the arguments as a JSON object answers {"result": …}.
ACTIONS: Final = frozenset(
    {
        "add_account", "add_film", "advance_clock", "announce", "approve", "change_film", "change_other",
        "clear_faults", "clear_requests", "come_back", "configure", "count", "damage_export", "delete_film",
        "delete_other", "deny", "draw_posters", "fault", "film_ids", "films", "go_away", "grant_session",
        "mend_exports", "open_sessions", "poster_path", "rate", "ratings", "refused", "restore_film",
        "restore_other", "revoke_sessions", "set_clock", "set_exports", "set_limits",
    }
)  # fmt: skip


class Control:
    def __init__(self, stand_in: TmdbStandIn) -> None:
        self._stand_in = stand_in
        app = web.Application(client_max_size=16 << 20)
        app.add_routes(
            [
                web.get("/_control/requests", self.requests),
                web.get("/_control/status", self.status),
                web.post("/_control/{action}", self.act),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0.1)
        self.url = ""

    async def start(self, host: str, port: int) -> None:
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        name, number = self._runner.addresses[0][:2]
        self.url = f"http://{name}:{number}"

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def act(self, request: web.Request) -> web.Response:
        action = request.match_info["action"]
        if action not in ACTIONS:
            return json_response(
                {"error": f"no action {action}; there are {', '.join(sorted(ACTIONS))}"}, 404
            )
        body = await request.read()
        try:
            arguments = orjson.loads(body) if body else {}
            result = getattr(self._stand_in, action)(**arguments)
            if inspect.isawaitable(result):
                result = await result
        except (TypeError, ValueError, KeyError) as error:
            return json_response({"error": str(error)}, 400)
        return _result(result)

    async def requests(self, request: web.Request) -> web.Response:
        """The latest requests, newest last; ?limit=, ?host=, ?template=."""
        wanted = [
            asdict(entry)
            for entry in self._stand_in.requests
            if all(request.query.get(key, value) == value for key, value in
                   (("host", entry.host), ("template", entry.template), ("method", entry.method)))
        ]  # fmt: skip
        limit = int(request.query.get("limit", "1000"))
        return _result(list(islice(wanted, max(0, len(wanted) - limit), None)))

    async def status(self, request: web.Request) -> web.Response:
        """URLs, totals and accounts at a glance."""
        stand_in = self._stand_in
        return _result(
            urls(stand_in)
            | {
                "clock": stand_in.clock.now().isoformat(),
                "films": stand_in.catalogue.count(),
                "requests": len(stand_in.requests),
                "refused": stand_in.requests.refused(),
                "accounts": {account.username: len(account.ratings) for account in stand_in.accounts},
            }
        )


def urls(stand_in: TmdbStandIn) -> dict[str, str]:
    return {
        "api_url": stand_in.api_url,
        "web_url": stand_in.web_url,
        "image_url": stand_in.image_url,
        "export_url": stand_in.export_url,
        "control_url": stand_in.control_url,
    }


def _result(result: Any) -> web.Response:
    if is_dataclass(result) and not isinstance(result, type):
        result = asdict(result)
    return web.Response(
        body=orjson.dumps({"result": result}, option=orjson.OPT_NON_STR_KEYS), content_type="application/json"
    )
