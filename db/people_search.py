"""People by name."""

import re
from collections.abc import Iterator, Sequence

from core.people import PAGE_PEOPLE, FoundPerson, PeoplePage, PersonHit
from core.search import fold
from db.pool import Executor
from db.users import read_reader

MAX_CHARACTERS = 100
# Of names, folded: "й" is "и".
_CASE = re.compile("(?<=[а-я]{3})(?:ого|его|ому|ему|ыми|ими|ии|ои|еи|ом|ем|ым|им|ию|ия|а|я|у|ю|е|ы|и|ь)$")
# A name has at most so many words, and nobody asks for more people at once.
NAME_WORDS = 4
TEXT_WORDS = 10


class PersonSearch:
    """Look-ups in tmdb.person_names, in stages: each asks only where those before found too little.

    Words and beginnings of words in any order among who is well known (popularity 1 and more, an index
    of their own), then among all; what resembles the words (trigrams, which bears a typo) among who is
    well known, then among all. Closeness and the logarithm of popularity make the order.
    """

    def __init__(self, db: Executor) -> None:
        self._db = db

    PAGE = """
        WITH known AS MATERIALIZED (
          SELECT tmdb_id, key, popularity FROM tmdb.person_names
          WHERE popularity >= 1 AND octet_length(tmdb.fold($1)) > 1
            AND key LIKE tmdb.name_pattern($1, 1) AND key LIKE tmdb.name_pattern($1, 2)
            AND key LIKE tmdb.name_pattern($1, 3) AND key LIKE tmdb.name_pattern($1, 4)
          ORDER BY popularity DESC LIMIT 200
        ), anybody AS MATERIALIZED (
          SELECT tmdb_id, key, popularity FROM tmdb.person_names
          WHERE (SELECT count(*) FROM known) < 8 AND octet_length(tmdb.fold($1)) > 2
            AND key LIKE tmdb.name_pattern($1, 1) AND key LIKE tmdb.name_pattern($1, 2)
            AND key LIKE tmdb.name_pattern($1, 3) AND key LIKE tmdb.name_pattern($1, 4)
          ORDER BY popularity DESC LIMIT 200
        ), near_known AS MATERIALIZED (
          SELECT near.* FROM tmdb.nearest_names(tmdb.fold($1), true) AS near
          WHERE NOT EXISTS (SELECT FROM known) AND octet_length(tmdb.fold($1)) > 3
        ), near_anybody AS MATERIALIZED (
          SELECT near.* FROM tmdb.nearest_names(tmdb.fold($1), false) AS near
          WHERE NOT EXISTS (SELECT FROM known) AND NOT EXISTS (SELECT FROM anybody)
            AND NOT EXISTS (SELECT FROM near_known WHERE similarity >= 0.6)
            AND octet_length(tmdb.fold($1)) > 3
        ), hit AS (
          SELECT found.tmdb_id, max(found.closeness) + ln(1 + max(found.popularity)) AS score,
            bool_and(found.is_near) AS is_near
          FROM (
            SELECT tmdb_id, popularity, false AS is_near,
              CASE WHEN key = ' ' || tmdb.fold($1) || ' ' THEN 2
                WHEN key LIKE '% ' || tmdb.fold($1) || ' %' THEN 1 ELSE 0 END::float8 AS closeness
            FROM (TABLE known UNION ALL TABLE anybody) AS held
            UNION ALL
            SELECT tmdb_id, popularity, true, 8 * (similarity - 1)
            FROM (TABLE near_known UNION ALL TABLE near_anybody) AS alike
          ) AS found
          GROUP BY found.tmdb_id
        ), shown AS (
          SELECT hit.*, person.name, person.original_name, person.known_for_department, person.birthday
          FROM hit JOIN tmdb.people AS person ON person.tmdb_id = hit.tmdb_id
          WHERE coalesce(person.name, person.original_name) IS NOT NULL
            AND (person.adult IS NOT TRUE OR (SELECT adult FROM tmdb.reader($2, $3, $4)))
        )
        SELECT reader.*, line.tmdb_id,
          tmdb.person_name(line.tmdb_id, line.name, line.original_name, reader.film_language, reader.region)
            AS name,
          line.original_name, line.known_for_department,
          extract(year FROM line.birthday)::int AS birth_year,
          (SELECT count(*) FROM shown)::int AS total,
          (SELECT coalesce(bool_and(is_near), false) FROM shown) AS is_nearest
        FROM tmdb.reader($2, $3, $4) AS reader
        LEFT JOIN (SELECT * FROM shown ORDER BY score DESC, tmdb_id LIMIT $5 OFFSET $6) AS line ON true
        ORDER BY line.score DESC, line.tmdb_id
    """

    async def page(
        self, text: str, user_id: int, language: str, *, page: int = 1, is_shared: bool = False
    ) -> PeoplePage:
        """A page of the people whom a text names, at most 200 in all; a page past the end is empty."""
        asked = _clean(text)
        rows = await self._db.fetch(
            self.PAGE, asked, user_id, language, is_shared, PAGE_PEOPLE, (page - 1) * PAGE_PEOPLE
        )
        return PeoplePage(
            reader=read_reader(rows[0]),
            text=asked,
            people=[
                FoundPerson(
                    row["tmdb_id"],
                    row["name"],
                    row["original_name"],
                    row["known_for_department"],
                    row["birth_year"],
                )
                for row in rows
                if row["tmdb_id"] is not None
            ],
            page=page,
            total=rows[0]["total"],
            is_nearest=rows[0]["is_nearest"],
        )

    # A part of a name ("nolan") counts for who is well known only, a whole one for everybody. $2 is the
    # name in whichever Russian case, NULL where it has none.
    BEST = """
        SELECT asked.words, person.tmdb_id, coalesce(person.name, person.original_name) AS name,
          person.known_for_department, best.popularity::float8 AS popularity, best.is_whole
        FROM unnest($1::text[], $2::text[]) AS asked (words, inflected)
        CROSS JOIN LATERAL (
          SELECT named.tmdb_id, named.popularity, named.is_whole
          FROM (
            SELECT tmdb_id, popularity, key = ' ' || tmdb.fold(asked.words) || ' ' AS is_whole,
              false AS is_inflected
            FROM tmdb.person_names
            WHERE popularity >= 1 AND key LIKE '% ' || tmdb.fold(asked.words) || ' %'
            UNION ALL
            SELECT tmdb_id, popularity, true, false FROM tmdb.person_names
            WHERE popularity < 1 AND key = ' ' || tmdb.fold(asked.words) || ' '
            UNION ALL
            SELECT tmdb_id, popularity, key ~ ('^' || asked.inflected || '$'), true FROM tmdb.person_names
            WHERE popularity >= 1 AND key ~ asked.inflected
          ) AS named
          ORDER BY ln(1 + named.popularity) + 2 * named.is_whole::int - named.is_inflected::int DESC,
            named.tmdb_id
          LIMIT 1
        ) AS best
        JOIN tmdb.people AS person ON person.tmdb_id = best.tmdb_id
        WHERE octet_length(tmdb.fold(asked.words)) > 2
          AND coalesce(person.name, person.original_name) IS NOT NULL
    """

    async def best(self, groups: Sequence[str]) -> list[list[PersonHit]]:
        """For each run of words ("de niro pacino") the people it names one after another.

        A run that is not made of names altogether gives nobody; of several ways to cut it the one with
        the fewest people counts, then the better known. One statement however many runs.
        """
        cut = [_clean(group).split()[:TEXT_WORDS] for group in groups]
        asked = sorted({words for run in cut for _, _, words in _spans(run)})
        if not asked:
            return [[] for _ in groups]
        rows = await self._db.fetch(self.BEST, asked, [_inflected(words) for words in asked])
        hits = {row["words"]: PersonHit(*row) for row in rows}
        return [_cover(run, hits) for run in cut]

    BY_IMDB_ID = "SELECT tmdb_id FROM tmdb.people WHERE imdb_id = $1 ORDER BY tmdb_id LIMIT 1"

    async def by_imdb_id(self, imdb_id: str) -> int | None:
        """Whom IMDb calls nm…, as far as they are known here in full."""
        found: int | None = await self._db.fetchval(self.BY_IMDB_ID, imdb_id)
        return found


def _clean(text: str) -> str:
    # Lone surrogates have no UTF-8, and Postgres takes no NUL.
    text = text[:MAX_CHARACTERS].encode("utf-8", "ignore").decode().replace("\0", " ")
    return " ".join(text.split())


def _spans(run: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    for start in range(len(run)):
        for end in range(start + 1, min(start + NAME_WORDS, len(run)) + 1):
            yield start, end, " ".join(run[start:end])


def _inflected(words: str) -> str | None:
    """A regular expression for a key of tmdb.person_names: "нолана" is Нолан, "тарковского" Тарковский."""
    folded = fold(words)
    if not re.fullmatch("[а-я ]+", folded):
        return None
    return " " + " ".join(_CASE.sub(r"\\w{0,2}", word) for word in folded.split()) + " "


def _cover(run: Sequence[str], hits: dict[str, PersonHit]) -> list[PersonHit]:
    """The best way to make the whole run of hits."""
    best: list[list[PersonHit] | None] = [[]] + [None] * len(run)
    for start, end, words in _spans(run):
        before, hit = best[start], hits.get(words)
        if before is None or hit is None:
            continue
        known, found = best[end], [*before, hit]
        if known is None or _rank(found) < _rank(known):
            best[end] = found
    return best[-1] or []


def _rank(people: Sequence[PersonHit]) -> tuple[int, float]:
    return len(people), -sum(person.popularity for person in people)
