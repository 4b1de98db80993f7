"""Hand over to a person."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agent.adapters.records_memory import MemoryRecords
from agent.adapters.twins import ListSearch
from agent.errors import RecordsUnavailable
from agent.events import CaseOpened, RetrievalCompleted
from agent.models import TurnInput
from agent.nodes.escalate import escalate
from agent.ports import EarlierTurn
from agent.sealing import Sealed
from policies.taxonomy import Action, Facet
from retrieval.errors import StoreUnavailable
from tests.unit.agent.builders import MESSAGES, Run, context, decision, facts, hit, state

CRISIS = decision(Action.ESCALATE, "lead_with_crisis_resources", rationale="suicide_risk")


async def test_the_case_is_on_record_when_it_is_told():
    run = Run(context(search=ListSearch([hit()])))
    update = await escalate(state(CRISIS, facts(Facet.MENTAL_HEALTH_CRISIS)), run.runtime)
    (record,) = run.ctx.deps.records.records
    assert record.kind == "case"
    assert {name: value for name, value in record.body.items() if name != "text"} == {
        "case_id": update["case_id"],
        "event": "opened",
        "queue": "medical",
        "facet": "mental_health_crisis",
        "rule_ids": ["test.rule"],
        "priority": "urgent",
    }
    assert [type(event) for event in run.sent] == [CaseOpened, RetrievalCompleted]
    assert run.sent[0].case_id == update["case_id"]


async def test_a_case_is_filed_with_its_due_time_and_what_the_person_wrote_redacted():
    request = TurnInput(text="Mail me at ana@example.com, I can't go on")
    ctx = context(request, earlier=(EarlierTurn("before", "answer", 0.1),))
    run = Run(ctx)
    update = await escalate(state(CRISIS, facts(Facet.MENTAL_HEALTH_CRISIS)), run.runtime)
    case = ctx.deps.cases.cases[update["case_id"]]
    assert (case.priority, case.due_at - case.opened_at, case.thread_id) == (
        "urgent",
        timedelta(minutes=15),
        "thread_1",
    )
    assert (case.rule_ids, case.state(case.opened_at), case.limits) == (("test.rule",), "open", ("secrets",))
    text = await ctx.deps.sealer.unseal(Sealed.model_validate(case.context))
    assert text.startswith("before\n\nMail me at [email:")
    assert "ana@example.com" not in text


async def test_where_nothing_may_be_kept_the_reviewer_sees_nothing_and_can_answer_all_the_same():
    ctx = context()
    ctx.keep.append("none")
    update = await escalate(state(CRISIS, facts(Facet.MENTAL_HEALTH_CRISIS)), Run(ctx).runtime)
    case = ctx.deps.cases.cases[update["case_id"]]
    assert await ctx.deps.sealer.unseal(Sealed.model_validate(case.context)) == ""
    assert (await ctx.deps.sealer.seal_for(case.tenant, case.subject, "answer")).how == "full"


async def test_a_case_that_is_on_record_and_cannot_be_filed_fails_the_turn():
    ctx = context()
    ctx.deps.cases.fail = True
    run = Run(ctx)
    with pytest.raises(RecordsUnavailable):
        await escalate(state(CRISIS), run.runtime)
    assert run.sent == []


async def test_the_holding_reply_has_helplines_a_person_to_come_and_guidance():
    run = Run(context(search=ListSearch([hit(text="Stay with somebody.")])))
    draft = (await escalate(state(CRISIS, facts(Facet.MENTAL_HEALTH_CRISIS)), run.runtime))["draft"]
    assert draft.text.startswith(MESSAGES.get("helplines", "en"))
    assert MESSAGES.get("holding", "en") in draft.text
    assert f"Stay with somebody. [{len(draft.citations)}]" in draft.text
    assert draft.citations[0].document_id.startswith("helpline-")


async def test_without_guidance_the_holding_reply_stands():
    run = Run(context(search=ListSearch(error=StoreUnavailable("down"))))
    draft = (await escalate(state(CRISIS, facts(Facet.MENTAL_HEALTH_CRISIS)), run.runtime))["draft"]
    assert "988" in draft.text
    assert MESSAGES.get("holding", "en") in draft.text


async def test_a_request_for_a_person_needs_no_helplines():
    draft = (await escalate(state(decision(Action.ESCALATE, rationale="human_requested")), Run().runtime))["draft"]
    assert MESSAGES.get("holding", "en") in draft.text
    assert draft.alternative is None


async def test_a_case_that_cannot_be_filed_is_an_error_and_nothing_is_told():
    records = MemoryRecords()
    records.fail = True
    run = Run(context(records=records))
    with pytest.raises(RecordsUnavailable):
        await escalate(state(CRISIS), run.runtime)
    assert run.sent == []
