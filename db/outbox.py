"""Changes on their way to the graph."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal, NamedTuple
from uuid import UUID

from db.pool import Executor

EntityType = Literal["movie", "person", "tv"]


class OutboxRow(NamedTuple):
    """A claimed change; finishing it counts only while `version` is the row's."""

    id: UUID
    version: int
    entity_type: EntityType
    tmdb_id: int
    action: Literal["upsert", "delete"]
    attempts: int


class Outbox:
    """Rows of tmdb.neo4j_etl_outbox: one pending row an entity, always its latest state."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    ENQUEUE = """
        INSERT INTO tmdb.neo4j_etl_outbox AS pending (entity_type, tmdb_id, content_hash, action)
        SELECT $1, changed.tmdb_id, changed.content_hash,
          CASE WHEN changed.content_hash IS NULL THEN 'delete' ELSE 'upsert' END
        FROM unnest($2::int[], $3::text[]) AS changed (tmdb_id, content_hash)
        ORDER BY changed.tmdb_id
        ON CONFLICT (entity_type, tmdb_id) WHERE processed_at IS NULL DO UPDATE
        SET content_hash = excluded.content_hash, action = excluded.action, version = pending.version + 1,
          attempts = 0, last_error = NULL
    """

    async def enqueue(self, entity_type: EntityType, changed: dict[int, str | None]) -> None:
        """Entities by id with their content_hash now, None for one that is gone."""
        if changed:
            await self._db.execute(self.ENQUEUE, entity_type, list(changed), list(changed.values()))

    # A row that changes while somebody works on it stays locked: nobody else sends its newer state
    # at the same time, and finishing the older version hands it back.
    CLAIM = """
        WITH due AS MATERIALIZED (
          SELECT id FROM tmdb.neo4j_etl_outbox
          WHERE processed_at IS NULL AND (locked_at IS NULL OR locked_at < tmdb.now() - $2::interval)
          ORDER BY enqueued_at LIMIT $1 FOR UPDATE SKIP LOCKED
        )
        UPDATE tmdb.neo4j_etl_outbox AS claimed
        SET locked_at = tmdb.now(), attempts = claimed.attempts + 1, last_attempt_at = tmdb.now()
        FROM due
        WHERE claimed.id = due.id
        RETURNING claimed.id, claimed.version, claimed.entity_type, claimed.tmdb_id, claimed.action,
          claimed.attempts
    """

    async def claim(self, limit: int, lease_seconds: float) -> list[OutboxRow]:
        """The oldest changes nobody works on; those of a dead worker come back after `lease_seconds`."""
        rows = await self._db.fetch(self.CLAIM, limit, timedelta(seconds=lease_seconds))
        return [OutboxRow(*row) for row in rows]

    FINISH = """
        UPDATE tmdb.neo4j_etl_outbox AS row
        SET locked_at = NULL, last_error = NULL,
          processed_at = CASE WHEN row.version = done.version THEN tmdb.now() END
        FROM (
          SELECT stored.id, done.version
          FROM unnest($1::uuid[], $2::int[]) AS done (id, version)
          JOIN tmdb.neo4j_etl_outbox AS stored ON stored.id = done.id
          WHERE stored.processed_at IS NULL
          ORDER BY stored.entity_type, stored.tmdb_id FOR UPDATE OF stored
        ) AS done
        WHERE row.id = done.id
    """

    async def finish(self, rows: Sequence[OutboxRow]) -> None:
        """What was sent is done, except where a newer change came meanwhile: that stays pending."""
        if rows:
            await self._db.execute(self.FINISH, [row.id for row in rows], [row.version for row in rows])

    FAIL = """
        UPDATE tmdb.neo4j_etl_outbox SET locked_at = NULL, last_error = $2
        WHERE id = $1 AND processed_at IS NULL
    """

    async def fail(self, row: OutboxRow, error: str) -> None:
        """Hands one back with what went wrong."""
        await self._db.execute(self.FAIL, row.id, error)
