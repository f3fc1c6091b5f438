"""Around every handler: request ids, who may use the bot, errors in plain words, answered taps.

None of it asks the database.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

import structlog
from aiogram import BaseMiddleware, Bot
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.dispatcher.flags import get_flag
from aiogram.methods import (
    AnswerCallbackQuery,
    GetMe,
    Response,
    SendChatAction,
    SendDocument,
    SendMessage,
    SendPhoto,
    TelegramMethod,
)
from aiogram.methods.base import TelegramType
from aiogram.types import (
    CallbackQuery,
    Chat,
    InaccessibleMessage,
    Message,
    TelegramObject,
    Update,
    User,
)

from bot.inline import answer as answer_inline
from bot.readers import Readers, is_private, unpin
from bot.replies import in_reply_to
from core.errors import (
    BotBlocked,
    ChatUnusable,
    DatabaseUnavailable,
    QueryTooOld,
    RetryAfter,
    TelegramError,
)
from core.settings import Settings
from core.tasks import Tasks
from db.users import Users
from services.activity import Activity
from services.blocking import Blocking
from views import errors as views
from views import inline
from views.inline import InlineAnswer
from views.locale import Locale, language_of, locale

log = structlog.get_logger(__name__)

Handler = Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]]

# A handler with this flag only shows something: its tap may be answered before it is done. Without it
# the answer means "committed" and waits for the handler, however slow.
SHOWS = {"shows": True}

# A person sees a waiting button from about a second on.
EARLY_ANSWER_SECONDS = 0.7
# The database comes back from a restart within this, mostly.
DATABASE_PATIENCE_SECONDS = 5.0
DATABASE_RETRY_SECONDS = 0.2
# Who may not use the bot, or not any more, is told so at most this often.
TURNED_AWAY_SECONDS = 3600.0
TURNED_AWAY_REMEMBERED = 10_000


class Handling:
    """What one update's handling has done so far at Telegram, and what in a group it answers."""

    def __init__(self, in_group: Message | InaccessibleMessage | None = None) -> None:
        self.sent = False
        self.answered = False
        self._in_group = in_group

    def place(self, method: SendMessage | SendPhoto | SendDocument) -> None:
        """In a group everything sent is a reply, in the topic of what it answers."""
        asked = self._in_group
        if asked is None or method.chat_id != asked.chat.id or method.reply_parameters:
            return
        method.reply_parameters = in_reply_to(asked)
        if isinstance(asked, Message) and asked.is_topic_message:
            method.message_thread_id = asked.message_thread_id


_handling: ContextVar[Handling | None] = ContextVar("handling", default=None)


class NotedCalls(BaseRequestMiddleware):
    """Notes for the current update what was called; a second answer to a tap is not sent."""

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType] | TelegramType:
        handling = _handling.get() or Handling()
        is_answer = isinstance(method, AnswerCallbackQuery)
        if is_answer and handling.answered:
            return True  # type: ignore[return-value] # what Telegram returns for this method
        handling.answered |= is_answer
        handling.sent |= not isinstance(method, AnswerCallbackQuery | GetMe | SendChatAction)
        if isinstance(method, SendMessage | SendPhoto | SendDocument):
            handling.place(method)
        try:
            return await make_request(bot, method)
        except BaseException:
            handling.answered &= not is_answer
            raise


class HandledUpdates(BaseMiddleware):
    """The outermost: binds a request id, turns away whom the bot is not for, and lets no exception out."""

    def __init__(
        self, settings: Settings, activity: Activity, readers: Readers, users: Users, blocking: Blocking
    ) -> None:
        self._allowed = frozenset(settings.allowed_user_ids) | frozenset(settings.admin_ids)
        self._everybody = not settings.allowed_user_ids
        self._activity = activity
        self._readers = readers
        self._users = users
        self._blocking = blocking
        self._turned_away: dict[int, float] = {}

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        assert isinstance(event, Update)
        event = unpin(event)
        clock = asyncio.get_running_loop().time
        asked = event.callback_query.message if event.callback_query else event.message
        handling = Handling(None if asked is None or is_private(asked.chat) else asked)
        _handling.set(handling)
        user: User | None = data.get("event_from_user")
        data["request_id"] = secrets.token_hex(6)
        with structlog.contextvars.bound_contextvars(
            request_id=data["request_id"], update_id=event.update_id
        ):
            started = clock()
            try:
                if user and not (self._everybody or user.id in self._allowed):
                    await self._turn_away(event, user, views.not_allowed, inline.not_allowed)
                    return None
                if user and self._blocking.is_blocked(user.id):
                    await self._turn_away(event, user, views.blocked, inline.blocked)
                    return None
                # Anonymous administrators of groups are one bot's account.
                if user and not user.is_bot and event.my_chat_member is None:
                    self._activity.person(user.id, language_of(user.language_code))
                return await self._patiently(handler, event, data, handling)
            except Exception as error:  # noqa: BLE001 - told to the person and logged in _tell
                await self._tell(error, event, user, data.get("event_chat"), handling)
            finally:
                log.debug("update handled", kind=event.event_type, seconds=round(clock() - started, 4))

    async def _patiently(
        self, handler: Handler, event: TelegramObject, data: dict[str, Any], handling: Handling
    ) -> Any:
        """The handler, again while the database restarts and nothing was sent yet."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + DATABASE_PATIENCE_SECONDS
        while True:
            try:
                return await handler(event, data)
            except DatabaseUnavailable:
                if handling.sent or clock() >= deadline:
                    raise
            await asyncio.sleep(DATABASE_RETRY_SECONDS)

    async def _turn_away(
        self,
        event: Update,
        user: User,
        text: Callable[[Locale], str],
        nothing: Callable[[Locale], InlineAnswer],
    ) -> None:
        """One polite line an hour; taps are answered without one, inline queries by an empty list."""
        if event.callback_query:
            await event.callback_query.answer()
            return
        if event.inline_query:
            t = locale(language_of(user.language_code))
            await answer_inline(event.inline_query, nothing(t))
            return
        now = asyncio.get_running_loop().time()
        told = self._turned_away.get(user.id)
        if event.message is None or event.message.chat.type != "private":
            return
        if told is not None and now - told < TURNED_AWAY_SECONDS:
            return
        self._turned_away.pop(user.id, None)
        self._turned_away[user.id] = now
        if len(self._turned_away) > TURNED_AWAY_REMEMBERED:
            del self._turned_away[next(iter(self._turned_away))]
        await event.message.answer(text(locale(language_of(user.language_code))))

    async def _tell(
        self, error: Exception, event: Update, user: User | None, chat: Chat | None, handling: Handling
    ) -> None:
        """What happened, in the person's language, where it can still reach them."""
        if isinstance(error, BotBlocked):
            log.info("the person has blocked the bot")
            if user:
                await self._blocked(user.id)
            return
        if isinstance(error, RetryAfter | QueryTooOld):
            log.warning("an answer did not reach Telegram", reason=str(error))
            return
        if views.is_expected(error):
            log.warning("an update could not be handled", error=type(error).__name__, reason=str(error))
        else:
            log.error("an update failed", exc_info=error)
        text = views.apology(error, locale(self._readers.language(user)))
        try:
            query = event.callback_query
            if query and not handling.answered:
                await query.answer(text, show_alert=True)
            elif event.inline_query:
                t = locale(self._readers.language(user))
                await answer_inline(event.inline_query, inline.away(t))
            elif chat and (query or event.message) and not isinstance(error, ChatUnusable):
                assert event.bot is not None
                await event.bot.send_message(chat.id, text)
        except BotBlocked:
            if user:
                await self._blocked(user.id)
        except TelegramError as failed:
            log.warning("an apology did not reach Telegram", reason=str(failed))

    async def _blocked(self, user_id: int) -> None:
        await self._activity.forget(user_id)
        try:
            await self._users.blocked(user_id)
        except DatabaseUnavailable as error:
            log.warning("that the person has blocked the bot is not noted", reason=str(error))


class AnsweredTaps(BaseMiddleware):
    """Every tap is answered: by its handler, or after it, or early where the handler only shows something."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        assert isinstance(event, CallbackQuery)
        early = (
            asyncio.get_running_loop().call_later(
                EARLY_ANSWER_SECONDS, lambda: self._tasks.start(_answer(event), "early answer to a tap")
            )
            if get_flag(data, "shows")
            else None
        )
        try:
            result = await handler(event, data)
        finally:
            if early:
                early.cancel()
        await _answer(event)
        return result


async def _answer(query: CallbackQuery) -> None:
    handling = _handling.get()
    if handling and handling.answered:
        return
    try:
        await query.answer()
    except TelegramError as error:
        # The spinner ends by itself; the handler's own result is what matters.
        log.info("a tap was not answered", reason=str(error))
