"""A film's card: the caption of its poster, and its buttons."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache, lru_cache
from typing import Annotated, Literal
from urllib.parse import quote

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from babel.numbers import format_compact_decimal
from pydantic import Field

from core.cards import Card, Freshness, OwnRating, Push
from core.inline import film_query
from views.locale import Locale, locale
from views.scale import shown
from views.screen import MovieId, button, rows
from views.typography import CAPTION_UNITS, ELLIPSIS, cut, cut_line, escape, line, units

# So much of each line that all of them leave room for a few words of the overview.
TITLE_UNITS = 180
ORIGINAL_TITLE_UNITS = 140
NAME_UNITS = 40
TERM_UNITS = 24
GENRES = 4
TAGLINE_UNITS = 140
COLLECTION_UNITS = 80
PROVIDERS = 3
OVERVIEW_AT_LEAST = 40
# Lines that a card can do without are left out where they would leave the overview less than this.
OVERVIEW_ROOM = 240

_SEPARATORS = {"zh": "、"}
_COUNTRIES = {
    "AE": "country-ae",
    "BA": "country-ba",
    "CD": "country-cd",
    "CF": "country-cf",
    "CG": "country-cg",
    "GB": "country-gb",
    "HK": "country-hk",
    "KR": "country-kr",
    "MM": "country-mm",
    "MO": "country-mo",
    "PS": "country-ps",
    "SU": "country-su",
    "US": "country-us",
    "XC": "country-xc",
    "XG": "country-xg",
    "YU": "country-yu",
    "ZA": "country-za",
}
_PUSHES = {
    Push.LATE: "card-push-late",
    Push.GONE: "card-push-gone",
    Push.REFUSED: "card-push-refused",
    Push.REVOKED: "card-push-revoked",
}


# Plurals and numbers cost more than all the rest of a card, and the same films are opened all day.
_remembered = lru_cache(maxsize=10_000)


class OpenCard(CallbackData, prefix="card"):
    """A button that brings a card, as a message of its own."""

    movie_id: MovieId


class ShowCard(CallbackData, prefix="back"):
    """A button that puts a card in place of the message it stands under.

    `poster`: the message may show another picture now, so the film's own is put back too.
    """

    movie_id: MovieId
    poster: bool = False


class OpenPage(CallbackData, prefix="page"):
    """A button that puts a page about the film in place of its card's text."""

    kind: Literal["more", "cast", "crew", "watch", "videos", "posters"]
    movie_id: MovieId
    page: Annotated[int, Field(ge=1, le=999)] = 1


class Leaf(CallbackData, prefix="leaf"):
    """A button that shows one film of a list as a card, in place of whatever its message shows.

    `source` is s, r or c and the id of a film or a collection: similar, recommended, its films; or f and
    packed Filters. `at` counts from 1, `movie_id` is the film whose card leads there, 0 for none.
    """

    source: Annotated[str, Field(pattern=r"^([src][1-9]\d{0,9}|f[!-9;-~]{0,40})$")]
    at: Annotated[int, Field(ge=1, le=9999)]
    movie_id: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0


class Watch(CallbackData, prefix="watch"):
    """A button that puts a film on the watchlist or takes it off, whatever it was before."""

    movie_id: MovieId
    on: bool


class OpenRating(CallbackData, prefix="rating"):
    """A button that turns a card's buttons into the ten values."""

    movie_id: MovieId


def caption(card: Card, *, private: bool) -> str:
    """The card's text, at most 1024 UTF-16 units once parsed; personal lines in private chats only."""
    t = locale(card.reader.language)
    own = own_rating(t, card.rating, card.reader.rating_scale) if private and card.rating else ""
    title, title_html = _title(t, card) if card.title else ("", "")
    if card.freshness is Freshness.DUE:
        return _blocks(title_html, t("card-away"), escape(own))
    if card.freshness is Freshness.ADULT:
        return _blocks(t("card-adult" if private else "card-adult-shared"), escape(own))
    if card.freshness in (Freshness.DELETED, Freshness.GONE):
        gone = t("card-deleted" if card.freshness is Freshness.DELETED else "card-gone")
        if own and card.rating and card.rating.push is Push.GONE:  # that is what the line above says
            own = own_rating(t, replace(card.rating, push=None), card.reader.rating_scale)
        return _blocks(title_html, gone, escape(own))
    if card.freshness is Freshness.STUB:
        return _blocks(title_html, escape(dotted(_numbers(t, card))), t("card-stub"), escape(own))
    if not card.title:
        title, title_html = _title(t, card)
    facts = _lines(dotted(_numbers(t, card)), dotted((_genres(t, card), _made_in(t, card))))
    people = _lines(_people(t, "card-directors", card.directors), _people(t, "card-starring", card.cast))
    # Each block is parted from the overview or its neighbour by an empty line.
    room = CAPTION_UNITS - sum(units(block) + 2 for block in (title, facts, people, own) if block)
    to_keep = OVERVIEW_ROOM if card.overview else 0
    offered, collection, tagline = _watching(t, card), _collection(t, card), _tagline(card)
    kept: dict[str, str] = {}
    for text in (offered, collection, tagline):
        if text and room - units(text) - 2 >= to_keep:
            kept[text] = escape(text)
            room -= units(text) + 2
    facts_html = _lines(escape(facts), kept.get(collection, ""))
    said = f"<i>{kept[tagline]}</i>" if tagline in kept else ""
    overview = _overview(card.overview, room) if card.overview else ""
    last = _lines(kept.get(offered, ""), escape(own))
    return _blocks(title_html, facts_html, escape(people), _lines(said, overview), last)


def keyboard(
    card: Card, tmdb_web_base_url: str, *, private: bool = False, can_share: bool = True
) -> InlineKeyboardMarkup | None:
    """The card's buttons; none of them leads nowhere. `can_share`: the bot answers inline queries."""
    return _keyboard(
        *(card.movie_id, card.reader.language, card.freshness, private and card.on_watchlist),
        *(card.trailer, card.watching is not None, card.has_cast, card.has_crew, card.has_similar),
        *(tmdb_web_base_url, can_share),
    )


# Buttons are checked models: nine of them cost more than a card's words, and few films are opened most.
@lru_cache(maxsize=1_000)
def _keyboard(
    movie_id: int,
    language: str,
    freshness: Freshness,
    on_watchlist: bool,
    trailer: str | None,
    is_offered: bool,
    has_cast: bool,
    has_crew: bool,
    has_similar: bool,
    tmdb_web_base_url: str,
    can_share: bool,
) -> InlineKeyboardMarkup | None:
    t = locale(language)
    if freshness in (Freshness.DELETED, Freshness.GONE, Freshness.ADULT):
        return None
    tmdb = InlineKeyboardButton(text=t("card-tmdb"), url=f"{tmdb_web_base_url}/movie/{movie_id}")
    if freshness is not Freshness.FRESH:
        again = "card-again" if freshness is Freshness.DUE else "card-open"
        return rows([button(t(again), OpenCard(movie_id=movie_id)), tmdb])
    listing = "card-watchlist-on" if on_watchlist else "card-watchlist"
    asking = [
        button(t("card-rate"), OpenRating(movie_id=movie_id)),
        button(t(listing), Watch(movie_id=movie_id, on=not on_watchlist)),
    ]
    looking = []
    if trailer:
        looking.append(InlineKeyboardButton(text=t("card-trailer"), url=video_url(trailer)))
    if is_offered:
        looking.append(button(t("card-watch"), OpenPage(kind="watch", movie_id=movie_id)))
    if has_cast or has_crew:
        kind = "cast" if has_cast else "crew"
        looking.append(button(t(f"card-{kind}"), OpenPage(kind=kind, movie_id=movie_id)))
    if has_similar:
        leaf = Leaf(source=f"s{movie_id}", at=1, movie_id=movie_id)
        looking.append(button(t("card-similar"), leaf))
    looking.append(button(t("card-more"), OpenPage(kind="more", movie_id=movie_id)))
    half = len(looking) // 2 if len(looking) > 3 else 0
    going = [tmdb]
    if can_share:
        going.insert(0, InlineKeyboardButton(text=t("card-share"), switch_inline_query=film_query(movie_id)))
    return rows(*filter(None, (asking, looking[:half], looking[half:], going)))


def video_url(key: str) -> str:
    """Where a video at YouTube is watched."""
    return f"https://www.youtube.com/watch?v={quote(key, safe='')}"


def no_such_film(t: Locale) -> str:
    """For a number that no film has."""
    return t("card-gone")


def how_to_open(t: Locale) -> str:
    """For /movie without a number."""
    return t("card-how")


def own_rating(t: Locale, rating: OwnRating, scale: int) -> str:
    """The card's last line."""
    value = shown(t, rating.value, scale)
    if rating.rated_on:
        own = t("card-own-rating-dated", value=value, date=t.date(rating.rated_on))
    else:
        own = t("card-own-rating", value=value)
    return f"{own} · {t(_PUSHES[rating.push])}" if rating.push else own


@_remembered
def year(t: Locale, of: int | None) -> str:
    """The year as it stands behind a title, empty where it is unknown."""
    return t("card-year", year=str(of)) if of else ""


def name(card: Card, limit: int) -> str:
    """The title on one line, the number of a film whose title shows nothing: Telegram takes no empty text."""
    return cut_line(card.title or "", limit) or f"#{card.movie_id}"


def differs(original_title: str | None, title: str | None) -> bool:
    """Whether the original title says more than the title."""
    return bool(original_title and title) and _bare(original_title) != _bare(title)


def _bare(title: str | None) -> str:
    return line(title or "").casefold()


def _title(t: Locale, card: Card) -> tuple[str, str]:
    """The first block, plain for counting and as HTML."""
    title = name(card, TITLE_UNITS)
    rest = year(t, card.year)
    if card.original_title and differs(card.original_title, card.title):
        rest += "\n" + cut_line(card.original_title, ORIGINAL_TITLE_UNITS)
    return title + rest, f"<b>{escape(title)}</b>{escape(rest)}"


def _numbers(t: Locale, card: Card) -> Iterable[str]:
    if card.vote_average and card.vote_count:
        yield rated(t, card.vote_average, card.vote_count)
    if card.runtime:
        yield duration(t, card.runtime)
    if card.certification:
        yield cut_line(card.certification, TERM_UNITS)


@_remembered
def score(t: Locale, vote_average: float) -> str:
    """TMDB's score with one decimal at most."""
    return t.number(vote_average, 1)


@_remembered
def rated(t: Locale, vote_average: float, vote_count: int) -> str:
    """TMDB's score and of how many votes it is made, to two or three digits."""
    votes: str = format_compact_decimal(vote_count, locale=t.cldr, fraction_digits=int(vote_count < 100_000))
    return t("card-score", score=score(t, vote_average), votes=votes)


@_remembered
def duration(t: Locale, runtime: int) -> str:
    """Minutes as hours and minutes."""
    hours, minutes = divmod(runtime, 60)
    if hours and minutes:
        return t("card-hours-minutes", hours=str(hours), minutes=str(minutes))
    return t("card-hours", hours=str(hours)) if hours else t("card-minutes", minutes=str(minutes))


def _genres(t: Locale, card: Card) -> str:
    return listed(t, (cut_line(genre, TERM_UNITS) for genre in card.genres[:GENRES]))


def _made_in(t: Locale, card: Card) -> str:
    return listed(t, filter(None, (country(t.language, code) for code in card.countries)))


@cache
def country(language: str, code: str) -> str:
    """A country's name in the interface language; empty for a code nobody knows."""
    t = locale(language)
    if code in _COUNTRIES:
        return t(_COUNTRIES[code])
    return "" if code == "ZZ" else cut(t.cldr.territories.get(code, ""), TERM_UNITS)


@_remembered
def _people(t: Locale, what: str, names: tuple[str, ...]) -> str:
    if not names:
        return ""
    return t(what, count=len(names), names=listed(t, (cut_line(name, NAME_UNITS) for name in names)))


def _tagline(card: Card) -> str:
    return cut_line(card.tagline, TAGLINE_UNITS) if card.tagline else ""


def _collection(t: Locale, card: Card) -> str:
    # TMDB names collections so in the language of most catalogues; other languages say it in the text.
    name = line(card.collection_name or "").removesuffix(" Collection")
    return t("card-collection", name=cut_line(name, COLLECTION_UNITS)) if name else ""


def _watching(t: Locale, card: Card) -> str:
    """Who offers the film without a price for it alone, else who has it at all."""
    if card.watching is None:
        return ""
    offers = card.watching.providers
    free = [name for kind in ("flatrate", "free", "ads") for name in offers.get(kind, ())]
    names = list(dict.fromkeys(free or (name for kind in ("rent", "buy") for name in offers.get(kind, ()))))
    named = listed(t, (cut_line(name, TERM_UNITS) for name in names[:PROVIDERS]))
    said = t("card-watching", providers=named + (ELLIPSIS if len(names) > PROVIDERS else ""))
    return f"{said} · {days_ago(t, card.watching.days_old)}" if card.watching.is_old else said


@_remembered
def days_ago(t: Locale, days: int) -> str:
    """How old a thing is."""
    return t("card-days-ago", days=days)


def listed(t: Locale, items: Iterable[str]) -> str:
    """Items as the language lists them."""
    return _SEPARATORS.get(t.language, ", ").join(items)


def dotted(items: Iterable[str]) -> str:
    """What is known of several facts, on one line."""
    return " · ".join(filter(None, items))


def _lines(*lines: str) -> str:
    return "\n".join(filter(None, lines))


def _blocks(*blocks: str) -> str:
    return "\n\n".join(filter(None, blocks))


def _overview(overview: str, room: int) -> str:
    if room < OVERVIEW_AT_LEAST:
        return ""
    paragraphs = "\n".join(filter(None, map(str.strip, overview.splitlines())))
    return f"<blockquote expandable>{escape(cut(paragraphs, room))}</blockquote>" if paragraphs else ""
