"""Letters that look like Latin ones, read as Latin where they pose as such.

Two readings: letters that the Unicode confusables data calls the same as a Latin letter, and look-alikes that people use
(``н`` for h). A word is read as Latin when it mixes Latin with other letters, or when all its letters can pass for Latin in
a text that is otherwise Latin. Genuine Russian or Greek stays.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Final

from agent.perception.lexicon import lexicon

_POSERS: Final = (
    "\u0181-\u01a5\u0250-\u02b8\u0370-\u03ff\u0400-\u052f\u0531-\u0587\u13a0-\u13fd\uab70-\uabbf\u1400-\u167f\u1d00-\u1dbf\u2c60-\u2cff\ua4d0-\ua4fd"
    "\ua640-\ua69f\ua720-\ua7ff\U00010400-\U0001044f\U000118a0-\U000118df\u0131\u0142\u00f8\u0111\u0127\u0167\u0141\u00d8\u0110\u0126\u0166"
)
"""Letters of scripts, and Latin ones with strokes, that pose as plain Latin letters."""
_POSER: Final = re.compile(f"[{_POSERS}]")
_WORD: Final = re.compile(rf"[A-Za-zÀ-ÿ0-9{_POSERS}@$'’]*[{_POSERS}][A-Za-zÀ-ÿ0-9{_POSERS}@$'’]*")
_BY_SOUND: Final = str.maketrans("нврсхпилгдузтмкфбжцчημνπω", "nvrshpilgduztmkfbjcchmnpo")
"""Latin letters of the same sound, where the look-alikes make no word."""
_PLAIN: Final = re.compile(r"[A-Za-z]")
_UNITS: Final = frozenset({"μm", "μg", "μl", "μs", "μf", "μv", "μa", "μw", "μmol", "kω", "mω"})

_LOOKS: Final = (
    "нh тt мm кk вb пn яr иu аa гr шw щw чh лl зz бb эe ёe йu ьb ъb дd юo οo βb εe ηn κk τt ωw σo γy λl μu πn ρp χx θo δd ιi υu νv ςs αa ζz ξe ψw φo ђh ћh њh љl џu ѓr ќk "
    "єe іi їi јj ѕs ґr łl øo đd ħh ŧt ıi ǝe ɐa ɔc ɟf ɓb ɗd ɠg ƙk ƥp ƈc ƒf ɱm ɳn ʂs ʈt ʋv ʐz ᗩa ᗷb ᑕc ᗪd ᗴe ᖴf ᕼh ᒍj ᒪl ᗰm ᑎn ᑭp ᑫq ᖇr ᔕs ᑌu ᐯv ᗯw ᙭x ᘔz"
)
"""What people mean by a letter that only resembles a Latin one: pairs of the letter and the Latin one."""
_RESEMBLING: Final = frozenset("нтмквпяигшщчлзбэёйьъдюηκτωσγλμπθδςζξψφђћњљџѓќєґ")
"""Letters of Russian, Greek and Serbian that only resemble, so that a word of them is likely genuine."""


@lru_cache(maxsize=1)
def table() -> dict[str, str]:
    """Posing letter -> Latin letter. From the Unicode confusables data, the names of letters, and resemblance."""
    data = json.loads(files("confusable_homoglyphs").joinpath("confusables.json").read_text(encoding="utf-8"))
    found: dict[str, str] = {}
    for char, twins in data.items():
        if len(char) == 1 and _POSER.match(char):
            for twin in twins:
                if len(twin["c"]) == 1 and twin["c"].isascii() and twin["c"].isalpha():
                    found[char] = twin["c"]
                    break
    for start, end in ((0x0250, 0x02B8), (0x1D00, 0x1DBF), (0xA720, 0xA7FF)):
        for code in range(start, end):
            match = re.fullmatch(r"LATIN LETTER SMALL CAPITAL ([A-Z])", unicodedata.name(chr(code), ""))
            if match:
                found[chr(code)] = match[1].lower()
    for char, twin in map(tuple, _LOOKS.split()):
        found.setdefault(char, twin)
        if char.upper() != char and len(char.upper()) == 1:
            found.setdefault(char.upper(), twin.upper())
    return found


def unmask(text: str) -> str:
    """The text with posing words in Latin letters."""
    if not _POSER.search(text):
        return text
    letters = table()
    plain = len(_PLAIN.findall(text))
    strangers = _genuine(_WORD.findall(text), letters)
    reads = (
        not plain
        and len(_POSER.findall(text)) >= 3
        and lexicon().fluency("".join(letters.get(c, c) for c in text)) >= 0.85
    )

    def read(match: re.Match[str]) -> str:
        word = match.group()
        mapped = _mapped(word, letters)
        if mapped is None or word.casefold() in _UNITS:
            return word
        if _PLAIN.search(word):
            return mapped if _mixed(word, mapped) else word
        if len(word) == 1 and "\u0370" <= word <= "\u03ff" and not reads:
            return word
        if plain > 2 * strangers or (strangers == 0 and reads):
            return mapped if len(word) == 1 or _passes(word, mapped) else word
        return word

    return _WORD.sub(read, text)


def _mapped(word: str, letters: Mapping[str, str]) -> str | None:
    """The word in Latin letters, or ``None`` when it has a letter that passes for no Latin one."""
    mapped = "".join(letters.get(c, c) for c in word)
    if len(word) > 2 and not lexicon().knows(mapped.casefold()):
        by_sound = "".join(letters.get(c, c) for c in word.translate(_BY_SOUND))
        if lexicon().knows(by_sound.casefold()):
            return by_sound
    return None if _POSER.search(mapped) else mapped


def _mixed(word: str, mapped: str) -> bool:
    """True when a word of Latin and posing letters reads as Latin.

    Short words with a Greek letter are formulas (``Δx``), and Latin letters with a stroke belong to languages
    (``Łódź``): those must make a known word.
    """
    posing = _POSER.findall(word)
    if len(word) < 3 and any("\u0370" <= c <= "\u03ff" for c in posing):
        return lexicon().knows(mapped.casefold())
    return any(c >= "\u0250" for c in posing) or lexicon().knows(mapped.casefold())


def _passes(word: str, mapped: str) -> bool:
    """True when a word of posing letters alone is more likely Latin: a known word, or one that can't be told apart."""
    look = lexicon().look(mapped.casefold())
    return look >= 0.95 or (look >= 0.4 and not any(c in _RESEMBLING for c in word))


def _genuine(words: Iterable[str], letters: Mapping[str, str]) -> int:
    """How many letters stand in words of posing letters alone that don't read as Latin."""
    count = 0
    for word in words:
        if len(word) < 2 or _PLAIN.search(word):
            continue
        mapped = _mapped(word, letters)
        if mapped is None or not _passes(word, mapped):
            count += len(word)
    return count
