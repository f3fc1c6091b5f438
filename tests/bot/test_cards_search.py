"""Finding a film in the chat."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.telegram import Message
from tests.bot.conftest import Stage


def texts(message: Message) -> list[str]:
    return [button.text for button in message.buttons]


async def test_a_single_sure_hit_opens_the_card(stage: Stage) -> None:
    card = await stage.ask(stage.person(language="ru"), "матрица 1999")
    assert card.photo is not None
    assert card.body.startswith("Матрица (1999)\nThe Matrix\n")


async def test_several_hits_are_a_list_whose_numbers_open_cards(stage: Stage) -> None:
    ann = stage.person()
    results = await stage.ask(ann, "/search the")
    lines = results.body.split("\n\n")[1].splitlines()
    assert results.body.startswith("Search: the\n\n1. ")
    assert len(lines) == 8
    card = await stage.press(ann, results, "2")
    assert card.message_id != results.message_id
    title = lines[1].removeprefix("2. ").split(" · ")[0]
    assert card.body.startswith(title)


async def test_leafing_stays_in_one_message(stage: Stage) -> None:
    ann = stage.person()
    first = await stage.ask(ann, "the")
    number, body = first.message_id, first.body
    second = await stage.press(ann, first, "›")
    assert second.message_id == number
    assert "\n\n9. " in second.body
    back = await stage.press(ann, second, "‹")
    assert (back.message_id, back.body) == (number, body)


async def test_own_ratings_are_marked(stage: Stage) -> None:
    ann = stage.person()
    ten = await stage.press(ann, await stage.ask(ann, "/movie 603"), "★ Rate")
    await stage.press(ann, ten, "9")
    results = await stage.ask(ann, "matri")
    assert "★\u00a09" in results.body


async def test_nothing_found_says_what_was_tried(stage: Stage) -> None:
    nothing = await stage.ask(stage.person(), "xyzzy plugh <b>")
    assert nothing.body.startswith("Search: xyzzy plugh <b>\n\nNothing found, neither here nor at TMDB.")


async def test_with_tmdb_away_what_is_here_is_found(stage: Stage) -> None:
    ann = stage.person()
    await stage.ask(ann, "/movie 603")
    stage.tmdb.fault("html", "/3/*", status=503)
    nothing = await stage.ask(ann, "stalker")
    assert "TMDB does not answer right now" in nothing.body
    titles = await stage.ask(ann, "the matrix")
    assert titles.body.startswith("Search: the matrix\n\n1. The Matrix (1999)")
    assert "TMDB" not in titles.body


async def test_filters_with_tmdb_away_say_that_there_may_be_more(stage: Stage) -> None:
    ann = stage.person(language="ru")
    stage.tmdb.fault("html", "/3/*", status=503)
    films = await stage.ask(ann, "комедии 90-х")
    assert films.body.endswith("Здесь ничего не нашлось, а TMDB сейчас не отвечает. Попробуйте чуть позже.")


async def test_a_pasted_link_opens_the_card(stage: Stage) -> None:
    card = await stage.ask(stage.person(), "https://www.themoviedb.org/movie/603-the-matrix?language=de")
    assert card.body.startswith("The Matrix (1999)")


async def test_search_without_words_says_how(stage: Stage) -> None:
    assert "matrix 1999" in (await stage.ask(stage.person(), "/search")).body


async def test_ten_thousand_characters_are_answered(stage: Stage) -> None:
    ann = stage.person()
    ann.send("ж <b>&" * 1700)
    answer = await ann.chat.wait_for()
    assert answer.body.startswith("Search: ж")


PIECES = (
    *(
        "<b>",
        "</a>",
        "<a href='",
        "&amp;",
        "&",
        "&#0;",
        "%",
        "_",
        "'",
        '"',
        "\\",
        ";",
        "--",
        "/*",
        "$1",
        "{0}",
    ),
    *("#", "#hacker", "tt", "imdb.com/title/", "themoviedb.org/movie/", "603", "tt0133093", "8+", "80-х"),
    *(
        "фильмы",
        "про",
        "best",
        "movies",
        "Матрица",
        "黑客",
        "帝国",
        "1999",
        "½",
        "ﷺ",
        "İ",
        "e\u0301",
        "\u202e",
    ),
    *("👩‍👩‍👧", "\U0010ffff", "\x1b", "\u2028", " ", " ", "\n", ":*", "|", "!", "<->", "''"),
)
typed = st.text(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=30).map("".join)
# As Telegram sends it: at most 4096 characters, and something to see.
sent = st.tuples(typed, st.integers(1, 400)).map(lambda text: (text[0] * text[1])[:4096].strip())


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(sent.filter(lambda text: text.replace("\0", "").strip() and not text.startswith("/")))
async def test_whatever_is_typed_gets_a_clean_answer(stage: Stage, text: str) -> None:
    answer = await stage.ask(stage.person(), text)
    assert answer.body
    assert not answer.body.startswith(("Something went wrong", "My memory is out of reach")), text


async def test_results_that_cannot_be_read_back_say_so(stage: Stage) -> None:
    ann = stage.person()
    card = await stage.ask(ann, "/movie 603")
    answer = await ann.wait_answer(ann.press_forged(card, "titles:2:0"))
    assert answer.text == "These results can no longer be leafed through. Send the title again."
    older = await ann.wait_answer(ann.press_forged(card, "find:2:0"))
    assert older.text == "This button no longer works. Please ask for the screen again."


async def test_filters_in_plain_words_are_told_and_titles_are_a_tap_away(stage: Stage) -> None:
    ann = stage.person()
    await stage.ask(ann, "/movie 115")
    await stage.database.execute(
        """
        INSERT INTO tmdb.sync_state (name, watermark, value)
        VALUES ('fill', tmdb.now(), '{"completed_at": "2026-01-01"}')
        """
    )
    films = await stage.ask(ann, "комедии 90-х")
    lines = films.body.split("\n")
    assert lines[:2] == ["Search: комедии 90-х", "Popular films · comedy · 1990s"]
    assert "The Big Lebowski (1998)" in films.body
    choosing = await stage.press(ann, films, "Filters")
    assert choosing.body.startswith("Search: комедии 90-х\n\nFilters\ncomedy · 1990s\n\n")
    again = await stage.press(ann, choosing, "Show films")
    assert again.body == films.body
    titles = await stage.press(ann, again, "Titles with these words")
    assert titles.body.startswith("Search: комедии 90-х\n\n")


async def test_a_series_and_a_person_open_their_own_cards(stage: Stage) -> None:
    ann = stage.person()
    series = await stage.ask(ann, "https://www.themoviedb.org/tv/1396")
    assert series.body.startswith("Breaking Bad (2008")
    person = await stage.ask(ann, "themoviedb.org/person/6384-keanu-reeves")
    assert person.body.startswith("Keanu Reeves")
