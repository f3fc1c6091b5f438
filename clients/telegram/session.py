"""aiogram's HTTP session with our pacing, retries and errors."""

import asyncio
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, Final

import aiohttp
import orjson
from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ParseMode
from aiogram.exceptions import ClientDecodeError, TelegramAPIError, TelegramServerError
from aiogram.methods import (
    EditMessageMedia,
    EditMessageText,
    Response,
    SendMessage,
    SendPhoto,
    TelegramMethod,
)
from aiogram.methods.base import TelegramType
from aiogram.types import LinkPreviewOptions
from pydantic import SecretStr

from clients.budget import Budget
from clients.requests import Attempt, Recorder, recorded, unrecorded
from clients.telegram.refusals import refusal
from core.errors import ChatMoved, PhotosForbidden, RetryAfter, TelegramError, TelegramUnavailable
from core.settings import Settings

# Seconds for a call to be answered; a poster on a slow line needs some.
ANSWER_SECONDS = 30.0
# A late answer is better than none: a person's waits for a pause of at most so many seconds.
LONGEST_PAUSE_SECONDS = 60
# A call whose answer was lost is repeated where a repetition changes nothing, after 0.2, 0.4 … s.
TRIES = 4
FIRST_DELAY_SECONDS = 0.2

# "About 1 message a second to one chat": so many at once are known to pass.
CHAT_INTERVAL_SECONDS = 1.0
CHAT_BURST = 3
# "20 a minute to one group": a group's id is negative.
GROUP_INTERVAL_SECONDS = 3.0

_MESSAGES = ("send", "edit", "copy", "forward")
# Most likely somebody's before Telegram: an error page, an answer that is none.
_GATEWAY = (TelegramServerError, ClientDecodeError)
_REPEATABLE = ("get", "edit", "delete", "set", "answer", "close", "log")

# aiogram tells of an answer's status where it reads the answer, and nowhere else.
_attempt: ContextVar[Attempt] = ContextVar("attempt")


class ChatPace:
    """Calls to one chat, kept below what Telegram bears: a 429 would silence the bot for everybody."""

    _KEPT: Final = 10_000

    def __init__(
        self,
        interval: float = CHAT_INTERVAL_SECONDS,
        burst: int = CHAT_BURST,
        group_interval: float = GROUP_INTERVAL_SECONDS,
    ) -> None:
        self._interval = interval
        self._group_interval = group_interval
        self._at_once = burst - 1
        self._paid_until: dict[Any, float] = {}

    async def wait(self, chat_id: Any) -> None:
        """Returns when one more message may go to the chat."""
        now = asyncio.get_running_loop().time()
        if len(self._paid_until) > self._KEPT:
            self._paid_until = {chat: until for chat, until in self._paid_until.items() if until > now}
        paid_until = max(now, self._paid_until.get(chat_id, 0.0))
        interval = self._interval_of(chat_id)
        self._paid_until[chat_id] = paid_until + interval
        if (wait := paid_until - interval * self._at_once - now) > 0:
            await asyncio.sleep(wait)

    def hold(self, chat_id: Any, seconds: float) -> None:
        """Telegram refused the chat: nothing more goes there for so long."""
        ahead = self._interval_of(chat_id) * self._at_once
        until = asyncio.get_running_loop().time() + seconds + ahead
        self._paid_until[chat_id] = max(until, self._paid_until.get(chat_id, 0.0))

    def _interval_of(self, chat_id: Any) -> float:
        return self._group_interval if isinstance(chat_id, int) and chat_id < 0 else self._interval


class TelegramSession(AiohttpSession):
    """Every call of the product to Telegram: within the budget, repeated where safe, errors of ours.

    `pace` is given where people are answered. Then a pause that Telegram asks for is waited out, and
    holds that chat only; a second chat refused meanwhile means the bot as a whole, and pauses everybody.
    A group that takes no photos gets the text. Without `pace` the caller, who has other work, is told and
    holds its own channel.
    """

    def __init__(
        self,
        api_url: str,
        budget: Budget,
        *,
        pace: ChatPace | None = None,
        proxy: SecretStr | None = None,
        record: Recorder = unrecorded,
    ) -> None:
        super().__init__(
            api=TelegramAPIServer.from_base(api_url), json_loads=orjson.loads, timeout=ANSWER_SECONDS
        )
        self._budget = budget
        self._pace = pace
        self._record = record
        self._refused: dict[Any, float] = {}
        self._http_proxy = proxy.get_secret_value() if proxy else None
        # pydantic refers to Response[Message] and its like weakly: after a garbage collection the next
        # answer would build the model anew, for milliseconds.
        self._responses: dict[Any, type[Response[Any]]] = {}

    async def create_session(self) -> aiohttp.ClientSession:
        """One for the bot's life; aiogram's own would need another package for a proxy."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=self._connector_type(**self._connector_init), proxy=self._http_proxy
            )
        return self._session

    async def close(self) -> None:
        """Closes the connections; aiohttp itself waits for their ends."""
        if self._session is not None:
            await self._session.close()

    async def __call__(
        self, bot: Bot, method: TelegramMethod[TelegramType], timeout: int | None = None
    ) -> TelegramType:
        """Telegram's answer, or a TelegramError."""
        name = method.__api_method__
        is_message = name.startswith(_MESSAGES) and name != "sendChatAction"
        chat_id = getattr(method, "chat_id", None)
        tries = 0
        while True:
            tries += 1
            if is_message:
                if self._pace and chat_id is not None:
                    await self._pace.wait(chat_id)
                await self._budget.acquire()
            try:
                with recorded(self._record, "telegram", "POST", name, retry=tries > 1) as attempt:
                    _attempt.set(attempt)
                    return await super().__call__(bot, method, timeout)
            except (TelegramAPIError, ClientDecodeError) as failed:
                error = refusal(name, failed)
                cause = failed if isinstance(failed, _GATEWAY) else failed.__cause__
            if isinstance(error, ChatMoved) and tries < TRIES:
                chat_id = error.chat_id
                method = method.model_copy(update={"chat_id": chat_id})
                continue
            if self._pace and isinstance(error, PhotosForbidden) and (text := _as_text(method)):
                return await self(bot, text, timeout)
            # Handled out here: aiogram's errors carry the whole call, and would be the context of ours.
            wait = FIRST_DELAY_SECONDS * 2 ** (tries - 1)
            if isinstance(error, RetryAfter):
                await self._obey(chat_id, error.seconds)
                wait = error.seconds
            if tries == TRIES or not self._may_repeat(name, error, cause):
                raise error
            await asyncio.sleep(wait)

    async def _obey(self, chat_id: Any, seconds: float) -> None:
        if self._pace is None:
            return
        now = asyncio.get_running_loop().time()
        self._refused = {chat: until for chat, until in self._refused.items() if until > now}
        self._refused[chat_id] = now + seconds
        if chat_id is not None:
            self._pace.hold(chat_id, seconds)
        if chat_id is None or len(self._refused) > 1:
            await self._budget.pause(seconds)

    def check_response(
        self, bot: Bot, method: TelegramMethod[TelegramType], status_code: int, content: str
    ) -> Response[TelegramType]:
        """aiogram's reading of an answer, with a model that is kept."""
        _attempt.get().status = status_code
        returned = method.__returning__
        if returned not in self._responses:
            self._responses[returned] = Response[returned]  # type: ignore[valid-type] # as aiogram does
        return super().check_response(bot, method, status_code, content)

    def _may_repeat(self, name: str, error: TelegramError, cause: BaseException | None) -> bool:
        if isinstance(error, RetryAfter):
            return self._pace is not None and error.seconds <= LONGEST_PAUSE_SECONDS
        if not isinstance(error, TelegramUnavailable) or name == "getUpdates":
            return False  # the poller has a back-off of its own
        if self._pace is not None and isinstance(cause, _GATEWAY):
            return True  # for a person a message twice is better than none
        return name.startswith(_REPEATABLE) or isinstance(cause, aiohttp.ClientConnectorError)


def _as_text(method: TelegramMethod[Any]) -> TelegramMethod[Any] | None:
    """A photo's caption as a message; None for what is no photo with a caption."""
    if isinstance(method, SendPhoto) and method.caption:
        return SendMessage(
            chat_id=method.chat_id,
            message_thread_id=method.message_thread_id,
            text=method.caption,
            disable_notification=method.disable_notification,
            reply_parameters=method.reply_parameters,
            reply_markup=method.reply_markup,
        )
    if isinstance(method, EditMessageMedia) and method.media.caption:
        return EditMessageText(
            chat_id=method.chat_id,
            message_id=method.message_id,
            text=method.media.caption,
            reply_markup=method.reply_markup,
        )
    return None


def make_bot(
    settings: Settings,
    budget: Budget,
    *,
    people: bool,
    pace: Mapping[str, Any] | None = None,
    record: Recorder = unrecorded,
) -> Bot:
    """The bot at the configured server; `people`: its calls are waited for by somebody.

    `pace` overrides what ChatPace allows, for benchmarks against a server without limits.
    """
    session = TelegramSession(
        settings.telegram_api_base_url,
        budget,
        pace=ChatPace(**(pace or {})) if people else None,
        proxy=settings.proxy_url,
        record=record,
    )
    return Bot(
        settings.bot_token.get_secret_value(),
        session=session,
        default=DefaultBotProperties(
            parse_mode=ParseMode.HTML, link_preview=LinkPreviewOptions(is_disabled=True)
        ),
    )
