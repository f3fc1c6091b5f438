"""Posters from TMDB onto this host's disk, as far ahead of the uploader as there is room."""

import asyncio

import structlog

from clients.tmdb.client import TmdbClient
from core.errors import DatabaseUnavailable, DiskUnusable, PosterError, PosterMissing, TmdbError
from core.settings import Settings
from core.tasks import shielded
from db.posters import PosterFile, Posters, Priority, ToDownload
from services.poster_files import HOST, TYPICAL_BYTES, PosterFiles
from workers.loop import renewed

log = structlog.get_logger(__name__)

# How many files may wait for the uploader, and how much of that room only people's posters may take.
FILES_A_CHANNEL = 200
FOR_PEOPLE = 0.25
DISK_PAUSE_SECONDS = 60.0
# The client has patience of its own; a body that trickles is not waited for longer than this.
LONGEST_SECONDS = 180.0


class Room:
    """The room ahead of the uploader, shared by the downloads of one process."""

    def __init__(self, posters: Posters, settings: Settings, host: str = HOST) -> None:
        self._posters = posters
        self._settings = settings
        self._host = host
        self._files = FILES_A_CHANNEL * len(settings.poster_channel_ids)
        self._bytes = settings.poster_disk_budget_mb * 1024 * 1024
        self._in_hand = 0
        self._unusable_until = 0.0
        self._said: str | None = None
        self._claiming = asyncio.Lock()

    async def claim(self, leased_by: str) -> ToDownload | None:
        """The next poster there is room for; `give_back` ends it."""
        async with self._claiming:
            up_to = await self._up_to()
            if up_to is None:
                return None
            claimed = await self._posters.claim_downloads(
                self._settings.bot_id, leased_by, self._settings.lease_seconds, limit=1, up_to=up_to
            )
            self._in_hand += len(claimed)
            return claimed[0] if claimed else None

    def give_back(self) -> None:
        """A claimed poster is on disk, or will not be."""
        self._in_hand -= 1

    def disk_is_unusable(self) -> None:
        """The disk itself took no file: nothing is tried for a while."""
        self._unusable_until = asyncio.get_running_loop().time() + DISK_PAUSE_SECONDS

    async def _up_to(self) -> Priority | None:
        """The least priority there is room for."""
        if asyncio.get_running_loop().time() < self._unusable_until:
            self._say("DATA_DIR takes no file")
            return None
        on_disk = await self._posters.on_disk(self._settings.bot_id, self._host)
        files = on_disk.files + self._in_hand
        size = on_disk.bytes + (self._in_hand + 1) * TYPICAL_BYTES
        # Files that wait for pre-warming to go on must not keep people's and imports' out.
        room = self._bytes - on_disk.held_bytes
        for up_to, share in ((Priority.PREWARM, 1 - FOR_PEOPLE), (Priority.PERSON, 1.0)):
            if files < self._files * share and size <= room * share:
                self._say(None if up_to == Priority.PREWARM else "the rest of the room is for people")
                return up_to
        self._say("POSTER_DISK_BUDGET_MB is used up" if size > room else "the uploader is far behind")
        return None

    def _say(self, reason: str | None) -> None:
        if reason == self._said:
            return
        self._said = reason
        if reason:
            log.info("poster downloads pause", reason=reason)
        else:
            log.info("poster downloads go on")


class DownloadPosters:
    """A job; each of them downloads one poster at a time."""

    name = "download"
    wakes_on = ("download",)
    poll_seconds = 5.0

    def __init__(
        self,
        posters: Posters,
        room: Room,
        tmdb: TmdbClient,
        files: PosterFiles,
        *,
        bot_id: int,
        leased_by: str,
        lease_seconds: float,
        host: str = HOST,
    ) -> None:
        self._posters = posters
        self._room = room
        self._tmdb = tmdb
        self._files = files
        self._bot_id = bot_id
        self._leased_by = leased_by
        self._lease_seconds = lease_seconds
        self._host = host

    async def step(self) -> bool:
        """One poster; after an outage it waits before the next, which would meet the same."""
        poster = await self._room.claim(self._leased_by)
        if poster is None:
            return False

        async def renew() -> None:
            await self._posters.renew(self._bot_id, self._leased_by, poster.poster_path, self._lease_seconds)

        try:
            async with renewed(renew, self._lease_seconds):
                return await self._download(poster)
        except asyncio.CancelledError:
            await shielded(self._posters.release(self._bot_id, self._leased_by, poster.poster_path))
            raise
        except DatabaseUnavailable:
            raise
        except Exception as error:  # the loop tells it whole; the poster must not come first again
            await self._posters.fail(self._bot_id, self._leased_by, poster.poster_path, type(error).__name__)
            raise
        finally:
            self._room.give_back()

    async def _download(self, poster: ToDownload) -> bool:
        mine = (self._bot_id, self._leased_by, poster.poster_path)
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                file = await self._save(poster)
        except PosterMissing as error:
            log.info("a poster is missing at TMDB", poster=poster.poster_path)
            await self._posters.missing(*mine, str(error))
        except DiskUnusable as error:
            log.error("a poster could not be kept", poster=poster.poster_path, reason=str(error))
            self._room.disk_is_unusable()
            await self._posters.release(*mine)
            return False
        except (PosterError, TmdbError, TimeoutError) as error:
            reason = str(error) or f"not whole after {LONGEST_SECONDS:.0f} s"
            log.warning("a poster is downloaded later", poster=poster.poster_path, reason=reason)
            await self._posters.fail(*mine, reason)
            return isinstance(error, PosterError)
        else:
            await shielded(self._record(file))
        return True

    async def _save(self, poster: ToDownload) -> PosterFile:
        async with self._tmdb.poster(poster.poster_path, poster.size) as body:
            return await self._files.save(poster.poster_path, body)

    async def _record(self, file: PosterFile) -> None:
        counted = await self._posters.finish_downloads(self._bot_id, self._leased_by, self._host, [file])
        if file.poster_path not in counted:
            log.info("a poster was not ours any more when it came", poster=file.poster_path)
            self._files.remove(file.local_path)
