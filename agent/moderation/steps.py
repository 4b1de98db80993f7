"""Ordered operational steps: numbered lists, steps called so, and instructions told in sequence."""

from __future__ import annotations

import re
from typing import Final

from agent.moderation.numbers import plain

_LINE: Final = r"(?:^|\n)[\s>*#_•-]*"
_NAMED: Final = re.compile(
    rf"{_LINE}(?:step\s*(?:\d+|one|two|three)|(?:first|second|third) step|paso\s*(?:\d+|uno|dos|tres)|(?:primer|segundo|tercer) paso|第[一二三四五六七八九十\d]+步|"
    r"步骤\s*[一二三四五六七八九十\d]+|الخطوة\s+(?:\d+|الأولى|الاولى|الثانية|الثالثة))\b|\b(?:step\s+(?:2|two)|paso\s+(?:2|dos)|(?:second|third) step|(?:segundo|tercer) paso)\s*[:.]|第[二三]步",
    re.IGNORECASE,
)
_ITEM: Final = re.compile(rf"{_LINE}\(?(?:(\d{{1,2}})[.)、．]|([①-⑳])|([a-h])\)|([一二三四五六七八九])、)[ \t*_)]*\S")
_LETTERS: Final = "abcdefgh"
_HAN: Final = "一二三四五六七八九"
_INLINE: Final = re.compile(r"(?<![\w.(])\(?([1-9])\)(?=\s?\w)|([①-⑨])")
_BEFORE_FIRST: Final = r"(?:^|[.!?。！？؟:：,，،;；(\"“«]\s*|\n[\s>*#_•-]*)"
_BEFORE_NEXT: Final = r"(?:^|[.!?,;。！？，；؟،؛]\s*(?:(?:and|y)\s)?|\n[\s>*#_•-]*)"
_SEQUENCE: Final = (
    re.compile(
        rf"{_BEFORE_FIRST}(?:(?:first(?:ly)?|to begin|start by|begin by|primero|en primer lugar|para empezar)\b|首先|第一|أولا|أولاً|اولا|في البداية)",
        re.IGNORECASE,
    ),
    re.compile(
        rf"{_BEFORE_NEXT}(?:second(?:ly)?,|then|next|after that|segundo,|luego|despu[eé]s|a continuaci[oó]n|其次|然后|接着|接下来|第二|ثانيا|ثانياً|و?ثم|و?بعد ذلك)",
        re.IGNORECASE,
    ),
    re.compile(
        rf"{_BEFORE_NEXT}(?:third(?:ly)?,|finally|lastly|once (?:you|that|it)|tercero,|por [uú]ltimo|finalmente|una vez|最后|第三|ثالثا|ثالثاً|و?أخيرا|و?أخيراً|و?في النهاية)",
        re.IGNORECASE,
    ),
)


def has_steps(text: str) -> bool:
    """True when the text is a way to do something in order: a second numbered item after a first, a step that is called
    one, three numbers in a row in one sentence, or ``first ... then ... finally``."""
    read = plain(text)
    return _NAMED.search(read) is not None or _counts(read) or _counts_inline(read) or _in_sequence(read)


def _counts(text: str) -> bool:
    """True when items are numbered on: 2 after 1, or 3 after 2."""
    before: tuple[int, int] | None = None
    for match in _ITEM.finditer(text):
        number = (match.lastindex or 0, _number(match))
        if before is not None and number == (before[0], before[1] + 1):
            return True
        before = number
    return False


def _number(match: re.Match[str]) -> int:
    sign = match[match.lastindex or 0]
    if sign in _HAN:
        return _HAN.index(sign)
    if sign in _LETTERS:
        return _LETTERS.index(sign)
    return int(sign) if sign.isdecimal() else ord(sign)


def _counts_inline(text: str) -> bool:
    """True for ``(1) ..., (2) ..., (3) ...``, in which two alone may be a choice."""
    found = "".join(
        str(int(match[1]) if match[1] else ord(match[2]) - ord("①") + 1) for match in _INLINE.finditer(text)
    )
    return "123" in found


def _in_sequence(text: str) -> bool:
    at = 0
    for pattern in _SEQUENCE:
        match = pattern.search(text, at)
        if match is None:
            return False
        at = match.end()
    return True
