"""Films by filters: what passes, in which order, for whom."""

import asyncpg
import pytest

from core.filters import Filters, Sort
from db.browse import Browse
from db.pool import Connection

ANNA = 11

FILMS = """
    INSERT INTO tmdb.movies (tmdb_id, title, original_title, original_language, release_date, popularity,
      vote_average, vote_count, adult, data_state, fetched_at, content_hash, payload_hash, collection_id)
    SELECT id, 'Film ' || id, original, language, released, popularity, score, votes, id = 9, 'full',
      tmdb.now() - age * interval '1 day', 'c', 'p', id / 8
    FROM (VALUES
      (1, 'Uno', 'it', '1984-05-01'::date, 50, 7.0, 20000, 1),
      (2, 'Dos', 'es', '1989-12-31', 40, 9.9, 3, 1),
      (3, 'Film 3', 'en', '1990-01-01', 30, 8.5, 9000, 1),
      (4, 'Film 4', 'en', '1995-01-01', 20, 8.0, 9000, 1),
      (5, 'Film 5', 'cn', (tmdb.now() - interval '20 days')::date, 10, 6.0, 100, 1),
      (6, 'Film 6', 'en', (tmdb.now() + interval '20 days')::date, 9, 0, 0, 1),
      (7, 'Film 7', 'en', '1984-01-01', 99, 9.0, 9000, 181),
      (8, 'Film 8', 'zh', NULL, 5, 0, 0, 1),
      (9, 'Film 9', 'en', '1985-01-01', 98, 9.0, 9000, 1)
    ) AS film (id, original, language, released, popularity, score, votes, age)
"""
ROWS = """
    INSERT INTO tmdb.genres (media_type, tmdb_genre_id, name)
    VALUES ('movie', 35, 'Comedy'), ('movie', 18, 'Drama');
    INSERT INTO tmdb.movie_genres (tmdb_movie_id, tmdb_genre_id, position)
    VALUES (1, 35, 0), (1, 18, 1), (2, 35, 0), (3, 35, 0), (4, 18, 0), (7, 35, 0), (9, 35, 0);
    INSERT INTO tmdb.people (tmdb_id, name) VALUES (100, 'Ann'), (101, 'Ben');
    INSERT INTO tmdb.movie_cast (tmdb_movie_id, tmdb_person_id, credit_id)
    VALUES (1, 100, 'a'), (3, 100, 'b'), (3, 101, 'c'), (4, 101, 'd');
    INSERT INTO tmdb.movie_crew (tmdb_movie_id, tmdb_person_id, credit_id, department, job)
    VALUES (2, 100, 'e', 'Directing', 'Director'), (4, 100, 'f', 'Writing', 'Screenplay');
    INSERT INTO tmdb.keywords VALUES (500, 'Time Travel');
    INSERT INTO tmdb.movie_keywords VALUES (4, 500);
    INSERT INTO tmdb.trending (movie_id, position) VALUES (4, 1), (1, 2), (9, 3), (20, 4), (21, 5);
"""


@pytest.fixture
async def shelf(connection: Connection) -> Connection:
    """Nine films, of which 6 is not out yet, 7 too old to be shown and 9 adult; two stubs, one too old."""
    await connection.execute(FILMS)
    await connection.execute(
        """
        INSERT INTO tmdb.movies (tmdb_id, title, popularity, first_seen_at)
        VALUES (20, 'Stub', 1000, tmdb.now()), (21, 'Old stub', 1000, tmdb.now() - interval '181 days')
        """
    )
    await connection.execute(ROWS)
    await connection.execute("INSERT INTO tmdb.users (telegram_user_id) VALUES ($1)", ANNA)
    return connection


async def ids(
    connection: Connection, filters: Filters, *, is_shared: bool = False, hides_rated: bool = True
) -> list[int]:
    browse = Browse(connection, catalogue_language="en-US")
    page = await browse.page(filters, ANNA, "en", is_shared=is_shared, hides_rated=hides_rated)
    found, total = await browse.ids(filters, ANNA, "en", is_shared=is_shared, hides_rated=hides_rated)
    assert found == [movie.movie_id for movie in page.movies]
    assert total == page.total == len(found)
    return found


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(), [1, 2, 3, 4, 5, 6, 8]),
        (Filters(sort="score"), [3, 4, 1, 2, 5]),
        (Filters(sort="date"), [5, 4, 3, 2, 1]),
        (Filters(sort="trending"), [4, 1, 20]),
        (Filters(is_new=True), [5]),
        (Filters(genres=(35,)), [1, 2, 3]),
        (Filters(genres=(35, 18)), [1]),
        (Filters(genres=(35,), year_from=1980, year_to=1989), [1, 2]),
        (Filters(year_from=1990, year_to=1990), [3]),
        (Filters(min_score=8.0), [3, 4]),
        (Filters(language="zh"), [5, 8]),
        (Filters(people=(100,)), [1, 2, 3, 4]),
        (Filters(people=(100,), role="director"), [2]),
        (Filters(people=(100,), role="writer"), [4]),
        (Filters(people=(100,), role="actor", sort="date"), [3, 1]),
        (Filters(people=(100, 101)), [3, 4]),
        (Filters(keyword_id=500), [4]),
        (Filters(collection_id=1), [8]),
        (Filters(genres=(37,), sort="trending"), []),
    ],
)
async def test_films_that_pass_in_their_order(
    shelf: Connection, filters: Filters, expected: list[int]
) -> None:
    assert await ids(shelf, filters) == expected


async def test_adult_films_are_for_those_who_want_them_alone(shelf: Connection) -> None:
    await shelf.execute("""UPDATE tmdb.users SET settings = '{"adult": true}'""")
    comedies = Filters(genres=(35,))
    assert await ids(shelf, comedies) == [9, 1, 2, 3]
    assert await ids(shelf, comedies, is_shared=True) == [1, 2, 3]


async def test_what_somebody_rated_is_marked_or_hidden(shelf: Connection) -> None:
    await shelf.execute(
        """
        INSERT INTO tmdb.user_movie_ratings (telegram_user_id, movie_id, tmdb_rating, source)
        VALUES (11, 3, 8.5, 'manual')
        """
    )
    await shelf.execute("INSERT INTO tmdb.user_watchlist (telegram_user_id, movie_id) VALUES (11, 2)")
    page = await Browse(shelf, catalogue_language="en").page(Filters(genres=(35,)), ANNA, "es")
    assert [(film.title, film.rating, film.on_watchlist) for film in page.movies] == [
        ("Film 1", None, False),
        ("Dos", None, True),
        ("Film 3", 8.5, False),
    ]
    await shelf.execute("""UPDATE tmdb.users SET settings = '{"hide_rated": true}'""")
    assert await ids(shelf, Filters(genres=(35,))) == [1, 2]
    assert await ids(shelf, Filters(genres=(35,)), hides_rated=False) == [1, 2, 3]


async def test_what_was_trending_a_week_ago_is_not_told(shelf: Connection) -> None:
    await shelf.execute("SET LOCAL tmdb.clock_offset = '9 days'")
    assert await ids(shelf, Filters(sort="trending")) == []


async def test_pages_meet_without_a_gap_and_end_at_the_last(shelf: Connection) -> None:
    await shelf.execute(
        """
        INSERT INTO tmdb.movies
          (tmdb_id, title, popularity, data_state, fetched_at, content_hash, payload_hash)
        SELECT id, 'More', 1, 'full', tmdb.now(), 'c', 'p' FROM generate_series(1000, 1300) AS id
        """
    )
    browse = Browse(shelf, catalogue_language="en")
    pages = [await browse.page(Filters(), ANNA, "en", page=number) for number in range(1, 26)]
    seen = [film.movie_id for page in pages for film in page.movies]
    assert len(seen) == len(set(seen)) == 200
    assert {(page.total, page.pages) for page in pages} == {(200, 25)}
    assert (await browse.page(Filters(), ANNA, "en", page=400)).page == 25
    assert (await browse.page(Filters(genres=(37,)), ANNA, "en", page=4)).page == 1
    assert await browse.ids(Filters(), ANNA, "en", offset=198, limit=5) == (seen[198:], 200)


async def test_films_that_do_not_pass_are_told_from_the_index_alone(connection: Connection) -> None:
    """The plans behind tmdb.browse, which hide in the function: comedies of at least 6."""
    await connection.execute(
        """
        INSERT INTO tmdb.movies (tmdb_id, release_date, popularity, vote_average, vote_count, data_state,
          fetched_at, content_hash, payload_hash)
        SELECT id, date '1970-01-01' + id, id, id % 10, id, 'full', tmdb.now(), 'c', 'p'
        FROM generate_series(1, 6000) AS id
        """
    )
    await connection.execute(
        "INSERT INTO tmdb.genres (media_type, tmdb_genre_id, name) VALUES ('movie', 35, 'Comedy')"
    )
    await connection.execute(
        """
        INSERT INTO tmdb.movie_genres (tmdb_movie_id, tmdb_genre_id, position)
        SELECT id, 35, 0 FROM generate_series(1, 6000, 2) AS id
        """
    )
    await connection.execute("ANALYZE tmdb.movies, tmdb.movie_genres")
    await connection.execute(
        """
        LOAD 'auto_explain';
        SET LOCAL auto_explain.log_min_duration = 0;
        SET LOCAL auto_explain.log_nested_statements = on;
        SET LOCAL client_min_messages = log;
        SET LOCAL parallel_setup_cost = 0;
        SET LOCAL parallel_tuple_cost = 0;
        SET LOCAL min_parallel_index_scan_size = 0;
        """
    )
    told: list[str] = []

    def listen(_: object, message: asyncpg.PostgresLogMessage) -> None:
        told.append(message.message)

    connection.add_log_listener(listen)
    sorts: dict[Sort, str] = {"popularity": "popularity", "score": "score", "date": "release"}
    try:
        for sort in sorts:
            filters = Filters(sort=sort, genres=(35,), min_score=6.0)
            assert (await Browse(connection, catalogue_language="en").ids(filters, ANNA, "en"))[1] == 200
    finally:
        connection.remove_log_listener(listen)
    plans = [plan for plan in told if "Query Text: SELECT m.tmdb_id" in plan]
    for plan, name in zip(plans, sorts.values(), strict=True):
        assert f"Index Only Scan using movies_by_{name}" in plan
        assert "Seq Scan" not in plan
        assert "Gather" not in plan
