"""The TMDB stand-in's catalogue: exports whole and damaged, changes of many days, what goes and returns."""

import asyncio
import gzip
import json
import zlib
from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from sandbox.tmdb.films import load_films
from sandbox.tmdb.generator import FIRST_ID
from sandbox.tmdb.server import TmdbStandIn

AUTHORIZATION = {"Authorization": "Bearer sandbox-access-token"}
DAY = 86_400
KNOWN = len(load_films())
INVENTED, ADULT = 40, 5


@pytest.fixture
async def tmdb() -> AsyncIterator[TmdbStandIn]:
    async with TmdbStandIn(generated=INVENTED, adult=ADULT, rate=0) as stand_in:
        stand_in.set_clock("2026-03-10T09:00:00+00:00")
        yield stand_in


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(headers=AUTHORIZATION) as session:
        yield session


async def get(http: aiohttp.ClientSession, url: str, **query: Any) -> tuple[int, Any]:
    async with http.get(url, params=query) as response:
        return response.status, await response.json()


def export_url(tmdb: TmdbStandIn, day: str, kind: str = "movie") -> str:
    year, month, of_month = day.split("-")
    return f"{tmdb.export_url}/{kind}_ids_{month}_{of_month}_{year}.json.gz"


async def file(http: aiohttp.ClientSession, tmdb: TmdbStandIn, day: str, kind: str = "movie") -> bytes:
    async with http.get(export_url(tmdb, day, kind)) as response:
        assert response.status == 200
        return await response.read()


async def lines(
    http: aiohttp.ClientSession, tmdb: TmdbStandIn, day: str, kind: str = "movie"
) -> dict[int, dict[str, Any]]:
    unpacked = gzip.decompress(await file(http, tmdb, day, kind))
    return {line["id"]: line for line in map(json.loads, unpacked.splitlines())}


async def test_an_earlier_export_tells_what_was_there_then(
    tmdb: TmdbStandIn, http: aiohttp.ClientSession
) -> None:
    tmdb.delete_film(603)
    tmdb.advance_clock(DAY)
    tmdb.restore_film(603)
    tmdb.delete_film(604)
    tmdb.change_film(550, {"popularity": 99.5})
    tmdb.add_film({"id": 7, "title": "New", "original_title": "Neu", "popularity": 1.5, "genres": []})
    tmdb.advance_clock(DAY)
    tenth, eleventh, twelfth = [await lines(http, tmdb, f"2026-03-{day}") for day in (10, 11, 12)]
    assert [{603, 604, 7} & set(day) for day in (tenth, eleventh, twelfth)] == [{604}, {603, 7}, {603, 7}]
    assert tenth[550]["popularity"] != 99.5
    assert eleventh[550]["popularity"] == 99.5
    assert eleventh[7]["original_title"] == "Neu"
    tmdb.delete_film(550)
    assert 550 in await lines(http, tmdb, "2026-03-11")
    assert 550 not in await lines(http, tmdb, "2026-03-12"), "the newest tells of now"


async def test_adult_films_have_an_export_of_their_own_and_stay_out_of_lists(
    tmdb: TmdbStandIn, http: aiohttp.ClientSession
) -> None:
    adult = await lines(http, tmdb, "2026-03-10", "adult_movie")
    assert len(adult) == ADULT
    assert all(line["adult"] for line in adult.values())
    assert not set(adult) & set(await lines(http, tmdb, "2026-03-10"))
    first = min(adult)
    assert (await get(http, f"{tmdb.api_url}/3/movie/{first}"))[1]["adult"] is True
    tmdb.change_film(first, {"tagline": "New."})
    tmdb.announce(first + 1, adult=None)
    _, changes = await get(http, f"{tmdb.api_url}/3/movie/changes")
    assert {item["id"]: item["adult"] for item in changes["results"]} == {first: True, first + 1: None}
    tmdb.change_film(603, {"adult": True})
    popular = await _popular(http, tmdb)
    assert 603 not in popular
    assert not set(popular) & set(adult)
    assert 603 in await lines(http, tmdb, "2026-03-10", "adult_movie")


async def _popular(http: aiohttp.ClientSession, tmdb: TmdbStandIn) -> list[int]:
    url = f"{tmdb.api_url}/3/movie/popular"
    _, first = await get(http, url)
    pages = [first, *[(await get(http, url, page=page))[1] for page in range(2, first["total_pages"] + 1)]]
    found = [item["id"] for page in pages for item in page["results"]]
    assert len(found) == len(set(found)) == first["total_results"]
    return found


async def test_popularity_moves_a_film_in_the_lists(tmdb: TmdbStandIn, http: aiohttp.ClientSession) -> None:
    last = FIRST_ID + INVENTED - 1
    assert (await _popular(http, tmdb))[-1] == last
    tmdb.change_film(last, {"popularity": 10_000.0})
    assert (await _popular(http, tmdb))[0] == last
    assert (await get(http, f"{tmdb.api_url}/3/movie/changes"))[1]["results"] == []


async def test_exports_break_where_they_are_told_to(tmdb: TmdbStandIn, http: aiohttp.ClientSession) -> None:
    day = "2026-03-10"
    whole = await file(http, tmdb, day)
    tmdb.damage_export(cut=-8)
    assert await file(http, tmdb, day) == whole[:-8]
    tmdb.damage_export(cut=100, announced="whole")
    with pytest.raises(aiohttp.ClientPayloadError):
        await file(http, tmdb, day)
    tmdb.damage_export(cut_lines=3)
    unpacker = zlib.decompressobj(wbits=31)
    unpacked = unpacker.decompress(await file(http, tmdb, day))
    assert (unpacked.count(b"\n"), unpacked[-1:], unpacker.eof) == (3, b"\n", False)
    tmdb.damage_export(keep=20, without=[603, 604], bad_lines=["nonsense", '{"id": "x"}'])
    unpacked = gzip.decompress(await file(http, tmdb, day))
    kept = [line for line in unpacked.splitlines() if line not in (b"nonsense", b'{"id": "x"}')]
    assert (len(kept), unpacked.count(b"\n")) == (20, 23)
    assert not {603, 604} & {json.loads(line)["id"] for line in kept}
    tmdb.damage_export(body=b64encode(b"anything").decode())
    assert await file(http, tmdb, day) == b"anything"
    tmdb.damage_export(day="2026-03-09", body=b"")
    tmdb.mend_exports()
    assert await file(http, tmdb, day) == whole


async def test_a_day_is_damaged_for_itself(tmdb: TmdbStandIn, http: aiohttp.ClientSession) -> None:
    tmdb.damage_export(day="2026-03-09", body=b"yesterday")
    assert await file(http, tmdb, "2026-03-09") == b"yesterday"
    assert len(await lines(http, tmdb, "2026-03-10")) == KNOWN + INVENTED


async def test_an_export_held_back_goes_on_when_it_is_mended(
    tmdb: TmdbStandIn, http: aiohttp.ClientSession
) -> None:
    whole = await file(http, tmdb, "2026-03-10")
    tmdb.damage_export(hold=50, announced="nothing")
    async with http.get(export_url(tmdb, "2026-03-10")) as response:
        assert response.content_length is None
        assert await response.content.readexactly(50) == whole[:50]
        rest = asyncio.get_running_loop().create_task(response.content.read())
        assert (await asyncio.wait({rest}, timeout=0.05))[1], "it waits"
        tmdb.mend_exports()
        assert await rest == whole[50:]


async def test_changes_of_thirty_days_come_day_by_day(tmdb: TmdbStandIn, http: aiohttp.ClientSession) -> None:
    url = f"{tmdb.api_url}/3/movie/changes"
    for film_id in tmdb.film_ids(30):
        tmdb.change_film(film_id, {"tagline": f"Day of {film_id}."})
        tmdb.advance_clock(DAY)
    found = []
    for day in range(30):
        date = f"2026-03-{10 + day:02}" if day < 22 else f"2026-04-{day - 21:02}"
        _, page = await get(http, url, start_date=date, end_date=date, page=1)
        found += [item["id"] for item in page["results"]]
    assert found == tmdb.film_ids(30)


async def test_changes_may_come_all_on_the_first_page(http: aiohttp.ClientSession) -> None:
    async with TmdbStandIn(generated=1000, changes_per_day=130, rate=0) as tmdb:
        url = f"{tmdb.api_url}/3/movie/changes"
        _, whole = await get(http, url)
        tmdb.configure(changes_at_once=True)
        assert (await get(http, url, page=1))[1] == whole
        assert (await get(http, url, page=2))[1]["results"] == []


async def test_people_and_series_change_go_and_come_back(
    tmdb: TmdbStandIn, http: aiohttp.ClientSession
) -> None:
    (series_id,) = list(tmdb.catalogue.series)[:1]
    person_url, series_url = f"{tmdb.api_url}/3/person/6384", f"{tmdb.api_url}/3/tv/{series_id}"
    tmdb.change_other("person", 6384, {"birthday": "1964-09-02"})
    tmdb.change_other("tv", series_id, {"overview": "New."})
    appended = "combined_credits,translations,external_ids"
    _, person = await get(http, person_url, append_to_response=appended)
    assert person["birthday"] == "1964-09-02"
    assert {603, 604} <= {credit["id"] for credit in person["combined_credits"]["cast"]}
    assert not {"combined_credits", "external_ids"} & (await get(http, person_url))[1].keys()
    assert (await get(http, series_url))[1]["overview"] == "New."
    tmdb.delete_other("person", 6384, 6)
    tmdb.delete_other("tv", series_id)
    assert (await get(http, person_url))[1]["status_code"] == 6
    assert (await get(http, series_url))[1]["status_code"] == 34
    tmdb.restore_other("person", 6384)
    assert (await get(http, person_url))[0] == 200


async def test_a_404_may_mean_something_else(tmdb: TmdbStandIn, http: aiohttp.ClientSession) -> None:
    tmdb.fault("not_found", code=11, times=1)
    status, body = await get(http, f"{tmdb.api_url}/3/movie/603")
    assert (status, body["status_code"]) == (404, 11)


async def test_answers_take_their_time(tmdb: TmdbStandIn, http: aiohttp.ClientSession) -> None:
    loop = asyncio.get_running_loop()
    tmdb.configure(latency=0.05)
    started = loop.time()
    await get(http, f"{tmdb.api_url}/3/movie/603")
    assert loop.time() - started >= 0.05


async def test_all_films_are_told_for_comparison(tmdb: TmdbStandIn, http: aiohttp.ClientSession) -> None:
    tmdb.delete_film(603)
    tmdb.add_film({"id": FIRST_ID + 3, "title": "In place of an invented one", "genres": []})
    films = list(tmdb.all_films(["credits"]))
    assert [film["id"] for film in films] == sorted(film["id"] for film in films)
    assert len(films) == KNOWN + INVENTED + ADULT - 1 == tmdb.catalogue.count()
    for film in (films[0], films[-1]):
        _, answer = await get(http, f"{tmdb.api_url}/3/movie/{film['id']}", append_to_response="credits")
        assert film == answer
    paged: list[int] = []
    while page := await _act(http, tmdb, "films", after=paged[-1] if paged else 0, limit=50):
        paged += [film["id"] for film in page]
    assert paged == [film["id"] for film in films]


async def _act(http: aiohttp.ClientSession, tmdb: TmdbStandIn, action: str, **arguments: Any) -> Any:
    async with http.post(f"{tmdb.control_url}/{action}", json=arguments) as response:
        return (await response.json())["result"]
