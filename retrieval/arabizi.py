"""Arabic in Latin letters ("Arabizi"): which Arabic word a word of it is.

Nobody writes Arabizi by rule. Short vowels are written or not, a letter stands for several sounds (``g`` in Cairo is another one
than in Riyadh), and digits stand for letters that look like them (Yaghan, 2008). So a word is looked up by its consonants, each of
which may be one of several Arabic letters, and of the known words that have these the one is taken whose vowels fit best.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice, product
from typing import Final, NamedTuple

_SOUND: Final = re.compile(r"[3679]['’]|kh|gh|sh|ch|th|dh|ou|oo|ee|[a-z0-9]")
_CONSONANTS: Final = {
    "3'": "غ", "7'": "خ", "6'": "ظ", "9'": "ض", "kh": "خ", "gh": "غ", "sh": "ش", "ch": "شك", "th": "ثذت", "dh": "ذضظ",
    "b": "ب", "p": "ب", "t": "تط", "g": "جغق", "j": "ج", "7": "ح", "h": "هح", "5": "خ", "d": "دضذ", "z": "زظذ", "r": "ر",
    "s": "سصث", "9": "قص", "6": "ط", "3": "ع", "f": "ف", "v": "ف", "q": "ق", "8": "قغ", "k": "كقخ", "c": "ك", "x": "خ",
    "l": "ل", "m": "م", "n": "ن",
}  # fmt: skip
"""The letters that a sound may stand for, the likeliest first."""
_VOWELS: Final = {
    "a": "ا", "o": "و", "u": "و", "ou": "و", "oo": "و", "w": "و", "i": "ي", "e": "ي", "ee": "ي", "y": "ي", "2": "اق",
}  # fmt: skip
_UNWRITTEN: Final = {
    "a": 0.1, "e": 0.1, "i": 0.12, "o": 0.12, "u": 0.12, "2": 0.15, "ou": 0.3, "oo": 0.4, "ee": 0.4, "y": 0.5, "w": 0.6,
}  # fmt: skip
"""What it costs that a vowel is not written in Arabic: little for short ones, for they never are."""
_SOFT: Final = frozenset("اويء")
"""Letters that Arabizi may leave out, or write as any vowel."""
_ALIKE: Final = {
    letter: group[0]
    for group in ("تطثسصذدضظز", "جغقكخ", "هح", "ش", "ع", "ب", "ف", "ل", "م", "ن", "ر")
    for letter in group
}
"""Letters that one sound may stand for are one letter in the index."""
_PREFIXES: Final = (
    "", "wel", "wal", "bel", "bil", "lel", "lil", "fel", "fil", "3al", "3el", "el", "al", "il", "ha", "7a", "ka", "ma",
    "w", "b", "l", "f", "h", "s", "m", "n", "t", "y",
)  # fmt: skip
_SUFFIXES: Final = (
    "", "hom", "kom", "hum", "kum", "een", "ha", "na", "ni", "ak", "ik", "ek", "ok", "uk", "sh", "ch", "oh", "uh", "it", "et",
    "at", "in", "oo", "k", "y", "i", "o", "u", "a", "h", "t",
)  # fmt: skip
_LONGEST: Final = 24
"""Letters beyond which a string is no word."""
_SHORTEST: Final = 3
"""Letters that must be left of a word without prefix and suffix."""
_KEYS: Final = 32
"""Readings of one word that are looked up at most."""
_PREFIX_COST: Final = 0.035
_SUFFIX_COST: Final = 0.045
_WELL: Final = 0.08
"""Cost a sound up to which a word is taken as it stands, and not looked at without prefix and suffix."""
_MOST: Final = 0.13
"""Cost a sound up to which a word is taken at all. Set by reading 40 of our own requests in Arabizi."""
_NEVER: Final = 99.0


class _Fit(NamedTuple):
    cost: float
    word: str


class Arabizi:
    """Finds Arabic words by their spelling in Latin letters and digits."""

    def __init__(self, words: Iterable[str]) -> None:
        """Knows ``words``, of which those of two consonants or more in folded Arabic letters count; the first of like ones wins."""
        self._index: defaultdict[str, list[str]] = defaultdict(list)
        for word in words:
            key = _key(word)
            if key is not None and len(key) > 1:
                self._index[key].append(word)

    def word(self, latin: str) -> str | None:
        """The known Arabic word that ``latin`` (lower case) spells, if need be without what is written together with it."""
        if len(latin) > _LONGEST:
            return None
        best = self._best(latin)
        if best is None or best.cost > _WELL:
            best = min((fit for fit in (best, *self._within(latin)) if fit is not None), default=None)
        return best.word if best is not None and best.cost <= _MOST else None

    def _within(self, latin: str) -> Iterator[_Fit]:
        for prefix, suffix in islice(product(_PREFIXES, _SUFFIXES), 1, None):
            if not (latin.startswith(prefix) and latin.endswith(suffix)):
                continue
            stem = latin[len(prefix) : len(latin) - len(suffix)]
            if len(stem) >= _SHORTEST and (found := self._best(stem)) is not None:
                yield _Fit(found.cost + _PREFIX_COST * bool(prefix) + _SUFFIX_COST * bool(suffix), found.word)

    def _best(self, latin: str) -> _Fit | None:
        sounds = _sounds(latin)
        keys = dict.fromkeys(_keys(sounds))
        fits = (_Fit(_cost(sounds, word), word) for key in keys for word in self._index.get(key, ()))
        best = min(fits, key=lambda fit: fit.cost, default=None)
        return best and best._replace(cost=best.cost / max(_SHORTEST, len(sounds)))


def _key(word: str) -> str | None:
    """The consonants of an Arabic word as the index has them; ``None`` where it has other letters too."""
    letters: list[str] = []
    for place, letter in enumerate(word):
        if letter in _SOFT or (letter == "ه" and place == len(word) - 1) or (place and letter == word[place - 1]):
            continue
        if letter not in _ALIKE:
            return None
        letters.append(_ALIKE[letter])
    return "".join(letters)


def _sounds(latin: str) -> list[str]:
    """The sounds of a word; a consonant that is written twice counts once. Empty where a letter has no sound."""
    sounds: list[str] = []
    for sound in _SOUND.findall(latin):
        sound = sound.replace("’", "'")
        if sound not in _CONSONANTS and sound not in _VOWELS:
            return []
        if not (sounds and sounds[-1] == sound and sound in _CONSONANTS):
            sounds.append(sound)
    return sounds


def _keys(sounds: list[str]) -> Iterator[str]:
    """What the consonants may be in the index."""
    choices: list[list[str]] = []
    for place, sound in enumerate(sounds):
        if sound in _CONSONANTS:
            alike = [_ALIKE[letter] for letter in _CONSONANTS[sound]]
            choices.append([*dict.fromkeys(alike), *([""] if sound == "h" and place == len(sounds) - 1 else [])])
        elif sound == "2":
            choices.append(["", _ALIKE["ق"]])
    for letters in islice(product(*choices), _KEYS):
        if len(key := "".join(letters)) > 1:
            yield key


def _cost(sounds: list[str], word: str) -> float:
    """How far the sounds are from the word: the cheapest way to spell one by the other (Wagner and Fischer, 1974)."""
    row = [0.0]
    for place in range(len(word)):
        row.append(row[-1] + _unheard(word, place))
    for number, sound in enumerate(sounds):
        last = number == len(sounds) - 1
        unwritten = _UNWRITTEN.get(sound, 0.4 if sound == "h" and last else _NEVER)
        below = [row[0] + unwritten]
        for place, letter in enumerate(word):
            spelled = _spelled(sound, letter, final=place == len(word) - 1, first=place == 0)
            below.append(min(row[place] + spelled, row[place + 1] + unwritten, below[place] + _unheard(word, place)))
        row = below
    return row[-1]


def _unheard(word: str, place: int) -> float:
    """What it costs that Arabizi leaves this letter out."""
    letter = word[place]
    if letter in _SOFT:
        return 0.75 if place else 0.3
    if letter == "ه" and place == len(word) - 1:
        return 0.35
    return 0.1 if place and word[place - 1] == letter else _NEVER


def _spelled(sound: str, letter: str, *, final: bool, first: bool) -> float:
    """What it costs that the letter is written as this sound."""
    if sound in _CONSONANTS:
        place = _CONSONANTS[sound].find(letter)
        return 0.15 * place if place >= 0 else _NEVER
    if letter in _VOWELS[sound]:
        return 0.0
    if letter == "ه" and final and sound in ("a", "e", "i"):
        return 0.05
    if letter == "ي" and final and sound == "a":  # a folded alef maksura
        return 0.1
    if letter == "ع" and first and sound in ("a", "e", "i", "o", "u"):
        return 0.5
    if letter in "اوي":
        return 0.45 if sound in ("a", "e", "o") else 0.6
    return _NEVER
