"""Signs of life of the running processes."""

from db.pool import Executor

# A process beats this often; one silent three times as long is not healthy.
BEAT_SECONDS = 10.0
SILENT_SECONDS = 30.0


class Heartbeats:
    """Rows of tmdb.heartbeats."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    BEAT = """
        INSERT INTO tmdb.heartbeats (part, instance) VALUES ($1, $2)
        ON CONFLICT (part, instance) DO UPDATE SET beat_at = tmdb.now()
    """

    async def beat(self, part: str, instance: str) -> None:
        """`part` is bot or workers, `instance` its host and process."""
        await self._db.execute(self.BEAT, part, instance)

    END = """
        DELETE FROM tmdb.heartbeats
        WHERE (part = $1 AND instance = $2) OR beat_at < tmdb.now() - interval '1 day'
    """

    async def end(self, part: str, instance: str) -> None:
        """A clean stop leaves no row; neither do the long dead."""
        await self._db.execute(self.END, part, instance)

    AGE = """
        SELECT extract(epoch FROM tmdb.now() - max(beat_at))::float8
        FROM tmdb.heartbeats WHERE part = $1
    """

    async def age(self, part: str) -> float | None:
        """Seconds since the part's newest sign of life; None if there is none."""
        age: float | None = await self._db.fetchval(self.AGE, part)
        return age
