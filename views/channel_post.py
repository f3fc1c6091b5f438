"""What stands below a poster in its channel: enough to browse by, and short, for Telegram counts."""

from html import escape

# Telegram counts UTF-16 units, and an emoji is two.
LONGEST_TITLE = 90


def caption(title: str | None, year: int | None, url: str | None) -> str:
    """HTML: title or name, year, and a link to TMDB where the owner is known; 200 characters read at most."""
    if not title:
        return ""
    if len(title) > LONGEST_TITLE:
        title = title[: LONGEST_TITLE - 1].rstrip() + "…"
    line = f"<b>{escape(title, quote=False)}</b>" + (f" ({year})" if year else "")
    return f'{line}\n<a href="{escape(url)}">TMDB</a>' if url else line
