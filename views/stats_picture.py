"""The picture of /stats: thirty days of films, posters and errors, drawn to be read on a phone.

It is drawn in a process of its own (bot.pictures): matplotlib takes a second to import and 60 MB to keep,
and draws for half a second without letting anything else run.
"""

import io
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from babel.dates import format_skeleton

from core.stats import Day
from views.locale import Locale, locale

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Pixels; 4 to 5 is the tallest a chat shows whole. A phone shows it at about a third of its size.
WIDTH, HEIGHT, DPI = 1080, 1350, 150

PAPER, INK, FAINT = "#ffffff", "#1c2733", "#66727f"
BASELINE = "#c9d1d9"
# Points at that resolution: 2 pixels each.
TITLE, LABEL = 18, 14
# Room above the highest bar for its number.
HEADROOM = 1.2
FILMS, POSTERS, ERRORS = "#2a7de1", "#1f9d77", "#d64545"

# matplotlib brings DejaVu Sans, which has no Chinese. The image installs WenQuanYi; elsewhere whichever
# of these is there serves, and without one the picture speaks English, its numbers the same.
_FONT = "DejaVu Sans"
_CHINESE = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "PingFang SC",
    "Hiragino Sans GB",
    "Heiti SC",
    "Microsoft YaHei",
    "SimHei",
)


def picture(language: str, days: Sequence[Day]) -> bytes:
    """A PNG of these days, the oldest first."""
    import matplotlib
    from matplotlib.figure import Figure

    t, fonts = _speech(language)
    matplotlib.rcParams["font.family"] = fonts
    figure = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI, facecolor=PAPER)
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
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png")
    return drawn.getvalue()


def _speech(language: str) -> tuple[Locale, list[str]]:
    """The language that can be drawn here, and the fonts that draw it."""
    from matplotlib.font_manager import fontManager

    if language != "zh":
        return locale(language), [_FONT]
    there = {font.name for font in fontManager.ttflist}
    chinese = next((name for name in _CHINESE if name in there), None)
    return (locale("en"), [_FONT]) if chinese is None else (locale("zh"), [chinese, _FONT])


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
    _above(axes, title, 32, color=INK, size=TITLE, weight="bold")
    if not highest:
        _above(axes, t("stats-picture-none"), 8, color=FAINT, size=LABEL)
        return
    _above(axes, f"{total} · {today}", 8, color=FAINT, size=LABEL)
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


def _above(axes: "Axes", text: str, points: float, **style: Any) -> None:
    """So many points above the panel, where no bar reaches."""
    axes.annotate(
        text, (0, 1), (0, points), xycoords="axes fraction", textcoords="offset points", **style
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
