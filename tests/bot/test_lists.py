"""Lists of films in the chat: commands, leafing, filters."""

import pytest

from sandbox.telegram import Message
from tests.bot.conftest import Stage

FILMS = """
    INSERT INTO tmdb.movies (tmdb_id, title, original_title, original_language, release_date, popularity,
      vote_average, vote_count, data_state, fetched_at, content_hash, payload_hash)
    SELECT id, 'Film ' || id, 'Film ' || id, 'en',
      CASE WHEN id <= 4 THEN (tmdb.now() - id * interval '1 day')::date ELSE make_date(1980 + id, 1, 1) END,
      100 - id, 5 + id % 5, 1000 * id, 'full', tmdb.now(), 'c', 'p'
    FROM generate_series(1, 20) AS id
"""
ROWS = """
    INSERT INTO tmdb.genres (media_type, tmdb_genre_id, name)
    VALUES ('movie', 35, 'Comedy'), ('movie', 18, 'Drama');
    INSERT INTO tmdb.genre_names (media_type, tmdb_genre_id, language, name)
    VALUES ('movie', 35, 'ru', 'Комедия'), ('movie', 35, 'zh', '喜剧');
    INSERT INTO tmdb.movie_genres (tmdb_movie_id, tmdb_genre_id, position)
    SELECT id, 35, 0 FROM generate_series(2, 20, 2) AS id;
    INSERT INTO tmdb.trending (movie_id, position) VALUES (7, 1), (3, 2);
"""


@pytest.fixture
async def shelf(stage: Stage) -> Stage:
    """Twenty films: 1 is the most popular, 1 to 4 are new, 19 scores best, even ones are comedies."""
    await stage.database.execute(FILMS)
    async with stage.database.connection() as connection:
        await connection.execute(ROWS)
    return stage


def titles(message: Message) -> list[str]:
    lines = [line for line in message.body.splitlines() if line[:1].isdigit()]
    return [line.split(". ")[1].split(" (")[0] for line in lines]


@pytest.mark.parametrize(
    ("command", "heading", "first", "count"),
    [
        ("/popular", "Popular films", "Film 1", 8),
        ("/new", "New films", "Film 1", 4),
        ("/top", "The best films", "Film 19", 8),
        ("/trending", "Trending this week", "Film 7", 2),
    ],
)
async def test_a_command_shows_its_list(
    shelf: Stage, command: str, heading: str, first: str, count: int
) -> None:
    answer = await shelf.ask(shelf.person(), command)
    assert answer.body.startswith(heading + "\n\n1. ")
    assert titles(answer)[0] == first
    assert len(titles(answer)) == count


async def test_filters_are_chosen_in_the_same_message_and_stay(shelf: Stage) -> None:
    ann = shelf.person()
    first = await shelf.ask(ann, "/top")
    number = first.message_id
    choosing = await shelf.press(ann, first, "Filters")
    assert choosing.body == "Filters\nNone: all films pass.\n\n20 films pass."
    genres = await shelf.press(ann, await shelf.press(ann, choosing, "Show films"), "Genres")
    chosen = await shelf.press(ann, genres, "Comedy")
    assert "✓ Comedy" in [button.text for button in chosen.buttons]
    years = await shelf.press(ann, await shelf.press(ann, chosen, "‹ Back"), "Years")
    choosing = await shelf.press(ann, years, "1990s")
    assert choosing.body == "Filters\ncomedy · 1990s\n\n5 films pass."
    shown = await shelf.press(ann, choosing, "Show films")
    assert shown.message_id == number
    assert shown.body.startswith("The best films\ncomedy · 1990s\n\n1. Film 14 (1994)")
    assert titles(shown) == ["Film 14", "Film 18", "Film 12", "Film 16", "Film 10"]


async def test_words_behind_the_command_are_filters(shelf: Stage) -> None:
    shown = await shelf.ask(shelf.person(), "/top комедии 90-х <whatever>")
    assert shown.body.startswith("The best films\ncomedy · 1990s\n\n1. Film 14 (1994)")


async def test_what_somebody_rated_is_hidden_everywhere_until_shown_again(shelf: Stage) -> None:
    ann = shelf.person()
    await shelf.database.execute("INSERT INTO tmdb.users (telegram_user_id) VALUES (1)")
    await shelf.database.execute(
        """
        INSERT INTO tmdb.user_movie_ratings (telegram_user_id, movie_id, tmdb_rating, source)
        VALUES (1, 1, 9, 'manual')
        """
    )
    popular = await shelf.ask(ann, "/popular")
    assert "1. Film 1 " in popular.body
    assert "★\u00a09" in popular.body
    hidden = await shelf.press(ann, popular, "Hide rated")
    assert titles(hidden)[0] == "Film 2"
    assert titles(await shelf.ask(ann, "/new"))[0] == "Film 2"
    again = await shelf.press(ann, hidden, "Show rated")
    assert titles(again)[0] == "Film 1"


async def test_in_a_group_a_list_shows_nothing_personal_and_hides_nothing(shelf: Stage) -> None:
    ann = shelf.person()
    await shelf.database.execute(
        """INSERT INTO tmdb.users (telegram_user_id, settings) VALUES (1, '{"hide_rated": true}')"""
    )
    await shelf.database.execute(
        """
        INSERT INTO tmdb.user_movie_ratings (telegram_user_id, movie_id, tmdb_rating, source)
        VALUES (1, 1, 9, 'manual')
        """
    )
    group = shelf.telegram.add_group(-1001000000009, "Friends", [ann], [shelf.bot])
    ann.send("/popular@filmoteka_bot", chat=group)
    answer = await group.wait_for()
    assert titles(answer)[0] == "Film 1"
    assert "★" not in answer.body
    assert "Show rated" not in [button.text for button in answer.buttons]


async def test_the_same_list_is_leafed_through_as_posters(shelf: Stage) -> None:
    ann = shelf.person()
    second = await shelf.press(ann, await shelf.ask(ann, "/popular"), "›")
    card = await shelf.press(ann, second, "As posters")
    assert card.body.startswith("Film 9 (1989)")


async def test_a_list_whose_message_has_become_a_poster_meanwhile_comes_below(shelf: Stage) -> None:
    ann = shelf.person()
    card = await shelf.ask(ann, "/movie 603")
    assert card.photo is not None
    told = await ann.wait_answer(ann.press_forged(card, "list::2:0"))
    await shelf.idle()
    assert (told.text or "", titles(ann.chat.last)[0]) == ("", "Film 9")
    assert card.photo is not None


async def test_leafing_survives_films_that_vanish(shelf: Stage) -> None:
    ann = shelf.person()
    second = await shelf.press(ann, await shelf.ask(ann, "/popular"), "›")
    assert second.body.endswith("Page 2 of 3")
    await shelf.database.execute("UPDATE tmdb.movies SET deleted_at = tmdb.now() WHERE tmdb_id > 6")
    last = await shelf.press(ann, second, "›")
    assert titles(last) == [f"Film {number}" for number in range(1, 7)]


async def test_buttons_of_old_and_forged_lists_are_answered(shelf: Stage) -> None:
    ann = shelf.person()
    answer = await shelf.ask(ann, "/popular")
    for data in ("list:!!!:1:0", "list:AQ", "filter:AQ:none:0", "hide:2::0", "list:" + "_" * 36 + ":1:0"):
        toast = await ann.wait_answer(ann.press_forged(answer, data))
        assert toast.text == "This button no longer works. Please ask for the screen again."
