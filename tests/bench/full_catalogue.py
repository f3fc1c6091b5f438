"""A catalogue of full size for benchmarks: every film full and fresh, every title and genre there.

The popular films have everything that a card shows, and their posters file_ids.
"""

from collections.abc import Callable, Iterator
from typing import Any

import asyncpg

from tests.bench import bots
from tests.bench.titles import Title, Titles, popularity

POPULAR = 20_000
PEOPLE = 5_000
# TMDB's genres, that of the most films first.
MOST_FREQUENT = (18, 99, 35, 16, 27, 10749, 10402, 53, 28, 80, 10751, 10770, 12, 14, 878, 9648, 36, 10752, 37)

# Everything is loaded as pg_restore would: the triggers' work is done once, at the end.
LOADING = "SET LOCAL session_replication_role = replica"
STAGING = """
    CREATE TEMP TABLE title (rank int, place int, title text, language text, popularity float8) ON COMMIT DROP
"""
MOVIES = """
    INSERT INTO tmdb.movies (tmdb_id, title, original_title, original_language, popularity, vote_average,
      vote_count, release_date, runtime, overview, tagline, poster_path, certifications, adult, data_state,
      content_hash, payload_hash, fetched_at)
    SELECT rank + 1, title, title, language, popularity, 5 + rank % 40 / 10.0,
      CASE WHEN rank < $1 THEN 100 + rank % 9000 ELSE rank % 40 END,
      DATE '1950-01-01' + rank % 27000, 80 + rank % 60,
      CASE WHEN rank < $1 THEN repeat('What the film is about, as TMDB tells it. ', 12) END,
      CASE WHEN rank < $1 THEN 'A line from its poster' END,
      '/' || rank || '.jpg', '{"US": "PG-13"}', false, 'full', 'c', 'p', tmdb.now()
    FROM title WHERE place = 0
"""
TRANSLATIONS = """
    INSERT INTO tmdb.movie_translations (tmdb_id, iso_639_1, iso_3166_1, title)
    SELECT rank + 1, language, place::text, title FROM title WHERE place > 0
"""
SOMEBODY = """
    INSERT INTO tmdb.people (tmdb_id, name)
    SELECT id, 'Somebody Known as ' || id FROM generate_series(1, $1) AS id
"""
CAST = """
    INSERT INTO tmdb.movie_cast (credit_id, tmdb_movie_id, tmdb_person_id, cast_order)
    SELECT 'c' || film || '-' || place, film, 1 + (film * 31 + place) % $2, place
    FROM generate_series(1, $1) AS film, generate_series(0, 9) AS place
"""
DIRECTORS = """
    INSERT INTO tmdb.movie_crew (credit_id, tmdb_movie_id, tmdb_person_id, department, job)
    SELECT 'd' || film, film, 1 + film % $2, 'Directing', 'Director' FROM generate_series(1, $1) AS film
"""
GENRES = """
    INSERT INTO tmdb.genres (media_type, tmdb_genre_id, name)
    SELECT 'movie', id, 'Genre ' || id FROM unnest($1::int[]) AS id ON CONFLICT DO NOTHING
"""
# One to three of each film; the first genre is a quarter of all films', the last a fortieth.
MOVIE_GENRES = """
    INSERT INTO tmdb.movie_genres (tmdb_movie_id, media_type, tmdb_genre_id, position)
    SELECT film, 'movie', genre, min(place) FROM (
      SELECT rank + 1 AS film, drawn.place, ($1::int[])[
        1 + floor(19 * power((hashint4(3 * rank + drawn.place) & 65535) / 65536.0, 2))::int] AS genre
      FROM title, generate_series(0, rank % 3) AS drawn (place) WHERE title.place = 0
    ) AS drawn
    GROUP BY film, genre
"""
POSTERS = """
    INSERT INTO tmdb.posters (bot_id, poster_path, tmdb_movie_id, poster_status, size, priority, popularity,
      telegram_file_id, channel_id, message_id)
    SELECT $2, '/' || film - 1 || '.jpg', film, 2, 'w500', 2, 1, 'AgACAgIAAxkBAAI' || film, -1001, film
    FROM generate_series(1, $1) AS film
"""
INDEXES = """
    SELECT indexname, indexdef FROM pg_indexes
    WHERE schemaname = 'tmdb' AND tablename IN ('movie_titles', 'title_words') AND indexname NOT LIKE '%_pkey'
"""
TITLES = """
    INSERT INTO tmdb.movie_titles (tmdb_id, tier, key, words)
    SELECT DISTINCT ON (title.rank, key) rank + 1, tmdb.popularity_tier(popularity), key,
      tmdb.title_words(title, folded)
    FROM title
    CROSS JOIN LATERAL (SELECT left(tmdb.fold(title.title), 200) AS folded OFFSET 0) AS once
    CROSS JOIN tmdb.title_key(title.title, folded) AS key
    WHERE key <> ''
    ORDER BY rank, key
"""
WORDS = """
    INSERT INTO tmdb.title_words (word)
    SELECT DISTINCT word FROM tmdb.movie_titles CROSS JOIN unnest(tsvector_to_array(words)) AS word
    WHERE length(word) > 2
"""


async def fill(connection: "asyncpg.Connection[Any]", seen: Callable[[Title], None]) -> None:
    """The catalogue: every film full and fresh."""
    async with connection.transaction():
        await connection.execute(LOADING)
        await connection.execute(STAGING)
        await connection.copy_records_to_table("title", records=_records(seen))
        await connection.execute(MOVIES, POPULAR)
        await connection.execute(TRANSLATIONS)
        await connection.execute(SOMEBODY, PEOPLE)
        for statement in (CAST, DIRECTORS):
            await connection.execute(statement, POPULAR, PEOPLE)
        for statement in (GENRES, MOVIE_GENRES):
            await connection.execute(statement, list(MOST_FREQUENT))
        await connection.execute(POSTERS, POPULAR, bots.BOT_ID)
        await _fill_titles(connection)
    await connection.execute("VACUUM ANALYZE")


async def _fill_titles(connection: "asyncpg.Connection[Any]") -> None:
    indexes = await connection.fetch(INDEXES)
    for index in indexes:
        await connection.execute(f"DROP INDEX tmdb.{index['indexname']}")
    await connection.execute(TITLES)
    await connection.execute(WORDS)
    for index in indexes:
        await connection.execute(index["indexdef"])


def _records(seen: Callable[[Title], None]) -> Iterator[tuple[int, int, str, str, float]]:
    last, place = -1, 0
    for title in Titles():
        place = place + 1 if title.rank == last else 0
        last = title.rank
        seen(title)
        yield title.rank, place, title.title, title.script, popularity(title.rank)
