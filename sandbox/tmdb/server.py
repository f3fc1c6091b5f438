"""The TMDB stand-in: four hosts on loopback that behave like TMDB's, and a fifth to steer them."""

from __future__ import annotations

import asyncio
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from sandbox.tmdb.accounts import Account, Accounts, is_rating
from sandbox.tmdb.answers import Answers, read_answers
from sandbox.tmdb.api import Api
from sandbox.tmdb.catalogue import Catalogue, OtherKind
from sandbox.tmdb.clock import Clock
from sandbox.tmdb.control import Control
from sandbox.tmdb.exports import Announced, Damage, Exports
from sandbox.tmdb.facts import image_path
from sandbox.tmdb.faults import FaultKind, Faults, Requests
from sandbox.tmdb.films import load_films, load_series
from sandbox.tmdb.generator import FilmGenerator
from sandbox.tmdb.hosts import Host, RetryAfter
from sandbox.tmdb.images import Images
from sandbox.tmdb.web import RedirectJoin, Web

HostName = Literal["api", "image", "web", "export"]


class TmdbStandIn:
    """TMDB as far as a film bot sees it; `async with` starts and stops it.

    `generated` films are invented beside the well-known ones, and `adult` ones. The API and the image
    host each hold `burst` requests, refilled at `rate` a second (0: no limit), and `connections` open
    connections; beyond, they answer 429 with `retry_after`. `unapproved_code` (41 or 17) is what a session
    for a token that nobody approved is refused with, `redirect_join` how the approval page puts its answer
    behind a redirect, `page_error` how a bad page is refused, `changes_per_day` how many edits a day
    happen by themselves.
    """

    def __init__(
        self,
        *,
        access_token: str = "sandbox-access-token",  # noqa: S107  opens nothing but this stand-in
        api_key: str = "sandbox-api-key",
        generated: int = 0,
        adult: int = 0,
        seed: int = 1,
        answers: Path | None = None,
        rate: float = 40,
        burst: float = 10,
        connections: int | None = 20,
        retry_after: RetryAfter = None,
        unapproved_code: Literal[41, 17] = 41,
        redirect_join: RedirectJoin = "&",
        page_error: Literal["modern", "old"] = "modern",
        changes_per_day: int = 0,
        export_missing_status: Literal[403, 404] = 403,
        app_name: str = "Filmoteka",
    ) -> None:
        self.access_token = access_token
        self.api_key = api_key
        self.clock = Clock()
        self.faults = Faults()
        self.requests = Requests()
        self.catalogue = Catalogue(
            self.clock,
            load_films() if answers is None else (),
            FilmGenerator(generated, adult=adult, seed=seed),
            load_series() if answers is None else (),
        )
        self.accounts = Accounts(self.clock, unapproved_code)
        self.images = Images(self.catalogue)
        self._exports = Exports(self.catalogue, self.clock, missing_status=export_missing_status)
        self._web = Web(self.accounts, app_name=app_name, redirect_join=redirect_join)
        api = self._api = Api(
            self.catalogue,
            self.accounts,
            self.clock,
            access_token=access_token,
            api_key=api_key,
            image_url=lambda: self.image_url,
            page_error=page_error,
            changes_per_day=changes_per_day,
        )
        limits: dict[str, Any] = {
            "rate": rate, "burst": burst, "connections": connections, "retry_after": retry_after,
        }  # fmt: skip
        shared: dict[str, Any] = {"clock": self.clock, "faults": self.faults, "requests": self.requests}
        self.hosts: dict[HostName, Host] = {
            "api": Host("api", api.routes(), authorise=api.authorise, max_age=600, **limits, **shared),
            "image": Host("image", self.images.routes(), max_age=31_536_000, **limits, **shared),
            "web": Host("web", self._web.routes(), **shared),
            "export": Host("export", self._exports.routes(), **shared),
        }
        if answers is not None:
            self._serve_recorded(read_answers(answers), api)
        self._control = Control(self)
        self._return: asyncio.Task[None] | None = None

    def _serve_recorded(self, answers: Answers, api: Api) -> None:
        """Films as they were recorded; their rater is the recorded account, or one named "recorded"."""
        for film in answers.films.values():
            self.catalogue.add(film, announced=False)
        for film_id, adult in answers.changed.items():
            self.catalogue.announce(film_id, adult)
        api.genres.update(answers.genres)
        self._exports.recorded = answers.export
        account = answers.account or {}
        self.accounts.add(
            account.get("username") or "recorded",
            account.get("name") or "",
            {film_id: value for film_id, value in answers.rated.items() if is_rating(value)},
            account_id=account.get("id"),
        )

    # Life -------------------------------------------------------------------------------------------

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listens on free ports, or on `port` and the next four: API, images, web, exports, control."""
        everything: list[Host | Control] = [*self.hosts.values(), self._control]
        for place, served in enumerate(everything):
            await served.start(host, port + place if port else 0)

    async def stop(self) -> None:
        if self._return is not None:
            self._return.cancel()
        for host in self.hosts.values():
            await host.stop()
        await self._control.stop()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def api_url(self) -> str:
        """TMDB_API_BASE_URL."""
        return self.hosts["api"].url

    @property
    def web_url(self) -> str:
        """TMDB_WEB_BASE_URL."""
        return self.hosts["web"].url

    @property
    def image_url(self) -> str:
        """TMDB_IMAGE_BASE_URL."""
        return f"{self.hosts['image'].url}/t/p"

    @property
    def export_url(self) -> str:
        """TMDB_EXPORT_BASE_URL."""
        return f"{self.hosts['export'].url}/p/exports"

    @property
    def control_url(self) -> str:
        return f"{self._control.url}/_control"

    # Steering: everything below takes and gives what JSON can carry, for the control endpoint's sake -----

    def fault(self, kind: FaultKind, path: str = "*", **options: Any) -> int:
        """Breaks requests whose path, or path and query, matches the glob; options as in `Faults.add`."""
        return self.faults.add(kind, path, **options)

    def clear_faults(self, fault_id: int | None = None) -> None:
        self.faults.clear(fault_id)

    async def go_away(self, seconds: float | None = None, *, refuse: bool = True) -> None:
        """Every host is gone, for so many seconds or until `come_back`: refused, or accepted and reset."""
        for host in self.hosts.values():
            await host.leave(refuse=refuse)
        if self._return is not None:
            self._return.cancel()
            self._return = None
        if seconds is not None:
            self._return = asyncio.create_task(self._come_back_after(seconds))

    async def _come_back_after(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        for host in self.hosts.values():
            await host.come_back()

    async def come_back(self) -> None:
        if self._return is not None:
            self._return.cancel()
            self._return = None
        for host in self.hosts.values():
            await host.come_back()

    def set_limits(
        self,
        *,
        host: HostName = "api",
        rate: float = 40,
        burst: float = 10,
        connections: int | None = 20,
        retry_after: RetryAfter = None,
    ) -> None:
        served = self.hosts[host]
        served.bucket.configure(rate, burst)
        served.connections = connections
        served.retry_after = retry_after

    def configure(
        self,
        *,
        redirect_join: RedirectJoin | None = None,
        unapproved_code: Literal[41, 17] | None = None,
        link_base: str | None = None,
        latency: float | None = None,
        changes_at_once: bool | None = None,
    ) -> None:
        """Switches between the ways TMDB is said to behave.

        `link_base` stands for https://t.me, `latency` is the seconds every answer of the API takes,
        `changes_at_once` brings all of movie/changes on its first page.
        """
        if latency is not None:
            self.hosts["api"].latency = latency
        if changes_at_once is not None:
            self._api.changes_at_once = changes_at_once
        if link_base is not None:
            self._web.link_base = link_base
        if redirect_join is not None:
            self._web.redirect_join = redirect_join
        if unapproved_code is not None:
            self.accounts.unapproved_code = unapproved_code

    def add_account(
        self,
        username: str,
        name: str = "",
        ratings: Mapping[int, float] | None = None,
        *,
        language: str = "en",
        country: str = "US",
    ) -> Account:
        """A person at TMDB with ratings by film id, made in that order."""
        unknown = [film_id for film_id in map(int, ratings or {}) if film_id not in self.catalogue]
        if unknown:
            raise ValueError(f"rated films that are not in the catalogue: {unknown[:5]}")
        return self.accounts.add(username, name, ratings, language=language, country=country)

    def ratings(self, username: str) -> dict[int, float]:
        return dict(self.accounts.named(username).ratings)

    def watchlist(self, username: str) -> list[int]:
        """The films on a person's watchlist, the first added first."""
        return list(self.accounts.named(username).watchlist)

    def rate(self, username: str, film_id: int, value: float | None) -> None:
        """The person rates on TMDB's own site; None takes the rating away."""
        self.accounts.rate(username, film_id, value)

    def approve(self, request_token: str, username: str) -> None:
        """Approves a request token without the page."""
        self.accounts.approve(request_token, username)

    def deny(self, request_token: str) -> None:
        self.accounts.deny(request_token)

    def grant_session(self, username: str) -> str:
        """A session without any approval."""
        return self.accounts.grant(username)

    def revoke_sessions(self, username: str) -> int:
        """Ends the account's sessions, as its owner can at TMDB; tells how many there were."""
        return self.accounts.revoke(username)

    def open_sessions(self, username: str) -> int:
        return self.accounts.open_sessions(username)

    def add_film(self, payload: dict[str, Any]) -> None:
        """Adds (or replaces) a film by a whole payload of movie/{id}."""
        self.catalogue.add(payload)

    def change_film(self, film_id: int, fields: dict[str, Any], announced: bool | None = None) -> None:
        """Overlays fields of the film's payload; unless told, movie/changes names it as TMDB would."""
        self.catalogue.change(film_id, fields, announced=announced)

    def delete_film(self, film_id: int, code: Literal[34, 6, 37] = 34) -> None:
        self.catalogue.delete(film_id, code)

    def restore_film(self, film_id: int) -> None:
        self.catalogue.restore(film_id)

    def announce(self, film_id: int, adult: bool | Literal["own"] | None = "own") -> None:
        """An entry of movie/changes and nothing else; the id need not be a film's, `adult` not be told."""
        self.catalogue.announce(film_id, adult)

    def change_other(self, kind: OtherKind, tmdb_id: int, fields: dict[str, Any]) -> None:
        """Overlays fields of a person's or a series' payload."""
        self.catalogue.change_other(kind, tmdb_id, fields)

    def delete_other(self, kind: OtherKind, tmdb_id: int, code: Literal[34, 6, 37] = 34) -> None:
        """A person or series is gone."""
        self.catalogue.delete_other(kind, tmdb_id, code)

    def restore_other(self, kind: OtherKind, tmdb_id: int) -> None:
        self.catalogue.restore_other(kind, tmdb_id)

    def poster_path(self, film_id: int, variant: int) -> str:
        """A path the image host serves for the film, for giving it another poster with `change_film`."""
        return image_path("P", film_id, variant)

    async def draw_posters(self, size: str = "w500", limit: int = 100) -> int:
        """Draws the most popular films' posters ahead of time; tells how many are ready."""
        items = [self.catalogue.item(film_id, "en-US") for film_id in self.film_ids(limit)]
        paths = [item["poster_path"] for item in items if item and item["poster_path"]]
        for path in paths:
            await self.images.get(size, path)
        return len(paths)

    def film_ids(self, limit: int = 1000) -> list[int]:
        """The most popular films' ids."""
        return [film_id for film_id, _ in zip(self.catalogue.by_popularity(), range(limit), strict=False)]

    def films(self, after: int = 0, limit: int = 1000, appended: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Every film that is there as movie/{id} answers it in English, by id, so many beyond `after`."""
        found = islice((film_id for film_id in self.catalogue.ids() if film_id > after), limit)
        return [self.catalogue.details(film_id, "en-US", appended) for film_id in found]

    def all_films(self, appended: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
        """Every film that is there as movie/{id} answers it in English, by id."""
        return (self.catalogue.details(film_id, "en-US", appended) for film_id in self.catalogue.ids())

    def set_clock(self, moment: str) -> None:
        """Moves TMDB's clock to an ISO 8601 time with a zone."""
        self.clock.set(datetime.fromisoformat(moment))

    def advance_clock(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def set_exports(self, days: Iterable[str] | None, missing_status: Literal[403, 404] = 403) -> None:
        """Only these days (ISO dates) have export files; None: as TMDB's clock says."""
        self._exports.days = None if days is None else frozenset(map(date.fromisoformat, days))
        self._exports.missing_status = missing_status

    def damage_export(
        self,
        kind: str = "movie",
        day: str | None = None,
        *,
        body: bytes | str | None = None,
        without: Iterable[int] = (),
        keep: int | None = None,
        bad_lines: Iterable[str] = (),
        cut: int | None = None,
        cut_lines: int | None = None,
        announced: Announced = "sent",
        hold: int | None = None,
    ) -> None:
        """From now on the kind's export of this day (ISO date), or of any, is sent as `exports.Damage` says.

        `body` may be base64.
        """
        damage = Damage(
            body=b64decode(body) if isinstance(body, str) else body,
            without=frozenset(without),
            keep=keep,
            bad_lines=tuple(bad_lines),
            cut=cut,
            cut_lines=cut_lines,
            announced=announced,
            hold=hold,
        )
        self._exports.damage(kind, None if day is None else date.fromisoformat(day), damage)

    def mend_exports(self) -> None:
        """All exports are whole again, and those that were held go on."""
        self._exports.mend()

    def count(self, **wanted: Any) -> int:
        """Requests with all of host, method, template, status, cause."""
        return self.requests.count(**wanted)

    def refused(self) -> int:
        """429s for going past a limit."""
        return self.requests.refused()

    def clear_requests(self) -> None:
        self.requests.clear()
