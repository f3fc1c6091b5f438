"""Every error the product raises on purpose.

    FilmotekaError
    ├── AccountError
    │   └── NotLinked           the person has no TMDB account here
    ├── ConfigurationError      a variable is missing or wrong
    ├── DatabaseError
    │   ├── DatabaseTooNew      migrated by newer code than this
    │   ├── DatabaseTooOld      migrations are missing
    │   ├── DatabaseUnavailable it does not answer: nothing is known of the statement's outcome
    │   └── TransactionPooler   the connection cannot LISTEN
    ├── PosterError
    │   └── PosterMissing       the image host answered 404: believe the second, a day later
    ├── RatingError
    │   ├── InvalidRating       not one of TMDB's half steps from 0.5 to 10
    │   └── UnknownMovie        no film here has that id
    ├── SecretKeyMissing        SECRET_KEY lacks the key something was encrypted with
    ├── TelegramError
    └── TmdbError
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


class DatabaseError(FilmotekaError):
    """The database cannot serve this code."""


class DatabaseTooNew(DatabaseError):
    """The database was migrated by newer code than this."""


class DatabaseTooOld(DatabaseError):
    """Migrations this code needs are missing."""


class DatabaseUnavailable(DatabaseError):
    """The database went away or does not answer; whether the statement took effect is not known."""


class TransactionPooler(DatabaseError):
    """The connection goes through a transaction pooler, so LISTEN would hear nothing."""


class PosterError(FilmotekaError):
    """A poster's bytes cannot be had or used."""


class PosterMissing(PosterError):
    """The image host answered 404."""


class RatingError(FilmotekaError):
    """A rating that cannot be kept."""


class InvalidRating(RatingError):
    """TMDB rates from 0.5 to 10 in half steps."""


class UnknownMovie(RatingError):
    """There is no such film in the catalogue."""


class SecretKeyMissing(FilmotekaError):
    """None of the keys in SECRET_KEY opens what was encrypted."""


class TelegramError(FilmotekaError):
    """Telegram refused a call or did not answer it."""


class TmdbError(FilmotekaError):
    """A call to TMDB failed; `status` is the HTTP status and `code` TMDB's own, where there was one."""

    def __init__(self, message: str, *, status: int | None = None, code: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


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
