"""Interface texts: Fluent files per language, numbers and durations as the language writes them."""

from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale as Cldr
from babel.dates import format_date
from babel.numbers import format_decimal
from fluent.runtime import FluentBundle, FluentResource

DIRECTORY = Path(__file__).parent / "locales"

# The first is what everybody falls back to.
LANGUAGES = ("en", "ru", "zh")

# CLDR's name of what the interface language is written in.
_CLDR = {"en": "en", "ru": "ru", "zh": "zh_Hans"}


def language_of(language_code: str | None) -> str:
    """The interface language for Telegram's IETF tag (`pt-br`, `zh-hans`), English where we have none."""
    language = (language_code or "").replace("_", "-").partition("-")[0].lower()
    return language if language in LANGUAGES else LANGUAGES[0]


class Locale:
    """One language: `t("key", name="…")` gives a text, `t.number(8.2)` a number.

    Texts may hold Telegram's HTML tags; what is put into them must be escaped by the view.
    """

    def __init__(self, language: str) -> None:
        self.language = language
        self.cldr = Cldr.parse(_CLDR[language])
        # Isolation marks would be counted and copied with the text; views isolate what needs it.
        self._bundle = FluentBundle([language], use_isolating=False)
        for path in sorted((DIRECTORY / language).glob("*.ftl")):
            self._bundle.add_resource(FluentResource(path.read_text("utf-8")))
        self._text = cache(self._plain)

    def __call__(self, key: str, **values: Any) -> str:
        """The text of `key`; a missing key, variable or bad pattern is a mistake of ours and raises."""
        return self._formatted(key, values) if values else self._text(key)

    def _plain(self, key: str) -> str:
        return self._formatted(key, {})

    def _formatted(self, key: str, values: dict[str, Any]) -> str:
        message = self._bundle.get_message(key)
        if message.value is None:
            raise KeyError(key)
        text, errors = self._bundle.format_pattern(message.value, values)
        if errors:
            raise ValueError(f"{self.language}: {key}: {errors[0]}")
        return str(text)

    def number(self, value: float, decimals: int = 0) -> str:
        """Grouped and with at most `decimals` decimals: 26 481, 8,2."""
        pattern = "#,##0" + ("." + "#" * decimals if decimals else "")
        text: str = format_decimal(value, pattern, locale=self.cldr)
        return text

    def date(self, value: Any) -> str:
        """A date in the language's medium form."""
        text: str = format_date(value, "medium", locale=self.cldr)
        return text


@cache
def locale(language: str) -> Locale:
    """The locale of an interface language; anything else is English."""
    return Locale(language if language in LANGUAGES else LANGUAGES[0])
