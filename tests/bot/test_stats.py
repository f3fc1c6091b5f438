"""/stats: figures at once, their picture after them."""

import io

from PIL import Image

from tests.bot.conftest import ADMIN, Stage, until


async def test_figures_come_first_and_the_picture_follows(stage: Stage) -> None:
    ann, admin = stage.person(1), stage.person(ADMIN)
    card = await stage.ask(ann, "/movie 603")
    await stage.toast(ann, await stage.press(ann, card, "Rate"), "9")
    await until(lambda: stage.telegram.calls("sendPhoto", 1))
    assert stage.app is not None
    await stage.app.activity.flush()
    figures = await stage.ask(admin, "/stats")
    lines = [line.split() for line in figures.body.splitlines()]
    for line in (
        ["Users", "1"],
        ["active", "today", "1"],
        ["by", "day", *"0000001"],
        ["Ratings", "1"],
        ["Films,", "full", "1"],
        ["Cards,", "7", "days", "1"],
        ["with", "a", "poster", "at", "once", "0%"],
    ):
        assert line in lines
    assert max(map(len, figures.body.splitlines())) <= 36

    # What the admin does next does not wait for the picture.
    await stage.ask(admin, "/about")
    shown = await admin.chat.wait_for(lambda message: message.photo is not None, timeout=30)
    assert shown.body == "The last 30 days"
    assert shown.photo is not None
    assert Image.open(io.BytesIO(shown.photo.content)).size == (1080, 1350)


async def test_to_others_it_is_an_unknown_command(stage: Stage) -> None:
    told = await stage.ask(stage.person(1), "/stats")
    assert told.body == (await stage.ask(stage.person(1), "/nothing")).body
