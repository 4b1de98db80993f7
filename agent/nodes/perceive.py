"""See through the form of the message, and settle who asks."""

from __future__ import annotations

from langgraph.runtime import Runtime

from agent.attachments.material import notices, spoken
from agent.attachments.reader import ReadAttachment
from agent.context import TurnContext, resolve
from agent.conversation import turning
from agent.events import TurnStarted
from agent.state import TurnState, TurnUpdate


async def perceive(state: TurnState, runtime: Runtime[TurnContext]) -> TurnUpdate:
    """The message has views, a language, a place in its conversation and a resolved context; ``turn.started`` is out."""
    ctx = runtime.context
    files = await _read(ctx)
    perception = await ctx.deps.perceiver.perceive(ctx.request.text if ctx.request.text.strip() else spoken(files))
    turn = turning(perception.text, ctx.earlier)
    perception = perception.model_copy(update={"resolved": turn.resolved})
    resolved = resolve(ctx.request.context, perception.language, ctx.policies)
    told = (*resolved.notices, *notices(files))
    runtime.context.emit(
        TurnStarted(
            turn_id=ctx.turn_id,
            thread_id=ctx.thread_id,
            role=resolved.facts.role,
            locale=resolved.facts.locale,
            jurisdiction=resolved.facts.jurisdiction,
            notices=told,
        )
    )
    return {
        "perception": perception,
        "attachments": files,
        "turning": turn,
        "context_facts": resolved.facts,
        "notices": told,
    }


async def _read(ctx: TurnContext) -> tuple[ReadAttachment, ...]:
    reader = ctx.deps.attachments
    if reader is None or not ctx.request.attachments:
        return ()
    files = await reader.read(ctx.request.attachments)
    if reader.vision_prompt is not None and any("vision" in file.read_by for file in files):
        ctx.prompts["vision"] = reader.vision_prompt.hash
    return files
