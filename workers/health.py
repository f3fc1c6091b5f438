"""The health check, at the times the schedule sets."""

from services.alerts import HealthCheck

# The schedule's wake-ups set the pace; this is for one that was missed.
EVERY_SECONDS = 3600.0


class CheckHealth:
    """A job."""

    name = "health"
    wakes_on = ("health",)
    poll_seconds = EVERY_SECONDS

    def __init__(self, health: HealthCheck) -> None:
        self._health = health

    async def step(self) -> bool:
        """One look at every rule."""
        await self._health.check()
        return False
