"""Settings: one message, what is chosen on it, and a page of choices for each."""

from collections.abc import Sequence
from functools import cache
from typing import Literal

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton
from babel import Locale as Cldr
from pydantic import Field, model_validator

from core.reader import FILM_LANGUAGES, Choices, Reader
from views.card import country
from views.locale import LANGUAGES, Locale, locale
from views.screen import Screen, button, rows
from views.typography import line

# CLDR's two-letter codes that are no ISO 3166-1: outlying parts, unions, test and unknown regions.
_NO_COUNTRIES = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"}
# Where most people read the language, before all others.
_HOME_REGIONS = {
    "en": ("US", "GB", "CA", "AU", "IN", "IE", "NZ", "ZA"),
    "ru": ("RU", "UA", "BY", "KZ", "UZ", "KG", "DE", "IL"),
    "zh": ("CN", "TW", "HK", "SG", "MY", "MO", "US", "CA"),
}
PAGE = 16

Setting = Literal["language", "films", "posters", "region", "scale", "rated", "adult"]
# By column of tmdb.reader, in the order of the screen.
_COLUMNS: dict[Setting, str] = {
    "language": "language",
    "films": "film_language",
    "posters": "poster_language",
    "region": "region",
    "scale": "rating_scale",
    "rated": "hide_rated",
    "adult": "adult",
}
# A button's value for what follows from the language, and for posters without text.
AUTO, NONE = "auto", "none"


class OpenSettings(CallbackData, prefix="settings"):
    """A button that shows a setting's choices, the overview, or the question before adult films."""

    section: Setting | Literal["all", "sure"] = "all"
    page: int = Field(1, ge=1, le=99)


class Choose(CallbackData, prefix="choose"):
    """A button that sets exactly one choice, whatever it was before."""

    setting: Setting
    value: str

    @model_validator(mode="after")
    def _exists(self) -> "Choose":
        if self.value not in _values(self.setting):
            raise ValueError("no such choice")
        return self

    @property
    def choices(self) -> Choices:
        """As Users.choose takes it."""
        match self.setting:
            case "scale":
                value: object = int(self.value)
            case "rated" | "adult":
                value = self.value == "on"
            case _:
                value = {AUTO: None, NONE: ""}.get(self.value, self.value)
        chosen: Choices = {_COLUMNS[self.setting]: value}  # type: ignore[misc] # the column is one of its keys
        return chosen


@cache
def _values(setting: Setting) -> frozenset[str]:
    """All there is to choose."""
    match setting:
        case "language":
            return frozenset(LANGUAGES)
        case "films":
            return frozenset((AUTO, *FILM_LANGUAGES))
        case "posters":
            return frozenset((AUTO, NONE, *FILM_LANGUAGES))
        case "region":
            return frozenset((AUTO, *_regions(LANGUAGES[0])))
        case "scale":
            return frozenset(("10", "5"))
        case "rated" | "adult":
            return frozenset(("on", "off"))


@cache
def _regions(language: str) -> tuple[str, ...]:
    """Codes of ISO 3166-1: those where most read the language, then all by their names in it."""
    codes = (str(code) for code in locale(language).cldr.territories)
    countries = (code for code in codes if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES)
    named = sorted(countries, key=lambda code: _in_order(language, country(language, code).casefold()))
    return tuple(dict.fromkeys((*_HOME_REGIONS[language], *named)))


def _in_order(language: str, name: str) -> bytes:
    # GB 2312, which GB 18030 begins with, has the common characters in the order of their pronunciation.
    return name.encode("gb18030") if language == "zh" else name.replace("ё", "е").replace("å", "a").encode()


def overview(reader: Reader) -> Screen:
    """All settings as they are, and a button for each."""
    t = locale(reader.language)
    lines = [t("settings"), *(_is(t, reader, setting) for setting in _COLUMNS)]
    buttons = [button(t(f"settings-{setting}"), OpenSettings(section=setting)) for setting in _COLUMNS]
    return Screen("\n".join(lines), rows(*_pairs(buttons)))


def section(reader: Reader, wanted: OpenSettings, *, adult_in_groups: bool) -> Screen:
    """A setting's choices with the present one marked, page by page, and the way back."""
    t = locale(reader.language)
    if wanted.section == "all":
        return overview(reader)
    back = button(t("settings-back"), OpenSettings())
    if wanted.section == "sure":
        yes = button(t("settings-adult-yes"), Choose(setting="adult", value="on"))
        return Screen(t("settings-adult-sure"), rows([yes], [back]))
    setting = wanted.section
    text = f"<b>{t(f'settings-{setting}')}</b>\n{t(f'settings-{setting}-about')}"
    if setting == "adult":
        where = t("settings-adult-groups" if adult_in_groups else "settings-adult-private")
        other = (
            button(t("settings-adult-hide"), Choose(setting="adult", value="off"))
            if reader.adult
            else button(t("settings-adult-show"), OpenSettings(section="sure"))
        )
        return Screen(f"{text}\n{where}\n\n{_is(t, reader, setting)}", rows([other], [back]))
    first, others = _offered(t, setting)
    pages = max(1, -(-len(others) // PAGE))
    page = min(wanted.page, pages)
    here = others[(page - 1) * PAGE : page * PAGE]
    chosen = _value(reader, setting)
    single = [[_choice(t, setting, value, label, chosen)] for value, label in first]
    pairs = _pairs([_choice(t, setting, value, label, chosen) for value, label in here])
    leafing = _leafing(setting, page, pages) if pages > 1 else []
    return Screen(text, rows(*single, *pairs, *leafing, [back]))


def _leafing(setting: Setting, page: int, pages: int) -> list[list[InlineKeyboardButton]]:
    # Round and round: the last page's next is the first.
    before, after = (page - 2) % pages + 1, page % pages + 1
    return [
        [
            button("‹", OpenSettings(section=setting, page=before)),
            button(f"{page} / {pages}", OpenSettings(section=setting, page=page)),
            button("›", OpenSettings(section=setting, page=after)),
        ]
    ]


def _pairs(buttons: list[InlineKeyboardButton]) -> list[list[InlineKeyboardButton]]:
    return [buttons[at : at + 2] for at in range(0, len(buttons), 2)]


Option = tuple[str, str]


def _offered(t: Locale, setting: Setting) -> tuple[Sequence[Option], Sequence[Option]]:
    """(value, label) of choices in a row of their own, and of those that stand in pairs."""
    match setting:
        case "language":
            return [(language, locale(language)("settings-own-name")) for language in LANGUAGES], []
        case "films":
            return [(AUTO, t("settings-films-auto"))], _languages(t)
        case "posters":
            return [(AUTO, t("settings-posters-auto")), (NONE, t("settings-posters-none"))], _languages(t)
        case "region":
            others = [(code, country(t.language, code)) for code in _regions(t.language)]
            return [(AUTO, t("settings-region-auto"))], others
        case "scale":
            return [(value, t(f"settings-scale-{value}")) for value in ("10", "5")], []
        case "rated" | "adult":
            return [(value, t(f"settings-{setting}-{value}")) for value in ("off", "on")], []


@cache
def _languages(t: Locale) -> Sequence[Option]:
    """Each language under its own name, and under the reader's for it."""
    offered = []
    for code in FILM_LANGUAGES:
        own = line(Cldr.parse(code).languages[code])
        name = language_name(t, code)
        offered.append((code, own if own == name else f"{own} · {name}"))
    return offered


def language_name(t: Locale, code: str) -> str:
    """A language's name in the interface language."""
    name: str = t.cldr.languages.get(code, code)
    return name


def _value(reader: Reader, setting: Setting) -> str:
    """The present choice, as a button carries it."""
    column = _COLUMNS[setting]
    value = getattr(reader, column)
    if setting in ("rated", "adult"):
        return "on" if value else "off"
    if setting in ("films", "posters", "region") and column not in reader.chosen:
        return AUTO
    return str(value) or NONE


def _choice(t: Locale, setting: Setting, value: str, text: str, chosen: str) -> InlineKeyboardButton:
    if value == chosen:
        text = t("settings-chosen", name=text)
    return button(text, Choose(setting=setting, value=value))


def _is(t: Locale, reader: Reader, setting: Setting) -> str:
    value = _value(reader, setting)
    match setting:
        case "language":
            said = t("settings-own-name")
        case "region":
            name = country(t.language, reader.region)
            said = t("settings-region-from-language", region=name) if value == AUTO else name
        case "films" | "posters" if value in FILM_LANGUAGES:
            said = language_name(t, value)
        case _:
            said = t(f"settings-{setting}-{value}")
    return t(f"settings-{setting}-is", value=said)


def chosen(reader: Reader, setting: Setting) -> str:
    """The toast after a choice: the setting as it is now."""
    return _is(locale(reader.language), reader, setting)
