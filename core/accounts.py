"""A person's TMDB account and the way to it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Self

from pydantic import SecretStr

from core import payloads
from core.errors import Malformed
from core.movies import read_rating
from core.payloads import mapping, text


@dataclass(frozen=True, slots=True)
class Account:
    """A TMDB account; `name` is what its owner calls themselves, often nothing."""

    id: int
    username: str
    name: str | None
    iso_639_1: str | None
    iso_3166_1: str | None

    @classmethod
    def from_payload(cls, payload: Any) -> Self:
        """Read the answer to GET /3/account."""
        found = payloads.required_id(payload, "account")
        username = text(payload.get("username"))
        if username is None:
            raise Malformed("an account without a username")
        return cls(
            found,
            username,
            text(payload.get("name")),
            text(payload.get("iso_639_1")),
            text(payload.get("iso_3166_1")),
        )


@dataclass(frozen=True, slots=True)
class RequestToken:
    """A token that its owner approves at TMDB within 60 minutes."""

    request_token: SecretStr
    expires_at: datetime | None

    @classmethod
    def from_payload(cls, payload: Any) -> Self:
        """Read the answer to GET /3/authentication/token/new."""
        token = text(mapping(payload).get("request_token"))
        if token is None or payload.get("success") is False:
            raise Malformed("an answer without a request token")
        return cls(SecretStr(token), payloads.moment(payload.get("expires_at")))


def read_session_id(payload: Any) -> SecretStr:
    """The session of the answer to POST /3/authentication/session/new."""
    session_id = text(mapping(payload).get("session_id"))
    if session_id is None or payload.get("success") is False:
        raise Malformed("an answer without a session")
    return SecretStr(session_id)


@dataclass(frozen=True, slots=True)
class AccountStates:
    """What one account says about one film."""

    id: int
    rated: Decimal | None
    favorite: bool
    watchlist: bool

    @classmethod
    def from_payload(cls, payload: Any) -> Self:
        """Read the answer to GET /3/movie/{id}/account_states; `rated` is false or {"value": 9}."""
        found = payloads.required_id(payload, "film")
        rated = payload.get("rated")
        if type(rated) is dict:
            rating = read_rating(rated.get("value"))
        elif rated is False:
            rating = None
        else:  # an answer that does not say must not read as "has no rating": ratings are removed on it
            raise Malformed("account states without a rating")
        watchlist = payload.get("watchlist")
        if type(watchlist) is not bool:  # films leave the watchlist on it, too
            raise Malformed("account states without a watchlist")
        return cls(found, rating, payload.get("favorite") is True, watchlist)
