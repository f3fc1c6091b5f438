"""What people chose, as tmdb.reader gives it back."""

from core.reader import NOBODY, Reader
from db.pool import Connection
from db.users import Users


async def test_choices_are_kept_side_by_side_and_taken_back(connection: Connection) -> None:
    users = Users(connection)
    await users.choose(1, "ru", film_language="fr", poster_language="", adult=True)
    reader = await users.reader(1, "ru")
    assert reader == Reader(
        *(1, "ru", "RU"),
        film_language="fr",
        poster_language="",
        adult=True,
        chosen=("film_language", "poster_language"),
    )
    await users.choose(1, "ru", language="en", region="DE", rating_scale=5, hide_rated=True, adult=False)
    reader = await users.reader(1, "ru")
    assert (reader.language, reader.region, reader.film_language) == ("en", "DE", "fr")
    assert (reader.adult, reader.rating_scale, reader.hide_rated) == (False, 5, True)
    assert set(reader.chosen) == {"language", "region", "film_language", "poster_language"}
    await users.choose(1, "ru", region=None, film_language=None, poster_language=None)
    await users.choose(1, "ru", rating_scale=10, hide_rated=False)
    assert await users.reader(1, "ru") == Reader(1, "en", "US", chosen=("language",))


async def test_a_screen_that_was_sent_is_read_as_its_first_reader_read_it(connection: Connection) -> None:
    users = Users(connection)
    ann = await users.reader(1, "ru")
    assert ann.told == "ru-RU-ru-ru"
    await users.choose(
        1, "ru", film_language="fr", poster_language="", region="DE", adult=True, hide_rated=True
    )
    ann = await users.reader(1, "ru")
    assert ann.told == "ru-DE-fr--x"
    sent = await users.reader(NOBODY, ann.told)
    assert sent.told == ann.told
    assert (sent.hide_rated, sent.is_linked, sent.chosen) == (False, False, ()), "what is one person's own"
    assert await users.reader(1, ann.told) == ann, "who is known here reads as themselves"
