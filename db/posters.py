"""Posters of one bot on their way from TMDB into Telegram, and what is known of them there."""

import math
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from enum import IntEnum
from typing import NamedTuple

from db.arrays import columns
from db.outbox import EntityType
from db.pool import Executor, wake

# A host without a sign of life for so long holds no files for us: restarts and outages are shorter.
HOST_IS_GONE_AFTER = timedelta(minutes=10)


class Priority(IntEnum):
    """Who waits for a poster; the lower goes first."""

    PERSON = 0
    IMPORT = 1
    PREWARM = 2


class Wanted(NamedTuple):
    """A poster to have: whose it is, if that is stored here, and how popular they are."""

    poster_path: str
    owner_id: int | None
    popularity: float
    owner: EntityType = "movie"


class ToDownload(NamedTuple):
    """A poster claimed for download."""

    poster_path: str
    size: str
    priority: int


class ToUpload(NamedTuple):
    """A poster claimed for its channel: by file_id where one is known, else from the file.

    `channel_id` and `message_id` are of an earlier post that is to be replaced.
    """

    poster_path: str
    local_path: str | None
    telegram_file_id: str | None
    channel_id: int | None
    message_id: int | None
    owner: EntityType | None
    owner_id: int | None
    name: str | None
    year: int | None


class PosterFile(NamedTuple):
    """A poster's file on disk as it is: `local_path` is relative to DATA_DIR."""

    poster_path: str
    local_path: str
    byte_size: int
    width: int
    height: int


class OnDisk(NamedTuple):
    """Files that wait for the uploader: on all hosts, and the bytes on one of them.

    `held_bytes` are the same host's files that wait for pre-warming to go on, which the others leave out.
    """

    files: int
    bytes: int
    held_bytes: int


class Cached(NamedTuple):
    """A poster taken out of circulation: what there is to remove."""

    channel_id: int | None
    message_id: int | None
    local_path: str | None
    local_host: str | None


class Counts(NamedTuple):
    """Posters by poster_status, and file_ids that Telegram did not know any more: ever, and in 30 days."""

    by_status: dict[int, int]
    dead: int
    dead_month: int


class PrewarmPage(NamedTuple):
    """One page of films by falling popularity: how many there were, and the last one's place."""

    films: int
    wanted: int
    popularity: float | None
    tmdb_id: int | None


class Posters:
    """Rows of tmdb.posters.

    Pre-warming rests while the synchronisation is paused and while a move needs the channels
    (tmdb.poster_priority_allowed): nothing of its priority is claimed then.

    A claim is a lease: `leased_by` names the worker, and what it records counts only while it is
    named there. The name stays when the lease ends, so that a statement repeated after a lost
    connection finds its own result. `attempts` counts claims until the poster is in Telegram.
    """

    def __init__(self, db: Executor) -> None:
        self._db = db

    # Wanting ------------------------------------------------------------------------------------

    WANT = """
        WITH wanted AS (
          INSERT INTO tmdb.posters AS poster (bot_id, poster_path, tmdb_movie_id, tmdb_person_id,
            tmdb_series_id, size, priority, popularity)
          SELECT DISTINCT ON (w.poster_path) $1, w.poster_path, CASE w.owner WHEN 'movie' THEN w.owner_id END,
            CASE w.owner WHEN 'person' THEN w.owner_id END, CASE w.owner WHEN 'tv' THEN w.owner_id END,
            $2, $3, w.popularity
          FROM unnest($4::text[], $5::int[], $6::float8[], $7::text[])
            AS w (poster_path, owner_id, popularity, owner)
          ORDER BY w.poster_path, w.popularity DESC, w.owner, w.owner_id
          ON CONFLICT (bot_id, poster_path) DO UPDATE SET
            priority = EXCLUDED.priority,
            next_attempt_at = CASE WHEN poster.missing_at IS NULL
              THEN least(poster.next_attempt_at, tmdb.now()) ELSE poster.next_attempt_at END
          WHERE poster.poster_status IN (0, 1) AND EXCLUDED.priority < poster.priority
          RETURNING 1
        )
        SELECT count(*) FROM wanted
    """

    async def want(self, bot_id: int, size: str, wanted: Iterable[Wanted], priority: Priority) -> int:
        """Queues posters, or moves those queued already ahead; answers how many that were."""
        posters = columns(4, wanted)
        if not posters[0]:
            return 0
        queued: int = await self._db.fetchval(self.WANT, bot_id, size, priority, *posters)
        if queued:
            await wake(self._db, "download")
        return queued

    WANT_POPULAR = """
        WITH page AS (
          SELECT tmdb_id, poster_path, popularity FROM tmdb.movies
          WHERE data_state = 'full' AND poster_path IS NOT NULL AND adult IS NOT TRUE AND deleted_at IS NULL
            AND popularity <= $4::float8 AND (popularity, tmdb_id) < ($4::float8, $5)
          ORDER BY popularity DESC, tmdb_id DESC
          LIMIT $6
        ), wanted AS (
          INSERT INTO tmdb.posters (bot_id, poster_path, tmdb_movie_id, size, priority, popularity)
          SELECT DISTINCT ON (poster_path) $1, poster_path, tmdb_id, $2, $3, popularity
          FROM page ORDER BY poster_path, popularity DESC, tmdb_id
          ON CONFLICT (bot_id, poster_path) DO NOTHING
          RETURNING 1
        )
        SELECT (SELECT count(*) FROM page), (SELECT count(*) FROM wanted), last.popularity, last.tmdb_id
        FROM (SELECT 1) AS always
        LEFT JOIN (SELECT popularity, tmdb_id FROM page ORDER BY popularity, tmdb_id LIMIT 1) AS last ON true
    """

    async def want_popular(
        self, bot_id: int, size: str, limit: int, after: PrewarmPage | None = None
    ) -> PrewarmPage:
        """Queues the posters of the next `limit` full films by popularity; adult films are left out."""
        popularity, tmdb_id = (after.popularity, after.tmdb_id) if after else (math.inf, 0)
        row = await self._db.fetchrow(
            self.WANT_POPULAR, bot_id, size, Priority.PREWARM, popularity, tmdb_id, limit
        )
        assert row is not None  # a SELECT without FROM answers one row
        page = PrewarmPage(*row)
        if page.wanted:
            await wake(self._db, "download")
        return page

    # Kept by triggers on the table, and by FORGET_FILE_IDS.
    COUNTS = """
        SELECT (string_to_array(name, '.'))[3] AS what, sum(number)::int AS number,
          coalesce(sum(number) FILTER (WHERE day > (tmdb.now() AT TIME ZONE 'UTC')::date - 30), 0)::int
            AS month
        FROM tmdb.tallies
        WHERE name = ANY (ARRAY[
          format('posters.%s.-1', $1::bigint), format('posters.%s.0', $1::bigint),
          format('posters.%s.1', $1::bigint), format('posters.%s.2', $1::bigint),
          format('file_ids.%s.dead', $1::bigint)])
        GROUP BY name
    """

    async def counts(self, bot_id: int) -> Counts:
        """How many there are by poster_status, and how many dead file_ids were found."""
        rows = {row["what"]: row for row in await self._db.fetch(self.COUNTS, bot_id)}
        dead = rows.pop("dead", {"number": 0, "month": 0})
        by_status = {int(status): row["number"] for status, row in rows.items()}
        return Counts(by_status, dead["number"], dead["month"])

    MAY_PREWARM = "SELECT tmdb.poster_priority_allowed($1) >= $2"

    async def may_prewarm(self, bot_id: int) -> bool:
        """Whether posters that nobody asked for are worked on now."""
        return bool(await self._db.fetchval(self.MAY_PREWARM, bot_id, Priority.PREWARM))

    # Downloading --------------------------------------------------------------------------------

    ON_DISK = """
        SELECT count(*) FILTER (WHERE priority <= allowed),
          coalesce(sum(byte_size) FILTER (WHERE priority <= allowed AND local_host = $2), 0),
          coalesce(sum(byte_size) FILTER (WHERE priority > allowed AND local_host = $2), 0)
        FROM tmdb.posters CROSS JOIN (SELECT tmdb.poster_priority_allowed($1) AS allowed) AS now
        WHERE bot_id = $1 AND poster_status = 1
    """

    async def on_disk(self, bot_id: int, host: str) -> OnDisk:
        """What the uploader has still to take."""
        row = await self._db.fetchrow(self.ON_DISK, bot_id, host)
        assert row is not None  # an aggregate answers one row
        return OnDisk(*row)

    # A CTE is read once. A subquery may be read again for each row of the table, and then each time
    # locks the next one: more would be claimed than the limit.
    # What a move is about to bring from another bot's channel needs no download. A value, not NOT
    # EXISTS, which the planner may turn into a join with all that the other bot has.
    CLAIM_DOWNLOADS = """
        WITH due AS MATERIALIZED (
          SELECT bot_id, poster_path FROM tmdb.posters AS wanted
          WHERE bot_id = $1 AND poster_status = 0 AND telegram_file_id IS NULL
            AND priority <= least($2, tmdb.poster_priority_allowed($1))
            AND next_attempt_at <= tmdb.now() AND (lease_until IS NULL OR lease_until <= tmdb.now())
            AND (
              SELECT true FROM tmdb.poster_moves AS move
              JOIN tmdb.posters AS source ON source.bot_id = move.from_bot_id
              WHERE move.bot_id = $1 AND move.state = 'running' AND source.bot_id <> $1
                AND source.poster_path = wanted.poster_path AND source.poster_status = 2
                AND source.channel_id = ANY (move.from_channels) AND source.next_attempt_at <= tmdb.now()
              LIMIT 1) IS NULL
          ORDER BY priority, popularity DESC
          LIMIT $3
          FOR UPDATE SKIP LOCKED
        )
        UPDATE tmdb.posters AS poster
        SET lease_until = tmdb.now() + $4::interval, leased_by = $5, attempts = poster.attempts + 1
        FROM due
        WHERE poster.bot_id = due.bot_id AND poster.poster_path = due.poster_path
        RETURNING poster.poster_path, poster.size, poster.priority
    """

    async def claim_downloads(
        self, bot_id: int, worker: str, lease_seconds: float, *, limit: int, up_to: int = Priority.PREWARM
    ) -> list[ToDownload]:
        """The first posters to download of priority `up_to` or better."""
        rows = await self._db.fetch(
            self.CLAIM_DOWNLOADS, bot_id, up_to, limit, timedelta(seconds=lease_seconds), worker
        )
        return [ToDownload(*row) for row in rows]

    # CASE, where OR would do: without statistics OR leads the planner to both queues' indexes, whole.
    FINISH_DOWNLOADS = """
        UPDATE tmdb.posters AS poster SET
          poster_status = 1, local_path = file.local_path, local_host = $2, byte_size = file.byte_size,
          width = file.width, height = file.height, downloaded_at = tmdb.now(),
          lease_until = NULL, next_attempt_at = tmdb.now(), last_error = NULL, missing_at = NULL
        FROM unnest($4::text[], $5::text[], $6::int[], $7::int[], $8::int[])
          AS file (poster_path, local_path, byte_size, width, height)
        WHERE poster.bot_id = $1 AND poster.poster_path = file.poster_path AND poster.leased_by = $3
          AND CASE poster.poster_status
            WHEN 0 THEN poster.telegram_file_id IS NULL
            WHEN 1 THEN poster.local_path = file.local_path
            ELSE false END
        RETURNING poster.poster_path
    """

    async def finish_downloads(
        self, bot_id: int, worker: str, host: str, files: Sequence[PosterFile]
    ) -> set[str]:
        """Records files that are in place; answers the posters that counted: others are not ours any more."""
        done = await self._db.fetch(self.FINISH_DOWNLOADS, bot_id, host, worker, *columns(5, sorted(files)))
        if done:
            await wake(self._db, "upload")
        return {row[0] for row in done}

    MISSING = """
        UPDATE tmdb.posters SET
          poster_status = CASE WHEN missing_at <= tmdb.now() - interval '1 day' THEN -1 ELSE 0 END,
          missing_at = coalesce(missing_at, tmdb.now()),
          next_attempt_at = coalesce(missing_at, tmdb.now()) + interval '1 day',
          lease_until = NULL, last_error = $4
        WHERE bot_id = $1 AND poster_path = $2 AND leased_by = $3 AND lease_until IS NOT NULL
    """

    async def missing(self, bot_id: int, worker: str, poster_path: str, error: str) -> None:
        """The image host answered 404: the second one, a day after the first, is believed."""
        await self._db.execute(self.MISSING, bot_id, poster_path, worker, error)

    # Uploading ----------------------------------------------------------------------------------

    CLAIM_UPLOAD = """
        WITH due AS (
          SELECT bot_id, poster_path FROM tmdb.posters
          WHERE bot_id = $1 AND (poster_status = 1 OR (poster_status = 0 AND telegram_file_id IS NOT NULL))
            AND (local_host = $2 OR telegram_file_id IS NOT NULL)
            AND priority <= tmdb.poster_priority_allowed($1)
            AND next_attempt_at <= tmdb.now() AND (lease_until IS NULL OR lease_until <= tmdb.now())
          ORDER BY priority, popularity DESC
          LIMIT 1
          FOR UPDATE SKIP LOCKED
        ), claimed AS (
          UPDATE tmdb.posters AS poster
          SET lease_until = tmdb.now() + $3::interval, leased_by = $4, attempts = poster.attempts + 1
          FROM due WHERE poster.bot_id = due.bot_id AND poster.poster_path = due.poster_path
          RETURNING poster.poster_path,
            CASE WHEN poster.local_host = $2 THEN poster.local_path END AS local_path,
            poster.telegram_file_id, poster.channel_id, poster.message_id, poster.tmdb_movie_id,
            poster.tmdb_person_id, poster.tmdb_series_id
        )
        SELECT claimed.poster_path, claimed.local_path, claimed.telegram_file_id, claimed.channel_id,
          claimed.message_id,
          CASE
            WHEN claimed.tmdb_movie_id IS NOT NULL THEN 'movie'
            WHEN claimed.tmdb_person_id IS NOT NULL THEN 'person'
            WHEN claimed.tmdb_series_id IS NOT NULL THEN 'tv'
          END,
          coalesce(claimed.tmdb_movie_id, claimed.tmdb_person_id, claimed.tmdb_series_id),
          coalesce(movie.title, person.name, series.name),
          coalesce(movie.year, extract(year FROM series.first_air_date))::int
        FROM claimed
        LEFT JOIN tmdb.movies AS movie ON movie.tmdb_id = claimed.tmdb_movie_id
        LEFT JOIN tmdb.people AS person ON person.tmdb_id = claimed.tmdb_person_id
        LEFT JOIN tmdb.tv_series AS series ON series.tmdb_id = claimed.tmdb_series_id
    """

    async def claim_upload(
        self, bot_id: int, worker: str, host: str, lease_seconds: float
    ) -> ToUpload | None:
        """The first poster to post that this host can: it holds the file, or a file_id is known."""
        row = await self._db.fetchrow(
            self.CLAIM_UPLOAD, bot_id, host, timedelta(seconds=lease_seconds), worker
        )
        return ToUpload(*row) if row else None

    FINISH_UPLOAD = """
        UPDATE tmdb.posters SET
          poster_status = 2, telegram_file_id = $4, telegram_file_unique_id = $5, channel_id = $6,
          message_id = $7, width = coalesce(width, $8), height = coalesce(height, $9),
          uploaded_at = tmdb.now(), verified_at = tmdb.now(), local_path = NULL, local_host = NULL,
          lease_until = NULL, attempts = 0, next_attempt_at = tmdb.now(), last_error = NULL, missing_at = NULL
        WHERE bot_id = $1 AND poster_path = $2 AND leased_by = $3
          AND (poster_status IN (0, 1) OR (poster_status = 2 AND channel_id = $6 AND message_id = $7))
        RETURNING true
    """

    async def finish_upload(
        self,
        bot_id: int,
        worker: str,
        poster_path: str,
        *,
        file_id: str,
        file_unique_id: str,
        channel_id: int,
        message_id: int,
        width: int,
        height: int,
    ) -> bool:
        """Records a post; False: the poster is not ours any more, so the post is one too many.

        The size counts only where no file told it.
        """
        done: bool | None = await self._db.fetchval(
            self.FINISH_UPLOAD,
            *(bot_id, poster_path, worker, file_id, file_unique_id, channel_id, message_id, width, height),
        )
        return bool(done)

    DOWNLOAD_AGAIN = """
        UPDATE tmdb.posters SET
          poster_status = 0, local_path = NULL, local_host = NULL, telegram_file_id = NULL,
          telegram_file_unique_id = NULL, lease_until = NULL, last_error = $4,
          next_attempt_at = tmdb.now() + CASE WHEN $5
            THEN least(interval '6 hours', power(2, least(attempts, 12)) * interval '1 minute')
            ELSE interval '0' END
        WHERE bot_id = $1 AND poster_path = $2 AND leased_by = $3 AND poster_status IN (0, 1)
          AND lease_until IS NOT NULL
    """

    async def download_again(
        self, bot_id: int, worker: str, poster_path: str, error: str, *, later: bool = False
    ) -> None:
        """A claimed upload has nothing to post: its file is gone or refused, its file_id is dead."""
        await self._db.execute(self.DOWNLOAD_AGAIN, bot_id, poster_path, worker, error, later)
        await wake(self._db, "download")

    # Either ---------------------------------------------------------------------------------------

    RENEW = """
        UPDATE tmdb.posters SET lease_until = tmdb.now() + $4::interval
        WHERE bot_id = $1 AND poster_path = $2 AND leased_by = $3 AND lease_until IS NOT NULL
    """

    async def renew(self, bot_id: int, worker: str, poster_path: str, lease_seconds: float) -> None:
        """The work goes on."""
        await self._db.execute(self.RENEW, bot_id, poster_path, worker, timedelta(seconds=lease_seconds))

    FAIL = """
        UPDATE tmdb.posters SET
          lease_until = NULL, last_error = $4,
          next_attempt_at = tmdb.now() + least(interval '6 hours', power(2, least(attempts - 1, 12))
            * CASE priority WHEN 0 THEN interval '5 seconds' ELSE interval '1 minute' END)
        WHERE bot_id = $1 AND poster_path = $2 AND leased_by = $3 AND lease_until IS NOT NULL
    """

    async def fail(self, bot_id: int, worker: str, poster_path: str, error: str) -> None:
        """It is tried again, later each time: after 5 s where a person waits, else after a minute."""
        await self._db.execute(self.FAIL, bot_id, poster_path, worker, error)

    RELEASE = """
        UPDATE tmdb.posters SET lease_until = NULL, attempts = greatest(attempts - 1, 0)
        WHERE bot_id = $1 AND poster_path = $2 AND leased_by = $3 AND lease_until IS NOT NULL
    """

    async def release(self, bot_id: int, worker: str, poster_path: str) -> None:
        """Claimed in vain, through no fault of the poster's: it is due at once."""
        await self._db.execute(self.RELEASE, bot_id, poster_path, worker)

    # The bot's own sends ------------------------------------------------------------------------

    LOCAL_PATH = """
        SELECT local_path FROM tmdb.posters
        WHERE bot_id = $1 AND poster_path = $2 AND poster_status = 1 AND local_host = $3
    """

    async def local_path(self, bot_id: int, poster_path: str, host: str) -> str | None:
        """Where this host keeps the file, if it does."""
        path: str | None = await self._db.fetchval(self.LOCAL_PATH, bot_id, poster_path, host)
        return path

    LEARN = """
        INSERT INTO tmdb.posters AS poster (bot_id, poster_path, tmdb_movie_id, tmdb_person_id,
          tmdb_series_id, size, priority, popularity, telegram_file_id, telegram_file_unique_id, byte_size,
          width, height, verified_at)
        VALUES ($1, $2, CASE $11 WHEN 'movie' THEN $3::int END, CASE $11 WHEN 'person' THEN $3 END,
          CASE $11 WHEN 'tv' THEN $3 END, $4, 0, $5, $6, $7, $8, $9, $10, tmdb.now())
        ON CONFLICT (bot_id, poster_path) DO UPDATE SET
          poster_status = CASE WHEN poster.poster_status = 1 THEN 1 ELSE 0 END, priority = 0,
          telegram_file_id = EXCLUDED.telegram_file_id,
          telegram_file_unique_id = EXCLUDED.telegram_file_unique_id,
          byte_size = coalesce(EXCLUDED.byte_size, poster.byte_size),
          width = coalesce(EXCLUDED.width, poster.width), height = coalesce(EXCLUDED.height, poster.height),
          verified_at = tmdb.now(), missing_at = NULL, last_error = NULL, next_attempt_at = tmdb.now(),
          lease_until = CASE WHEN poster.poster_status = 1 THEN poster.lease_until END,
          leased_by = CASE WHEN poster.poster_status = 1 THEN poster.leased_by END
        WHERE poster.poster_status <> 2
        RETURNING true
    """

    async def learn(
        self,
        bot_id: int,
        size: str,
        wanted: Wanted,
        *,
        file_id: str,
        file_unique_id: str,
        byte_size: int | None = None,
        width: int | None = None,
        height: int | None = None,
    ) -> None:
        """Keeps the file_id a card's own upload yielded; the uploader posts it to a channel without bytes."""
        learned = await self._db.fetchval(
            self.LEARN,
            *(bot_id, wanted.poster_path, wanted.owner_id, size, wanted.popularity),
            *(file_id, file_unique_id, byte_size, width, height, wanted.owner),
        )
        if learned:
            await wake(self._db, "upload")

    FORGET_FILE_IDS = """
        WITH dead AS (
          SELECT bot_id, poster_path FROM tmdb.posters
          WHERE bot_id = $1 AND telegram_file_id = ANY ($2::text[])
          ORDER BY poster_path FOR NO KEY UPDATE
        ), forgotten AS (
          UPDATE tmdb.posters AS poster SET
            poster_status = CASE WHEN poster_status = 1 THEN 1 ELSE 0 END, priority = 0,
            telegram_file_id = NULL, telegram_file_unique_id = NULL, lease_until = NULL, leased_by = NULL,
            attempts = 0, next_attempt_at = tmdb.now(), last_error = 'the file_id was dead'
          FROM dead WHERE poster.bot_id = dead.bot_id AND poster.poster_path = dead.poster_path
          RETURNING poster.bot_id
        ), counted AS (
          INSERT INTO tmdb.tallies (name, number)
          SELECT format('file_ids.%s.dead', bot_id), count(*) FROM forgotten GROUP BY bot_id
        )
        SELECT true FROM forgotten
    """

    async def forget_file_ids(self, bot_id: int, file_ids: Collection[str]) -> None:
        """Telegram does not know the file_ids any more: their posters are fetched and posted anew."""
        if file_ids and await self._db.fetch(self.FORGET_FILE_IDS, bot_id, sorted(file_ids)):
            await wake(self._db, "download")

    # Deleting -----------------------------------------------------------------------------------

    WITHDRAW = """
        UPDATE tmdb.posters AS poster SET
          poster_status = 0, telegram_file_id = NULL, telegram_file_unique_id = NULL, local_path = NULL,
          local_host = NULL, leased_by = $3, lease_until = tmdb.now() + $4::interval
        FROM (
          SELECT bot_id, poster_path, local_path, local_host FROM tmdb.posters
          WHERE bot_id = $1 AND poster_path = $2 FOR UPDATE
        ) AS was
        WHERE poster.bot_id = was.bot_id AND poster.poster_path = was.poster_path
        RETURNING poster.channel_id, poster.message_id, was.local_path, was.local_host
    """

    async def withdraw(
        self, bot_id: int, admin: str, poster_path: str, lease_seconds: float
    ) -> Cached | None:
        """Takes a poster from whoever works on it, so that its message and file can be removed.

        Until then the row names the message: should the removal be cut short, the next post replaces it.
        """
        row = await self._db.fetchrow(
            self.WITHDRAW, bot_id, poster_path, admin, timedelta(seconds=lease_seconds)
        )
        return Cached(*row) if row else None

    DELETE = """
        DELETE FROM tmdb.posters
        WHERE bot_id = $1 AND poster_path = $2 AND leased_by = $3 AND poster_status = 0
    """

    async def delete(self, bot_id: int, admin: str, poster_path: str) -> None:
        """Ends what `withdraw` began: nothing is known of the poster any more."""
        await self._db.execute(self.DELETE, bot_id, poster_path, admin)

    # Sweeping -------------------------------------------------------------------------------------

    LOCAL_PATHS = """
        SELECT local_path FROM tmdb.posters WHERE bot_id = $1 AND poster_status = 1
    """

    async def local_paths(self, bot_id: int) -> set[str]:
        """Every file that a row knows, whichever host recorded it: hosts may share a disk."""
        return {row[0] for row in await self._db.fetch(self.LOCAL_PATHS, bot_id)}

    # Each host sweeps: whoever is second leaves the rows to the first.
    REQUEUE_LOST = """
        UPDATE tmdb.posters AS poster SET
          poster_status = 0, local_path = NULL, local_host = NULL, lease_until = NULL,
          next_attempt_at = tmdb.now(), last_error = 'the host that held the file is gone'
        FROM (
          SELECT bot_id, poster_path FROM tmdb.posters AS held
          WHERE bot_id = $1 AND poster_status = 1 AND local_host <> $2
            AND (lease_until IS NULL OR lease_until <= tmdb.now())
            AND NOT EXISTS (
              SELECT FROM tmdb.heartbeats AS heartbeat
              WHERE heartbeat.part = 'workers' AND split_part(heartbeat.instance, ':', 1) = held.local_host
                AND heartbeat.beat_at > tmdb.now() - $3::interval
            )
          ORDER BY poster_path
          FOR UPDATE SKIP LOCKED
        ) AS lost
        WHERE poster.bot_id = lost.bot_id AND poster.poster_path = lost.poster_path
        RETURNING 1
    """

    async def requeue_lost(self, bot_id: int, host: str) -> int:
        """Wants again what lies on hosts without a running worker; answers how many files that are."""
        requeued = len(await self._db.fetch(self.REQUEUE_LOST, bot_id, host, HOST_IS_GONE_AFTER))
        if requeued:
            await wake(self._db, "download")
        return requeued
