"""The TMDB client against the stand-in: real sockets, real faults."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from clients.tmdb.client import TmdbClient
from clients.tmdb.host import Patience
from core.errors import (
    ExportMissing,
    Gone,
    NotAuthorised,
    PosterMissing,
    RateLimited,
    Refused,
    SessionRevoked,
    TokenExpired,
    TokenNotApproved,
    Unavailable,
)
from sandbox.tmdb.server import TmdbStandIn
from tests.clients.test_tmdb import NoLimit

QUICK = Patience(tries=3, total=30, attempt=10, first_delay=0.001)


@pytest.fixture
async def tmdb() -> AsyncIterator[TmdbStandIn]:
    async with TmdbStandIn(rate=0) as stand_in:
        yield stand_in


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def client_of(tmdb: TmdbStandIn, session: aiohttp.ClientSession, **options: Any) -> TmdbClient:
    settings: dict[str, Any] = {
        "api_url": tmdb.api_url,
        "image_url": tmdb.image_url,
        "export_url": tmdb.export_url,
        "web_url": tmdb.web_url,
        "budget": NoLimit(),
        "image_budget": NoLimit(),
        "access_token": SecretStr(tmdb.access_token),
        "patience": QUICK,
        **options,
    }
    return TmdbClient(session, **settings)


@pytest.fixture
def client(tmdb: TmdbStandIn, session: aiohttp.ClientSession) -> TmdbClient:
    return client_of(tmdb, session)


async def test_a_film_comes_whole_in_one_request(client: TmdbClient, tmdb: TmdbStandIn) -> None:
    (film_id,) = tmdb.film_ids(1)
    answer = await client.movie(film_id)
    movie = answer.movie
    assert (movie.id, movie.missing, movie.dropped) == (film_id, (), 0)
    assert movie.title
    assert movie.cast
    assert any(credit.job == "Director" for credit in movie.crew)
    assert movie.genres
    assert movie.poster_path
    assert answer.raw["id"] == film_id
    assert len(tmdb.requests) == 1


async def test_gone_and_not_authorised(
    client: TmdbClient, tmdb: TmdbStandIn, session: aiohttp.ClientSession
) -> None:
    with pytest.raises(Gone):
        await client.movie(2_000_000_000)
    with pytest.raises(NotAuthorised):
        await client_of(tmdb, session, access_token=SecretStr("wrong-access-token")).check_key()
    await client.check_key()
    await client_of(tmdb, session, access_token=None, api_key=SecretStr(tmdb.api_key)).check_key()


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("html", {"status": 503}),
        ("proxy_404", {}),
        ("too_many", {}),
        ("too_many", {"retry_after": 0}),
        ("truncated", {}),
        ("cut", {}),
        ("wrong_json", {}),
        ("invalid_json", {}),
        ("reset", {}),
        ("lost", {}),
    ],
)
async def test_one_fault_goes_unnoticed(
    client: TmdbClient, tmdb: TmdbStandIn, kind: Any, options: dict[str, Any]
) -> None:
    (film_id,) = tmdb.film_ids(1)
    tmdb.fault(kind, times=1, **options)
    assert (await client.movie(film_id)).movie.id == film_id
    assert len(tmdb.requests) == 2


async def test_a_slow_answer_is_not_waited_for(tmdb: TmdbStandIn, session: aiohttp.ClientSession) -> None:
    budget = NoLimit()
    hasty = Patience(tries=3, total=5, attempt=0.1, first_delay=0.001)
    (film_id,) = tmdb.film_ids(1)
    tmdb.fault("slow", times=1, delay=60)
    client = client_of(tmdb, session, budget=budget, patience=hasty)
    assert (await client.movie(film_id)).movie.id == film_id
    assert budget.acquired == 2


async def test_an_outage_is_unavailable(client: TmdbClient, tmdb: TmdbStandIn) -> None:
    (film_id,) = tmdb.film_ids(1)
    await tmdb.go_away()
    with pytest.raises(Unavailable) as raised:
        await client.movie(film_id)
    assert not raised.value.sent
    await tmdb.come_back()
    assert (await client.movie(film_id)).movie.id == film_id


async def test_no_more_connections_than_allowed(tmdb: TmdbStandIn, session: aiohttp.ClientSession) -> None:
    tmdb.set_limits(rate=0, connections=3)
    client = client_of(tmdb, session, connections=3)
    films = await asyncio.gather(*(client.movie(film_id) for film_id in tmdb.film_ids(20)))
    assert len({film.movie.id for film in films}) == 20
    assert tmdb.refused() == 0


async def test_a_budget_that_gives_no_turn_is_said_in_time(
    tmdb: TmdbStandIn, session: aiohttp.ClientSession
) -> None:
    class Paused(NoLimit):
        async def acquire(self) -> None:
            await asyncio.Event().wait()

    hasty = Patience(tries=3, total=0.05, attempt=0.5, first_delay=0.001)
    client = client_of(tmdb, session, budget=Paused(), patience=hasty, connections=1)
    for _ in range(2):  # the connection it held is given back
        with pytest.raises(RateLimited):
            await client.movie(1)
    assert len(tmdb.requests) == 0


async def test_linking_rating_and_unlinking(client: TmdbClient, tmdb: TmdbStandIn) -> None:
    first, second = tmdb.film_ids(2)
    tmdb.add_account("anna", "Anna", {first: 8.5})
    token = (await client.new_request_token()).request_token
    with pytest.raises(TokenNotApproved):
        await client.new_session(token)
    tmdb.approve(token.get_secret_value(), "anna")
    session_id = await client.new_session(token)
    with pytest.raises(TokenExpired):
        await client.new_session(token)

    account = await client.account(session_id)
    assert (account.username, account.name) == ("anna", "Anna")
    page = await client.rated_movies(account.id, session_id, 1)
    assert [(rated.movie.id, rated.rating) for rated in page.results] == [(first, Decimal("8.5"))]
    assert (page.total_results, page.total_pages) == (1, 1)

    await client.rate(second, Decimal("0.5"), session_id)
    assert (await client.account_states(second, session_id)).rated == Decimal("0.5")
    await client.delete_rating(second, session_id)
    await client.delete_rating(second, session_id)
    assert (await client.account_states(second, session_id)).rated is None
    assert tmdb.ratings("anna") == {first: 8.5}

    await client.delete_session(session_id)
    await client.delete_session(session_id)
    with pytest.raises(SessionRevoked):
        await client.account(session_id)


async def test_a_lost_answer_leaves_one_session(client: TmdbClient, tmdb: TmdbStandIn) -> None:
    tmdb.add_account("anna")
    token = (await client.new_request_token()).request_token
    tmdb.approve(token.get_secret_value(), "anna")
    tmdb.fault("lost", "*/session/new", times=1)
    with pytest.raises(Unavailable):
        await client.new_session(token)
    assert tmdb.open_sessions("anna") == 1


async def test_searches_and_genres(client: TmdbClient, tmdb: TmdbStandIn) -> None:
    (film_id,) = tmdb.film_ids(1)
    title = (await client.movie(film_id)).movie.title
    assert title
    assert film_id in {item.id for item in (await client.search_multi(title, language="en")).results}
    assert {genre.id for genre in await client.genres("movie", "zh")} >= {18, 28}
    assert {genre.id for genre in await client.genres("tv", "ru")} >= {18, 10765}


async def test_a_poster_arrives_in_pieces(client: TmdbClient, tmdb: TmdbStandIn) -> None:
    (film_id,) = tmdb.film_ids(1)
    path = (await client.movie(film_id)).movie.poster_path
    assert path
    async with client.poster(path, "w342") as poster:
        pieces = [chunk async for chunk in poster.chunks(1024)]
    assert pieces[0].startswith(b"\xff\xd8")
    assert len(pieces) > 1
    assert max(map(len, pieces)) <= 1024


async def test_posters_missing_and_broken_off(client: TmdbClient, tmdb: TmdbStandIn) -> None:
    with pytest.raises(PosterMissing):
        async with client.poster("/nosuchposter.jpg", "w342"):
            pass
    (film_id,) = tmdb.film_ids(1)
    path = (await client.movie(film_id)).movie.poster_path
    assert path
    tmdb.fault("truncated", host="image", times=1)
    with pytest.raises(Unavailable):
        async with client.poster(path, "w342") as poster:
            _ = [chunk async for chunk in poster.chunks()]
    tmdb.fault("html", host="image", times=1)
    async with client.poster(path, "w342") as poster:
        assert [chunk async for chunk in poster.chunks()]


# Changes, lists, people -------------------------------------------------------------------------------


async def test_changes_come_page_by_page(tmdb: TmdbStandIn, client: TmdbClient) -> None:
    today = tmdb.clock.today()
    changed = range(603, 603 + 130)
    for film_id in changed:
        tmdb.announce(film_id, adult=False)
    tmdb.announce(2_000_000_000, adult=None)
    first = await client.changes(today, today, 1)
    assert (len(first.results), first.last_page) == (100, 2)
    second = await client.changes(today, today, first.last_page)
    found = {change.id: change.adult for page in (first, second) for change in page.results}
    assert found == dict.fromkeys(changed, False) | {2_000_000_000: None}
    assert (await client.changes(today, today, 3)).results == ()
    day = timedelta(days=1)
    quiet = await client.changes(today - 2 * day, today - day, 1)
    assert (quiet.results, quiet.dropped) == ((), 0)
    tmdb.configure(changes_at_once=True)
    whole = await client.changes(today, today, 1)
    assert (len(whole.results), whole.last_page) == (131, 1)
    with pytest.raises(Refused):
        await client.changes(today - 20 * day, today, 1)


@pytest.mark.parametrize("kind", ["popular", "now_playing", "trending"])
async def test_lists_are_read_page_by_page(
    tmdb: TmdbStandIn, client: TmdbClient, kind: Literal["popular", "now_playing", "trending"]
) -> None:
    pages = [await client.listed(kind, page) for page in (1, 2)]
    assert [len(page.results) for page in pages] == [20, 20]
    assert len({film.id for page in pages for film in page.results}) == 40
    if kind != "now_playing":
        assert [film.id for film in pages[0].results] == tmdb.film_ids(20)


async def test_a_person_and_a_series_come_whole_in_one_request(tmdb: TmdbStandIn, client: TmdbClient) -> None:
    tmdb.change_other("person", 6384, {"birthday": "1964-09-02", "deathday": "", "imdb_id": "nm0000206"})
    answer = await client.person(6384)
    person = answer.person
    assert (person.name, person.birthday, person.deathday) == ("Keanu Reeves", date(1964, 9, 2), None)
    assert (person.imdb_id, person.adult, person.known_for_department) == ("nm0000206", False, "Acting")
    assert {"combined_credits", "translations", "external_ids"} < answer.raw.keys()
    assert len(tmdb.requests) == 1
    tmdb.delete_other("person", 6384)
    with pytest.raises(Gone):
        await client.person(6384)
    tmdb.fault("not_found", code=11)
    with pytest.raises(Unavailable):
        await client.person(287)


# Exports ----------------------------------------------------------------------------------------------


async def unpacked(client: TmdbClient, day: date) -> bytes:
    async with client.export("movie", day) as export:
        return gzip.decompress(b"".join([chunk async for chunk in export.chunks()]))


@pytest.fixture
def day(tmdb: TmdbStandIn) -> date:
    tmdb.set_clock("2026-03-10T09:00:00+00:00")
    return date(2026, 3, 10)


async def test_an_export_is_streamed_as_it_is_packed(
    client: TmdbClient, tmdb: TmdbStandIn, day: date
) -> None:
    async with client.export("movie", day) as export:
        packed = b"".join([chunk async for chunk in export.chunks(64)])
    assert export.size == len(packed)
    lines = gzip.decompress(packed).splitlines()
    assert len(lines) == tmdb.catalogue.count()
    async with client.export("adult_movie", day) as export:
        assert gzip.decompress(b"".join([chunk async for chunk in export.chunks()])) == b""


@pytest.mark.parametrize("status", [403, 404])
async def test_an_export_that_is_not_there_is_asked_for_once(
    client: TmdbClient, tmdb: TmdbStandIn, day: date, status: Literal[403, 404]
) -> None:
    tmdb.set_exports([], missing_status=status)
    with pytest.raises(ExportMissing):
        await unpacked(client, day)
    assert len(tmdb.requests) == 1


@pytest.mark.parametrize("kind", ["html", "too_many", "reset"])
async def test_an_export_is_asked_for_again_before_its_first_byte(
    client: TmdbClient, tmdb: TmdbStandIn, day: date, kind: Any
) -> None:
    tmdb.fault(kind, host="export", times=1)
    assert await unpacked(client, day)
    assert len(tmdb.requests) == 2


@pytest.mark.parametrize(
    "damage",
    [
        {"cut": 700, "announced": "whole"},
        {"cut": -1, "announced": "whole"},
        {"cut_lines": 5, "announced": "whole"},
        {"cut": 0, "announced": "whole"},
    ],
    ids=str,
)
async def test_an_export_that_breaks_off_is_unavailable_and_not_begun_anew(
    client: TmdbClient, tmdb: TmdbStandIn, day: date, damage: dict[str, Any]
) -> None:
    tmdb.damage_export(**damage)
    with pytest.raises(Unavailable):
        await unpacked(client, day)
    assert len(tmdb.requests) == 1


async def test_an_export_that_was_labelled_as_packed_is_not_unpacked(
    session: aiohttp.ClientSession, tmdb: TmdbStandIn, day: date
) -> None:
    packed = gzip.compress(b"lines")

    async def labelled(_: web.Request) -> web.Response:
        return web.Response(body=packed, headers={"Content-Encoding": "gzip"})

    application = web.Application()
    application.router.add_get("/{name}", labelled)
    async with TestServer(application) as server:
        client = client_of(tmdb, session, export_url=str(server.make_url("")))
        async with client.export("movie", day) as export:
            assert [chunk async for chunk in export.chunks()] == [packed]
            assert export.size == len(packed)


async def test_an_export_may_take_longer_than_all_patience_but_not_stand_still(
    session: aiohttp.ClientSession, tmdb: TmdbStandIn, day: date
) -> None:
    tmdb.damage_export(hold=700)
    impatient = Patience(tries=2, total=0.05, attempt=0.1, first_delay=0.001)
    with pytest.raises(Unavailable):
        await unpacked(client_of(tmdb, session, patience=impatient), day)
    asyncio.get_running_loop().call_later(0.1, tmdb.mend_exports)
    patient = Patience(tries=2, total=0.05, attempt=5, first_delay=0.001)
    assert await unpacked(client_of(tmdb, session, patience=patient), day)
