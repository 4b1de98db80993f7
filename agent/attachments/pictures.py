"""Pictures on the pages of a PDF, as files that OCR reads. Nothing is unpacked that the PDF does not declare to be of a sane size."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pypdf import PageObject

LEAST: Final = 40
"""Pixels on each side of a picture that may hold a line of text."""
MAX_PIXELS: Final = 50_000_000
_FILES: Final = frozenset({"/DCTDecode", "/JPXDecode", "/CCITTFaxDecode"})
"""Filters whose output is a picture file by itself."""
_CHANNELS: Final = {"/DeviceGray": 1, "/CalGray": 1, "/DeviceRGB": 3, "/CalRGB": 3}


def pictures_on(page: PageObject) -> Iterator[bytes]:
    """The pictures of the page, in the order of its resources: JPEG, JPEG 2000 and TIFF as they are, plain pixels as PNG. Those in
    other forms are left out. Raises whatever pypdf does over a broken file."""
    resources = page.get("/Resources")
    objects = resources.get_object().get("/XObject") if resources is not None else None
    for reference in (objects.get_object() if objects is not None else {}).values():
        picture = reference.get_object()
        if picture.get("/Subtype") == "/Image":
            found = _file(picture)
            if found is not None:
                yield found


def _file(picture: Any) -> bytes | None:
    across, down = int(picture.get("/Width", 0)), int(picture.get("/Height", 0))
    if min(across, down) < LEAST or across * down > MAX_PIXELS:
        return None
    filters = picture.get("/Filter", [])
    last = filters if isinstance(filters, str) else str(filters[-1]) if filters else ""
    if last in _FILES:
        return bytes(picture.get_data())
    bits, channels = int(picture.get("/BitsPerComponent", 0)), _channels(picture.get("/ColorSpace"))
    if channels is None or bits not in (1, 8) or (bits == 1 and channels != 1) or last == "/JBIG2Decode":
        return None
    line = (across * bits * channels + 7) // 8
    pixels = bytes(picture.get_data())
    return _png(across, down, bits, channels, line, pixels) if len(pixels) >= line * down else None


def _channels(space: Any) -> int | None:
    """Numbers for each pixel; ``None`` for spaces that are more than grey or red, green and blue."""
    space = space.get_object() if space is not None else None
    if isinstance(space, str):
        return _CHANNELS.get(space)
    if isinstance(space, list) and space and space[0] == "/ICCBased":
        count = int(space[1].get_object().get("/N", 0))
        return count if count in (1, 3) else None
    return _CHANNELS.get(str(space[0])) if isinstance(space, list) and space else None


def _png(across: int, down: int, bits: int, channels: int, line: int, pixels: bytes) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", across, down, bits, 0 if channels == 1 else 2, 0, 0, 0)
    lines = b"".join(b"\0" + pixels[start : start + line] for start in range(0, line * down, line))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines, 1)) + chunk(b"IEND", b"")
