"""See through the form of the message, and settle who asks."""

from __future__ import annotations

from langgraph.runtime import Runtime

from agent.context import TurnContext, resolve
from agent.conversation import turning
from agent.events import TurnStarted
from agent.state import TurnState, TurnUpdate


async def perceive(state: TurnState, runtime: Runtime[TurnContext]) -> TurnUpdate:
    """The message has views, a language, a place in its conversation and a resolved context; ``turn.started`` is out."""
    ctx = runtime.context
    perception = await ctx.deps.perceiver.perceive(ctx.request.text)
    turn = turning(perception.text, ctx.earlier)
    perception = perception.model_copy(update={"resolved": turn.resolved})
    resolved = resolve(ctx.request.context, perception.language, ctx.policies)
    runtime.stream_writer(
        TurnStarted(
            turn_id=ctx.turn_id,
            thread_id=ctx.thread_id,
            role=resolved.facts.role,
            locale=resolved.facts.locale,
            jurisdiction=resolved.facts.jurisdiction,
            notices=resolved.notices,
        )
    )
    return {"perception": perception, "turning": turn, "context_facts": resolved.facts, "notices": resolved.notices}
