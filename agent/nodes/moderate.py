"""Check every piece of a draft before it may leave."""

from __future__ import annotations

from langgraph.runtime import Runtime

from agent.context import TurnContext
from agent.models import Alternative, Draft, Reply
from agent.moderation import Check, checked, checks_for, surviving, violations
from agent.state import TurnState, TurnUpdate


async def moderate(state: TurnState, runtime: Runtime[TurnContext]) -> TurnUpdate:
    """A reply of checked pieces only. A stream is checked sentence by sentence as it is delivered."""
    ctx = runtime.context
    draft = state["draft"]
    checks = checks_for(state["decision"])
    closing = ctx.deps.messages.get("held", state["facts"].context.language)
    if draft.stream is not None:
        return {"reply": _streamed(draft, checks, f"\n\n{closing}")}
    # Guidance and catalogue texts passed sentence by sentence; what shows only in a whole paragraph is left out, so that
    # the helplines and the reason beside it still reach the person.
    kept, found = surviving(draft.text.split("\n\n"), checks)
    text = "\n\n".join([*kept, closing] if found else kept)
    return {
        "reply": Reply(
            text=text,
            alternative=_passing(draft.alternative, checks, frozenset(kept)),
            citations=draft.citations,
            composer=draft.composer,
            held=tuple(found),
        )
    }


def _passing(alternative: Alternative | None, checks: dict[str, Check], kept: frozenset[str]) -> Alternative | None:
    """The alternative without the sections that are left out of the text; a client reads both. A section that is among the
    ``kept`` paragraphs word by word has been checked."""
    if alternative is None:
        return None
    written = [(section, f"{section.heading}\n{section.text}") for section in alternative.sections]
    sections = tuple(section for section, text in written if text in kept or not violations(text, checks))
    return alternative.model_copy(update={"sections": sections}) if sections else None


def _streamed(draft: Draft, checks: dict[str, Check], closing: str) -> Reply:
    stream = draft.stream
    if stream is None:
        raise ValueError("a streamed draft has a stream")
    # The model copies the lists it is given: the stream must fill the reply's own.
    reply: Reply = Reply(
        stream=lambda: checked(stream(), checks, reply.held_live, closing),
        alternative=draft.alternative,
        citations=draft.citations,
        composer=draft.composer,
    )
    return reply
