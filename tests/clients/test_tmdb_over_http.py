"""The TMDB client against the stand-in: real sockets, real faults."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr

from clients.tmdb.client import TmdbClient
from clients.tmdb.host import Patience
from core.errors import (
    Gone,
    NotAuthorised,
    PosterMissing,
    RateLimited,
    SessionRevoked,
    TokenExpired,
    TokenNotApproved,
    Unavailable,
)
from sandbox.tmdb.server import TmdbStandIn
from tests.clients.test_tmdb import NoLimit

QUICK = Patience(tries=3, total=5, attempt=0.5, first_delay=0.001)


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
    assert film_id in {item.id for item in (await client.search_movies(title, language="ru")).results}
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
