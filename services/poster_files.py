"""Poster files under DATA_DIR, between TMDB and Telegram."""

import asyncio
import re
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import NamedTuple, Protocol

import aiofiles
import structlog
from PIL import Image

from core.errors import DiskUnusable, PosterUnusable
from db.posters import PosterFile

log = structlog.get_logger(__name__)

# Which disk it is: files are read, posted and removed by the host that wrote them.
HOST = socket.gethostname()

# What a poster is thought to need before it is there; one of w500 has 30 to 150 KB.
TYPICAL_BYTES = 200_000

# Telegram's limits for photos.
MAX_BYTES = 10 * 1024 * 1024
MAX_WIDTH_AND_HEIGHT = 10_000
MAX_RATIO = 20

_SUFFIXES = {"JPEG": "jpg", "PNG": "png"}


class Chunks(Protocol):
    """A body that arrives in pieces (clients.tmdb.host.Stream)."""

    def chunks(self) -> AsyncIterator[bytes]: ...


class Picture(NamedTuple):
    """What a file says of itself."""

    format: str
    width: int
    height: int


def examine(source: Path | BytesIO) -> Picture:
    """Reads a picture to its end; PosterUnusable if Telegram would not take it. Blocks for milliseconds."""
    try:
        with Image.open(source, formats=tuple(_SUFFIXES)) as image:
            width, height = image.size
            if width + height > MAX_WIDTH_AND_HEIGHT or max(width, height) > MAX_RATIO * min(width, height):
                raise PosterUnusable(f"{width} x {height} pixels are not a photo to Telegram")
            picture = Picture(image.format or "", width, height)
            # Decoding finds what was cut off; of a JPEG an eighth is enough for that, and much cheaper.
            image.draft("RGB", (max(1, width // 8), max(1, height // 8)))
            image.load()
    except (
        *(OSError, SyntaxError, ValueError),
        *(Image.DecompressionBombError, Image.DecompressionBombWarning),
    ) as error:
        raise PosterUnusable(f"not a whole JPEG or PNG ({type(error).__name__})") from error
    return picture


class PosterFiles:
    """The files of one bot: `posters/<bot id>/<name>` under DATA_DIR.

    Each has a name of its own, so that whoever comes too late removes no file but theirs.
    """

    def __init__(self, data_dir: Path, bot_id: int) -> None:
        self._data_dir = data_dir
        self._directory = data_dir / "posters" / str(bot_id)

    async def save(self, poster_path: str, body: Chunks) -> PosterFile:
        """Streams a body to a temporary file, examines it and renames it into place.

        PosterUnusable, DiskUnusable; after either, or a cancellation, no file is left.
        """
        name = re.sub(r"[^\w-]", "_", Path(poster_path).stem, flags=re.ASCII)[:64] or "poster"
        name = f"{name}-{secrets.token_hex(6)}"
        temporary = self._directory / f".{name}.part"
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            size = await self._write(temporary, body)
            picture = await asyncio.to_thread(examine, temporary)
            final = self._directory / f"{name}.{_SUFFIXES[picture.format]}"
            temporary.rename(final)
        except OSError as error:
            _unlink(temporary)
            raise DiskUnusable(f"DATA_DIR takes no file ({error.strerror})") from error
        except BaseException:
            _unlink(temporary)
            raise
        local_path = str(final.relative_to(self._data_dir))
        return PosterFile(poster_path, local_path, size, picture.width, picture.height)

    async def _write(self, path: Path, body: Chunks) -> int:
        size = 0
        async with aiofiles.open(path, "wb") as file:
            async for chunk in body.chunks():
                size += len(chunk)
                if size > MAX_BYTES:
                    raise PosterUnusable(f"more than {MAX_BYTES} bytes")
                await file.write(chunk)
        return size

    async def read(self, local_path: str) -> bytes | None:
        """The bytes; None if the file is not there or cannot be read."""
        try:
            async with aiofiles.open(self._data_dir / local_path, "rb") as file:
                return await file.read()
        except OSError as error:
            log.warning("a poster file cannot be read", file=local_path, reason=error.strerror)
            return None

    def remove(self, local_path: str) -> bool:
        """Removes the file if it is there; False: it cannot be, and is left to the sweeper."""
        return _unlink(self._data_dir / local_path)

    def list(self) -> dict[str, tuple[int, int]]:
        """All files, temporary ones too, with their size and time of change."""
        found = {}
        with suppress(FileNotFoundError):
            for path in self._directory.iterdir():
                with suppress(FileNotFoundError):  # the uploader removes them meanwhile
                    facts = path.stat()
                    found[str(path.relative_to(self._data_dir))] = (facts.st_size, facts.st_mtime_ns)
        return found


def _unlink(path: Path) -> bool:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        log.warning("a poster file cannot be removed", file=path.name, reason=error.strerror)
        return False
    return True
