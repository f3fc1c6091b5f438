"""What the stand-in knows about a film, before it is written as TMDB writes it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

GENRES: Final[dict[str, dict[int, dict[str, str]]]] = {
    "movie": {
        28: {"en": "Action", "ru": "боевик", "zh": "动作"},
        12: {"en": "Adventure", "ru": "приключения", "zh": "冒险"},
        16: {"en": "Animation", "ru": "мультфильм", "zh": "动画"},
        35: {"en": "Comedy", "ru": "комедия", "zh": "喜剧"},
        80: {"en": "Crime", "ru": "криминал", "zh": "犯罪"},
        99: {"en": "Documentary", "ru": "документальный", "zh": "纪录"},
        18: {"en": "Drama", "ru": "драма", "zh": "剧情"},
        10751: {"en": "Family", "ru": "семейный", "zh": "家庭"},
        14: {"en": "Fantasy", "ru": "фэнтези", "zh": "奇幻"},
        36: {"en": "History", "ru": "история", "zh": "历史"},
        27: {"en": "Horror", "ru": "ужасы", "zh": "恐怖"},
        10402: {"en": "Music", "ru": "музыка", "zh": "音乐"},
        9648: {"en": "Mystery", "ru": "детектив", "zh": "悬疑"},
        10749: {"en": "Romance", "ru": "мелодрама", "zh": "爱情"},
        878: {"en": "Science Fiction", "ru": "фантастика", "zh": "科幻"},
        10770: {"en": "TV Movie", "ru": "телевизионный фильм", "zh": "电视电影"},
        53: {"en": "Thriller", "ru": "триллер", "zh": "惊悚"},
        10752: {"en": "War", "ru": "военный", "zh": "战争"},
        37: {"en": "Western", "ru": "вестерн", "zh": "西部"},
    },
    "tv": {
        10759: {"en": "Action & Adventure", "ru": "боевик и приключения", "zh": "动作冒险"},
        16: {"en": "Animation", "ru": "мультфильм", "zh": "动画"},
        35: {"en": "Comedy", "ru": "комедия", "zh": "喜剧"},
        80: {"en": "Crime", "ru": "криминал", "zh": "犯罪"},
        99: {"en": "Documentary", "ru": "документальный", "zh": "纪录"},
        18: {"en": "Drama", "ru": "драма", "zh": "剧情"},
        10751: {"en": "Family", "ru": "семейный", "zh": "家庭"},
        10762: {"en": "Kids", "ru": "детский", "zh": "儿童"},
        9648: {"en": "Mystery", "ru": "детектив", "zh": "悬疑"},
        10763: {"en": "News", "ru": "новости", "zh": "新闻"},
        10764: {"en": "Reality", "ru": "реалити-шоу", "zh": "真人秀"},
        10765: {"en": "Sci-Fi & Fantasy", "ru": "фантастика и фэнтези", "zh": "科幻奇幻"},
        10766: {"en": "Soap", "ru": "мыльная опера", "zh": "肥皂剧"},
        10767: {"en": "Talk", "ru": "ток-шоу", "zh": "脱口秀"},
        10768: {"en": "War & Politics", "ru": "война и политика", "zh": "战争政治"},
        37: {"en": "Western", "ru": "вестерн", "zh": "西部"},
    },
}
GENRE_IDS: Final = {names["en"]: number for number, names in GENRES["movie"].items()}

COUNTRIES: Final = {
    "AR": "Argentina", "AU": "Australia", "AT": "Austria", "BR": "Brazil", "CA": "Canada", "CN": "China",
    "CZ": "Czech Republic", "DE": "Germany", "ES": "Spain", "FR": "France", "GB": "United Kingdom",
    "HK": "Hong Kong", "HU": "Hungary", "IL": "Israel", "IN": "India", "IR": "Iran", "IS": "Iceland",
    "IT": "Italy", "JP": "Japan", "KR": "South Korea", "LB": "Lebanon", "MA": "Morocco", "MX": "Mexico",
    "NZ": "New Zealand", "PL": "Poland", "RU": "Russia", "SE": "Sweden", "SU": "Soviet Union",
    "TW": "Taiwan", "US": "United States of America", "ZA": "South Africa",
}  # fmt: skip

# iso_639_1: (English name, own name, region of the translation TMDB keeps first)
LANGUAGES: Final = {
    "ar": ("Arabic", "العربية", "SA"), "cn": ("Cantonese", "广州话 / 廣州話", "HK"),
    "cs": ("Czech", "Český", "CZ"), "da": ("Danish", "Dansk", "DK"), "de": ("German", "Deutsch", "DE"),
    "el": ("Greek", "ελληνικά", "GR"), "en": ("English", "English", "US"),
    "es": ("Spanish", "Español", "ES"), "fa": ("Persian", "فارسی", "IR"),
    "fi": ("Finnish", "suomi", "FI"), "fr": ("French", "Français", "FR"), "he": ("Hebrew", "עִבְרִית", "IL"),
    "hi": ("Hindi", "हिन्दी", "IN"), "hu": ("Hungarian", "Magyar", "HU"), "it": ("Italian", "Italiano", "IT"),
    "ja": ("Japanese", "日本語", "JP"), "ko": ("Korean", "한국어/조선말", "KR"),
    "nl": ("Dutch", "Nederlands", "NL"), "pl": ("Polish", "Polski", "PL"),
    "pt": ("Portuguese", "Português", "BR"), "ro": ("Romanian", "Română", "RO"),
    "ru": ("Russian", "Pусский", "RU"), "sv": ("Swedish", "svenska", "SE"),
    "th": ("Thai", "ภาษาไทย", "TH"), "tr": ("Turkish", "Türkçe", "TR"),
    "uk": ("Ukrainian", "Український", "UA"), "vi": ("Vietnamese", "Tiếng Việt", "VN"),
    "xx": ("No Language", "No Language", ""), "zh": ("Mandarin", "普通话", "CN"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    id: int
    name: str
    original_name: str
    gender: int = 0
    department: str | None = "Acting"
    popularity: float = 1.0
    profile_path: str | None = None
    imdb_id: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)  # by language, where TMDB would have one
    birthday: str | None = None
    deathday: str | None = None
    place_of_birth: str | None = None
    biographies: Mapping[str, str] = field(default_factory=dict)  # by language


@dataclass(frozen=True, slots=True)
class CastCredit:
    person: Person
    character: str
    credit_id: str


@dataclass(frozen=True, slots=True)
class CrewCredit:
    person: Person
    department: str
    job: str
    credit_id: str


@dataclass(frozen=True, slots=True)
class Translation:
    language: str
    region: str
    title: str = ""  # "" where it equals the original
    overview: str = ""
    tagline: str = ""
    homepage: str = ""
    runtime: int = 0


@dataclass(frozen=True, slots=True)
class Company:
    id: int
    name: str
    country: str = ""


@dataclass(frozen=True, slots=True)
class Collection:
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Video:
    key: str
    name: str
    language: str = "en"
    region: str = "US"
    type: str = "Trailer"
    official: bool = True


@dataclass(frozen=True, slots=True)
class Film:
    """One film; posters are (path, language) pairs, the first of a language is its best."""

    id: int
    title: str
    original_title: str
    original_language: str
    release_date: str = ""
    runtime: int = 0
    genre_ids: tuple[int, ...] = ()
    vote_average: float = 0.0
    vote_count: int = 0
    popularity: float = 1.0
    budget: int = 0
    revenue: int = 0
    imdb_id: str | None = None
    homepage: str = ""
    status: str = "Released"
    adult: bool = False
    video: bool = False
    softcore: bool | None = False  # None: a payload from before the key existed
    countries: tuple[str, ...] = ()
    companies: tuple[Company, ...] = ()
    collection: Collection | None = None
    spoken: tuple[str, ...] = ()
    cast: tuple[CastCredit, ...] = ()
    crew: tuple[CrewCredit, ...] = ()
    translations: tuple[Translation, ...] = ()
    keywords: tuple[tuple[int, str], ...] = ()
    certifications: Mapping[str, str] = field(default_factory=dict)
    posters: tuple[tuple[str, str | None], ...] = ()
    backdrop_path: str | None = None
    videos: tuple[Video, ...] = ()
    providers: Mapping[str, Mapping[str, tuple[int, ...]]] = field(default_factory=dict)
    similar: tuple[int, ...] = ()
    recommended: tuple[int, ...] = ()

    def people(self) -> list[Person]:
        """Everybody in the cast and crew, as often as they are credited."""
        return [credit.person for credit in self.cast] + [credit.person for credit in self.crew]

    def translation(self, language: str, region: str | None = None) -> Translation | None:
        """The translation a request's language selects: its own region first, then any of the language."""
        ours = [entry for entry in self.translations if entry.language == language]
        return next((entry for entry in ours if entry.region == region), ours[0] if ours else None)


def hex_id(*parts: object, digits: int = 24) -> str:
    """A stable identifier of hex digits, such as TMDB's credit_id."""
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:digits]


_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SPAN: Final = 62**6
_SPREAD: Final = 35_742_549_199  # shares no factor with 62, so it can be undone
_UNSPREAD: Final = pow(_SPREAD, -1, _SPAN)


def _base62(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, digit = divmod(number, 62)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))


SERIES_PICTURES: Final = 500_000_000  # added to a series' id in its pictures' paths


def image_path(kind: str, number: int, variant: int = 0) -> str:
    """A file_path like TMDB's: 27 characters that look random and name the picture for ever.

    `kind` is P (poster), B (backdrop) or F (face). The name holds the id, so that a million
    posters need no index; the rest is a checksum.
    """
    name = _base62(number * _SPREAD % _SPAN, 6) + kind + _ALPHABET[variant % 62]
    digest = int.from_bytes(hashlib.sha256(name.encode()).digest()[:15], "big")
    return f"/{name}{_base62(digest, 19)}.jpg"


def parse_image_path(path: str) -> tuple[str, int, int] | None:
    """The kind, id and variant behind a path of ours; None for any other."""
    name = path.removeprefix("/").removesuffix(".jpg")
    if len(name) != 27 or not (name.isascii() and name.isalnum()) or name[6] not in "PBF":
        return None
    spread = 0
    for character in name[:6]:
        spread = spread * 62 + _ALPHABET.index(character)
    number = spread * _UNSPREAD % _SPAN
    kind, variant = name[6], _ALPHABET.index(name[7])
    return (kind, number, variant) if image_path(kind, number, variant) == path else None
