"""An import of 2,000 ratings with 1,500 films to fetch, against the time its requests take at 40 a second.

The stand-in runs in a process of its own and refuses more than 50 requests a second (TMDB's staff names
that figure), of which the product may use 40. The workers are put together as in the product.
"""

import asyncio
import time
from collections.abc import Sequence
from math import ceil

from pydantic import SecretStr

from core.imports import ImportStatus
from core.settings import Settings
from core.vault import Vault
from db.movies import FetchedMovie, Movies
from db.pool import Database, Listener
from db.users import Link, Users
from sandbox.tmdb.generator import FIRST_ID
from services.imports import Imports
from tests.bench.stand_in import Control, stand_in
from tests.bench.table import Row
from workers.loop import Worker
from workers.wiring import JOBS, Parts, build

RATINGS = 2000
TO_FETCH = 1500
PAGE = 20
A_SECOND = 40.0
REFUSED_FROM = 50.0
AT_LEAST = 0.9
PERSON = 1001
BATCH = 50


async def run(database_url: str) -> list[Row]:
    """Measures on a migrated, empty database."""
    async with stand_in(RATINGS, REFUSED_FROM) as tmdb:
        settings = tmdb.settings(tmdb_requests_per_second=A_SECOND)
        database = await Database.connect(database_url, name="bench")
        try:
            async with build(settings, database) as parts:
                seconds, status = await _import(tmdb, settings, parts, database_url)
            exact = await database.fetchval(
                "SELECT count(*) FROM tmdb.user_movie_ratings JOIN tmdb.movies ON tmdb_id = movie_id "
                "WHERE data_state = 'full'"
            )
        finally:
            await database.close()
        refused = await tmdb("refused")
        requests = await tmdb("count", host="api", status=200)
    floor = (ceil(RATINGS / PAGE) + 1 + TO_FETCH) / A_SECOND
    ratio = floor / seconds
    whole = (status.imported, status.failed, exact) == (RATINGS, 0, RATINGS)
    return [
        Row(
            f"import of {RATINGS} ratings, {TO_FETCH} films to fetch, at {A_SECOND:.0f} requests a second",
            f"{seconds:.1f} s",
            f"budget {floor:.1f} s, ratio {ratio:.2f} (at least {AT_LEAST})",
            ratio >= AT_LEAST and whole,
        ),
        Row("answers refused with 429", f"{refused}", "0", refused == 0),
        Row("requests answered", f"{requests}"),
    ]


async def _import(
    tmdb: Control, settings: Settings, parts: Parts, database_url: str
) -> tuple[float, ImportStatus]:
    """From the request to the end, in seconds, with what it did."""
    films = range(FIRST_ID, FIRST_ID + RATINGS)
    ratings = {str(film): 0.5 + film % 20 / 2 for film in films}
    account = await tmdb("add_account", username="ann", ratings=ratings)
    session = SecretStr(await tmdb("grant_session", username="ann"))
    link = Link(account["id"], "ann", Vault(settings.secret_key).encrypt(session))
    async with parts.database.transaction() as connection:
        await Users(connection).hold(PERSON, "en")
        await Users(connection).set_link(PERSON, link, sync_status=0)
    await _store(parts, films[TO_FETCH:])
    await tmdb("clear_requests")

    imports = Imports(parts.database, bot_id=settings.bot_id)
    listener = Listener(database_url)
    workers = [Worker(job, listener) for job in JOBS["imports"](parts)]
    async with asyncio.TaskGroup() as group:
        listening = group.create_task(listener.run())
        running = [group.create_task(worker.run()) for worker in workers]
        started = time.monotonic()
        import_id = (await imports.request(PERSON)).import_id
        while True:
            status = await imports.status(import_id)
            assert status is not None, "it was just asked for"
            if status.finished:
                break
            await asyncio.sleep(0.05)
        seconds = time.monotonic() - started
        for worker in workers:
            worker.stop()
        await asyncio.wait(running)
        listening.cancel()
    return seconds, status


async def _store(parts: Parts, films: Sequence[int]) -> None:
    """Films that are full before the import begins, with the stand-in's own payloads."""
    for at in range(0, len(films), BATCH):
        answers = [await parts.tmdb.movie(film) for film in films[at : at + BATCH]]
        fetched = [FetchedMovie.read(answer.movie, answer.raw, 0.0) for answer in answers]
        async with parts.database.transaction() as connection:
            await Movies(connection).store(fetched, raw_payload_history=0, language="en-US")
