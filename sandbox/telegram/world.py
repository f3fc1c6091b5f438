"""People, bots, chats and messages: what there is at Telegram, and what people do with it."""

import asyncio
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar
from urllib.parse import parse_qs, urlsplit

from sandbox.telegram.clock import Clock
from sandbox.telegram.entities import formatted, utf16_length
from sandbox.telegram.files import Document, FileIds, Photo, Upload, checked_document, checked_photo
from sandbox.telegram.limits import Allowance, Limits
from sandbox.telegram.updates import UpdateQueue

Json = dict[str, Any]
Found = TypeVar("Found")

# The ids of supergroups and channels begin here, downwards.
SUPERGROUPS = -1000000000001
START_PARAMETER = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LONGEST_MESSAGE = 4096
_LONGEST_INLINE_QUERY = 256

ALL_RIGHTS = (
    "can_be_edited",
    "can_manage_chat",
    "can_change_info",
    "can_post_messages",
    "can_edit_messages",
    "can_delete_messages",
    "can_invite_users",
    "can_restrict_members",
    "can_promote_members",
    "can_manage_video_chats",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_manage_direct_messages",
    "can_send_welcome_messages",
)


@dataclass(slots=True, eq=False)
class Bot:
    """A bot's account at Telegram."""

    token: str
    username: str
    first_name: str
    updates: UpdateQueue
    allowance: Allowance
    can_join_groups: bool = True
    can_read_all_group_messages: bool = False
    supports_inline_queries: bool = False
    inline_feedback: bool = False
    """Whether people's choices of inline results are told to the bot (BotFather's /setinlinefeedback)."""
    commands: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    """By (scope as canonical JSON, language code)."""
    descriptions: dict[tuple[str, str], str] = field(default_factory=dict)
    """By (kind: name, description or short_description; language code)."""
    last_private_message_id: int = 0

    @property
    def id(self) -> int:
        return int(self.token.partition(":")[0])

    def as_user(self) -> Json:
        return {"id": self.id, "is_bot": True, "first_name": self.first_name, "username": self.username}


@dataclass(slots=True, eq=False)
class Button:
    """One button of an inline keyboard."""

    text: str
    callback_data: str | None
    url: str | None
    fields: Json


@dataclass(slots=True, eq=False)
class Message:
    chat: "Chat"
    message_id: int
    date: int
    sender: "Person | Bot | None"
    text: str | None = None
    caption: str | None = None
    entities: list[Json] = field(default_factory=list)
    """Of the text or of the caption."""
    photo: Photo | None = None
    document: Document | None = None
    other: Json = field(default_factory=dict)
    """Content the stand-in only passes on: a sticker, a location, a contact."""
    reply_markup: Json | None = None
    reply_to: "Message | None" = None
    forward_origin: Json | None = None
    via_bot: Bot | None = None
    media_group_id: str | None = None
    inline_message_id: str | None = None
    edit_date: int | None = None
    has_protected_content: bool = False
    has_media_spoiler: bool = False
    show_caption_above_media: bool = False
    link_preview_options: Json | None = None
    thread: int | None = None
    """The topic it is in."""
    anonymous: bool = False
    """Its author is an administrator who writes as the group."""
    deleted: bool = False
    revision: int = 0
    """Grows with everything that happens in the world; an edit gives a message a new one."""

    @property
    def body(self) -> str:
        """Text or caption."""
        return self.text if self.text is not None else self.caption or ""

    @property
    def buttons(self) -> list[Button]:
        """The inline keyboard's buttons, row by row."""
        rows: list[list[Json]] = (self.reply_markup or {}).get("inline_keyboard", [])
        return [
            Button(button["text"], button.get("callback_data"), button.get("url"), button)
            for row in rows
            for button in row
        ]

    def button(self, wanted: str) -> Button:
        """The button with this text or callback_data; else the only one whose text contains it."""
        exact = [b for b in self.buttons if wanted in (b.text, b.callback_data)]
        found = exact or [b for b in self.buttons if wanted in b.text]
        if len(found) != 1 and not exact:
            there = ", ".join(repr(button.text) for button in self.buttons) or "none"
            raise LookupError(f"{len(found)} buttons match {wanted!r}; there are: {there}")
        return found[0]

    def render(self, bot: Bot, file_ids: FileIds, with_reply: bool = True) -> Json:
        """The Message object as this bot receives it."""
        chat = self.chat.as_chat()
        if self.deleted:
            return {"chat": chat, "message_id": self.message_id, "date": 0}
        message: Json = {"message_id": self.message_id, "chat": chat, "date": self.date}
        if self.chat.type == "channel":
            message["sender_chat"] = chat
        elif self.anonymous:
            message |= {"from": ANONYMOUS, "sender_chat": chat}
        elif self.sender is not None:
            message["from"] = self.sender.as_user()
        if self.thread is not None:
            message |= {"message_thread_id": self.thread, "is_topic_message": True}
        if self.edit_date is not None:
            message["edit_date"] = self.edit_date
        if self.forward_origin is not None:
            message["forward_origin"] = self.forward_origin
        if self.reply_to is not None and with_reply and not self.reply_to.deleted:
            message["reply_to_message"] = self.reply_to.render(bot, file_ids, with_reply=False)
        if self.via_bot is not None:
            message["via_bot"] = self.via_bot.as_user()
        if self.media_group_id is not None:
            message["media_group_id"] = self.media_group_id
        if self.photo is not None:
            message["photo"] = file_ids.photo_sizes(self.photo, bot.id)
        if self.document is not None:
            message["document"] = file_ids.document(self.document, bot.id)
        if self.text is not None:
            message["text"] = self.text
            if self.entities:
                message["entities"] = self.entities
            if self.link_preview_options is not None:
                message["link_preview_options"] = self.link_preview_options
        elif self.caption is not None:
            message["caption"] = self.caption
            if self.entities:
                message["caption_entities"] = self.entities
        for flag in ("has_protected_content", "has_media_spoiler", "show_caption_above_media"):
            if getattr(self, flag):
                message[flag] = True
        if self.reply_markup is not None:
            message["reply_markup"] = self.reply_markup
        return message | self.other if self.other else message


ChatType = Literal["private", "group", "supergroup", "channel"]
# Every anonymous administrator of every group.
ANONYMOUS = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}


class Chat:
    """One conversation: of a person with a bot, a group's, or a channel's."""

    def __init__(self, world: "World", key: str, chat_id: int, chat_type: ChatType, title: str) -> None:
        self.world = world
        self.key = key
        self.id = chat_id
        self.type = chat_type
        self.title = title
        self.username: str | None = None
        self.person: Person | None = None  # of a private chat
        self.bot: Bot | None = None  # of a private chat
        self.started = False
        """The person wrote to the bot at least once, so the bot may write, too."""
        self.blocked = False
        self.rights: dict[Bot, frozenset[str]] = {}
        """What each bot that is an administrator may do."""
        self.bots: set[Bot] = set()
        self.people: dict[int, Person] = {}
        self.anonymous: set[Person] = set()
        """Administrators who write as the group."""
        self.forbidden: set[str] = set()
        """What members may not send: "photos", "text messages"."""
        self.topics: set[int] = set()
        self.migrated_to: Chat | None = None
        self.last_bot: Bot | None = None
        """The bot that wrote last: Telegram gives it commands that name no bot."""
        self.action: tuple[str, float] | None = None
        """The bot's last chat action and when (monotonic) it fades."""
        self.reply_keyboard: Json | None = None
        self.last_act = 0
        """The revision of the last thing a person did here; see wait_for."""
        self._last_message_id = 0
        self._messages: dict[int, Message] = {}
        self._by_revision: dict[int, Message] = {}

    def __repr__(self) -> str:
        return f"<Chat {self.key} {self.title!r}>"

    def as_chat(self) -> Json:
        if self.type == "private":
            assert self.person is not None
            chat: Json = {"id": self.id, "first_name": self.person.first_name, "type": "private"}
            if self.person.username:
                chat["username"] = self.person.username
            return chat
        chat = {"id": self.id, "title": self.title, "type": self.type}
        if self.username:
            chat["username"] = self.username
        return chat

    # Messages

    @property
    def messages(self) -> list[Message]:
        """Oldest first; deleted ones are gone."""
        return list(self._messages.values())

    @property
    def last(self) -> Message:
        """The newest message."""
        return next(reversed(self._messages.values()))

    def get(self, message_id: int) -> Message | None:
        return self._messages.get(message_id)

    def next_message_id(self) -> int:
        if self.bot is not None:
            # Private chats of one bot share its numbers, as at Telegram.
            self.bot.last_private_message_id += 1
            return self.bot.last_private_message_id
        self._last_message_id += 1
        return self._last_message_id

    def add(self, message: Message) -> None:
        self._messages[message.message_id] = message
        self.touch(message, "message")
        if isinstance(message.sender, Bot):
            self.action = None
            self.last_bot = message.sender

    def touch(self, message: Message, event: str) -> None:
        """Tells everybody that the message is new or has changed."""
        self._by_revision.pop(message.message_id, None)
        self._by_revision[message.message_id] = message
        message.revision = self.world.happened(event, chat=self.key, message=message)

    def remove(self, message: Message) -> None:
        message.deleted = True
        self._messages.pop(message.message_id, None)
        self._by_revision.pop(message.message_id, None)
        self.world.happened("deleted", chat=self.key, message_id=message.message_id)

    def changed_since(self, revision: int) -> Iterator[Message]:
        """Messages of bots that came or changed after the revision, newest change first."""
        for message in reversed(self._by_revision.values()):
            if message.revision <= revision:
                return
            if message.sender is None or isinstance(message.sender, Bot) or message.via_bot is not None:
                yield message

    def migrate(self, supergroup_id: int) -> "Chat":
        """The basic group becomes a supergroup, as a setting or its size makes it; its bots are told."""
        assert self.type == "group"
        moved = self.world.make_group(supergroup_id, self.title, self.people.values(), self.bots, self.rights)
        self.migrated_to = moved
        founder = next(iter(self.people.values()))
        for chat, told in (
            (self, {"migrate_to_chat_id": moved.id}),
            (moved, {"migrate_from_chat_id": self.id}),
        ):
            message = Message(chat, chat.next_message_id(), int(self.world.clock.time()), founder, other=told)
            chat.add(message)
            for bot in chat.bots:
                bot.updates.push("message", message.render(bot, self.world.file_ids))
        return moved

    async def wait_for(
        self,
        wanted: Callable[[Message], bool] = lambda message: True,
        timeout: float = 10.0,
        after: int | None = None,
    ) -> Message:
        """The newest message, new or edited, that is what is wanted and came after `after` (a revision).

        By default: after the last thing the person did in this chat, so that an older answer never counts.
        """
        since = self.last_act if after is None else after

        def look() -> Message | None:
            return next((message for message in self.changed_since(since) if wanted(message)), None)

        try:
            return await self.world.wait_until(look, timeout)
        except TimeoutError:
            seen = "\n".join(
                f"  #{m.message_id} {m.body!r} {[b.text for b in m.buttons]}" for m in self.messages[-5:]
            )
            raise TimeoutError(
                f"no such message in {self} within {timeout} s; its last ones:\n{seen}"
            ) from None


@dataclass(slots=True)
class CallbackAnswer:
    text: str
    show_alert: bool
    url: str | None


@dataclass(slots=True, eq=False)
class CallbackQuery:
    """A button pressed, waiting for the bot's answer."""

    id: str
    bot: Bot
    person: "Person"
    message: Message
    data: str
    asked_at: float
    answer: CallbackAnswer | None = None


@dataclass(slots=True, eq=False)
class InlineAnswer:
    results: list[Json]
    next_offset: str
    button: Json | None


@dataclass(slots=True, eq=False)
class InlineQuery:
    id: str
    bot: Bot
    person: "Person"
    query: str
    offset: str
    asked_at: float
    answer: InlineAnswer | None = None


class Person:
    """Somebody with a Telegram client; every verb is what that client would do."""

    def __init__(
        self, world: "World", person_id: int, first_name: str, language_code: str | None, username: str | None
    ) -> None:
        self.world = world
        self.id = person_id
        self.first_name = first_name
        self.language_code = language_code
        self.username = username

    def __repr__(self) -> str:
        return f"<Person {self.id} {self.first_name}>"

    def as_user(self) -> Json:
        user: Json = {"id": self.id, "is_bot": False, "first_name": self.first_name}
        if self.username:
            user["username"] = self.username
        if self.language_code:
            user["language_code"] = self.language_code
        return user

    @property
    def chat(self) -> Chat:
        """The private chat with the only bot."""
        return self.chat_with(None)

    def chat_with(self, bot: Bot | None) -> Chat:
        return self.world.private_chat(self, bot or self.world.only_bot)

    # Writing

    def _write(self, chat: Chat | None, bot: Bot | None, **content: Any) -> Message:
        world = self.world
        chat = chat or self.chat_with(bot)
        is_group = chat.type in ("group", "supergroup")
        if chat.type == "channel" or chat.migrated_to or (is_group and self.id not in chat.people):
            raise ValueError(f"{self.first_name} can't write in {chat.title}")
        if chat.type == "private":
            if chat.blocked:
                raise ValueError(f"{self.first_name} blocked the bot; unblock it first")
            chat.started = True
        message = Message(chat, chat.next_message_id(), int(world.clock.time()), self, **content)
        message.anonymous = self in chat.anonymous
        chat.add(message)
        chat.last_act = message.revision
        for reader in world.readers(message):
            reader.updates.push("message", message.render(reader, world.file_ids))
        return message

    def send(
        self,
        text: str,
        chat: Chat | None = None,
        bot: Bot | None = None,
        reply_to: Message | None = None,
        thread: int | None = None,
    ) -> Message:
        """Sends a text, to the bot if no chat is named; one too long goes in parts, the last is returned."""
        text, entities = formatted(text)
        if not text:
            raise ValueError("a client sends no empty message")
        if utf16_length(text) <= _LONGEST_MESSAGE:
            return self._write(chat, bot, text=text, entities=entities, reply_to=reply_to, thread=thread)
        parts = [text[i : i + _LONGEST_MESSAGE // 2] for i in range(0, len(text), _LONGEST_MESSAGE // 2)]
        if text.isascii():
            parts = [text[i : i + _LONGEST_MESSAGE] for i in range(0, len(text), _LONGEST_MESSAGE)]
        sent = [self._write(chat, bot, text=part, reply_to=reply_to) for part in parts]
        sent[-1].chat.last_act = sent[0].revision
        return sent[-1]

    def start(self, parameter: str = "", bot: Bot | None = None) -> Message:
        """Presses Start, after a t.me link with `?start=parameter` if one is given."""
        if parameter and not START_PARAMETER.fullmatch(parameter):
            raise ValueError("START_PARAM_INVALID: 1 to 64 characters of A-Z a-z 0-9 _ -")
        chat = self.chat_with(bot)
        if chat.blocked:
            self.unblock(bot)
        return self.send(f"/start {parameter}".rstrip(), bot=bot)

    def open_link(self, url: str) -> Message:
        """Follows a link to a bot: https://t.me/BOT?start=…, or the stand-in's own /t.me/BOT?start=….

        Clients differ in how they treat a parameter outside the alphabet; this one passes it on as it came.
        """
        address = urlsplit(url)
        username = address.path.strip("/").rpartition("/")[2]
        bot = self.world.bot_named(username)
        if bot is None:
            raise ValueError(f"{url} leads to no bot here")
        parameter = parse_qs(address.query, separator="&").get("start", [""])[0]
        if self.chat_with(bot).blocked:
            self.unblock(bot)
        return self.send(f"/start {parameter}".rstrip(), bot=bot)

    def send_photo(
        self, content: bytes, caption: str = "", chat: Chat | None = None, bot: Bot | None = None
    ) -> Message:
        text, entities = formatted(caption)
        return self._write(chat, bot, photo=checked_photo(content), caption=text or None, entities=entities)

    def send_document(
        self, name: str, content: bytes, chat: Chat | None = None, bot: Bot | None = None
    ) -> Message:
        return self._write(chat, bot, document=checked_document(Upload.of(name, content)))

    def send_other(self, content: Json, chat: Chat | None = None, bot: Bot | None = None) -> Message:
        """Sends content the stand-in only passes on, such as {"contact": {…}}."""
        return self._write(chat, bot, other=content)

    def edit(self, message: Message, text: str) -> None:
        """Edits one of the person's own texts."""
        if message.sender is not self:
            raise ValueError("people edit their own messages only")
        message.text, message.entities = formatted(text)
        message.edit_date = int(self.world.clock.time())
        message.chat.touch(message, "edited")
        message.chat.last_act = message.revision
        for reader in self.world.readers(message):
            reader.updates.push("edited_message", message.render(reader, self.world.file_ids))

    def delete(self, message: Message) -> None:
        """Deletes a message for both sides; the bot is not told."""
        message.chat.remove(message)

    # Buttons

    def press(self, message: Message, button: str) -> CallbackQuery:
        """Presses the button with this text or callback_data."""
        found = message.button(button)
        if found.callback_data is None:
            raise ValueError(f"the button {found.text!r} sends nothing to the bot: {found.fields}")
        return self.press_forged(message, found.callback_data)

    def press_forged(self, message: Message, data: str | bytes) -> CallbackQuery:
        """Sends callback data that no button has; bytes that are no UTF-8 arrive one character each."""
        world = self.world
        bot = message.via_bot or message.sender
        if not isinstance(bot, Bot):
            bot = message.chat.bot or next(iter(message.chat.rights), None)
        if bot is None:
            raise ValueError("no bot is behind this message")
        if isinstance(data, bytes):
            try:
                text = data.decode()
            except UnicodeDecodeError:
                text = data.decode("latin-1")
        else:
            text = data
        query = CallbackQuery(
            world.next_query_id(), bot, self, message, text, asked_at=world.clock.monotonic()
        )
        world.callbacks[query.id] = query
        payload: Json = {
            "id": query.id,
            "from": self.as_user(),
            "chat_instance": str(hash((message.chat.key, bot.id))),
            "data": text,
        }
        if message.inline_message_id is not None:
            payload["inline_message_id"] = message.inline_message_id
        else:
            payload["message"] = message.render(bot, world.file_ids)
        message.chat.last_act = world.happened(
            "pressed", chat=message.chat.key, message_id=message.message_id
        )
        bot.updates.push("callback_query", payload)
        return query

    async def wait_answer(self, query: CallbackQuery | str, timeout: float = 10.0) -> CallbackAnswer:
        """What the bot answered to a press: the toast, the alert or the address to open."""
        asked = self.world.callbacks[query] if isinstance(query, str) else query
        try:
            return await self.world.wait_until(lambda: asked.answer, timeout)
        except TimeoutError:
            raise TimeoutError(f"the press of {asked.data!r} was not answered within {timeout} s") from None

    # Inline mode

    def inline_query(
        self, query: str, offset: str = "", bot: Bot | None = None, chat: Chat | None = None
    ) -> InlineQuery:
        """Types "@bot query" in a chat; an answer the bot let Telegram cache comes without asking the bot."""
        world = self.world
        bot = bot or world.only_bot
        if not bot.supports_inline_queries:
            raise ValueError(f"@{bot.username} has no inline mode (BotFather's /setinline)")
        query = query[:_LONGEST_INLINE_QUERY]  # as people's apps do
        asked = InlineQuery(world.next_query_id(), bot, self, query, offset, world.clock.monotonic())
        world.inline_queries[asked.id] = asked
        for owner in (None, self.id):
            cached = world.inline_cache.get((bot.id, query, offset, owner))
            if cached is not None and cached[1] > world.clock.monotonic():
                asked.answer = cached[0]
                return asked
        payload: Json = {"id": asked.id, "from": self.as_user(), "query": query, "offset": offset}
        if chat is not None:
            payload["chat_type"] = "sender" if chat is self.chat_with(bot) else chat.type
        bot.updates.push("inline_query", payload)
        return asked

    async def wait_results(self, query: InlineQuery, timeout: float = 10.0) -> InlineAnswer:
        try:
            return await self.world.wait_until(lambda: query.answer, timeout)
        except TimeoutError:
            raise TimeoutError(
                f"the inline query {query.query!r} was not answered within {timeout} s"
            ) from None

    def choose(self, query: InlineQuery, result: int | str, chat: Chat | None = None) -> Message:
        """Sends the result with this index or id into a chat (the private one with the bot by default)."""
        assert query.answer is not None, "the query has no answer yet"
        chosen = next(
            found
            for index, found in enumerate(query.answer.results)
            if result in (index, found["result"]["id"])
        )
        world, bot = self.world, query.bot
        markup = chosen["result"].get("reply_markup")
        inline_message_id = world.next_inline_message_id() if markup else None
        sent = self._write(
            chat,
            bot,
            **chosen["content"],
            via_bot=bot,
            reply_markup=markup,
            inline_message_id=inline_message_id,
        )
        if inline_message_id is not None:
            world.inline_messages[inline_message_id] = sent
        if bot.inline_feedback:
            payload = {"result_id": chosen["result"]["id"], "from": self.as_user(), "query": query.query}
            if inline_message_id is not None:
                payload["inline_message_id"] = inline_message_id
            bot.updates.push("chosen_inline_result", payload)
        return sent

    # Blocking

    def block(self, bot: Bot | None = None) -> None:
        self._set_blocked(bot, True)

    def unblock(self, bot: Bot | None = None) -> None:
        self._set_blocked(bot, False)

    def _set_blocked(self, bot: Bot | None, blocked: bool) -> None:
        chat = self.chat_with(bot)
        assert chat.bot is not None
        if chat.blocked == blocked:
            return
        chat.blocked = blocked
        before, now = ("member", "kicked") if blocked else ("kicked", "member")
        self.world.tell_membership(chat, chat.bot, self, before, now)
        self.world.happened("chat", chat=chat.key)


class World:
    """Everything there is, and who waits for it to change."""

    def __init__(self, clock: Clock, limits: Limits) -> None:
        self.clock = clock
        self.limits = limits
        self.file_ids = FileIds()
        self.bots: dict[str, Bot] = {}
        """By token."""
        self.people: dict[int, Person] = {}
        self.chats: dict[str, Chat] = {}
        """By key: "bot:person" for a private chat, the id for all others."""
        self.callbacks: dict[str, CallbackQuery] = {}
        self.inline_queries: dict[str, InlineQuery] = {}
        self.inline_messages: dict[str, Message] = {}
        self.inline_cache: dict[tuple[int, str, str, int | None], tuple[InlineAnswer, float]] = {}
        """Answer and end of its life (monotonic), by bot, query, offset and the person if it is personal."""
        self.revision = 0
        self._queries = 0
        self._changed = asyncio.Event()
        self._listeners: set[Callable[[str, Json], None]] = set()

    # Changes

    def happened(self, event: str, **details: Any) -> int:
        """Notes that the world changed; returns its new revision."""
        self.revision += 1
        if not self._changed.is_set():
            self._changed.set()
        for listener in tuple(self._listeners):
            listener(event, details)
        return self.revision

    def listen(self, listener: Callable[[str, Json], None]) -> Callable[[], None]:
        """Calls the listener with every change from now on; returns how to stop."""
        self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)

    async def wait_until(self, look: Callable[[], Found | Literal[False] | None], timeout: float) -> Found:
        """The first true value of `look`, which is called now and after every change of the world."""
        async with asyncio.timeout(timeout):
            while True:
                found = look()
                if found:
                    return found
                if self._changed.is_set():
                    self._changed = asyncio.Event()
                await self._changed.wait()

    # Who and where

    @property
    def only_bot(self) -> Bot:
        if len(self.bots) != 1:
            raise LookupError(f"there are {len(self.bots)} bots; say which one is meant")
        return next(iter(self.bots.values()))

    def bot_named(self, username: str) -> Bot | None:
        return next((b for b in self.bots.values() if b.username.lower() == username.lower()), None)

    def bot_with_id(self, bot_id: int) -> Bot | None:
        return next((bot for bot in self.bots.values() if bot.id == bot_id), None)

    def add_bot(
        self,
        token: str,
        username: str,
        first_name: str | None = None,
        can_join_groups: bool = True,
        can_read_all_group_messages: bool = False,
        supports_inline_queries: bool = False,
        inline_feedback: bool = False,
    ) -> Bot:
        bot = Bot(
            token,
            username,
            first_name or username,
            UpdateQueue(self.clock, lambda: self.happened("poll")),
            Allowance(self.limits, self.clock),
            can_join_groups,
            can_read_all_group_messages,
            supports_inline_queries,
            inline_feedback,
        )
        self.bots[token] = bot
        self.happened("world")
        return bot

    def add_person(
        self, person_id: int, first_name: str, language_code: str | None = None, username: str | None = None
    ) -> Person:
        person = self.people[person_id] = Person(self, person_id, first_name, language_code, username)
        self.happened("world")
        return person

    def private_chat(self, person: Person, bot: Bot) -> Chat:
        key = f"{bot.id}:{person.id}"
        chat = self.chats.get(key)
        if chat is None:
            chat = self.chats[key] = Chat(self, key, person.id, "private", bot.first_name)
            chat.person, chat.bot = person, bot
        return chat

    def add_channel(
        self,
        channel_id: int,
        title: str,
        administrators: Iterable[Bot] = (),
        username: str | None = None,
        rights: Iterable[str] = ALL_RIGHTS,
    ) -> Chat:
        """A channel whose id looks like -1001234567890, with the bots that may post in it."""
        chat = self._add_shared(channel_id, "channel", title, username)
        chat.rights = {bot: frozenset(rights) for bot in administrators}
        return chat

    def add_group(
        self,
        group_id: int,
        title: str,
        people: Iterable[Person],
        bots: Iterable[Bot] = (),
        administrators: Iterable[Bot] = (),
    ) -> Chat:
        """A supergroup, or a basic group if its id is like -4001234; its bots are told of it."""
        chat = self.make_group(group_id, title, people, bots, administrators)
        founder = next(iter(chat.people.values()))
        for bot in chat.bots:
            if not bot.can_join_groups:
                raise ValueError(f"@{bot.username} can't join groups (BotFather's /setjoingroups)")
            now = "administrator" if bot in chat.rights else "member"
            self.tell_membership(chat, bot, founder, "left", now)
        return chat

    def make_group(
        self,
        group_id: int,
        title: str,
        people: Iterable[Person],
        bots: Iterable[Bot],
        administrators: Iterable[Bot],
    ) -> Chat:
        """A group of which nobody is told."""
        chat = self._add_shared(group_id, "supergroup" if group_id <= SUPERGROUPS else "group", title, None)
        chat.people = {person.id: person for person in people}
        chat.rights = {bot: frozenset(ALL_RIGHTS) for bot in administrators}
        chat.bots = {*bots, *chat.rights}
        return chat

    def _add_shared(self, chat_id: int, chat_type: ChatType, title: str, username: str | None) -> Chat:
        if chat_type != "group" and not -1999999999999 <= chat_id <= SUPERGROUPS:
            raise ValueError("ids of supergroups and channels look like -1001234567890")
        chat = self.chats[str(chat_id)] = Chat(self, str(chat_id), chat_id, chat_type, title)
        chat.username = username
        self.happened("world")
        return chat

    def tell_membership(self, chat: Chat, bot: Bot, by: Person, before: str, now: str) -> None:
        """my_chat_member: the bot's own membership changed."""
        bot.updates.push(
            "my_chat_member",
            {
                "chat": chat.as_chat(),
                "from": by.as_user(),
                "date": int(self.clock.time()),
                "old_chat_member": membership(bot, before, chat),
                "new_chat_member": membership(bot, now, chat),
            },
        )

    def readers(self, message: Message) -> list[Bot]:
        """The bots that get to see a person's message; in groups privacy mode decides."""
        chat = message.chat
        if chat.bot is not None:
            return [chat.bot]
        text = message.body
        readers = []
        for bot in sorted(chat.bots, key=lambda bot: bot.id):
            sees_all = bot.can_read_all_group_messages or bot in chat.rights
            command = re.match(r"/[A-Za-z0-9_]{1,64}(?:@(\w+))?(?!\S)", text)
            for_it = command is not None and (
                command[1].lower() == bot.username.lower() if command[1] else chat.last_bot is bot
            )
            replied = message.reply_to
            reply = replied is not None and bot in (replied.sender, replied.via_bot)
            if sees_all or for_it or reply or message.via_bot is bot:
                readers.append(bot)
        return readers

    def next_query_id(self) -> str:
        self._queries += 1
        return str(4_000_000_000_000_000_000 + self._queries * 7919)

    def next_inline_message_id(self) -> str:
        return f"AgAAA{len(self.inline_messages) + 1:06d}_inline"


def membership(who: Person | Bot, status: str, chat: Chat) -> Json:
    """A ChatMember of this status."""
    member: Json = {"status": status, "user": who.as_user()}
    match status:
        case "administrator":
            assert isinstance(who, Bot)
            held = chat.rights.get(who, frozenset())
            member |= {right: right in held for right in ALL_RIGHTS}
            member |= {"can_be_edited": False, "is_anonymous": False}
        case "creator":
            member["is_anonymous"] = False
        case "kicked":
            member["until_date"] = 0
    return member
