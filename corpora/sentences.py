"""Cut running text into sentences, in the four languages of the library."""

from __future__ import annotations

import re
from typing import Final

_ENGLISH: Final = "e.g i.e vs dr mr mrs ms prof inc ltd corp approx u.s u.k u.n a.m p.m"
_SPANISH: Final = "sr sra dra p.ej núm ee.uu av c.p pág"
_ABBREVIATIONS: Final = frozenset((*_ENGLISH.split(), *_SPANISH.split()))
"""Words that end with a full stop inside a sentence, without their last full stop."""

_BREAK: Final = re.compile(
    r"""
    (?P<wide>[。！？]+[”』」"'）)]*)\s*            # Chinese: no space needed
    | (?P<narrow>[.!?؟…]+["'”’»)\]]*)(?=\s|$)\s*   # the others: a space or the end must follow
    """,
    re.VERBOSE,
)


def split_sentences(text: str) -> tuple[str, ...]:
    """The sentences of ``text`` in order, trimmed; joined with spaces they hold every word of it."""
    sentences: list[str] = []
    start = 0
    for match in _BREAK.finditer(text):
        if match["narrow"] is not None and _continues(text, start, match):
            continue
        sentences.append(text[start : match.end()].strip())
        start = match.end()
    sentences.append(text[start:].strip())
    return tuple(sentence for sentence in sentences if sentence)


def _continues(text: str, start: int, match: re.Match[str]) -> bool:
    """True when the full stop at ``match`` belongs to an abbreviation or the next word is lower case."""
    if match["narrow"][0] != ".":
        return False
    following = text[match.end() : match.end() + 1]
    if not following:
        return False
    before = text[start : match.start()].rsplit(maxsplit=1)
    word = before[-1].lower().lstrip("(«“\"'¿¡") if before else ""
    if word in _ABBREVIATIONS:
        return True
    if len(word) == 1 and word.isalpha() and word.isascii():
        return True
    return following.isalpha() and following.islower()
