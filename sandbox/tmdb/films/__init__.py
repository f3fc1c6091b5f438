"""The well-known films the stand-in serves: facts in TOML beside this module."""

from sandbox.tmdb.films.loader import Series, load_films, load_series

__all__ = ["Series", "load_films", "load_series"]
