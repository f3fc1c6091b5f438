"""Structured logs, text or JSON, through which no secret passes."""

import logging
import re
import sys
from collections.abc import Iterable, MutableMapping
from typing import Any
from urllib.parse import unquote, urlsplit

import structlog
from pydantic import SecretStr

from core.settings import DatabaseSettings

HIDDEN = "[hidden]"

# What secrets look like in a URL, a header or a body, whoever wrote the line.
_SHAPES = re.compile(
    r"(?P<bot>\bbot)?\d{3,18}:[A-Za-z0-9_-]{20,}"
    r"|(?P<name>\b(?:api_key|session_id|request_token|access_token|guest_session_id)[\"']?\s*[=:]\s*[\"']?)[\w.%-]+"
    r"|(?P<bearer>\bBearer\s+)[\w.~+/-]+=*"
    r"|(?P<authenticate>/authenticate/)[\w-]+"
    r"|(?P<url>\b[a-z][a-z0-9+]*://[^\s:/@]*:)[^\s/]+(?=@)"
)


class Redaction:
    """A structlog processor that hides known secrets, and what is shaped like one, in a finished line."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = sorted({secret for secret in secrets if len(secret) >= 6}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def text(self, line: str) -> str:
        """The line with every secret replaced."""
        if self._known:
            line = self._known.sub(HIDDEN, line)
        return _SHAPES.sub(lambda found: next((g for g in found.groups() if g), "") + HIDDEN, line)

    def __call__(self, _: object, __: str, line: Any) -> str:
        return self.text(line)


def secrets_of(settings: DatabaseSettings) -> list[str]:
    """The secret values among the settings, and the passwords within them."""
    values = [
        item.get_secret_value()
        for value in settings.__dict__.values()
        for item in (value if isinstance(value, tuple) else (value,))
        if isinstance(item, SecretStr)
    ]
    passwords = [password for value in values if (password := _password(value))]
    return [*values, *passwords, *map(unquote, passwords)]


def _password(value: str) -> str | None:
    """The secret half of a bot's token, the password in a URL."""
    if token := re.fullmatch(r"\d+:(.+)", value):
        return token[1]
    try:
        return urlsplit(value).password
    except ValueError:
        return None


def _renderer(settings: DatabaseSettings) -> Any:
    if settings.log_format == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    # Its own choice would print local variables where the package rich is installed.
    return structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), sort_keys=False, exception_formatter=structlog.dev.plain_traceback
    )


def _drop_color_message(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event.pop("color_message", None)
    return event


def configure(settings: DatabaseSettings, part: str) -> None:
    """Sends every log line of this process, ours and the libraries', to stderr in one form."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info
        if settings.log_format == "json"
        else structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, settings.log_level)),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _drop_color_message,
                _renderer(settings),
                Redaction(secrets_of(settings)),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level)
    # Their INFO is one line for each update or connection: ours say the same with a request id.
    for chatty in ("aiogram.event", "aiogram.dispatcher", "aiohttp.access", "apscheduler", "asyncio"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))
    # The pool's stack for every try to reach a server that restarts: db.pool says it in a line.
    logging.getLogger("asyncpg").setLevel(logging.ERROR)
    logging.captureWarnings(True)
    structlog.contextvars.bind_contextvars(part=part)
