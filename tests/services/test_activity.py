"""Who writes and what is opened is written in batches, once it is worth it."""

from db.opened_movies import OpenedMovies
from db.pool import Connection
from db.refresh_queue import Asked, RefreshPriority, RefreshQueue
from db.tallies import Tallies
from db.users import Users
from services.activity import Activity

SEEN = "SELECT tmdb_id FROM tmdb.movies WHERE last_seen_at > tmdb.now() - interval '1 hour' ORDER BY tmdb_id"


def activity_of(connection: Connection) -> Activity:
    return Activity(Users(connection), OpenedMovies(connection), Tallies(connection))


async def test_people_are_kept_with_their_language_and_time(connection: Connection) -> None:
    await connection.execute(
        """
        INSERT INTO tmdb.users (telegram_user_id, language, language_chosen, last_active_at, blocked_bot_at)
        VALUES (1, 'zh', true, tmdb.now() - interval '1 day', tmdb.now())
        """
    )
    activity = activity_of(connection)
    for user_id, language in ((2, "en"), (1, "en"), (2, "ru")):
        activity.person(user_id, language)
    await activity.flush()
    rows = await connection.fetch(
        """
        SELECT telegram_user_id, language, last_active_at = tmdb.now(), blocked_bot_at FROM tmdb.users
        ORDER BY telegram_user_id
        """
    )
    assert [tuple(row) for row in rows] == [(1, "zh", True, None), (2, "ru", True, None)]


async def test_an_opened_film_is_written_at_most_once_a_day(connection: Connection) -> None:
    await connection.execute(
        """
        INSERT INTO tmdb.movies (tmdb_id, last_seen_at) VALUES
          (1, tmdb.now() - interval '2 days'), (2, tmdb.now() - interval '20 hours'), (3, tmdb.now())
        """
    )
    activity = activity_of(connection)
    for movie_id in (3, 2, 1, 1, 404):
        activity.film(movie_id)
    await activity.flush()
    assert [row[0] for row in await connection.fetch(SEEN)] == [1, 3]


async def test_an_opened_film_that_is_due_is_asked_for_as_a_person_asks(connection: Connection) -> None:
    await connection.execute(
        """
        INSERT INTO tmdb.movies (tmdb_id, popularity, data_state, content_hash, payload_hash, fetched_at,
          deleted_at)
        SELECT id, id, 'full', 'c', 'p', tmdb.now() - age, gone
        FROM (VALUES (1, interval '40 days', NULL::timestamptz), (2, interval '1 day', NULL),
          (3, interval '40 days', tmdb.now()), (4, interval '40 days', NULL), (5, interval '40 days', NULL))
          AS film (id, age, gone)
        """
    )
    queue = RefreshQueue(connection)
    await queue.ask("movie", [Asked(4)], RefreshPriority.BACKFILL, "backfill")
    activity = activity_of(connection)
    for movie_id in (1, 2, 3, 4):
        activity.film(movie_id)
    await activity.flush()
    asked = "SELECT tmdb_id, priority, rank, reason FROM tmdb.refresh_queue ORDER BY tmdb_id"
    rows = [tuple(row) for row in await connection.fetch(asked)]
    assert rows == [(1, 0, 1.0, "person"), (4, 0, 4.0, "person")]
    # Opened again, it is not asked for again: what is in a worker's hand would be fetched twice.
    times = await connection.fetch("SELECT requested_at FROM tmdb.refresh_queue")
    await connection.execute("SELECT set_config('tmdb.clock_offset', '1 minute', true)")
    activity.film(1)
    await activity.flush()
    assert await connection.fetch("SELECT requested_at FROM tmdb.refresh_queue") == times


async def test_a_person_who_is_forgotten_is_not_written(connection: Connection) -> None:
    activity = activity_of(connection)
    activity.person(1, "en")
    await activity.forget(1)
    await activity.flush()
    assert await connection.fetchval("SELECT count(*) FROM tmdb.users") == 0


async def test_a_person_is_counted_once_a_day(connection: Connection) -> None:
    activity = activity_of(connection)
    await connection.execute("INSERT INTO tmdb.users (telegram_user_id) VALUES (2)")
    for people in ((1, 2), (2, 3), (1, 3)):
        for user_id in people:
            activity.person(user_id, "en")
        await activity.flush()
    await connection.execute("UPDATE tmdb.users SET active_on = active_on - 1 WHERE telegram_user_id = 3")
    activity.person(3, "en")
    await activity.flush()
    assert await tallies(connection) == {"users.active": 4}


async def test_cards_are_counted_by_how_they_were_sent(connection: Connection) -> None:
    activity = activity_of(connection)
    for warm in (True, False, True):
        activity.card(warm=warm)
    await activity.flush()
    await activity.flush()
    assert await tallies(connection) == {"cards.cold": 1, "cards.warm": 2}


async def tallies(connection: Connection) -> dict[str, int]:
    rows = await connection.fetch("SELECT name, sum(number)::int FROM tmdb.tallies GROUP BY name")
    return {row[0]: row[1] for row in rows if not row[0].startswith("films.")}
