"""`make run` as an operator has it: real processes, an embedded PostgreSQL, and things that fall over."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from db.embedded import EmbeddedPostgres
from db.pool import Database
from sandbox.telegram import Limits, Person, TelegramStandIn
from sandbox.tmdb.server import TmdbStandIn

ROOT = Path(__file__).parents[2]
TOKEN = "424242:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"
SECRET_KEY = "a-secret-that-must-not-be-seen"
CHANNEL = -1001234567890
TITLES = {
    603: "The Matrix",
    129: "Spirited Away",
    496243: "Parasite",
    680: "Pulp Fiction",
    13: "Forrest Gump",
}


@dataclass
class Running:
    """`python -m app run` and everybody around it."""

    process: asyncio.subprocess.Process
    telegram: TelegramStandIn
    tmdb: TmdbStandIn
    postgres: EmbeddedPostgres
    log: Path

    def parts(self, name: str) -> list[int]:
        """Processes of a part that `app` started."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [
            int(pid)
            for pid in children
            if f"-m\0{name}\0".encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
        ]

    async def card(self, person: Person, movie_id: int) -> None:
        """A film's card, asked for anew where the bot fell over with the question in hand.

        An earlier card may come once more: its update was answered, and then not confirmed.
        """
        for _ in range(3):
            person.send(f"/movie {movie_id}")
            try:
                await person.chat.wait_for(
                    lambda message: message.photo is not None and TITLES[movie_id] in message.body, timeout=15
                )
            except TimeoutError:
                continue
            return
        raise TimeoutError(f"{person} got no card of {movie_id}")


@asynccontextmanager
async def running() -> AsyncIterator[Running]:
    directory = Path(tempfile.mkdtemp(prefix="fm-run-"))
    async with TelegramStandIn(Limits.unlimited()) as telegram, TmdbStandIn() as tmdb:
        bot = telegram.add_bot(TOKEN, "filmoteka_bot")
        telegram.add_channel(CHANNEL, "Posters", [bot])
        (directory / ".env").write_text(
            "\n".join(
                [
                    f"BOT_TOKEN={TOKEN}",
                    f"TELEGRAM_API_BASE_URL={telegram.api_url}",
                    f"POSTER_CHANNEL_IDS={CHANNEL}",
                    f"TMDB_ACCESS_TOKEN={tmdb.access_token}",
                    f"TMDB_API_BASE_URL={tmdb.api_url}",
                    f"TMDB_WEB_BASE_URL={tmdb.web_url}",
                    f"TMDB_IMAGE_BASE_URL={tmdb.image_url}",
                    f"SECRET_KEY={SECRET_KEY}",
                    f"DATA_DIR={directory / 'data'}",
                    "LEASE_SECONDS=2",
                    "LOG_FORMAT=json",
                ]
            )
        )
        log = directory / "log"
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "app", "run"),
                cwd=directory,
                env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]},
                stdout=output,
                stderr=output,
            )
        postgres = EmbeddedPostgres(directory / "data" / "postgres")
        try:
            yield Running(process, telegram, tmdb, postgres, log)
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGINT)
                await process.wait()
            postgres.stop("immediate")


@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM])
async def test_a_database_that_is_away_is_waited_for_until_somebody_stops_it(
    tmp_path: Path, name: signal.Signals
) -> None:
    process = await _run_on(f"postgresql://postgres@/x?host={tmp_path}")
    assert process.stderr is not None
    async with asyncio.timeout(20):
        assert b"waiting for the database" in await process.stderr.readline()
        process.send_signal(name)
        assert await process.wait() == 0


async def test_a_database_nobody_made_is_one_line_and_exit_code_2(postgres: EmbeddedPostgres) -> None:
    process = await _run_on(postgres.database_url("nobody_made_it"))
    _, said = await process.communicate()
    assert said.decode() == 'DATABASE_URL: refused (database "nobody_made_it" does not exist)\n'
    assert process.returncode == 2


async def _run_on(database_url: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app", "run"),
        env={
            "PYTHONPATH": str(ROOT),
            "PATH": "",
            "BOT_TOKEN": TOKEN,
            "POSTER_CHANNEL_IDS": str(CHANNEL),
            "TMDB_ACCESS_TOKEN": "never-asked",
            "SECRET_KEY": SECRET_KEY,
            "DATABASE_URL": database_url,
        },
        stderr=subprocess.PIPE,
    )


async def test_run_survives_what_falls_over_and_stops_cleanly() -> None:
    async with running() as run:
        people = [run.telegram.add_person(number, f"P{number}", "en") for number in range(1, 6)]
        await run.telegram.wait_until(lambda: run.telegram.calls("deleteWebhook"), 60)
        await asyncio.gather(*(run.card(p, film) for p, film in zip(people, TITLES, strict=True)))

        # The bot is killed: app starts it again, and it answers.
        [bot] = run.parts("bot")
        os.kill(bot, signal.SIGKILL)
        await run.card(people[0], 129)
        assert run.parts("bot") != [bot]

        # PostgreSQL is killed under load and comes back: everybody gets an answer.
        asking = asyncio.gather(*(run.card(p, film) for p in people for film in (603, 129)))
        await asyncio.to_thread(run.postgres.stop, "immediate")
        await asyncio.to_thread(run.postgres.start)
        await asking

        # A rating given while TMDB is away is stored, says so, and goes on to be stored afterwards.
        await run.tmdb.go_away()
        card = people[0].chat.messages[-1]
        people[0].press(card, "★")
        keyboard = await people[0].chat.wait_for(lambda message: len(message.buttons) > 10)
        toast = await people[0].wait_answer(people[0].press(keyboard, "8"))
        assert "8" in toast.text
        await run.tmdb.come_back()

        database = await Database.connect(run.postgres.url, name="tests")
        assert await database.fetchval("SELECT tmdb_rating FROM tmdb.user_movie_ratings") == 8
        # Those of the two films: what other cards taught may have gone with the killed bot.
        async with asyncio.timeout(60):
            while await database.fetchval("SELECT count(*) FROM tmdb.posters WHERE poster_status = 2") < 2:
                await asyncio.sleep(0.05)
        for part in ("bot", "workers"):
            health = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "db", "health", part),
                env={"PYTHONPATH": str(ROOT), "DATABASE_URL": run.postgres.url, "PATH": ""},
                stdout=subprocess.DEVNULL,
            )
            assert await health.wait() == 0, part
        await database.close()

        # Ctrl-C stops all of it.
        parts = run.parts("bot") + run.parts("workers")
        run.process.send_signal(signal.SIGINT)
        async with asyncio.timeout(15):
            assert await run.process.wait() == 0
        assert not [pid for pid in parts if Path(f"/proc/{pid}").exists()]
        assert not run.postgres.is_running()

        said = run.log.read_text("utf-8")
        assert '"part": "bot"' in said
        assert '"part": "workers"' in said
        for secret in (TOKEN, TOKEN.partition(":")[2], run.tmdb.access_token, SECRET_KEY):
            assert secret not in said
        assert not re.search(r"Traceback|Task exception was never retrieved", said), said[-3000:]


def test_a_wrong_setting_ends_it_with_2_and_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app", "run"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "BOT_TOKEN": "nonsense"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "BOT_TOKEN is wrong" in done.stderr
    assert "Traceback" not in done.stderr
