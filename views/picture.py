"""The look of the pictures: one size, paper, type and colours, and fonts for every interface language.

Pictures are drawn in a process of their own (bot.pictures): matplotlib takes a second to import and 60 MB to
keep, and draws for half a second without letting anything else run.
"""

import io
from typing import TYPE_CHECKING, Any

from views.locale import Locale, locale

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Pixels; 4 to 5 is the tallest a chat shows whole. A phone shows it at about a third of its size.
WIDTH, HEIGHT, DPI = 1080, 1350, 150

PAPER, INK, FAINT = "#ffffff", "#1c2733", "#66727f"
BASELINE = "#c9d1d9"
# Points at that resolution: 2 pixels each.
TITLE, LABEL = 18, 14
# Room above the highest bar for its number.
HEADROOM = 1.2
BLUE, GREEN, RED = "#2a7de1", "#1f9d77", "#d64545"

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


def sheet(language: str) -> tuple[Locale, "Figure"]:
    """An empty picture, and the language that can be drawn in it here."""
    import matplotlib
    from matplotlib.figure import Figure

    t, fonts = _speech(language)
    matplotlib.rcParams["font.family"] = fonts
    return t, Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI, facecolor=PAPER)


def png(figure: "Figure") -> bytes:
    """The picture as a file."""
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


def above(axes: "Axes", text: str, points: float, **style: Any) -> None:
    """So many points above the panel, where no bar reaches."""
    axes.annotate(
        text, (0, 1), (0, points), xycoords="axes fraction", textcoords="offset points", **style
    )  # fmt: skip
