"""The picture of own ratings: how many of each score, decade and genre."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from core.own_lists import RatingsSpread
from views.locale import Locale
from views.picture import BASELINE, BLUE, FAINT, GREEN, HEADROOM, INK, LABEL, RED, TITLE, above, png, sheet
from views.scale import shown
from views.typography import cut_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SCORES = range(1, 11)
DECADES = 9
GENRES = 8
GENRE_UNITS = 20


def picture(spread: RatingsSpread) -> bytes:
    """A PNG in the reader's language and on their scale; there is at least one rating."""
    t, figure = sheet(spread.reader.language)
    figure.subplots_adjust(left=0.06, right=0.94, top=0.94, bottom=0.03, hspace=0.42)
    scores, decades, genres = figure.subplots(3, 1, gridspec_kw={"height_ratios": (1, 1, 1.35)})
    by_score = {share.key: share.number for share in spread.scores}
    scale = spread.reader.rating_scale
    _columns(
        t,
        scores,
        t("own-picture-scores"),
        BLUE,
        [shown(t, Decimal(score), scale) for score in SCORES],
        [by_score.get(score, 0) for score in SCORES],
    )
    _columns(t, decades, t("own-picture-decades"), GREEN, *_decades(spread))
    _rows(t, genres, spread)
    return png(figure)


def _decades(spread: RatingsSpread) -> tuple[list[str], list[int]]:
    """The last ones in full, without gaps; what is older than they are stands together before them."""
    numbers = {share.key: share.number for share in spread.decades if share.key is not None}
    if not numbers:
        return [], []
    last = max(numbers)
    first = max(min(numbers), last - 10 * (DECADES - 1))
    shown_decades = range(first, last + 10, 10)
    names = [str(year) for year in shown_decades]
    counts = [numbers.get(year, 0) for year in shown_decades]
    older = sum(number for year, number in numbers.items() if year < first)
    if older:
        names[0], counts[0] = f"≤ {first}", counts[0] + older
    return names, counts


def _bare(axes: "Axes", title: str) -> None:
    axes.spines[["top", "left", "right", "bottom"]].set_visible(False)
    axes.tick_params(left=False, labelleft=False, bottom=False, labelbottom=False)
    above(axes, title, 10, color=INK, size=TITLE, weight="bold")


def _columns(
    t: Locale, axes: "Axes", title: str, colour: str, names: Sequence[str], numbers: Sequence[int]
) -> None:
    """A column each, its number above, its name below."""
    _bare(axes, title)
    if not any(numbers):
        above(axes, t("own-picture-none"), -20, color=FAINT, size=LABEL)
        return
    axes.set_xlim(-0.6, max(len(numbers), 5) - 0.4)
    axes.set_ylim(0, max(numbers) * HEADROOM)
    axes.spines["bottom"].set(color=BASELINE, linewidth=2, visible=True)
    axes.bar(range(len(numbers)), numbers, width=0.74, color=colour, linewidth=0)
    for place, number in enumerate(numbers):
        if number:
            axes.annotate(
                t.number(number), (place, number), (0, 4), textcoords="offset points",
                color=colour, size=LABEL - 2, weight="bold", ha="center",
            )  # fmt: skip
    axes.set_xticks(list(range(len(names))), list(names))
    axes.tick_params(bottom=False, labelbottom=True, labelsize=LABEL - 2, labelcolor=FAINT, pad=6)


def _rows(t: Locale, axes: "Axes", spread: RatingsSpread) -> None:
    """A row each genre, the most rated on top: their names are too long to stand under columns."""
    _bare(axes, t("own-picture-genres"))
    # Without a font for the reader's language the picture speaks another one, and so do the genres.
    is_theirs = t.language == spread.reader.language
    genres = [(genre.name if is_theirs else genre.catalogue_name) or "" for genre in spread.genres[:GENRES]]
    if not genres:
        above(axes, t("own-picture-none"), -20, color=FAINT, size=LABEL)
        return
    numbers = [genre.number for genre in spread.genres[:GENRES]]
    axes.set_xlim(-max(numbers) * 0.7, max(numbers) * 1.16)
    axes.set_ylim(GENRES - 0.4, -0.6)
    axes.barh(range(len(numbers)), numbers, height=0.66, color=RED, linewidth=0)
    for place, (genre, number) in enumerate(zip(genres, numbers, strict=True)):
        axes.annotate(
            cut_line(genre, GENRE_UNITS), (0, place), (-10, 0), textcoords="offset points",
            color=INK, size=LABEL, ha="right", va="center",
        )  # fmt: skip
        axes.annotate(
            t.number(number), (number, place), (6, 0), textcoords="offset points",
            color=RED, size=LABEL, weight="bold", ha="left", va="center",
        )  # fmt: skip
