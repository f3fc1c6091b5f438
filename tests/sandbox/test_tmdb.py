"""The TMDB stand-in answers as TMDB does: films, lists, accounts, the approval page, exports."""

import gzip
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Literal

import aiohttp
import pytest
from PIL import Image
from yarl import URL

from sandbox.tmdb.films import load_films
from sandbox.tmdb.generator import FIRST_ID, FilmGenerator
from sandbox.tmdb.server import TmdbStandIn

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples"
EVERYTHING = (
    "credits,translations,external_ids,release_dates,videos,keywords,watch/providers,similar,"
    "recommendations,images"
)
AUTHORIZATION = {"Authorization": "Bearer sandbox-access-token"}


@pytest.fixture
async def tmdb() -> AsyncIterator[TmdbStandIn]:
    async with TmdbStandIn(generated=200, rate=0) as stand_in:
        yield stand_in


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(headers=AUTHORIZATION) as session:
        yield session


async def get(http: aiohttp.ClientSession, url: str, **query: Any) -> tuple[int, Any]:
    async with http.get(url, params=query) as response:
        return response.status, await response.json()


async def code_of(http: aiohttp.ClientSession, url: str, **query: Any) -> tuple[int, int]:
    status, body = await get(http, url, **query)
    assert body["success"] is False
    return status, body["status_code"]


async def link(tmdb: TmdbStandIn, http: aiohttp.ClientSession, username: str) -> str:
    _, token = await get(http, f"{tmdb.api_url}/3/authentication/token/new")
    tmdb.approve(token["request_token"], username)
    url = f"{tmdb.api_url}/3/authentication/session/new"
    async with http.post(url, json={"request_token": token["request_token"]}) as response:
        return str((await response.json())["session_id"])


async def test_film_comes_whole_in_the_language_asked_for(
    tmdb: TmdbStandIn, http: aiohttp.ClientSession
) -> None:
    url = f"{tmdb.api_url}/3/movie/1398"
    query = {"append_to_response": EVERYTHING, "include_image_language": "en,null"}
    _, russian = await get(http, url, language="ru-RU", **query)
    assert russian["title"] == "Сталкер"
    assert {"id": 878, "name": "фантастика"} in russian["genres"]
    assert russian["credits"]["cast"][0]["name"] == "Александр Кайдановский"
    assert {poster["iso_639_1"] for poster in russian["images"]["posters"]} == {"ru", "en", None}
    assert {video["iso_639_1"] for video in russian["videos"]["results"]} == {"ru"}
    assert [entry["iso_3166_1"] for entry in russian["translations"]["translations"]][-3:] == [
        "CN",
        "TW",
        "HK",
    ]
    assert all("id" not in russian[name] for name in EVERYTHING.split(","))
    _, french = await get(http, url, language="fr-FR")
    assert (french["title"], french["overview"], french["tagline"]) == ("Сталкер", "", "")
    assert "credits" not in french


async def test_every_credit_has_its_own_id_and_directors_who_write_appear_twice(
    tmdb: TmdbStandIn, http: aiohttp.ClientSession
) -> None:
    _, film = await get(http, f"{tmdb.api_url}/3/movie/603", append_to_response="credits")
    credits = film["credits"]["cast"] + film["credits"]["crew"]
    ids = [credit["credit_id"] for credit in credits]
    assert len(set(ids)) == len(ids)
    assert all(len(credit_id) == 24 and int(credit_id, 16) for credit_id in ids)
    jobs = {credit["job"] for credit in film["credits"]["crew"] if credit["id"] == 9340}
    assert jobs == {"Director", "Screenplay"}


async def test_keys_are_checked_header_first(tmdb: TmdbStandIn) -> None:
    url = f"{tmdb.api_url}/3/movie/603"
    async with aiohttp.ClientSession() as anybody:
        assert await code_of(anybody, url) == (401, 7)
        assert (await get(anybody, url, api_key="sandbox-api-key"))[0] == 200
    async with aiohttp.ClientSession(headers={"Authorization": "Bearer wrong"}) as wrong:
        assert await code_of(wrong, url, api_key="sandbox-api-key") == (401, 7)


@pytest.mark.parametrize(
    ("path", "query", "expected"),
    [
        ("movie/999", {}, (404, 34)),
        ("movie/abc", {}, (404, 6)),
        ("nothing/here", {}, (404, 34)),
        ("movie/603", {"append_to_response": ",".join(f"a{place}" for place in range(21))}, (400, 27)),
        ("movie/popular", {"page": 501}, (400, 22)),
        ("movie/popular", {"page": "x"}, (400, 22)),
        ("movie/changes", {"start_date": "2026-01-01", "end_date": "2026-01-16"}, (422, 20)),
        ("movie/changes", {"start_date": "yesterday"}, (400, 23)),
        ("account", {"session_id": "unknown"}, (401, 3)),
    ],
)
async def test_mistakes_are_refused_with_their_code(
    tmdb: TmdbStandIn,
    http: aiohttp.ClientSession,
    path: str,
    query: dict[str, Any],
    expected: tuple[int, int],
) -> None:
    assert await code_of(http, f"{tmdb.api_url}/3/{path}", **query) == expected


async def test_old_page_validation_answers_a_list_of_errors(http: aiohttp.ClientSession) -> None:
    async with TmdbStandIn(page_error="old") as tmdb:
        status, body = await get(http, f"{tmdb.api_url}/3/movie/popular", page=501)
    assert (status, body) == (422, {"errors": ["page must be less than or equal to 500"]})


@pytest.mark.parametrize("code", [34, 6, 37])
async def test_deleted_film_is_gone_until_restored(
    tmdb: TmdbStandIn, http: aiohttp.ClientSession, code: Literal[34, 6, 37]
) -> None:
    url = f"{tmdb.api_url}/3/movie/603"
    tmdb.delete_film(603, code)
    assert await code_of(http, url) == (404, code)
    tmdb.restore_film(603)
    assert (await get(http, url))[0] == 200


async def test_changes_name_what_tmdb_announces(tmdb: TmdbStandIn, http: aiohttp.ClientSession) -> None:
    url = f"{tmdb.api_url}/3/movie/changes"
    tmdb.change_film(603, {"vote_average": 9.9})
    assert (await get(http, url))[1]["results"] == []
    tmdb.change_film(603, {"tagline": "New."})
    tmdb.delete_film(550)
    assert {item["id"] for item in (await get(http, url))[1]["results"]} == {603, 550}
    tmdb.advance_clock(3 * 86_400)
    assert (await get(http, url))[1]["results"] == []
    _, film = await get(http, f"{tmdb.api_url}/3/movie/603")
    assert (film["vote_average"], film["tagline"]) == (9.9, "New.")


async def test_changes_come_in_hundreds_or_all_at_once(http: aiohttp.ClientSession) -> None:
    async with TmdbStandIn(generated=1000, changes_per_day=130, rate=0) as tmdb:
        url = f"{tmdb.api_url}/3/movie/changes"
        _, whole = await get(http, url)
        pages = [(await get(http, url, page=page))[1] for page in range(1, 4)]
    assert len(pages[0]["results"]) == 100
    assert pages[0]["total_pages"] == len([page for page in pages if page["results"]])
    assert [item for page in pages for item in page["results"]] == whole["results"]


async def test_search_finds_titles_of_any_language(tmdb: TmdbStandIn, http: aiohttp.ClientSession) -> None:
    for query in ("матрица", "The Matrix", "黑客帝国"):
        _, found = await get(http, f"{tmdb.api_url}/3/search/movie", query=query)
        assert found["results"][0]["id"] == 603
    _, found = await get(http, f"{tmdb.api_url}/3/search/multi", query="keanu")
    assert found["results"][0]["media_type"] == "person"
    assert {film["id"] for film in found["results"][0]["known_for"]} == {603, 604}
    _, found = await get(http, f"{tmdb.api_url}/3/search/multi", query="Matrix Collection")
    assert [item["media_type"] for item in found["results"]] == ["collection"]
    status, refused = await get(http, f"{tmdb.api_url}/3/search/multi", query=" ")
    assert (status, refused) == (422, {"errors": ["query must be provided"]})


async def test_an_id_of_another_site_leads_to_films_series_and_people(
    tmdb: TmdbStandIn, http: aiohttp.ClientSession
) -> None:
    for imdb_id, key, tmdb_id in (
        ("tt0133093", "movie_results", 603),
        ("tt0903747", "tv_results", 1396),
        ("nm0000206", "person_results", 6384),
    ):
        _, found = await get(http, f"{tmdb.api_url}/3/find/{imdb_id}", external_source="imdb_id")
        assert {name: [item["id"] for item in items] for name, items in found.items() if items} == {
            key: [tmdb_id]
        }
    tmdb.delete_other("tv", 1396)
    _, found = await get(http, f"{tmdb.api_url}/3/find/tt0903747", external_source="imdb_id")
    assert not any(found.values())


async def test_a_series_has_its_texts_in_the_languages_it_is_told_in(
    tmdb: TmdbStandIn, http: aiohttp.ClientSession
) -> None:
    url = f"{tmdb.api_url}/3/tv/1396"
    _, told = await get(http, url, language="ru", append_to_response="translations")
    assert told["name"] == "Во все тяжкие"
    names = {entry["iso_639_1"]: entry["data"]["name"] for entry in told["translations"]["translations"]}
    assert names == {"en": "", "ru": "Во все тяжкие", "zh": "绝命毒师"}
    _, told = await get(http, url, language="de")
    assert (told["name"], told["overview"], "translations" in told) == ("Breaking Bad", "", False)


async def test_discover_holds_every_filter_it_takes(tmdb: TmdbStandIn, http: aiohttp.ClientSession) -> None:
    async def discovered(media: str, **filters: str) -> list[int]:
        _, found = await get(http, f"{tmdb.api_url}/3/discover/{media}", **filters)
        return [item["id"] for item in found["results"]]

    assert set(await discovered("movie", with_cast="6384")) == {603, 604}
    assert await discovered("movie", with_crew="6384") == []
    assert await discovered("movie", with_people="6384", **{"primary_release_date.lte": "2000-01-01"}) == [
        603
    ]
    assert await discovered("tv", with_genres="18,80") == [1396]
    assert await discovered("tv", sort_by="first_air_date.desc") == [87108, 1399, 1396]
    for wrong in ({"sort_by": "primary_release_date.desc"}, {"with_genres": "drama"}):
        status, refused = await get(http, f"{tmdb.api_url}/3/discover/tv", **wrong)
        assert (status, refused["status_code"]) == (422, 5)


async def test_lists_page_in_twenties(tmdb: TmdbStandIn, http: aiohttp.ClientSession) -> None:
    seen: list[int] = []
    for page in range(1, 15):
        _, popular = await get(http, f"{tmdb.api_url}/3/movie/popular", page=page)
        seen += [item["id"] for item in popular["results"]]
    assert len(seen) == len(set(seen)) == popular["total_results"] == len(load_films()) + 200
    _, western = await get(http, f"{tmdb.api_url}/3/discover/movie", with_genres="16,10751")
    assert all({16, 10751} <= set(item["genre_ids"]) for item in western["results"])


async def test_answers_carry_a_weak_etag_and_yield_to_it(
    tmdb: TmdbStandIn, http: aiohttp.ClientSession
) -> None:
    async with http.get(f"{tmdb.api_url}/3/movie/603") as response:
        etag = response.headers["ETag"]
        assert "max-age" in response.headers["Cache-Control"]
    assert etag.startswith('W/"')
    async with http.get(f"{tmdb.api_url}/3/movie/603", headers={"If-None-Match": etag}) as response:
        assert response.status == 304


@pytest.mark.parametrize("unapproved", [(41, 422), (17, 401)])
async def test_session_needs_an_approval_and_uses_the_token_up(
    tmdb: TmdbStandIn, http: aiohttp.ClientSession, unapproved: tuple[Literal[41, 17], int]
) -> None:
    code, status = unapproved
    tmdb.configure(unapproved_code=code)
    tmdb.add_account("anna")
    _, token = await get(http, f"{tmdb.api_url}/3/authentication/token/new")
    body = {"request_token": token["request_token"]}
    url = f"{tmdb.api_url}/3/authentication/session/new"

    async def ask() -> tuple[int, Any]:
        async with http.post(url, json=body) as response:
            answer = await response.json()
            return response.status, answer.get("status_code")

    assert await ask() == (status, code)
    tmdb.deny(token["request_token"])
    assert await ask() == (status, code)
    tmdb.approve(token["request_token"], "anna")
    assert await ask() == (200, None)
    assert await ask() == (401, 33)


async def test_token_lives_an_hour(tmdb: TmdbStandIn, http: aiohttp.ClientSession) -> None:
    tmdb.set_clock("2026-03-01T10:00:00+00:00")
    _, token = await get(http, f"{tmdb.api_url}/3/authentication/token/new")
    assert token["expires_at"] == "2026-03-01 11:00:00 UTC"
    tmdb.advance_clock(3600)
    async with http.post(
        f"{tmdb.api_url}/3/authentication/session/new", json={"request_token": token["request_token"]}
    ) as response:
        assert (response.status, (await response.json())["status_code"]) == (401, 33)


@pytest.mark.parametrize(
    ("join", "redirect_to", "verdict", "expected"),
    [
        (
            "&",
            "https://t.me/filmbot?start=n1",
            "approve",
            "https://t.me/filmbot?start=n1&{token}&approved=true",
        ),
        (
            "?",
            "https://t.me/filmbot?start=n1",
            "approve",
            "https://t.me/filmbot?start=n1?{token}&approved=true",
        ),
        ("&", "https://t.me/filmbot", "deny", "https://t.me/filmbot?{token}&denied=true"),
    ],
)
async def test_approval_page_sends_the_person_back(
    tmdb: TmdbStandIn,
    http: aiohttp.ClientSession,
    join: Literal["&", "?"],
    redirect_to: str,
    verdict: str,
    expected: str,
) -> None:
    tmdb.configure(redirect_join=join)
    tmdb.add_account("anna", "Анна <3")
    tmdb.add_account("boris")
    _, token = await get(http, f"{tmdb.api_url}/3/authentication/token/new")
    page = URL(f"{tmdb.web_url}/authenticate/{token['request_token']}").with_query(redirect_to=redirect_to)
    async with http.get(page) as response:
        text = await response.text()
        assert "Filmoteka" in text
        assert "Анна &lt;3" in text
    form = {"decision": verdict, "username": "boris"}
    async with http.post(page, data=form, allow_redirects=False) as response:
        assert response.status == 302
        assert response.headers["Location"] == expected.format(
            token=f"request_token={token['request_token']}"
        )


async def test_rated_films_come_in_pages_of_twenty_in_either_order(
    tmdb: TmdbStandIn, http: aiohttp.ClientSession
) -> None:
    rated = {film_id: 0.5 + place % 20 / 2 for place, film_id in enumerate(tmdb.film_ids(45))}
    account = tmdb.add_account("anna", ratings=rated)
    tmdb.delete_film(603)
    session_id = await link(tmdb, http, "anna")
    url = f"{tmdb.api_url}/3/account/{account.id}/rated/movies"
    seen: list[tuple[int, float]] = []
    for page in (1, 2, 3):
        _, body = await get(http, url, session_id=session_id, page=page, sort_by="created_at.asc")
        seen += [(item["id"], item["rating"]) for item in body["results"]]
    assert seen == list(rated.items())  # the film that is gone is still listed
    assert (body["total_pages"], body["total_results"]) == (3, 45)
    _, latest = await get(http, url, session_id=session_id, sort_by="created_at.desc")
    assert [item["id"] for item in latest["results"]] == list(reversed(rated))[:20]
    assert await code_of(http, url.replace(str(account.id), "1"), session_id=session_id) == (401, 3)


async def test_rating_is_kept_changed_and_removed(tmdb: TmdbStandIn, http: aiohttp.ClientSession) -> None:
    tmdb.add_account("anna")
    session = {"session_id": await link(tmdb, http, "anna")}
    url = f"{tmdb.api_url}/3/movie/603/rating"
    answers = []
    for value in (8.5, 9, 8.3, 0, True, 10.5):
        async with http.post(url, params=session, json={"value": value}) as response:
            answers.append((response.status, (await response.json())["status_code"]))
    assert answers == [(200, 1), (201, 12), (400, 18), (400, 18), (400, 18), (400, 18)]
    _, states = await get(http, f"{tmdb.api_url}/3/movie/603/account_states", **session)
    assert states["rated"] == {"value": 9}
    async with http.delete(url, params=session) as response:
        assert (response.status, (await response.json())["status_code"]) == (200, 13)
    _, states = await get(http, f"{tmdb.api_url}/3/movie/603/account_states", **session)
    assert states["rated"] is False
    async with http.post(url.replace("603", "999"), params=session, json={"value": 5}) as response:
        assert response.status == 404


async def test_watchlist_takes_and_gives_back(tmdb: TmdbStandIn, http: aiohttp.ClientSession) -> None:
    account = tmdb.add_account("anna")
    session = {"session_id": await link(tmdb, http, "anna")}
    url = f"{tmdb.api_url}/3/account/{account.id}/watchlist"
    for wanted, listed in ((True, [603]), (False, [])):
        body = {"media_type": "movie", "media_id": 603, "watchlist": wanted}
        async with http.post(url, params=session, json=body) as response:
            assert response.ok
        _, page = await get(http, f"{url}/movies", **session)
        assert [item["id"] for item in page["results"]] == listed


async def test_deleted_or_revoked_session_answers_three(
    tmdb: TmdbStandIn, http: aiohttp.ClientSession
) -> None:
    tmdb.add_account("anna")
    url = f"{tmdb.api_url}/3/account"
    deleted = await link(tmdb, http, "anna")
    for expected in ((200, None), (404, 37)):
        async with http.delete(
            f"{tmdb.api_url}/3/authentication/session", json={"session_id": deleted}
        ) as response:
            assert (response.status, (await response.json()).get("status_code")) == expected
    assert await code_of(http, url, session_id=deleted) == (401, 3)
    revoked = await link(tmdb, http, "anna")
    assert (await get(http, url, session_id=revoked))[1]["username"] == "anna"
    assert tmdb.revoke_sessions("anna") == 1
    assert await code_of(http, url, session_id=revoked) == (401, 3)


async def test_exports_follow_the_clock(tmdb: TmdbStandIn, http: aiohttp.ClientSession) -> None:
    tmdb.delete_film(603)
    tmdb.set_clock("2026-03-02T07:59:00+00:00")
    today, yesterday = (f"{tmdb.export_url}/movie_ids_03_{day}_2026.json.gz" for day in ("02", "01"))
    async with http.get(today) as response:
        assert response.status == 403
    async with http.get(yesterday) as response:
        lines = [json.loads(line) for line in gzip.decompress(await response.read()).splitlines()]
    assert len(lines) == len(load_films()) + 199
    assert lines[0].keys() == {"adult", "id", "original_title", "popularity", "video"}
    assert 603 not in {line["id"] for line in lines}
    tmdb.advance_clock(120)
    async with http.get(today) as response:
        assert response.status == 200
    tmdb.set_exports([], missing_status=404)
    async with http.get(today) as response:
        assert response.status == 404


@pytest.mark.parametrize(("size", "expected"), [("w92", (92, 138)), ("w500", (500, 750))])
async def test_poster_is_a_jpeg_of_the_right_size_and_always_the_same(
    tmdb: TmdbStandIn, http: aiohttp.ClientSession, size: str, expected: tuple[int, int]
) -> None:
    _, film = await get(http, f"{tmdb.api_url}/3/movie/603")
    url = f"{tmdb.image_url}/{size}{film['poster_path']}"
    async with http.get(url) as response:
        assert response.content_type == "image/jpeg"
        drawn = await response.read()
    with Image.open(io.BytesIO(drawn)) as picture:
        assert (picture.format, picture.size) == ("JPEG", expected)
    assert await TmdbStandIn().images.get(size, film["poster_path"]) == drawn
    generated = tmdb.poster_path(FIRST_ID + 20, 0)
    async with http.get(f"{tmdb.image_url}/{size}{generated}") as response:
        with Image.open(io.BytesIO(await response.read())) as picture:
            assert picture.size == expected


async def test_unknown_pictures_are_404(tmdb: TmdbStandIn, http: aiohttp.ClientSession) -> None:
    known = tmdb.poster_path(603, 0)
    unknown = (f"w500{tmdb.poster_path(604_000, 0)}", f"w500/{'a' * 27}.jpg", f"w501{known}", f"w45{known}")
    for path in unknown:
        async with http.get(f"{tmdb.image_url}/{path}") as response:
            assert response.status == 404, path


def test_generated_films_are_the_same_for_the_same_seed() -> None:
    first, again, other = FilmGenerator(50), FilmGenerator(50), FilmGenerator(50, seed=2)
    assert [first.film(film_id) for film_id in first.ids] == [again.film(film_id) for film_id in again.ids]
    assert first.film(FIRST_ID + 30) != other.film(FIRST_ID + 30)


def test_generated_films_have_the_published_mix_and_share_people() -> None:
    generator = FilmGenerator(1500, odd=False)
    films = [generator.film(film_id) for film_id in generator.ids]
    sizes = [(len(film.cast), len(film.crew), len(film.translations)) for film in films]
    shares = [sizes.count(size) / len(films) for size in ((5, 5, 2), (20, 30, 10), (60, 300, 45))]
    assert sum(shares) == pytest.approx(1)
    assert shares == pytest.approx([0.8, 0.18, 0.02], abs=0.03)
    seen = [credit.person.id for film in films for credit in film.cast]
    assert len(set(seen)) < len(seen) / 2


def test_generated_oddities_are_there() -> None:
    generator = FilmGenerator(12)
    films = [generator.film(film_id) for film_id in generator.ids]
    assert {"<", "&", '"'} <= set(films[0].title)
    assert len(films[3].title) > 255
    assert (films[6].release_date, films[6].imdb_id, films[6].runtime) == ("", "", 0)
    assert len(films[7].crew) == 990
    repeated = [credit.credit_id for credit in films[8].cast]
    assert len(set(repeated)) < len(repeated)


def test_well_known_films_are_enough_and_twenty_speak_three_languages() -> None:
    films = load_films()
    languages = [{entry.language for entry in film.translations if entry.overview} for film in films]
    assert len(films) >= 64
    assert sum({"en", "ru", "zh"} <= spoken for spoken in languages) == 20
    assert all(4 <= len(film.cast) <= 8 or film.id in {25237, 670} for film in films)


async def test_recorded_answers_are_served_as_they_are(tmp_path: Path, http: aiohttp.ClientSession) -> None:
    recorded = {
        "id": 7,
        "title": "Seven",
        "genres": [],
        "popularity": "93.49",
        "credits": {"cast": [], "crew": []},
    }
    rated = {"id": 8, "title": "Eight", "genre_ids": [28], "rating": 8.5, "poster_path": "/eight.jpg"}
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "films.json").write_text(json.dumps({"movies": [recorded]}))
    (tmp_path / "rated.json").write_text(json.dumps({"page": 1, "results": [rated], "total_pages": 1}))
    (tmp_path / "genres.json").write_text(json.dumps([{"id": 28, "name": "Action"}]))
    (tmp_path / "broken.json").write_text("{")
    async with TmdbStandIn(answers=tmp_path) as tmdb:
        _, film = await get(http, f"{tmdb.api_url}/3/movie/7", append_to_response="credits,videos")
        assert film == recorded
        assert (await get(http, f"{tmdb.api_url}/3/movie/8"))[1]["genres"] == [{"id": 28, "name": "Action"}]
        assert tmdb.ratings("recorded") == {8: 8.5}
        assert (await get(http, f"{tmdb.api_url}/3/movie/changes"))[1]["results"] == []
        assert (await get(http, f"{tmdb.api_url}/3/movie/603"))[0] == 404
        assert (await get(http, f"{tmdb.api_url}/3/genre/movie/list"))[1]["genres"] == [
            {"id": 28, "name": "Action"}
        ]
        async with http.get(f"{tmdb.image_url}/w92/eight.jpg") as response:
            assert response.status == 200


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the folder of recorded answers is not here")
async def test_the_folder_of_recorded_answers_is_understood(http: aiohttp.ClientSession) -> None:
    async with TmdbStandIn(answers=SAMPLES, rate=0) as tmdb:
        assert tmdb.catalogue.count() > 1000
        _, film = await get(http, f"{tmdb.api_url}/3/movie/550", append_to_response="credits,videos")
        assert len(film["credits"]["crew"]) == 188
        assert "videos" not in film
        account = next(iter(tmdb.accounts))
        session_id = tmdb.grant_session(account.username)
        _, page = await get(
            http, f"{tmdb.api_url}/3/account/{account.id}/rated/movies", session_id=session_id
        )
        assert len(page["results"]) == 20
        assert all("rating" in item for item in page["results"])
        assert (await get(http, f"{tmdb.api_url}/3/movie/popular", page=3))[0] == 200
