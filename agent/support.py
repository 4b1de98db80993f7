"""Is a sentence supported by the section it cites?

First what must stand in the section word by word: numbers, units of time, dates, phone numbers, addresses, identifiers of
licences and standards, abbreviations and names of places. Then substitutions: a sentence that follows its source word by word
must not put another thing in the place of one. Then polarity: a clause must not deny what its source affirms.
Then support: how much of the sentence's content, weighted by how rare its words are in the library, the section covers, and
how rare the rarest word is that it does not cover. A sentence that these do not carry, because it says the same in other words,
is carried by its embedding where the section covers less of it, but says something very near. The thresholds are learned
(``handrail grounding fit``).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from agent.facts import missing_facts
from agent.models import Frozen
from agent.substitutions import substituted
from agent.terms import terms, terms_of_section

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
    """What a supported sentence reaches, learned from pairs: in its words ``coverage`` and ``novelty``, or in its meaning
    ``near_coverage`` and ``similarity``."""

    coverage: float = 0.6
    """Least share of the weight of its terms that the section covers."""
    novelty: float = 0.9
    """Most weight of a term that the section does not have."""
    near_coverage: float = 1.0
    """Least share that the section covers of a sentence in other words."""
    similarity: float = 1.0
    """Least cosine of a sentence in other words to the nearest sentence of the section."""


class Model(Frozen):
    """Thresholds by language, and in how many sentences of the library a term stands."""

    format: int = 2
    thresholds: dict[str, Thresholds]
    embedder: str = ""
    """Name of the embedder whose cosines ``similarity`` was learned from; those of another are not asked for."""
    sentences: dict[str, int]
    frequency: dict[str, dict[str, int]]


class Near(Protocol):
    """How near a sentence is to what a section says, 0..1."""

    @property
    def name(self) -> str:
        """The embedder's."""
        ...

    def __call__(self, sentence: str, section: str, language: str) -> float:
        """Cosine to the nearest sentence of the section."""
        ...


class Features(NamedTuple):
    """What the thresholds are compared with."""

    coverage: float
    novelty: float


class Verdict(NamedTuple):
    """Whether the section supports the sentence, and what speaks against it."""

    supported: bool
    reasons: tuple[str, ...]
    """``fact:<what>``, ``substitution:<what>``, ``polarity``, ``coverage``, ``novelty``; empty when supported."""


@lru_cache(maxsize=1)
def load_support(path: Path = FILE) -> Model:
    """The learned thresholds and frequencies."""
    return Model.model_validate(json.loads(path.read_text(encoding="utf-8")))


def verify(sentence: str, section: str, language: str, model: Model | None = None, near: Near | None = None) -> Verdict:
    """Whether ``section`` (heading and text) supports ``sentence``, both in ``language``. ``near`` is asked only about a sentence
    that its words do not carry and nothing speaks against."""
    model = model or load_support()
    limits = model.thresholds.get(language) or model.thresholds["en"]
    reasons = objections(sentence, section, language)
    found = features(sentence, section, language, model)
    short = [
        name
        for name, falls_short in (
            ("coverage", found.coverage < limits.coverage),
            ("novelty", found.novelty > limits.novelty),
        )
        if falls_short
    ]
    if (
        short
        and not reasons
        and near is not None
        and near.name == model.embedder
        and found.coverage >= limits.near_coverage
        and near(sentence, section, language) >= limits.similarity
    ):
        short = []
    return Verdict(not reasons and not short, (*reasons, *short))


def objections(sentence: str, section: str, language: str) -> tuple[str, ...]:
    """What speaks against the sentence however much of it the section covers."""
    facts = [f"fact:{fact}" for fact in missing_facts(sentence, section, language)]
    swapped = [f"substitution:{word}" for word in substituted(sentence, section, language)]
    polarity = ["polarity"] if contradicts(sentence, section, language) else []
    return (*facts, *swapped, *polarity)


def features(sentence: str, section: str, language: str, model: Model) -> Features:
    """How much of the sentence the section covers, and the weight of the rarest term that it does not."""
    own, there = terms(sentence, language), terms_of_section(section, language)
    weights = {term: weight(term, language, model) for term in own}
    total = sum(weights.values())
    novel = [value for term, value in weights.items() if term not in there]
    return Features(1.0 - sum(novel) / total if total else 1.0, max(novel, default=0.0))


def weight(term: str, language: str, model: Model) -> float:
    """Inverse document frequency of the term over the sentences of the library, as a share of that of an unknown term."""
    count = model.sentences.get(language, 1)
    return 1 - math.log1p(model.frequency.get(language, {}).get(term, 0)) / math.log1p(count)


def contradicts(sentence: str, section: str, language: str) -> bool:
    """True when a clause of the sentence denies what the nearest clause of the section affirms, or the other way round."""
    negation = _NEGATIONS.get(language)
    if negation is None:
        return False
    sources = _clauses_of(section, language)
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


@lru_cache(maxsize=256)
def _clauses_of(section: str, language: str) -> tuple[tuple[str, frozenset[str]], ...]:
    return tuple((clause, frozenset(terms(clause, language))) for clause in _clauses(section))


def _odd(negation: re.Pattern[str], clause: str) -> bool:
    return len(negation.findall(clause)) % 2 == 1


def _clauses(text: str) -> Sequence[str]:
    return [clause for clause in _CLAUSE.split(text.replace("\n", ". ")) if clause and clause.strip()]
