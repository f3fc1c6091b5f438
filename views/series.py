"""A series' plain card."""

from typing import Annotated

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton
from pydantic import Field

from core.cards import Freshness
from core.series import SeriesCard
from views.card import ORIGINAL_TITLE_UNITS, OVERVIEW_AT_LEAST, TITLE_UNITS, differs, rated
from views.locale import Locale, locale
from views.screen import Screen, button, rows
from views.typography import CAPTION_UNITS, cut, cut_line, escape, units

SeriesId = Annotated[int, Field(ge=1, le=2**31 - 1)]


class OpenSeries(CallbackData, prefix="tv"):
    """A button that brings a series' card, as a message of its own."""

    series_id: SeriesId


def card(series: SeriesCard, tmdb_web_base_url: str, *, is_shared: bool) -> Screen:
    """The card's text, at most 1024 UTF-16 units once parsed, and the way to TMDB."""
    t = locale(series.reader.language)
    if series.freshness is Freshness.GONE:
        return Screen(t("series-gone"))
    if series.freshness is Freshness.ADULT:
        return Screen(t("series-adult-shared" if is_shared else "series-adult"))
    link = InlineKeyboardButton(text=t("card-tmdb"), url=f"{tmdb_web_base_url}/tv/{series.series_id}")
    if series.freshness is Freshness.DUE:
        again = button(t("card-again"), OpenSeries(series_id=series.series_id))
        return Screen(t("series-away"), rows([again, link]))
    return Screen(_caption(t, series), rows([link]))


def no_such_series(t: Locale) -> str:
    """For a number that no series has."""
    return t("series-gone")


def _caption(t: Locale, series: SeriesCard) -> str:
    name = cut_line(series.name or f"#{series.series_id}", TITLE_UNITS)
    rest = _years(t, series)
    if series.original_name and differs(series.original_name, series.name):
        rest += "\n" + cut_line(series.original_name, ORIGINAL_TITLE_UNITS)
    facts = [t("series-mark")]
    if series.vote_average and series.vote_count:
        facts = [rated(t, series.vote_average, series.vote_count), *facts]
    told = [name + rest, " · ".join(facts)]
    # Each block is parted from the overview by an empty line.
    room = CAPTION_UNITS - sum(units(block) + 2 for block in told)
    blocks = [f"<b>{escape(name)}</b>{escape(rest)}", escape(told[1])]
    overview = "\n".join(filter(None, map(str.strip, (series.overview or "").splitlines())))
    if overview and room >= OVERVIEW_AT_LEAST:
        blocks.append(f"<blockquote expandable>{escape(cut(overview, room))}</blockquote>")
    return "\n\n".join(blocks)


def _years(t: Locale, series: SeriesCard) -> str:
    """The first and the last year as they stand behind a name, empty where unknown."""
    years = dict.fromkeys(str(year) for year in (series.first_year, series.last_year) if year)
    return t("card-year", year="–".join(years)) if years else ""
