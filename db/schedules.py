"""The schedule: which process keeps it, and when each job fired and fires next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from db.arrays import columns
from db.pool import Executor

NAME = "schedule"


class Planned(NamedTuple):
    """A scheduled job's row; `next_fire_at` is None where it is switched off."""

    job: str
    cron: str
    next_fire_at: datetime | None
    last_fired_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What decides which jobs fire now."""

    now: datetime
    paused: bool
    export_loaded: bool  # all of TMDB's ids are here
    planned: dict[str, Planned]


class Schedules:
    """Rows of tmdb.schedules, and the lease of whoever keeps them."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    # A lease that ends later than any holder could have set it is of a clock that was set back since.
    TAKE = """
        INSERT INTO tmdb.scheduler_lease AS lease (name, holder, lease_until)
        VALUES ($1, $2, tmdb.now() + $3::interval)
        ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, lease_until = excluded.lease_until
        WHERE lease.holder = excluded.holder OR lease.lease_until <= tmdb.now()
          OR lease.lease_until > tmdb.now() + 2 * $3::interval
        RETURNING true
    """

    async def take(self, holder: str, lease: timedelta) -> bool:
        """Takes or renews the lease; False: another process has it."""
        return bool(await self._db.fetchval(self.TAKE, NAME, holder, lease))

    GIVE_UP = "DELETE FROM tmdb.scheduler_lease WHERE name = $1 AND holder = $2"

    async def give_up(self, holder: str) -> None:
        """Leaves the lease to whoever comes next."""
        await self._db.execute(self.GIVE_UP, NAME, holder)

    OUTLOOK = """
        SELECT tmdb.now() AS now,
          EXISTS (SELECT FROM tmdb.sync_state WHERE name = 'paused') AS paused,
          EXISTS (SELECT FROM tmdb.sync_state WHERE name = 'export:movie' AND watermark IS NOT NULL)
            AS export_loaded,
          planned.job, planned.cron, planned.next_fire_at, planned.last_fired_at
        FROM (VALUES (1)) AS always
        LEFT JOIN tmdb.schedules AS planned ON true
    """

    async def outlook(self) -> Outlook:
        """All of it at one moment of the database's clock."""
        rows = await self._db.fetch(self.OUTLOOK)
        return Outlook(
            now=rows[0]["now"],
            paused=rows[0]["paused"],
            export_loaded=rows[0]["export_loaded"],
            planned={row["job"]: Planned(*row[3:]) for row in rows if row["job"] is not None},
        )

    PLAN = """
        INSERT INTO tmdb.schedules (job, cron, next_fire_at)
        SELECT job, cron, next_fire_at
        FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS plan (job, cron, next_fire_at)
        WHERE EXISTS (
          SELECT FROM tmdb.scheduler_lease
          WHERE name = $4 AND holder = $5 AND lease_until > tmdb.now())
        ORDER BY job
        ON CONFLICT (job) DO UPDATE SET cron = excluded.cron, next_fire_at = excluded.next_fire_at
    """

    async def plan(self, plans: Sequence[Planned], holder: str) -> None:
        """When these jobs fire next, if at all."""
        if plans:
            await self._db.execute(self.PLAN, *columns(3, (plan[:3] for plan in plans)), NAME, holder)

    # A process that stops in the middle of a firing must not keep others from it.
    BOUND = "SELECT set_config('idle_in_transaction_session_timeout', '10s', true)"
    FIRE = """
        UPDATE tmdb.schedules SET last_fired_at = tmdb.now(), next_fire_at = $3
        WHERE job = $1 AND last_fired_at IS NOT DISTINCT FROM $2::timestamptz
          AND EXISTS (
            SELECT FROM tmdb.scheduler_lease
            WHERE name = $4 AND holder = $5 AND lease_until > tmdb.now())
        RETURNING true
    """

    async def fire(self, planned: Planned, next_fire_at: datetime | None, holder: str) -> bool:
        """Records that the job fires in this transaction; False: it fired already, or the lease is lost."""
        await self._db.execute(self.BOUND)
        return bool(
            await self._db.fetchval(self.FIRE, planned.job, planned.last_fired_at, next_fire_at, NAME, holder)
        )
