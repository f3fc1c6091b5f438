"""Genres and their names by language."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Literal, NamedTuple

from db.arrays import columns
from db.pool import Executor

MediaType = Literal["movie", "tv"]


class GenreName(NamedTuple):
    """A genre's name in a language (ISO 639-1)."""

    media_type: MediaType
    tmdb_genre_id: int
    language: str
    name: str


class Genres:
    """Rows of tmdb.genres and tmdb.genre_names."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    DUE = """
        SELECT media_type, language FROM unnest($1::text[]) AS media_type, unnest($2::text[]) AS language
        WHERE NOT EXISTS (
          SELECT FROM tmdb.genre_names AS name
          WHERE name.media_type = media_type.media_type AND name.language = language.language
            AND name.fetched_at > tmdb.now() - $3::interval)
        ORDER BY media_type, language
    """

    async def due(self, languages: Sequence[str], max_age: timedelta) -> list[tuple[MediaType, str]]:
        """The lists, by medium and language, that were never loaded or longer than `max_age` ago."""
        rows = await self._db.fetch(self.DUE, ["movie", "tv"], languages, max_age)
        return [(row[0], row[1]) for row in rows]

    # Two replicas that load at the same time store the same: whoever is second changes nothing.
    STORE = """
        WITH listed AS MATERIALIZED (
          SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::text[])
            AS given (media_type, tmdb_genre_id, language, name)
        ), known AS (
          INSERT INTO tmdb.genres AS genre (media_type, tmdb_genre_id, name)
          SELECT DISTINCT ON (media_type, tmdb_genre_id) media_type, tmdb_genre_id, name FROM listed
          ORDER BY media_type, tmdb_genre_id, language <> $5, language
          ON CONFLICT (media_type, tmdb_genre_id) DO UPDATE SET name = excluded.name
          WHERE genre.name <> excluded.name AND EXISTS (
            SELECT FROM listed WHERE listed.media_type = genre.media_type AND listed.language = $5)
        )
        INSERT INTO tmdb.genre_names (media_type, tmdb_genre_id, language, name)
        SELECT media_type, tmdb_genre_id, language, name FROM listed
        ORDER BY media_type, tmdb_genre_id, language
        ON CONFLICT (media_type, tmdb_genre_id, language) DO UPDATE
        SET name = excluded.name, fetched_at = excluded.fetched_at
    """

    async def store(self, names: Iterable[GenreName], *, catalogue_language: str) -> None:
        """Whole lists of TMDB's; those in `catalogue_language` (ISO 639-1) name the genres themselves."""
        listed = {name[:3]: name for name in names}
        await self._db.execute(self.STORE, *columns(4, listed.values()), catalogue_language)
