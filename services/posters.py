"""Posters as the bot needs them: bytes at once, what its own sends taught, deletion by an admin."""

import asyncio
import secrets
from contextlib import AbstractAsyncContextManager
from io import BytesIO
from typing import Protocol

import structlog

from core.errors import FilmotekaError, PosterUnusable
from core.settings import Settings
from core.tasks import Tasks
from db.outbox import EntityType
from db.pool import Executor
from db.posters import Posters, Priority, Wanted
from services.poster_files import HOST, MAX_BYTES, Chunks, PosterFiles, examine

log = structlog.get_logger(__name__)

# The largest of TMDB's sizes for portraits that is not the original.
PORTRAIT_SIZE = "h632"


class Images(Protocol):
    """TMDB's image host (clients.tmdb.client.TmdbClient)."""

    def poster(self, poster_path: str, size: str) -> AbstractAsyncContextManager[Chunks]: ...


class Channels(Protocol):
    """Where posts are deleted (clients.telegram.TelegramChannels)."""

    async def delete(self, channel_id: int, message_id: int) -> None: ...


class Photo(Protocol):
    """A photo as Telegram names it (aiogram's PhotoSize)."""

    @property
    def file_id(self) -> str: ...
    @property
    def file_unique_id(self) -> str: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...


class PosterStore:
    """One bot's posters of films, portraits of people or posters of series, at the size of each."""

    def __init__(self, db: Executor, images: Images, settings: Settings, owner: EntityType = "movie") -> None:
        self._posters = Posters(db)
        self._images = images
        self._files = PosterFiles(settings.data_dir, settings.bot_id)
        self._bot_id = settings.bot_id
        self._owner = owner
        self._size = PORTRAIT_SIZE if owner == "person" else settings.poster_size
        self._image_url = settings.tmdb_image_base_url
        self._lease_seconds = settings.lease_seconds
        self._tasks = Tasks()
        self._flights: dict[str, asyncio.Task[bytes | FilmotekaError]] = {}

    def url(self, poster_path: str) -> str:
        """Where Telegram could fetch it itself: the last resort."""
        return f"{self._image_url}/{self._size}{poster_path}"

    async def bytes_for(self, poster_path: str) -> bytes:
        """The poster's bytes, from this host's disk or TMDB; simultaneous askers share one request.

        PosterError or TmdbError. An asker who gives up does not stop it for the others.
        """
        flight = self._flights.get(poster_path)
        if flight is None:
            flight = self._tasks.start(self._read(poster_path), f"bytes of {poster_path}")
            self._flights[poster_path] = flight
            flight.add_done_callback(lambda _: self._flights.pop(poster_path, None))
        content = await asyncio.shield(flight)
        if isinstance(content, bytes):
            return content
        raise content

    async def _read(self, poster_path: str) -> bytes | FilmotekaError:
        try:
            return await self._from_disk(poster_path) or await self._from_tmdb(poster_path)
        except FilmotekaError as error:
            return error

    async def _from_disk(self, poster_path: str) -> bytes | None:
        local_path = await self._posters.local_path(self._bot_id, poster_path, HOST)
        return await self._files.read(local_path) if local_path else None

    async def _from_tmdb(self, poster_path: str) -> bytes:
        content = bytearray()
        async with self._images.poster(poster_path, self._size) as body:
            async for chunk in body.chunks():
                content += chunk
                if len(content) > MAX_BYTES:
                    raise PosterUnusable(f"more than {MAX_BYTES} bytes")
        await asyncio.to_thread(examine, BytesIO(content))
        return bytes(content)

    async def learned(
        self,
        poster_path: str,
        owner_id: int | None,
        popularity: float | None,
        photo: Photo,
        byte_size: int | None = None,
    ) -> None:
        """Keeps the file_id a card's own upload yielded; the uploader posts it to a channel later."""
        await self._posters.learn(
            self._bot_id,
            self._size,
            Wanted(poster_path, owner_id, popularity or 0.0, self._owner),
            file_id=photo.file_id,
            file_unique_id=photo.file_unique_id,
            byte_size=byte_size,
            width=photo.width,
            height=photo.height,
        )

    async def want(self, poster_path: str, owner_id: int | None, popularity: float | None) -> None:
        """Leaves a poster that a person's card had to go without to the workers, ahead of all others."""
        wanted = Wanted(poster_path, owner_id, popularity or 0.0, self._owner)
        await self._posters.want(self._bot_id, self._size, [wanted], Priority.PERSON)

    async def dead(self, file_id: str) -> None:
        """Telegram refused the file_id: it is forgotten, and the poster fetched and posted anew."""
        await self._posters.forget_file_ids(self._bot_id, [file_id])

    async def delete(self, poster_path: str, channels: Channels) -> bool:
        """Deletes the channel's message, the file and the ids; False: no such poster. TelegramError.

        Its owner keeps their data. Cut short, it leaves a poster that is fetched and posted anew.
        """
        admin = f"{HOST}:delete:{secrets.token_hex(6)}"
        cached = await self._posters.withdraw(self._bot_id, admin, poster_path, self._lease_seconds)
        if cached is None:
            return False
        if cached.local_path and cached.local_host == HOST:
            self._files.remove(cached.local_path)
        if cached.channel_id is not None and cached.message_id is not None:
            await channels.delete(cached.channel_id, cached.message_id)
        await self._posters.delete(self._bot_id, admin, poster_path)
        log.info("a poster was deleted", poster=poster_path)
        return True

    async def close(self) -> None:
        """Ends what is under way."""
        await self._tasks.close(0)
