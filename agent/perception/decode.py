"""What a text hides: readings of it with every disguise opened, nested two deep, bounded in number and size."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from agent.models import View
from agent.perception import ciphers, encodings
from agent.perception.decipher import Reading, decipher, turned
from agent.perception.language import UNKNOWN, is_arabizi, language
from agent.perception.lexicon import HAN_RUN, lexicon, rhythm, words_of
from agent.perception.normalise import normalise
from agent.perception.spans import Span, apart, replaced

DEEPEST: Final = 2
"""Disguises inside one another that are opened."""
MOST_VIEWS: Final = 4
"""Decoded views of one text."""
MOST_SPANS: Final = 24
MOST_FOUND: Final = 60
CIPHER_CHARS: Final = 8_100
"""Characters of a text that ciphers are tried on."""

_ESCAPES: Final = frozenset({"url", "html", "unicode"})
_SOUNDING: Final = {
    "url": 6,
    "html": 6,
    "unicode": 6,
    "base64": 10,
    "base32": 10,
    "hex": 10,
    "binary": 10,
    "octal": 10,
    "morse": 15,
}
"""Letters from which unknown words are believed; decimal codes may be any numbers."""
_RHYTHM: Final = 0.5
"""Rhythm from which they sound like words."""

_PHRASE: Final = 3
_HAN_PHRASE: Final = 4
_PHRASE_LETTERS: Final = 10
_READABLE: Final = 0.7
"""Words in a row that are a phrase, Chinese characters that are one, its fewest letters, and the look of a word that can be
read; words of other scripts count as such."""

_CANDIDATE: Final = re.compile(
    r"[A-Za-z0-9+/_-]{8}|0x|%[0-9A-Fa-f]{2}|&#?\w+;|\\[uUx0-3]|U\+|[01]{7}|\d{2}[ ,;-]+\d{2}|[0-9a-fA-F]{2}[ :][0-9a-fA-F]{2}|[.·•∙\-–—−_]{1,6}[ /|]+[.·•∙\-–—−_]"
)
SMUGGLED: Final = ("tags", "variation_selectors")
"""How text is hidden beside the message rather than in it."""
_TAGS: Final = re.compile("[\U000e0020-\U000e007e]{3,}")
_SELECTORS: Final = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{4,}")


def smuggled(text: str) -> list[View]:
    """Text hidden in characters that don't show: Unicode tags and variation selectors. It stands beside the message, and so may be
    in another language."""
    found: list[View] = []
    tags = "".join(chr(ord(c) - 0xE0000) for run in _TAGS.findall(text) for c in run)
    if len(tags) >= 3:
        found.append(_beside(tags, SMUGGLED[:1]))
    for run in _SELECTORS.findall(text)[:2]:
        codes = bytes(ord(c) - 0xFE00 if c < "\U000e0000" else ord(c) - 0xE0100 + 16 for c in run)
        decoded = codes.decode("utf-8", errors="ignore")
        if plausible(decoded):
            found.append(_beside(decoded, SMUGGLED[1:]))
    return found


def _beside(text: str, how: tuple[str, ...]) -> View:
    said = text[:CIPHER_CHARS]
    own = language(said)
    return View(text=said, how=how, language=None if own == UNKNOWN else own)


def decode(text: str) -> list[View]:
    """The decoded views of a normalised text, likeliest first; none when nothing is hidden."""
    views: dict[str, View] = {}
    for reading in _readings(text, 1):
        if reading.text != text and reading.text not in views:
            views[reading.text] = View(text=reading.text, how=reading.how)
            if len(views) >= MOST_VIEWS:
                break
    return list(views.values())


def says_all(view: str, written: str) -> bool:
    """True when every phrase that can be read in the text as written stands in the decoded view too.

    A phrase is three known words or more in a row, of ten letters at least, or four Chinese characters. What is left is gibberish, which a classifier can
    only misread.
    """
    known = lexicon()
    there = f" {' '.join(words_of(view))} "
    run: list[str] = []
    for token in words_of(written):
        if HAN_RUN.match(token):
            phrases = (token[i : i + _HAN_PHRASE] for i in range(len(token) - _HAN_PHRASE + 1))
            if any(known.han_look(phrase) == 1.0 and phrase not in there for phrase in phrases):
                return False
        run = [*run, token] if known.look(token) >= _READABLE else []
        if len(run) >= _PHRASE and sum(map(len, run)) >= _PHRASE_LETTERS:
            if f" {' '.join(run)} " not in there:
                return False
            run = run[1:]
    return True


def plausible(text: str, how: str = "") -> bool:
    """True when the text, got in this way, is language: mostly letters, and words or letter sequences of a language known or not.

    Words that nobody knows are language when they sound so and did not come about by chance: escapes say what they stand
    for, and other bytes hardly ever make a line of letters.
    """
    visible = [c for c in text if not c.isspace()]
    letters = sum(c.isalpha() or unicodedata.category(c)[0] == "M" for c in visible)
    if letters < 2 or letters < 0.6 * len(visible):
        return False
    fluent = lexicon().fluency(text)
    foreign = [c for c in visible if not c.isascii() and c.isalpha()]
    if len(foreign) >= 0.2 * letters and letters >= 0.75 * len(visible) and _one_script(text):
        return (fluent >= (0.5 if letters < 6 else 0.15) and letters >= 4) or how in _ESCAPES or _common_han(foreign)
    if letters >= 3 and fluent >= (0.9 if letters < 8 else 0.6):
        return True
    least = _SOUNDING.get(how)
    return least is not None and letters >= max(least, 0.9 * len(visible)) and rhythm(text) >= _RHYTHM


def _common_han(letters: Sequence[str]) -> bool:
    """True for at least four Chinese characters, nearly all of them common: bytes become such text by design only."""
    known = lexicon().han_characters
    return len(letters) >= 4 and sum(c in known for c in letters) >= 0.8 * len(letters)


def _one_script(text: str) -> bool:
    """True when nearly all letters beyond ASCII come from one neighbourhood of scripts."""
    blocks = Counter(_block(c) for c in text if c.isalpha() and not c.isascii())
    return max(blocks.values(), default=0) >= 0.9 * blocks.total()


def _block(char: str) -> str:
    name = unicodedata.name(char, "?").split(" ")[0]
    return "HAN" if name in {"CJK", "HIRAGANA", "KATAKANA"} else name


def _readings(text: str, depth: int) -> Iterator[Reading]:
    """Readings of the text with what is encoded opened; where nothing is, with what is enciphered."""
    opened = False
    if _CANDIDATE.search(text):
        for reading in _decoded(text, depth):
            opened = True
            yield reading
    if not opened and len(text) <= CIPHER_CHARS and not is_arabizi(text):
        yield from _deciphered(text, depth)


def _deciphered(text: str, depth: int) -> Iterator[Reading]:
    nested = depth < DEEPEST
    unleet = ciphers.unleet(text)
    if unleet is not None and unleet != text:
        yield Reading(normalise(unleet), ("leet",))
        if nested:
            yield from (Reading(normalise(r.text), ("leet", *r.how)) for r in decipher(unleet, nested=False))
    found = [Reading(normalise(r.text), r.how) for r in decipher(text, nested=nested)]
    yield from found
    if nested and not found and _CANDIDATE.search(text):
        for reading in turned(text):
            yield from (Reading(r.text, (*reading.how, *r.how)) for r in _decoded(reading.text, DEEPEST))


def _decoded(text: str, depth: int) -> Iterator[Reading]:
    """The text with each encoded stretch read in place, then with what was nested in it read too."""
    first: list[Span] = []
    deeper: list[tuple[Span, tuple[str, ...]]] = []
    for span in encodings.find(text)[:MOST_FOUND]:
        inner = normalise(span.text)
        if plausible(inner, span.how):
            first.append(span._replace(text=inner))
        if depth < DEEPEST:
            nested = next(iter(_readings(inner, depth + 1)), None)
            if nested is not None and plausible(nested.text, nested.how[0]):
                deeper.append((span._replace(text=nested.text), (span.how, *nested.how)))
    first = apart(first, MOST_SPANS)
    if first:
        yield Reading(normalise(replaced(text, first)), tuple(dict.fromkeys(span.how for span in first)))
    if deeper:
        spans = apart([span for span, _ in deeper], MOST_SPANS)
        hows = next(how for span, how in deeper if span == spans[0])
        yield Reading(normalise(replaced(text, spans)), hows)
