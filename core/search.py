"""What people type to find a film, and a page of what was found."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal, NamedTuple, Self

from core.reader import Reader

# A Telegram message holds 4096 characters; no title needs more than these.
MAX_CHARACTERS = 200
MAX_WORDS = 20
MAX_READINGS = 6

_YEAR = re.compile(r"(?:18[7-9]|19\d|20\d)\d", re.ASCII)
_SHORT_YEAR = re.compile(r"\d\d", re.ASCII)
_BRACKETED_YEAR = re.compile(r"[(\[{]\s*(\d{4})\s*[)\]}]", re.ASCII)
_SAID_TO_BE_YEAR = re.compile(r"(?<!\d)(\d{4})\s*(?:года?|г\b\.?|年)", re.IGNORECASE)
# Words that say that a film is meant, beside its title.
_ANY_FILM = re.compile(
    r"\b(?:movies?|films?|фильм\w{0,3}|кино|мультфильм|мультик)\b|电影|電影|影片", re.IGNORECASE
)
# A two-digit year is one of the last century from here on.
LAST_CENTURY = 30

# Folding -----------------------------------------------------------------------------------------

# What stands on letters, and what is not seen: as in tmdb.fold.
_MARKS = re.compile(
    "[\u00ad\u0300-\u036f\u0591-\u05bd\u064b-\u065f\u0670\u200b-\u200f\u202a-\u202e\u2060-\u2064"
    "\u20d0-\u20f0\ufe00-\ufe0f\ufeff]"
)
_LETTERS = str.maketrans(
    {
        **dict(zip("øłđðħıŧς", "olddhitσ", strict=True)),
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
    }
)


# Written without spaces: the same as in tmdb.characters.
UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]+"
)


def fold(text: str) -> str:
    """Words as searches compare them, the same as tmdb.fold: case, diacritics and punctuation gone."""
    text = _MARKS.sub("", unicodedata.normalize("NFKD", text)).lower().translate(_LETTERS)
    text = unicodedata.normalize("NFKC", text)
    return " ".join(_words(text))


def _words(text: str) -> tuple[str, ...]:
    return tuple(filter(None, "".join(" " if _separates(letter) else letter for letter in text).split(" ")))


def _separates(character: str) -> bool:
    category = unicodedata.category(character)
    # PostgreSQL takes the letters in black discs and squares for letters.
    is_letter = "\U0001f150" <= character <= "\U0001f169" or "\U0001f170" <= character <= "\U0001f189"
    return (category[0] in "PSZ" or category == "Cc") and not is_letter


def title_key(text: str) -> str:
    """The same as tmdb.title_key: folded, without spaces; what is only punctuation as it is."""
    return (fold(text).replace(" ", "") or "".join(text.split()))[:MAX_CHARACTERS]


# What was typed ----------------------------------------------------------------------------------

# The same numbers as titles write them; a title's "II" is found by "2" and by "two".
_NUMBERS = (
    *(("1", "i", "one", "один", "一"), ("2", "ii", "two", "два", "二"), ("3", "iii", "three", "три", "三")),
    *(
        ("4", "iv", "four", "четыре", "四"),
        ("5", "v", "five", "пять", "五"),
        ("6", "vi", "six", "шесть", "六"),
    ),
    *(("7", "vii", "seven", "семь", "七"), ("8", "viii", "eight", "восемь", "八")),
    *(("9", "ix", "nine", "девять", "九"), ("10", "x", "ten", "десять", "十")),
    *(("11", "xi", "eleven", "одиннадцать", "十一"), ("12", "xii", "twelve", "двенадцать", "十二")),
    ("13", "xiii", "thirteen", "тринадцать", "十三"),
)
_UNSPACED_NUMBER = re.compile("(.{2,}?)(十[一二三]|[一二三四五六七八九十])")
_NUMBER_OF = {fold(word): number for number in _NUMBERS for word in number}
# Left out of titles as easily as put in; "&" is punctuation.
_CONNECTIVES = frozenset({"and", "и", "und", "et", "y", "e"})

_LATIN = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`QWERTYUIOP{}ASDFGHJKL:\"ZXCVBNM<>~"
_CYRILLIC = "йцукенгшщзхъфывапролджэячсмитьбюёЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮЁ"
# From the letters of one keyboard to those of the other; "/" and "?" are a point and a comma.
_OTHER_KEYBOARD = (
    (re.compile("[a-z]", re.IGNORECASE), str.maketrans(_LATIN + "/?", _CYRILLIC + ".,")),
    (re.compile("[а-яё]", re.IGNORECASE), str.maketrans(_CYRILLIC, _LATIN)),
)
_SCRIPTS = (re.compile("[a-z]", re.IGNORECASE), re.compile("[а-яё]", re.IGNORECASE), UNSPACED)


class Reading(NamedTuple):
    """One way to take a query: folded words, the year that is not among them, how sure (at most 1)."""

    words: tuple[str, ...]
    year: int | None
    weight: float

    @property
    def key(self) -> str:
        """Comparable with tmdb.movie_titles.key."""
        return "".join(self.words)[:MAX_CHARACTERS]

    @property
    def series(self) -> str | None:
        """The key without the number it ends with: "rocky" of "rocky 2"."""
        is_numbered = len(self.words) > 1 and self.words[-1] in _NUMBER_OF
        return "".join(self.words[:-1]) if is_numbered else None


@dataclass(frozen=True)
class SearchQuery:
    """A query: words in lower case, and the last of them that may be a year, unless it stands alone."""

    text: str
    words: tuple[str, ...]
    year: int | None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads whatever a person types; no words where nothing in it could be a title's."""
        # Lone surrogates have no UTF-8, and what is past the limit would only cost time.
        text = text.encode("utf-8", "ignore").decode().replace("\0", " ")
        text = unicodedata.normalize("NFKC", text[:MAX_CHARACTERS])[:MAX_CHARACTERS]
        text = " ".join(_BRACKETED_YEAR.sub(r" \1 ", text).split())
        # "黑客帝国1999" is a title and a year.
        words = _words(UNSPACED.sub(r" \g<0> ", text.lower()))[:MAX_WORDS]
        years = [word for word in words if _YEAR.fullmatch(word)] if len(words) > 1 else []
        return cls(text, words, int(years[-1]) if years else None)

    @property
    def title_words(self) -> tuple[str, ...]:
        """The words without the year."""
        return _without(self.words, str(self.year)) if self.year else self.words

    @cached_property
    def readings(self) -> tuple[Reading, ...]:
        """The ways to take it that name different titles, the surest first."""
        ways: dict[tuple[tuple[str, ...], int | None], Reading] = {}
        for way in self._ways():
            if way.words:
                ways.setdefault((way.words, way.year), way)
        return tuple(ways.values())[:MAX_READINGS]

    @property
    def other_keyboard(self) -> tuple[Self, ...]:
        """The same keys pressed on the other of the two keyboards, Latin and Cyrillic.

        Who noticed in the middle of it wrote in both, and either may be the right one.
        """
        letters = [keyboard for letter, keyboard in _OTHER_KEYBOARD if letter.search(self.text)]
        return tuple(self.parse(self.text.translate(keyboard)) for keyboard in letters)

    @property
    def bare(self) -> Self:
        """Without what people write around a title: "фильм", "1999 года", all that follows the year."""
        text = _SAID_TO_BE_YEAR.sub(r" \1 ", self.text)
        text = _ANY_FILM.sub(" ", text)
        bare = self.parse(text)
        year = str(bare.year)
        if bare.year and year in bare.words[1:]:
            bare = self.parse(" ".join(bare.words[: bare.words.index(year, 1) + 1]))
        return bare

    @property
    def scripts(self) -> tuple[Self, ...]:
        """A title written twice, "Матрица / The Matrix", as those two."""
        written = [{word for word in self.title_words if letter.search(word)} for letter in _SCRIPTS]
        titles = list(filter(None, written))
        if len(titles) < 2:
            return ()
        others = (set.union(*titles) - title for title in titles)
        return tuple(
            self.parse(" ".join(word for word in self.words if word not in other)) for other in others
        )

    @property
    def attempts(self) -> Iterator[tuple[Reading, ...]]:
        """What else it may be where nothing is called like that, the likelier first."""
        bare = self.bare
        others = [*self.other_keyboard, *([bare] if bare.readings != self.readings else ())]
        for queries in (others, bare.scripts):
            found = dict.fromkeys(reading for query in queries for reading in query.readings)
            if found:
                yield tuple(sorted(found, key=lambda reading: -reading.weight))[:MAX_READINGS]

    def _ways(self) -> Iterator[Reading]:
        # A title of punctuation only is its own word.
        words = tuple(fold(" ".join(self.words)).split()) or (title_key(self.text),) * bool(self.text)
        typed = [Reading(words, None, 1.0)]
        if self.year:
            typed.append(Reading(_without(words, str(self.year)), self.year, 1.0))
        elif len(words) > 1 and _SHORT_YEAR.fullmatch(words[-1]):
            typed.append(Reading(words[:-1], full_year(int(words[-1])), 0.9))
        yield from typed
        for way in typed:
            yield from _numbered(way)
            # The last one may be how the next word begins.
            plain = (*(word for word in way.words[:-1] if word not in _CONNECTIVES), *way.words[-1:])
            yield way._replace(words=plain, weight=0.95 * way.weight)


def full_year(digits: int) -> int:
    """The year of which two digits were written."""
    return (1900 if digits >= LAST_CENTURY else 2000) + digits


def _without(words: tuple[str, ...], word: str) -> tuple[str, ...]:
    """The words without the last of these."""
    at = len(words) - 1 - words[::-1].index(word)
    return words[:at] + words[at + 1 :]


def _numbered(way: Reading) -> Iterator[Reading]:
    """With the last number written otherwise; a first letter is a word more often than a number."""
    for at in range(len(way.words) - 1, -1, -1):
        word = way.words[at]
        if word in _NUMBER_OF and (at or len(word) > 1 or word.isdigit()):
            digits, roman, english, russian, chinese = _NUMBER_OF[word]
            rest = "".join((*way.words[:at], *way.words[at + 1 :]))
            name = english if rest.isascii() else chinese if UNSPACED.search(rest) else fold(russian)
            for other in (digits, roman, name):
                yield Reading((*way.words[:at], other, *way.words[at + 1 :]), way.year, 0.95 * way.weight)
            return
    if found := _UNSPACED_NUMBER.fullmatch(way.words[-1] if way.words else ""):
        yield Reading((*way.words[:-1], found[1], _NUMBER_OF[found[2]][0]), way.year, 0.95 * way.weight)


# A pasted address --------------------------------------------------------------------------------

_LANGUAGE = r"(?:[a-z]{2}(?:-[a-z]{2,4})?/)?"
_TMDB_LINK = re.compile(
    rf"(?<![\w.-])(?:(?:www|m)\.)?(?:themoviedb|tmdb)\.org/{_LANGUAGE}(movie|tv|person)/(\d{{1,10}})(?!\d)",
    re.ASCII | re.IGNORECASE,
)
_IMDB_LINK = re.compile(
    rf"(?<![\w.-])(?:(?:www|m|pro)\.)?imdb\.com/{_LANGUAGE}(?:title|name)/((?:tt|nm)\d{{6,10}})(?!\d)",
    re.ASCII | re.IGNORECASE,
)
# Among other words it has at least the seven digits that IMDb writes.
_IMDB_ID = re.compile(
    r"\A\s*((?:tt|nm)\d{6,10})\s*\Z|(?<![\w/])((?:tt|nm)\d{7,10})(?!\w)", re.ASCII | re.IGNORECASE
)


class TmdbLink(NamedTuple):
    """What a pasted address at TMDB names."""

    kind: Literal["movie", "tv", "person"]
    tmdb_id: int


class ImdbLink(NamedTuple):
    """What a pasted address at IMDb, or an id of theirs alone, names: tt… is a title, nm… a person."""

    imdb_id: str


Link = TmdbLink | ImdbLink


def linked(text: str) -> Link | None:
    """What the first pasted address names, or an id of IMDb's."""
    links = (found for found in (_TMDB_LINK.search(text), _IMDB_LINK.search(text)) if found)
    if found := min(links, key=re.Match.start, default=None):
        if found.re is _IMDB_LINK:
            return ImdbLink(found[1].lower())
        kind: Any = found[1].lower()
        tmdb_id = int(found[2])
        return TmdbLink(kind, tmdb_id) if 0 < tmdb_id < 2**31 else None
    if found := _IMDB_ID.search(text):
        return ImdbLink((found[1] or found[2]).lower())
    return None


def linked_movie(text: str) -> int | None:
    """The TMDB id in a pasted address of a film's page at TMDB."""
    link = linked(text)
    return link.tmdb_id if isinstance(link, TmdbLink) and link.kind == "movie" else None


# What was found ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FoundMovie:
    """A line of the results, its title in the reader's language; `rating` is the reader's own."""

    movie_id: int
    title: str | None
    original_title: str | None
    year: int | None
    vote_average: float | None
    vote_count: int | None
    rating: Decimal | None
    on_watchlist: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """A page of results, and for whom.

    `is_nearest`: no title holds the words, these only resemble them; `is_slip`: they are whole titles but
    for a letter. `is_incomplete`: TMDB would have been asked but did not answer. `is_from_tmdb`: these are
    TMDB's results, in its order.
    """

    reader: Reader
    query: SearchQuery
    movies: Sequence[FoundMovie]
    page: int
    pages: int
    total: int
    is_nearest: bool = False
    is_slip: bool = False
    is_incomplete: bool = False
    is_from_tmdb: bool = False


class Found(NamedTuple):
    """Films by id, a part of `total`."""

    ids: Sequence[int]
    total: int
    is_nearest: bool
