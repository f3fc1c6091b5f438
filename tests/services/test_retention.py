"""What is kept and what goes, with the clock moved: on a catalogue stored as TMDB told it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from core.errors import ChatUnusable, RetryAfter, RunLost, TelegramError
from core.settings import Settings
from core.sync import Run
from db.movies import Movies
from db.pool import Database
from db.retention import PosterKey, Retention
from db.sync_runs import SyncRuns
from sandbox.tmdb.generator import FIRST_ID
from services.retention import RetentionRunner
from services.sync_progress import Progress
from tests.films import fetched, store
from tests.runs import begun, executed

OLD, FRESH, GONE = FIRST_ID, FIRST_ID + 1, FIRST_ID + 2
ANNA = 11
BOT_ID, OTHER_BOT_ID = 4242, 777
CHANNEL = -1001000000001

# Everything that hangs on a film and came from TMDB.
OF_FILM = {
    "movie_cast": "tmdb_movie_id",
    "movie_crew": "tmdb_movie_id",
    "movie_translations": "tmdb_id",
    "movie_external_ids": "tmdb_movie_id",
    "movie_genres": "tmdb_movie_id",
    "movie_keywords": "tmdb_movie_id",
    "movie_companies": "tmdb_movie_id",
    "movie_countries": "tmdb_movie_id",
    "raw_payloads": "tmdb_id",
}
# What people gave, which no age of a film touches.
OF_PEOPLE = ("users", "user_movie_ratings", "pushes", "removals", "imports")

MoveClock = Callable[[timedelta], Awaitable[None]]


class Posts:
    """The channels' posts that were deleted; `refusal` is what Telegram says instead."""

    def __init__(self) -> None:
        self.deleted: list[tuple[int, int]] = []
        self.refusal: TelegramError | None = None

    async def delete(self, channel_id: int, message_id: int) -> None:
        if self.refusal:
            raise self.refusal
        self.deleted.append((channel_id, message_id))


@pytest.fixture
def database(emptied_database: Database) -> Database:
    return emptied_database


@pytest.fixture
def posts() -> Posts:
    return Posts()


@pytest.fixture
def runner(database: Database, posts: Posts) -> RetentionRunner:
    return runner_of(database, posts)


def runner_of(database: Database, posts: Posts, **replaced: Any) -> RetentionRunner:
    values: dict[str, Any] = {
        "bot_token": f"{BOT_ID}:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc",
        "poster_channel_ids": (CHANNEL,),
        "tmdb_access_token": "a-token",
        "secret_key": ("a key of sufficient length",),
    }
    return RetentionRunner(database, posts, Settings(_env_file=None, **(values | replaced)))


@pytest.fixture
def move_clock(database: Database) -> MoveClock:
    """Moves tmdb.now() of all connections, which are opened anew."""

    async def move(by: timedelta) -> None:
        await database.execute(f"ALTER DATABASE test_services SET tmdb.clock_offset = '{by}'")
        await database.pool.expire_connections()

    return move


async def retained(database: Database, runner: RetentionRunner) -> Run:
    """A run of retention, ended."""
    run = await executed(database, runner, "retention")
    await SyncRuns(database).finish(run.id)
    return run


async def keep(database: Database, *films: int) -> None:
    async with database.transaction() as connection:
        await store(connection, *(fetched(film) for film in films))


async def rows(database: Database, table: str, order: str = "1, 2") -> list[dict[str, Any]]:
    return [dict(row) for row in await database.fetch(f"SELECT * FROM tmdb.{table} ORDER BY {order}")]


async def film(database: Database, film_id: int) -> dict[str, Any]:
    row = await database.fetchrow("SELECT * FROM tmdb.movies WHERE tmdb_id = $1", film_id)
    assert row is not None
    return dict(row)


async def bare(database: Database, film_id: int) -> dict[str, Any]:
    """The film as if nobody had told of it but its id."""
    async with database.connection() as connection:
        transaction = connection.transaction()
        await transaction.start()
        known = await film(database, film_id)
        await connection.execute(
            "INSERT INTO tmdb.movies (tmdb_id, adult, first_seen_at, last_seen_at, deleted_at)"
            " VALUES (999, $1, $2, $3, $4)",
            *(known["adult"], known["first_seen_at"], known["last_seen_at"], known["deleted_at"]),
        )
        row = await connection.fetchrow("SELECT * FROM tmdb.movies WHERE tmdb_id = 999")
        assert row is not None
        await transaction.rollback()
    return dict(row) | {"tmdb_id": film_id}


async def of_film(database: Database, film_id: int) -> dict[str, int]:
    """How many rows each table has of a film."""
    return {
        table: await database.fetchval(f"SELECT count(*) FROM tmdb.{table} WHERE {key} = $1", film_id)
        for table, key in OF_FILM.items()
    }


async def anna_rated(database: Database, *films: int) -> dict[str, list[dict[str, Any]]]:
    """A person with ratings, pushes, a removal and an import of these films: all that must stay."""
    await database.execute("INSERT INTO tmdb.users (telegram_user_id) VALUES ($1)", ANNA)
    await database.execute(
        """
        INSERT INTO tmdb.user_movie_ratings (telegram_user_id, movie_id, tmdb_rating, source)
        SELECT $1, id, 9, 'tmdb' FROM unnest($2::int[]) AS id
        """,
        *(ANNA, films),
    )
    await database.execute(
        """
        INSERT INTO tmdb.pushes (telegram_user_id, movie_id, value, tmdb_account_id, parked_at,
          parked_reason)
        SELECT $1, id, 9, 5, tmdb.now(), 'gone' FROM unnest($2::int[]) AS id
        """,
        *(ANNA, films),
    )
    await database.execute(
        """
        INSERT INTO tmdb.removals (telegram_user_id, movie_id, changed_at, bot_id, update_id)
        SELECT $1, id, tmdb.now(), 1, 1 FROM unnest($2::int[]) AS id
        """,
        *(ANNA, films),
    )
    await database.execute(
        """
        INSERT INTO tmdb.imports (telegram_user_id, tmdb_account_id, state, finished_at)
        VALUES ($1, 5, 'done', tmdb.now())
        """,
        ANNA,
    )
    await database.execute(
        """
        INSERT INTO tmdb.import_items (import_id, movie_id, value, title, state)
        SELECT import.id, film, 9, 'A title', 'gone' FROM tmdb.imports AS import, unnest($1::int[]) AS film
        """,
        films,
    )
    return await of_people(database)


async def of_people(database: Database) -> dict[str, list[dict[str, Any]]]:
    return {table: await rows(database, table) for table in OF_PEOPLE}


async def outbox(database: Database) -> dict[tuple[str, int], str]:
    found = await database.fetch("SELECT entity_type, tmdb_id, action FROM tmdb.neo4j_etl_outbox")
    return {(row[0], row[1]): row[2] for row in found}


# Films ---------------------------------------------------------------------------------------------


async def test_after_180_days_a_film_is_its_id_and_what_people_gave_it(
    database: Database, runner: RetentionRunner, move_clock: MoveClock
) -> None:
    await keep(database, OLD)
    given = await anna_rated(database, OLD)
    await move_clock(timedelta(days=100))
    await keep(database, FRESH)
    fresh, of_fresh = await film(database, FRESH), await of_film(database, FRESH)
    await move_clock(timedelta(days=179, hours=23))
    before = await film(database, OLD)
    await retained(database, runner)
    assert await film(database, OLD) == before
    await move_clock(timedelta(days=180, hours=1))
    run = await retained(database, runner)
    assert await film(database, OLD) == await bare(database, OLD)
    assert set((await of_film(database, OLD)).values()) == {0}
    assert (await film(database, FRESH), await of_film(database, FRESH)) == (fresh, of_fresh)
    assert await of_people(database) == given
    assert await outbox(database) == {("movie", OLD): "delete", ("movie", FRESH): "upsert"}
    assert (run.movies_checked, run.metadata["films"]) == (1, 1)
    tallies = await database.fetch(
        "SELECT name, sum(number) FROM tmdb.tallies WHERE name LIKE 'films.%ul%' OR name = 'films.stub'"
        " GROUP BY name"
    )
    assert {row[0]: row[1] for row in tallies} == {"films.full": 1, "films.stub": 1}


async def test_a_film_that_was_emptied_is_filled_again_like_any_stub(
    database: Database, runner: RetentionRunner, move_clock: MoveClock
) -> None:
    await keep(database, OLD)
    before, of_before = await film(database, OLD), await of_film(database, OLD)
    await move_clock(timedelta(days=181))
    await retained(database, runner)
    await keep(database, OLD)
    after = await film(database, OLD)
    times = ("fetched_at", "due_at")
    assert {k: v for k, v in after.items() if k not in times} == {
        k: v for k, v in before.items() if k not in times
    }
    assert await of_film(database, OLD) == of_before
    assert await outbox(database) == {("movie", OLD): "upsert"}


async def test_a_deleted_film_is_emptied_at_once_stays_deleted_and_the_graph_is_told_once(
    database: Database, runner: RetentionRunner
) -> None:
    await keep(database, GONE, FRESH)
    given = await anna_rated(database, GONE)
    async with database.transaction() as connection:
        await Movies(connection).delete([GONE])
    versions = "SELECT version FROM tmdb.neo4j_etl_outbox WHERE tmdb_id = $1"
    told = await database.fetchval(versions, GONE)
    await retained(database, runner)
    emptied = await film(database, GONE)
    assert emptied["deleted_at"] is not None
    assert emptied == await bare(database, GONE)
    assert set((await of_film(database, GONE)).values()) == {0}
    assert await of_people(database) == given
    assert (await outbox(database))["movie", GONE] == "delete"
    assert await database.fetchval(versions, GONE) == told
    assert "films" not in (await retained(database, runner)).metadata, "nothing is left to do"


async def test_a_film_that_came_back_while_it_was_to_be_emptied_is_left(
    database: Database, move_clock: MoveClock
) -> None:
    await keep(database, OLD)
    await move_clock(timedelta(days=181))
    async with database.transaction() as writing:
        await store(writing, fetched(OLD))
        # The emptier has seen the old row; the writer holds it.
        async with database.transaction() as emptying:
            assert await Retention(emptying).overdue_films(10) == 0
    assert (await film(database, OLD))["data_state"] == "full"


async def test_stubs_are_as_old_as_the_last_list_that_held_them(
    database: Database, runner: RetentionRunner
) -> None:
    await database.execute(
        """
        INSERT INTO tmdb.movies (tmdb_id, original_title, popularity, adult, first_seen_at)
        SELECT id, 'A stub', 1, adult, tmdb.now() - make_interval(days => days)
        FROM (VALUES (1, false, 300), (2, false, 300), (3, false, 300), (4, false, 3), (5, true, 300),
          (6, NULL, 300)) AS stub (id, adult, days)
        """
    )
    await database.execute(
        """
        INSERT INTO tmdb.export_missing (tmdb_id, exports, last_listed_at)
        VALUES (2, 9, tmdb.now() - interval '179 days'), (3, 9, tmdb.now() - interval '181 days'),
          (4, 9, tmdb.now() - interval '181 days')
        """
    )
    await database.execute(
        "INSERT INTO tmdb.sync_state (name, watermark) VALUES ('export:movie', tmdb.now() - interval '1 day')"
    )
    left = "SELECT tmdb_id FROM tmdb.movies WHERE original_title IS NOT NULL ORDER BY tmdb_id"
    await retained(database, runner)
    # 3 was missed for too long, 4 a search told of since, 5's own export was never loaded.
    assert [row[0] for row in await database.fetch(left)] == [1, 2, 4, 6]
    assert await film(database, 3) == await bare(database, 3)
    assert (await film(database, 5))["adult"], "which of TMDB's lists holds it is known still"
    await database.execute("UPDATE tmdb.sync_state SET watermark = tmdb.now() - interval '181 days'")
    await retained(database, runner)
    assert [row[0] for row in await database.fetch(left)] == [2, 4]
    assert await outbox(database) == {}, "the graph never heard of a stub"


# People, series, names ------------------------------------------------------------------------------


async def test_people_keywords_and_companies_go_with_the_last_film_that_names_them(
    database: Database, runner: RetentionRunner, move_clock: MoveClock
) -> None:
    await keep(database, OLD)
    await move_clock(timedelta(days=100))
    await keep(database, FRESH)
    expected = {
        "people": "SELECT tmdb_person_id FROM tmdb.movie_cast WHERE tmdb_movie_id = $1"
        " UNION SELECT tmdb_person_id FROM tmdb.movie_crew WHERE tmdb_movie_id = $1",
        "keywords": "SELECT tmdb_keyword_id FROM tmdb.movie_keywords WHERE tmdb_movie_id = $1",
        "companies": "SELECT tmdb_company_id FROM tmdb.movie_companies WHERE tmdb_movie_id = $1",
    }
    named = {
        table: {row[0] for row in await database.fetch(query, FRESH)} for table, query in expected.items()
    }
    await move_clock(timedelta(days=181))
    await retained(database, runner)
    for table, ids in named.items():
        found = await database.fetch(f"SELECT tmdb_id FROM tmdb.{table}")
        assert {row[0] for row in found} == ids, table
    assert named["people"]


async def test_people_stored_in_full_keep_what_fresh_films_tell_of_them(
    database: Database, runner: RetentionRunner, move_clock: MoveClock
) -> None:
    await move_clock(timedelta(days=100))
    await keep(database, FRESH)
    credited = await database.fetchval("SELECT min(tmdb_person_id) FROM tmdb.movie_cast")
    await database.execute(
        """
        INSERT INTO tmdb.people (tmdb_id, name, biography, data_state, content_hash, fetched_at)
        SELECT id, 'Somebody', 'A life', 'full', 'c', tmdb.now() - interval '100 days'
        FROM unnest($1::int[]) AS id
        ON CONFLICT (tmdb_id) DO UPDATE SET biography = excluded.biography, data_state = 'full',
          content_hash = 'c', fetched_at = excluded.fetched_at
        """,
        [credited, 999_001],
    )
    await database.execute(
        "INSERT INTO tmdb.raw_payloads (entity_type, tmdb_id, language, payload, payload_hash, content_hash)"
        " VALUES ('person', 999001, 'en', '{}', 'p', 'c'), ('tv', 7, 'en', '{}', 'p', 'c')"
    )
    await database.execute(
        "INSERT INTO tmdb.tv_series (tmdb_id, name, content_hash, payload_hash, fetched_at)"
        " VALUES (7, 'A series', 'c', 'p', tmdb.now() - interval '100 days'),"
        " (8, 'Fresh', 'c', 'p', tmdb.now())"
    )
    # Their own answers told other names, and of a film that is not here in full.
    await database.execute("INSERT INTO tmdb.movies (tmdb_id, title, adult) VALUES (999, 'A stub', false)")
    await database.execute(
        """
        INSERT INTO tmdb.movie_cast (tmdb_movie_id, tmdb_person_id, credit_id)
        VALUES (999, $1, 'own'), (999, 999001, 'other')
        """,
        credited,
    )
    await database.execute(
        """
        INSERT INTO tmdb.person_translations (tmdb_id, iso_639_1, iso_3166_1, name)
        VALUES ($1, 'ru', 'RU', 'Некто')
        """,
        credited,
    )
    name = await database.fetchval("SELECT name FROM tmdb.people WHERE tmdb_id = $1", credited)
    await move_clock(timedelta(days=181))
    await retained(database, runner)
    row = await database.fetchrow(
        "SELECT name, biography, data_state FROM tmdb.people WHERE tmdb_id = $1", credited
    )
    assert row is not None
    assert tuple(row) == (name, None, "stub")
    assert not await database.fetchval("SELECT EXISTS (SELECT FROM tmdb.people WHERE tmdb_id = 999001)")
    assert await rows(database, "person_translations") == []
    assert [row["key"] for row in await rows(database, "person_names") if row["tmdb_id"] == credited] == [
        f" {name.lower()} "
    ]
    assert not [row for row in await rows(database, "movie_cast") if row["tmdb_movie_id"] == 999]
    assert [row["tmdb_id"] for row in await rows(database, "tv_series")] == [8]
    entities = {row["entity_type"] for row in await rows(database, "raw_payloads")}
    assert entities == {"movie"}
    assert await outbox(database) == {
        ("movie", FRESH): "upsert",
        ("person", credited): "delete",
        ("person", 999_001): "delete",
        ("tv", 7): "delete",
    }


# Raw payloads, posters -------------------------------------------------------------------------------


async def test_raw_payloads_are_kept_for_as_long_as_the_operator_says(
    database: Database, posts: Posts, move_clock: MoveClock
) -> None:
    await keep(database, OLD)
    await move_clock(timedelta(days=20))
    await keep(database, FRESH)
    await move_clock(timedelta(days=31))
    await retained(database, runner_of(database, posts, raw_payload_retention_days=30))
    assert [row["tmdb_id"] for row in await rows(database, "raw_payloads")] == [FRESH]
    assert (await film(database, OLD))["data_state"] == "full"


async def put(database: Database, path: str, film_id: int | None, bot_id: int = BOT_ID) -> PosterKey:
    """A poster in the channel, wanted for a film long ago."""
    await database.execute(
        """
        INSERT INTO tmdb.posters (bot_id, poster_path, tmdb_movie_id, poster_status, size, priority,
          telegram_file_id, channel_id, message_id, wanted_at)
        SELECT $1, $2, $3, 2, 'w500', 2, 'file_id of ' || $2, $4, count(*) + 1,
          tmdb.now() - interval '2 days'
        FROM tmdb.posters
        """,
        *(bot_id, path, film_id, CHANNEL),
    )
    return PosterKey(bot_id, path)


async def kept_posters(database: Database) -> set[str]:
    return {row["poster_path"] for row in await rows(database, "posters")}


async def test_posters_that_no_fresh_film_names_go_with_their_posts(
    database: Database, runner: RetentionRunner, posts: Posts, move_clock: MoveClock
) -> None:
    await keep(database, OLD)
    await move_clock(timedelta(days=100))
    await keep(database, FRESH)
    await database.execute(
        """
        UPDATE tmdb.movies SET poster_path = '/best.jpg', posters = '{"ru": "/ru.jpg", "": "/none.jpg"}'
        WHERE tmdb_id = $1
        """,
        FRESH,
    )
    await database.execute("UPDATE tmdb.movies SET poster_path = '/old.jpg' WHERE tmdb_id = $1", OLD)
    for path, film_id in (
        *(("/best.jpg", FRESH), ("/ru.jpg", FRESH), ("/none.jpg", OLD), ("/before.jpg", FRESH)),
        *(("/old.jpg", OLD), ("/of-nobody.jpg", None), ("/leased.jpg", OLD), ("/new.jpg", OLD)),
    ):
        await put(database, path, film_id)
    await put(database, "/best.jpg", None, OTHER_BOT_ID)
    await put(database, "/old.jpg", OLD, OTHER_BOT_ID)
    # A portrait stays for as long as it is somebody's.
    for path in ("/portrait.jpg", "/former.jpg"):
        await put(database, path, None)
    person = await database.fetchval(
        """
        UPDATE tmdb.people SET profile_path = '/portrait.jpg' WHERE tmdb_id = (
          SELECT min(tmdb_person_id) FROM tmdb.movie_cast WHERE tmdb_movie_id = $1)
        RETURNING tmdb_id
        """,
        FRESH,
    )
    await database.execute(
        "UPDATE tmdb.posters SET tmdb_person_id = $1 WHERE poster_path IN ('/portrait.jpg', '/former.jpg')",
        person,
    )
    await database.execute(
        "UPDATE tmdb.posters SET wanted_at = tmdb.now() + interval '81 days' WHERE poster_path = '/new.jpg'"
    )
    await database.execute(
        "UPDATE tmdb.posters SET lease_until = tmdb.now() + interval '90 days'"
        " WHERE poster_path = '/leased.jpg'"
    )
    await move_clock(timedelta(days=181))
    run = await retained(database, runner)
    assert await kept_posters(database) == {
        *("/best.jpg", "/ru.jpg", "/none.jpg", "/leased.jpg", "/new.jpg", "/portrait.jpg"),
    }
    # The other bot's post is not this bot's to delete.
    assert posts.deleted == [(CHANNEL, 4), (CHANNEL, 12), (CHANNEL, 6), (CHANNEL, 5)]
    assert run.metadata["posters"] == 5


@pytest.mark.parametrize(
    ("refusal", "stays"),
    [(RetryAfter("too many", seconds=60), True), (ChatUnusable("no such channel"), False)],
)
async def test_a_post_that_cannot_be_deleted_now_keeps_its_row_for_the_next_time(
    database: Database, runner: RetentionRunner, posts: Posts, refusal: TelegramError, stays: bool
) -> None:
    await put(database, "/unnamed.jpg", None)
    posts.refusal = refusal
    await retained(database, runner)
    assert await kept_posters(database) == ({"/unnamed.jpg"} if stays else set())
    posts.refusal = None
    await retained(database, runner)
    assert await kept_posters(database) == set()


# Logs ---------------------------------------------------------------------------------------------------


async def test_logs_are_kept_for_as_long_as_the_operator_says(
    database: Database, posts: Posts, move_clock: MoveClock
) -> None:
    await logs(database, "old")
    await move_clock(timedelta(days=60))
    await logs(database, "new")
    await move_clock(timedelta(days=91))
    await retained(database, runner_of(database, posts, enrichment_retention_days=90))
    assert await database.fetchval("SELECT array_agg(query_text) FROM tmdb.enrichment_requests") == ["new"]
    assert await database.fetchval("SELECT array_agg(endpoint) FROM tmdb.api_requests") == ["new"]
    subjects = {row["subject"] for row in await rows(database, "alerts")}
    assert subjects == {"new", "new and open", "old and open"}
    assert {row["source"] for row in await rows(database, "sync_runs")} == {"new", "what may not be kept"}
    assert [row["title"] for row in await rows(database, "sync_run_failures")] == ["new"]
    assert [row["tmdb_id"] for row in await rows(database, "neo4j_etl_outbox", "tmdb_id")] == [1]
    assert await rows(database, "heartbeats") == []


async def logs(database: Database, name: str) -> None:
    """One of each log, named, as of now; the outbox has one row that the graph took and one that waits."""
    await database.execute(
        "INSERT INTO tmdb.enrichment_requests (user_id, session_id, query_text) VALUES ('1', '1', $1)", name
    )
    await database.execute(
        "INSERT INTO tmdb.api_requests"
        " VALUES (date_trunc('minute', tmdb.now()), 'tmdb', 'GET', $1, 'bot', 200, 1, 0, 5)",
        name,
    )
    await database.execute(
        """
        INSERT INTO tmdb.alerts (rule, subject, severity, cleared_at)
        VALUES ('parked', $1, 'info', tmdb.now()), ('parked', $1 || ' and open', 'info', NULL)
        """,
        name,
    )
    await database.execute(
        """
        WITH run AS (
          INSERT INTO tmdb.sync_runs
            (run_type, source, trigger_type, status, started_at, finished_at, samples)
          VALUES ('delta', $1, 'scheduled', 'completed', tmdb.now(), tmdb.now(), ARRAY[$1]) RETURNING id
        )
        INSERT INTO tmdb.sync_run_failures (run_id, tmdb_id, title, error) SELECT id, 5, $1, 'away' FROM run
        """,
        name,
    )
    await database.execute(
        """
        INSERT INTO tmdb.neo4j_etl_outbox (entity_type, tmdb_id, action, processed_at)
        VALUES ('movie', 1, 'delete', NULL), ('movie', 2, 'delete', tmdb.now()) ON CONFLICT DO NOTHING
        """
    )
    await database.execute("INSERT INTO tmdb.heartbeats (part, instance) VALUES ('bot', $1)", name)


async def test_a_log_kept_for_longer_than_180_days_names_no_film(
    database: Database, posts: Posts, move_clock: MoveClock
) -> None:
    await logs(database, "a title")
    await anna_rated(database, *[await stub(database)])
    await move_clock(timedelta(days=181))
    await retained(
        database, runner_of(database, posts, log_retention_days=1000, enrichment_retention_days=1000)
    )
    run = await database.fetchrow("SELECT source, samples FROM tmdb.sync_runs WHERE run_type = 'delta'")
    assert run is not None
    assert tuple(run) == ("a title", [])
    assert [row["title"] for row in await rows(database, "sync_run_failures")] == [None]
    assert await rows(database, "enrichment_requests") == []
    assert await rows(database, "import_items") == []
    assert len(await rows(database, "imports")) == 1


async def stub(database: Database) -> int:
    await database.execute("INSERT INTO tmdb.movies (tmdb_id) VALUES (5)")
    return 5


# The run itself --------------------------------------------------------------------------------------------


async def test_of_two_workers_that_think_the_run_theirs_one_records(
    database: Database, runner: RetentionRunner, move_clock: MoveClock
) -> None:
    await keep(database, OLD)
    await move_clock(timedelta(days=181))
    run = await begun(database, "retention", worker="slow")
    await database.execute("UPDATE tmdb.sync_runs SET leased_by = 'another'")
    with pytest.raises(RunLost):
        await runner.run(run, Progress(database, run.id, "slow"))
    assert (await film(database, OLD))["data_state"] == "full"


async def test_batches_are_counted_together(
    database: Database, runner: RetentionRunner, move_clock: MoveClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.retention.FILMS", 3)
    monkeypatch.setattr("services.retention.PAGE", 4)
    monkeypatch.setattr("services.retention.POSTS", 2)
    await keep(database, *range(FIRST_ID, FIRST_ID + 8))
    for number in range(7):
        await put(database, f"/{number}.jpg", None)
    await move_clock(timedelta(days=181))
    run = await retained(database, runner)
    assert (run.metadata["films"], run.metadata["posters"]) == (8, 7)
    for table in ("people", "keywords", "companies", "raw_payloads", "posters"):
        assert await rows(database, table) == [], table
