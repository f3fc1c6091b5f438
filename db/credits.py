"""Who plays in a film and who made it."""

from collections.abc import Sequence

from core.movies import Movie, PersonDetails
from db.arrays import columns
from db.pool import Executor


class Credits:
    """Rows of tmdb.movie_cast and tmdb.movie_crew.

    A film's credits are replaced as a whole by their difference: what is gone is deleted, what is new
    or differs is written, and 989 of 990 rows usually rest. A film that is not here in full has what the
    people's own answers tell of it, until its own credits take their place.
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

    LOCK_STUBS = """
        SELECT tmdb_id FROM tmdb.movies
        WHERE data_state = 'stub' AND deleted_at IS NULL AND tmdb_id = ANY (ARRAY(
          SELECT unnest($2::int[])
          UNION SELECT tmdb_movie_id FROM tmdb.movie_cast WHERE tmdb_person_id = $1
          UNION SELECT tmdb_movie_id FROM tmdb.movie_crew WHERE tmdb_person_id = $1))
        ORDER BY tmdb_id FOR NO KEY UPDATE
    """

    async def lock_stubs_of(self, person: PersonDetails) -> list[int]:
        """Takes the films in hand whose credits `replace_of` may write, before anybody's row is taken."""
        films = [film.id for film in person.films]
        return [row[0] for row in await self._db.fetch(self.LOCK_STUBS, person.id, films)]

    # A credit_id names one credit of one person at one film, whoever tells of it.
    CAST_OF = """
        WITH fresh AS MATERIALIZED (
          SELECT * FROM unnest($3::int[], $4::text[], $5::int[], $6::text[])
            AS given (tmdb_movie_id, credit_id, cast_order, character)
          WHERE tmdb_movie_id = ANY ($2::int[])
        ), gone AS (
          DELETE FROM tmdb.movie_cast AS stored
          WHERE tmdb_person_id = $1 AND tmdb_movie_id = ANY ($2::int[]) AND NOT EXISTS (
            SELECT FROM fresh WHERE (fresh.tmdb_movie_id, fresh.credit_id) = (stored.tmdb_movie_id,
              stored.credit_id))
        )
        INSERT INTO tmdb.movie_cast (tmdb_movie_id, credit_id, cast_order, character, tmdb_person_id)
        SELECT fresh.*, $1 FROM fresh
        WHERE NOT EXISTS (
          SELECT FROM tmdb.movie_cast AS same
          WHERE (same.tmdb_movie_id, same.credit_id) = (fresh.tmdb_movie_id, fresh.credit_id)
            AND (same.cast_order, same.character, same.tmdb_person_id) IS NOT DISTINCT FROM
              (fresh.cast_order, fresh.character, $1))
        ORDER BY tmdb_movie_id, credit_id
        ON CONFLICT (tmdb_movie_id, credit_id) DO UPDATE
        SET cast_order = excluded.cast_order, character = excluded.character, tmdb_person_id =
          excluded.tmdb_person_id
    """
    CREW_OF = """
        WITH fresh AS MATERIALIZED (
          SELECT * FROM unnest($3::int[], $4::text[], $5::text[], $6::text[])
            AS given (tmdb_movie_id, credit_id, department, job)
          WHERE tmdb_movie_id = ANY ($2::int[])
        ), gone AS (
          DELETE FROM tmdb.movie_crew AS stored
          WHERE tmdb_person_id = $1 AND tmdb_movie_id = ANY ($2::int[]) AND NOT EXISTS (
            SELECT FROM fresh WHERE (fresh.tmdb_movie_id, fresh.credit_id) = (stored.tmdb_movie_id,
              stored.credit_id))
        )
        INSERT INTO tmdb.movie_crew (tmdb_movie_id, credit_id, department, job, tmdb_person_id)
        SELECT fresh.*, $1 FROM fresh
        WHERE NOT EXISTS (
          SELECT FROM tmdb.movie_crew AS same
          WHERE (same.tmdb_movie_id, same.credit_id) = (fresh.tmdb_movie_id, fresh.credit_id)
            AND (same.department, same.job, same.tmdb_person_id) IS NOT DISTINCT FROM (fresh.department,
              fresh.job, $1))
        ORDER BY tmdb_movie_id, credit_id
        ON CONFLICT (tmdb_movie_id, credit_id) DO UPDATE
        SET department = excluded.department, job = excluded.job, tmdb_person_id = excluded.tmdb_person_id
    """

    async def replace_of(self, person: PersonDetails, movie_ids: Sequence[int]) -> None:
        """The person's credits of these films, locked by `lock_stubs_of`, are what their answer tells."""
        if movie_ids:
            await self._db.execute(self.CAST_OF, person.id, movie_ids, *columns(4, person.cast))
            await self._db.execute(self.CREW_OF, person.id, movie_ids, *columns(4, person.crew))
