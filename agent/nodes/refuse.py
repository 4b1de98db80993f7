"""Decline with a reason, from the catalogue; no model is asked."""

from __future__ import annotations

from langgraph.runtime import Runtime

from agent.composer import Composed
from agent.context import TurnContext
from agent.models import Retrieved
from agent.nodes.build_alternative import composed_for, draft_of
from agent.state import TurnState, TurnUpdate
from agent.views import rationale_view


async def refuse(state: TurnState, runtime: Runtime[TurnContext]) -> TurnUpdate:
    """A draft with why, pointers, helplines where owed, and how to appeal."""
    ctx = runtime.context
    found = state.get("retrieved")
    language = state["facts"].context.language
    composed = composed_for(state, ctx, Retrieved())
    why_no_guidance = _why_no_guidance(found, ctx, language)
    appeal = rationale_view(state["decision"], ctx.policies, state["facts"].context).appeal
    return {
        "draft": draft_of(state, ctx, Composed(composed.alternative, composed.citations, ()), why_no_guidance, appeal)
    }


def _why_no_guidance(found: Retrieved | None, ctx: TurnContext, language: str) -> str:
    """Why a request that guidance should have served is declined without it; empty for a plain refusal."""
    if found is None:
        return ""
    return ctx.deps.messages.get("guidance_unavailable" if found.error else "nothing_found", language)
