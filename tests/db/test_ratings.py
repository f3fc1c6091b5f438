"""What the account workers ask all day long stays on its index."""

from datetime import timedelta
from decimal import Decimal

from db.imports import ListImports
from db.live_messages import LiveMessages
from db.pool import Connection
from db.pushes import Pushes
from db.ratings import UserMovieRatings

LEASE = timedelta(seconds=30)


async def plan(connection: Connection, query: str, *args: object) -> str:
    return "\n".join(row[0] for row in await connection.fetch("EXPLAIN " + query, *args))


async def test_claiming_pushes_reads_only_what_is_due(connection: Connection) -> None:
    await connection.execute(
        """
        INSERT INTO tmdb.users (telegram_user_id, tmdb_account_id, tmdb_session)
        SELECT id, id, 's' FROM generate_series(1, 2000) AS id
        """
    )
    await connection.execute("INSERT INTO tmdb.movies (tmdb_id) SELECT generate_series(1, 10)")
    await connection.execute(
        """
        INSERT INTO tmdb.pushes (telegram_user_id, movie_id, value, tmdb_account_id)
        SELECT person, movie, 8, CASE WHEN person < 100 AND movie = 1 THEN person END
        FROM generate_series(1, 2000) AS person, generate_series(1, 10) AS movie
        """
    )
    await connection.execute("ANALYZE tmdb.users, tmdb.pushes")
    assert "pushes_due" in await plan(connection, Pushes.CLAIM, 20, LEASE, "me")


# Bound to the tables they were made for.
MADE_ANEW = """
    SELECT 'CREATE OR REPLACE VIEW tmdb.user_lists AS ' || pg_get_viewdef('tmdb.user_lists'::regclass)
      || pg_get_functiondef('tmdb.is_redelivered'::regproc)
"""


async def test_what_people_rated_can_be_partitioned_by_person_and_no_statement_changes(
    connection: Connection,
) -> None:
    made_anew = await connection.fetchval(MADE_ANEW)
    for table in ("user_movie_ratings", "user_watchlist", "removals", "pushes"):
        await connection.execute(
            f"""
            ALTER TABLE tmdb.{table} RENAME TO {table}_whole;
            CREATE TABLE tmdb.{table} (LIKE tmdb.{table}_whole INCLUDING ALL)
              PARTITION BY HASH (telegram_user_id);
            CREATE TABLE tmdb.{table}_0 PARTITION OF tmdb.{table} FOR VALUES WITH (MODULUS 2, REMAINDER 0);
            CREATE TABLE tmdb.{table}_1 PARTITION OF tmdb.{table} FOR VALUES WITH (MODULUS 2, REMAINDER 1)
            """
        )
    await connection.execute(made_anew)
    await connection.execute(
        """
        INSERT INTO tmdb.users (telegram_user_id, tmdb_account_id, tmdb_session)
        SELECT id, id, 's' FROM generate_series(1, 20) AS id;
        INSERT INTO tmdb.movies (tmdb_id) VALUES (603)
        """
    )
    ratings, pushes = UserMovieRatings(connection), Pushes(connection)
    for person in range(1, 21):
        for value in (Decimal("7.5"), Decimal(8)):
            await ratings.rate(person, 603, value, 1, int(value))
            await pushes.want(person, 603, "ratings", value, person)
    claimed = await pushes.claim(100, LEASE, "me")
    assert sorted(push.telegram_user_id for push in claimed) == list(range(1, 21))
    for push in claimed:
        await pushes.done(push, "me")
    assert not (await ratings.rate(1, 603, Decimal(3), 1, 8)).applied, "the same update once more"
    await ratings.remove(1, 603, 1, 9)
    assert await connection.fetchval("SELECT count(*) FROM tmdb.user_movie_ratings_0") > 0
    assert await connection.fetchval("SELECT count(*) FROM tmdb.user_movie_ratings") == 19
    assert await connection.fetchval("SELECT count(*) FROM tmdb.pushes") == 0


async def test_what_an_import_still_has_to_do_is_found_by_its_index(connection: Connection) -> None:
    await connection.execute("INSERT INTO tmdb.users (telegram_user_id) VALUES (1)")
    import_id = await connection.fetchval(
        "INSERT INTO tmdb.imports (telegram_user_id, tmdb_account_id) VALUES (1, 1) RETURNING id"
    )
    await connection.execute(
        """
        INSERT INTO tmdb.import_items (import_id, movie_id, value, state)
        SELECT $1, id, 8, CASE WHEN id % 50 = 0 THEN 'wanted' ELSE 'ready' END
        FROM generate_series(1, 10000) AS id
        """,
        import_id,
    )
    await connection.execute("ANALYZE tmdb.import_items")
    found = await plan(connection, ListImports.OPEN, import_id, "ratings", "wanted", 200)
    assert "import_items_open" in found


async def test_moving_messages_are_found_by_their_time(connection: Connection) -> None:
    await connection.execute(
        """
        INSERT INTO tmdb.live_messages (bot_id, chat_id, message_id, kind, subject, next_edit_at, expires_at)
        SELECT 1, id, 1, 'import', '1', tmdb.now() + id * interval '1 s', tmdb.now() + interval '1 day'
        FROM generate_series(1, 5000) AS id
        """
    )
    await connection.execute("ANALYZE tmdb.live_messages")
    found = await plan(connection, LiveMessages.CLAIM, 1, 20, LEASE, "me", ["sync"], [LEASE])
    assert "live_messages_due" in found
