"""Check every piece of a draft before it may leave."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Final

from langgraph.runtime import Runtime

from agent.composer import compose, render
from agent.context import TurnContext
from agent.models import Alternative, Draft, Reply, ReplyPart, Switched
from agent.moderation import (
    MODES,
    Check,
    Inspector,
    Instead,
    Known,
    Mode,
    checks_for,
    released,
    surviving,
    violations,
)
from agent.nodes.retrieve import search
from agent.selection import reader_of
from agent.state import TurnState, TurnUpdate
from policies.models import Decision
from policies.taxonomy import Domain

_WHY: Final = {
    "secrets": "held_private",
    "personal": "held_private",
    "hazards": "held_hazards",
    "no_verbatim": "held_verbatim",
    "prompt_leak": "held_prompt",
    "language": "held_language",
    "length": "held_length",
    "time": "held_time",
}
"""Check -> the sentence that says why; the limits of a decision share one."""
_NOT_A_MATTER_OF_GUIDANCE: Final = frozenset({"length", "time", "prompt_leak", "secrets", "personal"})


async def moderate(state: TurnState, runtime: Runtime[TurnContext]) -> TurnUpdate:
    """A reply of checked pieces only. A stream is checked as it is delivered, in the mode that the decision asks for."""
    draft = state["draft"]
    if draft.stream is not None:
        return {"reply": _streamed(state, runtime, draft)}
    checks = checks_for(state["decision"])
    closing = why_held((), runtime.context, state["facts"].context.language)
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


def mode_of(decision: Decision, *, can_retract: bool) -> Mode:
    """How the words of a model are released: the most careful mode that a rule asks for, else ``sentence``."""
    asked: list[Mode] = [mode for mode in MODES if mode in decision.arguments("stream")]
    mode: Mode = asked[-1] if asked else "sentence"
    return "sentence" if mode == "live" and not can_retract else mode


def why_held(checks: tuple[str, ...], ctx: TurnContext, language: str) -> str:
    """The sentence that tells the person why a part is held."""
    key = next((_WHY[check] for check in checks if check in _WHY), "held")
    return ctx.deps.messages.get(key, language)


def _passing(alternative: Alternative | None, checks: dict[str, Check], kept: frozenset[str]) -> Alternative | None:
    """The alternative without the sections that are left out of the text; a client reads both. A section that is among the
    ``kept`` paragraphs word by word has been checked."""
    if alternative is None:
        return None
    written = [(section, f"{section.heading}\n{section.text}") for section in alternative.sections]
    sections = tuple(section for section, text in written if text in kept or not violations(text, checks))
    return alternative.model_copy(update={"sections": sections}) if sections else None


def _streamed(state: TurnState, runtime: Runtime[TurnContext], draft: Draft) -> Reply:
    return Reply(
        stream=lambda: _released(state, runtime, draft),
        alternative=draft.alternative,
        citations=draft.citations,
        composer=draft.composer,
    )


def _released(state: TurnState, runtime: Runtime[TurnContext], draft: Draft) -> AsyncGenerator[ReplyPart, None]:
    ctx, decision = runtime.context, state["decision"]
    language = state["facts"].context.language
    if draft.stream is None:
        raise ValueError("a streamed draft has a stream")

    async def otherwise(stopped: tuple[str, ...]) -> Instead:
        if stopped == ("language",) and draft.again is not None:
            return Instead(again=draft.again())
        return await _instead(stopped, state, runtime)

    return released(
        draft.stream(),
        inspector_of(state, ctx, draft),
        mode=mode_of(decision, can_retract=ctx.request.can_retract),
        why=lambda stopped: why_held(stopped, ctx, language),
        otherwise=otherwise,
        limits=ctx.deps.limits,
    )


def inspector_of(state: TurnState, ctx: TurnContext, draft: Draft, *, for_request: bool = True) -> Inspector:
    """The checks of the words that a model writes in this turn; ``for_request`` is false where nobody knows what was asked."""
    decision, deps = state["decision"], ctx.deps
    earlier = (turn.text for turn in ctx.earlier)
    lines = (f"{line.number} {line.sms} {line.url}" for line in deps.helplines.lines)
    guidance = (hit.section.text for hit in draft.passages)
    files = (file.text for file in state.get("attachments", ()))
    own = [ctx.request.text, *ctx.request.history, *ctx.request.instructions, *earlier, *files] if for_request else []
    known = Known([*own, *lines, *guidance])
    return Inspector(
        checks_for(decision),
        request=state["perception"].text if for_request else "",
        language=state["facts"].context.language,
        judge=deps.output_judge,
        known=known,
        protected=deps.protected,
        instructions=draft.instructions,
        no_verbatim=decision.has("no_verbatim"),
        expects_language=draft.again is not None and state["facts"].text.language == state["facts"].context.language,
    )


async def _instead(stopped: tuple[str, ...], state: TurnState, runtime: Runtime[TurnContext]) -> Instead:
    """Why the reply ends here, and what reviewed guidance offers in place of the rest."""
    ctx, facts, draft = runtime.context, state["facts"], state["draft"]
    language = facts.context.language
    why = why_held(stopped, ctx, language)
    if not set(stopped) - _NOT_A_MATTER_OF_GUIDANCE or facts.risk.domain is Domain.GENERAL:
        return Instead(why)
    found = state.get("retrieved") or await search(state, runtime)
    reader = reader_of(facts, state["decision"], ctx.deps.helplines)
    composed = compose(found, checks_for(state["decision"]), reader, first_citation=len(draft.citations) + 1)
    if composed.alternative is None:
        return Instead(why)
    sections = (*(draft.alternative.sections if draft.alternative else ()), *composed.alternative.sections)
    switched = Switched(
        alternative=composed.alternative.model_copy(update={"sections": sections}),
        citations=(*draft.citations, *composed.citations),
        retrieved=found,
    )
    lead = ctx.deps.messages.get("instead", language)
    return Instead(f"{why}\n\n{lead}\n\n{render(composed.alternative)}", switched)
