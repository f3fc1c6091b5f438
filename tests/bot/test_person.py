"""People in the chat: found by name, their card, their films, and the way back."""

from core.inline import film_query
from sandbox.telegram import Message
from tests.bot.conftest import Stage, until
from tests.bot.test_cards import learned, uploads
from tests.bot.test_inline import stored, typed

KEANU, TARKOVSKY, MATRIX = 6384, 8452, 603


def asked(stage: Stage, path: str) -> int:
    return sum(request.path.startswith(path) for request in stage.tmdb.requests)


def labels(message: Message) -> list[str]:
    return [button.text for button in message.buttons]


async def test_a_name_nobody_here_knows_is_found_at_tmdb_and_opens_with_portrait_and_life(
    stage: Stage,
) -> None:
    card = await stage.ask(stage.person(1, "ru"), "/person Андрей Тарковский")
    assert card.photo is not None
    assert (card.caption or "").startswith(
        "Андрей Тарковский\n\nрежиссёр\n"
        "Дата рождения: 4 апр. 1932\u202fг.\nДата смерти: 29 дек. 1986\u202fг. · 54 года\n"
        "Zavrazhye, Ivanovo Industrial Oblast, RSFSR, USSR\n\n"
        "Известные фильмы: Сталкер (1979), Солярис (1972), Андрей Рублёв (1966)\n\nСоветский режиссёр."
    )
    row = await learned(stage)
    assert (row["tmdb_person_id"], row["tmdb_movie_id"], row["size"]) == (TARKOVSKY, None, "h632")
    assert (asked(stage, "/3/search/multi"), asked(stage, "/3/person/")) == (1, 1)
    again = await stage.ask(stage.person(1), "/person tarkovsky")
    assert (again.caption, len(uploads(stage))) == (card.caption, 1)
    assert (asked(stage, "/3/search/multi"), asked(stage, "/3/person/")) == (1, 1), "they are here now"
    nearest = await stage.ask(stage.person(1), "/person торковский")
    assert (nearest.text or "").startswith("Люди: торковский\n\nРовно с такими словами никого нет.")
    assert "1. Андрей Тарковский · режиссура · 1932 г. р." in (nearest.text or "")


async def test_films_stand_in_the_cards_place_with_own_marks_by_role_and_the_other_way_round(
    stage: Stage,
) -> None:
    ann = stage.person(1)
    card = await stage.ask(ann, f"/start p_{KEANU}")
    await stage.ask(ann, f"/movie {MATRIX}")
    await stage.database.execute(
        """
        WITH person AS (
          INSERT INTO tmdb.users (telegram_user_id) VALUES (1)
          ON CONFLICT (telegram_user_id) DO UPDATE SET telegram_user_id = 1 RETURNING telegram_user_id
        )
        INSERT INTO tmdb.user_movie_ratings (telegram_user_id, movie_id, tmdb_rating, source)
        SELECT telegram_user_id, $1, 9, 'tmdb' FROM person
        """,
        MATRIX,
    )
    films = await stage.press(ann, card, "All films")
    assert films.message_id == card.message_id
    assert films.photo is not None
    assert films.caption == (
        "Keanu Reeves\nAll films · 2 films\n\n1. The Matrix Reloaded (2003) · 7.1 · as Neo\n"
        "2. The Matrix (1999) · 8.2 · ★\u00a09 · as Thomas A. Anderson / Neo"
    )
    films = await stage.press(ann, films, "Hide rated")
    assert (films.caption or "").endswith(
        "All films · 1 film\n\n1. The Matrix Reloaded (2003) · 7.1 · as Neo\n\n"
        "1 film is hidden, since you have rated it (/settings)."
    )
    films = await stage.press(ann, films, "Show rated")
    await stage.database.execute("UPDATE tmdb.movies SET deleted_at = tmdb.now() WHERE tmdb_id = 604")
    films = await stage.press(ann, films, "Oldest first")
    assert (films.caption or "").split("\n")[3].startswith("1. The Matrix (1999)")
    assert (await stage.press(ann, films, "‹ Back to the person")).caption == card.caption


async def test_a_person_opened_at_a_film_leads_back_to_it(stage: Stage) -> None:
    ann = stage.person(1)
    film = await stage.ask(ann, f"/movie {MATRIX}")
    query = (
        ann.press(film, f"page:cast:{MATRIX}:1")
        if f"page:cast:{MATRIX}:1" in [button.callback_data for button in film.buttons]
        else None
    )
    assert query is not None
    cast = await ann.chat.wait_for()
    person = await stage.press(ann, cast, f"person:{KEANU}:{MATRIX}")
    assert (person.message_id, (person.caption or "").split("\n")[0]) == (film.message_id, "Keanu Reeves")
    back = await stage.press(ann, person, "‹ Back to the film")
    assert (back.message_id, (back.caption or "").split("\n")[0]) == (film.message_id, "The Matrix (1999)")
    assert len(uploads(stage)) == 2


async def test_with_tmdb_away_credits_tell_what_they_can(
    stage: Stage,
) -> None:
    ann = stage.person(1)
    await stage.ask(ann, f"/movie {MATRIX}")
    await stage.tmdb.go_away()
    stub = await stage.ask(ann, f"/start p_{KEANU}")
    shown = stub.caption or stub.text or ""
    assert shown.startswith("Keanu Reeves\n\nactor\n\nKnown for: The Matrix (1999)\n\nTMDB does not answer")
    assert "Try again" in labels(stub)
    assert "TMDB does not answer" in ((await stage.ask(ann, "/person Nobody Atall")).text or "")


async def test_whom_tmdb_deleted_and_numbers_nobody_has_are_told_politely(stage: Stage) -> None:
    stage.tmdb.delete_other("person", KEANU)
    for number in (KEANU, 2_000_000_000, 99_999_999_999):
        told = await stage.ask(stage.person(1), f"/start p_{number}")
        assert (told.text, told.buttons) == ("TMDB knows no such person, or no longer does.", [])


async def test_several_of_a_name_are_a_list_that_opens_and_leafs(stage: Stage) -> None:
    await stage.database.execute(
        """
        INSERT INTO tmdb.people (tmdb_id, name, known_for_department, popularity)
        SELECT n, 'Maria Example ' || n, 'Writing', n FROM generate_series(1, 12) AS n
        """
    )
    ann = stage.person(1)
    found = await stage.ask(ann, "/person maria exam")
    assert (found.text or "").startswith(
        "People: maria exam\n\n1. Maria Example 12 · writing\n2. Maria Example 11"
    )
    found = await stage.press(ann, found, "›")
    assert "9. Maria Example 4 · writing" in (found.text or "")
    await stage.database.execute("DELETE FROM tmdb.people WHERE tmdb_id > 10 OR tmdb_id < 3")
    await stage.tmdb.go_away()
    query = ann.press(found, "9")  # of a list that has become shorter
    await until(lambda: ann.chat.messages[-1].message_id > found.message_id)
    await ann.wait_answer(query)
    assert (ann.chat.messages[-1].text or "").startswith("Maria Example 4\n\nwriter")


async def test_in_an_inline_message_people_are_words_beneath_the_films_picture(stage: Stage) -> None:
    stage.bot.supports_inline_queries = stage.bot.inline_feedback = True
    await stored(stage, MATRIX)
    ann = stage.person(1)
    await stage.ask(ann, f"/movie {MATRIX}")
    await learned(stage)
    group = stage.telegram.add_group(-1001000000009, "Friends", [ann], [])
    card = ann.choose(await typed(ann, film_query(MATRIX)), 0, group)
    picture = card.photo
    said = []
    for button in ("Cast", "1", "All films", "‹ Back to the person", "‹ Back to the film"):
        await ann.wait_answer(ann.press(card, button))
        await stage.idle()
        said.append(card.body.split("\n")[0])
        assert card.photo == picture
    assert said[1:] == ["Keanu Reeves", "Keanu Reeves", "Keanu Reeves", "The Matrix (1999)"]
