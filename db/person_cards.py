"""A person's card and films, as one reader sees them: each in one statement."""

from typing import Any

from core.cards import CardPoster, Freshness
from core.people import PAGE_PEOPLE, Credit, Filmography, KnownFilm, PersonCard, RoleCount
from db.found_movies import read_movie
from db.pool import Executor
from db.users import read_reader


class PersonCards:
    """People for the readers of one bot; `catalogue_language` is what TMDB was asked in."""

    def __init__(self, db: Executor, *, bot_id: int, catalogue_language: str) -> None:
        self._db = db
        self._bot_id = bot_id
        self._catalogue_language = catalogue_language.partition("-")[0]

    # Known for: what they are billed high in or did the department's main work of, by popularity; then
    # the rest. Who plays themselves is not known for that.
    CARD = """
        WITH credit AS MATERIALIZED (
          SELECT told.tmdb_movie_id,
            bool_or(CASE told.department
              WHEN 'Acting' THEN told.cast_order < 5 AND NOT (
                starts_with(told.what, 'Self') OR starts_with(told.what, 'Himself')
                OR starts_with(told.what, 'Herself') OR starts_with(told.what, 'Themselves'))
              WHEN 'Directing' THEN told.what = 'Director'
              ELSE true END
              AND told.department = person.known_for_department) IS TRUE AS is_main
          FROM (
            SELECT tmdb_movie_id, 'Acting' AS department, cast_order, coalesce(character, '') AS what
            FROM tmdb.movie_cast WHERE tmdb_person_id = $1
            UNION ALL
            SELECT tmdb_movie_id, department, NULL, job FROM tmdb.movie_crew WHERE tmdb_person_id = $1
          ) AS told
          LEFT JOIN tmdb.people AS person ON person.tmdb_id = $1
          GROUP BY told.tmdb_movie_id
        )
        SELECT reader.*,
          CASE
            WHEN p.adult AND NOT reader.adult THEN 'adult'
            WHEN told.is_fresh THEN 'fresh'
            WHEN coalesce(p.name, p.original_name) IS NOT NULL THEN 'stub'
            ELSE 'due'
          END AS freshness,
          tmdb.person_name(p.tmdb_id, p.name, p.original_name, reader.film_language, reader.region) AS name,
          p.original_name, p.known_for_department, p.gender, p.profile_path, p.popularity,
          CASE WHEN told.is_fresh THEN p.birthday END AS birthday,
          CASE WHEN told.is_fresh THEN p.deathday END AS deathday,
          CASE WHEN told.is_fresh THEN p.place_of_birth END AS place_of_birth,
          CASE WHEN told.is_fresh THEN
            extract(year FROM age(
              coalesce(p.deathday, (tmdb.now() AT TIME ZONE 'UTC')::date), p.birthday))::int
          END AS age,
          CASE WHEN told.is_fresh THEN coalesce(
            (SELECT t.biography FROM tmdb.person_translations AS t
             WHERE t.tmdb_id = p.tmdb_id AND t.iso_639_1 = reader.film_language AND t.biography IS NOT NULL
             ORDER BY t.iso_3166_1 <> reader.region,
               array_position('{CN,SG,TW,HK,RU,US,GB}', t.iso_3166_1), t.iso_3166_1
             LIMIT 1),
            p.biography,
            (SELECT t.biography FROM tmdb.person_translations AS t
             WHERE t.tmdb_id = p.tmdb_id AND t.iso_639_1 = 'en' AND t.biography IS NOT NULL
             ORDER BY t.iso_3166_1 <> 'US', t.iso_3166_1
             LIMIT 1)) END AS biography,
          portrait.telegram_file_id, portrait.poster_status,
          film.ids, film.titles, film.years
        FROM tmdb.reader($2, $3, $4) AS reader
        LEFT JOIN tmdb.people AS p ON p.tmdb_id = $1
        CROSS JOIN LATERAL (
          SELECT p.data_state = 'full' AND p.fetched_at > tmdb.now() - interval '180 days' AS is_fresh
        ) AS told
        LEFT JOIN tmdb.posters AS portrait ON portrait.bot_id = $5 AND portrait.poster_path = p.profile_path
        LEFT JOIN LATERAL (
          SELECT array_agg(best.tmdb_id ORDER BY best.place) AS ids,
            array_agg(tmdb.film_title(best.tmdb_id, best.title, best.original_title, best.original_language,
              $6, reader.film_language, reader.region) ORDER BY best.place) AS titles,
            array_agg(best.year ORDER BY best.place) AS years
          FROM (
            SELECT m.tmdb_id, m.title, m.original_title, m.original_language, m.year::int AS year,
              row_number() OVER (
                ORDER BY credit.is_main DESC, m.popularity DESC NULLS LAST, m.tmdb_id) AS place
            FROM credit JOIN tmdb.movies AS m ON m.tmdb_id = credit.tmdb_movie_id
            WHERE coalesce(m.title, m.original_title) IS NOT NULL
              AND tmdb.may_be_shown(m.tmdb_id, m.data_state, m.fetched_at, m.first_seen_at, m.deleted_at,
                m.adult, m.softcore, reader.adult)
            ORDER BY place LIMIT 4
          ) AS best
        ) AS film ON true
    """

    async def card(
        self, person_id: int, telegram_user_id: int, language: str, *, is_shared: bool = False
    ) -> PersonCard:
        """The person as this reader sees them; `language` is the interface language of their Telegram."""
        row = await self._db.fetchrow(
            self.CARD,
            *(person_id, telegram_user_id, language, is_shared, self._bot_id, self._catalogue_language),
        )
        assert row is not None  # one row always: an unknown person is due, an unknown reader has defaults
        return _card(person_id, row)

    # A film with several jobs of one person is one line. What is not one of TMDB's departments is Crew.
    FILMS = """
        WITH credit AS MATERIALIZED (
          SELECT tmdb_movie_id, 'Acting' AS role, character, NULL AS job, cast_order AS place
          FROM tmdb.movie_cast WHERE tmdb_person_id = $1
          UNION ALL
          SELECT tmdb_movie_id, CASE WHEN department = ANY ($10::text[]) THEN department ELSE 'Crew' END,
            NULL, job, NULL
          FROM tmdb.movie_crew WHERE tmdb_person_id = $1
        ), film AS MATERIALIZED (
          SELECT m.tmdb_id, m.title, m.original_title, m.original_language, m.year, m.release_date,
            m.vote_average, m.vote_count, rating.tmdb_rating,
            reader.hide_rated AND $11 AND rating.movie_id IS NOT NULL AS is_hidden
          FROM (SELECT DISTINCT tmdb_movie_id FROM credit) AS credited
          JOIN tmdb.movies AS m ON m.tmdb_id = credited.tmdb_movie_id
          CROSS JOIN tmdb.reader($2, $3, $4) AS reader
          LEFT JOIN tmdb.user_movie_ratings AS rating
            ON rating.telegram_user_id = $2 AND rating.movie_id = m.tmdb_id
          WHERE coalesce(m.title, m.original_title) IS NOT NULL
            AND tmdb.may_be_shown(m.tmdb_id, m.data_state, m.fetched_at, m.first_seen_at, m.deleted_at,
              m.adult, m.softcore, reader.adult)
        ), role AS (
          SELECT credit.role, count(DISTINCT film.tmdb_id)::int AS films
          FROM credit JOIN film ON film.tmdb_id = credit.tmdb_movie_id
          WHERE NOT film.is_hidden GROUP BY credit.role
        ), of_role AS MATERIALIZED (
          SELECT * FROM film
          WHERE $6::text IS NULL OR tmdb_id IN (SELECT tmdb_movie_id FROM credit WHERE role = $6)
        ), listed AS (
          SELECT film.*, count(*) OVER ()::int AS total,
            row_number() OVER (
              ORDER BY
                film.release_date IS NULL,
                CASE WHEN $7 THEN film.release_date END,
                CASE WHEN NOT $7 THEN film.release_date END DESC,
                film.tmdb_id) AS place
          FROM of_role AS film WHERE NOT is_hidden
        )
        SELECT reader.*,
          tmdb.person_name(p.tmdb_id, p.name, p.original_name, reader.film_language, reader.region) AS name,
          p.gender, p.known_for_department,
          ARRAY(SELECT role FROM role ORDER BY films DESC, role) AS roles,
          ARRAY(SELECT films FROM role ORDER BY films DESC, role) AS role_films,
          coalesce((SELECT max(total) FROM listed), 0) AS total,
          (SELECT count(*) FROM of_role WHERE is_hidden)::int AS rated,
          line.tmdb_id AS movie_id,
          tmdb.film_title(line.tmdb_id, line.title, line.original_title, line.original_language, $5,
            reader.film_language, reader.region) AS title,
          line.original_title, line.year, line.vote_average, line.vote_count,
          ARRAY(
            SELECT character FROM credit WHERE tmdb_movie_id = line.tmdb_id AND character IS NOT NULL
            GROUP BY character ORDER BY min(place), character
          ) AS characters,
          ARRAY(
            SELECT DISTINCT job FROM credit WHERE tmdb_movie_id = line.tmdb_id AND job IS NOT NULL
            ORDER BY job
          ) AS jobs,
          line.tmdb_rating, watched.movie_id IS NOT NULL AS on_watchlist
        FROM tmdb.reader($2, $3, $4) AS reader
        LEFT JOIN tmdb.people AS p ON p.tmdb_id = $1
        LEFT JOIN (SELECT * FROM listed WHERE place > $9 AND place <= $9 + $8::int) AS line ON true
        LEFT JOIN tmdb.user_watchlist AS watched
          ON watched.telegram_user_id = $2 AND watched.movie_id = line.tmdb_id
        ORDER BY line.place
    """

    async def films(
        self,
        person_id: int,
        telegram_user_id: int,
        language: str,
        *,
        role: str | None = None,
        oldest_first: bool = False,
        page: int = 1,
        is_shared: bool = False,
        hides_rated: bool = True,
    ) -> Filmography:
        """A page of the person's films in a role; a page past the end is empty.

        `hides_rated` is false where others see the films too, as in Browse.page.
        """
        rows = await self._db.fetch(
            self.FILMS,
            *(person_id, telegram_user_id, language, is_shared, self._catalogue_language, role, oldest_first),
            *(PAGE_PEOPLE, (page - 1) * PAGE_PEOPLE, DEPARTMENTS, hides_rated),
        )
        first = rows[0]
        return Filmography(
            reader=read_reader(first),
            person_id=person_id,
            name=first["name"],
            gender=first["gender"] or 0,
            roles=tuple(map(RoleCount, first["roles"], first["role_films"])),
            role=role,
            oldest_first=oldest_first,
            credits=[_credit(row) for row in rows if row["movie_id"] is not None],
            page=page,
            total=first["total"],
            rated=first["rated"],
        )


# TMDB's, but for Actors, which it writes Acting where people are.
DEPARTMENTS = (
    *("Directing", "Writing", "Production", "Editing", "Camera", "Sound", "Art", "Costume & Make-Up"),
    *("Visual Effects", "Lighting", "Crew"),
)


def _card(person_id: int, row: Any) -> PersonCard:
    path = row["profile_path"]
    return PersonCard(
        person_id=person_id,
        reader=read_reader(row),
        freshness=Freshness(row["freshness"]),
        name=row["name"],
        original_name=row["original_name"],
        department=row["known_for_department"],
        gender=row["gender"] or 0,
        birthday=row["birthday"],
        deathday=row["deathday"],
        age=row["age"],
        place_of_birth=row["place_of_birth"],
        biography=row["biography"],
        portrait=path and CardPoster(path, row["telegram_file_id"], row["poster_status"] == -1),
        popularity=row["popularity"] or 0.0,
        known_for=tuple(map(KnownFilm, row["ids"] or (), row["titles"] or (), row["years"] or ())),
    )


def _credit(row: Any) -> Credit:
    return Credit(read_movie(row), tuple(row["characters"]), tuple(row["jobs"]))
