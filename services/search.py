"""Finding films: by link, title or filters in plain words; here first, at TMDB where that is not enough."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.film_list import PAGE_FILMS, BrowsePage
from core.filters import MAX_PEOPLE, Filters, Understanding
from core.people import PersonHit
from core.reader import Reader
from core.results import Films, Opens, Result, Titles
from core.search import ImdbLink, Link, SearchPage, SearchQuery, TmdbLink, linked, title_key
from core.understanding import subject, understand
from db.browse import Browse
from db.people_search import PersonSearch
from db.pool import Executor
from db.search import MovieSearch
from db.sync_state import SyncState
from db.users import Users
from services.enrichment import Enriched, Enrichment

MAX_PAGE = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Whom a screen is made for, and where; `is_shared` as tmdb.reader has it.

    `asked_by` is who waits for it where the screen is nobody's own, `hides_rated` as Browse.page has it.
    """

    user_id: int
    language: str
    chat_id: int
    request_id: str
    asked_by: int | None = None
    is_shared: bool = False
    hides_rated: bool = True

    def asking(self, reader: Reader) -> Reader:
        """The screen's reader as the one whose request is logged."""
        return replace(reader, telegram_user_id=self.asked_by or self.user_id)


class Search:
    """Answers to what people type.

    Which of its meanings a text has:

    1. A pasted link or an IMDb id opens what it names.
    2. A title wins: a film that is called exactly that ("Comedy", "2012", "Новый год") stands first, and
       so does one whose title holds all the words where the filters leave some ("English Patient");
       what else the words may mean is offered below as buttons.
    3. Filters, if they, people's names and one subject explain every word ("комедии 80-х", "nolan 2010s",
       "zombie movies").
    4. Titles that hold all the words, the persons of that name offered below.
    5. People, where their names are all that was typed ("de niro pacino").
    6. A whole title but for a letter, once an export has brought all titles here.
    7. TMDB, and what it knows beyond doubt is opened; behind all that, the titles that resemble the words.
       Series are not in the catalogue: where that word stands, TMDB is asked for them.

    A sole film that holds the words is opened at once. Where the best title is a stub's, of which nothing
    but its name is known, TMDB is asked which of its namesakes was meant.
    """

    def __init__(self, db: Executor, enrichment: Enrichment, *, catalogue_language: str) -> None:
        self._titles = MovieSearch(db, catalogue_language=catalogue_language)
        self._browse = Browse(db, catalogue_language=catalogue_language)
        self._people = PersonSearch(db)
        self._states = SyncState(db)
        self._users = Users(db)
        self._enrichment = enrichment

    async def find(self, text: str, asker: Asker) -> Result:
        """The answer to a text.

        One statement for a title, and one more where the people of that name are looked up. Two for
        filters, one more each for names, for a keyword, and where less than a page of films passes. More
        only where nothing is called like that.
        """
        if link := linked(text):
            return await self._linked(link, text, asker)
        query = SearchQuery.parse(text)
        meaning = understand(query.text)
        if meaning.is_filtered and not await self._titles.is_title(query, whole=not meaning.names):
            films = await self._films(query, meaning, asker)
            if films:
                return films
        here = await self._page(query, asker)
        if here.total and not here.is_nearest:
            return await self._held(here, meaning, asker)
        if not meaning.is_filtered and (films := await self._films(query, meaning, asker)):
            return films
        if here.is_slip and not meaning.is_series and await self._states.get("export:movie"):
            return Titles(page=here)
        return await self._at_tmdb(here, meaning, asker, may_open=True)

    async def titles(self, text: str, asker: Asker, *, page: int, wider: bool) -> Titles:
        """A page of titles for a text that was typed before; `wider`: TMDB's, though something is here."""
        query = SearchQuery.parse(text)
        here = await self._page(query, asker, min(max(page, 1), MAX_PAGE))
        if not wider:
            return Titles(page=here)
        found = await self._at_tmdb(here, understand(query.text), asker, may_open=False)
        assert isinstance(found, Titles)
        return found

    async def _page(self, query: SearchQuery, asker: Asker, page: int = 1) -> SearchPage:
        """A page past the end is the last one: lists grow shorter while somebody leafs."""

        async def ask(page: int) -> SearchPage:
            return await self._titles.page(
                query, asker.user_id, asker.language, page=page, is_shared=asker.is_shared
            )

        found = await ask(page)
        return await ask(found.pages) if found.total and not found.movies else found

    async def _linked(self, link: Link, text: str, asker: Asker) -> Result:
        if isinstance(link, TmdbLink):
            return Opens(link.kind, link.tmdb_id)
        if movie_id := await self._titles.by_imdb_id(link.imdb_id):
            return Opens("movie", movie_id)
        if person_id := await self._people.by_imdb_id(link.imdb_id):
            return Opens("person", person_id)
        return await self._imdb(link, text, asker)

    async def _imdb(self, link: ImdbLink, text: str, asker: Asker) -> Result:
        reader = await self._users.reader(asker.user_id, asker.language)
        found = await self._enrichment.find(link.imdb_id, reader, asker.chat_id, asker.request_id)
        if found.chosen:
            return Opens(found.chosen.media_type, found.chosen.id)
        query = SearchQuery.parse(text)
        return Titles(
            page=SearchPage(
                reader=reader,
                query=query,
                movies=(),
                page=1,
                pages=0,
                total=0,
                is_incomplete=found.is_away,
            )
        )

    async def _held(self, here: SearchPage, meaning: Understanding, asker: Asker) -> Result:
        """Titles hold all the words: the only one, or a list, with what else the words may mean."""
        best = here.movies[0]
        if best.year is None and best.vote_count is None:
            return await self._at_tmdb(here, meaning, asker, may_open=True)
        if here.total == 1:
            return Opens("movie", best.movie_id)
        is_whole = title_key(here.query.text) in (
            title_key(best.title or ""),
            title_key(best.original_title or ""),
        )
        if is_whole and meaning.filters.is_empty:
            return Titles(page=here)
        filters, people = await self._resolved(meaning)
        return Titles(page=here, filters=filters, people=people)

    async def _films(self, query: SearchQuery, meaning: Understanding, asker: Asker) -> Films | Titles | None:
        """The films that pass; None where words are left unexplained, or the people made no such film."""
        if meaning.is_series:  # none are kept here
            return None
        filters, _ = await self._resolved(meaning)
        if filters is None:
            return None
        page = await self._browsed(filters, asker)
        if not page.total and filters.role:  # "films with Nolan", who does not act
            filters = replace(filters, role=None)
            page = await self._browsed(filters, asker)
        if page.total < PAGE_FILMS and meaning.is_filtered and not await self._is_full():
            reader = page.reader
            found = await self._enrichment.discover(
                filters, meaning, reader, asker.chat_id, asker.request_id, text=query.text
            )
            if len(found.movie_ids) > page.total:
                return replace(await self._listed(query, found, asker), filters=filters)
            page = replace(page, is_incomplete=found.is_away)
        if not page.total and meaning.names:
            return None
        return Films(page=page, text=query.text)

    async def _browsed(self, filters: Filters, asker: Asker) -> BrowsePage:
        return await self._browse.page(
            filters,
            *(asker.user_id, asker.language),
            is_shared=asker.is_shared,
            hides_rated=asker.hides_rated,
        )

    async def _resolved(self, meaning: Understanding) -> tuple[Filters | None, Sequence[PersonHit]]:
        """The filters with ids for names and keyword, None where one of them is nobody's or nothing's."""
        people: list[PersonHit] = []
        keyword = meaning.keyword
        if meaning.names:
            named = await self._people.best(meaning.names)
            people = list({hit.person_id: hit for hits in named for hit in hits}.values())
            unknown = [name for name, hits in zip(meaning.names, named, strict=True) if not hits]
            # "Vampire comedies": what is nobody's name may be what the films are about.
            if len(unknown) == 1 and keyword is None and meaning.is_filtered:
                keyword = unknown.pop()
            if unknown or len(people) > MAX_PEOPLE:
                return None, ()
        keyword_id = await self._browse.keyword(subject(keyword)) if keyword else None
        if keyword and keyword_id is None:
            return None, people
        filters = replace(
            meaning.filters,
            people=tuple(hit.person_id for hit in people),
            role=meaning.role_hint if people else None,
            keyword_id=keyword_id,
        )
        return (filters if meaning.is_filtered or not filters.is_empty else None), people

    async def _at_tmdb(
        self, here: SearchPage, meaning: Understanding, asker: Asker, *, may_open: bool
    ) -> Opens | Titles:
        """What TMDB finds, else what is here."""
        query, reader = here.query, asker.asking(here.reader)
        filters = (await self._resolved(meaning))[0] if meaning.is_filtered else None
        if filters:
            found = await self._enrichment.discover(
                *(filters, meaning, reader, asker.chat_id, asker.request_id),
                text=query.text,
                media_type="tv" if meaning.is_series else "movie",
            )
        else:
            found = await self._enrichment.multi(query, meaning, reader, asker.chat_id, asker.request_id)
        if found.is_away:
            return Titles(page=replace(here, is_incomplete=True))
        if may_open and found.chosen:
            return Opens(found.chosen.media_type, found.chosen.id)
        return await self._listed(query, found, asker, here) if found.candidates else Titles(page=here)

    async def _listed(
        self, query: SearchQuery, found: Enriched, asker: Asker, here: SearchPage | None = None
    ) -> Titles:
        """TMDB's films in its order; where it has series and people only, what is here stays above them."""
        others = [candidate for candidate in found.candidates if candidate.media_type != "movie"]
        page = here
        if found.movie_ids or here is None:
            page = await self._titles.page(
                query,
                asker.user_id,
                asker.language,
                page=here.page if here else 1,
                is_shared=asker.is_shared,
                movie_ids=found.movie_ids,
            )
        assert page is not None
        return Titles(page=page, others=others)

    async def _is_full(self) -> bool:
        """Whether the first fill has ended: before, most of what filters ask for is not here."""
        state = await self._states.get("fill")
        return state is not None and "completed_at" in state.value
