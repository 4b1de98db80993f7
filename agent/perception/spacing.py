"""Words taken apart, put together again: ``h o w``, ``b.o.m.b``, ``bo.mb``, ``怎 么 做``, ``ق.ن.ب.ل.ة``.

Letters are joined only where the result reads as language, so that lists, initials and formulas stay as they are.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Final

from agent.grounding import fold
from agent.perception.lexicon import lexicon

_HAN: Final = "\u3400-\u9fff"
_LETTER: Final = rf"[^\W_{_HAN}]"
_MARK: Final = r"[.\-_*·•|/\\,~+=^:;#'\"`!?。、，・–—…<>()\[\]{}]"
_GAP: Final = rf"(?:[ \t]{{1,8}}|[ \t]?{_MARK}{{1,3}}[ \t]{{0,3}})"
_APART: Final = re.compile(rf"(?<![^\W_]){_LETTER}(?:{_GAP}{_LETTER}(?![^\W_])){{2,400}}")
_GAP_RE: Final = re.compile(rf"{_GAP}")
_HAN_APART: Final = re.compile(rf"(?<![{_HAN}])[{_HAN}](?:{_GAP}[{_HAN}](?![{_HAN}])){{2,400}}")
_HAN_SPLIT: Final = re.compile(rf"(?<=[{_HAN}])[.*_|^~+=\-/\\#@&` ]{{1,2}}(?=[{_HAN}])")
_NEVER_BETWEEN_HAN: Final = frozenset("*_|^~`")
_INNER: Final = re.compile(r"(?<![\w.@/:\-*])[^\W\d_]{1,14}(?:[.*_|·~^\-][^\W\d_]{1,14}){1,4}(?![\w@/:\-*]|\.\w)")
_INNER_MARK: Final = re.compile(r"[.*_|·~^\-]")
_MASKED: Final = re.compile(r"(?<![\w*])[a-z]+\*[a-z]+(?![\w*])", re.IGNORECASE)
_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz ابتثجحخدذرزسشصضطظعغفقكلمنهوي"
_LONGEST: Final = 22
"""Letters of the longest word looked for when running letters are cut into words."""


def join(text: str) -> str:
    """The text with letters and characters that stand apart joined where that reads as language."""
    text = _HAN_APART.sub(_joined_han, text)
    if _HAN_SPLIT.search(text):
        text = _HAN_SPLIT.sub(_closed_han, text)
    text = _APART.sub(_joined, text)
    text = _INNER.sub(_mended, text)
    return _MASKED.sub(_unmasked, text) if "*" in text else text


def _joined(match: re.Match[str]) -> str:
    run = match.group()
    letters = [run[0]]
    gaps: list[str] = []
    at = 1
    while at < len(run):
        gap = _GAP_RE.match(run, at)
        if gap is None:
            return run
        gaps.append(gap.group())
        letters.append(run[gap.end()])
        at = gap.end() + 1
    if sum(letter.isalpha() for letter in letters) < max(3, 0.6 * len(letters)):
        return run
    kinds = set(gaps)
    for inner in sorted(kinds, key=lambda kind: (-gaps.count(kind), len(kind))) if len(kinds) > 1 else ():
        guess = letters[0]
        for gap, letter in zip(gaps, letters[1:], strict=True):
            guess += letter if gap == inner else _word_gap(gap) + letter
        if _reads(guess):
            return guess
    guess = segment("".join(letters))
    if _reads(guess):
        return guess
    return "".join(letters) if _spelt("".join(letters), kinds) else run


def _word_gap(gap: str) -> str:
    mark = gap.strip()
    return " " if not mark or mark in "/|-_" else f"{mark[0]} "


def _reads(guess: str) -> bool:
    """True when letters put together make words; single letters in order (``a b c``) do not."""
    words = fold(guess).split()
    long = [word for word in words if sum(c.isalpha() for c in word) > 2]
    letters = sum(c.isalpha() for c in guess)
    if letters < 3 or not long or len(words) > 0.5 * letters or "".join(words) in _ALPHABET:
        return False
    return lexicon().fluency(guess) >= (0.95 if letters < 7 else 0.85)


def _spelt(letters: str, gaps: set[str]) -> bool:
    """True for one word spelt with the same mark throughout (``b.o.m.b``), known or not."""
    if len(gaps) != 1 or not next(iter(gaps)).strip() or not letters.isalpha():
        return False
    if "\u0621" <= letters[0] <= "\u064a":
        return True
    return len(letters) >= 4 and letters.islower() and letters not in _ALPHABET and lexicon().look(fold(letters)) >= 0.45


def _joined_han(match: re.Match[str]) -> str:
    run = match.group()
    joined = _GAP_RE.sub("", run)
    enough = 0.5 if any(mark in run for mark in "/、,，|") else 0.15
    return joined if lexicon().han_look(joined) >= enough or len(joined) >= 6 else run


def _closed_han(match: re.Match[str]) -> str:
    if match.group() in _NEVER_BETWEEN_HAN:
        return ""
    around = match.string[match.start() - 1] + match.string[match.end()]
    return "" if around in lexicon().han else match.group()


def _mended(match: re.Match[str]) -> str:
    """A word with marks inside: mended when it is a known word and one of its parts is not."""
    token = match.group()
    parts = _INNER_MARK.split(fold(token))
    known = lexicon().knows
    if len("".join(parts)) >= 4 and known("".join(parts)) and not all(len(part) > 1 and known(part) for part in parts):
        return _INNER_MARK.sub("", token)
    return token


def _unmasked(match: re.Match[str]) -> str:
    """A word with one letter starred out: with the vowel that makes the commonest English or Spanish word."""
    token = match.group()
    if len(token) < 4:
        return token
    words = {**dict.fromkeys("aeiou")}
    for vowel in words:
        words[vowel] = min(_rank(lexicon().english.words, token, vowel), _rank(lexicon().spanish.words, token, vowel))
    best = min(words, key=lambda vowel: words[vowel])
    return token.replace("*", best) if words[best] < math.inf else token


def _rank(words: Mapping[str, int], token: str, vowel: str) -> float:
    return words.get(fold(token).replace("*", vowel), math.inf)


def segment(letters: str) -> str:
    """Running letters cut into the likeliest words of English, Spanish or Arabic; digits and case are kept."""
    folded = fold(letters)
    if len(folded) != len(letters):
        folded = letters.casefold() if len(letters.casefold()) == len(letters) else letters
    known = lexicon()
    tongues = (known.arabic.words,) if "\u0621" <= folded[0] <= "\u06d3" else (known.english.words, known.spanish.words)
    cuts = min((_cut(folded, words) for words in tongues), key=lambda found: found[0])[1]
    return " ".join(letters[start:end] for start, end in cuts)


def _cut(letters: str, words: Mapping[str, int]) -> tuple[float, list[tuple[int, int]]]:
    """The cheapest way to cut: a word costs the log of its rank, an unknown stretch much more."""
    size = len(letters)
    cost = [0.0] + [math.inf] * size
    back = [0] * (size + 1)
    for end in range(1, size + 1):
        for start in range(max(0, end - _LONGEST), end):
            rank = words.get(letters[start:end])
            if rank is not None:
                price = math.log(rank + 3.0) + 1.0
            elif end - start <= 12:
                price = 10.0 + 2.5 * (end - start)
            else:
                continue
            if cost[start] + price < cost[end]:
                cost[end], back[end] = cost[start] + price, start
    cuts: list[tuple[int, int]] = []
    end = size
    while end:
        cuts.append((back[end], end))
        end = back[end]
    return cost[size], cuts[::-1]
