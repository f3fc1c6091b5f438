"""The message that shows an import: it moves at Telegram's pace, ends with the result, gives up quietly."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from sandbox.telegram.limits import Fault
from sandbox.telegram.world import Message, Person
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
