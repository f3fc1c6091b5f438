"""The message that shows an import of ratings and the watchlist: how far it is, then what it did."""

from collections.abc import Iterator

from core.imports import ImportStatus, WatchlistImport
from views.block import bar
from views.locale import Locale
from views.screen import Screen
from views.typography import cut_line, escape

BAR_CELLS = 14
# Fluent refuses a value of more than 2,500 characters: ten of these, escaped, are fewer.
TITLE_UNITS = 48


def importing(status: ImportStatus, t: Locale) -> Screen:
    """The import as it is now."""
    match status.state:
        case "done":
            return Screen("\n".join((*_done(status, t), *_watchlist(status.watchlist, t))))
        case "failed":
            return Screen(t(f"import-failed-{status.error}"))
        case _:
            title = t("import-title" if status.list == "ratings" else "import-watchlist-title")
            return Screen(f"{title}\n{_progress(status, t)}")


def _progress(status: ImportStatus, t: Locale) -> str:
    if status.waiting:
        return t("import-waiting")
    if not status.total:
        return t("import-reading")
    # Ratings that came onto the list meanwhile are above its first total.
    handled = min(status.handled, status.total)
    line = f"{bar(handled / status.total, BAR_CELLS)} " + t(
        "import-progress", handled=t.number(handled), total=t.number(status.total)
    )
    if status.state in ("comparing", "applying"):
        return f"{line} · {t('import-applying')}"
    if status.seconds_left is not None:
        line += f" · {_time_left(status.seconds_left, t)}"
    return line


def _time_left(seconds: float, t: Locale) -> str:
    """Rounded as roughly as it is known: to 5 s, from a minute and a half on to minutes."""
    if seconds < 90:
        return t("import-seconds-left", seconds=max(5, round(seconds / 5) * 5))
    return t("import-minutes-left", minutes=round(seconds / 60))


def _done(status: ImportStatus, t: Locale) -> Iterator[str]:
    if not (status.imported or status.removed or status.failed or status.removal_withheld):
        yield t("import-nothing")
        return
    changes = _listed(
        t,
        ("added", status.added),
        ("changed", status.changed),
        ("removed", status.removed),
        ("failed", status.failed),
    )
    total = t("import-total", count=status.imported, number=t.number(status.imported))
    yield t("import-summary", total=total, changes=changes)
    if status.gone_count:
        yield t("import-gone", count=status.gone_count, titles=_titles(status.gone, status.gone_count, t))
    if status.unfetched_count:
        yield t(
            "import-unfetched",
            count=status.unfetched_count,
            titles=_titles(status.unfetched, status.unfetched_count, t),
        )
    if status.unread:
        yield t("import-unread", count=status.unread, number=t.number(status.unread))
    if status.removal_withheld:
        yield t("import-withheld", count=status.removal_withheld, number=t.number(status.removal_withheld))


def _watchlist(done: WatchlistImport | None, t: Locale) -> Iterator[str]:
    if done is None:
        yield t("import-watchlist-away")
        return
    if done.imported or done.removed:
        changes = _listed(t, ("watchlist-added", done.added), ("watchlist-removed", done.removed))
        yield t("import-watchlist", count=done.imported, number=t.number(done.imported), changes=changes)
    for key, count in (("unread", done.failed), ("withheld", done.removal_withheld)):
        if count:
            yield t(f"import-watchlist-{key}", count=count, number=t.number(count))


def _listed(t: Locale, *changes: tuple[str, int]) -> str:
    what = [t(f"import-{key}", count=count, number=t.number(count)) for key, count in changes if count]
    return t("import-list-separator").join(what) or t("import-unchanged")


def _titles(titles: tuple[str, ...], count: int, t: Locale) -> str:
    named = t("import-list-separator").join(escape(cut_line(title, TITLE_UNITS)) for title in titles)
    more = count - len(titles)
    return f"{named} {t('import-more', count=more)}" if named and more else named or t("import-unnamed")
