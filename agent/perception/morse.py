"""Morse code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from agent.perception.spans import Span

_CODES: Final = (
    "a.- b-... c-.-. d-.. e. f..-. g--. h.... i.. j.--- k-.- l.-.. m-- n-. o--- p.--. q--.- r.-. s... t- u..- v...- w.-- x-..- y-.-- z--.. "
    "ñ--.-- á.--.- é..-.. ó---. ü..-- 0----- 1.---- 2..--- 3...-- 4....- 5..... 6-.... 7--... 8---.. 9----. "
    "?..--.. !-.-.-- ,--..-- ..-.-.- '.----. /-..-. (-.--. )-.--.- :---... =-...- +.-.-. \".-..-. @.--.-."
)
_LETTER: Final = {code[1:]: code[0] for code in _CODES.split()}
_ARABIC_CODES: Final = "ا.- ب-... ت- ث-.-. ج.--- ح.... خ--- د-.. ذ--.. ر.-. ز---. س... ش---- ص-..- ض...- ط..- ظ-.-- ع.-.- غ--. ف..-. ق--.- ك-.- ل.-.. م-- ن-. ه..-.. و.-- ي.."
_ARABIC: Final = {code[1:]: code[0] for code in _ARABIC_CODES.split()}
_MARKS: Final = str.maketrans("·•∙.–—−_‐-ـ", "....-------")
_RUN: Final = re.compile(r"(?<!\w)[.\-·•∙–—−_]{1,6}(?:[ \t]{0,3}[ /|\n][ \t/|\n]{0,3}[.\-·•∙–—−_]{1,7}){2,}(?!\w)")
_WORDS: Final = re.compile(r"\s*[/|\n]+\s*| {2,}")


def morse(text: str) -> Iterator[Span]:
    """Stretches of three Morse letters or more."""
    for match in _RUN.finditer(text):
        for letters in (_LETTER, _ARABIC):
            decoded = _read(match.group()[:6_000], letters)
            if decoded:
                yield Span(match.start(), match.end(), decoded, "morse")


def _read(run: str, letters: dict[str, str]) -> str | None:
    words: list[str] = []
    for word in _WORDS.split(run.strip()):
        codes = [code.translate(_MARKS) for code in word.split()]
        if any(code not in letters for code in codes):
            return None
        words.append("".join(letters[code] for code in codes))
    decoded = " ".join(words)
    return decoded if sum(map(str.isalpha, decoded)) >= 3 and len(set(decoded)) > 2 else None
