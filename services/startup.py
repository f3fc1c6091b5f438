"""What bot and workers check before they rely on it: the token, the channels, TMDB's key."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal, Protocol

import structlog

from core.bot_account import BotAccount
from core.errors import (
    ChatUnusable,
    CredentialsRefused,
    NotAuthorised,
    TelegramError,
    TelegramUnauthorised,
    TmdbError,
)
from core.settings import Settings
from db.poster_channels import PosterChannels

log = structlog.get_logger(__name__)

# What does not answer within this is called unreachable, and asked again every RECHECK_SECONDS.
PATIENCE_SECONDS = 8.0
RECHECK_SECONDS = 15.0

Check = Callable[[], Awaitable[str]]
Outcome = Literal["well", "off", "refused", "unusable", "unreachable"]
_LEVELS: Mapping[Outcome, int] = {
    "well": logging.INFO,
    "off": logging.WARNING,
    "refused": logging.ERROR,
    "unusable": logging.ERROR,
    "unreachable": logging.WARNING,
}


class Telegram(Protocol):
    """What is asked of Telegram (clients.telegram.TelegramChannels)."""

    async def account(self) -> BotAccount: ...
    async def check_right_to_post(self, channel_id: int) -> None: ...


class Tmdb(Protocol):
    """What is asked of TMDB (clients.tmdb.client.TmdbClient)."""

    async def check_key(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; `text` is a line for the operator."""

    subject: str
    outcome: Outcome
    text: str


class Startup:
    """The checks: refusals end the process, what is unreachable is asked again beside the work.

    A single channel that cannot be posted in is said and left to the others; all of them are a refusal.
    Where `channels` are given, what was found is noted there for the health check. The process that
    `answers_people` says which of @BotFather's switches are off; none of them is a refusal.
    """

    def __init__(
        self,
        telegram: Telegram,
        tmdb: Tmdb,
        settings: Settings,
        channels: PosterChannels | None = None,
        *,
        answers_people: bool = False,
    ) -> None:
        self._telegram = telegram
        self._tmdb = tmdb
        self._noted = channels
        self._answers_people = answers_people
        self._bot_id = settings.bot_id
        tmdb_variable = "TMDB_ACCESS_TOKEN" if settings.tmdb_access_token else "TMDB_API_KEY"
        self._credentials: dict[str, Check] = {"BOT_TOKEN": self._token, tmdb_variable: self._key}
        self._channels: dict[str, Check] = {
            f"POSTER_CHANNEL_IDS {channel}": partial(self._channel, channel)
            for channel in settings.poster_channel_ids
        }
        self._findings: dict[str, Finding] = {}

    async def check(self) -> list[Finding]:
        """Asks what has not answered yet and logs a line each; CredentialsRefused."""
        await self._ask(self._credentials)
        refused = [finding for finding in self._findings.values() if finding.outcome == "refused"]
        if self._findings["BOT_TOKEN"].outcome == "well":
            await self._ask(self._channels)
            channels = [self._findings[subject] for subject in self._channels]
            if all(channel.outcome in ("refused", "unusable") for channel in channels):
                refused += channels
        if refused:
            raise CredentialsRefused([f"{finding.subject}: {finding.text}" for finding in refused])
        return list(self._findings.values())

    async def watch(self) -> None:
        """Asks again until everything has answered; CredentialsRefused."""
        while not all(map(self._has_answered, (*self._credentials, *self._channels))):
            await asyncio.sleep(RECHECK_SECONDS)
            await self.check()

    def _has_answered(self, subject: str) -> bool:
        return subject in self._findings and self._findings[subject].outcome != "unreachable"

    async def _ask(self, checks: Mapping[str, Check]) -> None:
        asked = [
            self._find(subject, check) for subject, check in checks.items() if not self._has_answered(subject)
        ]
        for finding in await asyncio.gather(*asked):
            self._note(finding)

    def _note(self, finding: Finding) -> None:
        self._findings[finding.subject] = finding
        log.log(_LEVELS[finding.outcome], "checked at start", subject=finding.subject, found=finding.text)

    async def _find(self, subject: str, check: Check) -> Finding:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return Finding(subject, "well", await check())
        except (TelegramUnauthorised, NotAuthorised) as error:
            return Finding(subject, "refused", f"refused ({error})")
        except ChatUnusable as error:
            return Finding(subject, "unusable", f"the bot cannot post there ({error})")
        except (TelegramError, TmdbError, TimeoutError) as error:
            reason = str(error) or f"no answer within {PATIENCE_SECONDS:.0f} s"
            return Finding(subject, "unreachable", f"unreachable, asked again until it answers ({reason})")

    async def _token(self) -> str:
        account = await self._telegram.account()
        if self._answers_people:
            for finding in _switches(account):
                self._note(finding)
        return f"the bot is @{account.username}"

    async def _key(self) -> str:
        await self._tmdb.check_key()
        return "TMDB accepts it"

    async def _channel(self, channel_id: int) -> str:
        try:
            await self._telegram.check_right_to_post(channel_id)
        except ChatUnusable as error:
            if self._noted:
                # Without a pause: the next poster tries it all the same.
                await self._noted.set_aside(self._bot_id, channel_id, 0, str(error))
            raise
        if self._noted:
            await self._noted.take_back(self._bot_id, channel_id)
        return "the bot may post there"


def _switches(account: BotAccount) -> Iterator[Finding]:
    """What @BotFather has switched for the bot; whether inline feedback is on, nobody is told."""
    if account.supports_inline_queries:
        yield Finding("inline mode", "well", f"on: @{account.username} finds films in any chat")
    else:
        yield Finding(
            "inline mode", "off", "off, so nothing is found in other chats: /setinline at @BotFather"
        )
    if not account.can_join_groups:
        yield Finding("groups", "off", "the bot may not be added to groups: /setjoingroups at @BotFather")
    elif account.can_read_all_group_messages:
        yield Finding("groups", "well", "privacy mode is off: mentions of the bot are answered as well")
    else:
        yield Finding(
            "groups", "well", "privacy mode is on: commands and replies only; /setprivacy adds mentions"
        )
