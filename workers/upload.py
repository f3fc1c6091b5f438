"""Posters from disk, or by a file_id a card yielded, into their channels."""

import asyncio

import structlog

from clients.telegram import Post, TelegramChannels
from core.errors import (
    BadFileId,
    ChatUnusable,
    DatabaseUnavailable,
    PhotoRefused,
    PosterLost,
    RetryAfter,
    TelegramError,
)
from core.tasks import shielded
from db.poster_channels import PosterChannels
from db.posters import Posters, ToUpload
from services.poster_files import HOST, PosterFiles
from views.channel_post import caption
from workers.loop import renewed

log = structlog.get_logger(__name__)

IDLE_SECONDS = 5.0
# A channel the bot cannot post in is tried again after this.
SET_ASIDE_SECONDS = 300.0
DATABASE_RETRY_SECONDS = 1.0


class UploadPosters:
    """A job for one channel: each poster goes to whichever channel has a free slot first."""

    name = "upload"
    wakes_on = ("upload",)

    def __init__(
        self,
        channel_id: int,
        posters: Posters,
        channels: PosterChannels,
        telegram: TelegramChannels,
        files: PosterFiles,
        *,
        bot_id: int,
        web_url: str,
        leased_by: str,
        lease_seconds: float,
        host: str = HOST,
    ) -> None:
        self.poll_seconds = IDLE_SECONDS
        self._channel_id = channel_id
        self._posters = posters
        self._channels = channels
        self._telegram = telegram
        self._files = files
        self._bot_id = bot_id
        self._web_url = web_url
        self._leased_by = leased_by
        self._lease_seconds = lease_seconds
        self._host = host
        self._ready_at = 0.0

    async def step(self) -> bool:
        """One post, if the channel has a slot and there is a poster for it."""
        clock = asyncio.get_running_loop().time
        if (wait := self._ready_at - clock()) > 0:
            self.poll_seconds = wait
            return False
        self.poll_seconds = IDLE_SECONDS
        poster = await self._posters.claim_upload(
            self._bot_id, self._leased_by, self._host, self._lease_seconds
        )
        if poster is None:
            return False
        mine = (self._bot_id, self._leased_by, poster.poster_path)

        async def renew() -> None:
            await self._posters.renew(*mine, self._lease_seconds)

        try:
            slot = await self._channels.grant(self._bot_id, self._channel_id)
            self._ready_at = clock() + slot.wait
            if not slot.granted:  # another uploader took it
                await self._posters.release(*mine)
                return True
            async with renewed(renew, self._lease_seconds):
                await self._upload(poster)
        except asyncio.CancelledError:
            await shielded(self._posters.release(*mine))
            raise
        except DatabaseUnavailable:
            raise
        except Exception as error:  # the loop tells it whole; the poster must not come first again
            await self._posters.fail(*mine, type(error).__name__)
            raise
        return True

    async def _upload(self, poster: ToUpload) -> None:
        mine = (self._bot_id, self._leased_by, poster.poster_path)
        try:
            post = await self._post(poster)
        except RetryAfter as error:
            log.warning("a channel asks for a pause", channel=self._channel_id, seconds=error.seconds)
            self._ready_at = asyncio.get_running_loop().time() + error.seconds
            await self._channels.lower(self._bot_id, self._channel_id, error.seconds)
            await self._posters.release(*mine)
        except ChatUnusable as error:
            log.error("a channel is set aside", channel=self._channel_id, reason=str(error))
            await self._channels.set_aside(self._bot_id, self._channel_id, SET_ASIDE_SECONDS, str(error))
            self._ready_at = asyncio.get_running_loop().time() + SET_ASIDE_SECONDS
            await self._posters.release(*mine)
        except (PhotoRefused, PosterLost) as error:
            log.warning("a poster is downloaded again", poster=poster.poster_path, reason=str(error))
            await self._posters.download_again(*mine, str(error), later=isinstance(error, PhotoRefused))
            if poster.local_path:
                self._files.remove(poster.local_path)
        except TelegramError as error:
            log.warning("a poster is posted later", poster=poster.poster_path, reason=str(error))
            await self._posters.fail(*mine, str(error))
        else:
            await self._recorded(poster, post)

    async def _post(self, poster: ToUpload) -> Post:
        text = caption(
            poster.name,
            poster.year,
            f"{self._web_url}/{poster.owner}/{poster.owner_id}" if poster.owner else None,
        )
        if poster.telegram_file_id is not None:
            try:
                return await self._telegram.post(self._channel_id, poster.telegram_file_id, text)
            except BadFileId as error:
                log.warning("a file_id is dead", poster=poster.poster_path, reason=str(error))
        content = await self._files.read(poster.local_path) if poster.local_path else None
        if content is None:
            raise PosterLost("neither a living file_id nor a file")
        return await self._telegram.post(self._channel_id, content, text)

    async def _recorded(self, poster: ToUpload, post: Post) -> None:
        """A post is worth waiting for the database."""
        while True:
            try:
                await shielded(self._record(poster, post))
            except DatabaseUnavailable as error:
                log.warning("a post waits for the database", poster=poster.poster_path, reason=str(error))
            else:
                return
            await asyncio.sleep(DATABASE_RETRY_SECONDS)

    async def _record(self, poster: ToUpload, post: Post) -> None:
        counted = await self._posters.finish_upload(
            self._bot_id,
            self._leased_by,
            poster.poster_path,
            file_id=post.file_id,
            file_unique_id=post.file_unique_id,
            channel_id=post.channel_id,
            message_id=post.message_id,
            width=post.width,
            height=post.height,
        )
        if not counted:
            log.info("a poster was not ours any more when it was posted", poster=poster.poster_path)
            await self._delete(post.channel_id, post.message_id)
            return
        log.debug("a poster is in Telegram", poster=poster.poster_path, channel=post.channel_id)
        if poster.local_path:
            self._files.remove(poster.local_path)
        if poster.channel_id is not None and poster.message_id is not None:
            await self._delete(poster.channel_id, poster.message_id)

    async def _delete(self, channel_id: int, message_id: int) -> None:
        try:
            await self._telegram.delete(channel_id, message_id)
        except TelegramError as error:
            log.warning("a post too many stays", channel=channel_id, message=message_id, reason=str(error))
