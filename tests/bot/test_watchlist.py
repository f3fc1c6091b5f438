"""The watchlist as people see it: the card's button, the list, its orders."""

from tests.bot.conftest import Stage

ANN = 1001
MATRIX = 603

FILMS = """
    INSERT INTO tmdb.movies (tmdb_id, title, original_title, original_language, release_date, popularity,
      vote_average, vote_count, adult, deleted_at, data_state, content_hash, payload_hash, fetched_at)
    SELECT id, 'Film ' || id, 'Film ' || id, 'en',
      (tmdb.now() AT TIME ZONE 'UTC')::date + CASE id WHEN 1 THEN 40 ELSE -100 * id END,
      id, 9 - id, 100000, id = 9, CASE id WHEN 10 THEN tmdb.now() END, 'full', 'x', 'x', tmdb.now()
    FROM generate_series(1, 10) AS id
"""
LISTED = """
    INSERT INTO tmdb.user_watchlist (telegram_user_id, movie_id, added_at)
    SELECT $1, id, tmdb.now() - id * interval '1 minute' FROM generate_series(1, 10) AS id
"""


async def test_the_cards_button_sets_and_says_so(stage: Stage) -> None:
    ann = stage.person(ANN)
    card = await stage.ask(ann, f"/movie {MATRIX}")
    assert await stage.toast(ann, card, "+ Watchlist") == "On your watchlist"
    await stage.idle()
    listed = await stage.ask(ann, "/watchlist")
    assert "Watchlist · 1 film" in listed.body
    assert "1. The Matrix (1999)" in listed.body
    assert await stage.toast(ann, card, "✓ On watchlist") == "Off your watchlist"
    assert await stage.database.fetchval("SELECT count(*) FROM tmdb.user_watchlist") == 0
    empty = await stage.ask(ann, "/watchlist")
    assert empty.body.startswith("Your watchlist is empty. “+ Watchlist” on a film’s card puts it here")


async def test_a_page_its_orders_and_what_is_not_shown(stage: Stage) -> None:
    ann = stage.person(ANN)
    await stage.database.execute("INSERT INTO tmdb.users (telegram_user_id) VALUES ($1)", ANN)
    await stage.database.execute(FILMS)
    await stage.database.execute(LISTED, ANN)
    await stage.database.execute(
        "INSERT INTO tmdb.user_movie_ratings (telegram_user_id, movie_id, tmdb_rating, source)"
        " VALUES ($1, 3, 7.5, 'tmdb')",
        ANN,
    )
    page = await stage.ask(ann, "/watchlist")
    lines = page.body.splitlines()
    assert lines[0] == "Watchlist · 8 films"
    assert [line.split(" (")[0] for line in lines[2:10]] == [f"{n}. Film {n}" for n in range(1, 9)]
    assert ["· out on " in line for line in lines[2:4]] == [True, False]
    assert lines[4].endswith("★\u00a07.5")
    assert "2 films are not shown: for adults, or no longer at TMDB." in page.body
    popular = await stage.press(ann, page, "By popularity")
    assert popular.body.splitlines()[2].startswith("1. Film 8")
    await stage.database.execute("UPDATE tmdb.users SET settings = settings || '{\"hide_rated\": true}'")
    hidden = await stage.press(ann, popular, "By release")
    assert "Watchlist · 7 films" in hidden.body
    assert hidden.body.splitlines()[2].startswith("1. Film 1 ")
    assert "1 film is hidden, since you have rated it" in hidden.body
    # The list shrinks while somebody leafs: the last page there is.
    await stage.database.execute("DELETE FROM tmdb.user_watchlist WHERE movie_id > 1")
    assert "Watchlist · 1 film" in (await stage.press(ann, hidden, "By score")).body
