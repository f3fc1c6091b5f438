"""The stand-in's own doors beside the Bot API: the chat page, links to bots, and control over HTTP.

    GET  /                                  the chat page
    GET  /t.me/BOT?start=…                  what stands for https://t.me: opens the chat page there
    GET  /_control/state                    people, bots and chats
    GET  /_control/events                   what happens from now on (Server-Sent Events)
    GET  /_control/chats/KEY/messages       ?before=ID&limit=N, oldest first
    GET  /_control/calls                    ?method=NAME&chat_id=N
    POST /_control/{bots,people,channels,groups}
    POST /_control/people/ID/VERB           send, start, open_link, press, press_forged, edit, delete, block,
                                            unblock, inline_query, choose
    POST /_control/{fault,clear_faults,limits,away,clock,redeliver,inject,kill_file_id}

Every POST takes and answers a JSON object; a mistake is 400 {"error": …}.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import orjson
from aiohttp import web

from sandbox.telegram.errors import ApiError
from sandbox.telegram.limits import Fault, Rate
from sandbox.telegram.world import Bot, Chat, InlineQuery, Message, Person

if TYPE_CHECKING:
    from sandbox.telegram.server import TelegramStandIn

Json = dict[str, Any]

_PAGE = Path(__file__).parent / "page"
_PAGE_FILES = {"": "index.html", "page.css": "page.css", "page.js": "page.js"}
_KEEP_ALIVE_SECONDS = 15.0
_INLINE_SECONDS = 10.0


class Control:
    def __init__(self, stand_in: "TelegramStandIn") -> None:
        self._stand_in = stand_in
        self._world = stand_in.world

    def add_routes(self, router: web.UrlDispatcher) -> None:
        router.add_get("/{name:(?:page\\.css|page\\.js)?}", self._page)
        router.add_get("/t.me/{bot}", self._link)
        router.add_get("/_control/state", self._state)
        router.add_get("/_control/events", self._events)
        router.add_get("/_control/calls", self._calls)
        router.add_get("/_control/chats/{key}/messages", self._messages)
        router.add_get("/_control/chats/{key}/messages/{id:\\d+}/{kind:photo|document}", self._content)
        router.add_get("/_control/inline/{query}/{index}", self._inline_photo)
        posts: dict[str, Callable[[Json], Any]] = {
            "bots": self._add_bot,
            "people": self._add_person,
            "channels": self._add_channel,
            "groups": self._add_group,
            "fault": self._fault,
            "clear_faults": self._clear_faults,
            "limits": self._set_limits,
            "away": self._away,
            "clock": self._clock,
            "redeliver": self._redeliver,
            "inject": self._inject,
            "kill_file_id": self._kill_file_id,
        }
        for name, action in posts.items():
            router.add_post(f"/_control/{name}", _post(action))
        router.add_post("/_control/people/{id:\\d+}/{verb}", self._act)

    # The page

    async def _page(self, request: web.Request) -> web.StreamResponse:
        response = web.FileResponse(_PAGE / _PAGE_FILES[request.match_info["name"]])
        response.headers["Cache-Control"] = "no-cache"
        return response

    async def _link(self, request: web.Request) -> web.StreamResponse:
        """A link to a bot, opened by a browser: the chat page plays it as the person chosen there."""
        link = f"{request.match_info['bot']}?{request.rel_url.raw_query_string}"
        raise web.HTTPFound(f"/#t.me/{quote(link, safe='?=&%')}")

    # Looking

    async def _state(self, request: web.Request) -> web.Response:
        world = self._world
        for person in world.people.values():
            for bot in world.bots.values():
                world.private_chat(person, bot)
        return _json(
            {
                "people": [person.as_user() for person in world.people.values()],
                "bots": [
                    bot.as_user()
                    | {
                        "supports_inline_queries": bot.supports_inline_queries,
                        "description": bot.descriptions.get(("description", ""), ""),
                    }
                    for bot in world.bots.values()
                ],
                "chats": [self._chat_view(chat) for chat in world.chats.values()],
                "link_base": self._stand_in.link_base,
            }
        )

    async def _messages(self, request: web.Request) -> web.Response:
        chat = self._shown_chat(request)
        before = int(request.query.get("before", 2**62))
        limit = min(int(request.query.get("limit", 50)), 200)
        older = [message for message in chat.messages if message.message_id < before]
        shown = older[-limit:]
        return _json(
            {"messages": [message_view(message) for message in shown], "more": len(older) > len(shown)}
        )

    def _shown_chat(self, request: web.Request) -> Chat:
        chat = self._world.chats.get(request.match_info["key"])
        if chat is None:
            raise web.HTTPNotFound
        return chat

    async def _content(self, request: web.Request) -> web.Response:
        chat = self._shown_chat(request)
        message = chat.get(int(request.match_info["id"]))
        kept = {"Cache-Control": "max-age=86400"}
        if message is not None and request.match_info["kind"] == "photo" and message.photo is not None:
            size = min(int(request.query.get("size", 9)), len(message.photo.sizes) - 1)
            content = await message.photo.rendition(size)
            return _image(content, kept)
        if message is not None and message.document is not None:
            kept["Content-Disposition"] = f"attachment; filename*=utf-8''{quote(message.document.name)}"
            return web.Response(body=message.document.content, headers=kept)
        raise web.HTTPNotFound

    async def _inline_photo(self, request: web.Request) -> web.Response:
        query = self._world.inline_queries.get(request.match_info["query"])
        if query is None or query.answer is None:
            raise web.HTTPNotFound
        photo = query.answer.results[int(request.match_info["index"])]["photo"]
        if photo is None:
            raise web.HTTPNotFound
        return web.Response(
            body=await photo.rendition(min(1, len(photo.sizes) - 1)), content_type="image/jpeg"
        )

    async def _calls(self, request: web.Request) -> web.Response:
        chat_id = request.query.get("chat_id")
        calls = self._stand_in.calls(request.query.get("method"), int(chat_id) if chat_id else None)
        return _json({"calls": [asdict(call) for call in calls]})

    async def _events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}
        )
        await response.prepare(request)
        # A page that was closed ends it.
        with suppress(ConnectionError):
            await self._tell(response)
        return response

    async def _tell(self, response: web.StreamResponse) -> None:
        async with self._heard() as events:
            while True:
                try:
                    async with asyncio.timeout(_KEEP_ALIVE_SECONDS):
                        event = await events.get()
                except TimeoutError:
                    await response.write(b":\n\n")
                    continue
                await response.write(b"data: " + orjson.dumps(event) + b"\n\n")

    @asynccontextmanager
    async def _heard(self) -> AsyncIterator[asyncio.Queue[Json]]:
        """A queue of everything the page has to know, as it happens."""
        queue: asyncio.Queue[Json] = asyncio.Queue()

        def listen(event: str, details: Json) -> None:
            match event:
                case "call" | "poll" | "pressed" | "results":
                    return
                case "message" | "edited":
                    shown = {"chat": details["chat"], "message": message_view(details["message"])}
                case "answer":
                    query = details["query"]
                    shown = {"chat": details["chat"], "person": query.person.id, "query": query.id}
                    shown |= {"message_id": query.message.message_id, "answer": asdict(query.answer)}
                case "chat":
                    shown = {"chat": details["chat"], "view": self._chat_view(self._chat(details["chat"]))}
                case _:
                    shown = details
            queue.put_nowait({"event": event} | shown)

        stop = self._world.listen(listen)
        try:
            yield queue
        finally:
            stop()

    # Acting as a person

    async def _act(self, request: web.Request) -> web.Response:
        person = self._world.people.get(int(request.match_info["id"]))
        if person is None:
            return _json({"error": "no such person"}, 404)
        return await _answered(request, lambda body: self._verb(person, request.match_info["verb"], body))

    async def _verb(self, person: Person, verb: str, body: Json) -> Json:
        chat = self._chat(body["chat"]) if "chat" in body else None
        bot = chat.bot if chat is not None and chat.bot is not None else self._bot(body.get("bot"))
        message = chat.get(body["message_id"]) if chat is not None and "message_id" in body else None
        if "message_id" in body and message is None:
            raise LookupError("the message is gone")
        match verb:
            case "send":
                reply_to = chat.get(body["reply_to"]) if chat is not None and "reply_to" in body else None
                return {"message": message_view(person.send(body["text"], chat, bot, reply_to))}
            case "start":
                return {"message": message_view(person.start(body.get("parameter", ""), bot))}
            case "open_link":
                sent = person.open_link(body["url"])
                return {"chat": sent.chat.key, "message": message_view(sent)}
            case "press":
                assert message is not None
                return {"query": person.press(message, body["button"]).id}
            case "press_forged":
                assert message is not None
                return {"query": person.press_forged(message, body["data"]).id}
            case "edit":
                assert message is not None
                person.edit(message, body["text"])
            case "delete":
                assert message is not None
                person.delete(message)
            case "block":
                person.block(bot)
            case "unblock":
                person.unblock(bot)
            case "inline_query":
                query = person.inline_query(body["query"], body.get("offset", ""), bot, chat)
                return inline_view(query, await person.wait_results(query, _INLINE_SECONDS))
            case "choose":
                asked = self._world.inline_queries[body["query"]]
                return {"message": message_view(person.choose(asked, body["result"], chat))}
            case _:
                raise LookupError(f"people know no verb {verb!r}")
        return {}

    # Changing the world

    def _chat(self, key: str) -> Chat:
        chat = self._world.chats.get(key)
        if chat is None:
            raise LookupError(f"there is no chat {key}")
        return chat

    def _bot(self, username: str | None) -> Bot | None:
        if username is None:
            return None
        bot = self._world.bot_named(username)
        if bot is None:
            raise LookupError(f"there is no bot @{username}")
        return bot

    def _bots(self, usernames: list[str]) -> list[Bot]:
        return [bot for name in usernames if (bot := self._bot(name)) is not None]

    def _add_bot(self, body: Json) -> Json:
        return self._world.add_bot(**body).as_user()

    def _add_person(self, body: Json) -> Json:
        body["person_id"] = body.pop("id")
        return self._world.add_person(**body).as_user()

    def _add_channel(self, body: Json) -> Json:
        administrators = self._bots(body.get("administrators", []))
        channel = self._world.add_channel(body["id"], body["title"], administrators, body.get("username"))
        return channel.as_chat()

    def _add_group(self, body: Json) -> Json:
        group = self._world.add_group(
            body["id"],
            body["title"],
            [self._world.people[one] for one in body["people"]],
            self._bots(body.get("bots", [])),
            self._bots(body.get("administrators", [])),
        )
        return group.as_chat()

    def _fault(self, body: Json) -> Json:
        return asdict(self._stand_in.faults.add(Fault(**body)))

    def _clear_faults(self, body: Json) -> Json:
        self._stand_in.faults.clear()
        return {}

    def _set_limits(self, body: Json) -> Json:
        """Rates as [per_second, burst] or null."""
        known = {one.name for one in fields(self._stand_in.limits)}
        for name, value in body.items():
            if name not in known:
                raise LookupError(f"there is no limit {name!r}")
            setattr(self._stand_in.limits, name, Rate(*value) if isinstance(value, list) else value)
        return asdict(self._stand_in.limits)

    def _away(self, body: Json) -> Json:
        self._stand_in.away = bool(body["away"])
        return {"away": self._stand_in.away}

    def _clock(self, body: Json) -> Json:
        self._stand_in.clock.advance(float(body["advance"]))
        return {"time": self._stand_in.clock.time()}

    def _redeliver(self, body: Json) -> Json:
        bot = self._bot(body.get("bot")) or self._world.only_bot
        return bot.updates.redeliver(body.get("update_id"))

    def _inject(self, body: Json) -> Json:
        bot = self._bot(body.get("bot")) or self._world.only_bot
        bot.updates.inject(body["update"])
        return {}

    def _kill_file_id(self, body: Json) -> Json:
        self._stand_in.kill_file_id(body["file_id"])
        return {}

    # What the page sees

    def _chat_view(self, chat: Chat) -> Json:
        messages = chat.messages
        return {
            "key": chat.key,
            "id": chat.id,
            "type": chat.type,
            "title": chat.title,
            "person": chat.person.id if chat.person else None,
            "people": sorted(chat.people),
            "bot": chat.bot.username if chat.bot else None,
            "bots": sorted(bot.username for bot in chat.bots | chat.rights.keys()),
            "started": chat.started,
            "blocked": chat.blocked,
            "count": len(messages),
            "last": message_view(messages[-1]) if messages else None,
            "commands": _menu(chat),
            "reply_keyboard": chat.reply_keyboard,
        }


def message_view(message: Message) -> Json:
    """A message as the chat page shows it."""
    sender = message.sender
    view: Json = {
        "id": message.message_id,
        "chat": message.chat.key,
        "from": None
        if sender is None
        else {"id": sender.id, "name": sender.first_name, "is_bot": isinstance(sender, Bot)},
        "date": message.date,
        "edited": message.edit_date is not None,
        "body": message.body,
        "entities": message.entities,
        "keyboard": (message.reply_markup or {}).get("inline_keyboard", []),
        "album": message.media_group_id,
        "via": message.via_bot.username if message.via_bot else None,
        "spoiler": message.has_media_spoiler,
        "caption_above": message.show_caption_above_media,
        "other": next(iter(message.other), None),
    }
    base = f"/_control/chats/{message.chat.key}/messages/{message.message_id}"
    if message.photo is not None:
        last = message.photo.sizes[-1]
        view["photo"] = {
            "url": f"{base}/photo?v={message.photo.unique_id}",
            "width": last.width,
            "height": last.height,
        }
    if message.document is not None:
        name, size = message.document.name, len(message.document.content)
        view["document"] = {"url": f"{base}/document", "name": name, "size": size}
    if message.reply_to is not None:
        replied = message.reply_to
        name = replied.sender.first_name if replied.sender else replied.chat.title
        view["reply_to"] = {"id": replied.message_id, "name": name, "body": replied.body[:120]}
    if message.forward_origin is not None:
        origin = message.forward_origin
        view["forwarded_from"] = (
            origin["chat"]["title"] if "chat" in origin else origin["sender_user"]["first_name"]
        )
    return view


def inline_view(query: InlineQuery, answer: Any) -> Json:
    results = []
    for index, found in enumerate(answer.results):
        result = found["result"]
        picture = result.get("thumbnail_url")
        if found["photo"] is not None:
            picture = f"/_control/inline/{query.id}/{index}"
        results.append(
            {
                "id": result["id"],
                "type": result["type"],
                "title": result.get("title") or found["content"].get("caption") or "",
                "description": result.get("description", ""),
                "picture": picture,
            }
        )
    return {"query": query.id, "results": results, "button": answer.button, "next_offset": answer.next_offset}


def _menu(chat: Chat) -> list[Json]:
    """The commands shown here: of the narrowest scope that has some, in the person's language first."""
    if chat.bot is None or chat.person is None:
        return []
    scopes = ({"type": "chat", "chat_id": chat.id}, {"type": "all_private_chats"}, {"type": "default"})
    for scope in scopes:
        key = orjson.dumps(scope, option=orjson.OPT_SORT_KEYS).decode()
        for language in ((chat.person.language_code or "")[:2], ""):
            if commands := chat.bot.commands.get((key, language)):
                return commands
    return []


def _image(content: bytes, headers: dict[str, str] | None = None) -> web.Response:
    kind = "image/jpeg" if content.startswith(b"\xff\xd8") else "image/png"
    return web.Response(body=content, content_type=kind, headers=headers)


def _json(content: Json, status: int = 200) -> web.Response:
    return web.Response(
        status=status, body=orjson.dumps(content, default=str), content_type="application/json"
    )


def _post(action: Callable[[Json], Any]) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        async def act(body: Json) -> Any:
            return action(body)

        return await _answered(request, act)

    return answer


async def _answered(request: web.Request, action: Callable[[Json], Awaitable[Any]]) -> web.Response:
    # A page of another origin can't send this content type without asking first.
    if request.content_type != "application/json":
        return _json({"error": "Content-Type: application/json is needed"}, 415)
    try:
        return _json(await action(orjson.loads(await request.read())))
    except ApiError as error:
        return _json({"error": error.description}, 400)
    except KeyError as error:
        return _json({"error": f"{error} is missing"}, 400)
    except (LookupError, ValueError, TypeError, TimeoutError) as error:
        return _json({"error": str(error)}, 400)
