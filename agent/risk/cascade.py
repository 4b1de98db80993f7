"""The cascade: a guard model is asked where the classifier is unsure, and its word counts as evidence.

Its weight is the logarithm of a likelihood ratio of 9, that of a guard which is right nine times in ten on either side.
Llama Guard 3-8B on XSTest (F1 .884 at 4.4% false positives, as its makers report) has 19 for "unsafe" and 1/6 for "safe"; the
requests of the band are harder than those.
"""

from __future__ import annotations

import hashlib
import math
from collections import OrderedDict
from typing import Final, NamedTuple

from agent.errors import ModelOutputError, ModelUnavailable
from agent.models import GuardCheck, RiskAssessment
from agent.ports import GuardModel, GuardVerdict
from agent.risk.adjust import is_core, moved

WEIGHT: Final = math.log(9)
"""Log-odds that a verdict adds to ``unsafe`` or takes from it."""
READ_CHARS: Final = 8_000
"""A longer text is not read whole by the guard, so its "safe" does not count."""
CACHED: Final = 2_000
"""Verdicts kept, the least recently used dropped first."""


class Band(NamedTuple):
    """Where the classifier is unsure."""

    low: float
    high: float

    def holds(self, unsafe: float) -> bool:
        """True from ``low`` on, up to but without ``high``."""
        return self.low <= unsafe < self.high


class Cascade:
    """Asks the guard model inside the band. A guard that cannot be asked counts as one that said "unsafe"."""

    def __init__(self, guard: GuardModel, band: Band) -> None:
        self._guard = guard
        self._band = band
        self._verdicts: OrderedDict[str, GuardVerdict] = OrderedDict()

    async def checked(self, risk: RiskAssessment, text: str, earlier: str) -> RiskAssessment:
        """The assessment after the guard has spoken, with a note of what it said; the same one outside the band."""
        if not self._band.holds(risk.unsafe):
            return risk
        try:
            verdict = await self._verdict(text[:READ_CHARS], earlier)
        except (ModelUnavailable, ModelOutputError) as error:
            return self._noted(moved(risk, unsafe=WEIGHT), "failed", shift=WEIGHT, detail=str(error))
        if verdict.unsafe:
            raised = moved(risk, unsafe=WEIGHT, hazards=dict.fromkeys(verdict.hazards, WEIGHT))
            return self._noted(raised, "unsafe", verdict, shift=WEIGHT)
        if held := _held(risk, text):
            return self._noted(risk, "safe", verdict, shift=0.0, detail=held)
        return self._noted(moved(risk, unsafe=-WEIGHT), "safe", verdict, shift=-WEIGHT)

    async def _verdict(self, text: str, earlier: str) -> GuardVerdict:
        """A failure is not kept: the next request like this one asks again."""
        key = hashlib.sha256(f"{len(earlier)}\0{earlier}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()
        if key in self._verdicts:
            self._verdicts.move_to_end(key)
            return self._verdicts[key]
        verdict = await self._guard.ask(text, earlier)
        self._verdicts[key] = verdict
        if len(self._verdicts) > CACHED:
            self._verdicts.popitem(last=False)
        return verdict

    def _noted(
        self,
        risk: RiskAssessment,
        said: str,
        verdict: GuardVerdict | None = None,
        *,
        shift: float,
        detail: str | None = None,
    ) -> RiskAssessment:
        check = GuardCheck.model_validate(
            {
                "model": self._guard.name,
                "verdict": said,
                "hazards": verdict.hazards if verdict else (),
                "shift": round(shift, 4),
                "detail": detail,
            }
        )
        return risk.model_copy(update={"guard": check})


def _held(risk: RiskAssessment, text: str) -> str | None:
    if is_core(risk):
        return "a core hazard is not loosened"
    if len(text) > READ_CHARS:
        return f"only the first {READ_CHARS:,} characters were read"
    return None
