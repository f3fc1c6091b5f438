"""Runs of the synchronisation as an admin sees them."""

from aiogram.filters.callback_data import CallbackData


class OpenRun(CallbackData, prefix="run"):
    """One run, opened from the list or from the alert that concerns it."""

    run_id: int
