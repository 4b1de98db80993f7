"""Encodings and ciphers that perception opens, beside those of ``evals.obfuscation``."""

from __future__ import annotations

import string
from typing import Final

from evals.obfuscation import Disguise, latin

_ATBASH: Final = str.maketrans(
    string.ascii_lowercase + string.ascii_uppercase, string.ascii_lowercase[::-1] + string.ascii_uppercase[::-1]
)
_SHIFT: Final = 3
"""Caesar's own."""
_SHIFTED: Final = str.maketrans(
    string.ascii_lowercase + string.ascii_uppercase,
    string.ascii_lowercase[_SHIFT:]
    + string.ascii_lowercase[:_SHIFT]
    + string.ascii_uppercase[_SHIFT:]
    + string.ascii_uppercase[:_SHIFT],
)


def _binary(text: str) -> str:
    return " ".join(f"{byte:08b}" for byte in text.encode())


def _decimal(text: str) -> str | None:
    return " ".join(str(byte) for byte in text.encode()) if text.isascii() else None


def _octal(text: str) -> str:
    return "".join(f"\\{byte:03o}" for byte in text.encode())


def _unicode(text: str) -> str:
    return "".join(f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}" for c in text)


def _tags(text: str) -> str | None:
    """Invisible tag characters behind a harmless word."""
    if not text.isascii():
        return None
    return "hello " + "".join(chr(0xE0000 + ord(c)) for c in text if " " <= c <= "~")


def _selectors(text: str) -> str:
    """Bytes as variation selectors behind a harmless word."""
    return "hello " + "".join(chr(0xFE00 + byte) if byte < 16 else chr(0xE0100 + byte - 16) for byte in text.encode())


CIPHERS: Final[dict[str, Disguise]] = {
    "binary": _binary,
    "decimal": _decimal,
    "octal": _octal,
    "unicode": _unicode,
    "caesar": latin(lambda text: text.translate(_SHIFTED)),
    "atbash": latin(lambda text: text.translate(_ATBASH)),
    "words_reversed": latin(lambda text: " ".join(reversed(text.split()))),
    "tags": _tags,
    "variation_selectors": _selectors,
}
"""Name -> disguise; ``None`` where a text has no such form."""
