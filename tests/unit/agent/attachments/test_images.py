"""The size of a picture is told without unpacking it."""

from __future__ import annotations

import struct

import pytest

from agent.attachments.images import size_of
from tests.unit.agent.attachments.files import a_png

JPEG = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xff\xc2\x00\x0b\x08" + struct.pack(">HH", 20, 30) + b"\x01\x01\x11\x00"
VP8 = b"RIFF\x00\x00\x00\x00WEBPVP8 " + bytes(10) + struct.pack("<HH", 30 | 0x4000, 20)
VP8L = b"RIFF\x00\x00\x00\x00WEBPVP8L" + bytes(4) + b"\x2f" + struct.pack("<I", 29 | 19 << 14)
VP8X = b"RIFF\x00\x00\x00\x00WEBPVP8X" + bytes(8) + (29).to_bytes(3, "little") + (19).to_bytes(3, "little")
BMP = b"BM" + bytes(16) + struct.pack("<ii", 30, -20)


@pytest.mark.parametrize("data", [a_png(30, 20), b"GIF89a" + struct.pack("<HH", 30, 20), JPEG, VP8, VP8L, VP8X, BMP])
def test_the_header_has_the_size(data):
    assert size_of(data) == (30, 20)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"words",
        a_png()[:18],
        b"GIF89a",
        JPEG[:8],
        b"\xff\xd8words here",
        b"RIFF0000WEBPVP9 ",
        a_png(0, 5, whole=False),
    ],
)
def test_what_has_no_size_is_no_picture(data):
    assert size_of(data) is None
