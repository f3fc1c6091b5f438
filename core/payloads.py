"""Reading TMDB's JSON: every reader takes any value and answers None where nothing usable is known."""

import hashlib
import json
import math
import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Any, TypeVar

import orjson

from core.errors import Malformed

Payload = dict[str, Any]
Row = TypeVar("Row", bound=tuple[Any, ...])

INT4_MAX = 2**31 - 1
INT8_MAX = 2**63 - 1
# TMDB's longest key has 24 characters; an index of Postgres's refuses what does not fit its page.
LONGEST_CODE = 64

# An image path becomes a part of URLs and of file names, so nothing but a plain name is let through.
_IMAGE_PATH = re.compile(r"/[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def decode(body: bytes) -> Any:
    """The JSON value of a body, without what Postgres refuses; ValueError where it is no JSON."""
    # orjson reads an escaped NUL, which jsonb refuses, and refuses a lone surrogate, which TMDB may send.
    if b"\\u0000" not in body:
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:
            if b"\\ud" not in body and b"\\uD" not in body:
                raise
    return _storable(_parse_leniently(body))


def _parse_leniently(body: bytes) -> Any:
    return json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def canonical_json(payload: Any) -> bytes:
    """One spelling per payload: sorted keys, no blanks, and nothing that jsonb refuses."""
    try:
        spelled = orjson.dumps(payload, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:  # a lone surrogate, or an integer past 64 bits
        return orjson.dumps(_storable(payload), option=orjson.OPT_SORT_KEYS)
    if b"\\u0000" in spelled:
        return orjson.dumps(_storable(payload), option=orjson.OPT_SORT_KEYS)
    return spelled


def payload_hash(canonical: bytes) -> str:
    """SHA-256 over a whole payload in canonical JSON, in hex."""
    return hashlib.sha256(canonical).hexdigest()


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, dict):
        return {_clean(key): _storable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, int) and abs(value) > INT8_MAX:
        return float(value) if abs(value) < 10**300 else None
    return value


def _clean(value: str) -> str:
    return value.replace("\0", "").encode("utf-8", "ignore").decode("utf-8")


def mapping(value: Any) -> Payload:
    """The value where it is an object, else an empty one."""
    return value if type(value) is dict else {}


def items(value: Any, key: str) -> list[Any]:
    """The list under `key`, or the value itself where an answer carries the bare list."""
    found = value.get(key) if type(value) is dict else value
    return found if type(found) is list else []


def text(value: Any) -> str | None:
    """Text, or None where there is none or only blanks."""
    if type(value) is not str:
        return None
    if not value.isprintable():  # NUL and lone surrogates are not, and the test costs next to nothing
        value = _clean(value)
    return value if value and not value.isspace() else None


def code(value: Any) -> str | None:
    """Text that is, or is a part of, a key: nothing longer than keys are."""
    found = text(value)
    return found if found and len(found) <= LONGEST_CODE else None


def integer(value: Any, low: int, high: int) -> int | None:
    """A whole number within [low, high]; old answers spell some numbers as strings."""
    if type(value) is not int:
        if type(value) is str:
            value = real(value)
        if type(value) is not float or not value.is_integer():
            return None
        value = int(value)
    return value if low <= value <= high else None


def tmdb_id(value: Any) -> int | None:
    """An id of TMDB's."""
    return integer(value, 1, INT4_MAX)


def required_id(payload: Any, what: str) -> int:
    """The payload's own id; Malformed where it has none."""
    found = tmdb_id(mapping(payload).get("id"))
    if found is None:
        raise Malformed(f"a {what} without an id")
    return found


def real(value: Any, low: float = -math.inf, high: float = math.inf) -> float | None:
    """A finite number within [low, high]."""
    if type(value) not in (float, int, str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and low <= number <= high else None


def score(value: Any) -> float | None:
    """An average of votes."""
    return real(value, 0, 10)


def popularity(value: Any) -> float | None:
    """TMDB's popularity: its scale has changed before, but no logarithm takes a negative one."""
    return real(value, 0, 1e9)


def day(value: Any) -> date | None:
    """A date from "YYYY-MM-DD"."""
    if type(value) is not str or not _DAY.fullmatch(value):
        return None
    try:
        found = date.fromisoformat(value)
    except ValueError:
        return None
    # Nobody's day, and to asyncpg these two are Postgres's infinities, which have no year.
    return None if found in (date.min, date.max) else found


def moment(value: Any) -> datetime | None:
    """A point in time, from ISO 8601 or from TMDB's "2016-08-26 17:04:39 UTC"."""
    if type(value) is not str:
        return None
    try:
        found = datetime.fromisoformat(value.removesuffix(" UTC"))
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def image_path(value: Any) -> str | None:
    """A `file_path` of the image host."""
    return value if type(value) is str and _IMAGE_PATH.fullmatch(value) else None


def unique(
    found: Iterable[Any], read: Callable[[Payload], Row | None], key: Callable[[Row], Any]
) -> tuple[tuple[Row, ...], int]:
    """The rows in TMDB's order, one a key, and the number of items that were no rows.

    Of two rows with one key the lesser one stays: a rule that asks for neither row's place in the
    list keeps the same facts however TMDB orders them.
    """
    rows: dict[Any, Row] = {}
    dropped = 0
    for item in found:
        row = read(item) if type(item) is dict else None
        if row is None:
            dropped += 1
            continue
        place = key(row)
        known = rows.get(place)
        if known is None or _comparable(row) < _comparable(known):
            rows[place] = row
    return tuple(rows.values()), dropped


def _comparable(row: tuple[Any, ...]) -> tuple[tuple[bool, Any], ...]:
    """The row as something that sorts: None goes last, rows within rows likewise."""
    return tuple((value is None, _comparable(value) if isinstance(value, tuple) else value) for value in row)
