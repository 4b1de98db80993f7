"""Hand over to a person: file a case, and hold with what helps now."""

from __future__ import annotations

import uuid

from langgraph.runtime import Runtime

from agent.context import TurnContext
from agent.events import CaseOpened
from agent.nodes.build_alternative import composed_for, draft_of
from agent.nodes.retrieve import search
from agent.state import TurnState, TurnUpdate


async def escalate(state: TurnState, runtime: Runtime[TurnContext]) -> TurnUpdate:
    """A case is on record and ``case.opened`` is out; the draft holds helplines, why, and guidance where there is some.

    A terminal node: the reviewer's verdict comes later, as a new message in the thread.

    Raises:
        RecordsUnavailable: the case could not be filed; the turn fails closed.
    """
    ctx = runtime.context
    facts, decision = state["facts"], state["decision"]
    case_id = f"case_{uuid.uuid4().hex}"
    queue = facts.risk.domain.value
    await ctx.record(
        "case",
        facts.context.tenant,
        {"case_id": case_id, "queue": queue, "facet": facts.risk.facet.value, "rule_ids": list(decision.rule_ids)},
    )
    runtime.stream_writer(CaseOpened(case_id=case_id, queue=queue))
    found = await search(state, runtime)
    holding = ctx.deps.messages.get("holding", facts.context.language)
    draft = draft_of(state, ctx, composed_for(state, ctx, found), holding)
    return {"case_id": case_id, "retrieved": found, "draft": draft}
