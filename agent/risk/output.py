"""Hazards in what a model writes.

The piece is read by itself, and the head for outputs says whether it does harm as it stands. The request heads were trained on
what people ask, so that an answer about a danger scores high like a question about it: theirs counts only where both ``unsafe``
and a hazard are nearly certain of the piece as a message after the request, and is asked only where the piece by itself is
suspicious.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from typing import Final

from agent.risk.classifier import Request, RiskClassifier, Scores
from agent.risk.output_head import OutputHead
from policies.taxonomy import Hazard

FLOOR: Final = 0.95
"""Probability of harm and of the hazard, by the request heads, from which on a piece is held."""
SUSPICIOUS: Final = 0.5
"""``unsafe`` of a piece by itself from which on it is read after the request, too."""
_ADVICE: Final = frozenset(hazard for hazard in Hazard if hazard.value.startswith("advice_"))
"""Advice is what answers are made of; what of it must not be said is a matter of limits."""


class RiskOutputJudge:
    """Judges with the risk model in a worker thread; 2-3 ms a piece, twice that for a suspicious one."""

    def __init__(self, classifier: RiskClassifier, executor: Executor, head: OutputHead | None = None) -> None:
        """Without a head the request heads judge alone, as they do for a model that has none fitted yet."""
        self._classifier = classifier
        self._executor = executor
        self._head = head

    async def hazards(self, text: str, request: str, language: str) -> tuple[str, ...]:
        """See ``agent.ports.OutputJudge``."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, self._hazards, text, request, language)

    def _hazards(self, text: str, request: str, language: str) -> tuple[str, ...]:
        alone = self._classifier.alone(text, language)
        if self._head is not None and alone.pooled is not None:
            found = self._head.judge(alone.pooled).hazards
            if found:
                return tuple(hazard.value for hazard in found)
        scores = self._classifier.calibrated(alone.logits)
        if request:
            if scores.unsafe < SUSPICIOUS:
                return ()
            (scores,) = self._classifier.score([Request(text, request, language)])
        return certain(scores)


def certain(scores: Scores) -> tuple[str, ...]:
    """Hazards that the scores are nearly certain of, most certain first."""
    if scores.unsafe < FLOOR:
        return ()
    ranked = sorted(scores.hazards.items(), key=lambda item: -item[1])
    return tuple(hazard.value for hazard, score in ranked if score >= FLOOR and hazard not in _ADVICE)
