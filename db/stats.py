"""The operator's figures, cheap at 1.2 million films."""

from core.stats import Stats
from db.pool import Executor

# Tables up to this size are counted; of larger ones the planner's own estimate is told.
COUNTED_ROWS = 50_000


class Statistics:
    """Figures over all tables."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    # Counting 1.2 million wide rows takes seconds, the planner knows their number and the share of each
    # common value. The comparison with reltuples is a one-time filter: the scan it guards is not begun.
    LOOK = """
        WITH size AS (
          SELECT
            (SELECT reltuples FROM pg_class WHERE oid = 'tmdb.movies'::regclass) AS movies,
            (SELECT reltuples FROM pg_class WHERE oid = 'tmdb.posters'::regclass) AS posters
        ), share AS (
          SELECT s.tablename, v.value, v.freq
          FROM pg_stats AS s,
               unnest(s.most_common_vals::text::text[], s.most_common_freqs) AS v (value, freq)
          WHERE s.schemaname = 'tmdb'
            AND (s.tablename, s.attname) IN (('movies', 'data_state'), ('posters', 'poster_status'))
        ), films AS (
          SELECT data_state AS state, count(*) AS number FROM tmdb.movies
          WHERE (SELECT movies FROM size) <= $2 GROUP BY data_state
          UNION ALL
          SELECT value, round(freq * (SELECT movies FROM size))::bigint FROM share
          WHERE tablename = 'movies' AND (SELECT movies FROM size) > $2
        ), poster_states AS (
          SELECT poster_status AS state, count(*) AS number FROM tmdb.posters
          WHERE (SELECT posters FROM size) <= $2 AND bot_id = $1 GROUP BY poster_status
          UNION ALL
          SELECT value::smallint, round(freq * (SELECT posters FROM size))::bigint FROM share
          WHERE tablename = 'posters' AND (SELECT posters FROM size) > $2
        ), people AS (
          SELECT count(*) AS number,
                 count(*) FILTER (WHERE tmdb_session IS NOT NULL) AS linked,
                 count(*) FILTER (WHERE last_active_at > tmdb.now() - interval '1 day') AS active,
                 coalesce(sum(ratings_count), 0)::bigint AS ratings
          FROM tmdb.users
        ), asked AS (
          SELECT count(*) AS number, min(wanted_at) AS oldest FROM tmdb.posters
          WHERE bot_id = $1 AND priority = 0 AND poster_status = 0 AND telegram_file_id IS NULL
        ), on_disk AS (
          SELECT count(*) AS number FROM tmdb.posters WHERE bot_id = $1 AND poster_status = 1
        ), importing AS (
          SELECT count(*) AS number, min(created_at) AS oldest FROM tmdb.imports WHERE finished_at IS NULL
        ), pushing AS (
          SELECT count(*) FILTER (WHERE parked_at IS NULL AND tmdb_account_id IS NOT NULL) AS number,
                 min(requested_at) FILTER (WHERE parked_at IS NULL AND tmdb_account_id IS NOT NULL) AS oldest,
                 count(*) FILTER (WHERE parked_at IS NOT NULL) AS parked
          FROM tmdb.rating_pushes
        ), telling AS (
          SELECT count(*) AS number, min(created_at) AS oldest FROM tmdb.notices
        )
        SELECT people.number AS users, people.linked AS users_linked, people.active AS users_active,
               people.ratings,
               coalesce((SELECT number FROM films WHERE state = 'stub'), 0) AS films_stub,
               coalesce((SELECT number FROM films WHERE state = 'full'), 0) AS films_full,
               (SELECT movies FROM size) > $2 AS films_estimated,
               coalesce((SELECT number FROM poster_states WHERE state = -1), 0) AS posters_missing,
               coalesce((SELECT number FROM poster_states WHERE state = 0), 0) AS posters_wanted,
               on_disk.number AS posters_on_disk,
               coalesce((SELECT number FROM poster_states WHERE state = 2), 0) AS posters_in_telegram,
               (SELECT posters FROM size) > $2 AS posters_estimated,
               asked.number AS asked_posters,
               extract(epoch FROM tmdb.now() - asked.oldest)::float8 AS asked_posters_age,
               importing.number AS imports,
               extract(epoch FROM tmdb.now() - importing.oldest)::float8 AS imports_age,
               pushing.number AS pushes,
               extract(epoch FROM tmdb.now() - pushing.oldest)::float8 AS pushes_age,
               pushing.parked AS pushes_parked,
               telling.number AS notices,
               extract(epoch FROM tmdb.now() - telling.oldest)::float8 AS notices_age
        FROM people, asked, on_disk, importing, pushing, telling
    """

    async def look(self, bot_id: int, counted_rows: int = COUNTED_ROWS) -> Stats:
        """All figures in one statement; posters are those of the bot."""
        row = await self._db.fetchrow(self.LOOK, bot_id, counted_rows)
        assert row is not None
        return Stats(**dict(row))
