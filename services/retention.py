"""What TMDB's terms or the operator let nobody keep any longer goes; what people gave stays."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Protocol

import structlog

from core.errors import RetryAfter, TelegramError, TelegramUnavailable
from core.settings import Settings
from core.sync import Run
from db.pool import Database
from db.retention import PosterKey, Retention, UnnamedPoster
from services.sync_progress import Progress

log = structlog.get_logger(__name__)

FILMS = 500
ROWS = 5000
RUNS = 100
# Pages of posters and people that are looked through, most of whom stay.
PAGE = 20_000
POSTS = 100


class Channels(Protocol):
    """Where posts are deleted (clients.telegram.TelegramChannels)."""

    async def delete(self, channel_id: int, message_id: int) -> None: ...


class RetentionRunner:
    """Executes runs of type retention. Cut short anywhere, the next one finds what is left."""

    def __init__(self, database: Database, channels: Channels, settings: Settings) -> None:
        self._database = database
        self._channels = channels
        self._bot_id = settings.bot_id
        self._payloads = timedelta(days=settings.raw_payload_retention_days)
        self._logs = timedelta(days=settings.log_retention_days)
        self._searches = timedelta(days=settings.enrichment_retention_days)

    async def run(self, run: Run, progress: Progress) -> None:
        """Films first: what only they name goes after them."""
        work = _Work(self._database, run, progress)
        await work.repeat("films", lambda kept: kept.overdue_films(FILMS), films=True)
        await work.repeat("films", lambda kept: kept.deleted_films(FILMS), films=True)
        await work.repeat("films", lambda kept: kept.overdue_stubs(FILMS), films=True)
        await work.repeat("people", lambda kept: kept.overdue_people(FILMS))
        await work.repeat("names", lambda kept: kept.found_names(ROWS))
        await work.repeat("series", lambda kept: kept.overdue_series(FILMS))
        await self._unnamed_people(work)
        await work.repeat("names", lambda kept: kept.unnamed_names(ROWS))
        await work.repeat("payloads", lambda kept: kept.old_payloads(self._payloads, FILMS))
        await self._posters(work)
        await work.repeat("log_rows", lambda kept: kept.old_requests(self._logs))
        await work.repeat("log_rows", lambda kept: kept.old_alerts(self._logs, ROWS))
        await work.repeat("log_rows", lambda kept: kept.old_runs(self._logs, RUNS))
        await work.repeat("log_rows", lambda kept: kept.titled_runs(RUNS))
        await work.repeat("log_rows", lambda kept: kept.old_searches(self._searches, FILMS))
        await work.repeat("log_rows", lambda kept: kept.old_import_items(self._logs, RUNS))
        await work.repeat("log_rows", lambda kept: kept.sent_outbox(ROWS))
        await work.repeat("log_rows", lambda kept: kept.silent_heartbeats())
        log.info("what may not be kept is gone", **work.done)

    async def _unnamed_people(self, work: "_Work") -> None:
        after: int | None = 0

        async def page(kept: Retention) -> int:
            nonlocal after
            assert after is not None
            after, deleted = await kept.unnamed_people(after, PAGE)
            return deleted

        while after is not None:
            await work.once("people", page)

    async def _posters(self, work: "_Work") -> None:
        after: PosterKey | None = None
        found: list[UnnamedPoster] = []
        while True:
            await work.check()
            page = await Retention(self._database).posters(after, PAGE)
            after = page.last
            found += page.unnamed
            # Whether another film names one takes a pass over all films: for many at a time.
            if found and (after is None or len(found) >= PAGE):
                named = await Retention(self._database).named_posters([one.key.poster_path for one in found])
                unnamed = [poster for poster in found if poster.key.poster_path not in named]
                for start in range(0, len(unnamed), POSTS):
                    await self._delete_posters(work, unnamed[start : start + POSTS])
                found = []
            if after is None:
                return

    async def _delete_posters(self, work: "_Work", posters: Sequence[UnnamedPoster]) -> None:
        """Their posts first: a row that is left names a post that is not there, and goes the next time."""
        gone = [poster.key for poster in posters if await self._delete_post(poster)]
        await work.once("posters", lambda kept: kept.delete_posters(gone))

    async def _delete_post(self, poster: UnnamedPoster) -> bool:
        """Whether the row may go: the post went, never was, or cannot be deleted by this bot at all."""
        if poster.key.bot_id != self._bot_id or poster.channel_id is None or poster.message_id is None:
            return True
        try:
            await self._channels.delete(poster.channel_id, poster.message_id)
        except (RetryAfter, TelegramUnavailable) as error:
            log.warning("a post is deleted the next time", poster=poster.key.poster_path, reason=str(error))
            return False
        except TelegramError as error:
            log.warning(
                "a post has to be deleted by hand",
                channel=poster.channel_id,
                message=poster.message_id,
                reason=str(error),
            )
        return True


class _Work:
    """Batches, each a transaction that also says in the run how much was done."""

    def __init__(self, database: Database, run: Run, progress: Progress) -> None:
        self._database = database
        self._progress = progress
        self.done: dict[str, int] = {
            name: number for name, number in run.metadata.items() if isinstance(number, int)
        }

    async def check(self) -> None:
        """RunLost, RunPaused."""
        await self._progress.check()

    async def repeat(
        self, what: str, batch: Callable[[Retention], Awaitable[int]], *, films: bool = False
    ) -> None:
        """Batches until one finds nothing."""
        while await self.once(what, batch, films=films):
            pass

    async def once(
        self, what: str, batch: Callable[[Retention], Awaitable[int]], *, films: bool = False
    ) -> int:
        """One batch; RunLost, RunPaused."""
        await self.check()
        async with self._database.transaction() as connection:
            number = await batch(Retention(connection))
            if number:
                total = self.done.get(what, 0) + number
                await self._progress.describe(connection, metadata={what: total})
                if films:
                    await self._progress.add(connection, movies_checked=number)
        if number:
            self.done[what] = total
        return number
