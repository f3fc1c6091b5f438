"""/export: what is said with the files."""

from core.own_lists import OwnLists
from views.locale import Locale


def nothing(t: Locale) -> str:
    """For two empty lists."""
    return t("export-empty")


def caption(t: Locale, lists: OwnLists) -> str:
    """What the files are for, and what is missing in some."""
    said = t("export-caption", ratings=t.number(len(lists.ratings)), watchlist=t.number(len(lists.watchlist)))
    missing = sum(not film.imdb_id for film in (*lists.ratings, *lists.watchlist))
    if missing:
        said += "\n" + t("export-without-imdb", count=missing, number=t.number(missing))
    return said
