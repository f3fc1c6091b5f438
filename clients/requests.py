"""What every client tells of the requests it sends."""

from typing import Protocol


class Recorder(Protocol):
    """Hears of every request once its outcome is known; cheap, and never raises."""

    def __call__(
        self, host: str, method: str, endpoint: str, status: int, seconds: float, retry: bool
    ) -> None:
        """One request: `endpoint` is a template, so no id or key is in it; `status` is HTTP's, 0 without an
        answer; `seconds` leaves out the wait for the budget; `retry`: an earlier try of the call failed."""


def unrecorded(host: str, method: str, endpoint: str, status: int, seconds: float, retry: bool) -> None:
    """Keeps nothing."""
