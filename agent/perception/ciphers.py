"""Whole-text disguises: rot13 and other shifts, atbash, reversed text or words, leetspeak.

Each returns a reading of the text; whether it is more like language is for ``agent.perception.decode`` to say.
"""

from __future__ import annotations

import codecs
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from agent.grounding import fold
from agent.perception.lexicon import lexicon, rhythm

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
_PART: Final = re.compile(r"[A-Za-zÀ-ỹ0-9@$!|+€£¡¢¥§]+(?:['’][A-Za-z0-9]+)?")
_ADDRESS: Final = re.compile(r"[\w.+-]+@[\w-]+\.\w|://|www\.|%[0-9A-Fa-f]{2}|\w\(|[=_{}\\<>]|[A-Za-z]\.[A-Za-z]")
"""Chunks that are addresses or code."""
_ORDINAL: Final = re.compile(r"\d*(?:1st|2nd|3rd|[04-9]th|1[123]th)", re.IGNORECASE)
_MEASURE: Final = re.compile(r"\$?\d+['’]?[a-z]{1,4}|[a-z]+\d+|\d+x\d+|[@#]\w+|\w+[!|+]+|[$€£¥]+\w+", re.IGNORECASE)
"""Parts that are quantities, versions, names or words with a sign at the end."""
_LONG_TEXT: Final = 60
"""Words of a text in which a single word of leetspeak is more likely something else."""
_TRAILING: Final = re.compile(r"[!|+]+$")
_GROUP_HINTS: Final = ("|<", "|-|", "\\/", "|3")
_LITTLE: Final = {"0": "o", "1": "i", "4": "a", "14": "la", "31": "el", "105": "los", "145": "las"}
"""Numbers of one figure that stand for little words inside leetspeak, and others that do so otherwise than by the usual signs."""
_FIGURE: Final = re.compile(r"(?<![\d.,])\d(?![.)]|\d|,\d)|(?<![\d.,])\d{2,4}(?![\d]|[.,]\d)")
"""A number that is neither part of a decimal nor the mark of a list."""
_MOST_READINGS: Final = 16
_USUAL: Final = str.maketrans("013457", "oieast")
"""The signs that nearly everybody uses."""
_COMMON: Final = 1_000
_VERY_COMMON: Final = 150
"""Rank of a word under which a number of two figures, and of more, may spell it."""
_USUAL_GAIN: Final = 0.1
"""How much better a less usual reading of a sign must look."""
_TOKEN: Final = re.compile(r"[A-Za-zÀ-ỹ0-9]+")
_BETWEEN: Final = re.compile(
    r"[A-Za-zÀ-ỹ]['’]?[0134578@$!|+]+['’]?[A-Za-zÀ-ỹ]|(?<![A-Za-zÀ-ỹ])[0134578@$]+[A-Za-zÀ-ỹ]{2}"
)
"""A sign between letters, or before two of them."""
_REPLACED: Final = frozenset("aeo")
"""Letters of which a text that is leetspeak in every word writes none."""
_LIKELY: Final = 0.5
"""Look of an unknown word from which it is read in a text that is leetspeak throughout."""
_SOUNDING: Final = 20
"""Letters from which words that nobody knows are told by their sound."""
_HEX: Final = re.compile(r"[\W\da-f]+", re.IGNORECASE)
_CONTRACTION: Final = re.compile(r"([^\W_]+)(['’])([A-Za-z0-9]{1,2})")
_ENDINGS: Final = frozenset({"s", "t", "d", "m", "ve", "re", "ll"})
_PRONOUNS: Final = frozenset(
    {"i", "it", "he", "she", "we", "you", "they", "that", "what", "who", "let", "here", "there"}
)


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
    versions, prices, addresses and names of things stay, unless much of the text is leetspeak. A text written so throughout
    is read whatever its words: unknown ones, numbers that spell a common word, other languages.
    """
    if any(group in text for group in _GROUP_HINTS):
        for group, letter in _GROUPS:
            text = text.replace(group.strip(), letter)
    words = text.count(" ") + 1
    letters = _letters_of_signs(text)
    found = [part for chunk in _CHUNK.finditer(text) for part in _parts(chunk, letters)]
    throughout = _throughout(text, found)
    fully = throughout and _REPLACED.isdisjoint(text.lower())
    strong = sum(part.sure > 1 and not part.doubtful for part in found)
    weak = sum(part.sure == 1 and not part.doubtful for part in found)
    if not throughout:
        if strong + weak < 2 and not (strong and words <= _LONG_TEXT):
            return None
        if strong == 0 and weak < max(2, 0.25 * words):
            return None
    heavy = throughout or strong + weak >= 3 or (strong > 0 and len(found) >= max(2, 0.25 * words))
    parts: list[str] = []
    done = 0
    for part in found:
        likely = (
            part.sure > 0
            or fully
            or (throughout and (not part.doubtful or lexicon().look(fold(part.reading)) >= _LIKELY))
        )
        if (heavy and part.little) or (likely and (heavy or not part.doubtful)):
            parts += (text[done : part.start], part.reading)
            done = part.end
    return "".join([*parts, text[done:]])


class _Part(NamedTuple):
    """A reading of a stretch."""

    start: int
    end: int
    reading: str
    sure: int
    """0 not a word, 1 a short known word, 2 a known or fluent word."""
    doubtful: bool
    """May be a quantity, a version or a name."""
    little: bool = False
    """A number that spells a common word."""


def _letters_of_signs(text: str) -> Mapping[str, str]:
    """The letters that each sign may stand for in this text: ``i`` and not ``l`` where it writes the latter only."""
    plain = set(text.lower())
    if "i" in plain or "l" not in plain:
        return _LEET
    return {sign: "i" if set(letters) == {"i", "l"} else letters for sign, letters in _LEET.items()}


def _throughout(text: str, parts: Sequence[_Part]) -> bool:
    """True when most words have signs between letters, and read so they are words, or sound like some."""
    tokens = [token for token in _TOKEN.findall(text) if len(token) > 2 and any(map(str.isalpha, token))]
    words = [part for part in parts if part.sure and part.end - part.start > 2]
    if len(words) >= max(2, 0.6 * len(tokens)) and any(not part.doubtful for part in words):
        return True
    mixed = [part for part in parts if _BETWEEN.search(text[part.start : part.end])]
    if len(mixed) < max(3, 0.4 * len(tokens)):
        return False
    if sum(part.sure > 0 for part in mixed) >= 0.5 * len(mixed):
        return True
    read = " ".join(part.reading for part in mixed)
    lower = sum(map(str.islower, read))
    return (
        len(mixed) >= 4
        and lower >= max(_SOUNDING, 0.7 * len(read))
        and not _HEX.fullmatch(text)
        and rhythm(read) >= 0.6
    )


def _parts(chunk: re.Match[str], letters: Mapping[str, str]) -> Iterator[_Part]:
    if _ADDRESS.search(chunk.group()):
        return
    for match in _PART.finditer(chunk.group()):
        token, at = _TRAILING.sub("", match.group()), chunk.start() + match.start()
        if not _SIGN.search(token) or _ORDINAL.fullmatch(token):
            continue
        number = not any(map(str.isalpha, token))
        if number and _FIGURE.match(chunk.string, at):
            reading = _little(token)
            if reading:
                yield _Part(at, at + len(token), reading, 0, True, True)
                continue
        reading, sure = _read(token, letters)
        if number and (sure == 0 or len(token) < 3):
            continue
        yield _Part(at, at + len(token), reading, sure, number or _MEASURE.fullmatch(token) is not None)


def _little(number: str) -> str | None:
    """The common word of English or Spanish that a number spells by the usual signs, if it does."""
    reading = number.translate(_USUAL)
    if number in _LITTLE:
        return _LITTLE[number]
    if not 1 < len(number) <= 4 or not reading.isalpha():
        return None
    ranks = [tongue.words.get(reading, _COMMON) for tongue in (lexicon().english, lexicon().spanish)]
    return reading if min(ranks) < (_COMMON if len(number) < 3 else _VERY_COMMON) else None


def _read(token: str, letters: Mapping[str, str]) -> tuple[str, int]:
    """The likeliest reading of a stretch with signs, and how sure."""
    if (contracted := _contracted(token, letters)) is not None:
        return contracted
    signs = [i for i, c in enumerate(token) if c in _LEET]
    options = [letters.get(c, c) for c in token]
    count = 1
    for i, option in enumerate(options):
        count *= len(option)
        if count > _MOST_READINGS:
            options[i] = option[0]
            count //= len(option)
    known = lexicon()
    best, best_look = "".join(option[0] for option in options), 0.0
    for chosen in itertools.product(*options):
        reading = "".join(chosen)
        parts = [part for part in _WORDS.findall(fold(reading)) if part]
        look = sum(known.look(part) * len(part) for part in parts) / max(1, sum(map(len, parts)))
        if look > best_look + (_USUAL_GAIN if look < 0.95 else 0.0):
            best, best_look = reading, look
    size = sum(map(str.isalpha, best))
    inside = any(0 < i < len(token) - 1 for i in signs)
    if best_look >= 0.95:
        return best, 2 if size >= 4 and inside else int(size >= 2)
    return best, int(best_look >= 0.55 and len(signs) >= 2 and size >= 5 and inside and best.isalpha())


def _contracted(token: str, letters: Mapping[str, str]) -> tuple[str, int] | None:
    """A stretch with an apostrophe before an ending (``1'm``, ``3x'5``, ``mu57n'7``), read before it and after it."""
    match = _CONTRACTION.fullmatch(token)
    if match is None:
        return None
    ending = match[3].translate(_USUAL).lower()
    if ending not in _ENDINGS:
        return None
    stem, sure = _read(match[1], letters) if _SIGN.search(match[1]) else (match[1], 1)
    return f"{stem}{match[2]}{ending}", max(sure, int(stem.lower() in _PRONOUNS))
