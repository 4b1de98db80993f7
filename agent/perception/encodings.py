"""Stretches that encode bytes or characters: base64, base32, hex, binary, decimal codes, url, HTML and other escapes.

Each finder yields what could be an encoding and decodes to printable text; whether that is language is for
``agent.perception.decode`` to say.
"""

from __future__ import annotations

import base64
import binascii
import html
import itertools
import re
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import unquote

from agent.perception.morse import morse
from agent.perception.spans import Span

MOST: Final = 6_000
"""Characters of one stretch that are decoded."""

_BASE64: Final = re.compile(r"(?<![\w+/=%-])[A-Za-z0-9+/_-]{8,}(?:\s?={1,2})?(?![\w+/=-])")
_BASE64_LINES: Final = re.compile(
    r"(?<![\w+/=%-])[A-Za-z0-9+/_-]{4,}(?:[ \t]*[\r\n]+[A-Za-z0-9+/_-]{2,}|(?: [A-Za-z0-9+/]{4,})+)+={0,2}(?![\w+/=-])"
)
_WORD: Final = re.compile(r"[A-Z]?[a-z]+(?:[-_/][A-Z]?[a-z]+)*")
_BASE32: Final = re.compile(r"(?<![\w=])(?:[A-Z2-7]{8,}|[a-z2-7]{16,})={0,6}(?![\w=])")
_HEX: Final = re.compile(
    r"(?<![\w#])(?:0x)?[0-9A-Fa-f]{2}(?:[\s:,]{0,2}(?:0x|\\x)?[0-9A-Fa-f]{2}){3,}(?!\w)|(?:\\x[0-9A-Fa-f]{2}){3,}"
)
_HEX_NOISE: Final = re.compile(r"0x|\\x|[^0-9A-Fa-f]")
_BINARY: Final = re.compile(r"(?<!\d)[01]{7,8}(?:[\s,.-]{0,2}[01]{7,8}){2,}(?!\d)")
_DECIMAL: Final = re.compile(r"(?<![\d.])\d{2,3}(?:[\s,;-]{1,2}\d{2,3}){3,}(?![\d.])")
_URL: Final = re.compile(r"[^\s<>\"]+")
_ESCAPED: Final = re.compile(r"%[0-9A-Fa-f]{2}")
_BLANK_INSIDE: Final = re.compile(r"[A-Za-z]%20[A-Za-z]")
_ADDRESS: Final = re.compile(r"://|www\.|[?&]\w+=|/\w+/")
_HTML: Final = re.compile(r"&#(?:\d{2,7}|[xX][0-9A-Fa-f]{2,6});?|&[A-Za-z][A-Za-z0-9]{1,9};")
_UNICODE: Final = re.compile(r"(?:\\u\{?[0-9A-Fa-f]{4,6}\}?|\\U[0-9A-Fa-f]{8}|\bU\+[0-9A-Fa-f]{4,6}\s?)")
_OCTAL: Final = re.compile(r"(?:\\[0-3][0-7]{2}){3,}")


def find(text: str) -> list[Span]:
    """Every stretch that decodes to printable text."""
    return [span for finder in _FINDERS for span in finder(text)]


def _base64(text: str) -> Iterator[Span]:
    for pattern in (_BASE64, _BASE64_LINES):
        for match in pattern.finditer(text):
            token = re.sub(r"\s+", "", match.group())[:MOST]
            if _mixed(token):
                yield from _as_span(match, _from_base64(token), "base64")


def _mixed(token: str) -> bool:
    """True for letters of both cases or with digits or padding, as encoded bytes have."""
    kinds = any(map(str.isupper, token)) + any(map(str.islower, token)) + any(map(str.isdigit, token))
    return (kinds >= 2 and not _WORD.fullmatch(token)) or token.endswith("=")


def _from_base64(token: str) -> str | None:
    bare = token.rstrip("=").translate(str.maketrans("-_", "+/"))
    if len(bare) % 4 == 1:
        bare = bare[:-1]
    try:
        return _printable(base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True))
    except (binascii.Error, ValueError):
        return None


def _base32(text: str) -> Iterator[Span]:
    for match in _BASE32.finditer(text):
        bare = match.group().rstrip("=").upper()[: MOST // 8 * 8]
        if len(bare) % 8 not in {0, 2, 4, 5, 7}:
            continue
        try:
            decoded = base64.b32decode(bare + "=" * (-len(bare) % 8))
        except (binascii.Error, ValueError):
            continue
        yield from _as_span(match, _printable(decoded), "base32")


def _hex(text: str) -> Iterator[Span]:
    for match in _HEX.finditer(text):
        digits = _HEX_NOISE.sub("", match.group())[:MOST]
        if len(digits) >= 8 and len(digits) % 2 == 0:
            yield from _as_span(match, _printable(bytes.fromhex(digits)), "hex")


def _binary(text: str) -> Iterator[Span]:
    for match in _BINARY.finditer(text):
        groups = re.findall(r"[01]{7,8}", match.group()[:MOST])
        yield from _as_span(match, _printable(bytes(int(group, 2) for group in groups)), "binary")


def _decimal(text: str) -> Iterator[Span]:
    for match in _DECIMAL.finditer(text):
        codes = [int(code) for code in re.findall(r"\d+", match.group()[:MOST])]
        if all(32 <= code < 127 for code in codes):
            yield from _as_span(match, _printable(bytes(codes)), "decimal")


def _url(text: str) -> Iterator[Span]:
    """Percent escapes; inside an address only those that hide letters."""
    for match in _URL.finditer(text) if "%" in text else ():
        token = match.group()[:MOST]
        escapes = _ESCAPED.findall(token)
        hidden = sum(escape[1] not in "23" or (escape[1] == "3" and escape[2].isdigit()) for escape in escapes)
        if (len(escapes) < 2 and not _BLANK_INSIDE.search(token)) or (_ADDRESS.search(token) and hidden < 3):
            continue
        if token.count("+") >= 2:
            token = token.replace("+", " ")
        decoded = unquote(token, errors="replace")
        if decoded != token and "\ufffd" not in decoded:
            yield from _as_span(match, decoded, "url")


def _html(text: str) -> Iterator[Span]:
    yield from _region(text, _HTML, html.unescape, "html", 2)


def _unicode(text: str) -> Iterator[Span]:
    yield from _region(text, _UNICODE, lambda region: _UNICODE.sub(_character, region), "unicode", 3)


def _region(text: str, pattern: re.Pattern[str], read: Callable[[str], str], how: str, least: int) -> Iterator[Span]:
    """From the word of the first to that of the last escape of single characters, when enough of them are letters."""
    escapes = list(itertools.islice(pattern.finditer(text), MOST))
    if sum(any(map(str.isalpha, read(match.group()))) for match in escapes) >= least:
        start, end = escapes[0].start(), escapes[-1].end()
        start = text.rfind(" ", max(0, start - 40), start) + 1 or start
        end = next((i for i in range(end, min(end + 40, len(text))) if text[i].isspace()), min(end + 40, len(text)))
        yield Span(start, end, read(text[start:end]), how)


def _character(match: re.Match[str]) -> str:
    code = int(re.sub(r"[^0-9A-Fa-f]", "", match.group().lstrip("\\uU+")), 16)
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else match.group()


def _octal(text: str) -> Iterator[Span]:
    for match in _OCTAL.finditer(text):
        codes = [int(code, 8) for code in re.findall(r"[0-7]{3}", match.group()[:MOST])]
        yield from _as_span(match, _printable(bytes(codes)), "octal")


def _as_span(match: re.Match[str], decoded: str | None, how: str) -> Iterator[Span]:
    if decoded:
        yield Span(match.start(), match.end(), decoded, how)


def _printable(data: bytes) -> str | None:
    """The bytes as UTF-8 (or UTF-16 little endian, as PowerShell encodes), when all of it is printable."""
    if len(data) >= 6 and data[1::2].count(0) >= 0.4 * (len(data) // 2):
        data = data.decode("utf-16-le", errors="replace").encode()
    try:
        decoded = data.decode("utf-8").strip("\r\n\t \x00")
    except UnicodeDecodeError as error:
        if error.start < len(data) - 3 or error.start < 6:
            return None
        decoded = data[: error.start].decode("utf-8", errors="ignore")
    if len(decoded) < 2 or any(
        not c.isprintable() and c not in "\n\t\r" and not "\u200b" <= c <= "\u206f" for c in decoded
    ):
        return None
    return decoded


_FINDERS: Final[tuple[Callable[[str], Iterator[Span]], ...]] = (
    _base64,
    _base32,
    _hex,
    _binary,
    _decimal,
    _url,
    _html,
    _unicode,
    _octal,
    morse,
)
