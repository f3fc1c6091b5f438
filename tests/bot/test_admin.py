"""What admins see and may do."""

import asyncio

from tests.bot.conftest import ADMIN, BOT_ID, CHANNEL, Stage

POSTER = "SELECT poster_path, telegram_file_id FROM tmdb.posters WHERE telegram_file_id IS NOT NULL"


async def learned(stage: Stage) -> tuple[str, str]:
    """What a card's upload taught, which is kept beside its answer."""
    async with asyncio.timeout(10):
        while not (poster := await stage.database.fetchrow(POSTER)):
            await asyncio.sleep(0.005)
    return poster["poster_path"], poster["telegram_file_id"]


async def test_a_cached_poster_is_shown_and_deleted(stage: Stage) -> None:
    admin = stage.person(ADMIN)
    await stage.ask(admin, "/movie 603")
    path, file_id = await learned(stage)
    assert stage.app is not None
    post = await stage.app.bot.send_photo(CHANNEL, file_id)
    await stage.database.execute(
        "UPDATE tmdb.posters SET poster_status = 2, channel_id = $1, message_id = $2",
        CHANNEL,
        post.message_id,
    )
    shown = await stage.ask(admin, "/poster https://www.themoviedb.org/movie/603-the-matrix")
    assert shown.body.splitlines()[0] == f"1. {path}"
    assert "in its channel" in shown.body

    question = await stage.press(admin, shown, "Delete 1")
    assert question.body.startswith(f"Delete {path}")
    back = await stage.press(admin, question, "Back")
    assert await stage.database.fetchval("SELECT poster_status FROM tmdb.posters") == 2
    question = await stage.press(admin, back, "Delete 1")
    told = await stage.press(admin, question, "Delete")
    assert told.body.startswith("Deleted. The film’s data stays")
    assert await stage.database.fetchval("SELECT count(*) FROM tmdb.posters") == 0
    assert stage.channel.get(post.message_id) is None
    assert await stage.database.fetchval("SELECT data_state FROM tmdb.movies WHERE tmdb_id = 603") == "full"


async def test_poster_alone_says_how(stage: Stage) -> None:
    admin = stage.person(ADMIN)
    assert (await stage.ask(admin, "/poster")).body.startswith("Which film?")
    assert (await stage.ask(admin, "/poster 99999999999")).body.startswith("Which film?")
    assert (await stage.ask(admin, "/poster 603")).body.startswith("No poster of this film")
    assert await stage.database.fetchval("SELECT count(*) FROM tmdb.posters WHERE bot_id = $1", BOT_ID) == 0
