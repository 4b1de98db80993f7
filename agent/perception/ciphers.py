"""Whole-text disguises: rot13 and other shifts, atbash, reversed text or words, leetspeak.

Each returns a reading of the text; whether it is more like language is for ``agent.perception.decode`` to say.
"""

from __future__ import annotations

import codecs
import itertools
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from agent.grounding import fold
from agent.perception.lexicon import lexicon

_LOWER: Final = "abcdefghijklmnopqrstuvwxyz"
_ATBASH: Final = str.maketrans(_LOWER + _LOWER.upper(), _LOWER[::-1] + _LOWER[::-1].upper())
_WORDS: Final = re.compile(r"[^\W_]+")

_LEET: Final = {
    "0": "o", "1": "il", "2": "z", "3": "e", "4": "a", "5": "s", "6": "gb", "7": "t", "8": "b", "9": "g", "@": "a", "$": "s", "!": "il",
    "|": "li", "+": "t", "€": "e", "£": "l", "(": "c", "¡": "i", "¢": "c", "¥": "y", "§": "s", "ß": "b",
}  # fmt: skip
"""Letters that a sign stands for, likeliest first."""
_GROUPS: Final = (
    (r"/\/\ ", "m"), (r"|\/|", "m"), (r"\/\/", "w"), (r"|\|", "n"), (r"/\/", "n"), ("|-|", "h"), (r"\/", "v"), ("|<", "k"), ("|>", "p"),
    ("|)", "d"), ("|3", "b"), ("|=", "f"), ("|_|", "u"), ("|_", "l"), ("()", "o"), ("><", "x"), (r"/-\ ", "a"), (r"/\ ", "a"), ("[]", "o"),
)  # fmt: skip
"""Signs of several characters; a blank only keeps the backslash off the quote."""
_SIGN: Final = re.compile("[" + re.escape("".join(_LEET)) + "]")
_CHUNK: Final = re.compile(r"(?<!\S)(?=\S{0,40}[0-9@$!|+€£¡¢¥§])\S{2,40}(?!\S)|(?<!\S)[0-9](?!\S)")
_PART: Final = re.compile(r"[A-Za-zÀ-ÿ0-9@$!|+€£¡¢¥§]+(?:['’][A-Za-z0-9]+)?")
_ADDRESS: Final = re.compile(r"[\w.+-]+@[\w-]+\.\w|://|www\.|%[0-9A-Fa-f]{2}|\w\(|[=_{}\\<>]|[A-Za-z]\.[A-Za-z]")
"""Chunks that are addresses or code."""
_MEASURE: Final = re.compile(r"\$?\d+['’]?[a-z]{1,4}|[a-z]+\d+|\d+x\d+|[@#]\w+|\w+[!|+]+|[$€£¥]+\w+", re.IGNORECASE)
"""Parts that are quantities, versions, names or words with a sign at the end."""
_LONG_TEXT: Final = 60
"""Words of a text in which a single word of leetspeak is more likely something else."""
_TRAILING: Final = re.compile(r"[!|+]+$")
_GROUP_HINTS: Final = ("|<", "|-|", "\\/", "|3")
_LITTLE: Final = {
    "4": "a",
    "2": "to",
    "70": "to",
    "1": "i",
    "15": "is",
    "17": "it",
    "47": "at",
    "0": "o",
    "3": "e",
    "31": "el",
    "14": "la",
    "35": "es",
}
"""Whole numbers that stand for little words inside leetspeak."""
_MOST_READINGS: Final = 16


def rot13(text: str) -> str:
    """Every Latin letter moved by 13."""
    return codecs.encode(text, "rot13")


def shifted(text: str, by: int) -> str:
    """Every Latin letter moved by so many places."""
    turned = _LOWER[by:] + _LOWER[:by]
    return text.translate(str.maketrans(_LOWER + _LOWER.upper(), turned + turned.upper()))


def atbash(text: str) -> str:
    """Every Latin letter counted from the other end."""
    return text.translate(_ATBASH)


def backwards(text: str) -> str:
    """The text from its end."""
    return text[::-1]


def backward_words(text: str) -> str:
    """Each word from its end, the words in place."""
    return _WORDS.sub(lambda match: match.group()[::-1], text)


def unleet(text: str) -> str | None:
    """The text with its leetspeak read, or ``None`` when there is none.

    At least one word must turn into a known word through a sign inside it, or two through signs anywhere; quantities,
    versions, prices, addresses and names of things stay, unless much of the text is leetspeak.
    """
    if any(group in text for group in _GROUP_HINTS):
        for group, letter in _GROUPS:
            text = text.replace(group.strip(), letter)
    words = text.count(" ") + 1
    found = [part for chunk in _CHUNK.finditer(text) for part in _parts(chunk)]
    strong = sum(part.sure > 1 and not part.doubtful for part in found)
    weak = sum(part.sure == 1 and not part.doubtful for part in found)
    if strong + weak < 2 and not (strong and words <= _LONG_TEXT):
        return None
    if strong == 0 and weak < max(2, 0.25 * words):
        return None
    heavy = strong + weak >= 3 or (strong > 0 and len(found) >= max(2, 0.25 * words))
    parts: list[str] = []
    done = 0
    for part in found:
        if not part.doubtful or heavy:
            parts += (text[done : part.start], part.reading)
            done = part.end
    return "".join([*parts, text[done:]])


class _Part(NamedTuple):
    """A reading of a stretch; ``doubtful``: only where much of the text is leetspeak."""

    start: int
    end: int
    reading: str
    sure: int
    doubtful: bool


def _parts(chunk: re.Match[str]) -> Iterator[_Part]:
    if _ADDRESS.search(chunk.group()):
        return
    for match in _PART.finditer(chunk.group()):
        token, at = _TRAILING.sub("", match.group()), chunk.start() + match.start()
        if not _SIGN.search(token):
            continue
        if token in _LITTLE:
            yield _Part(at, at + len(token), _LITTLE[token], 0, True)
            continue
        reading, sure = _read(token)
        number = not any(map(str.isalpha, token))
        if sure and not (number and len(token) < 3):
            yield _Part(at, at + len(token), reading, sure, number or _MEASURE.fullmatch(token) is not None)


def _read(token: str) -> tuple[str, int]:
    """The likeliest reading, and how sure: 0 not a word, 1 a short known word, 2 a known or fluent word."""
    signs = [i for i, c in enumerate(token) if c in _LEET]
    options = [_LEET.get(c, c) for c in token]
    count = 1
    for i, option in enumerate(options):
        count *= len(option)
        if count > _MOST_READINGS:
            options[i] = option[0]
            count //= len(option)
    known = lexicon()
    best, best_look = token, 0.0
    for letters in itertools.product(*options):
        reading = "".join(letters)
        parts = [part for part in _WORDS.findall(fold(reading)) if part]
        look = sum(known.look(part) * len(part) for part in parts) / max(1, sum(map(len, parts)))
        if look > best_look:
            best, best_look = reading, look
    size = sum(map(str.isalpha, best))
    inside = any(0 < i < len(token) - 1 for i in signs)
    if best_look >= 0.95:
        return best, 2 if size >= 4 and inside else int(size >= 2)
    return best, int(best_look >= 0.55 and len(signs) >= 2 and size >= 5 and inside and best.isalpha())
