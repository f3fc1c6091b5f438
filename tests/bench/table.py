"""What a benchmark reports."""

from collections.abc import Sequence
from typing import NamedTuple


class Row(NamedTuple):
    """A line of the printed table; `passed` is None where nothing is promised."""

    what: str
    measured: str
    floor: str = ""
    passed: bool | None = None


MARKS = {True: "holds", False: "FAILS", None: ""}


def printed(title: str, rows: Sequence[Row]) -> str:
    """The rows as an aligned table."""
    cells = [("", "measured", "against", ""), *((r.what, r.measured, r.floor, MARKS[r.passed]) for r in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(4)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells]
    return "\n".join([f"\n{title}", *(line.rstrip() for line in lines)])
