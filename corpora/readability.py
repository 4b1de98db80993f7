"""How hard a text is to read: rough, quick, and by language."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_WORD: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d+")
_HAN: Final = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_ARABIC: Final = re.compile(r"[\u0600-\u06ff]")
_LATIN: Final = re.compile(r"[a-zA-ZÀ-ÿ]")
_SCRIPTS: Final = {"en": _LATIN, "es": _LATIN, "zh": _HAN, "ar": _ARABIC}
_VOWELS: Final = re.compile(r"[aeiouy]+")
_SPANISH_SYLLABLE: Final = re.compile(r"[iuü]?[aeoáéóíú](?:[iuy](?![aeoáéóíú]))?|[iuüy]+", re.IGNORECASE)
"""A strong vowel with the weak ones that lean on it, or weak ones alone."""
_FUNCTION_WORDS: Final = {
    "en": frozenset(
        [
            "the",
            "of",
            "and",
            "to",
            "in",
            "is",
            "that",
            "for",
            "it",
            "with",
            "as",
            "you",
            "your",
            "or",
            "are",
            "be",
            "this",
            "can",
            "not",
            "from",
            "by",
            "at",
            "if",
            "have",
            "who",
            "will",
            "do",
        ]
    ),
    "es": frozenset(
        [
            "el",
            "la",
            "los",
            "las",
            "de",
            "del",
            "y",
            "en",
            "que",
            "un",
            "una",
            "para",
            "por",
            "con",
            "no",
            "se",
            "su",
            "al",
            "lo",
            "es",
            "o",
            "si",
            "tu",
            "te",
            "como",
            "más",
            "pero",
            "sin",
        ]
    ),
}
LATIN_LANGUAGES: Final = tuple(_FUNCTION_WORDS)
_ENOUGH: Final = 6
"""Function words from which on a language can be told."""
_CHARACTERS_PER_WORD: Final = 1.5
"""A Chinese word has one and a half characters on average."""


def word_count(text: str) -> int:
    """Words in ``text``; Chinese characters count as two thirds of a word each."""
    han = len(_HAN.findall(text))
    return len(_WORD.findall(_HAN.sub(" ", text))) + round(han / _CHARACTERS_PER_WORD)


def script_share(text: str, locale: str) -> float:
    """Share of the letters that belong to the script of ``locale``, 0..1; 1 without letters, and where no script is known."""
    pattern = _SCRIPTS.get(locale)
    if pattern is None:
        return 1.0
    letters = sum(unicodedata.category(character).startswith("L") for character in text)
    return len(pattern.findall(text)) / letters if letters else 1.0


def grade(sentences: list[str]) -> float:
    """Flesch-Kincaid grade of English sentences: years of schooling needed (Kincaid et al. 1975)."""
    words = [word for sentence in sentences for word in _WORD.findall(sentence) if word[0].isalpha()]
    if not words:
        return 0.0
    syllables = sum(_syllables(word) for word in words)
    return 0.39 * len(words) / len(sentences) + 11.8 * syllables / len(words) - 15.59


def spanish_ease(sentences: list[str]) -> float:
    """Reading ease of Spanish sentences, 0 (hard) to 100 (easy): the Flesch formula of Szigriszt-Pazos (1993)."""
    words = [word for sentence in sentences for word in _WORD.findall(sentence) if word[0].isalpha()]
    if not words:
        return 100.0
    syllables = sum(max(1, len(_SPANISH_SYLLABLE.findall(word))) for word in words)
    return 206.835 - 62.3 * syllables / len(words) - len(words) / len(sentences)


def latin_language(text: str) -> str:
    """``en`` or ``es`` where the function words of ``text`` clearly say so; empty for other or short texts."""
    words = [word.lower() for word in _WORD.findall(text)]
    counts = {language: sum(word in known for word in words) for language, known in _FUNCTION_WORDS.items()}
    first, second = sorted(counts, key=lambda language: -counts[language])
    return first if counts[first] >= _ENOUGH and counts[first] >= 3 * counts[second] else ""


def _syllables(word: str) -> int:
    """Groups of vowels, without a silent last ``e``."""
    lower = unicodedata.normalize("NFD", word.lower())
    count = len(_VOWELS.findall(lower))
    if lower.endswith("e") and not lower.endswith("le") and count > 1:
        count -= 1
    return max(1, count)
