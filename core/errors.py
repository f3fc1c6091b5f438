"""Every error the product raises on purpose.

    FilmotekaError
    ├── BackupRefused           the file is no whole backup, or the database not one to restore to
    ├── AccountError
    │   └── NotLinked           the person has no TMDB account here
    ├── ConfigurationError      a variable is missing or wrong
    ├── DatabaseError
    │   ├── DatabaseRefused     its address, password or name is wrong: the operator's move
    │   ├── DatabaseTooNew      migrated by newer code than this
    │   ├── DatabaseTooOld      migrations are missing
    │   ├── DatabaseUnavailable it does not answer: nothing is known of the statement's outcome
    │   │   └── DatabaseFull    its disk is full: nothing was written
    │   └── TransactionPooler   the connection cannot LISTEN
    ├── CredentialsRefused      the bot's token, its channels or TMDB's key: the operator's move
    ├── MailNotSent             the mail server did not take a mail: ask again later
    ├── PosterError
    │   ├── DiskUnusable        no room for the file, or no right to write it: wait, the poster is well
    │   ├── PosterLost          the file is not where it was put: download it again
    │   ├── PosterMissing       the image host answered 404: believe the second, a day later
    │   └── PosterUnusable      what came is no photo that Telegram takes
    ├── RatingError
    │   ├── InvalidRating       not one of TMDB's half steps from 0.5 to 10
    │   └── UnknownMovie        no film here has that id
    ├── SecretKeyMissing        SECRET_KEY lacks the key something was encrypted with
    ├── SyncError
    │   ├── AlreadyRunning      one unfinished run of a type is enough
    │   ├── ExportUnusable      no id export of this week, or one that looks cut off or too small
    │   ├── RunLost             another worker has the run: what was about to be recorded is not
    │   └── RunPaused           an admin paused the synchronisation: the run goes on later
    ├── TelegramError
    │   ├── BadFileId           the file_id is dead, or another bot's
    │   ├── BotBlocked          the person does not want to hear from the bot
    │   ├── ChatUnusable        no such chat, or no right to post in it
    │   │   ├── ChatMoved       the group is a supergroup now, with another id
    │   │   └── PhotosForbidden the group takes texts only
    │   ├── MessageGone         the message is not there any more, or can no longer be edited
    │   ├── NothingToEdit       the message holds something else than the edit is for: text, a caption
    │   ├── NotModified         the edit changes nothing
    │   ├── PhotoRefused        not a photo in Telegram's eyes
    │   ├── QueryTooOld         the tap or inline query can no longer be answered
    │   ├── RetryAfter          too many requests: a pause in seconds
    │   ├── TelegramConflict    another process polls with the same token
    │   ├── TelegramUnauthorised the token is refused
    │   ├── TelegramUnavailable no answer: whether the call took effect is not known
    │   └── UrlNotFetched       Telegram could not load the photo's address
    └── TmdbError
        ├── ExportMissing       that day's id export is not there (yet, or any more)
        ├── Gone                TMDB itself says there is no such thing
        ├── NotAuthorised       the application's key is refused
        ├── SessionRevoked      the person's session is refused
        ├── TokenNotApproved    not approved yet, or denied: TMDB answers the same
        ├── TokenExpired        the request token ran out, was used, or never was
        ├── Refused             asking again the same way is useless
        ├── RateLimited         too many requests
        ├── Unavailable         nothing is known: ask again later
        └── Malformed           a 200 whose body is not what was asked for

Their texts are for operators and carry no key, session, token or URL.
"""
# ruff: noqa: N818 - the leaves are named by what happened (`except Gone`); only the roots are called errors

from collections.abc import Sequence

from core.sync import Run


class FilmotekaError(Exception):
    """What the product raises on purpose."""


class AccountError(FilmotekaError):
    """What was asked for needs another state of the person's account."""


class NotLinked(AccountError):
    """The person has no TMDB account here."""


class ConfigurationError(FilmotekaError):
    """A configuration variable is missing or wrong."""

    def __init__(self, variable: str, should_be: str) -> None:
        super().__init__(f"{variable} should be {should_be}")
        self.variable = variable
        self.should_be = should_be


class BackupRefused(FilmotekaError):
    """A backup cannot be restored here; nothing was changed."""


class CredentialsRefused(FilmotekaError):
    """The bot's token, its right to post in its channels or TMDB's key was refused; a line for each."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("; ".join(lines))
        self.lines = tuple(lines)


class DatabaseError(FilmotekaError):
    """The database cannot serve this code."""


class DatabaseRefused(DatabaseError):
    """DATABASE_URL leads to no database this process may enter; the text names the variable."""


class DatabaseTooNew(DatabaseError):
    """The database was migrated by newer code than this."""


class DatabaseTooOld(DatabaseError):
    """Migrations this code needs are missing."""


class DatabaseUnavailable(DatabaseError):
    """The database went away or does not answer; whether the statement took effect is not known."""


class DatabaseFull(DatabaseUnavailable):
    """The database's disk is full: nothing was written, the operator makes room."""


class TransactionPooler(DatabaseError):
    """The connection goes through a transaction pooler, so LISTEN would hear nothing."""


class MailNotSent(FilmotekaError):
    """The mail server is away, refuses us or does not take the mail; the text names it, without password."""


class PosterError(FilmotekaError):
    """A poster's bytes cannot be had or used."""


class DiskUnusable(PosterError):
    """DATA_DIR takes no file: it is full, read-only, broken or not a directory."""


class PosterLost(PosterError):
    """The file is not on this host any more."""


class PosterMissing(PosterError):
    """The image host answered 404."""


class PosterUnusable(PosterError):
    """Not a JPEG or PNG within Telegram's limits for photos."""


class RatingError(FilmotekaError):
    """A rating that cannot be kept."""


class InvalidRating(RatingError):
    """TMDB rates from 0.5 to 10 in half steps."""


class UnknownMovie(RatingError):
    """There is no such film in the catalogue."""


class SecretKeyMissing(FilmotekaError):
    """None of the keys in SECRET_KEY opens what was encrypted."""


class SyncError(FilmotekaError):
    """A run of the synchronisation cannot go on, or not begin."""


class AlreadyRunning(SyncError):
    """A run of this type is queued or under way: `run`."""

    def __init__(self, run: Run) -> None:
        super().__init__(f"{run.run_type} is {run.status} already")
        self.run = run


class ExportUnusable(SyncError):
    """There is no id export to load, or one that changes nothing until an admin vouches for it."""


class RunLost(SyncError):
    """The run's lease ran out and another worker has it."""


class RunPaused(SyncError):
    """The synchronisation was paused while the run was under way."""


class TelegramError(FilmotekaError):
    """Telegram refused a call or did not answer it; a leaf says why where the product acts on it."""


class BadFileId(TelegramError):
    """The file_id is dead, malformed or belongs to another bot."""


class BotBlocked(TelegramError):
    """The person blocked the bot, never started it or is gone."""


class ChatUnusable(TelegramError):
    """There is no such chat, or the bot may not post in it."""


class ChatMoved(ChatUnusable):
    """The group became a supergroup, whose id is `chat_id`."""

    def __init__(self, message: str, *, chat_id: int) -> None:
        super().__init__(message)
        self.chat_id = chat_id


class PhotosForbidden(ChatUnusable):
    """The chat takes no photos, of this bot or of anybody."""


class MessageGone(TelegramError):
    """The message was deleted, or can no longer be edited."""


class NothingToEdit(TelegramError):
    """The message has no text, or no caption, that could be edited."""


class NotModified(TelegramError):
    """The message is already what the edit would make it."""


class PhotoRefused(TelegramError):
    """Telegram does not take the bytes as a photo."""


class QueryTooOld(TelegramError):
    """The callback or inline query waited too long for its answer."""


class RetryAfter(TelegramError):
    """Too many requests; `seconds` is how long Telegram wants to be left alone."""

    def __init__(self, message: str, *, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


class TelegramConflict(TelegramError):
    """Another process asks for the same bot's updates, or a webhook is set."""


class TelegramUnauthorised(TelegramError):
    """Telegram does not know the token."""


class TelegramUnavailable(TelegramError):
    """No answer from Telegram itself; whether the call took effect is not known."""


class UrlNotFetched(TelegramError):
    """Telegram could not fetch the photo from its address, and remembers that for days."""


class TmdbError(FilmotekaError):
    """A call to TMDB failed; `status` is the HTTP status and `code` TMDB's own, where there was one."""

    def __init__(self, message: str, *, status: int | None = None, code: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class ExportMissing(TmdbError):
    """The file host answered 403 or 404: it has no export of that kind and day."""


class Gone(TmdbError):
    """404 with TMDB's code 6, 34 or 37: the thing does not exist (any more)."""


class NotAuthorised(TmdbError):
    """TMDB refuses the application's key or token."""


class SessionRevoked(TmdbError):
    """TMDB refuses the person's session."""


class TokenNotApproved(TmdbError):
    """The request token is not approved yet, or was denied."""


class TokenExpired(TmdbError):
    """The request token expired, was used already, or is unknown."""


class Refused(TmdbError):
    """TMDB refuses the request for good."""


class RateLimited(TmdbError):
    """Too many requests; `retry_after` is in seconds, None where TMDB named no time."""

    def __init__(
        self,
        message: str,
        *,
        retry_after: float | None = None,
        status: int | None = None,
        code: int | None = None,
    ) -> None:
        super().__init__(message, status=status, code=code)
        self.retry_after = retry_after


class Unavailable(TmdbError):
    """No answer from TMDB itself: down, too slow, cut off, or a proxy spoke in its place.

    `sent` is False where no connection came about, so that TMDB cannot have acted.
    """

    def __init__(
        self, message: str, *, sent: bool = True, status: int | None = None, code: int | None = None
    ) -> None:
        super().__init__(message, status=status, code=code)
        self.sent = sent


class Malformed(TmdbError):
    """A body that is JSON but not what was asked for."""
