"""Which updates are handled at all: what people in a group say to each other is not, nor one person's flood.

Decided before an update waits behind others, so that neither costs anybody a place or a second.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

import structlog
from aiogram import Bot
from aiogram.types import Message, Update, User

from bot.readers import Readers, is_private
from bot.replies import in_reply_to
from core.errors import TelegramError
from core.tasks import Tasks
from services.blocking import Blocking
from views import errors as views
from views.locale import locale
from views.start import COMMANDS, FILM_COMMANDS, GLOBAL_COMMANDS

log = structlog.get_logger(__name__)

_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@(\w+))?(?!\S)")
_HEARD = frozenset(COMMANDS + FILM_COMMANDS) - frozenset(GLOBAL_COMMANDS)

Kind = Literal["private", "group", "inline"]
Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one person may do: so much at once, then so much a second."""

    burst: int
    per_second: float


# In a group half of what Telegram lets a bot send there a minute, so that one person leaves the others room.
ALLOWANCES: Mapping[Kind, Allowance] = {
    "private": Allowance(20, 1.0),
    "group": Allowance(8, 10 / 60),
    "inline": Allowance(30, 5.0),
}
# Who floods is told so in a message at most this often; taps are answered each time.
TOLD_SECONDS = 60.0
REMEMBERED = 10_000
# Refusals said at the same moment, and those that wait for it; beyond that a flood gets no answer.
SAID_AT_ONCE = 8
UNSAID = 100


def words_for(message: Message, bot_id: int, username: str) -> str | None:
    """What a message in a group says to the bot, without the bot's name; None: it is none of its business.

    Commands, replies to the bot's messages and texts that begin with its name. Channels, forwards of them
    and what was sent through inline mode ask for nothing.
    """
    text = (message.text or "").strip()
    is_channels = message.sender_chat is not None and message.sender_chat.id != message.chat.id
    if not text or message.via_bot or message.is_automatic_forward or is_channels:
        return None
    if text.startswith("/"):
        command = _COMMAND.match(text)
        if command is None:
            return None
        name, addressed = command[1].lower(), command[2]
        if addressed is None:
            # Unaddressed, Telegram's global commands are every bot's.
            return text if name in _HEARD else None
        return text if addressed.lower() == username.lower() else None
    first, *rest = text.split(maxsplit=1)
    if first.rstrip(",:").lower() == f"@{username}".lower():
        return rest[0] if rest else "/search"
    if first.startswith("@"):
        return None
    # A card that somebody sent through the bot is that person's: what others reply is meant for them.
    replied = message.reply_to_message
    author = replied.from_user if replied else None
    return text if author and author.id == bot_id else None


class Admission:
    """Takes each update off its person's allowance; what is over it is answered here, shortly."""

    def __init__(
        self,
        bot: Bot,
        username: str,
        readers: Readers,
        blocking: Blocking,
        tasks: Tasks,
        allowances: Mapping[Kind, Allowance] = ALLOWANCES,
    ) -> None:
        self._bot = bot
        self._username = username
        self._readers = readers
        self._blocking = blocking
        self._tasks = tasks
        self._allowances = allowances
        self._spent_until: dict[tuple[int, Kind], float] = {}
        self._told_until: dict[int, float] = {}
        self._saying = asyncio.Semaphore(SAID_AT_ONCE)
        self._unsaid = 0

    def __call__(self, update: Update) -> Update | None:
        """The update as it is to be handled; None: not at all."""
        message, query = update.message, update.callback_query
        kind: Kind = "private"
        if message is not None and not is_private(message.chat):
            words = words_for(message, self._bot.id, self._username)
            if words is None:
                return None
            kind = "group"
            if words != message.text:
                said = message.model_copy(update={"text": words, "entities": None})
                update = update.model_copy(update={"message": said})
        elif query is not None and query.message is not None and not is_private(query.message.chat):
            kind = "group"
        elif update.inline_query is not None:
            kind = "inline"
        asked = message or query or update.inline_query
        user = asked.from_user if asked else None
        # An anonymous administrator writes as one and the same user in every group there is.
        sender = message.sender_chat if message else None
        person = sender.id if sender else user.id if user else None
        if person is None or user is None or self._blocking.is_blocked(user.id) or self._takes(person, kind):
            return update
        self._refuse(update, person, user)
        return None

    def _takes(self, person: int, kind: Kind) -> bool:
        allowance = self._allowances[kind]
        now = asyncio.get_running_loop().time()
        spent_until = max(now, self._spent_until.pop((person, kind), now))
        is_over = spent_until - now > (allowance.burst - 1) / allowance.per_second
        if not is_over:
            spent_until += 1 / allowance.per_second
        _remember(self._spent_until, (person, kind), spent_until)
        return not is_over

    def _refuse(self, update: Update, person: int, user: User) -> None:
        if self._unsaid >= UNSAID:
            return
        now = asyncio.get_running_loop().time()
        if update.message is not None:
            if self._told_until.get(person, now) > now:
                return
            _remember(self._told_until, person, now + TOLD_SECONDS)
            log.info("a person floods", kind=update.event_type)
        self._unsaid += 1
        self._tasks.start(self._say(update, user), "a flood is slowed")

    async def _say(self, update: Update, user: User) -> None:
        text = views.slow_down(locale(self._readers.language(user)))
        try:
            async with self._saying:
                if update.callback_query is not None:
                    await update.callback_query.answer(text)
                elif update.inline_query is not None:
                    await update.inline_query.answer([], cache_time=0, is_personal=True)
                elif update.message is not None and is_private(update.message.chat):
                    await update.message.answer(text)
                elif update.message is not None:
                    await update.message.answer(text, reply_parameters=in_reply_to(update.message))
        except TelegramError as error:
            log.info("a flood was not answered", reason=str(error))
        finally:
            self._unsaid -= 1


def _remember(times: dict[Key, float], key: Key, until: float) -> None:
    times.pop(key, None)
    times[key] = until
    if len(times) > REMEMBERED:
        del times[next(iter(times))]
