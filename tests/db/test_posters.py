"""The two queues of posters: who may claim, what counts, what comes back, and which index serves it."""

import json
import re
from collections.abc import Sequence
from datetime import date

from db.pool import Connection, Database
from db.poster_moves import PosterMoves
from db.posters import Cached, PosterFile, Posters, PrewarmPage, Priority, ToDownload, Wanted

BOT = 4242
ME, OTHER, HOST = "here:1:aa", "there:2:bb", "here"


async def add_film(connection: Connection, tmdb_id: int, **facts: object) -> None:
    """A full film, with these columns."""
    row = {
        "tmdb_id": tmdb_id,
        "title": f"Film {tmdb_id}",
        "poster_path": f"/p{tmdb_id}.jpg",
        "data_state": "full",
        "content_hash": "c",
        "payload_hash": "p",
        "popularity": float(tmdb_id),
        **facts,
    }
    places = ", ".join(f"${place}" for place in range(1, len(row) + 1))
    await connection.execute(
        f"INSERT INTO tmdb.movies ({', '.join(row)}, fetched_at) VALUES ({places}, tmdb.now())", *row.values()
    )


async def move_clock(connection: Connection, interval: str) -> None:
    """Sets the product's clock ahead for the rest of the transaction."""
    await connection.execute("SELECT set_config('tmdb.clock_offset', $1, true)", interval)


def wanted(*names: str, popularity: float = 1.0) -> list[Wanted]:
    return [Wanted(f"/{name}.jpg", None, popularity) for name in names]


async def claim(posters: Posters, worker: str = ME, *, limit: int = 10, up_to: int = 2) -> list[ToDownload]:
    return await posters.claim_downloads(BOT, worker, 30, limit=limit, up_to=up_to)


def file(path: str, local_path: str = "posters/4242/x.jpg") -> PosterFile:
    return PosterFile(path, local_path, 1000, 20, 30)


async def row(connection: Connection, path: str = "/a.jpg") -> dict[str, object]:
    found = await connection.fetchrow(
        "SELECT *, next_attempt_at - tmdb.now() AS waits FROM tmdb.posters WHERE poster_path = $1", path
    )
    assert found is not None
    return dict(found)


async def on_disk(posters: Posters, path: str = "/a.jpg") -> None:
    await posters.want(BOT, "w500", [Wanted(path, None, 1.0)], Priority.IMPORT)
    await claim(posters)
    assert await posters.finish_downloads(BOT, ME, HOST, [file(path)]) == {path}


async def finish(posters: Posters, worker: str = ME, path: str = "/a.jpg", message_id: int = 9) -> bool:
    return await posters.finish_upload(
        *(BOT, worker, path),
        file_id="AgAC",
        file_unique_id="AQAD",
        channel_id=-100,
        message_id=message_id,
        width=1,
        height=2,
    )


async def test_people_go_first_then_imports_then_the_popular(connection: Connection) -> None:
    posters = Posters(connection)
    await posters.want(BOT, "w500", wanted("less"), Priority.PREWARM)
    await posters.want(BOT, "w500", wanted("more", popularity=9), Priority.PREWARM)
    await posters.want(BOT, "w500", wanted("imported"), Priority.IMPORT)
    await posters.want(BOT, "w500", wanted("person"), Priority.PERSON)
    await posters.want(BOT + 1, "w500", wanted("others"), Priority.PERSON)
    order = [(await claim(posters, limit=1))[0].poster_path for _ in range(4)]
    assert order == ["/person.jpg", "/imported.jpg", "/more.jpg", "/less.jpg"]
    assert await claim(posters) == []


async def test_wanting_again_moves_ahead_and_never_back(connection: Connection) -> None:
    posters = Posters(connection)
    assert await posters.want(BOT, "w500", wanted("a", "b", "a"), Priority.PREWARM) == 2
    assert await posters.want(BOT, "w500", wanted("a"), Priority.PERSON) == 1
    assert await posters.want(BOT, "w500", wanted("a", "b"), Priority.PREWARM) == 0
    assert [found.poster_path for found in await claim(posters, up_to=Priority.PERSON)] == ["/a.jpg"]


async def test_a_claim_is_exclusive_until_its_lease_runs_out(connection: Connection) -> None:
    posters = Posters(connection)
    await posters.want(BOT, "w500", wanted("a"), Priority.IMPORT)
    assert len(await claim(posters)) == 1
    assert await claim(posters, OTHER) == []
    await move_clock(connection, "20 seconds")
    await posters.renew(BOT, ME, "/a.jpg", 30)
    await move_clock(connection, "40 seconds")
    assert await claim(posters, OTHER) == []
    await move_clock(connection, "51 seconds")
    assert len(await claim(posters, OTHER)) == 1
    # The first worker comes late: nothing it says counts.
    assert await posters.finish_downloads(BOT, ME, HOST, [file("/a.jpg")]) == set()
    await posters.fail(BOT, ME, "/a.jpg", "late")
    await posters.release(BOT, ME, "/a.jpg")
    assert await claim(posters, ME) == []
    assert await posters.finish_downloads(BOT, OTHER, HOST, [file("/a.jpg")]) == {"/a.jpg"}


async def test_no_more_are_claimed_than_asked_for_whatever_the_plan(database: Database) -> None:
    posters = Posters(database)
    await posters.want(BOT, "w500", wanted("a"), Priority.IMPORT)
    # Statistics of a single row put the table on the outer side of the join.
    await database.execute("VACUUM ANALYZE tmdb.posters")
    for name in "bcd":
        await posters.want(BOT, "w500", wanted(name), Priority.IMPORT)
    assert len(await claim(posters, limit=1)) == 1
    assert await database.fetchval("SELECT count(*) FROM tmdb.posters WHERE lease_until IS NOT NULL") == 1


async def test_a_finish_repeated_after_a_lost_answer_counts_again(connection: Connection) -> None:
    posters = Posters(connection)
    await on_disk(posters)
    assert await posters.finish_downloads(BOT, ME, HOST, [file("/a.jpg")]) == {"/a.jpg"}
    assert await posters.claim_upload(BOT, ME, HOST, 30)
    assert await finish(posters)
    assert await finish(posters)
    assert not await finish(posters, message_id=10)


async def test_a_failure_is_kept_and_tried_again_later_each_time(connection: Connection) -> None:
    posters = Posters(connection)
    await posters.want(BOT, "w500", wanted("a"), Priority.IMPORT)
    waits = []
    for _ in range(3):
        await move_clock(connection, "0")
        await connection.execute("UPDATE tmdb.posters SET next_attempt_at = tmdb.now()")
        await claim(posters)
        await posters.fail(BOT, ME, "/a.jpg", "TMDB images: 502")
        found = await row(connection)
        waits.append(str(found["waits"]))
        assert found["last_error"] == "TMDB images: 502"
    assert waits == ["0:01:00", "0:02:00", "0:04:00"]
    assert await claim(posters) == []
    # A person who asks for it does not wait for that.
    await posters.want(BOT, "w500", wanted("a"), Priority.PERSON)
    assert len(await claim(posters)) == 1


async def test_a_released_poster_is_due_at_once_and_nothing_is_held_against_it(
    connection: Connection,
) -> None:
    posters = Posters(connection)
    await posters.want(BOT, "w500", wanted("a"), Priority.IMPORT)
    await claim(posters)
    await posters.release(BOT, ME, "/a.jpg")
    await posters.release(BOT, ME, "/a.jpg")
    assert (await row(connection))["attempts"] == 0
    assert len(await claim(posters, OTHER)) == 1


async def test_only_a_second_404_a_day_later_means_none(connection: Connection) -> None:
    posters = Posters(connection)
    await posters.want(BOT, "w500", wanted("a"), Priority.IMPORT)
    await claim(posters)
    await posters.missing(BOT, ME, "/a.jpg", "404")
    assert (await row(connection))["poster_status"] == 0
    await posters.want(BOT, "w500", wanted("a"), Priority.PERSON)
    await move_clock(connection, "23 hours")
    assert await claim(posters) == []
    await move_clock(connection, "25 hours")
    assert len(await claim(posters)) == 1
    await posters.missing(BOT, ME, "/a.jpg", "404 again")
    assert (await row(connection))["poster_status"] == -1
    assert await claim(posters) == []


async def test_a_success_between_two_404s_forgets_the_first(connection: Connection) -> None:
    posters = Posters(connection)
    await posters.want(BOT, "w500", wanted("a"), Priority.IMPORT)
    await claim(posters)
    await posters.missing(BOT, ME, "/a.jpg", "404")
    await move_clock(connection, "25 hours")
    await claim(posters)
    await posters.finish_downloads(BOT, ME, HOST, [file("/a.jpg")])
    assert (await row(connection))["missing_at"] is None


async def test_only_the_host_with_the_file_uploads_it_and_the_row_tells_the_caption(
    connection: Connection,
) -> None:
    posters = Posters(connection)
    await add_film(connection, 603, title="The Matrix", release_date=date(1999, 3, 31))
    await posters.want(BOT, "w500", [Wanted("/a.jpg", 603, 1.0)], Priority.IMPORT)
    await claim(posters)
    await posters.finish_downloads(BOT, ME, HOST, [file("/a.jpg")])
    assert await posters.claim_upload(BOT, OTHER, "there", 30) is None
    upload = await posters.claim_upload(BOT, ME, HOST, 30)
    assert upload is not None
    assert (upload.local_path, upload.name, upload.year) == ("posters/4242/x.jpg", "The Matrix", 1999)
    assert await finish(posters)
    found = await row(connection)
    assert (found["poster_status"], found["telegram_file_id"], found["message_id"]) == (2, "AgAC", 9)
    assert (found["width"], found["height"], found["byte_size"]) == (20, 30, 1000)
    assert found["local_path"] is None
    assert await posters.claim_upload(BOT, ME, HOST, 30) is None


async def test_portraits_and_posters_of_series_have_their_own_size_and_caption(
    connection: Connection,
) -> None:
    posters = Posters(connection)
    await connection.execute("INSERT INTO tmdb.people (tmdb_id, name) VALUES (5, 'Anna Actor')")
    await connection.execute(
        """
        INSERT INTO tmdb.tv_series (tmdb_id, name, first_air_date, content_hash, payload_hash, fetched_at)
        VALUES (5, 'A series', '2011-04-17', 'c', 'p', tmdb.now())
        """
    )
    await posters.want(BOT, "h632", [Wanted("/a.jpg", 5, 1.0, "person")], Priority.PERSON)
    [claimed] = await claim(posters)
    assert claimed.size == "h632"
    await posters.finish_downloads(BOT, ME, HOST, [file("/a.jpg")])
    await posters.learn(BOT, "w500", Wanted("/b.jpg", 5, 0.5, "tv"), file_id="AgAX", file_unique_id="u")
    captions = set()
    for _ in range(2):
        upload = await posters.claim_upload(BOT, ME, HOST, 30)
        assert upload is not None
        captions.add((upload.owner, upload.owner_id, upload.name, upload.year))
    assert captions == {("person", 5, "Anna Actor", None), ("tv", 5, "A series", 2011)}


async def test_a_file_id_of_a_card_goes_to_the_channel_without_a_download(connection: Connection) -> None:
    posters = Posters(connection)
    await posters.want(BOT, "w500", wanted("a"), Priority.IMPORT)
    await claim(posters)
    await posters.learn(
        BOT, "w500", wanted("a")[0], file_id="AgAB", file_unique_id="u", byte_size=5, width=2, height=3
    )
    # The download that was under way is too late, and nobody begins another.
    assert await posters.finish_downloads(BOT, ME, HOST, [file("/a.jpg")]) == set()
    assert await claim(posters) == []
    upload = await posters.claim_upload(BOT, OTHER, "there", 30)
    assert upload is not None
    assert (upload.telegram_file_id, upload.local_path) == ("AgAB", None)
    assert await finish(posters, OTHER)
    await posters.learn(BOT, "w500", wanted("a")[0], file_id="AgAX", file_unique_id="u")
    assert (await row(connection))["telegram_file_id"] == "AgAC"


async def test_a_file_id_learned_while_the_file_waits_keeps_the_file(connection: Connection) -> None:
    posters = Posters(connection)
    await on_disk(posters)
    await posters.learn(BOT, "w500", wanted("a")[0], file_id="AgAB", file_unique_id="u")
    upload = await posters.claim_upload(BOT, ME, HOST, 30)
    assert upload is not None
    assert (upload.telegram_file_id, upload.local_path) == ("AgAB", "posters/4242/x.jpg")


async def test_a_dead_file_id_is_fetched_anew_and_remembers_the_post_to_replace(
    connection: Connection,
) -> None:
    posters = Posters(connection)
    await on_disk(posters)
    await posters.claim_upload(BOT, ME, HOST, 30)
    await finish(posters)
    await posters.forget_file_ids(BOT, ["AgAC"])
    found = await row(connection)
    assert (found["poster_status"], found["telegram_file_id"], found["priority"]) == (0, None, 0)
    assert len(await claim(posters)) == 1
    await posters.finish_downloads(BOT, ME, HOST, [file("/a.jpg")])
    upload = await posters.claim_upload(BOT, ME, HOST, 30)
    assert upload is not None
    assert (upload.channel_id, upload.message_id) == (-100, 9)


async def test_an_upload_with_nothing_to_post_is_downloaded_again(connection: Connection) -> None:
    posters = Posters(connection)
    await on_disk(posters)
    await posters.claim_upload(BOT, ME, HOST, 30)
    await posters.download_again(BOT, ME, "/a.jpg", "the file is gone")
    assert (await row(connection))["local_path"] is None
    assert len(await claim(posters)) == 1
    await posters.finish_downloads(BOT, ME, HOST, [file("/a.jpg")])
    await posters.claim_upload(BOT, ME, HOST, 30)
    await posters.download_again(BOT, ME, "/a.jpg", "refused", later=True)
    assert await claim(posters) == []


async def test_files_of_a_silent_host_are_wanted_again(connection: Connection) -> None:
    posters = Posters(connection)
    await on_disk(posters)
    await connection.execute("INSERT INTO tmdb.heartbeats (part, instance) VALUES ('workers', 'here:77')")
    assert await posters.requeue_lost(BOT, "there") == 0
    await move_clock(connection, "11 minutes")
    assert await posters.requeue_lost(BOT, HOST) == 0
    assert await posters.requeue_lost(BOT, "there") == 1
    assert len(await claim(posters, OTHER)) == 1


async def test_a_withdrawn_poster_is_nobodys_until_it_is_deleted(connection: Connection) -> None:
    posters = Posters(connection)
    await on_disk(posters)
    await posters.claim_upload(BOT, ME, HOST, 30)
    await finish(posters)
    assert await posters.withdraw(BOT, "admin", "/other.jpg", 30) is None
    assert await posters.withdraw(BOT, "admin", "/a.jpg", 30) == Cached(-100, 9, None, None)
    assert await claim(posters) == []
    await posters.delete(BOT, "admin", "/a.jpg")
    assert await connection.fetch("SELECT FROM tmdb.posters") == []


async def test_a_deletion_cut_short_leaves_a_poster_that_is_posted_anew(connection: Connection) -> None:
    posters = Posters(connection)
    await on_disk(posters)
    assert await posters.withdraw(BOT, "admin", "/a.jpg", 30) == Cached(
        None, None, "posters/4242/x.jpg", HOST
    )
    await move_clock(connection, "31 seconds")
    assert len(await claim(posters)) == 1
    await posters.delete(BOT, "admin", "/a.jpg")
    assert (await row(connection))["poster_status"] == 0


async def test_prewarm_wants_full_films_by_popularity_a_page_at_a_time(connection: Connection) -> None:
    for film in range(1, 6):
        await add_film(connection, film)
    await add_film(connection, 6, adult=True)
    await add_film(connection, 7, data_state="stub")
    await add_film(connection, 8, poster_path=None)
    posters = Posters(connection)
    await posters.want(BOT, "w500", [Wanted("/p5.jpg", 5, 5.0)], Priority.IMPORT)
    page = await posters.want_popular(BOT, "w500", 3)
    assert page == PrewarmPage(films=3, wanted=2, popularity=3.0, tmdb_id=3)
    assert await posters.want_popular(BOT, "w500", 3, page) == PrewarmPage(2, 2, 1.0, 1)
    assert await posters.want_popular(BOT, "w500", 3, PrewarmPage(2, 2, 1.0, 1)) == PrewarmPage(
        0, 0, None, None
    )
    assert [(await claim(posters, limit=1))[0].poster_path for _ in range(5)] == [
        *("/p5.jpg", "/p4.jpg", "/p3.jpg", "/p2.jpg", "/p1.jpg"),
    ]


async def test_bytes_on_disk_are_a_hosts_own_and_files_everybodys(connection: Connection) -> None:
    posters = Posters(connection)
    await on_disk(posters)
    await posters.want(BOT, "w500", wanted("b", "c"), Priority.PREWARM)
    assert await posters.on_disk(BOT, HOST) == (1, 1000, 0)
    assert await posters.on_disk(BOT, "there") == (1, 0, 0)


async def fill_queues(connection: Connection) -> None:
    """100,000 posters: most in Telegram, 10,000 in each queue."""
    await connection.execute(
        """
        INSERT INTO tmdb.posters (bot_id, poster_path, poster_status, size, priority, popularity,
          telegram_file_id, channel_id, message_id, local_path, local_host)
        SELECT $1, '/' || n || '.jpg', CASE n % 10 WHEN 0 THEN 0 WHEN 1 THEN 1 ELSE 2 END, 'w500',
          1 + n % 2, n, CASE WHEN n % 10 > 1 THEN 'AgAC' || n END, -100, n, n || '.jpg', 'here'
        FROM generate_series(1, 100000) AS n
        """,
        BOT,
    )
    await connection.execute("ANALYZE tmdb.posters")


CLAIMS: Sequence[tuple[str, list[object], str]] = [
    (Posters.CLAIM_DOWNLOADS, [BOT, 2, 10, "30 s", ME], "posters_to_download"),
    (Posters.CLAIM_UPLOAD, [BOT, HOST, "30 s", ME], "posters_to_upload"),
    (Posters.ON_DISK, [BOT, HOST], "posters_to_upload"),
    (Posters.LOCAL_PATHS, [BOT], "posters_to_upload"),
    (Posters.REQUEUE_LOST, [BOT, HOST, "30 s"], "posters_to_upload"),
    (Posters.FORGET_FILE_IDS, [BOT, "{AgAC5}"], "posters_file_id"),
    (PosterMoves.CLAIM, [BOT, "{-100}", HOST, "30 s", ME, 2], "posters_in_channel"),
    (PosterMoves.ELSEWHERE, [BOT, "{-100}"], "posters_in_channel"),
    (PosterMoves.FINISH, [BOT, "{-100}"], "posters_in_channel"),
]


async def test_every_hot_statement_uses_its_index(connection: Connection) -> None:
    await fill_queues(connection)
    for statement, values, index in CLAIMS:
        sql = _with_literals(statement, values)
        [[plan]] = await connection.fetch(f"EXPLAIN (FORMAT JSON) {sql}")
        text = json.dumps(plan)
        assert index in text, text
        # A table of films that another test left few of in the statistics may be read whole.
        assert not re.search(r'"Seq Scan"[^{}]*"Relation Name": "posters"', text), text


def _with_literals(statement: str, values: Sequence[object]) -> str:
    """The statement as EXPLAIN takes it: without parameters."""
    return re.sub(r"\$(\d+)", lambda found: _literal(values[int(found[1]) - 1]), statement)


def _literal(value: object) -> str:
    return str(value) if isinstance(value, int) else f"'{value}'"
