"""Own ratings: sorted and filtered by buttons, each of which carries the whole state."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Annotated, Literal

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton
from pydantic import Field

from core.own_lists import RatingFilters, RatingsPage, RatingsSort, RatingsSpread, Share
from views.film_list import film_list
from views.locale import Locale, locale
from views.scale import shown
from views.screen import PageNumber, Screen, button, rows
from views.typography import cut_line, escape

_SORTS: tuple[RatingsSort, ...] = ("rated", "mine", "tmdb", "title", "year")
GENRE_UNITS = 24
GENRES = 20

Part = Literal["sort", "score", "decade", "genre"]


class ShowRatings(CallbackData, prefix="own"):
    """A button that shows the list so, or (`pick`) the choices for a part of this."""

    sort: RatingsSort = "rated"
    score: Annotated[int, Field(ge=1, le=10)] | None = None
    decade: Annotated[int, Field(ge=1800, le=2200)] | None = None
    genre: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    page: PageNumber = 1
    pick: Part | None = None

    @property
    def filters(self) -> RatingFilters:
        """What the ratings must pass."""
        return RatingFilters(self.score, self.decade, self.genre)


class DrawRatings(CallbackData, prefix="owndraw"):
    """A button for the picture of how the ratings are spread."""


def ratings(page: RatingsPage, state: ShowRatings) -> Screen:
    """A page of the list; without any rating, how to give one."""
    t = locale(page.reader.language)
    is_filtered = any(state.filters)
    if not page.total and not is_filtered:
        return Screen(t("own-empty", linked="yes" if page.reader.is_linked else "no"))
    said = [
        t("own-score", score=shown(t, Decimal(state.score), page.reader.rating_scale)) if state.score else "",
        _decade(t, state.decade) if state.decade else "",
        escape(cut_line(page.genre, GENRE_UNITS)) if page.genre else "",
    ]
    heading = t("own-heading", count=page.total, number=t.number(page.total))
    withheld = 0 if is_filtered else page.reader.ratings_count - page.total
    return film_list(
        page,
        " · ".join(filter(None, (heading, *said))),
        leaf=lambda to: state.model_copy(update={"page": to}),
        private=True,
        note=t("own-withheld", count=withheld, number=t.number(withheld)) if withheld > 0 else "",
        rows=(
            [_pick(t, state, "sort"), button(t("own-picture"), DrawRatings())],
            [_pick(t, state, part) for part in ("score", "decade", "genre")],
        ),
    )


def choices(spread: RatingsSpread, state: ShowRatings) -> Screen:
    """The choices for one part of the state, with how many ratings each has, and the way back."""
    t = locale(spread.reader.language)
    back = state.model_copy(update={"pick": None})
    found: list[InlineKeyboardButton]
    match state.pick:
        case "sort":
            found = [
                _choice(t, t(f"own-by-{sort}"), back, {"sort": sort}, is_chosen=sort == state.sort)
                for sort in _SORTS
            ]
            width = 1
        case "score":
            scale = spread.reader.rating_scale
            found = _shares(t, back, "score", spread.scores, lambda share: _score(t, share, scale))
            width = 3
        case "decade":
            found = _shares(t, back, "decade", spread.decades, lambda share: _decade(t, share.key or 0))
            width = 3
        case _:
            found = _shares(t, back, "genre", spread.genres[:GENRES], lambda share: share.name or "")
            width = 2
    if state.pick != "sort":
        found.append(button(t("own-any"), back.model_copy(update={state.pick or "genre": None, "page": 1})))
    return Screen(
        t(f"own-pick-{state.pick}"),
        rows(
            *(found[at : at + width] for at in range(0, len(found), width)),
            [button(t("own-back"), back)],
        ),
    )


def _decade(t: Locale, year: int) -> str:
    return t("own-decade", decade=str(year))


def picture_caption(t: Locale, total: int) -> str:
    """What stands under the picture."""
    return t("own-picture-caption", count=total, number=t.number(total))


def nothing_to_draw(t: Locale) -> str:
    """For a picture of no ratings."""
    return t("own-nothing-to-draw")


def _score(t: Locale, share: Share, scale: int) -> str:
    return f"★ {shown(t, Decimal(share.key or 0), scale)}"


def _shares(
    t: Locale, back: ShowRatings, part: Part, shares: Sequence[Share], name: Callable[[Share], str]
) -> list[InlineKeyboardButton]:
    return [
        _choice(
            t,
            f"{cut_line(name(share), GENRE_UNITS)} · {t.number(share.number)}",
            back,
            {part: share.key},
            is_chosen=getattr(back, part) == share.key,
        )
        for share in shares
        if share.key is not None
    ]


def _choice(
    t: Locale, what: str, back: ShowRatings, change: dict[str, object], *, is_chosen: bool
) -> InlineKeyboardButton:
    data = back.model_copy(update={**change, "page": 1})
    return button(t("list-chosen", what=what) if is_chosen else what, data)


def _pick(t: Locale, state: ShowRatings, part: Part) -> InlineKeyboardButton:
    what = t(f"own-{part}-button")
    is_chosen = part != "sort" and getattr(state, part) is not None
    return button(t("list-chosen", what=what) if is_chosen else what, state.model_copy(update={"pick": part}))
