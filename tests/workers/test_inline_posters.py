"""Cards sent by inline mode: texts that gain their poster, whatever happens on the way."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from core.settings import Settings
from db.cards import Cards
from db.inline import InlineMessages, Lacking
from sandbox.telegram import Chat, Fault, Message, Person
from tests.workers.conftest import BOT_ID, Stage, until
from views.inline import Web, found
from views.locale import locale
from workers.inline import CompleteInlineMessages

ANN = 1


@dataclass
class Scene:
    """A group in which somebody sends cards through the bot."""

    stage: Stage
    ann: Person
    group: Chat

    @property
    def messages(self) -> InlineMessages:
        return InlineMessages(self.stage.database, bot_id=BOT_ID, catalogue_language="en-US")

    async def send(self, movie_id: int) -> Message:
        """The film's card as a text, which waits for its poster."""
        settings: Settings = self.stage.settings
        cards = Cards(self.stage.database, bot_id=BOT_ID, catalogue_language="en-US")
        query = self.ann.inline_query(f"#{movie_id}")
        web = Web(settings.tmdb_web_base_url, settings.tmdb_image_base_url)
        shown = [(card, None) for card in await cards.cards([movie_id], ANN, "en", is_shared=True)]
        async with self.stage.parts() as parts:
            answer = found(locale("en"), shown, web)
            await parts.bot.answer_inline_query(query.id, [*answer.results], cache_time=0)
        sent = self.ann.choose(query, 0, self.group)
        assert sent.inline_message_id is not None
        assert await self.messages.wait(sent.inline_message_id, movie_id, ANN, "en") is not None
        return sent

    async def waiting(self) -> int:
        count: int = await self.stage.database.fetchval("SELECT count(*) FROM tmdb.inline_messages")
        return count


@pytest.fixture
def scene(stage: Stage) -> Scene:
    stage.bot.supports_inline_queries = True
    ann = stage.telegram.add_person(ANN, "Ann", "en")
    return Scene(stage, ann, stage.telegram.add_group(-1001000000009, "Friends", [ann], []))


@pytest.fixture
async def film(stage: Stage) -> int:
    """A film whose poster is wanted."""
    await stage.want()
    return stage.films(1)[0].owner_id or 0


async def test_a_text_gains_its_poster_when_that_has_its_file_id_without_anybody_looking(
    scene: Scene, film: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CompleteInlineMessages, "poll_seconds", 3600.0)
    async with scene.stage.working("inline"):
        sent = await scene.send(film)
        text, keyboard = sent.body, sent.reply_markup
        await scene.stage.drain("download", "upload")
        await until(lambda: _none(scene))
    assert sent.photo is not None
    assert (sent.body, sent.reply_markup) == (text, keyboard)
    assert text.startswith(f"Film <{film}> (1999)")
    [edit] = scene.stage.telegram.calls("editMessageMedia")
    assert (edit.files, edit.parameters["inline_message_id"]) == ({}, sent.inline_message_id)


async def _none(scene: Scene) -> bool:
    return not await scene.waiting()


async def test_a_poster_that_is_here_already_is_not_waited_for(scene: Scene, film: int) -> None:
    sent = await scene.send(film)
    await scene.stage.drain("inline")
    assert (sent.photo, await scene.waiting()) == (None, 1), "nothing to show yet"
    await scene.stage.drain("download", "upload", "inline")
    assert (sent.photo is not None, await scene.waiting()) == (True, 0)
    # Killed before it could say so, a worker does it again.
    assert sent.inline_message_id is not None
    await scene.messages.wait(sent.inline_message_id, film, ANN, "en")
    await scene.stage.drain("inline")
    assert await scene.waiting() == 0


async def test_a_dead_file_id_is_forgotten_and_the_next_one_shown(scene: Scene, film: int) -> None:
    sent = await scene.send(film)
    await scene.stage.drain("download", "upload")
    scene.stage.telegram.kill_file_id((await scene.stage.row())["telegram_file_id"])
    await scene.stage.drain("inline")
    assert (sent.photo, await scene.waiting()) == (None, 1)
    assert (await scene.stage.row())["telegram_file_id"] is None
    await scene.stage.drain("download", "upload", "inline")
    assert (sent.photo is not None, await scene.waiting()) == (True, 0)


@pytest.mark.parametrize(
    ("fault", "least"),
    [
        (Fault("too_many_requests", "editMessageMedia", retry_after=40), 39),
        (Fault("refuse", "editMessageMedia", code=400, description="Bad Request: something new"), 1),
    ],
)
async def test_what_telegram_does_not_take_now_it_takes_later(
    scene: Scene, film: int, fault: Fault, least: float
) -> None:
    sent = await scene.send(film)
    await scene.stage.drain("download", "upload")
    scene.stage.telegram.faults.add(fault)
    await scene.stage.drain("inline")
    wait = await scene.stage.database.fetchval(
        "SELECT extract(epoch FROM next_attempt_at - tmdb.now())::float8 FROM tmdb.inline_messages"
    )
    assert least < wait <= least + 2
    await scene.stage.database.execute("UPDATE tmdb.inline_messages SET next_attempt_at = tmdb.now()")
    await scene.stage.drain("inline")
    assert (sent.photo is not None, await scene.waiting()) == (True, 0)


async def test_another_workers_message_is_left_alone_until_its_lease_ends(scene: Scene, film: int) -> None:
    sent = await scene.send(film)
    await scene.stage.drain("download", "upload")
    assert len(await scene.messages.claim(10, timedelta(seconds=30), "killed")) == 1
    await scene.stage.drain("inline")
    assert sent.photo is None
    await scene.stage.database.execute("UPDATE tmdb.inline_messages SET lease_until = tmdb.now()")
    await scene.stage.drain("inline")
    assert sent.photo is not None


async def test_a_message_that_is_gone_or_too_old_is_given_up(scene: Scene, film: int) -> None:
    gone, old = await scene.send(film), await scene.send(film)
    scene.ann.delete(gone)
    await scene.stage.database.execute(
        "UPDATE tmdb.inline_messages SET expires_at = tmdb.now() WHERE inline_message_id = $1",
        old.inline_message_id,
    )
    await scene.stage.drain("inline")
    await scene.stage.drain("download", "upload", "inline")
    assert (old.photo, await scene.waiting()) == (None, 0)


async def test_a_stubs_card_is_completed_when_the_film_was_fetched(scene: Scene, film: int) -> None:
    database = scene.stage.database
    await database.execute("DELETE FROM tmdb.posters")
    await database.execute(
        """
        UPDATE tmdb.movies
        SET data_state = 'stub', fetched_at = NULL, content_hash = NULL, payload_hash = NULL
        """
    )
    sent = await scene.send(film)
    assert sent.inline_message_id is not None
    assert await scene.messages.wait(sent.inline_message_id, film, ANN, "en") == Lacking(None, 1.0)
    await scene.stage.drain("inline")
    before = sent.body
    await database.execute(
        """
        UPDATE tmdb.movies SET data_state = 'full', fetched_at = tmdb.now(), content_hash = 'c',
          payload_hash = 'p', overview = 'All there is to tell.'
        """
    )
    await scene.stage.drain("inline")
    assert "All there is to tell." in sent.body
    assert (sent.body != before, sent.photo, await scene.waiting()) == (True, None, 1)
    assert (await scene.stage.row())["priority"] == 0
    await scene.stage.drain("download", "upload", "inline")
    assert (sent.photo is not None, await scene.waiting()) == (True, 0)
