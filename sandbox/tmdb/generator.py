"""Invents any number of films, each from its id alone, so that a million need no memory."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cached_property, lru_cache
from typing import Final

from sandbox.tmdb.facts import (
    GENRES,
    LANGUAGES,
    CastCredit,
    Collection,
    Company,
    CrewCredit,
    Film,
    Person,
    Translation,
    Video,
    hex_id,
    image_path,
)

FIRST_ID: Final = 10_000_000
_FIRST_PERSON: Final = 20_000_000

# Share in per cent, cast, crew, translations: the mix the benchmarks are published with.
MIX: Final = ((80, 5, 5, 2), (18, 20, 30, 10), (2, 60, 300, 45))

_ADJECTIVES: Final = (
    "Quiet", "Last", "Hidden", "Broken", "Golden", "Distant", "Winter", "Crimson", "Paper", "Silver",
    "Lonely", "Electric", "Forgotten", "Burning", "Gentle", "Hollow", "Northern", "Velvet", "Restless",
    "Second", "Blue", "Stolen", "Endless", "Secret", "Drowned", "Bitter", "Wandering", "Glass", "Iron",
    "Sleeping", "Wild", "Open",
)  # fmt: skip
_NOUNS: Final = (
    "River", "Harbour", "Letters", "Orchard", "Station", "Mirror", "Summer", "Kingdom", "Garden",
    "Lighthouse", "Season", "Crossing", "Shadows", "Engine", "Market", "Voices", "Island", "Bridge",
    "Sparrow", "Horizon", "Waltz", "Fields", "Promise", "Avenue", "Tides", "Lantern", "Winter", "Detective",
    "Sister", "Machine", "Mountain", "Passenger",
)  # fmt: skip
_PLACES: Final = (
    "Lisbon", "the Moon", "Odessa", "Kyoto", "Nowhere", "the Steppe", "Trieste", "Harbin", "Glasgow",
    "the Delta", "Tbilisi", "Havana", "the North", "Almaty", "Bergen", "Cairo",
)  # fmt: skip
_FIRST_NAMES: Final = (
    "Anna", "Boris", "Clara", "Daniel", "Elena", "Farid", "Grace", "Hiro", "Irina", "Jonas", "Kavya",
    "Liang", "Marta", "Nikolai", "Olga", "Pavel", "Rosa", "Samir", "Teresa", "Victor", "Wen", "Yusuf",
    "Zoya", "Emil",
)  # fmt: skip
_LAST_NAMES: Final = (
    "Adler", "Baranov", "Castro", "Duval", "Eriksen", "Fontaine", "Galina", "Hartmann", "Ivanova", "Jansen",
    "Kowalski", "Lindqvist", "Moreau", "Nakamura", "Orlov", "Petrov", "Quinn", "Rossi", "Sokolova",
    "Tanaka", "Ulrich", "Vega", "Weber", "Xu", "Yilmaz", "Zhang", "O'Brien", "Sato", "Novak", "Silva",
)  # fmt: skip
_CREW_JOBS: Final = (
    ("Directing", "Director"), ("Writing", "Screenplay"), ("Production", "Producer"),
    ("Sound", "Original Music Composer"), ("Camera", "Director of Photography"), ("Editing", "Editor"),
    ("Writing", "Story"), ("Production", "Executive Producer"), ("Art", "Production Design"),
    ("Costume & Make-Up", "Costume Design"), ("Visual Effects", "Visual Effects Supervisor"),
    ("Sound", "Sound Re-Recording Mixer"), ("Crew", "Stunts"), ("Lighting", "Gaffer"),
)  # fmt: skip
_SENTENCES: Final = (
    "{name} comes back to {place} after eleven years and finds that the house has learned to keep secrets.",
    "A letter posted in the wrong decade brings {name} to {place}, where nobody admits to having written it.",
    "When the last train leaves {place}, {name} is still on the platform, and so is the man buried there.",
    "{name} repairs clocks in {place} until one of them starts to run towards a day that has not come.",
    "The summer the bridges closed, {name} learned to forgive, to swim and to lie, in that order.",
    "Nothing in {place} is stolen that was not stolen before, which makes the work of {name} difficult.",
    "Between two winters {name} has to choose a city, a language and a side.",
    "What begins as a bet in {place} ends with {name} owning a lighthouse and most of the debts of the town.",
)
_KEYWORDS: Final = (
    "small town",
    "letter",
    "road trip",
    "family secret",
    "winter",
    "friendship",
    "heist",
    "sea",
)
_TRANSLATED: Final = tuple(language for language in LANGUAGES if language not in {"en", "xx", "cn"})
_SPANISH: Final = ("MX", "AR", "CO", "PE", "CL", "EC", "GT", "CR", "PA", "UY", "PY", "BO", "VE", "DO", "HN")
_FRENCH: Final = ("CA", "BE", "CH", "LU", "MC")
_MASK: Final = (1 << 64) - 1
_CREDITED: Final = 400  # of the films, for people's own pages


def _mix(seed: int, number: int, salt: int) -> int:
    """splitmix64's finaliser: an export line of a million needs a title, not a random.Random of its own."""
    value = (number * 0x9E3779B97F4A7C15 + seed * 0xD1B54A32D192ED03 + salt * 0x8CB92BA72F3D8DD7) & _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)


class FilmGenerator:
    """`count` films with the ids from `first_id` up, and `adult` more that are marked so.

    The same seed always invents the same films.

    The first dozen carry what breaks clients (markup, emoji, right-to-left and very long titles,
    unknown everything, 990 crew, a credit_id that repeats); `odd=False` leaves that out.
    """

    def __init__(
        self, count: int, *, adult: int = 0, seed: int = 1, first_id: int = FIRST_ID, odd: bool = True
    ) -> None:
        self.ids = range(first_id, first_id + count + adult)
        self.listed = range(first_id, first_id + count)
        self._seed = seed
        self._odd = odd
        self._people = max(400, min(count * 3, 400_000))
        self.film = lru_cache(maxsize=1024)(self._film)

    def popularity(self, film_id: int) -> float:
        """Falls with the id, and stays below every well-known film's, so that order needs no sorting."""
        return round(4.9 / (1 + (film_id - self.ids.start) / 2000), 4)

    def export_line(self, film_id: int) -> tuple[bool, str, float, bool]:
        """adult, original_title, popularity, video."""
        return (
            film_id not in self.listed,
            self.original_title(film_id),
            self.popularity(film_id),
            False,
        )

    def original_title(self, film_id: int) -> str:
        index = film_id - self.ids.start
        if self._odd and index in _ODD_TITLES:
            return _ODD_TITLES[index][1]
        value = _mix(self._seed, film_id, 1)
        adjective = _ADJECTIVES[value % 32]
        noun = _NOUNS[value // 32 % 32]
        match value // 1024 % 4:
            case 0:
                return f"The {adjective} {noun}"
            case 1:
                return f"{adjective} {noun} of {_PLACES[value // 4096 % 16]}"
            case 2:
                return f"{noun} in {_PLACES[value // 4096 % 16]}"
            case _:
                return f"{adjective} {noun} {2 + value // 4096 % 8}"

    def person(self, number: int) -> Person:
        """The person with a place in the pool; pools are shared, so casts overlap."""
        value = _mix(self._seed, number, 2)
        name = f"{_FIRST_NAMES[value % 24]} {_LAST_NAMES[value // 24 % 30]}"
        if number >= 720:  # names repeat like everybody's; a middle initial keeps most apart
            first, last = name.split(" ", 1)
            name = f"{first} {chr(65 + value // 720 % 26)}. {last}"
        known = ("Acting", "Directing", "Writing", None)[value // 18720 % 4]
        return Person(
            id=_FIRST_PERSON + number,
            name=name,
            original_name=name,
            gender=value % 4,
            department=known,
            popularity=round(value % 4000 / 1000, 4),
            profile_path=image_path("F", _FIRST_PERSON + number) if value % 3 else None,
        )

    def person_by_id(self, person_id: int) -> Person | None:
        place = person_id - _FIRST_PERSON
        return self.person(place) if 0 <= place < self._people else None

    def films_of(self, person_id: int) -> list[int]:
        """Those of the first films that the person is in."""
        return self._films_of.get(person_id, [])

    @cached_property
    def _films_of(self) -> dict[int, list[int]]:
        # To invent a film is the only way to know who is in it: all of a large catalogue would take minutes.
        films: dict[int, list[int]] = {}
        for film_id in self.listed[:_CREDITED]:
            for person_id in {person.id for person in self._film(film_id).people()}:
                films.setdefault(person_id, []).append(film_id)
        return films

    def _sizes(self, film_id: int) -> tuple[int, int, int]:
        roll = _mix(self._seed, film_id, 3) % 100
        for share, cast, crew, translations in MIX:
            if roll < share:
                return cast, crew, translations
            roll -= share
        raise AssertionError("the shares of MIX make 100")

    def _cast(self, film_id: int, size: int, dice: random.Random) -> Iterator[CastCredit]:
        for place in range(size):
            person = self.person(int(self._people * dice.random() ** 2))
            character = "" if dice.random() < 0.1 else dice.choice(_FIRST_NAMES)
            yield CastCredit(person, character, hex_id(film_id, "cast", place))

    def _crew(self, film_id: int, size: int, dice: random.Random) -> Iterator[CrewCredit]:
        team = [self.person(int(self._people * dice.random() ** 2)) for _ in range(max(3, size * 2 // 3))]
        for place in range(size):
            department, job = _CREW_JOBS[place % len(_CREW_JOBS)]
            person = team[place] if place < len(team) else dice.choice(team)
            yield CrewCredit(person, department, job, hex_id(film_id, "crew", place))

    def _film(self, film_id: int) -> Film:
        if film_id not in self.ids:
            raise KeyError(film_id)
        index = film_id - self.ids.start
        dice = random.Random(_mix(self._seed, film_id, 4))
        cast_size, crew_size, translation_count = self._sizes(film_id)
        title = original = self.original_title(film_id)
        language = dice.choices(("en", "ru", "fr", "ja", "zh", "es"), (70, 6, 8, 6, 6, 4))[0]
        odd = _ODD_TITLES.get(index) if self._odd else None
        if odd is not None:
            title, original, language = odd
        unknown = self._odd and index == 6
        if self._odd and index == 7:
            cast_size, crew_size = 65, 990
        year = min(2026, 1930 + int(97 * dice.random() ** 0.5))
        release_date = f"{year}-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}"
        collection = Collection(800_000 + index // 50, f"{title[:40]} Collection")
        offers: dict[str, dict[str, tuple[int, ...]]] = {
            "US": {"flatrate": (8,), "buy": (2, 3)},
            "GB": {"rent": (2,)},
        }
        cast = tuple(self._cast(film_id, cast_size, dice))
        crew = tuple(self._crew(film_id, crew_size, dice))
        if self._odd and index == 8:  # one old payload repeats a credit_id
            cast = (*cast[:-1], CastCredit(cast[-1].person, "Twin", cast[0].credit_id))
        neighbours = dice.sample(self.ids, min(6, len(self.ids)))
        votes = int(3000 * dice.random() ** 6)
        if unknown:
            return Film(
                film_id,
                title,
                original,
                "xx",
                popularity=self.popularity(film_id),
                imdb_id="",
                status="Planned",
            )
        return Film(
            id=film_id,
            title=title,
            original_title=original,
            original_language=language,
            release_date="" if dice.random() < 0.03 else release_date,
            runtime=0 if dice.random() < 0.1 else dice.randint(62, 190),
            genre_ids=tuple(sorted(dice.sample(list(GENRES["movie"]), dice.randint(0, 3)))),
            vote_average=round(dice.uniform(3, 9), 3) if votes else 0.0,
            vote_count=votes,
            popularity=self.popularity(film_id),
            adult=film_id not in self.listed,
            budget=dice.choice((0, 0, 0, 3_500_000)),
            revenue=dice.choice((0, 0, 0, 0, 2_923_706_026)),
            imdb_id=None if dice.random() < 0.44 else f"tt{9_000_000 + film_id}",
            softcore=None if index % 20 == 19 else False,
            countries=(dice.choice(("US", "GB", "FR", "RU", "JP", "CN", "ES")),),
            companies=(Company(900_000 + film_id % 500, f"{dice.choice(_LAST_NAMES)} Pictures", "US"),),
            collection=collection if index % 25 == 0 else None,
            spoken=(language,) if language != "xx" else (),
            cast=cast,
            crew=crew,
            translations=tuple(self._translations(title, original, translation_count, dice)),
            keywords=tuple((700_000 + place, _KEYWORDS[place]) for place in dice.sample(range(8), 2)),
            certifications={"US": "PG-13", "RU": "12+", "DE": "12"} if index % 2 else {},
            posters=self._posters(film_id, translation_count, dice),
            backdrop_path=image_path("B", film_id) if dice.random() < 0.6 else None,
            videos=(Video(hex_id("video", film_id, digits=11), "Trailer"),) if dice.random() < 0.5 else (),
            providers=offers if index % 4 == 0 else {},
            similar=tuple(other for other in neighbours[:3] if other != film_id),
            recommended=tuple(other for other in neighbours[3:] if other != film_id),
        )

    def _posters(
        self, film_id: int, translations: int, dice: random.Random
    ) -> tuple[tuple[str, str | None], ...]:
        if dice.random() < 0.15:
            return ()
        languages: list[str | None] = ["en", None]
        if translations > 2:
            languages += ["ru", "zh", "fr"]
        return tuple((image_path("P", film_id, place), language) for place, language in enumerate(languages))

    def _translations(
        self, title: str, original: str, count: int, dice: random.Random
    ) -> Iterator[Translation]:
        def overview(sentences: int) -> str:
            return " ".join(
                sentence.format(name=dice.choice(_FIRST_NAMES), place=dice.choice(_PLACES))
                for sentence in dice.sample(_SENTENCES, sentences)
            )

        yield Translation("en", "US", title="" if title == original else title, overview=overview(3))
        others = dice.sample(_TRANSLATED, min(count - 1, len(_TRANSLATED)))
        for language in others:
            yield Translation(
                language, LANGUAGES[language][2], title=f"{title} ({language})", overview=overview(4)
            )
        # More entries than languages: the same language for several regions, some of them empty.
        for region in (
            "MX",
            "AR",
            "CO",
            "PE",
            "CL",
            "EC",
            "GT",
            "CR",
            "PA",
            "UY",
            "PY",
            "BO",
            "VE",
            "DO",
            "HN",
        )[: max(0, count - 1 - len(others))]:
            yield Translation("es", region, overview=overview(4) if region < "D" else "")
        if count - 1 > len(others):
            for region in _FRENCH[: count - 1 - len(others) - len(_SPANISH)]:
                yield Translation("fr", region, title=f"{title} ({region})")


_LONG_TITLE: Final = (
    "The Long, Long and Entirely Avoidable Journey of a Stationmaster, His Two Umbrellas and a Borrowed "
    "Cello across Seven Provinces, Nine Ferries and One Very Patient Customs Officer, as Told by the Cello, "
    "with Remarks by the Umbrellas and an Index of All Inns, Good and Bad, in Which It Rained Indoors"
)

# index: (English title, original title, original language)
_ODD_TITLES: Final[dict[int, tuple[str, str, str]]] = {
    0: (
        'Fish & Chips <The "Director\'s" Cut>',
        'Fish & Chips <The "Director\'s" Cut>',
        "en",
    ),
    1: ("🎬 The 🍿 Incident 👩‍👩‍👧", "🎬 The 🍿 Incident 👩‍👩‍👧", "en"),
    2: ("The Wind That Remembers", "بادی که به یاد می‌آورد", "fa"),
    3: (_LONG_TITLE, _LONG_TITLE, "en"),
    4: ("The Salt Merchant", "تاجر الملح", "ar"),
    5: ("A House by the Citadel", "בית ליד המצודה", "he"),
    6: ("Untitled", "Untitled", "xx"),
    9: ("Night Ferry to Cheung Chau", "長洲夜渡", "cn"),
    10: ("& Sons", "& Sons", "en"),
    11: ("</b>", "</b>", "en"),
}
