"""Connections: the pool every repository speaks through, and the listener that wakes workers up."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Protocol, Self, TypeVar

import asyncpg
import orjson
import structlog

from core.errors import (
    DatabaseFull,
    DatabaseRefused,
    DatabaseTooOld,
    DatabaseUnavailable,
    TransactionPooler,
)
from db.migrate import Connection, Migration, check_version, migrate

log = structlog.get_logger(__name__)

__all__ = ["LOST", "Connection", "Database", "Executor", "Listener", "connecting", "migrated", "wake"]

T = TypeVar("T")

# What a lost, refused or restarting server looks like from asyncpg, and one whose disk is full.
LOST = (
    asyncpg.DiskFullError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    ConnectionError,
    OSError,
    TimeoutError,
)

# What no waiting mends: another password, a database nobody made.
REFUSED = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientPrivilegeError,
)

# One channel for all wake-ups: the payload names what there is to do.
WAKE_CHANNEL = "tmdb_wake"
COMMAND_SECONDS = 60.0
RETRY_SECONDS = 0.1
# A notification arrives in a millisecond, if it arrives at all.
PROBE_SECONDS = 2.0


@contextmanager
def connecting() -> Iterator[None]:
    """Around whatever makes a connection: DatabaseRefused or DatabaseUnavailable for what goes wrong."""
    try:
        yield
    except REFUSED as error:
        raise DatabaseRefused(f"DATABASE_URL: refused ({error})") from error
    except (ValueError, OverflowError):
        # asyncpg's words quote the URL, and with it the password.
        raise DatabaseRefused("DATABASE_URL should be a postgresql:// URL, its password %-encoded") from None
    except LOST as error:
        raise _unavailable(error) from error


class Executor(Protocol):
    """What a repository needs: a Database, or the connection of a transaction."""

    async def fetch(self, query: str, *args: Any) -> list[asyncpg.Record]: ...
    async def fetchrow(self, query: str, *args: Any) -> asyncpg.Record | None: ...
    async def fetchval(self, query: str, *args: Any) -> Any: ...
    async def execute(self, query: str, *args: Any) -> str: ...


async def _prepare(connection: Connection) -> None:
    # jsonb travels as orjson's bytes; None stays NULL.
    await connection.set_type_codec(
        "jsonb", encoder=_dump, decoder=_load, schema="pg_catalog", format="binary"
    )


def _dump(value: Any) -> bytes:
    # jsonb's binary form: a version byte, then the text. Bytes are taken as JSON already written.
    return b"\x01" + (value if isinstance(value, bytes) else orjson.dumps(value))


def _load(value: bytes) -> Any:
    return orjson.loads(value[1:])


async def _keep(_: Connection) -> None:
    """Instead of asyncpg's reset, a round trip for each use: our code leaves no state in a session."""


class Database:
    """A pool that waits for a server that restarts.

    A single statement whose connection is lost is run again for up to `patience` seconds, so each
    must bear running twice (absolute values, ON CONFLICT). A transaction is not repeated: it raises
    DatabaseUnavailable, and whoever began it decides.
    """

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", patience: float, url: str) -> None:
        self.pool = pool
        self._patience = patience
        self._url = url

    @classmethod
    async def connect(
        cls,
        url: str,
        *,
        name: str,
        connections: int = 10,
        patience: float = 5.0,
        checked: bool = True,
    ) -> Self:
        """Opens the pool; `checked` refuses a database of another version and a transaction pooler.

        Raises DatabaseRefused, DatabaseUnavailable, DatabaseTooNew, DatabaseTooOld, TransactionPooler.
        """
        with connecting():
            pool = await asyncpg.create_pool(
                url,
                min_size=1,
                max_size=connections,
                init=_prepare,
                reset=_keep,
                command_timeout=COMMAND_SECONDS,
                server_settings={"application_name": f"filmoteka {name}"},
            )
        database = cls(pool, patience, url)
        try:
            if checked:
                await database._check()
        except BaseException:
            await database.close()
            raise
        return database

    LETTERS = "SELECT datctype IN ('C', 'POSIX') FROM pg_database WHERE datname = current_database()"

    async def _check(self) -> None:
        async with self.connection() as connection:
            if missing := await check_version(connection):
                raise DatabaseTooOld(f"{missing} migrations are missing: run python -m db migrate")
            if await connection.fetchval(self.LETTERS):
                log.warning(
                    "the database's LC_CTYPE knows no letters beyond ASCII: a search finds no other titles",
                    instead="createdb with LC_CTYPE C.UTF-8 or a language's UTF-8 locale",
                )
        await self._check_listen()

    async def _check_listen(self) -> None:
        """LISTEN on one connection, NOTIFY on another: a transaction pooler loses it."""
        channel = f"tmdb_probe_{secrets.token_hex(8)}"
        heard = asyncio.Event()

        def hear(*_: Any) -> None:
            heard.set()

        async with self.connection() as listening, self.connection() as speaking:
            await listening.add_listener(channel, hear)
            try:
                await speaking.execute(NOTIFY, channel, "")
                async with asyncio.timeout(PROBE_SECONDS):
                    await heard.wait()
            except TimeoutError:
                raise TransactionPooler(
                    "DATABASE_URL leads through a transaction pooler, where LISTEN hears nothing: "
                    "it should lead to PostgreSQL itself or to a session pooler"
                ) from None
            finally:
                await listening.remove_listener(channel, hear)

    async def close(self) -> None:
        """Closes the pool, without waiting for a server that does not answer."""
        try:
            async with asyncio.timeout(5):
                await self.pool.close()
        except TimeoutError:
            self.pool.terminate()

    def listener(self) -> "Listener":
        """For wake-ups in the same database, on a connection of its own."""
        return Listener(self._url)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """One connection for several statements, without a transaction."""
        try:
            async with self.pool.acquire() as connection:
                yield connection
        except LOST as error:
            raise _unavailable(error) from error

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """One connection in a transaction: all of it or nothing."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    async def fetch(self, query: str, *args: Any) -> list[asyncpg.Record]:
        """All rows."""
        return await self._patiently(lambda: self.pool.fetch(query, *args))

    async def fetchrow(self, query: str, *args: Any) -> asyncpg.Record | None:
        """The first row."""
        return await self._patiently(lambda: self.pool.fetchrow(query, *args))

    async def fetchval(self, query: str, *args: Any) -> Any:
        """The first row's first column."""
        return await self._patiently(lambda: self.pool.fetchval(query, *args))

    async def execute(self, query: str, *args: Any) -> str:
        """PostgreSQL's command tag."""
        return await self._patiently(lambda: self.pool.execute(query, *args))

    async def _patiently(self, statement: Callable[[], Awaitable[T]]) -> T:
        try:
            return await statement()
        except LOST as first:
            error: BaseException = first
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._patience
        log.warning("the database went away, waiting for it", reason=_reason(error))
        while loop.time() < deadline:
            await asyncio.sleep(RETRY_SECONDS)
            try:
                return await statement()
            except LOST as again:
                error = again
        raise _unavailable(error) from error


def _unavailable(error: BaseException) -> DatabaseUnavailable:
    if isinstance(error, asyncpg.DiskFullError):
        return DatabaseFull(f"the database's disk is full ({error.args[0]})")
    return DatabaseUnavailable(_reason(error))


def _reason(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


NOTIFY = "SELECT pg_notify($1, $2)"


async def wake(executor: Executor, what: str) -> None:
    """Wakes whoever waits for `what`, when the transaction commits; one call a batch."""
    await executor.execute(NOTIFY, WAKE_CHANNEL, what)


async def migrated(url: str) -> list[Migration]:
    """Brings the database at `url` to this code's version.

    Raises DatabaseRefused, DatabaseUnavailable, DatabaseTooNew.
    """
    with connecting():
        connection = await asyncpg.connect(url)
        try:
            return await migrate(connection)
        finally:
            await connection.close()


class Listener:
    """One connection that listens for wake-ups and comes back after the database did.

    `event(what)` gives an Event set at each wake-up of that name; after a reconnection all are set,
    since a wake-up may have been missed.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._events: dict[str, list[asyncio.Event]] = {}

    def event(self, *names: str) -> asyncio.Event:
        """An event of the caller's own, set by any of these wake-ups, to clear before looking for work."""
        event = asyncio.Event()
        for what in names:
            self._events.setdefault(what, []).append(event)
        return event

    def _heard(self, *notification: Any) -> None:
        for event in self._events.get(notification[3], ()):
            event.set()

    async def run(self) -> None:
        """Listens until cancelled."""
        while True:
            try:
                with connecting():
                    connection: asyncpg.Connection = await asyncpg.connect(
                        self._url, server_settings={"application_name": "filmoteka listener"}
                    )
            except DatabaseUnavailable as error:
                log.warning("cannot listen, trying again", reason=str(error))
                await asyncio.sleep(1)
                continue
            try:
                ended = asyncio.Event()
                connection.add_termination_listener(lambda *_, ended=ended: ended.set())
                await connection.add_listener(WAKE_CHANNEL, self._heard)
                for events in self._events.values():
                    for event in events:
                        event.set()
                await ended.wait()
            except LOST as error:
                log.warning("the listening connection was lost", reason=_reason(error))
            finally:
                connection.terminate()
