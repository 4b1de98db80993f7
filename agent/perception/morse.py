"""Morse code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from agent.perception.lexicon import lexicon
from agent.perception.spacing import segment
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
_SHORTENED: Final = (
    "i'm i've he's she's you're you've you'll you'd they're they've they'll they'd we've that's what's there's here's who's where's how's "
    "don't doesn't didn't isn't aren't wasn't weren't can't couldn't wouldn't shouldn't won't haven't hasn't hadn't mustn't needn't ain't"
)
_CONTRACTED: Final = {word.replace("'", ""): word for word in _SHORTENED.split()}
"""Words that mean nothing else without their apostrophe."""
_WE_ARE: Final = re.compile(r"\Awere(?= [a-z]+ing )")
_ASKS: Final = re.compile(r"(?:how|what|why|who|where|when|which|como|cuando|donde|quien|cual) [a-z]+ [a-z]+")
"""A question of three words or more."""
_RUN_TOGETHER: Final = 10
"""Letters of a word that may be two."""
_WORDS: Final = re.compile(r"\s*[/|\n]+\s*| {2,}")


def morse(text: str) -> Iterator[Span]:
    """Stretches of three Morse letters or more, in the alphabet that makes the better words."""
    for match in _RUN.finditer(text):
        readings = [_read(match.group()[:6_000], letters) for letters in (_LETTER, _ARABIC)]
        decoded = max(filter(None, readings), key=lexicon().fluency, default=None)
        if decoded:
            yield Span(match.start(), match.end(), _restored(decoded), "morse")


def _read(run: str, letters: dict[str, str]) -> str | None:
    words: list[str] = []
    for word in _WORDS.split(run.strip()):
        codes = [code.translate(_MARKS) for code in word.split()]
        if any(code not in letters for code in codes):
            return None
        words.append("".join(letters[code] for code in codes))
    decoded = " ".join(words)
    return decoded if sum(map(str.isalpha, decoded)) >= 3 and len(set(decoded)) > 2 else None


def _restored(decoded: str) -> str:
    """Text with what people leave out in Morse: English apostrophes, the gap or the sign between two words run together, and
    the mark of a question.
    """
    decoded = _WE_ARE.sub("we're", decoded)
    said = " ".join(_CONTRACTED.get(word) or _apart(word) for word in decoded.split(" "))
    return f"{said}?" if _ASKS.match(said) and said[-1].isalpha() else said


def _apart(word: str) -> str:
    """Two known words of four letters or more, parted; any other word as it is."""
    if len(word) < _RUN_TOGETHER or not word.isalpha() or lexicon().look(word) >= 1.0:
        return word
    parts = segment(word).split()
    known = lexicon().knows
    return " ".join(parts) if len(parts) == 2 and all(len(part) >= 4 and known(part) for part in parts) else word
