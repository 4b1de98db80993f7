"""Say why the reply before this one was as it was: its reason, and what it rests on. An explanation needs no new search."""

from __future__ import annotations

from langgraph.runtime import Runtime

from agent.composer import HELPLINE_PREFIX, Composed, render
from agent.context import TurnContext
from agent.models import Alternative, AlternativeSection, Draft, Told
from agent.nodes.build_alternative import declined_sentence, join, lead_and_rest, led, sentences
from agent.selection import reader_of
from agent.state import TurnState, TurnUpdate


async def explain(state: TurnState, runtime: Runtime[TurnContext]) -> TurnUpdate:
    """A draft with helplines where they are owed, the reason of the reply before, its sources, and how to appeal."""
    ctx, told, decision = runtime.context, state["turning"].told, state["decision"]
    context = state["facts"].context
    messages, language = ctx.deps.messages, context.language
    known = told is not None and told.rationale in ctx.policies.rationales
    code = told.rationale if told is not None and known else decision.rationale_code
    text, _ = ctx.policies.rationale(code, language, context.jurisdiction)
    declined = declined_sentence(text.declined, decision.action, ctx, language)
    why = f"{messages.get('why_last', language)}\n{sentences(language, text.reason, declined)}"
    reader = reader_of(state["facts"], decision, ctx.deps.helplines)
    composed = led(ctx, _sources(told, messages.get("why_sources", language)), reader)
    alternative = composed.alternative
    if alternative is None:
        return {"draft": Draft(text=join([why, text.how_to_proceed, text.appeal]), composer="catalogue")}
    lead, rest = lead_and_rest(alternative) if reader.lines else ("", render(alternative))
    return {
        "draft": Draft(
            text=join([lead, why, text.how_to_proceed, rest, text.appeal]),
            alternative=alternative,
            citations=composed.citations,
            composer="catalogue",
        )
    }


def _sources(told: Told | None, heading: str) -> Composed:
    """What the reply cited, each source once, with the next steps that it offered."""
    cited = [one for one in (told.citations if told else ()) if not one.document_id.startswith(HELPLINE_PREFIX)]
    once = {(citation.document_id, citation.publisher): citation for citation in reversed(cited)}
    citations = tuple(
        citation.model_copy(update={"n": n}) for n, citation in enumerate(reversed(once.values()), start=1)
    )
    if told is None or not citations:
        return Composed(None, (), ())
    lines = "\n".join(f"{citation.title} ({citation.publisher}) [{citation.n}]" for citation in citations)
    section = AlternativeSection(heading=heading, text=lines, citations=tuple(citation.n for citation in citations))
    return Composed(Alternative(urgency="routine", sections=(section,), next_steps=told.next_steps), citations, ())
