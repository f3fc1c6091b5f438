"""Imports of ratings, round by round, against the stand-in's list, pages, films and faults."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from core.errors import NotLinked
from core.imports import ImportStatus, WatchlistImport
from core.movies import Page, RatedMovie
from db.imports import Comparison
from db.pool import Database
from db.posters import Priority
from sandbox.tmdb.faults import FaultKind
from services.imports import Requested
from tests.accounts import ANN, BOB, BOT_ID, Scene, drain, scene_of, until

PAGE = 20


@pytest.fixture
async def scene(database: Database) -> AsyncIterator[Scene]:
    async with scene_of(database, generated=40) as scene:
        scene.tmdb.add_account("ann", ratings=rated(scene, 45))
        scene.tmdb.add_account("bob")
        yield scene


def rated(scene: Scene, films: int) -> dict[int, float]:
    """The most popular films with ratings that use all half steps."""
    return {film: 0.5 + place % 20 / 2 for place, film in enumerate(scene.tmdb.film_ids(films))}


async def rounds(scene: Scene, number: int) -> None:
    """So many rounds of whatever import is due."""
    job = scene.import_job()
    for _ in range(number):
        assert await job.step()


async def state(scene: Scene, import_id: int) -> str:
    status = await scene.imports.status(import_id)
    assert status is not None
    return status.state


async def test_the_first_import_brings_everything(scene: Scene) -> None:
    import_id = await scene.link(ANN, "ann")
    status = await scene.run_import(import_id)
    assert status == ImportStatus(
        import_id,
        "done",
        False,
        0,
        0,
        None,
        list="watchlist",
        imported=45,
        added=45,
        watchlist=WatchlistImport(0),
    )
    assert await scene.held(ANN) == scene.tmdb.ratings("ann")
    row = await scene.database.fetchrow("SELECT * FROM tmdb.users WHERE telegram_user_id = $1", ANN)
    assert row is not None
    assert (row["sync_status"], row["ratings_count"], row["last_sync_at"] is not None) == (2, 45, True)
    assert await scene.value("SELECT count(*) FROM tmdb.movies WHERE data_state = 'full'") == 45
    told = await scene.database.fetch("SELECT source, rated_at, changed_at FROM tmdb.user_movie_ratings")
    assert {tuple(rating) for rating in told} == {("tmdb", None, None)}, "TMDB does not tell when"
    wanted = await scene.database.fetch("SELECT bot_id, priority FROM tmdb.posters")
    assert len(wanted) == await scene.value("SELECT count(DISTINCT poster_path) FROM tmdb.movies")
    assert {tuple(poster) for poster in wanted} == {(BOT_ID, Priority.IMPORT)}
    assert await scene.notices(ANN) == ["import_ended"], "nobody follows it, so the person is told"


async def test_pages_are_read_once_and_oldest_first(scene: Scene) -> None:
    await scene.run_import(await scene.link(ANN, "ann"))
    asked = [r.path for r in scene.tmdb.requests if r.template == "/3/account/{account_id}/rated/movies"]
    assert len(asked) == 3 + 1, "three pages, and the first once more for the total"
    films = scene.tmdb.count(template="/3/movie/{movie_id}")
    assert films == 45


async def test_a_second_import_finds_nothing_new_and_fetches_no_film(scene: Scene) -> None:
    await scene.run_import(await scene.link(ANN, "ann"))
    scene.tmdb.clear_requests()
    status = await scene.import_now(ANN)
    assert (status.imported, status.added, status.changed, status.removed, status.failed) == (45, 0, 0, 0, 0)
    assert scene.tmdb.count(template="/3/movie/{movie_id}") == 0


async def test_a_second_request_joins_the_first(scene: Scene) -> None:
    first = await scene.link(ANN, "ann")
    await rounds(scene, 1)
    assert await scene.imports.request(ANN) == Requested(first, joined=True)
    with pytest.raises(NotLinked):
        await scene.imports.request(BOB)
    await scene.run_import(first)
    assert (await scene.imports.request(ANN)).joined is False


async def test_an_empty_account(scene: Scene) -> None:
    status = await scene.run_import(await scene.link(BOB, "bob"))
    assert (status.state, status.total, status.imported) == ("done", 0, 0)


async def test_tmdbs_value_wins_unless_ours_is_on_its_way(scene: Scene) -> None:
    first, second, *_ = scene.tmdb.film_ids(45)
    await scene.run_import(await scene.link(ANN, "ann"))
    scene.tmdb.rate("ann", first, 3.5)
    scene.tmdb.rate("ann", second, 3.5)
    await scene.rate(ANN, second, 9)
    status = await scene.import_now(ANN)
    assert (status.added, status.changed, status.removed) == (0, 1, 0)
    held = await scene.held(ANN)
    assert (held[first], held[second]) == (3.5, 9.0)
    await scene.push_all()
    assert scene.tmdb.ratings("ann")[second] == 9
    assert (await scene.import_now(ANN)).changed == 0


async def test_a_rating_refused_for_good_does_not_win(scene: Scene) -> None:
    film = scene.tmdb.film_ids(1)[0]
    await scene.run_import(await scene.link(ANN, "ann"))
    scene.tmdb.fault("code", f"/3/movie/{film}/rating", status=400, code=18, times=1)
    await scene.rate(ANN, film, 9)
    await scene.push_all()
    assert "push_refused" in await scene.notices(ANN)
    assert (await scene.held(ANN))[film] == 9.0
    assert (await scene.import_now(ANN)).changed == 1
    assert (await scene.held(ANN))[film] == 0.5


async def test_what_was_removed_at_tmdb_goes_here_too_after_asking(scene: Scene) -> None:
    films = scene.tmdb.film_ids(45)
    await scene.run_import(await scene.link(ANN, "ann"))
    for film in films[:9]:  # exactly a fifth
        scene.tmdb.rate("ann", film, None)
    status = await scene.import_now(ANN)
    assert (status.imported, status.removed, status.removal_withheld) == (36, 9, 0)
    assert await scene.held(ANN) == scene.tmdb.ratings("ann")
    assert scene.tmdb.count(template="/3/movie/{movie_id}/account_states") == 9
    assert await scene.value("SELECT ratings_count FROM tmdb.users") == 36


async def test_more_than_a_fifth_is_not_believed(scene: Scene) -> None:
    await scene.run_import(await scene.link(ANN, "ann"))
    for film in scene.tmdb.film_ids(10):
        scene.tmdb.rate("ann", film, None)
    status = await scene.import_now(ANN)
    assert (status.imported, status.removed, status.removal_withheld) == (35, 0, 10)
    assert len(await scene.held(ANN)) == 45


async def test_a_list_that_came_back_empty_removes_nothing(scene: Scene) -> None:
    await scene.run_import(await scene.link(ANN, "ann"))
    for film in scene.tmdb.film_ids(45):
        scene.tmdb.rate("ann", film, None)
    status = await scene.import_now(ANN)
    assert (status.state, status.removed, status.removal_withheld) == ("done", 0, 45)
    assert len(await scene.held(ANN)) == 45


async def test_ratings_of_another_account_stay(scene: Scene) -> None:
    films = scene.tmdb.film_ids(45)
    await scene.run_import(await scene.link(ANN, "ann"))
    await scene.accounts.unlink(ANN, keep_ratings=True)
    scene.tmdb.rate("bob", films[0], 2)
    status = await scene.run_import(await scene.link(ANN, "bob"))
    assert (status.imported, status.added, status.changed, status.removed) == (1, 0, 1, 0)
    held = await scene.held(ANN)
    assert (len(held), held[films[0]]) == (45, 2.0)


async def test_what_happens_in_the_chat_meanwhile_wins(scene: Scene) -> None:
    changed, removed, waiting, *rest = scene.tmdb.film_ids(46)
    new = rest[-1]
    await scene.run_import(await scene.link(ANN, "ann"))
    await scene.films(new)
    await scene.rate(ANN, waiting, None)  # before the import, not sent yet
    import_id = (await scene.imports.request(ANN)).import_id
    await rounds(scene, 2)  # all pages are read
    await scene.rate(ANN, changed, 1.5)
    await scene.rate(ANN, removed, None)
    await scene.rate(ANN, new, 10)
    await scene.push_all()
    assert scene.tmdb.ratings("ann")[changed] == 1.5
    status = await scene.run_import(import_id)
    assert (status.added, status.changed, status.removed) == (0, 0, 0)
    held = await scene.held(ANN)
    assert (held[changed], held[new]) == (1.5, 10.0)
    assert removed not in held
    assert waiting not in held
    assert held == scene.tmdb.ratings("ann")
    assert await scene.value("SELECT ratings_count FROM tmdb.users") == len(held)


async def test_pages_that_shift_neither_lose_nor_remove_a_rating(scene: Scene) -> None:
    films = scene.tmdb.film_ids(46)
    await scene.run_import(await scene.link(ANN, "ann"))
    import_id = (await scene.imports.request(ANN)).import_id
    await rounds(scene, 1)  # page 1 is read, the total is known
    scene.tmdb.rate("ann", films[0], None)  # page 2 loses its first film to page 1
    scene.tmdb.rate("ann", films[45], 5)  # and the total stays what it was
    scene.tmdb.rate("ann", films[PAGE], 7.5)
    status = await scene.run_import(import_id)
    held = await scene.held(ANN)
    assert held[films[PAGE]] == 7.5, "asked for, since no page showed it"
    assert (status.added, status.removed) == (1, 0)
    assert held == scene.tmdb.ratings("ann") | {films[0]: 0.5}, "it was on the page when that was read"
    assert (await scene.import_now(ANN)).removed == 1


async def test_a_list_that_changed_while_it_was_read_removes_nothing(scene: Scene) -> None:
    films = scene.tmdb.film_ids(45)
    await scene.run_import(await scene.link(ANN, "ann"))
    scene.tmdb.rate("ann", films[30], None)
    import_id = (await scene.imports.request(ANN)).import_id
    await rounds(scene, 1)
    scene.tmdb.rate("ann", films[0], None)
    status = await scene.run_import(import_id)
    assert (status.removed, status.removal_withheld) == (0, 0)
    assert films[30] in await scene.held(ANN)
    assert (await scene.import_now(ANN)).removed == 2


async def test_a_page_that_fails_is_retried_then_reported(scene: Scene) -> None:
    await scene.run_import(await scene.link(ANN, "ann"))
    scene.tmdb.rate("ann", scene.tmdb.film_ids(45)[44], None)
    fault = scene.tmdb.fault("html", "/3/account/*page=2*", status=500)
    await scene.database.execute("DELETE FROM tmdb.user_movie_ratings")
    status = await scene.import_now(ANN)
    assert (status.state, status.imported, status.removed, status.failed) == ("done", 24, 0, 20)
    assert status.unread == 20
    assert len(await scene.held(ANN)) == 24
    scene.tmdb.clear_faults(fault)
    status = await scene.import_now(ANN)
    assert (status.imported, status.added, status.failed, status.unread) == (44, 20, 0, 0)


async def test_what_is_announced_and_not_listed_is_said(scene: Scene) -> None:
    """A page that shifts while it is read can hide a rating that is not held here yet."""
    films = scene.tmdb.film_ids(46)
    import_id = await scene.link(ANN, "ann")
    await rounds(scene, 1)
    scene.tmdb.rate("ann", films[0], None)
    scene.tmdb.rate("ann", films[45], 5)
    scene.tmdb.rate("ann", films[1], None)
    scene.tmdb.rate("ann", films[0], 5)
    status = await scene.run_import(import_id)
    assert (status.imported, status.failed, status.unread) == (44, 1, 1)
    assert (await scene.import_now(ANN)).added == 2, "one that was listed had gone meanwhile"


@pytest.mark.parametrize(
    ("totals", "state", "imported"),
    [
        ({"total_pages": 0}, "done", 45),
        ({"total_pages": 1}, "done", 45),
        ({"total_results": None, "total_pages": None}, "failed", 0),
    ],
)
async def test_totals_that_contradict_the_list_hide_nothing(
    scene: Scene, totals: dict[str, int | None], state: str, imported: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = RatedMovie.from_payload
    pages = Page.from_payload

    def odd(payload: dict[str, Any], read_item: Any) -> Page[Any]:
        return pages(payload | totals if read_item == read else payload, read_item)

    monkeypatch.setattr(Page, "from_payload", odd)
    status = await scene.run_import(await scene.link(ANN, "ann"))
    assert (status.state, status.imported, status.failed) == (state, imported, 0)


async def test_a_page_that_fails_once_costs_nothing(scene: Scene) -> None:
    await scene.link(ANN, "ann")
    faults: tuple[tuple[FaultKind, ...], ...] = (
        ("html", "truncated", "invalid_json"),
        ("wrong_json", "reset", "lost"),
    )
    for kinds in faults:
        for page, kind in enumerate(kinds, 1):
            scene.tmdb.fault(kind, f"/3/account/*page={page}*", times=1)
        status = await scene.import_now(ANN)
        assert (status.imported, status.failed, status.unread) == (45, 0, 0)


async def test_a_list_that_cannot_be_begun_changes_nothing(scene: Scene) -> None:
    import_id = await scene.link(ANN, "ann")
    scene.tmdb.fault("html", "/3/account/*/rated/*", status=500)
    status = await scene.run_import(import_id)
    assert (status.state, status.error) == ("failed", "away")
    assert await scene.value("SELECT sync_status FROM tmdb.users") == -1
    assert await scene.notices(ANN) == ["import_ended"]


async def test_gone_and_unfetchable_films_are_counted_and_named(scene: Scene) -> None:
    gone, broken, *_ = scene.tmdb.film_ids(45)
    scene.tmdb.change_film(gone, {"title": "A film that was"})
    scene.tmdb.change_film(broken, {"title": "A film that hides"})
    scene.tmdb.delete_film(gone)
    scene.tmdb.fault("html", f"/3/movie/{broken}", status=500)
    status = await scene.run_import(await scene.link(ANN, "ann"))
    assert (status.imported, status.failed) == (43, 2)
    assert (status.gone_count, status.gone) == (1, ("A film that was",))
    assert (status.unfetched_count, status.unfetched) == (1, ("A film that hides",))
    assert status.unread == 0
    queued = "SELECT tmdb_id, reason, gone_at IS NULL FROM tmdb.refresh_queue"
    assert [tuple(row) for row in await scene.database.fetch(queued)] == [(broken, "import", True)], (
        "what an import gave up comes later; a film nobody knows and TMDB has not leaves no trace"
    )
    scene.tmdb.clear_faults()
    assert (await scene.import_now(ANN)).added == 1


async def test_items_that_are_no_rated_films_are_counted_and_remove_nothing(scene: Scene) -> None:
    films = scene.tmdb.film_ids(45)
    await scene.run_import(await scene.link(ANN, "ann"))
    scene.tmdb.rate("ann", films[1], None)
    scene.tmdb.accounts.named("ann").ratings[films[0]] = 99
    status = await scene.import_now(ANN)
    assert (status.imported, status.removed, status.failed, status.unread) == (43, 0, 1, 1)
    assert len(await scene.held(ANN)) == 45


async def test_tmdb_away_and_back(scene: Scene) -> None:
    import_id = await scene.link(ANN, "ann")
    await rounds(scene, 2)
    await scene.tmdb.go_away()

    async def waiting() -> bool | None:
        status = await scene.imports.status(import_id)
        assert status is not None
        return True if status.waiting else None

    for _ in range(8):  # more rounds than a failing page is given
        assert await until(waiting, scene.import_job())
    assert await state(scene, import_id) in ("reading", "fetching")
    await scene.tmdb.come_back()
    status = await scene.run_import(import_id)
    assert (status.state, status.imported, status.failed) == ("done", 45, 0)


async def test_tmdb_away_for_a_day_ends_it(scene: Scene) -> None:
    import_id = await scene.link(ANN, "ann")
    await rounds(scene, 2)
    await scene.tmdb.go_away()
    await scene.database.execute("UPDATE tmdb.imports SET created_at = tmdb.now() - interval '1 day'")
    status = await scene.run_import(import_id)
    assert (status.state, status.error) == ("failed", "away")
    assert await scene.held(ANN) == {}
    wanted = "SELECT count(*) FROM tmdb.import_items WHERE state = 'wanted'"
    asked = "SELECT count(*) FROM tmdb.refresh_queue WHERE reason = 'import'"
    assert await scene.value(asked) == await scene.value(wanted) > 0, "its films come all the same"
    await scene.tmdb.come_back()
    assert (await scene.import_now(ANN)).imported == 45


@pytest.mark.parametrize("done", range(6))
async def test_a_session_revoked_in_the_middle(scene: Scene, done: int) -> None:
    """Reading, reading, fetching, fetching, comparing, asking."""
    films = scene.tmdb.film_ids(45)
    await scene.run_import(await scene.link(ANN, "ann"))
    await scene.database.execute("DELETE FROM tmdb.notices")
    await scene.database.execute("UPDATE tmdb.movies SET data_state = 'stub' WHERE tmdb_id = $1", films[9])
    scene.tmdb.rate("ann", films[0], None)
    import_id = (await scene.imports.request(ANN)).import_id
    await rounds(scene, done)
    scene.tmdb.revoke_sessions("ann")
    status = await scene.run_import(import_id)
    assert (status.state, status.error) == ("failed", "revoked")
    assert await scene.notices(ANN) == ["session_revoked"]
    assert len(await scene.held(ANN)) == 45
    assert await scene.value("SELECT sync_status FROM tmdb.users") == 0
    status = await scene.run_import(await scene.link(ANN, "ann"))
    assert (status.state, status.removed) == ("done", 1)


async def test_unlinking_and_forgetting_in_the_middle(scene: Scene) -> None:
    import_id = await scene.link(ANN, "ann")
    await rounds(scene, 3)
    await scene.accounts.unlink(ANN, keep_ratings=True)
    await drain(scene.import_job())
    status = await scene.imports.status(import_id)
    assert status is not None
    assert (status.state, status.error) == ("failed", "unlinked")
    assert await scene.held(ANN) == {}

    import_id = await scene.link(ANN, "ann")
    claimed = await scene.import_job()._imports.claim(timedelta(seconds=30), "somebody")
    assert claimed is not None
    await scene.accounts.forget(ANN)
    for name in ("reading", "fetching", "comparing", "applying"):
        await scene.importer().work(claimed._replace(state=name, total_pages=3), "somebody")
    assert await scene.value("SELECT count(*) FROM tmdb.import_items") == 0


async def test_everybodys_import_moves(scene: Scene) -> None:
    first, second = await scene.link(ANN, "ann"), await scene.link(BOB, "ann")
    await rounds(scene, 2)
    assert await scene.value("SELECT count(*) FROM tmdb.imports WHERE total_pages = 3") == 2
    await scene.run_import(first)
    await scene.run_import(second)
    assert await scene.held(ANN) == await scene.held(BOB)


async def test_progress_tells_the_measured_rate(scene: Scene) -> None:
    import_id = await scene.link(ANN, "ann")
    status = await scene.imports.status(import_id)
    assert status == ImportStatus(import_id, "queued", False, None, 0, None)
    await rounds(scene, 2)
    await scene.database.execute(
        "UPDATE tmdb.imports SET films_fetched = 17, started_at = tmdb.now() - interval '10 s'"
    )
    await scene.database.execute(
        """
        UPDATE tmdb.import_items SET state = 'ready'
        WHERE movie_id IN (SELECT movie_id FROM tmdb.import_items ORDER BY movie_id LIMIT 17)
        """
    )
    status = await scene.imports.status(import_id)
    assert status is not None
    assert (status.handled, status.total) == (17, 45)
    assert status.seconds_left == pytest.approx(28 * 10 / 20, rel=0.05), "28 requests at 2 a second"


async def test_a_worker_whose_lease_was_lost_changes_nothing(scene: Scene, database: Database) -> None:
    await scene.link(ANN, "ann")
    imports: Any = scene.import_job()._imports
    claimed = await imports.claim(timedelta(seconds=30), "slow")
    await database.execute("UPDATE tmdb.imports SET leased_by = 'other'")
    await scene.importer().work(claimed, "slow")
    await scene.importer().work(claimed._replace(state="applying"), "slow")
    row = await database.fetchrow("SELECT state, leased_by, total_pages FROM tmdb.imports")
    assert row is not None
    assert tuple(row) == ("reading", "other", None)
    assert await imports.compare(claimed.id, "slow", 45) == Comparison(0, 0)


async def test_ten_thousand_ratings_are_applied_at_once(scene: Scene, database: Database) -> None:
    """Ten thousand and one: TMDB answers no page past the 500th, which is said and removes nothing."""
    import_id = await scene.link(ANN, "ann")
    await database.execute(
        """
        INSERT INTO tmdb.movies (tmdb_id, data_state, content_hash, payload_hash, fetched_at)
        SELECT id, 'full', 'c', 'p', tmdb.now() FROM generate_series(1, 10000) AS id
        """
    )
    await database.execute(
        """
        INSERT INTO tmdb.import_items (import_id, movie_id, value, state)
        SELECT $1, id, 0.5 + id % 20 / 2.0, 'ready' FROM generate_series(1, 10000) AS id
        """,
        import_id,
    )
    await database.execute(
        """
        UPDATE tmdb.imports SET state = 'reading', started_at = tmdb.now(), total_pages = 500,
          total_results = 10001, pages_read = ARRAY(SELECT generate_series(1, 500))
        """
    )
    status = await scene.run_import(import_id)
    assert (status.state, status.imported, status.added) == ("done", 10_000, 10_000)
    assert (status.failed, status.unread, status.removed) == (1, 1, 0)
    assert await scene.value("SELECT ratings_count FROM tmdb.users") == 10_000
