"""What a run's runner tells of its work, and how it learns that it must not go on."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from core.errors import RunLost, RunPaused
from core.movies import Movie
from core.sync import Counts, Run
from db.pool import Connection, Database
from db.sync_runs import FailedFilm, SyncRuns


class Runner(Protocol):
    """Executes the runs of one type.

    Having returned, its run is completed, or waits for the queue where `Progress.listed` was called. A
    TmdbError is an outage: the run is tried again. Any other error ends it as failed.
    """

    async def run(self, run: Run, progress: "Progress") -> None: ...


class Progress:
    """One run in the hands of one worker.

    Everything is written in the caller's transaction, last in it, and RunLost undoes that: of two workers
    that both think the run theirs, one records.
    """

    def __init__(self, database: Database, run_id: int, leased_by: str) -> None:
        self._database = database
        self._run_id = run_id
        self._leased_by = leased_by

    async def check(self) -> None:
        """Between two pieces of work: RunPaused, RunLost."""
        paused = await SyncRuns(self._database).is_paused(self._run_id, self._leased_by)
        if paused is None:
            raise RunLost(f"run {self._run_id} is another worker's")
        if paused:
            raise RunPaused(f"run {self._run_id} is paused")

    async def add(
        self,
        connection: Connection,
        *,
        pages_read: int = 0,
        movies_checked: int = 0,
        movies_new: int = 0,
        movies_updated: int = 0,
        movies_skipped: int = 0,
        movies_failed: int = 0,
        movies_gone: int = 0,
        samples: Sequence[str] = (),
    ) -> None:
        """Adds to the run's counts what this transaction did; RunLost."""
        counts = Counts(
            *(pages_read, movies_checked, movies_new, movies_updated),
            *(movies_skipped, movies_failed, movies_gone, tuple(samples)),
        )
        if not await SyncRuns(connection).add({self._run_id: counts}, self._leased_by):
            raise RunLost(f"run {self._run_id} is another worker's")

    async def failed(self, connection: Connection, films: Iterable[tuple[int, str]]) -> None:
        """Notes films by id that could not be fetched, with their errors; `add` counts them."""
        await SyncRuns(connection).fail_films(
            FailedFilm(self._run_id, tmdb_id, error) for tmdb_id, error in films
        )

    async def describe(
        self,
        connection: Connection,
        *,
        source: str | None = None,
        total: int | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        """Says what is known now: where the ids come from, how many there are, facts to keep; RunLost."""
        described = await SyncRuns(connection).describe(
            self._run_id, self._leased_by, source=source, total=total, metadata=metadata
        )
        if not described:
            raise RunLost(f"run {self._run_id} is another worker's")

    async def listed(self, connection: Connection) -> None:
        """The runner's last word: all its ids are queued, the run ends when they have an outcome; RunLost."""
        if not await SyncRuns(connection).listed(self._run_id, self._leased_by):
            raise RunLost(f"run {self._run_id} is another worker's")


def sample(movie: Movie) -> str:
    """A stored film as runs name it: Title (Year)."""
    title = movie.title or movie.original_title or str(movie.id)
    return f"{title} ({movie.release_date.year})" if movie.release_date else title
