"""What people are told once, without having asked."""

from collections.abc import Mapping
from typing import Any

from views.locale import Locale
from views.screen import Screen
from views.typography import cut_line, escape

NAME_UNITS = 200


def notice(kind: str, facts: Mapping[str, Any], title: str | None, t: Locale) -> Screen:
    """A notice of tmdb.notices; `title` is the film's it is about."""
    match kind:
        case "session_revoked":
            return Screen(t("notice-session-revoked", username=_name(facts["username"])))
        case "link_voided":
            return Screen(t("notice-link-voided"))
        case "push_gone" | "push_refused":
            film = t("notice-film", title=_name(title)) if title else t("notice-a-film")
            # Older notices tell of no list: there was one.
            what = "-watchlist" if facts.get("list") == "watchlist" else ""
            return Screen(t(f"notice-{kind.replace('_', '-')}{what}", film=film))
        case _:
            raise ValueError(f"no such notice: {kind}")


def _name(text: str) -> str:
    return escape(cut_line(text, NAME_UNITS))
