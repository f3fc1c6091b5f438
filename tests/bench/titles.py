"""Invents the titles of a whole catalogue, and what people type with a slip of the finger.

The figures are those of a recorded daily export (7,770 lines, the popular end of one day): which scripts,
how many words and letters, how often a colon or a number, how popular; counts beyond it are TMDB's own
1.16 million films, and 3 million titles with their translations. The words themselves are invented.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate
from math import exp, log
from random import Random
from typing import NamedTuple, TypeVar

Drawn = TypeVar("Drawn")

FILMS = 1_160_000

# Rank and popularity; between them popularity falls as a power of the rank.
POPULARITY = (
    *((1, 532.0), (8, 234.0), (78, 46.0), (390, 17.0), (777, 12.3), (1940, 8.4), (3885, 6.2)),
    *((7770, 5.0), (FILMS, 0.05)),
)
# Up to which rank so many translations of the title are there, on average.
TRANSLATIONS = ((10_000, 26), (100_000, 6), (FILMS, 1))

# Of a hundred titles so many have 1, 2, 3 … words.
WORDS = (17, 25, 20, 14, 10, 6, 3, 2, 1, 1, 1)
# Of a hundred different words so many have 2, 3, 4 … letters.
LETTERS = (3, 6, 14, 18, 18, 14, 11, 8, 5, 2, 1)
# Characters of titles in scripts without word breaks.
CHARACTERS = (1, 3, 7, 12, 13, 11, 9, 8, 7, 6, 5, 4, 4, 3, 2, 2, 1, 1, 1)
# How many of a thousand words are these.
COMMON = {
    "en": {"the": 100, "of": 35, "a": 17, "and": 10, "in": 9, "to": 7, "la": 5, "de": 4, "on": 4, "for": 3},
    "ru": {"в": 25, "и": 25, "на": 15, "не": 10, "с": 8, "из": 5},
}
COLON, APOSTROPHE, HYPHEN, NUMBER = 0.14, 0.05, 0.03, 0.07
NUMBERS = ("2", "2", "2", "II", "II", "3", "3", "III", "4", "IV", "1", "5", "10", "2000")

# Script: share of the original titles and of the translations, in thousandths.
SCRIPTS = {
    "en": (900, 660),
    "ru": (15, 120),
    "zh": (44, 120),
    "ja": (15, 30),
    "ko": (20, 40),
    "hi": (6, 30),
}
LETTERS_OF = {
    "en": ("bcdfghklmnprstvwzjy", "aeioaeiouaeiouaeiouyé"),
    "ru": ("бвгджзклмнпрстфхцчш", "аеиоаеиоуаеиоуыяюё"),
    "ko": ("".join(map(chr, range(0xAC00, 0xD7A4, 23))),) * 2,
    "hi": ("".join(map(chr, range(0x0915, 0x0939))), "".join(map(chr, range(0x093E, 0x094D)))),
}
CHARACTERS_OF = {
    "zh": "".join(map(chr, range(0x4E00, 0x5800))),
    "ja": "".join(map(chr, (*range(0x3042, 0x3094), *range(0x30A2, 0x30F4), *range(0x4E00, 0x5000)))),
}
# Titles of one word are hardly ever as short as that.
SHORT = {"en": 3, "ru": 3, "ko": 1, "hi": 3}
VOCABULARY = {"en": 250_000, "ru": 60_000, "ko": 30_000, "hi": 20_000}


class Title(NamedTuple):
    """A title in the order of popularity: `rank` counts films from 0, which is their id too."""

    rank: int
    title: str
    script: str


def popularity(rank: int) -> float:
    """Of the film at a rank, from 0."""
    place = rank + 1
    at = max(1, bisect_left(POPULARITY, place, key=lambda known: known[0]))
    (above, most), (below, least) = POPULARITY[at - 1 : at + 1]
    return round(exp(log(most) + log(least / most) * log(place / above) / log(below / above)), 4)


class Titles:
    """The same seed always invents the same titles."""

    def __init__(self, films: int = FILMS, seed: int = 1) -> None:
        self.films = films
        self._seed = seed

    def __iter__(self) -> Iterator[Title]:
        """All titles, a film's own first; no film bears one twice."""
        dice = Random(self._seed)
        makers = {script: _titles(script, dice) for script in SCRIPTS}
        originals = _drawn(dice, list(SCRIPTS), [share for share, _ in SCRIPTS.values()])
        others = _drawn(dice, list(SCRIPTS), [share for _, share in SCRIPTS.values()])
        for rank in range(self.films):
            average = next(mean for until, mean in TRANSLATIONS if rank < until)
            seen = set()
            for place in range(1 + dice.randint(0, 2 * average)):
                script = next(others if place else originals)
                title = next(makers[script])
                if title not in seen:
                    seen.add(title)
                    yield Title(rank, title, script)


def slip(title: str, script: str, dice: Random) -> str:
    """The title as typed with one letter too many, too few, wrong, or two of them swapped."""
    letters = "".join(LETTERS_OF[script]) if script in LETTERS_OF else CHARACTERS_OF[script]
    while True:
        at = dice.randrange(len(title))
        before, here, after = title[:at], title[at], title[at + 1 :]
        letter = dice.choice(letters)
        typed = (
            before + letter + here + after,
            before + after,
            before + letter + after,
            before + after[:1] + here + after[1:],
        )[dice.randrange(4)]
        if typed.split() != title.split():
            return typed


def _drawn(dice: Random, things: Sequence[Drawn], weights: Sequence[float]) -> Iterator[Drawn]:
    """Endlessly, thousands at a time."""
    sums = list(accumulate(weights))
    while True:
        yield from dice.choices(things, cum_weights=sums, k=10_000)


def _titles(script: str, dice: Random) -> Iterator[str]:
    """Endlessly."""
    if script in CHARACTERS_OF:
        characters = _drawn(dice, CHARACTERS_OF[script], _zipf(len(CHARACTERS_OF[script])))
        for length in _drawn(dice, range(1, len(CHARACTERS) + 1), CHARACTERS):
            yield "".join(next(characters) for _ in range(length))
    vocabulary = _vocabulary(script, dice)
    common = COMMON.get(script, {})
    rest = _zipf(len(vocabulary))
    scale = (1000 - sum(common.values())) / sum(rest)
    words = _drawn(dice, [*common, *vocabulary], [*common.values(), *(weight * scale for weight in rest)])
    last = _drawn(dice, vocabulary, rest)
    long = [place for place, word in enumerate(vocabulary) if len(word) > SHORT[script]]
    only = _drawn(dice, [vocabulary[place] for place in long], [rest[place] for place in long])
    odds, number = iter(dice.random, None), _drawn(dice, NUMBERS, [1] * len(NUMBERS))
    for length in _drawn(dice, range(1, len(WORDS) + 1), WORDS):
        title = [next(words).capitalize() for _ in range(length - 1)]
        title.append(next(last if length > 1 else only).capitalize())
        if length > 2:
            if next(odds) < COLON:
                title[length // 2] += ":"
            if next(odds) < HYPHEN:
                title[:2] = [f"{title[0]}-{title[1]}"]
        if script == "en" and next(odds) < APOSTROPHE:
            title[0] += "'s"
        if next(odds) < NUMBER:
            title.append(next(number))
        yield " ".join(title)


def _vocabulary(script: str, dice: Random) -> list[str]:
    """Different words, the frequent ones first."""
    consonants, vowels = LETTERS_OF[script]
    lengths = _drawn(dice, range(2, len(LETTERS) + 2), LETTERS)
    words: dict[str, None] = {}
    sounds = [_drawn(dice, letters, _zipf(len(letters))) for letters in (consonants, vowels)]
    while len(words) < VOCABULARY[script]:
        length = -(-next(lengths) // 2) if script == "ko" else next(lengths)
        start = dice.randrange(2)
        word = "".join(next(sounds[(start + place) % 2]) for place in range(length))
        words[word if script == "ko" or length < 5 else _doubled(word, dice)] = None
    # What is said often is short, more or less.
    return sorted(words, key=lambda word: len(word) + dice.uniform(0, 14))


def _doubled(word: str, dice: Random) -> str:
    """Two consonants may meet."""
    at = dice.randrange(2, len(word))
    return word[:at] + word[at - 2] + word[at + 1 :] if dice.random() < 0.5 else word


def _zipf(things: int) -> list[float]:
    return [1 / (rank + 8) ** 0.95 for rank in range(things)]
