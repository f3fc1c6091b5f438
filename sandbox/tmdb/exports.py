"""files.tmdb.org: the daily ID exports, gzipped JSON lines written from the catalogue."""

from __future__ import annotations

import asyncio
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any, Final, Literal

import orjson
from aiohttp import web

from sandbox.tmdb.catalogue import Catalogue
from sandbox.tmdb.clock import Clock

_NAME: Final = re.compile(r"([a-z_]+)_ids_(\d\d)_(\d\d)_(\d{4})\.json\.gz")
_READY: Final = timedelta(hours=8)  # of its day, UTC
_KEPT: Final = timedelta(days=90)
_LINES_AT_ONCE: Final = 10_000
_SENT_AT_ONCE: Final = 1 << 18
_FILES_KEPT: Final = 8

Line = dict[str, Any]
Announced = int | Literal["sent", "whole", "nothing"]
"""Content-Length: a number, what is really sent, what the whole file has, or no such header."""


@dataclass(slots=True, eq=False)
class Damage:
    """How a file differs from what the catalogue says, and how it is sent.

    The lines of `without` (ids) are left out, at most `keep` are written, one of `bad_lines` stands before
    every seventh. `body` takes the place of all that. Of the file only the first `cut` bytes are sent
    (from the end where negative), or what unpacks to the first `cut_lines` lines and then breaks off.
    Sending stops at `hold` bytes until something else is set.
    """

    body: bytes | None = None
    without: frozenset[int] = frozenset()
    keep: int | None = None
    bad_lines: tuple[str, ...] = ()
    cut: int | None = None
    cut_lines: int | None = None
    announced: Announced = "sent"
    hold: int | None = None
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def lines(self, lines: Iterator[Line]) -> Iterator[bytes]:
        kept = islice((line for line in lines if line["id"] not in self.without), self.keep)
        for place, line in enumerate(kept):
            if self.bad_lines and place % 7 == 0:
                yield self.bad_lines[place // 7 % len(self.bad_lines)].encode() + b"\n"
            yield orjson.dumps(line) + b"\n"

    def sent(self, whole: bytes) -> bytes:
        if self.cut_lines is not None:
            lines = zlib.decompress(whole, wbits=31).splitlines(keepends=True)
            packer = zlib.compressobj(wbits=31)
            return packer.compress(b"".join(lines[: self.cut_lines])) + packer.flush(zlib.Z_SYNC_FLUSH)
        return whole[: self.cut]


class Exports:
    """A day's file is there from 08:00 UTC for three months, unless `days` names the days that are.

    The newest file tells of the catalogue as it is, an earlier one of how it was when the next was made.
    """

    def __init__(self, catalogue: Catalogue, clock: Clock, *, missing_status: int = 403) -> None:
        self._catalogue = catalogue
        self._clock = clock
        self.missing_status = missing_status
        self.days: frozenset[date] | None = None
        self.recorded: list[Line] = []  # lines of a recorded export, in place of our own films
        self._damage: dict[tuple[str, date | None], Damage] = {}
        self._written: dict[tuple[object, ...], bytes] = {}
        self._writing = asyncio.Lock()

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/p/exports/{name}", self.export)]

    def damage(self, kind: str, day: date | None, damage: Damage) -> None:
        """From now on the kind's file of this day, or of any, is sent so."""
        self._release((kind, day))
        self._damage[kind, day] = damage

    def mend(self) -> None:
        """All files are whole again."""
        for key in list(self._damage):
            self._release(key)

    def _release(self, key: tuple[str, date | None]) -> None:
        if damage := self._damage.pop(key, None):
            damage.released.set()

    def _is_there(self, day: date) -> bool:
        if self.days is not None:
            return day in self.days
        ready = _ready(day)
        return ready <= self._clock.now() < ready + _KEPT

    def _made_until(self, day: date) -> datetime | None:
        """When the next file was made; None for one that tells of the catalogue as it is."""
        if self.days is not None:
            later = min((other for other in self.days if other > day), default=None)
            until = None if later is None else _ready(later)
        else:
            next_ready = _ready(day + timedelta(days=1))
            until = next_ready if next_ready <= self._clock.now() else None
        return None if until is None or self._catalogue.was_as_it_is(until) else until

    async def export(self, request: web.Request) -> web.StreamResponse:
        match = _NAME.fullmatch(request.match_info["name"])
        day = _day(match) if match else None
        until = self._made_until(day) if day else None
        lines = self._lines(match[1], until) if match else None
        if match is None or day is None or lines is None or not self._is_there(day):
            return web.Response(
                status=self.missing_status,
                text='<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code></Error>',
                content_type="application/xml",
            )
        kind = match[1]
        damage = self._damage.get((kind, day)) or self._damage.get((kind, None))
        whole = await self._file(kind, until, lines, damage)
        if damage is None:
            return web.Response(body=whole, content_type="application/gzip")
        return await _damaged(request, whole, damage)

    async def _file(
        self, kind: str, until: datetime | None, lines: Iterator[Line], damage: Damage | None
    ) -> bytes:
        if damage is not None and damage.body is not None:
            return damage.body
        key = (kind, until, self._catalogue.version, damage)
        async with self._writing:
            if key not in self._written:
                written = map(_line, lines) if damage is None else damage.lines(lines)
                while len(self._written) >= _FILES_KEPT:
                    del self._written[next(iter(self._written))]
                self._written[key] = await asyncio.to_thread(_gzipped, written)
            return self._written[key]

    def _lines(self, kind: str, until: datetime | None) -> Iterator[Line] | None:
        match kind:
            case "movie":
                return iter(self.recorded) if self.recorded else self._films(until, adult=False)
            case "adult_movie":
                return self._films(until, adult=True)
            case "person":
                return (
                    {"adult": False, "id": person.id, "name": person.name, "popularity": person.popularity}
                    for person in sorted(
                        (person for person, _ in self._catalogue.people()), key=lambda one: one.id
                    )
                )
            case "tv_series":
                return (
                    {"id": entry.id, "original_name": entry.original_name, "popularity": entry.popularity}
                    for entry in sorted(self._catalogue.series.values(), key=lambda entry: entry.id)
                )
            case _:
                return None

    def _films(self, until: datetime | None, *, adult: bool) -> Iterator[Line]:
        for film_id, is_adult, title, popularity, video in self._catalogue.export_lines(until):
            if is_adult == adult:
                yield {
                    "adult": adult,
                    "id": film_id,
                    "original_title": title,
                    "popularity": popularity,
                    "video": video,
                }


def _ready(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + _READY


def _day(match: re.Match[str]) -> date | None:
    try:
        return date(int(match[4]), int(match[2]), int(match[3]))
    except ValueError:
        return None


def _line(line: Line) -> bytes:
    return orjson.dumps(line) + b"\n"


def _gzipped(lines: Iterator[bytes]) -> bytes:
    packer = zlib.compressobj(level=1, wbits=31)
    packed = bytearray()
    while batch := b"".join(islice(lines, _LINES_AT_ONCE)):
        packed += packer.compress(batch)
    return bytes(packed + packer.flush())


async def _damaged(request: web.Request, whole: bytes, damage: Damage) -> web.StreamResponse:
    """As much of the file as is sent, under the length that is announced."""
    sent = damage.sent(whole)
    response = web.StreamResponse(headers={"Content-Type": "application/gzip"})
    response.force_close()
    if damage.announced != "nothing":
        lengths = {"sent": len(sent), "whole": len(whole)}
        announced = damage.announced
        response.content_length = announced if isinstance(announced, int) else lengths[announced]
    await response.prepare(request)
    held = len(sent) if damage.hold is None else damage.hold
    await _write(response, sent[:held])
    if damage.hold is not None:
        await damage.released.wait()
    await _write(response, sent[held:])
    if response.content_length is not None and response.content_length > len(sent):
        assert request.transport is not None
        request.transport.close()
    return response


async def _write(response: web.StreamResponse, part: bytes) -> None:
    for position in range(0, len(part), _SENT_AT_ONCE):
        await response.write(part[position : position + _SENT_AT_ONCE])
