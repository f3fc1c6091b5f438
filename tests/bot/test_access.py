"""Who the bot answers: everybody or a few, admins; and the menus they see."""

from collections.abc import Callable

from core.settings import Settings
from sandbox.telegram import Person
from tests.bot.conftest import ADMIN, Stage, running
from views.start import ADMIN_COMMANDS, COMMANDS, FILM_COMMANDS, TMDB_NOTICE


def answers(stage: Stage, person: Person) -> int:
    return len(stage.telegram.calls("sendMessage", person.id))


async def test_strangers_get_one_polite_line(
    idle_stage: Stage, make_settings: Callable[..., Settings]
) -> None:
    stage = idle_stage
    ann, admin, stranger = stage.person(1), stage.person(ADMIN), stage.person(3, "ru")
    async with running(make_settings(allowed_user_ids=(1,)), stage.database) as stage.app:
        for person in (ann, admin):
            assert (await stage.ask(person, "/about")).body.startswith("Filmoteka")
        assert (await stage.ask(stranger, "/start")).body.startswith("Это частный бот")
        screen = stranger.chat.last
        stranger.send("/link")
        stranger.send("Матрица")
        await stranger.wait_answer(stranger.press_forged(screen, "language:ru"))
        await stage.idle()
        assert answers(stage, stranger) == 1
        await stage.app.activity.flush()
    ids = [row[0] for row in await stage.database.fetch("SELECT telegram_user_id FROM tmdb.users ORDER BY 1")]
    assert ids == [1, ADMIN], "nothing is kept of strangers"


async def test_menus_are_set_in_each_language_and_admins_have_their_own(idle_stage: Stage) -> None:
    admin = idle_stage.person(ADMIN)
    admin.start()
    async with running(idle_stage.settings, idle_stage.database) as idle_stage.app:
        await admin.chat.wait_for()
        commands = await idle_stage.telegram.wait_until(
            lambda: len(idle_stage.bot.commands) == 9 and idle_stage.bot.commands
        )
    menus = {
        (scope.partition('"type":"')[2].partition('"')[0], language): [one["command"] for one in menu]
        for (scope, language), menu in commands.items()
    }
    for language in ("", "ru", "zh"):
        assert menus["all_private_chats", language] == list(COMMANDS)
        assert menus["all_group_chats", language] == [name for name in COMMANDS if name in FILM_COMMANDS]
        assert menus["chat", language] == [*COMMANDS, *ADMIN_COMMANDS]


async def test_every_command_of_the_menu_is_answered(stage: Stage) -> None:
    ann = stage.person()
    for command in COMMANDS:
        answer = await stage.ask(ann, f"/{command}")
        assert not answer.body.startswith("I do not know")


async def test_about_carries_tmdbs_notice_word_for_word(stage: Stage) -> None:
    for person, language in ((1, "en"), (2, "ru"), (3, "zh")):
        about = await stage.ask(stage.person(person, language), "/about")
        assert TMDB_NOTICE in about.body
        assert about.buttons[0].url == "https://www.themoviedb.org"


async def test_unknown_commands_are_answered_kindly(stage: Stage) -> None:
    ann = stage.person()
    assert (await stage.ask(ann, "/frobnicate now")).body == (
        "I do not know this command. Write a film’s title, or see /help."
    )
