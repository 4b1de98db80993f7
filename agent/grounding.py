"""Sentences and their support: splitting in four languages, and the words and numbers a sentence rests on."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_ABBREVIATIONS: Final = frozenset(
    {
        "e.g",
        "i.e",
        "dr",
        "mr",
        "mrs",
        "ms",
        "prof",
        "st",
        "vs",
        "etc",
        "no",
        "art",
        "sec",
        "u.s",
        "u.k",
        "p",
        "pp",
        "approx",
        "núm",
        "pág",
        "sr",
        "sra",
        "d",
    }
)
_END: Final = re.compile(r"(?:(?<![.!?…؟۔])[.!?…؟۔]++[\"'”’»)\]]*+(?=\s|$)|[。！？]+[”’」』）]*|\n+)")
_WORD: Final = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
_CJK: Final = re.compile(r"[\u3400-\u9fff]")
_LIST_NUMBER: Final = re.compile(r"(?:^|\n)\s*\d{1,3}$")
_BULLET: Final = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+")


def next_boundary(text: str, start: int = 0) -> int | None:
    """Index just past the end of the first sentence at or after ``start``; ``None`` when no sentence ends in the text.

    A full stop after an abbreviation, a single letter or the number of a list item does not end a sentence. A stop at the very end of the text
    counts as an end: callers that stream hold the last character back until more text or the end of stream arrives.
    """
    for match in _END.finditer(text, start):
        if match.group().startswith(".") and (
            _is_abbreviation(text, match.start())
            or _LIST_NUMBER.search(text, max(0, match.start() - 12), match.start())
        ):
            continue
        return match.end()
    return None


def split_sentences(text: str) -> list[str]:
    """The sentences of the text in order, stripped of bullets and outer white space; never empty strings."""
    sentences: list[str] = []
    start = 0
    while start < len(text):
        end = next_boundary(text, start) or len(text)
        begins_line = start == 0 or text[start - 1] == "\n"
        sentence = (_BULLET.sub("", text[start:end]) if begins_line else text[start:end]).strip()
        if sentence:
            sentences.append(sentence)
        start = end
    return sentences


def _is_abbreviation(text: str, stop: int) -> bool:
    word = re.search(r"[^\s(]+$", text[max(0, stop - 12) : stop])
    if word is None:
        return False
    token = word.group().lower()
    return token in _ABBREVIATIONS or (len(token) == 1 and token.isalpha() and token.isascii())


def fold(text: str) -> str:
    """Lower case without accents and Arabic vowel marks, for comparison only."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c) and c != "\u0640")


def content_terms(text: str) -> frozenset[str]:
    """Comparable terms: folded words of three letters or more, and bigrams of Chinese characters."""
    folded = fold(text)
    words = {word for word in _WORD.findall(folded) if len(word) > 2 and not _CJK.search(word)}
    han = ["".join(run) for run in re.findall(r"[\u3400-\u9fff]+", folded)]
    bigrams = {run[i : i + 2] for run in han for i in range(len(run) - 1)}
    return frozenset(words | bigrams)


def overlap(a: frozenset[str], b: frozenset[str]) -> float:
    """Share of the smaller set found in the other, 0..1; 0 when either is empty."""
    smaller = min(len(a), len(b))
    return len(a & b) / smaller if smaller else 0.0
