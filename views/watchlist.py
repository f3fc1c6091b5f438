"""The watchlist: a film's button on its card."""

from aiogram.filters.callback_data import CallbackData

from views.card import MovieId


class Watch(CallbackData, prefix="watch"):
    """A button that puts a film on the watchlist or takes it off, whatever it was before."""

    movie_id: MovieId
    on: bool
