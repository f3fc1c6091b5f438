"""`make demo`: the real bot and the real workers against stand-ins, and a journey of three people.

Everything lives in a throw-away directory and on loopback. On a terminal it stays, with the address of
the chat page, until Ctrl-C; elsewhere it ends, with 0, or with 1 and the failed step named.
"""

import asyncio
import contextlib
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import aiohttp

from app.parts import Parts
from db.embedded import EmbeddedPostgres
from db.pool import migrated
from sandbox.telegram.server import Call, TelegramStandIn
from sandbox.telegram.world import Message, Person
from sandbox.tmdb.server import TmdbStandIn

BOT_TOKEN = "7000000001:demo_" + secrets.token_urlsafe(24)
CHANNELS = (-1001000000001, -1001000000002, -1001000000003)
ANNA, SAM, ADMIN, MEI = 101, 102, 103, 104
GROUP = -1001000000009
ANNAS_RATINGS, SAMS_RATINGS = 320, 60

# The journey fails rather than hangs.
STEP_SECONDS = 40.0
START_SECONDS = 60.0
READING_SECONDS = 2.0
# No film in so long: the pause has come to be.
PAUSE_SECONDS = 1.0
POSTERS_SEEN = 4

BOLD, DIM, GREEN, RED, PLAIN = (
    ("\033[1m", "\033[2m", "\033[32m", "\033[31m", "\033[0m") if sys.stdout.isatty() else ("",) * 5
)


class StepFailed(Exception):  # noqa: N818 - named by what happened, like the product's errors
    """A step of the journey did not go as it should; its name is the first argument."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What one call of the bot carried."""

    method: str
    how: str
    bytes: int


def sent(call: Call) -> Sent:
    """How a card left: its poster as bytes or as a file_id, and the size of the request on the wire."""
    if call.method != "sendPhoto":
        return Sent(call.method, "text", call.bytes)
    return Sent(call.method, "bytes" if call.files else "file_id", call.bytes)


class Stage:
    """The stand-ins, the database and the product's parts."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.log = directory / "parts.log"
        self.telegram = TelegramStandIn()
        self.tmdb = TmdbStandIn(generated=2000, redirect_join="?")
        self.postgres = EmbeddedPostgres(directory / "postgres", {"fsync": "off"})

    def environment(self) -> dict[str, str]:
        """What a filled .env would hold."""
        return {
            "BOT_TOKEN": BOT_TOKEN,
            "TELEGRAM_API_BASE_URL": self.telegram.api_url,
            "POSTER_CHANNEL_IDS": ",".join(map(str, CHANNELS)),
            "ADMIN_IDS": str(ADMIN),
            "TMDB_ACCESS_TOKEN": self.tmdb.access_token,
            "TMDB_API_BASE_URL": self.tmdb.api_url,
            "TMDB_WEB_BASE_URL": self.tmdb.web_url,
            "TMDB_IMAGE_BASE_URL": self.tmdb.image_url,
            "TMDB_EXPORT_BASE_URL": self.tmdb.export_url,
            "DATABASE_URL": self.postgres.url,
            "DATA_DIR": str(self.directory / "data"),
            "SECRET_KEY": secrets.token_hex(32),
        }

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Parts]:
        """Everything started, and stopped in the end."""
        await asyncio.to_thread(self.postgres.start)
        try:
            await migrated(self.postgres.url)
            async with self.telegram, self.tmdb:
                self._populate()
                with self.log.open("wb") as output:
                    parts = Parts(self.environment(), output)
                    async with asyncio.TaskGroup() as group:
                        running = group.create_task(parts.run())
                        try:
                            await self._ready(running)
                            yield parts
                        finally:
                            parts.stop()
        finally:
            await asyncio.to_thread(self.postgres.stop, "immediate")

    def _populate(self) -> None:
        bot = self.telegram.add_bot(
            BOT_TOKEN, "filmoteka_demo_bot", "Filmoteka", supports_inline_queries=True, inline_feedback=True
        )
        for number, channel in enumerate(CHANNELS, 1):
            self.telegram.add_channel(channel, f"Posters {number}", [bot])
        anna = self.telegram.add_person(ANNA, "Анна", "ru", "anna_kino")
        sam = self.telegram.add_person(SAM, "Sam", "en", "sam_watches")
        self.telegram.add_person(ADMIN, "Olga", "en", "olga_admin")
        # Nobody plays her: she is there for whoever opens the chat page.
        mei = self.telegram.add_person(MEI, "梅", "zh-hans", "mei")
        self.telegram.add_group(GROUP, "Film night", [anna, sam, mei], [bot])
        known = self.tmdb.film_ids(ANNAS_RATINGS + 40)
        self.tmdb.add_account(
            "anna_kino", "Анна", _ratings(known[:ANNAS_RATINGS]), language="ru", country="RU"
        )
        self.tmdb.add_account("sam_watches", "Sam", _ratings(known[-SAMS_RATINGS:]))
        # The people come back from TMDB into this chat page instead of the real t.me.
        self.tmdb.configure(link_base=self.telegram.link_base)

    async def _ready(self, running: "asyncio.Task[int]") -> None:
        """The bot polls: whatever is sent now is answered."""
        polling = asyncio.get_running_loop().create_task(
            self.telegram.wait_until(lambda: self.telegram.calls("getMe"), START_SECONDS)
        )
        await asyncio.wait((running, polling), return_when=asyncio.FIRST_COMPLETED)
        if not polling.done():
            polling.cancel()
            raise StepFailed("start of the bot and the workers")
        await polling


def _ratings(films: list[int]) -> dict[int, float]:
    """Half steps from 4 to 10, by place."""
    return {film: 4 + (place * 7 % 13) / 2 for place, film in enumerate(films)}


class Journey:
    """The steps, each printed with what was asked, what came back and how long it took."""

    def __init__(self, stage: Stage, stand_in_http: aiohttp.ClientSession) -> None:
        self._telegram = stage.telegram
        self._tmdb = stage.tmdb
        self._http = stand_in_http
        self._step = 0
        people = self._telegram.world.people
        self._anna, self._sam, self._admin = people[ANNA], people[SAM], people[ADMIN]
        self.cards: dict[str, tuple[Sent, float]] = {}

    async def play(self) -> None:
        """All of it, in order; StepFailed names the step that did not go as it should."""
        await self._meet(self._anna)
        await self._link(self._anna)
        await self._import(self._anna, ANNAS_RATINGS)
        await self._meet(self._sam)
        await self._search(self._sam, "the matrx")
        await self._card(self._sam, "first", 'opens "Spirited Away" for the first time', "/movie 129")
        await self._card(self._sam, "cached", "opens the same card again", "/movie 129")
        await self._search(self._anna, "унесенные призрками")
        await self._card(
            self._anna, "other language", "/movie 129: the poster of her own language", "/movie 129"
        )
        await self._rate(self._anna)
        # Early: the catalogue is filled before the journey ends.
        await self._meet(self._admin)
        await self._sync()
        await self._link(self._sam)
        await self._import(self._sam, SAMS_RATINGS)
        await self._find(self._anna, "vfnhbwf 99: the other keyboard, half a year", "vfnhbwf 99")
        await self._find(self._anna, "комедии 80-х: a genre and a decade in plain words", "комедии 80-х")
        await self._pages(self._sam)
        await self._person(self._sam)
        await self._watchlist(self._sam)
        await self._own_ratings(self._sam)
        await self._export(self._sam)
        await self._group(self._sam)
        await self._inline(self._anna, self._sam)
        await self._channels()
        await self._stats()
        await self._runs()
        await self._unlink(self._anna)

    # The steps

    async def _meet(self, who: Person) -> None:
        with self._asking(who, "/start"):
            who.start()
            self._told(await who.chat.wait_for(timeout=STEP_SECONDS))

    async def _link(self, who: Person) -> None:
        with self._asking(who, "/link, approves at TMDB, comes back, confirms the name"):
            who.send("/link")
            offered = await who.chat.wait_for(_has_url, timeout=STEP_SECONDS)
            self._told(offered)
            back = await self._approve(_url(offered), who.username or "")
            who.open_link(back)
            asked = await who.chat.wait_for(_asks, timeout=STEP_SECONDS)
            self._told(asked)
            who.press(asked, asked.buttons[0].text)
            self._told(await who.chat.wait_for(lambda message: not _asks(message), timeout=STEP_SECONDS))

    async def _approve(self, url: str, username: str) -> str:
        """What a browser does on TMDB's page; the address TMDB sends it back to."""
        async with self._http.get(url) as page:
            page.raise_for_status()
        form = {"decision": "approve", "username": username}
        async with self._http.post(url, data=form, allow_redirects=False) as answer:
            location = answer.headers["Location"]
        print(f"   TMDB: approved by {username}, back to {location.partition('?')[0]}?start=…", flush=True)
        return location

    async def _import(self, who: Person, ratings: int) -> None:
        with self._asking(who, f"waits for the import of {ratings} ratings"):
            expected = len(self._tmdb.ratings(who.username or ""))
            seen: list[str] = []
            started = time.perf_counter()
            message = await who.chat.wait_for(_moves, timeout=STEP_SECONDS)
            while True:
                seen.append(message.body)
                seconds = time.perf_counter() - started
                print(f"   {DIM}{seconds:5.1f} s{PLAIN}  {_one_line(message.body)}", flush=True)
                if not _moves(message):
                    break
                message = await self._edited(message)
            fetched = self._tmdb.count(template="/3/movie/{movie_id}", status=200)
            assert expected == ratings, f"TMDB has {expected} ratings"
            assert len(seen) > 2, "the progress message did not move"
            print(f"   {len(seen)} texts of one message; {fetched} films fetched from TMDB", flush=True)

    async def _edited(self, message: Message) -> Message:
        return await message.chat.wait_for(
            lambda later: later.message_id == message.message_id, STEP_SECONDS, after=message.revision
        )

    async def _search(self, who: Person, words: str) -> None:
        with self._asking(who, f'writes "{words}"'):
            who.send(words)
            self._told(await who.chat.wait_for(timeout=STEP_SECONDS))

    async def _card(self, who: Person, name: str, what: str, command: str) -> None:
        # A chat bears one message a second: somebody reads before they ask again.
        await asyncio.sleep(READING_SECONDS)
        with self._asking(who, what):
            started = time.monotonic()
            who.send(command)
            message = await who.chat.wait_for(lambda m: m.photo is not None, timeout=STEP_SECONDS)
            seconds = time.monotonic() - started
            call = next(call for call in self._telegram.calls("sendPhoto", who.id))
            self.cards[name] = (sent(call), seconds)
            # The catalogue is being filled meanwhile: what that asks for is not asked for the card.
            film = f"/3{command.replace(' ', '/')}"
            asked = sum(request.path == film and request.at >= started for request in self._tmdb.requests)
            print(
                f"   {call.method} by {self.cards[name][0].how}, {call.bytes:,} bytes on the wire, "
                f"TMDB asked for the film {asked} times",
                flush=True,
            )
            print(f"   {_one_line(message.body)}", flush=True)
            if name == "cached":
                assert self.cards[name][0].how == "file_id", "the poster was sent again"

    async def _rate(self, who: Person) -> None:
        with self._asking(who, "rates it 9 in the chat; TMDB has it"):
            card = next(m for m in reversed(who.chat.messages) if m.photo is not None)
            who.press(card, "★")
            keyboard = await who.chat.wait_for(lambda m: len(m.buttons) > 10, timeout=STEP_SECONDS)
            query = who.press(keyboard, "9")
            toast = await who.wait_answer(query, STEP_SECONDS)
            print(f"   toast: {toast.text}", flush=True)
            account = who.username or ""
            async with asyncio.timeout(STEP_SECONDS):
                while self._tmdb.ratings(account).get(129) != 9:  # noqa: ASYNC110 - the stand-in has no event
                    await asyncio.sleep(0.02)
            print("   TMDB: 9.0", flush=True)

    async def _find(self, who: Person, what: str, words: str) -> None:
        await asyncio.sleep(READING_SECONDS)
        with self._asking(who, what):
            who.send(words)
            self._lines(await who.chat.wait_for(timeout=STEP_SECONDS))

    async def _pages(self, who: Person) -> None:
        await asyncio.sleep(READING_SECONDS)
        with self._asking(who, "leafs through the pages of a card, all in one message"):
            who.send("/movie 603")
            card = await who.chat.wait_for(lambda m: m.photo is not None, timeout=STEP_SECONDS)
            for button in ("More", "Back", "Cast", "Back", "Similar", "›", "Back"):
                card = await self._page(who, card, button)
                print(f"   {button:8} {_one_line(card.body, 96)}", flush=True)

    async def _page(self, who: Person, message: Message, button: str) -> Message:
        """The message after a button of it, once somebody had the time to read it."""
        await asyncio.sleep(READING_SECONDS / 2)
        before = message.revision
        who.press(message, button)
        return await message.chat.wait_for(
            lambda later: later.message_id == message.message_id, STEP_SECONDS, after=before
        )

    async def _person(self, who: Person) -> None:
        await asyncio.sleep(READING_SECONDS)
        with self._asking(who, "/person tarkovsky, and the films"):
            who.send("/person tarkovsky")
            person = await who.chat.wait_for(lambda m: m.photo is not None, timeout=STEP_SECONDS)
            self._lines(person)
            self._lines(await self._page(who, person, "All films"))

    async def _watchlist(self, who: Person) -> None:
        await asyncio.sleep(READING_SECONDS)
        with self._asking(who, "puts a film on the watchlist; TMDB has it; /watchlist"):
            who.send("/movie 1398")
            card = await who.chat.wait_for(lambda m: m.photo is not None, timeout=STEP_SECONDS)
            toast = await who.wait_answer(who.press(card, "+ Watchlist"), STEP_SECONDS)
            print(f"   toast: {toast.text}", flush=True)
            account = who.username or ""
            async with asyncio.timeout(STEP_SECONDS):
                while 1398 not in self._tmdb.watchlist(account):  # noqa: ASYNC110 - the stand-in has no event
                    await asyncio.sleep(0.02)
            print("   TMDB: on the list", flush=True)
            who.send("/watchlist")
            self._lines(
                await who.chat.wait_for(
                    lambda m: m.photo is None and m.message_id > card.message_id, STEP_SECONDS
                )
            )

    async def _own_ratings(self, who: Person) -> None:
        await asyncio.sleep(READING_SECONDS)
        with self._asking(who, "/ratings, and their picture"):
            who.send("/ratings")
            listed = await who.chat.wait_for(timeout=STEP_SECONDS)
            self._lines(listed)
            who.press(listed, "Picture")
            picture = await who.chat.wait_for(lambda m: m.photo is not None, timeout=STEP_SECONDS)
            call = self._telegram.calls("sendPhoto", who.id)[-1]
            print(f"   a picture, {call.bytes:,} bytes: {_one_line(picture.body)}", flush=True)

    async def _export(self, who: Person) -> None:
        await asyncio.sleep(READING_SECONDS)
        with self._asking(who, "/export"):
            who.send("/export")
            await who.chat.wait_for(lambda m: _file_name(m).endswith(".json"), timeout=STEP_SECONDS)
            for message in who.chat.messages:
                if message.document is not None:
                    name, content = _file_name(message), message.document.content
                    print(f"   {name}, {len(content):,} bytes", flush=True)

    async def _group(self, who: Person) -> None:
        chat = self._telegram.world.chats[str(GROUP)]
        with self._asking(who, f'in the group "{chat.title}": talk is left alone, a command is answered'):
            who.send("the matrix again?", chat)
            asked = who.send("/movie@filmoteka_demo_bot 603", chat)
            answer = await chat.wait_for(lambda m: m.photo is not None, timeout=STEP_SECONDS)
            assert answer.message_id == asked.message_id + 1, "it answered what was not said to it"
            self._told(answer)
            print(f"   {' · '.join(button.text for button in answer.buttons)}", flush=True)

    async def _inline(self, who: Person, other: Person) -> None:
        chat = self._telegram.world.chats[str(GROUP)]
        with self._asking(who, f"@filmoteka_demo_bot in the group; {other.first_name} rates the card sent"):
            query = who.inline_query("унесенные призраками", chat=chat)
            answer = await who.wait_results(query, STEP_SECONDS)
            kinds = [found["result"]["type"] for found in answer.results]
            print(f"   {len(kinds)} results, {kinds.count('photo')} with a poster", flush=True)
            card = who.choose(query, 0, chat)
            print(f"   {_one_line(card.body)}", flush=True)
            await self._page(other, card, "★")
            toast = await other.wait_answer(other.press(card, "10"), STEP_SECONDS)
            print(f"   {other.first_name}: {toast.text}", flush=True)

    async def _channels(self) -> None:
        with self._asking(self._admin, "looks into the poster channels"):
            channels = [self._telegram.world.chats[str(channel)] for channel in CHANNELS]
            await self._telegram.wait_until(
                lambda: all(len(channel.messages) >= POSTERS_SEEN for channel in channels), STEP_SECONDS
            )
            for channel in channels:
                newest = channel.messages[-1]
                print(f"   {channel.title}: {len(channel.messages)} posters, the newest: ", end="")
                print(_one_line(newest.body), flush=True)

    async def _sync(self) -> None:
        with self._asking(self._admin, "/sync, which moves while the catalogue is filled; pauses, resumes"):
            self._admin.send("/sync")
            message = await self._admin.chat.wait_for(timeout=STEP_SECONDS)
            self._lines(message)
            films = self._films_fetched()
            self._lines(await self._edited(message))
            assert self._films_fetched() > films, "the fill does not move"

            self._admin.press(message, "Pause")
            paused = await self._shows(message, lambda text: text.startswith("Paused"))
            films = await self._at_rest()
            print(f"   {_one_line(paused.body)}", flush=True)

            self._admin.press(message, "Resume")
            resumed = await self._shows(message, lambda text: text.startswith("Synchronisation"))
            await self._tmdb_moves(films)
            print(f"   {_one_line(resumed.body)}", flush=True)

    async def _shows(self, message: Message, says: Callable[[str], bool]) -> Message:
        """The message once it says so."""
        if says(message.body):
            return message
        return await message.chat.wait_for(
            lambda later: later.message_id == message.message_id and says(later.body), STEP_SECONDS
        )

    def _films_fetched(self) -> int:
        return self._tmdb.count(template="/3/movie/{movie_id}", status=200)

    async def _at_rest(self) -> int:
        """How many films were fetched when a whole second brings no more: what was in hand ends first."""
        async with asyncio.timeout(STEP_SECONDS):
            films = -1
            while films != self._films_fetched():
                films = self._films_fetched()
                await asyncio.sleep(PAUSE_SECONDS)
        return films

    async def _tmdb_moves(self, films: int) -> None:
        async with asyncio.timeout(STEP_SECONDS):
            while self._films_fetched() == films:  # noqa: ASYNC110 - the stand-in has no event
                await asyncio.sleep(0.02)

    async def _stats(self) -> None:
        with self._asking(self._admin, "/stats, with its picture"):
            self._admin.send("/stats")
            self._lines(await self._admin.chat.wait_for(timeout=STEP_SECONDS))
            picture = await self._admin.chat.wait_for(lambda m: m.photo is not None, timeout=STEP_SECONDS)
            call = self._telegram.calls("sendPhoto", self._admin.id)[-1]
            print(f"   a picture, {call.bytes:,} bytes: {picture.body}", flush=True)

    async def _runs(self) -> None:
        with self._asking(self._admin, "/runs, opens the export's, has it as documents"):
            self._admin.send("/runs")
            listed = await self._admin.chat.wait_for(timeout=STEP_SECONDS)
            self._lines(listed)
            [place] = [line[0] for line in listed.body.splitlines() if "✓ export" in line]
            self._admin.press(listed, place)
            opened = await self._shows(listed, lambda text: "export" in text.splitlines()[0])
            self._lines(opened)
            self._admin.press(opened, "CSV and JSON")
            for name in ("run-1.csv", "run-1.json"):
                document = await self._admin.chat.wait_for(partial(_is_file, name), timeout=STEP_SECONDS)
                assert document.document is not None
                print(f"   {name}, {len(document.document.content):,} bytes", flush=True)

    async def _unlink(self, who: Person) -> None:
        with self._asking(who, "/unlink, keeps the ratings here"):
            who.send("/unlink")
            asked = await who.chat.wait_for(_asks, timeout=STEP_SECONDS)
            self._told(asked)
            who.press(asked, asked.buttons[0].text)
            self._told(await who.chat.wait_for(lambda message: not _asks(message), timeout=STEP_SECONDS))
            assert self._tmdb.open_sessions(who.username or "") == 0, "the session at TMDB is still open"
            print("   TMDB: no session left", flush=True)

    # What is printed

    @contextmanager
    def _asking(self, who: Person, what: str) -> Iterator[None]:
        self._step += 1
        name = f"{self._step:2}. {who.first_name}: {what}"
        print(f"\n{BOLD}{name}{PLAIN}", flush=True)
        self._telegram.forget_calls()
        started = time.perf_counter()
        try:
            yield
        except (TimeoutError, LookupError, ValueError, AssertionError, StopIteration) as error:
            raise StepFailed(name.strip(), str(error) or type(error).__name__) from error
        print(f"   {DIM}{(time.perf_counter() - started) * 1000:,.0f} ms{PLAIN}", flush=True)

    def _lines(self, message: Message) -> None:
        for line in message.body.splitlines():
            print(f"   {line}".rstrip(), flush=True)

    def _told(self, message: Message) -> None:
        calls = self._telegram.calls(chat_id=message.chat.id)
        call = next((c for c in reversed(calls) if c.method.startswith(("send", "edit"))), None)
        if call:
            came = sent(call)
            print(f"   {came.method} ({came.how}, {came.bytes:,} bytes): ", end="")
        print(_one_line(message.body), flush=True)

    def summary(self, seconds: float) -> None:
        """The first and the cached card side by side."""
        (first, first_seconds), (cached, cached_seconds) = self.cards["first"], self.cards["cached"]
        print(f"\n{BOLD}A card, first and cached{PLAIN}")
        print(f"  {'':8}{'sent by':>10}{'bytes on the wire':>20}{'milliseconds':>15}")
        for name, (card, took) in {
            "first": (first, first_seconds),
            "cached": (cached, cached_seconds),
        }.items():
            print(f"  {name:8}{card.how:>10}{card.bytes:>20,}{took * 1000:>15,.1f}")
        fewer, faster = first.bytes / cached.bytes, first_seconds / cached_seconds
        print(f"  {fewer:,.0f} times fewer bytes, {faster:,.1f} times faster")
        print(f"\n{GREEN}The journey took {seconds:.1f} s.{PLAIN}", flush=True)


def _file_name(message: Message) -> str:
    return message.document.name if message.document is not None else ""


def _is_file(name: str, message: Message) -> bool:
    return _file_name(message) == name


def _has_url(message: Message) -> bool:
    return any(button.url for button in message.buttons)


def _url(message: Message) -> str:
    return next(button.url for button in message.buttons if button.url)


def _asks(message: Message) -> bool:
    """A question with buttons to answer it."""
    return sum(button.callback_data is not None for button in message.buttons) >= 2


def _moves(message: Message) -> bool:
    """A progress message, as long as it is one."""
    return message.body.startswith(("Importing", "Переношу")) or "░" in message.body


def _one_line(text: str, longest: int = 110) -> str:
    line = " ⏎ ".join(part.strip() for part in text.splitlines() if part.strip())
    return line if len(line) <= longest else line[: longest - 1] + "…"


async def _stay(stage: Stage) -> None:
    """On a terminal: the chat page is open until Ctrl-C."""
    print(f"\nThe chat page: {BOLD}{stage.telegram.page_url}{PLAIN}   (Ctrl-C ends the demo)", flush=True)
    await asyncio.Event().wait()


async def demo(directory: Path) -> int:
    """Plays the journey; 0, or 1 with the failed step named."""
    stage = Stage(directory)
    print("starting PostgreSQL, the stand-ins for TMDB and Telegram, the bot and the workers …", flush=True)
    started = time.perf_counter()
    async with stage.running(), aiohttp.ClientSession() as http:
        print(f"{DIM}ready after {time.perf_counter() - started:.1f} s{PLAIN}", flush=True)
        journey = Journey(stage, http)
        began = time.perf_counter()
        await journey.play()
        journey.summary(time.perf_counter() - began)
        if sys.stdout.isatty():
            await _stay(stage)
    return 0


async def _until_interrupted(directory: Path) -> int:
    loop = asyncio.get_running_loop()
    playing = loop.create_task(demo(directory))
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, playing.cancel)
    try:
        return await playing
    except asyncio.CancelledError:
        print("\nstopped", flush=True)
        return 0


def main() -> int:
    """The exit code."""
    directory = Path(tempfile.mkdtemp(prefix="filmoteka-demo-"))
    try:
        return asyncio.run(_until_interrupted(directory))
    except* StepFailed as failed:
        _report(failed, directory)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return 1


def _report(failed: BaseExceptionGroup[StepFailed], directory: Path) -> None:
    error: BaseException = failed
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    sys.stderr.write(f"\n{RED}FAILED{PLAIN}: " + ": ".join(map(str, error.args)) + "\n")
    with contextlib.suppress(OSError):
        lines = (directory / "parts.log").read_text("utf-8", "replace").splitlines()[-30:]
        sys.stderr.write("the last the bot and the workers said:\n  " + "\n  ".join(lines) + "\n")
