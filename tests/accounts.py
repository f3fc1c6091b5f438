"""People with accounts at the stand-in, for tests of linking, ratings and imports."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import aiohttp
from pydantic import SecretStr

from clients.tmdb.client import TmdbClient
from core.imports import ImportStatus
from core.vault import Vault
from db.pool import Database
from sandbox.tmdb.server import TmdbStandIn
from services.accounts import Accounts, Approved, Begun, Confirmed
from services.catalogue import Catalogue
from services.imports import Importer, Imports
from services.pushes import Offers
from services.ratings import Rated, Ratings
from services.watchlist import Watched, Watchlist
from tests.clients.test_tmdb_over_http import client_of
from tests.patience import ONCE
from workers.imports import RunImports
from workers.loop import Job, Worker
from workers.pushes import PushChanges
from workers.sessions import EndSessions

T = TypeVar("T")

BOT_ID = 4242
ANN, BOB = 1001, 1002
KEY = SecretStr("a key for tests, long enough")
# One try: what the client itself repeats is its own tests' business.


@dataclass
class Scene:
    """The product's services over a database and the stand-in."""

    database: Database
    tmdb: TmdbStandIn
    client: TmdbClient
    vault: Vault
    accounts: Accounts
    ratings: Ratings
    watchlist: Watchlist
    offers: Offers
    imports: Imports
    catalogue: Catalogue
    lease_seconds: float = 30.0
    update_id: int = 0

    def account(self, username: str) -> int:
        """The id of an account at the stand-in."""
        return self.tmdb.accounts.named(username).id

    async def begin(self, user_id: int) -> tuple[str, str]:
        """/link: the request token and the nonce that the approval page got."""
        begun = await self.accounts.begin(user_id, "en")
        assert isinstance(begun, Begun)
        return parts_of(begun.approval_url)

    async def link(self, user_id: int, username: str) -> int:
        """The whole way to a linked account; the id of the import it began."""
        token, nonce = await self.begin(user_id)
        self.tmdb.approve(token, username)
        assert isinstance(await self.accounts.returned(user_id, "en", nonce), Approved)
        confirmed = await self.accounts.confirm(user_id, "en", self.account(username))
        assert isinstance(confirmed, Confirmed)
        return confirmed.import_id

    async def link_if_free(self, user_id: int, username: str) -> None:
        """Links unless there is an account; one that TMDB has revoked is given up first."""
        if not self.tmdb.open_sessions(username):
            await self.accounts.unlink(user_id, keep_ratings=True)
        begun = await self.accounts.begin(user_id, "en")
        if isinstance(begun, Begun):
            token, nonce = parts_of(begun.approval_url)
            self.tmdb.approve(token, username)
            await self.accounts.returned(user_id, "en", nonce)
            await self.accounts.confirm(user_id, "en", self.account(username))

    async def rate(self, user_id: int, movie_id: int, value: float | None, update_id: int = 0) -> Rated:
        """A tap on the card; updates count up by themselves."""
        self.update_id = update_id or self.update_id + 1
        exact = None if value is None else Decimal(str(value))
        return await self.ratings.rate(user_id, "en", movie_id, exact, BOT_ID, self.update_id)

    async def watch(self, user_id: int, movie_id: int, on: bool, update_id: int = 0) -> Watched:
        """A tap on the card's watchlist button."""
        self.update_id = update_id or self.update_id + 1
        return await self.watchlist.set(user_id, "en", movie_id, on, BOT_ID, self.update_id)

    async def films(self, *movie_ids: int) -> None:
        """These films are full here."""
        for movie_id in movie_ids:
            await self.catalogue.get(movie_id)

    def importer(self, **options: Any) -> Importer:
        settings: dict[str, Any] = {
            "bot_id": BOT_ID, "poster_size": "w500", "catalogue_language": "en-US", "pause_seconds": 0.01,
        }  # fmt: skip
        return Importer(self.database, self.client, self.catalogue, self.vault, **(settings | options))

    def import_job(self, leased_by: str = "importer") -> RunImports:
        return RunImports(
            self.database, self.importer(), leased_by=leased_by, lease_seconds=self.lease_seconds
        )

    def push_job(self, leased_by: str = "pusher") -> PushChanges:
        return PushChanges(
            self.database, self.client, self.vault, leased_by=leased_by, lease_seconds=self.lease_seconds
        )

    def session_job(self, leased_by: str = "ender") -> EndSessions:
        return EndSessions(
            self.database, self.client, self.vault, leased_by=leased_by, lease_seconds=self.lease_seconds
        )

    async def run_import(self, import_id: int) -> ImportStatus:
        """Works until the import has ended."""
        return await until(lambda: self._finished(import_id), self.import_job())

    async def _finished(self, import_id: int) -> ImportStatus | None:
        status = await self.imports.status(import_id)
        assert status is not None
        return status if status.finished else None

    async def import_now(self, user_id: int) -> ImportStatus:
        """/import, to its end."""
        return await self.run_import((await self.imports.request(user_id)).import_id)

    async def push_all(self) -> None:
        """Sends what is due."""
        await drain(self.push_job())

    async def held(self, user_id: int) -> dict[int, float]:
        """The person's ratings here."""
        rows = await self.database.fetch(
            "SELECT movie_id, tmdb_rating FROM tmdb.user_movie_ratings WHERE telegram_user_id = $1", user_id
        )
        return {row["movie_id"]: float(row["tmdb_rating"]) for row in rows}

    async def listed(self, user_id: int) -> list[int]:
        """The person's watchlist here, in the order in which it grew."""
        rows = await self.database.fetch(
            "SELECT movie_id FROM tmdb.user_watchlist WHERE telegram_user_id = $1 ORDER BY added_at", user_id
        )
        return [row["movie_id"] for row in rows]

    async def value(self, query: str, *args: Any) -> Any:
        """One value of the database."""
        return await self.database.fetchval(query, *args)

    async def notices(self, user_id: int) -> list[str]:
        """What the person is to be told."""
        rows = await self.database.fetch(
            "SELECT kind FROM tmdb.notices WHERE telegram_user_id = $1 ORDER BY id", user_id
        )
        return [row["kind"] for row in rows]


def parts_of(approval_url: str) -> tuple[str, str]:
    """The request token and the start parameter of an approval page's address."""
    url = urlsplit(approval_url)
    redirect_to = parse_qs(url.query)["redirect_to"][0]
    found = re.fullmatch(r"https://t\.me/FilmotekaTestBot\?start=([A-Za-z0-9_-]+)", redirect_to)
    assert found, redirect_to
    return url.path.rsplit("/", 1)[1], found[1]


async def drain(job: Job) -> None:
    """Runs a job until nothing is due."""
    await Worker(job).run(until_idle=True)


async def until(look: Callable[[], Awaitable[T | None]], *jobs: Job, seconds: float = 20) -> T:
    """Runs the jobs until `look` sees something, and gives that."""
    async with asyncio.timeout(seconds):
        while (found := await look()) is None:
            for job in jobs:
                await drain(job)
            await asyncio.sleep(0.01)
    return found


@asynccontextmanager
async def scene_of(database: Database, *, generated: int = 0) -> AsyncIterator[Scene]:
    """A scene with a stand-in of its own, which has no accounts yet."""
    async with (
        TmdbStandIn(generated=generated, rate=0, connections=None) as tmdb,
        scene_over(database, tmdb) as scene,
    ):
        yield scene


@asynccontextmanager
async def scene_over(
    database: Database, tmdb: TmdbStandIn, *, key: SecretStr = KEY, bot_id: int = BOT_ID
) -> AsyncIterator[Scene]:
    """A scene over a stand-in that others use too."""
    async with aiohttp.ClientSession() as session:
        client = client_of(tmdb, session, patience=ONCE)
        vault = Vault([key])
        catalogue = Catalogue(database, client, language="en-US", raw_payload_history=0, connections=5)
        yield Scene(
            database,
            tmdb,
            client,
            vault,
            Accounts(database, client, vault, bot_username="FilmotekaTestBot"),
            Ratings(database),
            Watchlist(database),
            Offers(database),
            Imports(database, bot_id=bot_id),
            catalogue,
        )
        await catalogue.close()
