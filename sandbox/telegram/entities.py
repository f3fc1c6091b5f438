"""Message texts: HTML to plain text plus entities, with every length and offset in UTF-16 units."""

import re
from html import unescape
from typing import Any

from sandbox.telegram.errors import bad_request

Json = dict[str, Any]

_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_VERBATIM = ("code", "pre")
ENTITY_TYPES = frozenset(_TAGS.values()) | {
    "mention",
    "hashtag",
    "cashtag",
    "bot_command",
    "url",
    "email",
    "phone_number",
    "expandable_blockquote",
    "text_mention",
    "custom_emoji",
}

_SPECIAL = re.compile(r"[<>&]")
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:\s[^<>]*)?)>")
_ATTRIBUTE = re.compile(r"\s+([a-zA-Z-]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'))?")
_REFERENCE = re.compile(r"&(?:lt|gt|amp|quot|#\d{1,7}|#x[0-9a-fA-F]{1,6});")
_FOUND_BY_TELEGRAM = re.compile(
    r"(?P<url>https?://[^\s<>\"]*[^\s<>\".,;:!?)\]}'»])"
    r"|(?<![\w/@<>])(?P<bot_command>/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?)(?![\w/])"
    r"|(?<![\w@])(?P<mention>@[A-Za-z]\w{3,31})(?!\w)"
    r"|(?<![\w#&])(?P<hashtag>#\w*[^\W\d]\w*)"
)


def utf16_length(text: str) -> int:
    if text.isascii():
        return len(text)
    return len(text) + sum(character > "\uffff" for character in text)


def _parse_error(text: str) -> Exception:
    return bad_request(f"can't parse entities: {text}")


def _byte_offset(source: str, position: int) -> int:
    return len(source[:position].encode())


def _opened(tag: str, attributes: str, source: str, position: int) -> Json:
    """The entity that a start tag begins, or a refusal."""
    where = f"at byte offset {_byte_offset(source, position)}"
    if tag not in _TAGS:
        raise _parse_error(f'Unsupported start tag "{tag}" {where}')
    values: dict[str, str] = {}
    end = 0
    for match in _ATTRIBUTE.finditer(attributes):
        if match.start() != end:
            break
        end = match.end()
        values[match[1].lower()] = unescape(next((g for g in match.groups()[1:] if g is not None), ""))
    if attributes[end:].strip():
        raise _parse_error(f'Broken attributes in the start tag "{tag}" {where}')
    match tag:
        case "span":
            if values.get("class") != "tg-spoiler":
                raise _parse_error(f'Tag "span" must have class "tg-spoiler" {where}')
        case "a":
            # The original drops an <a> without a usable address in silence.
            if not values.get("href"):
                raise _parse_error(f'Tag "a" must have attribute "href" {where}')
            return {"type": "text_link", "url": values["href"]}
        case "blockquote":
            return {"type": "expandable_blockquote" if "expandable" in values else "blockquote"}
        case "code":
            language = values.get("class", "").removeprefix("language-")
            return {"type": "code", "language": language} if language else {"type": "code"}
    return {"type": _TAGS[tag]}


def parse_html(source: str) -> tuple[str, list[Json]]:
    """Plain text and entities of Telegram's HTML.

    Stricter than the original, which takes a lone & or > as text and drops what cannot be nested.
    """
    if _SPECIAL.search(source) is None:
        return source, []
    text: list[str] = []
    length = 0  # of text so far, in UTF-16 units
    entities: list[Json] = []
    open_tags: list[tuple[str, Json, int]] = []  # tag, entity, position in source
    position = 0

    def add(piece: str) -> None:
        nonlocal length
        text.append(piece)
        length += utf16_length(piece)

    while found := _SPECIAL.search(source, position):
        if found.start() > position:
            add(source[position : found.start()])
        position = found.start()
        where = f"at byte offset {_byte_offset(source, position)}"
        if source[position] == "&":
            reference = _REFERENCE.match(source, position)
            if reference is None:
                raise _parse_error(f'Unescaped "&" {where}')
            add(unescape(reference[0]))
            position = reference.end()
            continue
        if source[position] == ">":
            raise _parse_error(f'Unescaped ">" {where}')
        found_tag = _TAG.match(source, position)
        if found_tag is None:
            raise _parse_error(f"Unclosed or unescaped start tag {where}")
        closing, tag, attributes = found_tag[1], found_tag[2].lower(), found_tag[3]
        if not closing:
            entity = _opened(tag, attributes, source, position)
            around = [opened["type"] for _, opened, _ in open_tags]
            in_verbatim = any(kind in _VERBATIM for kind in around)
            if in_verbatim and not (around == ["pre"] and tag == "code"):
                raise _parse_error(f'Tag "{tag}" inside of code {where}')
            if "blockquote" in entity["type"] and any("blockquote" in kind for kind in around):
                raise _parse_error(f"Block quotes can't be nested {where}")
            open_tags.append((tag, entity | {"offset": length}, position))
        elif not open_tags:
            raise _parse_error(f'Unexpected end tag "{tag}" {where}')
        else:
            expected, entity, _ = open_tags.pop()
            if expected != tag:
                raise _parse_error(f'Unmatched end tag {where}, expected "</{expected}>", found "</{tag}>"')
            entity["length"] = length - entity["offset"]
            inside_pre = open_tags and open_tags[-1][1]["type"] == "pre"
            if tag == "code" and inside_pre:
                if "language" in entity:
                    open_tags[-1][1]["language"] = entity["language"]
            elif entity["length"]:
                if tag == "code":
                    entity.pop("language", None)
                entities.append(entity)
        position = found_tag.end()
    if open_tags:
        tag, _, opened_at = open_tags[-1]
        raise _parse_error(
            f'Can\'t find end tag corresponding to start tag "{tag}"'
            f" at byte offset {_byte_offset(source, opened_at)}"
        )
    add(source[position:])
    return "".join(text), entities


def _checked(entities: list[Any], text: str) -> list[Json]:
    """Entities given by the bot itself instead of a parse mode."""
    total = utf16_length(text)
    for entity in entities:
        if not isinstance(entity, dict) or entity.get("type") not in ENTITY_TYPES:
            raise bad_request("can't parse MessageEntity: unknown type")
        offset, length = entity.get("offset"), entity.get("length")
        if not isinstance(offset, int) or not isinstance(length, int):
            raise bad_request("can't parse MessageEntity: offset and length must be of type Number")
        if offset < 0 or length <= 0 or offset + length > total:
            raise bad_request(f"entity beginning at UTF-16 offset {offset} ends after the end of the text")
        if entity["type"] == "text_link" and not isinstance(entity.get("url"), str):
            raise bad_request("can't parse MessageEntity: a text_link needs a url")
    return entities


def _trimmed(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Telegram cuts white space at both ends; entities move along."""
    stripped = text.strip()
    if stripped == text:
        return text, entities
    lead = utf16_length(text[: len(text) - len(text.lstrip())])
    total = utf16_length(stripped)
    kept: list[Json] = []
    for entity in entities:
        start = max(entity["offset"] - lead, 0)
        end = min(entity["offset"] - lead + entity["length"], total)
        if end > start:
            kept.append(entity | {"offset": start, "length": end - start})
    return stripped, kept


def found_entities(text: str, taken: list[Json]) -> list[Json]:
    """Links, commands, mentions and hashtags that Telegram finds by itself, where no other entity forbids."""
    if not ("/" in text or "@" in text or "#" in text):
        return []
    closed = [
        (entity["offset"], entity["offset"] + entity["length"])
        for entity in taken
        if entity["type"] in ("text_link", "code", "pre")
    ]
    found: list[Json] = []
    for match in _FOUND_BY_TELEGRAM.finditer(text):
        start = utf16_length(text[: match.start()])
        end = start + utf16_length(match[0])
        if not any(start < closed_end and closed_start < end for closed_start, closed_end in closed):
            found.append({"type": match.lastgroup, "offset": start, "length": end - start})
    return found


def formatted(
    source: str, parse_mode: str | None = None, entities: list[Any] | None = None
) -> tuple[str, list[Json]]:
    """The text as it arrives and its entities, outermost first."""
    source = source.replace("\r", "")
    if parse_mode:
        if parse_mode.lower() != "html":
            # Markdown is refused rather than half understood: a stand-in that guesses hides mistakes.
            raise bad_request(f"the stand-in parses HTML only, not {parse_mode}")
        text, marked = parse_html(source)
    else:
        text, marked = source, _checked(entities or [], source)
    text, marked = _trimmed(text, marked)
    if found := found_entities(text, marked):
        marked = marked + found
    if len(marked) > 1:
        marked = sorted(marked, key=lambda entity: (entity["offset"], -entity["length"]))
    return text, marked
