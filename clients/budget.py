"""What every client asks of the budget that all processes share."""

from typing import Protocol


class Budget(Protocol):
    """The outgoing budget of one foreign host."""

    async def acquire(self) -> None:
        """Wait until one more request may leave."""

    async def pause(self, seconds: float) -> None:
        """Let nobody call the host for so long: it said so."""


class Unlimited:
    """The budget of a host that is asked a few times a day; who was told to wait waits by itself."""

    async def acquire(self) -> None:
        """At once."""

    async def pause(self, seconds: float) -> None:
        """Nobody else calls the host."""
