"""What people chose, as tmdb.reader gives it back."""

from core.reader import Reader
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
