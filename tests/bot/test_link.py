"""Linking, unlinking and being forgotten, as people meet them in the chat."""

from typing import Literal

import aiohttp
import pytest

from sandbox.telegram import Message, Person
from tests.bot.conftest import BOT_ID, Stage

ANN, BOB = 1, 2


async def answer_at_tmdb(
    screen: Message, decision: Literal["approve", "deny"] = "approve", username: str = "ann_films"
) -> str:
    """What the person's browser does with the button; where TMDB sends it afterwards."""
    url = screen.buttons[0].url
    assert url is not None
    async with (
        aiohttp.ClientSession() as browser,
        browser.post(
            url, data={"decision": decision, "username": username}, allow_redirects=False
        ) as response,
    ):
        assert response.status == 302
        return response.headers["Location"]


async def linked(stage: Stage, person: Person, username: str = "ann_films") -> Message:
    """The whole way; the message that says so."""
    stage.tmdb.add_account(username, ratings={603: 8.5, 129: 9.0})
    screen = await stage.ask(person, "/link")
    back = await answer_at_tmdb(screen, username=username)
    person.open_link(back)
    question = await person.chat.wait_for(lambda message: username in message.body)
    return await stage.press(person, question, "Yes, that is me")


@pytest.mark.parametrize("join", ["?", "&"])
async def test_tmdbs_page_leads_back_and_the_account_is_confirmed_first(
    stage: Stage, join: Literal["?", "&"]
) -> None:
    ann = stage.person(ANN)
    stage.tmdb.add_account("ann_films", "Ann <A>", {603: 8.5})
    stage.tmdb.configure(redirect_join=join)
    screen = await stage.ask(ann, "/link")
    assert [button.text for button in screen.buttons] == ["Approve at TMDB", "I have approved"]

    ann.open_link(await answer_at_tmdb(screen))
    question = await ann.chat.wait_for()
    assert question.body.splitlines()[0] == "TMDB says this is ann_films (Ann <A>). Is that you?"
    assert await stage.database.fetchval("SELECT count(*) FROM tmdb.imports") == 0

    ann.press(question, "Yes, that is me")
    progress = await ann.chat.wait_for(lambda message: "Importing your ratings" in message.body)
    assert question.body.startswith("Linked to TMDB as ann_films")
    await stage.idle()
    row = await stage.database.fetchrow("SELECT bot_id, chat_id, message_id, kind FROM tmdb.live_messages")
    assert tuple(row or ()) == (BOT_ID, ANN, progress.message_id, "import")


async def test_the_button_serves_whose_browser_does_not_come_back(stage: Stage) -> None:
    ann = stage.person(ANN)
    stage.tmdb.add_account("ann_films")
    screen = await stage.ask(ann, "/link")
    assert await stage.toast(ann, screen, "I have approved") == (
        "TMDB has no approval from you yet. Please approve on its page, then come back here."
    )
    await answer_at_tmdb(screen)
    question = await stage.press(ann, screen, "I have approved")
    assert "ann_films" in question.body


async def test_a_bare_start_finds_the_open_approval(stage: Stage) -> None:
    ann = stage.person(ANN)
    stage.tmdb.add_account("ann_films")
    await answer_at_tmdb(await stage.ask(ann, "/link"))
    assert "Is that you?" in (await stage.ask(ann, "/start")).body


async def test_a_start_with_only_tmdbs_rubbish_finds_it_too(stage: Stage) -> None:
    ann = stage.person(ANN)
    stage.tmdb.add_account("ann_films")
    await answer_at_tmdb(await stage.ask(ann, "/link"))
    assert "Is that you?" in (await stage.ask(ann, "/start ?request_token=x&approved=true")).body


async def test_denying_reads_as_not_approved(stage: Stage) -> None:
    ann = stage.person(ANN)
    stage.tmdb.add_account("ann_films")
    ann.open_link(await answer_at_tmdb(await stage.ask(ann, "/link"), "deny"))
    assert (await ann.chat.wait_for()).body.startswith("TMDB has no approval from you yet")


async def test_a_link_opened_by_somebody_else_is_void_for_both(stage: Stage) -> None:
    ann, bob = stage.person(ANN), stage.person(BOB, "ru", "Борис")
    stage.tmdb.add_account("bobs_films")
    screen = await stage.ask(ann, "/link")
    bob.open_link(await answer_at_tmdb(screen, username="bobs_films"))
    assert (await bob.chat.wait_for()).body.startswith("Эта ссылка сделана для другого человека")

    voided = await stage.press(ann, screen, "I have approved")
    assert voided.body.startswith("Somebody else opened your link")
    assert (
        await stage.database.fetchval("SELECT count(*) FROM tmdb.users WHERE tmdb_session IS NOT NULL") == 0
    )
    assert stage.tmdb.open_sessions("bobs_films") == 0


async def test_no_is_no(stage: Stage) -> None:
    ann = stage.person(ANN)
    stage.tmdb.add_account("ann_films")
    ann.open_link(await answer_at_tmdb(await stage.ask(ann, "/link")))
    question = await ann.chat.wait_for()
    declined = await stage.press(ann, question, "No")
    assert declined.body == "Nothing was linked, and TMDB was told to forget the approval."
    assert stage.tmdb.open_sessions("ann_films") == 0


async def test_tmdb_away_is_said_and_costs_nothing(stage: Stage) -> None:
    ann = stage.person(ANN)
    stage.tmdb.add_account("ann_films")
    screen = await stage.ask(ann, "/link")
    back = await answer_at_tmdb(screen)
    await stage.tmdb.go_away()
    ann.open_link(back)
    away = await ann.chat.wait_for()
    assert away.body.startswith("TMDB does not answer right now. Your approval is not lost")
    await stage.tmdb.come_back()
    assert "Is that you?" in (await stage.press(ann, away, "I have approved")).body


async def test_who_is_linked_is_told_so(stage: Stage) -> None:
    ann = stage.person(ANN)
    await linked(stage, ann)
    assert "You are linked to TMDB as ann_films" in (await stage.ask(ann, "/link")).body
    assert "Good to see you again" in (await stage.ask(ann, "/start")).body


async def test_import_needs_an_account_and_joins_what_runs(stage: Stage) -> None:
    ann = stage.person(ANN)
    assert (await stage.ask(ann, "/import")).body == "For that I need your TMDB account."
    await linked(stage, ann)
    assert "Importing your ratings" in (await stage.ask(ann, "/import")).body
    assert await stage.database.fetchval("SELECT count(*) FROM tmdb.imports") == 1


@pytest.mark.parametrize(
    ("answer", "said", "kept"),
    [
        (
            "Disconnect, keep everything here",
            "Disconnected. Your ratings and your watchlist are kept here.",
            1,
        ),
        (
            "Disconnect, remove them here",
            "Disconnected. 1 rating was removed here; none is left. The same was done with your watchlist.",
            0,
        ),
    ],
)
async def test_unlinking_ends_the_session_and_asks_about_the_ratings(
    stage: Stage, answer: str, said: str, kept: int
) -> None:
    ann = stage.person(ANN)
    await linked(stage, ann)
    await stage.database.execute("INSERT INTO tmdb.movies (tmdb_id) VALUES (603)")
    await stage.database.execute(
        """
        INSERT INTO tmdb.user_movie_ratings (telegram_user_id, movie_id, tmdb_rating, source, tmdb_account_id)
        SELECT telegram_user_id, 603, 8, 'tmdb', tmdb_account_id FROM tmdb.users
        """
    )
    await stage.database.execute("UPDATE tmdb.users SET ratings_count = 1")
    question = await stage.ask(ann, "/unlink")
    assert "What should become of 1 rating here?" in question.body
    told = await stage.press(ann, question, answer)
    assert told.body.splitlines() == [said, "The access at TMDB has ended too."]
    assert stage.tmdb.open_sessions("ann_films") == 0
    assert await stage.database.fetchval("SELECT count(*) FROM tmdb.user_movie_ratings") == kept
    assert await stage.database.fetchval("SELECT ratings_count FROM tmdb.users") == kept


async def test_staying_linked_changes_nothing(stage: Stage) -> None:
    ann = stage.person(ANN)
    await linked(stage, ann)
    question = await stage.ask(ann, "/unlink")
    assert (await stage.press(ann, question, "Stay linked")).body.startswith("You are still linked")
    assert stage.tmdb.open_sessions("ann_films") == 1


async def test_ratings_given_before_are_offered_not_sent(stage: Stage) -> None:
    ann = stage.person(ANN)
    card = await stage.ask(ann, "/movie 603")
    values = await stage.press(ann, card, "Rate")
    assert await stage.toast(ann, values, "9") is not None
    assert await stage.database.fetchval("SELECT tmdb_rating FROM tmdb.user_movie_ratings") == 9

    await linked(stage, ann)
    offer = await ann.chat.wait_for(lambda message: "before you linked" in message.body, after=0)
    sql = "SELECT tmdb_account_id IS NULL FROM tmdb.pushes"
    assert await stage.database.fetchval(sql) is True
    told = await stage.press(ann, offer, "Send")
    assert told.body == "On the way to TMDB: 1 rating."
    assert await stage.database.fetchval(sql) is False


async def test_an_offer_can_wait(stage: Stage) -> None:
    ann = stage.person(ANN)
    card = await stage.ask(ann, "/movie 603")
    await stage.toast(ann, await stage.press(ann, card, "Rate"), "9")
    await linked(stage, ann)
    offer = await ann.chat.wait_for(lambda message: "before you linked" in message.body, after=0)
    assert (await stage.press(ann, offer, "Not now")).body.startswith("That stays here.")
    assert await stage.database.fetchval("SELECT tmdb_account_id IS NULL FROM tmdb.pushes") is True

    already = await stage.ask(ann, "/link")
    assert already.body.startswith("You are linked to TMDB as ann_films")
    again = await ann.chat.wait_for(
        lambda message: "before you linked" in message.body, after=already.revision
    )
    assert (await stage.press(ann, again, "Send")).body == "On the way to TMDB: 1 rating."
