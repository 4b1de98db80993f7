"""What a client sees of an assessment and a rationale."""

from __future__ import annotations

from typing import Final

from agent.models import RationaleView, RiskAssessment, RiskView
from policies.loader import PolicySet
from policies.models import ContextFacts, Decision

SHOWN_HAZARDS: Final = 3
SHOWN_FROM: Final = 0.05
"""Hazards below this score are not shown."""


def risk_view(risk: RiskAssessment) -> RiskView:
    """The assessment with scores rounded and only the hazards that stand out."""
    shown = [h for h in risk.hazards if h.score >= SHOWN_FROM][:SHOWN_HAZARDS]
    return RiskView(
        language=risk.language,
        unsafe=round(risk.unsafe, 4),
        hazards=tuple(h.model_copy(update={"score": round(h.score, 4)}) for h in shown),
        prompt_attack=round(risk.prompt_attack, 4),
        uncertainty=round(risk.uncertainty, 4),
        stakes=round(risk.stakes, 4),
        urgent=round(risk.urgent, 4),
        signals=risk.signals,
        exemplars=risk.exemplars,
        guard=risk.guard,
    )


def rationale_view(decision: Decision, policies: PolicySet, context: ContextFacts) -> RationaleView:
    """The catalogue entry of the decision in the language of the context, for its jurisdiction."""
    text, used = policies.rationale(decision.rationale_code, context.language, context.jurisdiction)
    return RationaleView(
        code=decision.rationale_code,
        title=text.title,
        declined=text.declined if decision.action.declines else None,
        reason=text.reason,
        how_to_proceed=text.how_to_proceed,
        rule_ids=decision.rule_ids,
        policy_version=decision.policy_version,
        appeal=text.appeal,
        language=used,
    )
