"""Pairs of a sentence and a section of the library, for learning and measuring what counts as supported.

``evals/grounding/<language>.jsonl`` holds them, written by us. Families of sections (a section and its translations) fall into
two halves by their hash: thresholds are learned on one and reported on the other.
"""

from __future__ import annotations

import hashlib
import json
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, Literal, NamedTuple

from agent.facts import missing_facts
from agent.grounding import split_sentences
from agent.models import Frozen
from agent.support import Features, Model, Thresholds, contradicts, features, verify
from agent.terms import terms
from corpora.library import BUNDLED_LIBRARY, load_library

FOLDER: Final = Path(__file__).with_name("grounding")
KINDS: Final = ("supported", "contradicted", "number", "entity", "unsupported")
AIMS: Final = {"supported": 0.90, "number": 0.99, "entity": 0.99, "unsupported": 0.90}
"""Share to be accepted of ``supported``, to be rejected of the others."""
_RARE: Final = 3
"""Terms in fewer sentences of the library are not kept: they weigh like unknown ones."""


class Pair(Frozen):
    """A sentence, the section it cites, and whether it may."""

    section: str
    family: str
    sentence: str
    kind: Literal["supported", "contradicted", "number", "entity", "unsupported"]


class Judged(NamedTuple):
    """A pair with what was found on it."""

    pair: Pair
    language: str
    hard: bool
    """True when a fact is missing or a clause contradicts."""
    found: Features


class Figures(NamedTuple):
    """Share of pairs judged rightly, by kind, and how many there are."""

    right: dict[str, float]
    pairs: dict[str, int]


def load_pairs(folder: Path = FOLDER) -> dict[str, list[Pair]]:
    """The pairs by language."""
    return {
        path.stem: [Pair.model_validate(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]
        for path in sorted(folder.glob("*.jsonl"))
    }


def section_texts() -> dict[str, str]:
    """``<document>#<section>`` -> title, heading and text, of the bundled library."""
    return {
        f"{document.meta.id}#{section.id}": f"{document.meta.title}. {section.heading}.\n{section.text}"
        for document in load_library(BUNDLED_LIBRARY).documents
        for section in document.sections
    }


def held_out(pair: Pair) -> bool:
    """Which half the pair is in: that of its family."""
    return hashlib.sha256(pair.family.encode()).digest()[0] % 2 == 1


def frequencies() -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    """Sentences of the library by language, and in how many of them a term stands."""
    counts: dict[str, Counter[str]] = {}
    sentences: Counter[str] = Counter()
    for document in load_library(BUNDLED_LIBRARY).documents:
        language = document.meta.locale.split("-")[0]
        for section in document.sections:
            for sentence in split_sentences(section.text):
                sentences[language] += 1
                counts.setdefault(language, Counter()).update(set(terms(sentence, language)))
    kept = {lang: {t: n for t, n in sorted(c.items()) if n >= _RARE} for lang, c in counts.items()}
    return dict(sentences), kept


def fit() -> Model:
    """Thresholds learned on the fitting half: the middle of those that reject as many as the aims ask, by language."""
    sentences, frequency = frequencies()
    bare = Model(thresholds={"en": Thresholds()}, sentences=sentences, frequency=frequency)
    texts = section_texts()
    halves: dict[str, list[Judged]] = {}
    for language, pairs in load_pairs().items():
        group = "zh" if language == "zh" else "words"
        halves.setdefault(group, []).extend(judge(p, language, texts, bare) for p in pairs if not held_out(p))
    words, characters = _best(halves["words"]), _best(halves["zh"])
    return bare.model_copy(update={"thresholds": {"en": words, "es": words, "ar": words, "zh": characters}})


def judge(pair: Pair, language: str, texts: dict[str, str], model: Model) -> Judged:
    """The pair with its features."""
    section = texts[pair.section]
    hard = bool(missing_facts(pair.sentence, section, language)) or contradicts(pair.sentence, section, language)
    return Judged(pair, language, hard, features(pair.sentence, section, language, model))


def _best(judged: Sequence[Judged]) -> Thresholds:
    """Over a grid, the pair of thresholds with the greatest sum of what is accepted rightly and rejected rightly, where a
    swapped entity counts three times."""

    def worth(coverage: float, novelty: float) -> float:
        accepted = {id(one) for one in judged if _passes(one, coverage, novelty)}
        rates = {}
        for kind in ("supported", "entity", "unsupported"):
            own = [one for one in judged if one.pair.kind == kind]
            share = sum(id(one) in accepted for one in own) / max(1, len(own))
            rates[kind] = share if kind == "supported" else 1 - share
        return round(2 * rates["supported"] + 3 * rates["entity"] + rates["unsupported"], 6)

    grid = {(c / 40, n / 10): worth(c / 40, n / 10) for c in range(10, 40) for n in range(0, 80, 2)}
    best = [point for point, value in grid.items() if value == max(grid.values())]
    coverage, novelty = (statistics.median(values) for values in zip(*best, strict=True))
    return Thresholds(coverage=round(coverage, 3), novelty=round(novelty, 2))


def _passes(one: Judged, coverage: float, novelty: float) -> bool:
    return not one.hard and one.found.coverage >= coverage and one.found.novelty <= novelty


def evaluate(model: Model, *, on_held_out: bool = True) -> dict[str, Figures]:
    """Figures by language and for ``all``, on one half."""
    texts = section_texts()
    right: dict[str, list[tuple[str, bool]]] = {}
    for language, pairs in load_pairs().items():
        for pair in pairs:
            if held_out(pair) is on_held_out:
                supported = verify(pair.sentence, texts[pair.section], language, model).supported
                right.setdefault(language, []).append((pair.kind, supported is (pair.kind == "supported")))
    right["all"] = [one for many in list(right.values()) for one in many]
    return {language: _figures(rows) for language, rows in right.items()}


def _figures(rows: Iterable[tuple[str, bool]]) -> Figures:
    by_kind: dict[str, list[bool]] = {kind: [] for kind in KINDS}
    for kind, is_right in rows:
        by_kind[kind].append(is_right)
    return Figures(
        {kind: sum(many) / len(many) for kind, many in by_kind.items() if many},
        {kind: len(many) for kind, many in by_kind.items()},
    )


def lines(found: dict[str, Figures]) -> list[str]:
    """A table: share judged rightly, by language and kind."""
    head = f"{'':8}" + "".join(f"{kind:>18}" for kind in KINDS)
    rows = [
        f"{language:8}" + "".join(f"{figures.right[kind]:>11.1%} of {figures.pairs[kind]:<3}" for kind in KINDS)
        for language, figures in found.items()
    ]
    return [head, *rows]


def missed(found: dict[str, Figures]) -> list[str]:
    """Kinds whose share over all languages is short of its aim."""
    return [kind for kind, aim in AIMS.items() if found["all"].right[kind] < aim]
