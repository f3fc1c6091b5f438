"""TMDB's answers as they came."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal, NamedTuple

from db.arrays import columns
from db.pool import Executor

# What storing an answer did: other facts than before, the same (fetched anew), or a newer one is here.
Stored = Literal["changed", "unchanged", "outdated"]


class RawPayload(NamedTuple):
    """One answer: canonical JSON, its two hashes, and how long ago TMDB was asked."""

    tmdb_id: int
    payload: bytes
    payload_hash: str
    content_hash: str
    age: timedelta


class RawPayloads:
    """Rows of tmdb.raw_payloads."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    STORE = """
        INSERT INTO tmdb.raw_payloads AS stored
          (entity_type, tmdb_id, language, payload, payload_hash, content_hash, fetched_at)
        SELECT $1, fresh.tmdb_id, $2, fresh.payload, fresh.payload_hash, fresh.content_hash,
          tmdb.now() - fresh.age
        FROM unnest($3::int[], $4::jsonb[], $5::text[], $6::text[], $7::interval[])
          AS fresh (tmdb_id, payload, payload_hash, content_hash, age)
        ORDER BY fresh.tmdb_id
        ON CONFLICT (entity_type, tmdb_id, language, payload_hash) DO UPDATE
        SET content_hash = excluded.content_hash, fetched_at = excluded.fetched_at
    """

    async def store(self, entity_type: str, language: str, payloads: Sequence[RawPayload]) -> None:
        """Keeps answers; one that came before, byte for byte, becomes the newest again."""
        if payloads:
            await self._db.execute(self.STORE, entity_type, language, *columns(5, payloads))

    # What was stored by a clock that has jumped back since is older than what was stored after that.
    TRIM = """
        DELETE FROM tmdb.raw_payloads AS stored
        USING (
          SELECT entity_type, tmdb_id, language, payload_hash, of_content,
            row_number() OVER (
              PARTITION BY tmdb_id ORDER BY of_content > 1, told_at DESC, payload_hash) AS place
          FROM (
            SELECT entity_type, tmdb_id, language, payload_hash, told_at,
              row_number() OVER (
                PARTITION BY tmdb_id, content_hash ORDER BY told_at DESC, payload_hash) AS of_content
            FROM (
              SELECT entity_type, tmdb_id, language, payload_hash, content_hash,
                CASE WHEN fetched_at < tmdb.now() + interval '1 hour' THEN fetched_at ELSE '-infinity' END
                  AS told_at
              FROM tmdb.raw_payloads WHERE entity_type = $1 AND tmdb_id = ANY ($2::int[])
            ) AS known
          ) AS contents
        ) AS ranked
        WHERE (of_content > 1 OR place > 1 + $3)
          AND (stored.entity_type, stored.tmdb_id, stored.language, stored.payload_hash)
            = (ranked.entity_type, ranked.tmdb_id, ranked.language, ranked.payload_hash)
    """

    async def trim(self, entity_type: str, tmdb_ids: Sequence[int], history: int) -> None:
        """Leaves the newest answer of each, and the newest of up to `history` earlier contents."""
        if tmdb_ids:
            await self._db.execute(self.TRIM, entity_type, tmdb_ids, history)
