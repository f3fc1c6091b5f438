"""What people are told once: in their language, repeated at worst, never lost."""

from typing import Any

import pytest

from db.pool import Database
from sandbox.telegram.limits import Fault
from sandbox.telegram.world import Person
from tests.workers.conftest import Stage
from tests.workers.kill import killed
from workers.loop import Worker
from workers.wiring import JOBS, build

ANN = 1001


@pytest.fixture
async def ann(stage: Stage) -> Person:
    person = stage.telegram.add_person(ANN, "Анна", "ru")
    person.start()
    await stage.database.execute("INSERT INTO tmdb.users (telegram_user_id, language) VALUES ($1, 'ru')", ANN)
    return person


async def notice(stage: Stage, kind: str, **facts: Any) -> None:
    await stage.database.execute(
        "INSERT INTO tmdb.notices (telegram_user_id, kind, facts) VALUES ($1, $2, $3)", ANN, kind, facts
    )


def said(ann: Person) -> list[str]:
    """What the bot wrote to her."""
    return [message.body for message in ann.chat.messages if message.body != "/start"]


async def left(stage: Stage) -> int:
    count: int = await stage.database.fetchval("SELECT count(*) FROM tmdb.notices")
    return count


async def test_each_is_told_once_and_in_order(stage: Stage, ann: Person) -> None:
    await stage.database.execute(
        "INSERT INTO tmdb.movies (tmdb_id, title) VALUES (603, 'The Matrix'), (604, '<b>&')"
    )
    await stage.database.execute(
        """
        INSERT INTO tmdb.movie_translations (tmdb_id, iso_639_1, iso_3166_1, title)
        VALUES (603, 'ru', 'RU', 'Матрица')
        """
    )
    await notice(stage, "session_revoked", username="ann<3")
    await notice(stage, "push_gone", movie_id=603)
    await notice(stage, "push_refused", movie_id=604)
    await notice(stage, "push_refused", movie_id=605)
    await notice(stage, "link_voided")
    for _ in range(2):
        await stage.drain("notices")
    texts = said(ann)
    assert len(texts) == 5
    assert "ann<3" in texts[0]
    assert "фильма Матрица" in texts[1]
    assert "<b>&" in texts[2]
    assert "/link" in texts[4]
    assert await left(stage) == 0


async def test_who_blocked_the_bot_is_told_when_they_come_back(stage: Stage, ann: Person) -> None:
    await notice(stage, "link_voided")
    ann.block()
    await stage.drain("notices")
    assert await stage.database.fetchval("SELECT blocked_bot_at IS NOT NULL FROM tmdb.users")
    stage.telegram.forget_calls()
    await stage.drain("notices")
    assert stage.telegram.calls() == [], "not tried again meanwhile"
    assert await left(stage) == 1
    ann.unblock()
    await stage.database.execute("UPDATE tmdb.users SET blocked_bot_at = NULL")  # her next message does it
    await stage.drain("notices")
    assert len(said(ann)) == 1


@pytest.mark.parametrize(
    ("fault", "pause"),
    [
        (Fault("too_many_requests", "sendMessage", retry_after=33), 33),
        (Fault("server_error", "sendMessage"), 1),
    ],
)
async def test_telegrams_troubles_delay_it(stage: Stage, ann: Person, fault: Fault, pause: float) -> None:
    await notice(stage, "link_voided")
    stage.telegram.faults.add(fault)
    await stage.drain("notices")
    wait = await stage.database.fetchval(
        "SELECT extract(epoch FROM next_attempt_at - tmdb.now())::float8 FROM tmdb.notices"
    )
    assert pause - 1 < wait <= pause
    await stage.database.execute("UPDATE tmdb.notices SET next_attempt_at = tmdb.now()")
    await stage.database.execute("UPDATE tmdb.host_budgets SET paused_until = NULL")
    await stage.drain("notices")
    assert len(said(ann)) == 1


@pytest.mark.parametrize(
    ("at", "messages"),
    [
        ("db.notices.Notices.claim", 1),
        ("workers.notices.told", 1),
        ("aiogram.Bot.send_message", 2),
        ("db.notices.Notices.told", 1),
    ],
)
async def test_a_kill_repeats_a_notice_at_worst(stage: Stage, ann: Person, at: str, messages: int) -> None:
    await notice(stage, "link_voided")

    async def work() -> None:
        database = await Database.connect(stage.url, name="victim", checked=False)
        settings = stage.settings.model_copy(update={"lease_seconds": 0.2})
        async with build(settings, database) as parts:
            [job] = JOBS["notices"](parts)
            await Worker(job).run(until_idle=True)

    await killed(work, at, after=True)
    await stage.database.execute("UPDATE tmdb.notices SET lease_until = tmdb.now()")
    await stage.drain("notices")
    assert len(said(ann)) == messages
    assert await left(stage) == 0
