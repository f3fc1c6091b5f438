"""Writes a film's facts as TMDB writes them: the same fields, the same odd values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sandbox.tmdb.facts import COUNTRIES, GENRES, LANGUAGES, CastCredit, CrewCredit, Film, Person, hex_id
from sandbox.tmdb.films import Series

PROVIDERS: Final = {
    2: "Apple TV", 3: "Google Play Movies", 8: "Netflix", 9: "Amazon Prime Video", 10: "Amazon Video",
    11: "MUBI", 115: "Okko", 117: "Kinopoisk", 258: "Criterion Channel", 337: "Disney Plus", 1899: "Max",
}  # fmt: skip

ListItem = Callable[[int, str], dict[str, Any] | None]
"""The list item of a film by id in a language, None where there is no such film."""


def split_language(language: str) -> tuple[str, str | None]:
    """ "ru-RU" as ("ru", "RU"), "ru" as ("ru", None)."""
    code, _, region = language.partition("-")
    return code.lower(), region.upper() or None


def genre_name(media_type: str, genre_id: int, language: str) -> str:
    names = GENRES[media_type][genre_id]
    return names.get(split_language(language)[0], names["en"])


def title_in(film: Film, language: str) -> str:
    translation = film.translation(*split_language(language))
    return (translation.title if translation else "") or film.original_title


def poster_in(film: Film, language: str) -> str | None:
    """The poster TMDB shows: the request's language first, then the film's, then whichever is best."""
    wanted = (split_language(language)[0], film.original_language, "en", None)
    for choice in wanted:
        for path, poster_language in film.posters:
            if poster_language == choice:
                return path
    return film.posters[0][0] if film.posters else None


def details(film: Film, language: str) -> dict[str, Any]:
    """GET movie/{id} without anything appended."""
    translation = film.translation(*split_language(language))
    payload: dict[str, Any] = {
        "adult": film.adult,
        "backdrop_path": film.backdrop_path,
        "belongs_to_collection": None
        if film.collection is None
        else {
            "id": film.collection.id,
            "name": film.collection.name,
            "poster_path": None,
            "backdrop_path": None,
        },
        "budget": film.budget,
        "genres": [
            {"id": number, "name": genre_name("movie", number, language)} for number in film.genre_ids
        ],
        "homepage": (translation.homepage if translation else "") or film.homepage,
        "id": film.id,
        "imdb_id": film.imdb_id,
        "origin_country": list(film.countries[:1]),
        "original_language": film.original_language,
        "original_title": film.original_title,
        "overview": translation.overview if translation else "",
        "popularity": film.popularity,
        "poster_path": poster_in(film, language),
        "production_companies": [
            {"id": company.id, "logo_path": None, "name": company.name, "origin_country": company.country}
            for company in film.companies
        ],
        "production_countries": [
            {"iso_3166_1": code, "name": COUNTRIES.get(code, code)} for code in film.countries
        ],
        "release_date": film.release_date,
        "revenue": film.revenue,
        "runtime": film.runtime,
        "softcore": film.softcore,
        "spoken_languages": [
            {"english_name": LANGUAGES[code][0], "iso_639_1": code, "name": LANGUAGES[code][1]}
            for code in film.spoken
        ],
        "status": film.status,
        "tagline": translation.tagline if translation else "",
        "title": title_in(film, language),
        "video": film.video,
        "vote_average": film.vote_average,
        "vote_count": film.vote_count,
    }
    if film.softcore is None:  # payloads that old knew no origin_country either
        del payload["softcore"], payload["origin_country"]
    return payload


def list_item(film: Film, language: str) -> dict[str, Any]:
    translation = film.translation(*split_language(language))
    item: dict[str, Any] = {
        "adult": film.adult,
        "backdrop_path": film.backdrop_path,
        "genre_ids": list(film.genre_ids),
        "id": film.id,
        "original_language": film.original_language,
        "original_title": film.original_title,
        "overview": translation.overview if translation else "",
        "popularity": film.popularity,
        "poster_path": poster_in(film, language),
        "release_date": film.release_date,
        "softcore": film.softcore,
        "title": title_in(film, language),
        "video": film.video,
        "vote_average": film.vote_average,
        "vote_count": film.vote_count,
    }
    if film.softcore is None:
        del item["softcore"]
    if not film.release_date and film.id % 2:  # in lists the key of an unknown date may be absent
        del item["release_date"]
    return item


def series_item(entry: Series, language: str) -> dict[str, Any]:
    return {
        "adult": False,
        "backdrop_path": None,
        "first_air_date": entry.first_air_date,
        "genre_ids": list(entry.genre_ids),
        "id": entry.id,
        "media_type": "tv",
        "name": entry.text("name", language),
        "origin_country": list(entry.countries),
        "original_language": entry.original_language,
        "original_name": entry.original_name,
        "overview": entry.text("overview", language),
        "popularity": entry.popularity,
        "poster_path": entry.poster_path,
        "vote_average": entry.vote_average,
        "vote_count": entry.vote_count,
    }


def series_translations(entry: Series) -> dict[str, Any]:
    texts = {"en": {"name": entry.name, "overview": entry.overview}, **entry.texts}
    return {
        "translations": [
            {
                "iso_3166_1": LANGUAGES[code][2],
                "iso_639_1": code,
                "name": LANGUAGES[code][1],
                "english_name": LANGUAGES[code][0],
                "data": {
                    "name": "" if text["name"] == entry.original_name else text["name"],
                    "overview": text["overview"],
                    "homepage": "",
                    "tagline": "",
                },
            }
            for code, text in texts.items()
        ]
    }


def person_name(person: Person, language: str) -> str:
    return person.names.get(split_language(language)[0], person.name)


def person_translations(person: Person) -> dict[str, Any]:
    """GET person/{id}/translations: a text "" or a name "" where only the other is translated."""
    languages = sorted({*person.names, *person.biographies})
    return {
        "translations": [
            {
                "iso_3166_1": LANGUAGES[code][2],
                "iso_639_1": code,
                "name": LANGUAGES[code][1],
                "english_name": LANGUAGES[code][0],
                "data": {"biography": person.biographies.get(code, ""), "name": person.names.get(code, "")},
            }
            for code in languages
        ]
    }


def _person(person: Person, language: str) -> dict[str, Any]:
    return {
        "adult": False,
        "gender": person.gender,
        "id": person.id,
        "known_for_department": person.department,
        "name": person_name(person, language),
        "original_name": person.original_name,
        "popularity": person.popularity,
        "profile_path": person.profile_path,
    }


def _cast(credit: CastCredit, order: int, language: str) -> dict[str, Any]:
    return _person(credit.person, language) | {
        "cast_id": order + 1,
        "character": credit.character,
        "credit_id": credit.credit_id,
        "order": order,
    }


def _crew(credit: CrewCredit, language: str) -> dict[str, Any]:
    return _person(credit.person, language) | {
        "credit_id": credit.credit_id,
        "department": credit.department,
        "job": credit.job,
    }


def _credits(film: Film, language: str) -> dict[str, Any]:
    return {
        "cast": [_cast(credit, order, language) for order, credit in enumerate(film.cast)],
        "crew": [_crew(credit, language) for credit in film.crew],
    }


def _translations(film: Film) -> dict[str, Any]:
    return {
        "translations": [
            {
                "iso_3166_1": entry.region,
                "iso_639_1": entry.language,
                "name": LANGUAGES[entry.language][1],
                "english_name": LANGUAGES[entry.language][0],
                "data": {
                    "homepage": entry.homepage,
                    "overview": entry.overview,
                    "runtime": entry.runtime,
                    "tagline": entry.tagline,
                    "title": entry.title,
                },
            }
            for entry in film.translations
        ]
    }


def _release_dates(film: Film) -> dict[str, Any]:
    if not film.release_date:
        return {"results": []}
    moment = f"{film.release_date}T00:00:00.000Z"
    results = []
    for region, certification in film.certifications.items():
        dates = [
            {
                "certification": certification,
                "descriptors": [],
                "iso_639_1": "",
                "note": "",
                "release_date": moment,
                "type": 3,
            }
        ]
        if region == "US":  # a premiere without a certification stands before the theatrical release
            dates.insert(0, dates[0] | {"certification": "", "note": "Premiere", "type": 1})
        results.append({"iso_3166_1": region, "release_dates": dates})
    return {"results": results}


def _videos(film: Film, language: str) -> dict[str, Any]:
    wanted = split_language(language)[0]
    return {
        "results": [
            {
                "iso_639_1": video.language,
                "iso_3166_1": video.region,
                "name": video.name,
                "key": video.key,
                "site": "YouTube",
                "size": 1080,
                "type": video.type,
                "official": video.official,
                "published_at": f"{film.release_date or '2020-01-01'}T12:00:00.000Z",
                "id": hex_id("video", film.id, video.key),
            }
            for video in film.videos
            if video.language == wanted
        ]
    }


def _watch_providers(film: Film) -> dict[str, Any]:
    results: dict[str, Any] = {}
    for region, offers in film.providers.items():
        entry: dict[str, Any] = {"link": f"https://www.themoviedb.org/movie/{film.id}/watch?locale={region}"}
        for kind, numbers in offers.items():
            entry[kind] = [
                {
                    "logo_path": f"/{hex_id('provider', number, digits=27)}.jpg",
                    "provider_id": number,
                    "provider_name": PROVIDERS[number],
                    "display_priority": place,
                }
                for place, number in enumerate(numbers)
            ]
        results[region] = entry
    return {"results": results}


def _images(film: Film, languages: Sequence[str | None] | None) -> dict[str, Any]:
    def picture(path: str, language: str | None, place: int, width: int, height: int) -> dict[str, Any]:
        return {
            "aspect_ratio": round(width / height, 3),
            "height": height,
            "iso_639_1": language,
            "file_path": path,
            "vote_average": round(max(0.0, 5.6 - 0.25 * place), 3),
            "vote_count": max(0, 12 - 2 * place),
            "width": width,
        }

    posters = [
        picture(path, language, place, 1000, 1500)
        for place, (path, language) in enumerate(film.posters)
        if languages is None or language in languages
    ]
    backdrops = [picture(film.backdrop_path, None, 0, 1280, 720)] if film.backdrop_path else []
    if languages is not None and None not in languages:
        backdrops = []
    return {"backdrops": backdrops, "logos": [], "posters": posters}


def _related(ids: Sequence[int], language: str, item: ListItem, media_type: str | None) -> dict[str, Any]:
    results = [entry for number in ids if (entry := item(number, language)) is not None]
    if media_type is not None:
        results = [entry | {"media_type": media_type} for entry in results]
    return {"page": 1, "results": results, "total_pages": 1 if results else 0, "total_results": len(results)}


def append(
    film: Film,
    name: str,
    language: str,
    image_languages: Sequence[str | None] | None,
    item: ListItem,
) -> Mapping[str, Any] | None:
    """One object of append_to_response; None for a name TMDB does not know, which it ignores.

    `image_languages` None means every image, as without a `language` in the request.
    """
    match name:
        case "credits":
            return _credits(film, language)
        case "translations":
            return _translations(film)
        case "external_ids":
            return {
                "imdb_id": film.imdb_id,
                "wikidata_id": None,
                "facebook_id": "" if film.id % 3 == 0 else None,
                "instagram_id": None,
                "twitter_id": None,
            }
        case "release_dates":
            return _release_dates(film)
        case "videos":
            return _videos(film, language)
        case "keywords":
            return {"keywords": [{"id": number, "name": text} for number, text in film.keywords]}
        case "watch/providers":
            return _watch_providers(film)
        case "similar":
            return _related(film.similar, language, item, None)
        case "recommendations":
            return _related(film.recommended, language, item, "movie")
        case "images":
            return _images(film, image_languages)
        case _:
            return None
