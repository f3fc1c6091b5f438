"""The rules of the health check: each raises what is wrong and clears it when it is not any more."""

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from core.alerts import Alert, Recipients, Rule
from core.settings import Settings
from db.alerts import Alerts
from db.pool import Connection
from services.alerts import HealthCheck

BOT_ID = 4242
CHANNEL, OTHER_CHANNEL = -1001, -1002
ADMIN = 900
HOUR = 3600
MEGABYTE = 1024 * 1024


def settings(data_dir: Path, **replaced: Any) -> Settings:
    values: dict[str, Any] = {
        "bot_token": f"{BOT_ID}:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc",
        "poster_channel_ids": (CHANNEL,),
        "admin_ids": (ADMIN,),
        "tmdb_access_token": "key",
        "secret_key": ("a key of sufficient length",),
        "data_dir": data_dir,
        "database_url": "postgresql://elsewhere/filmoteka",
    }
    return Settings(_env_file=None, **(values | replaced))


class Ward:
    """A database whose clock is moved by hand, and the health check over it."""

    def __init__(self, connection: Connection, data_dir: Path) -> None:
        self.connection = connection
        self._data_dir = data_dir
        self._clock = 0.0

    async def later(self, seconds: float) -> None:
        """Moves the clock on."""
        self._clock += seconds
        await self.connection.execute(
            "SELECT set_config('tmdb.clock_offset', $1, true)", f"{self._clock} seconds"
        )

    async def check(self, rule: Rule, **replaced: Any) -> list[Alert]:
        """What is open by a rule after a check."""
        await HealthCheck(self.connection, settings(self._data_dir, **replaced)).check()
        return [alert for alert in await Alerts(self.connection).open() if alert.rule == rule]

    async def subjects(self, rule: Rule, **replaced: Any) -> list[str]:
        return sorted(alert.subject for alert in await self.check(rule, **replaced))

    async def run(self, run_type: str, *, seconds: float = 100, films: int = 0, **columns: Any) -> int:
        """A run that ended now, after so many seconds."""
        found: int = await self.connection.fetchval(
            """
            INSERT INTO tmdb.sync_runs
              (run_type, source, trigger_type, status, started_at, finished_at, movies_new, total)
            VALUES ($1, 'test', 'scheduled', $2, tmdb.now() - $3::interval,
              CASE WHEN $2 IN ('completed', 'failed') THEN tmdb.now() END, $4, $4)
            RETURNING id
            """,
            *(run_type, columns.get("status", "completed"), timedelta(seconds=seconds), films),
        )
        return found

    async def pause(self) -> None:
        await self.connection.execute(
            "INSERT INTO tmdb.sync_state (name, watermark) VALUES ('paused', tmdb.now())"
        )

    async def state(self, name: str) -> None:
        await self.connection.execute(
            "INSERT INTO tmdb.sync_state (name, watermark) VALUES ($1, tmdb.now())", name
        )

    async def resume(self) -> None:
        await self.connection.execute("DELETE FROM tmdb.sync_state WHERE name = 'paused'")

    async def calls(
        self, status: int, number: int, *, job: str = "refresh", host: str = "tmdb", **columns: str
    ) -> None:
        """Calls of this minute."""
        await self.connection.execute(
            """
            INSERT INTO tmdb.api_requests
              (minute, host, method, endpoint, job, status, calls, retries, duration_ms)
            VALUES (date_trunc('minute', tmdb.now(), 'UTC'), $1, 'GET', $2, $3, $4, $5, 0, 0)
            """,
            *(host, columns.get("endpoint", "/3/movie/{movie_id}"), job, status, number),
        )


@pytest.fixture
def ward(connection: Connection, tmp_path: Path) -> Ward:
    return Ward(connection, tmp_path)


# No successful daily run for 36 hours


async def test_daily_runs_are_counted_from_the_first_check(ward: Ward) -> None:
    assert await ward.subjects("no_daily_run") == []
    await ward.later(35.9 * HOUR)
    assert await ward.subjects("no_daily_run") == []
    await ward.later(0.2 * HOUR)
    export, delta = sorted(await ward.check("no_daily_run"), key=lambda alert: alert.subject, reverse=True)[
        ::-1
    ]
    assert [export.subject, delta.subject] == ["delta", "export"]
    assert export.facts == {"run_type": "delta", "hours": 36}
    await ward.run("delta")
    assert await ward.subjects("no_daily_run") == ["export"]


async def test_a_failed_run_is_no_success_and_is_named(ward: Ward) -> None:
    await ward.run("delta")
    await ward.later(24 * HOUR)
    failed = await ward.run("delta", status="failed")
    await ward.later(13 * HOUR)
    [alert] = [alert for alert in await ward.check("no_daily_run") if alert.subject == "delta"]
    assert alert.run_id == failed
    assert alert.facts["hours"] == 37


async def test_what_is_switched_off_is_not_missed(ward: Ward) -> None:
    await ward.check("no_daily_run")
    await ward.later(40 * HOUR)
    assert await ward.subjects("no_daily_run") == ["delta", "export"]
    assert await ward.subjects("no_daily_run", tmdb_delta_sync_enabled=False) == ["export"]


async def test_a_pause_stops_the_count_of_what_it_stops(ward: Ward) -> None:
    await ward.run("delta")
    await ward.run("export")
    await ward.pause()
    for missed in ([], ["export"], ["export"]):
        await ward.later(20 * HOUR)
        assert await ward.subjects("no_daily_run") == missed
    await ward.resume()
    await ward.later(35 * HOUR)
    assert await ward.subjects("no_daily_run") == ["export"], "no catching up at once after a pause"
    await ward.later(2 * HOUR)
    assert await ward.subjects("no_daily_run") == ["delta", "export"]


async def test_the_fill_is_missed_from_the_first_export_until_it_is_complete(ward: Ward) -> None:
    await ward.check("no_daily_run")
    await ward.later(40 * HOUR)
    await ward.run("export")
    await ward.run("delta")
    assert await ward.subjects("no_daily_run") == [], "nothing to fill yet"
    await ward.state("export:movie")
    await ward.state("fill")
    assert await ward.subjects("no_daily_run") == ["bulk"]
    await ward.connection.execute(
        """
        INSERT INTO tmdb.sync_runs (run_type, source, trigger_type, status, started_at)
        VALUES ('bulk', 'test', 'scheduled', 'running', tmdb.now())
        """
    )
    assert await ward.subjects("no_daily_run") == ["bulk"], "it runs, but no film comes in"
    await ward.connection.execute("INSERT INTO tmdb.tallies (name, number) VALUES ('films.filled', 1)")
    assert await ward.subjects("no_daily_run") == [], "a fill takes longer than its day"
    await ward.later(72 * HOUR)
    assert "bulk" in await ward.subjects("no_daily_run"), "it has stopped moving"
    await ward.connection.execute(
        "UPDATE tmdb.sync_state SET value = '{\"completed_at\": \"2026-11-21\"}' WHERE name = 'fill'"
    )
    assert "bulk" not in await ward.subjects("no_daily_run")


# Error rate


async def test_an_error_rate_is_of_one_job_in_the_last_hour(ward: Ward) -> None:
    await ward.calls(200, 95)
    await ward.calls(503, 5)
    await ward.calls(200, 1000, job="download", host="tmdb-images")
    assert await ward.check("error_rate") == []
    await ward.calls(0, 1)
    [alert] = await ward.check("error_rate")
    assert (alert.subject, alert.severity) == ("refresh", "warning")
    assert alert.facts == {
        "job": "refresh",
        "percent": 5.9,
        "threshold": 5.0,
        "calls": 101,
        "statuses": {"0": 1, "503": 5},
    }
    assert await ward.check("error_rate", tmdb_error_rate_threshold=6.5) == []
    assert len(await ward.check("error_rate")) == 1
    await ward.later(HOUR + 60)
    assert await ward.check("error_rate") == []


async def test_what_tmdb_does_not_have_is_no_error(ward: Ward) -> None:
    await ward.calls(200, 50)
    await ward.calls(404, 50)
    await ward.calls(403, 50, host="tmdb-exports", endpoint="/{file}")
    await ward.calls(401, 50, job="pushes", endpoint="/3/movie/{movie_id}/rating")
    assert await ward.check("error_rate") == []


async def test_being_told_to_slow_down_all_the_time_is_one(ward: Ward) -> None:
    await ward.calls(200, 90)
    await ward.calls(429, 10)
    [alert] = await ward.check("error_rate")
    assert alert.facts["statuses"] == {"429": 10}


async def test_a_few_calls_say_nothing_and_telegram_is_not_tmdb(ward: Ward) -> None:
    await ward.calls(503, 49)
    await ward.calls(400, 1000, job="notices", host="telegram", endpoint="sendMessage")
    assert await ward.check("error_rate") == []


# Rate under half of the average


async def test_a_run_of_less_than_half_of_the_weeks_rate_is_slow(ward: Ward) -> None:
    for films in (3000, 3000, 1501):
        await ward.run("delta", films=films)
        assert await ward.check("slow_job") == []
        await ward.later(24 * HOUR)
    slow = await ward.run("delta", films=1200)
    [alert] = await ward.check("slow_job")
    assert (alert.subject, alert.run_id, alert.severity) == ("delta", slow, "info")
    assert alert.facts == {"run_type": "delta", "rate": 12.0, "average": 25.0}
    await ward.later(24 * HOUR)
    await ward.run("delta", films=2500)
    assert await ward.check("slow_job") == []


async def test_tiny_runs_other_jobs_and_older_weeks_are_no_measure(ward: Ward) -> None:
    await ward.run("bulk", films=10_000)
    await ward.run("delta", films=5000)
    await ward.later(7.1 * 24 * HOUR)
    await ward.run("delta", films=1000)
    await ward.run("lists", films=20)
    assert await ward.check("slow_job") == [], "the only faster run was more than a week ago"
    await ward.later(HOUR)
    await ward.run("delta", films=10)
    await ward.run("delta", films=499)
    assert await ward.check("slow_job") == [], "499 films are too few"


async def test_a_run_that_has_stopped_moving_is_slow_before_it_ends(ward: Ward) -> None:
    await ward.run("delta", films=4000)
    await ward.later(24 * HOUR)
    running = await ward.run("delta", status="running", films=600, seconds=590)
    assert await ward.check("slow_job") == []
    await ward.later(20)
    [alert] = await ward.check("slow_job")
    assert alert.run_id == running
    await ward.connection.execute("UPDATE tmdb.sync_runs SET movies_new = 20000 WHERE id = $1", running)
    assert await ward.check("slow_job") == []


async def test_a_pause_is_no_slowness(ward: Ward) -> None:
    await ward.run("delta", films=4000)
    await ward.later(24 * HOUR)
    await ward.connection.execute(
        """
        INSERT INTO tmdb.sync_runs (run_type, source, trigger_type, status, started_at, total)
        VALUES ('delta', 'test', 'scheduled', 'running', tmdb.now(), 4000)
        """
    )
    await ward.later(60)
    await ward.pause()
    await ward.later(10 * HOUR)
    assert await ward.check("slow_job") == []
    await ward.resume()
    await ward.later(HOUR)
    assert await ward.check("slow_job") == []


# Films given up


async def test_parked_films_over_the_threshold(ward: Ward) -> None:
    park = """
        INSERT INTO tmdb.refresh_queue (entity_type, tmdb_id, priority, reason, parked_at)
        SELECT $1, id, 3, 'stale', tmdb.now() FROM generate_series(1, $2::int) AS id
    """
    await ward.connection.execute(park, "movie", 3)
    await ward.connection.execute(park, "person", 3)
    assert await ward.check("parked", parked_films_threshold=3) == []
    [alert] = await ward.check("parked", parked_films_threshold=2)
    assert alert.facts == {"films": 3, "threshold": 2}
    await ward.connection.execute("UPDATE tmdb.refresh_queue SET parked_at = NULL")
    assert await ward.check("parked", parked_films_threshold=2) == []


# Room for posters


async def test_posters_fill_their_room_for_an_hour(ward: Ward) -> None:
    async def posters(megabytes: int, host: str = "here") -> None:
        await ward.connection.execute("DELETE FROM tmdb.posters")
        await ward.connection.execute(
            """
            INSERT INTO tmdb.posters
              (bot_id, poster_path, poster_status, size, priority, local_path, local_host, byte_size)
            SELECT $1, '/' || id, 1, 'w500', 1, 'file', $3, 1024 * 1024 FROM generate_series(1, $2::int) AS id
            """,
            *(BOT_ID, megabytes, host),
        )

    budget = {"poster_disk_budget_mb": 3}
    await posters(3)
    assert await ward.check("poster_disk_full", **budget) == []
    await ward.later(0.5 * HOUR)
    await posters(2)
    assert await ward.check("poster_disk_full", **budget) == []
    await posters(3)
    assert await ward.check("poster_disk_full", **budget) == []
    await ward.later(0.9 * HOUR)
    assert await ward.check("poster_disk_full", **budget) == [], "it had room half an hour ago"
    await ward.later(0.2 * HOUR)
    [alert] = await ward.check("poster_disk_full", **budget)
    assert alert.facts == {"host": "here", "used_mb": 3, "budget_mb": 3, "hours": 1}
    await posters(3, host="there")
    assert await ward.check("poster_disk_full", **budget) == [], "each host has a disk of its own"


# The database's disk


async def test_the_disk_of_our_own_server(
    ward: Ward, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = 2000 * MEGABYTE

    class Usage(NamedTuple):
        free: int

    def usage(path: Path) -> Usage:
        assert path == tmp_path / "postgres"
        return Usage(free)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    ours = {"database_url": None}
    assert await ward.check("database_disk_low") == [], "a server elsewhere: its disk is not seen"
    [alert] = await ward.check("database_disk_low", **ours)
    assert alert.facts == {"free_mb": 2000, "threshold_mb": 2048}
    free = 2048 * MEGABYTE
    assert await ward.check("database_disk_low", **ours) == []


# Channels


async def test_a_channel_the_bot_cannot_post_in(ward: Ward) -> None:
    await ward.connection.execute(
        """
        INSERT INTO tmdb.poster_channels (bot_id, channel_id, rate, last_error)
        VALUES ($1, $2, 20, 'sendPhoto: chat not found'), ($1, $3, 20, 'no matter any more')
        """,
        *(BOT_ID, CHANNEL, OTHER_CHANNEL),
    )
    [alert] = await ward.check("channel_unusable")
    assert alert.subject == str(CHANNEL)
    assert alert.facts == {"channel_id": CHANNEL, "error": "sendPhoto: chat not found"}
    assert len(await ward.check("channel_unusable", poster_channel_ids=(CHANNEL, OTHER_CHANNEL))) == 2
    await ward.connection.execute("UPDATE tmdb.poster_channels SET last_error = NULL")
    assert await ward.check("channel_unusable") == []


# Age


async def test_the_oldest_row_past_170_days(ward: Ward) -> None:
    await ward.connection.execute(
        """
        INSERT INTO tmdb.movies (tmdb_id, title, data_state, fetched_at, content_hash, payload_hash)
        VALUES (603, 'The Matrix', 'full', tmdb.now(), 'c', 'p')
        """
    )
    await ward.later(169 * 24 * HOUR)
    assert await ward.check("oldest_row") == []
    await ward.later(2 * 24 * HOUR)
    [alert] = await ward.check("oldest_row")
    assert alert.facts == {"days": 171}
    await ward.connection.execute("UPDATE tmdb.movies SET fetched_at = tmdb.now()")
    assert await ward.check("oldest_row") == []


async def test_an_adult_film_that_is_not_kept_fresh_is_no_alarm(ward: Ward) -> None:
    await ward.connection.execute(
        """
        INSERT INTO tmdb.movies (tmdb_id, title, adult, data_state, fetched_at, content_hash, payload_hash)
        VALUES (603, 'Once opened', true, 'full', tmdb.now(), 'c', 'p')
        """
    )
    await ward.later(171 * 24 * HOUR)
    assert await ward.check("oldest_row") == []
    assert len(await ward.check("oldest_row", include_adult=True)) == 1


# The key


async def test_a_refused_key_until_tmdb_takes_it_again(ward: Ward) -> None:
    await ward.calls(200, 10)
    assert await ward.check("tmdb_key_refused") == []
    await ward.later(60)
    await ward.calls(401, 1)
    assert len(await ward.check("tmdb_key_refused")) == 1
    await ward.later(HOUR)
    assert len(await ward.check("tmdb_key_refused")) == 1, "no call tells that it is taken again"
    await ward.calls(200, 1)
    assert await ward.check("tmdb_key_refused") == []


async def test_a_refused_session_is_its_owners_affair(ward: Ward) -> None:
    await ward.calls(401, 5, endpoint="/3/account/{account_id}/rated/movies")
    await ward.calls(401, 5, endpoint="/3/movie/{movie_id}/account_states")
    assert await ward.check("tmdb_key_refused") == []


async def test_what_a_worker_met_is_not_cleared_by_calls_from_before(ward: Ward) -> None:
    await ward.calls(200, 10)
    await ward.later(1)
    await Alerts(ward.connection).raise_("tmdb_key_refused", facts={}, recipients=Recipients((), None))
    assert len(await ward.check("tmdb_key_refused")) == 1


async def test_a_second_check_tells_nothing_twice(ward: Ward) -> None:
    await ward.calls(503, 100)
    for _ in range(2):
        await ward.check("error_rate")
    assert await ward.connection.fetchval("SELECT count(*) FROM tmdb.alert_deliveries") == 1
    assert (
        await ward.connection.fetchval("SELECT recipient FROM tmdb.alert_deliveries") == f"telegram:{ADMIN}"
    )
