"""Watchlists changed in the chat, sent to TMDB and brought over from there."""

from collections.abc import AsyncIterator

import pytest

from core.errors import UnknownMovie
from core.imports import WatchlistImport
from core.payloads import INT4_MAX
from db.pool import Database
from db.pushes import Offered
from services.watchlist import Watched
from tests.accounts import ANN, BOT_ID, Scene, scene_of

MATRIX = 603
PAGE = 20


@pytest.fixture
async def scene(database: Database) -> AsyncIterator[Scene]:
    async with scene_of(database, generated=40) as scene:
        scene.tmdb.add_account("ann")
        scene.tmdb.add_account("bob")
        await scene.films(MATRIX)
        yield scene


def put_at_tmdb(scene: Scene, films: list[int], username: str = "ann") -> None:
    """Puts films on the account's list on TMDB's own site."""
    scene.tmdb.accounts.named(username).watchlist.update(dict.fromkeys(films))


def at_tmdb(scene: Scene, username: str = "ann") -> list[int]:
    return list(scene.tmdb.accounts.named(username).watchlist)


async def test_a_tap_sets_and_a_redelivered_or_late_one_does_nothing(scene: Scene) -> None:
    assert await scene.watch(ANN, MATRIX, True, 100) == Watched(MATRIX, True, applied=True, sending=False)
    assert await scene.watch(ANN, MATRIX, True, 100) == Watched(MATRIX, True, applied=False, sending=False)
    assert (await scene.watch(ANN, MATRIX, False, 101)).applied
    assert await scene.watch(ANN, MATRIX, True, 100) == Watched(MATRIX, False, applied=False, sending=False)
    assert await scene.listed(ANN) == []
    assert await scene.value("SELECT count(*) FROM tmdb.pushes") == 0, "TMDB never had it: nothing to say"
    # Its place on the list is from the first time, and a rating has changes of its own.
    await scene.watch(ANN, MATRIX, True, 102)
    assert (await scene.rate(ANN, MATRIX, 8, update_id=50)).applied
    for film in (0, 1, INT4_MAX + 1):
        with pytest.raises(UnknownMovie):
            await scene.watchlist.set(ANN, "en", film, True, BOT_ID, 103)


async def test_it_goes_to_tmdb_and_survives_its_absence(scene: Scene) -> None:
    await scene.link(ANN, "ann")
    await scene.tmdb.go_away()
    await scene.watch(ANN, MATRIX, True)
    await scene.push_all()
    assert await scene.value("SELECT attempts FROM tmdb.pushes") == 1
    await scene.tmdb.come_back()
    await scene.database.execute("UPDATE tmdb.pushes SET next_attempt_at = tmdb.now()")
    await scene.push_all()
    assert at_tmdb(scene) == [MATRIX]
    row = await scene.database.fetchrow(
        "SELECT pushed_at IS NOT NULL, tmdb_account_id FROM tmdb.user_watchlist"
    )
    assert row is not None
    assert tuple(row) == (True, scene.account("ann"))
    await scene.watch(ANN, MATRIX, False)
    await scene.push_all()
    assert at_tmdb(scene) == []


async def test_a_rating_and_the_watchlist_of_one_film_go_their_own_ways(scene: Scene) -> None:
    await scene.link(ANN, "ann")
    await scene.rate(ANN, MATRIX, 8)
    await scene.watch(ANN, MATRIX, True)
    assert await scene.value("SELECT count(*) FROM tmdb.pushes") == 2
    scene.tmdb.fault("code", "/3/movie/*/rating", status=400, code=18)
    await scene.push_all()
    assert at_tmdb(scene) == [MATRIX]
    assert await scene.notices(ANN) == ["push_refused"]
    assert await scene.value("SELECT list FROM tmdb.pushes WHERE parked_reason = 'refused'") == "ratings"


async def test_what_was_put_on_it_before_linking_is_offered_and_another_account_gets_nothing_unasked(
    scene: Scene,
) -> None:
    await scene.watch(ANN, MATRIX, True)
    await scene.link(ANN, "ann")
    assert await scene.offers.waiting(ANN) == Offered(ratings=0, watchlist=1)
    await scene.push_all()
    assert at_tmdb(scene) == []
    await scene.offers.send(ANN)
    scene.tmdb.revoke_sessions("ann")
    await scene.push_all()
    assert await scene.value("SELECT parked_reason FROM tmdb.pushes") == "revoked"
    await scene.link(ANN, "bob")
    await scene.push_all()
    assert (at_tmdb(scene, "bob"), await scene.offers.waiting(ANN)) == ([], Offered(0, 1))


async def test_a_film_gone_at_tmdb_stays_here_and_its_removal_needs_nobody(scene: Scene) -> None:
    await scene.link(ANN, "ann")
    scene.tmdb.delete_film(MATRIX)
    await scene.watch(ANN, MATRIX, True)
    await scene.push_all()
    assert await scene.notices(ANN) == ["push_gone"]
    assert await scene.listed(ANN) == [MATRIX]
    await scene.watch(ANN, MATRIX, False)
    await scene.push_all()
    assert await scene.value("SELECT count(*) FROM tmdb.pushes") == 0


async def test_linking_brings_it_over_in_tmdbs_order_as_stubs_to_be_fetched_soon(scene: Scene) -> None:
    films = [film for film in scene.tmdb.film_ids(45) if film != MATRIX]
    put_at_tmdb(scene, films)
    status = await scene.run_import(await scene.link(ANN, "ann"))
    assert status.watchlist == WatchlistImport(len(films), added=len(films))
    assert await scene.listed(ANN) == films, "the first put there comes first"
    assert scene.tmdb.count(template="/3/account/{account_id}/watchlist/movies") == 3 + 1
    # MATRIX was full before; none of the others was fetched in front of the person.
    assert await scene.value("SELECT count(*) FROM tmdb.movies WHERE data_state = 'full'") == 1
    waiting = await scene.database.fetch("SELECT tmdb_id FROM tmdb.refresh_queue WHERE reason = 'import'")
    assert {row[0] for row in waiting} == set(films)
    again = await scene.import_now(ANN)
    assert again.watchlist == WatchlistImport(len(films))


async def test_what_left_the_list_at_tmdb_leaves_it_here_after_asking(scene: Scene) -> None:
    films = scene.tmdb.film_ids(20)
    put_at_tmdb(scene, films)
    await scene.run_import(await scene.link(ANN, "ann"))
    for film in films[:3]:
        del scene.tmdb.accounts.named("ann").watchlist[film]
    # Rated ones leave TMDB's list by that; they make a list that lost much no less believable.
    for film in films[3:10]:
        await scene.rate(ANN, film, 8)
    await scene.push_all()
    status = await scene.import_now(ANN)
    assert status.watchlist == WatchlistImport(10, removed=10)
    assert await scene.listed(ANN) == films[10:]
    for film in films[10:13]:
        del scene.tmdb.accounts.named("ann").watchlist[film]
    assert (await scene.import_now(ANN)).watchlist == WatchlistImport(7, removal_withheld=3)
    assert len(await scene.listed(ANN)) == 10


async def test_a_change_made_here_meanwhile_wins(scene: Scene) -> None:
    films = scene.tmdb.film_ids(10)
    put_at_tmdb(scene, films)
    import_id = await scene.link(ANN, "ann")
    await scene.run_import(import_id)
    await scene.watch(ANN, films[0], False)
    await scene.watch(ANN, MATRIX, True)
    status = await scene.import_now(ANN)
    assert status.watchlist is not None
    assert (status.watchlist.added, status.watchlist.removed) == (0, 0)
    assert set(await scene.listed(ANN)) == {*films[1:], MATRIX}
    await scene.push_all()
    assert set(at_tmdb(scene)) == {*films[1:], MATRIX}


async def test_a_page_that_cannot_be_read_removes_nothing_and_is_told(scene: Scene) -> None:
    films = scene.tmdb.film_ids(45)
    put_at_tmdb(scene, films)
    await scene.run_import(await scene.link(ANN, "ann"))
    scene.tmdb.fault("html", "/3/account/*/watchlist/movies*page=2*", status=500)
    status = await scene.import_now(ANN)
    assert status.watchlist == WatchlistImport(25, failed=20)
    assert await scene.listed(ANN) == films


async def test_ratings_are_done_though_the_watchlist_cannot_be_read(scene: Scene) -> None:
    scene.tmdb.rate("ann", MATRIX, 7)
    scene.tmdb.fault("html", "/3/account/*/watchlist/movies*", status=500)
    status = await scene.run_import(await scene.link(ANN, "ann"))
    assert (status.state, status.imported, status.watchlist) == ("done", 1, None)
    assert await scene.value("SELECT sync_status FROM tmdb.users") == 2


async def test_unlinking_with_removal_keeps_what_is_only_here(scene: Scene) -> None:
    other = next(film for film in scene.tmdb.film_ids(5) if film != MATRIX)
    put_at_tmdb(scene, [other])
    await scene.watch(ANN, MATRIX, True)
    await scene.run_import(await scene.link(ANN, "ann"))
    assert await scene.listed(ANN) == [MATRIX, other]
    await scene.accounts.unlink(ANN, keep_ratings=False)
    assert await scene.listed(ANN) == [MATRIX]


async def test_silently_the_newest_pages_bring_what_is_new(scene: Scene) -> None:
    films = scene.tmdb.film_ids(45)
    put_at_tmdb(scene, films[:40])
    await scene.run_import(await scene.link(ANN, "ann"))
    put_at_tmdb(scene, films[40:])
    await scene.database.execute(
        "INSERT INTO tmdb.imports (telegram_user_id, tmdb_account_id, kind) VALUES ($1, $2, 'newest')",
        ANN,
        scene.account("ann"),
    )
    scene.tmdb.clear_requests()
    status = await scene.run_import(await scene.value("SELECT max(id) FROM tmdb.imports"))
    assert status.watchlist is not None
    assert status.watchlist.added == 5
    assert await scene.listed(ANN) == films
    # The first page has news; the second none.
    assert scene.tmdb.count(template="/3/account/{account_id}/watchlist/movies") == 2
