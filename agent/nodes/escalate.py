"""Hand over to a person: file a case, and hold with what helps now."""

from __future__ import annotations

import uuid

from langgraph.runtime import Runtime

from agent.audit import Record
from agent.cases import DUE, Case, priority_of
from agent.context import TurnContext
from agent.events import CaseOpened
from agent.models import Retrieved
from agent.moderation import checks_for
from agent.nodes.build_alternative import composed_for, draft_of
from agent.nodes.retrieve import search
from agent.references import has_topic
from agent.state import TurnState, TurnUpdate

EARLIER_SHOWN = 5
"""Earlier messages that a reviewer sees."""


async def escalate(state: TurnState, runtime: Runtime[TurnContext]) -> TurnUpdate:
    """A case is on record and filed, and ``case.opened`` is out; the draft holds helplines, why, and guidance where there is
    some.

    A terminal node: the reviewer's verdict comes later, as a new message in the thread.

    Raises:
        RecordsUnavailable: the case could not be filed; the turn fails closed.
    """
    ctx = runtime.context
    facts, decision = state["facts"], state["decision"]
    case_id = f"case_{uuid.uuid4().hex}"
    queue = facts.risk.domain.value
    record = await ctx.record(
        "case",
        facts.context.tenant,
        {
            "case_id": case_id,
            "event": "opened",
            "queue": queue,
            "facet": facts.risk.facet.value,
            "rule_ids": list(decision.rule_ids),
            "priority": priority_of(decision, facts).value,
        },
        _shown(ctx),
        facts.text.language,
        keep="redacted",
    )
    await ctx.deps.cases.add(_case(state, ctx, case_id, record))
    runtime.context.emit(CaseOpened(case_id=case_id, queue=queue))
    found = await search(state, runtime) if has_topic(facts) else Retrieved()
    holding = ctx.deps.messages.get("holding", facts.context.language)
    draft = draft_of(state, ctx, composed_for(state, ctx, found), holding)
    return {"case_id": case_id, "retrieved": found, "draft": draft}


def _shown(ctx: TurnContext) -> str:
    """What a reviewer sees of the conversation: nothing where nothing may be kept. Sealed all the same, so that the person has
    a key for what reviewers write."""
    if ctx.keep and ctx.keep[0] == "none":
        return ""
    earlier = [turn.text for turn in ctx.earlier[-EARLIER_SHOWN:]]
    return "\n\n".join([*earlier, ctx.request.text])


def _case(state: TurnState, ctx: TurnContext, case_id: str, record: Record) -> Case:
    facts, decision = state["facts"], state["decision"]
    priority = priority_of(decision, facts)
    return Case(
        id=case_id,
        tenant=facts.context.tenant,
        thread_id=ctx.thread_id,
        turn_id=ctx.turn_id,
        subject=record.subject,
        queue=facts.risk.domain.value,
        facet=facts.risk.facet.value,
        priority=priority,
        language=facts.context.language,
        rule_ids=decision.rule_ids,
        rationale=decision.rationale_code,
        limits=tuple(checks_for(decision)),
        context=record.body["text"],
        opened_at=record.at,
        due_at=record.at + DUE[priority],
    )
