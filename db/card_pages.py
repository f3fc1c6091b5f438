"""What the pages of a film's card show: each in one statement, from what is stored."""

from typing import Any

from core.card_pages import Credit, Credits, Details, Film, Neighbours, Offers, Posters, Video, Videos
from core.cards import CardPoster
from db.cards import read_watching
from db.pool import Executor
from db.users import read_reader

CREDITS_A_PAGE = 8


class CardPages:
    """Pages for the readers of one bot; None where the film may not be shown to them, or not any more.

    $1 is the film, $2 the reader, $3 the language Telegram tells, $4 whether others see the screen too,
    $5 the catalogue's language.
    """

    def __init__(self, db: Executor, *, bot_id: int, catalogue_language: str) -> None:
        self._db = db
        self._bot_id = bot_id
        self._catalogue_language = catalogue_language.partition("-")[0]

    # Keywords and companies have no order of TMDB's; those of many films say more about this one.
    DETAILS = """
        SELECT reader.*, m.tmdb_id, m.year,
          tmdb.film_title(m.tmdb_id, m.title, m.original_title, m.original_language, $5, reader.film_language,
            reader.region) AS title,
          CASE reader.film_language WHEN $5 THEN m.tagline ELSE translation.tagline END AS tagline,
          coalesce(translation.overview, m.overview) AS overview,
          m.original_language, m.release_date, m.status, m.budget, m.revenue,
          ARRAY(
            SELECT company.name FROM tmdb.movie_companies AS made
            JOIN tmdb.companies AS company ON company.tmdb_id = made.tmdb_company_id
            WHERE made.tmdb_movie_id = m.tmdb_id
            ORDER BY company.logo_path IS NULL, company.tmdb_id
            LIMIT 4
          ) AS companies,
          ARRAY(
            SELECT keyword.name FROM tmdb.movie_keywords AS told
            JOIN tmdb.keywords AS keyword ON keyword.tmdb_id = told.tmdb_keyword_id
            WHERE told.tmdb_movie_id = m.tmdb_id
            ORDER BY keyword.tmdb_id
            LIMIT 10
          ) AS keywords,
          coalesce(translation.homepage, m.homepage) AS homepage,
          (
            SELECT count(*)::int FROM jsonb_path_query(
              m.videos, '$[*] ? (@.site == "YouTube" && (@.type == "Trailer" || @.type == "Teaser"))')
          ) AS trailers,
          (
            SELECT count(DISTINCT path)::int
            FROM (SELECT value AS path FROM jsonb_each_text(m.posters) UNION ALL SELECT m.poster_path) AS each
          ) AS posters,
          m.collection_id,
          (
            SELECT count(*)::int FROM tmdb.movies AS part
            WHERE part.collection_id = m.collection_id
              AND tmdb.may_be_shown(part.tmdb_id, part.data_state, part.fetched_at, part.first_seen_at,
                part.deleted_at, part.adult, part.softcore, reader.adult)
          ) AS collection_films
        FROM tmdb.movies AS m
        CROSS JOIN tmdb.reader($2, $3, $4) AS reader
        CROSS JOIN LATERAL (
          SELECT
            (array_agg(variant.overview ORDER BY variant.rank)
              FILTER (WHERE variant.overview IS NOT NULL))[1] AS overview,
            (array_agg(variant.tagline ORDER BY variant.rank)
              FILTER (WHERE variant.tagline IS NOT NULL))[1] AS tagline,
            (array_agg(variant.homepage ORDER BY variant.rank)
              FILTER (WHERE variant.homepage IS NOT NULL))[1] AS homepage
          FROM (
            SELECT t.overview, t.tagline, t.homepage,
              row_number() OVER (
                ORDER BY
                  t.iso_3166_1 <> reader.region,
                  array_position('{CN,SG,TW,HK,RU,US,GB}', t.iso_3166_1),
                  t.iso_3166_1
              ) AS rank
            FROM tmdb.movie_translations AS t
            WHERE t.tmdb_id = m.tmdb_id AND t.iso_639_1 = reader.film_language
          ) AS variant
        ) AS translation
        WHERE m.tmdb_id = $1 AND m.data_state = 'full'
          AND tmdb.may_be_shown(m.tmdb_id, m.data_state, m.fetched_at, m.first_seen_at, m.deleted_at, m.adult,
            m.softcore, reader.adult)
    """

    async def details(self, movie_id: int, user_id: int, language: str, *, is_shared: bool) -> Details | None:
        """What a card has no room for."""
        row = await self._row(self.DETAILS, movie_id, user_id, language, is_shared)
        return row and Details(
            film=_film(row),
            tagline=row["tagline"],
            overview=row["overview"],
            original_language=row["original_language"],
            release_date=row["release_date"],
            status=row["status"],
            budget=row["budget"],
            revenue=row["revenue"],
            companies=row["companies"],
            keywords=row["keywords"],
            homepage=row["homepage"],
            trailers=row["trailers"],
            posters=row["posters"],
            collection_id=row["collection_id"],
            collection_films=row["collection_films"],
        )

    # A person stands once, with all their characters. $6 is the page; one past the last is the last.
    CAST = """
        WITH credited AS (
          SELECT c.tmdb_person_id, min(c.cast_order) AS place,
            array_agg(c.character ORDER BY c.cast_order) FILTER (WHERE c.character IS NOT NULL) AS roles
          FROM tmdb.movie_cast AS c
          WHERE c.tmdb_movie_id = $1
          GROUP BY c.tmdb_person_id
        ), counted AS (
          SELECT count(*)::int AS total, greatest(least($6, ceil(count(*) / $7::float8)::int), 1) AS page
          FROM credited
        ), shown AS (
          SELECT * FROM credited
          ORDER BY place, tmdb_person_id
          OFFSET (SELECT (page - 1) * $7 FROM counted)
          LIMIT $7
        )
        SELECT reader.*, m.tmdb_id, m.year,
          tmdb.film_title(m.tmdb_id, m.title, m.original_title, m.original_language, $5, reader.film_language,
            reader.region) AS title,
          counted.total, counted.page,
          EXISTS (SELECT FROM tmdb.movie_crew AS c WHERE c.tmdb_movie_id = m.tmdb_id) AS has_other,
          shown.tmdb_person_id, coalesce(translated.name, p.name, p.original_name) AS name, shown.roles,
          NULL::text AS department
        FROM tmdb.movies AS m
        CROSS JOIN tmdb.reader($2, $3, $4) AS reader
        CROSS JOIN counted
        LEFT JOIN shown ON true
        LEFT JOIN tmdb.people AS p ON p.tmdb_id = shown.tmdb_person_id
        LEFT JOIN LATERAL (
          SELECT t.name FROM tmdb.person_translations AS t
          WHERE t.tmdb_id = p.tmdb_id AND t.iso_639_1 = reader.film_language AND t.name IS NOT NULL
          ORDER BY t.iso_3166_1 <> reader.region,
            array_position('{CN,SG,TW,HK,RU,US,GB}', t.iso_3166_1), t.iso_3166_1
          LIMIT 1
        ) AS translated ON reader.film_language <> $5
        WHERE m.tmdb_id = $1 AND m.data_state = 'full'
          AND tmdb.may_be_shown(m.tmdb_id, m.data_state, m.fetched_at, m.first_seen_at, m.deleted_at, m.adult,
            m.softcore, reader.adult)
        ORDER BY shown.place, shown.tmdb_person_id
    """

    async def cast(
        self, movie_id: int, user_id: int, language: str, page: int, *, is_shared: bool
    ) -> Credits | None:
        """A page of those who play, in the order of billing."""
        rows = await self._rows(self.CAST, movie_id, user_id, language, is_shared, page, CREDITS_A_PAGE)
        return _credits(rows)

    # A person stands once, in the section of the most telling of their jobs, with all their jobs in that
    # order. Directors come first, also before the rest of their department, then who wrote, then TMDB's
    # departments as a film's own credits go.
    CREW = """
        WITH credited AS (
          SELECT c.tmdb_person_id, c.job, c.credit_id, part.department,
            1000 * coalesce(array_position('{Director,Writing,Production,Camera,Editing,Sound,Art,
              Costume & Make-Up,Visual Effects,Lighting,Directing,Actors,Crew}', part.department), 99)
            + coalesce(array_position('{Director,Screenplay,Writer,Story,Novel,Book,Characters,Producer,
              Executive Producer,Director of Photography,Editor,Original Music Composer,Production Design,
              Costume Design,Visual Effects Supervisor,Casting}', c.job), 999) AS place
          FROM tmdb.movie_crew AS c
          CROSS JOIN LATERAL (
            SELECT CASE WHEN c.job IN ('Director', 'Co-Director') THEN 'Director' ELSE c.department END
              AS department
          ) AS part
          WHERE c.tmdb_movie_id = $1
        ), person AS (
          SELECT tmdb_person_id, min(place) AS place,
            (array_agg(credit_id ORDER BY place, credit_id))[1] AS credit_id,
            array_agg(job ORDER BY place, job) FILTER (WHERE job IS NOT NULL) AS roles,
            (array_agg(department ORDER BY place, job))[1] AS department
          FROM credited
          GROUP BY tmdb_person_id
        ), counted AS (
          SELECT count(*)::int AS total, greatest(least($6, ceil(count(*) / $7::float8)::int), 1) AS page
          FROM person
        ), shown AS (
          SELECT * FROM person
          ORDER BY place, roles[1], credit_id
          OFFSET (SELECT (page - 1) * $7 FROM counted)
          LIMIT $7
        )
        SELECT reader.*, m.tmdb_id, m.year,
          tmdb.film_title(m.tmdb_id, m.title, m.original_title, m.original_language, $5, reader.film_language,
            reader.region) AS title,
          counted.total, counted.page,
          EXISTS (SELECT FROM tmdb.movie_cast AS c WHERE c.tmdb_movie_id = m.tmdb_id) AS has_other,
          shown.tmdb_person_id, coalesce(translated.name, p.name, p.original_name) AS name, shown.roles,
          shown.department
        FROM tmdb.movies AS m
        CROSS JOIN tmdb.reader($2, $3, $4) AS reader
        CROSS JOIN counted
        LEFT JOIN shown ON true
        LEFT JOIN tmdb.people AS p ON p.tmdb_id = shown.tmdb_person_id
        LEFT JOIN LATERAL (
          SELECT t.name FROM tmdb.person_translations AS t
          WHERE t.tmdb_id = p.tmdb_id AND t.iso_639_1 = reader.film_language AND t.name IS NOT NULL
          ORDER BY t.iso_3166_1 <> reader.region,
            array_position('{CN,SG,TW,HK,RU,US,GB}', t.iso_3166_1), t.iso_3166_1
          LIMIT 1
        ) AS translated ON reader.film_language <> $5
        WHERE m.tmdb_id = $1 AND m.data_state = 'full'
          AND tmdb.may_be_shown(m.tmdb_id, m.data_state, m.fetched_at, m.first_seen_at, m.deleted_at, m.adult,
            m.softcore, reader.adult)
        ORDER BY shown.place, shown.roles[1], shown.credit_id
    """

    async def crew(
        self, movie_id: int, user_id: int, language: str, page: int, *, is_shared: bool
    ) -> Credits | None:
        """A page of those who made it: directors, writers, then department by department."""
        rows = await self._rows(self.CREW, movie_id, user_id, language, is_shared, page, CREDITS_A_PAGE)
        return _credits(rows)

    OFFERS = """
        SELECT reader.*, m.tmdb_id, m.year,
          tmdb.film_title(m.tmdb_id, m.title, m.original_title, m.original_language, $5, reader.film_language,
            reader.region) AS title,
          m.watch_providers -> reader.region AS watching,
          floor(extract(epoch FROM tmdb.now() - m.fetched_at) / 86400)::int AS days_old,
          (m.fetched_at AT TIME ZONE 'UTC')::date AS told_on
        FROM tmdb.movies AS m
        CROSS JOIN tmdb.reader($2, $3, $4) AS reader
        WHERE m.tmdb_id = $1 AND m.data_state = 'full'
          AND tmdb.may_be_shown(m.tmdb_id, m.data_state, m.fetched_at, m.first_seen_at, m.deleted_at, m.adult,
            m.softcore, reader.adult)
    """

    async def offers(self, movie_id: int, user_id: int, language: str, *, is_shared: bool) -> Offers | None:
        """Where the film can be watched in the reader's region."""
        row = await self._row(self.OFFERS, movie_id, user_id, language, is_shared)
        return row and Offers(_film(row), read_watching(row["watching"], row["days_old"]), row["told_on"])

    # As the card chooses its one.
    VIDEOS = """
        SELECT reader.*, m.tmdb_id, m.year,
          tmdb.film_title(m.tmdb_id, m.title, m.original_title, m.original_language, $5, reader.film_language,
            reader.region) AS title,
          video.told ->> 'key' AS key, video.told ->> 'name' AS name, video.told ->> 'iso_639_1' AS iso_639_1
        FROM tmdb.movies AS m
        CROSS JOIN tmdb.reader($2, $3, $4) AS reader
        LEFT JOIN LATERAL jsonb_path_query(
          m.videos, '$[*] ? (@.site == "YouTube" && (@.type == "Trailer" || @.type == "Teaser"))'
        ) WITH ORDINALITY AS video (told, place) ON true
        WHERE m.tmdb_id = $1 AND m.data_state = 'full'
          AND tmdb.may_be_shown(m.tmdb_id, m.data_state, m.fetched_at, m.first_seen_at, m.deleted_at, m.adult,
            m.softcore, reader.adult)
        ORDER BY CASE video.told ->> 'iso_639_1' WHEN reader.film_language THEN 0
            WHEN m.original_language THEN 1 WHEN 'en' THEN 2 ELSE 3 END, video.place
        LIMIT 10
    """

    async def videos(self, movie_id: int, user_id: int, language: str, *, is_shared: bool) -> Videos | None:
        """The film's trailers and teasers."""
        rows = await self._rows(self.VIDEOS, movie_id, user_id, language, is_shared)
        if not rows:
            return None
        told = [row for row in rows if row["key"] is not None]
        return Videos(_film(rows[0]), [Video(row["key"], row["name"], row["iso_639_1"]) for row in told])

    # TMDB's own choice is the catalogue's language's poster; with a path of its own it stands for that
    # language beside the best voted one. It is another language's where TMDB has none of that. $6 is the bot.
    POSTERS = """
        SELECT reader.*, m.tmdb_id, m.year,
          tmdb.film_title(m.tmdb_id, m.title, m.original_title, m.original_language, $5, reader.film_language,
            reader.region) AS title,
          coalesce(m.popularity, 0) AS popularity, poster.language AS poster_of, poster.path,
          stored.telegram_file_id, stored.poster_status
        FROM tmdb.movies AS m
        CROSS JOIN tmdb.reader($2, $3, $4) AS reader
        LEFT JOIN LATERAL (
          SELECT DISTINCT ON (path) language, path
          FROM (
            SELECT key AS language, value AS path, 0 AS place FROM jsonb_each_text(m.posters)
            UNION ALL
            SELECT $5::text, m.poster_path, 1
          ) AS each
          WHERE path IS NOT NULL
          ORDER BY path, place, language
        ) AS poster ON true
        LEFT JOIN tmdb.posters AS stored ON stored.bot_id = $6 AND stored.poster_path = poster.path
        WHERE m.tmdb_id = $1 AND m.data_state = 'full'
          AND tmdb.may_be_shown(m.tmdb_id, m.data_state, m.fetched_at, m.first_seen_at, m.deleted_at, m.adult,
            m.softcore, reader.adult)
        ORDER BY
          array_position(ARRAY[reader.poster_language, reader.film_language, m.original_language, 'en', ''],
            poster.language),
          poster.language, poster.path
    """

    async def posters(self, movie_id: int, user_id: int, language: str, *, is_shared: bool) -> Posters | None:
        """The film's posters, but for those that the image host does not have."""
        rows = await self._rows(self.POSTERS, movie_id, user_id, language, is_shared, self._bot_id)
        if not rows:
            return None
        told = [row for row in rows if row["path"] is not None and row["poster_status"] != -1]
        posters = [(row["poster_of"], CardPoster(row["path"], row["telegram_file_id"])) for row in told]
        return Posters(_film(rows[0]), rows[0]["popularity"], posters)

    # A stub stands there too where its title is known; a collection is whole even for who hides what they
    # have rated. $1 the film, 0 for none; $5 a collection, NULL for
    # the film's own.
    NEIGHBOURS = """
        WITH reader AS MATERIALIZED (
          SELECT adult, hide_rated AND NOT $4 AS hide_rated FROM tmdb.reader($2, $3, $4)
        ), film AS MATERIALIZED (
          SELECT m.similar_ids, m.recommended_ids, coalesce($5, m.collection_id) AS collection_id
          FROM (SELECT $1::int AS movie_id) AS asked LEFT JOIN tmdb.movies AS m ON m.tmdb_id = asked.movie_id
        ), listed AS (
          SELECT 'similar' AS list, tmdb_id, place
          FROM film, unnest(film.similar_ids) WITH ORDINALITY AS each (tmdb_id, place)
          UNION ALL
          SELECT 'recommended', tmdb_id, place
          FROM film, unnest(film.recommended_ids) WITH ORDINALITY AS each (tmdb_id, place)
          UNION ALL
          SELECT 'collection', part.tmdb_id,
            row_number() OVER (ORDER BY part.release_date NULLS LAST, part.tmdb_id)
          FROM film JOIN tmdb.movies AS part ON part.collection_id = film.collection_id
        ), shown AS (
          SELECT listed.list, array_agg(listed.tmdb_id ORDER BY listed.place) AS ids
          FROM listed
          JOIN tmdb.movies AS m ON m.tmdb_id = listed.tmdb_id
          CROSS JOIN reader
          WHERE coalesce(m.title, m.original_title) IS NOT NULL
            AND tmdb.may_be_shown(m.tmdb_id, m.data_state, m.fetched_at, m.first_seen_at, m.deleted_at,
              m.adult, m.softcore, reader.adult)
            AND (NOT reader.hide_rated OR listed.list = 'collection' OR NOT EXISTS (
              SELECT FROM tmdb.user_movie_ratings AS rated
              WHERE rated.telegram_user_id = $2 AND rated.movie_id = m.tmdb_id))
          GROUP BY listed.list
        )
        SELECT film.collection_id,
          coalesce((SELECT ids FROM shown WHERE list = 'similar'), '{}') AS similar,
          coalesce((SELECT ids FROM shown WHERE list = 'recommended'), '{}') AS recommended,
          coalesce((SELECT ids FROM shown WHERE list = 'collection'), '{}') AS collection
        FROM film
    """

    async def neighbours(
        self, movie_id: int, user_id: int, language: str, *, collection_id: int | None = None, is_shared: bool
    ) -> Neighbours:
        """The films a card leads to; `collection_id` instead of the film's own collection."""
        row = await self._db.fetchrow(self.NEIGHBOURS, movie_id, user_id, language, is_shared, collection_id)
        assert row is not None  # one row always
        return Neighbours(
            similar=row["similar"],
            recommended=row["recommended"],
            collection_id=row["collection_id"],
            collection=row["collection"],
        )

    async def _rows(
        self, sql: str, movie_id: int, user_id: int, language: str, is_shared: bool, *more: object
    ) -> list[Any]:
        return await self._db.fetch(
            sql, movie_id, user_id, language, is_shared, self._catalogue_language, *more
        )

    async def _row(self, sql: str, movie_id: int, user_id: int, language: str, is_shared: bool) -> Any:
        rows = await self._rows(sql, movie_id, user_id, language, is_shared)
        return rows[0] if rows else None


def _film(row: Any) -> Film:
    return Film(read_reader(row), row["tmdb_id"], row["title"] or f"#{row['tmdb_id']}", row["year"])


def _credits(rows: list[Any]) -> Credits | None:
    if not rows:
        return None
    first = rows[0]
    return Credits(
        film=_film(first),
        credits=[
            Credit(
                row["tmdb_person_id"],
                row["name"],
                tuple(dict.fromkeys(row["roles"] or ())),
                row["department"],
            )
            for row in rows
            if row["tmdb_person_id"] is not None
        ],
        page=first["page"],
        pages=-(-first["total"] // CREDITS_A_PAGE),
        total=first["total"],
        has_other=first["has_other"],
    )
