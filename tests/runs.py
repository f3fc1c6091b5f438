"""Runs of the synchronisation as a worker executes them, for tests of one runner."""

from datetime import timedelta

from core.sync import Run, RunType
from db.pool import Database
from db.sync_runs import SyncRuns
from services.sync import start
from services.sync_progress import Progress, Runner

MINUTE = timedelta(minutes=1)


async def begun(database: Database, run_type: RunType, worker: str = "tests") -> Run:
    """A run in this worker's hand."""
    async with database.transaction() as connection:
        await start(connection, run_type, "manual")
    run = await SyncRuns(database).claim(MINUTE, worker)
    assert run is not None
    return run


async def executed(database: Database, runner: Runner, run_type: RunType) -> Run:
    """A run whose runner has had its last word; what it queued is not fetched."""
    run = await begun(database, run_type)
    await runner.run(run, Progress(database, run.id, "tests"))
    after = await SyncRuns(database).get(run.id)
    assert after is not None
    return after
