"""The judgement after those who know better have spoken: the tenant's exemplars, then the guard model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from agent.access import DEFAULT_TENANT
from agent.models import Perception
from agent.ports import EarlierTurn, Judgement, RiskJudge
from agent.risk.adjust import is_core
from agent.risk.cascade import Cascade
from agent.risk.exemplars import ExemplarSource, Near, Reach, corrected
from agent.risk.judge import conversation

LOOSEN_CHARS: Final = 600
"""A longer text is not read whole by the embedder, so a resemblance does not make it safe."""
BY_CONTEXT: Final = 0.1
"""A message that scores so much lower alone is judged for what was said before it."""


class ReviewedJudge:
    """Judges with ``judge``, then lets exemplars and guard correct it. See ``agent.ports.RiskJudge``."""

    def __init__(self, judge: RiskJudge, exemplars: ExemplarSource, reach: Reach, cascade: Cascade | None) -> None:
        self._judge = judge
        self._exemplars = exemplars
        self._reach = reach
        self._cascade = cascade

    async def assess(
        self, perception: Perception, earlier: Sequence[EarlierTurn], tenant: str = DEFAULT_TENANT
    ) -> Judgement:
        """See ``agent.ports.RiskJudge``."""
        judgement = await self._judge.assess(perception, earlier, tenant)
        risk = judgement.risk
        known = self._exemplars.of(tenant)
        if known is not None:
            near = known.near(judgement.query, judgement.vector, self._reach.radius)
            held = await self._held(judgement, perception, earlier, near)
            risk = corrected(risk, near, known.version, self._reach, held)
        if self._cascade is not None:
            text = judgement.query if judgement.text is None else judgement.text
            risk = await self._cascade.checked(risk, text, conversation(earlier))
        return judgement._replace(risk=risk)

    async def _held(
        self, judgement: Judgement, perception: Perception, earlier: Sequence[EarlierTurn], near: Sequence[Near]
    ) -> str | None:
        """Why no exemplar may loosen this judgement, if anything."""
        if all(n.exemplar.unsafe for n in near):
            return None
        if is_core(judgement.risk):
            return "a core hazard is not loosened"
        if judgement.text is not None and judgement.text != judgement.query:
            return "the message is read together with the one before it"
        if len(judgement.query) > LOOSEN_CHARS:
            return f"the text is longer than {LOOSEN_CHARS} characters"
        if earlier:
            alone = await self._judge.assess(perception, ())
            if alone.risk.unsafe < judgement.risk.unsafe - BY_CONTEXT:
                return "the conversation before it raised the score"
        return None
