"""What is shown in place of a film's card: its pages, and other films' cards to leaf through."""

from collections.abc import Sequence

from aiogram.types import CallbackQuery

import db.card_pages
from bot.cards import CardMessages
from bot.places import Inline, place_of
from bot.posters import PosterMessages
from bot.readers import Readers, as_sent, is_private, is_shared, shown_to
from core.card_pages import Neighbours
from core.cards import Card, CardPoster, Freshness
from core.errors import NothingToEdit
from core.filters import Filters
from core.reader import Reader
from core.settings import Settings
from db.browse import Browse
from services.activity import Activity
from services.cards import Cards
from views import card as card_views
from views import card_pages as views
from views.card import Leaf, OpenPage
from views.locale import locale
from views.screen import Screen

# An inline message takes a picture by file_id only, so the next film that has one is looked for so far on.
LOOK_AHEAD = 10


class CardPages:
    """Pages and lists, each in the place of the card whose button was tapped."""

    def __init__(
        self,
        pages: db.card_pages.CardPages,
        browse: Browse,
        cards: Cards,
        card_messages: CardMessages,
        posters: PosterMessages,
        readers: Readers,
        activity: Activity,
        settings: Settings,
    ) -> None:
        self._pages = pages
        self._browse = browse
        self._cards = cards
        self._card_messages = card_messages
        self._posters = posters
        self._readers = readers
        self._activity = activity
        self._settings = settings

    async def show(self, query: CallbackQuery, asked: OpenPage) -> None:
        """The page in one statement; the card, which says why, where the film may not be shown any more."""
        if asked.kind == "posters":
            await self._show_posters(query, asked)
            return
        found = await self._screen(query, asked)
        if found is None:
            await self._card_messages.redraw(query, asked.movie_id)
            return
        if asked.kind == "watch":
            # Offers get old unseen: this is what has them asked for anew.
            self._activity.film(asked.movie_id)
        await self._card_messages.turn(query, asked.movie_id, as_sent(*found, place_of(query).chat))

    async def _screen(self, query: CallbackQuery, asked: OpenPage) -> tuple[Screen, Reader] | None:
        who = (asked.movie_id, *shown_to(query))
        shared = is_shared(place_of(query).chat, self._settings)
        match asked.kind:
            case "more":
                details = await self._pages.details(*who, is_shared=shared)
                return (views.details(details, asked.page), details.film.reader) if details else None
            case "cast":
                cast = await self._pages.cast(*who, asked.page, is_shared=shared)
                return (views.cast(cast), cast.film.reader) if cast else None
            case "crew":
                crew = await self._pages.crew(*who, asked.page, is_shared=shared)
                return (views.crew(crew), crew.film.reader) if crew else None
            case "watch":
                offers = await self._pages.offers(*who, is_shared=shared)
                return (views.offers(offers), offers.film.reader) if offers else None
            case _:
                videos = await self._pages.videos(*who, is_shared=shared)
                return (views.videos(videos), videos.film.reader) if videos else None

    async def _show_posters(self, query: CallbackQuery, asked: OpenPage) -> None:
        place = place_of(query)
        found = await self._pages.posters(
            asked.movie_id, *shown_to(query), is_shared=is_shared(place.chat, self._settings)
        )
        if found and isinstance(place, Inline):
            found = found.in_telegram
        if not found or not found.posters:
            await self._card_messages.redraw(query, asked.movie_id)
            return
        at = min(asked.page, len(found.posters))
        _, poster = found.posters[at - 1]
        screen = as_sent(views.poster(found, at), found.film.reader, place.chat)
        try:
            await self._posters.show(place, screen, poster, asked.movie_id, found.popularity)
        except NothingToEdit:
            await query.answer(views.not_yet(locale(self._readers.language(query.from_user))))

    async def leaf(self, query: CallbackQuery, asked: Leaf) -> None:
        """One film of a list as a card, in two statements; what left the list since is passed over."""
        place, reader = place_of(query), shown_to(query)
        shared = is_shared(place.chat, self._settings)
        found, ids = await self._list(asked, *reader, is_shared=shared)
        if not ids and asked.source.startswith("s"):  # the card's button stands for both lists
            asked, ids = asked.model_copy(update={"source": f"r{asked.source[1:]}"}), found.recommended
        at = min(asked.at, len(ids))
        ahead = LOOK_AHEAD if isinstance(place, Inline) else 1
        cards = await self._cards.read_many(
            ids[at - 1 : at - 1 + ahead] if ids else [], *reader, is_shared=shared
        )
        if not cards:
            if asked.movie_id:
                await self._card_messages.show(query, asked.movie_id)
            else:
                await query.answer(views.no_such_list(locale(self._readers.language(query.from_user))))
            return
        card = next((card for card in cards if card.poster and card.poster.file_id), cards[0])
        self._readers.remember(card.reader)
        self._activity.film(card.movie_id)  # a stub is asked for, so that it is whole the next time
        caption = card_views.caption(card, private=is_private(place.chat))
        buttons = views.leafed(
            card, found, asked.source, ids.index(card.movie_id) + 1, len(ids), asked.movie_id
        )
        screen = as_sent(Screen(caption, buttons), card.reader, place.chat)
        try:
            await self._posters.show(place, screen, _poster(card), card.movie_id, card.popularity)
        except NothingToEdit:
            await query.answer(views.not_yet(locale(self._readers.language(query.from_user))))

    async def _list(
        self, asked: Leaf, user_id: int, language: str, *, is_shared: bool
    ) -> tuple[Neighbours, Sequence[int]]:
        kind, name = asked.source[0], asked.source[1:]
        if kind == "f":
            try:
                filters = Filters.unpack(name)
            except ValueError:  # of an older version of the bot
                return Neighbours(), ()
            ids, _ = await self._browse.ids(filters, user_id, language, is_shared=is_shared)
            return Neighbours(), ids
        collection_id = int(name) if kind == "c" else None
        found = await self._pages.neighbours(
            asked.movie_id if kind == "c" else int(name),
            user_id,
            language,
            collection_id=collection_id,
            is_shared=is_shared,
        )
        lists = {"s": found.similar, "r": found.recommended, "c": found.collection}
        return found, lists[kind]


def _poster(card: Card) -> CardPoster | None:
    return card.poster if card.freshness is Freshness.FRESH else None
