"""Posters of a former channel or bot, forwarded into the channels of today."""

import asyncio
from collections.abc import Sequence

import structlog

from clients.telegram import Post, TelegramChannels
from core.errors import (
    ChatUnusable,
    DatabaseUnavailable,
    MessageGone,
    RetryAfter,
    TelegramError,
    TelegramUnavailable,
)
from core.tasks import shielded
from db.pool import Database
from db.poster_channels import PosterChannels
from db.poster_moves import PosterMoves, ToForward
from db.posters import Posters
from services.poster_files import HOST
from workers.loop import renewed
from workers.upload import DATABASE_RETRY_SECONDS, IDLE_SECONDS, SET_ASIDE_SECONDS

log = structlog.get_logger(__name__)

# What Telegram refuses so often without a reason we know will not be forwarded at all.
TRIES = 4


class MovePosters:
    """A job for one channel: each poster goes to whichever channel has a free slot first.

    A poster moves in two steps: forwarded and recorded with its new post, then, where another bot's
    post would stand beside it in a channel of ours, that one is deleted and its row with it. Killed in
    between, the second step is done by whoever comes next.
    """

    name = "move"
    wakes_on = ("move",)

    def __init__(
        self,
        channel_id: int,
        database: Database,
        channels: PosterChannels,
        telegram: TelegramChannels,
        *,
        bot_id: int,
        channel_ids: Sequence[int],
        leased_by: str,
        lease_seconds: float,
        host: str = HOST,
    ) -> None:
        self.poll_seconds = IDLE_SECONDS
        self._channel_id = channel_id
        self._moves = PosterMoves(database)
        self._posters = Posters(database)
        self._channels = channels
        self._telegram = telegram
        self._bot_id = bot_id
        self._channel_ids = channel_ids
        self._leased_by = leased_by
        self._lease_seconds = lease_seconds
        self._host = host
        self._ready_at = 0.0

    async def step(self) -> bool:
        """One poster, if there is a move, the channel has a slot and no person's post needs it."""
        clock = asyncio.get_running_loop().time
        if (wait := self._ready_at - clock()) > 0:
            self.poll_seconds = wait
            return False
        self.poll_seconds = IDLE_SECONDS
        poster = await self._moves.claim(
            self._bot_id, self._channel_ids, self._leased_by, self._host, self._lease_seconds
        )
        if poster is None:
            if (finished := await self._moves.finish(self._bot_id, self._channel_ids)) is not None:
                log.info("a move of posters is done", move=finished)
            return False
        mine = (poster.from_bot_id, self._leased_by, poster.poster_path)

        async def renew() -> None:
            await self._posters.renew(*mine, self._lease_seconds)

        try:
            slot = await self._channels.grant(self._bot_id, self._channel_id)
            self._ready_at = clock() + slot.wait
            if not slot.granted:  # an uploader took it
                await self._posters.release(*mine)
                return True
            async with renewed(renew, self._lease_seconds):
                await self._move(poster)
        except asyncio.CancelledError:
            await shielded(self._posters.release(*mine))
            raise
        except DatabaseUnavailable:
            raise
        except Exception as error:  # the loop tells it whole; the poster must not come first again
            await self._posters.fail(*mine, type(error).__name__)
            raise
        return True

    async def _move(self, poster: ToForward) -> None:
        mine = (poster.from_bot_id, self._leased_by, poster.poster_path)
        try:
            post = None
            if not poster.is_here:
                post = await self._telegram.forward(
                    self._channel_id, poster.channel_id, poster.message_id, poster.file_unique_id
                )
        except RetryAfter as error:
            log.warning("a channel asks for a pause", channel=self._channel_id, seconds=error.seconds)
            self._ready_at = asyncio.get_running_loop().time() + error.seconds
            await self._channels.lower(self._bot_id, self._channel_id, error.seconds)
            await self._posters.release(*mine)
        except MessageGone as error:
            log.warning("a poster to move is lost", poster=poster.poster_path, reason=str(error))
            await self._moves.lost(self._bot_id, self._leased_by, poster, str(error))
        except ChatUnusable as error:
            await self._unusable(poster, error)
            await self._posters.release(*mine)
        except TelegramError as error:
            log.warning("a poster is moved later", poster=poster.poster_path, reason=str(error))
            if poster.attempts < TRIES or isinstance(error, TelegramUnavailable):
                await self._posters.fail(*mine, str(error))
            else:
                await self._moves.lost(self._bot_id, self._leased_by, poster, str(error))
        else:
            await self._recorded(poster, post)

    async def _unusable(self, poster: ToForward, error: ChatUnusable) -> None:
        """Either of the two channels: without the old one the move rests until an admin has seen to it."""
        try:
            await self._telegram.check_is_admin(poster.channel_id)
        except ChatUnusable as unusable:
            log.error("a move of posters is paused", channel=poster.channel_id, reason=str(unusable))
            await self._moves.pause(poster.move_id, f"{poster.channel_id}: {unusable}")
            return
        except TelegramError:
            log.warning("a channel could not be looked at", channel=poster.channel_id)
        log.error("a channel is set aside", channel=self._channel_id, reason=str(error))
        await self._channels.set_aside(self._bot_id, self._channel_id, SET_ASIDE_SECONDS, str(error))
        self._ready_at = asyncio.get_running_loop().time() + SET_ASIDE_SECONDS

    async def _recorded(self, poster: ToForward, post: Post | None) -> None:
        """A post is worth waiting for the database."""
        while True:
            try:
                await shielded(self._record(poster, post))
            except DatabaseUnavailable as error:
                log.warning("a post waits for the database", poster=poster.poster_path, reason=str(error))
            else:
                return
            await asyncio.sleep(DATABASE_RETRY_SECONDS)

    async def _record(self, poster: ToForward, post: Post | None) -> None:
        if post is not None and not await self._keep(poster, post):
            return
        if poster.from_bot_id == self._bot_id:
            return
        # In a channel that is left nothing is deleted: it goes as a whole, when its owner wants it to.
        if poster.channel_id in self._channel_ids:
            await self._delete(poster.channel_id, poster.message_id)
        await self._moves.left(self._leased_by, poster)

    async def _keep(self, poster: ToForward, post: Post) -> bool:
        kept = await self._moves.keep(
            self._bot_id,
            self._leased_by,
            poster,
            file_id=post.file_id,
            file_unique_id=post.file_unique_id,
            channel_id=post.channel_id,
            message_id=post.message_id,
        )
        if not kept.counted:
            log.info("a poster was not ours any more when it was forwarded", poster=poster.poster_path)
            await self._delete(post.channel_id, post.message_id)
            await self._posters.release(poster.from_bot_id, self._leased_by, poster.poster_path)
        elif kept.channel_id is not None and kept.message_id is not None:
            await self._delete(kept.channel_id, kept.message_id)
        return kept.counted

    async def _delete(self, channel_id: int, message_id: int) -> None:
        try:
            await self._telegram.delete(channel_id, message_id)
        except TelegramError as error:
            log.warning("a post too many stays", channel=channel_id, message=message_id, reason=str(error))
