"""Own ratings as people see them: sorted, filtered, drawn."""

import io

import pytest
from PIL import Image

from core.own_lists import RatingsSpread, Share
from core.reader import Reader
from tests.bot.conftest import Stage
from views.picture import HEIGHT, WIDTH
from views.ratings_picture import picture

ANN = 1001

# Twelve films from 1986 on, every fourth one a comedy; own scores 1 to 6 and a half now and then.
FILMS = """
    INSERT INTO tmdb.genres (media_type, tmdb_genre_id, name)
    VALUES ('movie', 35, 'Comedy'), ('movie', 18, 'Drama');
    INSERT INTO tmdb.movies (tmdb_id, title, original_title, original_language, release_date, vote_average,
      vote_count, data_state, content_hash, payload_hash, fetched_at)
    SELECT id, 'Film ' || chr(90 - id), 'Film ' || chr(90 - id), 'en', make_date(1985 + id, 1, 1), id / 2.0,
      100, 'full', 'x', 'x', tmdb.now()
    FROM generate_series(1, 12) AS id;
    INSERT INTO tmdb.movie_genres (tmdb_movie_id, tmdb_genre_id, position)
    SELECT id, CASE WHEN id % 4 = 0 THEN 35 ELSE 18 END, 0 FROM generate_series(1, 12) AS id;
    INSERT INTO tmdb.users (telegram_user_id, ratings_count) VALUES (1001, 12);
    INSERT INTO tmdb.user_movie_ratings (telegram_user_id, movie_id, tmdb_rating, rated_at, source)
    SELECT 1001, id, (13 - id) / 2.0, CASE WHEN id > 2 THEN tmdb.now() - id * interval '1 day' END, 'tmdb'
    FROM generate_series(1, 12) AS id
"""


@pytest.fixture
async def rated(stage: Stage) -> Stage:
    await stage.database.execute(FILMS)
    return stage


def numbers(body: str) -> list[str]:
    """The films of a page by their letters."""
    return [line.partition("Film ")[2][:1] for line in body.splitlines() if "Film " in line]


async def test_sorted_and_filtered_by_buttons_that_carry_everything(rated: Stage) -> None:
    ann = rated.person(ANN)
    page = await rated.ask(ann, "/ratings")
    assert page.body.startswith("My ratings · 12 films")
    assert numbers(page.body) == list("WVUTSRQP"), "the last rated first"
    second = await rated.press(ann, page, "›")
    assert numbers(second.body) == list("ONXY"), "those without a date at the end"
    orders = await rated.press(ann, second, "Order")
    titles = await rated.press(ann, orders, "Title")
    assert numbers(titles.body) == list("NOPQRSTU")
    decades = await rated.press(ann, titles, "Decade")
    nineties = await rated.press(ann, decades, "1990s · 8")
    assert nineties.body.startswith("My ratings · 8 films · 1990s")
    genres = await rated.press(ann, nineties, "Genre")
    comedies = await rated.press(ann, genres, "Comedy · 3")
    assert comedies.body.startswith("My ratings · 2 films · 1990s · Comedy")
    assert numbers(comedies.body) == list("NR")
    scores = await rated.press(ann, comedies, "Score")
    assert [b.text for b in scores.buttons][:2] == ["★ 1 · 2", "★ 2 · 2"]
    nothing = await rated.press(ann, scores, "★ 6 · 2")
    assert nothing.body.startswith("My ratings · 0 films · ★\u00a06 · 1990s · Comedy")
    again = await rated.press(ann, await rated.press(ann, nothing, "✓ Genre"), "Any")
    assert again.body.startswith("My ratings · 0 films · ★\u00a06 · 1990s")


async def test_five_stars_and_nobody_elses_ratings(rated: Stage) -> None:
    await rated.database.execute('UPDATE tmdb.users SET settings = \'{"rating_scale": "5"}\'')
    ann, bob = rated.person(ANN), rated.person(1002, name="Bob")
    page = await rated.ask(ann, "/ratings")
    scores = await rated.press(ann, page, "Score")
    assert [b.text for b in scores.buttons][:3] == ["★ ½ · 2", "★ 1 · 2", "★ 1½ · 2"]
    assert (await rated.ask(bob, "/ratings")).body.startswith("You have not rated anything yet.")


async def test_forged_buttons_show_them_to_nobody_else(rated: Stage) -> None:
    ann = rated.person(ANN)
    group = rated.telegram.add_group(-1001000000009, "Friends", [ann], [rated.bot])
    ann.send("/popular@filmoteka_bot", chat=group)
    films = await group.wait_for()
    for data in (
        *("own:rated::::1:", "own:rated::::1:score", "owndraw", "wl:added:1", "link:begin", "offer:later"),
        *("settings:all:1", "choose:scale:5", "unlink:stay", "forget:no", "forget:yes"),
    ):
        toast = await ann.wait_answer(ann.press_forged(films, data))
        assert toast.text == "This button no longer works. Please ask for the screen again."
    assert films.body.startswith("Popular films")


async def test_the_picture_comes_as_a_photo(rated: Stage) -> None:
    ann = rated.person(ANN)
    page = await rated.ask(ann, "/ratings")
    await ann.wait_answer(ann.press(page, "Picture"))
    photo = await ann.chat.wait_for(lambda message: message.photo is not None, timeout=120)
    assert photo.body == "Your 12 ratings by score, decade and genre"


@pytest.mark.parametrize(("language", "genre"), [("ru", "телевизионный фильм"), ("zh", "喜剧")])
def test_it_is_drawn_in_letters_of_each_kind(language: str, genre: str) -> None:
    spread = RatingsSpread(
        reader=Reader(1, language),
        scores=(Share(8, 3),),
        decades=(Share(1890, 1), Share(2020, 2), Share(None, 1)),
        genres=(Share(35, 3, genre, "Comedy"),),
    )
    image = Image.open(io.BytesIO(picture(spread)))
    assert (image.format, image.size) == ("PNG", (WIDTH, HEIGHT))
    edge = image.convert("L").crop((0, 0, 8, HEIGHT))
    assert edge.getextrema() == (255, 255), "no name is cut off"
