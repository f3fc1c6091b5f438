"""Changes on their way to the graph: claimed once, handed back, never finished over a newer one."""

import asyncio
from datetime import timedelta

from db.outbox import Outbox
from db.pool import Connection, Database

LEASE = 30.0


async def test_claimed_rows_come_back_when_their_worker_died(connection: Connection) -> None:
    outbox = Outbox(connection)
    await outbox.enqueue("movie", {2: "hash", 1: "hash"})
    await outbox.enqueue("person", {1: None})
    claimed = await outbox.claim(10, LEASE)
    assert {(row.entity_type, row.tmdb_id, row.action) for row in claimed} == {
        ("movie", 1, "upsert"),
        ("movie", 2, "upsert"),
        ("person", 1, "delete"),
    }
    assert await outbox.claim(10, LEASE) == []
    await connection.execute("SET LOCAL tmdb.clock_offset = '31 seconds'")
    again = await outbox.claim(10, LEASE)
    assert [row.attempts for row in again] == [2, 2, 2]
    await outbox.finish(again)
    await connection.execute("SET LOCAL tmdb.clock_offset = '62 seconds'")
    assert await outbox.claim(10, LEASE) == []


async def test_a_change_that_came_meanwhile_is_sent_too(connection: Connection) -> None:
    outbox = Outbox(connection)
    await outbox.enqueue("movie", {1: "A"})
    first = await outbox.claim(10, LEASE)
    await outbox.enqueue("movie", {1: "B"})
    assert await outbox.claim(10, LEASE) == []  # whoever sends A now is not overtaken by B
    await outbox.finish(first)
    second = await outbox.claim(10, LEASE)
    assert [(row.version, row.action) for row in second] == [(2, "upsert")]
    await outbox.finish(second)
    assert (
        await connection.fetchval("SELECT count(*) FROM tmdb.neo4j_etl_outbox WHERE processed_at IS NULL")
        == 0
    )
    await outbox.enqueue("movie", {1: "C"})
    assert [row.version for row in await outbox.claim(10, LEASE)] == [1]


async def test_a_failed_row_keeps_its_error_and_is_claimed_again(connection: Connection) -> None:
    outbox = Outbox(connection)
    await outbox.enqueue("movie", {1: "A"})
    (row,) = await outbox.claim(10, LEASE)
    await outbox.fail(row, "the graph is away")
    assert await connection.fetchval("SELECT last_error FROM tmdb.neo4j_etl_outbox") == "the graph is away"
    (again,) = await outbox.claim(10, LEASE)
    assert again.attempts == 2


async def test_two_workers_never_claim_the_same(database: Database) -> None:
    await Outbox(database).enqueue("movie", dict.fromkeys(range(200), "hash"))

    async def work() -> list[int]:
        claimed: list[int] = []
        while rows := await Outbox(database).claim(7, LEASE):
            claimed += [row.tmdb_id for row in rows]
            await Outbox(database).finish(rows)
        return claimed

    workers = await asyncio.gather(*(work() for _ in range(4)))
    assert sorted(number for claimed in workers for number in claimed) == list(range(200))


async def test_the_claim_uses_the_index_of_pending_rows(connection: Connection) -> None:
    # An empty table is scanned or sorted in no time: what matters is that the index can serve it.
    await connection.execute("SET LOCAL enable_seqscan = off")
    await connection.execute("SET LOCAL enable_sort = off")
    plan = await connection.fetch("EXPLAIN " + Outbox.CLAIM, 10, timedelta(seconds=LEASE))
    assert "neo4j_etl_outbox_due" in "\n".join(row[0] for row in plan)
