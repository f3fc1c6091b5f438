"""TMDB's daily export brought here: found, streamed, unpacked, checked, loaded."""

import asyncio
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, suppress
from datetime import date, timedelta
from typing import Any, Literal

import structlog

from clients.tmdb.client import TmdbClient
from clients.tmdb.host import Stream
from core.alerts import Recipients
from core.errors import ExportMissing, ExportUnusable, Malformed, Unavailable
from core.exports import ExportKind, ExportLine
from core.sync import Run
from db.alerts import Alerts
from db.exports import Export, Exports, ExportState, Loaded
from db.pool import Connection, Database
from services.sync_progress import Progress

log = structlog.get_logger(__name__)

DAYS_BACK = 7
# A file that breaks off is fetched again before anybody is told.
TRIES = 3
# Of lines nobody can read a few are ordinary; more mean that the file is not what it was.
BAD_LINES_LIMIT = 0.05
PROGRESS_SECONDS = 1.0

# What is unpacked and read at a time, and the longest line that is waited for.
PIECE_BYTES = 1 << 18
LONGEST_LINE_BYTES = 1 << 20

_GZIP = b"\x1f\x8b"

# As the alert names them.
Suspicion = Literal["cut", "empty", "bad_lines", "shrunk"]


class ExportFile:
    """An export as it arrives, read once; its counts are of what was read so far.

    `cut` says where it ended before its end: it broke off, it is not the gzip it should be, or its last
    line is none.
    """

    def __init__(self, stream: Stream, on_piece: Callable[["ExportFile"], Awaitable[None]]) -> None:
        self._stream = stream
        self._on_piece = on_piece
        self.lines = 0
        self.bad_lines = 0
        self.bytes = 0
        self.cut: str | None = None

    @property
    def total(self) -> int:
        """Its lines when it has been read, as far as can be told now."""
        return round(self.lines * max(1.0, (self._stream.size or 0) / max(1, self.bytes)))

    async def read(self) -> AsyncGenerator[ExportLine, None]:
        """Its films; Malformed where it is no gzip at all."""
        rest = b""
        async for piece in self._unpacked():
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                if film := self._read(line):
                    yield film
            if len(rest) > LONGEST_LINE_BYTES:
                rest = b"\0"  # no JSON begins so: when its end comes, it is one bad line
            await self._on_piece(self)
            await asyncio.sleep(0)  # what arrives as fast as it is read leaves room for nobody else
        if self.cut is None and rest.strip():
            if film := self._read(rest):
                yield film
            else:
                self.bad_lines -= 1
                self.cut = "its last line is cut off"

    def _read(self, line: bytes) -> ExportLine | None:
        film = ExportLine.read(line)
        if film is not None:
            self.lines += 1
        elif line.strip():
            self.bad_lines += 1
        return film

    async def _unpacked(self) -> AsyncIterator[bytes]:
        member = zlib.decompressobj(wbits=31)
        try:
            async for chunk in self._stream.chunks():
                if not self.bytes and not _GZIP.startswith(chunk[:2]) and not chunk.startswith(_GZIP):
                    raise Malformed("the export is no gzip file")
                self.bytes += len(chunk)
                while chunk:
                    if member.eof:  # gzip files may be strung together
                        member = zlib.decompressobj(wbits=31)
                    yield member.decompress(chunk, PIECE_BYTES)
                    chunk = member.unconsumed_tail or member.unused_data
        except Unavailable as error:
            self.cut = str(error)
        except zlib.error as error:
            self.cut = f"it cannot be unpacked: {error}"
        else:
            if not member.eof:
                self.cut = "it ends too early"


class ExportRunner:
    """Loads the newest export there is: of films, and of adult films where there are such here."""

    def __init__(
        self,
        database: Database,
        tmdb: TmdbClient,
        *,
        include_adult: bool,
        shrink_limit: float,
        recipients: Recipients,
        pause_seconds: float = 5.0,
    ) -> None:
        self._database = database
        self._tmdb = tmdb
        self._include_adult = include_adult
        self._shrink_limit = shrink_limit
        self._recipients = recipients
        self._pause_seconds = pause_seconds

    async def run(self, run: Run, progress: Progress) -> None:
        """Loads and queues; ExportUnusable where there is no file of this week, or one that looks wrong."""
        unusable: ExportUnusable | None = None
        kinds: list[ExportKind] = ["movie"]
        if self._include_adult or await Exports.knows_adult(self._database):
            kinds.append("adult_movie")
        counts = _Counts(self._database, run, progress)
        for kind in kinds:
            try:
                await self._bring(kind, counts)
            except ExportUnusable as error:
                unusable = unusable or error
        if unusable:
            raise unusable
        async with self._database.transaction() as connection:
            await progress.listed(connection)

    async def _bring(self, kind: ExportKind, counts: "_Counts") -> None:
        state = await Exports.state(self._database, kind)
        if state.accepted is not None and state.is_new(state.accepted):
            # Vouched for: it goes first, and what TMDB has published since is measured against it.
            with suppress(ExportMissing):
                await self._load(kind, state.accepted, state, counts)
                state = await Exports.state(self._database, kind)
        for back in range(DAYS_BACK + 1):
            day = state.newest - timedelta(days=back)
            if not state.is_new(day):
                await counts.nothing_new(kind, state)
                return
            try:
                await self._load(kind, day, state, counts)
            except ExportMissing:
                continue
            return
        if kind == "adult_movie" and not self._include_adult:
            log.warning("TMDB has no export of adult films: those that are here are missing from none")
            return
        raise ExportUnusable(f"TMDB has no {kind} export of {state.newest} or the {DAYS_BACK} days before")

    async def _load(self, kind: ExportKind, day: date, state: ExportState, counts: "_Counts") -> None:
        """Loads a day's file, or says what is wrong with it; ExportMissing, ExportUnusable."""
        for tries_left in reversed(range(TRIES)):
            file, suspicion = await self._try(kind, day, state, counts, is_last=not tries_left)
            if suspicion != "cut" or not tries_left:
                break
            log.warning(
                "an export broke off", kind=kind, day=str(day), reason=file.cut, tries_left=tries_left
            )
            await asyncio.sleep(self._pause_seconds)
        if suspicion is None:
            return
        facts: dict[str, Any] = {"kind": kind, "day": day.isoformat(), "reason": suspicion}
        facts |= {"lines": file.lines, "before": state.lines}
        async with self._database.transaction() as connection:
            await Alerts(connection).raise_(
                "export_suspicious", kind, facts=facts, recipients=self._recipients, run_id=counts.run_id
            )
            await counts.discard(connection)
        raise ExportUnusable(
            f"the {kind} export of {day} {_why(suspicion, file, state)}; nothing was changed, "
            "and nothing is until an admin accepts it or another day's file is whole"
        )

    async def _try(
        self, kind: ExportKind, day: date, state: ExportState, counts: "_Counts", *, is_last: bool
    ) -> tuple[ExportFile, Suspicion | None]:
        """One download, loaded unless it is suspicious and nobody accepted it."""
        async with self._tmdb.export(kind, day) as stream, self._database.transaction() as connection:
            file = ExportFile(stream, counts.show)
            exports = Exports(connection)
            async with aclosing(file.read()) as lines:
                await exports.stage(lines)
            suspicion = self._suspicion(kind, file, state)
            if suspicion and (day != state.accepted or (suspicion == "cut" and not is_last)):
                return file, suspicion
            export = Export(
                *(kind, day, file.lines, file.bad_lines),
                is_cut=suspicion in ("cut", "empty"),
                is_first=state.is_first,
            )
            loaded = await exports.load(
                export,
                add=kind == "movie" or self._include_adult,
                include_adult=self._include_adult,
                run_id=counts.run_id,
            )
            await Alerts(connection).clear("export_suspicious", kind)
            await counts.settle(connection, export, loaded, file.bytes)
        log.info(
            "export loaded", **export._asdict() | {"day": str(day)}, **loaded._asdict(), bytes=file.bytes
        )
        return file, None

    def _suspicion(self, kind: ExportKind, file: ExportFile, state: ExportState) -> Suspicion | None:
        if file.cut is not None:
            return "cut"
        if not file.lines and (kind == "movie" or state.lines):
            return "empty"
        if file.bad_lines > BAD_LINES_LIMIT * (file.lines + file.bad_lines):
            return "bad_lines"
        if file.lines < (state.lines or 0) * (1 - self._shrink_limit):
            return "shrunk"
        return None


def _why(suspicion: Suspicion, file: ExportFile, state: ExportState) -> str:
    match suspicion:
        case "cut":
            return f"is cut off after {file.lines} films ({file.cut})"
        case "empty":
            return "holds no film"
        case "bad_lines":
            return f"has {file.bad_lines} lines that cannot be read beside {file.lines} films"
        case "shrunk":
            return f"holds {file.lines} films, the last one held {state.lines}"


class _Counts:
    """What an export run tells of itself; while a file is read, its lines so far are told as "reading"."""

    def __init__(self, database: Database, run: Run, progress: Progress) -> None:
        self.run_id = run.id
        self._database = database
        self._progress = progress
        self._metadata = dict(run.metadata)
        self._loaded = run.movies_checked
        self._show_at = 0.0

    async def show(self, file: ExportFile) -> None:
        """Once a second, outside of the load's transaction."""
        now = asyncio.get_running_loop().time()
        if now < self._show_at:
            return
        self._show_at = now + PROGRESS_SECONDS
        async with self._database.transaction() as connection:
            await self._progress.describe(
                connection, total=self._loaded + file.total, metadata={"reading": file.lines}
            )

    async def discard(self, connection: Connection) -> None:
        """The file came to nothing."""
        await self._progress.describe(connection, metadata={"reading": 0})

    async def settle(self, connection: Connection, export: Export, loaded: Loaded, size: int) -> None:
        """In the load's transaction: what it did."""
        self._loaded += export.lines
        await self._progress.add(
            connection,
            movies_checked=export.lines,
            movies_new=loaded.new,
            movies_updated=loaded.updated,
            movies_skipped=max(0, export.lines - loaded.new - loaded.updated),
        )
        facts = {"bytes": size, "bad_lines": export.bad_lines, "missing": loaded.missing}
        await self._describe(connection, export.kind, export.day, **facts)

    async def nothing_new(self, kind: ExportKind, state: ExportState) -> None:
        """The newest file was loaded before; not by this run, unless it says so."""
        assert state.day is not None, "only after a load a day is not new"
        if self._metadata.get(_fact(kind, "day")) == state.day.isoformat():
            return
        lines = state.lines or 0
        self._loaded += lines
        async with self._database.transaction() as connection:
            await self._progress.add(connection, movies_checked=lines, movies_skipped=lines)
            await self._describe(connection, kind, state.day, loaded_before=True)

    async def _describe(self, connection: Connection, kind: ExportKind, day: date, **facts: Any) -> None:
        facts["day"] = day.isoformat()
        self._metadata |= {_fact(kind, name): value for name, value in facts.items()} | {"reading": 0}
        await self._progress.describe(
            connection,
            source=f"movie_ids_{day:%m_%d_%Y}" if kind == "movie" else None,
            total=self._loaded,
            metadata=self._metadata,
        )


def _fact(kind: ExportKind, name: str) -> str:
    """The name of a fact in the run's metadata."""
    return name if kind == "movie" else f"adult_{name}"
