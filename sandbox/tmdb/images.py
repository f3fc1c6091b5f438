"""image.tmdb.org: posters, backdrops and faces in every size, drawn once and kept."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Final

from aiohttp import web

from sandbox.tmdb.catalogue import Catalogue
from sandbox.tmdb.posters import Poster, draw_face, draw_flat, draw_poster, drawable

# size: pixels of width; a poster and a face are 2:3, a backdrop is 16:9.
_WIDTHS: Final = {
    "P": {"w92": 92, "w154": 154, "w185": 185, "w342": 342, "w500": 500, "w780": 780, "original": 1000},
    "B": {"w300": 300, "w780": 780, "w1280": 1280, "original": 1280},
    "F": {"w45": 45, "w185": 185, "h632": 421, "original": 421},
}
_TEXTLESS: Final = 20  # the variant of a poster without words


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
        drawn = await self.get(request.match_info["size"], f"/{request.match_info['name']}")
        if drawn is None:
            return web.Response(status=404, text="<h1>File not Found</h1>", content_type="text/html")
        return web.Response(body=drawn, content_type="image/jpeg")

    async def get(self, size: str, path: str) -> bytes | None:
        """The JPEG of a path in a size; None where TMDB would answer 404."""
        key = (size, path)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        picture = self._catalogue.picture(path)
        if picture is None or size not in _WIDTHS[picture[0]]:
            return None
        kind, number, variant = picture
        width = _WIDTHS[kind][size]
        if kind == "F":
            person = self._catalogue.person(number)
            assert person is not None
            drawn = await asyncio.to_thread(draw_face, person[0].name, path, width)
        elif kind == "P" and number in self._catalogue.films:
            drawn = await asyncio.to_thread(draw_poster, self._poster(number, variant), width)
        else:
            title = "" if kind == "B" else self._title(number)
            height = width * 9 // 16 if kind == "B" else width * 3 // 2
            drawn = await asyncio.to_thread(draw_flat, title, path, width, height)
        self._keep(key, drawn)
        return drawn

    def _keep(self, key: tuple[str, str], drawn: bytes) -> None:
        self._size += len(drawn) - len(self._kept.get(key, b""))
        self._kept[key] = drawn
        while self._size > self._kept_bytes:
            self._size -= len(self._kept.popitem(last=False)[1])

    def _title(self, number: int) -> str:
        if number not in self._catalogue.films and number not in self._catalogue.recorded:
            film = self._catalogue.film(number)
            return drawable(film.title) if film is not None else ""
        return next(filter(None, map(drawable, self._catalogue.titles(number))), "")

    def _poster(self, number: int, variant: int) -> Poster:
        film = self._catalogue.films[number]
        # The first poster is the one in the film's own language.
        title = (variant == 0 and drawable(film.original_title)) or drawable(film.title)
        directors = [credit.person.name for credit in film.crew if credit.job == "Director"]
        return Poster(
            film_id=film.id,
            variant=variant,
            title="" if variant == _TEXTLESS else title,
            credit="" if variant == _TEXTLESS else drawable(" & ".join(directors)),
            year="" if variant == _TEXTLESS else film.release_date[:4],
            genre_ids=film.genre_ids,
        )
