"""Imports of ratings and watchlists: each step is a row or a column, so that a killed worker loses none."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Literal, NamedTuple

from core.imports import ImportStatus, WatchlistImport
from db.arrays import columns
from db.pool import Executor
from db.pushes import ListName

# asked by its owner; silent: the newest pages, until one brings nothing, or all of them.
Kind = Literal["asked", "newest", "all"]


class Import(NamedTuple):
    """An import as its worker claimed it, with its owner's encrypted session and language."""

    id: int
    kind: Kind
    list: ListName
    telegram_user_id: int
    tmdb_account_id: int
    tmdb_session: str
    language: str
    state: str
    total_pages: int | None
    total_results: int | None
    pages_read: Sequence[int]
    pages_failed: Sequence[int]
    attempts: int
    overdue: bool


class Item(NamedTuple):
    """A film as a page lists it, with its value (as in tmdb.user_lists) and place."""

    movie_id: int
    value: Decimal
    title: str | None
    position: int


class Comparison(NamedTuple):
    """Films here that are from the account, and those of them that its list lacks."""

    held: int
    missing: int


class Applied(NamedTuple):
    """What an import did to a list."""

    imported: int
    added: int
    changed: int
    removed: int
    failed: int


class ListImports:
    """Rows of tmdb.imports and tmdb.import_items."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    # A silent one that reads the newest pages cannot become the whole: it gives way, and the worker that
    # has it records nothing more.
    SUPERSEDE = """
        DELETE FROM tmdb.imports WHERE telegram_user_id = $1 AND finished_at IS NULL AND kind = 'newest'
    """
    REQUEST = """
        INSERT INTO tmdb.imports (telegram_user_id, tmdb_account_id) VALUES ($1, $2)
        ON CONFLICT (telegram_user_id) WHERE finished_at IS NULL DO NOTHING
        RETURNING id
    """
    # A silent one that reads all of them is from now on the person's.
    JOIN = """
        UPDATE tmdb.imports SET kind = 'asked',
          created_at = CASE kind WHEN 'asked' THEN created_at ELSE tmdb.now() END,
          next_attempt_at = CASE kind WHEN 'asked' THEN next_attempt_at
            ELSE least(next_attempt_at, tmdb.now()) END
        WHERE telegram_user_id = $1 AND finished_at IS NULL
        RETURNING id
    """
    ASKED = """
        UPDATE tmdb.users SET newest_import_at = tmdb.now(), whole_import_at = tmdb.now()
        WHERE telegram_user_id = $1
    """
    DROP_ITEMS = """
        DELETE FROM tmdb.import_items WHERE import_id IN (
          SELECT id FROM tmdb.imports WHERE telegram_user_id = $1 AND finished_at IS NOT NULL)
    """

    async def request(self, user_id: int, account_id: int) -> tuple[int, bool]:
        """A new import, or the one under way: its id and whether it was joined. The person is locked."""
        await self._db.execute(self.ASKED, user_id)
        await self._db.execute(self.SUPERSEDE, user_id)
        added = await self._db.fetchval(self.REQUEST, user_id, account_id)
        if added is None:
            return await self._db.fetchval(self.JOIN, user_id), True
        await self._db.execute(self.DROP_ITEMS, user_id)
        return added, False

    # Each account has its own second of the day, by a hash of its owner's id, and its own day of the week.
    # Since the last of either nothing was asked for: due, once, however many went by.
    REQUEST_SILENTLY = """
        WITH linked AS (
          SELECT telegram_user_id, tmdb_account_id, newest_import_at, whole_import_at,
            (hashint8(telegram_user_id)::bigint + 2147483648) / 4294967296.0::float8 AS of_day,
            abs(telegram_user_id % 7) AS day_of_week, extract(epoch FROM tmdb.now())::float8 / 86400 AS days
          FROM tmdb.users WHERE tmdb_session IS NOT NULL
        ), placed AS (
          SELECT telegram_user_id, tmdb_account_id,
            newest_import_at BETWEEN to_timestamp((floor(days - of_day) + of_day) * 86400)
              AND tmdb.now() AS newest_done,
            whole_import_at BETWEEN to_timestamp(
                (floor((days - of_day - day_of_week) / 7) * 7 + day_of_week + of_day) * 86400)
              AND tmdb.now() AS whole_done
          FROM linked
        ), due AS MATERIALIZED (
          SELECT person.telegram_user_id, placed.tmdb_account_id, placed.whole_done IS NOT TRUE AS whole
          FROM placed JOIN tmdb.users AS person ON person.telegram_user_id = placed.telegram_user_id
          WHERE (placed.newest_done AND placed.whole_done) IS NOT TRUE
            AND NOT EXISTS (
              SELECT FROM tmdb.imports AS import
              WHERE import.telegram_user_id = person.telegram_user_id AND import.finished_at IS NULL)
            AND NOT EXISTS (
              SELECT FROM tmdb.blocked_users AS blocked
              WHERE blocked.telegram_user_id = person.telegram_user_id)
          ORDER BY person.telegram_user_id LIMIT $1
          FOR NO KEY UPDATE OF person SKIP LOCKED
        ), noted AS (
          UPDATE tmdb.users AS person SET newest_import_at = tmdb.now(),
            whole_import_at = CASE WHEN due.whole THEN tmdb.now() ELSE person.whole_import_at END
          FROM due WHERE person.telegram_user_id = due.telegram_user_id
        ), earlier AS (
          DELETE FROM tmdb.imports AS import USING due
          WHERE import.telegram_user_id = due.telegram_user_id AND import.kind <> 'asked'
            AND import.finished_at IS NOT NULL
        ), requested AS (
          INSERT INTO tmdb.imports (telegram_user_id, tmdb_account_id, kind)
          SELECT telegram_user_id, tmdb_account_id, CASE WHEN whole THEN 'all' ELSE 'newest' END
          FROM due ORDER BY telegram_user_id
          ON CONFLICT (telegram_user_id) WHERE finished_at IS NULL DO NOTHING
          RETURNING kind
        )
        SELECT count(*) FILTER (WHERE kind = 'newest'), count(*) FILTER (WHERE kind = 'all') FROM requested
    """

    async def request_silently(self, limit: int) -> tuple[int, int]:
        """Imports of accounts whose time has come, `limit` at most: of the newest pages, and of all."""
        row = await self._db.fetchrow(self.REQUEST_SILENTLY, limit)
        assert row is not None, "an aggregate has a row"
        return row[0], row[1]

    # People's own go first. Those of somebody an admin shut out wait.
    CLAIM = """
        WITH due AS (
          SELECT import.id, person.tmdb_session, person.language
          FROM tmdb.imports AS import
          JOIN tmdb.users AS person ON person.telegram_user_id = import.telegram_user_id
            AND person.tmdb_account_id = import.tmdb_account_id AND person.tmdb_session IS NOT NULL
          WHERE import.finished_at IS NULL AND import.next_attempt_at <= tmdb.now()
            AND (import.lease_until IS NULL OR import.lease_until <= tmdb.now())
            AND NOT EXISTS (
              SELECT FROM tmdb.blocked_users AS blocked
              WHERE blocked.telegram_user_id = import.telegram_user_id)
          ORDER BY import.kind <> 'asked', import.next_attempt_at LIMIT 1
          FOR UPDATE OF import SKIP LOCKED
        )
        UPDATE tmdb.imports AS import
        SET lease_until = tmdb.now() + $1::interval, leased_by = $2,
          state = CASE import.state WHEN 'queued' THEN 'reading' ELSE import.state END,
          started_at = coalesce(import.started_at, tmdb.now())
        FROM due WHERE import.id = due.id
        RETURNING import.id, import.kind, import.list, import.telegram_user_id, import.tmdb_account_id,
          due.tmdb_session, due.language,
          import.state, import.total_pages, import.total_results, import.pages_read, import.pages_failed,
          import.attempts, import.created_at <= tmdb.now() - interval '1 day'
    """

    async def claim(self, lease: timedelta, leased_by: str) -> Import | None:
        """The import that goes first, begun if it was queued; overdue: asked for a day ago."""
        row = await self._db.fetchrow(self.CLAIM, lease, leased_by)
        return None if row is None else Import(*row)

    RENEW = """
        UPDATE tmdb.imports SET lease_until = tmdb.now() + $2::interval WHERE leased_by = $1
    """

    async def renew(self, leased_by: str, lease: timedelta) -> None:
        """What this worker holds stays its own."""
        await self._db.execute(self.RENEW, leased_by, lease)

    RELEASE = """
        UPDATE tmdb.imports
        SET lease_until = NULL, leased_by = NULL, next_attempt_at = tmdb.now() + $3::interval,
          attempts = CASE WHEN $4 THEN attempts + 1 ELSE attempts END, last_error = coalesce($5, last_error)
        WHERE id = $1 AND leased_by = $2
    """

    async def release(
        self, id_: int, leased_by: str, after: timedelta, *, fruitless: bool, error: str | None
    ) -> None:
        """Free for whoever claims next; `fruitless`: this round brought nothing new."""
        await self._db.execute(self.RELEASE, id_, leased_by, after, fruitless, error)

    # Pages shift while they are read: a film may come twice, the later value stays. For a film on the
    # watchlist a stub suffices.
    STAGE = """
        WITH import AS (
          UPDATE tmdb.imports SET
            total_pages = coalesce(total_pages, $4), total_results = coalesce(total_results, $5),
            total_changed = total_changed OR coalesce(total_results, $5) <> $5,
            items_dropped = items_dropped + CASE WHEN $3 = ANY (pages_read) THEN 0 ELSE $6 END,
            pages_read = CASE WHEN $3 = ANY (pages_read) THEN pages_read ELSE pages_read || $3 END,
            attempts = 0
          WHERE id = $1 AND leased_by = $2
          RETURNING id, list
        ), staged AS (
          INSERT INTO tmdb.import_items (import_id, list, movie_id, value, title, position, state)
          SELECT import.id, import.list, listed.movie_id, listed.value, listed.title, listed.position,
            CASE WHEN import.list = 'watchlist' OR movie.data_state = 'full' AND movie.deleted_at IS NULL
              AND movie.fetched_at > tmdb.now() - interval '180 days' THEN 'ready' ELSE 'wanted' END
          FROM import
          CROSS JOIN unnest($7::int[], $8::numeric[], $9::text[], $10::int[])
            AS listed (movie_id, value, title, position)
          LEFT JOIN tmdb.movies AS movie ON movie.tmdb_id = listed.movie_id
          ORDER BY listed.movie_id
          ON CONFLICT (import_id, list, movie_id) DO UPDATE SET value = excluded.value
        )
        SELECT EXISTS (SELECT FROM import)
    """

    async def stage(
        self,
        id_: int,
        leased_by: str,
        page: int,
        *,
        total_pages: int,
        total_results: int,
        dropped: int,
        items: Iterable[Item],
    ) -> bool:
        """Keeps what a page said; False: the import is not this worker's any more."""
        unique = {item.movie_id: item for item in items}
        return bool(
            await self._db.fetchval(
                self.STAGE,
                id_,
                leased_by,
                page,
                total_pages,
                total_results,
                dropped,
                *columns(4, unique.values()),
            )
        )

    ADVANCE = """
        UPDATE tmdb.imports SET state = $3, pages_failed = $4, attempts = 0 WHERE id = $1 AND leased_by = $2
    """

    async def advance(self, id_: int, leased_by: str, state: str, pages_failed: Sequence[int]) -> None:
        """The next state; pages that could not be read are given up."""
        await self._db.execute(self.ADVANCE, id_, leased_by, state, pages_failed)

    OPEN = """
        SELECT movie_id FROM tmdb.import_items
        WHERE import_id = $1 AND list = $2 AND state = $3 AND state IN ('wanted', 'missing')
        ORDER BY last_error IS NOT NULL, movie_id LIMIT $4
    """

    async def open(self, import_: Import, state: str, limit: int) -> list[int]:
        """Films still wanted, or missing in the list; those that failed before come last."""
        rows = await self._db.fetch(self.OPEN, import_.id, import_.list, state, limit)
        return [row["movie_id"] for row in rows]

    READY = """
        SELECT movie_id FROM tmdb.import_items
        WHERE import_id = $1 AND list = $2 AND state = 'ready' ORDER BY movie_id
    """

    async def ready(self, import_: Import) -> list[int]:
        """Films of the list of which enough is here."""
        return [row["movie_id"] for row in await self._db.fetch(self.READY, import_.id, import_.list)]

    POSTERS = """
        SELECT coalesce(posters ->> $2, poster_path) AS poster_path, tmdb_id, coalesce(popularity, 0)
        FROM tmdb.movies
        WHERE tmdb_id = ANY ($1::int[]) AND coalesce(posters ->> $2, poster_path) IS NOT NULL
        ORDER BY 1
    """

    async def posters(self, movie_ids: list[int], language: str | None) -> list[tuple[str, int, float]]:
        """Poster, film and popularity as a card in this language shows them; None: as TMDB chose."""
        rows = await self._db.fetch(self.POSTERS, movie_ids, language)
        return [(row[0], row[1], row[2]) for row in rows]

    FETCHED = """
        WITH import AS (
          UPDATE tmdb.imports
          SET films_fetched = films_fetched + $6, attempts = CASE WHEN $6 > 0 THEN 0 ELSE attempts END
          WHERE id = $1 AND leased_by = $2
          RETURNING id, list
        )
        UPDATE tmdb.import_items AS item SET state = fetched.state, last_error = fetched.last_error
        FROM import
        CROSS JOIN unnest($3::int[], $4::text[], $5::text[]) AS fetched (movie_id, state, last_error)
        WHERE item.import_id = import.id AND item.list = import.list
          AND item.movie_id = fetched.movie_id AND item.state = 'wanted'
    """

    async def fetched(
        self, id_: int, leased_by: str, outcomes: Sequence[tuple[int, str, str | None]]
    ) -> None:
        """What became of wanted films (id, new state, error): ready, gone, failed, or wanted still."""
        over = sum(state in ("ready", "gone") for _, state, _ in outcomes)
        await self._db.execute(self.FETCHED, id_, leased_by, *columns(3, outcomes), over)

    IS_NEWS = """
        SELECT EXISTS (
          SELECT FROM unnest($4::int[], $5::numeric[]) AS listed (movie_id, value)
          WHERE NOT EXISTS (
            SELECT FROM tmdb.user_lists AS held
            WHERE held.telegram_user_id = $1 AND held.list = $2 AND held.tmdb_account_id = $3
              AND held.movie_id = listed.movie_id AND held.value = listed.value))
    """

    async def is_news(self, import_: Import, items: Sequence[Item]) -> bool:
        """Whether a page lists a film that is not on the list here as it is there."""
        return bool(
            await self._db.fetchval(
                self.IS_NEWS,
                import_.telegram_user_id,
                import_.list,
                import_.tmdb_account_id,
                *columns(2, [(item.movie_id, item.value) for item in items]),
            )
        )

    # Nothing counts as removed where the list was not seen whole. What was changed in the chat or sent to
    # TMDB since the reading began was not in the list for that reason. A film that was rated may have left
    # the watchlist by that, so it casts no doubt on the list.
    COMPARE = """
        WITH import AS (
          SELECT id, list, telegram_user_id, tmdb_account_id, started_at,
            NOT total_changed AND (total_results = $3) IS TRUE AND pages_failed = '{}' AND items_dropped = 0
              AS is_whole
          FROM tmdb.imports WHERE id = $1 AND leased_by = $2 FOR NO KEY UPDATE
        ), held AS MATERIALIZED (
          SELECT held.movie_id,
            import.list = 'watchlist' AND EXISTS (
              SELECT FROM tmdb.user_movie_ratings AS rating
              WHERE rating.telegram_user_id = import.telegram_user_id
                AND rating.movie_id = held.movie_id) AS is_expected,
            import.is_whole
            AND (held.changed_at < import.started_at) IS NOT FALSE
            AND (held.pushed_at < import.started_at) IS NOT FALSE
            AND NOT EXISTS (
              SELECT FROM tmdb.pushes AS push
              WHERE push.telegram_user_id = import.telegram_user_id AND push.list = import.list
                AND push.movie_id = held.movie_id
                AND (push.parked_reason IS NULL OR push.parked_reason = 'revoked'))
            AND NOT EXISTS (
              SELECT FROM tmdb.import_items AS item
              WHERE item.import_id = import.id AND item.list = import.list AND item.movie_id = held.movie_id
                AND item.state NOT IN ('missing', 'removed', 'unconfirmed')) AS is_missing
          FROM import
          JOIN tmdb.user_lists AS held ON held.telegram_user_id = import.telegram_user_id
            AND held.list = import.list AND held.tmdb_account_id = import.tmdb_account_id
        ), counted AS (
          SELECT count(*) AS held, count(*) FILTER (WHERE is_missing) AS missing,
            count(*) FILTER (WHERE is_missing AND NOT is_expected) AS doubtful
          FROM held
        ), withheld AS (
          UPDATE tmdb.imports
          SET state = 'applying', attempts = 0,
            total_changed = total_changed OR (total_results = $3) IS NOT TRUE,
            removal_withheld = CASE
              WHEN import.list <> 'ratings' THEN removal_withheld
              WHEN doubtful * 5 > held THEN doubtful ELSE 0 END,
            watchlist_withheld = CASE
              WHEN import.list <> 'watchlist' THEN watchlist_withheld
              WHEN doubtful * 5 > held THEN doubtful ELSE 0 END
          FROM import, counted WHERE imports.id = import.id
        ), staged AS (
          INSERT INTO tmdb.import_items (import_id, list, movie_id, state)
          SELECT import.id, import.list, held.movie_id, 'missing' FROM import, held, counted
          WHERE held.is_missing AND (held.is_expected OR counted.doubtful * 5 <= counted.held)
          ORDER BY held.movie_id
          ON CONFLICT (import_id, list, movie_id) DO NOTHING
        )
        SELECT held, missing FROM counted
    """

    async def compare(self, id_: int, leased_by: str, total_results: int | None) -> Comparison:
        """Stages what the list lacks, unless that is more than a fifth; then its application begins.

        `total_results` is what the list announces now; None, unknown, counts as changed.
        """
        row = await self._db.fetchrow(self.COMPARE, id_, leased_by, total_results)
        assert row is not None, "an aggregate has a row"
        return Comparison(*row)

    CONFIRMED = """
        UPDATE tmdb.import_items AS item
        SET state = asked.state, value = asked.value
        FROM tmdb.imports AS import,
          unnest($3::int[], $4::text[], $5::numeric[]) AS asked (movie_id, state, value)
        WHERE import.id = $1 AND import.leased_by = $2
          AND item.import_id = import.id AND item.list = import.list
          AND item.movie_id = asked.movie_id AND item.state = 'missing'
    """

    async def confirmed(
        self, id_: int, leased_by: str, answers: Sequence[tuple[int, str, Decimal | None]]
    ) -> None:
        """What account_states says of films missing in the list (id, new state, value).

        removed, ready with the value that the pages hid, or unconfirmed.
        """
        await self._db.execute(self.CONFIRMED, id_, leased_by, *columns(3, answers))

    HELD = """
        SELECT kind FROM tmdb.imports
        WHERE id = $1 AND leased_by = $2 AND finished_at IS NULL FOR NO KEY UPDATE
    """

    async def hold(self, id_: int, leased_by: str) -> Kind | None:
        """What kind it is by now, locked until the transaction ends; None: not this worker's any more."""
        kind: Kind | None = await self._db.fetchval(self.HELD, id_, leased_by)
        return kind

    # An offer to send what TMDB already has is moot.
    DROP_MOOT_OFFERS = """
        DELETE FROM tmdb.pushes AS push USING tmdb.import_items AS item
        WHERE item.import_id = $1 AND item.list = $2 AND item.state = 'ready'
          AND push.telegram_user_id = $3 AND push.list = $2 AND push.movie_id = item.movie_id
          AND push.tmdb_account_id IS NULL AND push.value = item.value
    """

    # A change on its way to TMDB wins, as does one made in the chat, or sent, since the reading began;
    # otherwise TMDB's wins. Refused for good is not on its way.
    MERGE = """
        WITH listed AS MATERIALIZED (
          SELECT import.list, item.movie_id, item.value, held.value AS held,
            tmdb.now() + CASE import.kind WHEN 'newest' THEN -1 ELSE 1 END
              * item.position * interval '1 microsecond' AS added_at,
            push.movie_id IS NOT NULL
              OR held.changed_at >= import.started_at OR held.pushed_at >= import.started_at
              OR removal.changed_at >= import.started_at OR removal.pushed_at >= import.started_at AS is_ours
          FROM tmdb.imports AS import
          JOIN tmdb.import_items AS item
            ON item.import_id = import.id AND item.list = import.list AND item.state = 'ready'
          LEFT JOIN tmdb.user_lists AS held ON held.telegram_user_id = import.telegram_user_id
            AND held.list = import.list AND held.movie_id = item.movie_id
          LEFT JOIN tmdb.pushes AS push ON push.telegram_user_id = import.telegram_user_id
            AND push.list = import.list AND push.movie_id = item.movie_id
            AND (push.parked_reason IS NULL OR push.parked_reason = 'revoked')
          LEFT JOIN tmdb.removals AS removal ON removal.telegram_user_id = import.telegram_user_id
            AND removal.list = import.list AND removal.movie_id = item.movie_id
          WHERE import.id = $1
        ), rated AS (
          INSERT INTO tmdb.user_movie_ratings AS rating
            (telegram_user_id, movie_id, tmdb_rating, source, tmdb_account_id)
          SELECT $2, movie_id, value, 'tmdb', $3 FROM listed
          WHERE list = 'ratings' AND is_ours IS NOT TRUE ORDER BY movie_id
          ON CONFLICT (telegram_user_id, movie_id) DO UPDATE SET
            source = CASE WHEN rating.tmdb_rating = excluded.tmdb_rating THEN rating.source ELSE 'tmdb' END,
            rated_at = CASE WHEN rating.tmdb_rating = excluded.tmdb_rating THEN rating.rated_at END,
            tmdb_rating = excluded.tmdb_rating, tmdb_account_id = excluded.tmdb_account_id
          WHERE (rating.tmdb_rating, rating.tmdb_account_id)
            IS DISTINCT FROM (excluded.tmdb_rating, excluded.tmdb_account_id)
        ), watched AS (
          INSERT INTO tmdb.user_watchlist AS watched (telegram_user_id, movie_id, added_at, tmdb_account_id)
          SELECT $2, movie_id, added_at, $3 FROM listed
          WHERE list = 'watchlist' AND is_ours IS NOT TRUE ORDER BY movie_id
          ON CONFLICT (telegram_user_id, movie_id) DO UPDATE SET tmdb_account_id = excluded.tmdb_account_id
          WHERE watched.tmdb_account_id IS DISTINCT FROM excluded.tmdb_account_id
        )
        SELECT count(*), count(*) FILTER (WHERE is_ours IS NOT TRUE AND held IS NULL),
          count(*) FILTER (WHERE is_ours IS NOT TRUE AND held <> value)
        FROM listed
    """

    # Removed here too, unless something happened to it since it was compared. A change made in the chat
    # within a day stays known, so that Telegram's redelivery cannot bring it back.
    REMOVE = """
        WITH gone AS MATERIALIZED (
          SELECT held.* FROM tmdb.imports AS import
          JOIN tmdb.import_items AS item
            ON item.import_id = import.id AND item.list = import.list AND item.state = 'removed'
          JOIN tmdb.user_lists AS held ON held.telegram_user_id = import.telegram_user_id
            AND held.list = import.list AND held.movie_id = item.movie_id
            AND held.tmdb_account_id = import.tmdb_account_id
          WHERE import.id = $1
            AND (held.changed_at < import.started_at) IS NOT FALSE
            AND (held.pushed_at < import.started_at) IS NOT FALSE
            AND NOT EXISTS (
              SELECT FROM tmdb.pushes AS push
              WHERE push.telegram_user_id = held.telegram_user_id AND push.list = held.list
                AND push.movie_id = held.movie_id
                AND (push.parked_reason IS NULL OR push.parked_reason = 'revoked'))
        ), unrated AS (
          DELETE FROM tmdb.user_movie_ratings AS rating USING gone
          WHERE gone.list = 'ratings' AND rating.telegram_user_id = gone.telegram_user_id
            AND rating.movie_id = gone.movie_id
        ), unlisted AS (
          DELETE FROM tmdb.user_watchlist AS watched USING gone
          WHERE gone.list = 'watchlist' AND watched.telegram_user_id = gone.telegram_user_id
            AND watched.movie_id = gone.movie_id
        ), remembered AS (
          INSERT INTO tmdb.removals (telegram_user_id, movie_id, list, changed_at, bot_id, update_id)
          SELECT telegram_user_id, movie_id, list, changed_at, bot_id, update_id FROM gone
          WHERE changed_at > tmdb.now() - interval '1 day' ORDER BY movie_id
          ON CONFLICT (telegram_user_id, movie_id, list) DO NOTHING
        )
        SELECT count(*) FROM gone
    """

    # What was announced and never listed, unless the list itself changed meanwhile or only its newest
    # pages were read, is reported as well.
    FAILED = """
        SELECT count(*) FILTER (WHERE item.state IN ('gone', 'failed')) + import.items_dropped
          + CASE WHEN import.kind = 'newest' THEN 0
            WHEN import.total_changed AND import.pages_failed = '{}' THEN 0
            ELSE greatest(0, import.total_results - import.items_dropped
              - count(*) FILTER (WHERE item.state IN ('ready', 'gone', 'failed')))
            END
        FROM tmdb.imports AS import
        LEFT JOIN tmdb.import_items AS item ON item.import_id = import.id AND item.list = import.list
        WHERE import.id = $1
        GROUP BY import.id
    """

    async def apply(self, import_: Import) -> Applied:
        """Makes the list here what TMDB's says; the person and the import are locked."""
        await self._db.execute(self.DROP_MOOT_OFFERS, import_.id, import_.list, import_.telegram_user_id)
        merged = await self._db.fetchrow(
            self.MERGE, import_.id, import_.telegram_user_id, import_.tmdb_account_id
        )
        assert merged is not None, "an aggregate has a row"
        removed: int = await self._db.fetchval(self.REMOVE, import_.id)
        failed: int = await self._db.fetchval(self.FAILED, import_.id)
        return Applied(merged[0], merged[1], merged[2], removed, failed)

    # The watchlist is read as if by an import of its own, which begins now.
    GO_ON = """
        WITH import AS (
          UPDATE tmdb.imports
          SET list = 'watchlist', state = 'reading', started_at = tmdb.now(), attempts = 0,
            total_pages = NULL, total_results = NULL, total_changed = false,
            pages_read = '{}', pages_failed = '{}', items_dropped = 0, films_fetched = 0,
            imported = $2, added = $3, changed = $4, removed = $5, failed = $6
          WHERE id = $1
          RETURNING telegram_user_id
        )
        UPDATE tmdb.users AS person
        SET ratings_count = (
          SELECT count(*) FROM tmdb.user_movie_ratings AS rating
          WHERE rating.telegram_user_id = person.telegram_user_id)
        FROM import WHERE person.telegram_user_id = import.telegram_user_id
    """

    async def go_on(self, id_: int, applied: Applied) -> None:
        """The ratings are done and counted anew; the watchlist comes next."""
        await self._db.execute(self.GO_ON, id_, *applied)

    FINISH = """
        WITH finished AS (
          UPDATE tmdb.imports
          SET state = 'done', finished_at = tmdb.now(), lease_until = NULL, leased_by = NULL, attempts = 0,
            watchlist_imported = $2, watchlist_added = $3, watchlist_removed = $4, watchlist_failed = $5
          WHERE id = $1
          RETURNING telegram_user_id
        )
        UPDATE tmdb.users AS person SET sync_status = 2, last_sync_at = tmdb.now()
        FROM finished WHERE person.telegram_user_id = finished.telegram_user_id
    """

    async def finish(self, id_: int, applied: Applied | None) -> None:
        """Done; None: the watchlist could not be read."""
        counts = (
            (applied.imported, applied.added, applied.removed, applied.failed) if applied else (None,) * 4
        )
        await self._db.execute(self.FINISH, id_, *counts)

    FAIL = """
        UPDATE tmdb.imports
        SET state = 'failed', error = $2, finished_at = tmdb.now(), lease_until = NULL, leased_by = NULL
        WHERE telegram_user_id = $1 AND finished_at IS NULL
        RETURNING id
    """

    async def fail(self, user_id: int, error: str) -> int | None:
        """Ends the person's import, if one is under way: away, revoked or unlinked. The person is locked."""
        failed: int | None = await self._db.fetchval(self.FAIL, user_id, error)
        return failed

    STATUS = """
        SELECT import.id, import.list, import.state, import.attempts > 0 AS waiting, import.total_results,
          import.total_pages, cardinality(import.pages_read) + cardinality(import.pages_failed) AS pages_over,
          import.films_fetched, extract(epoch FROM tmdb.now() - import.started_at)::float8 AS seconds,
          import.error, coalesce(import.imported, 0) AS imported, coalesce(import.added, 0) AS added,
          coalesce(import.changed, 0) AS changed, coalesce(import.removed, 0) AS removed,
          coalesce(import.removal_withheld, 0) AS removal_withheld, coalesce(import.failed, 0) AS failed,
          import.watchlist_imported, coalesce(import.watchlist_added, 0) AS watchlist_added,
          coalesce(import.watchlist_removed, 0) AS watchlist_removed,
          coalesce(import.watchlist_withheld, 0) AS watchlist_withheld,
          coalesce(import.watchlist_failed, 0) AS watchlist_failed,
          item.listed, item.wanted, item.gone_count, item.gone, item.unfetched_count, item.unfetched
        FROM tmdb.imports AS import CROSS JOIN LATERAL (
          SELECT count(*) FILTER (
              WHERE list = import.list AND state NOT IN ('missing', 'removed', 'unconfirmed')) AS listed,
            count(*) FILTER (WHERE state = 'wanted') AS wanted,
            count(*) FILTER (WHERE state = 'gone') AS gone_count,
            (array_agg(title ORDER BY title) FILTER (WHERE state = 'gone'))[:10] AS gone,
            count(*) FILTER (WHERE state = 'failed') AS unfetched_count,
            (array_agg(title ORDER BY title) FILTER (WHERE state = 'failed'))[:10] AS unfetched
          FROM tmdb.import_items WHERE import_id = import.id
        ) AS item
        WHERE import.id = $1
    """

    async def status(self, id_: int) -> ImportStatus | None:
        """The import as its owner sees it; None where it was forgotten."""
        row = await self._db.fetchrow(self.STATUS, id_)
        if row is None:
            return None
        return ImportStatus(
            import_id=row["id"],
            list=row["list"],
            state=row["state"],
            waiting=row["waiting"],
            total=row["total_results"],
            handled=row["listed"] - row["wanted"],
            seconds_left=_seconds_left(
                row["seconds"] or 0.0,
                row["pages_over"],
                row["total_pages"],
                row["films_fetched"],
                row["wanted"],
                row["listed"],
                row["total_results"],
            ),
            error=row["error"],
            imported=row["imported"],
            added=row["added"],
            changed=row["changed"],
            removed=row["removed"],
            removal_withheld=row["removal_withheld"],
            failed=row["failed"],
            gone_count=row["gone_count"],
            gone=_named(row["gone"]),
            unfetched_count=row["unfetched_count"],
            unfetched=_named(row["unfetched"]),
            unread=max(0, row["failed"] - row["gone_count"] - row["unfetched_count"]),
            watchlist=None
            if row["watchlist_imported"] is None
            else WatchlistImport(
                row["watchlist_imported"],
                row["watchlist_added"],
                row["watchlist_removed"],
                row["watchlist_withheld"],
                row["watchlist_failed"],
            ),
        )


def _named(titles: list[str | None] | None) -> tuple[str, ...]:
    return tuple(title for title in titles or () if title)


def _seconds_left(
    seconds: float,
    pages_over: int,
    total_pages: int | None,
    films_fetched: int,
    films_wanted: int,
    listed: int,
    total: int | None,
) -> float | None:
    """By the rate of requests so far; of the pages not read yet, as many films are new as of the others."""
    requests = pages_over + films_fetched
    if not seconds or not total_pages or total is None or requests < MEASURED_REQUESTS:
        return None
    share_wanted = (films_wanted + films_fetched) / listed if listed else 0.0
    left = max(0, total_pages - pages_over) + films_wanted + max(0, total - listed) * share_wanted
    return left * seconds / requests


# Fewer requests say nothing of a rate.
MEASURED_REQUESTS = 10
