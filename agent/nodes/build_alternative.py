"""Compose the alternative from what was found: why first, then how to proceed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from langgraph.runtime import Runtime

from agent.composer import HELPLINE_PREFIX, MAX_WORDS, MORE_WORDS, Composed, compose, render, with_helplines, words
from agent.context import TurnContext
from agent.models import Alternative, Citation, Draft, Retrieved
from agent.moderation import checks_for
from agent.nodes.moderate import inspector_of
from agent.selection import Reader, reader_of
from agent.state import TurnState, TurnUpdate
from agent.views import rationale_view
from agent.writer import Writer
from policies.models import Decision
from policies.taxonomy import Action

_IN_DANGER: Final = "helplines"
_HEADING_OF_KIND: Final = {
    "fraud": "helplines_fraud",
    "animal_poison": "helplines_animal",
    "health_line": "helplines_health",
}
"""What announces helplines that are all of one kind; the others are for danger."""


async def build_alternative(state: TurnState, runtime: Runtime[TurnContext]) -> TurnUpdate:
    """A draft that names what is declined and why, then the cited alternative: in a model's words where one writes and they
    hold, else in those of the guidance."""
    ctx, found = runtime.context, state["retrieved"]
    composed, reader = composed_from(state, ctx, found, _room(state, ctx))
    written = await _written(state, ctx, composed, found)
    draft = draft_of(state, ctx, led(ctx, written or composed, reader))
    return {"draft": draft.model_copy(update={"composer": "model"}) if written else draft}


async def _written(state: TurnState, ctx: TurnContext, composed: Composed, found: Retrieved) -> Composed | None:
    """The alternative in a model's words. In an emergency nobody waits for one."""
    alternative = composed.alternative
    if ctx.deps.writer is None or alternative is None or alternative.urgency == "emergency":
        return None
    return await worded(ctx.deps.writer, "alternative", state, ctx, composed, found)


async def worded(
    writer: Writer, name: str, state: TurnState, ctx: TurnContext, composed: Composed, found: Retrieved
) -> Composed | None:
    """What was composed, in the words of this writer, whose prompt goes on record under ``name``; ``None`` when it wrote
    nothing that holds."""
    ctx.prompts[name] = writer.prompt.hash
    known = (*found.hits, *found.companions)
    passages = [hit.section for hit in known]
    inspector = inspector_of(state, ctx, Draft(passages=known, composer="model"))
    reader = state["facts"].context
    return await writer.rewritten(composed, passages, ctx.request.text, reader, state["decision"], inspector)


def composed_for(state: TurnState, ctx: TurnContext, found: Retrieved) -> Composed:
    """Guidance from the hits, led by the helplines that the decision asks for."""
    return led(ctx, *composed_from(state, ctx, found, _room(state, ctx)))


def composed_from(
    state: TurnState, ctx: TurnContext, found: Retrieved, max_words: int = MAX_WORDS
) -> tuple[Composed, Reader]:
    """Guidance from the hits in so many words, and for whom. Who asks for more gets up to ``MORE_WORDS`` more that were not read
    yet, or the same again where there is nothing else."""
    seen, checks = state["turning"].seen, checks_for(state["decision"])
    reader = reader_of(state["facts"], state["decision"], ctx.deps.helplines)
    if seen:
        more = compose(found, checks, reader._replace(seen=seen), max_words=max_words + MORE_WORDS)
        if more.alternative is not None:
            return more, reader
    return compose(found, checks, reader, max_words=max_words), reader


def _room(state: TurnState, ctx: TurnContext) -> int:
    """Words that are left for guidance beside what is declined, why, and the notes at the end."""
    language = state["facts"].context.language
    rationale = rationale_view(state["decision"], ctx.policies, state["facts"].context)
    why = (rationale.declined or "", rationale.reason, rationale.how_to_proceed)
    return MAX_WORDS - words(sentences("en", *why, *disclaimers_of(state["decision"], ctx, language)))


def led(ctx: TurnContext, composed: Composed, reader: Reader) -> Composed:
    """What was composed, led by the helplines of the reader."""
    kinds = {line.kind for line in reader.lines}
    key = _HEADING_OF_KIND.get(kinds.pop(), _IN_DANGER) if len(kinds) == 1 else _IN_DANGER
    return with_helplines(composed, reader.lines, ctx.deps.messages.get(key, reader.language), reader.language)


def draft_of(state: TurnState, ctx: TurnContext, composed: Composed, *closing: str) -> Draft:
    """Helplines and urgent parts first where there are any, then why, then how to proceed. Who asks for more has read why."""
    facts = state["facts"]
    language = facts.context.language
    rationale = rationale_view(state["decision"], ctx.policies, state["facts"].context)
    declined = declined_sentence(rationale.declined, state["decision"].action, ctx, language)
    alternative = composed.alternative
    if alternative is None:
        parts = [sentences(language, declined, rationale.reason), rationale.how_to_proceed, *closing]
        return Draft(text=join(parts), composer="catalogue")
    disclaimers = disclaimers_of(state["decision"], ctx, language)
    foreign = in_another_language(composed.citations, language)
    note = ctx.deps.messages.get("english_guidance", language) if foreign else ""
    if helplines_lead(alternative, composed.citations) or alternative.urgency == "emergency":
        lead, rest = lead_and_rest(alternative)
        why = sentences(language, rationale.reason, rationale.how_to_proceed)
        parts = [lead, why, *closing, note, rest, sentences(language, declined, *disclaimers)]
    elif state["turning"].seen:
        parts = [declined, *closing, note, render(alternative), sentences(language, *disclaimers)]
    else:
        why = sentences(language, declined, rationale.reason)
        parts = [why, rationale.how_to_proceed, *closing, note, render(alternative), sentences(language, *disclaimers)]
    return Draft(text=join(parts), alternative=alternative, citations=composed.citations, composer="extractive")


def disclaimers_of(decision: Decision, ctx: TurnContext, language: str) -> list[str]:
    """The notes that the decision wants beside guidance."""
    return [ctx.policies.disclaimer(name, language).text for name in decision.arguments("add_disclaimer")]


def helplines_lead(alternative: Alternative, citations: Sequence[Citation]) -> bool:
    """True when the first section is helplines."""
    first = set(alternative.sections[0].citations)
    return any(citation.n in first and citation.document_id.startswith(HELPLINE_PREFIX) for citation in citations)


def lead_and_rest(alternative: Alternative) -> tuple[str, str]:
    """The first section and the others as text."""
    lead = alternative.model_copy(update={"sections": alternative.sections[:1]})
    rest = alternative.model_copy(update={"sections": alternative.sections[1:]})
    return render(lead), render(rest)


def in_another_language(citations: Sequence[Citation], language: str) -> bool:
    """True when there is guidance and none of it is in this language; helplines are in every one."""
    locales = {c.locale.split("-")[0] for c in citations if not c.document_id.startswith(HELPLINE_PREFIX)}
    return bool(locales) and language not in locales


def declined_sentence(declined: str | None, action: Action, ctx: TurnContext, language: str) -> str:
    """What is declined, in a sentence. Somebody in danger is not told what they do not get."""
    if declined is None or action is Action.ESCALATE:
        return ""
    what = declined.rstrip(".。 ")
    return ctx.deps.messages.get("declined", language).format(declined=what[:1].lower() + what[1:])


def sentences(language: str, *parts: str) -> str:
    """The non-empty parts in one paragraph; Chinese has no space between sentences."""
    return ("" if language == "zh" else " ").join(part for part in parts if part)


def join(parts: list[str]) -> str:
    """The non-empty parts as paragraphs."""
    return "\n\n".join(part for part in parts if part)
