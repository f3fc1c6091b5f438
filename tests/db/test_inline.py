"""Inline mode's statements read no table whole."""

from datetime import timedelta

from db.inline import RECENT, InlineMessages, OfferedFilms
from db.pool import Connection

BOT = 42
CATALOGUE = """
    INSERT INTO tmdb.movies
      (tmdb_id, popularity, adult, softcore, data_state, content_hash, payload_hash, fetched_at)
    SELECT id, id, false, false, 'full', 'c', 'p', tmdb.now() FROM generate_series(1, 5000) AS id
"""
POSTERS = """
    INSERT INTO tmdb.posters (bot_id, poster_path, size, priority, telegram_file_id)
    SELECT $1, '/' || id || '.jpg', 'w500', 2, 'AgAC' || id FROM generate_series(1, 5000) AS id
"""
WAITING = """
    INSERT INTO tmdb.inline_messages
      (bot_id, inline_message_id, movie_id, poster_path, telegram_user_id, language, expires_at)
    SELECT $1, id, id, CASE WHEN id % 2 = 0 THEN '/' || id || '.jpg' END, id, 'en',
      tmdb.now() + interval '1 day'
    FROM generate_series(1, 50) AS id
"""


async def test_neither_the_films_nor_the_posters_are_read_whole(connection: Connection) -> None:
    await connection.execute(CATALOGUE)
    await connection.execute(POSTERS, BOT)
    await connection.execute(WAITING, BOT)
    await connection.execute("ANALYZE tmdb.movies, tmdb.posters, tmdb.inline_messages")
    for statement, values in (
        (OfferedFilms.OFFERED, (1, "en", True, 0, 20, RECENT, 10, 100)),
        (InlineMessages.CLAIM, (BOT, 20, timedelta(seconds=30), "me")),
    ):
        plan = "\n".join(row[0] for row in await connection.fetch("EXPLAIN " + statement, *values))
        assert "Seq Scan on movies" not in plan, plan
        assert "Seq Scan on posters" not in plan, plan
        if statement is OfferedFilms.OFFERED:
            assert "using movies_by_popularity" in plan, plan
