"""Ordered operational steps: numbered lists, steps called so, and instructions told in sequence."""

from __future__ import annotations

import re
from typing import Final

from agent.moderation.numbers import plain

_NAMED: Final = re.compile(
    r"(?:^|\n)[\s>*#_]*(?:step\s*(?:\d+|one|two|three)|paso\s*(?:\d+|uno|dos|tres)|第[一二三四五六七八九十\d]+步|步骤\s*[一二三四五六七八九十\d]+|"
    r"الخطوة\s+(?:\d+|الأولى|الاولى|الثانية|الثالثة))\b|\b(?:step\s+(?:2|two)|paso\s+(?:2|dos))\s*[:.]|第[二三]步",
    re.IGNORECASE,
)
_ITEM: Final = re.compile(r"(?:^|\n)[ \t>*_]*(?:\(?(\d{1,2})[.)、．]|([①-⑳]))[ \t*_]*\S")
_SEQUENCE: Final = (
    re.compile(
        r"(?:^|[.!?。！？؟:]\s*|\n\s*)(?:first(?:ly)?|to begin|start by|primero|en primer lugar|para empezar|首先|第一|أولا|أولاً|اولا|في البداية)",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?:^|[.!?,;。！？，؟،]\s*|\n\s*)(?:second(?:ly)?,|then|next|after that|segundo,|luego|despu[eé]s|a continuaci[oó]n|其次|然后|接着|接下来|第二|ثانيا|ثانياً|ثم|بعد ذلك)",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?:^|[.!?,;。！？，؟،]\s*|\n\s*)(?:third(?:ly)?,|finally|lastly|once (?:you|that|it)|tercero,|por [uú]ltimo|finalmente|una vez|最后|第三|ثالثا|ثالثاً|أخيرا|أخيراً|في النهاية)",
        re.IGNORECASE,
    ),
)


def has_steps(text: str) -> bool:
    """True when the text is a way to do something in order: a second numbered item after a first, a step that is called
    one, or ``first ... then ... finally``."""
    read = plain(text)
    return _NAMED.search(read) is not None or _counts(read) or _in_sequence(read)


def _counts(text: str) -> bool:
    """True when items are numbered on: 2 after 1, or 3 after 2."""
    before: int | None = None
    for match in _ITEM.finditer(text):
        number = int(match[1]) if match[1] else ord(match[2]) - ord("①") + 1
        if before is not None and number == before + 1:
            return True
        before = number
    return False


def _in_sequence(text: str) -> bool:
    at = 0
    for pattern in _SEQUENCE:
        match = pattern.search(text, at)
        if match is None:
            return False
        at = match.end()
    return True
