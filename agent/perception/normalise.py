"""The form of a text made plain: one way to write each letter, nothing invisible, words in one piece."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from agent.perception.confusables import unmask
from agent.perception.spacing import join, unlace
from retrieval.han import simplified

_INVISIBLE: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_GONE: Final = re.compile(f"[{_INVISIBLE}\u0640\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]+")
"""Invisible and control characters, bidirectional marks, tags, variation selectors, the Arabic tatweel."""
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+")
_OVERLAY: Final = re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")
"""Marks that did not compose with their letter: strike-throughs and stacks."""
_SQUARED: Final = re.compile("[\U0001f130-\U0001f189]")
_REGIONAL: Final = re.compile("[\U0001f1e6-\U0001f1ff]{1,400}")
_NAME: Final = re.compile(r"(?:LETTER|LATIN CAPITAL LETTER) ([A-Z])\Z")
_BREAK: Final = re.compile("\r\n?|[\u0085\u2028\u2029]")
_BLANK: Final = re.compile("[\u2800\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_ZERO_SPACE: Final = re.compile("[\u200b\u200c\u200d\u2060\ufeff]+")
_FLIPPED: Final = dict(zip("ɐqɔpǝɟƃɓɥᴉıɾʞןlɯuodbɹsʇnʌʍxʎz", "abcdefgghiijkllmnopqrstuvwxyz", strict=True))
_FLIPPED_ONLY: Final = re.compile("[ɐɔǝɟƃɓɥᴉɾʞןɯɹʇʌʍʎ]")


def normalise(text: str) -> str:
    """The text in NFKC without invisible characters, look-alike letters read as Latin, spelt-out words joined, Chinese in
    simplified characters."""
    if text.isascii():
        return join(unlace(_BREAK.sub("\n", _CONTROL.sub("", text))))
    text = _BREAK.sub("\n", _BLANK.sub(" ", text))
    text = unicodedata.normalize("NFKC", _GONE.sub("", _spaced(text)))
    text = _OVERLAY.sub("", _GONE.sub("", text))
    text = _REGIONAL.sub(_spelt, _SQUARED.sub(_squared, text))
    if len(_FLIPPED_ONLY.findall(text)) >= 4:
        text = "".join(_FLIPPED.get(c, c) for c in text)
    return join(simplified(unmask(unlace(text))))


def _spaced(text: str) -> str:
    """Zero-width characters between words where nothing else parts them become spaces."""
    found = _ZERO_SPACE.findall(text)
    if len(found) < 2 or any(c.isspace() for c in text):
        return text
    parts = [part for part in _ZERO_SPACE.split(text) if part]
    return " ".join(parts) if sum(map(len, parts)) >= 2.5 * len(parts) else text


def _squared(match: re.Match[str]) -> str:
    return _letter(match.group())


def _spelt(match: re.Match[str]) -> str:
    """Regional indicators that spell more than a flag."""
    run = match.group()
    return "".join(_letter(c) for c in run) if len(run) > 2 else run


@lru_cache(maxsize=256)
def _letter(char: str) -> str:
    found = _NAME.search(unicodedata.name(char, ""))
    return found[1].lower() if found else char
