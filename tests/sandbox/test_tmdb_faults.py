"""The TMDB stand-in refuses, breaks and disappears on demand, and keeps count of it."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import pytest

from sandbox.tmdb.server import TmdbStandIn

AUTHORIZATION = {"Authorization": "Bearer sandbox-access-token"}
FILM = "/3/movie/{movie_id}"


@pytest.fixture
async def tmdb() -> AsyncIterator[TmdbStandIn]:
    async with TmdbStandIn() as stand_in:
        yield stand_in


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    # A connection a request, so that refused connections are not answered over kept ones.
    connector = aiohttp.TCPConnector(force_close=True, limit=0)
    async with aiohttp.ClientSession(headers=AUTHORIZATION, connector=connector) as session:
        yield session


async def fetch(http: aiohttp.ClientSession, url: str) -> tuple[int, bytes]:
    async with http.get(url) as response:
        return response.status, await response.read()


async def test_bucket_lets_a_burst_through_and_then_the_rate(
    tmdb: TmdbStandIn, http: aiohttp.ClientSession
) -> None:
    tmdb.set_limits(rate=20, burst=5)
    url = f"{tmdb.api_url}/3/movie/603"
    statuses = [(await fetch(http, url))[0] for _ in range(8)]
    assert statuses[:5] == [200] * 5
    assert 429 in statuses
    assert tmdb.refused() == statuses.count(429)
    refused = tmdb.requests.count(host="api", template=FILM, status=429, cause="rate")
    assert refused == statuses.count(429)
    deadline = time.monotonic() + 2
    while (await fetch(http, url))[0] == 429:
        assert time.monotonic() < deadline


async def test_hosts_have_buckets_of_their_own(tmdb: TmdbStandIn, http: aiohttp.ClientSession) -> None:
    tmdb.set_limits(rate=0.001, burst=1)
    assert (await fetch(http, f"{tmdb.api_url}/3/movie/603"))[0] == 200
    assert (await fetch(http, f"{tmdb.api_url}/3/movie/603"))[0] == 429
    assert (await fetch(http, f"{tmdb.image_url}/w92{tmdb.poster_path(603, 0)}"))[0] == 200


@pytest.mark.parametrize("retry_after", [None, 7.0, "date"])
async def test_429_says_when_to_come_back_or_does_not(
    tmdb: TmdbStandIn, http: aiohttp.ClientSession, retry_after: Any
) -> None:
    tmdb.fault("too_many", retry_after=retry_after, times=1)
    async with http.get(f"{tmdb.api_url}/3/movie/603") as response:
        assert response.status == 429
        assert (await response.json())["status_code"] == 25
        header = response.headers.get("Retry-After")
    if retry_after == "date":
        assert header is not None
        assert (parsedate_to_datetime(header) - tmdb.clock.now()).total_seconds() <= 1
    else:
        assert header == (None if retry_after is None else "7")
    assert tmdb.refused() == 0  # asked for, so nobody's fault


async def test_connections_beyond_the_limit_are_refused(tmdb: TmdbStandIn) -> None:
    tmdb.set_limits(rate=0, connections=3)
    url = f"{tmdb.api_url}/3/movie/603"
    kept = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(headers=AUTHORIZATION, connector=kept) as session:
        tmdb.fault("slow", times=5, delay=0.05)
        answers = await asyncio.gather(*(fetch(session, url) for _ in range(5)))
        assert sorted(status for status, _ in answers) == [200, 200, 200, 429, 429]
        assert (await fetch(session, url))[0] == 200
    assert tmdb.requests.count(cause="connections") == 2


async def test_faults_break_what_they_match_as_often_as_asked(
    tmdb: TmdbStandIn, http: aiohttp.ClientSession
) -> None:
    tmdb.fault("html", "/3/movie/6*", times=1, status=502)
    tmdb.fault("code", "*page=2*", times=1, code=46)
    assert (await fetch(http, f"{tmdb.api_url}/3/movie/550"))[0] == 200
    status, body = await fetch(http, f"{tmdb.api_url}/3/movie/603")
    assert (status, body[:6]) == (502, b"<html>")
    assert (await fetch(http, f"{tmdb.api_url}/3/movie/603"))[0] == 200
    status, body = await fetch(http, f"{tmdb.api_url}/3/movie/popular?page=2")
    assert (status, json.loads(body)["status_code"]) == (503, 46)
    assert tmdb.requests.count(cause="html") == tmdb.requests.count(cause="code") == 1


async def test_every_kind_of_fault_looks_like_what_it_is(
    tmdb: TmdbStandIn, http: aiohttp.ClientSession
) -> None:
    url = f"{tmdb.api_url}/3/movie/603"
    whole = (await fetch(http, url))[1]
    tmdb.fault("proxy_404", times=1)
    status, body = await fetch(http, url)
    assert (status, b"status_code" in body) == (404, False)
    tmdb.fault("wrong_json", times=1)
    assert json.loads((await fetch(http, url))[1])["id"] != 603
    tmdb.fault("invalid_json", times=1)
    with pytest.raises(json.JSONDecodeError):
        json.loads((await fetch(http, url))[1])
    tmdb.fault("cut", times=1)
    assert (await fetch(http, url))[1] == whole[: len(whole) // 2]
    tmdb.fault("truncated", times=1)
    with pytest.raises(aiohttp.ClientPayloadError):
        await fetch(http, url)
    tmdb.fault("reset", times=2)  # aiohttp's client quietly asks a second time after the first
    with pytest.raises(aiohttp.ClientConnectionError):
        await fetch(http, url)
    tmdb.fault("slow", delay=0.05, times=1)
    started = time.monotonic()
    assert (await fetch(http, url))[1] == whole
    assert time.monotonic() - started >= 0.05


async def test_a_lost_answer_is_carried_out(tmdb: TmdbStandIn, http: aiohttp.ClientSession) -> None:
    tmdb.add_account("anna")
    session_id = tmdb.grant_session("anna")
    tmdb.fault("lost", method="POST", times=1)
    url = f"{tmdb.api_url}/3/movie/603/rating?session_id={session_id}"
    with pytest.raises(aiohttp.ClientConnectionError):
        await http.post(url, json={"value": 8.5})
    assert tmdb.ratings("anna") == {603: 8.5}


async def test_cleared_and_outlived_faults_stop(tmdb: TmdbStandIn, http: aiohttp.ClientSession) -> None:
    url = f"{tmdb.api_url}/3/movie/603"
    fault_id = tmdb.fault("html")
    assert (await fetch(http, url))[0] == 502
    tmdb.clear_faults(fault_id)
    assert (await fetch(http, url))[0] == 200
    tmdb.fault("html", seconds=0)
    assert (await fetch(http, url))[0] == 200


@pytest.mark.parametrize("refuse", [True, False])
async def test_tmdb_goes_away_and_comes_back_on_the_same_ports(
    tmdb: TmdbStandIn, http: aiohttp.ClientSession, refuse: bool
) -> None:
    url = f"{tmdb.api_url}/3/movie/603"
    await tmdb.go_away(refuse=refuse)
    with pytest.raises(aiohttp.ClientConnectionError):
        await fetch(http, url)
    await tmdb.come_back()
    assert (await fetch(http, url))[0] == 200
    await tmdb.go_away(seconds=0.02, refuse=refuse)
    deadline = time.monotonic() + 2
    while True:
        try:
            assert (await fetch(http, url))[0] == 200
            break
        except aiohttp.ClientConnectionError:
            assert time.monotonic() < deadline


async def test_record_keeps_no_request_token(tmdb: TmdbStandIn, http: aiohttp.ClientSession) -> None:
    await fetch(http, f"{tmdb.web_url}/authenticate/secret-token")
    await fetch(http, f"{tmdb.api_url}/3/movie/603?session_id=secret-session")
    assert "secret" not in repr(list(tmdb.requests))
    assert [entry.path for entry in tmdb.requests][-1] == "/3/movie/603"


async def test_another_process_steers_it_and_sigterm_ends_it(http: aiohttp.ClientSession) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox.tmdb", "--generated", "5"],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    try:
        assert process.stdout is not None
        urls = json.loads(await asyncio.to_thread(process.stdout.readline))

        async def act(action: str, **arguments: Any) -> Any:
            async with http.post(f"{urls['control_url']}/{action}", json=arguments) as response:
                return (await response.json()).get("result", response.status)

        await act("add_account", username="anna", ratings={"603": 8.5})
        assert await act("ratings", username="anna") == {"603": 8.5}
        await act("fault", kind="html", times=1)
        assert (await fetch(http, f"{urls['api_url']}/3/movie/603"))[0] == 502
        assert await act("count", cause="html") == 1
        await act("go_away")
        with pytest.raises(aiohttp.ClientConnectionError):
            await fetch(http, f"{urls['api_url']}/3/movie/603")
        await act("come_back")
        await act("delete_film", film_id=603)
        assert (await fetch(http, f"{urls['api_url']}/3/movie/603"))[0] == 404
        assert await act("delete_film", film_id=1) == 400
        async with http.get(f"{urls['control_url']}/requests?limit=1") as response:
            assert (await response.json())["result"][0]["status"] == 404
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 2) == 0
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
