"""Hazards in what a model writes, by the risk model: the piece is read as a message after the request.

The model is trained on requests, so that an answer about a danger scores high like a question about it. Only what both the
``unsafe`` head and a hazard are nearly certain of is held; ``FLOOR`` lets every sentence of the guidance library pass. A
head trained on answers can take this place behind the port.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from typing import Final

from agent.risk.classifier import Request, Scores
from agent.risk.judge import Classifier
from policies.taxonomy import Hazard

FLOOR: Final = 0.95
"""Probability of harm and of the hazard from which on a piece is held."""
_ADVICE: Final = frozenset(hazard for hazard in Hazard if hazard.value.startswith("advice_"))
"""Advice is what answers are made of; what of it must not be said is a matter of limits."""


class RiskOutputJudge:
    """Judges with the risk model in a worker thread; 2-3 ms a piece."""

    def __init__(self, classifier: Classifier, executor: Executor) -> None:
        self._classifier = classifier
        self._executor = executor

    async def hazards(self, text: str, request: str, language: str) -> tuple[str, ...]:
        """See ``agent.ports.OutputJudge``."""
        loop = asyncio.get_running_loop()
        asked = [Request(text, request, language)]
        (scores,) = await loop.run_in_executor(self._executor, self._classifier.score, asked)
        return certain(scores)


def certain(scores: Scores) -> tuple[str, ...]:
    """Hazards that the scores are nearly certain of, most certain first."""
    if scores.unsafe < FLOOR:
        return ()
    ranked = sorted(scores.hazards.items(), key=lambda item: -item[1])
    return tuple(hazard.value for hazard, score in ranked if score >= FLOOR and hazard not in _ADVICE)
