"""What Telegram counts and clients draw: UTF-16 units, cuts at words, directions, HTML."""

import re
import unicodedata
from html import escape as _escape

CAPTION_UNITS = 1024
ELLIPSIS = "…"

# Hebrew, Arabic and their neighbours, and the older scripts that run to the left.
_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
# Marks that turn the direction of what follows them, also outside the title they came with.
_DIRECTION_MARKS = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
_SPACES = re.compile(r"\s+")
# A cut inside of these would leave half of what a reader sees as one character.
_JOINERS = frozenset("\u200d\ufe0e\ufe0f\u20e3")
# Code points; families and flags of emoji have ten or so.
_LONGEST_CHARACTER = 20


def escape(text: str) -> str:
    """Text as Telegram's HTML wants it: quotes stay, since nothing of ours stands in attributes."""
    return _escape(text, quote=False)


def units(text: str) -> int:
    """Length as Telegram counts it: UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def line(text: str) -> str:
    """Text on one line, which leaves the direction of its surroundings alone."""
    text = _SPACES.sub(" ", text).strip()
    if text.isascii():
        return text
    text = _DIRECTION_MARKS.sub("", text)
    return f"\u2068{text}\u2069" if _RIGHT_TO_LEFT.search(text) else text


def cut(text: str, limit: int) -> str:
    """Text of at most `limit` UTF-16 units; a longer one ends at a word, with an ellipsis."""
    if len(text) * 2 <= limit or units(text) <= limit:
        return text
    kept = text.encode("utf-16-le")[: max(limit - 1, 0) * 2].decode("utf-16-le", "ignore")
    word = max(kept.rfind(" "), kept.rfind("\n"))
    if text[len(kept) : len(kept) + 1].isspace():
        word = len(kept)
    # Chinese has no spaces, and a word that fills half the text is none.
    kept = kept[:word] if word >= len(kept) // 2 and word > 0 else _whole_characters(kept, text)
    return kept.rstrip(" \n,.;:–—-") + ELLIPSIS if limit > 0 else ""


def cut_line(text: str, limit: int) -> str:
    """A line of at most `limit` UTF-16 units, cut at a word."""
    text = line(text)
    if units(text) <= limit:
        return text
    # The marks around a line that runs to the left must survive the cut.
    marks = 2 if _RIGHT_TO_LEFT.search(text) else 0
    return line(cut(_DIRECTION_MARKS.sub("", text), limit - marks))


def _whole_characters(kept: str, text: str) -> str:
    # Marks heaped upon one letter for fun are no character to keep whole: nothing would be left.
    for end in range(len(kept), max(len(kept) - _LONGEST_CHARACTER, 0), -1):
        after = text[end]
        if not (
            after in _JOINERS
            or text[end - 1] == "\u200d"
            or unicodedata.combining(after)
            or "\U0001f3fb" <= after <= "\U0001f3ff"
        ):
            return kept[:end]
    return kept
