"""Storing films: what is written, what rests, and what reaches the outbox."""

import asyncio
import itertools
import random
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from core.movies import MovieListItem
from db.listings import Listings
from db.movies import FetchedMovie, Movies
from db.opened_movies import OpenedMovies
from db.outbox import Outbox
from db.pool import Connection, Database, Executor
from db.staleness import Staleness
from sandbox.tmdb.generator import FIRST_ID
from tests.core.test_movies import SAMPLES, bodies, sample_files
from tests.films import LARGE_CREW, REPEATED_CREDIT, answered, fetched, payload, store

FILM = FIRST_ID + 20
OTHER = FIRST_ID + 21
# Longer than an entry of an index may be, and no compression makes it shorter.
INCOMPRESSIBLE = random.Random(1).randbytes(5_000).hex()

HANGING_ON_FILMS = (
    *("movie_cast", "movie_crew", "movie_translations", "movie_external_ids", "movie_genres"),
    *("movie_keywords", "movie_companies", "movie_countries", "keywords", "companies", "genres", "people"),
)


async def versions(db: Executor) -> dict[str, list[tuple[str, str]]]:
    """Where each row of the tables that hang on films lies: a rewritten one lies elsewhere.

    xmin and ctid together change with every UPDATE and INSERT, also within one transaction.
    """
    return {
        table: sorted(
            (row[0], row[1])
            for row in await db.fetch(f"SELECT ctid::text, xmin::text FROM tmdb.{table}")  # a constant
        )
        for table in HANGING_ON_FILMS
    }


async def pending(db: Executor) -> dict[int, tuple[str, int]]:
    return {
        row["tmdb_id"]: (row["action"], row["version"])
        for row in await db.fetch(
            "SELECT tmdb_id, action, version FROM tmdb.neo4j_etl_outbox WHERE processed_at IS NULL"
        )
    }


async def work_off(db: Executor) -> None:
    outbox = Outbox(db)
    await outbox.finish(await outbox.claim(100, lease_seconds=30))


async def test_a_film_is_stored_with_all_that_hangs_on_it(connection: Connection) -> None:
    raw = payload(
        FILM,
        runtime=116,
        budget=3_500_000_000,
        revenue=2_923_706_026,
        release_date="1999-03-31",
        genres=[{"id": 878, "name": "Science Fiction"}, {"id": 18, "name": "Drama"}],
        imdb_id="tt0133093",
        origin_country=["US", "AU"],
    )
    stored = await store(connection, answered(raw))
    assert stored.added == (FILM,)
    film = await connection.fetchrow("SELECT * FROM tmdb.movies WHERE tmdb_id = $1", FILM)
    assert film is not None
    assert (film["data_state"], film["year"], film["runtime"]) == ("full", 1999, 116)
    assert (film["budget"], film["revenue"]) == (3_500_000_000, 2_923_706_026)
    assert film["origin_countries"] == ["US", "AU"]
    for table, listed in (
        ("movie_cast", raw["credits"]["cast"]),
        ("movie_crew", raw["credits"]["crew"]),
        ("movie_keywords", raw["keywords"]["keywords"]),
        ("movie_companies", raw["production_companies"]),
        ("movie_countries", raw["production_countries"]),
    ):
        assert await connection.fetchval(f"SELECT count(*) FROM tmdb.{table}") == len(listed)
    genres = await connection.fetch("SELECT tmdb_genre_id FROM tmdb.movie_genres ORDER BY position")
    assert [row[0] for row in genres] == [878, 18]
    assert await connection.fetchval("SELECT imdb_id FROM tmdb.movie_external_ids") == "tt0133093"
    kept = await connection.fetchrow("SELECT payload, payload_hash FROM tmdb.raw_payloads")
    assert kept is not None
    assert kept["payload"] == raw
    assert kept["payload_hash"] == film["payload_hash"]
    assert await pending(connection) == {FILM: ("upsert", 1)}


async def test_votes_and_order_alone_rewrite_nothing_and_reach_no_outbox(connection: Connection) -> None:
    first = payload(FILM)
    await store(connection, fetched(FILM))
    await work_off(connection)
    before = await versions(connection)
    shuffled: dict[str, Any] = {
        "credits": {kind: first["credits"][kind][::-1] for kind in ("cast", "crew")},
        "translations": {"translations": first["translations"]["translations"][::-1]},
        "vote_average": 9.876,
        "vote_count": 4_321,
        "popularity": 99.5,
        "similar": {"results": [{"id": OTHER}]},
        "watch/providers": {
            "results": {"DE": {"flatrate": [{"provider_id": 8, "provider_name": "Netflix"}]}}
        },
    }
    stored = await store(connection, fetched(FILM, **shuffled))
    assert stored.unchanged == (FILM,)
    assert await versions(connection) == before
    assert await pending(connection) == {}
    film = await connection.fetchrow(
        "SELECT vote_count, popularity, similar_ids, watch_providers FROM tmdb.movies WHERE tmdb_id = $1",
        FILM,
    )
    assert film is not None
    assert (film["vote_count"], film["popularity"], film["similar_ids"]) == (4_321, 99.5, [OTHER])
    assert film["watch_providers"] == {"DE": {"link": None, "flatrate": ["Netflix"]}}


async def test_one_changed_credit_is_one_row(connection: Connection) -> None:
    await store(connection, fetched(LARGE_CREW))
    before = await versions(connection)
    assert len(before["movie_crew"]) == 990
    raw = payload(LARGE_CREW)
    raw["credits"]["crew"][500]["job"] = "Coffee"
    raw["credits"]["crew"].pop(501)
    stored = await store(connection, fetched(LARGE_CREW, credits=raw["credits"]))
    assert stored.changed == (LARGE_CREW,)
    after = await versions(connection)
    assert len(after["movie_crew"]) == 989
    assert len(set(after["movie_crew"]) - set(before["movie_crew"])) == 1
    assert after["movie_cast"] == before["movie_cast"]
    assert after["people"] == before["people"]


async def test_repeated_credit_ids_are_one_credit(connection: Connection) -> None:
    raw = payload(REPEATED_CREDIT)
    ids = [credit["credit_id"] for credit in raw["credits"]["cast"]]
    assert len(set(ids)) < len(ids)
    await store(connection, fetched(REPEATED_CREDIT))
    assert await connection.fetchval("SELECT count(*) FROM tmdb.movie_cast") == len(set(ids))


async def test_one_person_may_hold_many_credits(connection: Connection) -> None:
    person = payload(FILM)["credits"]["crew"][0]
    crew = [
        person | {"credit_id": f"c{place}", "job": job} for place, job in enumerate(("Director", "Writer"))
    ]
    await store(connection, fetched(FILM, credits={"cast": [], "crew": crew}))
    assert await connection.fetchval("SELECT count(*) FROM tmdb.movie_crew") == 2
    assert await connection.fetchval("SELECT count(*) FROM tmdb.people") == 1


async def test_three_chinese_translations_stand_side_by_side(connection: Connection) -> None:
    translations = [
        {"iso_639_1": "zh", "iso_3166_1": region, "data": {"title": title, "overview": ""}}
        for region, title in (("CN", "黑客帝国"), ("TW", "駭客任務"), ("HK", "22世紀殺人網絡"))
    ]
    await store(connection, fetched(FILM, translations={"translations": translations}))
    rows = await connection.fetch(
        "SELECT iso_3166_1, title FROM tmdb.movie_translations WHERE iso_639_1 = 'zh' ORDER BY 1"
    )
    assert [tuple(row) for row in rows] == [
        ("CN", "黑客帝国"),
        ("HK", "22世紀殺人網絡"),
        ("TW", "駭客任務"),
    ]


async def test_an_older_answer_never_overwrites_a_newer_one(connection: Connection) -> None:
    await store(connection, fetched(FILM, title="Now"))
    before = await versions(connection)
    stored = await store(connection, fetched(FILM, title="Yesterday", vote_count=1, age=86_400))
    assert stored.outdated == (FILM,)
    assert await versions(connection) == before
    row = await connection.fetchrow(
        "SELECT title, tmdb.now() - fetched_at < '1 minute' AS fresh FROM tmdb.movies"
    )
    assert row is not None
    assert tuple(row) == ("Now", True)
    assert await connection.fetchval("SELECT count(*) FROM tmdb.raw_payloads") == 1


async def test_of_two_answers_in_one_batch_the_newer_counts(connection: Connection) -> None:
    await store(connection, fetched(FILM, title="Newer", age=1), fetched(FILM, title="Older", age=2))
    assert await connection.fetchval("SELECT title FROM tmdb.movies") == "Newer"


async def test_the_outbox_ends_with_the_latest_state(connection: Connection) -> None:
    await store(connection, fetched(FILM, title="A"))
    claimed = await Outbox(connection).claim(10, lease_seconds=30)
    await store(connection, fetched(FILM, title="B"))
    await store(connection, fetched(FILM, title="A"))
    # What was claimed as the first A must not finish the row that now stands for the last A.
    assert await pending(connection) == {FILM: ("upsert", 3)}
    await Outbox(connection).finish(claimed)
    assert await pending(connection) == {FILM: ("upsert", 3)}
    await work_off(connection)
    assert await pending(connection) == {}
    await store(connection, fetched(FILM, title="A", vote_count=77))
    assert await pending(connection) == {}


async def test_deleted_back_and_deleted_again(connection: Connection) -> None:
    movies = Movies(connection)
    await store(connection, fetched(FILM))
    await work_off(connection)
    await movies.delete([FILM])
    assert await pending(connection) == {FILM: ("delete", 1)}
    stored = await store(connection, fetched(FILM))
    assert stored.unchanged == (FILM,)
    assert await pending(connection) == {FILM: ("upsert", 2)}
    assert (await movies.states([FILM]))[FILM].deleted is False
    await movies.delete([FILM])
    await movies.delete([FILM])
    assert await pending(connection) == {FILM: ("delete", 3)}
    row = await connection.fetchrow(
        "SELECT content_hash FROM tmdb.neo4j_etl_outbox WHERE processed_at IS NULL"
    )
    assert row is not None
    assert row["content_hash"] is None


async def test_what_was_stored_is_counted_and_what_was_filled(connection: Connection) -> None:
    async def happened() -> dict[str, int]:
        rows = await connection.fetch(
            "SELECT name, sum(number)::int FROM tmdb.tallies WHERE name LIKE 'films.%' GROUP BY 1"
        )
        return {row[0].removeprefix("films."): row[1] for row in rows}

    await Movies(connection).stubs([_listed(FILM, "Stub")])
    assert await happened() == {"stub": 1}
    await store(connection, fetched(FILM), fetched(OTHER))
    assert await happened() == {"stub": 0, "full": 2, "filled": 2, "stored": 2}
    await store(connection, fetched(FILM, tagline="another"), fetched(OTHER), fetched(OTHER, age=100.0))
    assert await happened() == {"stub": 0, "full": 2, "filled": 2, "stored": 4}
    await store(connection, fetched(FILM, age=100.0))
    assert (await happened())["stored"] == 4, "an older answer was not stored"


async def test_stubs_never_reach_the_outbox(connection: Connection) -> None:
    movies = Movies(connection)
    assert await movies.stubs([_listed(1, "One"), _listed(2, "Two"), _listed(2, "Two")]) == [1, 2]
    await movies.delete([1])
    assert await pending(connection) == {}
    states = await movies.states([1, 2, 3])
    assert (states[1].full, states[1].deleted) == (False, True)
    assert 3 not in states


async def test_a_stub_becomes_full_and_a_full_film_never_a_stub(connection: Connection) -> None:
    movies = Movies(connection)
    await movies.stubs([_listed(FILM, "Заголовок")], language="ru")
    row = await connection.fetchrow("SELECT title, original_title FROM tmdb.movies")
    assert row is not None
    assert tuple(row) == (None, "Original of Заголовок")
    assert await connection.fetchval("SELECT title FROM tmdb.movie_translations") == "Заголовок"
    stored = await store(connection, fetched(FILM, title="Title"))
    assert stored.changed == (FILM,)
    assert await pending(connection) == {FILM: ("upsert", 1)}
    assert await movies.stubs([_listed(FILM, "Anything")]) == []
    assert await connection.fetchval("SELECT title FROM tmdb.movies") == "Title"
    assert not await connection.fetch("SELECT FROM tmdb.movie_translations WHERE iso_3166_1 = ''")


async def test_popularity_of_people_is_written_when_it_moved_by_more_than_a_fifth(
    connection: Connection,
) -> None:
    def credits(popularity: float, name: str = "Somebody") -> dict[str, Any]:
        actor = {"id": 77, "name": name, "credit_id": "a", "order": 0, "popularity": popularity}
        return {"cast": [actor], "crew": []}

    async def known() -> tuple[str, float]:
        row = await connection.fetchrow("SELECT name, popularity FROM tmdb.people WHERE tmdb_id = 77")
        assert row is not None
        return row["name"], row["popularity"]

    await store(connection, fetched(FILM, credits=credits(10)))
    await store(connection, fetched(FILM, credits=credits(11.9)))
    assert await known() == ("Somebody", 10)
    await store(connection, fetched(FILM, credits=credits(12.1)))
    assert await known() == ("Somebody", 12.1)
    await store(connection, fetched(FILM, credits=credits(12.2, "Somebody Else")))
    assert await known() == ("Somebody Else", 12.2)
    await store(connection, fetched(OTHER, age=3600, credits=credits(50, "An Older Name")))
    assert await known() == ("Somebody Else", 12.2)


async def test_a_person_known_in_full_keeps_their_own_answer(connection: Connection) -> None:
    await connection.execute(
        "INSERT INTO tmdb.people (tmdb_id, name, data_state, content_hash, fetched_at)"
        " VALUES (77, 'Full Name', 'full', 'hash', tmdb.now() - interval '1 day')"
    )
    credit = {"id": 77, "name": "Credited Name", "credit_id": "a"}
    await store(connection, fetched(FILM, credits={"cast": [credit], "crew": []}))
    assert await connection.fetchval("SELECT name FROM tmdb.people WHERE tmdb_id = 77") == "Full Name"


@pytest.mark.parametrize("history", [0, 2])
async def test_raw_payloads_keep_the_newest_and_earlier_ones_of_other_content(
    connection: Connection, history: int
) -> None:
    for age, title, votes in ((9, "A", 1), (8, "B", 1), (7, "B", 2), (6, "C", 1), (5, "D", 1), (4, "D", 2)):
        film = fetched(FILM, title=title, vote_count=votes, age=age * 60)
        await store(connection, film, history=history)
    kept = await connection.fetch(
        "SELECT payload ->> 'title' AS title, (payload ->> 'vote_count')::int AS votes"
        " FROM tmdb.raw_payloads ORDER BY fetched_at DESC"
    )
    assert [tuple(row) for row in kept] == [("D", 2), ("C", 1), ("B", 2)][: 1 + history]


async def test_genre_ids_are_shared_by_films_and_series(connection: Connection) -> None:
    await connection.execute(
        "INSERT INTO tmdb.genres (media_type, tmdb_genre_id, name)"
        " SELECT 'tv', id, 'Of series' FROM unnest('{16,18,35}'::int[]) AS id"
    )
    genres = [{"id": 16, "name": "Animation"}, {"id": 18, "name": "Drama"}, {"id": 35, "name": "Comedy"}]
    await store(connection, fetched(FILM, genres=genres))
    rows = await connection.fetch(
        "SELECT media_type, name FROM tmdb.genres ORDER BY media_type, tmdb_genre_id"
    )
    assert [tuple(row) for row in rows] == [
        *(("movie", name) for name in ("Animation", "Drama", "Comedy")),
        *[("tv", "Of series")] * 3,
    ]


async def test_an_answer_without_its_parts_empties_nothing(connection: Connection) -> None:
    await store(connection, fetched(FILM, videos={"results": [{"id": "v", "key": "k", "site": "YouTube"}]}))
    before = await versions(connection)
    bare = payload(FILM, title="Renamed")
    for part in ("credits", "translations", "external_ids", "keywords", "videos", "images", "release_dates"):
        del bare[part]
    stored = await store(connection, answered(bare))
    assert stored.changed == (FILM,)
    assert await versions(connection) == before
    row = await connection.fetchrow("SELECT title, jsonb_array_length(videos) FROM tmdb.movies")
    assert row is not None
    assert tuple(row) == ("Renamed", 1)


async def test_a_film_that_tells_nothing_but_its_id_is_stored(connection: Connection) -> None:
    stored = await store(connection, answered({"id": 5}))
    assert stored.added == (5,)
    assert (await Movies(connection).states([5]))[5].full


async def test_what_was_stored_by_a_clock_that_jumped_back_is_refreshed_like_any(
    connection: Connection,
) -> None:
    async def clock(offset: str) -> None:
        await connection.execute("SELECT set_config('tmdb.clock_offset', $1, true)", offset)

    await clock("40 days")
    cast = {"cast": [{"id": 7, "credit_id": "a", "name": "Ahead", "order": 0}], "crew": []}
    await store(connection, answered({"id": FILM, "title": "Ahead", "credits": cast}))
    await clock("0")
    now: datetime = await connection.fetchval("SELECT tmdb.now()")
    [changed] = await Listings(connection).changed({FILM: False}, now, include_adult=False)
    assert changed.tmdb_id == FILM
    stale = await Staleness(connection).newest_stale(10, include_adult=False)
    assert [film.tmdb_id for film in stale] == [FILM]
    cast["cast"][0]["name"] = "Right again"
    stored = await store(connection, answered({"id": FILM, "title": "Right again", "credits": cast}))
    assert stored.changed == (FILM,)
    told = await connection.fetchrow(
        "SELECT (SELECT title FROM tmdb.movies), (SELECT name FROM tmdb.people), payload ->> 'title' "
        "FROM tmdb.raw_payloads"
    )
    assert told is not None
    assert set(told) == {"Right again"}
    assert await Staleness(connection).newest_stale(10, include_adult=False) == []

    await clock("40 days")
    await store(connection, answered({"id": FILM, "title": "Ahead"}))
    await clock("0")
    await Movies(connection).delete([FILM])
    assert (await Movies(connection).states([FILM]))[FILM].deleted


async def test_an_opened_film_is_noted_once_a_day(connection: Connection) -> None:
    opened = OpenedMovies(connection)
    await Movies(connection).stubs([_listed(1, "One")])
    was = await connection.fetchval("SELECT last_seen_at FROM tmdb.movies")
    await connection.execute("SET LOCAL tmdb.clock_offset = '23 hours'")
    await opened.opened([1])
    assert await connection.fetchval("SELECT last_seen_at FROM tmdb.movies") == was
    await connection.execute("SET LOCAL tmdb.clock_offset = '25 hours'")
    await opened.opened([1, 404])
    assert await connection.fetchval("SELECT last_seen_at > $1 FROM tmdb.movies", was)


async def test_of_adult_films_only_those_opened_since_they_were_fetched_are_asked_for_again(
    connection: Connection,
) -> None:
    await Movies(connection).stubs([_listed(2, "Two")])
    await store(connection, *(answered({"id": film, "adult": True}, age=5.0) for film in (1, 2, 3)))
    await OpenedMovies(connection).opened([2, 3])
    await connection.execute("SET LOCAL tmdb.clock_offset = '31 days'")
    stale = await Staleness(connection).newest_stale(10, include_adult=False)
    assert [film.tmdb_id for film in stale] == [2, 3]


async def test_the_number_of_statements_does_not_grow_with_the_batch(connection: Connection) -> None:
    statements: list[str] = []
    connection.add_query_logger(lambda query: statements.append(query.query))
    await store(connection, fetched(FIRST_ID + 30))
    one = len(statements)
    statements.clear()
    await store(connection, *(fetched(FIRST_ID + place) for place in (LARGE_CREW - FIRST_ID, *range(31, 50))))
    assert one <= 20
    assert len(statements) <= one + 1


async def test_eight_writers_over_the_same_people_do_not_deadlock(database: Database) -> None:
    dice = random.Random(8)

    async def write(writer: int) -> None:
        for round_ in range(6):
            # Films mostly of their own, so that the films' locks do not keep writers apart; but the same
            # people, keywords and companies, of whom everybody tells something else.
            own = dice.sample(range(40 * writer, 40 * writer + 40), 8)
            shared = dice.sample(range(320, 340), 1)
            batch = [_told_by(f"{writer} {round_}", FIRST_ID + place, dice) for place in own + shared]
            landed.update(film.movie.id for film in batch)
            async with database.transaction() as connection:
                await store(connection, *batch)

    landed: set[int] = set()
    async with asyncio.TaskGroup() as group:
        for writer in range(8):
            group.create_task(write(writer))
    full = await database.fetch("SELECT tmdb_id FROM tmdb.movies WHERE data_state = 'full'")
    assert {row[0] for row in full} == landed
    assert (
        await database.fetchval("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        == 0
    )
    # The rows of a film are one writer's: as many as the payload kept with it tells.
    assert not await database.fetch(
        """
        SELECT payload.tmdb_id FROM tmdb.raw_payloads AS payload
        WHERE jsonb_array_length(payload -> 'keywords' -> 'keywords')
          <> (SELECT count(*) FROM tmdb.movie_keywords WHERE tmdb_movie_id = payload.tmdb_id)
        """
    )


def _told_by(writer: str, film_id: int, dice: random.Random) -> FetchedMovie:
    raw = payload(film_id, title=f"Film by {writer}")
    for credit in raw["credits"]["cast"] + raw["credits"]["crew"]:
        credit["name"] = f"Person by {writer}"
    raw["keywords"] = {
        "keywords": [{"id": number, "name": f"word by {writer}"} for number in dice.sample(range(1, 60), 9)]
    }
    return answered(raw)


def _listed(film_id: int, title: str) -> MovieListItem:
    return MovieListItem.from_payload(
        {"id": film_id, "title": title, "original_title": f"Original of {title}", "popularity": 1.5}
    )


# The facts of a film as the database holds them, against what was read from the payload.
COUNTS = """
    SELECT
      (SELECT count(*) FROM tmdb.movie_cast WHERE tmdb_movie_id = $1) AS cast,
      (SELECT count(*) FROM tmdb.movie_crew WHERE tmdb_movie_id = $1) AS crew,
      (SELECT count(*) FROM tmdb.movie_translations WHERE tmdb_id = $1) AS translations,
      (SELECT count(*) FROM tmdb.movie_genres WHERE tmdb_movie_id = $1) AS genres,
      (SELECT count(*) FROM tmdb.movie_keywords WHERE tmdb_movie_id = $1) AS keywords,
      (SELECT count(*) FROM tmdb.movie_companies WHERE tmdb_movie_id = $1) AS production_companies,
      (SELECT count(*) FROM tmdb.movie_countries WHERE tmdb_movie_id = $1) AS production_countries
"""


async def assert_stored(db: Executor, batch: list[FetchedMovie]) -> None:
    newest = {one.movie.id: one.movie for one in batch}
    stored = await store(db, *batch)
    assert set(stored.added) == newest.keys()
    for movie in newest.values():
        counts = await db.fetchrow(COUNTS, movie.id)
        assert counts is not None
        missing = {*movie.missing, *(("cast", "crew") if "credits" in movie.missing else ())}
        for part in {*counts.keys()} - missing:
            assert counts[part] == len(getattr(movie, part)), (movie.id, part)
    again = await store(db, *batch)
    assert set(again.unchanged) == newest.keys()


async def test_odd_films_are_stored(connection: Connection) -> None:
    await assert_stored(connection, [fetched(FIRST_ID + place) for place in range(12)])


async def test_values_that_no_column_takes_are_stored_as_unknown(connection: Connection) -> None:
    broken: list[Any] = [
        None, "", " ", "\0", "a\0b", "\ud800", "0000-00-00", "9999-12-31", "NaN", "🎬", INCOMPRESSIBLE,
        2**31, 2**63, 10**30, -1, 1e308, True, [], {}, [None], [[]],
    ]  # fmt: skip
    raw = payload(FILM)
    actor = raw["credits"]["cast"][0]
    raw["credits"] = {"cast": [actor], "crew": []}
    film_id = FILM
    batch = []
    for key in raw:
        for value in broken:
            if key != "id":
                film_id += 1
                batch.append(answered(raw | {key: value, "id": film_id}))
    for key in actor:
        for value in broken:
            film_id += 1
            cast = [actor | {key: value}]
            batch.append(answered(raw | {"id": film_id, "credits": {"cast": cast, "crew": cast}}))
    for part, key in (("translations", "translations"), ("keywords", "keywords")):
        for field, value in itertools.product(raw[part][key][0], broken):
            film_id += 1
            batch.append(answered(raw | {"id": film_id, part: {key: [raw[part][key][0] | {field: value}]}}))
    for part in ("genres", "production_companies", "production_countries"):
        for field, value in itertools.product(raw[part][0], broken):
            film_id += 1
            batch.append(answered(raw | {"id": film_id, part: [raw[part][0] | {field: value}]}))
    await assert_stored(connection, batch)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="no recorded answers beside the project")
@pytest.mark.parametrize("path", sample_files("movies"), ids=lambda path: path.stem)
async def test_recorded_films_are_stored(connection: Connection, path: Path) -> None:
    await assert_stored(connection, [answered(payload) for payload in bodies(path)])
