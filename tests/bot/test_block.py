"""/block and /unblock: an abuser is ignored everywhere, without a query an update."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from core.settings import Settings
from db.blocked_users import BlockedUsers
from db.notices import Notices
from db.users import Users
from services.accounts import Accounts
from services.blocking import Blocking
from tests.bot.conftest import ADMIN, Stage, running, until

LEASE = timedelta(seconds=30)
ABUSER = 666


def answers(stage: Stage, person_id: int = ABUSER) -> int:
    return len(stage.telegram.calls("sendMessage", person_id))


async def blocked(stage: Stage) -> list[int]:
    return sorted(await BlockedUsers(stage.database).ids())


async def test_an_abuser_gets_one_polite_line_and_nothing_else(stage: Stage) -> None:
    admin, abuser = stage.person(ADMIN), stage.person(ABUSER)
    await stage.ask(abuser, "/settings")
    screen = abuser.chat.last
    assert (await stage.ask(admin, f"/block {ABUSER}")).body.startswith(f"{ABUSER} is shut out")
    before = answers(stage)
    assert (await stage.ask(abuser, "/about")).body.startswith("You cannot use this bot any more")
    abuser.send("The Matrix")
    abuser.send("/start")
    answered = await abuser.wait_answer(abuser.press_forged(screen, "language:ru"))
    assert not answered.text
    await stage.idle()
    assert answers(stage) == before + 1
    assert (await stage.ask(admin, f"/unblock {ABUSER}")).body.startswith(f"{ABUSER} may use the bot again")
    assert (await stage.ask(abuser, "/about")).body.startswith("Filmoteka")


@pytest.mark.parametrize(
    ("language", "done", "line"),
    [("ru", "заблокирован", "Вы больше не можете"), ("zh", "已屏蔽", "您已无法使用")],
)
async def test_in_their_languages(stage: Stage, language: str, done: str, line: str) -> None:
    admin, abuser = stage.person(ADMIN, language), stage.person(ABUSER, language)
    assert done in (await stage.ask(admin, f"/block {ABUSER}")).body
    assert (await stage.ask(abuser, "/start")).body.startswith(line)


async def test_in_groups_and_inline_they_are_ignored_too(stage: Stage) -> None:
    admin, abuser = stage.person(ADMIN), stage.person(ABUSER)
    await stage.ask(admin, f"/block {ABUSER}")
    group = stage.telegram.add_group(-1001000000009, "Friends", [abuser, admin], [stage.bot])
    abuser.send("/start@filmoteka_bot", chat=group)
    admin.send("/start@filmoteka_bot", chat=group)
    await group.wait_for()
    await stage.idle()
    assert len(stage.telegram.calls("sendMessage", group.id)) == 1


async def test_a_blocked_persons_update_costs_no_query(stage: Stage) -> None:
    await stage.ask(stage.person(ADMIN), f"/block {ABUSER}")
    abuser = stage.person(ABUSER)
    await stage.ask(abuser, "/start")
    assert stage.app is not None
    await stage.app.activity.flush()
    assert (
        await stage.database.fetchval("SELECT count(*) FROM tmdb.users WHERE telegram_user_id = $1", ABUSER)
        == 0
    )


async def test_whoever_never_wrote_can_be_shut_out_and_an_admin_cannot(stage: Stage) -> None:
    admin = stage.person(ADMIN)
    assert (await stage.ask(admin, "/block 123456789")).body.startswith("123456789 is shut out")
    assert (await stage.ask(admin, "/block 123456789")).body.startswith("123456789 was shut out already")
    assert f"{ADMIN} is an admin" in (await stage.ask(admin, f"/block {ADMIN}")).body
    assert await blocked(stage) == [123456789]
    assert "was not shut out" in (await stage.ask(admin, "/unblock 5")).body


@pytest.mark.parametrize(
    "argument", ["abc", "-5", "0", "12 34", "9" * 30, "@ann", "4503599627370496", "１２"]
)
async def test_malformed_arguments_are_answered(stage: Stage, argument: str) -> None:
    admin = stage.person(ADMIN)
    assert (await stage.ask(admin, f"/block {argument}")).body.startswith("Whom?")
    assert (await stage.ask(admin, f"/unblock {argument}")).body.startswith("Whom?")
    assert await blocked(stage) == []


async def test_the_command_alone_lists_them(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    admin = stage.person(ADMIN)
    assert (await stage.ask(admin, "/block")).body.startswith("Nobody is shut out.")
    assert (await stage.ask(admin, "/unblock")).body.startswith("Whom?")
    for user_id in (11, 12, 13):
        await stage.ask(admin, f"/block {user_id}")
    monkeypatch.setattr("services.blocking.LISTED", 2)
    listed = (await stage.ask(admin, "/block")).body.splitlines()
    assert listed[0] == "3 people are shut out:"
    assert listed[1].startswith("13 · since ")
    assert listed[-1] == "and 1 more"


async def test_others_do_not_know_the_commands(stage: Stage) -> None:
    ann = stage.person(1)
    for command in ("/block 5", "/unblock 5", "/block"):
        assert (await stage.ask(ann, command)).body.startswith("I do not know this command")
    assert await blocked(stage) == []


async def test_all_replicas_learn_it_within_a_second(stage: Stage) -> None:
    elsewhere = Blocking(stage.database, stage.settings)
    await elsewhere.block(ABUSER, ADMIN)
    assert stage.app is not None
    blocking = stage.app.blocking
    await until(lambda: blocking.is_blocked(ABUSER), 1)
    await elsewhere.unblock(ABUSER)
    await until(lambda: not blocking.is_blocked(ABUSER), 1)


async def test_it_is_known_from_the_start(idle_stage: Stage, make_settings: Callable[..., Settings]) -> None:
    await BlockedUsers(idle_stage.database).block(ABUSER, ADMIN)
    await BlockedUsers(idle_stage.database).block(ADMIN, 1)  # who became an admin later is let in
    async with running(make_settings(), idle_stage.database) as idle_stage.app:
        told = await idle_stage.ask(idle_stage.person(ABUSER), "/start")
        assert told.body.startswith("You cannot use this bot any more")
        assert (await idle_stage.ask(idle_stage.person(ADMIN), "/about")).body.startswith("Filmoteka")


async def test_what_they_would_be_told_waits_and_their_moving_messages_stand_still(stage: Stage) -> None:
    await Users(stage.database).seen({ABUSER: "en"})
    await Notices(stage.database).add(ABUSER, "push_gone", {"movie_id": 603})
    await stage.database.execute(
        """
        INSERT INTO tmdb.live_messages
          (bot_id, chat_id, message_id, kind, subject, telegram_user_id, expires_at)
        VALUES (4242, $1, 1, 'import', '1', $1, tmdb.now() + interval '1 day')
        """,
        ABUSER,
    )
    await stage.ask(stage.person(ADMIN), f"/block {ABUSER}")
    assert await stage.database.fetchval("SELECT count(*) FROM tmdb.live_messages") == 0
    assert await Notices(stage.database).claim(5, LEASE, "me") == []
    await stage.ask(stage.person(ADMIN), f"/unblock {ABUSER}")
    assert len(await Notices(stage.database).claim(5, LEASE, "me")) == 1


async def test_being_forgotten_does_not_let_them_in_again(stage: Stage) -> None:
    await Users(stage.database).seen({ABUSER: "en"})
    await stage.ask(stage.person(ADMIN), f"/block {ABUSER}")
    accounts: Accounts = stage.app.dispatcher["accounts"]  # type: ignore[union-attr] # the stage runs
    await accounts.forget(ABUSER)
    assert await blocked(stage) == [ABUSER]
