"""How films are read from TMDB's answers, and when their hashes change."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import payloads
from core.accounts import Account, AccountStates, RequestToken
from core.errors import Malformed
from core.movies import (
    APPENDED,
    ChangedMovie,
    Movie,
    MovieListItem,
    Page,
    PersonDetails,
    RatedMovie,
    Series,
    content_hash,
)
from core.payloads import canonical_json, decode, payload_hash

# A busy machine is no failure, hence no deadline.
quick = settings(max_examples=60, deadline=None, database=None)


def hashed(payload: Any) -> str:
    """As a payload is hashed to be stored."""
    return payload_hash(canonical_json(payload))


def person(number: int, **facts: Any) -> dict[str, Any]:
    return {
        "id": number,
        "name": f"Person {number}",
        "original_name": f"Person {number}",
        "gender": 2,
        "known_for_department": "Acting",
        "profile_path": f"/person{number}.jpg",
        "popularity": number / 7,
        "adult": False,
        **facts,
    }


def film() -> dict[str, Any]:
    """A payload with something in every part, lists of at least two."""
    return {
        "id": 7,
        "imdb_id": "tt0000007",
        "title": "Seven Lamps",
        "original_title": "Sieben Lampen",
        "original_language": "de",
        "overview": "Seven lamps burn in one house.",
        "tagline": "Mind the dark.",
        "homepage": "https://lamps.example",
        "status": "Released",
        "release_date": "1999-03-31",
        "runtime": 101,
        "budget": 1_000_000,
        "revenue": 3_000_000_000,
        "adult": False,
        "video": False,
        "softcore": False,
        "poster_path": "/en1.jpg",
        "backdrop_path": "/back.jpg",
        "popularity": 12.5,
        "vote_average": 7.123,
        "vote_count": 321,
        "belongs_to_collection": {
            "id": 70, "name": "Lamps", "poster_path": None, "backdrop_path": "/lamps.jpg",
        },
        "origin_country": ["DE", "AT"],
        "genres": [{"id": 18, "name": "Drama"}, {"id": 28, "name": "Action"}],
        "production_companies": [
            {"id": 2, "name": "Two", "logo_path": None, "origin_country": ""},
            {"id": 1, "name": "One", "logo_path": "/one.png", "origin_country": "DE"},
        ],
        "production_countries": [
            {"iso_3166_1": "DE", "name": "Germany"},
            {"iso_3166_1": "AT", "name": "Austria"},
        ],
        "spoken_languages": [
            {"iso_639_1": "de", "english_name": "German", "name": "Deutsch"},
            {"iso_639_1": "xx", "english_name": "No Language", "name": ""},
        ],
        "credits": {
            "cast": [
                person(1, credit_id="c1", character="Anna", order=0),
                person(2, credit_id="c2", character="", order=1),
                person(1, credit_id="c3", character="Anna's twin", order=2),
            ],
            "crew": [
                person(3, credit_id="w1", department="Directing", job="Director"),
                person(3, credit_id="w2", department="Writing", job="Writer"),
                person(4, credit_id="w3", department="Directing", job="Director"),
            ],
        },
        "translations": {
            "translations": [
                {
                    "iso_639_1": "zh", "iso_3166_1": region, "name": "普通话",
                    "data": {"title": title, "overview": "", "tagline": "", "homepage": "", "runtime": 0},
                }
                for region, title in (("CN", "七盏灯"), ("TW", "七盞燈"), ("HK", ""))
            ]
        },
        "external_ids": {
            "imdb_id": "tt0000007", "wikidata_id": "Q7", "facebook_id": "", "instagram_id": None,
            "twitter_id": "lamps",
        },
        "release_dates": {
            "results": [
                {
                    "iso_3166_1": "DE",
                    "release_dates": [
                        {"certification": "12", "release_date": "1999-06-01T00:00:00.000Z", "type": 4},
                        {"certification": "", "release_date": "1999-03-30T00:00:00.000Z", "type": 3},
                        {"certification": "16", "release_date": "1999-03-31T00:00:00.000Z", "type": 3},
                        {"certification": "18", "release_date": "1999-04-30T00:00:00.000Z", "type": 3},
                    ],
                },
                {"iso_3166_1": "FR", "release_dates": [{"certification": "", "type": 3}]},
            ]
        },
        "videos": {
            "results": [
                video("v1", "Clip", official=True, published_at="2020-01-01T00:00:00.000Z"),
                video("v2", "Trailer", official=False, published_at="2021-01-01T00:00:00.000Z"),
                video("v3", "Trailer", official=True, published_at="2010-06-16 23:26:16 UTC"),
                video("v4", "Trailer", official=True, published_at="2019-01-01T00:00:00.000Z"),
                video("v5", "Teaser", official=True, published_at="2022-01-01T00:00:00.000Z"),
                video("v6", "Trailer", official=True, published_at="2023-01-01T00:00:00.000Z", site="Vimeo"),
            ]
        },
        "keywords": {"keywords": [{"id": 5, "name": "lamp"}, {"id": 4, "name": "house"}]},
        "watch/providers": {
            "results": {
                "DE": {
                    "link": "https://www.themoviedb.org/movie/7/watch?locale=DE",
                    "flatrate": [
                        {"provider_id": 8, "provider_name": "Netflix", "logo_path": "/n.jpg"},
                    ],
                    "rent": [
                        {"provider_id": 2, "provider_name": "Apple TV", "display_priority": 4},
                    ],
                }
            }
        },
        "similar": {"page": 1, "results": [{"id": 30}, {"id": 20}, {"id": 30}, {"id": 7}]},
        "recommendations": {
            "page": 1,
            "results": [{"id": 40, "media_type": "movie"}, {"id": 41, "media_type": "tv"}],
        },
        "images": {
            "posters": [
                poster("/en1.jpg", "en", 5.1, 10),
                poster("/en2.jpg", "en", 5.4, 3),
                poster("/none.jpg", None, 5.0, 1),
                poster("/ru.jpg", "ru", 0, 0),
            ]
        },
    }  # fmt: skip


def video(key: str, kind: str, **facts: Any) -> dict[str, Any]:
    return {
        "id": key, "key": f"key-{key}", "site": "YouTube", "type": kind, "name": f"{kind} {key}",
        "iso_639_1": "en", "iso_3166_1": "US", "size": 1080, **facts,
    }  # fmt: skip


def poster(path: str, language: str | None, average: float, count: int, width: int = 1000) -> dict[str, Any]:
    return {
        "file_path": path, "iso_639_1": language, "width": width, "height": 1500, "aspect_ratio": 0.667,
        "vote_average": average, "vote_count": count,
    }  # fmt: skip


def read(**facts: Any) -> Movie:
    return Movie.from_payload({**film(), **facts})


# Facts ------------------------------------------------------------------------------------------------


def test_a_film_is_read_whole() -> None:
    movie = read()
    assert (movie.id, movie.title, movie.original_title) == (7, "Seven Lamps", "Sieben Lampen")
    assert movie.release_date == date(1999, 3, 31)
    assert movie.revenue == 3_000_000_000
    assert [genre.id for genre in movie.genres] == [18, 28], "genres stand in TMDB's order"
    assert [(credit.credit_id, credit.character) for credit in movie.cast] == [
        ("c1", "Anna"), ("c2", None), ("c3", "Anna's twin"),
    ]  # fmt: skip
    assert {credit.person.id for credit in movie.cast + movie.crew} == {1, 2, 3, 4}
    assert [(row.iso_3166_1, row.title) for row in movie.translations] == [
        ("CN", "七盏灯"), ("TW", "七盞燈"), ("HK", None),
    ]  # fmt: skip
    assert movie.external_ids == ("tt0000007", "Q7", None, None, "lamps")
    assert movie.spoken_languages[1] == ("xx", "No Language", None)
    assert movie.belongs_to_collection == (70, "Lamps", None, "/lamps.jpg")
    assert (movie.missing, movie.dropped) == ((), 0)


def test_the_certification_is_the_theatrical_releases_first() -> None:
    assert read().certifications == (("DE", "16"),), "a country without any is left out"


def test_the_best_trailer_stands_first() -> None:
    movie = read()
    assert [found.id for found in movie.trailers] == ["v4", "v3", "v2", "v5"]
    assert movie.trailers[1].published_at == datetime(2010, 6, 16, 23, 26, 16, tzinfo=UTC)
    assert [found.id for found in movie.videos] == ["v4", "v3", "v2", "v5", "v1", "v6"]


def test_the_best_poster_of_each_language() -> None:
    assert {best.iso_639_1: best.file_path for best in read().best_posters} == {
        None: "/none.jpg",
        "en": "/en2.jpg",
        "ru": "/ru.jpg",
    }
    even = [
        poster("/a.jpg", "en", 5, 3),
        poster("/b.jpg", "en", 5, 4),
        poster("/c.jpg", "en", 5, 4, width=2000),
    ]
    assert read(images={"posters": even}).best_posters[0].file_path == "/c.jpg"


def test_similar_and_recommended_films_keep_their_order() -> None:
    movie = read()
    assert movie.similar == (30, 20), "once each, and not the film itself"
    assert movie.recommendations == (40,), "films only"


def test_where_it_can_be_watched() -> None:
    (germany,) = read().watch_regions
    assert germany.link == "https://www.themoviedb.org/movie/7/watch?locale=DE"
    assert [(offer.type, offer.provider_name) for offer in germany.providers] == [
        ("flatrate", "Netflix"),
        ("rent", "Apple TV"),
    ]


@pytest.mark.parametrize(
    ("facts", "name", "value"),
    [
        ({"release_date": ""}, "release_date", None),
        ({"release_date": None}, "release_date", None),
        ({"release_date": "2023-02-30"}, "release_date", None),
        ({"release_date": "20230101"}, "release_date", None),
        ({"release_date": "0000-00-00"}, "release_date", None),
        ({"release_date": "0001-01-01"}, "release_date", None),
        ({"release_date": "9999-12-31"}, "release_date", None),
        ({"runtime": 0}, "runtime", None),
        ({"runtime": -1}, "runtime", None),
        ({"runtime": 2**31}, "runtime", None),
        ({"budget": 0}, "budget", None),
        ({"revenue": 0}, "revenue", None),
        ({"revenue": 2**63}, "revenue", None),
        ({"vote_count": 0}, "vote_count", 0),
        ({"popularity": "93.4917224393659"}, "popularity", 93.4917224393659),
        ({"popularity": float("inf")}, "popularity", None),
        ({"popularity": 1e300}, "popularity", None),
        ({"popularity": -1}, "popularity", None),
        ({"vote_average": 10.5}, "vote_average", None),
        ({"overview": "  \n"}, "overview", None),
        ({"overview": "a\0b"}, "overview", "ab"),
        ({"overview": "a\ud800b"}, "overview", "ab"),
        ({"title": ""}, "title", "Sieben Lampen"),
        ({"title": 12, "original_title": None}, "title", None),
        ({"poster_path": ""}, "poster_path", None),
        ({"poster_path": "/../../etc/passwd"}, "poster_path", None),
        ({"poster_path": "/.."}, "poster_path", None),
        ({"poster_path": "https://elsewhere.example/a.jpg"}, "poster_path", None),
        ({"belongs_to_collection": None}, "belongs_to_collection", None),
        ({"adult": None}, "adult", False),
        ({"original_language": "cn"}, "original_language", "cn"),
    ],
)
def test_what_is_unknown_is_none(facts: dict[str, Any], name: str, value: object) -> None:
    assert getattr(read(**facts), name) == value


def test_an_empty_imdb_id_is_none() -> None:
    assert read(imdb_id="", external_ids={"imdb_id": ""}).external_ids.imdb_id is None
    assert read(imdb_id=None).external_ids.imdb_id == "tt0000007", "the external ids tell it too"


def test_a_film_with_nothing_but_an_id_is_a_film() -> None:
    movie = Movie.from_payload({"id": 1})
    assert movie.missing == tuple(APPENDED)
    assert movie.cast == ()
    assert content_hash(movie)


def test_a_part_that_tmdb_could_not_bring_is_missing_not_empty() -> None:
    movie = read(credits={"success": False, "status_code": 11}, videos=None)
    assert movie.missing == ("credits", "videos")
    assert read(credits={"cast": [], "crew": []}).missing == ()


@pytest.mark.parametrize(
    "payload", [None, [], "film", {}, {"id": None}, {"id": 0}, {"id": True}, {"id": 2**31}]
)
def test_what_has_no_id_is_malformed(payload: object) -> None:
    with pytest.raises(Malformed):
        Movie.from_payload(payload)


def test_garbage_in_lists_costs_only_itself() -> None:
    garbage: list[Any] = [None, 3, "x", {}, {"id": None}, {"id": "x"}, []]
    movie = read(
        genres=[*garbage, {"id": 18, "name": "Drama"}],
        credits={"cast": [*garbage, person(1, credit_id="c1")], "crew": garbage},
    )
    assert [genre.name for genre in movie.genres] == ["Drama"]
    assert len(movie.cast) == 1
    assert movie.dropped == 3 * len(garbage)


def test_repeated_credit_ids_become_one_credit_with_the_best_billing() -> None:
    twice = [
        person(1, credit_id="c1", character="Second", order=9),
        person(1, credit_id="c1", character="First", order=2),
        person(2, credit_id="c1", character=None, order=None),
    ]
    for cast in (twice, twice[::-1]):
        (credit,) = read(credits={"cast": cast, "crew": []}).cast
        assert (credit.order, credit.character) == (2, "First")


def test_credits_of_old_answers_without_credit_ids_are_kept() -> None:
    crew = [
        {"id": 3, "name": "A", "job": "Writer", "department": "Writing"},
        {"id": 3, "name": "A", "job": "Director", "department": "Directing"},
    ]
    movie = read(credits={"cast": [], "crew": crew})
    assert [credit.job for credit in movie.crew] == ["Writer", "Director"]
    assert len({credit.credit_id for credit in movie.crew}) == 2


# Hashes -----------------------------------------------------------------------------------------------


def shuffled(value: Any, dice: random.Random) -> Any:
    """The same payload with every array and object in another order."""
    if isinstance(value, dict):
        keys = list(value)
        dice.shuffle(keys)
        return {key: shuffled(value[key], dice) for key in keys}
    if isinstance(value, list):
        return dice.sample([shuffled(item, dice) for item in value], len(value))
    return value


def revoted(value: Any, dice: random.Random) -> Any:
    """The same payload with other votes and popularities everywhere."""
    if isinstance(value, list):
        return [revoted(item, dice) for item in value]
    if isinstance(value, dict):
        new = {key: revoted(item, dice) for key, item in value.items()}
        for key in new.keys() & {"vote_average", "popularity"}:
            new[key] = dice.random() * 10
        for key in new.keys() & {"vote_count"}:
            new[key] = dice.randrange(10_000)
        return new
    return value


@quick
@given(st.integers())
def test_votes_and_order_leave_the_content_hash_alone(seed: int) -> None:
    dice = random.Random(seed)
    other = revoted(shuffled(film(), dice), dice)
    assert content_hash(Movie.from_payload(other)) == content_hash(read())
    assert hashed(other) != hashed(film())


@quick
@given(st.integers())
def test_a_repeated_credit_leaves_the_content_hash_alone_wherever_it_stands(seed: int) -> None:
    payload = film()
    payload["credits"]["cast"] += [
        person(1, credit_id="c1", character="Anna", order=5),
        person(9, credit_id="c1", character=None, order=None, name=None),
    ]
    assert content_hash(Movie.from_payload(shuffled(payload, random.Random(seed)))) == content_hash(read())


@pytest.mark.parametrize(
    "part", ["popularity", "vote_average", "vote_count", "similar", "recommendations", "watch/providers"]
)
def test_what_is_no_fact_of_the_film_leaves_the_content_hash_alone(part: str) -> None:
    payload = film()
    del payload[part]
    assert content_hash(Movie.from_payload(payload)) == content_hash(read())


def test_what_is_not_stored_leaves_the_content_hash_alone() -> None:
    payload = film()
    for part in ("production_countries", "spoken_languages"):
        for item in payload[part]:
            item["name"] = "in another spelling"
    assert content_hash(Movie.from_payload(payload)) == content_hash(read())


def change_billing(payload: dict[str, Any]) -> None:
    cast = payload["credits"]["cast"]
    cast[0]["order"], cast[1]["order"] = 1, 0


CHANGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "title": lambda payload: payload.update(title="Eight Lamps"),
    "runtime": lambda payload: payload.update(runtime=102),
    "poster": lambda payload: payload.update(poster_path="/en2.jpg"),
    "billing": change_billing,
    "character": lambda payload: payload["credits"]["cast"][0].update(character="Berta"),
    "credit gone": lambda payload: payload["credits"]["crew"].pop(),
    "name": lambda payload: payload["credits"]["crew"][0].update(name="Somebody Else"),
    "translation": lambda payload: payload["translations"]["translations"][0]["data"].update(title="灯"),
    "keyword": lambda payload: payload["keywords"]["keywords"].pop(),
    "genre": lambda payload: payload["genres"].pop(),
    "certification": lambda payload: payload["release_dates"]["results"][0]["release_dates"].pop(2),
    "video": lambda payload: payload["videos"]["results"].pop(),
    "new poster": lambda payload: payload["images"]["posters"].append(poster("/zh.jpg", "zh", 0, 0)),
    "collection": lambda payload: payload.update(belongs_to_collection=None),
    "wikidata": lambda payload: payload["external_ids"].update(wikidata_id=None),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_fact_is_a_new_content_hash(change: str) -> None:
    payload = film()
    CHANGES[change](payload)
    assert content_hash(Movie.from_payload(payload)) != content_hash(read())


def test_the_payload_hash_knows_no_order_of_keys_but_every_value() -> None:
    payload = film()
    backwards = dict(reversed(list(payload.items())))
    assert hashed(backwards) == hashed(payload)
    assert len(hashed(payload)) == 64
    assert hashed({**payload, "popularity": 12.6}) != hashed(payload)


def test_a_series_hash_knows_no_popularity() -> None:
    series = {"id": 1, "name": "S", "first_air_date": "", "poster_path": "/s.jpg", "popularity": 1}
    first = Series.from_payload(series)
    assert first.first_air_date is None
    assert content_hash(first) == content_hash(Series.from_payload({**series, "popularity": 2}))
    assert content_hash(first) != content_hash(Series.from_payload({**series, "name": "T"}))


# People -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "known"),
    [
        ("1956-07-09", date(1956, 7, 9)),
        ("", None),
        (None, None),
        ("1956", None),
        ("1956-07", None),
        ("0000-00-00", None),
        ("1956-13-40", None),
        ("9 July 1956", None),
        (19560709, None),
    ],
)
def test_odd_dates_of_a_life_are_unknown(told: object, known: date | None) -> None:
    person = PersonDetails.from_payload({"id": 31, "birthday": told, "deathday": told})
    assert (person.birthday, person.deathday) == (known, known)


def test_what_is_unknown_of_a_person_is_none() -> None:
    empty = {"id": 31, "name": "Tom", "biography": "", "place_of_birth": "", "imdb_id": "", "gender": 9}
    person = PersonDetails.from_payload(empty | {"external_ids": {"imdb_id": "nm0000158"}})
    assert (person.biography, person.place_of_birth, person.gender, person.adult) == (None, None, 0, False)
    assert person.imdb_id == "nm0000158"
    with pytest.raises(Malformed):
        PersonDetails.from_payload({"name": "Tom"})


def test_a_person_changes_with_their_facts_only() -> None:
    told = {"id": 31, "name": "Tom", "popularity": 8.5, "combined_credits": {"cast": []}}
    before = content_hash(PersonDetails.from_payload(told))
    no_facts: list[dict[str, Any]] = [
        {"popularity": 9.1},
        {"combined_credits": {"cast": [{"id": 1, "media_type": "tv"}]}},
    ]
    for more in no_facts:
        assert content_hash(PersonDetails.from_payload(told | more)) == before
    facts: list[dict[str, Any]] = [
        *({"name": "Thomas"}, {"deathday": "2026-01-01"}, {"biography": "Born."}, {"also_known_as": ["T."]}),
        {"combined_credits": {"cast": [{"id": 1, "media_type": "movie"}]}},
    ]
    for fact in facts:
        assert content_hash(PersonDetails.from_payload(told | fact)) != before


# What Postgres refuses --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": "x\\u0000y"}', {"a": "xy"}),
        (b'{"a\\u0000": ["\\ud800x", 1]}', {"a": ["x", 1]}),
        (b'{"a": "\\uD83D\\uDE00"}', {"a": "😀"}),
        (b'{"a": "\\\\u0000"}', {"a": "\\u0000"}),
    ],
)
def test_bodies_are_read_without_what_postgres_refuses(body: bytes, value: object) -> None:
    assert decode(body) == value


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b'{"a": "\\ud800', b'{"a": NaN, "b": "\\ud800"}', b'{"a": "\xff"}']
)
def test_what_is_no_json_is_said_to_be_none(body: bytes) -> None:
    with pytest.raises(ValueError):
        decode(body)


json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@quick
@given(json)
def test_canonical_json_is_something_jsonb_takes(value: Any) -> None:
    spelled = canonical_json(value)
    assert canonical_json(orjson.loads(spelled)) == spelled
    assert b"\\u0000" not in spelled.replace(b"\\\\", b"")
    spelled.decode("utf-8")


@quick
@given(st.dictionaries(st.sampled_from(sorted(film())), json), st.integers(1, 100))
def test_no_payload_with_an_id_fails(facts: dict[str, Any], number: int) -> None:
    movie = Movie.from_payload({**film(), **facts, "id": number})
    assert len(content_hash(movie)) == 64
    assert movie.trailers is not None
    assert movie.best_posters is not None


@quick
@given(st.sampled_from(sorted(set(film()) & set(APPENDED))), json)
def test_no_part_of_another_shape_fails(part: str, value: Any) -> None:
    inner = film()[part]
    for key in inner:
        movie = read(**{part: {**inner, key: [value, {"id": 1, "name": value, "credit_id": value}]}})
        assert len(content_hash(movie)) == 64


# Lists, accounts --------------------------------------------------------------------------------------


def test_a_page_leaves_out_what_it_cannot_read_and_counts_it() -> None:
    page = Page.from_payload(
        {
            "page": 2,
            "results": [{"id": 1, "title": "A"}, {"title": "B"}, None],
            "total_pages": 56_068,
            "total_results": 5,
        },
        MovieListItem.from_payload,
    )
    assert [item.title for item in page.results] == ["A"]
    assert (page.page, page.dropped, page.total_pages, page.last_page) == (2, 2, 56_068, 500)
    assert page.results[0].release_date is None, "lists may lack the date's key"


@pytest.mark.parametrize("payload", [None, [], {}, {"results": None}, {"results": {}}])
def test_a_page_without_results_is_malformed(payload: object) -> None:
    with pytest.raises(Malformed):
        Page.from_payload(payload, MovieListItem.from_payload)


@pytest.mark.parametrize(("value", "rating"), [(8, "8"), (8.0, "8"), (8.5, "8.5"), (0.5, "0.5"), (10, "10")])
def test_ratings_keep_their_decimals(value: float, rating: str) -> None:
    assert RatedMovie.from_payload({"id": 1, "rating": value}).rating == Decimal(rating)


@pytest.mark.parametrize("value", [None, 0, 10.5, "x", float("nan")])
def test_a_rating_off_the_scale_is_malformed(value: object) -> None:
    with pytest.raises(Malformed):
        RatedMovie.from_payload({"id": 1, "rating": value})


def test_account_states() -> None:
    told = {"id": 1, "rated": {"value": 8.5}, "watchlist": True}
    states = AccountStates.from_payload(told)
    assert (states.rated, states.watchlist) == (Decimal("8.5"), True)
    assert AccountStates.from_payload(told | {"rated": False}).rated is None
    for untold in ("rated", "watchlist"):
        with pytest.raises(Malformed):
            AccountStates.from_payload(told | {untold: None})


def test_a_request_token_shows_itself_to_nobody() -> None:
    token = RequestToken.from_payload(
        {"success": True, "expires_at": "2016-08-26 17:04:39 UTC", "request_token": "very-secret"}
    )
    assert token.expires_at == datetime(2016, 8, 26, 17, 4, 39, tzinfo=UTC)
    assert "very-secret" not in f"{token!r} {token}"


# Recorded answers -------------------------------------------------------------------------------------

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
recorded = pytest.mark.skipif(not SAMPLES.is_dir(), reason="no recorded answers beside the project")


def sample_files(folder: str) -> list[Path]:
    return sorted(path for path in (SAMPLES / folder).glob("*.json*")) if SAMPLES.is_dir() else []


def bodies(path: Path) -> list[Any]:
    """The answers in one file: one, a bare list, or a list under some name."""
    found = decode(path.read_bytes())
    if isinstance(found, dict) and isinstance(found.get("movies"), list):
        return list(found["movies"])
    return found if isinstance(found, list) else [found]


@recorded
@pytest.mark.parametrize("path", sample_files("movies"), ids=lambda path: path.stem)
def test_recorded_films_are_read(path: Path) -> None:
    for payload in bodies(path):
        movie = Movie.from_payload(payload)
        assert movie.dropped == 0
        assert movie.title == (payload.get("title") or None)
        assert (movie.release_date is None) == (not payload.get("release_date"))
        assert movie.runtime == (payload.get("runtime") or None)
        assert movie.revenue == (payload.get("revenue") or None)
        cast = payload.get("credits", {}).get("cast", [])
        crew = payload.get("credits", {}).get("crew", [])
        assert {credit.person.id for credit in movie.cast} == {item["id"] for item in cast}
        assert {credit.person.id for credit in movie.crew} == {item["id"] for item in crew}
        assert content_hash(Movie.from_payload(shuffled(payload, random.Random(1)))) == content_hash(movie)
        assert decode(canonical_json(payload)) == payload


@recorded
@pytest.mark.parametrize("path", sample_files("watch_providers"), ids=lambda path: path.stem)
def test_recorded_watch_providers_are_read(path: Path) -> None:
    (payload,) = bodies(path)
    movie = read(**{"watch/providers": payload})
    assert {region.iso_3166_1 for region in movie.watch_regions} == set(payload["results"])
    assert all(region.providers for region in movie.watch_regions)


@recorded
@pytest.mark.parametrize("path", sample_files("lists"), ids=lambda path: path.stem)
def test_recorded_lists_are_read(path: Path) -> None:
    found = decode(path.read_bytes())
    payload = found if isinstance(found, dict) else {"results": found}
    kinds: dict[str, Callable[[Any], Any]] = {"tv": Series.from_payload, "movie": MovieListItem.from_payload}
    page = Page.from_payload(
        payload,
        lambda item: (
            kinds[item["media_type"]](item)
            if item.get("media_type") in kinds
            else MovieListItem.from_payload(item)
        ),
    )
    assert page.dropped == 0
    assert len(page.results) == len(payload["results"])
    assert page.last_page <= 500


@recorded
@pytest.mark.parametrize("path", sample_files("changes"), ids=lambda path: path.stem)
def test_recorded_changes_are_read(path: Path) -> None:
    (payload,) = bodies(path)
    page = Page.from_payload(payload, ChangedMovie.from_payload)
    assert (len(page.results), page.dropped) == (len(payload["results"]), 0)


def documented(path: str) -> Any:
    """An answer as TMDB's own description of its API holds it."""
    described = orjson.loads((SAMPLES / "openapi" / "tmdb-api.json").read_bytes())
    answer = described["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
    return orjson.loads(answer["examples"]["Result"]["value"])


@recorded
def test_the_documented_person_and_series_are_read() -> None:
    payload = documented("/3/person/{person_id}")
    person = PersonDetails.from_payload(payload)
    read = {"birthday", "deathday", "also_known_as"}
    told = {name: payload[name] for name in PersonDetails.__slots__ if name in payload and name not in read}
    assert {name: getattr(person, name) for name in told} == told
    assert list(person.also_known_as) == payload["also_known_as"]
    assert str(person.birthday) == payload["birthday"]
    assert person.deathday is None
    series = Series.from_payload(documented("/3/tv/{series_id}"))
    assert (series.name, str(series.last_air_date)) == ("Game of Thrones", "2019-05-19")


@recorded
@pytest.mark.parametrize("path", sample_files("account"), ids=lambda path: path.stem)
def test_recorded_account_answers_are_read(path: Path) -> None:
    (payload,) = bodies(path)
    if "results" in payload:
        page = Page.from_payload(payload, RatedMovie.from_payload)
        assert (len(page.results), page.dropped) == (len(payload["results"]), 0)
    elif "rated" in payload:
        assert AccountStates.from_payload(payload).rated == 9
    else:
        assert Account.from_payload(payload).username == payload["username"]


@recorded
def test_recorded_films_have_readable_posters_and_trailers() -> None:
    files = {path.stem: path for path in sample_files("movies")}
    (payload,) = bodies(files["krelinga__testdata_TestGetMovie_0"])
    fight_club = Movie.from_payload(payload)
    assert len(fight_club.posters) == len(payload["images"]["posters"])
    assert dict(fight_club.certifications)["US"] == "R"
    (payload,) = bodies(files["MoviebaseApp__movie_details_607"])
    assert Movie.from_payload(payload).trailers[0].type == "Trailer"
    assert payloads.moment(payload["videos"]["results"][0]["published_at"]) is not None
