"""Who plays in a film and who made it."""

from collections.abc import Sequence

from core.movies import Movie
from db.arrays import columns
from db.pool import Executor


class Credits:
    """Rows of tmdb.movie_cast and tmdb.movie_crew.

    A film's credits are replaced as a whole by their difference: what is gone is deleted, what is new
    or differs is written, and 989 of 990 rows usually rest.
    """

    def __init__(self, db: Executor) -> None:
        self._db = db

    CAST = """
        WITH fresh AS MATERIALIZED (
          SELECT * FROM unnest($2::int[], $3::text[], $4::int[], $5::text[], $6::int[])
            AS given (tmdb_movie_id, credit_id, cast_order, character, tmdb_person_id)
        ), gone AS (
          DELETE FROM tmdb.movie_cast AS stored
          WHERE tmdb_movie_id = ANY ($1::int[]) AND NOT EXISTS (
            SELECT FROM fresh WHERE (fresh.tmdb_movie_id, fresh.credit_id) = (stored.tmdb_movie_id,
              stored.credit_id))
        )
        INSERT INTO tmdb.movie_cast (tmdb_movie_id, credit_id, cast_order, character, tmdb_person_id)
        SELECT fresh.* FROM fresh
        WHERE NOT EXISTS (
          SELECT FROM tmdb.movie_cast AS same
          WHERE (same.tmdb_movie_id, same.credit_id) = (fresh.tmdb_movie_id, fresh.credit_id)
            AND (same.cast_order, same.character, same.tmdb_person_id) IS NOT DISTINCT FROM
              (fresh.cast_order, fresh.character, fresh.tmdb_person_id))
        ORDER BY tmdb_movie_id, credit_id
        ON CONFLICT (tmdb_movie_id, credit_id) DO UPDATE
        SET cast_order = excluded.cast_order, character = excluded.character, tmdb_person_id =
          excluded.tmdb_person_id
    """
    CREW = """
        WITH fresh AS MATERIALIZED (
          SELECT * FROM unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::int[])
            AS given (tmdb_movie_id, credit_id, department, job, tmdb_person_id)
        ), gone AS (
          DELETE FROM tmdb.movie_crew AS stored
          WHERE tmdb_movie_id = ANY ($1::int[]) AND NOT EXISTS (
            SELECT FROM fresh WHERE (fresh.tmdb_movie_id, fresh.credit_id) = (stored.tmdb_movie_id,
              stored.credit_id))
        )
        INSERT INTO tmdb.movie_crew (tmdb_movie_id, credit_id, department, job, tmdb_person_id)
        SELECT fresh.* FROM fresh
        WHERE NOT EXISTS (
          SELECT FROM tmdb.movie_crew AS same
          WHERE (same.tmdb_movie_id, same.credit_id) = (fresh.tmdb_movie_id, fresh.credit_id)
            AND (same.department, same.job, same.tmdb_person_id) IS NOT DISTINCT FROM (fresh.department,
              fresh.job, fresh.tmdb_person_id))
        ORDER BY tmdb_movie_id, credit_id
        ON CONFLICT (tmdb_movie_id, credit_id) DO UPDATE
        SET department = excluded.department, job = excluded.job, tmdb_person_id = excluded.tmdb_person_id
    """

    async def replace(self, movies: Sequence[Movie]) -> None:
        """The credits of these films are exactly these; everybody credited has a row in tmdb.people."""
        ids = [movie.id for movie in movies]
        cast = ((movie.id, *row[:3], row.person.id) for movie in movies for row in movie.cast)
        crew = ((movie.id, *row[:3], row.person.id) for movie in movies for row in movie.crew)
        await self._db.execute(self.CAST, ids, *columns(5, cast))
        await self._db.execute(self.CREW, ids, *columns(5, crew))
