"""/block and /unblock, for admins."""

from collections.abc import Sequence
from typing import Literal

from core.blocking import BlockedUser
from views.locale import Locale
from views.screen import Screen


def how(t: Locale, command: Literal["block", "unblock"]) -> Screen:
    """To an argument that is no person's number."""
    return Screen(t("block-how" if command == "block" else "unblock-how"))


def blocked(t: Locale, user_id: int, outcome: Literal["blocked", "before", "admin"]) -> Screen:
    """What came of /block."""
    return Screen(t(f"block-done-{outcome}", id=_id(user_id)))


def unblocked(t: Locale, user_id: int, *, existed: bool) -> Screen:
    """What came of /unblock."""
    return Screen(t("unblock-done" if existed else "unblock-not-blocked", id=_id(user_id)))


def everybody(t: Locale, count: int, newest: Sequence[BlockedUser]) -> Screen:
    """Who is shut out, the last one first."""
    if not newest:
        return Screen(f"{t('block-nobody')}\n{t('block-how')}")
    lines = [t("block-list", count=count, number=t.number(count))]
    lines += [t("block-line", id=_id(one.telegram_user_id), date=t.date(one.since)) for one in newest]
    if count > len(newest):
        lines.append(t("block-more", number=t.number(count - len(newest))))
    return Screen("\n".join(lines))


def _id(user_id: int) -> str:
    return f"<code>{user_id}</code>"
