"""Messages that move: at Telegram's pace, until what they show has ended or nobody looks any more."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest

from db.live_messages import EDIT_EVERY, LiveMessages
from sandbox.telegram.limits import Fault
from sandbox.telegram.world import Message, Person
from services.sync import MESSAGE_LIFE, Sync
from tests.accounts import ANN, BOT_ID, Scene, scene_over
from tests.workers.conftest import Stage


@dataclass
class Show:
    """An import of 45 ratings and the message that shows it."""

    stage: Stage
    scene: Scene
    ann: Person
    import_id: int

    async def message(self) -> Message:
        """A message of the bot's, followed from now on."""
        async with self.stage.parts() as parts:
            sent = await parts.bot.send_message(ANN, "…")
        await self.scene.imports.follow(self.import_id, ANN, ANN, sent.message_id)
        message = self.ann.chat.get(sent.message_id)
        assert message is not None
        return message

    async def tick(self) -> int:
        """The next edit is due; how many edits that made."""
        await self.stage.database.execute("UPDATE tmdb.live_messages SET next_edit_at = tmdb.now()")
        return await self.look()

    async def look(self) -> int:
        """The worker looks for what is due; how many edits that made."""
        before = len(self.stage.telegram.calls("editMessageText"))
        await self.stage.drain("live")
        return len(self.stage.telegram.calls("editMessageText")) - before

    async def rounds(self, number: int) -> None:
        job = self.scene.import_job()
        for _ in range(number):
            assert await job.step()

    async def moving(self) -> int:
        count: int = await self.scene.value("SELECT count(*) FROM tmdb.live_messages")
        return count


@pytest.fixture
async def show(stage: Stage) -> AsyncIterator[Show]:
    ann = stage.telegram.add_person(ANN, "Анна", "ru")
    ann.start()
    async with scene_over(stage.database, stage.tmdb, key=stage.settings.secret_key[0]) as scene:
        stage.tmdb.add_account("ann", ratings=dict.fromkeys(stage.tmdb.film_ids(45), 8.5))
        import_id = await scene.link(ANN, "ann")
        await stage.database.execute("UPDATE tmdb.users SET language = 'ru'")
        yield Show(stage, scene, ann, import_id)


async def test_it_moves_and_ends_with_the_result(show: Show) -> None:
    message = await show.message()
    assert await show.look() == 1
    assert message.body == "Переношу ваши оценки из TMDB\nЧитаю список…"
    await show.rounds(2)
    assert await show.tick() == 1
    assert "░░░░░░░░░░░░░░ 0 из 45" in message.body
    await show.rounds(2)
    assert await show.tick() == 1
    assert "▓▓▓▓▓▓▓▓▓▓▓▓▓▓ 45 из 45" in message.body
    assert await show.tick() == 0, "nothing new to say"
    await show.scene.run_import(show.import_id)
    assert await show.tick() == 1
    assert message.body == "45 оценок: 45 новых."
    assert await show.moving() == 0
    assert await show.scene.notices(ANN) == []


async def test_it_is_edited_at_most_every_two_seconds(show: Show) -> None:
    await show.message()
    assert await show.look() == 1
    await show.rounds(2)
    assert await show.look() == 0
    wait = await show.scene.value(
        "SELECT extract(epoch FROM next_edit_at - tmdb.now())::float8 FROM tmdb.live_messages"
    )
    assert 0 < wait <= 2
    await show.scene.run_import(show.import_id)
    assert await show.look() == 0, "not even for the end"
    assert await show.tick() == 1


async def test_only_the_newest_of_several_moves_and_all_tell_the_end(show: Show) -> None:
    older, newer = await show.message(), await show.message()
    await show.rounds(2)
    assert await show.look() == 1
    assert (older.body, "из 45" in newer.body) == ("…", True)
    await show.scene.run_import(show.import_id)
    assert await show.look() + await show.tick() == 2
    assert older.body == newer.body == "45 оценок: 45 новых."


async def test_an_import_that_was_over_first_is_told_once(show: Show) -> None:
    await show.scene.run_import(show.import_id)
    assert await show.scene.notices(ANN) == ["import_ended"]
    message = await show.message()
    assert await show.scene.notices(ANN) == []
    assert await show.look() == 1
    assert message.body == "45 оценок: 45 новых."


async def test_nobody_follows_and_the_result_is_told_all_the_same(show: Show) -> None:
    await show.scene.run_import(show.import_id)
    await show.stage.database.execute("UPDATE tmdb.notices SET next_attempt_at = tmdb.now()")
    await show.stage.drain("notices")
    assert show.ann.chat.last.body == "45 оценок: 45 новых."


async def test_a_deleted_message_moves_no_more_and_the_end_is_told(show: Show) -> None:
    message = await show.message()
    show.ann.delete(message)
    await show.look()
    assert await show.moving() == 0
    await show.scene.run_import(show.import_id)
    assert await show.scene.notices(ANN) == ["import_ended"]


async def test_a_message_deleted_before_the_last_word(show: Show) -> None:
    message = await show.message()
    await show.scene.run_import(show.import_id)
    show.ann.delete(message)
    await show.tick()
    assert await show.moving() == 0
    await show.stage.drain("notices")
    assert show.ann.chat.last.body == "45 оценок: 45 новых."


async def test_who_blocked_the_bot_is_left_alone(show: Show) -> None:
    await show.message()
    show.ann.block()
    await show.look()
    assert await show.moving() == 0
    assert await show.scene.value("SELECT blocked_bot_at IS NOT NULL FROM tmdb.users")


async def test_retry_after_is_obeyed(show: Show) -> None:
    message = await show.message()
    show.stage.telegram.faults.add(Fault("too_many_requests", "editMessageText", retry_after=44))
    await show.look()
    wait = await show.scene.value(
        "SELECT extract(epoch FROM next_edit_at - tmdb.now())::float8 FROM tmdb.live_messages"
    )
    assert 43 < wait <= 44
    await show.stage.database.execute("UPDATE tmdb.host_budgets SET paused_until = NULL")
    assert await show.tick() == 1
    assert "Читаю" in message.body


async def test_an_edit_whose_answer_was_lost_is_no_trouble(show: Show) -> None:
    await show.message()
    show.stage.telegram.faults.add(Fault("lost_answer", "editMessageText"))
    await show.look()
    assert await show.scene.value("SELECT last_text_hash IS NOT NULL FROM tmdb.live_messages")


async def test_a_message_too_old_stops_moving(show: Show) -> None:
    await show.message()
    await show.stage.database.execute("UPDATE tmdb.live_messages SET expires_at = tmdb.now()")
    assert await show.look() == 1
    assert await show.moving() == 0


async def test_a_message_telegram_never_takes_is_given_up_at_its_end(show: Show) -> None:
    await show.message()
    show.stage.telegram.faults.add(Fault("too_many_requests", "editMessageText", times=None))
    await show.look()
    assert await show.moving() == 1
    await show.stage.database.execute("UPDATE tmdb.host_budgets SET paused_until = NULL")
    await show.stage.database.execute("UPDATE tmdb.live_messages SET expires_at = tmdb.now()")
    await show.tick()
    assert await show.moving() == 0


async def test_what_was_forgotten_or_is_another_bots_is_left_alone(show: Show) -> None:
    await show.message()
    await show.stage.database.execute("UPDATE tmdb.live_messages SET bot_id = $1", BOT_ID + 1)
    assert await show.look() == 0
    await show.stage.database.execute("UPDATE tmdb.live_messages SET bot_id = $1, subject = '999'", BOT_ID)
    assert await show.look() == 0
    assert await show.moving() == 0


@dataclass
class Look:
    """The synchronisation, and admins who look at it; the database's clock is moved."""

    stage: Stage

    async def move_clock(self, by: timedelta) -> None:
        """So much later than now."""
        await self.stage.database.execute(
            f"ALTER DATABASE test_workers SET tmdb.clock_offset = '{by.total_seconds()} seconds'"
        )
        await self.stage.database.pool.expire_connections()

    async def message(self, person: Person) -> Message:
        """What /sync sends, followed from now on."""
        async with self.stage.parts() as parts:
            sent = await parts.bot.send_message(person.id, "…")
        sync = Sync(self.stage.database, self.stage.settings)
        await sync.follow(person.id, person.id, sent.message_id)
        message = person.chat.get(sent.message_id)
        assert message is not None
        return message

    async def edits(self) -> int:
        """How many the worker makes when it looks now."""
        before = len(self.stage.telegram.calls("editMessageText"))
        await self.stage.drain("live")
        return len(self.stage.telegram.calls("editMessageText")) - before

    async def moving(self) -> int:
        count: int = await self.stage.database.fetchval("SELECT count(*) FROM tmdb.live_messages")
        return count


@asynccontextmanager
async def looking(stage: Stage) -> AsyncIterator[Look]:
    look = Look(stage)
    try:
        yield look
    finally:
        await stage.database.execute("ALTER DATABASE test_workers RESET tmdb.clock_offset")


def admin(stage: Stage, number: int = 1, language: str = "en") -> Person:
    person = stage.telegram.add_person(number, "Olga", language)
    person.start()
    return person


PARK = """
    INSERT INTO tmdb.refresh_queue (entity_type, tmdb_id, priority, reason, parked_at)
    SELECT 'movie', coalesce(max(tmdb_id), 0) + 1, 4, 'backfill', tmdb.now() FROM tmdb.refresh_queue
"""


async def test_the_synchronisation_moves_every_five_seconds_and_only_with_news(stage: Stage) -> None:
    async with looking(stage) as look:
        message = await look.message(admin(stage))
        assert await look.edits() == 0, "it was drawn a moment ago"
        for seconds, parked in ((6, 1), (12, 2)):
            await stage.database.execute(PARK)
            await look.move_clock(timedelta(seconds=seconds))
            assert await look.edits() == 1
            assert f"Parked   {parked}" in message.body
            await stage.database.execute(PARK)
            await look.move_clock(timedelta(seconds=seconds + 4))
            assert await look.edits() == 0, "sooner than five seconds"
            await stage.database.execute("DELETE FROM tmdb.refresh_queue WHERE tmdb_id > $1", parked)
        await look.move_clock(timedelta(seconds=18))
        assert await look.edits() == 0, "it shows the same"
        assert await look.moving() == 1


async def test_it_stops_after_fifteen_minutes_and_offers_to_go_on(stage: Stage) -> None:
    async with looking(stage) as look:
        message = await look.message(admin(stage))
        assert timedelta(minutes=15) == MESSAGE_LIFE
        await look.move_clock(timedelta(minutes=14, seconds=50))
        assert await look.edits() == 1
        assert "Pause" in [button.text for button in message.buttons]
        await look.move_clock(timedelta(minutes=15, seconds=1))
        assert await look.edits() == 1
        assert message.body.endswith("This message no longer keeps itself up to date.")
        assert [button.text for button in message.buttons] == ["Refresh", "Runs"]
        assert await look.moving() == 0
        await look.move_clock(timedelta(hours=1))
        assert await look.edits() == 0


async def test_each_admin_has_a_message_and_the_newest_of_a_chat_moves(stage: Stage) -> None:
    async with looking(stage) as look:
        olga, igor = admin(stage), admin(stage, 2, "ru")
        await stage.database.execute("INSERT INTO tmdb.users (telegram_user_id, language) VALUES (2, 'ru')")
        older, his, newer = [await look.message(person) for person in (olga, igor, olga)]
        await look.move_clock(timedelta(seconds=6))
        assert await look.edits() == 2
        assert older.body == "…"
        assert ("Synchronisation" in newer.body, "Синхронизация" in his.body) == (True, True)
        await look.move_clock(timedelta(minutes=16))
        assert await look.edits() == 3, "the older one's last word too"
        assert older.body.endswith("no longer keeps itself up to date.")
        assert await look.moving() == 0


async def test_one_that_was_deleted_is_let_go_without_a_word(stage: Stage) -> None:
    async with looking(stage) as look:
        olga = admin(stage)
        message = await look.message(olga)
        olga.delete(message)
        told = len(olga.chat.messages)
        await look.move_clock(timedelta(seconds=6))
        await look.edits()
        assert await look.moving() == 0
        assert len(olga.chat.messages) == told


async def test_every_kind_has_its_pace(stage: Stage) -> None:
    messages = LiveMessages(stage.database)
    for number, kind in enumerate(EDIT_EVERY, 1):
        life = timedelta(hours=1)
        await messages.follow(BOT_ID, 1, number, kind=kind, subject="1", user_id=1, life=life)
    await messages.claim(BOT_ID, 10, timedelta(seconds=30), "a worker")
    rows = await stage.database.fetch(
        "SELECT kind, extract(epoch FROM next_edit_at - tmdb.now())::float8 FROM tmdb.live_messages"
    )
    waits = {row[0]: row[1] for row in rows}
    assert {kind: round(wait + 0.4) for kind, wait in waits.items()} == {"import": 2, "sync": 5, "move": 5}
