"""What each Bot API method takes, and how a request's values are read.

Names and types follow the public description of the Bot API. Parameters for things the stand-in does not
play (topics, business accounts, paid posts) are left out and so refused: better than quietly ignored.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import orjson

from sandbox.telegram.errors import ApiError, bad_request
from sandbox.telegram.files import Upload

Json = dict[str, Any]
Reader = Callable[[str, Any], Any]


def _integer(name: str, value: Any) -> int:
    if isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            raise bad_request(f'parameter "{name}" must be of type Integer') from None
    if isinstance(value, bool) or not isinstance(value, int):
        raise bad_request(f'parameter "{name}" must be of type Integer')
    return value


def _boolean(name: str, value: Any) -> bool:
    if isinstance(value, str) and value.lower() in ("true", "1", "yes", "false", "0", "no"):
        return value.lower() in ("true", "1", "yes")
    if not isinstance(value, bool):
        raise bad_request(f'parameter "{name}" must be of type Boolean')
    return value


def _string(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise bad_request(f'parameter "{name}" must be of type String')
    return value


def _chat(name: str, value: Any) -> int | str:
    """A number, or the @name of a public channel."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value:
        try:
            return int(value)
        except ValueError:
            return value
    raise bad_request("chat_id is empty")


def _file(name: str, value: Any) -> Upload | str:
    if isinstance(value, (Upload, str)) and value:
        return value
    raise bad_request(f"there is no {name} in the request")


def _json(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        raise bad_request(f"can't parse {name} JSON object") from None


def _object(name: str, value: Any) -> Json:
    parsed = _json(name, value)
    if not isinstance(parsed, dict):
        raise bad_request(f"object expected as {name}")
    return parsed


def _array(name: str, value: Any) -> list[Any]:
    parsed = _json(name, value)
    if not isinstance(parsed, list):
        raise bad_request(f"array expected as {name}")
    return parsed


class Signature(NamedTuple):
    required: Mapping[str, Reader]
    optional: Mapping[str, Reader]


def _signature(required: Mapping[str, Reader] | None = None, **optional: Reader) -> Signature:
    return Signature(required or {}, optional)


_SENDING: dict[str, Reader] = {
    "disable_notification": _boolean,
    "protect_content": _boolean,
    "message_thread_id": _integer,
    "reply_parameters": _object,
    "reply_markup": _object,
}
_TEXT: dict[str, Reader] = {"parse_mode": _string, "entities": _array, "link_preview_options": _object}
_CAPTION: dict[str, Reader] = {"caption": _string, "parse_mode": _string, "caption_entities": _array}
_ABOVE: dict[str, Reader] = {"show_caption_above_media": _boolean}
_EDITED: dict[str, Reader] = {
    "chat_id": _chat,
    "message_id": _integer,
    "inline_message_id": _string,
    "reply_markup": _object,
}
_MESSAGE: dict[str, Reader] = {"chat_id": _chat, "message_id": _integer}
_COPIED: dict[str, Reader] = {"chat_id": _chat, "from_chat_id": _chat, "message_id": _integer}
_LANGUAGE: dict[str, Reader] = {"language_code": _string}
_SCOPE: dict[str, Reader] = {"scope": _object, **_LANGUAGE}

SIGNATURES: dict[str, Signature] = {
    "getMe": _signature(),
    "logOut": _signature(),
    "close": _signature(),
    "getUpdates": _signature(offset=_integer, limit=_integer, timeout=_integer, allowed_updates=_array),
    "setWebhook": _signature(
        {"url": _string},
        max_connections=_integer,
        allowed_updates=_array,
        drop_pending_updates=_boolean,
        secret_token=_string,
        ip_address=_string,
    ),
    "deleteWebhook": _signature(drop_pending_updates=_boolean),
    "getWebhookInfo": _signature(),
    "sendMessage": _signature({"chat_id": _chat, "text": _string}, **_SENDING, **_TEXT),
    "sendPhoto": _signature(
        {"chat_id": _chat, "photo": _file}, **_SENDING, **_CAPTION, **_ABOVE, has_spoiler=_boolean
    ),
    "sendDocument": _signature(
        {"chat_id": _chat, "document": _file},
        **_SENDING,
        **_CAPTION,
        disable_content_type_detection=_boolean,
    ),
    "sendMediaGroup": _signature(
        {"chat_id": _chat, "media": _array},
        disable_notification=_boolean,
        protect_content=_boolean,
        reply_parameters=_object,
    ),
    "sendChatAction": _signature({"chat_id": _chat, "action": _string}, message_thread_id=_integer),
    "editMessageText": _signature({"text": _string}, **_EDITED, **_TEXT),
    "editMessageCaption": _signature(None, **_EDITED, **_CAPTION, **_ABOVE),
    "editMessageMedia": _signature({"media": _object}, **_EDITED),
    "editMessageReplyMarkup": _signature(None, **_EDITED),
    "deleteMessage": _signature(_MESSAGE),
    "deleteMessages": _signature({"chat_id": _chat, "message_ids": _array}),
    "forwardMessage": _signature(_COPIED, disable_notification=_boolean, protect_content=_boolean),
    "copyMessage": _signature(_COPIED, **_SENDING, **_CAPTION, **_ABOVE),
    "answerCallbackQuery": _signature(
        {"callback_query_id": _string},
        text=_string,
        show_alert=_boolean,
        url=_string,
        cache_time=_integer,
    ),
    "answerInlineQuery": _signature(
        {"inline_query_id": _string, "results": _array},
        cache_time=_integer,
        is_personal=_boolean,
        next_offset=_string,
        button=_object,
    ),
    "getChat": _signature({"chat_id": _chat}),
    "getChatMember": _signature({"chat_id": _chat, "user_id": _integer}),
    "getChatAdministrators": _signature({"chat_id": _chat}),
    "getChatMemberCount": _signature({"chat_id": _chat}),
    "getFile": _signature({"file_id": _string}),
    "setMyCommands": _signature({"commands": _array}, **_SCOPE),
    "getMyCommands": _signature(None, **_SCOPE),
    "deleteMyCommands": _signature(None, **_SCOPE),
    "setMyName": _signature(None, name=_string, **_LANGUAGE),
    "getMyName": _signature(None, **_LANGUAGE),
    "setMyDescription": _signature(None, description=_string, **_LANGUAGE),
    "getMyDescription": _signature(None, **_LANGUAGE),
    "setMyShortDescription": _signature(None, short_description=_string, **_LANGUAGE),
    "getMyShortDescription": _signature(None, **_LANGUAGE),
}

_MISSING = {
    "chat_id": "chat_id is empty",
    "from_chat_id": "chat_id is empty",
    "text": "message text is empty",
    "photo": "there is no photo in the request",
    "document": "there is no document in the request",
    "message_id": "message identifier is not specified",
    "message_ids": "message identifiers are not specified",
    "user_id": "invalid user_id specified",
    "file_id": "file_id not specified",
}


class Parameters:
    """One call's parameters, read and typed, with the files that came along."""

    __slots__ = ("files", "values")

    def __init__(self, values: Json, files: dict[str, Upload]) -> None:
        self.values = values
        self.files = files

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def get(self, name: str, default: Any = None) -> Any:
        return self.values.get(name, default)

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def text(self, name: str) -> str:
        """A string; "" where it is not given."""
        value = self.values.get(name, "")
        assert isinstance(value, str)
        return value


def read(method: str, raw: Mapping[str, Any], files: dict[str, Upload]) -> Parameters:
    """Reads a request's values by the method's signature; unknown names are refused."""
    required, optional = SIGNATURES[method]
    values: Json = {}
    for name, value in raw.items():
        reader = required.get(name) or optional.get(name)
        if reader is None:
            # The original ignores what it does not know, and so hides misspellings.
            raise bad_request(f'the stand-in knows no parameter "{name}" of {method}')
        if value is not None:
            values[name] = reader(name, value)
    for name, upload in files.items():
        reader = required.get(name) or optional.get(name)
        if reader is _file:
            values[name] = upload
        elif reader is not None:
            raise bad_request(f'parameter "{name}" is not a file')
    for name in required:
        if name not in values or values[name] == "":
            if method == "setWebhook":
                continue  # an empty URL removes the webhook
            raise bad_request(_MISSING.get(name, f'parameter "{name}" is required'))
    return Parameters(values, files)


def decode(content_type: str, query: str, body: bytes) -> tuple[dict[str, Any], dict[str, Upload]]:
    """A request's raw values and files, from the query string and a JSON, form or multipart body."""
    values: dict[str, Any] = {}
    files: dict[str, Upload] = {}
    try:
        if query:
            values.update(parse_qsl(query, keep_blank_values=True, errors="strict"))
        kind, _, options = content_type.partition(";")
        match kind.strip().lower():
            case "application/json":
                given = orjson.loads(body) if body else {}
                if not isinstance(given, dict):
                    raise bad_request("the request must be a JSON object")
                values.update(given)
            case "application/x-www-form-urlencoded":
                values.update(parse_qsl(body.decode(), keep_blank_values=True, errors="strict"))
            case "multipart/form-data":
                _read_multipart(options, body, values, files)
            case _ if body:
                raise bad_request(f"unsupported content type {kind!r}")
    except UnicodeDecodeError:
        raise bad_request("strings must be encoded in UTF-8") from None
    except orjson.JSONDecodeError:
        raise ApiError(400, "Bad Request: can't parse the request as JSON") from None
    return values, files


def _read_multipart(options: str, body: bytes, values: dict[str, Any], files: dict[str, Upload]) -> None:
    boundary = _options(options).get("boundary", "").encode()
    if not boundary:
        raise bad_request("multipart request without a boundary")
    parts = (b"\r\n" + body).split(b"\r\n--" + boundary)
    if len(parts) < 2 or not parts[-1].startswith(b"--"):
        raise bad_request("truncated multipart request")
    for part in parts[1:-1]:
        head, separator, content = part.partition(b"\r\n\r\n")
        if not separator:
            raise bad_request("broken multipart request")
        disposition: dict[str, str] = {}
        for line in head.decode().split("\r\n"):
            header, _, value = line.partition(":")
            if header.strip().lower() == "content-disposition":
                disposition = _options(value.partition(";")[2])
        name = disposition.get("name")
        if not name:
            raise bad_request("a part of the multipart request has no name")
        if "filename" in disposition:
            files[name] = Upload.of(disposition["filename"], content)
        else:
            values[name] = content.decode()


def _options(text: str) -> dict[str, str]:
    """The name="value" pairs of a header."""
    found = {}
    for piece in text.split(";"):
        name, _, value = piece.strip().partition("=")
        found[name.lower()] = value.strip('"')
    return found
