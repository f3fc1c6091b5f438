"""TMDB's API and images as the product uses them."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, Literal, TypeVar
from urllib.parse import quote

import aiohttp
import structlog
from pydantic import SecretStr

from clients.budget import Budget, Unlimited
from clients.requests import Recorder, unrecorded
from clients.tmdb.answers import DONE
from clients.tmdb.host import FOR_WORKERS, Fields, Host, Patience, Stream
from core import payloads
from core.accounts import Account, AccountStates, RequestToken, read_session_id
from core.errors import (
    ConfigurationError,
    ExportMissing,
    Gone,
    Malformed,
    PosterMissing,
    Refused,
    SessionRevoked,
)
from core.movies import (
    APPENDED,
    PERSON_APPENDED,
    ChangedMovie,
    Genre,
    ListItem,
    Movie,
    MovieListItem,
    Page,
    PersonDetails,
    PersonListItem,
    RatedMovie,
    Series,
)
from core.reader import FILM_LANGUAGES

APPEND_TO_RESPONSE = ",".join(APPENDED)
SERIES_APPENDED = "translations"
POSTER_LANGUAGES = (*FILM_LANGUAGES, "null")  # what a reader may choose; null: without text

# TMDB's lists by the names the product knows them by.
_LISTS = {
    "popular": "/3/movie/popular",
    "now_playing": "/3/movie/now_playing",
    "trending": "/3/trending/movie/week",
}

_NO_ENTRY, _NOTHING_TO_UPDATE = 21, 40  # TMDB sends both with HTTP 200
_NO_SESSION = 37

_log = structlog.get_logger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class MovieAnswer:
    """A film and the payload it was read from."""

    raw: dict[str, Any]
    movie: Movie


@dataclass(frozen=True, slots=True)
class SeriesAnswer:
    """A series and the payload it was read from."""

    raw: dict[str, Any]
    series: Series


@dataclass(frozen=True, slots=True)
class PersonAnswer:
    """A person and the payload they were read from."""

    raw: dict[str, Any]
    person: PersonDetails


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """What a search brought, in TMDB's order, and the payload it was read from."""

    raw: dict[str, Any]
    results: tuple[ListItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """What discover is asked for; what is left out lets everything pass.

    Days are inclusive, `vote_average` and `vote_count` the least. Lists of ids must all be there.
    Series are not to be had by people: TMDB would ignore them without a word.
    """

    sort_by: Literal["popularity", "vote_average", "date"] = "popularity"
    with_genres: tuple[int, ...] = ()
    with_people: tuple[int, ...] = ()
    with_cast: tuple[int, ...] = ()
    with_crew: tuple[int, ...] = ()
    with_keywords: tuple[int, ...] = ()
    released_from: date | None = None
    released_to: date | None = None
    vote_average: float | None = None
    vote_count: int | None = None
    original_language: str | None = None

    def query(self, media: Literal["movie", "tv"]) -> dict[str, str | int | float]:
        """As TMDB spells it."""
        people = {"with_people": self.with_people, "with_cast": self.with_cast, "with_crew": self.with_crew}
        if media == "tv" and any(people.values()):
            raise ValueError("TMDB discovers no series by people")
        day = "primary_release_date" if media == "movie" else "first_air_date"
        ids = {**people, "with_genres": self.with_genres, "with_keywords": self.with_keywords}
        asked: dict[str, str | int | float | None] = {
            "sort_by": f"{day if self.sort_by == 'date' else self.sort_by}.desc",
            **{name: ",".join(map(str, numbers)) or None for name, numbers in ids.items()},
            f"{day}.gte": self.released_from.isoformat() if self.released_from else None,
            f"{day}.lte": self.released_to.isoformat() if self.released_to else None,
            "vote_average.gte": self.vote_average,
            "vote_count.gte": self.vote_count,
            "with_original_language": self.original_language,
        }
        return {name: value for name, value in asked.items() if value is not None}


class TmdbClient:
    """TMDB; the session is the caller's to close.

    Every method may raise NotAuthorised, RateLimited, Unavailable or Malformed, after as many tries as
    `patience` allows; those that take a session may raise SessionRevoked.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        api_url: str,
        image_url: str,
        export_url: str,
        web_url: str,
        budget: Budget,
        image_budget: Budget,
        access_token: SecretStr | None = None,
        api_key: SecretStr | None = None,
        language: str = "en-US",
        connections: int = 5,
        patience: Patience = FOR_WORKERS,
        proxy: SecretStr | None = None,
        record: Recorder = unrecorded,
    ) -> None:
        if not access_token and not api_key:
            raise ConfigurationError(
                "TMDB_ACCESS_TOKEN", "TMDB's API Read Access Token (or set TMDB_API_KEY)"
            )
        query = {"api_key": api_key} if api_key and not access_token else {}
        self._language = language
        self._web_url = web_url.rstrip("/")
        host = partial(Host, session, connections=connections, patience=patience, proxy=proxy, record=record)
        self._api = host(api_url, name="tmdb", budget=budget, access_token=access_token, query=query)
        self._images = host(image_url, name="tmdb-images", budget=image_budget)
        self._exports = host(export_url, name="tmdb-exports", budget=Unlimited())

    async def check_key(self) -> None:
        """Return if TMDB accepts the key, shown by a list that every key may read; NotAuthorised if not."""
        await self.genres("movie", self._language)

    # Films, series, people, genres

    async def movie(self, movie_id: int, original_language: str | None = None) -> MovieAnswer:
        """A film with all it appends, in the catalogue's language; Gone where there is none.

        Posters come in the film's original language too where the caller knows it.
        """
        languages = dict.fromkeys((*POSTER_LANGUAGES, original_language or "null"))

        def read(value: Any) -> MovieAnswer:
            movie = Movie.from_payload(value)
            if movie.id != movie_id:
                raise Malformed(f"asked for film {movie_id}, answered film {movie.id}")
            return MovieAnswer(value, movie)

        answer = await self._api.call(
            "GET",
            "/3/movie/{movie_id}",
            read,
            path={"movie_id": movie_id},
            query={
                "language": self._language,
                "append_to_response": APPEND_TO_RESPONSE,
                "include_image_language": ",".join(languages),
            },
        )
        if answer.movie.missing or answer.movie.dropped:
            _log.warning(
                "tmdb film is incomplete",
                movie_id=movie_id,
                missing=answer.movie.missing,
                dropped=answer.movie.dropped,
            )
        return answer

    async def series(self, series_id: int) -> SeriesAnswer:
        """A series with its translations, in the catalogue's language; Gone where there is none."""

        def read(value: Any) -> SeriesAnswer:
            series = Series.from_payload(value)
            if series.id != series_id:
                raise Malformed(f"asked for series {series_id}, answered series {series.id}")
            return SeriesAnswer(value, series)

        return await self._api.call(
            "GET",
            "/3/tv/{series_id}",
            read,
            path={"series_id": series_id},
            query={"language": self._language, "append_to_response": SERIES_APPENDED},
        )

    async def person(self, person_id: int) -> PersonAnswer:
        """A person with all their credits, in the catalogue's language; Gone where there is none."""

        def read(value: Any) -> PersonAnswer:
            person = PersonDetails.from_payload(value)
            if person.id != person_id:
                raise Malformed(f"asked for person {person_id}, answered person {person.id}")
            return PersonAnswer(value, person)

        return await self._api.call(
            "GET",
            "/3/person/{person_id}",
            read,
            path={"person_id": person_id},
            query={"language": self._language, "append_to_response": ",".join(PERSON_APPENDED)},
        )

    async def genres(self, media: Literal["movie", "tv"], language: str) -> tuple[Genre, ...]:
        """All genres of a medium with their names in a language."""
        return await self._api.call(
            "GET", f"/3/genre/{media}/list", read_genres, query={"language": language}
        )

    # Changes, lists, exports

    async def changes(self, start: date, end: date, page: int) -> Page[ChangedMovie]:
        """A page of the films that changed on these days, both included and at most 14 apart.

        100 a page, or all on the first one; some of the ids are no films (any more).
        """
        return await self._api.call(
            "GET",
            "/3/movie/changes",
            read_changes,
            query={"start_date": start.isoformat(), "end_date": end.isoformat(), "page": page},
        )

    async def listed(
        self, kind: Literal["popular", "now_playing", "trending"], page: int
    ) -> Page[MovieListItem]:
        """20 films of one of TMDB's lists (trending: this week's); pages shift while they are read."""
        return await self._api.call(
            "GET", _LISTS[kind], read_movies, query={"language": self._language, "page": page}
        )

    def export(self, kind: Literal["movie", "adult_movie"], day: date) -> AbstractAsyncContextManager[Stream]:
        """A day's file of all ids, gzip of JSON lines as it is sent, while the block lasts.

        ExportMissing where the host has no such file. A break while reading is Unavailable, and so is an
        end before the size that was announced; reading has no limit in time but between pieces.
        """
        return self._exports.stream(
            "/{name}",
            {"name": f"{kind}_ids_{day:%m_%d_%Y}.json.gz"},
            missing=ExportMissing,
            missing_status=(403, 404),
        )

    # Searches

    async def search_multi(self, query: str, *, language: str, include_adult: bool = False) -> SearchAnswer:
        """The best 20 films, series and people by title or name; collections among them are left out."""
        return await self._api.call(
            "GET",
            "/3/search/multi",
            read_multi,
            query={"query": query, "language": language, "include_adult": _spelled(include_adult)},
        )

    async def find(self, external_id: str, *, language: str, source: str = "imdb_id") -> SearchAnswer:
        """What TMDB knows under an id of another site: an episode's or a season's brings its series."""
        return await self._api.call(
            "GET",
            "/3/find/{external_id}",
            read_found,
            path={"external_id": quote(external_id, safe="")},
            query={"external_source": source, "language": language},
        )

    async def discover(
        self,
        media: Literal["movie", "tv"],
        filters: Discovery,
        *,
        language: str,
        include_adult: bool = False,
    ) -> SearchAnswer:
        """The first 20 films or series that pass every filter, the highest or newest first."""
        item = MovieListItem.from_payload if media == "movie" else Series.from_payload

        def read(value: Any) -> SearchAnswer:
            found: Page[ListItem] = Page.from_payload(value, item)
            return SearchAnswer(value, found.results)

        return await self._api.call(
            "GET",
            f"/3/discover/{media}",
            read,
            query={
                **filters.query(media),
                "language": language,
                "include_adult": _spelled(include_adult),
            },
        )

    # Linking

    async def new_request_token(self) -> RequestToken:
        """A token for a person to approve within 60 minutes."""
        return await self._api.call("GET", "/3/authentication/token/new", RequestToken.from_payload)

    def approval_url(self, request_token: SecretStr, redirect_to: str) -> str:
        """The page where a person approves the token; it holds the token, so it goes to them alone."""
        token = quote(request_token.get_secret_value(), safe="")
        return f"{self._web_url}/authenticate/{token}?redirect_to={quote(redirect_to, safe='')}"

    async def new_session(self, request_token: SecretStr) -> SecretStr:
        """The session of an approved token; TokenNotApproved, TokenExpired.

        A token makes one session. An answer that was lost on its way is therefore not asked for again
        unseen: a second try would be told "expired", or leave a session that nobody ends. It is
        Unavailable, and the person's next tap settles what became of the token.
        """
        return await self._api.call(
            "POST",
            "/3/authentication/session/new",
            read_session_id,
            body={"request_token": request_token},
            repeatable=False,
        )

    async def delete_session(self, session_id: SecretStr) -> None:
        """End a session; one that TMDB does not know, or refuses as revoked, is ended."""
        try:
            await self._api.call(
                "DELETE", "/3/authentication/session", read_done, body={"session_id": session_id}
            )
        except (Gone, SessionRevoked) as error:
            _log.info("tmdb session was ended before", error=str(error))

    async def account(self, session_id: SecretStr) -> Account:
        """Whose session it is."""
        return await self._api.call(
            "GET", "/3/account", Account.from_payload, query={"session_id": session_id}
        )

    # Ratings, watchlist

    async def rated_movies(
        self, account_id: int, session_id: SecretStr, page: int, *, newest_first: bool = False
    ) -> Page[RatedMovie]:
        """A page of the films an account rated, 20 a page, the first rated first, or the last."""
        path = "/3/account/{account_id}/rated/movies"
        return await self._own(path, read_rated, account_id, session_id, page, newest_first)

    async def watchlist_movies(
        self, account_id: int, session_id: SecretStr, page: int, *, newest_first: bool = False
    ) -> Page[MovieListItem]:
        """A page of an account's watchlist, 20 a page, the film added first comes first, or the last."""
        path = "/3/account/{account_id}/watchlist/movies"
        return await self._own(path, read_watchlist, account_id, session_id, page, newest_first)

    async def _own(
        self,
        path: str,
        read: Callable[[Any], Page[T]],
        account_id: int,
        session_id: SecretStr,
        page: int,
        newest_first: bool,
    ) -> Page[T]:
        return await self._api.call(
            "GET",
            path,
            read,
            path={"account_id": account_id},
            query={
                "session_id": session_id,
                "language": self._language,
                "sort_by": "created_at.desc" if newest_first else "created_at.asc",
                "page": page,
            },
        )

    async def set_watchlist(self, account_id: int, movie_id: int, session_id: SecretStr, *, on: bool) -> None:
        """Put a film on the account's watchlist or take it off; Gone, Refused.

        A film that TMDB does not have is on no list: taking it off is done.
        """
        try:
            await self._api.call(
                "POST",
                "/3/account/{account_id}/watchlist",
                read_done,
                path={"account_id": account_id},
                query={"session_id": session_id},
                body={"media_type": "movie", "media_id": movie_id, "watchlist": on},
            )
        except Gone as error:
            if on or error.code == _NO_SESSION:
                raise
            _log.info("tmdb had no film to take off a watchlist", movie_id=movie_id, error=str(error))

    async def account_states(self, movie_id: int, session_id: SecretStr) -> AccountStates:
        """What the session's account says about a film."""
        return await self._api.call(
            "GET",
            "/3/movie/{movie_id}/account_states",
            AccountStates.from_payload,
            path={"movie_id": movie_id},
            query={"session_id": session_id},
        )

    async def rate(self, movie_id: int, value: Decimal, session_id: SecretStr) -> None:
        """Set the account's rating of a film, 0.5 to 10 in half steps; Gone, Refused."""
        try:
            await self._rating("POST", movie_id, session_id, {"value": float(value)})
        except Refused as error:
            if error.code != _NOTHING_TO_UPDATE:  # that one says: the rating is this one already
                raise

    async def delete_rating(self, movie_id: int, session_id: SecretStr) -> None:
        """Remove the account's rating of a film; where TMDB finds none, none is left to remove."""
        try:
            await self._rating("DELETE", movie_id, session_id)
        except Refused as error:
            if error.code not in (_NO_ENTRY, _NOTHING_TO_UPDATE):
                raise
        except Gone as error:
            if error.code == _NO_SESSION:
                raise
            _log.info("tmdb had no rating to remove", movie_id=movie_id, error=str(error))

    async def _rating(
        self, method: str, movie_id: int, session_id: SecretStr, body: Fields | None = None
    ) -> None:
        await self._api.call(
            method,
            "/3/movie/{movie_id}/rating",
            read_done,
            path={"movie_id": movie_id},
            query={"session_id": session_id},
            body=body,
        )

    # Images

    def poster(self, poster_path: str, size: str) -> AbstractAsyncContextManager[Stream]:
        """The bytes of a poster while the block lasts.

        PosterMissing at a 404, which may be a proxy's: only a second one a day later tells. A break
        while reading is Unavailable; reading has no limit in time but between pieces.
        """
        return self._images.stream(
            "/{size}{poster_path}",
            {"size": size, "poster_path": poster_path},
            missing=PosterMissing,
            missing_status=(404,),
        )


def read_done(value: Any) -> None:
    """TMDB's word that it did what was asked: an answer without it is no success."""
    said = payloads.mapping(value)
    if said.get("success") is not True and said.get("status_code") not in DONE:
        raise Malformed("an answer that does not say it was done")


def read_genres(value: Any) -> tuple[Genre, ...]:
    """The genres of a genre list."""
    found = payloads.mapping(value).get("genres")
    if type(found) is not list:
        raise Malformed("a genre list without genres")
    return tuple(genre for genre in map(Genre.read, map(payloads.mapping, found)) if genre is not None)


def read_movies(value: Any) -> Page[MovieListItem]:
    """A page of films."""
    return Page.from_payload(value, MovieListItem.from_payload)


def read_changes(value: Any) -> Page[ChangedMovie]:
    """A page of changed films."""
    return Page.from_payload(value, ChangedMovie.from_payload)


def read_rated(value: Any) -> Page[RatedMovie]:
    """A page of rated films."""
    return _with_total(Page.from_payload(value, RatedMovie.from_payload))


def read_watchlist(value: Any) -> Page[MovieListItem]:
    """A page of a watchlist."""
    return _with_total(read_movies(value))


def _with_total(page: Page[T]) -> Page[T]:
    """A page of a person's list, whose totals tell how many there are: without them it is no page."""
    if not page.total_results and (page.results or page.dropped):
        raise Malformed("a person's list without its total")
    return page


def read_multi(value: Any) -> SearchAnswer:
    """A page of films, series and people."""
    page: Page[ListItem] = Page.from_payload(value, _film_series_or_person)
    return SearchAnswer(value, page.results)


def _film_series_or_person(item: Any) -> ListItem | None:
    match payloads.mapping(item).get("media_type"):
        case "movie":
            return MovieListItem.from_payload(item)
        case "tv":
            return Series.from_payload(item)
        case "person":
            return PersonListItem.from_payload(item)
        case _:
            return None


def read_found(value: Any) -> SearchAnswer:
    """The films, series and people of an answer to /3/find, in this order."""
    found = payloads.mapping(value)
    if not _FOUND.keys() & found.keys():
        raise Malformed("an answer to find without results")
    results: list[ListItem] = []
    for key, read in _FOUND.items():
        page: Page[ListItem] = Page.from_payload({"results": payloads.items(found, key)}, read)
        results += page.results
    return SearchAnswer(value, tuple(results))


def _series_of(episode: Any) -> Series:
    return Series.from_payload({"id": payloads.mapping(episode).get("show_id")})


_FOUND: dict[str, Callable[[Any], ListItem | None]] = {
    "movie_results": MovieListItem.from_payload,
    "tv_results": Series.from_payload,
    "person_results": PersonListItem.from_payload,
    "tv_episode_results": _series_of,
    "tv_season_results": _series_of,
}


def _spelled(value: bool) -> str:
    return "true" if value else "false"
