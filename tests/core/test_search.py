"""What people type, as the search understands it."""

import pytest

from core.search import (
    MAX_CHARACTERS,
    MAX_WORDS,
    ImdbLink,
    SearchQuery,
    TmdbLink,
    fold,
    linked,
    linked_movie,
)


@pytest.mark.parametrize(
    ("text", "title", "year"),
    [
        ("matrix", "matrix", None),
        ("  The  Matrix 1999 ", "the matrix", 1999),
        ("Матрица (1999)", "матрица", 1999),
        ("1917", "1917", None),
        ("2012 2009", "2012", 2009),
        ("Spider-Man: No Way Home", "spider man no way home", None),
        ("７人の侍", "7 人の侍", None),
        ("黑客帝国1999", "黑客帝国", 1999),
        ("hotel 1408 room", "hotel 1408 room", None),
        ("film 3050", "film 3050", None),
        ("%_'; DROP TABLE tmdb.movies; --", "drop table tmdb movies", None),
        ("???", "", None),
        ("", "", None),
    ],
)
def test_words_and_year(text: str, title: str, year: int | None) -> None:
    query = SearchQuery.parse(text)
    assert (" ".join(query.title_words), query.year) == (title, year)


def test_what_no_database_takes_is_gone_and_what_no_title_needs_is_cut() -> None:
    query = SearchQuery.parse("a\0b \ud83d " + "word " * 1000)
    assert query.words[:2] == ("a", "b")
    assert "\0" not in query.text
    assert len(query.text) <= MAX_CHARACTERS
    assert len(query.words) == MAX_WORDS
    query.text.encode()


@pytest.mark.parametrize(
    ("text", "movie_id"),
    [
        ("https://www.themoviedb.org/movie/603-the-matrix", 603),
        ("look: themoviedb.org/ru-RU/movie/603?language=ru !", 603),
        ("https://www.themoviedb.org/tv/603", None),
        ("https://www.themoviedb.org/movie/99999999999", None),
        ("https://www.themoviedb.org/movie/4294967296", None),
        ("https://notthemoviedb.org/movie/603", None),
        ("603", None),
    ],
)
def test_a_pasted_address_names_its_film(text: str, movie_id: int | None) -> None:
    assert linked_movie(text) == movie_id


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("https://www.themoviedb.org/tv/1399-game-of-thrones", TmdbLink("tv", 1399)),
        ("themoviedb.org/person/31", TmdbLink("person", 31)),
        ("https://m.imdb.com/title/tt0133093/?ref_=nv_sr", ImdbLink("tt0133093")),
        ("imdb.com/de/name/nm0000206", ImdbLink("nm0000206")),
        (" TT0133093 ", ImdbLink("tt0133093")),
        ("https://www.imdb.com/pt-BR/title/tt15398776/", ImdbLink("tt15398776")),
        ("HTTPS://WWW.IMDB.COM/TITLE/TT0133093", ImdbLink("tt0133093")),
        ("https://www.themoviedb.org/Movie/603", TmdbLink("movie", 603)),
        ("看看themoviedb.org/zh-cn/movie/603吧", TmdbLink("movie", 603)),
        ("«tmdb.org/movie/603»", TmdbLink("movie", 603)),
        ("imdb.com/title/tt0111161 themoviedb.org/movie/603", ImdbLink("tt0111161")),
        ("смотри tt15398776, класс", ImdbLink("tt15398776")),
        ("tt133093", ImdbLink("tt133093")),
        ("watch tt133093", None),
        ("butt0133093", None),
        ("https://www.imdb.com/list/ls012345678", None),
        ("https://notimdb.com/title/tt0133093", None),
    ],
)
def test_addresses_and_ids_elsewhere(text: str, link: object) -> None:
    assert linked(text) == link


@pytest.mark.parametrize(
    ("text", "ways"),
    [
        ("матрица 99", [("матрица 99", None), ("матрица", 1999)]),
        ("matrix 03", [("matrix 03", None), ("matrix", 2003)]),
        ("2001 a space odyssey", [("2001 a space odyssey", None), ("a space odyssey", 2001)]),
        ("rocky 2", [("rocky 2", None), ("rocky ii", None), ("rocky two", None)]),
        ("двенадцать обезьян", [("двенадцать обезьян", None), ("12 обезьян", None), ("xii обезьян", None)]),
        ("洛奇二", [("洛奇二", None), ("洛奇 2", None)]),
        ("12怒汉", [("12 怒汉", None), ("xii 怒汉", None), ("十二 怒汉", None)]),
        ("tom and jerry", [("tom and jerry", None), ("tom jerry", None)]),
        ("tom and", [("tom and", None)]),
        ("!!!", [("!!!", None)]),
        ("", []),
    ],
)
def test_a_query_is_taken_in_several_ways(text: str, ways: list[tuple[str, int | None]]) -> None:
    assert [(" ".join(way.words), way.year) for way in SearchQuery.parse(text).readings] == ways


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("ghbdtn", ["привет"]),
        ("руддщ", ["hello"]),
        ("vfnhbwf 1999", ["матрица 1999"]),
        ("<hfn 2", ["Брат 2"]),
        ("bhjybz celm,s? bkb", ["ирония судьбы, или"]),
        ("гарри gjnnth", ["гарри поттер", "ufhhb gjnnth"]),
        ("黑客", []),
    ],
)
def test_the_same_keys_on_the_other_keyboard(text: str, other: list[str]) -> None:
    assert [query.text for query in SearchQuery.parse(text).other_keyboard] == other


@pytest.mark.parametrize(
    ("text", "otherwise"),
    [
        ("матрица 1999 года", [("матрица", 1999)]),
        ("матрица 1999г", [("матрица", 1999)]),
        ("黑客帝国 1999年 电影", [("黑客帝国", 1999)]),
        ("Inception (2010) BDRip 1080p", [("inception", 2010)]),
        ("фильм Матрица", [("матрица", None)]),
        ("Матрица (The Matrix, 1999)", [("the matrix", 1999), ("матрица", 1999)]),
    ],
)
def test_what_is_written_around_a_title_is_left_out(
    text: str, otherwise: list[tuple[str, int | None]]
) -> None:
    ways = [(" ".join(way.words), way.year) for group in SearchQuery.parse(text).attempts for way in group]
    assert [way for way in otherwise if way not in ways] == []


def test_a_number_is_no_second_title() -> None:
    assert SearchQuery.parse("教父2").scripts == ()


def test_folding() -> None:
    assert fold("Ёлки-2: «Łódź» — ﬁn!") == "елки 2 lodz fin"
