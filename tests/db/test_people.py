"""People stored whole, found by name, on cards and with their films."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import orjson
import pytest

from core.cards import Freshness
from core.movies import PersonDetails, PersonListItem, content_hash
from core.people import RoleCount
from db.movies import Movies
from db.people import People
from db.people_search import PersonSearch
from db.person_cards import DEPARTMENTS, PersonCards
from db.pool import Connection
from db.users import Users

BOT_ID, ANNA, ACTOR = 77, 1001, 500


def film(movie_id: int, title: str, year: int | None = 2000, **more: Any) -> dict[str, Any]:
    released = f"{year}-05-01" if year else ""
    item = {"id": movie_id, "title": title, "original_title": title, "original_language": "en"}
    return item | {"release_date": released, "popularity": 1.0, "adult": False, "media_type": "movie"} | more


def answer(**changes: Any) -> dict[str, Any]:
    """What TMDB might tell of somebody with two parts, one job and a guest's visit to a series."""
    cast = [
        film(1, "Full", character="Neo", credit_id="c1", order=0),
        film(2, "Stub", character="", credit_id="c2", order=9),
        {"id": 3, "name": "A series", "media_type": "tv", "character": "Self", "credit_id": "c3"},
    ]
    crew = [film(4, "Directed", 2010, job="Director", department="Directing", credit_id="d4")]
    translation = {
        "iso_639_1": "ru",
        "iso_3166_1": "RU",
        "data": {"name": "Анна Актёр", "biography": "О ней."},
    }
    payload: dict[str, Any] = {
        "id": ACTOR,
        "name": "Anna Actor",
        "also_known_as": ["Anička Herečka", ""],
        "gender": 1,
        "known_for_department": "Acting",
        "biography": "About her.",
        "birthday": "1980-02-29",
        "deathday": None,
        "place_of_birth": "Prague",
        "imdb_id": "nm0000500",
        "profile_path": "/anna.jpg",
        "popularity": 5.0,
        "adult": False,
        "combined_credits": {"cast": cast, "crew": crew},
        "translations": {"translations": [translation]},
        "external_ids": {},
    }
    return payload | changes


async def store(db: Connection, age: timedelta = timedelta(0), **changes: Any) -> str:
    person = PersonDetails.from_payload(answer(**changes))
    await Movies(db).stubs(person.films)
    return await People(db).store(person, content_hash(person), age)


async def add_full_film(db: Connection, movie_id: int, **more: Any) -> None:
    row = {"tmdb_id": movie_id, "title": "Full", "release_date": date(2000, 5, 1), "popularity": 9.0} | more
    names = ", ".join(row)
    marks = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    await db.execute(
        f"""
        INSERT INTO tmdb.movies ({names}, data_state, content_hash, payload_hash, fetched_at)
        VALUES ({marks}, 'full', 'c', 'p', tmdb.now())
        """,
        *row.values(),
    )


async def credits(db: Connection) -> set[tuple[int, str]]:
    rows = await db.fetch(
        """
        SELECT tmdb_movie_id, credit_id FROM tmdb.movie_cast WHERE tmdb_person_id = $1
        UNION ALL SELECT tmdb_movie_id, credit_id FROM tmdb.movie_crew WHERE tmdb_person_id = $1
        """,
        ACTOR,
    )
    return {(row[0], row[1]) for row in rows}


async def add_people(db: Connection, *named: tuple[int, str, float]) -> None:
    await db.executemany("INSERT INTO tmdb.people (tmdb_id, name, popularity) VALUES ($1, $2, $3)", named)


async def found(db: Connection, text: str) -> list[int]:
    page = await PersonSearch(db).page(text, ANNA, "en")
    return [person.person_id for person in page.people]


async def test_credits_reach_films_that_are_not_here_in_full_and_leave_full_ones_alone(
    connection: Connection,
) -> None:
    await add_full_film(connection, 1)
    assert await store(connection) == "changed"
    assert await credits(connection) == {(2, "c2"), (4, "d4")}
    assert await connection.fetchval("SELECT title FROM tmdb.movies WHERE tmdb_id = 4") == "Directed"
    # A film fetched meanwhile knows its own people; of the others the list is the truth.
    await connection.execute(
        """
        UPDATE tmdb.movies SET data_state = 'full', content_hash = 'c', payload_hash = 'p',
          fetched_at = tmdb.now() WHERE tmdb_id = 4
        """
    )
    assert await store(connection, combined_credits={"cast": [], "crew": []}) == "changed"
    assert await credits(connection) == {(4, "d4")}


async def test_parts_an_answer_lacks_stay_and_what_is_outdated_or_the_same_writes_nothing(
    connection: Connection,
) -> None:
    await store(connection)
    kept = await credits(connection)
    assert await store(connection) == "unchanged"
    assert (
        await store(connection, timedelta(days=1), name="Older", translations={"translations": []})
        == "outdated"
    )
    await store(connection, translations=None, combined_credits={"success": False})
    assert await credits(connection) == kept
    row = await connection.fetchrow("SELECT name, biography FROM tmdb.person_translations")
    assert row is not None
    assert tuple(row) == ("Анна Актёр", "О ней.")


async def test_every_name_is_searched_as_long_as_it_is_theirs(connection: Connection) -> None:
    await store(connection)
    for text in ("anna actor", "ACTOR anna", "anicka herec", "анна", "Анна Актер"):
        assert await found(connection, text) == [ACTOR], text
    await store(connection, name="Anna New", also_known_as=[], translations={"translations": []})
    assert await found(connection, "anna new") == [ACTOR]
    assert await found(connection, "herecka") == await found(connection, "актер") == []
    await connection.execute("DELETE FROM tmdb.movie_cast; DELETE FROM tmdb.movie_crew")
    await connection.execute("DELETE FROM tmdb.people")
    assert await connection.fetchval("SELECT count(*) FROM tmdb.person_names") == 0


async def test_the_closest_and_the_best_known_come_first_and_a_typo_is_borne(connection: Connection) -> None:
    await add_people(
        connection,
        *((1, "Tom Hanks", 20.0), (2, "Tom Hank", 0.1), (3, "Thomas Hankson", 2.0), (4, "Brad Pitt", 15.0)),
        *((5, "Christopher Nolan", 9.0), (6, "Jonathan Nolan", 4.0), (7, "周润发", 3.0)),
    )
    assert await found(connection, "tom han") == [1, 2]
    assert await found(connection, "hanks tom") == [1]
    assert await found(connection, "nolan") == [5, 6]
    assert await found(connection, "周润") == [7]
    for text, person in (("brad pett", 4), ("cristopher nolan", 5), ("nolen", 5)):
        page = await PersonSearch(connection).page(text, ANNA, "en")
        assert (page.people[0].person_id, page.is_nearest) == (person, True), text
    for nothing in ("", "%", "_", "t", "\0\ud800", "'; --", "x" * 5000, "qqq www eee rrr ttt"):
        assert await found(connection, nothing) == []


@pytest.mark.parametrize(
    ("words", "people"),
    [
        ("нолана", [5]),
        ("кристофером ноланом", [5]),
        ("киану ривза", [6]),
        ("тарковского", [7]),
        ("гайдая михалкова", [8, 9]),
        ("михалковой", [9]),
        ("нол", []),
        ("ан", []),
    ],
)
async def test_russian_names_are_known_in_any_case(
    connection: Connection, words: str, people: list[int]
) -> None:
    await add_people(
        connection,
        *((5, "Кристофер Нолан", 9.0), (6, "Киану Ривз", 9.0), (7, "Андрей Тарковский", 4.0)),
        *((8, "Леонид Гайдай", 3.0), (9, "Никита Михалков", 3.0)),
    )
    assert [hit.person_id for hit in (await PersonSearch(connection).best([words]))[0]] == people


async def test_who_makes_films_for_adults_is_found_by_those_who_want_them(connection: Connection) -> None:
    await connection.execute("INSERT INTO tmdb.people (tmdb_id, name, adult) VALUES (1, 'Some Body', true)")
    assert await found(connection, "some body") == []
    await connection.execute(
        "INSERT INTO tmdb.users (telegram_user_id, settings) VALUES ($1, '{\"adult\": true}')", ANNA
    )
    assert await found(connection, "some body") == [1]
    page = await PersonSearch(connection).page("some body", ANNA, "en", is_shared=True)
    assert (page.total, page.pages) == (0, 0)


async def test_runs_of_words_are_cut_into_the_people_they_name(connection: Connection) -> None:
    await add_people(
        connection,
        *((1, "Robert De Niro", 20.0), (2, "Al Pacino", 15.0), (3, "Christopher Nolan", 9.0)),
        *((4, "Niro", 0.2), (5, "Obscure Person", 0.1), (6, "Person", 0.1)),
    )
    groups = ["de niro pacino", "NOLAN", "al pacino obscure person", "nolan dark", "", "person"]
    best = await PersonSearch(connection).best(groups)
    assert [[hit.person_id for hit in people] for people in best] == [[1, 2], [3], [2, 5], [], [], [6]]
    assert [(hit.words, hit.is_whole) for hit in best[2]] == [("al pacino", True), ("obscure person", True)]
    assert best[1][0].name == "Christopher Nolan"
    assert await PersonSearch(connection).by_imdb_id("nm1") is None


async def test_a_card_is_in_the_readers_language_and_shows_nothing_of_an_old_answer(
    connection: Connection,
) -> None:
    cards = PersonCards(connection, bot_id=BOT_ID, catalogue_language="en-US")
    assert (await cards.card(ACTOR, ANNA, "en")).freshness is Freshness.DUE
    await store(connection)
    await connection.execute("SET LOCAL tmdb.clock_offset = '1 day'")
    card = await cards.card(ACTOR, ANNA, "ru")
    assert (card.freshness, card.name, card.biography) == (Freshness.FRESH, "Анна Актёр", "О ней.")
    assert card.portrait is not None
    assert (card.birthday, card.place_of_birth, card.portrait.path) == (
        date(1980, 2, 29),
        "Prague",
        "/anna.jpg",
    )
    assert (await cards.card(ACTOR, ANNA, "zh")).biography == "About her."
    english = {"iso_639_1": "en", "iso_3166_1": "US", "data": {"name": "", "biography": "Told in English."}}
    await store(connection, biography="", translations={"translations": [english]})
    assert (await cards.card(ACTOR, ANNA, "zh")).biography == "Told in English."
    await connection.execute("SET LOCAL tmdb.clock_offset = '182 days'")
    old = await cards.card(ACTOR, ANNA, "en")
    assert (old.freshness, old.name, old.biography, old.birthday, old.age) == (
        *(Freshness.STUB, "Anna Actor", None, None, None),
    )


async def test_people_for_adults_are_known_for_that_from_a_search_on(connection: Connection) -> None:
    told = {"id": ACTOR, "name": "Anna Actor", "profile_path": "/anna.jpg", "adult": True}
    await People(connection).stubs([PersonListItem.from_payload(told)])
    card = await PersonCards(connection, bot_id=BOT_ID, catalogue_language="en").card(ACTOR, ANNA, "en")
    assert card.freshness is Freshness.ADULT


async def test_they_are_known_for_their_main_work_by_popularity(connection: Connection) -> None:
    main = [
        film(10, "Lead", character="A", credit_id="a", order=1, popularity=2.0),
        film(11, "Extra", character="B", credit_id="b", order=40, popularity=90.0),
        film(12, "About her", character="Self", credit_id="c", order=0, popularity=80.0),
        film(13, "Star", character="D", credit_id="d", order=0, popularity=5.0),
        film(14, "Hidden", character="E", credit_id="e", order=0, popularity=99.0, adult=True),
    ]
    await store(connection, combined_credits={"cast": main, "crew": []})
    card = await PersonCards(connection, bot_id=BOT_ID, catalogue_language="en").card(ACTOR, ANNA, "en")
    assert [one.title for one in card.known_for] == ["Star", "Lead", "Extra", "About her"]


async def test_films_by_role_and_year_with_the_readers_own_marks(connection: Connection) -> None:
    cast = [film(20 + n, f"Film {n}", 1990 + n, character=f"Part {n}", credit_id=f"p{n}") for n in range(10)]
    cast += [
        film(29, "Film 9", 1999, character="Twin", credit_id="twin"),
        film(40, "Undated", None, credit_id="u"),
    ]
    crew = [
        film(29, "Film 9", 1999, job="Director", department="Directing", credit_id="d"),
        film(28, "Film 8", 1998, job="Thing", department="No such department", credit_id="x"),
    ]
    await store(connection, combined_credits={"cast": cast, "crew": crew})
    await connection.execute("INSERT INTO tmdb.users (telegram_user_id) VALUES ($1)", ANNA)
    await connection.execute(
        "INSERT INTO tmdb.user_movie_ratings (telegram_user_id, movie_id, tmdb_rating, source)"
        " VALUES ($1, 29, 8.5, 'tmdb')",
        ANNA,
    )
    await connection.execute(
        "INSERT INTO tmdb.user_watchlist (telegram_user_id, movie_id) VALUES ($1, 28)", ANNA
    )
    cards = PersonCards(connection, bot_id=BOT_ID, catalogue_language="en")
    newest = await cards.films(ACTOR, ANNA, "en")
    assert newest.roles == (RoleCount("Acting", 11), RoleCount("Crew", 1), RoleCount("Directing", 1))
    assert (newest.total, newest.pages, len(newest.credits)) == (11, 2, 8)
    first, second = newest.credits[:2]
    assert (first.movie.movie_id, str(first.movie.rating), first.jobs) == (29, "8.5", ("Director",))
    assert first.characters == ("Part 9", "Twin")
    assert (second.movie.rating, second.movie.on_watchlist) == (None, True)
    last = await cards.films(ACTOR, ANNA, "en", page=2)
    assert [one.movie.title for one in last.credits] == ["Film 1", "Film 0", "Undated"]
    oldest = await cards.films(ACTOR, ANNA, "en", oldest_first=True)
    assert oldest.credits[0].movie.title == "Film 0"
    directed = await cards.films(ACTOR, ANNA, "en", role="Directing")
    assert [one.movie.movie_id for one in directed.credits] == [29]
    nothing = await cards.films(ACTOR, ANNA, "en", page=99)
    assert (nothing.total, list(nothing.credits)) == (11, [])
    await Users(connection).choose(ANNA, "en", hide_rated=True)
    hidden = await cards.films(ACTOR, ANNA, "en")
    assert (hidden.total, hidden.rated, hidden.credits[0].movie.title) == (10, 1, "Film 8")
    assert hidden.roles == (RoleCount("Acting", 10), RoleCount("Crew", 1))
    directed = await cards.films(ACTOR, ANNA, "en", role="Directing")
    assert (directed.total, directed.rated, list(directed.credits)) == (0, 1, [])
    seen_by_others = await cards.films(ACTOR, ANNA, "en", hides_rated=False)
    assert (seen_by_others.total, seen_by_others.rated, seen_by_others.roles) == (11, 0, newest.roles)


HOT: list[tuple[str, tuple[Any, ...], set[str]]] = [
    (
        PersonCards.CARD,
        (ACTOR, ANNA, "en", False, BOT_ID, "en"),
        {"movie_cast_person", "movie_crew_person", "movies_pkey", "people_pkey", "posters_pkey"},
    ),
    (
        PersonCards.FILMS,
        (ACTOR, ANNA, "en", False, "en", None, False, 8, 0, DEPARTMENTS, True),
        {"movie_cast_person", "movie_crew_person", "movies_pkey", "user_watchlist_pkey"},
    ),
    (
        PersonSearch.PAGE,
        ("tom hanks", ANNA, "en", False, 8, 0),
        {"person_names_known", "person_names_key", "people_pkey"},
    ),
    (
        PersonSearch.BEST,
        (["tom hanks"], [None, " нолан\\w{0,2} "]),
        {"person_names_known", "person_names_pkey", "people_pkey"},
    ),
    (PersonSearch.BY_IMDB_ID, ("nm1",), {"people_imdb_id"}),
]


async def test_hot_statements_use_their_indexes(connection: Connection) -> None:
    await connection.execute(
        """
        INSERT INTO tmdb.people (tmdb_id, name, popularity)
        SELECT n, md5(n::text) || ' ' || md5((n * 7)::text), CASE n % 50 WHEN 0 THEN 5 ELSE 0.1 END
        FROM generate_series(1, 3000) AS n;
        ANALYZE tmdb.people, tmdb.person_names
        """
    )
    await connection.execute("SET LOCAL enable_seqscan = off; SET LOCAL plan_cache_mode = force_generic_plan")
    for statement, args, indexes in HOT:
        plan = await connection.fetchval("EXPLAIN (FORMAT json) " + statement, *args)
        nodes = list(_nodes((plan if isinstance(plan, list) else orjson.loads(plan))[0]["Plan"]))
        assert indexes <= {node.get("Index Name") for node in nodes}
        assert "person_names" not in {
            node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"
        }


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)
