"""Inline mode: films for whatever stands behind @bot, from what is stored and nothing else."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple, Protocol

import structlog

import db.cards
from core.cards import Card
from core.errors import BadFileId, DatabaseUnavailable, TelegramError
from core.filters import Filters
from core.inline import PAGE_FILMS, Chosen, next_offset, queried_film, read_offset
from core.search import ImdbLink, SearchQuery, TmdbLink, linked
from core.settings import Settings
from core.tasks import together
from core.understanding import understand
from db.browse import Browse
from db.inline import InlineMessages, OfferedFilms
from db.pool import Executor
from db.posters import Posters, Priority, Wanted
from db.refresh_queue import Asked, RefreshPriority, RefreshQueue
from db.search import MovieSearch

log = structlog.get_logger(__name__)

# Who has tapped nothing for so long has read what they wanted to.
READING = timedelta(minutes=1)


class Files(Protocol):
    """Where a file_id is looked up (aiogram's Bot)."""

    async def get_file(self, file_id: str) -> object: ...


class Offer(NamedTuple):
    """A film to choose; `file_id` is its poster's, where one is known and not in doubt."""

    card: Card
    file_id: str | None


@dataclass(frozen=True, slots=True)
class Offers:
    """A page of films; `next_offset` is empty where it is the last."""

    films: Sequence[Offer] = ()
    next_offset: str = ""

    @property
    def file_ids(self) -> list[str]:
        """Of the posters an answer would send."""
        return [offer.file_id for offer in self.films if offer.file_id]


class Inline:
    """Answers to inline queries of one bot, and what becomes of the results that are chosen."""

    def __init__(self, db: Executor, cards: db.cards.Cards, settings: Settings) -> None:
        self._db = db
        self._cards = cards
        self._posters = Posters(db)
        self._bot_id = settings.bot_id
        self._poster_size = settings.poster_size
        self._catalogue_language = settings.catalogue_language
        self._is_shared = not settings.adult_in_groups
        self._messages = InlineMessages(
            db, bot_id=settings.bot_id, catalogue_language=settings.catalogue_language
        )
        self._in_doubt: set[str] = set()

    async def offers(self, text: str, offset: str, user_id: int, language: str) -> Offers:
        """The page of films that begins at an offset, as cards others may see.

        Two statements; three where filters in plain words might be a title, more where no title holds the
        words (MovieSearch.ids).
        """
        start = read_offset(offset)
        if start is None:
            return Offers()
        ids, total = await self._ids(text, start, user_id, language)
        if not ids:
            return Offers()
        cards = await self._cards.cards(ids, user_id, language, is_shared=self._is_shared, hides_rated=False)
        return Offers([Offer(card, self._file_id(card)) for card in cards], next_offset(start, total))

    async def _ids(self, text: str, start: int, user_id: int, language: str) -> tuple[Sequence[int], int]:
        search = MovieSearch(self._db, catalogue_language=self._catalogue_language)
        link = linked(text)
        if film := queried_film(text):
            return [film], 1
        if isinstance(link, TmdbLink):
            return ([link.tmdb_id], 1) if link.kind == "movie" else ([], 0)
        if isinstance(link, ImdbLink):
            film = await search.by_imdb_id(link.imdb_id)
            return ([film], 1) if film else ([], 0)
        query = SearchQuery.parse(text)
        if not query.text:
            return await OfferedFilms(self._db).ids(
                user_id, language, is_shared=self._is_shared, offset=start, limit=PAGE_FILMS
            )
        filters = _plain_filters(text)
        if filters and not await search.is_title(query, whole=True):
            browse = Browse(self._db, catalogue_language=self._catalogue_language)
            return await browse.ids(
                filters, user_id, language, is_shared=self._is_shared, offset=start, limit=PAGE_FILMS
            )
        found = await search.ids(
            query, user_id, language, is_shared=self._is_shared, offset=start, limit=PAGE_FILMS
        )
        return found.ids, found.total

    def _file_id(self, card: Card) -> str | None:
        file_id = card.poster.file_id if card.poster else None
        return None if file_id in self._in_doubt else file_id

    async def want(self, offers: Offers) -> None:
        """Leaves the posters an answer had to go without to the workers, ahead of all others."""
        posters = [
            Wanted(card.poster.path, card.movie_id, card.popularity)
            for card, _ in offers.films
            if card.poster and card.poster.file_id is None and not card.poster.is_missing
        ]
        try:
            await self._posters.want(self._bot_id, self._poster_size, posters, Priority.PERSON)
        except DatabaseUnavailable as error:
            log.warning("posters of an inline answer are not wanted yet", reason=str(error))

    async def check(self, file_ids: Collection[str], telegram: Files) -> None:
        """Telegram refused an answer for one of these and did not say which: the dead are forgotten.

        Their posters are fetched and posted anew. Until that is known, no answer uses any of them.
        """
        asked = sorted(set(file_ids) - self._in_doubt)
        self._in_doubt.update(asked)
        try:
            alive = await together(_is_alive(telegram, file_id) for file_id in asked)
            dead = [file_id for file_id, lives in zip(asked, alive, strict=True) if not lives]
            log.warning("an inline answer was refused for its file_ids", asked=len(asked), dead=len(dead))
            await self._posters.forget_file_ids(self._bot_id, dead)
        except DatabaseUnavailable as error:
            log.warning("dead file_ids stay for the next answer", reason=str(error))
        finally:
            self._in_doubt.difference_update(asked)

    async def sent(self, inline_message_id: str, film: Chosen, user_id: int, language: str) -> None:
        """A card was sent without its poster: it gains it, and a stub's card the rest, when they are here."""
        lacking = await self._messages.wait(inline_message_id, film.movie_id, user_id, language)
        if lacking is None:
            return
        if lacking.poster_path is None:
            asked = Asked(film.movie_id, lacking.popularity)
            await RefreshQueue(self._db).ask("movie", [asked], RefreshPriority.PERSON, "person")
        else:
            wanted = Wanted(lacking.poster_path, film.movie_id, lacking.popularity)
            await self._posters.want(self._bot_id, self._poster_size, [wanted], Priority.PERSON)

    async def tapped(self, inline_message_id: str, *, is_leafed: bool) -> None:
        """People read another page of a sent card, which its poster would turn back; or another film's."""
        try:
            if is_leafed:
                await self._messages.done(inline_message_id)
            else:
                await self._messages.put_off(inline_message_id, READING)
        except DatabaseUnavailable as error:
            log.warning("a sent card's poster may come while it is read", reason=str(error))


def _plain_filters(text: str) -> Filters | None:
    """What "комедии 80-х" asks for; None where names or a keyword would have to be looked up first."""
    meaning = understand(text)
    needs_more = meaning.names or meaning.keyword or meaning.is_series or not meaning.is_filtered
    return None if needs_more else meaning.filters


async def _is_alive(telegram: Files, file_id: str) -> bool:
    try:
        await telegram.get_file(file_id)
    except BadFileId:
        return False
    except TelegramError as error:
        log.info("whether a file_id lives is not known", reason=str(error))
    return True
