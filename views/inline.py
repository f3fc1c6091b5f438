"""Inline results: films to choose among, the cards they become, and the button above them."""

from collections.abc import Iterable
from typing import NamedTuple

from aiogram.types import (
    InlineQueryResultArticle,
    InlineQueryResultCachedPhoto,
    InlineQueryResultsButton,
    InputTextMessageContent,
)

from core.cards import Card
from core.inline import Chosen, result_id
from views.card import caption, differs, keyboard, name, score, year
from views.locale import Locale, locale
from views.scale import shown
from views.screen import pinned
from views.typography import cut_line

TITLE_UNITS = 80
ORIGINAL_TITLE_UNITS = 60
GENRES = 3
# What /start hears from the button.
START_PARAMETER = "inline"
# TMDB's smallest size: Telegram shows it beside two lines of text.
THUMBNAIL_SIZE = "w92"

Result = InlineQueryResultArticle | InlineQueryResultCachedPhoto


class InlineAnswer(NamedTuple):
    """What a person sees while they type."""

    results: list[Result]
    button: InlineQueryResultsButton


class Web(NamedTuple):
    """Addresses that cards and results lead to."""

    tmdb_url: str
    image_url: str


def found(t: Locale, films: Iterable[tuple[Card, str | None]], web: Web) -> InlineAnswer:
    """Each film with its poster where a file_id is given, else as text."""
    results = [_result(card, file_id, web) for card, file_id in films]
    return InlineAnswer(results, _button(t("inline-open" if results else "inline-nothing")))


def away(t: Locale) -> InlineAnswer:
    """The database does not answer, or something else went wrong."""
    return InlineAnswer([], _button(t("inline-away")))


def not_allowed(t: Locale) -> InlineAnswer:
    """For people whom the operator has not let in."""
    return InlineAnswer([], _button(t("inline-not-allowed")))


def blocked(t: Locale) -> InlineAnswer:
    """For people whom an admin shut out."""
    return InlineAnswer([], _button(t("inline-blocked")))


def _result(card: Card, file_id: str | None, web: Web) -> Result:
    t = locale(card.reader.language)
    title = name(card, TITLE_UNITS) + year(t, card.year)
    text = caption(card, private=False)
    buttons = pinned(keyboard(card, web.tmdb_url), card.reader.told)
    id_ = result_id(Chosen(card.movie_id, file_id is not None))
    if file_id is not None:
        return InlineQueryResultCachedPhoto(
            id=id_,
            photo_file_id=file_id,
            title=title,
            description=_facts(t, card),
            caption=text,
            reply_markup=buttons,
        )
    poster = card.poster
    return InlineQueryResultArticle(
        id=id_,
        title=title,
        description=_facts(t, card),
        input_message_content=InputTextMessageContent(message_text=text),
        thumbnail_url=f"{web.image_url}/{THUMBNAIL_SIZE}{poster.path}"
        if poster and not poster.is_missing
        else None,
        reply_markup=buttons,
    )


def _facts(t: Locale, card: Card) -> str:
    """The line below the title; the person alone sees it, so it may tell of their rating."""
    facts = []
    if card.original_title and differs(card.original_title, card.title):
        facts.append(cut_line(card.original_title, ORIGINAL_TITLE_UNITS))
    if card.vote_average and card.vote_count:
        facts.append(score(t, card.vote_average))
    facts.extend(card.genres[:GENRES])
    if card.rating:
        facts.append(f"★\u00a0{shown(t, card.rating.value, card.reader.rating_scale)}")
    return " · ".join(facts)


def _button(text: str) -> InlineQueryResultsButton:
    return InlineQueryResultsButton(text=text, start_parameter=START_PARAMETER)
