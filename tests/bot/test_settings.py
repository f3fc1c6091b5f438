"""Settings: one message, each button one state, kept and seen on the next screen."""

from typing import Any, get_args

import pytest

from core.reader import Reader
from sandbox.telegram import Message, Person
from tests.bot.conftest import Stage
from views import settings as views
from views.locale import LANGUAGES


async def chosen(stage: Stage) -> dict[str, Any]:
    row = await stage.database.fetchrow("SELECT * FROM tmdb.reader(1, 'en')")
    return dict(row or {})


async def choose(stage: Stage, person: Person, section: str, button: str) -> str:
    """The settings' message after a choice in a section of it."""
    screen = await stage.ask(person, "/settings")
    await stage.press(person, screen, section)
    await stage.press(person, screen, button)
    return screen.body


@pytest.mark.parametrize(
    ("section", "button", "column", "value", "line"),
    [
        ("Language", "Русский", "language", "ru", "Язык: Русский"),
        ("Film titles", "français · French", "film_language", "fr", "Film titles: French"),
        ("Posters", "without text", "poster_language", "", "Posters: without text"),
        ("Posters", "日本語 · Japanese", "poster_language", "ja", "Posters: Japanese"),
        ("Region", "UK", "region", "GB", "Region: UK"),
        ("Ratings", "five stars with halves", "rating_scale", 5, "Ratings: five stars with halves"),
        ("Rated films", "left out of lists", "hide_rated", True, "Rated films: left out of lists"),
    ],
)
async def test_a_choice_is_kept_and_told(
    stage: Stage, section: str, button: str, column: str, value: object, line: str
) -> None:
    ann = stage.person()
    assert line in (await choose(stage, ann, section, button)).splitlines()
    assert (await chosen(stage))[column] == value
    assert len(stage.telegram.calls("sendMessage", ann.id)) == 1, "all in one message"


async def test_adult_films_are_shown_after_a_question_and_said_to_stay_out_of_groups(stage: Stage) -> None:
    ann = stage.person()
    screen = await stage.ask(ann, "/settings")
    assert "Adult films: hidden" in screen.body
    await stage.press(ann, screen, "Adult films")
    assert "never in groups and inline messages" in screen.body
    await stage.press(ann, screen, "Show them …")
    assert not (await chosen(stage))["adult"], "a question only"
    await stage.press(ann, screen, "Yes, I am of age: show them")
    assert "Adult films: shown" in screen.body
    assert (await chosen(stage))["adult"]
    await stage.press(ann, screen, "Adult films")
    await stage.press(ann, screen, "Hide them")
    assert not (await chosen(stage))["adult"]


async def test_a_choice_can_be_left_to_the_language_again(stage: Stage) -> None:
    ann = stage.person()
    await choose(stage, ann, "Region", "Canada")
    assert "Region: USA (by language)" in await choose(stage, ann, "Region", "by language")


async def test_the_same_tap_twice_is_the_same_choice(stage: Stage) -> None:
    ann = stage.person()
    screen = await stage.ask(ann, "/settings")
    for _ in range(2):
        query = ann.press_forged(screen, "choose:rated:on")
        assert (await ann.wait_answer(query)).text == "Rated films: left out of lists"
    assert (await chosen(stage))["hide_rated"]


def labels(message: Message) -> list[str]:
    return [button.text for button in message.buttons]


async def test_regions_are_leafed_through_common_ones_first(stage: Stage) -> None:
    ann = stage.person()
    screen = await stage.ask(ann, "/settings")
    await stage.press(ann, screen, "Region")
    assert labels(screen)[:3] == ["✓ by language", "USA", "UK"]
    seen = set(labels(screen))
    for _ in range(15):
        await stage.press(ann, screen, "›")
        seen |= set(labels(screen))
    assert labels(screen)[-3] == "16 / 16"
    assert {"Afghanistan", "Åland Islands", "Zimbabwe"} <= seen
    await stage.press(ann, screen, "›")
    assert labels(screen)[-3] == "1 / 16"
    await stage.press(ann, screen, "Back")
    assert screen.body.startswith("Settings\n")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_fits_telegram_and_every_value_is_one(language: str) -> None:
    reader = Reader(1, language)
    for section in ("all", "sure", *get_args(views.Setting)):
        for page in range(1, 18):
            wanted = views.OpenSettings(section=section, page=page)
            screen = views.section(reader, wanted, adult_in_groups=False)
            assert screen.keyboard is not None
            buttons = [button for row in screen.keyboard.inline_keyboard for button in row]
            assert len(buttons) <= 100
            for button in buttons:
                data = button.callback_data or ""
                assert len(data.encode()) <= 64
                if data.startswith("choose"):
                    assert views.Choose.unpack(data).choices


@pytest.mark.parametrize(
    "data",
    [
        *(
            "choose:region:XX",
            "choose:region:us",
            "choose:films:tlh",
            "choose:language:auto",
            "choose:adult:",
        ),
        *(
            "choose:scale:7",
            "choose:secret:on",
            "choose:",
            "choose:adult:on:on",
            "settings:no:1",
            "language:ru",
        ),
        *("settings:region:0", "settings:region:100"),
    ],
)
async def test_forged_and_old_buttons_are_answered_politely(stage: Stage, data: str) -> None:
    ann = stage.person()
    screen = await stage.ask(ann, "/settings")
    answer = await ann.wait_answer(ann.press_forged(screen, data))
    assert answer.text == "This button no longer works. Please ask for the screen again."


async def test_telegrams_language_does_not_overrule_a_choice(stage: Stage) -> None:
    ann = stage.person(language="en")
    await choose(stage, ann, "Language", "Русский")
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


async def test_each_choice_changes_what_is_shown(stage: Stage) -> None:
    ann = stage.person()
    card = await stage.ask(ann, "/movie 603")
    await stage.database.execute(
        """
        UPDATE tmdb.movies SET certifications = '{"US": "R", "GB": "15"}',
          watch_providers = '{"GB": {"flatrate": ["Sky Cinema"]}}'
        """
    )
    assert await stage.toast(ann, await stage.press(ann, card, "★ Rate"), "9") == "★ 9 saved"
    for section, button, *said in (
        ("Film titles", "русский · Russian", "Матрица (1999)\nThe Matrix"),
        ("Region", "UK", " · 15\n", "Sky Cinema"),
        ("Ratings", "five stars with halves", "★ 4½"),
        ("Language", "Русский", "Режисс"),
    ):
        before = (await stage.ask(ann, "/movie 603")).body
        await choose(stage, ann, section, button)
        after = (await stage.ask(ann, "/movie 603")).body
        assert all(words in after and words not in before for words in said), button
