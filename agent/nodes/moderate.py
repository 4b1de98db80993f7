"""Check every piece of a draft before it may leave."""

from __future__ import annotations

from langgraph.runtime import Runtime

from agent.context import TurnContext
from agent.models import Draft, Reply
from agent.moderation import Check, checked, checks_for, violations
from agent.state import TurnState, TurnUpdate


async def moderate(state: TurnState, runtime: Runtime[TurnContext]) -> TurnUpdate:
    """A reply of checked pieces only. A stream is checked sentence by sentence as it is delivered."""
    ctx = runtime.context
    draft = state["draft"]
    checks = checks_for(state["decision"])
    closing = ctx.deps.messages.get("held", state["facts"].context.language)
    if draft.stream is not None:
        return {"reply": _streamed(draft, checks, f"\n\n{closing}")}
    found = violations(draft.text, checks) if draft.composer != "fixed" else ()
    if found:
        # Catalogue and extractive texts were checked sentence by sentence; what is found only in the whole is held whole.
        return {"reply": Reply(text=closing, composer="fixed", held=found)}
    return {
        "reply": Reply(
            text=draft.text, alternative=draft.alternative, citations=draft.citations, composer=draft.composer
        )
    }


def _streamed(draft: Draft, checks: dict[str, Check], closing: str) -> Reply:
    stream = draft.stream
    if stream is None:
        raise ValueError("a streamed draft has a stream")
    held: list[str] = []
    return Reply(stream=lambda: checked(stream(), checks, held, closing), composer=draft.composer, held_live=held)
