"""A move of posters to this bot's channels: what there is to move, how far it is, what it did."""

from collections.abc import Sequence
from typing import Annotated, Literal

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from pydantic import Field

from core.posters import Elsewhere, PosterMove
from views.block import bar, span
from views.locale import Locale
from views.screen import Screen, rows
from views.typography import cut_line, escape

BAR_CELLS = 14
ERROR_UNITS = 300

MoveId = Annotated[int, Field(ge=1, le=2**63 - 1)]


class StartMove(CallbackData, prefix="move"):
    """Brings this bot's posters, or another one's, into this bot's channels."""

    from_bot_id: MoveId


class SteerMove(CallbackData, prefix="moving"):
    """Pauses, resumes or cancels a move; `cancel` asks, `sure` does it, `show` shows it anew."""

    step: Literal["pause", "resume", "cancel", "sure", "show"]
    move_id: MoveId


def offer(t: Locale, bot_id: int, elsewhere: Sequence[Elsewhere]) -> Screen:
    """What stands elsewhere, each with its button; or how there comes to be something to move."""
    if not elsewhere:
        return Screen(t("move-nothing"))
    lines = [what(t, bot_id, source) for source in elsewhere]
    if any(source.from_bot_id != bot_id for source in elsewhere):
        lines.append(t("move-other-bot"))
    buttons = [
        [
            InlineKeyboardButton(
                text=t("move-start-own")
                if source.from_bot_id == bot_id
                else t("move-start-other", bot=str(source.from_bot_id)),
                callback_data=StartMove(from_bot_id=source.from_bot_id).pack(),
            )
        ]
        for source in elsewhere
    ]
    return Screen("\n\n".join([*lines, t("move-how-long")]), rows(*buttons))


def what(t: Locale, bot_id: int, source: Elsewhere) -> str:
    """A line about posters that stand elsewhere."""
    key = "move-own" if source.from_bot_id == bot_id else "move-other"
    return t(
        key,
        count=source.posters,
        number=t.number(source.posters),
        bot=str(source.from_bot_id),
        channels=channels(source.channel_ids),
    )


def channels(channel_ids: Sequence[int]) -> str:
    """Channels by their ids."""
    return ", ".join(f"<code>{channel_id}</code>" for channel_id in channel_ids)


def progress(t: Locale, move: PosterMove) -> str:
    """How far it is, on one line."""
    line = f"{bar(min(1.0, move.handled / max(1, move.total)), BAR_CELLS)} " + t(
        "move-progress", moved=t.number(move.handled), total=t.number(move.total)
    )
    if move.rate is not None:
        line += " · " + t("move-rate", rate=t.number(move.rate, 1))
    if move.eta_seconds is not None:
        line += " · " + t("move-left", span=span(t, move.eta_seconds))
    return line


def moving(t: Locale, move: PosterMove) -> Screen:
    """The move as it is now."""
    lines = [t("move-title-own" if move.from_bot_id == move.bot_id else "move-title-other")]
    match move.state:
        case "running":
            lines.append(progress(t, move))
        case "paused":
            lines += [progress(t, move), _paused(t, move)]
        case "cancelled":
            lines.append(t("move-cancelled", count=move.moved, number=t.number(move.moved)))
        case "done":
            lines.append(t("move-done", count=move.moved, number=t.number(move.moved)))
            if move.from_bot_id == move.bot_id:
                lines.append(t("move-old-channel", channels=channels(move.channel_ids)))
    if move.lost:
        lines.append(t("move-lost", count=move.lost, number=t.number(move.lost)))
    return Screen("\n".join(lines), None if move.finished else _controls(t, move))


def _paused(t: Locale, move: PosterMove) -> str:
    if move.last_error is None:
        return t("move-paused")
    return t("move-paused-itself", error=escape(cut_line(move.last_error, ERROR_UNITS)))


def _controls(t: Locale, move: PosterMove) -> InlineKeyboardMarkup:
    steps: list[tuple[str, Literal["pause", "resume", "cancel"]]] = [
        (t("move-pause"), "pause") if move.state == "running" else (t("move-resume"), "resume"),
        (t("move-cancel"), "cancel"),
    ]
    return rows(
        [
            InlineKeyboardButton(text=text, callback_data=SteerMove(step=step, move_id=move.id).pack())
            for text, step in steps
        ]
    )


def cancel(t: Locale, move_id: int) -> Screen:
    """Asks once."""
    return Screen(
        t("move-cancel-sure"),
        rows(
            [
                InlineKeyboardButton(
                    text=t("move-cancel-yes"), callback_data=SteerMove(step="sure", move_id=move_id).pack()
                )
            ],
            [
                InlineKeyboardButton(
                    text=t("move-cancel-no"), callback_data=SteerMove(step="show", move_id=move_id).pack()
                )
            ],
        ),
    )


def not_an_admin(t: Locale, channel_id: int) -> Screen:
    """The bot cannot see the old channel's posts."""
    return Screen(t("move-not-an-admin", channel=f"<code>{channel_id}</code>"))


def telegram_away(t: Locale) -> Screen:
    """Whether it can see them is not known."""
    return Screen(t("move-telegram-away"))


def nothing(t: Locale) -> Screen:
    """Somebody was faster, or the move is no more."""
    return Screen(t("move-gone"))
