"""@bot words in any chat: what is offered, what is sent, and what becomes of it."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from aiogram.types import BufferedInputFile, Update
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import bot.handlers.inline
from bot.dispatch import Updates
from core.inline import (
    MAX_FILMS,
    PAGE_FILMS,
    Chosen,
    chosen,
    film_query,
    next_offset,
    queried_film,
    read_offset,
    result_id,
)
from core.movies import APPENDED
from core.settings import Settings
from db.cards import Cards
from db.inline import OfferedFilms
from db.pool import Database
from db.posters import Posters, Priority, Wanted
from db.search import MovieSearch
from db.users import Users
from sandbox.telegram import Fault, InlineQuery, Person
from sandbox.tmdb.generator import FIRST_ID
from tests.bot.conftest import BOT_ID, CHANNEL, Stage, Statements, running, until
from tests.films import answered, fetched, store
from tests.sandbox.telegram_scene import jpeg

MATRIX, STALKER, SPIRITED_AWAY = 603, 1398, 129
TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"


@pytest.fixture
def stage(stage: Stage) -> Stage:
    """BotFather's switches for inline mode are on."""
    stage.bot.supports_inline_queries = stage.bot.inline_feedback = True
    return stage


async def stored(stage: Stage, *films: int, **changes: Any) -> None:
    """Films in full, none of whose posters is in Telegram."""
    payloads = [stage.tmdb.catalogue.details(film, "en-US", list(APPENDED)) | changes for film in films]
    async with stage.database.transaction() as connection:
        await store(connection, *map(answered, payloads))


POSTER = """
    SELECT tmdb.poster_path(posters, poster_path, original_language, 'en', $2)
    FROM tmdb.movies WHERE tmdb_id = $1
"""


async def path_of(database: Database, film: int, language: str = "en") -> str:
    path: str = await database.fetchval(POSTER, film, language)
    return path


async def in_telegram(stage: Stage, film: int, language: str = "en") -> str:
    """The film's poster in a language gets a file_id."""
    assert stage.app is not None
    sent = await stage.app.bot.send_photo(CHANNEL, BufferedInputFile(jpeg(20, 30), "p.jpg"))
    assert sent.photo is not None
    photo = sent.photo[-1]
    await Posters(stage.database).learn(
        *(BOT_ID, "w500", Wanted(await path_of(stage.database, film, language), film, 1.0)),
        file_id=photo.file_id,
        file_unique_id=photo.file_unique_id,
    )
    return photo.file_id


async def typed(person: Person, text: str, offset: str = "") -> InlineQuery:
    """The query, once it was answered."""
    query = person.inline_query(text, offset)
    await person.wait_results(query)
    return query


def results(query: InlineQuery) -> list[dict[str, Any]]:
    assert query.answer is not None
    return [found["result"] for found in query.answer.results]


def films(query: InlineQuery) -> list[int]:
    """The films that were offered, in their order."""
    return [film.movie_id for one in results(query) if (film := chosen(one["id"]))]


def button(query: InlineQuery) -> str:
    assert query.answer is not None
    assert query.answer.button is not None
    assert query.answer.button["start_parameter"]
    text: str = query.answer.button["text"]
    return text


async def wanted(database: Database) -> dict[str, int]:
    rows = await database.fetch(
        "SELECT poster_path, priority FROM tmdb.posters WHERE telegram_file_id IS NULL"
    )
    return {row["poster_path"]: row["priority"] for row in rows}


async def test_cached_posters_are_photos_others_are_texts_that_want_theirs(stage: Stage) -> None:
    await stored(stage, MATRIX, STALKER)
    file_id = await in_telegram(stage, MATRIX, "ru")
    stalker = await path_of(stage.database, STALKER, "ru")
    ann = stage.person(language="ru")
    query = await typed(ann, "")
    photo, text = sorted(results(query), key=lambda one: one["type"], reverse=True)
    assert (photo["photo_file_id"], photo["title"]) == (file_id, "Матрица (1999)")
    assert "The Matrix · 8,2 · " in photo["description"]
    assert photo["caption"].startswith("<b>Матрица</b> (1999)")
    assert text["title"] == "Сталкер (1979)"
    assert text["input_message_content"]["message_text"].startswith("<b>Сталкер</b> (1979)")
    assert all(one["reply_markup"]["inline_keyboard"] for one in (photo, text))
    assert text["thumbnail_url"] == f"{stage.tmdb.image_url}/w92{stalker}"
    await stage.idle()
    assert stage.app is not None
    await stage.app.tasks.close(5)
    assert await wanted(stage.database) == {stalker: Priority.PERSON}
    [call] = stage.telegram.calls("answerInlineQuery")
    assert call.parameters["is_personal"] is True
    assert 0 < call.parameters["cache_time"] <= 10
    assert button(query) == "Открыть чат с ботом"
    assert not [request.path for request in stage.tmdb.requests if request.path.startswith("/3/movie")]


async def test_a_title_is_found_and_a_share_query_finds_one_film(stage: Stage) -> None:
    await stored(stage, MATRIX, STALKER, SPIRITED_AWAY)
    ann = stage.person()
    assert films(await typed(ann, "stalker")) == [STALKER]
    assert films(await typed(ann, film_query(MATRIX))) == [MATRIX]
    assert films(await typed(ann, "https://www.themoviedb.org/movie/129-spirited-away")) == [SPIRITED_AWAY]
    assert films(await typed(ann, "animation 2000s")) == [SPIRITED_AWAY]
    assert films(await typed(ann, "tt0133093")) == [MATRIX]
    await Users(stage.database).choose(1, "en", hide_rated=True)
    await stage.database.execute(
        """
        INSERT INTO tmdb.user_movie_ratings (telegram_user_id, movie_id, tmdb_rating, source)
        VALUES (1, $1, 9, 'manual')
        """,
        SPIRITED_AWAY,
    )
    assert films(await typed(ann, "2000s animation")) == []
    nothing = await typed(ann, "xqzwvk")
    assert (films(nothing), button(nothing)) == ([], "Nothing found here: search in the chat")


async def test_an_answer_is_two_statements_at_most(idle_stage: Stage, statements: Statements) -> None:
    idle_stage.bot.supports_inline_queries = True
    await stored(idle_stage, MATRIX, STALKER)
    ann, first = idle_stage.person(), idle_stage.person(2)
    for text, expected in (
        ("", [OfferedFilms.OFFERED, Cards.CARDS]),
        (film_query(MATRIX), [Cards.CARDS]),
        ("matrix", [MovieSearch.PAGE, Cards.CARDS]),
    ):
        await typed(first, text)  # asyncpg looks up types it has not met
        statements.taken()
        await typed(ann, text)
        assert statements.taken() == expected


async def test_nothing_typed_shows_what_was_rated_or_listed_lately_then_the_popular_by_pages(
    stage: Stage,
) -> None:
    many = range(FIRST_ID, FIRST_ID + 45)
    async with stage.database.transaction() as connection:
        await store(connection, *map(fetched, many))
    await stage.database.execute(
        "UPDATE tmdb.movies SET popularity = tmdb_id, adult = false, softcore = false"
    )
    await stage.database.execute(
        "INSERT INTO tmdb.users (telegram_user_id, language) VALUES (1, 'en'), (2, 'en')"
    )
    await stage.database.execute(
        """
        INSERT INTO tmdb.user_movie_ratings (telegram_user_id, movie_id, tmdb_rating, source, rated_at)
        VALUES (1, $1, 8, 'tmdb', tmdb.now() - interval '2 days'),
          (1, $2, 8, 'tmdb', tmdb.now() - interval '2 years'), (2, $2, 8, 'tmdb', tmdb.now())
        """,
        many[3],
        many[4],
    )
    await stage.database.execute(
        "INSERT INTO tmdb.user_watchlist (telegram_user_id, movie_id) VALUES (1, $1)", many[7]
    )
    ann = stage.person()
    offered: list[int] = []
    offset, pages = "", 0
    while offset or not pages:
        query = await typed(ann, "", offset)
        assert query.answer is not None
        offered += films(query)
        offset, pages = query.answer.next_offset, pages + 1
    rest = sorted(set(many) - {many[3], many[7]}, reverse=True)
    assert (offered, pages) == ([many[7], many[3], *rest], 3)
    for forged in ("-20", "7", "٢٠", "20'", str(MAX_FILMS), "9" * 64):
        query = await typed(ann, "", forged)
        assert query.answer is not None
        assert (films(query), query.answer.next_offset) == ([], "")


async def test_adult_films_are_offered_only_where_the_operator_allows_them(
    idle_stage: Stage, make_settings: Callable[..., Settings]
) -> None:
    stage = idle_stage
    stage.bot.supports_inline_queries = True
    await stored(stage, MATRIX, adult=True)
    await stage.database.execute(
        """
        INSERT INTO tmdb.users (telegram_user_id, language, settings) VALUES (1, 'en', '{"adult": true}')
        """
    )
    ann, boris = stage.person(), stage.person(2)
    async with running(stage.settings, stage.database) as stage.app:
        for text in ("", "matrix", film_query(MATRIX)):
            assert films(await typed(ann, text)) == []
    stage.telegram.clock.advance(60)
    async with running(make_settings(adult_in_groups=True), stage.database) as stage.app:
        assert films(await typed(ann, film_query(MATRIX))) == [MATRIX]
        assert films(await typed(boris, film_query(MATRIX))) == [], "who did not ask for them never sees them"


async def test_one_dead_file_id_costs_nobody_an_answer_and_is_found(stage: Stage) -> None:
    await stored(stage, MATRIX, STALKER)
    dead, alive = await in_telegram(stage, MATRIX), await in_telegram(stage, STALKER)
    stage.telegram.kill_file_id(dead)
    ann = stage.person()
    query = await typed(ann, "")
    assert {one["type"] for one in results(query)} == {"article"}
    assert len(stage.telegram.calls("answerInlineQuery")) == 2
    assert stage.app is not None
    await stage.app.tasks.close(5)
    assert len(stage.telegram.calls("getFile")) == 2
    assert await wanted(stage.database) == {await path_of(stage.database, MATRIX): Priority.PERSON}
    stage.telegram.clock.advance(60)
    again = {one["title"]: one for one in results(await typed(ann, ""))}
    assert again["Stalker (1979)"]["photo_file_id"] == alive
    assert again["The Matrix (1999)"]["type"] == "article"


async def test_without_the_database_the_answer_is_empty_and_soon_asked_for_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.handlers.inline, "PATIENCE_SECONDS", 0.1)
    await stored(stage, MATRIX)
    async with stage.database.transaction() as connection:
        await connection.execute("LOCK tmdb.movies")
        query = await typed(stage.person(language="ru"), "")
    assert (films(query), button(query)) == ([], "Сейчас не получается: попробуйте через минуту")
    [call] = stage.telegram.calls("answerInlineQuery")
    assert call.parameters["cache_time"] <= 1


class Broken:
    """A mistake of ours."""

    async def offers(self, *_: object) -> None:
        raise ZeroDivisionError


async def test_a_mistake_of_ours_is_answered_too(idle_stage: Stage) -> None:
    idle_stage.bot.supports_inline_queries = True
    async with running(idle_stage.settings, idle_stage.database, inline=Broken()):
        query = await typed(idle_stage.person(), "matrix")
    assert (films(query), button(query)) == ([], "No answer just now: try again in a minute")


async def test_an_answer_that_comes_too_late_is_no_error(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    ann = stage.person()
    stage.telegram.faults.add(Fault("refuse", "answerInlineQuery", code=400, description=TOO_OLD))
    ann.inline_query("matrix")
    await stage.telegram.wait_until(lambda: stage.telegram.calls("answerInlineQuery"))
    await stage.idle()
    assert films(await typed(ann, "stalker")) == []
    assert "error" not in capsys.readouterr().out


async def test_whom_the_bot_is_not_for_gets_an_empty_list_and_a_word(
    idle_stage: Stage, make_settings: Callable[..., Settings]
) -> None:
    stage = idle_stage
    stage.bot.supports_inline_queries = True
    await stored(stage, MATRIX)
    async with running(make_settings(allowed_user_ids=(1,)), stage.database) as stage.app:
        assert films(await typed(stage.person(1), "")) == [MATRIX]
        stranger = await typed(stage.person(3, "ru"), "")
        assert (films(stranger), button(stranger)) == ([], "Это частный бот: доступ даёт его владелец")


async def test_a_text_that_was_sent_waits_for_its_poster_and_a_photo_does_not(stage: Stage) -> None:
    await stored(stage, MATRIX, STALKER)
    await in_telegram(stage, MATRIX, "ru")
    ann, boris = stage.person(language="ru"), stage.person(2)
    group = stage.telegram.add_group(-1001000000009, "Friends", [ann, boris], [])
    for query in (await typed(ann, film_query(MATRIX)), await typed(ann, film_query(STALKER))):
        ann.choose(query, 0, group)

    async def waits() -> list[Any]:
        return await stage.database.fetch("SELECT * FROM tmdb.inline_messages")

    async with asyncio.timeout(10):
        while not (rows := await waits()):
            await asyncio.sleep(0.01)
    [row] = rows
    assert row["inline_message_id"] == group.last.inline_message_id
    assert (row["movie_id"], row["telegram_user_id"], row["language"]) == (STALKER, 1, "ru")
    assert row["poster_path"] == await path_of(stage.database, STALKER, "ru")
    photo = group.messages[0]
    assert photo.photo is not None
    assert "ваша оценка" not in photo.body


async def test_a_text_gains_its_poster_at_a_press_and_whoever_presses_is_answered(stage: Stage) -> None:
    await stored(stage, STALKER)
    ann, boris = stage.person(language="ru"), stage.person(2, "en", "Boris")
    group = stage.telegram.add_group(-1001000000009, "Friends", [ann, boris], [])
    card = ann.choose(await typed(ann, film_query(STALKER)), 0, group)
    file_id = await in_telegram(stage, STALKER, "ru")
    await boris.wait_answer(boris.press(card, "★ Оценить"))
    await stage.idle()
    assert await stage.toast(boris, card, "8") == "★ 8 saved"
    for _ in range(2):
        await boris.wait_answer(boris.press(card, "Назад"))
        await stage.idle()
        assert card.photo is not None
        [gained] = stage.telegram.calls("editMessageMedia")
        assert gained.parameters["media"]["media"] == file_id
        await boris.wait_answer(boris.press(card, "★ Оценить"))
        await stage.idle()
    rated = await stage.database.fetch("SELECT telegram_user_id, tmdb_rating FROM tmdb.user_movie_ratings")
    assert [tuple(row) for row in rated] == [(2, 8)]
    assert "your rating" not in card.body


async def test_a_press_gains_no_poster_whose_file_id_is_dead_and_works_all_the_same(stage: Stage) -> None:
    await stored(stage, STALKER)
    ann = stage.person()
    group = stage.telegram.add_group(-1001000000009, "Friends", [ann], [])
    card = ann.choose(await typed(ann, film_query(STALKER)), 0, group)
    stage.telegram.kill_file_id(await in_telegram(stage, STALKER))
    for button in ("★ Rate", "Back"):
        assert not (await ann.wait_answer(ann.press(card, button))).show_alert
        await stage.idle()
    assert (card.photo, card.buttons[0].text) == (None, "★ Rate")
    assert await wanted(stage.database) == {await path_of(stage.database, STALKER): Priority.PERSON}


async def test_a_poster_on_its_way_turns_back_no_page_that_is_read(stage: Stage) -> None:
    await stored(stage, STALKER)
    ann = stage.person()
    group = stage.telegram.add_group(-1001000000009, "Friends", [ann], [])
    card = ann.choose(await typed(ann, film_query(STALKER)), 0, group)

    async def wait() -> float | None:
        """Seconds from now on in which the poster does not come; None: it never does."""
        sql = "SELECT extract(epoch FROM next_attempt_at - tmdb.now())::float8 FROM tmdb.inline_messages"
        seconds: float | None = await stage.database.fetchval(sql)
        return seconds

    async with asyncio.timeout(10):
        while await wait() is None:
            await asyncio.sleep(0.01)
        await ann.wait_answer(ann.press(card, "More"))
        while (await wait() or 0) < 30:
            await asyncio.sleep(0.01)
        await ann.wait_answer(ann.press_forged(card, f"leaf:s{STALKER}:1:{STALKER}"))
        while await wait() is not None:
            await asyncio.sleep(0.01)


async def test_a_sent_card_stays_as_its_sender_sees_it_whoever_presses(stage: Stage) -> None:
    await stored(stage, MATRIX)
    await in_telegram(stage, MATRIX, "en")
    await stage.database.execute("UPDATE tmdb.movies SET watch_providers = $1", {"DE": {"buy": ["Sky"]}})
    ann, boris = stage.person(language="ru"), stage.person(2, "en", "Boris")
    await Users(stage.database).choose(1, "ru", film_language="en", region="DE")
    await Users(stage.database).choose(2, "en", film_language="ru", adult=True, hide_rated=True)
    group = stage.telegram.add_group(-1001000000009, "Friends", [ann, boris], [])
    card = ann.choose(await typed(ann, film_query(MATRIX)), 0, group)
    sent = card.body
    assert sent.startswith("The Matrix (1999)")
    for presser, pressed, said in (
        (boris, "Подробнее", "Язык оригинала: английский"),
        (ann, "Назад", sent),
        (boris, "Где смотреть", "Германия"),
        (boris, "Назад", sent),
        (boris, "Актёры", "1. "),
        (boris, "1", "Keanu Reeves"),
        (boris, "К фильму", sent),
    ):
        await presser.wait_answer(presser.press(card, pressed))
        await stage.idle()
        assert said in card.body, pressed
    await boris.wait_answer(boris.press(card, "★ Оценить"))
    await stage.idle()
    assert "Точнее — в личном чате" in [button.text for button in card.buttons]
    assert await stage.toast(boris, card, "8") == "★ 8 saved"


async def test_a_card_sent_to_the_bot_itself_is_no_search(stage: Stage) -> None:
    await stored(stage, MATRIX)
    ann = stage.person()
    sent = ann.choose(await typed(ann, film_query(MATRIX)), 0)
    about = await stage.ask(ann, "/about")
    assert about.body.startswith("Filmoteka")
    assert about.message_id == sent.message_id + 2, "her card, her command, the answer to that"


async def test_of_what_somebody_types_only_the_newest_waits() -> None:
    handled: list[int] = []
    hold = asyncio.Event()

    async def handle(one: Update) -> None:
        handled.append(one.update_id)
        await hold.wait()

    def typing(update_id: int, user_id: int) -> Update:
        user = {"id": user_id, "is_bot": False, "first_name": "A"}
        query = {"id": str(update_id), "from": user, "query": "m" * update_id, "offset": ""}
        return Update.model_validate({"update_id": update_id, "inline_query": query})

    updates = Updates(handle)
    accepted = [updates.accept(typing(1, 10))]
    await until(lambda: handled == [1])
    accepted += [updates.accept(typing(number, 10)) for number in (2, 3)]
    accepted.append(updates.accept(typing(4, 20)))
    accepted.append(updates.accept(typing(5, 10)))
    await until(lambda: len(handled) == 2)
    hold.set()
    await asyncio.wait_for(asyncio.gather(*accepted), 10)
    assert handled == [1, 4, 5]
    assert updates.accept(typing(2, 10)).done(), "what was passed over is handled"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=256), offset=st.text(max_size=64))
async def test_whatever_is_typed_is_answered(stage: Stage, text: str, offset: str) -> None:
    query = await typed(
        stage.person(), text.encode("utf-8", "ignore").decode(), offset.encode("utf-8", "ignore").decode()
    )
    assert films(query) == []


@given(film=st.integers(1, 2**31 - 1), has_poster=st.booleans(), offset=st.integers(0, MAX_FILMS))
def test_ids_and_offsets_come_back_as_they_went(film: int, has_poster: bool, offset: int) -> None:
    assert chosen(result_id(Chosen(film, has_poster))) == Chosen(film, has_poster)
    assert queried_film(film_query(film)) == film
    end = next_offset(offset - offset % PAGE_FILMS, MAX_FILMS)
    assert read_offset(end) == (int(end) if end else 0)


@given(st.text())
def test_what_others_wrote_is_no_id_of_ours(text: str) -> None:
    assert (film := chosen(text)) is None or result_id(film) == text
    assert (offset := read_offset(text)) is None or str(offset) == (text or "0")
