"""Width and height of a picture from its header, without unpacking it."""

from __future__ import annotations

import struct

_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""Markers of JPEG that carry a size."""


def size_of(data: bytes) -> tuple[int, int] | None:
    """Pixels across and down of a PNG, JPEG, GIF, WebP or BMP; ``None`` for anything else, and for a broken header."""
    try:
        if data.startswith(b"\x89PNG\r\n\x1a\n"):
            return _pair(struct.unpack(">II", data[16:24]))
        if data.startswith((b"GIF87a", b"GIF89a")):
            return _pair(struct.unpack("<HH", data[6:10]))
        if data.startswith(b"BM"):
            across, down = struct.unpack("<ii", data[18:26])
            return _pair((across, abs(down)))
        if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
            return _webp(data)
        if data.startswith(b"\xff\xd8"):
            return _jpeg(data)
    except (struct.error, IndexError):
        return None
    return None


def _pair(size: tuple[int, ...]) -> tuple[int, int] | None:
    across, down = size
    return (across, down) if across > 0 and down > 0 else None


def _webp(data: bytes) -> tuple[int, int] | None:
    if data[12:16] == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if data[12:16] == b"VP8L":
        bits = struct.unpack("<I", data[21:25])[0]
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if data[12:16] == b"VP8 ":
        across, down = struct.unpack("<HH", data[26:30])
        return _pair((across & 0x3FFF, down & 0x3FFF))
    return None


def _jpeg(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(data):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker in _FRAMES:
            down, across = struct.unpack(">HH", data[at + 5 : at + 9])
            return _pair((across, down))
        at += 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
    return None
