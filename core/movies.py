"""A film as TMDB tells it, in the rows the product stores.

Rows are named tuples read by plain code, not validated models: one odd item must cost that item, not
the film, and with the rules written in Python validation is no faster. Field names are TMDB's. A row
starts with its key and is unique by it; lists keep TMDB's order. Unknown is None: TMDB's "", 0
minutes, 0 dollars, impossible dates, numbers past Postgres's types.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from operator import itemgetter
from typing import Any, Generic, NamedTuple, Self, TypeVar

import orjson

from core import payloads
from core.errors import Malformed
from core.payloads import (
    INT4_MAX,
    INT8_MAX,
    LONGEST_CODE,
    Payload,
    Row,
    code,
    image_path,
    integer,
    mapping,
    popularity,
    real,
    score,
    text,
    tmdb_id,
)

# The parts that one request for a film brings beside the film itself, and what each must hold.
APPENDED: dict[str, str | None] = {
    "credits": "cast",
    "translations": "translations",
    "external_ids": None,
    "release_dates": "results",
    "videos": "results",
    "keywords": "keywords",
    "watch/providers": "results",
    "similar": "results",
    "recommendations": "results",
    "images": "posters",
}

Item = TypeVar("Item")


class Genre(NamedTuple):
    id: int
    name: str

    @classmethod
    def read(cls, item: Payload) -> Self | None:
        found, name = tmdb_id(item.get("id")), text(item.get("name"))
        return None if found is None or name is None else cls(found, name)


class Keyword(NamedTuple):
    id: int
    name: str

    @classmethod
    def read(cls, item: Payload) -> Self | None:
        found, name = tmdb_id(item.get("id")), text(item.get("name"))
        return None if found is None or name is None else cls(found, name)


class Company(NamedTuple):
    id: int
    name: str
    logo_path: str | None
    origin_country: str | None

    @classmethod
    def read(cls, item: Payload) -> Self | None:
        found, name = tmdb_id(item.get("id")), text(item.get("name"))
        if found is None or name is None:
            return None
        return cls(found, name, image_path(item.get("logo_path")), text(item.get("origin_country")))


class Country(NamedTuple):
    iso_3166_1: str
    name: str | None

    @classmethod
    def read(cls, item: Payload) -> Self | None:
        found = code(item.get("iso_3166_1"))
        return None if found is None else cls(found, text(item.get("name")))


class Language(NamedTuple):
    iso_639_1: str
    english_name: str | None
    name: str | None

    @classmethod
    def read(cls, item: Payload) -> Self | None:
        found = text(item.get("iso_639_1"))
        return None if found is None else cls(found, text(item.get("english_name")), text(item.get("name")))


class Collection(NamedTuple):
    id: int
    name: str | None
    poster_path: str | None
    backdrop_path: str | None

    @classmethod
    def read(cls, item: Payload) -> Self | None:
        found = tmdb_id(item.get("id"))
        if found is None:
            return None
        return cls(
            found,
            text(item.get("name")),
            image_path(item.get("poster_path")),
            image_path(item.get("backdrop_path")),
        )


class ExternalIds(NamedTuple):
    imdb_id: str | None
    wikidata_id: str | None
    facebook_id: str | None
    instagram_id: str | None
    twitter_id: str | None


class Person(NamedTuple):
    id: int
    name: str | None
    original_name: str | None
    gender: int  # TMDB's: 0 not told, 1 female, 2 male, 3 non-binary
    known_for_department: str | None
    profile_path: str | None
    popularity: float | None

    @classmethod
    def read(cls, item: Payload) -> Self | None:
        found = tmdb_id(item.get("id"))
        if found is None:
            return None
        return cls(
            found,
            text(item.get("name")),
            text(item.get("original_name")),
            integer(item.get("gender"), 0, 3) or 0,
            text(item.get("known_for_department")),
            image_path(item.get("profile_path")),
            popularity(item.get("popularity")),
        )


class CastCredit(NamedTuple):
    credit_id: str
    order: int | None  # the billing
    character: str | None
    person: Person

    @classmethod
    def read(cls, item: Payload) -> Self | None:
        person = Person.read(item)
        if person is None:
            return None
        character = text(item.get("character"))
        return cls(
            # Answers of 2013 carry no credit_id: what is credited then names the credit.
            code(item.get("credit_id")) or f"{person.id}:{character or ''}"[:LONGEST_CODE],
            integer(item.get("order"), 0, INT4_MAX),
            character,
            person,
        )


class CrewCredit(NamedTuple):
    credit_id: str
    department: str | None
    job: str | None
    person: Person

    @classmethod
    def read(cls, item: Payload) -> Self | None:
        person = Person.read(item)
        if person is None:
            return None
        job = text(item.get("job"))
        return cls(
            code(item.get("credit_id")) or f"{person.id}:{job or ''}"[:LONGEST_CODE],
            text(item.get("department")),
            job,
            person,
        )


class Translation(NamedTuple):
    iso_639_1: str
    iso_3166_1: str  # "" where TMDB names no region: a part of the key
    title: str | None
    overview: str | None
    tagline: str | None
    homepage: str | None
    runtime: int | None

    @classmethod
    def read(cls, item: Payload) -> Self | None:
        language = code(item.get("iso_639_1"))
        if language is None:
            return None
        data = mapping(item.get("data"))
        return cls(
            language,
            code(item.get("iso_3166_1")) or "",
            text(data.get("title")),
            text(data.get("overview")),
            text(data.get("tagline")),
            text(data.get("homepage")),
            integer(data.get("runtime"), 1, INT4_MAX),
        )


class Certification(NamedTuple):
    """The age rating in one country.

    Of several, the one of the theatrical release counts, then of the limited one, the premiere, the
    digital, physical and television releases; of one kind, the earliest that names a rating.
    """

    iso_3166_1: str
    certification: str | None

    @classmethod
    def read(cls, item: Payload) -> Self | None:
        country = text(item.get("iso_3166_1"))
        if country is None:
            return None
        ranked = [
            (_RELEASE_TYPES.get(release.get("type"), 9), text(release.get("release_date")) or "~", rating)
            for release in payloads.items(item, "release_dates")
            if type(release) is dict and (rating := text(release.get("certification"))) is not None
        ]
        return cls(country, min(ranked)[2] if ranked else None)


# TMDB's release types, the best first: 3 theatrical, 2 limited, 1 premiere, 4 digital, 5 physical, 6 TV.
_RELEASE_TYPES: dict[Any, int] = {3: 0, 2: 1, 1: 2, 4: 3, 5: 4, 6: 5}


class Video(NamedTuple):
    id: str
    site: str | None
    type: str | None
    key: str
    name: str | None
    official: bool
    published_at: datetime | None
    iso_639_1: str | None
    iso_3166_1: str | None
    size: int | None

    @classmethod
    def read(cls, item: Payload) -> Self | None:
        found, key = text(item.get("id")), text(item.get("key"))
        if found is None or key is None:
            return None
        return cls(
            found,
            text(item.get("site")),
            text(item.get("type")),
            key,
            text(item.get("name")),
            item.get("official") is True,
            payloads.moment(item.get("published_at")),
            text(item.get("iso_639_1")),
            text(item.get("iso_3166_1")),
            integer(item.get("size"), 1, INT4_MAX),
        )


class Poster(NamedTuple):
    file_path: str
    iso_639_1: str | None  # None: no text on it
    width: int | None
    height: int | None
    vote_average: float | None
    vote_count: int | None

    @classmethod
    def read(cls, item: Payload) -> Self | None:
        found = image_path(item.get("file_path"))
        if found is None:
            return None
        language = text(item.get("iso_639_1"))
        return cls(
            found,
            None if language == "xx" else language,  # answers of 2013 say "xx" for null
            integer(item.get("width"), 1, INT4_MAX),
            integer(item.get("height"), 1, INT4_MAX),
            score(item.get("vote_average")),
            integer(item.get("vote_count"), 0, INT4_MAX),
        )


class WatchProvider(NamedTuple):
    type: str  # TMDB's key: flatrate, rent, buy, free, ads
    provider_id: int
    provider_name: str | None
    logo_path: str | None
    display_priority: int | None


class WatchRegion(NamedTuple):
    """Where a film can be watched in one country; the data is JustWatch's."""

    iso_3166_1: str
    link: str | None
    providers: tuple[WatchProvider, ...]


_WATCH_TYPES = ("flatrate", "rent", "buy", "free", "ads")


@dataclass(frozen=True, slots=True, kw_only=True)
class Movie:
    """A film with all its appended parts."""

    id: int
    title: str | None
    original_title: str | None
    original_language: str | None
    overview: str | None
    tagline: str | None
    homepage: str | None
    status: str | None
    release_date: date | None
    runtime: int | None  # minutes
    budget: int | None  # US dollars, as is revenue
    revenue: int | None
    adult: bool
    video: bool
    softcore: bool
    poster_path: str | None
    backdrop_path: str | None
    popularity: float | None
    vote_average: float | None
    vote_count: int | None
    belongs_to_collection: Collection | None
    external_ids: ExternalIds
    origin_country: tuple[str, ...]
    genres: tuple[Genre, ...]
    production_companies: tuple[Company, ...]
    production_countries: tuple[Country, ...]
    spoken_languages: tuple[Language, ...]
    cast: tuple[CastCredit, ...]
    crew: tuple[CrewCredit, ...]
    translations: tuple[Translation, ...]
    keywords: tuple[Keyword, ...]
    certifications: tuple[Certification, ...]
    videos: tuple[Video, ...]  # at YouTube first, trailers, teasers, others, official ones, new ones first
    posters: tuple[Poster, ...]
    watch_regions: tuple[WatchRegion, ...]
    similar: tuple[int, ...]  # ids in TMDB's order, as are the recommendations
    recommendations: tuple[int, ...]
    missing: tuple[str, ...]  # appended parts the answer lacks: not known to be empty
    dropped: int  # list items that had no usable key

    @classmethod
    def from_payload(cls, payload: Any) -> Self:
        """Read the answer to GET /3/movie/{id}; Malformed where it is no film."""
        found = payloads.required_id(payload, "film")
        get = payload.get
        external = mapping(get("external_ids"))
        credits = mapping(get("credits"))
        dropped = 0

        def rows(
            found: Any, key: str, read: Callable[[Payload], Row | None], width: Callable[[Row], Any] = _FIRST
        ) -> tuple[Row, ...]:
            nonlocal dropped
            kept, garbage = payloads.unique(payloads.items(found, key), read, width)
            dropped += garbage
            return kept

        return cls(
            id=found,
            title=text(get("title")) or text(get("original_title")),
            original_title=text(get("original_title")),
            original_language=code(get("original_language")),
            overview=text(get("overview")),
            tagline=text(get("tagline")),
            homepage=text(get("homepage")),
            status=text(get("status")),
            release_date=payloads.day(get("release_date")),
            runtime=integer(get("runtime"), 1, INT4_MAX),
            budget=integer(get("budget"), 1, INT8_MAX),
            revenue=integer(get("revenue"), 1, INT8_MAX),
            adult=get("adult") is True,
            video=get("video") is True,
            softcore=get("softcore") is True,
            poster_path=image_path(get("poster_path")),
            backdrop_path=image_path(get("backdrop_path")),
            popularity=popularity(get("popularity")),
            vote_average=score(get("vote_average")),
            vote_count=integer(get("vote_count"), 0, INT4_MAX),
            belongs_to_collection=Collection.read(mapping(get("belongs_to_collection"))),
            external_ids=ExternalIds(
                code(get("imdb_id")) or code(external.get("imdb_id")),
                text(external.get("wikidata_id")),
                text(external.get("facebook_id")),
                text(external.get("instagram_id")),
                text(external.get("twitter_id")),
            ),
            origin_country=tuple(
                dict.fromkeys(filter(None, map(text, payloads.items(get("origin_country"), ""))))
            ),
            genres=rows(get("genres"), "genres", Genre.read),
            production_companies=rows(get("production_companies"), "results", Company.read),
            production_countries=rows(get("production_countries"), "results", Country.read),
            spoken_languages=rows(get("spoken_languages"), "results", Language.read),
            cast=rows(credits, "cast", CastCredit.read),
            crew=rows(credits, "crew", CrewCredit.read),
            translations=rows(get("translations"), "translations", Translation.read, _FIRST_TWO),
            keywords=rows(get("keywords"), "keywords", Keyword.read),
            certifications=tuple(
                row
                for row in rows(get("release_dates"), "results", Certification.read)
                if row.certification is not None
            ),
            videos=tuple(sorted(rows(get("videos"), "results", Video.read), key=_video_rank)),
            posters=rows(get("images"), "posters", Poster.read),
            watch_regions=_watch_regions(mapping(get("watch/providers")).get("results")),
            similar=_film_ids(get("similar"), found),
            recommendations=_film_ids(get("recommendations"), found),
            missing=tuple(part for part, key in APPENDED.items() if _is_missing(get(part), key)),
            dropped=dropped,
        )

    @property
    def trailers(self) -> tuple[Video, ...]:
        """Trailers, then teasers, at YouTube, the best first."""
        return tuple(video for video in self.videos if video.site == "YouTube" and video.type in _TRAILERS)

    @property
    def best_posters(self) -> tuple[Poster, ...]:
        """The best voted poster of each language (None: without text), then the more voted, the wider."""
        best: dict[str | None, Poster] = {}
        for poster in self.posters:
            known = best.get(poster.iso_639_1)
            if known is None or _poster_rank(poster) > _poster_rank(known):
                best[poster.iso_639_1] = poster
        return tuple(best[language] for language in sorted(best, key=lambda language: language or ""))

    @property
    def content(self) -> dict[str, Any]:
        """The facts whose change is a change of the film, each list sorted by its key.

        Votes, popularity, watch providers, similar and recommended films are stored but are no facts
        of the film. Of the posters all paths and languages count, since which one is best hangs on votes.
        """
        return {
            "id": self.id,
            "title": self.title,
            "original_title": self.original_title,
            "original_language": self.original_language,
            "overview": self.overview,
            "tagline": self.tagline,
            "homepage": self.homepage,
            "status": self.status,
            "release_date": self.release_date,
            "runtime": self.runtime,
            "budget": self.budget,
            "revenue": self.revenue,
            "adult": self.adult,
            "video": self.video,
            "softcore": self.softcore,
            "poster_path": self.poster_path,
            "backdrop_path": self.backdrop_path,
            "belongs_to_collection": self.belongs_to_collection and tuple(self.belongs_to_collection[:2]),
            "external_ids": tuple(self.external_ids),
            "origin_country": sorted(self.origin_country),
            "genres": _by_key(self.genres),
            "production_companies": _by_key(self.production_companies),
            "production_countries": sorted(country.iso_3166_1 for country in self.production_countries),
            "spoken_languages": sorted(language.iso_639_1 for language in self.spoken_languages),
            "cast": sorted(row[:3] + row.person[:-1] for row in self.cast),
            "crew": sorted(row[:3] + row.person[:-1] for row in self.crew),
            "translations": _by_key(self.translations),
            "keywords": _by_key(self.keywords),
            "certifications": _by_key(self.certifications),
            "videos": _by_key(self.videos),
            "posters": sorted(row[:4] for row in self.posters),
        }


def _by_key(rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    # orjson writes plain tuples only. Keys stand first and are unique, so no comparison passes them.
    return sorted(map(tuple, rows))


_FIRST = itemgetter(0)
_FIRST_TWO = itemgetter(0, 1)
_TRAILERS = ("Trailer", "Teaser")


def _video_rank(video: Video) -> tuple[bool, int, bool, float, str]:
    kind = _TRAILERS.index(video.type) if video.type in _TRAILERS else len(_TRAILERS)
    newest = -video.published_at.timestamp() if video.published_at else 0.0
    return video.site != "YouTube", kind, not video.official, newest, video.id


def _poster_rank(poster: Poster) -> tuple[float, int, int, str]:
    return poster.vote_average or 0.0, poster.vote_count or 0, poster.width or 0, poster.file_path


def _watch_regions(results: Any) -> tuple[WatchRegion, ...]:
    regions = []
    for country in sorted(mapping(results)):
        region = mapping(results[country])
        providers = {
            (kind, found): WatchProvider(
                kind,
                found,
                text(offer.get("provider_name")),
                image_path(offer.get("logo_path")),
                integer(offer.get("display_priority"), 0, INT4_MAX),
            )
            for kind in _WATCH_TYPES
            for offer in map(mapping, payloads.items(region.get(kind), ""))
            if (found := tmdb_id(offer.get("provider_id"))) is not None
        }
        named = text(country)
        if named is not None:
            regions.append(
                WatchRegion(
                    named, text(region.get("link")), tuple(providers[key] for key in sorted(providers))
                )
            )
    return tuple(regions)


def _is_missing(part: Any, key: str | None) -> bool:
    # In place of a part that TMDB could not bring may stand an error of its own.
    return type(part) is not dict or (key is not None and key not in part) or part.get("success") is False


def _film_ids(page: Any, own: int) -> tuple[int, ...]:
    found = (
        tmdb_id(item.get("id"))
        for item in map(mapping, payloads.items(page, "results"))
        if item.get("media_type") in (None, "movie")
    )
    return tuple(dict.fromkeys(film for film in found if film is not None and film != own))


class SeriesTranslation(NamedTuple):
    iso_639_1: str
    iso_3166_1: str  # "" where TMDB names no region: a part of the key
    name: str | None
    overview: str | None

    @classmethod
    def read(cls, item: Payload) -> Self | None:
        language = code(item.get("iso_639_1"))
        if language is None:
            return None
        data = mapping(item.get("data"))
        return cls(
            language, code(item.get("iso_3166_1")) or "", text(data.get("name")), text(data.get("overview"))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A series as far as the search and a plain card show it."""

    id: int
    name: str | None
    original_name: str | None
    original_language: str | None
    overview: str | None
    first_air_date: date | None
    last_air_date: date | None  # an item of a list does not tell
    poster_path: str | None
    adult: bool
    softcore: bool
    popularity: float | None
    vote_average: float | None
    vote_count: int | None
    translations: tuple[SeriesTranslation, ...] | None  # None: the answer lacked them

    @classmethod
    def from_payload(cls, payload: Any) -> Self:
        """Read a series' detail or list item; Malformed where it is none."""
        found = payloads.required_id(payload, "series")
        get = payload.get
        translations = get("translations")
        return cls(
            id=found,
            name=text(get("name")) or text(get("original_name")),
            original_name=text(get("original_name")),
            original_language=code(get("original_language")),
            overview=text(get("overview")),
            first_air_date=payloads.day(get("first_air_date")),
            last_air_date=payloads.day(get("last_air_date")),
            poster_path=image_path(get("poster_path")),
            adult=get("adult") is True,
            softcore=get("softcore") is True,
            popularity=popularity(get("popularity")),
            vote_average=score(get("vote_average")),
            vote_count=integer(get("vote_count"), 0, INT4_MAX),
            translations=None
            if _is_missing(translations, "translations")
            else payloads.unique(
                payloads.items(translations, "translations"), SeriesTranslation.read, _FIRST_TWO
            )[0],
        )

    @property
    def content(self) -> dict[str, Any]:
        """The facts whose change is a change of the series."""
        return {
            "id": self.id,
            "name": self.name,
            "original_name": self.original_name,
            "original_language": self.original_language,
            "overview": self.overview,
            "first_air_date": self.first_air_date,
            "last_air_date": self.last_air_date,
            "poster_path": self.poster_path,
            "adult": self.adult,
            "softcore": self.softcore,
            "translations": self.translations and _by_key(self.translations),
        }


class PersonTranslation(NamedTuple):
    iso_639_1: str
    iso_3166_1: str  # "" where TMDB names no region: a part of the key
    name: str | None
    biography: str | None

    @classmethod
    def read(cls, item: Payload) -> Self | None:
        language = code(item.get("iso_639_1"))
        if language is None:
            return None
        data = mapping(item.get("data"))
        return cls(
            language,
            code(item.get("iso_3166_1")) or "",
            text(data.get("name")),
            text(data.get("biography")),
        )


class PersonCast(NamedTuple):
    """A part in a film, as the person's own list tells it."""

    movie_id: int
    credit_id: str
    order: int | None  # the billing
    character: str | None


class PersonCrew(NamedTuple):
    """A job at a film, as the person's own list tells it."""

    movie_id: int
    credit_id: str
    department: str | None
    job: str | None


# The parts that one request for a person brings beside the person, and what each must hold.
PERSON_APPENDED: dict[str, str | None] = {
    "combined_credits": "cast",
    "translations": "translations",
    "external_ids": None,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonDetails:
    """A person as their own answer tells of them; of their credits those at films."""

    id: int
    name: str | None
    also_known_as: tuple[str, ...]
    gender: int  # as a credited person's
    known_for_department: str | None
    biography: str | None
    birthday: date | None
    deathday: date | None
    place_of_birth: str | None
    imdb_id: str | None
    profile_path: str | None
    popularity: float | None
    adult: bool
    translations: tuple[PersonTranslation, ...]
    films: tuple["MovieListItem", ...]  # those of `cast` and `crew`, each once
    cast: tuple[PersonCast, ...]
    crew: tuple[PersonCrew, ...]
    missing: tuple[str, ...]  # appended parts the answer lacks: not known to be empty

    @classmethod
    def from_payload(cls, payload: Any) -> Self:
        """Read the answer to GET /3/person/{id}; Malformed where it is nobody."""
        found = payloads.required_id(payload, "person")
        get = payload.get
        credits = mapping(get("combined_credits"))
        films: dict[int, MovieListItem] = {}

        def film(item: Payload) -> int | None:
            if item.get("media_type") != "movie":
                return None
            try:
                read = MovieListItem.from_payload(item)
            except Malformed:
                return None
            return films.setdefault(read.id, read).id

        def cast(item: Payload) -> PersonCast | None:
            movie_id = film(item)
            if movie_id is None:
                return None
            character = text(item.get("character"))
            credit_id = code(item.get("credit_id")) or f"{found}:{character or ''}"[:LONGEST_CODE]
            return PersonCast(movie_id, credit_id, integer(item.get("order"), 0, INT4_MAX), character)

        def crew(item: Payload) -> PersonCrew | None:
            movie_id = film(item)
            if movie_id is None:
                return None
            job = text(item.get("job"))
            credit_id = code(item.get("credit_id")) or f"{found}:{job or ''}"[:LONGEST_CODE]
            return PersonCrew(movie_id, credit_id, text(item.get("department")), job)

        return cls(
            id=found,
            name=text(get("name")),
            also_known_as=tuple(
                dict.fromkeys(filter(None, map(text, payloads.items(get("also_known_as"), ""))))
            ),
            gender=integer(get("gender"), 0, 3) or 0,
            known_for_department=text(get("known_for_department")),
            biography=text(get("biography")),
            birthday=payloads.day(get("birthday")),
            deathday=payloads.day(get("deathday")),
            place_of_birth=text(get("place_of_birth")),
            imdb_id=code(get("imdb_id")) or code(mapping(get("external_ids")).get("imdb_id")),
            profile_path=image_path(get("profile_path")),
            popularity=popularity(get("popularity")),
            adult=get("adult") is True,
            translations=payloads.unique(
                payloads.items(get("translations"), "translations"), PersonTranslation.read, _FIRST_TWO
            )[0],
            cast=payloads.unique(payloads.items(credits, "cast"), cast, _FIRST_TWO)[0],
            crew=payloads.unique(payloads.items(credits, "crew"), crew, _FIRST_TWO)[0],
            films=tuple(films.values()),
            missing=tuple(part for part, key in PERSON_APPENDED.items() if _is_missing(get(part), key)),
        )

    @property
    def content(self) -> dict[str, Any]:
        """The facts whose change is a change of the person, each list sorted by its key."""
        return {
            "id": self.id,
            "name": self.name,
            "also_known_as": sorted(self.also_known_as),
            "gender": self.gender,
            "known_for_department": self.known_for_department,
            "biography": self.biography,
            "birthday": self.birthday,
            "deathday": self.deathday,
            "place_of_birth": self.place_of_birth,
            "imdb_id": self.imdb_id,
            "profile_path": self.profile_path,
            "adult": self.adult,
            "translations": _by_key(self.translations),
            "cast": _by_key(self.cast),
            "crew": _by_key(self.crew),
        }


def content_hash(facts: Movie | Series | PersonDetails) -> str:
    """SHA-256 over the facts alone, in hex: equal for answers that differ in votes or in order only."""
    return hashlib.sha256(orjson.dumps(facts.content)).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class MovieListItem:
    """A film as lists and searches carry it."""

    id: int
    title: str | None
    original_title: str | None
    original_language: str | None
    overview: str | None
    release_date: date | None
    poster_path: str | None
    genre_ids: tuple[int, ...]
    adult: bool
    softcore: bool
    popularity: float | None
    vote_average: float | None
    vote_count: int | None

    @classmethod
    def from_payload(cls, payload: Any) -> Self:
        """Read one list item; Malformed where it is no film."""
        found = payloads.required_id(payload, "film")
        get = payload.get
        return cls(
            id=found,
            title=text(get("title")) or text(get("original_title")),
            original_title=text(get("original_title")),
            original_language=code(get("original_language")),
            overview=text(get("overview")),
            release_date=payloads.day(get("release_date")),
            poster_path=image_path(get("poster_path")),
            genre_ids=tuple(
                genre for item in payloads.items(get("genre_ids"), "") if (genre := tmdb_id(item)) is not None
            ),
            adult=get("adult") is True,
            softcore=get("softcore") is True,
            popularity=popularity(get("popularity")),
            vote_average=score(get("vote_average")),
            vote_count=integer(get("vote_count"), 0, INT4_MAX),
        )


@dataclass(frozen=True, slots=True)
class PersonListItem:
    """A person as searches carry them, with the films and series they are known for."""

    person: Person
    adult: bool
    known_for: tuple[MovieListItem | Series, ...]

    @classmethod
    def from_payload(cls, payload: Any) -> Self:
        """Read one list item; Malformed where it is nobody."""
        person = Person.read(mapping(payload))
        if person is None:
            raise Malformed("a person without an id")
        known_for: list[MovieListItem | Series] = []
        for item in map(mapping, payloads.items(payload.get("known_for"), "")):
            kind = item.get("media_type")
            if tmdb_id(item.get("id")) is None:
                continue
            if kind == "movie":
                known_for.append(MovieListItem.from_payload(item))
            elif kind == "tv":
                known_for.append(Series.from_payload(item))
        return cls(person, payload.get("adult") is True, tuple(known_for))

    @property
    def id(self) -> int:
        """TMDB's id of the person."""
        return self.person.id


ListItem = MovieListItem | Series | PersonListItem


@dataclass(frozen=True, slots=True)
class RatedMovie:
    """A film with the rating its owner gave it, 0.5 to 10."""

    movie: MovieListItem
    rating: Decimal

    @classmethod
    def from_payload(cls, payload: Any) -> Self:
        """Read one item of an account's rated films."""
        return cls(MovieListItem.from_payload(payload), read_rating(payload.get("rating")))


def read_rating(value: Any) -> Decimal:
    """A rating as TMDB spells it, 8 or 8.5; Malformed where it is none."""
    number = real(value)
    if number is None or not 0.5 <= number <= 10:
        raise Malformed("a rating outside 0.5 to 10")
    return Decimal(str(number)).normalize()


@dataclass(frozen=True, slots=True)
class ChangedMovie:
    """A film that changed, as /3/movie/changes lists it."""

    id: int
    adult: bool | None

    @classmethod
    def from_payload(cls, payload: Any) -> Self:
        """Read one item of the changes."""
        adult = mapping(payload).get("adult")
        return cls(payloads.required_id(payload, "changed film"), adult if type(adult) is bool else None)


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """One page of a list; items that could not be read are left out and counted."""

    page: int
    results: tuple[Item, ...]
    total_pages: int
    total_results: int
    dropped: int

    @classmethod
    def from_payload(cls, payload: Any, read: Callable[[Any], Item | None]) -> "Page[Item]":
        """Read a page whose items `read` understands: None skips an item, Malformed drops it."""
        found = mapping(payload).get("results")
        if type(found) is not list:
            raise Malformed("a page without results")
        results: list[Item] = []
        dropped = 0
        for item in found:
            try:
                result = read(item)
            except Malformed:
                dropped += 1
            else:
                if result is not None:
                    results.append(result)
        return cls(
            integer(payload.get("page"), 1, INT4_MAX) or 1,
            tuple(results),
            integer(payload.get("total_pages"), 0, INT4_MAX) or 0,
            integer(payload.get("total_results"), 0, INT4_MAX) or 0,
            dropped,
        )

    @property
    def last_page(self) -> int:
        """The last page that may be asked for: TMDB counts further than it answers."""
        return min(self.total_pages, MAX_PAGE)


MAX_PAGE = 500
