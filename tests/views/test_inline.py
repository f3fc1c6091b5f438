"""What a person sees while they type in another chat."""

from decimal import Decimal

from aiogram.types import InlineQueryResultArticle

from core.cards import Card, Freshness, OwnRating
from core.reader import Reader
from views.inline import Web, found
from views.locale import locale


def test_a_result_has_a_title_whatever_tmdb_calls_the_film_and_stars_on_the_readers_scale() -> None:
    card = Card(
        movie_id=9,
        reader=Reader(1, "en", rating_scale=5),
        freshness=Freshness.FRESH,
        title="\u200e ",
        rating=OwnRating(Decimal(9), None),
    )
    [article] = found(locale("en"), [(card, None)], Web("http://tmdb.test", "http://images.test")).results
    assert isinstance(article, InlineQueryResultArticle)
    assert (article.title, article.description) == ("#9", "★\u00a04½"), "an empty title fails a whole answer"
