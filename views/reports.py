"""Reports of runs as documents: CSV for a spreadsheet, JSON whole."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from core.sync import Run, RunFailure

_COLUMNS = tuple(field.name for field in fields(Run))
# What a spreadsheet takes for the beginning of a formula, also in the wide forms of East Asian keyboards.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class Document(NamedTuple):
    """A file to send."""

    name: str
    content: bytes


def of_period(days: int, runs: Sequence[Run]) -> list[Document]:
    """All runs of the last days, newest first."""
    name = f"runs-{days}-days"
    return [
        Document(f"{name}.csv", _csv(_COLUMNS, map(_row, runs))),
        Document(f"{name}.json", _json({"days": days, "runs": [asdict(run) for run in runs]})),
    ]


def of_run(run: Run, failures: Sequence[RunFailure]) -> list[Document]:
    """One run; its failures are a table of their own."""
    name = f"run-{run.id}"
    noted = [failure._asdict() for failure in failures]
    documents = [
        Document(f"{name}.csv", _csv(_COLUMNS, [_row(run)])),
        Document(f"{name}.json", _json({"run": asdict(run), "failures": noted})),
    ]
    if failures:
        documents.append(Document(f"{name}-failures.csv", _csv(RunFailure._fields, failures)))
    return documents


def _row(run: Run) -> list[Any]:
    values = asdict(run) | {
        "samples": "; ".join(run.samples),
        "metadata": orjson.dumps(run.metadata).decode() if run.metadata else None,
    }
    return [values[name] for name in _COLUMNS]


def _csv(header: Sequence[str], lines: Iterable[Iterable[Any]]) -> bytes:
    # The mark at its beginning tells spreadsheets that it is UTF-8.
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([_cell(value) for value in line] for line in lines)
    return text.getvalue().encode("utf-8-sig")


def _cell(value: Any) -> Any:
    """A title that begins like a formula gets the apostrophe spreadsheets know text by."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, str) and value.startswith(_FORMULAS):
        return "'" + value
    return value


def _json(data: Any) -> bytes:
    return orjson.dumps(data, option=orjson.OPT_INDENT_2)
