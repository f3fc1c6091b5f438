"""Calls to foreign hosts are added up by the minute, over all processes, and wait for an absent database."""

import asyncio
import subprocess
import sys
import time
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
import structlog
from pydantic import SecretStr

from clients.budget import Unlimited
from clients.telegram import make_bot
from clients.tmdb.client import TmdbClient
from clients.tmdb.host import Patience
from core.errors import TelegramError, Unavailable
from db.pool import Database
from sandbox.telegram import TelegramStandIn
from sandbox.tmdb.server import TmdbStandIn
from services import api_requests
from services.api_requests import ApiRequests
from tests.clients.test_telegram import TOKEN, settings

SUMS = """
    SELECT host, method, endpoint, job, status, sum(calls)::int, sum(retries)::int FROM tmdb.api_requests
    GROUP BY host, method, endpoint, job, status
    ORDER BY host, method, endpoint, job, status
"""

AGES = """
    SELECT round(extract(epoch FROM tmdb.now() - minute) / 60)::int FROM tmdb.api_requests ORDER BY 1
"""

FILM = ("tmdb", "GET", "/3/movie/{movie_id}")

COUNTER = """
import asyncio, sys
from db.pool import Database
from services.api_requests import ApiRequests

async def main():
    database = await Database.connect(sys.argv[1], name="counter", checked=False)
    requests = ApiRequests(database, "workers")
    for _ in range(50):
        for endpoint in sorted(("/a", "/b", "/c"), reverse=sys.argv[2] == "down"):
            requests("tmdb", "GET", endpoint, 200, 0.5, False)
        await requests.flush()
    await database.close()

asyncio.run(main())
"""


async def sums(database: Database) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await database.fetch(SUMS)]


async def test_calls_are_added_up_by_minute_endpoint_job_and_status(database: Database) -> None:
    requests = ApiRequests(database, "workers")
    with structlog.contextvars.bound_contextvars(job="refresh"):
        requests(*FILM, 200, 0.25, False)
        requests(*FILM, 200, 0.5, True)
        requests(*FILM, 0, 5.0, False)
    requests("telegram", "POST", "sendPhoto", 200, 0.125, False)
    await requests.flush()
    with structlog.contextvars.bound_contextvars(job="refresh"):
        requests(*FILM, 200, 0.25, False)
    await requests.flush()
    assert await sums(database) == [
        ("telegram", "POST", "sendPhoto", "workers", 200, 1, 0),
        (*FILM, "refresh", 0, 1, 0),
        (*FILM, "refresh", 200, 3, 1),
    ]
    durations = await database.fetch(
        "SELECT status, sum(duration_ms)::int FROM tmdb.api_requests WHERE host = 'tmdb' GROUP BY status"
    )
    assert dict(map(tuple, durations)) == {0: 5000, 200: 1000}


async def test_two_processes_add_to_the_same_minute(database: Database, database_url: str) -> None:
    counters = [
        subprocess.Popen([sys.executable, "-c", COUNTER, database_url, order]) for order in ("up", "down")
    ]
    assert [await asyncio.to_thread(counter.wait, 30) for counter in counters] == [0, 0]
    totals = await database.fetch("SELECT endpoint, sum(calls) FROM tmdb.api_requests GROUP BY 1 ORDER BY 1")
    assert [tuple(row) for row in totals] == [("/a", 100), ("/b", 100), ("/c", 100)]


@pytest.fixture
async def away(database_url: str) -> Database:
    """A database nobody reaches, until it is given another one's pool."""
    away = await Database.connect(database_url, name="away", checked=False)
    await away.close()
    return away


async def test_what_an_absent_database_does_not_take_is_written_later(
    away: Database, database: Database
) -> None:
    requests = ApiRequests(away, "bot")
    requests(*FILM, 200, 0.1, False)
    await requests.flush()
    requests(*FILM, 200, 0.1, False)
    await requests.end()
    away.pool = database.pool
    await requests.flush()
    await requests.flush()
    assert await database.fetchval("SELECT sum(calls) FROM tmdb.api_requests") == 2


async def test_memory_is_bounded_while_the_database_is_away(
    away: Database, database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(api_requests, "MOST_SUMS", 3)
    requests = ApiRequests(away, "bot")
    for endpoint in "abcde":
        requests("tmdb", "GET", endpoint, 200, 0.1, False)
        await requests.flush()
    away.pool = database.pool
    await requests.flush()
    assert [row[2] for row in await sums(database)] == ["c", "d", "e"], "the newest are kept"
    assert "not counted" in capsys.readouterr().out


async def test_calls_keep_the_minute_they_were_made_in(
    away: Database, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = ApiRequests(away, "bot")
    requests(*FILM, 200, 0.1, False)
    later = time.monotonic() + 600
    monkeypatch.setattr(api_requests, "time", SimpleNamespace(monotonic=lambda: later))
    requests(*FILM, 200, 0.1, False)
    away.pool = database.pool
    await requests.flush()
    ages = await database.fetch(AGES)
    [[new], [old]] = map(tuple, ages)
    assert new <= 1
    assert 9 <= old <= 11


QUICK = Patience(tries=2, total=5, attempt=1, first_delay=0.001)


async def test_every_attempt_is_counted_with_its_template_and_nothing_else(database: Database) -> None:
    requests = ApiRequests(database, "workers")
    async with TmdbStandIn(rate=0) as tmdb, aiohttp.ClientSession() as session:
        client = TmdbClient(
            session,
            api_url=tmdb.api_url,
            image_url=tmdb.image_url,
            export_url=tmdb.export_url,
            web_url=tmdb.web_url,
            budget=Unlimited(),
            image_budget=Unlimited(),
            access_token=SecretStr(tmdb.access_token),
            patience=QUICK,
            record=requests,
        )
        tmdb.add_account("anna")
        session_id = SecretStr(tmdb.grant_session("anna"))
        tmdb.fault("html", times=1, status=502)
        await client.movie(603)
        await client.account(session_id)
        async with client.poster(tmdb.poster_path(603, 0), "w92") as poster:
            assert [chunk async for chunk in poster.chunks()]
        async with client.export("movie", tmdb.clock.today() - timedelta(days=1)) as export:
            assert [chunk async for chunk in export.chunks()]
        await tmdb.go_away()
        with pytest.raises(Unavailable):
            await client.find("tt0133093", language="en")
    await requests.flush()
    assert await sums(database) == [
        ("tmdb", "GET", "/3/account", "workers", 200, 1, 0),
        ("tmdb", "GET", "/3/find/{external_id}", "workers", 0, 2, 1),
        (*FILM, "workers", 200, 1, 1),
        (*FILM, "workers", 502, 1, 0),
        ("tmdb-exports", "GET", "/{name}", "workers", 200, 1, 0),
        ("tmdb-images", "GET", "/{size}{poster_path}", "workers", 200, 1, 0),
    ]


async def test_calls_to_telegram_are_counted_by_method(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clients.telegram.session.FIRST_DELAY_SECONDS", 0.001)
    requests = ApiRequests(database, "bot")
    async with TelegramStandIn() as telegram:
        telegram.add_bot(TOKEN, "filmoteka_bot")
        telegram.add_person(7, "Ada").start()
        bot = make_bot(settings(telegram.api_url), Unlimited(), people=True, record=requests)
        await bot.send_message(7, "hello")
        with pytest.raises(TelegramError):
            await bot.send_message(8, "a stranger")
        await bot.session.close()
        nobody = make_bot(settings("http://127.0.0.1:9"), Unlimited(), people=False, record=requests)
        with pytest.raises(TelegramError):
            await nobody.send_chat_action(7, "typing")
        await nobody.session.close()
    await requests.flush()
    called = await sums(database)
    assert [row[2:] for row in called] == [
        ("sendChatAction", "bot", 0, 4, 3),
        ("sendMessage", "bot", 200, 1, 0),
        ("sendMessage", "bot", 400, 1, 0),
    ]
    assert {row[:2] for row in called} == {("telegram", "POST")}
