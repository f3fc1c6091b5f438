"""A rating on its reader's scale: pictures have it drawn where loading aiogram would take the longest."""

from decimal import ROUND_HALF_UP, Decimal

from views.locale import Locale

STARS = 5


def shown(t: Locale, value: Decimal, scale: int) -> str:
    """A rating on the reader's scale, without its ★: 8.5, or 4½ of five stars.

    Stars are shown to the half, ties upwards, so that TMDB's smallest rating is half a star and not none.
    """
    if scale != STARS:
        return t.number(float(value), 1)
    stars, half = divmod(half_stars(value), 2)
    return (str(stars) if stars else "") + ("½" if half else "")


def half_stars(value: Decimal) -> int:
    """Half a star is a point."""
    return int(value.to_integral_value(ROUND_HALF_UP))
