"""A database of the version before, in use: nothing of it is lost, and what was under way goes on."""

import os
from collections.abc import AsyncIterator

import asyncpg
import pytest
from pydantic import SecretStr

from core.imports import WatchlistImport
from core.own_lists import RatingFilters
from core.search import SearchQuery
from core.vault import Vault
from db.embedded import EmbeddedPostgres
from db.migrate import RECORD, migrate, migrations
from db.own_lists import OwnListScreens
from db.people_search import PersonSearch
from db.pool import Database
from db.search import MovieSearch
from sandbox.tmdb.server import TmdbStandIn
from tests.accounts import ANN, KEY, scene_over

BEFORE = 2
MATRIX = 603

# Of the changes one waits, one is being sent, one was refused, one takes a rating away, one is offered.
ROWS = """
    INSERT INTO tmdb.movies (tmdb_id, title, original_title, original_language, popularity, data_state,
      content_hash, payload_hash, fetched_at)
    VALUES (603, 'The Matrix', 'The Matrix', 'en', 80, 'full', 'c', 'p', tmdb.now()),
      (604, NULL, NULL, NULL, NULL, 'stub', NULL, NULL, NULL),
      (605, 'Lost', 'Lost', 'en', 1, 'stub', NULL, NULL, NULL),
      (606, '梅', '梅', 'zh', 1, 'stub', NULL, NULL, NULL);
    INSERT INTO tmdb.movie_translations (tmdb_id, iso_639_1, iso_3166_1, title)
    VALUES (603, 'ru', 'RU', 'Матрица'), (603, 'uk', 'UA', 'Матриця'), (603, 'de', 'DE', NULL);
    INSERT INTO tmdb.people (tmdb_id, name, original_name, popularity)
    VALUES (6384, 'Keanu Reeves', 'Keanu Reeves', 30), (7, NULL, NULL, NULL);
    INSERT INTO tmdb.users (telegram_user_id, language, ratings_count, sync_status)
    VALUES (1001, 'ru', 3, 1), (1002, 'en', 0, 0);
    INSERT INTO tmdb.user_movie_ratings (telegram_user_id, movie_id, tmdb_rating, rated_at, source,
      changed_at, bot_id, update_id)
    VALUES (1001, 603, 8.5, tmdb.now(), 'manual', tmdb.now(), 4242, 90),
      (1001, 605, 7, tmdb.now(), 'manual', tmdb.now(), 4242, 91),
      (1001, 606, 0.5, NULL, 'tmdb', NULL, NULL, NULL);
    INSERT INTO tmdb.rating_removals (telegram_user_id, movie_id, changed_at, pushed_at, bot_id, update_id)
    VALUES (1001, 604, tmdb.now(), NULL, 4242, 92), (1002, 603, tmdb.now(), tmdb.now(), 4242, 93);
    INSERT INTO tmdb.rating_pushes (telegram_user_id, movie_id, value, tmdb_account_id, version, attempts,
      leased_by, lease_until, last_error, parked_at, parked_reason)
    VALUES (1001, 603, 8.5, 77, 3, 2, NULL, NULL, 'away', NULL, NULL),
      (1001, 606, 1, 77, 1, 0, 'a worker of before', tmdb.now() + interval '30 s', NULL, NULL, NULL),
      (1001, 605, 7, 77, 1, 1, NULL, NULL, 'no such film', tmdb.now(), 'gone'),
      (1001, 604, NULL, 77, 2, 0, NULL, NULL, NULL, NULL, NULL),
      (1002, 603, 9, NULL, 1, 0, NULL, NULL, NULL, NULL, NULL);
    INSERT INTO tmdb.imports (telegram_user_id, tmdb_account_id, state, finished_at, imported, failed)
    VALUES (1002, 78, 'done', tmdb.now(), 2, 1);
    INSERT INTO tmdb.import_items (import_id, movie_id, tmdb_rating, title, state)
    VALUES (1, 609, 5, 'A film that was deleted', 'gone'), (1, 603, 9, 'The Matrix', 'ready');
    INSERT INTO tmdb.posters (bot_id, poster_path, tmdb_movie_id, size, priority, poster_status,
      telegram_file_id, channel_id, message_id)
    VALUES (4242, '/m.jpg', 603, 'w500', 1, 2, 'file', -100, 5);
    INSERT INTO tmdb.tv_series (tmdb_id, name, content_hash, payload_hash, fetched_at)
    VALUES (1396, 'Breaking Bad', 'c', 'p', tmdb.now());
    INSERT INTO tmdb.enrichment_requests (user_id, session_id, query_text) VALUES ('1001', '1001', 'matrix')
"""
# Half-way: the first of two pages is read, none of its films fetched yet.
IMPORT = """
    WITH linked AS (
      UPDATE tmdb.users SET tmdb_account_id = $1, tmdb_username = 'ann', tmdb_session = $2
      WHERE telegram_user_id = 1001
    ), meant AS (
      UPDATE tmdb.rating_pushes SET tmdb_account_id = $1 WHERE telegram_user_id = 1001
    ), import AS (
      INSERT INTO tmdb.imports (telegram_user_id, tmdb_account_id, state, total_pages, total_results,
        pages_read, started_at, leased_by, lease_until)
      VALUES (1001, $1, 'reading', 2, $3, '{1}', tmdb.now(), 'a worker of before', tmdb.now())
      RETURNING id
    )
    INSERT INTO tmdb.import_items (import_id, movie_id, tmdb_rating, title, state)
    SELECT import.id, film, 6, 'Film ' || film, 'wanted' FROM import, unnest($4::int[]) AS film
    RETURNING import_id
"""
# What a version keeps of the changes, but for the tables' names.
CHANGES = """
    SELECT telegram_user_id, movie_id, value, tmdb_account_id, version, requested_at, lease_until, leased_by,
      attempts, next_attempt_at, last_error, parked_at, parked_reason
    FROM tmdb.{pushes} ORDER BY telegram_user_id, movie_id
"""
REMOVALS = """
    SELECT telegram_user_id, movie_id, changed_at, pushed_at, bot_id, update_id
    FROM tmdb.{removals} ORDER BY telegram_user_id, movie_id
"""
KEPT = """
    SELECT format('%s:%s:%s', telegram_user_id, movie_id, tmdb_rating) FROM tmdb.user_movie_ratings
    UNION ALL SELECT format('%s:%s:%s:%s', import_id, movie_id, state, title) FROM tmdb.import_items
    UNION ALL SELECT format('%s:%s:%s', poster_path, tmdb_movie_id, telegram_file_id) FROM tmdb.posters
    UNION ALL SELECT format('%s:%s', tmdb_id, name) FROM tmdb.tv_series
    UNION ALL SELECT format('%s:%s', user_id, query_text) FROM tmdb.enrichment_requests
    ORDER BY 1
"""


@pytest.fixture
async def old_url(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    """A database at the version before."""
    name = f"test_old_{os.getpid()}"
    admin = await asyncpg.connect(postgres.url)
    await admin.execute(f"CREATE DATABASE {name}")
    connection = await asyncpg.connect(postgres.database_url(name))
    for migration in migrations()[:BEFORE]:
        await connection.execute(migration.path.read_text("utf-8"))
        await connection.execute(RECORD, migration.version, migration.name)
    await connection.close()
    try:
        yield postgres.database_url(name)
    finally:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admin.close()


async def test_a_database_in_use_is_migrated_whole_and_its_import_goes_on(old_url: str) -> None:
    async with TmdbStandIn(generated=40, rate=0, connections=None) as tmdb:
        account = tmdb.add_account("ann")
        films = [film for film in tmdb.film_ids(30) if film not in (603, 604, 605, 606)]
        for film in films:
            tmdb.rate("ann", film, 6)
        tmdb.accounts.named("ann").watchlist[films[0]] = None
        session = Vault([KEY]).encrypt(SecretStr(tmdb.grant_session("ann")))

        connection = await asyncpg.connect(old_url)
        await connection.execute(ROWS)
        import_id = await connection.fetchval(IMPORT, account.id, session, len(films), films[:20])
        kept = await connection.fetch(KEPT)
        changes = await connection.fetch(CHANGES.format(pushes="rating_pushes"))
        removals = await connection.fetch(REMOVALS.format(removals="rating_removals"))
        assert [migration.version for migration in await migrate(connection)] == list(
            range(BEFORE + 1, migrations()[-1].version + 1)
        )
        assert await connection.fetch(KEPT) == kept
        assert await connection.fetch(CHANGES.format(pushes="pushes")) == changes
        assert await connection.fetch(REMOVALS.format(removals="removals")) == removals
        assert await connection.fetchval("SELECT DISTINCT list FROM tmdb.pushes") == "ratings"
        await connection.close()

        database = await Database.connect(old_url, name="tests")
        try:
            # Whoever was there before is found: nobody has to be written again for that.
            for typed in ("matrix", "матрица"):
                found = await MovieSearch(database, catalogue_language="en-US").page(
                    SearchQuery.parse(typed), ANN, "ru"
                )
                assert [movie.movie_id for movie in found.movies] == [MATRIX]
            [[keanu]] = await PersonSearch(database).best(["keanu reeves"])
            assert keanu.person_id == 6384
            ratings = await OwnListScreens(database, catalogue_language="en-US").ratings(
                ANN, "ru", "mine", RatingFilters(), 1
            )
            assert (ratings.total, ratings.movies[0].title) == (3, "Матрица")

            async with scene_over(database, tmdb) as scene:
                status = await scene.run_import(import_id)
                assert status.watchlist == WatchlistImport(1, added=1)
                assert set(films) <= set(await scene.held(ANN))
                # A tap that Telegram delivers again is known by what that version wrote.
                assert not (await scene.rate(ANN, MATRIX, 3, update_id=90)).applied
                await scene.push_all()
                assert tmdb.ratings("ann")[MATRIX] == 8.5
        finally:
            await database.close()
