"""The picture of /stats: thirty days of films, posters and errors, drawn to be read on a phone."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Literal

from babel.dates import format_skeleton

from core.stats import Day
from views.locale import Locale
from views.picture import BASELINE, BLUE, FAINT, GREEN, HEADROOM, INK, LABEL, RED, TITLE, above, png, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FILMS, POSTERS, ERRORS = BLUE, GREEN, RED


def picture(language: str, days: Sequence[Day]) -> bytes:
    """A PNG of these days, the oldest first."""
    t, figure = sheet(language)
    figure.subplots_adjust(left=0.06, right=0.94, top=0.905, bottom=0.06, hspace=0.62)
    panels = figure.subplots(3, 1, sharex=True)
    for axes, (key, colour, numbers) in zip(
        panels,
        (
            ("stats-picture-films", FILMS, [day.films_stored for day in days]),
            ("stats-picture-posters", POSTERS, [day.posters for day in days]),
            ("stats-picture-errors", ERRORS, [day.errors for day in days]),
        ),
        strict=True,
    ):
        _panel(t, axes, t(key), colour, numbers)
    _dates(t, panels[-1], [day.day for day in days])
    return png(figure)


def _panel(t: Locale, axes: "Axes", title: str, colour: str, numbers: Sequence[int]) -> None:
    """Bars under their title and sum; the highest says its number, today's is not over and so is lighter."""
    axes.spines[["top", "left", "right"]].set_visible(False)
    axes.spines["bottom"].set(color=BASELINE, linewidth=2)
    axes.tick_params(left=False, labelleft=False, bottom=False, labelbottom=False)
    axes.set_xlim(-0.6, len(numbers) - 0.4)
    highest = max(numbers)
    axes.set_ylim(0, highest * HEADROOM or 1)
    total = t("stats-picture-sum", number=t.number(sum(numbers)))
    today = t("stats-picture-so-far", number=t.number(numbers[-1]))
    above(axes, title, 32, color=INK, size=TITLE, weight="bold")
    if not highest:
        above(axes, t("stats-picture-none"), 8, color=FAINT, size=LABEL)
        return
    above(axes, f"{total} · {today}", 8, color=FAINT, size=LABEL)
    bars = axes.bar(range(len(numbers)), numbers, width=0.74, color=colour, linewidth=0)
    bars[-1].set_alpha(0.5)
    place = numbers.index(highest)
    side: Literal["left", "center", "right"] = (
        "left" if place < 3 else "right" if place > len(numbers) - 4 else "center"
    )
    edge = {"left": -0.37, "right": 0.37, "center": 0.0}[side]
    axes.annotate(
        t.number(highest), (place + edge, highest), (0, 5), textcoords="offset points",
        color=colour, size=LABEL, weight="bold", ha=side,
    )  # fmt: skip


def _dates(t: Locale, axes: "Axes", days: Sequence[date]) -> None:
    """Every seventh day by its date, the last as today."""
    places = range(len(days) - 1, -1, -7)
    axes.set_xticks(list(places))
    axes.set_xticklabels(
        [t("stats-picture-today"), *(format_skeleton("MMMd", days[n], locale=t.cldr) for n in places[1:])]
    )
    axes.tick_params(bottom=True, labelbottom=True, labelsize=LABEL, labelcolor=FAINT, length=6, width=2,
                     color=BASELINE, pad=6)  # fmt: skip
