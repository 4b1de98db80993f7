"""Chinese in one script: traditional characters as simplified ones, the script of our words, rules and most of our texts."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Final

from opencc import OpenCC

_HAN: Final = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
_KANA: Final = re.compile("[\u3040-\u30ff]")
_RARE: Final = re.compile("[\U00020000-\U0003ffff]")


def simplified(text: str) -> str:
    """The text with simplified characters, by the tables of OpenCC (Apache-2.0); a text without Chinese, or in
    Japanese, comes back as it is.

    Where the simplified character is one that hardly anybody has (``嗰`` of Cantonese), the one that people write stays.
    """
    if not _HAN.search(text) or _KANA.search(text):
        return text
    converted = _convert()(text)
    if _RARE.search(converted) and len(converted) == len(text):
        return "".join(old if _RARE.match(new) else new for old, new in zip(text, converted, strict=True))
    return converted


@cache
def _convert() -> Callable[[str], str]:
    convert: Callable[[str], str] = OpenCC("t2s").convert
    return convert
