"""Posters as an admin steers them: a look at all, pre-warming, and moves to a new channel or bot."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple, Protocol

from core.errors import ChatUnusable
from core.posters import Elsewhere, PosterMove, PosterOverview
from core.settings import Settings
from db.live_messages import LiveMessages
from db.pool import Database, wake
from db.poster_channels import PosterChannels
from db.poster_moves import PosterMoves
from db.posters import Posters
from db.prewarming import Prewarming

# A million posters take forty days in one channel.
_MESSAGE_LIFE = timedelta(days=90)


class Unreadable(NamedTuple):
    """The bot does not administer this old channel: nothing there can be forwarded."""

    channel_id: int


class Channels(Protocol):
    """Where a bot's rights are asked for (clients.telegram.TelegramChannels)."""

    async def check_is_admin(self, channel_id: int) -> None: ...


class PosterAdmin:
    """One bot's posters in its configured channels."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._moves = PosterMoves(database)
        self._bot_id = settings.bot_id
        self._channel_ids = settings.poster_channel_ids

    async def overview(self) -> PosterOverview:
        """All posters at a glance."""
        posters = Posters(self._database)
        counts = await posters.counts(self._bot_id)
        return PosterOverview(
            bot_id=self._bot_id,
            by_status=counts.by_status,
            dead_file_ids=counts.dead,
            dead_file_ids_month=counts.dead_month,
            paused=not await posters.may_prewarm(self._bot_id),
            channels=tuple(await PosterChannels(self._database).look(self._bot_id, self._channel_ids)),
            prewarming=await Prewarming(self._database).request(self._bot_id),
            move=await self._moves.move(self._bot_id),
            elsewhere=tuple(await self.elsewhere()),
        )

    async def prewarm(self, films: int | None, by: int) -> None:
        """Asks for the posters of so many of the most popular films, None: of all."""
        async with self._database.transaction() as connection:
            await Prewarming(connection).ask(self._bot_id, films, by)
            await wake(connection, "prewarm")

    async def elsewhere(self) -> Sequence[Elsewhere]:
        """Posters in Telegram outside of the configured channels, or another bot's."""
        return await self._moves.elsewhere(self._bot_id, self._channel_ids)

    async def start(self, from_bot_id: int, by: int, channels: Channels) -> PosterMove | Unreadable | None:
        """Begins to move that bot's posters here; None: there are none, or another move is under way.

        TelegramError: whether this bot may read the old channels is not known.
        """
        source = next((one for one in await self.elsewhere() if one.from_bot_id == from_bot_id), None)
        if source is None:
            return None
        for channel_id in source.channel_ids:
            try:
                await channels.check_is_admin(channel_id)
            except ChatUnusable:
                return Unreadable(channel_id)
        async with self._database.transaction() as connection:
            started = await PosterMoves(connection).start(self._bot_id, source, by)
        return None if started is None else await self.move(started)

    async def move(self, move_id: int) -> PosterMove | None:
        """A move as it is."""
        return await self._moves.move(self._bot_id, move_id)

    async def pause(self, move_id: int) -> None:
        """No further poster is forwarded."""
        await self._moves.pause(move_id)

    async def resume(self, move_id: int) -> None:
        """It goes on where it was."""
        async with self._database.transaction() as connection:
            await PosterMoves(connection).resume(move_id)

    async def cancel(self, move_id: int) -> None:
        """It ends; what was moved stays moved."""
        await self._moves.cancel(move_id)

    async def follow(self, move_id: int, user_id: int, chat_id: int, message_id: int) -> None:
        """This message shows the move from now on."""
        async with self._database.transaction() as connection:
            await LiveMessages(connection).follow(
                self._bot_id,
                chat_id,
                message_id,
                kind="move",
                subject=str(move_id),
                user_id=user_id,
                life=_MESSAGE_LIFE,
            )
            await wake(connection, "live")
