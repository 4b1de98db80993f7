"""Decide by policy, and put the decision on record before any text leaves."""

from __future__ import annotations

import logging
from datetime import datetime

from langgraph.runtime import Runtime

from agent.context import TurnContext
from agent.events import PolicyDecided
from agent.models import RiskAssessment
from agent.overload import overload
from agent.sealing import keep_of
from agent.state import TurnState, TurnUpdate
from agent.views import rationale_view
from policies.engine import decide as decide_by_policy
from policies.engine import divert
from policies.models import Decision, Facts
from policies.policy_set import PolicySet

logger = logging.getLogger(__name__)


async def decide(state: TurnState, runtime: Runtime[TurnContext]) -> TurnUpdate:
    """The decision is made and its record is durable; ``policy.decided`` is out.

    Raises:
        RecordsUnavailable: the record could not be written, or waiting cases not be counted; the turn fails closed.
    """
    ctx = runtime.context
    facts = state["facts"]
    now = ctx.deps.clock.now()
    decision = decide_by_policy(facts, ctx.policies, now=now)
    too_many = await overload(decision, facts, ctx.deps.cases, ctx.deps.review_limits, now)
    if too_many is not None:
        decision = divert(decision, ctx.policies)
    body = decision_body(decision, facts)
    if too_many is not None:
        body["diverted"] = too_many.model_dump()
    body |= corrections(state["judgement"].risk)
    body["risk_model"] = ctx.deps.risk_model
    body |= state["turning"].record()
    if files := state.get("attachments"):
        body["attachments"] = [file.record() for file in files]
    if ctx.shadow is not None:
        body["shadow"] = _beside(decision, facts, ctx.shadow, ctx.deps.clock.now())
    ctx.keep.append(keep_of(decision, ctx.deps.record_text))
    await ctx.record("decision", facts.context.tenant, body, ctx.request.text, facts.text.language)
    runtime.context.emit(
        PolicyDecided(
            action=decision.action,
            rationale=rationale_view(decision, ctx.policies, facts.context),
            obligations=tuple(str(obligation) for obligation in decision.obligations),
            default=decision.default,
        )
    )
    return {"decision": decision}


def _beside(decision: Decision, facts: Facts, shadow: PolicySet, now: datetime) -> dict[str, object]:
    """What the shadow would have done. It decides nothing, so that not even a fault of it may touch the turn."""
    try:
        other = decide_by_policy(facts, shadow, now=now)
    except (ValueError, TypeError, LookupError, RuntimeError, ArithmeticError) as error:
        logger.exception("shadow policies failed", extra={"action": "shadow_failed", "version": shadow.version})
        return {"policy_version": shadow.version, "error": type(error).__name__}
    differs = [
        name
        for name, mine, its in (
            ("action", decision.action, other.action),
            ("rationale", decision.rationale_code, other.rationale_code),
            ("obligations", set(map(str, decision.obligations)), set(map(str, other.obligations))),
        )
        if mine != its
    ]
    if differs:
        logger.info(
            "shadow policies differ",
            extra={
                "action": "shadow_differs",
                "version": shadow.version,
                "live": decision.action,
                "shadow": other.action,
            },
        )
    return {
        "policy_version": other.policy_version,
        "action": other.action.value,
        "decided_by": list(other.decided_by),
        "rationale": other.rationale_code,
        "obligations": [str(obligation) for obligation in other.obligations],
        "differs": differs,
    }


def corrections(risk: RiskAssessment) -> dict[str, object]:
    """What moved the judgement after the classifier, for the record; empty when nothing did."""
    body: dict[str, object] = {}
    if risk.exemplar_version is not None:
        hits = [hit.model_dump(mode="json") for hit in risk.exemplars]
        body["exemplars"] = {"version": risk.exemplar_version, "near": hits}
    if risk.guard is not None:
        body["guard"] = risk.guard.model_dump(mode="json")
    return body


def decision_body(decision: Decision, facts: Facts) -> dict[str, object]:
    """The body of a decision record: the decision, and every fact it rests on, so that it can be replayed."""
    return {
        "action": decision.action.value,
        "rule_ids": list(decision.rule_ids),
        "decided_by": list(decision.decided_by),
        "rationale": decision.rationale_code,
        "obligations": [str(obligation) for obligation in decision.obligations],
        "errors": [error.model_dump() for error in decision.errors],
        "default": decision.default,
        "policy_version": decision.policy_version,
        "overlays": list(decision.overlays),
        "risk_appetite": decision.risk_appetite,
        "near_misses": [near.model_dump(mode="json") for near in decision.near_misses],
        "explanation": decision.explanation,
        "facts": facts.model_dump(mode="json"),
    }
