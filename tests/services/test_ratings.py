"""Ratings given in the chat: kept first, redelivered updates, what waits for whom."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from core.errors import InvalidRating, NotLinked, UnknownMovie
from core.payloads import INT4_MAX
from db.pool import Database
from db.pushes import Offered
from db.users import Users
from services.ratings import Rated, is_rating
from tests.accounts import ANN, BOT_ID, Scene, scene_of

MATRIX = 603


@pytest.fixture
async def scene(database: Database) -> AsyncIterator[Scene]:
    async with scene_of(database) as scene:
        scene.tmdb.add_account("ann")
        scene.tmdb.add_account("bob")
        await scene.films(MATRIX)
        yield scene


async def pushes(scene: Scene) -> list[tuple[float | None, bool, str | None]]:
    """Value, is it meant for an account, why it is parked."""
    rows = await scene.database.fetch(
        """
        SELECT value::float8, tmdb_account_id IS NOT NULL, parked_reason
        FROM tmdb.pushes ORDER BY movie_id
        """
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def count(scene: Scene) -> int:
    return (await Users(scene.database).reader(ANN, "en")).ratings_count


async def test_a_rating_is_kept_with_its_push(scene: Scene) -> None:
    assert await scene.rate(ANN, MATRIX, 8.5) == Rated(MATRIX, Decimal("8.5"), applied=True, sending=False)
    assert await scene.held(ANN) == {MATRIX: 8.5}
    assert await pushes(scene) == [(8.5, False, None)]
    await scene.rate(ANN, MATRIX, 3)
    assert (await scene.held(ANN), await count(scene)) == ({MATRIX: 3.0}, 1)
    row = await scene.database.fetchrow("SELECT * FROM tmdb.user_movie_ratings")
    assert row is not None
    assert (row["source"], row["rated_at"] is not None, row["bot_id"]) == ("manual", True, BOT_ID)
    assert row["normalized_rating"] == pytest.approx(1 + (3 - 0.5) * 9 / 9.5)
    await scene.rate(ANN, MATRIX, None)
    assert (await scene.held(ANN), await count(scene), await pushes(scene)) == ({}, 0, [])


async def test_redelivered_and_late_updates_are_ignored(scene: Scene) -> None:
    await scene.rate(ANN, MATRIX, 8, update_id=100)
    again = await scene.rate(ANN, MATRIX, 8, update_id=100)
    assert again == Rated(MATRIX, Decimal(8), applied=False, sending=False)
    await scene.rate(ANN, MATRIX, 5, update_id=101)
    late = await scene.rate(ANN, MATRIX, 8, update_id=100)
    assert late == Rated(MATRIX, Decimal(5), applied=False, sending=False)
    assert await scene.held(ANN) == {MATRIX: 5.0}


async def test_a_removal_is_not_undone_by_an_older_update_even_after_it_was_pushed(scene: Scene) -> None:
    await scene.link(ANN, "ann")
    await scene.rate(ANN, MATRIX, 8, update_id=100)
    await scene.push_all()
    await scene.rate(ANN, MATRIX, None, update_id=101)
    await scene.push_all()
    assert scene.tmdb.ratings("ann") == {}
    assert await pushes(scene) == []
    late = await scene.rate(ANN, MATRIX, 8, update_id=100)
    assert late == Rated(MATRIX, None, applied=False, sending=True)
    await scene.push_all()
    assert (await scene.held(ANN), scene.tmdb.ratings("ann")) == ({}, {})
    assert (await scene.rate(ANN, MATRIX, 6, update_id=102)).applied
    assert await scene.value("SELECT count(*) FROM tmdb.removals") == 0


async def test_update_ids_may_restart_after_a_day_and_belong_to_a_bot(scene: Scene) -> None:
    await scene.rate(ANN, MATRIX, 8, update_id=1_000_000)
    other_bot = await scene.ratings.rate(ANN, "en", MATRIX, Decimal(7), BOT_ID + 1, 5)
    assert other_bot.applied
    await scene.rate(ANN, MATRIX, 8, update_id=1_000_000)
    for table in ("user_movie_ratings", "removals"):
        await scene.database.execute(
            f"UPDATE tmdb.{table} SET changed_at = tmdb.now() - interval '24 hours 1 second'"
        )
    assert (await scene.rate(ANN, MATRIX, None, update_id=5)).applied
    assert not (await scene.rate(ANN, MATRIX, 4, update_id=4)).applied
    await scene.database.execute(
        "UPDATE tmdb.removals SET changed_at = tmdb.now() - interval '24 hours 1 second'"
    )
    assert (await scene.rate(ANN, MATRIX, 4, update_id=4)).applied


async def test_removals_are_forgotten_after_a_day(scene: Scene) -> None:
    await scene.rate(ANN, MATRIX, 8)
    await scene.rate(ANN, MATRIX, None)
    await scene.push_all()
    assert await scene.value("SELECT count(*) FROM tmdb.removals") == 1
    await scene.database.execute("UPDATE tmdb.removals SET changed_at = tmdb.now() - interval '1 day'")
    await scene.push_all()
    assert await scene.value("SELECT count(*) FROM tmdb.removals") == 0


async def test_values_tmdb_does_not_take_are_refused(scene: Scene) -> None:
    for value in ("0", "0.4", "10.5", "11", "8.3", "-1", "1e9", "NaN", "Infinity", "-Infinity", "8.50001"):
        with pytest.raises(InvalidRating):
            await scene.ratings.rate(ANN, "en", MATRIX, Decimal(value), BOT_ID, 1)
    assert await scene.value("SELECT count(*) FROM tmdb.users") == 0


def test_exactly_the_half_steps_are_ratings() -> None:
    assert [value / 10 for value in range(121) if is_rating(Decimal(value) / 10)] == [
        step / 2 for step in range(1, 21)
    ]


@given(movie_id=st.integers())
@example(0)
@example(INT4_MAX)
@example(INT4_MAX + 1)
@example(2**63)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_forged_film_ids_are_refused(scene: Scene, movie_id: int) -> None:
    # Besides the film itself: those its answer named as similar or recommended.
    assume(movie_id not in await scene.value("SELECT array_agg(tmdb_id) FROM tmdb.movies"))
    for value in (Decimal(8), None):
        with pytest.raises(UnknownMovie):
            await scene.ratings.rate(ANN, "en", movie_id, value, BOT_ID, 1)
    assert await scene.value("SELECT count(*) FROM tmdb.users") == 0


async def test_what_was_given_before_linking_is_offered_not_sent(scene: Scene) -> None:
    other, third = [film for film in scene.tmdb.film_ids(5) if film != MATRIX][:2]
    await scene.films(other, third)
    await scene.rate(ANN, MATRIX, 8)
    await scene.rate(ANN, other, 6.5)
    with pytest.raises(NotLinked):
        await scene.offers.send(ANN)
    await scene.link(ANN, "ann")
    await scene.rate(ANN, third, 9)
    assert await scene.offers.waiting(ANN) == Offered(2, 0)
    await scene.push_all()
    assert scene.tmdb.ratings("ann") == {third: 9}
    assert await scene.offers.send(ANN) == Offered(2, 0)
    await scene.push_all()
    assert scene.tmdb.ratings("ann") == {MATRIX: 8, other: 6.5, third: 9}
    assert await scene.offers.waiting(ANN) == Offered(0, 0)


async def test_what_waits_for_an_account_goes_there_and_is_offered_to_another(scene: Scene) -> None:
    await scene.link(ANN, "ann")
    await scene.rate(ANN, MATRIX, 8)
    await scene.accounts.unlink(ANN, keep_ratings=True)
    assert await pushes(scene) == [(8.0, True, "revoked")]
    await scene.rate(ANN, MATRIX, 9)  # newer, still meant for Ann's account
    assert await pushes(scene) == [(9.0, True, "revoked")]

    await scene.link(ANN, "bob")
    assert await scene.offers.waiting(ANN) == Offered(1, 0)
    await scene.push_all()
    assert scene.tmdb.ratings("bob") == {}

    await scene.accounts.unlink(ANN, keep_ratings=True)
    await scene.link(ANN, "ann")
    assert await scene.offers.waiting(ANN) == Offered(1, 0), "once offered, it is not sent unasked"
    await scene.offers.send(ANN)
    await scene.push_all()
    assert scene.tmdb.ratings("ann") == {MATRIX: 9}


async def test_a_rating_revoked_on_its_way_goes_out_after_the_next_link_to_the_same_account(
    scene: Scene,
) -> None:
    await scene.link(ANN, "ann")
    scene.tmdb.revoke_sessions("ann")
    await scene.rate(ANN, MATRIX, 8)
    await scene.push_all()
    assert await pushes(scene) == [(8.0, True, "revoked")]
    assert await scene.notices(ANN) == ["session_revoked"]
    assert await scene.held(ANN) == {MATRIX: 8.0}
    await scene.link(ANN, "ann")
    await scene.push_all()
    assert scene.tmdb.ratings("ann") == {MATRIX: 8}


async def test_a_removal_made_without_an_account_is_offered_if_tmdb_had_the_rating(scene: Scene) -> None:
    scene.tmdb.rate("ann", MATRIX, 7)
    await scene.run_import(await scene.link(ANN, "ann"))
    await scene.accounts.unlink(ANN, keep_ratings=True)
    await scene.rate(ANN, MATRIX, None)
    import_id = await scene.link(ANN, "ann")
    assert await scene.offers.waiting(ANN) == Offered(1, 0)
    await scene.run_import(import_id)
    assert await scene.held(ANN) == {}, "a removal that waits is not undone by an import"
    await scene.offers.send(ANN)
    await scene.push_all()
    assert scene.tmdb.ratings("ann") == {}


async def test_simultaneous_changes_of_one_person_keep_the_count_exact(scene: Scene) -> None:
    films = [film for film in scene.tmdb.film_ids(9) if film != MATRIX][:8]
    await scene.films(*films)
    async with asyncio.TaskGroup() as group:
        for number, film in enumerate(films * 3):
            value = None if number % 5 == 4 else Decimal(number % 10 + 1)
            group.create_task(scene.ratings.rate(ANN, "en", film, value, BOT_ID, number + 1))
    assert await count(scene) == len(await scene.held(ANN))
