"""api.themoviedb.org, version 3: the endpoints a film bot uses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date, timedelta
from itertools import islice
from typing import Any, Final, Literal

import orjson
from aiohttp import web

from sandbox.tmdb import payload
from sandbox.tmdb.accounts import Account, Accounts, is_rating
from sandbox.tmdb.catalogue import APPENDABLE, Catalogue, default_window
from sandbox.tmdb.clock import Clock
from sandbox.tmdb.errors import OldValidationError, TmdbError, done, json_response
from sandbox.tmdb.facts import GENRES, Collection, Person, hex_id
from sandbox.tmdb.films import Series

_PAGE: Final = 20
_CHANGES_PAGE: Final = 100
_LAST_PAGE: Final = 500
_MOST_APPENDED: Final = 20
_OF_CREDIT: Final = ("character", "order", "department", "job", "credit_id")
_CHANGES_RANGE: Final = timedelta(days=14)
_DISCOVERED: Final = 5000  # how deep into the films by popularity discover's filters look

Item = dict[str, Any]


def _language(request: web.Request) -> str:
    return request.query.get("language", "en-US")


def _film_id(request: web.Request) -> int:
    try:
        return int(request.match_info["movie_id"])
    except ValueError:
        raise TmdbError(6) from None


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


async def _body(request: web.Request) -> Mapping[str, Any]:
    """The JSON object of a POST or DELETE; anything else is TMDB's code 5."""
    if request.content_type != "application/json":
        raise TmdbError(5, "Invalid parameters: send JSON as application/json.")
    try:
        body = orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        raise TmdbError(5) from None
    if not isinstance(body, dict):
        raise TmdbError(5)
    return body


def _number(value: float) -> float | int:
    return int(value) if float(value).is_integer() else value


class Api:
    """Routes of the API host over the catalogue and the accounts.

    `page_error` chooses how a bad page is refused: "modern" (400, code 22) or "old" (422, a list of errors).
    """

    def __init__(
        self,
        catalogue: Catalogue,
        accounts: Accounts,
        clock: Clock,
        *,
        access_token: str,
        api_key: str,
        image_url: Callable[[], str],
        page_error: Literal["modern", "old"] = "modern",
        changes_per_day: int = 0,
    ) -> None:
        self._catalogue = catalogue
        self._accounts = accounts
        self._clock = clock
        self._access_token = access_token
        self._api_key = api_key
        self._image_url = image_url
        self._page_error = page_error
        self._changes_per_day = changes_per_day
        self.changes_at_once = False
        self.genres: dict[str, list[Item]] = {}  # recorded lists by media type, in place of our own

    def routes(self) -> list[web.RouteDef]:
        get, post, delete = web.get, web.post, web.delete
        return [
            get("/3/authentication", self.validate_key),
            get("/3/authentication/token/new", self.new_token),
            post("/3/authentication/session/new", self.new_session),
            delete("/3/authentication/session", self.delete_session),
            get("/3/account", self.account),
            get("/3/account/{account_id}/rated/movies", self.rated_movies),
            post("/3/account/{account_id}/watchlist", self.set_watchlist),
            get("/3/account/{account_id}/watchlist/movies", self.watchlist_movies),
            post("/3/account/{account_id}/favorite", self.set_favorite),
            get("/3/account/{account_id}/favorite/movies", self.favorite_movies),
            get("/3/configuration", self.configuration),
            get("/3/genre/{media_type:movie|tv}/list", self.genre_list),
            get("/3/search/movie", self.search_movie),
            get("/3/search/multi", self.search_multi),
            get("/3/discover/movie", self.discover_movie),
            get("/3/discover/tv", self.discover_tv),
            get("/3/trending/movie/{window:day|week}", self.trending),
            get("/3/find/{external_id}", self.find),
            get("/3/person/{person_id}", self.person),
            get("/3/tv/{series_id}", self.tv),
            get("/3/movie/popular", self.popular),
            get("/3/movie/now_playing", self.now_playing),
            get("/3/movie/changes", self.changes),
            get("/3/movie/{movie_id}", self.movie),
            post("/3/movie/{movie_id}/rating", self.rate),
            delete("/3/movie/{movie_id}/rating", self.unrate),
            get("/3/movie/{movie_id}/account_states", self.account_states),
            get("/3/movie/{movie_id}/{name:[a-z_]+|watch/providers}", self.movie_part),
        ]

    def authorise(self, request: web.Request) -> None:
        """Bearer first, as TMDB reads it; a wrong one is not saved by a right api_key."""
        header = request.headers.get("Authorization")
        if header is not None:
            allowed = header == f"Bearer {self._access_token}"
        else:
            allowed = request.query.get("api_key") == self._api_key
        if not allowed:
            raise TmdbError(7)

    # Pages ------------------------------------------------------------------------------------------

    def _page(self, request: web.Request) -> int:
        text = request.query.get("page", "1")
        page = int(text) if text.isascii() and text.isdigit() else 0
        if 1 <= page <= _LAST_PAGE:
            return page
        if self._page_error == "old":
            raise OldValidationError(
                "page must be greater than 0" if page < 1 else "page must be less than or equal to 500"
            )
        raise TmdbError(22)

    def _paged(self, request: web.Request, items: list[Item]) -> web.Response:
        page = self._page(request)
        return self._page_of(items[(page - 1) * _PAGE : page * _PAGE], page, len(items))

    @staticmethod
    def _page_of(results: list[Item], page: int, total: int, **more: Any) -> web.Response:
        pages = -(-total // _PAGE)
        return json_response(
            more | {"page": page, "results": results, "total_pages": pages, "total_results": total}
        )

    def _items(self, film_ids: Iterable[int], language: str) -> list[Item]:
        items = (self._catalogue.item(film_id, language) for film_id in film_ids)
        return [item for item in items if item is not None]

    # Authentication and accounts --------------------------------------------------------------------

    async def validate_key(self, request: web.Request) -> web.Response:
        return done(1)

    async def new_token(self, request: web.Request) -> web.Response:
        token, expires_at = self._accounts.new_token()
        return json_response(
            {"success": True, "expires_at": f"{expires_at:%Y-%m-%d %H:%M:%S} UTC", "request_token": token}
        )

    async def new_session(self, request: web.Request) -> web.Response:
        session_id = self._accounts.new_session((await _body(request)).get("request_token"))
        return json_response({"success": True, "session_id": session_id})

    async def delete_session(self, request: web.Request) -> web.Response:
        self._accounts.delete_session((await _body(request)).get("session_id"))
        return json_response({"success": True})

    def _account(self, request: web.Request) -> Account:
        account = self._accounts.session(request.query.get("session_id"))
        named = request.match_info.get("account_id")
        if named is not None and named != str(account.id):
            raise TmdbError(3)
        return account

    async def account(self, request: web.Request) -> web.Response:
        return json_response(self._account(request).as_json())

    def _own_films(self, request: web.Request, film_ids: Iterable[int]) -> list[int]:
        ordered = list(film_ids)
        sort_by = request.query.get("sort_by", "created_at.asc")
        if sort_by == "created_at.desc":
            ordered.reverse()
        elif sort_by != "created_at.asc":
            raise TmdbError(5)
        return ordered

    def _own_page(self, request: web.Request, film_ids: Iterable[int]) -> tuple[list[Item], int, int]:
        """The page of a person's list; films that are gone stay listed."""
        ordered = self._own_films(request, film_ids)
        page = self._page(request)
        language = _language(request)
        shown = ordered[(page - 1) * _PAGE : page * _PAGE]
        return [self._catalogue.listed(film_id, language) for film_id in shown], page, len(ordered)

    async def rated_movies(self, request: web.Request) -> web.Response:
        account = self._account(request)
        items, page, total = self._own_page(request, account.ratings)
        rated = [item | {"rating": _number(account.ratings[item["id"]])} for item in items]
        return self._page_of(rated, page, total)

    async def watchlist_movies(self, request: web.Request) -> web.Response:
        items, page, total = self._own_page(request, self._account(request).watchlist)
        return self._page_of(items, page, total)

    async def favorite_movies(self, request: web.Request) -> web.Response:
        items, page, total = self._own_page(request, self._account(request).favorites)
        return self._page_of(items, page, total)

    async def set_watchlist(self, request: web.Request) -> web.Response:
        return await self._mark(request, self._account(request).watchlist, "watchlist")

    async def set_favorite(self, request: web.Request) -> web.Response:
        return await self._mark(request, self._account(request).favorites, "favorite")

    async def _mark(self, request: web.Request, marked: dict[int, None], key: str) -> web.Response:
        body = await _body(request)
        film_id, wanted = body.get("media_id"), body.get(key)
        if body.get("media_type") not in {"movie", "tv"} or not isinstance(wanted, bool):
            raise TmdbError(5)
        if body["media_type"] == "tv":
            return done(1 if film_id in self._catalogue.series else 34)
        if not isinstance(film_id, int) or film_id not in self._catalogue:
            raise TmdbError(34)
        if not wanted:
            marked.pop(film_id, None)
            return done(13)
        known = film_id in marked
        marked[film_id] = None
        return done(12 if known else 1)

    def _existing(self, request: web.Request) -> int:
        film_id = _film_id(request)
        if film_id not in self._catalogue:
            self._catalogue.details(film_id, "en")  # raises with the code the film is gone by
        return film_id

    async def rate(self, request: web.Request) -> web.Response:
        account = self._account(request)
        film_id = self._existing(request)
        value = (await _body(request)).get("value")
        if not is_rating(value):
            raise TmdbError(18)
        assert isinstance(value, int | float)
        known = film_id in account.ratings
        account.ratings[film_id] = value
        account.watchlist.pop(film_id, None)  # what is rated leaves the watchlist
        return done(12 if known else 1)

    async def unrate(self, request: web.Request) -> web.Response:
        account = self._account(request)
        account.ratings.pop(self._existing(request), None)
        return done(13)

    def _states(self, account: Account, film_id: int) -> Item:
        rating = account.ratings.get(film_id)
        return {
            "favorite": film_id in account.favorites,
            "rated": False if rating is None else {"value": _number(rating)},
            "watchlist": film_id in account.watchlist,
        }

    async def account_states(self, request: web.Request) -> web.Response:
        account = self._account(request)
        film_id = self._existing(request)
        return json_response({"id": film_id} | self._states(account, film_id))

    # Films ------------------------------------------------------------------------------------------

    @staticmethod
    def _image_languages(request: web.Request) -> list[str | None] | None:
        """Which images a request wants: None means all."""
        if "language" not in request.query and "include_image_language" not in request.query:
            return None
        wanted: list[str | None] = [payload.split_language(_language(request))[0]]
        included = _listed(request.query.get("include_image_language", ""))
        return wanted + [None if code == "null" else code for code in included]

    async def movie(self, request: web.Request) -> web.Response:
        film_id = _film_id(request)
        names = [
            name.strip() for name in request.query.get("append_to_response", "").split(",") if name.strip()
        ]
        if len(names) > _MOST_APPENDED:
            raise TmdbError(27)
        answer = self._catalogue.details(film_id, _language(request), names, self._image_languages(request))
        if "account_states" in names:
            answer["account_states"] = self._states(self._account(request), film_id)
        return json_response(answer)

    async def movie_part(self, request: web.Request) -> web.Response:
        """movie/{id}/credits and the like, which carry the id that appended objects lack."""
        film_id, name = _film_id(request), request.match_info["name"]
        if name not in APPENDABLE:
            raise TmdbError(34)
        whole = self._catalogue.details(film_id, _language(request), [name], self._image_languages(request))
        if name not in whole:
            raise TmdbError(34)
        return json_response({"id": film_id} | whole[name])

    async def genre_list(self, request: web.Request) -> web.Response:
        media_type = request.match_info["media_type"]
        if media_type in self.genres:
            return json_response({"genres": self.genres[media_type]})
        language = _language(request)
        return json_response(
            {
                "genres": [
                    {"id": number, "name": payload.genre_name(media_type, number, language)}
                    for number in GENRES[media_type]
                ]
            }
        )

    async def popular(self, request: web.Request) -> web.Response:
        page = self._page(request)
        shown = islice(self._catalogue.by_popularity(), (page - 1) * _PAGE, page * _PAGE)
        return self._page_of(self._items(shown, _language(request)), page, self._catalogue.listed_count())

    async def trending(self, request: web.Request) -> web.Response:
        page = self._page(request)
        shown = islice(self._catalogue.by_popularity(), (page - 1) * _PAGE, page * _PAGE)
        items = [item | {"media_type": "movie"} for item in self._items(shown, _language(request))]
        return self._page_of(items, page, self._catalogue.listed_count())

    async def now_playing(self, request: web.Request) -> web.Response:
        """The newest films, whatever their age: a catalogue of classics has few in the cinemas."""
        today = self._clock.today()
        films = [
            item
            for item in self._items(islice(self._catalogue.by_popularity(), 1000), _language(request))
            if item.get("release_date") and item["release_date"] <= today.isoformat()
        ]
        films = sorted(films, key=lambda item: str(item["release_date"]), reverse=True)[:60]
        page = self._page(request)
        dates = {"maximum": today.isoformat(), "minimum": (today - timedelta(days=45)).isoformat()}
        return self._page_of(films[(page - 1) * _PAGE : page * _PAGE], page, len(films), dates=dates)

    async def search_movie(self, request: web.Request) -> web.Response:
        year = request.query.get("primary_release_year") or request.query.get("year")
        found = self._catalogue.search(_words(request), year or None, adult=_includes_adult(request))
        page = self._page(request)
        shown = [film_id for _, film_id in found[(page - 1) * _PAGE : page * _PAGE]]
        return self._page_of(self._items(shown, _language(request)), page, len(found))

    async def search_multi(self, request: web.Request) -> web.Response:
        """Films, series, people and collections mixed: whole names first, then by popularity."""
        query, language = _words(request), _language(request)
        found: list[tuple[int, Item]] = []
        for rank, film_id in self._catalogue.search(query, adult=_includes_adult(request)):
            found += [(rank, item | {"media_type": "movie"}) for item in self._items([film_id], language)]
        for rank, entry in self._catalogue.search_series(query):
            found.append((rank, self._series_item(entry, language)))
        for rank, person, film_ids in self._catalogue.search_people(query):
            found.append((rank, self._person_item(person, film_ids, language)))
        for rank, collection in self._catalogue.search_collections(query):
            found.append((rank, _collection_item(collection)))
        found.sort(key=lambda one: (one[0], -one[1].get("popularity", 0)))
        return self._paged(request, [item for _, item in found])

    def _person_item(self, person: Person, film_ids: list[int], language: str) -> Item:
        known_for = [item | {"media_type": "movie"} for item in self._items(film_ids[:3], language)]
        return {
            "adult": False,
            "id": person.id,
            "name": payload.person_name(person, language),
            "original_name": person.original_name,
            "media_type": "person",
            "popularity": person.popularity,
            "gender": person.gender,
            "known_for_department": person.department,
            "profile_path": person.profile_path,
            "known_for": known_for,
        }

    async def discover_movie(self, request: web.Request) -> web.Response:
        films = islice(self._catalogue.by_popularity(adult=_includes_adult(request)), _DISCOVERED)
        items = self._items(films, _language(request))
        for name, part, key in _PARTS:
            if wanted := request.query.get(name):
                items = [item for item in items if self._has(item["id"], part, key, wanted)]
        return self._discovered(request, items, "release_date", "primary_release_date", "title")

    def _has(self, film_id: int, part: str, keys: tuple[str, ...], wanted: str) -> bool:
        found = self._catalogue.details(film_id, "en", [part])[part]
        return _holds((entry["id"] for key in keys for entry in found[key]), wanted)

    async def discover_tv(self, request: web.Request) -> web.Response:
        items = [
            self._series_item(entry, _language(request))
            for entry in self._catalogue.series.values()
            if not self._catalogue.is_gone("tv", entry.id)
        ]
        for item in items:
            del item["media_type"]
        return self._discovered(request, items, "first_air_date", "first_air_date", "name")

    def _discovered(
        self, request: web.Request, items: list[Item], day: str, day_filter: str, name: str
    ) -> web.Response:
        """The items that pass the filters; `day` and `name` are keys of the items, `day_filter` is TMDB's."""
        items = [item for item in items if _passes(item, day, day_filter, request.query)]
        key, _, order = request.query.get("sort_by", "popularity.desc").partition(".")
        field = {day_filter: day}.get(key, key)
        known = {"popularity", day, "vote_average", "vote_count", name}
        if field not in known or order not in {"asc", "desc"}:
            raise TmdbError(5)
        empty: Any = "" if field in {day, name} else 0
        items.sort(key=lambda item: item.get(field) or empty, reverse=order == "desc")
        return self._paged(request, items)

    async def changes(self, request: web.Request) -> web.Response:
        """Days are whole and both ends included; without `page` everything comes at once.

        `changes_at_once`: with one too, as has been seen.
        """
        start, end = default_window(self._clock.today())
        if "end_date" in request.query:
            end = _date(request.query["end_date"])
            start = end - timedelta(days=1)
        if "start_date" in request.query:
            start = _date(request.query["start_date"])
        if not timedelta(0) <= end - start <= _CHANGES_RANGE:
            raise TmdbError(20)
        items: list[Item] = [
            {"id": change.film_id, "adult": change.adult, "softcore": False}
            for change in self._catalogue.changes(start, end)
        ]
        seen = {item["id"] for item in items}
        items += [item for item in self._everyday_changes(start, end) if item["id"] not in seen]
        page = self._page(request)
        if "page" not in request.query or self.changes_at_once:
            shown = items if page == 1 else []
            return json_response({"results": shown, "page": page, "total_pages": 1, "total_results": 1})
        total = len(items)
        return json_response(
            {
                "results": items[(page - 1) * _CHANGES_PAGE : page * _CHANGES_PAGE],
                "page": page,
                "total_pages": max(1, -(-total // _CHANGES_PAGE)),
                "total_results": total,
            }
        )

    def _everyday_changes(self, start: date, end: date) -> Iterator[Item]:
        """The hum of edits TMDB has every day, the same for the same day; some ids are no films."""
        if not self._changes_per_day:
            return
        ids = self._catalogue.generator.listed or sorted(self._catalogue.films)
        last = min(end, self._clock.today())
        seen: set[int] = set()
        for day in range(start.toordinal(), last.toordinal() + 1):
            for place in range(self._changes_per_day):
                number = day * 7919 + place * 104_729
                film_id = 90_000_000 + number % 1000 if place % 50 == 49 else ids[number % len(ids)]
                if film_id not in seen:
                    seen.add(film_id)
                    yield {"id": film_id, "adult": None if place % 40 == 39 else False, "softcore": False}

    async def configuration(self, request: web.Request) -> web.Response:
        base = f"{self._image_url()}/"
        return json_response(
            {
                "change_keys": ["adult", "cast", "crew", "general", "genres", "images", "overview", "title"],
                "images": {
                    "base_url": base,
                    "secure_base_url": base,
                    "backdrop_sizes": ["w300", "w780", "w1280", "original"],
                    "logo_sizes": ["w45", "w92", "w154", "w185", "w300", "w500", "original"],
                    "poster_sizes": ["w92", "w154", "w185", "w342", "w500", "w780", "original"],
                    "profile_sizes": ["w45", "w185", "h632", "original"],
                    "still_sizes": ["w92", "w185", "w300", "original"],
                },
            }
        )

    # People, series, foreign ids --------------------------------------------------------------------

    async def person(self, request: web.Request) -> web.Response:
        found = None
        with suppress(ValueError):
            found = self._catalogue.person(int(request.match_info["person_id"]))
        if found is None:
            raise TmdbError(34)
        person, film_ids = found
        language = _language(request)
        imdb_id = person.imdb_id
        appended: dict[str, Item] = {
            "combined_credits": self._combined_credits(person, film_ids, language),
            "translations": payload.person_translations(person),
            "external_ids": {"imdb_id": imdb_id, "wikidata_id": None, "facebook_id": ""},
        }
        asked = _listed(request.query.get("append_to_response", ""))
        if len(asked) > _MOST_APPENDED:
            raise TmdbError(27)
        answer = (
            {
                "adult": False,
                "also_known_as": sorted({*person.names.values(), person.original_name} - {person.name}),
                "biography": person.biographies.get(payload.split_language(language)[0], ""),
                "birthday": person.birthday,
                "deathday": person.deathday,
                "gender": person.gender,
                "homepage": None,
                "id": person.id,
                "imdb_id": imdb_id,
                "known_for_department": person.department,
                "name": payload.person_name(person, language),
                "place_of_birth": person.place_of_birth,
                "popularity": person.popularity,
                "profile_path": person.profile_path,
            }
            | appended
            | self._catalogue.other("person", person.id)
        )
        return json_response(
            {key: value for key, value in answer.items() if key not in appended or key in asked}
        )

    def _combined_credits(self, person: Person, film_ids: list[int], language: str) -> Item:
        credits: dict[str, list[Item]] = {"cast": [], "crew": []}
        for film_id in film_ids:
            item = self._catalogue.item(film_id, language)
            if item is None:
                continue
            parts = self._catalogue.details(film_id, language, ["credits"])["credits"]
            for part, kept in credits.items():
                kept += [
                    item | {"media_type": "movie"} | {key: credit[key] for key in _OF_CREDIT if key in credit}
                    for credit in parts[part]
                    if credit["id"] == person.id
                ]
        # Most were once guests of a series: an item without a title.
        there = (one for one in self._catalogue.series.values() if not self._catalogue.is_gone("tv", one.id))
        series = next(there, None)
        if film_ids and series:
            as_themselves = {"character": "Self", "episode_count": 1, "media_type": "tv"}
            credit_id = hex_id("guest", person.id, series.id)
            item = self._series_item(series, language)
            credits["cast"].append(item | as_themselves | {"credit_id": credit_id})
        return dict(credits)

    async def tv(self, request: web.Request) -> web.Response:
        text = request.match_info["series_id"]
        entry = self._catalogue.series.get(int(text)) if text.isascii() and text.isdigit() else None
        if entry is None:
            raise TmdbError(34)
        overlaid = self._catalogue.other("tv", entry.id)
        language = _language(request)
        asked = _listed(request.query.get("append_to_response", ""))
        if len(asked) > _MOST_APPENDED:
            raise TmdbError(27)
        appended = {
            "translations": payload.series_translations(entry),
            "external_ids": {"imdb_id": entry.imdb_id, "tvdb_id": None, "wikidata_id": None},
        }
        answer = (
            {
                key: value
                for key, value in self._series_item(entry, language).items()
                if key not in {"genre_ids", "media_type"}
            }
            | {
                "created_by": [],
                "episode_run_time": [],
                "genres": [
                    {"id": number, "name": payload.genre_name("tv", number, language)}
                    for number in entry.genre_ids
                ],
                "homepage": "",
                "in_production": False,
                "languages": [entry.original_language],
                "last_air_date": entry.last_air_date,
                "networks": [],
                "number_of_episodes": entry.episodes,
                "number_of_seasons": entry.seasons,
                "production_companies": [],
                "seasons": [],
                "status": "Ended",
                "tagline": "",
                "type": "Scripted",
            }
            | appended
            | overlaid
        )
        return json_response(
            {key: value for key, value in answer.items() if key not in appended or key in asked}
        )

    async def find(self, request: web.Request) -> web.Response:
        if request.query.get("external_source") != "imdb_id":
            raise TmdbError(5)
        wanted, language = request.match_info["external_id"], _language(request)
        film_ids = [film.id for film in self._catalogue.films.values() if film.imdb_id == wanted]
        film_ids += [
            film_id
            for film_id, recorded in self._catalogue.recorded.items()
            if recorded.get("imdb_id") == wanted
        ]
        series = [
            self._series_item(entry, language)
            for entry in self._catalogue.series.values()
            if entry.imdb_id == wanted and not self._catalogue.is_gone("tv", entry.id)
        ]
        people = [
            self._person_item(person, film_ids, language)
            for person, film_ids in self._catalogue.people()
            if person.imdb_id == wanted and not self._catalogue.is_gone("person", person.id)
        ]
        return json_response(
            {
                "movie_results": [item | {"media_type": "movie"} for item in self._items(film_ids, language)],
                "person_results": people,
                "tv_results": series,
                "tv_episode_results": [],
                "tv_season_results": [],
            }
        )

    def _series_item(self, entry: Series, language: str) -> Item:
        item = payload.series_item(entry, language)
        patch = self._catalogue.other("tv", entry.id)
        return item | {key: patch[key] for key in item.keys() & patch.keys()}


def _words(request: web.Request) -> str:
    query = request.query.get("query", "")
    if not query.strip():
        raise OldValidationError("query must be provided")
    return query


def _includes_adult(request: web.Request) -> bool:
    return request.query.get("include_adult", "false").lower() == "true"


def _collection_item(collection: Collection) -> Item:
    return {
        "adult": False,
        "backdrop_path": None,
        "id": collection.id,
        "title": collection.name,
        "original_title": collection.name,
        "overview": "",
        "poster_path": None,
        "media_type": "collection",
        "original_language": "en",
    }


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise TmdbError(23) from None


_PARTS: Final = (
    ("with_cast", "credits", ("cast",)),
    ("with_crew", "credits", ("crew",)),
    ("with_people", "credits", ("cast", "crew")),
    ("with_keywords", "keywords", ("keywords",)),
)
"""Filters of discover by what films append: the filter, the object and its lists."""


def _holds(found: Iterable[int], wanted: str) -> bool:
    """Whether all of "1,2" are there, or any of "1|2"."""
    try:
        ids = {int(number) for number in wanted.replace("|", ",").split(",")}
    except ValueError:
        raise TmdbError(5) from None
    return not ids.isdisjoint(found) if "|" in wanted else ids.issubset(found)


def _passes(item: Item, day: str, day_filter: str, query: Mapping[str, str]) -> bool:
    """Whether an item passes those of discover's filters that are known here; unknown ones are ignored."""
    told = str(item.get(day) or "")
    first, last = query.get(f"{day_filter}.gte"), query.get(f"{day_filter}.lte")
    year = query.get("primary_release_year") or query.get("year") or query.get("first_air_date_year")
    try:
        score = float(query.get("vote_average.gte", 0))
        votes = float(query.get("vote_count.gte", 0))
        days = [date.fromisoformat(bound) for bound in (first, last) if bound]
    except ValueError:
        raise TmdbError(5) from None
    if (wanted := query.get("with_genres")) and not _holds(item["genre_ids"], wanted):
        return False
    if (without := query.get("without_genres")) and _holds(item["genre_ids"], without.replace(",", "|")):
        return False
    return (
        (not year or told[:4] == year)
        and item["vote_average"] >= score
        and item["vote_count"] >= votes
        and (not days or bool(told))  # a film without a day passes no filter by day
        and (not first or told >= first)
        and (not last or told <= last)
        and item["original_language"] == query.get("with_original_language", item["original_language"])
    )
