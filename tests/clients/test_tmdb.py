"""What each answer of TMDB becomes, what is tried again, and what never reaches an error's text."""

import re
import traceback
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Any

import aiohttp
import orjson
import pytest
from aioresponses import aioresponses
from pydantic import SecretStr
from yarl import URL

from clients.tmdb.answers import MAX_RETRY_AFTER, retry_after
from clients.tmdb.client import TmdbClient, read_found, read_genres, read_multi
from clients.tmdb.host import Patience
from core.errors import (
    ConfigurationError,
    FilmotekaError,
    Gone,
    Malformed,
    NotAuthorised,
    PosterMissing,
    RateLimited,
    Refused,
    SessionRevoked,
    TmdbError,
    TokenExpired,
    TokenNotApproved,
    Unavailable,
)
from core.movies import MovieListItem, PersonListItem, Series
from core.reader import FILM_LANGUAGES
from tests.core.test_movies import SAMPLES, bodies, recorded, sample_files

TOKEN = SecretStr("application-token-0123456789")
KEY = SecretStr("application-key-0123456789abcdef")
SESSION = SecretStr("session-0123456789abcdef")
REQUEST_TOKEN = SecretStr("request-token-0123456789")
SECRETS = [secret.get_secret_value() for secret in (TOKEN, KEY, SESSION, REQUEST_TOKEN)]

QUICK = Patience(tries=3, total=5, attempt=2, first_delay=0.001)
ANYTHING = re.compile(r".*")
HTML = "<html><body>502 Bad Gateway</body></html>"


class NoLimit:
    """A budget that grants everything and remembers what it was told."""

    def __init__(self) -> None:
        self.acquired = 0
        self.pauses: list[float] = []

    async def acquire(self) -> None:
        self.acquired += 1

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


@pytest.fixture
def budget() -> NoLimit:
    return NoLimit()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def client_of(session: aiohttp.ClientSession, budget: NoLimit, **options: Any) -> TmdbClient:
    settings: dict[str, Any] = {
        "api_url": "https://api.example",
        "image_url": "https://image.example/t/p",
        "export_url": "https://files.example/p/exports",
        "web_url": "https://www.example",
        "budget": budget,
        "image_budget": budget,
        "access_token": TOKEN,
        "patience": QUICK,
        **options,
    }
    return TmdbClient(session, **settings)


@pytest.fixture
def client(session: aiohttp.ClientSession, budget: NoLimit) -> TmdbClient:
    return client_of(session, budget)


@pytest.fixture
def tmdb() -> Any:
    with aioresponses() as mock:
        yield mock


def sent(tmdb: aioresponses) -> list[tuple[str, URL, dict[str, Any]]]:
    return [(method, url, call.kwargs) for (method, url), calls in tmdb.requests.items() for call in calls]


def refusal(code: int, message: str = "No.") -> dict[str, Any]:
    return {"success": False, "status_code": code, "status_message": message}


# Errors -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (404, refusal(34), Gone),
        (404, refusal(6), Gone),
        (404, refusal(37), Gone),
        (404, {"status_message": "gone", "status_code": 34}, Gone),
        (404, refusal(11), Unavailable),
        (404, {"success": False}, Unavailable),
        (404, {"error": "no such route"}, Unavailable),
        (404, HTML, Unavailable),
        (404, "", Unavailable),
        (401, refusal(7), NotAuthorised),
        (401, refusal(10), NotAuthorised),
        (401, refusal(3), NotAuthorised),
        (401, HTML, Unavailable),
        (403, HTML, Unavailable),
        (407, HTML, Unavailable),
        (400, refusal(18), Refused),
        (400, refusal(22), Refused),
        (422, {"errors": ["page must be less than or equal to 500"]}, Refused),
        (422, refusal(20), Refused),
        (429, refusal(25), RateLimited),
        (429, "", RateLimited),
        (500, refusal(11), Unavailable),
        (502, HTML, Unavailable),
        (503, refusal(46), Unavailable),
        (504, refusal(24), Unavailable),
        (302, "", Unavailable),
        (200, refusal(21), Refused),
        (200, refusal(40), Refused),
        (200, refusal(9), Unavailable),
        (200, '{"id": 55', Unavailable),
        (200, HTML, Unavailable),
        (200, "null", Unavailable),
        (200, [], Malformed),
        (200, {"page": 1}, Malformed),
        (200, {"id": 56}, Malformed),
    ],
)
async def test_what_an_answer_means(
    client: TmdbClient, tmdb: aioresponses, status: int, body: object, error: type[TmdbError]
) -> None:
    content = body if isinstance(body, str) else orjson.dumps(body)
    tmdb.get(ANYTHING, status=status, body=content, repeat=True)
    with pytest.raises(TmdbError) as raised:
        await client.movie(55)
    assert type(raised.value) is error
    assert "/3/movie/{movie_id}" in str(raised.value)


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [(401, 3, SessionRevoked), (401, 17, SessionRevoked), (401, 7, NotAuthorised), (404, 34, Gone)],
)
async def test_a_session_is_revoked_only_where_tmdb_says_so(
    client: TmdbClient, tmdb: aioresponses, status: int, code: int, error: type[TmdbError]
) -> None:
    tmdb.get(ANYTHING, status=status, payload=refusal(code))
    with pytest.raises(error):
        await client.account(SESSION)


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (422, 41, TokenNotApproved),
        (401, 17, TokenNotApproved),
        (401, 33, TokenExpired),
        (401, 7, NotAuthorised),
        (503, 9, Unavailable),
    ],
)
async def test_what_becomes_of_a_request_token(
    client: TmdbClient, tmdb: aioresponses, status: int, code: int, error: type[TmdbError]
) -> None:
    tmdb.post(ANYTHING, status=status, payload=refusal(code))
    with pytest.raises(error):
        await client.new_session(REQUEST_TOKEN)


# Tries ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "first",
    [
        {"status": 429},
        {"status": 429, "headers": {"Retry-After": "0.001"}},
        {"status": 502, "body": HTML},
        {"body": '{"id": 55'},
        {"payload": {"surprise": True}},
        {"exception": TimeoutError()},
        {"exception": aiohttp.ServerDisconnectedError()},
        {"exception": aiohttp.ClientPayloadError()},
        {"exception": ConnectionResetError()},
    ],
    ids=str,
)
async def test_what_may_pass_is_tried_again(
    client: TmdbClient, tmdb: aioresponses, budget: NoLimit, first: dict[str, Any]
) -> None:
    tmdb.get(ANYTHING, **first)
    tmdb.get(ANYTHING, payload={"id": 55, "title": "Found"})
    assert (await client.movie(55)).movie.title == "Found"
    assert budget.acquired == 2, "every try takes from the budget"


@pytest.mark.parametrize(("status", "code"), [(404, 34), (401, 7), (400, 18)])
async def test_what_is_final_is_not_tried_again(
    client: TmdbClient, tmdb: aioresponses, budget: NoLimit, status: int, code: int
) -> None:
    tmdb.get(ANYTHING, status=status, payload=refusal(code), repeat=True)
    with pytest.raises(TmdbError):
        await client.movie(55)
    assert budget.acquired == 1


async def test_patience_ends_with_the_number_of_tries(
    client: TmdbClient, tmdb: aioresponses, budget: NoLimit
) -> None:
    tmdb.get(ANYTHING, status=500, repeat=True)
    with pytest.raises(Unavailable):
        await client.movie(55)
    assert budget.acquired == QUICK.tries


async def test_a_retry_after_within_patience_pauses_everybody_and_is_waited_for(
    client: TmdbClient, tmdb: aioresponses, budget: NoLimit
) -> None:
    tmdb.get(ANYTHING, status=429, headers={"Retry-After": "0.01"})
    tmdb.get(ANYTHING, payload={"id": 55})
    await client.movie(55)
    assert budget.pauses == [0.01]


async def test_a_retry_after_beyond_patience_pauses_everybody_and_is_handed_on(
    client: TmdbClient, tmdb: aioresponses, budget: NoLimit
) -> None:
    headers = {"Retry-After": "Wed, 21 Oct 2015 07:28:40 GMT", "Date": "Wed, 21 Oct 2015 07:28:00 GMT"}
    tmdb.get(ANYTHING, status=429, headers=headers)
    with pytest.raises(RateLimited) as raised:
        await client.movie(55)
    assert raised.value.retry_after == 40
    assert budget.pauses == [40]
    assert budget.acquired == 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": " 7 "}, 7),
        ({"Retry-After": "0"}, 0),
        ({"Retry-After": "999999999"}, MAX_RETRY_AFTER),
        ({"Retry-After": "-3"}, None),
        ({"Retry-After": "soon"}, None),
        ({}, None),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:09 GMT"}, None),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:09 GMT", "Date": "Wed, 21 Oct 2015 07:28:00 GMT"}, 9),
        ({"Retry-After": "Wed, 21 Oct 2015 07:27:09 GMT", "Date": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:09 GMT", "Date": "yesterday"}, None),
    ],
)
def test_retry_after_in_seconds_or_as_a_date(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


@pytest.mark.parametrize(
    "lost", [{"exception": TimeoutError()}, {"exception": aiohttp.ServerDisconnectedError()}, {"status": 502}]
)
async def test_a_request_token_is_not_used_twice(
    client: TmdbClient, tmdb: aioresponses, budget: NoLimit, lost: dict[str, Any]
) -> None:
    tmdb.post(ANYTHING, **lost)
    with pytest.raises(Unavailable):
        await client.new_session(REQUEST_TOKEN)
    assert budget.acquired == 1


async def test_a_request_token_tmdb_cannot_have_seen_is_sent_again(
    client: TmdbClient, tmdb: aioresponses
) -> None:
    key: Any = None
    tmdb.post(ANYTHING, exception=aiohttp.ClientConnectorError(key, OSError(111, "refused")))
    tmdb.post(ANYTHING, status=429)
    tmdb.post(ANYTHING, payload={"success": True, "session_id": SESSION.get_secret_value()})
    assert await client.new_session(REQUEST_TOKEN) == SESSION


async def test_ratings_are_absolute_and_so_are_tried_again(client: TmdbClient, tmdb: aioresponses) -> None:
    tmdb.post(ANYTHING, exception=TimeoutError())
    tmdb.post(ANYTHING, status=201, payload={"status_code": 12, "status_message": "Updated."})
    await client.rate(55, Decimal("8.5"), SESSION)
    assert orjson.loads(sent(tmdb)[-1][2]["data"]) == {"value": 8.5}


# Done is what TMDB says was done ----------------------------------------------------------------------


async def test_a_rating_that_is_this_one_already_is_set(client: TmdbClient, tmdb: aioresponses) -> None:
    tmdb.post(ANYTHING, payload=refusal(40))
    await client.rate(55, Decimal(8), SESSION)


@pytest.mark.parametrize(("status", "code"), [(200, 13), (200, 21), (404, 34)])
async def test_a_rating_that_is_not_there_is_removed(
    client: TmdbClient, tmdb: aioresponses, status: int, code: int
) -> None:
    success = code == 13
    tmdb.delete(ANYTHING, status=status, payload={**refusal(code), "success": success})
    await client.delete_rating(55, SESSION)


@pytest.mark.parametrize(
    ("status", "code", "error"), [(404, 37, Gone), (401, 3, SessionRevoked), (400, 18, Refused)]
)
async def test_a_rating_that_tmdb_would_not_remove_is_not_removed(
    client: TmdbClient, tmdb: aioresponses, status: int, code: int, error: type[TmdbError]
) -> None:
    tmdb.delete(ANYTHING, status=status, payload=refusal(code))
    with pytest.raises(error):
        await client.delete_rating(55, SESSION)


@pytest.mark.parametrize("body", [{}, [], {"id": 55}, {"page": 1}])
async def test_an_answer_that_does_not_say_done_is_no_success(
    client: TmdbClient, tmdb: aioresponses, body: object
) -> None:
    tmdb.post(ANYTHING, body=orjson.dumps(body), repeat=True)
    with pytest.raises(Malformed):
        await client.rate(55, Decimal(8), SESSION)


async def test_a_session_that_tmdb_does_not_know_is_ended(client: TmdbClient, tmdb: aioresponses) -> None:
    tmdb.delete(ANYTHING, status=404, payload=refusal(37))
    await client.delete_session(SESSION)
    ((_, url, options),) = sent(tmdb)
    assert url.query_string == ""
    assert orjson.loads(options["data"]) == {"session_id": SESSION.get_secret_value()}


# Requests ---------------------------------------------------------------------------------------------


async def test_one_request_brings_the_whole_film(client: TmdbClient, tmdb: aioresponses) -> None:
    tmdb.get(ANYTHING, payload={"id": 55})
    await client.movie(55, original_language="cn")
    ((_, url, options),) = sent(tmdb)
    assert url.path == "/3/movie/55"
    assert url.query["language"] == "en-US"
    assert url.query["append_to_response"] == (
        "credits,translations,external_ids,release_dates,videos,keywords,watch/providers,"
        "similar,recommendations,images"
    )
    assert url.query["include_image_language"].split(",") == [*FILM_LANGUAGES, "null", "cn"], (
        "all to choose from"
    )
    assert options["headers"]["Authorization"] == f"Bearer {TOKEN.get_secret_value()}"


@pytest.mark.parametrize("language", [None, "ru"])
async def test_no_image_language_is_asked_for_twice(
    client: TmdbClient, tmdb: aioresponses, language: str | None
) -> None:
    tmdb.get(ANYTHING, payload={"id": 55})
    await client.movie(55, original_language=language)
    asked = sent(tmdb)[0][1].query["include_image_language"].split(",")
    assert asked == [*FILM_LANGUAGES, "null"]


async def test_the_key_is_used_where_there_is_no_token(
    session: aiohttp.ClientSession, budget: NoLimit, tmdb: aioresponses
) -> None:
    tmdb.get(ANYTHING, payload={"genres": []})
    await client_of(session, budget, access_token=None, api_key=KEY).check_key()
    ((_, url, options),) = sent(tmdb)
    assert url.query["api_key"] == KEY.get_secret_value()
    assert "Authorization" not in options["headers"]


async def test_the_token_is_preferred_and_files_get_neither(
    session: aiohttp.ClientSession, budget: NoLimit, tmdb: aioresponses
) -> None:
    client = client_of(session, budget, api_key=KEY, proxy=SecretStr("http://user:pass@proxy.example:3128"))
    tmdb.get(ANYTHING, payload={"genres": []})
    await client.check_key()
    tmdb.get(ANYTHING, body=b"jpeg", content_type="image/jpeg")
    async with client.poster("/a.jpg", "w500") as poster:
        assert [chunk async for chunk in poster.chunks()] == [b"jpeg"]
    tmdb.get(ANYTHING, body=b"gzip", content_type="application/gzip")
    async with client.export("adult_movie", date(2026, 3, 9)) as export:
        assert [chunk async for chunk in export.chunks()] == [b"gzip"]
    (_, api, api_options), (_, image, image_options), (_, file, file_options) = sent(tmdb)
    assert "api_key" not in api.query
    assert image == URL("https://image.example/t/p/w500/a.jpg")
    assert file == URL("https://files.example/p/exports/adult_movie_ids_03_09_2026.json.gz")
    for options in (image_options, file_options):
        assert "Authorization" not in options["headers"]
    for options in (api_options, image_options, file_options):
        assert options["proxy"] == "http://user:pass@proxy.example:3128"


async def test_neither_token_nor_key_is_a_configuration_error(
    session: aiohttp.ClientSession, budget: NoLimit
) -> None:
    with pytest.raises(ConfigurationError, match="TMDB_ACCESS_TOKEN"):
        client_of(session, budget, access_token=None)


def test_the_approval_page_comes_back_to_where_it_is_told(session: aiohttp.ClientSession) -> None:
    client = client_of(session, NoLimit())
    url = URL(client.approval_url(SecretStr("abc"), "https://t.me/film_bot?start=nonce_1-2"))
    assert url.path == "/authenticate/abc"
    assert dict(url.query) == {"redirect_to": "https://t.me/film_bot?start=nonce_1-2"}


async def test_a_missing_poster_is_told_from_an_unreachable_one(
    client: TmdbClient, tmdb: aioresponses, budget: NoLimit
) -> None:
    tmdb.get(ANYTHING, status=404)
    with pytest.raises(PosterMissing):
        async with client.poster("/a.jpg", "w500"):
            pass
    assert budget.acquired == 1
    tmdb.get(ANYTHING, status=503, repeat=True)
    with pytest.raises(Unavailable):
        async with client.poster("/a.jpg", "w500"):
            pass
    tmdb.clear()
    tmdb.get(ANYTHING, status=429, headers={"Retry-After": "30"})
    with pytest.raises(RateLimited):
        async with client.poster("/a.jpg", "w500"):
            pass
    assert budget.pauses == [30]


async def test_no_list_is_asked_beyond_where_tmdb_answers(client: TmdbClient, tmdb: aioresponses) -> None:
    film = {"id": 55, "title": "Found"}
    totals = {"total_pages": 56_068, "total_results": 1_121_345}
    tmdb.get(ANYTHING, payload={"page": 1, "results": [film, {"title": "no id"}], **totals})
    page = await client.listed("trending", 1)
    assert ([item.id for item in page.results], page.dropped, page.last_page) == ([55], 1, 500)


async def test_changes_without_results_are_no_answer(client: TmdbClient, tmdb: aioresponses) -> None:
    tmdb.get(ANYTHING, payload={"page": 1, "total_pages": 1}, repeat=True)
    with pytest.raises(Malformed):
        await client.changes(date(2026, 3, 9), date(2026, 3, 10), 1)
    assert dict(sent(tmdb)[0][1].query) == {"start_date": "2026-03-09", "end_date": "2026-03-10", "page": "1"}


@pytest.mark.parametrize("other", [{"id": 56}, {"name": "nobody"}, [], "Tom"])
async def test_another_person_than_asked_for_is_no_answer(
    client: TmdbClient, tmdb: aioresponses, other: Any
) -> None:
    tmdb.get(ANYTHING, payload=other, repeat=True)
    with pytest.raises(Malformed):
        await client.person(55)


# Secrets ----------------------------------------------------------------------------------------------

LEAKY = (
    f"https://api.example/3/x?api_key={KEY.get_secret_value()}&session_id={SESSION.get_secret_value()}"
    f"&request_token={REQUEST_TOKEN.get_secret_value()} Authorization: Bearer {TOKEN.get_secret_value()}"
)


async def test_a_secret_that_tmdb_echoes_is_hidden(client: TmdbClient, tmdb: aioresponses) -> None:
    echo = f"you sent {REQUEST_TOKEN.get_secret_value()} with {TOKEN.get_secret_value()}"
    tmdb.post(ANYTHING, status=400, payload=refusal(18, echo))
    with pytest.raises(Refused, match=r"you sent \[hidden\] with \[hidden\]"):
        await client.new_session(REQUEST_TOKEN)


@pytest.mark.parametrize(
    "answer",
    [
        {"exception": aiohttp.ClientConnectionError(f"cannot reach {LEAKY}")},
        {"exception": aiohttp.InvalidURL(LEAKY)},
        {"exception": OSError(5, "broke")},
        {"exception": TimeoutError(LEAKY)},
        {"status": 400, "payload": refusal(18, f"bad {LEAKY}")},
        {"status": 404, "payload": refusal(34, f"bad {LEAKY}")},
        {"status": 422, "payload": {"errors": [LEAKY]}},
        {"status": 500, "body": LEAKY},
        {"payload": {"session": LEAKY}},
    ],
    ids=lambda answer: next(iter(answer)),
)
async def test_no_error_holds_a_secret(
    session: aiohttp.ClientSession,
    budget: NoLimit,
    tmdb: aioresponses,
    answer: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    one_try = Patience(tries=2, total=5, attempt=2, first_delay=0.001)
    client = client_of(session, budget, access_token=None, api_key=KEY, patience=one_try)
    other = client_of(session, budget, access_token=TOKEN, patience=one_try)
    for method in (tmdb.get, tmdb.post, tmdb.delete):
        method(ANYTHING, repeat=True, **answer)
    for call in (
        client.account(SESSION),
        client.new_session(REQUEST_TOKEN),
        client.rate(1, Decimal(8), SESSION),
        client.movie(1),
        other.rated_movies(1, SESSION, 1),
        other.new_session(REQUEST_TOKEN),
    ):
        with pytest.raises(FilmotekaError) as raised:
            await call
        error: BaseException | None = raised.value
        assert error is not None
        told = "".join(traceback.format_exception(error, chain=True))
        assert error.__context__ is None, "not even a debugger finds aiohttp's error behind it"
        assert error.__cause__ is None
        for secret in SECRETS:
            assert secret not in f"{error} {error!r} {error.args} {told}"
    logged = caplog.text + "".join(capsys.readouterr())
    assert "tmdb call failed" in logged or "status" in answer
    for secret in SECRETS:
        assert secret not in logged


# Recorded answers -------------------------------------------------------------------------------------


@recorded
async def test_recorded_envelopes_mean_what_they_say(client: TmdbClient, tmdb: aioresponses) -> None:
    for path in sample_files("errors"):
        (body,) = bodies(path)
        tmdb.clear()
        if body["status_code"] == 7:
            tmdb.get(ANYTHING, status=401, payload=body)
            with pytest.raises(NotAuthorised):
                await client.check_key()
        else:
            tmdb.post(ANYTHING, payload=body)
            await client.rate(603, Decimal(8), SESSION)


@recorded
async def test_recorded_answers_on_the_way_to_a_session(client: TmdbClient, tmdb: aioresponses) -> None:
    (token,) = bodies(SAMPLES / "auth" / "c-eg__create_request_token.json")
    tmdb.get(ANYTHING, payload=token)
    assert (await client.new_request_token()).request_token.get_secret_value() == token["request_token"]
    (made,) = bodies(SAMPLES / "auth" / "c-eg__create_session.json")
    tmdb.post(ANYTHING, payload=made)
    assert (await client.new_session(REQUEST_TOKEN)).get_secret_value() == made["session_id"]
    (refused,) = bodies(SAMPLES / "auth" / "c-eg__create_session_with_login_unsuccessful.json")
    tmdb.post(ANYTHING, payload=refused)
    with pytest.raises(Refused):
        await client.new_session(REQUEST_TOKEN)


@recorded
def test_recorded_genres_are_read() -> None:
    for path in sample_files("genres"):
        found = orjson.loads(path.read_bytes())
        genres = read_genres(found if isinstance(found, dict) else {"genres": found})
        assert len(genres) >= 19
        assert {18, 28} < {genre.id for genre in genres}


@recorded
def test_recorded_searches_of_everything_are_read() -> None:
    for name in ("MoviebaseApp__search_multi_brad", "c-eg__multi"):
        (payload,) = bodies(SAMPLES / "lists" / f"{name}.json")
        answer = read_multi(payload)
        wanted = [item for item in payload["results"] if item["media_type"] in ("movie", "tv", "person")]
        assert [item.id for item in answer.results] == [item["id"] for item in wanted]
        for item, told in zip(answer.results, wanted, strict=True):
            if isinstance(item, PersonListItem):
                assert item.person.name == told["name"]
                assert [film.id for film in item.known_for] == [film["id"] for film in told["known_for"]]
            else:
                assert item.vote_count == told["vote_count"]
        assert answer.raw is payload


def test_a_search_of_everything_tells_films_series_and_people() -> None:
    known_for = [
        {"media_type": "tv", "id": 4},
        {"media_type": "movie"},
        None,
        {"media_type": "movie", "id": 5},
    ]
    answer = read_multi(
        {
            "page": 1,
            "results": [
                {"id": 1, "media_type": "movie", "title": "A", "softcore": True},
                {"id": 1, "media_type": "tv", "name": "B"},
                {"id": 1, "media_type": "person", "name": None, "known_for": known_for},
                {"id": 2, "media_type": "person", "name": "C", "known_for": None},
                {"id": 1, "media_type": "collection", "title": "D"},
                {"media_type": "movie"},
                {"media_type": "person"},
                None,
            ],
        }
    )
    assert [type(item) for item in answer.results] == [MovieListItem, Series, PersonListItem, PersonListItem]
    film, _, nobody, _ = answer.results
    assert isinstance(film, MovieListItem)
    assert film.softcore
    assert isinstance(nobody, PersonListItem)
    assert nobody.person.name is None
    assert [(type(item), item.id) for item in nobody.known_for] == [(Series, 4), (MovieListItem, 5)]


def test_what_is_found_under_a_foreign_id() -> None:
    found = read_found(
        {
            "movie_results": [{"id": 1}],
            "tv_results": [{"id": 2}],
            "person_results": [{"id": 3}],
            "tv_episode_results": [{"id": 62085, "show_id": 1396}],
        }
    )
    assert [(type(item), item.id) for item in found.results] == [
        (MovieListItem, 1),
        (Series, 2),
        (PersonListItem, 3),
        (Series, 1396),
    ]
    with pytest.raises(Malformed):
        read_found({})
