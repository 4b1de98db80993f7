"""What a file may be, and the bounds that it must keep to before anything reads it."""

from __future__ import annotations

import base64
import mimetypes
import re
from collections.abc import Sequence
from typing import Final, Literal, get_args

from agent.attachments.images import size_of
from agent.errors import AttachmentTooLarge, InvalidAttachment, UnsupportedAttachment
from agent.models import Attachment

Kind = Literal["text", "html", "pdf", "image", "audio"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
MOST: Final = 10
"""Files of one request."""
MAX_PIXELS: Final = 50_000_000
"""Of a picture, as its header declares them: a small file may unpack to any size."""

_IMAGES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"})
_AUDIO: Final = {
    "audio/wav": "wav",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/ogg": "ogg",
    "audio/webm": "webm",
    "audio/flac": "flac",
}
_TEXTS: Final = frozenset(
    {"application/json", "application/xml", "application/yaml", "application/toml", "application/x-ndjson"}
)
_SAME: Final = {
    "image/jpg": "image/jpeg",
    "audio/mp3": "audio/mpeg",
    "audio/x-wav": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/vnd.wave": "audio/wav",
    "audio/x-m4a": "audio/mp4",
    "audio/x-flac": "audio/flac",
    "application/x-yaml": "application/yaml",
    "application/xhtml+xml": "text/html",
}
_NAMED: Final = {".md": "text/markdown", ".yaml": "application/yaml", ".yml": "application/yaml", ".log": "text/plain"}
"""Endings that ``mimetypes`` does not know everywhere."""
_DATA_URL: Final = re.compile(r"data:(?P<type>[\w.+/-]*)(?:;[\w.+-]+=[^;,]*)*;base64,", re.ASCII | re.IGNORECASE)


def media_type_of(declared: str) -> str:
    """The media type in its common name, without parameters."""
    bare = declared.partition(";")[0].strip().lower()
    return _SAME.get(bare, bare)


def kind_of(media_type: str) -> Kind | None:
    """What reads files of this type; ``None`` where nothing ever does."""
    if media_type == "text/html":
        return "html"
    if media_type == "application/pdf":
        return "pdf"
    if media_type in _IMAGES:
        return "image"
    if media_type in _AUDIO:
        return "audio"
    return "text" if media_type.startswith("text/") or media_type in _TEXTS else None


def ending_of(media_type: str) -> str:
    """The ending of a file with this sound, which endpoints want to see."""
    return _AUDIO[media_type]


def attachment(data: str, *, media_type: str = "", name: str = "") -> Attachment:
    """The file in ``data``: base64, or a data URL with it. Its type is ``media_type``, else that of the URL, else what its name
    ends in.

    Raises:
        InvalidAttachment: it is not base64, or empty.
        UnsupportedAttachment: nothing reads files of its type, or it names none.
    """
    match = _DATA_URL.match(data[:300])
    if match:
        data = data[match.end() :]
        media_type = media_type or match["type"]
    media_type = media_type_of(media_type) or _by_name(name)
    if kind_of(media_type) is None:
        known = "text, HTML, PDF, PNG, JPEG, GIF, WebP, BMP, WAV, MP3, M4A, OGG, WebM, FLAC"
        raise UnsupportedAttachment(f"is of the type `{media_type[:80] or 'unknown'}`; what can be read: {known}")
    try:
        found = base64.b64decode("".join(data.split()), validate=True)
    except ValueError as error:
        raise InvalidAttachment(f"is not base64: {error}") from error
    if not found:
        raise InvalidAttachment("is empty")
    return Attachment(name=name[:200], media_type=media_type, data=found)


def require_fit(attachments: Sequence[Attachment], max_bytes: int) -> None:
    """The files are within bounds, and are what they say as far as their first bytes tell.

    Raises:
        AttachmentTooLarge: too many files, bytes or pixels.
        InvalidAttachment: one is not of its type.
    """
    if len(attachments) > MOST:
        raise AttachmentTooLarge(f"{len(attachments)} attachments; at most {MOST} are accepted")
    size = sum(len(each.data) for each in attachments)
    if size > max_bytes:
        raise AttachmentTooLarge(
            f"the attachments have {size:,} bytes; at most {max_bytes:,} are accepted "
            "(setting HANDRAIL_MAX_ATTACHMENT_BYTES)"
        )
    for number, each in enumerate(attachments, start=1):
        _require_type(each, f"attachment {number}")


def _require_type(each: Attachment, what: str) -> None:
    kind = kind_of(each.media_type)
    if kind == "image":
        size = size_of(each.data)
        if size is None:
            raise InvalidAttachment(f"{what} is declared as `{each.media_type}` but is no such picture")
        if size[0] * size[1] > MAX_PIXELS:
            raise AttachmentTooLarge(
                f"{what} has {size[0]:,} x {size[1]:,} pixels; at most {MAX_PIXELS:,} are accepted"
            )
    elif kind == "pdf" and b"%PDF-" not in each.data[:1024]:
        raise InvalidAttachment(f"{what} is declared as `application/pdf` but is no PDF")
    elif kind in ("text", "html") and _is_binary(each.data):
        raise InvalidAttachment(f"{what} is declared as `{each.media_type}` but is no text")


def _is_binary(data: bytes) -> bool:
    return b"\x00" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff"))


def _by_name(name: str) -> str:
    ending = f".{name.rpartition('.')[2].lower()}"
    return media_type_of(_NAMED.get(ending) or mimetypes.guess_type(name)[0] or "")
