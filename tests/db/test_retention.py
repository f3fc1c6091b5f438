"""How retention finds what is too old, and how old the catalogue is."""

from datetime import timedelta

import pytest

from db.pool import Connection
from db.retention import CEILING, Retention

FULL = """
    INSERT INTO tmdb.movies (tmdb_id, title, overview, popularity, data_state, content_hash, payload_hash,
      fetched_at)
    SELECT id, 'Film', repeat('x', 500), id, 'full', 'c', 'p', tmdb.now() - id * interval '1 minute'
    FROM generate_series(1, 20000) AS id
"""


async def test_what_is_too_old_is_found_by_index(connection: Connection) -> None:
    await connection.execute(FULL)
    await connection.execute("UPDATE tmdb.movies SET deleted_at = tmdb.now() WHERE tmdb_id % 100 = 0")
    await connection.execute(
        """
        INSERT INTO tmdb.raw_payloads
          (entity_type, tmdb_id, language, payload, payload_hash, content_hash, fetched_at)
        SELECT 'movie', tmdb_id, 'en', '{}', 'p', 'c', fetched_at FROM tmdb.movies
        """
    )
    await connection.execute(
        """
        INSERT INTO tmdb.neo4j_etl_outbox (entity_type, tmdb_id, action, processed_at)
        SELECT 'movie', tmdb_id, 'delete', fetched_at FROM tmdb.movies
        """
    )
    await connection.execute(
        """
        INSERT INTO tmdb.people (tmdb_id, name, data_state, content_hash, fetched_at)
        SELECT id, 'Somebody', CASE WHEN id % 100 = 0 THEN 'full' ELSE 'stub' END, 'c', tmdb.now()
        FROM generate_series(1, 20000) AS id
        """
    )
    await connection.execute(
        """
        INSERT INTO tmdb.posters (bot_id, poster_path, tmdb_movie_id, size, priority)
        SELECT 1, '/' || tmdb_id, tmdb_id, 'w500', 2 FROM tmdb.movies
        """
    )
    for table in ("movies", "raw_payloads", "neo4j_etl_outbox", "people", "posters"):
        await connection.execute(f"ANALYZE tmdb.{table}")
    week = timedelta(days=7)
    for statement, args, index, table in (
        (Retention.OVERDUE_FILMS, (CEILING, 500), "movies_fetched_at", "movies"),
        (Retention.DELETED_FILMS, (500,), "movies_deleted", "movies"),
        (Retention.MISSING_STUBS, (CEILING, 500), "movies_", "movies"),
        (Retention.LISTED_STUBS, ("movie", CEILING, 500), "movies_to_fill", "movies"),
        (Retention.OVERDUE_PEOPLE, (CEILING, 500), "people_fetched_at", "people"),
        (Retention.UNNAMED_PEOPLE, (0, 100), "people_pkey", "people"),
        (Retention.DELETE_PAYLOADS, (week, 500), "raw_payloads_fetched_at", "raw_payloads"),
        (Retention.DELETE_SENT, (week, 500), "neo4j_etl_outbox_processed_at", "neo4j_etl_outbox"),
        (Retention.POSTER_PAGE, (0, "", 100, CEILING), "posters_pkey", "posters"),
    ):
        plan = "\n".join(row[0] for row in await connection.fetch("EXPLAIN " + statement, *args))
        assert index in plan, plan
        assert f"Seq Scan on {table}" not in plan, plan


async def age(connection: Connection) -> tuple[float | None, float | None, float | None]:
    """In days: of full films, of stubs, of the whole."""
    row = await connection.fetchrow(
        """
        SELECT extract(epoch FROM tmdb.now() - oldest_full_at)::float8 / 86400,
          extract(epoch FROM tmdb.now() - oldest_stub_at)::float8 / 86400,
          extract(epoch FROM tmdb.now() - oldest_at)::float8 / 86400
        FROM tmdb.catalogue_age
        """
    )
    assert row is not None
    return row[0], row[1], row[2]


async def test_the_catalogue_is_as_old_as_the_oldest_that_is_shown(connection: Connection) -> None:
    assert await age(connection) == (None, None, None)
    await connection.execute(
        """
        INSERT INTO tmdb.movies
          (tmdb_id, title, data_state, content_hash, payload_hash, fetched_at, deleted_at)
        SELECT id, 'Film', 'full', 'c', 'p', tmdb.now() - make_interval(days => days),
          CASE WHEN deleted THEN tmdb.now() END
        FROM (VALUES (1, 3, false), (2, 20, false), (3, 100, true)) AS film (id, days, deleted)
        """
    )
    assert await age(connection) == (20, None, 20)
    await connection.execute(
        "INSERT INTO tmdb.sync_state (name, watermark)"
        " VALUES ('export:movie', tmdb.now() - interval '30 days')"
    )
    assert await age(connection) == (20, None, 20), "no stub is shown"
    await connection.execute("INSERT INTO tmdb.movies (tmdb_id) VALUES (4)")
    assert await age(connection) == (20, None, 20), "of an emptied film nothing is shown"
    await connection.execute("INSERT INTO tmdb.movies (tmdb_id, original_title) VALUES (5, 'A stub')")
    assert await age(connection) == (20, 30, 30)


@pytest.mark.parametrize(("seen", "listed", "days"), [(300, 50, 50), (7, 50, 7)])
async def test_a_stub_that_the_exports_lack_is_as_old_as_what_told_of_it_last(
    connection: Connection, seen: int, listed: int, days: float
) -> None:
    await connection.execute(
        "INSERT INTO tmdb.sync_state (name, watermark) VALUES ('export:movie', tmdb.now())"
    )
    await connection.execute(
        """
        INSERT INTO tmdb.movies (tmdb_id, original_title, first_seen_at)
        VALUES (5, 'A stub', tmdb.now() - make_interval(days => $1))
        """,
        seen,
    )
    await connection.execute(
        """
        INSERT INTO tmdb.export_missing (tmdb_id, exports, last_listed_at)
        VALUES (5, 3, tmdb.now() - make_interval(days => $1))
        """,
        listed,
    )
    assert (await age(connection))[1] == days
    await connection.execute("UPDATE tmdb.movies SET adult = true")
    assert (await age(connection))[1] == 0, "no search shows it and nobody keeps it fresh"


async def test_the_catalogues_age_is_read_from_indexes(connection: Connection) -> None:
    await connection.execute(FULL)
    await connection.execute(
        """
        INSERT INTO tmdb.movies (tmdb_id, original_title, popularity)
        SELECT id, 'A stub', id FROM generate_series(20001, 40000) AS id
        """
    )
    await connection.execute("ANALYZE tmdb.movies")
    lines = await connection.fetch("EXPLAIN SELECT * FROM tmdb.catalogue_age")
    plan = "\n".join(row[0] for row in lines)
    assert "movies_fetched_at" in plan
    assert "movies_to_fill" in plan
    assert "Seq Scan on movies" not in plan, plan
