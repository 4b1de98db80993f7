"""Finds the stretch of a text that is not language and the cipher that makes it language."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from agent.perception import ciphers
from agent.perception.lexicon import HAN_RUN, lexicon, rhythm, words_of

_FLUENT: Final = 0.72
"""Fluency from which a reading is language."""
_GAIN: Final = 0.3
"""How much more fluent than the stretch its reading must be."""
_BACKWARD: Final = 0.7
"""How much better, by ``Lexicon.direction``, a stretch must read backwards. Of 8,000 ordinary texts, none does."""
_BACKWARD_HAN: Final = 0.2
_BACKWARD_HAN_SUM: Final = 3.0
"""The same for Chinese, per character and in all."""
_RIVAL: Final = 0.005
"""Readings within so much of the best are of the same words: the order of words decides, then the order of trial."""
_WHOLE_BONUS: Final = 0.03
"""Worth of reading the whole text rather than a part of it."""
_SURE_LENGTH: Final = 12
"""Letters from which the direction of a stretch is trusted."""
_ARABIC: Final = re.compile("[\u0621-\u064a]")
_SURE_GAIN: Final = 0.5
"""How much more of the reading must be known words, where letter sequences don't tell."""
_BY_RHYTHM: Final = frozenset({("rot13",), ("atbash",)})
_SOUNDING: Final = 20
_RHYTHM: Final = 0.6
_RHYTHM_GAIN: Final = 0.2
"""Ciphers that may hide a language that nobody here knows: letters, rhythm of the reading, and its lead over the stretch, from
which they do."""
_LETTERS: Final = 0.6
"""Share of letters under which a stretch is code or numbers."""
_STRAY: Final = 0.42
"""Look under which a word counts as gibberish."""
_ODD: Final = 0.66
"""Fluency under which a text may be odd although its words look like words."""
_LEAST: Final = 9
"""Letters of gibberish, in two words or more, that are worth a look; fewer do after words that speak of a cipher."""
_HINT: Final = re.compile(
    r"rever[st]|backward|rot.?13|caesar|c[eé]sar|atbash|cifra|cipher|al rev[eé]s|invertid|倒|反|معكوس|مقلوب",
    re.IGNORECASE,
)
_SAMPLE: Final = 80
_PROMISING: Final = 0.55
"""Characters of a sample, and its fluency from which the whole stretch is read."""
_CLOSED_AT_START: Final = re.compile(
    r"\s*[.?!。？！।](?=[^\W\d_]{2})[^A-Z]*(?:[a-zà-ÿ][A-Z]|[^\W\da-zA-Z_]{2})\s*\Z", re.DOTALL
)
_FORWARD: Final = 0.5
"""Direction above which a text in a known language reads well as it stands."""
_CODE: Final = re.compile(r"(?:[A-Za-z]{0,2}\d[A-Za-z]{0,2}){4}")
"""Letters and figures mixed as in numbers of things and hashes, more so than in leetspeak."""
_CHUNK: Final = re.compile(r"[^\s:：，。、；;“”\"«»]+")
_SPLIT: Final = re.compile(r"[:：\n]\s*|[“”\"«»「」`]")
_LATIN_RUN: Final = re.compile(r"[A-Za-z]+")


class Reading(NamedTuple):
    """A reading of a text and the disguises opened, outermost first."""

    text: str
    how: tuple[str, ...]


_Cipher = tuple[str, Callable[[str], str]]

_CIPHERS: Final[tuple[_Cipher, ...]] = (
    ("reversed", ciphers.backwards),
    ("rot13", ciphers.rot13),
    ("reversed", ciphers.backward_words),
)


def decipher(text: str, *, nested: bool) -> list[Reading]:
    """The best reading of the text when a part of it is enciphered; empty otherwise.

    ``nested``: also two ciphers, or a cipher and leetspeak, inside one another.
    """
    if HAN_RUN.search(text):
        turned_round = _turned_han(text)
        if turned_round is not None:
            return [Reading(turned_round, ("reversed",))]
    found: dict[str, tuple[float, Reading]] = {}
    known = lexicon()
    for start, end in _stretches(text):
        stretch = text[start:end]
        if sum(map(str.isalpha, stretch)) < 5:
            continue
        base = known.fluency(stretch)
        main = sum(map(str.isalpha, stretch)) >= max(_SURE_LENGTH, 0.5 * len(text)) or _holds_the_arabic(stretch, text)
        for reading in _promising(stretch, base, nested=nested):
            if not _convinces(stretch, base, reading, main=main):
                continue
            whole = text[:start] + reading.text + text[end:]
            rank = known.fluency(whole) - 0.01 * len(reading.how) + (_WHOLE_BONUS if end - start == len(text) else 0.0)
            if whole not in found or rank > found[whole][0]:
                found[whole] = (rank, Reading(whole, reading.how))
    if not found and _ends_first(text):
        return [Reading(ciphers.backwards(text), ("reversed",))]
    if not found:
        return []
    best = max(rank for rank, _ in found.values())
    rivals = [reading for rank, reading in found.values() if rank >= best - _RIVAL]
    return [max(rivals, key=lambda reading: known.in_order(reading.text))]


def _ends_first(text: str) -> bool:
    """True when a sentence in any language starts with its closing mark, and ends with its capital where it has any."""
    return _CLOSED_AT_START.match(text) is not None and lexicon().direction(text) <= _FORWARD


def _holds_the_arabic(stretch: str, text: str) -> bool:
    """True when all Arabic of a text is in the stretch."""
    inside = len(_ARABIC.findall(stretch))
    return inside >= _SURE_LENGTH and inside == len(_ARABIC.findall(text))


def _convinces(stretch: str, base: float, reading: Reading, *, main: bool) -> bool:
    """True when the reading of a stretch is language and the stretch much less so; or, for the main part of a text, when
    it reads better backwards.
    """
    known = lexicon()
    visible = len(stretch) - sum(map(str.isspace, stretch))
    if "leet" not in reading.how and sum(map(str.isalpha, stretch)) < _LETTERS * visible:
        return False
    words = words_of(reading.text)
    if sum(len(word) for word in words if len(word) > 2) < 0.4 * sum(map(len, words)):
        return False
    score = known.fluency(reading.text)
    if main and reading.how == ("reversed",) and score > base and known.direction(stretch) <= -_BACKWARD:
        return True
    if score >= max(_FLUENT, base + _GAIN):
        return True
    if known.share(reading.text) >= max(_FLUENT, known.share(stretch) + _SURE_GAIN):
        return True
    return (
        reading.how in _BY_RHYTHM
        and sum(map(str.isalpha, stretch)) >= max(_SOUNDING, 0.7 * len(stretch))
        and score > base
        and rhythm(reading.text) >= max(_RHYTHM, rhythm(stretch) + _RHYTHM_GAIN)
    )


def turned(text: str) -> Iterator[Reading]:
    """The text, and its part that is not language, read backwards and by rot13, whatever comes of it."""
    if lexicon().fluency(text) >= 0.9:
        return
    for start, end in dict.fromkeys(_stretches(text)):
        for how, cipher in _CIPHERS[:2]:
            yield Reading(text[:start] + cipher(text[start:end]) + text[end:], (how,))


def _attempts(stretch: str, base: float, *, nested: bool) -> Iterator[Reading]:
    for how, cipher in _CIPHERS:
        once = cipher(stretch)
        yield Reading(once, (how,))
        if nested:
            unleet = ciphers.unleet(once)
            if unleet is not None:
                yield Reading(unleet, (how, "leet"))
            for other, second in _CIPHERS:
                if other != how:
                    yield Reading(second(once), (how, other))
    if nested and base < 0.3 and 12 <= len(stretch) <= 400 and _plain(stretch):
        yield Reading(ciphers.atbash(stretch), ("atbash",))
        yield from (Reading(ciphers.shifted(stretch, by), ("caesar",)) for by in range(1, 26) if by != 13)


def _promising(stretch: str, base: float, *, nested: bool) -> Iterator[Reading]:
    """The attempts; of a long stretch only those that look like language in a sample of it."""
    if len(stretch) <= 2 * _SAMPLE:
        yield from _attempts(stretch, base, nested=nested)
        return
    middle = len(stretch) // 2
    sample = stretch[middle - _SAMPLE // 2 : middle + _SAMPLE // 2]
    good = [
        index
        for index, reading in enumerate(_attempts(sample, base, nested=nested))
        if lexicon().fluency(reading.text) >= _PROMISING
    ]
    if good:
        chosen = set(good)
        yield from (reading for index, reading in enumerate(_attempts(stretch, base, nested=nested)) if index in chosen)


def _plain(stretch: str) -> bool:
    """True for Latin letters in words of one case, as shifted text has and encoded bytes have not."""
    letters = sum(c.isalpha() and c.isascii() for c in stretch)
    inner = sum(b.isupper() and a.islower() for a, b in itertools.pairwise(stretch))
    return letters >= 0.7 * len(stretch) and inner <= 0.02 * len(stretch)


def _stretches(text: str) -> list[tuple[int, int]]:
    """Where the text may not be language: all of it, what stands after a colon or in quotes, runs of gibberish words."""
    known = lexicon()
    chunks: list[tuple[int, int]] = []
    strays: list[int] = []
    for match in _CHUNK.finditer(text):
        letters = 0 if _CODE.search(match.group()) else sum(map(str.isalnum, match.group()))
        if any(map(str.isalpha, match.group())):
            chunks.append(match.span())
            strays.append(letters if known.fluency(match.group()) < _STRAY else 0)
    lost = sum(strays)
    if len(text) <= 2 * _SAMPLE and known.fluency(text) < _ODD:
        lost = max(lost, _LEAST)
    if lost < 4 or (lost < _LEAST and not _HINT.search(text) and lost < 0.5 * sum(map(str.isalpha, text))):
        return []
    found = [(0, len(text))] if lost >= 0.25 * sum(map(str.isalpha, text)) or known.fluency(text) < _ODD else []
    for start, end in _parts(text):
        inside = sum(stray for (at, to), stray in zip(chunks, strays, strict=True) if start <= at and to <= end)
        if inside >= 4:
            found.append((start, end))
    found += _runs(chunks, strays, 4 if _HINT.search(text) else _LEAST)
    return list(dict.fromkeys(found))[:5]


def _parts(text: str) -> Iterator[tuple[int, int]]:
    """From the first and the last colon, quote or line break to the end, and between quotes."""
    cuts = [match.span() for match in _SPLIT.finditer(text)]
    if not cuts:
        return
    for _, end in dict.fromkeys((cuts[0], cuts[-1])):
        if end < len(text):
            yield end, len(text)
    for (_, opened), (closed, _) in itertools.pairwise(cuts[:5]):
        if closed - opened >= 4:
            yield opened, closed


def _runs(chunks: list[tuple[int, int]], strays: list[int], least: int) -> Iterator[tuple[int, int]]:
    """Runs of gibberish words with at most two other words between, ``least`` gibberish letters in all."""
    start: int | None = None
    end = lost = count = gap = 0
    for (at, to), stray in [*zip(chunks, strays, strict=True), *([((0, 0), 0)] * 3)]:
        if stray:
            start = at if start is None else start
            end, lost, count, gap = to, lost + stray, count + 1, 0
        elif start is not None:
            gap += 1
            if gap > 2:
                if lost >= least and (count >= 2 or least < _LEAST):
                    yield start, end
                start, lost, count, gap = None, 0, 0, 0


def _turned_han(text: str) -> str | None:
    """Chinese text that makes sense only backwards, turned round; ``None`` for any other."""
    known = lexicon()
    han = " ".join(HAN_RUN.findall(text))
    direction = known.direction(han)
    if direction > -_BACKWARD_HAN or direction * len(han) > -_BACKWARD_HAN_SUM:
        return None
    latin = " ".join(_LATIN_RUN.findall(text))
    if latin and known.fluency(latin) > known.fluency(latin[::-1]):
        return HAN_RUN.sub(lambda match: match.group()[::-1], text)
    return text[::-1]
