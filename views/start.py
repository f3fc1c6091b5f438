"""The first meeting, and what the bot says of itself."""

from collections.abc import Iterable

from aiogram.filters.callback_data import CallbackData
from aiogram.types import BotCommand, InlineKeyboardButton

from core.reader import Reader
from views.accounts import LinkStep
from views.card import OpenCard
from views.locale import Locale
from views.screen import Screen, rows
from views.typography import escape

# TMDB asks for exactly this sentence, in English, wherever its data is used.
TMDB_NOTICE = (
    "This product uses TMDB and the TMDB APIs but is not endorsed, certified, or otherwise approved by TMDB."
)
TMDB_URL = "https://www.themoviedb.org"
TMDB_LOGO_URL = "https://www.themoviedb.org/about/logos-attribution"

# Films to begin with, by TMDB's ids: nearly everybody knows one of them.
EXAMPLES = {603: "start-example-matrix", 129: "start-example-spirited-away", 496243: "start-example-parasite"}

COMMANDS = (
    "search",
    "person",
    "popular",
    "new",
    "top",
    "trending",
    "watchlist",
    "ratings",
    "link",
    "import",
    "export",
    "settings",
    "help",
    "about",
    "privacy",
    "unlink",
    "forget",
)
# What groups are answered; all else belongs into the private chat.
FILM_COMMANDS = ("search", "movie", "person", "popular", "new", "top", "trending")
# Telegram asks every bot to know these, so that unaddressed ones are nobody's in a group.
GLOBAL_COMMANDS = ("start", "help", "settings")
ADMIN_COMMANDS = ("sync", "stats", "runs", "alerts", "posters", "poster", "block", "unblock")


class LookAround(CallbackData, prefix="look"):
    """A button that shows some films to begin with."""


def hello(t: Locale, inline_bot: str | None) -> Screen:
    """To somebody new: what the bot does, an example to tap, two ways on; `inline_bot` as in `help_`."""
    return Screen(
        t("start-hello", bot=inline_bot or "none"),
        rows(
            [_example(t, 603)],
            [
                InlineKeyboardButton(text=t("start-link"), callback_data=LinkStep(step="begin").pack()),
                InlineKeyboardButton(text=t("start-look"), callback_data=LookAround().pack()),
            ],
        ),
    )


def hello_again(t: Locale, reader: Reader) -> Screen:
    """To somebody who has linked an account."""
    username = escape(reader.tmdb_username or "")
    return Screen(t("start-hello-again", username=username, count=reader.ratings_count))


def look_around(t: Locale) -> Screen:
    """Some films to open."""
    return Screen(t("start-look-around"), rows(*([_example(t, movie_id)] for movie_id in EXAMPLES)))


def _example(t: Locale, movie_id: int) -> InlineKeyboardButton:
    return InlineKeyboardButton(text=t(EXAMPLES[movie_id]), callback_data=OpenCard(movie_id=movie_id).pack())


def help_(t: Locale, inline_bot: str | None, *, is_admin: bool) -> Screen:
    """What can be written and tapped; `inline_bot` is the bot's name where it answers inline queries."""
    return Screen(t("help", bot=inline_bot or "none") + ("\n\n" + t("help-admin") if is_admin else ""))


def about(t: Locale) -> Screen:
    """The product, and TMDB's notice."""
    return Screen(
        t("about", notice=TMDB_NOTICE),
        rows(
            [
                InlineKeyboardButton(text=t("about-tmdb"), url=TMDB_URL),
                InlineKeyboardButton(text=t("about-logo"), url=TMDB_LOGO_URL),
            ]
        ),
    )


def privacy(t: Locale, search_days: int) -> Screen:
    """What is stored, and what is not; `search_days`: for how long searches are."""
    return Screen(t("privacy", days=search_days))


def in_groups(t: Locale, bot_username: str) -> Screen:
    """To a command in a group."""
    link = InlineKeyboardButton(text=t("start-in-private"), url=f"https://t.me/{bot_username}")
    return Screen(t("start-in-groups"), rows([link]))


def commands(t: Locale, names: Iterable[str]) -> list[BotCommand]:
    """A command menu."""
    return [BotCommand(command=name, description=t(f"command-{name}")) for name in names]
