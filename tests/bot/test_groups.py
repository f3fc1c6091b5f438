"""Groups: what is said to the bot is answered there, as a reply; all else is left alone."""

from collections.abc import Callable

import pytest
from aiogram.types import InlineKeyboardButton
from aiogram.types import Message as Received
from hypothesis import given
from hypothesis import strategies as st

from bot.admission import words_for
from core.settings import Settings
from db.users import Users
from sandbox.telegram import Chat, Message, Person
from sandbox.tmdb.generator import FIRST_ID
from tests.bot.conftest import ADMIN, BOT_ID, Stage, running
from tests.films import fetched, store
from views.screen import pinned, rows, unpinned

GROUP = -1001000000009
MATRIX = 603
MOVIE = f"/movie@filmoteka_bot {MATRIX}"
LINK = "https://www.themoviedb.org/movie/603"


def a_group(stage: Stage, *more: Person) -> tuple[Person, Chat]:
    ann = stage.person(1, "en", "Ann")
    return ann, stage.telegram.add_group(GROUP, "Friends", [ann, *more], [stage.bot])


async def say(
    stage: Stage, person: Person, group: Chat, text: str, reply_to: Message | None = None
) -> Message:
    """The bot's answer in the group."""
    await stage.idle()
    person.send(text, chat=group, reply_to=reply_to)
    return await group.wait_for()


async def quiet(
    stage: Stage, person: Person, group: Chat, *texts: str, reply_to: Message | None = None
) -> bool:
    """Whether nothing is answered; told by an answer to something said after it."""
    before = len(stage.telegram.calls("sendMessage", group.id))
    for text in texts:
        person.send(text, chat=group, reply_to=reply_to)
    await stage.ask(person, "/about")
    await stage.idle()
    return len(stage.telegram.calls("sendMessage", group.id)) == before


async def test_film_commands_are_answered_as_replies(stage: Stage) -> None:
    ann, group = a_group(stage)
    card = await say(stage, ann, group, MOVIE)
    assert card.body.startswith("The Matrix (1999)")
    assert card.photo is not None
    assert card.reply_to is group.messages[0]
    assert (await say(stage, ann, group, "/search matrix")).reply_to is group.messages[-2]


async def test_an_answer_to_a_message_that_is_gone_comes_without_the_reply(stage: Stage) -> None:
    ann, group = a_group(stage)
    stage.tmdb.fault("slow", f"/3/movie/{MATRIX}", delay=0.3, times=1)
    asked = ann.send(MOVIE, chat=group)
    ann.delete(asked)
    assert (await group.wait_for()).reply_to is None


async def test_people_talk_to_each_other_undisturbed(stage: Stage) -> None:
    ann, group = a_group(stage)
    stage.bot.can_read_all_group_messages = True
    talk = ("The Matrix", "ask @filmoteka_bot about it", "/start", "/ban", "/", "/stats@another_bot", "/sync")
    assert await quiet(stage, ann, group, *talk, "/search@another_bot matrix", "@another_bot matrix")


async def test_what_is_personal_is_pointed_to_the_private_chat(stage: Stage) -> None:
    admin = stage.person(ADMIN, "ru", "Ada")
    _, group = a_group(stage, admin)
    for command in (
        "/settings@filmoteka_bot",
        "/import",
        "/forget",
        "/sync@filmoteka_bot",
        "/no@filmoteka_bot",
    ):
        pointer = await say(stage, admin, group, command)
        assert pointer.body == "Это дело личное: продолжим в личном чате."
        assert [button.url for button in pointer.buttons] == ["https://t.me/filmoteka_bot"]


async def test_a_reply_to_the_bot_is_a_search(stage: Stage) -> None:
    ann, group = a_group(stage)
    how = await say(stage, ann, group, "/search@filmoteka_bot")
    assert (await say(stage, ann, group, LINK, reply_to=how)).body.startswith("The Matrix")
    assert await quiet(stage, ann, group, "@boris we should see this", reply_to=how)
    stage.bot.supports_inline_queries = True
    query = ann.inline_query("matrix")
    await ann.wait_results(query)
    assert await quiet(stage, ann, group, "tonight?", reply_to=ann.choose(query, 0, group))
    own = ann.send("what do you all think", chat=group)
    assert await quiet(stage, ann, group, "a good film", reply_to=own)


async def test_a_mention_is_a_search_where_the_operator_turned_privacy_mode_off(stage: Stage) -> None:
    ann, group = a_group(stage)
    assert await quiet(stage, ann, group, f"@filmoteka_bot {LINK}")
    stage.bot.can_read_all_group_messages = True
    for text in (f"@filmoteka_bot {LINK}", f"@Filmoteka_bot,  {LINK}"):
        assert (await say(stage, ann, group, text)).body.startswith("The Matrix")
    assert "matrix 1999" in (await say(stage, ann, group, "@filmoteka_bot")).body


async def test_each_pressers_buttons_act_for_the_presser(stage: Stage) -> None:
    boris = stage.person(2, "ru", "Boris")
    ann, group = a_group(stage, boris)
    card = await say(stage, ann, group, MOVIE)
    body = card.body
    await stage.toast(ann, card, "★ Rate")
    await stage.idle()
    assert "Half steps in private" in [button.text for button in card.buttons]
    revision = card.revision
    assert await stage.toast(boris, card, "8") == "★ 8 сохранено"
    assert await stage.toast(ann, card, "9") == "★ 9 saved"
    await stage.idle()
    assert (card.body, card.revision) == (body, revision), "a toast is all that others do not see"
    rated = await stage.database.fetch(
        "SELECT telegram_user_id, tmdb_rating FROM tmdb.user_movie_ratings ORDER BY 1"
    )
    assert [tuple(row) for row in rated] == [(1, 9), (2, 8)]
    await stage.toast(boris, card, "Back")
    await stage.idle()
    assert (card.body, card.buttons[0].text) == (body, "★ Rate"), "it stays in the language of who asked"


async def test_a_card_stays_in_the_language_of_who_asked_for_it(stage: Stage) -> None:
    boris = stage.person(2, "ru", "Boris")
    ann, group = a_group(stage, boris)
    card = await say(stage, ann, group, MOVIE)
    body = card.body
    for button, said in (("More", "Original language: English"), ("Back", body), ("Cast", "Keanu Reeves")):
        await boris.wait_answer(boris.press(card, button))
        await stage.idle()
        assert said in card.body


async def test_so_does_a_list(stage: Stage) -> None:
    boris = stage.person(2, "ru", "Boris")
    ann, group = a_group(stage, boris)
    listed = await say(stage, ann, group, "/popular@filmoteka_bot")
    for button, said in (("Years", "‹ Back"), ("‹ Back", "Show films"), ("Show films", "Years")):
        await boris.wait_answer(boris.press(listed, button))
        await stage.idle()
        assert said in [one.text for one in listed.buttons]


async def test_so_do_titles_and_people_that_were_found(stage: Stage) -> None:
    await stage.database.execute(
        """
        INSERT INTO tmdb.people (tmdb_id, name, known_for_department, popularity)
        SELECT n, 'Maria Example ' || n, 'Writing', n FROM generate_series(1, 12) AS n
        """
    )
    boris = stage.person(2, "ru", "Boris")
    ann, group = a_group(stage, boris)
    people = await say(stage, ann, group, "/person@filmoteka_bot maria exam")
    for button in ("›", "‹"):
        await boris.wait_answer(boris.press(people, button))
        await stage.idle()
        assert people.body.startswith("People: maria exam")
    async with stage.database.transaction() as connection:
        await store(connection, *(fetched(film, title="Common Ground") for film in (FIRST_ID, FIRST_ID + 1)))
    titles = await say(stage, ann, group, "/search@filmoteka_bot common ground")
    await boris.wait_answer(boris.press(titles, "Ask TMDB too"))
    await stage.idle()
    assert titles.body.startswith("Search: common ground")
    asked = "SELECT user_id FROM tmdb.enrichment_requests ORDER BY created_at DESC LIMIT 1"
    assert await stage.database.fetchval(asked) == "2", "who pressed is the one who asked TMDB"


def test_a_button_with_little_room_keeps_the_language_at_least() -> None:
    roomy, full, overfull = (
        pinned(rows([InlineKeyboardButton(text="1", callback_data="x" * length)]), "ru-DE-en-en-x")
        for length in (50, 61, 62)
    )
    data = [keyboard.inline_keyboard[0][0].callback_data for keyboard in (roomy, full, overfull) if keyboard]
    assert [unpinned(one or "")[1] for one in data] == ["ru-DE-en-en-x", "ru", None]


async def test_with_adult_films_allowed_what_one_person_hides_is_still_there_for_all(
    idle_stage: Stage, make_settings: Callable[..., Settings]
) -> None:
    stage = idle_stage
    ann, group = a_group(stage)
    await stage.database.execute(
        """
        INSERT INTO tmdb.movies (tmdb_id, title, popularity, data_state, fetched_at, content_hash,
          payload_hash, similar_ids)
        SELECT id, 'Film ' || id, 100 - id, 'full', tmdb.now(), 'c', 'p', '{1}'
        FROM generate_series(1, 9) AS id
        """
    )
    await Users(stage.database).choose(1, "en", hide_rated=True)
    await stage.database.execute(
        """
        INSERT INTO tmdb.user_movie_ratings (telegram_user_id, movie_id, tmdb_rating, source)
        VALUES (1, 1, 9, 'manual')
        """
    )
    async with running(make_settings(adult_in_groups=True), stage.database) as stage.app:
        listed = await say(stage, ann, group, "/popular@filmoteka_bot")
        first = listed.body
        assert "1. Film 1\n2. Film 2\n" in first
        for button in ("›", "‹"):
            await ann.wait_answer(ann.press(listed, button))
            await stage.idle()
        assert listed.body == first
        card = await say(stage, ann, group, "/movie@filmoteka_bot 2")
        assert "Similar" in [button.text for button in card.buttons]


async def test_a_group_without_photos_gets_the_text(stage: Stage) -> None:
    ann, group = a_group(stage)
    group.forbidden = {"photos"}
    card = await say(stage, ann, group, MOVIE)
    assert card.text is not None
    assert card.text.startswith("The Matrix (1999)")
    await stage.toast(ann, card, "Similar")
    await stage.idle()
    assert card.photo is None
    assert not card.text.startswith("The Matrix (1999)"), "another film's card, leafed to"


async def test_a_group_that_silences_the_bot_gets_silence(stage: Stage) -> None:
    ann, group = a_group(stage)
    group.forbidden = {"photos", "text messages"}
    ann.send(MOVIE, chat=group)
    await stage.ask(ann, "/about")
    await stage.idle()
    refused = [call.error for call in stage.telegram.calls(chat_id=group.id) if call.status == 400]
    assert len(refused) <= 2
    assert len(group.messages) == 1


async def test_a_group_that_became_a_supergroup_is_followed(stage: Stage) -> None:
    ann = stage.person()
    group = stage.telegram.add_group(-4009, "Friends", [ann], [stage.bot])
    ann.send(MOVIE, chat=group)
    moved = group.migrate(GROUP)
    assert (await moved.wait_for(after=0)).body.startswith("The Matrix")


async def test_an_anonymous_administrator_is_answered_and_not_taken_for_a_person(stage: Stage) -> None:
    ann, group = a_group(stage)
    group.anonymous.add(ann)
    assert (await say(stage, ann, group, MOVIE)).body.startswith("The Matrix")
    assert stage.app is not None
    await stage.app.activity.flush()
    assert await stage.database.fetchval("SELECT count(*) FROM tmdb.users") == 0


async def test_topics_are_answered_in_their_topic(stage: Stage) -> None:
    ann, group = a_group(stage)
    group.topics = {7}
    asked = ann.send(MOVIE, chat=group, thread=7)
    card = await group.wait_for()
    assert (card.thread, card.reply_to) == (7, asked)


@pytest.mark.parametrize(
    "author",
    [
        {"sender_chat": {"id": -1001000000077, "type": "channel", "title": "News"}},
        {"is_automatic_forward": True},
        {"via_bot": {"id": BOT_ID, "is_bot": True, "first_name": "Filmoteka"}},
    ],
)
def test_what_comes_from_channels_or_through_the_bot_asks_for_nothing(author: dict[str, object]) -> None:
    chat = {"id": GROUP, "type": "supergroup", "title": "Friends"}
    message = {"message_id": 1, "date": 0, "chat": chat, "text": MOVIE}
    assert words_for(Received.model_validate(message), BOT_ID, "filmoteka_bot") == MOVIE
    assert words_for(Received.model_validate(message | author), BOT_ID, "filmoteka_bot") is None


@given(st.text() | st.text().map("/{}".format) | st.text().map("@filmoteka_bot{}".format))
def test_whatever_is_written_is_for_the_bot_or_not(text: str) -> None:
    chat = {"id": GROUP, "type": "supergroup", "title": "Friends"}
    message = Received.model_validate({"message_id": 1, "date": 0, "chat": chat, "text": text})
    words = words_for(message, BOT_ID, "filmoteka_bot")
    assert words is None or words.strip()
