"""Cast and crew as people: stubs from credits, full from their own answers."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from core.movies import Person, PersonDetails, PersonListItem
from db.arrays import columns
from db.credits import Credits
from db.pool import Executor
from db.raw_payloads import Stored


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
          AND (known.fetched_at > tmdb.now() - fresh.age
            AND known.fetched_at < tmdb.now() + interval '1 hour') IS NOT TRUE
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
        WHERE person.data_state = 'stub' AND (person.fetched_at > excluded.fetched_at
          AND person.fetched_at < tmdb.now() + interval '1 hour') IS NOT TRUE
    """

    async def credit(self, people: Sequence[tuple[Person, timedelta]]) -> None:
        """What credits tell of people, each once, with the age of the answer: stubs where new.

        Who is known in full keeps what their own answer told; where nothing differs, nothing is written.
        """
        if people:
            await self._db.execute(self.CREDIT, *columns(8, ((*person, age) for person, age in people)))

    STUBS = """
        WITH listed AS MATERIALIZED (
          SELECT * FROM unnest($1::int[], $2::text[], $3::text[], $4::smallint[], $5::text[], $6::text[],
            $7::float8[], $8::boolean[])
            AS given (tmdb_id, name, original_name, gender, known_for_department, profile_path, popularity,
              adult)
        ), added AS (
          INSERT INTO tmdb.people (tmdb_id, name, original_name, gender, known_for_department, profile_path,
            popularity, adult, fetched_at)
          SELECT tmdb_id, CASE WHEN $9::text IS NULL THEN name ELSE coalesce(original_name, name) END,
            original_name, gender, known_for_department, profile_path, popularity, adult, tmdb.now()
          FROM listed
          WHERE NOT EXISTS (SELECT FROM tmdb.people AS known WHERE known.tmdb_id = listed.tmdb_id)
          ORDER BY tmdb_id
          ON CONFLICT (tmdb_id) DO NOTHING
          RETURNING tmdb_id
        )
        INSERT INTO tmdb.person_translations (tmdb_id, iso_639_1, iso_3166_1, name)
        SELECT listed.tmdb_id, $9, '', listed.name FROM added JOIN listed USING (tmdb_id)
        WHERE $9 IS NOT NULL AND listed.name IS NOT NULL
        ORDER BY listed.tmdb_id
    """

    async def stubs(self, people: Iterable[PersonListItem], *, language: str | None = None) -> None:
        """Adds the people nobody knew, as far as a search tells of them.

        `language` (ISO 639-1) is the language their names are in, None for CATALOGUE_LANGUAGE's: other names
        are kept as a translation.
        """
        listed = {item.id: (*item.person, item.adult) for item in people}
        if listed:
            await self._db.execute(self.STUBS, *columns(8, listed.values()), language)

    LOCK = "SELECT content_hash FROM tmdb.people WHERE tmdb_id = $1 FOR NO KEY UPDATE"

    # Whoever is known from credits only is told more by any answer of their own.
    STORE = """
        INSERT INTO tmdb.people AS person
          (tmdb_id, name, also_known_as, gender, known_for_department, biography, birthday, deathday,
          place_of_birth, imdb_id, profile_path, popularity, adult, data_state, content_hash, fetched_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'full', $14,
          tmdb.now() - $15::interval)
        ON CONFLICT (tmdb_id) DO UPDATE
        SET name = coalesce(excluded.name, person.name), also_known_as = excluded.also_known_as,
          gender = excluded.gender, known_for_department = excluded.known_for_department,
          biography = excluded.biography, birthday = excluded.birthday, deathday = excluded.deathday,
          place_of_birth = excluded.place_of_birth, imdb_id = excluded.imdb_id,
          profile_path = excluded.profile_path,
          popularity = coalesce(excluded.popularity, person.popularity), adult = excluded.adult,
          data_state = 'full', content_hash = excluded.content_hash, fetched_at = excluded.fetched_at
        WHERE person.data_state = 'stub' OR (person.fetched_at > excluded.fetched_at
          AND person.fetched_at < tmdb.now() + interval '1 hour') IS NOT TRUE
        RETURNING true
    """
    TRANSLATIONS = """
        WITH fresh AS MATERIALIZED (
          SELECT * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[])
            AS given (iso_639_1, iso_3166_1, name, biography)
        ), gone AS (
          DELETE FROM tmdb.person_translations AS stored
          WHERE tmdb_id = $1 AND NOT EXISTS (
            SELECT FROM fresh
            WHERE (fresh.iso_639_1, fresh.iso_3166_1) = (stored.iso_639_1, stored.iso_3166_1))
        )
        INSERT INTO tmdb.person_translations (tmdb_id, iso_639_1, iso_3166_1, name, biography)
        SELECT $1, fresh.* FROM fresh
        WHERE NOT EXISTS (
          SELECT FROM tmdb.person_translations AS same
          WHERE (same.tmdb_id, same.iso_639_1, same.iso_3166_1) = ($1, fresh.iso_639_1, fresh.iso_3166_1)
            AND (same.name, same.biography) IS NOT DISTINCT FROM (fresh.name, fresh.biography))
        ORDER BY iso_639_1, iso_3166_1
        ON CONFLICT (tmdb_id, iso_639_1, iso_3166_1) DO UPDATE
        SET name = excluded.name, biography = excluded.biography
    """

    async def store(self, person: PersonDetails, content_hash: str, age: timedelta) -> Stored:
        """Stores a person's own answer, `age` old; in a transaction.

        The films it names have rows; those of them that are not here in full get this person's credits.
        Tables are taken in the order of all writers: movies, people, credits, other rows.
        """
        credits = Credits(self._db)
        stubs = [] if "combined_credits" in person.missing else await credits.lock_stubs_of(person)
        known = await self._db.fetchval(self.LOCK, person.id)
        stored = await self._db.fetchval(
            self.STORE,
            *(person.id, person.name, person.also_known_as, person.gender, person.known_for_department),
            *(person.biography, person.birthday, person.deathday, person.place_of_birth, person.imdb_id),
            *(person.profile_path, person.popularity, person.adult, content_hash, age),
        )
        if not stored:
            return "outdated"
        await credits.replace_of(person, stubs)
        if "translations" not in person.missing:
            await self._db.execute(self.TRANSLATIONS, person.id, *columns(4, person.translations))
        return "unchanged" if known == content_hash else "changed"

    GONE = """
        UPDATE tmdb.people SET fetched_at = tmdb.now() - interval '180 days'
        WHERE tmdb_id = $1 AND data_state = 'full' AND fetched_at < tmdb.now() - interval '1 day'
    """

    async def gone(self, person_id: int) -> None:
        """TMDB has nobody of that id: they are as old as the ceiling now, which retention acts on.

        What it told within a day outweighs that.
        """
        await self._db.execute(self.GONE, person_id)
