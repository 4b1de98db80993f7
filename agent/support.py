"""Is a sentence supported by the section it cites?

First what must stand in the section word by word: numbers, units of time, dates, phone numbers, addresses, identifiers of
licences and standards, abbreviations and names of places. Then polarity: a clause must not deny what its source affirms.
Then support: how much of the sentence's content, weighted by how rare its words are in the library, the section covers,
how rare the rarest word is that it does not cover, and how near the sentence is to the section's by embedding. The three
thresholds are learned (``handrail grounding fit``).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from agent.facts import missing_facts
from agent.models import Frozen
from agent.terms import terms

FILE: Final = Path(__file__).with_name("support.json")
NEAREST: Final = 0.5
"""Share of a clause's terms in a source clause from which on the two say something about the same."""

_CLAUSE: Final = re.compile(
    r"[;:!?؛؟，；：。！？、]\s*|[.,،]\s+|\s(?:because|porque|so that|para que|and|y|e|but|pero)\s"
)
_NEGATIONS: Final = {
    "en": re.compile(r"\b(?:not|never|no|cannot|without|nor|neither|don't|doesn't|rejects?)\b|n't\b", re.IGNORECASE),
    "es": re.compile(r"\b(?:no|nunca|jamás|sin|ni|tampoco|ningún|ninguna?|rechaza)\b", re.IGNORECASE),
    "zh": re.compile(r"(?<!而)不(?!同|仅|但)|没|無|无(?!线)|别(?!人|处|的)|勿|未(?!成年)"),
    "ar": re.compile(r"(?<![\u0621-\u064a])(?:[وف]?لا|ليس(?:ت)?|لم|لن|غير|دون|بدون|[أا]لا|يرفض)(?![\u0621-\u064a])"),
}  # fmt: skip


class Thresholds(Frozen):
    """What a supported sentence reaches, learned from pairs."""

    coverage: float = 0.6
    """Least share of the weight of its terms that the section covers."""
    novelty: float = 6.0
    """Most weight of a term that the section does not have."""
    similarity: float = 0.0
    """Least cosine to the nearest sentence of the section; counts where an embedding is given."""


class Model(Frozen):
    """Thresholds by language, and in how many sentences of the library a term stands."""

    format: int = 1
    thresholds: dict[str, Thresholds]
    sentences: dict[str, int]
    frequency: dict[str, dict[str, int]]


class Features(NamedTuple):
    """What the thresholds are compared with."""

    coverage: float
    novelty: float


class Verdict(NamedTuple):
    """Whether the section supports the sentence, and what speaks against it."""

    supported: bool
    reasons: tuple[str, ...]
    """``fact:<what>``, ``polarity``, ``coverage``, ``novelty``, ``similarity``; empty when supported."""


@lru_cache(maxsize=1)
def load_support(path: Path = FILE) -> Model:
    """The learned thresholds and frequencies."""
    return Model.model_validate(json.loads(path.read_text(encoding="utf-8")))


def verify(
    sentence: str, section: str, language: str, model: Model | None = None, similarity: float | None = None
) -> Verdict:
    """Whether ``section`` (heading and text) supports ``sentence``, both in ``language``."""
    model = model or load_support()
    limits = model.thresholds.get(language) or model.thresholds["en"]
    reasons = [f"fact:{fact}" for fact in missing_facts(sentence, section, language)]
    if contradicts(sentence, section, language):
        reasons.append("polarity")
    found = features(sentence, section, language, model)
    if found.coverage < limits.coverage:
        reasons.append("coverage")
    if found.novelty > limits.novelty:
        reasons.append("novelty")
    if similarity is not None and similarity < limits.similarity:
        reasons.append("similarity")
    return Verdict(not reasons, tuple(reasons))


def features(sentence: str, section: str, language: str, model: Model) -> Features:
    """How much of the sentence the section covers, and the weight of the rarest term that it does not."""
    own, there = terms(sentence, language), frozenset(terms(section, language))
    weights = {term: weight(term, language, model) for term in own}
    total = sum(weights.values())
    novel = [value for term, value in weights.items() if term not in there]
    return Features(1.0 - sum(novel) / total if total else 1.0, max(novel, default=0.0))


def weight(term: str, language: str, model: Model) -> float:
    """Inverse document frequency of the term over the sentences of the library, in nats."""
    count = model.sentences.get(language, 1)
    return math.log((1 + count) / (1 + model.frequency.get(language, {}).get(term, 0)))


def contradicts(sentence: str, section: str, language: str) -> bool:
    """True when a clause of the sentence denies what the nearest clause of the section affirms, or the other way round."""
    negation = _NEGATIONS.get(language)
    if negation is None:
        return False
    sources = [(clause, frozenset(terms(clause, language))) for clause in _clauses(section)]
    for clause in _clauses(sentence):
        own = frozenset(terms(clause, language))
        near = [(len(own & there) / len(own), source) for source, there in sources if own and there]
        best = max((share for share, _ in near), default=0.0)
        if best < NEAREST or len(own) < 2:
            continue
        denied = _odd(negation, clause)
        if all(_odd(negation, source) != denied for share, source in near if share >= best - 0.05):
            return True
    return False


def _odd(negation: re.Pattern[str], clause: str) -> bool:
    return len(negation.findall(clause)) % 2 == 1


def _clauses(text: str) -> Sequence[str]:
    return [clause for clause in _CLAUSE.split(text.replace("\n", ". ")) if clause and clause.strip()]
