"""The watchlist: what a tap on a card's button says, and the list itself."""

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton
from babel.dates import format_date

from core.own_lists import WatchlistPage, WatchlistSort
from views.film_list import film_list
from views.locale import Locale, locale
from views.screen import PageNumber, Screen, button

_SORTS: tuple[WatchlistSort, ...] = ("added", "score", "popularity", "release")


class ShowWatchlist(CallbackData, prefix="wl"):
    """A button of the list that shows it in another order or another page of it."""

    sort: WatchlistSort = "added"
    page: PageNumber = 1


def watchlist(page: WatchlistPage, sort: WatchlistSort) -> Screen:
    """A page of the list; an empty one says how it grows."""
    t = locale(page.reader.language)
    if not page.total and not page.rated and not page.withheld:
        return Screen(t("watchlist-empty", linked="yes" if page.reader.is_linked else "no"))
    return film_list(
        page,
        t("watchlist-heading", count=page.total, number=t.number(page.total)),
        leaf=lambda to: ShowWatchlist(sort=sort, page=to),
        private=True,
        note="\n".join(
            t(f"list-{why}", count=count, number=t.number(count))
            for why, count in (("rated", page.rated), ("withheld", page.withheld))
            if count
        ),
        facts={
            movie_id: t("watchlist-unreleased", date=format_date(day, "medium", locale=t.cldr))
            for movie_id, day in page.unreleased.items()
        },
        rows=_orders(t, sort) if page.total > 1 else (),
    )


def _orders(t: Locale, chosen: WatchlistSort) -> tuple[list[InlineKeyboardButton], ...]:
    """Two rows of two; the order at hand is marked."""
    orders = [
        button(t("list-chosen", what=what) if sort == chosen else what, ShowWatchlist(sort=sort))
        for sort in _SORTS
        for what in (t(f"watchlist-by-{sort}"),)
    ]
    return orders[:2], orders[2:]


def toast(t: Locale, *, on: bool, goes_to_tmdb: bool) -> str:
    """What became of a tap on a card's button, once it is committed."""
    return t(f"watchlist-{'added' if on else 'removed'}{'-goes-to-tmdb' if goes_to_tmdb else ''}")
