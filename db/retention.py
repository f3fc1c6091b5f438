"""What may not, or need not, be kept any longer: found by index, emptied or deleted a batch at a time."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from db.arrays import columns
from db.outbox import Outbox
from db.pool import Executor

# TMDB's terms: nothing of theirs is kept that was not refreshed for six months.
CEILING = timedelta(days=180)
# The graph's reader may be away for a while; what it has done is of no use to anybody.
OUTBOX_KEPT = timedelta(days=30)
SILENT_KEPT = timedelta(days=1)


class PosterKey(NamedTuple):
    """A poster of a bot."""

    bot_id: int
    poster_path: str


class UnnamedPoster(NamedTuple):
    """A poster that its owner does not name, and its post in a channel, if there is one."""

    key: PosterKey
    channel_id: int | None
    message_id: int | None


class PosterPage(NamedTuple):
    """Posters looked at up to `last`, None at the end, and those of them that their owners do not name."""

    last: PosterKey | None
    unnamed: list[UnnamedPoster]


class Retention:
    """Rows of all tables by their age; a method does one batch in its transaction and tells how many it was.

    Tables are taken in the writers' order; rows that somebody else has in hand are left for the next time.
    """

    def __init__(self, db: Executor) -> None:
        self._db = db

    # Films --------------------------------------------------------------------------------------

    OVERDUE_FILMS = """
        SELECT tmdb_id FROM tmdb.movies
        WHERE data_state = 'full' AND deleted_at IS NULL AND fetched_at <= tmdb.now() - $1::interval
        ORDER BY fetched_at LIMIT $2
    """

    async def overdue_films(self, batch: int) -> int:
        """Empties full films that could not be refreshed in time."""
        return await self._empty(await self._ids(self.OVERDUE_FILMS, CEILING, batch))

    # Emptied ones stay among the deleted, so that what is left to do is told by what they lack.
    DELETED_FILMS = """
        SELECT tmdb_id FROM tmdb.movies
        WHERE deleted_at IS NOT NULL
          AND (data_state = 'full' OR num_nonnulls(title, original_title, popularity) > 0)
        ORDER BY deleted_at LIMIT $1
    """

    async def deleted_films(self, batch: int) -> int:
        """Empties films that TMDB deleted."""
        return await self._empty(await self._ids(self.DELETED_FILMS, batch))

    # A stub's age is that of the last export that held it, or of the list that told of it since.
    MISSING_STUBS = """
        SELECT movie.tmdb_id
        FROM tmdb.export_missing AS missing JOIN tmdb.movies AS movie ON movie.tmdb_id = missing.tmdb_id
        WHERE missing.last_listed_at <= tmdb.now() - $1::interval
          AND movie.first_seen_at <= tmdb.now() - $1::interval
          AND movie.data_state = 'stub' AND movie.deleted_at IS NULL
          AND num_nonnulls(movie.title, movie.original_title, movie.popularity) > 0
        ORDER BY movie.tmdb_id LIMIT $2
    """
    # Nothing to look for as long as the exports come; adult films have one of their own.
    LISTED_STUBS = """
        SELECT movie.tmdb_id
        FROM tmdb.movies AS movie
        WHERE movie.data_state = 'stub' AND movie.deleted_at IS NULL
          AND (movie.adult IS TRUE) = ($1 = 'adult_movie')
          AND (SELECT watermark FROM tmdb.sync_state WHERE name = 'export:' || $1::text)
            > tmdb.now() - $2::interval IS NOT TRUE
          AND movie.first_seen_at <= tmdb.now() - $2::interval
          AND num_nonnulls(movie.title, movie.original_title, movie.popularity) > 0
          AND NOT EXISTS (SELECT FROM tmdb.export_missing AS missing WHERE missing.tmdb_id = movie.tmdb_id)
        ORDER BY movie.popularity DESC NULLS LAST, movie.tmdb_id LIMIT $3
    """

    async def overdue_stubs(self, batch: int) -> int:
        """Empties stubs that no list has held for too long."""
        return (
            await self._empty(await self._ids(self.MISSING_STUBS, CEILING, batch))
            or await self._empty(await self._ids(self.LISTED_STUBS, "movie", CEILING, batch))
            or await self._empty(await self._ids(self.LISTED_STUBS, "adult_movie", CEILING, batch))
        )

    async def _ids(self, query: str, *args: object) -> list[int]:
        return [row[0] for row in await self._db.fetch(query, *args)]

    # Which of TMDB's two lists holds the id is kept: adult stays.
    EMPTY = """
        UPDATE tmdb.movies AS movie
        SET title = NULL, original_title = NULL, overview = NULL, tagline = NULL, original_language = NULL,
          release_date = NULL, runtime = NULL, status = NULL, homepage = NULL, poster_path = NULL,
          backdrop_path = NULL, popularity = NULL, vote_average = NULL, vote_count = NULL, budget = NULL,
          revenue = NULL, softcore = NULL, video = NULL, collection_id = NULL, collection_name = NULL,
          origin_countries = DEFAULT, spoken_languages = DEFAULT, certifications = DEFAULT,
          videos = DEFAULT, posters = DEFAULT, watch_providers = DEFAULT, similar_ids = DEFAULT,
          recommended_ids = DEFAULT, missing_parts = DEFAULT, data_state = 'stub', content_hash = NULL,
          payload_hash = NULL, schema_version = 0, fetched_at = NULL
        FROM (
          SELECT tmdb_id, data_state = 'full' AND deleted_at IS NULL AS in_graph FROM tmdb.movies
          WHERE tmdb_id = ANY ($1::int[])
            AND (data_state = 'stub' OR deleted_at IS NOT NULL OR fetched_at <= tmdb.now() - $2::interval)
          ORDER BY tmdb_id FOR NO KEY UPDATE SKIP LOCKED
        ) AS known
        WHERE movie.tmdb_id = known.tmdb_id
        RETURNING movie.tmdb_id, known.in_graph
    """
    EMPTY_CAST = "DELETE FROM tmdb.movie_cast WHERE tmdb_movie_id = ANY ($1::int[])"
    EMPTY_CREW = "DELETE FROM tmdb.movie_crew WHERE tmdb_movie_id = ANY ($1::int[])"
    EMPTY_TRANSLATIONS = "DELETE FROM tmdb.movie_translations WHERE tmdb_id = ANY ($1::int[])"
    EMPTY_EXTERNAL_IDS = "DELETE FROM tmdb.movie_external_ids WHERE tmdb_movie_id = ANY ($1::int[])"
    EMPTY_GENRES = "DELETE FROM tmdb.movie_genres WHERE tmdb_movie_id = ANY ($1::int[])"
    EMPTY_KEYWORDS = "DELETE FROM tmdb.movie_keywords WHERE tmdb_movie_id = ANY ($1::int[])"
    EMPTY_COMPANIES = "DELETE FROM tmdb.movie_companies WHERE tmdb_movie_id = ANY ($1::int[])"
    EMPTY_COUNTRIES = "DELETE FROM tmdb.movie_countries WHERE tmdb_movie_id = ANY ($1::int[])"
    EMPTY_PAYLOADS = "DELETE FROM tmdb.raw_payloads WHERE entity_type = $1 AND tmdb_id = ANY ($2::int[])"

    async def _empty(self, tmdb_ids: Sequence[int]) -> int:
        """Leaves of films their ids, and what people gave them: ratings, pushes, imports."""
        if not tmdb_ids:
            return 0
        emptied = await self._db.fetch(self.EMPTY, tmdb_ids, CEILING)
        ids = sorted(row[0] for row in emptied)
        # A film's rows belong to whoever holds the film's own.
        for rows in (
            *(self.EMPTY_CAST, self.EMPTY_CREW, self.EMPTY_TRANSLATIONS, self.EMPTY_EXTERNAL_IDS),
            *(self.EMPTY_GENRES, self.EMPTY_KEYWORDS, self.EMPTY_COMPANIES, self.EMPTY_COUNTRIES),
        ):
            await self._db.execute(rows, ids)
        await self._db.execute(self.EMPTY_PAYLOADS, "movie", ids)
        in_graph = sorted(film for film, in_graph in emptied if in_graph)
        await Outbox(self._db).enqueue("movie", dict.fromkeys(in_graph))
        return len(ids)

    # People, series, names ------------------------------------------------------------------------

    OVERDUE_PEOPLE = """
        SELECT tmdb_id FROM tmdb.people
        WHERE data_state = 'full' AND fetched_at <= tmdb.now() - $1::interval
        ORDER BY fetched_at LIMIT $2
    """
    # Films that are not here in full have their credits from the people's own answers.
    LOCK_STUBS_OF = """
        SELECT tmdb_id FROM tmdb.movies
        WHERE data_state = 'stub' AND tmdb_id = ANY (ARRAY(
          SELECT tmdb_movie_id FROM tmdb.movie_cast WHERE tmdb_person_id = ANY ($1::int[])
          UNION SELECT tmdb_movie_id FROM tmdb.movie_crew WHERE tmdb_person_id = ANY ($1::int[])))
        ORDER BY tmdb_id FOR NO KEY UPDATE
    """
    # What films' credits tell of a person is as fresh as the films, and the next that differs rewrites it.
    EMPTY_PEOPLE = """
        UPDATE tmdb.people AS person
        SET also_known_as = DEFAULT, biography = NULL, birthday = NULL, deathday = NULL,
          place_of_birth = NULL, imdb_id = NULL, adult = NULL, data_state = 'stub', content_hash = NULL,
          fetched_at = NULL
        FROM (
          SELECT tmdb_id FROM tmdb.people
          WHERE tmdb_id = ANY ($2::int[])
            AND data_state = 'full' AND fetched_at <= tmdb.now() - $1::interval
          ORDER BY tmdb_id FOR NO KEY UPDATE SKIP LOCKED
        ) AS known
        WHERE person.tmdb_id = known.tmdb_id
        RETURNING person.tmdb_id
    """
    EMPTY_CAST_OF = """
        DELETE FROM tmdb.movie_cast WHERE tmdb_person_id = ANY ($1::int[]) AND tmdb_movie_id = ANY ($2::int[])
    """
    EMPTY_CREW_OF = """
        DELETE FROM tmdb.movie_crew WHERE tmdb_person_id = ANY ($1::int[]) AND tmdb_movie_id = ANY ($2::int[])
    """
    EMPTY_NAMES = "DELETE FROM tmdb.person_translations WHERE tmdb_id = ANY ($1::int[])"

    async def overdue_people(self, batch: int) -> int:
        """Leaves of people stored in full what films in full tell of them."""
        overdue = await self._ids(self.OVERDUE_PEOPLE, CEILING, batch)
        films = await self._ids(self.LOCK_STUBS_OF, overdue)
        ids = sorted(await self._ids(self.EMPTY_PEOPLE, CEILING, overdue))
        await self._db.execute(self.EMPTY_CAST_OF, ids, films)
        await self._db.execute(self.EMPTY_CREW_OF, ids, films)
        await self._db.execute(self.EMPTY_NAMES, ids)
        await self._db.execute(self.EMPTY_PAYLOADS, "person", ids)
        await Outbox(self._db).enqueue("person", dict.fromkeys(ids))
        return len(ids)

    DELETE_FOUND_NAMES = """
        DELETE FROM tmdb.person_translations AS found
        USING (
          SELECT tmdb_id FROM tmdb.people AS person
          WHERE data_state = 'stub' AND fetched_at <= tmdb.now() - $1::interval
            AND EXISTS (SELECT FROM tmdb.person_translations AS t WHERE t.tmdb_id = person.tmdb_id)
          ORDER BY tmdb_id LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED
        ) AS old
        WHERE found.tmdb_id = old.tmdb_id
    """

    async def found_names(self, batch: int) -> int:
        """Deletes names that a search told long ago of people who were never fetched."""
        return await self._execute(self.DELETE_FOUND_NAMES, CEILING, batch)

    UNNAMED_PEOPLE = """
        SELECT max(tmdb_id), array_agg(tmdb_id ORDER BY tmdb_id) FILTER (WHERE is_unnamed)
        FROM (
          SELECT tmdb_id, data_state = 'stub'
            AND NOT EXISTS (SELECT FROM tmdb.movie_cast AS c WHERE c.tmdb_person_id = person.tmdb_id)
            AND NOT EXISTS (SELECT FROM tmdb.movie_crew AS c WHERE c.tmdb_person_id = person.tmdb_id)
            AS is_unnamed
          FROM (SELECT tmdb_id, data_state FROM tmdb.people WHERE tmdb_id > $1 ORDER BY tmdb_id LIMIT $2)
            AS person
        ) AS page
    """
    DELETE_PEOPLE = """
        DELETE FROM tmdb.people AS person
        USING (
          SELECT tmdb_id FROM tmdb.people AS known
          WHERE tmdb_id = ANY ($1::int[]) AND data_state = 'stub'
            AND NOT EXISTS (SELECT FROM tmdb.movie_cast AS c WHERE c.tmdb_person_id = known.tmdb_id)
            AND NOT EXISTS (SELECT FROM tmdb.movie_crew AS c WHERE c.tmdb_person_id = known.tmdb_id)
          ORDER BY tmdb_id FOR UPDATE SKIP LOCKED
        ) AS unnamed
        WHERE person.tmdb_id = unnamed.tmdb_id
        RETURNING person.tmdb_id
    """

    async def unnamed_people(self, after: int, page: int) -> tuple[int | None, int]:
        """Deletes of the next people those whom no film names; the last one's id, None at the end."""
        row = await self._db.fetchrow(self.UNNAMED_PEOPLE, after, page)
        last, unnamed = row or (None, None)
        return last, len(await self._ids(self.DELETE_PEOPLE, unnamed)) if unnamed else 0

    DELETE_SERIES = """
        DELETE FROM tmdb.tv_series AS series
        USING (
          SELECT tmdb_id FROM tmdb.tv_series WHERE fetched_at <= tmdb.now() - $1::interval
          ORDER BY tmdb_id LIMIT $2 FOR UPDATE SKIP LOCKED
        ) AS overdue
        WHERE series.tmdb_id = overdue.tmdb_id
        RETURNING series.tmdb_id
    """

    async def overdue_series(self, batch: int) -> int:
        """Deletes series that could not be refreshed in time: nothing else hangs on their ids."""
        ids = sorted(await self._ids(self.DELETE_SERIES, CEILING, batch))
        await self._db.execute(self.EMPTY_PAYLOADS, "tv", ids)
        await Outbox(self._db).enqueue("tv", dict.fromkeys(ids))
        return len(ids)

    DELETE_KEYWORDS = """
        DELETE FROM tmdb.keywords AS keyword
        USING (
          SELECT tmdb_id FROM tmdb.keywords AS known
          WHERE NOT EXISTS (SELECT FROM tmdb.movie_keywords AS k WHERE k.tmdb_keyword_id = known.tmdb_id)
          ORDER BY tmdb_id LIMIT $1 FOR UPDATE SKIP LOCKED
        ) AS unnamed
        WHERE keyword.tmdb_id = unnamed.tmdb_id
        RETURNING keyword.tmdb_id
    """
    DELETE_COMPANIES = """
        DELETE FROM tmdb.companies AS company
        USING (
          SELECT tmdb_id FROM tmdb.companies AS known
          WHERE NOT EXISTS (SELECT FROM tmdb.movie_companies AS c WHERE c.tmdb_company_id = known.tmdb_id)
          ORDER BY tmdb_id LIMIT $1 FOR UPDATE SKIP LOCKED
        ) AS unnamed
        WHERE company.tmdb_id = unnamed.tmdb_id
        RETURNING company.tmdb_id
    """

    async def unnamed_names(self, batch: int) -> int:
        """Deletes keywords and companies that no film names."""
        keywords = await self._ids(self.DELETE_KEYWORDS, batch)
        return len(keywords) or len(await self._ids(self.DELETE_COMPANIES, batch))

    # Raw payloads ---------------------------------------------------------------------------------

    DELETE_PAYLOADS = """
        DELETE FROM tmdb.raw_payloads AS payload
        USING (
          SELECT entity_type, tmdb_id, language, payload_hash FROM tmdb.raw_payloads
          WHERE fetched_at <= tmdb.now() - $1::interval
          ORDER BY fetched_at LIMIT $2 FOR UPDATE SKIP LOCKED
        ) AS old
        WHERE (payload.entity_type, payload.tmdb_id, payload.language, payload.payload_hash)
          = (old.entity_type, old.tmdb_id, old.language, old.payload_hash)
    """

    async def old_payloads(self, kept: timedelta, batch: int) -> int:
        """Deletes TMDB's answers as they came."""
        return await self._execute(self.DELETE_PAYLOADS, kept, batch)

    async def _execute(self, statement: str, *args: object) -> int:
        tag = await self._db.execute(statement, *args)
        return int(tag.rpartition(" ")[2])

    # Posters --------------------------------------------------------------------------------------

    # What was wanted today may be of a film that is being stored now.
    POSTER_PAGE = """
        WITH page AS MATERIALIZED (
          SELECT bot_id, poster_path, tmdb_movie_id, tmdb_person_id, tmdb_series_id, channel_id, message_id,
            wanted_at <= tmdb.now() - interval '1 day'
              AND (lease_until > tmdb.now()) IS NOT TRUE AS is_free
          FROM tmdb.posters
          WHERE (bot_id, poster_path) > ($1, $2)
          ORDER BY bot_id, poster_path LIMIT $3
        ), looked_at AS (
          SELECT page.bot_id, page.poster_path, page.channel_id, page.message_id,
            page.is_free AND coalesce(film.tmdb_id, person.tmdb_id, series.tmdb_id) IS NULL AS is_unnamed,
            lead(1) OVER (ORDER BY page.bot_id, page.poster_path) IS NULL AS is_last
          FROM page
          LEFT JOIN tmdb.movies AS film ON film.tmdb_id = page.tmdb_movie_id
            AND film.data_state = 'full' AND film.deleted_at IS NULL
            AND film.fetched_at > tmdb.now() - $4::interval
            AND (film.poster_path = page.poster_path OR EXISTS (
              SELECT FROM jsonb_each_text(film.posters) AS best WHERE best.value = page.poster_path))
          LEFT JOIN tmdb.people AS person ON person.tmdb_id = page.tmdb_person_id
            AND person.profile_path = page.poster_path
          LEFT JOIN tmdb.tv_series AS series ON series.tmdb_id = page.tmdb_series_id
            AND series.poster_path = page.poster_path
        )
        SELECT bot_id, poster_path, channel_id, message_id, is_unnamed FROM looked_at
        WHERE is_unnamed OR is_last
        ORDER BY bot_id, poster_path
    """

    async def posters(self, after: PosterKey | None, page: int) -> PosterPage:
        """The next posters that their own owner does not name; another may, which `named_posters` tells."""
        bot_id, poster_path = after or (0, "")
        rows = await self._db.fetch(self.POSTER_PAGE, bot_id, poster_path, page, CEILING)
        return PosterPage(
            PosterKey(*rows[-1][:2]) if rows else None,
            [UnnamedPoster(PosterKey(*row[:2]), *row[2:4]) for row in rows if row["is_unnamed"]],
        )

    # One pass over them all, for thousands of posters: an index on all their posters would cost more.
    NAMED_POSTERS = """
        SELECT DISTINCT named.path
        FROM unnest($1::text[]) AS asked (path)
        JOIN (
          SELECT person.profile_path AS path FROM tmdb.people AS person
          UNION ALL
          SELECT series.poster_path FROM tmdb.tv_series AS series
          UNION ALL
          SELECT poster.path FROM tmdb.movies AS film
          CROSS JOIN LATERAL (
            SELECT film.poster_path AS path
            UNION ALL
            SELECT best.value FROM jsonb_each_text(film.posters) AS best
          ) AS poster
          WHERE film.data_state = 'full' AND film.deleted_at IS NULL
            AND film.fetched_at > tmdb.now() - $2::interval
        ) AS named ON named.path = asked.path
    """

    async def named_posters(self, poster_paths: Sequence[str]) -> set[str]:
        """Those of the posters that any fresh film, any person or any series names."""
        return {row[0] for row in await self._db.fetch(self.NAMED_POSTERS, poster_paths, CEILING)}

    DELETE_POSTERS = """
        DELETE FROM tmdb.posters AS poster
        USING (
          SELECT known.bot_id, known.poster_path
          FROM unnest($1::bigint[], $2::text[]) AS unnamed (bot_id, poster_path)
          JOIN tmdb.posters AS known
            ON known.bot_id = unnamed.bot_id AND known.poster_path = unnamed.poster_path
          WHERE known.wanted_at <= tmdb.now() - interval '1 day'
            AND (known.lease_until > tmdb.now()) IS NOT TRUE
          ORDER BY known.bot_id, known.poster_path FOR UPDATE OF known SKIP LOCKED
        ) AS free
        WHERE poster.bot_id = free.bot_id AND poster.poster_path = free.poster_path
    """

    async def delete_posters(self, keys: Sequence[PosterKey]) -> int:
        """Forgets posters and their file_ids, but for those that somebody works on."""
        return await self._execute(self.DELETE_POSTERS, *columns(2, keys))

    # Logs ------------------------------------------------------------------------------------------

    DELETE_RUNS = """
        DELETE FROM tmdb.sync_runs AS run
        USING (
          SELECT id FROM tmdb.sync_runs WHERE finished_at <= tmdb.now() - $1::interval
          ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
        ) AS old
        WHERE run.id = old.id
    """

    async def old_runs(self, kept: timedelta, batch: int) -> int:
        """Deletes runs with their failures."""
        return await self._execute(self.DELETE_RUNS, kept, batch)

    # A log that is kept for longer than TMDB's facts keeps the ids only.
    UNTITLE_RUNS = """
        WITH old AS (
          SELECT id FROM tmdb.sync_runs AS run
          WHERE finished_at <= tmdb.now() - $1::interval AND (samples <> '{}' OR EXISTS (
            SELECT FROM tmdb.sync_run_failures AS failure
            WHERE failure.run_id = run.id AND failure.title IS NOT NULL))
          ORDER BY id LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED
        ), failures AS (
          UPDATE tmdb.sync_run_failures AS failure SET title = NULL
          FROM old WHERE failure.run_id = old.id AND failure.title IS NOT NULL
        )
        UPDATE tmdb.sync_runs AS run SET samples = '{}' FROM old WHERE run.id = old.id
    """

    async def titled_runs(self, batch: int) -> int:
        """Takes the films' titles out of runs that are older than what TMDB lets us keep."""
        return await self._execute(self.UNTITLE_RUNS, CEILING, batch)

    DELETE_REQUESTS = """
        DELETE FROM tmdb.api_requests
        WHERE minute < least(tmdb.now() - $1::interval,
          (SELECT min(minute) FROM tmdb.api_requests) + interval '1 day')
    """

    async def old_requests(self, kept: timedelta) -> int:
        """Deletes a day's calls to foreign hosts."""
        return await self._execute(self.DELETE_REQUESTS, kept)

    DELETE_ALERTS = """
        DELETE FROM tmdb.alerts AS alert
        USING (
          SELECT id FROM tmdb.alerts WHERE cleared_at <= tmdb.now() - $1::interval
          ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
        ) AS old
        WHERE alert.id = old.id
    """

    async def old_alerts(self, kept: timedelta, batch: int) -> int:
        """Deletes alerts that ended, with their deliveries."""
        return await self._execute(self.DELETE_ALERTS, kept, batch)

    DELETE_SEARCHES = """
        DELETE FROM tmdb.enrichment_requests AS search
        USING (
          SELECT id FROM tmdb.enrichment_requests WHERE created_at <= tmdb.now() - $1::interval
          ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED
        ) AS old
        WHERE search.id = old.id
    """

    async def old_searches(self, kept: timedelta, batch: int) -> int:
        """Deletes searches that went on to TMDB, with its answers."""
        return await self._execute(self.DELETE_SEARCHES, min(kept, CEILING), batch)

    DELETE_IMPORT_ITEMS = """
        DELETE FROM tmdb.import_items AS item
        USING (
          SELECT id FROM tmdb.imports AS import
          WHERE finished_at <= tmdb.now() - $1::interval
            AND EXISTS (SELECT FROM tmdb.import_items AS listed WHERE listed.import_id = import.id)
          ORDER BY id LIMIT $2
        ) AS old
        WHERE item.import_id = old.id
    """

    async def old_import_items(self, kept: timedelta, imports: int) -> int:
        """Deletes what pages of old imports said; the imports themselves stay."""
        return await self._execute(self.DELETE_IMPORT_ITEMS, min(kept, CEILING), imports)

    DELETE_SENT = """
        DELETE FROM tmdb.neo4j_etl_outbox WHERE id = ANY (ARRAY(
          SELECT id FROM tmdb.neo4j_etl_outbox WHERE processed_at <= tmdb.now() - $1::interval
          ORDER BY processed_at LIMIT $2 FOR UPDATE SKIP LOCKED
        ))
    """

    async def sent_outbox(self, batch: int) -> int:
        """Deletes changes that the graph has."""
        return await self._execute(self.DELETE_SENT, OUTBOX_KEPT, batch)

    DELETE_SILENT = "DELETE FROM tmdb.heartbeats WHERE beat_at <= tmdb.now() - $1::interval"

    async def silent_heartbeats(self) -> int:
        """Forgets processes that died long ago."""
        return await self._execute(self.DELETE_SILENT, SILENT_KEPT)
