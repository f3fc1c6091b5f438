"""Rating from the card: in place, absolute, answered after it is kept, and on to TMDB."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import DatabaseUnavailable
from sandbox.telegram import Message, Person
from sandbox.telegram.limits import Fault
from services.ratings import Ratings
from tests.accounts import scene_over
from tests.bot.conftest import Stage, running

MATRIX = 603


async def a_card(stage: Stage, person: Person) -> Message:
    return await stage.ask(person, f"/movie {MATRIX}")


async def the_ten(stage: Stage, person: Person) -> Message:
    return await stage.press(person, await a_card(stage, person), "★ Rate")


async def held(stage: Stage, person: Person) -> Decimal | None:
    value: Decimal | None = await stage.database.fetchval(
        "SELECT tmdb_rating FROM tmdb.user_movie_ratings WHERE telegram_user_id = $1 AND movie_id = $2",
        *(person.id, MATRIX),
    )
    return value


def texts(message: Message) -> list[str]:
    return [button.text for button in message.buttons]


async def test_the_buttons_become_the_ten_and_back_in_place(stage: Stage) -> None:
    ann = stage.person()
    card = await a_card(stage, ann)
    buttons, body = texts(card), card.body
    ten = await stage.press(ann, card, "★ Rate")
    assert ten.message_id == card.message_id
    assert texts(ten) == [*map(str, range(1, 11)), "Back"]
    back = await stage.press(ann, ten, "Back")
    assert (back.message_id, texts(back), back.body) == (card.message_id, buttons, body)


async def test_people_without_an_account_rate_too(stage: Stage) -> None:
    ann = stage.person()
    ten = await the_ten(stage, ann)
    query = ann.press(ten, "8")
    assert (await ann.wait_answer(query)).text == "★ 8 saved"
    assert await held(stage, ann) == 8
    await stage.idle()
    assert ten.body.splitlines()[-1].startswith("★ 8 — your rating, ")
    assert [text for text in texts(ten) if "★" in text] == ["★ 8"]
    assert texts(ten)[-4:] == ["½ less", "½ more", "Remove", "Back"]
    assert len(stage.telegram.calls("sendPhoto")) == 1, "no new message"


async def test_half_steps_and_removal(stage: Stage) -> None:
    ann = stage.person()
    ten = await the_ten(stage, ann)
    await stage.press(ann, ten, "8")
    await stage.press(ann, ten, "½ more")
    assert await held(stage, ann) == Decimal("8.5")
    assert "★ 8.5 — your rating" in ten.body
    assert not [text for text in texts(ten) if text.startswith("★")]
    assert await stage.toast(ann, ten, "Remove") == "Your rating is removed"
    await stage.idle()
    assert await held(stage, ann) is None
    assert "your rating" not in ten.body
    assert texts(ten)[-1:] == ["Back"]


async def test_a_rating_stands_on_the_next_card(stage: Stage) -> None:
    ann, boris = stage.person(), stage.person(2, "ru", "Boris")
    await stage.press(ann, await the_ten(stage, ann), "9")
    assert "★ 9 — your rating" in (await a_card(stage, ann)).body
    assert "★" not in (await a_card(stage, boris)).body


async def test_a_rating_arrives_at_tmdb(stage: Stage) -> None:
    ann = stage.person()
    stage.tmdb.add_account("ann")
    [key] = stage.settings.secret_key
    async with scene_over(stage.database, stage.tmdb, key=key) as scene:
        await scene.link(ann.id, "ann")
        ten = await the_ten(stage, ann)
        assert await stage.toast(ann, ten, "7") == "★ 7 saved, and on its way to TMDB"
        await stage.idle()
        await scene.push_all()
        assert stage.tmdb.ratings("ann")[MATRIX] == 7
        assert await stage.toast(ann, ten, "Remove") == "Your rating is removed here, and soon at TMDB"
        await stage.idle()
        await scene.push_all()
        assert MATRIX not in stage.tmdb.ratings("ann")


async def test_a_rating_stays_while_tmdb_is_away_and_the_card_says_so(stage: Stage) -> None:
    ann = stage.person()
    stage.tmdb.add_account("ann")
    [key] = stage.settings.secret_key
    async with scene_over(stage.database, stage.tmdb, key=key) as scene:
        await scene.link(ann.id, "ann")
        ten = await the_ten(stage, ann)
        stage.tmdb.fault("html", "/3/*", status=503)
        await stage.press(ann, ten, "7")
        await scene.push_all()
        await stage.database.execute(
            "UPDATE tmdb.pushes SET requested_at = tmdb.now() - interval '5 minutes'"
        )
        assert (await a_card(stage, ann)).body.endswith(" · not at TMDB yet")


async def test_a_redelivered_tap_is_done_once(idle_stage: Stage) -> None:
    stage = idle_stage
    ann = stage.person()
    async with running(stage.settings, stage.database):
        ten = await the_ten(stage, ann)
        await stage.press(ann, ten, "8")
        first = stage.bot.updates.given[-1]
        await stage.press(ann, ten, "½ more")
        assert await held(stage, ann) == Decimal("8.5")
    # Another process, which remembers nothing.
    async with running(stage.settings, stage.database):
        stage.bot.updates.inject(first)
        await stage.telegram.wait_until(
            lambda: [
                call
                for call in stage.telegram.calls("answerCallbackQuery")
                if call.parameters.get("text") == "This is already done"
            ]
        )
    assert await held(stage, ann) == Decimal("8.5")


async def test_a_tap_is_answered_after_its_commit(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = stage.person()
    ten = await the_ten(stage, ann)
    committed: list[int] = []
    rate = Ratings.rate

    async def failing_once(self: Ratings, *args: object) -> object:
        committed.append(len(stage.telegram.calls("answerCallbackQuery")))
        if len(committed) == 1:
            raise DatabaseUnavailable("restarting")
        return await rate(self, *args)  # type: ignore[arg-type] # passed on as they came

    monkeypatch.setattr(Ratings, "rate", failing_once)
    before = len(stage.telegram.calls("answerCallbackQuery"))
    assert await stage.toast(ann, ten, "8") == "★ 8 saved"
    assert committed == [before, before]
    assert await held(stage, ann) == 8


async def test_a_card_too_old_to_edit_comes_anew(stage: Stage) -> None:
    ann = stage.person()
    ten = await the_ten(stage, ann)
    ann.delete(ten)
    query = ann.press_forged(ten, "rate:603:16")
    assert (await ann.wait_answer(query)).text == "★ 8 saved"
    new = await ann.chat.wait_for()
    assert new.message_id != ten.message_id
    assert new.photo is not None
    assert "★ 8 — your rating" in new.body


async def test_a_card_telegram_no_longer_edits_comes_anew(stage: Stage) -> None:
    ann = stage.person()
    ten = await the_ten(stage, ann)
    refusal = "Bad Request: message can't be edited"
    stage.telegram.faults.add(Fault("refuse", "editMessageCaption", code=400, description=refusal))
    new = await stage.press(ann, ten, "8")
    assert new.message_id != ten.message_id
    assert "★ 8 — your rating" in new.body
    assert texts(new)[-4:] == ["½ less", "½ more", "Remove", "Back"]


async def test_a_text_card_is_edited_as_text(stage: Stage) -> None:
    stage.tmdb.fault("proxy_404", "/t/p/*")
    ann = stage.person()
    ten = await the_ten(stage, ann)
    assert ten.photo is None
    await stage.press(ann, ten, "8")
    assert "★ 8 — your rating" in ten.body


async def test_a_film_that_is_not_in_the_catalogue_cannot_be_rated(stage: Stage) -> None:
    ann = stage.person()
    card = await a_card(stage, ann)
    query = ann.press_forged(card, "rate:999999999:16")
    assert (await ann.wait_answer(query)).text == "This film is not in the catalogue any more"
    assert await stage.database.fetchval("SELECT count(*) FROM tmdb.user_movie_ratings") == 0


async def test_five_stars_are_given_by_halves_and_rewrite_nothing(stage: Stage) -> None:
    ann = stage.person()
    ten = await the_ten(stage, ann)
    await stage.press(ann, ten, "8")
    await stage.press(ann, ten, "½ more")
    assert "★ 8.5 — your rating" in ten.body
    await stage.toast(ann, await stage.ask(ann, "/settings"), "Ratings")
    await ann.wait_answer(ann.press_forged(ann.chat.last, "choose:scale:5"))
    ten = await the_ten(stage, ann)
    assert "★ 4½ — your rating" in ten.body
    assert texts(ten)[:11] == ["½", "1", "1½", "2", "2½", "3", "3½", "4", "★ 4½", "5", "Remove"]
    assert await held(stage, ann) == Decimal("8.5")
    assert await stage.toast(ann, ten, "3½") == "★ 3½ saved"
    assert await held(stage, ann) == 7


FORGED = st.one_of(
    st.text(max_size=40).map(lambda text: "rate:" + text),
    st.builds(
        "{}:{}:{}".format,
        st.sampled_from(["rate", "rating", "rated", "card", "find"]),
        st.integers(),
        st.integers(),
    ),
    st.binary(min_size=1, max_size=60),
    st.text(min_size=1, max_size=60),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=FORGED)
async def test_forged_data_is_answered_and_changes_nothing(stage: Stage, data: str | bytes) -> None:
    mallory = stage.person(66, "en", "Mallory")
    if not mallory.chat.messages:
        await a_card(stage, mallory)
    query = mallory.press_forged(mallory.chat.messages[1], data)
    await mallory.wait_answer(query)
    await stage.idle()
    stored = await stage.database.fetchval(
        "SELECT count(*) FROM tmdb.user_movie_ratings WHERE movie_id <> 603"
    )
    assert stored == 0
