"""The language of one section, because half of a translated page is often still in the language of the original."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from lingua import Language, LanguageDetector, LanguageDetectorBuilder

from corpora.readability import latin_language

ENOUGH: Final = 60
"""Latin letters from which on a text tells its language; the other scripts tell it at once."""
_LOOK: Final = 1_000
"""Characters that are looked at."""
_SURE: Final = 0.2
"""By how much the first guess must be likelier than the second."""
_SCRIPTS: Final = re.compile(
    r"(?P<kana>[\u3040-\u30ff]+)|(?P<han>[\u3400-\u9fff]+)|(?P<ko>[\uac00-\ud7af]+)|(?P<arabic>[\u0600-\u06ff]+)"
    r"|(?P<cyrillic>[\u0400-\u052f]+)|(?P<el>[\u0370-\u03ff]+)|(?P<he>[\u0590-\u05ff]+)|(?P<th>[\u0e00-\u0e7f]+)"
    r"|(?P<hi>[\u0900-\u097f]+)|(?P<bn>[\u0980-\u09ff]+)|(?P<ta>[\u0b80-\u0bff]+)|(?P<latin>[A-Za-zÀ-ɏḀ-ỿ]+)"
)
_ENGLISH: Final = re.compile(r"\b(?:the|and|of|that|with|which|should|are|this|be|is|to)\b", re.IGNORECASE)
_ENGLISH_SHARE: Final = 0.12
"""No other language has so many of these words; and lingua need not be asked for most of what comes in."""
_LANGUAGES: Final = {
    "latin": (
        Language.ENGLISH, Language.SPANISH, Language.FRENCH, Language.GERMAN, Language.PORTUGUESE, Language.ITALIAN,
        Language.TURKISH, Language.POLISH, Language.CZECH, Language.DUTCH, Language.SWEDISH, Language.BOKMAL,
        Language.INDONESIAN, Language.MALAY, Language.ROMANIAN, Language.HUNGARIAN, Language.VIETNAMESE,
        Language.ESPERANTO,
    ),
    "cyrillic": (Language.RUSSIAN, Language.UKRAINIAN, Language.BULGARIAN),
    "arabic": (Language.ARABIC, Language.PERSIAN, Language.URDU),
}  # fmt: skip
_WIDE: Final = {"han": 3, "kana": 3, "ko": 3}
"""Letters of an alphabet that one of these characters counts for."""


def language_of(text: str) -> str:
    """ISO 639-1 code of the language that most of ``text`` is in; empty when it is too short or too mixed to tell."""
    weights: dict[str, int] = {}
    for match in _SCRIPTS.finditer(text[:_LOOK]):
        script = match.lastgroup or ""
        weights[script] = weights.get(script, 0) + len(match[0]) * _WIDE.get(script, 1)
    weights["han"] = weights.get("han", 0) + weights.get("kana", 0)
    # Technical prose is full of English names: a third of another script is the language of the text.
    foreign = {script: weight for script, weight in weights.items() if script not in ("latin", "kana") and weight}
    main = max(foreign, key=lambda script: foreign[script], default="latin")
    if foreign.get(main, 0) < 0.3 * (weights.get("latin", 0) + sum(foreign.values())):
        main = "latin"
    if weights.get(main, 0) < (ENOUGH if main == "latin" else 1):
        return ""
    if main == "han":
        return "ja" if weights.get("kana", 0) > 0.1 * weights["han"] else "zh"
    if main == "latin" and len(_ENGLISH.findall(text[:_LOOK])) >= _ENGLISH_SHARE * len(text[:_LOOK].split()):
        return "en"
    return _by_letters(text[:_LOOK], main) if main in _LANGUAGES else main


def _by_letters(text: str, script: str) -> str:
    ranked = _detector(script).compute_language_confidence_values(text)
    if ranked[0].value - ranked[1].value < _SURE:
        return latin_language(text)
    return ranked[0].language.iso_code_639_1.name.lower()


@cache
def _detector(script: str) -> LanguageDetector:
    """Low-accuracy models: exact for a paragraph, and a tenth of the memory."""
    return LanguageDetectorBuilder.from_languages(*_LANGUAGES[script]).with_low_accuracy_mode().build()
