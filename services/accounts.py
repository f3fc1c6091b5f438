"""A person's TMDB account: linking, unlinking, what TMDB takes back, and being forgotten."""

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from pydantic import SecretStr

from clients.tmdb.client import TmdbClient
from core.errors import SecretKeyMissing, SessionRevoked, TmdbError, TokenExpired, TokenNotApproved
from core.vault import Vault
from db.imports import ListImports
from db.links import Attempt, LinkAttempts, SessionDeletions
from db.live_messages import LiveMessages
from db.notices import Notices
from db.pool import Connection, Database, wake
from db.pushes import Offered, Pushes
from db.ratings import UserMovieRatings
from db.users import Link, Users
from db.watchlist import UserWatchlist

log = structlog.get_logger(__name__)

# A start parameter holds 64 characters. Ours takes 24 and has a known length, so whatever TMDB's
# redirect leaves behind it can be told from it, even where the character between them was lost.
NONCE_PREFIX = "l_"
_NONCE_BYTES = 16
_NONCE_LENGTH = len(NONCE_PREFIX) + 22
_LEADING_RUN = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)

# TMDB's own limit for a request token.
_TOKEN_LIFE = timedelta(minutes=60)

# A session that ended here is ended at TMDB by whoever ended it; the worker comes after so long.
_HEAD_START = timedelta(seconds=15)

_UNLINKED = Link(None, None, None)


@dataclass(frozen=True, slots=True)
class Begun:
    """An approval is on its way: the address of TMDB's page, which is for this person alone."""

    approval_url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NotApprovedYet:
    """TMDB has no approval: not given yet, or denied; the same button still counts."""


@dataclass(frozen=True, slots=True)
class Expired:
    """The approval ran out, or its answer was lost; `fresh` is a new one, None where TMDB is away."""

    fresh: Begun | None


@dataclass(frozen=True, slots=True)
class AlreadyLinked:
    """The person has an account here; another one can be linked after /unlink."""

    username: str


@dataclass(frozen=True, slots=True)
class TmdbAway:
    """TMDB does not answer right now; what was begun stays as it is."""


@dataclass(frozen=True, slots=True)
class Approved:
    """TMDB gave a session for this account, which the person is to confirm."""

    account_id: int
    username: str
    name: str | None


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Linked, and its lists are being imported; what is `offered` was done before and may be sent."""

    username: str
    import_id: int
    offered: Offered


@dataclass(frozen=True, slots=True)
class Declined:
    """Not the account that was meant: its session is ended; `ended`: at TMDB too, else it follows."""

    ended: bool


@dataclass(frozen=True, slots=True)
class Voided:
    """Another person came back with this link: it counts no more, for neither of them.

    `is_own`: the one asked about is this person's; otherwise somebody sent them theirs.
    """

    is_own: bool


@dataclass(frozen=True, slots=True)
class NothingOpen:
    """There is no approval on its way."""


@dataclass(frozen=True, slots=True)
class Unlinked:
    """The session is gone here; `ended`: at TMDB too, else a worker sees to it.

    `removed` ratings were dropped, and the watchlist as TMDB has it; `kept` ratings exist, such as TMDB does
    not have among them.
    """

    ended: bool
    removed: int
    kept: int


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Nothing here holds the person's id any more; `ended` as in Unlinked, None: there was no session."""

    ended: bool | None


BeginOutcome = Begun | AlreadyLinked | TmdbAway
ReturnOutcome = NotApprovedYet | Expired | AlreadyLinked | TmdbAway | Approved | Voided | NothingOpen
ConfirmOutcome = Confirmed | AlreadyLinked | Voided | NothingOpen


class Accounts:
    """Linking by TMDB's approval page; `tmdb` is patient as people are."""

    def __init__(
        self,
        database: Database,
        tmdb: TmdbClient,
        vault: Vault,
        *,
        bot_username: str,
        telegram_link_base: str = "https://t.me",
    ) -> None:
        self._database = database
        self._tmdb = tmdb
        self._vault = vault
        self._return_url = f"{telegram_link_base.rstrip('/')}/{bot_username}?start="

    @staticmethod
    def is_return(start_parameter: str) -> bool:
        """Whether a start parameter may come from TMDB's page and not, say, with a film's link.

        One that begins with none of our characters is what a redirect left without the nonce.
        """
        run = _leading_run(start_parameter)
        return not run or run.startswith(NONCE_PREFIX)

    async def begin(self, user_id: int, language: str) -> BeginOutcome:
        """A new approval, in place of any other on its way."""
        link = await Users(self._database).link(user_id)
        if link.tmdb_session:
            return AlreadyLinked(link.tmdb_username or "")
        try:
            token = await self._tmdb.new_request_token()
        except TmdbError as error:
            log.warning("no request token for a link", reason=str(error))
            return TmdbAway()
        nonce = NONCE_PREFIX + secrets.token_urlsafe(_NONCE_BYTES)
        async with self._database.transaction() as connection:
            await Users(connection).hold(user_id, language)
            attempts = LinkAttempts(connection)
            if await attempts.end(user_id, "expired", timedelta(0)):
                await wake(connection, "sessions")
            await attempts.add(_hashed(nonce), user_id, self._vault.encrypt(token.request_token), _TOKEN_LIFE)
        return Begun(self._tmdb.approval_url(token.request_token, self._return_url + nonce))

    async def returned(self, user_id: int, language: str, start_parameter: str) -> ReturnOutcome:
        """The person came back from TMDB's page, by /start with whatever the redirect left of our nonce.

        Without one it is the person's open approval that counts, if there is one.
        """
        nonce = _leading_run(start_parameter)[:_NONCE_LENGTH]
        if not nonce:
            attempt = await LinkAttempts(self._database).newest(user_id)
            if attempt is None or attempt.state not in ("open", "approved"):
                return NothingOpen()
            return await self._settle(attempt, user_id, language)
        attempt = await LinkAttempts(self._database).find(_hashed(nonce))
        if attempt is None:
            return NothingOpen()
        if attempt.telegram_user_id != user_id:
            await self._void(attempt)
            return Voided(is_own=False)
        return await self._settle(attempt, user_id, language)

    async def check(self, user_id: int, language: str) -> ReturnOutcome:
        """The person says that they have approved."""
        attempt = await LinkAttempts(self._database).newest(user_id)
        if attempt is None:
            return NothingOpen()
        return await self._settle(attempt, user_id, language)

    async def _settle(self, attempt: Attempt, user_id: int, language: str) -> ReturnOutcome:
        """What became of the person's own attempt."""
        if attempt.state == "voided":
            return Voided(is_own=True)
        if attempt.state == "confirmed" or attempt.state == "declined":
            link = await Users(self._database).link(user_id)
            return AlreadyLinked(link.tmdb_username or "") if link.tmdb_session else NothingOpen()
        if attempt.state == "expired" or attempt.expired:
            return await self._expired(user_id, language)
        try:
            if attempt.tmdb_session:
                session = self._vault.decrypt(attempt.tmdb_session)
            else:
                session = await self._exchange(attempt)
            return await self._identify(attempt, session)
        except TokenNotApproved:
            return NotApprovedYet()
        except TokenExpired:
            # A token makes one session. If the process died, or the connection broke, between TMDB's
            # answer and our commit, that session is lost: TMDB lists it in the account's settings, the
            # token is used up and of no use to anybody, and the person approves once more.
            now = await LinkAttempts(self._database).find(attempt.nonce_hash)
            if now is not None and now.state != attempt.state:  # settled meanwhile by another call
                return await self._settle(now, user_id, language)
            return await self._expired(user_id, language)
        except (SessionRevoked, SecretKeyMissing) as error:
            log.warning("an approved session cannot be used", reason=str(error))
            return await self._expired(user_id, language)
        except TmdbError as error:
            log.warning("an approval could not be checked", reason=str(error))
            return TmdbAway()

    async def _exchange(self, attempt: Attempt) -> SecretStr:
        """The session of the attempt's token, kept before anything else is done with it."""
        assert attempt.request_token is not None, "an open attempt has its token"
        session = await self._tmdb.new_session(self._vault.decrypt(attempt.request_token))
        encrypted = self._vault.encrypt(session)
        if not await LinkAttempts(self._database).approved(attempt.nonce_hash, encrypted):
            added = await SessionDeletions(self._database).add(encrypted, _HEAD_START)
            await self._end_sessions([added])
            raise TokenExpired("the attempt ended while its token was exchanged")
        return session

    async def _identify(self, attempt: Attempt, session: SecretStr) -> Approved:
        """Whose session it is, for its owner to confirm."""
        account = await self._tmdb.account(session)
        await LinkAttempts(self._database).identified(attempt.nonce_hash, account.id, account.username)
        return Approved(account.id, account.username, account.name)

    async def _expired(self, user_id: int, language: str) -> Expired | AlreadyLinked:
        begun = await self.begin(user_id, language)
        if isinstance(begun, AlreadyLinked):
            return begun
        return Expired(begun if isinstance(begun, Begun) else None)

    async def _void(self, attempt: Attempt) -> None:
        """Somebody else was sent to approve this link: nothing that came of it may last.

        Otherwise a stranger could be talked into approving it, and its owner be faster at the button.
        """
        owner = attempt.telegram_user_id
        async with self._database.transaction() as connection:
            link = await Users(connection).lock(owner)
            attempts = LinkAttempts(connection)
            now = await attempts.find(attempt.nonce_hash)
            if link is None or now is None or now.state == "voided":
                return
            sessions = await attempts.end(owner, "voided", _HEAD_START)
            if now.state == "confirmed" and link.linked_account_id == now.tmdb_account_id:
                sessions += await _unlink(connection, owner, link)
                await UserMovieRatings(connection).drop_imported(owner)
                await UserWatchlist(connection).drop_imported(owner)
            await attempts.void(now.nonce_hash)
            await Notices(connection).add(owner, "link_voided", {})
            await wake(connection, "notices")
        log.warning("a link was voided: another person came back with it", state=now.state)
        await self._end_sessions(sessions)

    async def confirm(self, user_id: int, language: str, account_id: int) -> ConfirmOutcome:
        """The account shown is the right one: links it and queues the import, in one transaction.

        Another one than is waiting now was shown by an earlier approval, which counts no more.
        """
        attempt: Attempt | None
        async with self._database.transaction() as connection:
            link = await Users(connection).hold(user_id, language)
            attempts, pushes = LinkAttempts(connection), Pushes(connection)
            attempt = await attempts.newest(user_id)
            if attempt is not None and attempt.state == "voided":
                return Voided(is_own=True)
            if link.tmdb_session:
                await attempts.end(user_id, "declined", timedelta(0))
                await wake(connection, "sessions")
                return AlreadyLinked(link.tmdb_username or "")
            if attempt is None or attempt.state != "approved" or attempt.tmdb_account_id != account_id:
                return NothingOpen()
            linked = Link(account_id, attempt.tmdb_username, attempt.tmdb_session)
            await Users(connection).set_link(user_id, linked, sync_status=1)
            await attempts.confirmed(attempt.nonce_hash)
            if await attempts.end(user_id, "expired", timedelta(0)):
                await wake(connection, "sessions")
            await pushes.linked(user_id, account_id)
            import_id, _ = await ListImports(connection).request(user_id, account_id)
            offered = await pushes.offered(user_id)
            for what in ("imports", "pushes"):
                await wake(connection, what)
        return Confirmed(attempt.tmdb_username or "", import_id, offered)

    async def decline(self, user_id: int) -> Declined:
        """The account shown is not the right one, or nothing is to be linked after all."""
        async with self._database.transaction() as connection:
            await Users(connection).lock(user_id)
            sessions = await LinkAttempts(connection).end(user_id, "declined", _HEAD_START)
        return Declined(await self._end_sessions(sessions))

    async def unlink(self, user_id: int, *, keep_ratings: bool) -> Unlinked | NothingOpen:
        """Ends the session here and at TMDB; NothingOpen: there was no account."""
        async with self._database.transaction() as connection:
            link = await Users(connection).lock(user_id)
            if link is None or link.tmdb_account_id is None:
                return NothingOpen()
            sessions = await _unlink(connection, user_id, link)
            removed = 0
            if not keep_ratings:
                removed = await UserMovieRatings(connection).drop_imported(user_id)
                await UserWatchlist(connection).drop_imported(user_id)
            kept = (await Users(connection).reader(user_id, "en")).ratings_count
        return Unlinked(await self._end_sessions(sessions), removed, kept)

    async def forget(self, user_id: int) -> Forgotten:
        """Removes every row that holds the person's id; their ratings at TMDB stay."""
        async with self._database.transaction() as connection:
            link = await Users(connection).lock(user_id)
            sessions = await LinkAttempts(connection).end(user_id, "declined", _HEAD_START)
            if link and link.tmdb_session:
                sessions.append(await SessionDeletions(connection).add(link.tmdb_session, _HEAD_START))
            await Users(connection).forget(user_id)
        return Forgotten(await self._end_sessions(sessions) if sessions else None)

    async def _end_sessions(self, ids: Sequence[int]) -> bool:
        """Ends them at TMDB now; True: all. What does not succeed is left to the worker."""
        deletions = SessionDeletions(self._database)
        try:
            for deletion in await deletions.find(ids):
                await self._tmdb.delete_session(self._vault.decrypt(deletion.tmdb_session))
                await deletions.done(deletion.id)
        except (TmdbError, SecretKeyMissing) as error:
            log.warning("a session is ended at TMDB later", reason=str(error))
            return False
        return True


async def session_revoked(database: Database, user_id: int, tmdb_session: str) -> None:
    """TMDB refuses this (encrypted) session: it is dropped, the import ends, its owner is told once."""
    async with database.transaction() as connection:
        link = await Users(connection).lock(user_id)
        if link is None or link.tmdb_session != tmdb_session:
            return  # somebody noticed before, or the person has linked anew
        await _drop_session(connection, user_id, link._replace(tmdb_session=None), "revoked")
        await Notices(connection).add(user_id, "session_revoked", {"username": link.tmdb_username})
        await wake(connection, "notices")


async def _unlink(connection: Connection, user_id: int, link: Link) -> list[int]:
    """The person has no account any more; what is left is to end the session, if there is one."""
    await _drop_session(connection, user_id, _UNLINKED, "unlinked")
    if link.tmdb_session is None:
        return []
    return [await SessionDeletions(connection).add(link.tmdb_session, _HEAD_START)]


async def _drop_session(connection: Connection, user_id: int, link: Link, why: str) -> None:
    await Users(connection).set_link(user_id, link, sync_status=0)
    await Pushes(connection).unlinked(user_id)
    if (failed := await ListImports(connection).fail(user_id, why)) is not None:
        await LiveMessages(connection).ended("import", str(failed))
        await wake(connection, "live")


def _leading_run(start_parameter: str) -> str:
    run = _LEADING_RUN.match(start_parameter)
    assert run is not None, "the pattern matches nothing, too"
    return run.group()


def _hashed(nonce: str) -> bytes:
    return hashlib.sha256(nonce.encode()).digest()
