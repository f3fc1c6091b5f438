"""A person's card, their films, and what a search for people found."""

from typing import Annotated

from aiogram.filters.callback_data import CallbackData
from pydantic import Field

from views.locale import Locale

PersonId = Annotated[int, Field(ge=1, le=2**31 - 1)]
MovieIdOrNone = Annotated[int, Field(ge=0, le=2**31 - 1)]


class OpenPerson(CallbackData, prefix="person"):
    """A button that brings a person's card; `movie_id` is the film it was tapped at, 0 for none."""

    person_id: PersonId
    movie_id: MovieIdOrNone = 0


def how(t: Locale) -> str:
    """For /person without a name."""
    return t("person-how")
