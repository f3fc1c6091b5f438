"""The first meeting, and what the bot says of itself."""

import pytest

from tests.bot.conftest import Stage


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
