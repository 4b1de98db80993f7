"""Deterministic twins of the perceiver and the judge, for tests that are about something else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from agent.models import HazardScore, Perception, RiskAssessment, View
from agent.ports import EarlierTurn, Judgement
from policies.taxonomy import DOMAIN_OF_FACET, Facet, Hazard
from retrieval.models import Vector


class PlainPerceiver:
    """Sees every text as written, in one language."""

    def __init__(self, language: str = "en") -> None:
        self._language = language

    async def perceive(self, text: str) -> Perception:
        """See ``agent.ports.Perceiver``."""
        return Perception(original=text, views=(View(text=text),), language=self._language)


class TableJudge:
    """Judges by the first key that the text contains; anything else is everyday and harmless.

    An entry that is an exception is raised, as a broken classifier would.
    """

    def __init__(self, table: Mapping[str, RiskAssessment | Exception], vector: Vector | None = None) -> None:
        self._table = table
        self._vector = np.eye(1, 384, dtype=np.float32)[0] if vector is None else vector

    async def assess(self, perception: Perception, earlier: Sequence[EarlierTurn]) -> Judgement:
        """See ``agent.ports.RiskJudge``."""
        for key, entry in self._table.items():
            if key in perception.text:
                if isinstance(entry, Exception):
                    raise entry
                return Judgement(entry, perception.text, self._vector)
        return Judgement(assessment(Facet.EVERYDAY), perception.text, self._vector)


def assessment(
    facet: Facet,
    *,
    unsafe: float = 0.02,
    prompt_attack: float = 0.01,
    uncertainty: float = 0.05,
    hazards: Mapping[Hazard, float] | None = None,
    signals: tuple[str, ...] = (),
    language: str = "en",
) -> RiskAssessment:
    """An assessment that is sure of one facet."""
    facets = {f: 0.97 if f is facet else 0.03 / (len(Facet) - 1) for f in Facet}
    scores = {hazard: 0.01 for hazard in Hazard} | dict(hazards or {}) | {Hazard.PROMPT_ATTACK: prompt_attack}
    return RiskAssessment(
        language=language,
        domain=DOMAIN_OF_FACET[facet],
        facet=facet,
        unsafe=unsafe,
        prompt_attack=prompt_attack,
        uncertainty=uncertainty,
        facets=facets,
        hazards=tuple(HazardScore(id=h, score=s) for h, s in sorted(scores.items(), key=lambda item: -item[1])),
        signals=signals,
    )
