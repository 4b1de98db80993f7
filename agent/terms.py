"""Comparable terms of a text: stems of its content words, single characters of Chinese."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from Stemmer import Stemmer

from agent.grounding import fold

WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")

_HAN: Final = re.compile(r"[\u3400-\u9fff]+")

SAME: Final = {
    "US": ("united states", "u.s."),
    "UK": ("united kingdom", "u.k."),
    "EU": ("european union",),
    "EEUU": ("estados unidos",),
}

SHORT: Final = re.compile(r"(?<!\w)(?:US|UK|EU|EEUU)(?!\w)")

_FREE: Final = {
    "en": "a an the of to in on at by for from with and or but if when while as is are was were be been being it its this that these those there their they them he she you your "
    "we our i my me who which what how can could may might must should will would do does did has have had not no never any some all each every also too very more most than then so "
    "because about into out up down over under after before only even such other same one under has which where need whose own lets please just here yes try",
    "es": "favor aquí el la los las un una unos unas de del al a en por para con sin y e o u pero si cuando como que es son era ser está están fue ha han hay se su sus lo le les me mi tu tus te "
    "no nunca ni más menos muy también ya este esta estos estas ese esa eso porque aunque donde quien cada todo toda todos todas otro otra mismo puede pueden debe deben",
    "ar": "فضلك يرجى رجاء هنا في من على عن إلى الى أن ان إن أو او و ثم لا لم لن ليس ما هذا هذه ذلك التي الذي الذين هو هي هم كان كانت يكون تكون إذا اذا حتى كل بعض أي مع بعد قبل عند لأن قد غير بين كما أيضا",
    "zh": "的了是在和或也就都而且如果可以要不会等很还没有一个这那它他她们你您我把被让给对从到用以及与其之时候为因所但再先后上下里中能应该去来做请并只",
}  # fmt: skip


def terms(text: str, language: str) -> list[str]:
    """Comparable content terms in order, each once: stems of words, single characters of Chinese."""
    text = SHORT.sub(lambda match: SAME[match[0]][0], text)
    free = _free(language)
    found: dict[str, None] = {}
    if language == "zh":
        for run in _HAN.findall(text):
            found.update((character, None) for character in run if character not in free)
    for word in WORD.findall(text):
        if not _HAN.match(word) and fold(word) not in free:
            found[stem(fold(word), language)] = None
    return list(found)


@lru_cache(maxsize=256)
def terms_of_section(section: str, language: str) -> frozenset[str]:
    """The terms of a section, remembered: several checks of each sentence that cites it ask for them."""
    return frozenset(terms(section, language))


def stems(text: str, language: str) -> list[str]:
    """The stems of all words in order, content or not."""
    return [stem(fold(word), language) for word in WORD.findall(text)]


@lru_cache(maxsize=8)
def _free(language: str) -> frozenset[str]:
    listed = _FREE.get(language, "")
    return frozenset(listed) if language == "zh" else frozenset(fold(word) for word in listed.split())


@lru_cache(maxsize=8)
def _stemmer(language: str) -> Stemmer:
    return Stemmer({"en": "english", "es": "spanish", "ar": "arabic"}.get(language, "english"), 0)


@lru_cache(maxsize=20_000)
def stem(word: str, language: str) -> str:
    """The stem of a folded word."""
    found: str = _stemmer(language).stemWord(word)
    return found
