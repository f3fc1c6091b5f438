"""/export: the files that come, and what others read in them."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from core.own_lists import ListedFilm, OwnLists
from core.reader import Reader
from services.export import IMDB_RATINGS, IMDB_WATCHLIST, LETTERBOXD_RATINGS, files
from tests.bot.conftest import Stage
from tests.bot.test_own_ratings import FILMS

ANN = 1001

ODD = ListedFilm(
    movie_id=603,
    imdb_id="tt0133093",
    title='=HYPERLINK("x"), "Матрица"',
    original_title="黑客帝国\n2",
    year=1999,
    release_date=date(1999, 3, 30),
    runtime=136,
    genres=("Action", "Science Fiction"),
    directors=("Lana Wachowski", "Lilly Wachowski"),
    value=Decimal("0.5"),
    listed_at=datetime(2026, 2, 3, 4, 5, tzinfo=UTC),
)
BARE = ListedFilm(
    movie_id=7, imdb_id=None, title=None, original_title=None, year=None, release_date=None, runtime=None,
    genres=(), directors=(), value=Decimal("8.5"), listed_at=None,
)  # fmt: skip


def table(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))


def test_what_importers_read_is_what_was_rated() -> None:
    lists = OwnLists(
        reader=Reader(1, "en"),
        exported_at=datetime(2026, 5, 6, tzinfo=UTC),
        ratings=(ODD, BARE),
        watchlist=(ODD,),
    )
    made = {file.name: file.content for file in files(lists)}
    letterboxd = table(made["letterboxd-ratings.csv"])
    assert tuple(letterboxd[0]) == LETTERBOXD_RATINGS, "no byte order mark before the first column"
    assert letterboxd[0] == {
        "tmdbID": "603", "imdbID": "tt0133093", "Title": ODD.title, "Year": "1999",
        "Directors": "Lana Wachowski, Lilly Wachowski", "Rating10": "1",
    }  # fmt: skip
    assert (letterboxd[1]["tmdbID"], letterboxd[1]["Title"], letterboxd[1]["Rating10"]) == ("7", "", "9")
    imdb = table(made["imdb-ratings.csv"])
    assert tuple(imdb[0]) == IMDB_RATINGS
    assert [row["Const"] for row in imdb] == ["tt0133093"], "what IMDb does not number cannot be matched"
    assert (imdb[0]["Your Rating"], imdb[0]["Date Rated"], imdb[0]["IMDb Rating"]) == ("1", "2026-02-03", "")
    assert imdb[0]["Original Title"] == ODD.original_title
    [entry] = table(made["imdb-watchlist.csv"])
    assert tuple(entry) == IMDB_WATCHLIST
    assert (entry["Position"], entry["Created"]) == ("1", "2026-02-03")
    assert (entry["Directors"], entry["Your Rating"]) == ("Lana Wachowski, Lilly Wachowski", "")
    exact = json.loads(made["filmoteka.json"])
    assert [film["rating"] for film in exact["ratings"]] == [0.5, 8.5]
    assert exact["watchlist"][0]["added_at"] == "2026-02-03T04:05:00+00:00"
    assert exact["watchlist"][0]["title"] == ODD.title


def test_all_that_tmdb_lets_a_list_hold_fits_into_letterboxds_megabyte() -> None:
    films = (replace(ODD, title="An everyday title: part two"),) * 10_000
    lists = OwnLists(reader=Reader(1, "en"), exported_at=datetime(2026, 5, 6, tzinfo=UTC), ratings=films,
                     watchlist=films)  # fmt: skip
    sizes = {file.name: len(file.content) for file in files(lists)}
    assert max(sizes["letterboxd-ratings.csv"], sizes["letterboxd-watchlist.csv"]) < 1_000_000
    assert max(sizes.values()) < 20_000_000, "Telegram takes fifty"


async def test_the_files_come_in_one_message(stage: Stage) -> None:
    ann = stage.person(ANN)
    assert (await stage.ask(ann, "/export")).body.startswith("There is nothing to take along yet")
    await stage.database.execute("DELETE FROM tmdb.users")
    await stage.database.execute(FILMS)
    await stage.database.execute(
        "INSERT INTO tmdb.movie_external_ids (tmdb_movie_id, imdb_id) VALUES (1, 'tt01')"
    )
    before = len(ann.chat.messages)
    await stage.ask(ann, "/export")
    await ann.chat.wait_for(lambda message: "Ratings: 12" in message.body, after=0)
    sent = [m for m in ann.chat.messages[before:] if m.document is not None]
    assert [m.document.name for m in sent if m.document] == [
        "letterboxd-ratings.csv", "imdb-ratings.csv", "filmoteka.json",
    ]  # fmt: skip
    assert sent[-1].body.startswith("Ratings: 12, watchlist: 0.")
    assert "11 films have no number at IMDb" in sent[-1].body
    assert len(json.loads(sent[-1].document.content)["ratings"]) == 12  # type: ignore[union-attr]  # filtered above
