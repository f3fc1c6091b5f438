"""The Bot API's methods on the stand-in's world."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import orjson

from sandbox.telegram.entities import formatted, utf16_length
from sandbox.telegram.errors import ApiError, bad_request, forbidden
from sandbox.telegram.files import (
    MAX_DOWNLOAD_BYTES,
    Document,
    Photo,
    Upload,
    checked_document,
    checked_photo,
)
from sandbox.telegram.keyboards import checked_url, inline_keyboard, reply_markup
from sandbox.telegram.limits import Rate
from sandbox.telegram.parameters import SIGNATURES, Parameters
from sandbox.telegram.updates import Webhook
from sandbox.telegram.world import (
    START_PARAMETER,
    Bot,
    CallbackAnswer,
    Chat,
    InlineAnswer,
    Message,
    Person,
    World,
    membership,
)

Json = dict[str, Any]

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_DELETABLE_SECONDS = 48 * 3600
_ACTION_SECONDS = 5
_LONGEST_TEXT = 4096
_LONGEST_CAPTION = 1024
_MAX_URL_PHOTO_BYTES = 5 * 1024 * 1024
_ACTIONS = frozenset(
    [
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ]
)
_SCOPES = frozenset(
    [
        "default",
        "all_private_chats",
        "all_group_chats",
        "all_chat_administrators",
        "chat",
        "chat_administrators",
        "chat_member",
    ]
)
_LANGUAGE_CODE = re.compile(r"[a-z]{2}")
_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same"
    " as a current content and reply markup of the message"
)


def _caption(parameters: Parameters | Json) -> tuple[str, list[Json]]:
    text, entities = formatted(
        parameters.get("caption") or "", parameters.get("parse_mode"), parameters.get("caption_entities")
    )
    if utf16_length(text) > _LONGEST_CAPTION:
        raise bad_request("message caption is too long")
    _check_links(entities)
    return text, entities


def _text(parameters: Parameters | Json, name: str = "text") -> tuple[str, list[Json]]:
    text, entities = formatted(
        parameters.get(name) or "", parameters.get("parse_mode"), parameters.get("entities")
    )
    if not text:
        raise bad_request("message text is empty")
    if utf16_length(text) > _LONGEST_TEXT:
        raise bad_request("message is too long")
    _check_links(entities)
    return text, entities


def _check_links(entities: list[Json]) -> None:
    for entity in entities:
        if entity["type"] == "text_link":
            checked_url(entity["url"])


class Methods:
    """Each public method is a Bot API method by its name: sendPhoto is send_photo."""

    def __init__(self, world: World, session: aiohttp.ClientSession) -> None:
        self._world = world
        self._session = session
        self._unreachable: set[str] = set()
        self._downloads: dict[tuple[int, str], bytes] = {}
        self._by_name: dict[str, Callable[[Bot, Parameters], Awaitable[Any]]] = {
            name: getattr(self, re.sub("([A-Z])", r"_\1", name).lower()) for name in SIGNATURES
        }

    def __getitem__(self, name: str) -> Callable[[Bot, Parameters], Awaitable[Any]]:
        return self._by_name[name]

    def forget_failed_urls(self) -> None:
        """A photo's address that failed once is refused for days; this ends them."""
        self._unreachable.clear()

    # Chats

    def _chat(self, bot: Bot, chat_id: int | str) -> Chat:
        """A chat that this bot may know of."""
        world = self._world
        if isinstance(chat_id, str):
            name = chat_id.removeprefix("@").lower()
            for chat in world.chats.values():
                if chat.username and chat.username.lower() == name:
                    return chat
            raise bad_request("chat not found")
        if chat_id > 0:
            person = world.people.get(chat_id)
            if person is None:
                if world.bot_with_id(chat_id) is not None:
                    raise forbidden("bots can't send messages to bots")
                raise bad_request("chat not found")
            return world.private_chat(person, bot)
        found = world.chats.get(str(chat_id))
        if found is None:
            raise bad_request("chat not found")
        if found.migrated_to is not None:
            raise ApiError(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=found.migrated_to.id,
            )
        if bot not in found.rights and bot not in found.bots and not found.username:
            raise forbidden(f"bot is not a member of the {found.type} chat")
        return found

    def _writable(self, bot: Bot, chat_id: int | str) -> Chat:
        """A chat in which this bot may write now."""
        chat = self._chat(bot, chat_id)
        if chat.type == "private":
            if chat.blocked:
                raise forbidden("bot was blocked by the user")
            if not chat.started:
                raise forbidden("bot can't initiate conversation with a user")
        elif chat.type == "channel":
            if "can_post_messages" not in chat.rights.get(bot, ()):
                raise bad_request("need administrator rights in the channel chat")
        elif bot not in chat.bots:
            raise forbidden(f"bot is not a member of the {chat.type} chat")
        return chat

    def _rate(self, chat: Chat) -> Rate | None:
        limits = self._world.limits
        match chat.type:
            case "private":
                return limits.private_chat
            case "group" | "supergroup":
                return limits.group
        return limits.channel

    def _spend(self, bot: Bot, chat: Chat, text: str, messages: int = 1) -> None:
        bot.allowance.spend(chat.key, self._rate(chat), utf16_length(text), messages)

    def _message(self, chat: Chat, message_id: int, refusal: str) -> Message:
        message = chat.get(message_id)
        if message is None:
            raise bad_request(refusal)
        return message

    def _replied(self, chat: Chat, parameters: Parameters) -> Message | None:
        reply = parameters.get("reply_parameters")
        if not reply:
            return None
        message_id = reply.get("message_id")
        if not isinstance(message_id, int):
            raise bad_request("message identifier is not specified")
        message = chat.get(message_id)
        if message is None and not reply.get("allow_sending_without_reply"):
            raise bad_request("message to be replied not found")
        return message

    def _check_allowed(self, bot: Bot, chat: Chat, photo: bool) -> None:
        """What members may not send; administrators may."""
        kind = "photos" if photo else "text messages"
        if kind in chat.forbidden and bot not in chat.rights:
            raise bad_request(f"not enough rights to send {kind} to the chat")

    # Sending

    def _send(
        self,
        bot: Bot,
        chat: Chat,
        parameters: Parameters,
        text: str | None = None,
        caption: str | None = None,
        **content: Any,
    ) -> Message:
        """Checks what all sending methods share, spends the allowance and adds the message."""
        inline, reply_keyboard = reply_markup(parameters.get("reply_markup"))
        if reply_keyboard is not None and chat.type == "channel":
            raise bad_request("inline keyboard expected")
        replied = self._replied(chat, parameters)
        thread = parameters.get("message_thread_id", replied.thread if replied else None)
        if thread is not None and thread not in chat.topics:
            raise bad_request("message thread not found")
        self._check_allowed(bot, chat, photo=content.get("photo") is not None)
        self._spend(bot, chat, text or caption or "")
        message = Message(
            chat,
            chat.next_message_id(),
            int(self._world.clock.time()),
            bot,
            text=text,
            caption=caption or None,
            reply_markup=inline,
            reply_to=replied,
            thread=thread,
            has_protected_content=parameters.get("protect_content", False),
            **content,
        )
        if reply_keyboard is not None:
            chat.reply_keyboard = None if "remove_keyboard" in reply_keyboard else reply_keyboard
        chat.add(message)
        return message

    def _rendered(self, bot: Bot, message: Message) -> Json:
        return message.render(bot, self._world.file_ids)

    async def send_message(self, bot: Bot, parameters: Parameters) -> Json:
        chat = self._writable(bot, parameters["chat_id"])
        text, entities = _text(parameters)
        message = self._send(
            bot,
            chat,
            parameters,
            text=text,
            entities=entities,
            link_preview_options=parameters.get("link_preview_options"),
        )
        return self._rendered(bot, message)

    async def send_photo(self, bot: Bot, parameters: Parameters) -> Json:
        chat = self._writable(bot, parameters["chat_id"])
        caption, entities = _caption(parameters)
        photo = await self._photo(bot, parameters["photo"], parameters.files)
        message = self._send(
            bot,
            chat,
            parameters,
            caption=caption,
            entities=entities,
            photo=photo,
            has_media_spoiler=parameters.get("has_spoiler", False),
            show_caption_above_media=parameters.get("show_caption_above_media", False),
        )
        return self._rendered(bot, message)

    async def send_document(self, bot: Bot, parameters: Parameters) -> Json:
        chat = self._writable(bot, parameters["chat_id"])
        caption, entities = _caption(parameters)
        document = await self._document(bot, parameters["document"], parameters.files)
        message = self._send(bot, chat, parameters, caption=caption, entities=entities, document=document)
        return self._rendered(bot, message)

    async def send_media_group(self, bot: Bot, parameters: Parameters) -> list[Json]:
        chat = self._writable(bot, parameters["chat_id"])
        media = parameters["media"]
        if not 2 <= len(media) <= 10:
            raise bad_request("group send failed: an album holds 2 to 10 items")
        kinds = {item.get("type") if isinstance(item, dict) else None for item in media}
        if len(kinds) > 1:
            raise bad_request("group send failed: photos and documents can't be mixed")
        contents = [await self._input_media(bot, item, parameters.files) for item in media]
        replied = self._replied(chat, parameters)
        self._spend(bot, chat, "".join(content["caption"] or "" for content in contents), len(contents))
        album = str(13_000_000_000_000_000 + self._world.revision)
        messages = []
        for content in contents:
            message = Message(
                chat,
                chat.next_message_id(),
                int(self._world.clock.time()),
                bot,
                media_group_id=album,
                reply_to=replied,
                has_protected_content=parameters.get("protect_content", False),
                **content,
            )
            chat.add(message)
            messages.append(message)
        return [self._rendered(bot, message) for message in messages]

    async def send_chat_action(self, bot: Bot, parameters: Parameters) -> bool:
        chat = self._writable(bot, parameters["chat_id"])
        action = parameters["action"]
        if action not in _ACTIONS:
            raise bad_request("wrong parameter action in request")
        chat.action = (action, self._world.clock.monotonic() + _ACTION_SECONDS)
        self._world.happened("action", chat=chat.key, action=action)
        return True

    # Files

    async def _photo(self, bot: Bot, source: Upload | str, files: dict[str, Upload]) -> Photo:
        if isinstance(source, str) and source.startswith("attach://"):
            source = self._attached(source, files)
        if isinstance(source, Upload):
            return await asyncio.to_thread(checked_photo, source.content)
        if "://" in source:
            return await self._photo_from(source)
        return self._world.file_ids.photo(source, bot.id)

    async def _document(self, bot: Bot, source: Upload | str, files: dict[str, Upload]) -> Document:
        if isinstance(source, str) and source.startswith("attach://"):
            source = self._attached(source, files)
        if isinstance(source, Upload):
            return await asyncio.to_thread(checked_document, source)
        if "://" in source:
            raise bad_request("failed to get HTTP URL content")
        return self._world.file_ids.resolve_document(source, bot.id)

    def _attached(self, source: str, files: dict[str, Upload]) -> Upload:
        upload = files.get(source.removeprefix("attach://"))
        if upload is None:
            raise bad_request("wrong file identifier/HTTP URL specified")
        return upload

    async def _photo_from(self, url: str) -> Photo:
        """Fetches a photo from this machine; a failure is remembered, as Telegram remembers it for days."""
        failed = bad_request("failed to get HTTP URL content")
        if url in self._unreachable:
            raise failed
        if urlsplit(url).scheme not in ("http", "https") or urlsplit(url).hostname not in _LOOPBACK:
            self._unreachable.add(url)
            raise failed
        try:
            async with self._session.get(url) as response:
                if response.status != 200:
                    raise failed
                content = await response.content.read(_MAX_URL_PHOTO_BYTES + 1)
                while len(content) <= _MAX_URL_PHOTO_BYTES and not response.content.at_eof():
                    content += await response.content.read(_MAX_URL_PHOTO_BYTES + 1 - len(content))
                if len(content) > _MAX_URL_PHOTO_BYTES:
                    raise failed
                if not response.content_type.startswith("image/"):
                    raise bad_request("wrong type of the web page content")
        except (aiohttp.ClientError, TimeoutError, OSError):
            self._unreachable.add(url)
            raise failed from None
        except ApiError:
            self._unreachable.add(url)
            raise
        return await asyncio.to_thread(checked_photo, content)

    async def _input_media(self, bot: Bot, item: Any, files: dict[str, Upload]) -> Json:
        """The content of a Message from an InputMediaPhoto or InputMediaDocument."""
        if not isinstance(item, dict) or item.get("type") not in ("photo", "document"):
            raise bad_request("can't parse InputMedia: the stand-in knows photo and document")
        media = item.get("media")
        if not isinstance(media, str) or not media:
            raise bad_request('can\'t parse InputMedia: field "media" must be of type String')
        caption, entities = _caption(item)
        content: Json = {"caption": caption or None, "entities": entities, "photo": None, "document": None}
        if item["type"] == "photo":
            content["photo"] = await self._photo(bot, media, files)
            content["has_media_spoiler"] = bool(item.get("has_spoiler"))
            content["show_caption_above_media"] = bool(item.get("show_caption_above_media"))
        else:
            content["document"] = await self._document(bot, media, files)
        return content

    async def get_file(self, bot: Bot, parameters: Parameters) -> Json:
        file, index, described = self._world.file_ids.describe(parameters["file_id"], bot.id)
        content = await file.rendition(index) if isinstance(file, Photo) else file.content
        if len(content) > MAX_DOWNLOAD_BYTES:
            raise bad_request("file is too big")
        self._downloads[bot.id, described["file_path"]] = content
        return described | {"file_size": len(content)}

    def download(self, bot: Bot, path: str) -> bytes | None:
        """What getFile prepared under this path."""
        return self._downloads.get((bot.id, path))

    # Editing

    def _edited(self, bot: Bot, parameters: Parameters) -> Message:
        """The message an edit is about, if this bot may edit it."""
        inline_message_id = parameters.get("inline_message_id")
        if inline_message_id is not None:
            message = self._world.inline_messages.get(inline_message_id)
            if message is None or message.via_bot is not bot or message.deleted:
                raise bad_request("MESSAGE_ID_INVALID")
            return message
        if "chat_id" not in parameters:
            raise bad_request("chat_id is empty")
        if "message_id" not in parameters:
            raise bad_request("message identifier is not specified")
        chat = self._writable(bot, parameters["chat_id"])
        message = self._message(chat, parameters["message_id"], "message to edit not found")
        if message.sender is not bot or message.forward_origin is not None:
            raise bad_request("message can't be edited")
        return message

    def _edit(self, bot: Bot, message: Message, parameters: Parameters, **content: Any) -> Json | bool:
        """Applies an edit that changes something; a keyboard that is not given again is gone."""
        inline = inline_keyboard(parameters.get("reply_markup"))
        changes = content | {"reply_markup": inline}
        if all(getattr(message, name) == value for name, value in changes.items()):
            raise bad_request(_NOT_MODIFIED)
        text = changes.get("text") or changes.get("caption") or ""
        if message.inline_message_id is not None:
            bot.allowance.spend(
                message.inline_message_id, self._world.limits.private_chat, utf16_length(text)
            )
        else:
            self._spend(bot, message.chat, text)
        for name, value in changes.items():
            setattr(message, name, value)
        if content:
            # A change of the keyboard alone leaves no "edited" mark.
            message.edit_date = int(self._world.clock.time())
        message.chat.touch(message, "edited")
        return True if "inline_message_id" in parameters else self._rendered(bot, message)

    async def edit_message_text(self, bot: Bot, parameters: Parameters) -> Json | bool:
        message = self._edited(bot, parameters)
        if message.text is None:
            raise bad_request("there is no text in the message to edit")
        text, entities = _text(parameters)
        return self._edit(
            bot,
            message,
            parameters,
            text=text,
            entities=entities,
            link_preview_options=parameters.get("link_preview_options"),
        )

    async def edit_message_caption(self, bot: Bot, parameters: Parameters) -> Json | bool:
        message = self._edited(bot, parameters)
        if message.photo is None and message.document is None:
            raise bad_request("there is no caption in the message to edit")
        caption, entities = _caption(parameters)
        return self._edit(
            bot,
            message,
            parameters,
            caption=caption or None,
            entities=entities,
            show_caption_above_media=parameters.get("show_caption_above_media", False),
        )

    async def edit_message_media(self, bot: Bot, parameters: Parameters) -> Json | bool:
        message = self._edited(bot, parameters)
        media = parameters["media"]
        source = media.get("media")
        if "inline_message_id" in parameters and str(source).startswith("attach://"):
            raise bad_request("a file can't be uploaded when an inline message is edited")
        content = await self._input_media(bot, media, parameters.files)
        if message.inline_message_id is None:
            self._check_allowed(bot, message.chat, photo=content["photo"] is not None)
        if message.deleted:
            raise bad_request("message to edit not found")
        if message.media_group_id is not None and content["photo"] is None and message.photo is not None:
            raise bad_request("can't change the media type in an album")
        return self._edit(bot, message, parameters, text=None, **content)

    async def edit_message_reply_markup(self, bot: Bot, parameters: Parameters) -> Json | bool:
        return self._edit(bot, self._edited(bot, parameters), parameters)

    # Deleting, forwarding, copying

    def _check_deletable(self, bot: Bot, message: Message) -> None:
        chat = message.chat
        rights = chat.rights.get(bot, frozenset())
        too_old = self._world.clock.time() - message.date > _DELETABLE_SECONDS
        if chat.type == "private":
            if too_old:
                raise bad_request("message can't be deleted for everyone")
        elif "can_delete_messages" not in rights and (message.sender is not bot or too_old):
            raise bad_request("message can't be deleted")

    async def delete_message(self, bot: Bot, parameters: Parameters) -> bool:
        chat = self._chat(bot, parameters["chat_id"])
        message = self._message(chat, parameters["message_id"], "message to delete not found")
        self._check_deletable(bot, message)
        chat.remove(message)
        return True

    async def delete_messages(self, bot: Bot, parameters: Parameters) -> bool:
        """Those that are not there are skipped, as the original does."""
        chat = self._chat(bot, parameters["chat_id"])
        message_ids = parameters["message_ids"]
        if not 1 <= len(message_ids) <= 100 or not all(isinstance(one, int) for one in message_ids):
            raise bad_request("message identifiers are not specified")
        found = [message for one in message_ids if (message := chat.get(one)) is not None]
        for message in found:
            self._check_deletable(bot, message)
        for message in found:
            chat.remove(message)
        return True

    def _source(self, bot: Bot, parameters: Parameters, verb: str) -> Message:
        chat = self._chat(bot, parameters["from_chat_id"])
        message = self._message(chat, parameters["message_id"], f"message to {verb} not found")
        if message.has_protected_content:
            raise bad_request(f"message can't be {'copied' if verb == 'copy' else 'forwarded'}")
        return message

    async def forward_message(self, bot: Bot, parameters: Parameters) -> Json:
        """The forwarded message carries file_ids of the bot that forwards."""
        chat = self._writable(bot, parameters["chat_id"])
        source = self._source(bot, parameters, "forward")
        return self._rendered(
            bot,
            self._send(
                bot,
                chat,
                parameters,
                text=source.text,
                caption=source.caption,
                entities=source.entities,
                photo=source.photo,
                document=source.document,
                other=source.other,
                forward_origin=source.forward_origin or _origin(source),
            ),
        )

    async def copy_message(self, bot: Bot, parameters: Parameters) -> Json:
        """Answers the new message's id only, so no file_id is to be had this way."""
        chat = self._writable(bot, parameters["chat_id"])
        source = self._source(bot, parameters, "copy")
        caption, entities = source.caption, source.entities
        if "caption" in parameters and source.text is None:
            caption, entities = _caption(parameters)
        message = self._send(
            bot,
            chat,
            parameters,
            text=source.text,
            caption=caption,
            entities=entities,
            photo=source.photo,
            document=source.document,
            other=source.other,
        )
        return {"message_id": message.message_id}

    # Queries

    async def answer_callback_query(self, bot: Bot, parameters: Parameters) -> bool:
        query = self._world.callbacks.get(parameters["callback_query_id"])
        limit = self._world.limits.answer_callback_seconds
        if query is None or query.bot is not bot or query.answer is not None:
            # The original forgives a second answer.
            raise bad_request(_TOO_OLD)
        if self._world.clock.monotonic() - query.asked_at > limit:
            raise bad_request(_TOO_OLD)
        text = parameters.text("text")
        if utf16_length(text) > 200:
            raise bad_request("MESSAGE_TOO_LONG")
        url = parameters.get("url") or None
        if url is not None and urlsplit(url).hostname not in ("t.me", *_LOOPBACK):
            raise bad_request("URL_INVALID")
        query.answer = CallbackAnswer(text, parameters.get("show_alert", False), url)
        self._world.happened("answer", chat=query.message.chat.key, query=query)
        return True

    async def answer_inline_query(self, bot: Bot, parameters: Parameters) -> bool:
        world = self._world
        query = world.inline_queries.get(parameters["inline_query_id"])
        if query is None or query.bot is not bot or query.answer is not None:
            raise bad_request(_TOO_OLD)
        now = world.clock.monotonic()
        if now - query.asked_at > world.limits.answer_inline_seconds:
            raise bad_request(_TOO_OLD)
        results = parameters["results"]
        if len(results) > 50:
            raise bad_request("RESULTS_TOO_MUCH")
        next_offset = parameters.text("next_offset")
        if len(next_offset.encode()) > 64:
            raise bad_request("NEXT_OFFSET_INVALID")
        button = parameters.get("button")
        if button is not None:
            if not button.get("text"):
                raise bad_request('can\'t parse inline query results button: field "text" is needed')
            start = button.get("start_parameter")
            if (start is None) == (button.get("web_app") is None):
                raise bad_request("can't parse inline query results button: exactly one action is needed")
            if start is not None and not START_PARAMETER.fullmatch(start):
                raise bad_request("START_PARAM_INVALID")
        seen: set[str] = set()
        checked = []
        for result in results:
            checked.append(await self._inline_result(bot, result))
            if result["id"] in seen:
                raise bad_request("RESULT_ID_DUPLICATE")
            seen.add(result["id"])
        query.answer = answer = InlineAnswer(checked, next_offset, button)
        if (cache_time := parameters.get("cache_time", 300)) > 0:
            owner = query.person.id if parameters.get("is_personal", False) else None
            world.inline_cache[bot.id, query.query, query.offset, owner] = (answer, now + cache_time)
        world.happened("results", query=query)
        return True

    async def _inline_result(self, bot: Bot, result: Any) -> Json:
        """The result as given, beside the content of the message it becomes."""
        if not isinstance(result, dict):
            raise bad_request("can't parse inline query result: expected an Object")
        result_id = result.get("id")
        if not isinstance(result_id, str) or not 1 <= len(result_id.encode()) <= 64:
            raise bad_request("RESULT_ID_INVALID")
        for name in ("title", "description", "thumbnail_url"):
            if not isinstance(result.get(name) or "", str):
                raise bad_request(f"can't parse inline query result: field '{name}' must be of type String")
        thumbnail = result.get("thumbnail_url")
        if thumbnail and urlsplit(thumbnail).scheme not in ("http", "https"):
            raise bad_request("WEBDOCUMENT_URL_INVALID")
        given = result.get("input_message_content")
        if not isinstance(given or {}, dict):
            raise bad_request("can't parse inline query result: expected an Object as message content")
        kind = result.get("type")
        photo: Photo | None = None
        if kind == "article":
            if not result.get("title") or not given:
                raise bad_request("can't parse inline query result: title and content are needed")
        elif kind == "photo" and "photo_file_id" in result:
            photo = self._world.file_ids.photo(result["photo_file_id"], bot.id)
        elif kind == "photo":
            for name in ("photo_url", "thumbnail_url"):
                address = urlsplit(str(result.get(name, "")))
                if address.scheme not in ("http", "https"):
                    raise bad_request(f"PHOTO_{'THUMB_' if name == 'thumbnail_url' else ''}URL_INVALID")
            if not given:
                # Telegram fetches it when a person chooses it; here at once, so that a bad address shows.
                photo = await self._photo_from(result["photo_url"])
        else:
            raise bad_request(f"can't parse inline query result: the stand-in knows no type {kind!r}")
        markup = inline_keyboard(result.get("reply_markup"))
        if given:
            text, entities = _text(given, "message_text")
            content: Json = {"text": text, "entities": entities}
        else:
            caption, entities = _caption(result)
            content = {"caption": caption or None, "entities": entities, "photo": photo}
        described = {name: value for name, value in result.items() if value is not None}
        return {"result": described | {"reply_markup": markup}, "content": content, "photo": photo}

    # Chats and members

    async def get_chat(self, bot: Bot, parameters: Parameters) -> Json:
        chat = self._chat(bot, parameters["chat_id"])
        if chat.type == "private" and not chat.started:
            raise bad_request("chat not found")
        gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription")
        return chat.as_chat() | {
            "accent_color_id": chat.id % 7,
            "max_reaction_count": 11,
            "accepted_gift_types": dict.fromkeys((*gifts, "gifts_from_channels"), False),
        }

    async def get_chat_member(self, bot: Bot, parameters: Parameters) -> Json:
        chat = self._chat(bot, parameters["chat_id"])
        user_id = parameters["user_id"]
        who: Person | Bot | None = self._world.people.get(user_id) or self._world.bot_with_id(user_id)
        if who is None:
            raise bad_request("user not found")
        return membership(who, _status(who, chat), chat)

    async def get_chat_administrators(self, bot: Bot, parameters: Parameters) -> list[Json]:
        chat = self._chat(bot, parameters["chat_id"])
        if chat.type == "private":
            raise bad_request("there are no administrators in the private chat")
        if chat.type == "channel" and bot not in chat.rights:
            raise bad_request("member list is inaccessible")
        return [membership(admin, "administrator", chat) for admin in chat.rights]

    async def get_chat_member_count(self, bot: Bot, parameters: Parameters) -> int:
        chat = self._chat(bot, parameters["chat_id"])
        return 2 if chat.type == "private" else len(chat.people) + len(chat.bots | chat.rights.keys())

    # The bot itself

    async def get_me(self, bot: Bot, parameters: Parameters) -> Json:
        return bot.as_user() | {
            "can_join_groups": bot.can_join_groups,
            "can_read_all_group_messages": bot.can_read_all_group_messages,
            "supports_inline_queries": bot.supports_inline_queries,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }

    async def log_out(self, bot: Bot, parameters: Parameters) -> bool:
        return True

    async def close(self, bot: Bot, parameters: Parameters) -> bool:
        return True

    def _command_key(self, bot: Bot, parameters: Parameters) -> tuple[str, str]:
        scope = parameters.get("scope") or {"type": "default"}
        if scope.get("type") not in _SCOPES:
            raise bad_request("can't parse BotCommandScope: unsupported type specified")
        if scope["type"].startswith("chat"):
            if "chat_id" not in scope:
                raise bad_request("can't parse BotCommandScope: chat_id is needed")
            scope = scope | {"chat_id": int(scope["chat_id"])}
            self._chat(bot, scope["chat_id"])
        return orjson.dumps(scope, option=orjson.OPT_SORT_KEYS).decode(), _language(parameters)

    async def set_my_commands(self, bot: Bot, parameters: Parameters) -> bool:
        commands = parameters["commands"]
        if len(commands) > 100:
            raise bad_request("BOT_COMMANDS_TOO_MUCH")
        for command in commands:
            name, description = command.get("command", ""), command.get("description", "")
            if not re.fullmatch(r"[a-z0-9_]{1,32}", name.removeprefix("/")):
                raise bad_request("BOT_COMMAND_INVALID")
            if not 1 <= utf16_length(description) <= 256:
                raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        key = self._command_key(bot, parameters)
        bot.commands[key] = [
            {"command": one["command"].removeprefix("/"), "description": one["description"]}
            for one in commands
        ]
        self._world.happened("commands", bot=bot.username)
        return True

    async def get_my_commands(self, bot: Bot, parameters: Parameters) -> list[Json]:
        return bot.commands.get(self._command_key(bot, parameters), [])

    async def delete_my_commands(self, bot: Bot, parameters: Parameters) -> bool:
        bot.commands.pop(self._command_key(bot, parameters), None)
        self._world.happened("commands", bot=bot.username)
        return True

    def _describe(self, bot: Bot, parameters: Parameters, kind: str, longest: int) -> bool:
        text = parameters.text(kind)
        if utf16_length(text) > longest:
            raise bad_request(f"BOT_{'TITLE' if kind == 'name' else 'ABOUT'}_INVALID")
        bot.descriptions[kind, _language(parameters)] = text
        self._world.happened("world")
        return True

    def _described(self, bot: Bot, parameters: Parameters, kind: str) -> Json:
        default = bot.first_name if kind == "name" else ""
        return {kind: bot.descriptions.get((kind, _language(parameters)), default)}

    async def set_my_name(self, bot: Bot, parameters: Parameters) -> bool:
        return self._describe(bot, parameters, "name", 64)

    async def get_my_name(self, bot: Bot, parameters: Parameters) -> Json:
        return self._described(bot, parameters, "name")

    async def set_my_description(self, bot: Bot, parameters: Parameters) -> bool:
        return self._describe(bot, parameters, "description", 512)

    async def get_my_description(self, bot: Bot, parameters: Parameters) -> Json:
        return self._described(bot, parameters, "description")

    async def set_my_short_description(self, bot: Bot, parameters: Parameters) -> bool:
        return self._describe(bot, parameters, "short_description", 120)

    async def get_my_short_description(self, bot: Bot, parameters: Parameters) -> Json:
        return self._described(bot, parameters, "short_description")

    # Updates

    async def get_updates(self, bot: Bot, parameters: Parameters) -> list[Json]:
        limit = parameters.get("limit", 100)
        if not 1 <= limit <= 100:
            raise bad_request("limit must be between 1 and 100")
        return await bot.updates.get(
            parameters.get("offset", 0), limit, parameters.get("timeout", 0), _allowed(parameters)
        )

    async def set_webhook(self, bot: Bot, parameters: Parameters) -> bool:
        url = parameters.text("url")
        if not url:
            return await self.delete_webhook(bot, parameters)
        address = urlsplit(url)
        # The original takes https only; on loopback there are no certificates.
        if address.hostname not in _LOOPBACK or address.scheme not in ("http", "https"):
            raise bad_request("bad webhook: the stand-in delivers to http(s) on loopback only")
        secret = parameters.get("secret_token")
        if secret is not None and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
            raise bad_request("secret token contains unallowed characters")
        if (allowed := _allowed(parameters)) is not None:
            bot.updates.allowed = allowed or None
        if parameters.get("drop_pending_updates"):
            bot.updates.drop_pending()
        max_connections = parameters.get("max_connections", 40)
        if not 1 <= max_connections <= 100:
            raise bad_request("max_connections must be between 1 and 100")

        async def refuse_reply(response: aiohttp.ClientResponse, body: bytes) -> None:
            # A call inside of a webhook's answer has no result that anybody could look at, so the product
            # makes none; a body that looks like one is a mistake to be seen, not to be guessed at.
            if b"method" in body:
                webhook.last_error_message = "the stand-in carries out no method in a webhook's answer"

        webhook = Webhook(url, secret, max_connections)
        bot.updates.set_webhook(webhook, self._session, refuse_reply)
        return True

    async def delete_webhook(self, bot: Bot, parameters: Parameters) -> bool:
        bot.updates.delete_webhook()
        if parameters.get("drop_pending_updates"):
            bot.updates.drop_pending()
        return True

    async def get_webhook_info(self, bot: Bot, parameters: Parameters) -> Json:
        webhook = bot.updates.webhook
        info: Json = {
            "url": webhook.url if webhook else "",
            "has_custom_certificate": False,
            "pending_update_count": len(bot.updates),
        }
        if webhook is not None:
            info["max_connections"] = webhook.max_connections
            if webhook.last_error_message is not None:
                info["last_error_message"] = webhook.last_error_message
                info["last_error_date"] = webhook.last_error_date or int(self._world.clock.time())
        if bot.updates.allowed is not None:
            info["allowed_updates"] = sorted(bot.updates.allowed)
        return info


def _status(who: Person | Bot, chat: Chat) -> str:
    if isinstance(who, Bot):
        if who in chat.rights:
            return "administrator"
        return "member" if who in chat.bots or who is chat.bot else "left"
    if chat.type == "private":
        return "member"
    if who.id not in chat.people:
        return "left"
    return "creator" if who is next(iter(chat.people.values())) else "member"


def _origin(message: Message) -> Json:
    if message.chat.type == "channel":
        return {
            "type": "channel",
            "date": message.date,
            "chat": message.chat.as_chat(),
            "message_id": message.message_id,
        }
    assert message.sender is not None
    return {"type": "user", "date": message.date, "sender_user": message.sender.as_user()}


def _language(parameters: Parameters) -> str:
    language = parameters.text("language_code")
    if language and not _LANGUAGE_CODE.fullmatch(language):
        raise bad_request("LANG_CODE_INVALID: a two-letter ISO 639-1 code is needed")
    return language


def _allowed(parameters: Parameters) -> frozenset[str] | None:
    """The update types asked for; None: as before."""
    given = parameters.get("allowed_updates")
    if given is None:
        return None
    if not all(isinstance(kind, str) for kind in given):
        raise bad_request("can't parse allowed updates")
    return frozenset(given)
