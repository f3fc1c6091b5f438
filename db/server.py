"""Where a command line finds its database."""

from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import DatabaseUnavailable
from core.settings import DatabaseSettings


@contextmanager
def server(settings: DatabaseSettings, *, may_start: bool) -> Iterator[str]:
    """The database's URL; the embedded server is started for the moment if it does not run."""
    if settings.database_url:
        yield settings.database_url.get_secret_value()
        return
    from db.embedded import EmbeddedPostgres  # costs a tenth of a second: only where it is needed

    embedded = EmbeddedPostgres(settings.data_dir / "postgres")
    ours = not embedded.is_running()
    if ours and not may_start:
        raise DatabaseUnavailable("the embedded PostgreSQL does not run")
    if ours:
        embedded.start()
    try:
        yield embedded.url
    finally:
        if ours:
            embedded.stop()
