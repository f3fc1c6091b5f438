"""Bringing a person's ratings and watchlist here from TMDB."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from math import ceil
from typing import TypeVar

import structlog
from pydantic import SecretStr

from clients.tmdb.client import TmdbClient
from core.errors import FilmotekaError, Gone, NotLinked, SecretKeyMissing, SessionRevoked, TmdbError
from core.imports import ImportStatus
from core.movies import MAX_PAGE, MovieListItem, Page, RatedMovie
from core.tasks import together
from core.vault import Vault
from db.imports import Import, Item, ListImports
from db.listings import Listings
from db.live_messages import LiveMessages
from db.movies import Movies
from db.notices import Notices
from db.pool import Connection, Database, wake
from db.posters import Posters, Priority, Wanted
from db.pushes import ON_WATCHLIST
from db.refresh_queue import Asked, RefreshPriority, RefreshQueue
from db.users import Users
from services.accounts import session_revoked
from services.catalogue import Catalogue, Fetched

log = structlog.get_logger(__name__)

T = TypeVar("T")
R = TypeVar("R")
ListPage = Page[RatedMovie] | Page[MovieListItem]

# What a round does at most, so that everybody's import moves: some seconds' worth of requests.
PAGES_A_ROUND = 100
PAGE_ITEMS = 20
FILMS_A_ROUND = 200
# Newest pages follow each other: whether the next is read depends on the last.
NEWEST_PAGES_A_ROUND = 5
# After so many rounds in a row that brought nothing, while TMDB answers otherwise, the rest is given up.
FRUITLESS_ROUNDS = 4
LONGEST_PAUSE_SECONDS = 60.0
# Nobody waits for a silent one: it leaves a TMDB in trouble alone for longer.
LONGEST_SILENT_PAUSE_SECONDS = 900.0

# A progress message moves at most so long; an import is given up earlier.
_MESSAGE_LIFE = timedelta(days=2)
# Whoever asked for an import is about to say which message shows it; only then a word of its own is due.
_FOLLOW_SECONDS = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Requested:
    """An import under way; `joined`: it had been asked for before."""

    import_id: int
    joined: bool


class Imports:
    """Imports as people ask for them and look at them."""

    def __init__(self, database: Database, *, bot_id: int) -> None:
        self._database = database
        self._bot_id = bot_id

    async def request(self, user_id: int) -> Requested:
        """Queues an import, or joins the one under way; NotLinked."""
        async with self._database.transaction() as connection:
            link = await Users(connection).lock(user_id)
            if link is None or link.linked_account_id is None:
                raise NotLinked("there is no account to import from")
            import_id, joined = await ListImports(connection).request(user_id, link.linked_account_id)
            await Users(connection).set_sync_status(user_id, 1)
            await wake(connection, "imports")
        return Requested(import_id, joined)

    async def status(self, import_id: int) -> ImportStatus | None:
        """How far it is; None where it is not known (any more)."""
        return await ListImports(self._database).status(import_id)

    async def follow(self, import_id: int, user_id: int, chat_id: int, message_id: int) -> None:
        """This message shows the import from now on and ends with what it did."""
        async with self._database.transaction() as connection:
            await Notices(connection).withdraw(user_id, "import_ended", {"import_id": import_id})
            await LiveMessages(connection).follow(
                self._bot_id,
                chat_id,
                message_id,
                kind="import",
                subject=str(import_id),
                user_id=user_id,
                life=_MESSAGE_LIFE,
            )
            await wake(connection, "live")


class Importer:
    """Works on imports round by round; all that a round brings is kept, so that any worker can go on.

    The ratings are read, compared and applied first, then the watchlist in the same way, but that its films
    need not be full: a list shows them as the page tells of them, and the catalogue's lanes fetch them soon.

    A round that meets nothing but failures is followed by a pause. After some such rounds, if TMDB
    answers otherwise, what fails is given up and reported; if it does not, the import waits, for a day.
    """

    def __init__(
        self,
        database: Database,
        tmdb: TmdbClient,
        catalogue: Catalogue,
        vault: Vault,
        *,
        bot_id: int,
        poster_size: str,
        catalogue_language: str,
        pause_seconds: float = 1.0,
    ) -> None:
        self._database = database
        self._imports = ListImports(database)
        self._tmdb = tmdb
        self._catalogue = catalogue
        self._vault = vault
        self._bot_id = bot_id
        self._poster_size = poster_size
        self._catalogue_language = catalogue_language.partition("-")[0]
        self._pause_seconds = pause_seconds

    async def work(self, import_: Import, leased_by: str) -> None:
        """One round of a claimed import, which is released or finished afterwards."""
        try:
            session = self._vault.decrypt(import_.tmdb_session)
            match import_.state:
                case "reading" if import_.kind == "newest":
                    error = await self._read_newest(import_, session, leased_by)
                case "reading":
                    error = await self._read(import_, session, leased_by)
                case "fetching":
                    error = await self._fetch(import_, session, leased_by)
                case "comparing":
                    error = await self._compare(import_, session, leased_by)
                case _:
                    error = await self._apply(import_, session, leased_by)
        except SessionRevoked:
            await session_revoked(self._database, import_.telegram_user_id, import_.tmdb_session)
            return
        except (TmdbError, SecretKeyMissing) as failed:
            error = failed
        if error is None:
            await self._imports.release(import_.id, leased_by, timedelta(0), fruitless=False, error=None)
            return
        log.warning("an import waits", import_id=import_.id, state=import_.state, reason=str(error))
        if import_.overdue:
            await self._fail(import_, leased_by)
            return
        longest = LONGEST_PAUSE_SECONDS if import_.kind == "asked" else LONGEST_SILENT_PAUSE_SECONDS
        pause = min(self._pause_seconds * 2**import_.attempts, longest)
        await self._imports.release(
            import_.id, leased_by, timedelta(seconds=pause), fruitless=True, error=str(error)
        )

    # Each of these does one round of a state: None, it got on; an error, it met nothing else.

    async def _read(self, import_: Import, session: SecretStr, leased_by: str) -> FilmotekaError | None:
        if import_.total_pages is None:
            pages = [1]
        else:
            over = {*import_.pages_read, *import_.pages_failed}
            pages = [page for page in range(1, import_.total_pages + 1) if page not in over]
        if not pages:
            await self._start_fetching(import_, leased_by)
            return None

        async def read(page: int) -> None:
            await self._stage(import_, leased_by, page, await self._ask(import_, session, page))

        answers = await _each(pages[:PAGES_A_ROUND], read)
        error = _only_errors(answers)
        if error is None or not await self._is_hopeless(import_, session):
            return error
        if import_.total_pages is None:
            await self._fail(import_, leased_by)
        else:
            pages_failed = [*import_.pages_failed, *pages[:PAGES_A_ROUND]]
            await self._imports.advance(import_.id, leased_by, "reading", pages_failed)
        return None

    async def _read_newest(
        self, import_: Import, session: SecretStr, leased_by: str
    ) -> FilmotekaError | None:
        """Pages from the newest on, until one brings nothing that is new or changed."""
        next_page = len(import_.pages_read) + 1
        for page in range(next_page, next_page + NEWEST_PAGES_A_ROUND):
            try:
                found = await self._ask(import_, session, page, newest_first=True)
            except SessionRevoked:
                raise
            except TmdbError as error:
                if not await self._is_hopeless(import_, session):
                    return error
                if page == 1:
                    await self._fail(import_, leased_by)
                    return None
                break  # older pages wait for the next reading of all
            items = await self._stage(import_, leased_by, page, found)
            if page >= found.last_page or not await self._imports.is_news(import_, items):
                break
        else:
            return None
        await self._start_fetching(import_, leased_by)
        return None

    async def _ask(
        self, import_: Import, session: SecretStr, page: int, *, newest_first: bool = False
    ) -> ListPage:
        """A page of the list being read."""
        ask = self._tmdb.rated_movies if import_.list == "ratings" else self._tmdb.watchlist_movies
        return await ask(import_.tmdb_account_id, session, page, newest_first=newest_first)

    async def _stage(self, import_: Import, leased_by: str, page: int, found: ListPage) -> list[Item]:
        before = (page - 1) * PAGE_ITEMS
        listed: Sequence[RatedMovie | MovieListItem] = found.results
        items = [_item(film, before + place) for place, film in enumerate(listed)]
        async with self._database.transaction() as connection:
            await Movies(connection).stubs(film for film in listed if isinstance(film, MovieListItem))
            await ListImports(connection).stage(
                import_.id,
                leased_by,
                page,
                # As many as the total takes, should the page contradict itself.
                total_pages=min(MAX_PAGE, max(found.last_page, ceil(found.total_results / PAGE_ITEMS))),
                total_results=found.total_results,
                dropped=found.dropped,
                items=items,
            )
        return items

    async def _start_fetching(self, import_: Import, leased_by: str) -> None:
        pages_failed = import_.pages_failed
        if (import_.total_results or 0) > MAX_PAGE * PAGE_ITEMS:
            pages_failed = [*pages_failed, MAX_PAGE + 1]  # TMDB counts further than it answers
        async with self._database.transaction() as connection:
            imports = ListImports(connection)
            await imports.advance(import_.id, leased_by, "fetching", pages_failed)
            ready = await imports.ready(import_)
            await self._want_posters(connection, import_, ready)
            if import_.list == "watchlist":
                fresh = await Listings(connection).fresh(ready, include_adult=True)
                await _ask_later(connection, [movie_id for movie_id in ready if movie_id not in fresh])

    async def _fetch(self, import_: Import, session: SecretStr, leased_by: str) -> FilmotekaError | None:
        wanted = await self._imports.open(import_, "wanted", FILMS_A_ROUND)
        if not wanted:
            # Newest pages say nothing of what is missing: there is nothing to compare.
            state = "applying" if import_.kind == "newest" else "comparing"
            await self._imports.advance(import_.id, leased_by, state, import_.pages_failed)
            return None
        over: set[int] = set()
        error: FilmotekaError | None = None

        async def record(connection: Connection, batch: Sequence[Fetched]) -> None:
            nonlocal error
            states = [
                (one.movie_id, _item_state(one), str(one.error) if one.error else None) for one in batch
            ]
            await ListImports(connection).fetched(import_.id, leased_by, states)
            stored = [one.movie_id for one in batch if one.movie is not None]
            await self._want_posters(connection, import_, stored)
            over.update(movie_id for movie_id, state, _ in states if state != "wanted")
            error = next((one.error for one in batch if _item_state(one) == "wanted"), error)

        try:
            await self._catalogue.fetch_many(wanted, record)
        except TmdbError as outage:
            error = outage
        if over or error is None or not await self._is_hopeless(import_, session):
            return None if over else error
        async with self._database.transaction() as connection:
            await ListImports(connection).fetched(
                import_.id, leased_by, [(movie_id, "failed", str(error)) for movie_id in wanted]
            )
            await _ask_later(connection, wanted)
        return None

    async def _compare(self, import_: Import, session: SecretStr, leased_by: str) -> FilmotekaError | None:
        total_results: int | None = None
        try:
            total_results = (await self._ask(import_, session, 1)).total_results
        except SessionRevoked:
            raise
        except TmdbError as error:
            if not await self._is_hopeless(import_, session):
                return error
        comparison = await self._imports.compare(import_.id, leased_by, total_results)
        log.info("a list was compared", import_id=import_.id, list=import_.list, **comparison._asdict())
        return None

    async def _apply(self, import_: Import, session: SecretStr, leased_by: str) -> FilmotekaError | None:
        missing = await self._imports.open(import_, "missing", FILMS_A_ROUND)
        if missing:
            return await self._confirm(import_, session, leased_by, missing)
        async with self._database.transaction() as connection:
            imports = ListImports(connection)
            await Users(connection).lock(import_.telegram_user_id)
            kind = await imports.hold(import_.id, leased_by)
            if kind is None:
                return None
            applied = await imports.apply(import_)
            if import_.list == "ratings":
                await imports.go_on(import_.id, applied)
            else:
                await imports.finish(import_.id, applied)
                if kind == "asked":
                    await _ended(connection, import_)
        log.info(
            "a list is imported", import_id=import_.id, kind=kind, list=import_.list, **applied._asdict()
        )
        return None

    async def _confirm(
        self, import_: Import, session: SecretStr, leased_by: str, missing: list[int]
    ) -> FilmotekaError | None:
        """Asks for each film that the list lacks whether it is really not on it."""

        async def ask(movie_id: int) -> tuple[int, str, Decimal | None]:
            try:
                states = await self._tmdb.account_states(movie_id, session)
            except Gone:
                return movie_id, "unconfirmed", None
            watched = ON_WATCHLIST if states.watchlist else None
            value = states.rated if import_.list == "ratings" else watched
            return movie_id, "removed" if value is None else "ready", value

        answers = await _each(missing, ask)
        told = [answer for answer in answers if not isinstance(answer, FilmotekaError)]
        error = _only_errors(answers)
        if error is not None and await self._is_hopeless(import_, session):
            told, error = [(movie_id, "unconfirmed", None) for movie_id in missing], None
        await self._imports.confirmed(import_.id, leased_by, told)
        return error

    async def _is_hopeless(self, import_: Import, session: SecretStr) -> bool:
        """Enough rounds met nothing but failures although TMDB answers otherwise."""
        if import_.attempts + 1 < FRUITLESS_ROUNDS:
            return False
        try:
            await self._tmdb.account(session)
        except SessionRevoked:
            raise
        except TmdbError:
            return False
        return True

    async def _fail(self, import_: Import, leased_by: str) -> None:
        """Ends it with the list being read as it was: ratings that are done stay done without a watchlist."""
        async with self._database.transaction() as connection:
            await Users(connection).lock(import_.telegram_user_id)
            imports = ListImports(connection)
            kind = await imports.hold(import_.id, leased_by)
            if kind is None:
                return
            await _ask_later(connection, await imports.open(import_, "wanted", MAX_PAGE * PAGE_ITEMS))
            if import_.list == "watchlist":
                await imports.finish(import_.id, None)
            else:
                await imports.fail(import_.telegram_user_id, "away")
                if kind == "asked":
                    await Users(connection).set_sync_status(import_.telegram_user_id, -1)
            if kind == "asked":
                await _ended(connection, import_)

    async def _want_posters(self, connection: Connection, import_: Import, movie_ids: list[int]) -> None:
        # TMDB's own choice is the best one in the catalogue's language; cards show the same.
        language = None if import_.language == self._catalogue_language else import_.language
        posters = await ListImports(connection).posters(movie_ids, language)
        await Posters(connection).want(
            self._bot_id, self._poster_size, [Wanted(*poster) for poster in posters], Priority.IMPORT
        )


async def _ask_later(connection: Connection, movie_ids: Sequence[int]) -> None:
    """Films that an import gave up come all the same: their ratings can be read the next time."""
    await RefreshQueue(connection).ask(
        "movie", [Asked(movie_id) for movie_id in movie_ids], RefreshPriority.IMPORT, "import"
    )


async def _ended(connection: Connection, import_: Import) -> None:
    """Whoever follows the import sees its end; if nobody does, its owner is told."""
    if await LiveMessages(connection).ended("import", str(import_.id)):
        await wake(connection, "live")
        return
    await Notices(connection).add(
        import_.telegram_user_id, "import_ended", {"import_id": import_.id}, _FOLLOW_SECONDS
    )


def _item(film: RatedMovie | MovieListItem, position: int) -> Item:
    if isinstance(film, RatedMovie):
        return Item(film.movie.id, film.rating, film.movie.title, position)
    return Item(film.id, ON_WATCHLIST, film.title, position)


async def _each(items: Iterable[T], ask: Callable[[T], Awaitable[R]]) -> list[R | FilmotekaError]:
    """What each call answers, or the error it met, as many at a time as the client allows."""

    async def caught(item: T) -> R | FilmotekaError:
        try:
            return await ask(item)
        except SessionRevoked:
            raise
        except TmdbError as error:
            return error

    return await together(caught(item) for item in items)


def _only_errors(answers: Sequence[object]) -> FilmotekaError | None:
    """An error of theirs where there is nothing else."""
    errors = [answer for answer in answers if isinstance(answer, FilmotekaError)]
    return errors[0] if answers and len(errors) == len(answers) else None


def _item_state(fetched: Fetched) -> str:
    if fetched.movie is not None:
        return "ready"
    return "gone" if fetched.gone else "wanted"
