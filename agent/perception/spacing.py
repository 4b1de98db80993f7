"""Words taken apart, put together again: ``h o w``, ``b.o.m.b``, ``bo.mb``, ``怎 么 做``, ``ق.ن.ب.ل.ة``.

Letters are joined only where the result reads as language, so that lists, initials and formulas stay as they are.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Final

from agent.grounding import fold
from agent.perception.lexicon import lexicon

_HAN: Final = "\u3400-\u9fff"
_LETTER: Final = rf"[^\W_{_HAN}]"
_MARK: Final = r"[.\-_*·•|/\\,~+=^:;#'\"`!?%&$@¿¡。、，،؛؟・–—…<>()\[\]{}«»]"
_GAP: Final = rf"(?:[ \t]{{1,8}}|[ \t]?{_MARK}{{1,3}}(?:[ \t]{{1,3}}{_MARK}{{0,3}})?)"
_APART: Final = re.compile(rf"(?<![^\W_]){_LETTER}(?:{_GAP}{_LETTER}(?![^\W_])){{2,400}}")
_GAP_RE: Final = re.compile(rf"{_GAP}")
_HAN_APART: Final = re.compile(rf"(?<![{_HAN}])[{_HAN}](?:{_GAP}[{_HAN}](?![{_HAN}])){{2,400}}")
_HAN_SPLIT: Final = re.compile(rf"(?<=[{_HAN}])[.*_|^~+=\-/\\#@&` ]{{1,2}}(?=[{_HAN}])")
_NEVER_BETWEEN_HAN: Final = frozenset("*_|^~`")
_INNER: Final = re.compile(r"(?<![\w.@/:\-*])[^\W\d_]{1,14}(?:[.*_|·~^\-][^\W\d_]{1,14}){1,4}(?![\w@/:\-*]|\.\w)")
_INNER_MARK: Final = re.compile(r"[.*_|·~^\-]")
_MASKED: Final = re.compile(r"(?<![\w*])[a-z]+\*[a-z]+(?![\w*])", re.IGNORECASE)
_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz ابتثجحخدذرزسشصضطظعغفقكلمنهوي"
MOST_RUNS: Final = 8
"""Runs of letters standing apart that are looked at."""
_LONGEST: Final = 22
"""Letters of the longest word looked for when running letters are cut into words."""


def join(text: str) -> str:
    """The text with letters and characters that stand apart joined where that reads as language."""
    text = _HAN_APART.sub(_joined_han, text)
    if _HAN_SPLIT.search(text):
        text = _HAN_SPLIT.sub(_closed_han, text)
    text = _APART.sub(_joined, text, count=MOST_RUNS)
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
    if sum(map(str.isalpha, letters)) < max(3, 0.6 * len(letters)):
        return run
    common = max(gaps, key=lambda gap: (gaps.count(gap), -len(gap)))
    guesses = [_by_gaps(letters, gaps, inner) for inner in {common, min(gaps, key=len)}] if len(set(gaps)) > 1 else []
    guesses.append(_by_words(letters, gaps, common))
    best = max(guesses, key=lambda guess: lexicon().fluency(guess))
    if _reads(best):
        return best
    return "".join(letters) if _spelt("".join(letters), set(gaps)) else run


def _by_gaps(letters: Sequence[str], gaps: Sequence[str], inner: str) -> str:
    """The letters as words parted by every gap but the inner one."""
    return letters[0] + "".join(
        letter if gap == inner else _word_gap(gap, inner) + letter
        for gap, letter in zip(gaps, letters[1:], strict=True)
    )


def _by_words(letters: Sequence[str], gaps: Sequence[str], common: str) -> str:
    """The letters cut into known words; gaps with a mark of their own stay between words."""
    parts: list[str] = []
    start = 0
    for index, gap in enumerate([*gaps, "."]):
        mark = gap.strip().strip(common.strip() or " ").strip()
        if index == len(gaps) or mark:
            parts.append(segment("".join(letters[start : index + 1])) + (mark if index < len(gaps) else ""))
            start = index + 1
    return " ".join(parts)


def _word_gap(gap: str, inner: str) -> str:
    """What stands between two words: a blank, with the mark that is not there between letters."""
    mark = gap.strip().strip(inner.strip() or " ").strip()
    return " " if not mark or mark in "/|-_*" else f"{mark} "


def _reads(guess: str) -> bool:
    """True when letters put together make words; single letters in order (``a b c``) do not.

    The more letters stand apart, the less it takes, since nobody writes long texts so without meaning to.
    """
    words = fold(guess).split()
    letters = sum(map(str.isalpha, guess))
    long = sum(sum(map(str.isalpha, word)) > 2 for word in words)
    if letters < 3 or not long or len(words) > 0.5 * letters or "".join(words) in _ALPHABET:
        return False
    if "\u0621" <= guess.strip(" .،؟")[:1] <= "\u064a" and letters >= 8:
        return True
    return lexicon().fluency(guess) >= (0.95 if letters < 7 else 0.85 if letters < 12 else 0.6)


def _spelt(letters: str, gaps: set[str]) -> bool:
    """True for one word spelt with the same mark throughout (``b.o.m.b``), known or not."""
    if len(gaps) != 1 or not next(iter(gaps)).strip() or not letters.isalpha():
        return False
    if "\u0621" <= letters[0] <= "\u064a":
        return True
    return (
        len(letters) >= 4 and letters.islower() and letters not in _ALPHABET and lexicon().look(fold(letters)) >= 0.45
    )


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
    tongues = (lexicon().english.words, lexicon().spanish.words)
    ranks = {vowel: min(_rank(words, token, vowel) for words in tongues) for vowel in "aeiou"}
    best = min(ranks, key=lambda vowel: ranks[vowel])
    return token.replace("*", best) if ranks[best] < math.inf else token


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
