"""The stand-in's clock: real time plus an offset that tests and the demo move."""

import time


class Clock:
    def __init__(self) -> None:
        self._offset = 0.0

    def advance(self, seconds: float) -> None:
        """Moves wall and monotonic time alike; limits, late answers and the 48 hours of a deletion follow."""
        self._offset += seconds

    def time(self) -> float:
        return time.time() + self._offset

    def monotonic(self) -> float:
        return time.monotonic() + self._offset
