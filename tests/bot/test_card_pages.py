"""A card's pages and the films it leads to, all in the one message."""

import asyncio
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.filters import Filters
from core.inline import film_query
from db.browse import Browse
from db.card_pages import CardPages
from db.cards import Cards
from db.embedded import EmbeddedPostgres
from db.person_cards import PersonCards
from db.pool import Database
from sandbox.telegram import Message, Person
from tests.bot.conftest import Stage, running, until
from views.card import Leaf

MATRIX = 603


async def a_card(stage: Stage, person: Person, movie_id: int = MATRIX) -> Message:
    return await stage.ask(person, f"/movie {movie_id}")


def texts(message: Message) -> list[str]:
    return [button.text for button in message.buttons]


def edits(stage: Stage) -> list[str]:
    return [call.method for call in stage.telegram.calls() if call.method.startswith(("edit", "send"))]


async def test_pages_replace_the_words_and_leave_the_poster(stage: Stage) -> None:
    ann = stage.person()
    card = await a_card(stage, ann)
    body, buttons, photo = card.body, texts(card), card.photo
    stage.telegram.forget_calls()
    stage.tmdb.requests.clear()

    more = await stage.press(ann, card, "More")
    assert more.body.startswith("The Matrix (1999)\n\n")
    assert "Original language: English" in more.body
    assert "Release: Mar 31, 1999" in more.body
    assert len(more.body) <= 1024
    assert (await stage.press(ann, more, "Back")).body == body

    cast = await stage.press(ann, card, "Cast")
    assert "\nCast · " in cast.body
    assert "1. Keanu Reeves — " in cast.body
    crew = await stage.press(ann, cast, "Crew")
    assert "Directed by\n1. " in crew.body
    assert "Lana Wachowski — director, " in crew.body
    back = await stage.press(ann, crew, "Back")
    assert (back.body, texts(back), back.photo) == (body, buttons, photo)
    assert set(edits(stage)) == {"editMessageCaption"}
    assert len(stage.tmdb.requests) == 0, "all of it from what is stored"


async def test_no_button_of_a_fresh_film_asks_tmdb(stage: Stage) -> None:
    ann = stage.person()
    await lead_to(stage, ann, 129)
    await stage.database.execute(
        "UPDATE tmdb.movies SET watch_providers = $1, fetched_at = tmdb.now() - interval '8 days'"
        " WHERE tmdb_id = 603",
        {"US": {"flatrate": ["A"]}},
    )
    card = await a_card(stage, ann)
    await stage.idle()
    stage.tmdb.requests.clear()
    to_press, pressed = ["back:603:1"], set[str]()
    while to_press:
        data = to_press.pop()
        pressed.add(data)
        await ann.wait_answer(ann.press_forged(card, data))
        await stage.idle()
        shown = {button.callback_data or "" for button in card.buttons}
        to_press += sorted(
            data
            for data in shown - pressed - {*to_press}
            # A poster takes the stand-in long to draw.
            if data.startswith(("page:", "leaf:", "rating:")) and "posters:603:2" not in data
        )
    kinds = {data.split(":")[1] for data in pressed if data.startswith("page:")}
    assert kinds == {"more", "cast", "crew", "watch", "videos", "posters"}
    assert [request.path for request in stage.tmdb.requests if request.path.startswith("/3/")] == []


async def test_the_cost_of_every_screen_is_fixed(idle_stage: Stage, postgres: EmbeddedPostgres) -> None:
    name = await idle_stage.database.fetchval("SELECT current_database()")
    database = await Database.connect(postgres.database_url(name), name="one", connections=1, checked=False)
    statements: list[str] = []
    async with database.connection() as connection:
        connection.add_query_logger(lambda record: statements.append(record.query))
    try:
        async with running(idle_stage.settings, database) as app:
            ann = idle_stage.person()
            await lead_to(idle_stage, ann, 604)
            await ann.wait_answer(ann.press(ann.chat.last, "Cast"))
            await ann.wait_answer(ann.press(ann.chat.last, "1"))
            await idle_stage.database.execute(
                "UPDATE tmdb.movies SET watch_providers = $1 WHERE tmdb_id = 603",
                {"US": {"flatrate": ["A"]}},
            )
            card = await a_card(idle_stage, ann)
            await until(lambda: any("pg_notify" in sql for sql in statements))

            async def cost(button: str, *, forged: bool = False) -> list[str]:
                await app.activity.flush()
                statements.clear()
                await ann.wait_answer((ann.press_forged if forged else ann.press)(card, button))
                await idle_stage.idle()
                return [sql for sql in statements if "host_budgets" not in sql]

            for button, expected in (
                ("More", [CardPages.DETAILS]),
                ("All trailers", [CardPages.VIDEOS]),
                ("Back", [Cards.CARDS]),
                ("Where to watch", [CardPages.OFFERS]),
                ("Back", [Cards.CARDS]),
                ("Cast", [CardPages.CAST]),
                ("Crew", [CardPages.CREW]),
                ("Cast", [CardPages.CAST]),
                ("1", [PersonCards.CARD]),
                ("All films", [PersonCards.FILMS]),
                ("‹ Back to the person", [PersonCards.CARD]),
                ("‹ Back to the film", [Cards.CARDS]),
                ("Similar", [CardPages.NEIGHBOURS, Cards.CARDS]),
                ("Back", [Cards.CARDS]),
            ):
                assert await cost(button) == expected, button
            assert await cost("page:posters:603:1", forged=True) == [CardPages.POSTERS]
            leaf = Leaf(source=f"f{Filters(genres=(28,)).pack()}", at=1).pack()
            assert await cost(leaf, forged=True) == [Browse.IDS, Cards.CARDS]
    finally:
        await database.close()


async def test_numbers_under_the_cast_lead_to_the_people(stage: Stage) -> None:
    ann = stage.person()
    cast = await stage.press(ann, await a_card(stage, ann), "Cast")
    keanu = next(button for button in cast.buttons if button.text == "1")
    assert keanu.callback_data == "person:6384:603"


async def lead_to(stage: Stage, person: Person, *movie_ids: int) -> Message:
    """The Matrix's card, which leads to these films: all are in the catalogue, their posters in Telegram."""
    for movie_id in (*movie_ids, MATRIX):
        await a_card(stage, person, movie_id)
    async with asyncio.timeout(10):
        while len(await file_ids(stage)) <= len(movie_ids):
            await asyncio.sleep(0.005)
    await stage.database.execute(
        "UPDATE tmdb.movies SET similar_ids = $2, recommended_ids = '{}', collection_id = NULL"
        " WHERE tmdb_id = $1",
        *(MATRIX, list(movie_ids)),
    )
    return await a_card(stage, person)


async def file_ids(stage: Stage) -> dict[int, str]:
    rows = await stage.database.fetch(
        "SELECT tmdb_movie_id, telegram_file_id FROM tmdb.posters WHERE telegram_file_id IS NOT NULL"
    )
    return {row["tmdb_movie_id"]: row["telegram_file_id"] for row in rows}


async def test_similar_films_are_leafed_through_in_one_message_and_back(stage: Stage) -> None:
    ann = stage.person()
    card = await lead_to(stage, ann, 129, 1398)
    body = card.body
    stage.telegram.forget_calls()
    first = await stage.press(ann, card, "Similar")
    assert first.message_id == card.message_id
    assert first.body.startswith("Spirited Away (2001)\n")
    assert texts(first) == ["‹", "1 / 2", "›", "Open", "Back"]
    second = await stage.press(ann, first, "›")
    assert second.body.startswith("Stalker (1979)\n")
    assert texts(second)[:3] == ["‹", "2 / 2", "›"]
    back = await stage.press(ann, second, "Back")
    assert back.body == body
    assert edits(stage) == ["editMessageMedia"] * 3
    assert not [call for call in stage.telegram.calls() if call.files], "all by file_id"
    opened = await stage.press(ann, await stage.press(ann, back, "Similar"), "Open")
    assert opened.message_id > card.message_id
    assert opened.body.startswith("Spirited Away (2001)\n")


async def test_a_dead_file_id_in_a_list_is_replaced_by_the_bytes(stage: Stage) -> None:
    ann = stage.person()
    card = await lead_to(stage, ann, 129)
    dead = (await file_ids(stage))[129]
    stage.telegram.kill_file_id(dead)
    leafed = await stage.press(ann, card, "Similar")
    assert leafed.message_id == card.message_id
    assert leafed.body.startswith("Spirited Away (2001)\n")
    assert leafed.photo is not None
    assert (await file_ids(stage))[129] != dead


async def test_a_list_that_shrinks_while_it_is_leafed_ends_at_its_card(stage: Stage) -> None:
    ann = stage.person()
    card = await lead_to(stage, ann, 129, 1398)
    first = await stage.press(ann, card, "Similar")
    await stage.database.execute("UPDATE tmdb.movies SET deleted_at = tmdb.now() WHERE tmdb_id = 1398")
    await ann.wait_answer(ann.press(first, "›"))
    await stage.idle()
    assert first.body.startswith("Spirited Away (2001)\n"), "the last one there is"
    await stage.database.execute("UPDATE tmdb.movies SET deleted_at = tmdb.now() WHERE tmdb_id = 129")
    await ann.wait_answer(ann.press_forged(first, "leaf:s603:2:603"))
    await stage.idle()
    assert first.body.startswith("The Matrix (1999)\n"), "nothing left: the card it came from"


async def test_a_stub_in_a_list_is_shown_plain_and_asked_for(stage: Stage) -> None:
    ann = stage.person()
    card = await a_card(stage, ann)
    await stage.database.execute("UPDATE tmdb.movies SET similar_ids = '{604}' WHERE tmdb_id = 603")
    stage.tmdb.requests.clear()
    stub = await stage.press(ann, card, "Similar")
    assert stub.body.startswith("The Matrix Reloaded (2003)\n")
    assert stub.photo is None, "no other film's poster stands above it"
    assert card.deleted
    assert len(stage.tmdb.requests) == 0
    assert stage.app
    await stage.app.activity.flush()
    queued = await stage.database.fetch("SELECT tmdb_id, priority FROM tmdb.refresh_queue")
    assert [tuple(row) for row in queued] == [(604, 0)]
    assert (await stage.press(ann, stub, "Back")).photo is not None


async def test_where_to_watch_names_justwatch_and_its_age_and_is_refreshed_once(stage: Stage) -> None:
    ann = stage.person(language="ru")
    offers: dict[str, Any] = {"RU": {"link": "https://www.themoviedb.org/x", "flatrate": ["Okko", "Wink"]}}
    await a_card(stage, ann)
    await stage.database.execute(
        "UPDATE tmdb.movies SET watch_providers = $1, fetched_at = tmdb.now() - interval '12 days'"
        " WHERE tmdb_id = 603",
        offers,
    )
    card = await a_card(stage, ann)
    assert "Смотреть: Okko, Wink · JustWatch · 12 дней назад" in card.body
    page = await stage.press(ann, card, "Где смотреть")
    assert "Где смотреть · Россия\n\nПо подписке: Okko, Wink\n\nДанные JustWatch от " in page.body
    assert page.body.endswith(", 12 дней назад")
    assert stage.app
    for _ in range(2):
        await stage.app.activity.flush()
        rows = await stage.database.fetch("SELECT tmdb_id, priority, requested_at FROM tmdb.refresh_queue")
        assert [tuple(row)[:2] for row in rows] == [(603, 0)]
        await stage.press(ann, page, "Назад")
        await stage.press(ann, page, "Где смотреть")
    again = await stage.database.fetch("SELECT tmdb_id, priority, requested_at FROM tmdb.refresh_queue")
    assert rows == again, "not at every look"


async def test_posters_are_leafed_by_language_and_the_film_s_own_comes_back(stage: Stage) -> None:
    ann = stage.person()
    card = await a_card(stage, ann)
    assert card.photo is not None
    own = card.photo.content
    more = await stage.press(ann, card, "More")
    first = await stage.press(ann, more, "Posters")
    assert "Poster: English · 1 / " in first.body
    second = await stage.press(ann, first, "›")
    assert second.message_id == card.message_id
    assert second.photo is not None
    assert second.photo.content != own
    back = await stage.press(ann, second, "Back")
    assert back.photo is not None
    assert back.photo.content == own


async def test_a_page_of_a_message_too_old_is_sent_anew_with_its_picture(stage: Stage) -> None:
    ann = stage.person()
    card = await a_card(stage, ann)
    assert card.photo is not None
    query = ann.press(card, "Cast")
    ann.delete(card)
    cast = await ann.chat.wait_for(lambda m: m.message_id != card.message_id)
    await ann.wait_answer(query)
    assert "Cast · " in cast.body
    assert cast.photo is not None
    assert cast.photo.content == card.photo.content
    person = await stage.press(ann, cast, "1")
    query = ann.press(person, "All films")
    ann.delete(person)
    films = await ann.chat.wait_for(lambda m: m.message_id != person.message_id)
    await ann.wait_answer(query)
    assert films.body.startswith("Keanu Reeves\nAll films")
    assert films.photo is not None
    assert person.photo is not None
    assert films.photo.content == person.photo.content


async def test_words_about_a_film_bring_its_picture_where_somebody_leafed_on(stage: Stage) -> None:
    ann, ben = stage.person(), stage.person(2, name="Ben")
    await lead_to(stage, ann, 129)
    group = stage.telegram.add_group(-1001000000009, "Friends", [ann, ben], [stage.bot])
    ann.send(f"/movie@filmoteka_bot {MATRIX}", chat=group)
    card = await group.wait_for(lambda message: message.photo is not None)
    assert card.photo is not None
    own, cast = card.photo.content, card.button("Cast").callback_data or ""
    await ann.wait_answer(ann.press(card, "Similar"))
    await stage.idle()
    assert card.photo.content != own
    await ben.wait_answer(ben.press_forged(card, cast))  # his client showed the card still
    await stage.idle()
    assert card.body.startswith("The Matrix (1999)\nCast · ")
    assert card.photo.content == own


async def test_where_nothing_is_similar_the_button_shows_what_is_recommended(stage: Stage) -> None:
    ann = stage.person()
    await lead_to(stage, ann, 129)
    await stage.database.execute(
        "UPDATE tmdb.movies SET similar_ids = '{}', recommended_ids = '{129}' WHERE tmdb_id = 603"
    )
    leafed = await stage.press(ann, await a_card(stage, ann), "Similar")
    assert leafed.body.startswith("Spirited Away (2001)\n")
    assert texts(leafed) == ["Open", "Back"]


async def test_the_page_of_a_film_that_is_gone_is_its_card(stage: Stage) -> None:
    ann = stage.person()
    card = await a_card(stage, ann)
    await stage.database.execute("UPDATE tmdb.movies SET deleted_at = tmdb.now() WHERE tmdb_id = 603")
    assert "TMDB has deleted this film." in (await stage.press(ann, card, "Cast")).body


async def inline_card(stage: Stage, person: Person) -> Message:
    """The Matrix's card, sent into a chat through the bot."""
    stage.bot.supports_inline_queries = True
    query = person.inline_query(film_query(MATRIX))
    await person.wait_results(query)
    return person.choose(query, 0)


async def test_an_inline_card_has_its_pages_and_its_neighbours_and_nobodys_rating(stage: Stage) -> None:
    ann = stage.person()
    card = await lead_to(stage, ann, 129)
    await stage.press(ann, await stage.press(ann, card, "★ Rate"), "9")
    stage.telegram.forget_calls()
    card = await inline_card(stage, ann)
    body = card.body
    assert "your rating" not in body
    assert "Cast · " in (await stage.press(ann, card, "Cast")).body
    assert (await stage.press(ann, card, "Back")).body == body
    leafed = await stage.press(ann, card, "Similar")
    assert leafed.body.startswith("Spirited Away (2001)\n")
    assert (await stage.press(ann, leafed, "Open")).body == leafed.body
    assert "★ Rate" in texts(leafed), "its own card, in place: there is no chat to send to"
    await ann.wait_answer(ann.press_forged(leafed, "back:603:1"))
    await stage.idle()
    assert card.body == body
    assert {call.method for call in stage.telegram.calls() if "inline_message_id" in call.parameters} == {
        "editMessageCaption",
        "editMessageMedia",
    }


async def test_an_inline_card_of_words_has_its_pages_and_gains_a_neighbours_poster(stage: Stage) -> None:
    ann = stage.person()
    await lead_to(stage, ann, 129)
    await stage.database.execute("DELETE FROM tmdb.posters WHERE tmdb_movie_id = 603")
    card = await inline_card(stage, ann)
    assert card.photo is None
    assert "Cast · " in (await stage.press(ann, card, "Cast")).body
    await stage.press(ann, card, "Back")
    assert (await stage.press(ann, card, "Similar")).photo is not None


async def test_a_neighbour_without_a_file_id_leaves_an_inline_picture_and_says_so(stage: Stage) -> None:
    ann = stage.person()
    await lead_to(stage, ann, 129)
    await stage.database.execute(
        "UPDATE tmdb.posters SET telegram_file_id = NULL, priority = 2 WHERE tmdb_movie_id = 129"
    )
    card = await inline_card(stage, ann)
    body = card.body
    assert "on their way" in (await stage.toast(ann, card, "Similar") or "")
    await stage.idle()
    assert card.body == body, "no words under another film's poster"
    assert await stage.database.fetchval("SELECT priority FROM tmdb.posters WHERE tmdb_movie_id = 129") == 0


async def test_a_dead_poster_leaves_an_inline_picture_and_says_so(stage: Stage) -> None:
    ann = stage.person()
    await lead_to(stage, ann, 129)
    card = await inline_card(stage, ann)
    body, photo = card.body, card.photo
    stage.telegram.kill_file_id((await file_ids(stage))[MATRIX])
    answer = await ann.wait_answer(ann.press_forged(card, "page:posters:603:1"))
    await stage.idle()
    assert "on their way" in (answer.text or "")
    assert (card.body, card.photo) == (body, photo)


async def test_share_is_offered_where_the_bot_is_asked_inline(idle_stage: Stage) -> None:
    idle_stage.bot.supports_inline_queries = True
    async with running(idle_stage.settings, idle_stage.database) as idle_stage.app:
        card = await a_card(idle_stage, idle_stage.person())
        assert card.button("Share").fields["switch_inline_query"] == film_query(MATRIX)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.one_of(
        st.builds(
            "{}:{}:{}:{}".format,
            st.sampled_from(["page", "leaf", "back"]),
            st.one_of(st.sampled_from(["more", "s603", "c0", "f", "fzzz", "f%00"]), st.text(max_size=8)),
            st.integers(-1, 2**31),
            st.integers(-1, 2**31),
        ),
    )
)
async def test_forged_data_is_answered(stage: Stage, data: str) -> None:
    data = data.encode("utf-8", "ignore")[:64].decode("utf-8", "ignore")
    ann = stage.person()
    card = ann.chat.last if stage.people and ann.chat.messages else await a_card(stage, ann)
    await ann.wait_answer(ann.press_forged(card, data))
