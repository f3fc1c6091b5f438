"""What an HTTP answer of TMDB means: which error it is, and how long to wait."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from core.errors import (
    Gone,
    NotAuthorised,
    RateLimited,
    Refused,
    SessionRevoked,
    TmdbError,
    TokenExpired,
    TokenNotApproved,
    Unavailable,
)

DONE = {1, 12, 13}  # success, updated, deleted
_GONE = {6, 34, 37}  # bad id, not found, no such session
_DOWN = {9, 11, 24, 43, 46}  # offline, internal error, backend timeout, backend unreachable, maintenance

# A longer Retry-After is a broken header rather than a limit: asking once an hour harms nobody.
MAX_RETRY_AFTER = 3600.0


def failure(
    label: str,
    status: int,
    headers: Mapping[str, str],
    value: Any,
    *,
    with_session: bool,
    hide: Callable[[str], str],
) -> TmdbError | None:
    """The error that an answer is, None for a good one.

    `value` is its JSON, None where it is none; `hide` takes secrets out of what the answer says.
    """
    body = value if type(value) is dict else {}
    code = body.get("status_code") if type(body.get("status_code")) is int else None
    refused = body.get("success") is False or (code is not None and code not in DONE)
    if 200 <= status < 300 and value is not None and not refused:
        return None
    said = f"{label}: {status}{hide(_said(headers, body, code))}"
    if status == 429 or code == 25:
        return RateLimited(said, retry_after=retry_after(headers), status=status, code=code)
    is_tmdb = code is not None or type(body.get("errors")) is list or (status < 300 and refused)
    # A proxy's page says nothing about the film, the key or the session.
    if not is_tmdb or status >= 500 or code in _DOWN or 300 <= status < 400:
        return Unavailable(said, status=status, code=code)
    return _kind(status, code, with_session)(said, status=status, code=code)


def _kind(status: int, code: int | None, with_session: bool) -> type[TmdbError]:
    if status == 404:
        return Gone if code in _GONE else Unavailable
    if code == 33:
        return TokenExpired
    if code == 41 or (code == 17 and not with_session):
        return TokenNotApproved
    if status == 401:
        return SessionRevoked if code in {3, 17} and with_session else NotAuthorised
    return Refused


def _said(headers: Mapping[str, str], body: Mapping[str, Any], code: int | None) -> str:
    if code is not None:
        return f", code {code}: {body.get('status_message', '')}"[:200]
    if body.get("errors"):
        return f": {body['errors']}"[:200]
    return f" with a body that is not TMDB's ({headers.get('Content-Type', 'no type')[:60]})"


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from Retry-After as seconds or as a date.

    A date is compared with the answer's own Date: their clock against theirs, not against ours.
    """
    value = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", value, re.ASCII):
        return min(float(value), MAX_RETRY_AFTER)
    until, sent = _http_date(value), _http_date(headers.get("Date", ""))
    if until is None or sent is None:
        return None
    return min(max((until - sent).total_seconds(), 0.0), MAX_RETRY_AFTER)


def _http_date(value: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(value)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
