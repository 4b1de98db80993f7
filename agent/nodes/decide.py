"""Decide by policy, and put the decision on record before any text leaves."""

from __future__ import annotations

from langgraph.runtime import Runtime

from agent.context import TurnContext
from agent.events import PolicyDecided
from agent.state import TurnState, TurnUpdate
from agent.views import rationale_view
from policies.engine import decide as decide_by_policy
from policies.models import Decision, Facts


async def decide(state: TurnState, runtime: Runtime[TurnContext]) -> TurnUpdate:
    """The decision is made and its record is durable; ``policy.decided`` is out.

    Raises:
        RecordsUnavailable: the record could not be written; the turn fails closed.
    """
    ctx = runtime.context
    facts = state["facts"]
    decision = decide_by_policy(facts, ctx.policies, now=ctx.deps.clock.now())
    await ctx.record("decision", facts.context.tenant, _body(decision, facts))
    runtime.stream_writer(
        PolicyDecided(
            action=decision.action,
            rationale=rationale_view(decision, ctx.policies, facts.context.language),
            obligations=tuple(str(obligation) for obligation in decision.obligations),
            default=decision.default,
        )
    )
    return {"decision": decision}


def _body(decision: Decision, facts: Facts) -> dict[str, object]:
    return {
        "action": decision.action.value,
        "rule_ids": list(decision.rule_ids),
        "decided_by": list(decision.decided_by),
        "rationale": decision.rationale_code,
        "obligations": [str(obligation) for obligation in decision.obligations],
        "errors": [error.model_dump() for error in decision.errors],
        "default": decision.default,
        "policy_version": decision.policy_version,
        "facts": facts.model_dump(mode="json"),
    }
