"""Moves the scores of a finished assessment by evidence in log-odds, as naive Bayes adds independent evidence."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from agent.models import HazardScore, RiskAssessment
from agent.risk.evidence import TABLE
from policies.taxonomy import BENIGN_FACETS, DOMAIN_OF_FACET, Facet, Hazard

CORE: Final = frozenset({Hazard.CHILD_SEXUAL_EXPLOITATION, Hazard.INDISCRIMINATE_WEAPONS, Hazard.SUICIDE_SELF_HARM})
"""Hazards that nothing but the model itself and its signals may lower."""
CORE_FLOOR: Final = 0.2
"""A core hazard that scores as much keeps the whole assessment from being loosened."""
CORE_SIGNALS: Final = frozenset(name for name, evidence in TABLE.items() if evidence.hazard in CORE)
"""So does each of these signals."""

RISKY: Final = 0.35
"""Share of the risky facets from which one of them is the main one: to take a risky request for a harmless one costs about
twice what the reverse does, which the weaker rules of a risky facet answer with care."""


def is_core(risk: RiskAssessment) -> bool:
    """True when the assessment may not be loosened."""
    scores = {hazard.id: hazard.score for hazard in risk.hazards}
    return (
        any(scores[hazard] >= CORE_FLOOR for hazard in CORE)
        or risk.facet is Facet.MENTAL_HEALTH_CRISIS
        or not CORE_SIGNALS.isdisjoint(risk.signals)
    )


def moved(
    risk: RiskAssessment,
    *,
    unsafe: float = 0.0,
    prompt_attack: float = 0.0,
    hazards: Mapping[Hazard, float] | None = None,
    facet: Facet | None = None,
    facet_weight: float = 0.0,
) -> RiskAssessment:
    """The assessment with these log-odds added. Core hazards only rise; ``facet`` gains ``facet_weight`` on the others;
    domain, uncertainty and the order of the hazards follow."""
    shifts = dict(hazards or {}) | {Hazard.PROMPT_ATTACK: prompt_attack}
    scores = {
        hazard.id: shifted(hazard.score, _allowed(hazard.id, shifts.get(hazard.id, 0.0))) for hazard in risk.hazards
    }
    facets = dict(risk.facets)
    if facet is not None:
        facets[facet] *= math.exp(facet_weight)
        total = sum(facets.values())
        facets = {name: score / total for name, score in facets.items()}
    # A facet that the evidence names is the main one as soon as it is the likeliest.
    main = facet if facet is not None and facets[facet] == max(facets.values()) else main_facet(facets)
    new = shifted(risk.unsafe, unsafe)
    return risk.model_copy(
        update={
            "unsafe": new,
            "prompt_attack": scores[Hazard.PROMPT_ATTACK],
            "hazards": tuple(HazardScore(id=h, score=s) for h, s in sorted(scores.items(), key=lambda item: -item[1])),
            "facets": facets,
            "facet": main if facet is not None else risk.facet,
            "domain": DOMAIN_OF_FACET[main] if facet is not None else risk.domain,
            "uncertainty": doubt(new, facets),
        }
    )


def shifted(probability: float, log_odds: float) -> float:
    """The probability with this much added to its log-odds; unchanged where that is nothing."""
    if log_odds == 0.0:
        return probability
    clipped = min(max(probability, 1e-6), 1 - 1e-6)
    return 1 / (1 + math.exp(-(math.log(clipped / (1 - clipped)) + log_odds)))


def main_facet(facets: Mapping[Facet, float]) -> Facet:
    """The facet that rules go by: the likeliest, or, where the risky ones together reach ``RISKY``, the likeliest of those."""
    risky = {facet: score for facet, score in facets.items() if facet not in BENIGN_FACETS}
    among = risky if sum(risky.values()) >= RISKY else facets
    return max(among, key=lambda facet: among[facet])


def doubt(unsafe: float, facets: Mapping[Facet, float]) -> float:
    """How unsure a judgement is, 0..1: the larger of doubt about ``unsafe`` (1 at 0.5) and half the doubt about the facet."""
    return max(1.0 - abs(2.0 * unsafe - 1.0), 0.5 * (1.0 - max(facets.values())))


def _allowed(hazard: Hazard, log_odds: float) -> float:
    return max(log_odds, 0.0) if hazard in CORE else log_odds
