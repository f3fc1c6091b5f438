"""What went wrong, in a person's words: what happened, whose move it is, what was kept."""

from core.errors import (
    ChatUnusable,
    DatabaseUnavailable,
    Gone,
    Malformed,
    MessageGone,
    NotAuthorised,
    NotLinked,
    PhotosForbidden,
    RateLimited,
    SessionRevoked,
    TelegramUnavailable,
    Unavailable,
)
from views.locale import Locale

_TEXTS: dict[type[Exception], str] = {
    DatabaseUnavailable: "error-database",
    RateLimited: "error-tmdb",
    Unavailable: "error-tmdb",
    Malformed: "error-tmdb",
    NotAuthorised: "error-tmdb",
    Gone: "error-gone",
    SessionRevoked: "error-revoked",
    NotLinked: "error-not-linked",
    MessageGone: "error-message-gone",
    TelegramUnavailable: "error-telegram",
    ChatUnusable: "error-chat",
    PhotosForbidden: "error-chat",
}


def is_expected(error: Exception) -> bool:
    """Whether the error is a state of the world, not a mistake of ours."""
    return type(error) in _TEXTS


def apology(error: Exception, t: Locale) -> str:
    """One sentence or two, short enough for an alert (200 characters), without markup."""
    return t(_TEXTS.get(type(error), "error-unexpected"))


def not_allowed(t: Locale) -> str:
    """For people whom the operator has not let in."""
    return t("error-not-allowed")


def blocked(t: Locale) -> str:
    """For people whom an admin shut out."""
    return t("error-blocked")


def slow_down(t: Locale) -> str:
    """To somebody who writes and taps faster than the bot may answer."""
    return t("error-slow-down")


def stale_button(t: Locale) -> str:
    """For a button of an older version, or a forged one."""
    return t("error-stale-button")


def unknown_command(t: Locale) -> str:
    """For a command nobody knows."""
    return t("error-unknown-command")


def not_understood(t: Locale) -> str:
    """For a photo, a sticker and whatever else is no text."""
    return t("error-not-understood")
