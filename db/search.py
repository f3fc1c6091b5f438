"""Films by their titles."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from core.film_list import PAGE_FILMS, pages_of
from core.search import MAX_CHARACTERS, UNSPACED, Found, Reading, SearchPage, SearchQuery
from db.arrays import columns
from db.found_movies import read_movies
from db.pool import Executor
from db.users import read_reader

# Nobody leafs further than this; a better query is quicker.
MAX_MOVIES = 96
# Of a title's beginning or words so many films are compared, the popular ones first.
MOST = 1000
# In titles shorter than that one letter more or less makes another title.
SHORTEST_TYPO = 4
# Characters from here on are syllables, one of which less makes another title in shorter ones only.
SYLLABLES = "\u1100"
# A whole title of so many letters that is there was not meant as another one.
SURE_LENGTH = 8
# So many readings of a query are looked up with a typo.
TYPO_READINGS = 3
# A whole title on the other keyboard is as good as one typed right, nearly.
OTHER_KEYBOARD = 0.9
# A mistyped word may have been so many others.
NEAR_WORDS = 12
# Beginnings of words shorter than that are looked up among popular films only.
SHORTEST_PREFIX = 4


class MovieSearch:
    """Results out of tmdb.movie_titles; `catalogue_language` is that of stored titles."""

    def __init__(self, db: Executor, *, catalogue_language: str) -> None:
        self._db = db
        self._catalogue_language = catalogue_language.partition("-")[0]

    PAGE = """
        WITH reader AS MATERIALIZED (
          SELECT * FROM tmdb.reader($1, $2, $3)
        ), same AS MATERIALIZED (
          SELECT title.tmdb_id, title.key, asked.weight AS closeness
          FROM unnest($8::text[] || $24::text[], $9::float8[] || $25::float8[]) AS asked (key, weight)
          CROSS JOIN LATERAL (
            SELECT t.tmdb_id, t.key FROM tmdb.movie_titles AS t
            WHERE length(t.key) = length(asked.key) AND t.key = asked.key LIMIT $7
          ) AS title
        ), beginning AS (
          SELECT title.tmdb_id, title.key,
            asked.weight * (0.5 + 0.4 * length(asked.key) / length(title.key)) AS closeness
          FROM unnest($8::text[], $9::float8[]) AS asked (key, weight)
          CROSS JOIN LATERAL (
            (SELECT t.tmdb_id, t.key FROM tmdb.movie_titles AS t
             WHERE t.tier = 3 AND t.key > asked.key AND t.key < asked.key || U&'\\+10FFFF' LIMIT $7)
            UNION ALL
            (SELECT t.tmdb_id, t.key FROM tmdb.movie_titles AS t
             WHERE t.tier = 2 AND t.key > asked.key AND t.key < asked.key || U&'\\+10FFFF' LIMIT $7)
            UNION ALL
            (SELECT t.tmdb_id, t.key FROM tmdb.movie_titles AS t
             WHERE t.tier = 1 AND t.key > asked.key AND t.key < asked.key || U&'\\+10FFFF' LIMIT $7)
            UNION ALL
            (SELECT t.tmdb_id, t.key FROM tmdb.movie_titles AS t
             WHERE t.tier = 0 AND t.key > asked.key AND t.key < asked.key || U&'\\+10FFFF' LIMIT $7)
            LIMIT $7
          ) AS title
        ), holding AS (
          SELECT title.tmdb_id, title.key, 0.3 + 0.5 * CASE
              WHEN $23::text IS NULL THEN least(1, $10::float8 / length(title.key))
              ELSE similarity(title.key, $23) END AS closeness
          FROM (
            (SELECT t.tmdb_id, t.key FROM tmdb.movie_titles AS t
             WHERE t.tier >= 2 AND t.words @@ $11::tsquery LIMIT $7)
            UNION ALL
            (SELECT t.tmdb_id, t.key FROM tmdb.movie_titles AS t
             WHERE t.tier = 1 AND t.words @@ $12::tsquery LIMIT $7)
            UNION ALL
            (SELECT t.tmdb_id, t.key FROM tmdb.movie_titles AS t
             WHERE t.tier = 0 AND t.words @@ $12::tsquery LIMIT $7)
            LIMIT $7
          ) AS title
        ), nearly AS (
          SELECT title.tmdb_id, title.key, title.closeness
          FROM (
            -- Another number is seldom a slip: who writes "Scream 2" does not mean the seventh.
            SELECT t.tmdb_id, t.key,
              CASE WHEN starts_with(t.key, asked.series) THEN 0.45 ELSE 0.7 END::float8 AS closeness
            FROM unnest($13::text[], $14::text[], $15::text[], $16::int[], $17::text[])
              AS asked (key, head, tail, size, series)
            CROSS JOIN LATERAL (
              SELECT t.tmdb_id, t.key FROM tmdb.movie_titles AS t
              WHERE length(t.key) = asked.size AND t.key >= asked.head AND t.key < asked.head || U&'\\+10FFFF'
                AND levenshtein_less_equal(t.key, asked.key, 1) = 1
              UNION ALL
              SELECT t.tmdb_id, t.key FROM tmdb.movie_titles AS t
              WHERE length(t.key) = asked.size
                AND reverse(t.key) >= asked.tail AND reverse(t.key) < asked.tail || U&'\\+10FFFF'
                AND levenshtein_less_equal(t.key, asked.key, 1) = 1
            ) AS t
            UNION ALL
            SELECT t.tmdb_id, t.key, 0.7
            FROM unnest($18::text[]) AS asked (key)
            CROSS JOIN LATERAL (
              SELECT t.tmdb_id, t.key FROM tmdb.movie_titles AS t
              WHERE length(t.key) = length(asked.key) AND t.key = asked.key LIMIT $7
            ) AS t
          ) AS title
          WHERE NOT EXISTS (SELECT FROM same WHERE length(same.key) >= $19)
        ), told AS (
          SELECT tmdb_id, key, closeness, true AS holds, 5 AS alike FROM same
          UNION ALL
          SELECT tmdb_id, key, closeness, true, 5 FROM beginning
          UNION ALL
          SELECT tmdb_id, key, closeness, true, 5 FROM holding
          UNION ALL
          SELECT tmdb_id, key, closeness, false, 2 FROM nearly
          UNION ALL
          SELECT tmdb_id, NULL, -place, true, NULL
          FROM unnest($20::int[]) WITH ORDINALITY AS listed (tmdb_id, place)
        ), film AS (
          SELECT DISTINCT ON (tmdb_id) tmdb_id, key, closeness, holds, alike FROM told
          ORDER BY tmdb_id, holds DESC, closeness DESC
        ), scored AS (
          SELECT film.tmdb_id, film.key, film.holds, film.alike,
            film.closeness + CASE WHEN $20 IS NOT NULL THEN 0 ELSE
              0.2 * ln(1 + greatest(coalesce(m.popularity, 0), 0))
              + CASE WHEN m.year = ANY ($21::int[]) THEN 1
                  WHEN m.year + 1 = ANY ($21::int[]) OR m.year - 1 = ANY ($21::int[]) THEN 0.5 ELSE 0 END
              END AS score
          FROM film
          JOIN tmdb.movies AS m ON m.tmdb_id = film.tmdb_id
        ), varied AS (
          SELECT tmdb_id, holds, score
            - CASE WHEN row_number() OVER (PARTITION BY key ORDER BY score DESC, tmdb_id) > alike
              THEN 0.5 ELSE 0 END AS score
          FROM scored
        ), placed AS MATERIALIZED (
          SELECT ordered.tmdb_id, ordered.holds, ordered.score
          FROM (SELECT tmdb_id, holds, score FROM varied ORDER BY score DESC, tmdb_id) AS ordered
          CROSS JOIN reader
          JOIN tmdb.movies AS m ON m.tmdb_id = ordered.tmdb_id
          WHERE num_nonnulls(m.title, m.original_title) > 0
            AND tmdb.may_be_shown(m.tmdb_id, m.data_state, m.fetched_at, m.first_seen_at, m.deleted_at,
              m.adult, m.softcore, reader.adult)
          ORDER BY ordered.score DESC, ordered.tmdb_id LIMIT $6
        ), page AS (
          SELECT tmdb_id, score FROM placed ORDER BY score DESC, tmdb_id OFFSET $4 LIMIT $5
        )
        SELECT reader.*, counted.total, coalesce(NOT counted.holds, false) AS is_nearest,
          m.tmdb_id AS movie_id,
          tmdb.film_title(m.tmdb_id, m.title, m.original_title, m.original_language, $22,
            reader.film_language, reader.region) AS title,
          m.original_title, m.year, m.vote_average, m.vote_count, rating.tmdb_rating,
          watched.movie_id IS NOT NULL AS on_watchlist
        FROM reader
        CROSS JOIN (
          SELECT count(*)::int AS total, bool_or(holds) AS holds FROM placed
        ) AS counted
        LEFT JOIN page ON true
        LEFT JOIN tmdb.movies AS m ON m.tmdb_id = page.tmdb_id
        LEFT JOIN tmdb.user_movie_ratings AS rating
          ON rating.telegram_user_id = $1 AND rating.movie_id = page.tmdb_id
        LEFT JOIN tmdb.user_watchlist AS watched
          ON watched.telegram_user_id = $1 AND watched.movie_id = page.tmdb_id
        ORDER BY page.score DESC, page.tmdb_id
    """

    # Words of titles that are like those typed; swapped letters leave too few trigrams of a short word.
    NEAR_WORDS = """
        SELECT asked.place, near.word
        FROM unnest($1::text[]) WITH ORDINALITY AS asked (word, place)
        CROSS JOIN LATERAL (
          SELECT known.word FROM tmdb.title_words AS known
          WHERE known.word % asked.word
            AND levenshtein_less_equal(known.word, asked.word, 2)
              <= CASE WHEN length(asked.word) < 7 THEN 1 ELSE 2 END
          GROUP BY known.word
          ORDER BY levenshtein(known.word, asked.word), similarity(known.word, asked.word) DESC, known.word
          LIMIT $4
        ) AS near
        UNION
        SELECT swapped.place, known.word
        FROM unnest($2::bigint[], $3::text[]) AS swapped (place, word)
        JOIN tmdb.title_words AS known ON known.word = swapped.word
        ORDER BY 1, 2
    """

    async def page(
        self,
        query: SearchQuery,
        user_id: int,
        language: str | None,
        *,
        page: int = 1,
        is_shared: bool = False,
        movie_ids: Sequence[int] | None = None,
    ) -> SearchPage:
        """A page for this reader, whose interface language Telegram suggests: what the query finds here.

        With `movie_ids`, TMDB's results in TMDB's order instead.
        """
        offset = (page - 1) * PAGE_FILMS
        rows, is_like = await self._rows(
            query, user_id, language, is_shared, offset=offset, limit=PAGE_FILMS, movie_ids=movie_ids
        )
        is_slip = rows[0]["is_nearest"] and not is_like
        return SearchPage(
            reader=read_reader(rows[0]),
            query=query,
            movies=read_movies(rows),
            page=page,
            pages=pages_of(rows[0]["total"]),
            total=rows[0]["total"],
            is_nearest=is_slip or is_like,
            is_slip=is_slip,
            is_from_tmdb=movie_ids is not None,
        )

    async def ids(
        self,
        query: SearchQuery,
        user_id: int,
        language: str | None,
        *,
        is_shared: bool = False,
        offset: int = 0,
        limit: int = MAX_MOVIES,
    ) -> Found:
        """The same films as ids, from `offset` on."""
        rows, is_like = await self._rows(query, user_id, language, is_shared, offset=offset, limit=limit)
        ids = [row["movie_id"] for row in rows if row["movie_id"] is not None]
        return Found(ids, rows[0]["total"], is_like or rows[0]["is_nearest"])

    # Some titles are asked for where one would do: to meet the first of many, a plan for any words reads all
    # titles one after the other, and there may be none.
    IS_TITLE = """
        SELECT EXISTS (
          SELECT FROM unnest($1::text[]) AS asked (key)
          JOIN tmdb.movie_titles AS t ON length(t.key) = length(asked.key) AND t.key = asked.key
        )
          OR (SELECT count(*) FROM (
            SELECT FROM tmdb.movie_titles AS t WHERE t.tier >= 2 AND t.words @@ $2::tsquery LIMIT 100
          ) AS popular) > 0
          OR (SELECT count(*) FROM (
            SELECT FROM tmdb.movie_titles AS t WHERE t.tier = 1 AND t.words @@ $2::tsquery LIMIT 100
          ) AS known) > 0
          OR (SELECT count(*) FROM (
            SELECT FROM tmdb.movie_titles AS t WHERE t.tier = 0 AND t.words @@ $2::tsquery LIMIT 100
          ) AS other) > 0
    """

    async def is_title(self, query: SearchQuery, *, whole: bool) -> bool:
        """Whether a film is called exactly that; unless `whole`, whether a title holds all the words."""
        readings = [reading for reading in query.readings if reading.year is None]
        words = "" if whole or not readings else _lexemes(readings[0].words, MAX_CHARACTERS)
        is_title: bool = await self._db.fetchval(self.IS_TITLE, [reading.key for reading in readings], words)
        return is_title

    BY_IMDB_ID = """
        SELECT tmdb_movie_id FROM tmdb.movie_external_ids WHERE imdb_id = $1 ORDER BY tmdb_movie_id LIMIT 1
    """

    async def by_imdb_id(self, imdb_id: str) -> int | None:
        """The film that is this one at IMDb, where a stored answer says so."""
        movie_id: int | None = await self._db.fetchval(self.BY_IMDB_ID, imdb_id)
        return movie_id

    async def _rows(
        self,
        query: SearchQuery,
        user_id: int,
        language: str | None,
        is_shared: bool,
        *,
        offset: int,
        limit: int,
        movie_ids: Sequence[int] | None = None,
    ) -> tuple[Sequence[Any], bool]:
        """Rows of PAGE, and whether they are only of words like those typed.

        One statement where a whole title with at most one slip or on the other keyboard, a beginning of one,
        or all the words are found; else the words are taken otherwise (SearchQuery.attempts), and then for
        words like them.
        """

        async def ask(
            readings: Sequence[Reading],
            near: Sequence[str] = (),
            near_key: str | None = None,
            shortest_typo: int = SHORTEST_TYPO,
            others: Sequence[Reading] = (),
        ) -> Sequence[Any]:
            return await self._db.fetch(
                self.PAGE,
                *(user_id, language, is_shared, offset, limit, MAX_MOVIES, MOST),
                *_arguments(readings, near, shortest_typo, others),
                movie_ids,
                [reading.year for reading in readings if reading.year],
                self._catalogue_language,
                near_key,
                [way.key for way in others],
                [way.weight for way in others],
            )

        if movie_ids is not None:
            return await ask(()), False
        others = [
            way._replace(weight=OTHER_KEYBOARD * way.weight)
            for other in query.other_keyboard
            for way in other.readings
            if len(way.key) >= SHORTEST_TYPO
        ]
        rows = await ask(query.readings, others=others)
        if rows[0]["total"] or not query.readings:
            return rows, False
        for readings in query.attempts:
            rows = await ask(readings)
            if rows[0]["total"]:
                return rows, False
        if short := [
            way for way in query.readings if len(way.key) == SHORTEST_TYPO - 1 and min(way.key) > SYLLABLES
        ]:
            rows = await ask(short, shortest_typo=SHORTEST_TYPO - 1)
            if rows[0]["total"]:
                return rows, False
        reading = query.readings[-1] if query.year else query.readings[0]
        # Short words are in too many titles, and like too many others.
        words = [word for word in reading.words if len(word) >= SHORTEST_TYPO] or reading.words
        near = [[word] for word in words]
        swapped = ((place, other) for place, word in enumerate(words, 1) for other in _swapped(word))
        for place, word in await self._db.fetch(self.NEAR_WORDS, words, *columns(2, swapped), NEAR_WORDS):
            near[place - 1].append(word)
        asked = [reading._replace(words=())]
        rows = await ask(asked, _any_of_each(near), reading.key)
        if not rows[0]["total"] and len(near) == 2:
            rows = await ask(asked, [_any(words) for words in near], reading.key)
        return rows, True


def _arguments(
    readings: Sequence[Reading], near: Sequence[str], shortest_typo: int, others: Sequence[Reading]
) -> tuple[Any, ...]:
    """$8 to $19 of PAGE."""
    keys = {reading.key: reading.weight for reading in reversed(readings) if reading.words}
    typos = {way.key: way.series for way in readings if len(way.key) >= shortest_typo}
    typos = dict(islice(typos.items(), TYPO_READINGS))
    held = [_lexemes(way.words, SHORTEST_PREFIX) for way in (*readings, *others)]
    held_by_popular = [_lexemes(way.words, 1) for way in readings]
    return (
        list(keys),
        list(keys.values()),
        min(map(len, keys), default=0),
        " | ".join(near or [*held_by_popular, *held[len(readings) :]]),
        " | ".join(near or held),
        *columns(5, ((*half, series) for key, series in typos.items() for half in _halves(key))),
        [swapped for key in typos for swapped in _swapped(key)],
        SURE_LENGTH,
    )


def _halves(key: str) -> Iterable[tuple[str, str, str, int]]:
    """A letter too many, too few or wrong leaves one part of a key as it is: (key, head, tail, size)."""
    # What begins with an article begins like a tenth of all titles.
    middle = min((len(key) + 3 * key.startswith("the")) // 2, len(key) - 2)
    for size in range(len(key) - 1, len(key) + 2):
        yield key, key[:middle], key[middle:][::-1], size


def _swapped(key: str) -> set[str]:
    """Each two neighbours the other way round."""
    return {key[:at] + key[at + 1] + key[at] + key[at + 2 :] for at in range(len(key) - 1)} - {key}


def _lexemes(words: Sequence[str], shortest_prefix: int) -> str:
    """A tsquery: titles that hold all the words, the last one as a beginning."""
    lexemes: list[str] = []
    for place, word in enumerate(words, 1):
        if runs := UNSPACED.findall(word):
            for run in runs:
                lexemes += map(_quoted, [run[at : at + 2] for at in range(len(run) - 1)] or [run])
        else:
            is_beginning = place == len(words) and len(word) >= shortest_prefix
            lexemes.append(_quoted(word) + ":*" * is_beginning)
    return " & ".join(lexemes)


def _quoted(lexeme: str) -> str:
    escaped = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def _any(words: Sequence[str]) -> str:
    return f"({' | '.join(map(_quoted, words))})"


def _any_of_each(near: Sequence[Sequence[str]]) -> list[str]:
    """Tsqueries: titles that hold of each list a word, and of three lists and more, of all but one."""
    lists = [_any(words) for words in near]
    less = [[*lists[:at], *lists[at + 1 :]] for at in range(len(lists))] if len(lists) > 2 else []
    return [" & ".join(words) for words in (lists, *less)]
