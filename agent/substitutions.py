"""Words of a source that a sentence replaces by others: "the printer's password" where the section has "the router's password".

A sentence that otherwise follows its source word by word puts the new words into the place of the old ones. It loses nothing by
being told in the words of the source instead, even where the new word is a synonym.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final, NamedTuple

from agent.grounding import split_sentences
from agent.terms import stems, terms, terms_of_section

ALIKE: Final = 0.6
"""Share of the words of a sentence that stand in the same order in its source, from which on it follows its source."""
LONGER: Final = 3

_HAN: Final = re.compile(r"[\u3400-\u9fff]|[A-Za-z]+")


class _Shape(NamedTuple):
    """How a substitution looks in a script."""

    longest: int
    """Words that are put in; characters in Chinese. They may replace ``LONGER`` times as many."""
    before: int
    after: int
    """Words in common beside it; the end of the sentence will do instead of ``after``."""


_WORDS: Final = _Shape(longest=3, before=2, after=2)
_CHARACTERS: Final = _Shape(longest=6, before=1, after=2)


def substituted(sentence: str, section: str, language: str) -> tuple[str, ...]:
    """The words, as stems, that stand in the place of others of the section and nowhere in it; empty when there are none."""
    there = terms_of_section(section, language)
    for own in split_sentences(sentence):
        content = frozenset(terms(own, language))
        words = _tokens(own, language)
        for source in _sources(section, language):
            found = _replaced(words, source, language)
            if new := [word for word in found if word in content and word not in there]:
                return tuple(new)
    return ()


def _replaced(words: tuple[str, ...], source: tuple[str, ...], language: str) -> tuple[str, ...]:
    """Words between common ones, where the source has other content words between the same."""
    if len(set(words) & set(source)) < ALIKE * len(set(words)):
        return ()
    shape = _CHARACTERS if language == "zh" else _WORDS
    matcher = SequenceMatcher(None, words, source, autojunk=False)
    if sum(block.size for block in matcher.get_matching_blocks()) < ALIKE * len(words):
        return ()
    steps = matcher.get_opcodes()
    for index, (step, start, end, begin, stop) in enumerate(steps):
        if (
            step != "replace"
            or end - start > shape.longest
            or stop - begin > LONGER * shape.longest
            or not terms(_joined(source[begin:stop], language), language)
        ):
            continue
        before = steps[index - 1][2] - steps[index - 1][1] if index else 0
        after = steps[index + 1][2] - steps[index + 1][1] if index + 1 < len(steps) else len(words)
        if before >= shape.before and after >= shape.after:
            return words[start:end]
    return ()


def _joined(words: tuple[str, ...], language: str) -> str:
    return "".join(words) if language == "zh" else " ".join(words)


@lru_cache(maxsize=256)
def _sources(section: str, language: str) -> tuple[tuple[str, ...], ...]:
    return tuple(_tokens(sentence, language) for sentence in split_sentences(section))


def _tokens(text: str, language: str) -> tuple[str, ...]:
    if language == "zh":
        return tuple(_HAN.findall(text))
    return tuple(stems(text, language))
