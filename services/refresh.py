"""What the refresh queue holds, fetched from TMDB, stored and recorded."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import structlog

from core.errors import (
    DatabaseError,
    FilmotekaError,
    Gone,
    NotAuthorised,
    RateLimited,
    TmdbError,
    Unavailable,
)
from core.sync import Counts
from db.pool import Connection, Database
from db.refresh_queue import Claimed, Failed, RefreshQueue
from db.sync_runs import FailedFilm, SyncRuns
from services.catalogue import Catalogue, Change, Fetched
from services.entities import Entities
from services.sync_progress import sample

log = structlog.get_logger(__name__)

# Often enough in a row they tell of TMDB as a whole, and nothing of what was asked for.
OUTAGES = (Unavailable, RateLimited, NotAuthorised)
# So many people or series in a row that TMDB did not answer for are an outage.
ENTITIES_IN_A_ROW = 3

Outcome = Literal["movies_new", "movies_updated", "movies_skipped", "movies_failed", "movies_gone"]


_CHANGES: Mapping[Change | None, Outcome] = {
    "new": "movies_new",
    "updated": "movies_updated",
    None: "movies_skipped",
}


class _Counted(NamedTuple):
    """What a run is told of a row."""

    row: Claimed
    outcome: Outcome
    sample: str | None = None


class Refresher:
    """Brings what claimed rows ask for here, and tells their runs what became of it."""

    def __init__(self, database: Database, catalogue: Catalogue, entities: Entities) -> None:
        self._database = database
        self._catalogue = catalogue
        self._entities = entities

    async def refresh(self, rows: Sequence[Claimed], leased_by: str) -> None:
        """Gives every row its outcome, unless TMDB is away or refuses the key.

        Then that is raised, what came is stored, and the rest is due again: it was no try of theirs.
        """
        try:
            await self._films([row for row in rows if row.entity_type == "movie"], leased_by)
            await self._others([row for row in rows if row.entity_type != "movie"], leased_by)
        except OUTAGES:
            await RefreshQueue(self._database).release(leased_by, rows)
            raise

    async def _films(self, rows: Sequence[Claimed], leased_by: str) -> None:
        open_rows = {row.tmdb_id: row for row in rows}
        failed: dict[int, FilmotekaError] = {}

        async def record(connection: Connection, batch: Sequence[Fetched]) -> None:
            await self._record(connection, batch, open_rows, leased_by)
            for one in batch:
                if one.error and not one.gone:
                    failed[one.movie_id] = one.error
                else:
                    del open_rows[one.movie_id]

        try:
            await self._catalogue.fetch_many(list(open_rows), record)
        except OUTAGES:
            # What failed with TMDB away failed through no fault of its own.
            own = {film: error for film, error in failed.items() if not isinstance(error, OUTAGES)}
            await self._fail([Failed(open_rows[film], str(error)) for film, error in own.items()], leased_by)
            raise
        except DatabaseError:
            raise
        except Exception as error:
            log.exception("films could not be stored", films=len(open_rows))
            if len(rows) == 1:
                await self._fail([Failed(rows[0], type(error).__name__)], leased_by)
                return
            # Which of them it was shows when each comes alone.
            for row in list(open_rows.values()):
                await self._films([row], leased_by)
        else:
            await self._fail(
                [Failed(open_rows[film], str(error)) for film, error in failed.items()], leased_by
            )

    async def _record(
        self,
        connection: Connection,
        batch: Sequence[Fetched],
        rows: dict[int, Claimed],
        leased_by: str,
    ) -> None:
        """In the transaction that stores the batch. Rows of gone films were seen to where all report them."""
        told = {one.movie_id: one for one in batch if one.movie is not None}
        finished = await RefreshQueue(connection).finish(leased_by, [rows[film] for film in told])
        counted = [_stored(row, told[row.tmdb_id]) for row in finished]
        counted += [_Counted(rows[one.movie_id], "movies_gone") for one in batch if one.gone]
        await _count(connection, counted)

    async def _others(self, rows: Sequence[Claimed], leased_by: str) -> None:
        """People and series, one by one: only those stored in full are ever asked for."""
        failed: list[Failed] = []
        in_a_row = 0
        for row in rows:
            assert row.entity_type != "movie"
            try:
                await self._entities.refresh(row.entity_type, row.tmdb_id)
            except Gone:
                async with self._database.transaction() as connection:
                    believed = await RefreshQueue(connection).gone(row.entity_type, [row.tmdb_id])
                    await _count(connection, [_Counted(row, "movies_gone")])
                if believed:
                    await self._entities.gone(row.entity_type, row.tmdb_id)
            except OUTAGES as error:
                in_a_row += 1
                if in_a_row == ENTITIES_IN_A_ROW or isinstance(error, NotAuthorised):
                    raise
                failed.append(Failed(row, str(error)))
                continue
            except TmdbError as error:
                failed.append(Failed(row, str(error)))
            else:
                async with self._database.transaction() as connection:
                    finished = await RefreshQueue(connection).finish(leased_by, [row])
                    await _count(connection, [_Counted(one, "movies_updated") for one in finished])
            in_a_row = 0
        await self._fail(failed, leased_by)

    async def _fail(self, failed: Sequence[Failed], leased_by: str) -> None:
        if not failed:
            return
        errors = {one.row: one.error for one in failed}
        async with self._database.transaction() as connection:
            counted = await RefreshQueue(connection).fail(leased_by, failed)
            await _count(connection, [_Counted(row, "movies_failed") for row in counted])
            await SyncRuns(connection).fail_films(
                FailedFilm(row.run_id, row.tmdb_id, errors[row]) for row in counted if row.run_id is not None
            )
        log.warning("not fetched, tried again later", rows=len(failed), reason=failed[0].error)


def _stored(row: Claimed, fetched: Fetched) -> _Counted:
    assert fetched.movie is not None
    return _Counted(row, _CHANGES[fetched.change], sample(fetched.movie))


async def _count(connection: Connection, counted: Sequence[_Counted]) -> None:
    """Adds to the runs that wait for these rows."""
    outcomes: dict[int, Counter[str]] = defaultdict(Counter)
    samples: dict[int, list[str]] = defaultdict(list)
    for one in counted:
        if one.row.run_id is not None:
            outcomes[one.row.run_id][one.outcome] += 1
            samples[one.row.run_id] += [one.sample] if one.sample else []
    counts = {run: Counts(**outcomes[run], samples=tuple(samples[run])) for run in sorted(outcomes)}
    if counts:
        await SyncRuns(connection).add(counts)
