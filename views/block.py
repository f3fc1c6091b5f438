"""Monospace blocks of at most 36 columns, which a phone shows without breaking a line."""

import unicodedata
from collections.abc import Iterable, Sequence

from views.locale import Locale
from views.typography import escape

COLUMNS = 36
# Between a label and its value.
_GAP = 2
SEPARATOR = " · "

_UNITS = ((86_400, "span-days"), (3_600, "span-hours"), (60, "span-minutes"), (1, "span-seconds"))


def block(*groups: Sequence[str]) -> str:
    """Groups of lines as HTML, with an empty line between them; a group without lines is left out."""
    text = "\n\n".join("\n".join(group) for group in groups if group)
    return f"<pre>{escape(text)}</pre>"


def columns(text: str) -> int:
    """Columns in a monospace font, where a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def padded(text: str, width: int) -> str:
    """Filled with spaces on the right."""
    return text + " " * (width - columns(text))


def aligned(pairs: Iterable[tuple[str, str]], width: int) -> list[str]:
    """Labels on the left, their values flush with the block's right edge."""
    return [
        label + value.rjust(len(value) + width - columns(label) - columns(value)) for label, value in pairs
    ]


def flowing(label: str, values: Iterable[str], label_width: int) -> list[str]:
    """A label, and its values beside it on as many lines as they need, none of them cut in two."""
    lines: list[str] = []
    for value in values:
        if lines and columns(lines[-1]) + columns(SEPARATOR) + columns(value) <= COLUMNS - label_width:
            lines[-1] += SEPARATOR + value
        else:
            lines.append(value)
    return [padded(label if n == 0 else "", label_width) + line for n, line in enumerate(lines)]


def label_width(labels: Iterable[str]) -> int:
    """Where values begin."""
    return max(map(columns, labels)) + _GAP


def shortened(text: str, width: int) -> str:
    """At most so many columns; a longer one ends with an ellipsis."""
    if columns(text) <= width:
        return text
    while columns(text) > width - 1:
        text = text[:-1]
    return text + "…"


def bar(share: float, cells: int) -> str:
    """A share from 0 to 1 as a row of cells; only the whole fills it."""
    full = int(share * cells)
    return "▓" * full + "░" * (cells - full)


def percent(t: Locale, part: int, whole: int) -> str:
    """Rounded down: only the whole is 100 %."""
    return t("percent", number=str(part * 100 // whole))


def span(t: Locale, seconds: float) -> str:
    """A duration in its two largest units, from a week on in days: 4 h 4 min, 29 d."""
    rest = max(int(seconds), 0)
    place = next((n for n, (size, _) in enumerate(_UNITS) if rest >= size), len(_UNITS) - 1)
    size, key = _UNITS[place]
    count = rest // size
    text = t(key, count=t.number(count))
    if place + 1 == len(_UNITS) or (place == 0 and count >= 7):
        return text
    below, key = _UNITS[place + 1]
    count = rest % size // below
    return f"{text} {t(key, count=t.number(count))}" if count else text
