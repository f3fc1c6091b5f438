"""image.tmdb.org: posters, backdrops and faces, drawn from the film and the path alone."""

from __future__ import annotations

import asyncio
import io
from collections import OrderedDict
from typing import Final

from aiohttp import web
from PIL import Image, ImageDraw, ImageFont

from sandbox.tmdb.catalogue import Catalogue
from sandbox.tmdb.facts import parse_image_path

# size: width; a poster is 2:3.
POSTER_WIDTHS: Final = {
    "w92": 92,
    "w154": 154,
    "w185": 185,
    "w342": 342,
    "w500": 500,
    "w780": 780,
    "original": 1000,
}


class Images:
    """Draws off the loop and keeps the latest `kept_bytes` of JPEGs."""

    def __init__(self, catalogue: Catalogue, *, kept_bytes: int = 64 << 20) -> None:
        self._catalogue = catalogue
        self._kept_bytes = kept_bytes
        self._kept: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._size = 0

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/t/p/{size}/{name}", self.image)]

    async def image(self, request: web.Request) -> web.Response:
        size, path = request.match_info["size"], f"/{request.match_info['name']}"
        drawn = await self.get(size, path)
        if drawn is None:
            return web.Response(status=404, text="<h1>File not Found</h1>", content_type="text/html")
        return web.Response(body=drawn, content_type="image/jpeg")

    async def get(self, size: str, path: str) -> bytes | None:
        key = (size, path)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        parsed = parse_image_path(path)
        if parsed is None or size not in POSTER_WIDTHS:
            return None
        film = self._catalogue.film(parsed[1])
        if film is None:
            return None
        drawn = await asyncio.to_thread(_poster, film.title, POSTER_WIDTHS[size])
        self._kept[key] = drawn
        return drawn


def _poster(title: str, width: int) -> bytes:
    picture = Image.new("RGB", (width, width * 3 // 2), "#234")
    ImageDraw.Draw(picture).text((width // 12, width), title[:30], font=ImageFont.load_default(width // 14))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()
