"""A bot's cached posters, all of them and a film's, for admins."""

from typing import Annotated, Literal

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton
from pydantic import Field, StringConstraints

from core.posters import FilmPoster, PosterChannel, PosterOverview, PrewarmRequest
from views import poster_move
from views.block import COLUMNS, aligned, block, span
from views.locale import Locale
from views.screen import MovieId, Screen, rows
from views.typography import cut_line, escape

ERROR_UNITS = 200
PREWARM_CHOICES = (1_000, 20_000, 100_000)
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


class PostersStep(CallbackData, prefix="posters"):
    """A button under /posters."""

    step: Literal["look", "prewarm", "delete", "move"]


class Prewarm(CallbackData, prefix="prewarm"):
    """Pre-warms the posters of so many of the most popular films; 0: of all."""

    films: Annotated[int, Field(ge=0, le=2**31 - 1)]


class KeepPosters(CallbackData, prefix="keep"):
    """Goes back to the film's posters."""

    movie_id: MovieId


def overview(t: Locale, seen: PosterOverview) -> Screen:
    """All posters by status, what channels bear, what is under way or could be."""
    lines = []
    if seen.paused and seen.move is None:
        lines.append(t("posters-prewarm-rests"))
    if seen.prewarming:
        lines.append(_prewarming(t, seen.prewarming))
    if seen.move:
        lines += [poster_move.progress(t, seen.move), t("posters-prewarm-rests-for-move")]
    else:
        lines += [poster_move.what(t, seen.bot_id, source) for source in seen.elsewhere]
    statuses = [
        (t("stats-posters-in-telegram"), t.number(seen.by_status.get(2, 0))),
        (t("stats-posters-on-disk"), t.number(seen.by_status.get(1, 0))),
        (t("stats-posters-wanted"), t.number(seen.by_status.get(0, 0))),
        (t("stats-posters-missing"), t.number(seen.by_status.get(-1, 0))),
    ]
    dead = [
        (t("posters-dead"), t.number(seen.dead_file_ids)),
        (t("posters-dead-month"), t.number(seen.dead_file_ids_month)),
    ]
    figures = block(
        aligned(statuses, COLUMNS),
        aligned(dead, COLUMNS),
        [line for channel in seen.channels for line in _channel(t, channel)],
    )
    move = (
        poster_move.SteerMove(step="show", move_id=seen.move.id).pack()
        if seen.move
        else PostersStep(step="move").pack()
    )
    return Screen(
        "\n".join([figures, *lines]),
        rows(
            [
                InlineKeyboardButton(
                    text=t("posters-prewarm"), callback_data=PostersStep(step="prewarm").pack()
                ),
                InlineKeyboardButton(
                    text=t("posters-delete"), callback_data=PostersStep(step="delete").pack()
                ),
            ],
            [
                InlineKeyboardButton(
                    text=t("posters-show-move" if seen.move else "posters-move"), callback_data=move
                )
            ],
        ),
    )


def _channel(t: Locale, channel: PosterChannel) -> list[str]:
    lines = aligned([(str(channel.channel_id), t("posters-rate", rate=t.number(channel.rate, 1)))], COLUMNS)
    if channel.known_limit is not None:
        lines.append("  " + t("posters-limit", rate=t.number(channel.known_limit, 1)))
    if channel.paused_seconds is not None:
        key = "posters-set-aside" if channel.last_error else "posters-paused"
        lines.append("  " + t(key, span=span(t, channel.paused_seconds)))
    if channel.last_error:
        lines.append("  " + cut_line(channel.last_error, ERROR_UNITS))
    return lines


def _prewarming(t: Locale, request: PrewarmRequest) -> str:
    if request.films is None:
        return t("posters-prewarming-all", seen=t.number(request.seen))
    return t("posters-prewarming", seen=t.number(request.seen), total=t.number(request.films))


def prewarm(t: Locale) -> Screen:
    """How many?"""
    choices = [
        InlineKeyboardButton(text=t.number(films), callback_data=Prewarm(films=films).pack())
        for films in PREWARM_CHOICES
    ]
    return Screen(
        t("posters-prewarm-how-many"),
        rows(
            choices,
            [InlineKeyboardButton(text=t("posters-prewarm-all"), callback_data=Prewarm(films=0).pack())],
            [InlineKeyboardButton(text=t("poster-no"), callback_data=PostersStep(step="look").pack())],
        ),
    )


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
