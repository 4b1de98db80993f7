"""Words taken apart, put together again: ``h o w``, ``b.o.m.b``, ``bo.mb``, ``怎 么 做``, ``ق.ن.ب.ل.ة``.

Letters are joined only where the result reads as language, so that lists, initials and formulas stay as they are. Where one
mark parts every character from the next, the place of a character tells mark from text, in any language; other gaps are
read as they come.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

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
_CELL: Final = (
    r"\S(?:(?!\w)[\u0300-\u036f\u0591-\u05c7\u064b-\u0670\u0900-\u0eff\u0f00-\u109f\u1780-\u17ff])*"
    r"(?:(?<=[\u0e4d\u0ecd])[\u0e32\u0eb2])?"
)
"""A character with its combining marks, and with the vowel that NFKC takes off Thai and Lao ``am``."""
_LACED: Final = re.compile(rf"(?<!\S){_CELL}(?:([^\w\s]){_CELL}\1{_CELL}|\s{_CELL}\s{{1,4}}{_CELL}(?!\S))")
"""Three characters with the same mark, or with blanks, between them."""
_MOST_LACES: Final = 2
"""Marks that a text may be laced with."""
_SURE_LETTERS: Final = 20
"""Letters in laced words from which they are text in whatever language."""
_SURE_FLUENCY: Final = 0.3
"""And their fluency from which they are."""
_MOST_CELLS: Final = 1_500
_SURE_HAN: Final = 4
_MANY_HAN: Final = 6
"""Chinese characters from which the same holds, and from which no fluency is asked for."""
_HAN_ONLY: Final = re.compile(rf"[{_HAN}]")
_RUNNING: Final = re.compile(rf"{_LETTER}+")
_NEVER_BETWEEN_HAN: Final = frozenset("*_|^~`")
_INNER: Final = re.compile(r"(?<![\w.@/:\-*])[^\W\d_]{1,14}(?:[.*_|·~^\-][^\W\d_]{1,14}){1,4}(?![\w@/:\-*]|\.\w)")
_INNER_MARK: Final = re.compile(r"[.*_|·~^\-]")
_MASKED: Final = re.compile(r"(?<![\w*])[a-z]+\*[a-z]+(?![\w*])", re.IGNORECASE)
_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz ابتثجحخدذرزسشصضطظعغفقكلمنهوي"
MOST_RUNS: Final = 8
"""Runs of letters standing apart that are looked at."""
_LONGEST: Final = 22
"""Letters of the longest word looked for when running letters are cut into words."""


def unlace(text: str) -> str:
    """The text without the mark, or the blank, that parts every character of a stretch from the next."""
    for mark in list(dict.fromkeys(match[1] or " " for match in _LACED.finditer(text)))[:_MOST_LACES]:
        text = _without(text, mark)
    return text


def join(text: str) -> str:
    """The text with letters and characters that stand apart joined where that reads as language."""
    text = _HAN_APART.sub(_joined_han, text)
    if _HAN_SPLIT.search(text):
        text = _HAN_SPLIT.sub(_closed_han, text)
    text = _APART.sub(_joined, text, count=MOST_RUNS)
    text = _INNER.sub(_mended, text)
    return _MASKED.sub(_unmasked, text) if "*" in text else text


class _Lace(NamedTuple):
    """What parts the characters of a stretch, as patterns."""

    stretch: re.Pattern[str]
    step: re.Pattern[str]
    """A character, and what parts it from the next."""


@lru_cache(maxsize=64)
def _lace(mark: str) -> _Lace:
    """The patterns for a mark, or for blanks when it is a space."""
    sign = re.escape(mark)
    gap = r"\s{1,8}" if mark == " " else rf"(?:{sign}?[ \t]{{1,8}}{sign}?|{sign})"
    return _Lace(
        re.compile(rf"(?<!\S){_CELL}(?:{gap}{_CELL}){{2,{_MOST_CELLS}}}(?!\S)"), re.compile(rf"({_CELL})({gap}|\Z)")
    )


def _without(text: str, mark: str) -> str:
    """The text with its stretches laced with the mark put together, where that reads as language.

    A gap wider than the usual one parts words; where all are alike, known words are looked for.
    """
    lace = _lace(mark)

    def closed(match: re.Match[str]) -> str:
        steps = lace.step.findall(match.group())
        gaps = [gap for _, gap in steps[:-1]]
        inner = mark if mark != " " else min(set(gaps), key=lambda gap: (len(gap), -gaps.count(gap)))
        guess = "".join(cell + ("" if gap == inner else _between(gap)) for cell, gap in steps)
        if inner in gaps and set(gaps) == {inner}:
            guess = _RUNNING.sub(lambda run: segment(run.group()), guess)
        return guess if _reads(guess) or _written_apart(guess) else match.group()

    return lace.stretch.sub(closed, text)


def _between(gap: str) -> str:
    return "\n" if "\n" in gap else " " if gap else ""


def _written_apart(guess: str) -> bool:
    """True for words of any language that were laced: long enough, and nothing like gibberish."""
    words = guess.split()
    letters = sum(map(str.isalpha, guess))
    han = "".join(_HAN_ONLY.findall(guess))
    if len(han) >= max(_SURE_HAN, 0.6 * letters):
        return len(han) >= _MANY_HAN or lexicon().han_look(han) >= _SURE_FLUENCY
    return (
        letters >= max(_SURE_LETTERS, 0.6 * len(guess))
        and 1 < len(words) <= 0.4 * letters
        and lexicon().fluency(guess) >= _SURE_FLUENCY
    )


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
    return joined if lexicon().han_look(joined) >= enough or len(joined) >= _MANY_HAN else run


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
