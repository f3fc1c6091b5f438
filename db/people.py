"""Cast and crew as people."""

from collections.abc import Sequence
from datetime import timedelta

from core.movies import Person
from db.arrays import columns
from db.pool import Executor


class People:
    """Rows of tmdb.people."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    # Joined before inserting, since ON CONFLICT locks (and so writes) every row it meets. Popularity
    # drifts daily for everybody: only a move by more than a fifth is worth a row.
    CREDIT = """
        INSERT INTO tmdb.people AS person
          (tmdb_id, name, original_name, gender, known_for_department, profile_path, popularity, fetched_at)
        SELECT fresh.tmdb_id, fresh.name, fresh.original_name, fresh.gender, fresh.known_for_department,
          fresh.profile_path, coalesce(fresh.popularity, known.popularity), tmdb.now() - fresh.age
        FROM unnest($1::int[], $2::text[], $3::text[], $4::smallint[], $5::text[], $6::text[], $7::float8[],
          $8::interval[])
          AS fresh (tmdb_id, name, original_name, gender, known_for_department, profile_path, popularity, age)
        LEFT JOIN tmdb.people AS known ON known.tmdb_id = fresh.tmdb_id
        WHERE known.tmdb_id IS NULL OR (
          known.data_state = 'stub'
          AND (known.fetched_at > tmdb.now() - fresh.age) IS NOT TRUE
          AND ((known.name, known.original_name, known.gender, known.known_for_department, known.profile_path)
              IS DISTINCT FROM
              (fresh.name, fresh.original_name, fresh.gender, fresh.known_for_department, fresh.profile_path)
            OR known.popularity IS NULL AND fresh.popularity IS NOT NULL
            OR abs(fresh.popularity - known.popularity) > known.popularity / 5))
        ORDER BY fresh.tmdb_id
        ON CONFLICT (tmdb_id) DO UPDATE
        SET name = excluded.name, original_name = excluded.original_name, gender = excluded.gender,
          known_for_department = excluded.known_for_department, profile_path = excluded.profile_path,
          popularity = excluded.popularity, fetched_at = excluded.fetched_at
        WHERE person.data_state = 'stub' AND (person.fetched_at > excluded.fetched_at) IS NOT TRUE
    """

    async def credit(self, people: Sequence[tuple[Person, timedelta]]) -> None:
        """What credits tell of people, each once, with the age of the answer: stubs where new.

        Who is known in full keeps what their own answer told; where nothing differs, nothing is written.
        """
        if people:
            await self._db.execute(self.CREDIT, *columns(8, ((*person, age) for person, age in people)))
