"""Cards sent by inline mode, which gain their poster when it has a file_id."""

import asyncio
from datetime import timedelta

import structlog
from aiogram import Bot
from aiogram.types import InputMediaPhoto

from core.cards import Freshness
from core.errors import (
    BadFileId,
    BotBlocked,
    ChatUnusable,
    MessageGone,
    NothingToEdit,
    NotModified,
    PhotoRefused,
    RetryAfter,
    TelegramError,
    UrlNotFetched,
)
from core.settings import Settings
from core.tasks import shielded, together
from db.cards import Cards
from db.inline import InlineMessage, InlineMessages
from db.pool import Database
from db.posters import Posters, Priority, Wanted
from views.card import caption, keyboard
from views.screen import pinned
from workers.loop import renewed

log = structlog.get_logger(__name__)

BATCH = 20
LONGEST_PAUSE_SECONDS = 600.0


class CompleteInlineMessages:
    """A job; a kill between Telegram's answer and our commit repeats an edit, which then changes nothing."""

    name = "inline"
    wakes_on = ("inline",)
    # A poster wakes it; a stub that was fetched is found by looking.
    poll_seconds = 5.0

    def __init__(self, database: Database, bot: Bot, settings: Settings, *, leased_by: str) -> None:
        bot_id, language = settings.bot_id, settings.catalogue_language
        self._messages = InlineMessages(database, bot_id=bot_id, catalogue_language=language)
        self._cards = Cards(database, bot_id=bot_id, catalogue_language=language)
        self._posters = Posters(database)
        self._bot = bot
        self._bot_id = bot_id
        self._poster_size = settings.poster_size
        self._web_url = settings.tmdb_web_base_url
        self._is_shared = not settings.adult_in_groups
        self._leased_by = leased_by
        self._lease = timedelta(seconds=settings.lease_seconds)

    async def step(self) -> bool:
        """A batch of those whose poster, or whose film, has come."""
        batch = await self._messages.claim(BATCH, self._lease, self._leased_by)
        if not batch:
            await self._messages.prune()
            return False

        async def renew() -> None:
            await self._messages.renew(self._leased_by, self._lease)

        try:
            async with renewed(renew, self._lease.total_seconds()):
                await together(self._complete(message) for message in batch)
        except asyncio.CancelledError:
            await shielded(self._messages.release(self._leased_by))
            raise
        return True

    async def _complete(self, message: InlineMessage) -> None:
        """The card as its sender sees it now, in place of what was sent."""
        card = await self._cards.card(
            *(message.movie_id, message.telegram_user_id, message.language),
            is_shared=self._is_shared,
            hides_rated=False,
        )
        poster = card.poster
        if card.freshness is not Freshness.FRESH:
            # Deleted or grown too old meanwhile: what was sent says enough.
            await self._messages.done(message.inline_message_id)
            return
        file_id = poster.file_id if poster else None
        text = caption(card, private=False)
        buttons = pinned(keyboard(card, self._web_url), card.reader.told)
        try:
            if file_id:
                media = InputMediaPhoto(media=file_id, caption=text)
                await self._bot.edit_message_media(
                    media, inline_message_id=message.inline_message_id, reply_markup=buttons
                )
            else:
                await self._bot.edit_message_text(
                    text, inline_message_id=message.inline_message_id, reply_markup=buttons
                )
        except NotModified:
            pass  # an edit whose answer was lost, or whose worker died before it could say so
        except (MessageGone, NothingToEdit, BotBlocked, ChatUnusable) as error:
            log.info("a card sent inline cannot be completed", reason=str(error))
            await self._messages.done(message.inline_message_id)
            return
        except (BadFileId, UrlNotFetched, PhotoRefused) as error:
            assert file_id is not None  # a text has none
            log.warning("a file_id is dead", movie_id=message.movie_id, reason=str(error))
            await self._posters.forget_file_ids(self._bot_id, [file_id])
            await self._messages.later(message.inline_message_id, self._leased_by)
            return
        except TelegramError as error:
            pause = min(2.0**message.attempts, LONGEST_PAUSE_SECONDS)
            if isinstance(error, RetryAfter):
                pause = error.seconds
            log.warning("a card sent inline is completed later", seconds=pause, reason=str(error))
            await self._messages.later(message.inline_message_id, self._leased_by, timedelta(seconds=pause))
            return
        if file_id or poster is None or poster.is_missing:
            await self._messages.done(message.inline_message_id)
            return
        wanted = Wanted(poster.path, card.movie_id, card.popularity)
        await self._posters.want(self._bot_id, self._poster_size, [wanted], Priority.PERSON)
        await self._messages.later(message.inline_message_id, self._leased_by, poster_path=poster.path)
