"""Cards in the chat: the first with the poster's bytes, every other by its file_id."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import pytest

import bot.posters
from db.cards import Cards
from sandbox.telegram import Message, Person
from tests.bot.conftest import BOT_ID, Stage, Statements

MATRIX, STALKER = 603, 1398


def film_requests(stage: Stage) -> int:
    return sum(request.path.startswith("/3/movie/") for request in stage.tmdb.requests)


def poster_downloads(stage: Stage) -> int:
    return stage.tmdb.count(host="image")


def uploads(stage: Stage) -> list[Any]:
    return [call for call in stage.telegram.calls() if call.files]


async def open_card(stage: Stage, person: Person, movie_id: int = MATRIX) -> Message:
    return await stage.ask(person, f"/movie {movie_id}")


async def learned(stage: Stage) -> asyncpg.Record:
    """The poster's row once it knows a file_id: written right after the send."""
    async with asyncio.timeout(10):
        while True:
            row = await stage.database.fetchrow(
                "SELECT * FROM tmdb.posters WHERE telegram_file_id IS NOT NULL"
            )
            if row is not None:
                return row
            await asyncio.sleep(0.01)


async def test_the_first_card_brings_the_bytes_and_the_second_the_file_id(stage: Stage) -> None:
    ann, boris = stage.person(1, "en"), stage.person(2, "en", "Boris")
    first = await open_card(stage, ann)
    [upload] = uploads(stage)
    assert upload.method == "sendPhoto"
    assert first.photo is not None
    assert first.caption is not None
    assert first.caption.startswith("The Matrix (1999)\n\nTMDB 8.2 (26.5K) · 2\u00a0h\u00a016\u00a0min · R\n")
    row = await learned(stage)
    assert (row["bot_id"], row["poster_status"], row["tmdb_movie_id"]) == (BOT_ID, 0, MATRIX)
    assert row["telegram_file_id"] == upload.result["photo"][-1]["file_id"]
    assert row["byte_size"] == next(iter(upload.files.values())).size

    stage.telegram.forget_calls()
    stage.tmdb.requests.clear()
    second = await open_card(stage, boris)
    [send] = [call for call in stage.telegram.calls() if call.method != "getUpdates"]
    assert (send.method, send.files, send.parameters["photo"]) == ("sendPhoto", {}, row["telegram_file_id"])
    assert len(stage.tmdb.requests) == 0
    assert second.caption == first.caption
    assert second.photo is not None
    assert second.photo.content == first.photo.content


async def test_a_warm_card_is_one_statement_and_one_call(idle_stage: Stage, statements: Statements) -> None:
    ann = idle_stage.person()
    await open_card(idle_stage, ann)
    await idle_stage.idle()
    idle_stage.telegram.forget_calls()
    statements.taken()
    await open_card(idle_stage, ann)
    assert statements.taken() == [Cards.CARDS]
    calls = [call.method for call in idle_stage.telegram.calls() if call.method != "getUpdates"]
    assert calls == ["sendPhoto"]


@pytest.mark.parametrize(
    ("language", "title", "lines"),
    [
        ("ru", "Матрица (1999)\nThe Matrix\n\n", ("16+\n", "США", "Программист")),
        ("zh-hans", "黑客帝国（1999）\nThe Matrix\n\n", ("2小时16分钟", "美国", "白天写代码")),
        ("de", "The Matrix (1999)\n\n", ("Action, Science Fiction · USA",)),
    ],
)
async def test_a_card_speaks_the_readers_language(
    stage: Stage, language: str, title: str, lines: tuple[str, ...]
) -> None:
    card = await open_card(stage, stage.person(language=language))
    assert card.body.startswith(title)
    for line in lines:
        assert line in card.body


async def test_a_soviet_film_keeps_its_own_title_and_country(stage: Stage) -> None:
    card = await open_card(stage, stage.person(language="ru"), STALKER)
    assert card.body.startswith("Сталкер (1979)\n\n")
    assert "СССР" in card.body
    assert "Andrei Tarkovsky\n" in card.body


async def test_a_card_opens_by_link_and_by_button(stage: Stage) -> None:
    ann = stage.person()
    ann.start("m_603")
    assert (await ann.chat.wait_for()).body.startswith("The Matrix (1999)")
    query = ann.press_forged(ann.chat.last, "card:129")
    card = await ann.chat.wait_for()
    assert card.body.startswith("Spirited Away (2001)\n千と千尋の神隠し\n")
    await ann.wait_answer(query)


async def test_buttons_lead_to_tmdb_and_the_trailer(stage: Stage) -> None:
    card = await open_card(stage, stage.person())
    links = [button.url for button in card.buttons if button.url]
    assert links[-1] == f"{stage.tmdb.web_url}/movie/603"
    assert all(link.startswith(("https://www.youtube.com/watch?v=", stage.tmdb.web_url)) for link in links)


async def test_simultaneous_askers_cost_one_film_one_poster_and_one_upload(stage: Stage) -> None:
    people = [stage.person(number, "en", f"P{number}") for number in range(1, 9)]
    for person in people:
        person.send("/movie 603")
    cards = await asyncio.gather(*(person.chat.wait_for() for person in people))
    assert all(card.photo for card in cards)
    assert film_requests(stage) == 1
    assert poster_downloads(stage) == 1
    assert len(uploads(stage)) == 1


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A poster is slow after a tenth of a second."""
    monkeypatch.setattr(bot.posters, "SLOW_POSTER_SECONDS", 0.1)


@pytest.mark.usefixtures("hasty")
async def test_a_slow_poster_does_not_hold_the_card_and_comes_in_place(stage: Stage) -> None:
    stage.tmdb.fault("slow", "/t/p/*", delay=0.5, times=1)
    ann = stage.person()
    text = await open_card(stage, ann)
    assert text.photo is None
    assert text.body.startswith("The Matrix (1999)")
    card = await ann.chat.wait_for(lambda message: message.photo is not None)
    assert card.message_id == text.message_id
    assert card.body.startswith("The Matrix (1999)")
    assert [button.text for button in card.buttons] == [button.text for button in text.buttons]
    [edit] = uploads(stage)
    assert edit.method == "editMessageMedia"
    assert (await learned(stage))["telegram_file_id"] == edit.result["photo"][-1]["file_id"]


@pytest.mark.usefixtures("hasty")
async def test_a_rating_given_meanwhile_stands_under_the_poster(stage: Stage) -> None:
    stage.tmdb.fault("slow", "/t/p/*", delay=0.7, times=1)
    ann = stage.person()
    text = await open_card(stage, ann)
    ten = await stage.press(ann, text, "★ Rate")
    await stage.press(ann, ten, "8")
    assert text.photo is None
    card = await ann.chat.wait_for(lambda message: message.photo is not None)
    assert card.body.splitlines()[-1].startswith("★ 8 — your rating")


@pytest.mark.usefixtures("hasty")
async def test_a_slow_poster_that_never_comes_leaves_the_text(stage: Stage) -> None:
    stage.tmdb.fault("slow", "/t/p/*", delay=0.3, times=1)
    ann = stage.person()
    text = await open_card(stage, ann)
    ann.delete(text)
    await stage.telegram.wait_until(lambda: stage.telegram.calls("editMessageMedia"))
    assert (await open_card(stage, ann)).photo is not None


async def test_bytes_not_to_be_had_are_tried_once_by_address(stage: Stage) -> None:
    # The first request is ours, the second Telegram's own.
    stage.tmdb.fault("proxy_404", "/t/p/*", times=1)
    card = await open_card(stage, stage.person())
    assert card.photo is not None
    [send] = stage.telegram.calls("sendPhoto")
    assert send.parameters["photo"].startswith(stage.settings.tmdb_image_base_url + "/w500/")
    assert (await learned(stage))["telegram_file_id"] == send.result["photo"][-1]["file_id"]


async def test_without_bytes_and_address_the_card_is_text(stage: Stage) -> None:
    stage.tmdb.fault("proxy_404", "/t/p/*")
    card = await open_card(stage, stage.person())
    assert card.photo is None
    assert card.body.startswith("The Matrix (1999)")
    assert len(stage.telegram.calls("sendPhoto")) == 1
    wanted = await stage.database.fetchrow("SELECT poster_status, priority FROM tmdb.posters")
    assert tuple(wanted or ()) == (0, 0), "the workers go on trying, for a person"


async def test_a_dead_file_id_is_replaced_at_once_and_heals(stage: Stage) -> None:
    ann = stage.person()
    await open_card(stage, ann)
    dead = (await learned(stage))["telegram_file_id"]
    stage.telegram.kill_file_id(dead)
    card = await open_card(stage, ann)
    assert card.photo is not None
    assert len(uploads(stage)) == 2
    healed = (await learned(stage))["telegram_file_id"]
    assert healed != dead
    stage.telegram.forget_calls()
    await open_card(stage, ann)
    [send] = stage.telegram.calls("sendPhoto")
    assert send.parameters["photo"] == healed


async def test_a_missing_poster_is_not_looked_for(stage: Stage) -> None:
    ann = stage.person()
    await open_card(stage, ann)
    await learned(stage)
    await stage.database.execute(
        "UPDATE tmdb.posters SET poster_status = -1, telegram_file_id = NULL, telegram_file_unique_id = NULL"
    )
    stage.tmdb.requests.clear()
    assert (await open_card(stage, ann)).photo is None
    assert len(stage.tmdb.requests) == 0


MoveClock = Callable[[str], Awaitable[None]]


@pytest.fixture
async def move_clock(stage: Stage) -> AsyncIterator[MoveClock]:
    """Moves tmdb.now() for all connections, which are opened anew."""
    database = stage.database
    name = await database.fetchval("SELECT current_database()")

    async def move(offset: str) -> None:
        await database.execute(f"ALTER DATABASE {name} SET tmdb.clock_offset = '{offset}'")
        await database.pool.expire_connections()

    yield move
    await database.execute(f"ALTER DATABASE {name} RESET tmdb.clock_offset")
    await database.pool.expire_connections()


async def test_after_180_days_a_film_is_fetched_again_before_it_is_shown(
    stage: Stage, move_clock: MoveClock
) -> None:
    ann = stage.person()
    await open_card(stage, ann)
    stage.tmdb.change_film(MATRIX, {"title": "The Matrix Refreshed"})
    await move_clock("179 days")
    assert (await open_card(stage, ann)).body.startswith("The Matrix (1999)")
    await move_clock("181 days")
    assert (await open_card(stage, ann)).body.startswith("The Matrix Refreshed (1999)")
    assert film_requests(stage) == 2


async def test_with_tmdb_away_an_old_film_shows_its_link_and_the_own_rating_only(
    stage: Stage, move_clock: MoveClock
) -> None:
    ann = stage.person()
    await open_card(stage, ann)
    await rate_directly(stage, ann.id, 9)
    await move_clock("181 days")
    stage.tmdb.fault("html", "/3/*", status=503)
    card = await open_card(stage, ann)
    assert card.photo is None
    assert "TMDB does not answer right now" in card.body
    assert "★ 9 — your rating" in card.body
    assert "Matrix" not in card.body
    assert [button.url for button in card.buttons if button.url] == [f"{stage.tmdb.web_url}/movie/603"]
    stage.tmdb.clear_faults()
    assert (await stage.press(ann, card, "Try again")).body.startswith("The Matrix (1999)")


async def rate_directly(stage: Stage, user_id: int, value: int) -> None:
    await stage.database.execute(
        "INSERT INTO tmdb.users (telegram_user_id) VALUES ($1) ON CONFLICT DO NOTHING", user_id
    )
    await stage.database.execute(
        "INSERT INTO tmdb.user_movie_ratings (telegram_user_id, movie_id, tmdb_rating, source)"
        " VALUES ($1, 603, $2, 'tmdb')",
        *(user_id, value),
    )


async def test_a_film_nobody_knows_and_tmdb_away_says_whose_move_it_is(stage: Stage) -> None:
    stage.tmdb.fault("html", "/3/*", status=503)
    card = await open_card(stage, stage.person())
    assert "TMDB does not answer right now" in card.body
    assert [button.text for button in card.buttons] == ["Try again", "TMDB"]


async def test_films_that_are_gone_say_so(stage: Stage) -> None:
    ann = stage.person()
    assert (await open_card(stage, ann, 999_999_999)).body == "TMDB has no such film."
    await open_card(stage, ann)
    await stage.database.execute("UPDATE tmdb.movies SET deleted_at = tmdb.now()")
    gone = await open_card(stage, ann)
    assert gone.body == "The Matrix (1999)\n\nTMDB has deleted this film."
    assert gone.buttons == []


async def test_the_rating_of_a_deleted_film_is_shown_and_can_be_taken_back(stage: Stage) -> None:
    ann = stage.person()
    card = await open_card(stage, ann)
    ann.press(await stage.press(ann, card, "★ Rate"), "9")
    await stage.idle()
    await stage.database.execute(
        """
        UPDATE tmdb.movies SET deleted_at = tmdb.now(), data_state = 'stub', title = NULL,
          original_title = NULL, poster_path = NULL, posters = '{}', fetched_at = NULL
        """
    )
    stage.tmdb.requests.clear()
    gone = await open_card(stage, ann)
    assert gone.body.startswith("TMDB has deleted this film.\n\n★ 9 — your rating")
    assert [button.text for button in gone.buttons] == ["Remove my rating"]
    query = ann.press(gone, "Remove my rating")
    assert (await ann.wait_answer(query)).text == "Your rating is removed"
    await stage.idle()
    assert (gone.body, gone.buttons) == ("TMDB has deleted this film.", [])
    assert not film_requests(stage), "what is marked deleted is not asked for by a tap"


@pytest.mark.parametrize(
    "text", ["/movie 0", "/movie -1", "/movie 99999999999999999999", "/movie x", "/movie 2147483648"]
)
async def test_numbers_that_are_none_are_answered(stage: Stage, text: str) -> None:
    assert (await stage.ask(stage.person(), text)).body == "TMDB has no such film."
    assert len(stage.tmdb.requests) == 0 or not film_requests(stage)


async def test_movie_without_a_number_says_how(stage: Stage) -> None:
    assert "/movie 603" in (await stage.ask(stage.person(), "/movie")).body


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ('<b>Tom</b> & "Jerry" 🎬 &amp;', '<b>Tom</b> & "Jerry" 🎬 &amp; (1999)'),
        ("ואלס עם באשיר", "\u2068ואלס עם באשיר\u2069 (1999)"),
        ("X" * 500, "X" * 179 + "… (1999)"),
    ],
)
async def test_odd_titles_survive(stage: Stage, title: str, shown: str) -> None:
    changed = {"title": title, "overview": "слово <&> 🎬 " * 300, "translations": {"translations": []}}
    stage.tmdb.change_film(MATRIX, changed)
    card = await open_card(stage, stage.person())
    assert card.body.splitlines()[0] == shown
    assert card.photo is not None
    assert card.body.rstrip().endswith("…")


async def test_opened_films_are_noted(stage: Stage) -> None:
    assert stage.app
    await open_card(stage, stage.person())
    await stage.database.execute("UPDATE tmdb.movies SET last_seen_at = tmdb.now() - interval '2 days'")
    await stage.app.activity.flush()
    assert await stage.database.fetchval(
        "SELECT last_seen_at > tmdb.now() - interval '1 day' FROM tmdb.movies WHERE tmdb_id = 603"
    )
