"""Reply markups: what Telegram accepts as a keyboard."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sandbox.telegram.errors import bad_request
from sandbox.telegram.world import START_PARAMETER

Json = dict[str, Any]

_MAX_BUTTONS = 100
_MAX_IN_ROW = 8
_INLINE_ACTIONS = (
    "url",
    "callback_data",
    "web_app",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
)
_LOOKS = ("style", "icon_custom_emoji_id")
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*", re.IGNORECASE)


def checked_url(url: Any) -> str:
    """An address as buttons and link entities may have: http, https or tg.

    The original refuses hosts without a dot and some loopback addresses; here all runs on those.
    """
    if not isinstance(url, str):
        raise bad_request('can\'t parse inline keyboard button: field "url" must be of type String')
    invalid = f"inline keyboard button URL '{url}' is invalid"
    if not url or any(character.isspace() for character in url):
        raise bad_request(f"{invalid}: Wrong HTTP URL")
    address = urlsplit(url if "://" in url else f"http://{url}")
    if address.scheme == "tg":
        return url
    if address.scheme not in ("http", "https"):
        raise bad_request(f"{invalid}: Unsupported URL protocol")
    if not address.hostname or not _HOST.fullmatch(address.hostname.encode("idna").decode()):
        raise bad_request(f"{invalid}: Wrong HTTP URL")
    if address.hostname in ("t.me", "telegram.me"):
        # The original takes any deep link, and the person's client then drops a bad parameter in silence.
        for parameter in parse_qs(address.query, keep_blank_values=True).get("start", []):
            if not START_PARAMETER.fullmatch(parameter):
                raise bad_request(f"{invalid}: START_PARAM_INVALID")
    return url


def _inline_button(given: Any) -> Json:
    broken = "can't parse inline keyboard button"
    if not isinstance(given, dict):
        raise bad_request(f"{broken}: expected an Object")
    button: Json = {name: value for name, value in given.items() if value is not None}
    text = button.get("text")
    if not isinstance(text, str) or not text.strip():
        raise bad_request(f'{broken}: field "text" must be a non-empty String')
    actions = [name for name in button if name != "text" and name not in _LOOKS]
    if not actions:
        raise bad_request(f"{broken}: Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1 or actions[0] not in _INLINE_ACTIONS:
        raise bad_request(f"{broken}: exactly one known action is needed, not {', '.join(actions)}")
    match actions[0]:
        case "callback_data":
            data = button["callback_data"]
            if not isinstance(data, str) or not 1 <= len(data.encode()) <= 64:
                raise bad_request("BUTTON_DATA_INVALID")
        case "url":
            checked_url(button["url"])
        case "copy_text":
            copied = button["copy_text"]
            if not isinstance(copied, dict) or not 1 <= len(copied.get("text", "")) <= 256:
                raise bad_request("BUTTON_COPY_TEXT_INVALID")
        case "switch_inline_query" | "switch_inline_query_current_chat" as name:
            if not isinstance(button[name], str) or len(button[name].encode()) > 256:
                raise bad_request("BUTTON_DATA_INVALID")
    return button


def inline_keyboard(markup: Json | None) -> Json | None:
    """A checked InlineKeyboardMarkup; None if it has no buttons."""
    if markup is None:
        return None
    rows = markup.get("inline_keyboard")
    if not isinstance(rows, list) or any(not isinstance(row, list) for row in rows):
        raise bad_request('object expected as reply markup: field "inline_keyboard" must be of type Array')
    checked = [[_inline_button(button) for button in row] for row in rows if row]
    # The original wraps wide rows and cuts long keyboards in silence.
    if any(len(row) > _MAX_IN_ROW for row in checked):
        raise bad_request(f"a keyboard row holds at most {_MAX_IN_ROW} buttons")
    if sum(len(row) for row in checked) > _MAX_BUTTONS:
        raise bad_request("REPLY_MARKUP_TOO_LONG")
    return {"inline_keyboard": checked} if checked else None


def reply_markup(markup: Json | None) -> tuple[Json | None, Json | None]:
    """Splits a message's markup into the inline keyboard and a change of the reply keyboard."""
    if not markup:
        return None, None
    if "inline_keyboard" in markup:
        return inline_keyboard(markup), None
    if "keyboard" in markup:
        rows = markup["keyboard"]
        if not isinstance(rows, list) or not rows:
            raise bad_request("can't parse reply keyboard markup")
        for row in rows:
            for button in row:
                if not (isinstance(button, str) or (isinstance(button, dict) and button.get("text"))):
                    raise bad_request("can't parse keyboard button: text is needed")
        return None, markup
    if markup.get("remove_keyboard") is True or markup.get("force_reply") is True:
        return None, markup
    raise bad_request("object expected as reply markup")
