"""Settings: so far the interface language."""

from typing import Literal

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton

from views.locale import LANGUAGES, Locale, locale
from views.screen import Screen, rows


class ChooseLanguage(CallbackData, prefix="language"):
    """A button that sets the interface language to exactly this one."""

    language: Literal["en", "ru", "zh"]


def settings(t: Locale) -> Screen:
    """The present language, and all there are, each under its own name."""
    return Screen(t("settings", language=t("settings-own-name")), rows(*([_button(t, x)] for x in LANGUAGES)))


def _button(t: Locale, language: str) -> InlineKeyboardButton:
    name = locale(language)("settings-own-name")
    return InlineKeyboardButton(
        text=t("settings-chosen", name=name) if language == t.language else name,
        callback_data=f"{ChooseLanguage.__prefix__}:{language}",
    )


def chosen(t: Locale) -> str:
    """The toast after a choice."""
    return t("settings-toast", language=t("settings-own-name"))
