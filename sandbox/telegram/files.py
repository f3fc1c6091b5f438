"""Photos and documents: checks, renditions, and file_ids that belong to one bot."""

import asyncio
import hashlib
import io
import mimetypes
import secrets
from dataclasses import dataclass, field
from typing import Any, Literal

from PIL import Image

from sandbox.telegram.errors import bad_request

Json = dict[str, Any]

MAX_PHOTO_BYTES = 10 * 1024 * 1024
MAX_DOCUMENT_BYTES = 50 * 1024 * 1024
MAX_DOWNLOAD_BYTES = 20 * 1024 * 1024
_BOXES = (90, 320, 800, 1280)  # longer sides of the renditions Telegram keeps of a photo
_DEAD = "wrong file identifier/HTTP URL specified"


@dataclass(slots=True, frozen=True)
class Upload:
    """A file as it came in a multipart request."""

    name: str
    content: bytes
    sha256: str

    @classmethod
    def of(cls, name: str, content: bytes) -> "Upload":
        return cls(name, content, hashlib.sha256(content).hexdigest())


@dataclass(slots=True, frozen=True)
class Size:
    width: int
    height: int
    unique_id: str
    bytes: int


@dataclass(slots=True, eq=False)
class Photo:
    """A photo at Telegram; each upload is one of its own, even of the same bytes."""

    content: bytes
    sizes: tuple[Size, ...]
    _renditions: dict[int, bytes] = field(default_factory=dict)

    @property
    def unique_id(self) -> str:
        return self.sizes[-1].unique_id

    async def rendition(self, index: int) -> bytes:
        """The bytes of one size: the photo as uploaded where it was small enough, else scaled."""
        content = self._renditions.get(index)
        if content is None:
            content = self._renditions[index] = await asyncio.to_thread(self._scaled, self.sizes[index])
        return content

    def _scaled(self, size: Size) -> bytes:
        with Image.open(io.BytesIO(self.content)) as image:
            if image.size == (size.width, size.height):
                return self.content
            image.draft("RGB", (size.width, size.height))
            out = io.BytesIO()
            image.convert("RGB").resize((size.width, size.height)).save(out, "JPEG", quality=87)
        return out.getvalue()


@dataclass(slots=True, eq=False)
class Document:
    content: bytes
    name: str
    mime_type: str
    unique_id: str
    thumbnail: Photo | None


def _unique_id() -> str:
    return "AQAD" + secrets.token_urlsafe(9)


def _sizes(width: int, height: int, byte_count: int) -> tuple[Size, ...]:
    longer = max(width, height)
    sizes = []
    for box in _BOXES:
        if longer <= box:
            sizes.append(Size(width, height, _unique_id(), byte_count))
            break
        scaled = (max(1, round(width * box / longer)), max(1, round(height * box / longer)))
        # What the scaled JPEG will weigh is not known before it is asked for; by area is near enough.
        guess = max(1, byte_count * scaled[0] * scaled[1] // (width * height))
        sizes.append(Size(*scaled, _unique_id(), guess))
    return tuple(sizes)


def checked_photo(content: bytes) -> Photo:
    """A photo of these bytes, or a refusal in Telegram's words."""
    if not content:
        raise bad_request("file must be non-empty")
    if len(content) > MAX_PHOTO_BYTES:
        raise bad_request(
            f"file of size {len(content)} bytes is too big for a photo;"
            f" the maximum size is {MAX_PHOTO_BYTES} bytes"
        )
    try:
        with Image.open(io.BytesIO(content)) as image:
            width, height = image.size
            if width + height > 10_000 or max(width, height) > 20 * min(width, height):
                raise bad_request("PHOTO_INVALID_DIMENSIONS")
            # Decoding finds truncated files; a JPEG's eighth is enough for that and much cheaper.
            image.draft("RGB", (max(1, width // 8), max(1, height // 8)))
            image.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise bad_request("IMAGE_PROCESS_FAILED") from None
    return Photo(content, _sizes(width, height, len(content)))


def checked_document(upload: Upload) -> Document:
    if not upload.content:
        raise bad_request("file must be non-empty")
    if len(upload.content) > MAX_DOCUMENT_BYTES:
        raise bad_request("file is too big")
    mime_type = mimetypes.guess_type(upload.name)[0] or "application/octet-stream"
    thumbnail = None
    if mime_type.startswith("image/"):
        try:
            with Image.open(io.BytesIO(upload.content)) as image:
                image.thumbnail((320, 320))
                out = io.BytesIO()
                image.convert("RGB").save(out, "JPEG")
        except (OSError, SyntaxError, ValueError):
            thumbnail = None  # an image in name only has no preview, as at Telegram
        else:
            thumbnail = Photo(out.getvalue(), (Size(*image.size, _unique_id(), out.tell()),))
    return Document(upload.content, upload.name, mime_type, _unique_id(), thumbnail)


@dataclass(slots=True)
class _Reference:
    bot_id: int
    kind: Literal["Photo", "Document", "Thumbnail"]
    file: Photo | Document
    index: int
    dead: bool = False


_PREFIXES = {"Photo": "AgACAgIAAxkBAAI", "Document": "BQACAgIAAxkBAAI", "Thumbnail": "AAMCAgADGQEAAg"}


class FileIds:
    """Which file_id stands for which file, and for which bot."""

    def __init__(self) -> None:
        self._references: dict[str, _Reference] = {}
        self._photo_sizes: dict[tuple[int, Photo], list[Json]] = {}
        self._documents: dict[tuple[int, Document], Json] = {}

    def _issue(
        self, bot_id: int, kind: Literal["Photo", "Document", "Thumbnail"], file: Photo | Document, index: int
    ) -> str:
        file_id = _PREFIXES[kind] + secrets.token_urlsafe(42)
        self._references[file_id] = _Reference(bot_id, kind, file, index)
        return file_id

    def photo_sizes(self, photo: Photo, bot_id: int) -> list[Json]:
        """The photo as this bot sees it, smallest first; the same list every time until it is killed."""
        key = (bot_id, photo)
        sizes = self._photo_sizes.get(key)
        if sizes is None:
            sizes = self._photo_sizes[key] = [
                {
                    "file_id": self._issue(bot_id, "Photo", photo, index),
                    "file_unique_id": size.unique_id,
                    "file_size": size.bytes,
                    "width": size.width,
                    "height": size.height,
                }
                for index, size in enumerate(photo.sizes)
            ]
        return sizes

    def document(self, document: Document, bot_id: int) -> Json:
        key = (bot_id, document)
        described = self._documents.get(key)
        if described is None:
            described = self._documents[key] = {
                "file_name": document.name,
                "mime_type": document.mime_type,
                "file_id": self._issue(bot_id, "Document", document, 0),
                "file_unique_id": document.unique_id,
                "file_size": len(document.content),
            }
            if document.thumbnail is not None:
                size = document.thumbnail.sizes[0]
                described["thumbnail"] = {
                    "file_id": self._issue(bot_id, "Thumbnail", document.thumbnail, 0),
                    "file_unique_id": size.unique_id,
                    "file_size": size.bytes,
                    "width": size.width,
                    "height": size.height,
                }
        return described

    def kill(self, file_id: str) -> None:
        """From now on no id this bot holds of that file works; a message seen later carries a fresh one."""
        reference = self._references[file_id]
        for other in self._references.values():
            if other.bot_id == reference.bot_id and other.file is reference.file:
                other.dead = True
        if isinstance(reference.file, Photo):
            self._photo_sizes.pop((reference.bot_id, reference.file), None)
        else:
            self._documents.pop((reference.bot_id, reference.file), None)

    def _resolve(self, file_id: str, bot_id: int, kind: str) -> Photo | Document:
        reference = self._references.get(file_id)
        if reference is None:
            # Nothing that Telegram ever issued: the original says so while decoding it.
            raise bad_request("wrong remote file identifier specified: Wrong padding in the string")
        if reference.dead or reference.bot_id != bot_id:
            raise bad_request(_DEAD)
        if reference.kind != kind:
            raise bad_request(f"can't use file of type {reference.kind} as {kind}")
        return reference.file

    def photo(self, file_id: str, bot_id: int) -> Photo:
        photo = self._resolve(file_id, bot_id, "Photo")
        assert isinstance(photo, Photo)
        return photo

    def resolve_document(self, file_id: str, bot_id: int) -> Document:
        document = self._resolve(file_id, bot_id, "Document")
        assert isinstance(document, Document)
        return document

    def describe(self, file_id: str, bot_id: int) -> tuple[Photo | Document, int, Json]:
        """What getFile tells: the file, the size's index, and {file_id, file_unique_id, file_path}."""
        reference = self._references.get(file_id)
        if reference is None:
            raise bad_request("invalid file_id")
        if reference.dead or reference.bot_id != bot_id:
            raise bad_request("wrong file_id or the file is temporarily unavailable")
        file = reference.file
        if isinstance(file, Photo):
            unique_id, folder, suffix = file.sizes[reference.index].unique_id, "photos", ".jpg"
        else:
            unique_id, folder, suffix = file.unique_id, "documents", ""
        path = f"{folder}/{unique_id}{suffix}"
        return file, reference.index, {"file_id": file_id, "file_unique_id": unique_id, "file_path": path}
