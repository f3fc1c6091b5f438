"""People and series stored in full, asked of TMDB anew."""

import asyncio
from datetime import timedelta
from typing import Literal

from clients.tmdb.client import PersonAnswer, SeriesAnswer, TmdbClient
from core.errors import FilmotekaError
from core.movies import content_hash
from core.payloads import canonical_json, payload_hash
from core.tasks import Tasks
from db.movies import Movies
from db.outbox import Outbox
from db.people import People
from db.pool import Database
from db.raw_payloads import RawPayload, RawPayloads
from db.series import Series


class Entities:
    """What TMDB has beside films, fetched and stored; `language` is CATALOGUE_LANGUAGE."""

    def __init__(self, db: Database, tmdb: TmdbClient, *, language: str, raw_payload_history: int) -> None:
        self._db = db
        self._tmdb = tmdb
        self._language = language
        self._raw_payload_history = raw_payload_history
        self._tasks = Tasks()
        self._fetching: dict[tuple[str, int], asyncio.Task[FilmotekaError | None]] = {}

    async def close(self, timeout: float = 5.0) -> None:
        """Waits for what is being fetched for somebody, then gives it up."""
        await self._tasks.close(timeout)

    async def get(self, entity_type: Literal["person", "tv"], tmdb_id: int) -> None:
        """As `refresh`, for people who wait: once however many do, and to the end if they all give up."""
        key = (entity_type, tmdb_id)
        task = self._fetching.get(key)
        if task is None:
            task = self._tasks.start(self._settled(entity_type, tmdb_id), f"{entity_type} {tmdb_id}")
            self._fetching[key] = task
            task.add_done_callback(lambda _: self._fetching.pop(key))
        if error := await asyncio.shield(task):
            raise error

    async def _settled(self, entity_type: Literal["person", "tv"], tmdb_id: int) -> FilmotekaError | None:
        try:
            await self.refresh(entity_type, tmdb_id)
        except FilmotekaError as error:
            return error
        return None

    async def refresh(self, entity_type: Literal["person", "tv"], tmdb_id: int) -> None:
        """Fetches and stores one; Gone, or another TmdbError where TMDB could not tell."""
        asked_at = asyncio.get_running_loop().time()
        answer: PersonAnswer | SeriesAnswer
        if entity_type == "person":
            answer = await self._tmdb.person(tmdb_id)
        else:
            answer = await self._tmdb.series(tmdb_id)
        await self._store(answer, asked_at)

    async def gone(self, entity_type: Literal["person", "tv"], tmdb_id: int) -> None:
        """TMDB has deleted it beyond doubt: it is shown no more, and asked for until retention was there."""
        if entity_type == "person":
            await People(self._db).gone(tmdb_id)
        else:
            await Series(self._db).gone(tmdb_id)

    async def _store(self, answer: PersonAnswer | SeriesAnswer, asked_at: float) -> None:
        """In one transaction, the tables in the order all writers take them."""
        payload = canonical_json(answer.raw)
        whole = payload_hash(payload)
        async with self._db.transaction() as connection:
            age = timedelta(seconds=asyncio.get_running_loop().time() - asked_at)
            entity_type: Literal["person", "tv"]
            if isinstance(answer, PersonAnswer):
                entity_type, found, facts = "person", answer.person.id, content_hash(answer.person)
                await Movies(connection).stubs(answer.person.films)
                stored = await People(connection).store(answer.person, facts, age)
            else:
                entity_type, found, facts = "tv", answer.series.id, content_hash(answer.series)
                stored = await Series(connection).store(answer.series, facts, whole, age)
            if stored == "outdated":
                return
            payloads = RawPayloads(connection)
            await payloads.store(entity_type, self._language, [RawPayload(found, payload, whole, facts, age)])
            await payloads.trim(entity_type, [found], self._raw_payload_history)
            if stored == "changed":
                await Outbox(connection).enqueue(entity_type, {found: facts})
