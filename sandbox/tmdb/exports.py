"""files.tmdb.org: the daily ID exports, gzipped JSON lines written from the catalogue."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from gzip import GzipFile
from typing import Any, Final

import orjson
from aiohttp import web

from sandbox.tmdb.catalogue import Catalogue
from sandbox.tmdb.clock import Clock

_NAME: Final = re.compile(r"([a-z_]+)_ids_(\d\d)_(\d\d)_(\d{4})\.json\.gz")
_READY: Final = timedelta(hours=8)  # of its day, UTC
_KEPT: Final = timedelta(days=90)


class Exports:
    """A day's file is there from 08:00 UTC for three months, unless `days` names the days that are."""

    def __init__(self, catalogue: Catalogue, clock: Clock, *, missing_status: int = 403) -> None:
        self._catalogue = catalogue
        self._clock = clock
        self.missing_status = missing_status
        self.days: frozenset[date] | None = None
        self.recorded: list[dict[str, Any]] = []  # lines of a recorded export, in place of our own films
        self._written: dict[str, tuple[int, bytes]] = {}
        self._writing = asyncio.Lock()

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/p/exports/{name}", self.export)]

    def _is_there(self, day: date) -> bool:
        if self.days is not None:
            return day in self.days
        ready = datetime(day.year, day.month, day.day, tzinfo=UTC) + _READY
        return ready <= self._clock.now() < ready + _KEPT

    async def export(self, request: web.Request) -> web.Response:
        match = _NAME.fullmatch(request.match_info["name"])
        lines = self._lines(match[1]) if match else None
        if match is None or lines is None or not self._day_is_there(match):
            return web.Response(
                status=self.missing_status,
                text='<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code></Error>',
                content_type="application/xml",
            )
        async with self._writing:
            version, body = self._written.get(match[1], (-1, b""))
            if version != self._catalogue.version:
                version = self._catalogue.version
                body = await asyncio.to_thread(_gzipped, lines)
                self._written[match[1]] = (version, body)
        return web.Response(body=body, content_type="application/gzip")

    def _day_is_there(self, match: re.Match[str]) -> bool:
        try:
            return self._is_there(date(int(match[4]), int(match[2]), int(match[3])))
        except ValueError:
            return False

    def _lines(self, kind: str) -> Iterator[dict[str, Any]] | None:
        match kind:
            case "movie":
                return iter(self.recorded) if self.recorded else self._films(adult=False)
            case "adult_movie":
                return self._films(adult=True)
            case "person":
                return (
                    {"adult": False, "id": person.id, "name": person.name, "popularity": person.popularity}
                    for person in sorted(self._catalogue.people(), key=lambda person: person.id)
                )
            case "tv_series":
                return (
                    {"id": entry.id, "original_name": entry.original_name, "popularity": entry.popularity}
                    for entry in sorted(self._catalogue.series.values(), key=lambda entry: entry.id)
                )
            case _:
                return None

    def _films(self, *, adult: bool) -> Iterator[dict[str, Any]]:
        for film_id in self._catalogue.ids():
            is_adult, title, popularity, video = self._catalogue.export_line(film_id)
            if is_adult == adult:
                yield {
                    "adult": adult,
                    "id": film_id,
                    "original_title": title,
                    "popularity": popularity,
                    "video": video,
                }


def _gzipped(lines: Iterable[dict[str, Any]]) -> bytes:
    buffer = io.BytesIO()
    with GzipFile(fileobj=buffer, mode="wb", compresslevel=4, mtime=0) as file:
        for line in lines:
            file.write(orjson.dumps(line) + b"\n")
    return buffer.getvalue()
