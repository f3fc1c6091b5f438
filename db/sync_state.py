"""Where each kind of synchronisation stands."""

from datetime import date, datetime
from typing import Any, NamedTuple

from db.pool import Executor


class State(NamedTuple):
    """A row of tmdb.sync_state."""

    watermark: datetime | None
    value: dict[str, Any]


class SyncState:
    """Rows of tmdb.sync_state."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    GET = "SELECT watermark, value FROM tmdb.sync_state WHERE name = $1"

    async def get(self, name: str) -> State | None:
        """A state by its name; None where nothing was written yet."""
        row = await self._db.fetchrow(self.GET, name)
        return None if row is None else State(*row)

    SET = """
        INSERT INTO tmdb.sync_state (name, watermark, value) VALUES ($1, $2, $3)
        ON CONFLICT (name) DO UPDATE
        SET watermark = excluded.watermark, value = excluded.value, updated_at = tmdb.now()
    """

    async def set(self, name: str, watermark: datetime | None, value: dict[str, Any]) -> None:
        """Writes a state whole."""
        await self._db.execute(self.SET, name, watermark, value)

    # A watermark past now was written by a clock that has jumped back since: it counts for nothing.
    ADVANCE = """
        INSERT INTO tmdb.sync_state AS state (name, watermark) VALUES ($1, least($2, tmdb.now()))
        ON CONFLICT (name) DO UPDATE
        SET watermark = CASE WHEN state.watermark > tmdb.now() THEN excluded.watermark
            ELSE greatest(state.watermark, excluded.watermark) END,
          updated_at = tmdb.now()
    """

    async def advance(self, name: str, watermark: datetime) -> None:
        """Moves a watermark on: never back, and never past now."""
        await self._db.execute(self.ADVANCE, name, watermark)

    PAUSE = """
        INSERT INTO tmdb.sync_state (name, watermark, value)
        VALUES ('paused', tmdb.now(), jsonb_build_object('by', $1::bigint))
        ON CONFLICT (name) DO NOTHING
    """

    async def pause(self, by: int | None) -> None:
        """Stops what a pause stops, from now on; a second pause leaves the first."""
        await self._db.execute(self.PAUSE, by)

    RESUME = "DELETE FROM tmdb.sync_state WHERE name = 'paused'"

    async def resume(self) -> None:
        """Everything goes on."""
        await self._db.execute(self.RESUME)

    IS_PAUSED = "SELECT EXISTS (SELECT FROM tmdb.sync_state WHERE name = 'paused')"

    async def is_paused(self) -> bool:
        """Whether an admin paused the synchronisation."""
        return bool(await self._db.fetchval(self.IS_PAUSED))

    RESET = """
        INSERT INTO tmdb.sync_state (name, watermark, value)
        SELECT name, tmdb.now(), jsonb_build_object('by', $1::bigint)
        FROM (VALUES ('delta'), ('reset')) AS every (name) ORDER BY name
        ON CONFLICT (name) DO UPDATE
        SET watermark = excluded.watermark, value = excluded.value, updated_at = tmdb.now()
    """

    async def reset(self, by: int | None) -> None:
        """Every film fetched before now is due, and changes are read from now on."""
        await self._db.execute(self.RESET, by)

    COMPLETE_FILL = """
        UPDATE tmdb.sync_state
        SET value = value || jsonb_build_object('completed_at', tmdb.now()), updated_at = tmdb.now()
        WHERE name = 'fill' AND NOT value ? 'completed_at'
    """

    async def complete_fill(self) -> None:
        """The first fill has ended: no film is left of which no more is here than a list told."""
        await self._db.execute(self.COMPLETE_FILL)

    ACCEPT_EXPORT = """
        INSERT INTO tmdb.sync_state (name, value)
        VALUES ('export:' || $1::text, jsonb_build_object('accepted', $2::date))
        ON CONFLICT (name) DO UPDATE
        SET value = tmdb.sync_state.value || excluded.value, updated_at = tmdb.now()
    """

    async def accept_export(self, kind: str, day: date) -> None:
        """An admin vouches for that day's export, however small: value.accepted names the day."""
        await self._db.execute(self.ACCEPT_EXPORT, kind, day)

    # With a watermark past now, changes are read again from the last complete reading that lies before
    # now, or else from as far back as one request of TMDB's would reach.
    DELTA_FROM = """
        SELECT coalesce(
          (SELECT watermark FROM tmdb.sync_state WHERE name = 'delta' AND watermark <= tmdb.now()),
          CASE WHEN EXISTS (SELECT FROM tmdb.sync_state WHERE name = 'delta' AND watermark > tmdb.now()) THEN
            coalesce(
              (SELECT max(started_at) FROM tmdb.sync_runs
               WHERE run_type = 'delta' AND status = 'completed' AND started_at <= tmdb.now()),
              tmdb.now() - interval '14 days')
          END,
          (SELECT watermark FROM tmdb.sync_state WHERE name = 'fill' AND watermark <= tmdb.now()),
          tmdb.now()
        ), tmdb.now()
    """

    async def delta_from(self) -> tuple[datetime, datetime]:
        """Changes before the first are queued, the second is now; with no watermark yet, the fill's start."""
        row = await self._db.fetchrow(self.DELTA_FROM)
        assert row is not None
        return row[0], row[1]
