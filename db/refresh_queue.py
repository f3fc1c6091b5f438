"""What is to be asked of TMDB, in the order in which it is asked."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Literal, NamedTuple

from db.arrays import columns
from db.outbox import EntityType
from db.pool import Executor, wake

Reason = Literal["person", "import", "change", "new", "missing", "list", "stale", "backfill"]

# One slot in so many goes to what waits longest, so that nothing starves.
OLDEST_ONE_IN = 10
# After so many failures a row is parked with its error.
TRIES = 8


class RefreshPriority(IntEnum):
    """Who waits for an answer; the lower goes first."""

    PERSON = 0
    IMPORT = 1
    CHANGE = 2
    STALE = 3
    BACKFILL = 4


class Asked(NamedTuple):
    """What is asked for, and its place among others of its priority: the highest rank goes first."""

    tmdb_id: int
    rank: float = 0.0


class Claimed(NamedTuple):
    """A row in a worker's hand; `run_id` is the run that waits for its outcome."""

    entity_type: EntityType
    tmdb_id: int
    run_id: int | None
    requested_at: datetime


class Failed(NamedTuple):
    """A claimed row with what went wrong."""

    row: Claimed
    error: str


class RefreshQueue:
    """Rows of tmdb.refresh_queue.

    A claim is a lease: while `leased_by` names a worker, next_attempt_at is when its lease ends, and what
    the worker records counts only while it is named. Its first outcome (stored, failed, gone) counts for
    the row's run; should the row stay, no run waits for it any more. Written after the films' rows.
    """

    def __init__(self, db: Executor) -> None:
        self._db = db

    # Whoever asks again wants it soon: back-off and parking begin anew. A row in a worker's hand stays
    # there and is due again afterwards, since finishing an older request leaves it.
    ASK = """
        WITH asked AS (
          INSERT INTO tmdb.refresh_queue AS queued (entity_type, tmdb_id, priority, rank, reason, run_id)
          SELECT DISTINCT ON (given.tmdb_id) $1, given.tmdb_id, $4, given.rank, $5, $6
          FROM unnest($2::int[], $3::float8[]) AS given (tmdb_id, rank)
          ORDER BY given.tmdb_id, given.rank DESC
          ON CONFLICT (entity_type, tmdb_id) DO UPDATE SET
            priority = least(queued.priority, excluded.priority),
            rank = CASE
              WHEN excluded.priority < queued.priority THEN excluded.rank
              WHEN excluded.priority = queued.priority THEN greatest(queued.rank, excluded.rank)
              ELSE queued.rank END,
            reason = CASE WHEN excluded.priority < queued.priority
              THEN excluded.reason ELSE queued.reason END,
            run_id = CASE WHEN excluded.priority < queued.priority
              THEN coalesce(excluded.run_id, queued.run_id) ELSE coalesce(queued.run_id, excluded.run_id) END,
            requested_at = greatest(queued.requested_at, excluded.requested_at),
            next_attempt_at = CASE WHEN queued.leased_by IS NULL
              THEN least(queued.next_attempt_at, excluded.next_attempt_at) ELSE queued.next_attempt_at END,
            attempts = CASE WHEN queued.parked_at IS NULL THEN queued.attempts ELSE 0 END,
            parked_at = NULL
          RETURNING CASE WHEN $6::bigint IS NULL THEN priority = $4 ELSE run_id = $6 END AS taken
        )
        SELECT count(*) FILTER (WHERE taken) FROM asked
    """

    async def ask(
        self,
        entity_type: EntityType,
        rows: Iterable[Asked],
        priority: RefreshPriority,
        reason: Reason,
        run_id: int | None = None,
    ) -> int:
        """Queues what is not queued; what is takes the better priority with its rank, reason and run.

        Answers how many rows the run waits for now; without a run, how many are of this priority now.
        """
        ids, ranks = columns(2, rows)
        if not ids:
            return 0
        taken: int = await self._db.fetchval(self.ASK, entity_type, ids, ranks, priority, reason, run_id)
        await wake(self._db, "refresh")
        return taken

    # A pause leaves people and imports, whose order needs no tenth slot; so does an import that fetches
    # films, since it spends of the same budget. A time more than a day ahead, which nothing sets, was
    # written before the clock jumped back.
    CLAIM = """
        WITH people AS MATERIALIZED (
          SELECT EXISTS (SELECT FROM tmdb.sync_state WHERE name = 'paused')
            OR EXISTS (
              SELECT FROM tmdb.imports
              WHERE finished_at IS NULL AND state = 'fetching'
                AND lease_until > tmdb.now() AND lease_until < tmdb.now() + interval '1 day'
            ) AS alone
        ), oldest AS MATERIALIZED (
          SELECT entity_type, tmdb_id FROM tmdb.refresh_queue
          WHERE parked_at IS NULL AND NOT (SELECT alone FROM people)
            AND (next_attempt_at <= tmdb.now() OR next_attempt_at > tmdb.now() + interval '1 day')
          ORDER BY queued_at LIMIT $2 FOR UPDATE SKIP LOCKED
        ), best AS MATERIALIZED (
          SELECT entity_type, tmdb_id FROM tmdb.refresh_queue
          WHERE parked_at IS NULL
            AND (next_attempt_at <= tmdb.now() OR next_attempt_at > tmdb.now() + interval '1 day')
            AND priority <= (SELECT CASE WHEN alone THEN 1 ELSE 4 END FROM people)
          ORDER BY priority, rank DESC, tmdb_id LIMIT $1 FOR UPDATE SKIP LOCKED
        ), claimed AS (
          UPDATE tmdb.refresh_queue AS queued
          SET next_attempt_at = tmdb.now() + $3::interval, leased_by = $4
          FROM (SELECT * FROM oldest UNION SELECT * FROM best) AS due
          WHERE queued.entity_type = due.entity_type AND queued.tmdb_id = due.tmdb_id
          RETURNING queued.entity_type, queued.tmdb_id, queued.run_id, queued.requested_at,
            queued.priority, queued.rank
        )
        SELECT entity_type, tmdb_id, run_id, requested_at FROM claimed ORDER BY priority, rank DESC, tmdb_id
    """

    async def claim(self, limit: int, lease: timedelta, leased_by: str) -> list[Claimed]:
        """What is due, the best first, and among it what has waited longest.

        In a pause and while an import fetches films: what people and imports asked for alone.
        """
        oldest = limit // OLDEST_ONE_IN
        rows = await self._db.fetch(self.CLAIM, limit - oldest, oldest, lease, leased_by)
        return [Claimed(*row) for row in rows]

    RENEW = """
        UPDATE tmdb.refresh_queue AS queued SET next_attempt_at = tmdb.now() + $2::interval
        FROM (
          SELECT held.entity_type, held.tmdb_id FROM unnest($3::text[], $4::int[])
            AS claimed (entity_type, tmdb_id)
          JOIN tmdb.refresh_queue AS held USING (entity_type, tmdb_id)
          WHERE held.leased_by = $1
          ORDER BY held.entity_type, held.tmdb_id FOR UPDATE OF held
        ) AS mine
        WHERE queued.entity_type = mine.entity_type AND queued.tmdb_id = mine.tmdb_id
    """

    async def renew(self, leased_by: str, rows: Collection[Claimed], lease: timedelta) -> None:
        """Those of the rows that are still this worker's stay so."""
        await self._db.execute(self.RENEW, leased_by, lease, *_keys(rows))

    RELEASE = """
        UPDATE tmdb.refresh_queue AS queued SET next_attempt_at = tmdb.now(), leased_by = NULL
        FROM (
          SELECT held.entity_type, held.tmdb_id FROM unnest($2::text[], $3::int[])
            AS claimed (entity_type, tmdb_id)
          JOIN tmdb.refresh_queue AS held USING (entity_type, tmdb_id)
          WHERE held.leased_by = $1
          ORDER BY held.entity_type, held.tmdb_id FOR UPDATE OF held
        ) AS mine
        WHERE queued.entity_type = mine.entity_type AND queued.tmdb_id = mine.tmdb_id
    """

    async def release(self, leased_by: str, rows: Collection[Claimed]) -> None:
        """Claimed in vain, through no fault of theirs: they are due at once, and it was no try."""
        if rows:
            await self._db.execute(self.RELEASE, leased_by, *_keys(rows))

    FINISH = """
        WITH done AS (
          SELECT held.entity_type, held.tmdb_id, claimed.run_id,
            held.requested_at = claimed.requested_at AS unchanged
          FROM unnest($2::text[], $3::int[], $4::bigint[], $5::timestamptz[])
            AS claimed (entity_type, tmdb_id, run_id, requested_at)
          JOIN tmdb.refresh_queue AS held USING (entity_type, tmdb_id)
          WHERE held.leased_by = $1
          ORDER BY held.entity_type, held.tmdb_id FOR UPDATE OF held
        ), deleted AS (
          DELETE FROM tmdb.refresh_queue AS queued USING done
          WHERE queued.entity_type = done.entity_type AND queued.tmdb_id = done.tmdb_id AND done.unchanged
        ), asked_again AS (
          UPDATE tmdb.refresh_queue AS queued SET
            next_attempt_at = tmdb.now(), leased_by = NULL, attempts = 0, last_error = NULL, gone_at = NULL,
            run_id = nullif(queued.run_id, done.run_id)
          FROM done
          WHERE queued.entity_type = done.entity_type AND queued.tmdb_id = done.tmdb_id AND NOT done.unchanged
        )
        SELECT entity_type, tmdb_id FROM done
    """

    async def finish(self, leased_by: str, rows: Sequence[Claimed]) -> list[Claimed]:
        """Stored; answers those that count: the others are not this worker's any more.

        What was asked for again meanwhile stays and is due at once.
        """
        types, ids, runs, requested = columns(4, ((*_key(row), *row[2:]) for row in rows))
        found = await self._db.fetch(self.FINISH, leased_by, types, ids, runs, requested)
        return _those(rows, found)

    # 30 s, tripled each time up to 6 h, less a part of the last quarter by chance: what failed together
    # is not tried again together.
    FAIL = """
        WITH failed AS (
          SELECT held.entity_type, held.tmdb_id, claimed.run_id, claimed.error
          FROM unnest($2::text[], $3::int[], $4::bigint[], $5::text[])
            AS claimed (entity_type, tmdb_id, run_id, error)
          JOIN tmdb.refresh_queue AS held USING (entity_type, tmdb_id)
          WHERE held.leased_by = $1
          ORDER BY held.entity_type, held.tmdb_id FOR UPDATE OF held
        )
        UPDATE tmdb.refresh_queue AS queued SET
          next_attempt_at = tmdb.now() + least(interval '6 hours', interval '30 seconds'
            * power(3, queued.attempts)) * (1 - random() / 4),
          leased_by = NULL, attempts = queued.attempts + 1, last_error = failed.error,
          parked_at = CASE WHEN queued.attempts + 1 >= $6 THEN tmdb.now() END,
          run_id = nullif(queued.run_id, failed.run_id)
        FROM failed
        WHERE queued.entity_type = failed.entity_type AND queued.tmdb_id = failed.tmdb_id
        RETURNING queued.entity_type, queued.tmdb_id
    """

    async def fail(self, leased_by: str, failed: Sequence[Failed]) -> list[Claimed]:
        """Each is tried again, later each time, after TRIES it is parked; answers those that count."""
        rows = [one.row for one in failed]
        types, ids, runs = columns(3, ((*_key(row), row.run_id) for row in rows))
        errors = [one.error for one in failed]
        found = await self._db.fetch(self.FAIL, leased_by, types, ids, runs, errors, TRIES)
        return _those(rows, found)

    # A first time past now was told by a clock that has jumped back since: it counts from now.
    GONE = """
        WITH film AS MATERIALIZED (
          SELECT tmdb_id, deleted_at IS NOT NULL AS deleted FROM tmdb.movies
          WHERE $1 = 'movie' AND tmdb_id = ANY ($2::int[])
          ORDER BY tmdb_id FOR NO KEY UPDATE
        )
        INSERT INTO tmdb.refresh_queue AS queued
          (entity_type, tmdb_id, priority, reason, next_attempt_at, gone_at)
        SELECT $1, told.tmdb_id, $3, 'missing', tmdb.now() + interval '1 day', tmdb.now()
        FROM unnest($2::int[]) AS told (tmdb_id) LEFT JOIN film ON film.tmdb_id = told.tmdb_id
        WHERE NOT film.deleted OR EXISTS (
          SELECT FROM tmdb.refresh_queue AS known
          WHERE known.entity_type = $1 AND known.tmdb_id = told.tmdb_id)
        ORDER BY told.tmdb_id
        ON CONFLICT (entity_type, tmdb_id) DO UPDATE SET
          gone_at = least(queued.gone_at, tmdb.now()),
          next_attempt_at = least(queued.gone_at, tmdb.now()) + interval '1 day',
          leased_by = NULL, attempts = 0, last_error = NULL, parked_at = NULL, run_id = NULL
        RETURNING tmdb_id, gone_at <= tmdb.now() - interval '1 day'
          OR coalesce((SELECT film.deleted FROM film WHERE film.tmdb_id = queued.tmdb_id), false) AS believed
    """
    BELIEVED = """
        DELETE FROM tmdb.refresh_queue WHERE entity_type = $1 AND tmdb_id = ANY ($2::int[])
    """

    async def gone(self, entity_type: EntityType, tmdb_ids: Collection[int]) -> list[int]:
        """TMDB itself says that there are no such things, whoever asked; answers what is to be believed.

        That is the second time, a day or more after the first; until then it is asked for once more. Ids
        that neither the catalogue nor the queue knows leave no trace. Films stay locked: in a transaction.
        """
        told = await self._db.fetch(self.GONE, entity_type, sorted(tmdb_ids), RefreshPriority.CHANGE)
        believed = [row["tmdb_id"] for row in told if row["believed"]]
        if believed:
            await self._db.execute(self.BELIEVED, entity_type, believed)
        return believed

    BACK = """
        WITH back AS (
          SELECT entity_type, tmdb_id, parked_at IS NOT NULL AS is_parked FROM tmdb.refresh_queue
          WHERE entity_type = $1 AND tmdb_id = ANY ($2::int[])
            AND (gone_at IS NOT NULL OR parked_at IS NOT NULL)
          ORDER BY entity_type, tmdb_id FOR UPDATE
        ), unparked AS (
          DELETE FROM tmdb.refresh_queue AS queued USING back
          WHERE queued.entity_type = back.entity_type AND queued.tmdb_id = back.tmdb_id AND back.is_parked
        )
        UPDATE tmdb.refresh_queue AS queued SET gone_at = NULL FROM back
        WHERE queued.entity_type = back.entity_type AND queued.tmdb_id = back.tmdb_id AND NOT back.is_parked
    """

    async def back(self, entity_type: EntityType, tmdb_ids: Collection[int]) -> None:
        """TMDB told of them, whoever asked: that it once did not counts no more, nor do failures given up."""
        await self._db.execute(self.BACK, entity_type, list(tmdb_ids))

    RETRY_PARKED = """
        UPDATE tmdb.refresh_queue AS queued SET parked_at = NULL, attempts = 0, next_attempt_at = tmdb.now()
        FROM (
          SELECT entity_type, tmdb_id FROM tmdb.refresh_queue WHERE parked_at IS NOT NULL
          ORDER BY entity_type, tmdb_id FOR UPDATE
        ) AS parked
        WHERE queued.entity_type = parked.entity_type AND queued.tmdb_id = parked.tmdb_id
        RETURNING queued.tmdb_id
    """

    async def retry_parked(self) -> int:
        """What was parked is due again with all its tries; answers how many rows that are."""
        retried = len(await self._db.fetch(self.RETRY_PARKED))
        if retried:
            await wake(self._db, "refresh")
        return retried

    BEGIN_TOP_UP = "SELECT pg_try_advisory_xact_lock(hashtext('tmdb.refresh_queue'))"

    async def begin_top_up(self) -> bool:
        """Until the transaction ends nobody else tops the queue up; False: somebody does.

        A lock on the run's row would make those wait who count its films.
        """
        return bool(await self._db.fetchval(self.BEGIN_TOP_UP))

    READY = """
        SELECT count(*) FROM tmdb.refresh_queue
        WHERE parked_at IS NULL AND priority = $1 AND next_attempt_at <= tmdb.now()
    """

    async def ready(self, priority: RefreshPriority) -> int:
        """How many rows of a priority a worker could claim now."""
        found: int = await self._db.fetchval(self.READY, priority)
        return found

    AWAITED_BY = "SELECT EXISTS (SELECT FROM tmdb.refresh_queue WHERE run_id = $1)"

    async def awaited_by(self, run_id: int) -> bool:
        """Whether the run waits for any outcome."""
        return bool(await self._db.fetchval(self.AWAITED_BY, run_id))


def _key(row: Claimed) -> tuple[EntityType, int]:
    return row.entity_type, row.tmdb_id


def _keys(rows: Collection[Claimed]) -> list[list[object]]:
    return columns(2, map(_key, rows))


def _those(rows: Sequence[Claimed], keys: Iterable[Iterable[object]]) -> list[Claimed]:
    """The rows with these keys."""
    found = {tuple(key) for key in keys}
    return [row for row in rows if _key(row) in found]
