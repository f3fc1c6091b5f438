"""The pages of a film's card: more about it, cast and crew, where to watch, trailers, posters, neighbours.

Each stands in place of a card, so none is longer than a caption may be.
"""

import re
from collections.abc import Callable, Iterable, Sequence

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from babel.numbers import format_compact_currency

from core.card_pages import Credit, Credits, Details, Film, Neighbours, Offers, Posters, Videos
from core.cards import Card
from views.card import (
    NAME_UNITS,
    TERM_UNITS,
    Leaf,
    OpenCard,
    OpenPage,
    ShowCard,
    country,
    days_ago,
    dotted,
    listed,
    video_url,
    year,
)
from views.film_list import leafing
from views.locale import Locale, locale
from views.person import OpenPerson
from views.screen import Screen, button, rows
from views.typography import CAPTION_UNITS, ELLIPSIS, cut, cut_line, escape, units

# So much of each line that eight people of eight sections have room, and so have all the facts.
TITLE_UNITS = 80
PERSON_UNITS = 36
ROLES_UNITS = 40
FACT_UNITS = 100
VIDEO_UNITS = 40

_GAP = "\n\n"

# Telegram refuses a whole message for a button whose address it does not like.
_ADDRESS = re.compile(r"https?://[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,24}(:\d{1,5})?([/?#][!-~]*)?", re.I)

_STATUSES = {
    "Rumored": "page-status-rumored",
    "Planned": "page-status-planned",
    "In Production": "page-status-production",
    "Post Production": "page-status-post-production",
    "Canceled": "page-status-canceled",
}
_SECTIONS = {
    "Director": "crew-director",
    "Writing": "crew-writing",
    "Production": "crew-production",
    "Camera": "crew-camera",
    "Editing": "crew-editing",
    "Sound": "crew-sound",
    "Art": "crew-art",
    "Costume & Make-Up": "crew-costume",
    "Visual Effects": "crew-effects",
    "Lighting": "crew-lighting",
    "Directing": "crew-directing",
    "Actors": "crew-actors",
    "Crew": "crew-crew",
}
_JOBS = {
    "Director": "job-director",
    "Co-Director": "job-co-director",
    "Screenplay": "job-screenplay",
    "Writer": "job-writer",
    "Story": "job-story",
    "Novel": "job-novel",
    "Book": "job-book",
    "Characters": "job-characters",
    "Producer": "job-producer",
    "Executive Producer": "job-executive-producer",
    "Co-Producer": "job-co-producer",
    "Associate Producer": "job-associate-producer",
    "Director of Photography": "job-photography",
    "Camera Operator": "job-camera-operator",
    "Editor": "job-editor",
    "Original Music Composer": "job-composer",
    "Music": "job-music",
    "Sound Designer": "job-sound-designer",
    "Production Design": "job-production-design",
    "Art Direction": "job-art-direction",
    "Set Decoration": "job-set-decoration",
    "Costume Design": "job-costume-design",
    "Makeup Artist": "job-makeup",
    "Visual Effects Supervisor": "job-effects-supervisor",
    "Stunt Coordinator": "job-stunts",
    "Stunts": "job-stunts",
    "Casting": "job-casting",
    "Assistant Director": "job-assistant-director",
    "First Assistant Director": "job-assistant-director",
    "Second Unit Director": "job-second-unit",
    "Script Supervisor": "job-script-supervisor",
    "Animation": "job-animation",
    "Thanks": "job-thanks",
}
_OFFERS = {
    "flatrate": "watch-flatrate",
    "free": "watch-free",
    "ads": "watch-ads",
    "rent": "watch-rent",
    "buy": "watch-buy",
}


def details(found: Details, page: int) -> Screen:
    """What the card had no room for; a long overview goes on on further pages, the facts stand at its end."""
    t = locale(found.film.reader.language)
    title, head = _head(found.film)
    tagline = cut_line(found.tagline or "", FACT_UNITS)
    room = CAPTION_UNITS - units(title) - units(tagline) - 3 * units(_GAP)
    parts = _pieces(found.overview or "", room)
    pages = [f"<blockquote expandable>{escape(part)}</blockquote>" for part in parts]
    facts = "\n".join(filter(None, _facts(t, found)))
    if facts and (not parts or units(parts[-1]) + units(facts) > room):
        pages.append(escape(facts))
    elif facts:
        pages[-1] += _GAP + escape(facts)
    page = min(page, max(len(pages), 1))
    flavour = f"<i>{escape(tagline)}</i>" if tagline and page == 1 else ""
    text = _blocks((head, flavour, pages[page - 1] if pages else ""))
    movie_id = found.film.movie_id
    going = []
    if found.homepage and len(found.homepage) <= 500 and _ADDRESS.fullmatch(found.homepage):
        going.append(InlineKeyboardButton(text=t("page-homepage"), url=found.homepage))
    if found.trailers > 1:
        going.append(button(t("page-videos"), OpenPage(kind="videos", movie_id=movie_id)))
    seeing = []
    if found.posters > 1:
        seeing.append(button(t("page-posters"), OpenPage(kind="posters", movie_id=movie_id)))
    if found.collection_films > 1:
        leaf = Leaf(source=f"c{found.collection_id}", at=1, movie_id=movie_id)
        seeing.append(button(t("page-collection"), leaf))
    turning = leafing(page, len(pages), lambda to: _page("more", movie_id, to))
    return Screen(text, rows(*filter(None, (turning, going, seeing, [_back(t, movie_id)]))))


def _facts(t: Locale, found: Details) -> Iterable[str]:
    if found.original_language:
        yield _fact(t, t("page-original-language"), _language(t, found.original_language))
    if found.release_date:
        yield _fact(t, t("page-release-date"), t.date(found.release_date))
    if found.status in _STATUSES:
        yield _fact(t, t("page-status"), t(_STATUSES[found.status]))
    if found.budget:
        yield _fact(t, t("page-budget"), _dollars(t, found.budget))
    if found.revenue:
        yield _fact(t, t("page-revenue"), _dollars(t, found.revenue))
    if found.companies:
        yield _fact(
            t, t("page-companies"), listed(t, (cut_line(name, NAME_UNITS) for name in found.companies))
        )
    if found.keywords:
        yield _fact(t, t("page-keywords"), listed(t, map(str, found.keywords)))


def _fact(t: Locale, name: str, value: str) -> str:
    return t("page-fact", name=name, value=cut_line(value, FACT_UNITS)) if value else ""


def _dollars(t: Locale, amount: int) -> str:
    text: str = format_compact_currency(amount, "USD", locale=t.cldr, fraction_digits=1)
    return text


def _language(t: Locale, code: str) -> str:
    """A language's name; TMDB's cn is Cantonese, xx none."""
    if code == "xx":
        return t("page-no-language")
    name: str = t.cldr.languages.get({"cn": "yue"}.get(code, code), "")
    return name


def _pieces(overview: str, room: int) -> list[str]:
    """The overview in pieces of so many UTF-16 units, cut at words."""
    rest = "\n".join(filter(None, map(str.strip, overview.splitlines())))
    pieces = []
    while rest:
        piece = cut(rest, room)
        pieces.append(piece)
        rest = "" if piece == rest else rest[len(piece) - len(ELLIPSIS) :].lstrip(" \n,.;:–—-")
    return pieces


def cast(found: Credits) -> Screen:
    """A page of those who play, a number for each that leads to them."""
    return _credits(found, "cast", lambda t, credit: " / ".join(credit.roles))


def crew(found: Credits) -> Screen:
    """A page of those who made it, under the headings of their sections."""
    return _credits(found, "crew", lambda t, credit: listed(t, (job(t, role) for role in credit.roles)))


def job(t: Locale, name: str) -> str:
    """A job of TMDB's, which knows more than a thousand: the rare ones stay as they are."""
    return t(_JOBS[name]) if name in _JOBS else name


def _credits(found: Credits, kind: str, roles: Callable[[Locale, Credit], str]) -> Screen:
    t = locale(found.film.reader.language)
    movie_id = found.film.movie_id
    _, head = _head(found.film)
    first = (found.page - 1) * max(len(found.credits), 1) + 1
    if found.page == found.pages > 1:
        first = found.total - len(found.credits) + 1
    lines: list[str] = []
    section = None
    for number, credit in enumerate(found.credits, first):
        if credit.department != section and credit.department is not None:
            section = credit.department
            heading = t(_SECTIONS[section]) if section in _SECTIONS else cut_line(section, TERM_UNITS)
            lines.append(f"<b>{escape(heading)}</b>")
        name = escape(cut_line(credit.name or f"#{credit.person_id}", PERSON_UNITS))
        role = escape(cut_line(roles(t, credit), ROLES_UNITS))
        lines.append(f"{number}. {name} — {role}" if role else f"{number}. {name}")
    other = "crew" if kind == "cast" else "cast"
    numbers = [
        button(str(number), OpenPerson(person_id=credit.person_id, movie_id=movie_id))
        for number, credit in enumerate(found.credits, first)
    ]
    middle = len(numbers) if len(numbers) <= 5 else -(-len(numbers) // 2)
    way = [button(t(f"card-{other}"), _page(other, movie_id, 1))] if found.has_other else []
    place = f" · {_place(t, found.page, found.pages)}" if found.pages > 1 else ""
    return Screen(
        _blocks((f"{head}\n{t(f'page-{kind}', count=found.total)}{place}", "\n".join(lines))),
        rows(
            *filter(
                None,
                (
                    numbers[:middle],
                    numbers[middle:],
                    leafing(found.page, found.pages, lambda to: _page(kind, movie_id, to)),
                    [*way, _back(t, movie_id)],
                ),
            )
        ),
    )


def offers(found: Offers) -> Screen:
    """Where to watch in the reader's region, as JustWatch knows, and how old that is."""
    t = locale(found.film.reader.language)
    _, head = _head(found.film)
    region = found.film.reader.region
    head += "\n" + escape(t("watch-region", region=country(t.language, region) or region))
    buttons = [_back(t, found.film.movie_id)]
    if found.watching is None:
        return Screen(_blocks((head, t("watch-nowhere"))), rows(buttons))
    lines = [
        escape(_fact(t, t(_OFFERS[kind]), listed(t, dict.fromkeys(names))))
        for kind, names in found.watching.providers.items()
    ]
    source = t("watch-source")
    if found.watching.is_old:
        source = t("watch-source-old", date=t.date(found.told_on), ago=days_ago(t, found.watching.days_old))
    link = found.watching.link
    if link and _ADDRESS.fullmatch(link):
        buttons.insert(0, InlineKeyboardButton(text=t("watch-link"), url=link))
    return Screen(_blocks((head, "\n".join(lines), f"<i>{escape(source)}</i>")), rows(buttons))


def videos(found: Videos) -> Screen:
    """The trailers, each a link, the reader's language first."""
    t = locale(found.film.reader.language)
    _, head = _head(found.film)
    links = []
    for video in found.videos:
        name = cut_line(video.name, VIDEO_UNITS) if video.name else t("page-video")
        said = dotted((f"▶ {name}", _language(t, video.language or "")))
        links.append([InlineKeyboardButton(text=said, url=video_url(video.key))])
    return Screen(f"{head}\n{t('page-videos-title')}", rows(*links, [_back(t, found.film.movie_id)]))


def poster(found: Posters, at: int) -> Screen:
    """One of the film's posters, what language it is in, and the way to the others."""
    t = locale(found.film.reader.language)
    language, _ = found.posters[at - 1]
    _, head = _head(found.film)
    named = _language(t, language) or language if language else t("page-no-text")
    movie_id = found.film.movie_id
    leaf = leafing(at, len(found.posters), lambda to: _page("posters", movie_id, to))
    back = button(t("page-back"), ShowCard(movie_id=movie_id, poster=True))
    place = _place(t, at, len(found.posters))
    text = f"{head}\n{escape(t('page-poster', language=named, place=place))}"
    return Screen(text, rows(*filter(None, (leaf, [back]))))


def not_yet(t: Locale) -> str:
    """For an inline message with a picture, where no film of the list has one to put in its place."""
    return t("page-not-yet")


def no_such_list(t: Locale) -> str:
    """For a list that has nothing to show any more."""
    return t("page-list-gone")


def leafed(
    card: Card, found: Neighbours, source: str, at: int, total: int, movie_id: int
) -> InlineKeyboardMarkup:
    """The buttons under one film of a list: its neighbours, its own card, the other lists, the way back."""
    t = locale(card.reader.language)
    opened = OpenCard(movie_id=card.movie_id)
    # The ends lead to each other, so that the buttons stay where the thumb is.
    leaf = [
        button("‹", Leaf(source=source, at=at - 1 or total, movie_id=movie_id)),
        button(_place(t, at, total), opened),
        button("›", Leaf(source=source, at=at % total + 1, movie_id=movie_id)),
    ]
    lists: Sequence[tuple[str, str, Sequence[int]]] = (
        ("card-similar", f"s{movie_id}", found.similar),
        ("page-recommended", f"r{movie_id}", found.recommended),
        ("page-collection", f"c{found.collection_id}", found.collection),
    )
    others = [
        button(t(key), Leaf(source=other, at=1, movie_id=movie_id))
        for key, other, ids in lists
        if movie_id and other != source and len(ids) > (other[0] == "c")
    ]
    back = [button(t("page-back"), ShowCard(movie_id=movie_id, poster=True))] if movie_id else []
    return rows(*filter(None, (leaf if total > 1 else [], others, [button(t("card-open"), opened), *back])))


def _head(film: Film) -> tuple[str, str]:
    """The film's title, plain for counting and as HTML."""
    t = locale(film.reader.language)
    title, of = cut_line(film.title, TITLE_UNITS), year(t, film.year)
    return title + of, f"<b>{escape(title)}</b>{escape(of)}"


def _place(t: Locale, at: int, total: int) -> str:
    return f"{t.number(at)} / {t.number(total)}"


def _page(kind: str, movie_id: int, page: int) -> OpenPage:
    return OpenPage.model_validate({"kind": kind, "movie_id": movie_id, "page": page})


def _back(t: Locale, movie_id: int) -> InlineKeyboardButton:
    return button(t("page-back"), ShowCard(movie_id=movie_id))


def _blocks(blocks: Iterable[str]) -> str:
    return _GAP.join(filter(None, blocks))
