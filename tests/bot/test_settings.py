"""The interface language: Telegram's until the person chooses."""

import pytest

from tests.bot.conftest import Stage


@pytest.mark.parametrize(
    ("button", "title", "toast"),
    [
        ("Русский", "Настройки", "Язык: Русский"),
        ("中文", "设置", "语言：中文"),
        ("✓ English", "Settings", "Language: English"),
    ],
)
async def test_a_language_is_chosen_and_kept(stage: Stage, button: str, title: str, toast: str) -> None:
    ann = stage.person(language="en")
    screen = await stage.ask(ann, "/settings")
    assert await stage.toast(ann, screen, button) == toast
    await stage.idle()
    assert screen.body.startswith(title)
    # Chosen is chosen: a tap on the same button again, as a redelivery would be, changes nothing.
    assert await stage.toast(ann, screen, button.removeprefix("✓ ")) == toast
    assert (await stage.ask(ann, "/settings")).body.startswith(title)


async def test_telegrams_language_does_not_overrule_a_choice(stage: Stage) -> None:
    ann = stage.person(language="en")
    screen = await stage.ask(ann, "/settings")
    await stage.press(ann, screen, "Русский")
    ann.language_code = "zh"
    assert (await stage.ask(ann, "/about")).body.startswith("Filmoteka: кинобот")
    assert stage.app is not None
    await stage.app.activity.flush()
    assert await stage.database.fetchval("SELECT language FROM tmdb.users") == "ru"


async def test_who_did_not_choose_follows_telegram(stage: Stage) -> None:
    ann = stage.person(language="en")
    await stage.ask(ann, "/help")
    ann.language_code = "ru"
    assert (await stage.ask(ann, "/help")).body.startswith("Фильмы")
    assert stage.app is not None
    await stage.app.activity.flush()
    assert await stage.database.fetchval("SELECT language FROM tmdb.users") == "ru"
