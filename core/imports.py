"""How far an import of ratings and the watchlist is, and what it did."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WatchlistImport:
    """What an import did to the watchlist; `failed` films could not be read."""

    imported: int
    added: int = 0
    removed: int = 0
    removal_withheld: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class ImportStatus:
    """One import as its owner sees it; what is not known yet is None.

    Progress is of the `list` being read, the ratings first. `state` and `error` are those of tmdb.imports;
    `gone` and `unfetched` name films, at most ten each.
    """

    import_id: int
    state: str
    waiting: bool  # the last round brought nothing: TMDB does not answer
    total: int | None
    handled: int
    seconds_left: float | None
    error: str | None = None
    list: str = "ratings"
    imported: int = 0
    added: int = 0
    changed: int = 0
    removed: int = 0
    removal_withheld: int = 0
    failed: int = 0
    gone_count: int = 0
    gone: tuple[str, ...] = ()
    unfetched_count: int = 0
    unfetched: tuple[str, ...] = ()
    unread: int = 0  # ratings on pages that could not be read, and items that were no rated films
    watchlist: WatchlistImport | None = None  # of one that is done None says: it could not be read

    @property
    def finished(self) -> bool:
        """Nothing will change any more."""
        return self.state in ("done", "failed")
