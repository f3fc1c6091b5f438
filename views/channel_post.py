"""What stands below a poster in its channel: enough to browse by, and short, for Telegram counts."""

from html import escape

# Telegram counts UTF-16 units, and an emoji is two.
LONGEST_TITLE = 90


def caption(title: str | None, year: int | None, movie_url: str | None) -> str:
    """HTML: title and year, and a link to TMDB where the film is known; 200 characters read at most."""
    if not title:
        return ""
    if len(title) > LONGEST_TITLE:
        title = title[: LONGEST_TITLE - 1].rstrip() + "…"
    line = f"<b>{escape(title, quote=False)}</b>" + (f" ({year})" if year else "")
    return f'{line}\n<a href="{escape(movie_url)}">TMDB</a>' if movie_url else line
