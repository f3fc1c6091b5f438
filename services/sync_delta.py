"""What changed at TMDB since it was last asked, a day at a time, however long ago that was."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import structlog

from clients.tmdb.client import TmdbClient
from core.sync import Run
from db.listings import Listings
from db.pool import Database
from db.refresh_queue import RefreshPriority, RefreshQueue
from db.sync_state import SyncState
from services.sync_progress import Progress

log = structlog.get_logger(__name__)

# A day whose number of changes moved while it was read is read again, so often at most: an entry that
# went from a later page to an earlier one was on neither.
PASSES = 3


class DeltaRunner:
    """The runs of type delta.

    Each day's ids are queued in the transaction that moves the watermark, so that a killed run goes on
    where it stood. Days before the watermark are read again: TMDB's answers may be hours old.
    """

    def __init__(
        self, database: Database, tmdb: TmdbClient, *, lookback_days: int, include_adult: bool
    ) -> None:
        self._database = database
        self._tmdb = tmdb
        self._lookback = timedelta(days=lookback_days)
        self._include_adult = include_adult

    async def run(self, run: Run, progress: Progress) -> None:
        """Reads and queues, day by day, to now."""
        since, now = await SyncState(self._database).delta_from()
        # What this run has queued is fetched after `now`, whichever other day names it too.
        seen: set[int] = set()
        queued: set[int] = set()
        for day, until in days(since - self._lookback, now):
            await progress.check()
            films, pages = await self._changes(day, min(day + timedelta(days=1), now.date()))
            checked, skipped = len(seen), len(seen) - len(queued)
            seen |= films.keys()
            films = {film: adult for film, adult in films.items() if film not in queued}
            async with self._database.transaction() as connection:
                asked = await Listings(connection).changed(films, until, include_adult=self._include_adult)
                queued |= {film.tmdb_id for film in asked}
                await RefreshQueue(connection).ask(
                    "movie", asked, RefreshPriority.CHANGE, "change", run_id=run.id
                )
                await progress.describe(
                    connection, metadata={"since": since.isoformat(), "until": until.isoformat()}
                )
                await progress.add(
                    connection,
                    pages_read=pages,
                    movies_checked=len(seen) - checked,
                    movies_skipped=len(seen) - len(queued) - skipped,
                )
                if until == now:
                    await progress.listed(connection)
                await SyncState(connection).advance("delta", until)
            log.info("changes were read", day=day.isoformat(), queued=len(asked), pages=pages)

    async def _changes(self, first: date, last: date) -> tuple[dict[int, bool | None], int]:
        """Films that changed on these days, whether they are adult where TMDB says so, and pages read."""
        films: dict[int, bool | None] = {}
        pages = 0
        for _ in range(PASSES):
            totals = set()
            page, last_page = 1, 1
            while page <= last_page:
                answer = await self._tmdb.changes(first, last, page)
                films |= {film.id: film.adult for film in answer.results}
                totals.add(answer.total_results)
                last_page = answer.last_page
                page += 1
                pages += 1
            if len(totals) == 1:
                break
        return films, pages


def days(since: datetime, now: datetime) -> Iterator[tuple[date, datetime]]:
    """Each day in UTC from one moment to another, and when what is read of it ends: the last one now."""
    day = since.astimezone(UTC).date()
    while True:
        midnight = datetime.combine(day + timedelta(days=1), time(), UTC)
        yield day, min(midnight, now)
        if midnight >= now:
            return
        day += timedelta(days=1)
