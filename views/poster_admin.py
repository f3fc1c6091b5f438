"""A film's cached posters, for admins."""

from typing import Annotated

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton
from pydantic import StringConstraints

from core.posters import FilmPoster
from views.card import MovieId
from views.locale import Locale
from views.screen import Screen, rows
from views.typography import cut_line, escape

ERROR_UNITS = 200
_STATUSES = {
    -1: "poster-status-missing",
    0: "poster-status-wanted",
    1: "poster-status-on-disk",
    2: "poster-status-in-telegram",
}


class DeletePoster(CallbackData, prefix="poster"):
    """Deletes one of a film's posters, named by its content; `sure` after it was asked."""

    movie_id: MovieId
    poster_path: Annotated[str, StringConstraints(pattern=r"^/[\w.-]{1,40}$")]
    sure: bool = False


class KeepPosters(CallbackData, prefix="keep"):
    """Goes back to the film's posters."""

    movie_id: MovieId


def posters(t: Locale, movie_id: int, posters: list[FilmPoster]) -> Screen:
    """Each with its state, and a button that asks whether to delete it."""
    if not posters:
        return Screen(t("poster-none"))
    lines = [f"{number}. {_line(t, poster)}" for number, poster in enumerate(posters, 1)]
    buttons = [
        [
            InlineKeyboardButton(
                text=t("poster-delete", number=str(number)),
                callback_data=DeletePoster(movie_id=movie_id, poster_path=poster.poster_path).pack(),
            )
        ]
        for number, poster in enumerate(posters, 1)
    ]
    return Screen("\n\n".join(lines), rows(*buttons))


def _line(t: Locale, poster: FilmPoster) -> str:
    facts = [t(_STATUSES[poster.status])]
    if poster.status < 2 and poster.has_file_id:
        facts.append(t("poster-has-file-id"))
    if poster.width and poster.height:
        facts.append(f"{poster.width} × {poster.height}")
    if poster.byte_size:
        facts.append(t("poster-kilobytes", count=t.number(poster.byte_size / 1000)))
    lines = [f"<code>{escape(poster.poster_path)}</code>", " · ".join(facts)]
    if poster.channel_id and poster.message_id:
        # Links into a private channel leave out the -100 its id begins with.
        channel = str(poster.channel_id).removeprefix("-100")
        link = f"https://t.me/c/{channel}/{poster.message_id}"
        lines.append(f'<a href="{link}">{t("poster-post")}</a>')
    if poster.last_error:
        error = escape(cut_line(poster.last_error, ERROR_UNITS))
        lines.append(t("poster-error", attempts=poster.attempts, error=error))
    return "\n".join(lines)


def delete(t: Locale, movie_id: int, poster_path: str) -> Screen:
    """Asks once."""
    sure = DeletePoster(movie_id=movie_id, poster_path=poster_path, sure=True)
    return Screen(
        t("poster-sure", path=escape(poster_path)),
        rows(
            [InlineKeyboardButton(text=t("poster-yes"), callback_data=sure.pack())],
            [InlineKeyboardButton(text=t("poster-no"), callback_data=KeepPosters(movie_id=movie_id).pack())],
        ),
    )


def deleted(t: Locale, *, existed: bool) -> Screen:
    """What came of it."""
    return Screen(t("poster-deleted" if existed else "poster-not-there"))


def not_deleted(t: Locale, reason: str) -> str:
    """Telegram refused to delete the channel's message: an alert."""
    return cut_line(t("poster-not-deleted", reason=reason), ERROR_UNITS)


def how(t: Locale) -> Screen:
    """To the command alone."""
    return Screen(t("poster-how"))
