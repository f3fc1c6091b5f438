"""TMDB's accounts: request tokens, sessions, ratings and lists of a person."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final

from sandbox.tmdb.clock import Clock
from sandbox.tmdb.errors import TmdbError
from sandbox.tmdb.facts import hex_id

_TOKEN_LIFE: Final = timedelta(minutes=60)
_FIRST_ACCOUNT: Final = 548


class TokenState(Enum):
    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"


@dataclass(slots=True)
class RequestToken:
    expires_at: datetime
    state: TokenState = TokenState.PENDING
    account: Account | None = None


@dataclass(slots=True)
class Account:
    """Ratings and lists keep the order in which they were made, which is created_at's."""

    id: int
    username: str
    name: str = ""
    language: str = "en"
    country: str = "US"
    ratings: dict[int, float] = field(default_factory=dict)
    watchlist: dict[int, None] = field(default_factory=dict)
    favorites: dict[int, None] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "avatar": {
                "gravatar": {"hash": hex_id("gravatar", self.username, digits=32)},
                "tmdb": {"avatar_path": None},
            },
            "id": self.id,
            "iso_639_1": self.language,
            "iso_3166_1": self.country,
            "name": self.name,
            "include_adult": False,
            "username": self.username,
        }


def is_rating(value: object) -> bool:
    """0.5 to 10.0 in steps of 0.5."""
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and 0.5 <= value <= 10
        and float(value * 2).is_integer()
    )


class Accounts:
    """Answers as TMDB does; `unapproved_code` is 41 (HTTP 422) or 17 (HTTP 401)."""

    def __init__(self, clock: Clock, unapproved_code: int = 41) -> None:
        self._clock = clock
        self.unapproved_code = unapproved_code
        self._accounts: dict[int, Account] = {}
        self._tokens: dict[str, RequestToken] = {}
        self._sessions: dict[str, Account] = {}

    def __iter__(self) -> Any:
        return iter(self._accounts.values())

    def add(
        self,
        username: str,
        name: str = "",
        ratings: Mapping[int, float] | None = None,
        *,
        account_id: int | None = None,
        language: str = "en",
        country: str = "US",
    ) -> Account:
        number = account_id or max(self._accounts, default=_FIRST_ACCOUNT - 1) + 1
        if number in self._accounts or any(other.username == username for other in self):
            raise ValueError(f"there is an account {username} or {number} already")
        ratings = {int(film_id): value for film_id, value in (ratings or {}).items()}
        if wrong := [value for value in ratings.values() if not is_rating(value)]:
            raise ValueError(f"not a rating: {wrong[0]}")
        account = Account(number, username, name, language, country, ratings)
        self._accounts[number] = account
        return account

    def named(self, username: str) -> Account:
        for account in self._accounts.values():
            if account.username == username:
                return account
        raise KeyError(f"there is no account {username}")

    # Request tokens -------------------------------------------------------------------------------

    def new_token(self) -> tuple[str, datetime]:
        value = secrets.token_hex(20)
        expires_at = self._clock.now() + _TOKEN_LIFE
        self._tokens[value] = RequestToken(expires_at)
        return value, expires_at

    def token(self, value: str) -> RequestToken:
        token = self._tokens.get(value)
        if token is None or self._clock.now() >= token.expires_at:
            raise TmdbError(33)
        return token

    def approve(self, value: str, username: str) -> None:
        token = self.token(value)
        token.state, token.account = TokenState.APPROVED, self.named(username)

    def deny(self, value: str) -> None:
        token = self.token(value)
        token.state, token.account = TokenState.DENIED, None

    # Sessions -------------------------------------------------------------------------------------

    def new_session(self, request_token: object) -> str:
        """Uses the token up; one that was denied answers as one that is not approved yet."""
        if not isinstance(request_token, str):
            raise TmdbError(5)
        token = self.token(request_token)
        if token.account is None:
            raise TmdbError(self.unapproved_code)
        del self._tokens[request_token]
        session_id = secrets.token_hex(20)
        self._sessions[session_id] = token.account
        return session_id

    def delete_session(self, session_id: object) -> None:
        if not isinstance(session_id, str) or self._sessions.pop(session_id, None) is None:
            raise TmdbError(37)

    def session(self, session_id: str | None) -> Account:
        account = self._sessions.get(session_id or "")
        if account is None:
            raise TmdbError(3)
        return account

    def open_sessions(self, username: str) -> int:
        account = self.named(username)
        return sum(1 for other in self._sessions.values() if other is account)

    def grant(self, username: str) -> str:
        """A session without the approval page, for tests of what comes after it."""
        session_id = secrets.token_hex(20)
        self._sessions[session_id] = self.named(username)
        return session_id

    def revoke(self, username: str) -> int:
        """Ends every session of the account, as its owner can on TMDB's site; tells how many."""
        account = self.named(username)
        ours = [session_id for session_id, other in self._sessions.items() if other is account]
        for session_id in ours:
            del self._sessions[session_id]
        return len(ours)

    def rate(self, username: str, film_id: int, value: float | None) -> None:
        """A rating given (or, None, taken away) on TMDB's own site."""
        account = self.named(username)
        if value is None:
            account.ratings.pop(film_id, None)
        elif is_rating(value):
            account.ratings[film_id] = value
        else:
            raise ValueError(f"not a rating: {value}")
