"""The first meeting, and what the bot says of itself."""

import pytest

from tests.bot.conftest import Stage, running


@pytest.mark.parametrize(
    ("language_code", "beginning", "link"),
    [
        ("en", "Filmoteka finds any film", "Link TMDB"),
        ("ru", "Filmoteka находит любой фильм", "Подключить TMDB"),
        ("zh-hans", "Filmoteka 能找到任何一部电影", "关联 TMDB"),
        ("pt-br", "Filmoteka finds any film", "Link TMDB"),
        (None, "Filmoteka finds any film", "Link TMDB"),
    ],
)
async def test_the_first_meeting_is_in_the_persons_language(
    stage: Stage, language_code: str | None, beginning: str, link: str
) -> None:
    ann = stage.person(language=language_code)
    hello = await stage.ask(ann, "/start")
    assert hello.body.startswith(beginning)
    assert len(hello.body.splitlines()) == 3
    assert link in [button.text for button in hello.buttons]


async def test_looking_around_offers_films(stage: Stage) -> None:
    ann = stage.person()
    hello = await stage.ask(ann, "/start")
    films = await stage.press(ann, hello, "Just look around")
    assert [button.text for button in films.buttons] == ["The Matrix", "Spirited Away", "Parasite"]


async def test_inline_mode_is_told_of_where_it_is_on(idle_stage: Stage) -> None:
    idle_stage.bot.supports_inline_queries = True
    async with running(idle_stage.settings, idle_stage.database) as idle_stage.app:
        ann = idle_stage.person(1)
        assert "(in other chats after @filmoteka_bot)" in (await idle_stage.ask(ann, "/start")).body
        assert "In any chat: @filmoteka_bot matrix" in (await idle_stage.ask(ann, "/help")).body
