"""Films: stored whole from TMDB's answers, and as stubs from its lists."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple, Self

from core.movies import Movie, MovieListItem, WatchProvider, WatchRegion, content_hash
from core.payloads import canonical_json, payload_hash
from db.arrays import columns
from db.credits import Credits
from db.movie_details import MovieDetails
from db.outbox import Outbox
from db.people import People
from db.pool import Executor
from db.raw_payloads import RawPayload, RawPayloads
from db.tallies import Tallies

# Raised when this code reads more or otherwise out of a payload: films read by older code are due again.
SCHEMA_VERSION = 1

# What every film at TMDB has, beside the parts of one answer: without it somebody should look.
REQUIRED = ("title", "original_title", "original_language")


@dataclass(frozen=True, slots=True)
class FetchedMovie:
    """One answer of TMDB about a film, ready to be stored; `age` is how long ago TMDB was asked."""

    movie: Movie
    payload: bytes
    payload_hash: str
    content_hash: str
    age: timedelta

    @classmethod
    def read(cls, movie: Movie, raw: Any, age_seconds: float) -> Self:
        """The film with its canonical payload and both hashes."""
        payload = canonical_json(raw)
        return cls(
            movie,
            payload,
            payload_hash(payload),
            content_hash(movie),
            timedelta(seconds=age_seconds),
        )


class StoredMovies(NamedTuple):
    """What storing a batch did, by film id."""

    added: tuple[int, ...]  # unknown before
    changed: tuple[int, ...]  # a stub before, or of other content
    unchanged: tuple[int, ...]  # votes and the like refreshed
    outdated: tuple[int, ...]  # a newer answer is stored already


class MovieState(NamedTuple):
    """How much of a film is here."""

    full: bool
    age: timedelta  # since TMDB told of it
    deleted: bool
    original_language: str | None


class Movies:
    """Rows of tmdb.movies and all that hangs on them."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    KNOWN = "SELECT tmdb_id FROM tmdb.movies WHERE tmdb_id = ANY ($1::int[])"

    ADD = """
        INSERT INTO tmdb.movies (
          tmdb_id, title, original_title, overview, tagline, original_language, release_date, runtime, status,
          homepage, poster_path, backdrop_path, popularity, vote_average, vote_count, budget, revenue, adult,
          softcore, video, collection_id, collection_name, origin_countries, spoken_languages, certifications,
          videos, posters, watch_providers, similar_ids, recommended_ids, missing_parts, data_state,
          content_hash, payload_hash, schema_version, fetched_at, last_seen_at)
        SELECT
          tmdb_id, title, original_title, overview, tagline, original_language, release_date, runtime, status,
          homepage, poster_path, backdrop_path, popularity, vote_average, vote_count, budget, revenue, adult,
          softcore, video, collection_id, collection_name, origin_countries, spoken_languages,
          coalesce(certifications, '{}'),
          coalesce(videos, '[]'), coalesce(posters, '{}'), coalesce(watch_providers, '{}'),
          coalesce(similar_ids, '{}'), coalesce(recommended_ids, '{}'), missing_parts, 'full', content_hash,
          payload_hash, $3, tmdb.now() - age, tmdb.now() - age
        FROM unnest($1::jsonb[], $2::interval[]) AS given (film, age)
        CROSS JOIN jsonb_populate_record(NULL::tmdb.movies, film)
        ORDER BY tmdb_id
        ON CONFLICT (tmdb_id) DO NOTHING
        RETURNING tmdb_id
    """
    # An answer from more than an hour ahead, longer than a transaction lasts, was stored by a clock that has
    # jumped back since: any other is newer.
    LOCK = """
        SELECT movie.tmdb_id, movie.content_hash, movie.deleted_at IS NOT NULL, movie.schema_version,
          (movie.fetched_at > tmdb.now() - asked.age AND movie.fetched_at < tmdb.now() + interval '1 hour')
            IS NOT TRUE,
          movie.data_state = 'stub'
        FROM unnest($1::int[], $2::interval[]) AS asked (tmdb_id, age)
        JOIN tmdb.movies AS movie ON movie.tmdb_id = asked.tmdb_id
        ORDER BY movie.tmdb_id FOR NO KEY UPDATE OF movie
    """
    CHANGE = """
        UPDATE tmdb.movies AS movie
        SET title = coalesce(fresh.title, movie.title),
          original_title = coalesce(fresh.original_title, movie.original_title), overview = fresh.overview,
          tagline = fresh.tagline,
          original_language = coalesce(fresh.original_language, movie.original_language),
          release_date = fresh.release_date, runtime = fresh.runtime, status = fresh.status,
          homepage = fresh.homepage, poster_path = fresh.poster_path, backdrop_path = fresh.backdrop_path,
          popularity = coalesce(fresh.popularity, movie.popularity), vote_average = fresh.vote_average,
          vote_count = fresh.vote_count, budget = fresh.budget, revenue = fresh.revenue, adult = fresh.adult,
          softcore = fresh.softcore, video = fresh.video, collection_id = fresh.collection_id,
          collection_name = fresh.collection_name, origin_countries = fresh.origin_countries,
          spoken_languages = fresh.spoken_languages,
          certifications = coalesce(fresh.certifications, movie.certifications),
          videos = coalesce(fresh.videos, movie.videos), posters = coalesce(fresh.posters, movie.posters),
          watch_providers = coalesce(fresh.watch_providers, movie.watch_providers),
          similar_ids = coalesce(fresh.similar_ids, movie.similar_ids),
          recommended_ids = coalesce(fresh.recommended_ids, movie.recommended_ids),
          missing_parts = fresh.missing_parts, data_state = 'full', content_hash = fresh.content_hash,
          payload_hash = fresh.payload_hash, schema_version = $3, fetched_at = tmdb.now() - given.age,
          deleted_at = NULL
        FROM unnest($1::jsonb[], $2::interval[]) AS given (film, age)
        CROSS JOIN jsonb_populate_record(NULL::tmdb.movies, film) AS fresh
        WHERE movie.tmdb_id = fresh.tmdb_id
    """
    REFRESH = """
        UPDATE tmdb.movies AS movie
        SET popularity = coalesce(fresh.popularity, movie.popularity), vote_average = fresh.vote_average,
          vote_count = fresh.vote_count, posters = coalesce(fresh.posters, movie.posters),
          watch_providers = coalesce(fresh.watch_providers, movie.watch_providers),
          similar_ids = coalesce(fresh.similar_ids, movie.similar_ids),
          recommended_ids = coalesce(fresh.recommended_ids, movie.recommended_ids),
          missing_parts = fresh.missing_parts, payload_hash = fresh.payload_hash,
          fetched_at = tmdb.now() - given.age, deleted_at = NULL
        FROM unnest($1::jsonb[], $2::interval[]) AS given (film, age)
        CROSS JOIN jsonb_populate_record(NULL::tmdb.movies, film) AS fresh
        WHERE movie.tmdb_id = fresh.tmdb_id
    """

    async def store(
        self, batch: Iterable[FetchedMovie], *, raw_payload_history: int, language: str
    ) -> StoredMovies:
        """Stores a batch of answers; to be called in a transaction, which is then all or nothing.

        Every writer takes the tables in this order and each table by its key, so none waits for another
        in a circle: movies, people, genres, keywords, companies, credits, the films' other rows,
        raw_payloads, neo4j_etl_outbox. A film's rows are written by whoever holds the film's own row.
        """
        newest: dict[int, FetchedMovie] = {}
        for fetched in sorted(batch, key=lambda fetched: (fetched.movie.id, -fetched.age)):
            newest[fetched.movie.id] = fetched
        if not newest:
            return StoredMovies((), (), (), ())
        known = {row[0] for row in await self._db.fetch(self.KNOWN, list(newest))}
        unknown = [fetched for film, fetched in newest.items() if film not in known]
        added: set[int] = set()
        if unknown:
            # One that somebody else added meanwhile is waited for, and is then among the known ones.
            added = {row[0] for row in await self._db.fetch(self.ADD, *_rows(unknown), SCHEMA_VERSION)}
        rest = [fetched for film, fetched in newest.items() if film not in added]
        changed: list[FetchedMovie] = []
        unchanged: list[FetchedMovie] = []
        outdated: list[int] = []
        for_graph: dict[int, str | None] = {film: newest[film].content_hash for film in sorted(added)}
        stored = await self._db.fetch(
            self.LOCK, [fetched.movie.id for fetched in rest], [fetched.age for fetched in rest]
        )
        filled = len(added)
        for film, stored_hash, deleted, schema_version, is_newer, was_stub in stored:
            fetched = newest[film]
            if not is_newer:
                outdated.append(film)
                continue
            filled += was_stub
            if deleted or stored_hash != fetched.content_hash:
                for_graph[film] = fetched.content_hash
            same = stored_hash == fetched.content_hash and schema_version == SCHEMA_VERSION
            (unchanged if same else changed).append(fetched)
        if changed:
            await self._db.execute(self.CHANGE, *_rows(changed), SCHEMA_VERSION)
        if unchanged:
            await self._db.execute(self.REFRESH, *_rows(unchanged))
        written = [newest[film] for film in sorted(added)] + changed
        await self._store_people(written + unchanged)
        await self._store_rows([fetched.movie for fetched in written])
        await self._store_payloads(written + unchanged, language)
        await RawPayloads(self._db).trim(
            "movie", [fetched.movie.id for fetched in changed + unchanged], raw_payload_history
        )
        await Outbox(self._db).enqueue("movie", for_graph)
        happened = {"films.filled": filled, "films.stored": len(written) + len(unchanged)}
        await Tallies(self._db).add({name: number for name, number in happened.items() if number})
        return StoredMovies(
            tuple(sorted(added)),
            tuple(fetched.movie.id for fetched in changed),
            tuple(fetched.movie.id for fetched in unchanged),
            tuple(outdated),
        )

    async def _store_people(self, fetched: Sequence[FetchedMovie]) -> None:
        # The newest answer of the batch has the last word on a person whom several credit.
        people = {
            credit.person.id: (credit.person, one.age)
            for one in sorted(fetched, key=lambda one: one.age, reverse=True)
            for credits in (one.movie.crew, one.movie.cast)
            for credit in credits
        }
        await People(self._db).credit(list(people.values()))

    async def _store_rows(self, movies: Sequence[Movie]) -> None:
        if not movies:
            return
        details = MovieDetails(self._db)
        await details.name(movies)
        await Credits(self._db).replace([movie for movie in movies if "credits" not in movie.missing])
        await details.replace(movies)

    async def _store_payloads(self, fetched: Sequence[FetchedMovie], language: str) -> None:
        payloads = (
            RawPayload(one.movie.id, one.payload, one.payload_hash, one.content_hash, one.age)
            for one in fetched
        )
        await RawPayloads(self._db).store("movie", language, list(payloads))

    STUBS = """
        WITH listed AS MATERIALIZED (
          SELECT * FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::date[], $6::text[],
            $7::float8[], $8::float8[], $9::int[], $10::bool[], $11::bool[])
            AS given (tmdb_id, title, original_title, original_language, release_date, poster_path,
              popularity, vote_average, vote_count, adult, softcore)
        ), added AS (
          INSERT INTO tmdb.movies (tmdb_id, title, original_title, original_language, release_date,
            poster_path, popularity, vote_average, vote_count, adult, softcore)
          SELECT tmdb_id, CASE WHEN $12::text IS NULL THEN title END, original_title, original_language,
            release_date, poster_path, popularity, vote_average, vote_count, adult, softcore
          FROM listed
          WHERE NOT EXISTS (SELECT FROM tmdb.movies AS known WHERE known.tmdb_id = listed.tmdb_id)
          ORDER BY tmdb_id
          ON CONFLICT (tmdb_id) DO NOTHING
          RETURNING tmdb_id
        ), translated AS (
          INSERT INTO tmdb.movie_translations (tmdb_id, iso_639_1, iso_3166_1, title)
          SELECT listed.tmdb_id, $12, '', listed.title FROM added JOIN listed USING (tmdb_id)
          WHERE $12 IS NOT NULL AND listed.title IS NOT NULL
          ORDER BY listed.tmdb_id
        )
        SELECT tmdb_id FROM added
    """

    async def stubs(self, films: Iterable[MovieListItem], *, language: str | None = None) -> list[int]:
        """Adds the films nobody knew, as far as a list tells of them, and returns their ids.

        `language` (ISO 639-1) is the language the list's titles are in, None for CATALOGUE_LANGUAGE's:
        other titles are kept as a translation until the whole film is stored.
        """
        listed = {film.id: film for film in films}
        if not listed:
            return []
        rows = (
            (
                film.id,
                film.title,
                film.original_title,
                film.original_language,
                film.release_date,
                film.poster_path,
                film.popularity,
                film.vote_average,
                film.vote_count,
                film.adult,
                film.softcore,
            )
            for film in listed.values()
        )
        return [row[0] for row in await self._db.fetch(self.STUBS, *columns(11, rows), language)]

    # A stub is as old as the last export that held it, or the list that told of it since; one that was
    # emptied to its id waits for somebody to tell.
    STATES = """
        SELECT movie.tmdb_id, movie.data_state = 'full',
          tmdb.now() - CASE
            WHEN movie.data_state = 'full' THEN movie.fetched_at
            WHEN num_nonnulls(movie.title, movie.original_title) = 0 THEN movie.first_seen_at
            ELSE greatest(movie.first_seen_at, coalesce(missing.last_listed_at, load.watermark)) END,
          movie.deleted_at IS NOT NULL, movie.original_language
        FROM tmdb.movies AS movie
        LEFT JOIN tmdb.export_missing AS missing ON missing.tmdb_id = movie.tmdb_id
        LEFT JOIN tmdb.sync_state AS load
          ON load.name = CASE WHEN movie.adult THEN 'export:adult_movie' ELSE 'export:movie' END
        WHERE movie.tmdb_id = ANY ($1::int[])
    """

    async def states(self, tmdb_ids: Sequence[int]) -> dict[int, MovieState]:
        """How much of each film is here; unknown ids are left out."""
        return {row[0]: MovieState(*row[1:]) for row in await self._db.fetch(self.STATES, tmdb_ids)}

    DELETE = """
        UPDATE tmdb.movies AS movie SET deleted_at = tmdb.now()
        FROM (
          SELECT tmdb_id FROM tmdb.movies
          WHERE tmdb_id = ANY ($1::int[]) AND deleted_at IS NULL
            AND (fetched_at > tmdb.now() - $2::interval AND fetched_at < tmdb.now() + interval '1 hour')
              IS NOT TRUE
          ORDER BY tmdb_id FOR NO KEY UPDATE
        ) AS gone
        WHERE movie.tmdb_id = gone.tmdb_id
        RETURNING movie.tmdb_id, movie.data_state
    """

    async def delete(self, tmdb_ids: Sequence[int], age: timedelta = timedelta(0)) -> None:
        """Marks films that TMDB itself said are gone, `age` ago; in a transaction.

        A film that TMDB has told of since stays; storing one again brings it back.
        """
        gone = await self._db.fetch(self.DELETE, tmdb_ids, age)
        # The graph never heard of a stub.
        await Outbox(self._db).enqueue("movie", {film: None for film, state in gone if state == "full"})


def _rows(fetched: Sequence[FetchedMovie]) -> tuple[list[dict[str, Any]], list[timedelta]]:
    return [_row(one) for one in fetched], [one.age for one in fetched]


def _row(fetched: FetchedMovie) -> dict[str, Any]:
    """A film as a row of tmdb.movies; None where the answer lacked the part it would stand in."""
    movie = fetched.movie
    collection = movie.belongs_to_collection

    def told(part: str, value: Any) -> Any:
        return None if part in movie.missing else value

    return {
        "tmdb_id": movie.id,
        "title": movie.title,
        "original_title": movie.original_title,
        "overview": movie.overview,
        "tagline": movie.tagline,
        "original_language": movie.original_language,
        "release_date": movie.release_date,
        "runtime": movie.runtime,
        "status": movie.status,
        "homepage": movie.homepage,
        "poster_path": movie.poster_path,
        "backdrop_path": movie.backdrop_path,
        "popularity": movie.popularity,
        "vote_average": movie.vote_average,
        "vote_count": movie.vote_count,
        "budget": movie.budget,
        "revenue": movie.revenue,
        "adult": movie.adult,
        "softcore": movie.softcore,
        "video": movie.video,
        "collection_id": collection and collection.id,
        "collection_name": collection and collection.name,
        "origin_countries": movie.origin_country,
        "spoken_languages": [language.iso_639_1 for language in movie.spoken_languages],
        "certifications": told(
            "release_dates", {row.iso_3166_1: row.certification for row in movie.certifications}
        ),
        "videos": told(
            "videos",
            [
                {
                    "key": video.key,
                    "site": video.site,
                    "type": video.type,
                    "name": video.name,
                    "iso_639_1": video.iso_639_1,
                    "official": video.official,
                }
                for video in movie.videos
            ],
        ),
        "posters": told(
            "images", {poster.iso_639_1 or "": poster.file_path for poster in movie.best_posters}
        ),
        "watch_providers": told("watch/providers", dict(map(_watch_region, movie.watch_regions))),
        "similar_ids": told("similar", movie.similar),
        "recommended_ids": told("recommendations", movie.recommendations),
        "missing_parts": [
            *movie.missing,
            *(field for field in REQUIRED if getattr(movie, field) is None),
        ],
        "content_hash": fetched.content_hash,
        "payload_hash": fetched.payload_hash,
    }


def _watch_region(region: WatchRegion) -> tuple[str, dict[str, Any]]:
    offers: dict[str, Any] = {"link": region.link}
    for provider in sorted(region.providers, key=_display_priority):
        if provider.provider_name is not None:
            offers.setdefault(provider.type, []).append(provider.provider_name)
    return region.iso_3166_1, offers


def _display_priority(provider: WatchProvider) -> tuple[bool, int, int]:
    priority = provider.display_priority
    return priority is None, priority or 0, provider.provider_id
