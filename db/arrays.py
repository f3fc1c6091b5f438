"""Rows as the parallel arrays that unnest() takes: one statement, however many rows."""

from collections.abc import Iterable
from typing import Any


def columns(width: int, rows: Iterable[tuple[Any, ...]]) -> list[list[Any]]:
    """The `width` columns of the rows; empty ones where there is no row."""
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]
