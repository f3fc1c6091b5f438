"""Runs of the synchronisation as an admin sees them."""

from typing import Annotated

from aiogram.filters.callback_data import CallbackData
from pydantic import Field

from core.sync import RunType


class ListRuns(CallbackData, prefix="runs"):
    """A page of runs, newest first: of one type or all, from the newest on or from before a run."""

    run_type: RunType | None = None
    before: Annotated[int, Field(gt=0, lt=2**63)] | None = None


class OpenRun(CallbackData, prefix="run"):
    """One run, opened from the list or from the alert that concerns it."""

    run_id: Annotated[int, Field(gt=0, lt=2**63)]
