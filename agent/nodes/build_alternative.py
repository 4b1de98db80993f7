"""Compose the alternative from what was found: why first, then how to proceed."""

from __future__ import annotations

from collections.abc import Sequence

from langgraph.runtime import Runtime

from agent.composer import HELPLINE_PREFIX, Composed, compose, render, with_helplines
from agent.context import TurnContext
from agent.models import Alternative, Citation, Draft, RationaleView, Retrieved
from agent.moderation import checks_for
from agent.nodes.moderate import inspector_of
from agent.state import TurnState, TurnUpdate
from agent.views import rationale_view
from policies.taxonomy import Action


async def build_alternative(state: TurnState, runtime: Runtime[TurnContext]) -> TurnUpdate:
    """A draft that names what is declined and why, then the cited alternative: in a model's words where one writes and they
    hold, else in those of the guidance."""
    ctx, found = runtime.context, state["retrieved"]
    composed = compose(found.hits, found.query, checks_for(state["decision"]))
    written = await _written(state, ctx, composed, found)
    draft = draft_of(state, ctx, led(state, ctx, written or composed))
    return {"draft": draft.model_copy(update={"composer": "model"}) if written else draft}


async def _written(state: TurnState, ctx: TurnContext, composed: Composed, found: Retrieved) -> Composed | None:
    """The alternative in a model's words. In an emergency nobody waits for one."""
    writer, alternative = ctx.deps.writer, composed.alternative
    if writer is None or alternative is None or alternative.urgency == "emergency":
        return None
    passages = [hit.section for hit in found.hits]
    inspector = inspector_of(state, ctx, Draft(passages=found.hits, composer="model"))
    language = state["facts"].context.language
    return await writer.rewritten(composed, passages, ctx.request.text, language, state["decision"], inspector)


def composed_for(state: TurnState, ctx: TurnContext, found: Retrieved) -> Composed:
    """Guidance from the hits, led by the helplines that the decision asks for."""
    return led(state, ctx, compose(found.hits, found.query, checks_for(state["decision"])))


def led(state: TurnState, ctx: TurnContext, composed: Composed) -> Composed:
    """What was composed, led by the helplines that the decision asks for."""
    facts, decision = state["facts"], state["decision"]
    language = facts.context.language
    lines = ctx.deps.helplines.for_decision(
        facts.context.jurisdiction,
        crisis=decision.has("lead_with_crisis_resources"),
        kinds=decision.arguments("lead_with_helplines"),
    )
    return with_helplines(composed, lines, ctx.deps.messages.get("helplines", language), language)


def draft_of(state: TurnState, ctx: TurnContext, composed: Composed, *closing: str) -> Draft:
    """Helplines and urgent parts first where there are any, then why, then how to proceed."""
    facts = state["facts"]
    language = facts.context.language
    rationale = rationale_view(state["decision"], ctx.policies, state["facts"].context)
    why = " ".join(
        part for part in (_declined(rationale, state["decision"].action, ctx, language), rationale.reason) if part
    )
    alternative = composed.alternative
    if alternative is None:
        parts = [why, rationale.how_to_proceed, *closing]
        return Draft(text=join(parts), composer="catalogue")
    foreign = in_another_language(composed.citations, language)
    note = ctx.deps.messages.get("english_guidance", language) if foreign else ""
    if alternative.urgency == "emergency":
        lead, rest = lead_and_rest(alternative)
        parts = [lead, why, *closing, note, rest]
    else:
        parts = [why, rationale.how_to_proceed, *closing, note, render(alternative)]
    return Draft(text=join(parts), alternative=alternative, citations=composed.citations, composer="extractive")


def lead_and_rest(alternative: Alternative) -> tuple[str, str]:
    """The first section and the others as text."""
    lead = alternative.model_copy(update={"sections": alternative.sections[:1]})
    rest = alternative.model_copy(update={"sections": alternative.sections[1:]})
    return render(lead), render(rest)


def in_another_language(citations: Sequence[Citation], language: str) -> bool:
    """True when there is guidance and none of it is in this language; helplines are in every one."""
    locales = {c.locale.split("-")[0] for c in citations if not c.document_id.startswith(HELPLINE_PREFIX)}
    return bool(locales) and language not in locales


def _declined(rationale: RationaleView, action: Action, ctx: TurnContext, language: str) -> str:
    """What is declined, in a sentence. Somebody in danger is not told what they do not get."""
    if rationale.declined is None or action is Action.ESCALATE:
        return ""
    what = rationale.declined.rstrip(".。 ")
    return ctx.deps.messages.get("declined", language).format(declined=what[:1].lower() + what[1:])


def join(parts: list[str]) -> str:
    """The non-empty parts as paragraphs."""
    return "\n\n".join(part for part in parts if part)
