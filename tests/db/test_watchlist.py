"""What people see of their own lists reads their own rows, however many others have."""

from db.own_lists import OwnListScreens
from db.pool import Connection

FILL = """
    INSERT INTO tmdb.users (telegram_user_id) SELECT generate_series(1, 100);
    INSERT INTO tmdb.movies (tmdb_id, title, original_title, release_date, data_state, content_hash,
      payload_hash, fetched_at)
    SELECT id, 'Film', 'Film', DATE '1950-01-01' + id, 'full', 'x', 'x', tmdb.now()
    FROM generate_series(1, 8000) AS id;
    INSERT INTO tmdb.user_watchlist (telegram_user_id, movie_id)
    SELECT person, 1 + (person * 97 + film) % 8000
    FROM generate_series(1, 100) AS person, generate_series(1, 60) AS film;
    INSERT INTO tmdb.user_movie_ratings (telegram_user_id, movie_id, tmdb_rating, source)
    SELECT telegram_user_id, movie_id, 8, 'tmdb' FROM tmdb.user_watchlist;
    INSERT INTO tmdb.genres (media_type, tmdb_genre_id, name) VALUES ('movie', 18, 'Drama');
    INSERT INTO tmdb.movie_genres (tmdb_movie_id, tmdb_genre_id, position)
    SELECT tmdb_id, 18, 0 FROM tmdb.movies;
    ANALYZE
"""


READS = {
    OwnListScreens.WATCHLIST: ((1, "en", "score", 1, 8, "en"), "user_watchlist_pkey"),
    OwnListScreens.RATINGS: ((1, "en", "mine", 1, 8, "en", 8, 1990, None), "user_movie_ratings_pkey"),
    OwnListScreens.SPREAD: ((1, "en"), "user_movie_ratings_pkey"),
    OwnListScreens.EXPORT: ((1, "en"), "user_watchlist_pkey"),
    # What tmdb.is_redelivered asks of a tap before it counts: one list of the two.
    """
    SELECT changed_at, bot_id, update_id FROM tmdb.user_lists
    WHERE telegram_user_id = $1 AND list = $2 AND movie_id = $3
    """: ((1, "watchlist", 98), "Index Scan using user_watchlist"),
}


async def test_a_persons_lists_are_read_by_their_key(connection: Connection) -> None:
    await connection.execute(FILL)
    for statement, (arguments, index) in READS.items():
        plan = "\n".join(row[0] for row in await connection.fetch("EXPLAIN " + statement, *arguments))
        assert index in plan
        for table in ("movies", "user_watchlist", "user_movie_ratings", "movie_genres"):
            assert f"Seq Scan on {table} " not in plan
