"""The operator's figures, cheap at 1.2 million films: counts are kept, not counted."""

from core.stats import Day, Requests, Stats
from db.pool import Executor


class Statistics:
    """Figures over all tables."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    LOOK = """
        WITH kept AS (
          SELECT name, sum(number)::bigint AS number FROM tmdb.tallies
          WHERE name IN ('films.full', 'films.stub', 'films.deleted')
            OR name = ANY (ARRAY(SELECT format('posters.%s.%s', $1::bigint, status)
                                 FROM generate_series(-1, 2) AS status))
          GROUP BY name
        ), cards AS (
          SELECT name, sum(number)::bigint AS number FROM tmdb.tallies
          WHERE name IN ('cards.warm', 'cards.cold') AND day > (tmdb.now() AT TIME ZONE 'UTC')::date - 7
          GROUP BY name
        ), people AS (
          SELECT count(*) AS number,
                 count(*) FILTER (WHERE tmdb_session IS NOT NULL) AS linked,
                 count(*) FILTER (WHERE last_active_at > tmdb.now() - interval '1 day') AS day,
                 count(*) FILTER (WHERE last_active_at > tmdb.now() - interval '7 days') AS week,
                 count(*) FILTER (WHERE last_active_at > tmdb.now() - interval '30 days') AS month,
                 coalesce(sum(ratings_count), 0)::bigint AS ratings
          FROM tmdb.users
        ), asked AS (
          SELECT count(*) AS number, min(wanted_at) AS oldest FROM tmdb.posters
          WHERE bot_id = $1 AND priority = 0 AND poster_status = 0 AND telegram_file_id IS NULL
        ), importing AS (
          SELECT count(*) AS number, min(created_at) AS oldest FROM tmdb.imports WHERE finished_at IS NULL
        ), pushing AS (
          SELECT count(*) FILTER (WHERE parked_at IS NULL AND tmdb_account_id IS NOT NULL) AS number,
                 min(requested_at) FILTER (WHERE parked_at IS NULL AND tmdb_account_id IS NOT NULL) AS oldest,
                 count(*) FILTER (WHERE parked_at IS NOT NULL) AS parked
          FROM tmdb.pushes
        ), telling AS (
          SELECT count(*) AS number, min(created_at) AS oldest FROM tmdb.notices
        )
        SELECT people.number AS users, people.linked AS users_linked, people.day AS users_active,
               people.week AS users_active_week, people.month AS users_active_month,
               ARRAY(
                 SELECT coalesce(sum(seen.number), 0)::bigint
                 FROM generate_series(6, 0, -1) AS days (ago)
                 LEFT JOIN tmdb.tallies AS seen
                   ON seen.name = 'users.active' AND seen.day = (tmdb.now() AT TIME ZONE 'UTC')::date - ago
                 GROUP BY ago ORDER BY ago DESC
               ) AS users_by_day,
               people.ratings,
               coalesce((SELECT number FROM kept WHERE name = 'films.full'), 0) AS films_full,
               coalesce((SELECT number FROM kept WHERE name = 'films.stub'), 0) AS films_stub,
               coalesce((SELECT number FROM kept WHERE name = 'films.deleted'), 0) AS films_deleted,
               coalesce((SELECT number FROM kept WHERE name = format('posters.%s.2', $1)), 0)
                 AS posters_in_telegram,
               coalesce((SELECT number FROM kept WHERE name = format('posters.%s.1', $1)), 0)
                 AS posters_on_disk,
               coalesce((SELECT number FROM kept WHERE name = format('posters.%s.0', $1)), 0)
                 AS posters_wanted,
               coalesce((SELECT number FROM kept WHERE name = format('posters.%s.-1', $1)), 0)
                 AS posters_missing,
               coalesce((SELECT number FROM cards WHERE name = 'cards.warm'), 0) AS cards_warm,
               coalesce((SELECT number FROM cards WHERE name = 'cards.cold'), 0) AS cards_cold,
               asked.number AS asked_posters,
               extract(epoch FROM tmdb.now() - asked.oldest)::float8 AS asked_posters_age,
               importing.number AS imports,
               extract(epoch FROM tmdb.now() - importing.oldest)::float8 AS imports_age,
               pushing.number AS pushes,
               extract(epoch FROM tmdb.now() - pushing.oldest)::float8 AS pushes_age,
               pushing.parked AS pushes_parked,
               telling.number AS notices,
               extract(epoch FROM tmdb.now() - telling.oldest)::float8 AS notices_age,
               pg_database_size(current_database()) AS database_bytes
        FROM people, asked, importing, pushing, telling
    """

    async def look(self, bot_id: int) -> Stats:
        """All figures but those of requests; posters are the bot's."""
        row = await self._db.fetchrow(self.LOOK, bot_id)
        assert row is not None
        figures = dict(row)
        return Stats(**figures | {"users_by_day": tuple(figures["users_by_day"])})

    REQUESTS = """
        SELECT host, endpoint, status, sum(calls)::bigint FROM tmdb.api_requests
        WHERE minute > tmdb.now() - interval '24 hours'
        GROUP BY host, endpoint, status ORDER BY sum(calls) DESC, host, endpoint, status
    """

    async def requests(self) -> list[Requests]:
        """Calls to foreign hosts in the last 24 hours, the most frequent first."""
        return [Requests(*row) for row in await self._db.fetch(self.REQUESTS)]

    # Which calls count as failed is said by core.stats.Requests.failed; the index holds those from 400 on.
    DAYS = """
        WITH days AS (
          SELECT (tmdb.now() AT TIME ZONE 'UTC')::date - ago AS day FROM generate_series(0, $2 - 1) AS ago
        ), kept AS (
          SELECT day,
                 sum(number) FILTER (WHERE name = 'films.stored') AS films,
                 sum(number) FILTER (WHERE name <> 'films.stored') AS posters
          FROM tmdb.tallies
          WHERE name IN ('films.stored', format('posters.%s.2', $1::bigint))
            AND day > (tmdb.now() AT TIME ZONE 'UTC')::date - $2
          GROUP BY day
        ), failed AS (
          SELECT (minute AT TIME ZONE 'UTC')::date AS day, sum(calls) AS calls FROM tmdb.api_requests
          WHERE (status = 0 OR status >= 400) AND status NOT IN (403, 404)
            AND minute >= date_trunc('day', tmdb.now(), 'UTC') - ($2 - 1) * interval '1 day'
          GROUP BY 1
        )
        SELECT days.day, coalesce(kept.films, 0)::bigint, coalesce(failed.calls, 0)::bigint,
               greatest(kept.posters, 0)::bigint
        FROM days LEFT JOIN kept ON kept.day = days.day LEFT JOIN failed ON failed.day = days.day
        ORDER BY days.day
    """

    async def days(self, bot_id: int, number: int) -> list[Day]:
        """What each of the last days brought, the oldest first, today's so far last.

        Deleted posters are taken off the day's posted ones.
        """
        return [Day(*row) for row in await self._db.fetch(self.DAYS, bot_id, number)]
